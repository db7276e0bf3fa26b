//! How many calls a run makes, read off the simulator's record; and whether the IAM policy allows just what is called.

use std::collections::BTreeSet;

use serde_json::Value;
use tap_core::call::Call;

use crate::story::SMALL;
use crate::support::Account;

const POLICY: &str = include_str!("../../docs/iam-policy.json");

/// A run that changes nothing makes one call per page of a thousand instances, one per page of a thousand sessions, eight
/// more at most, and three for each load balancer that is a target in use.
#[test]
fn a_run_that_changes_nothing_is_cheap_at_any_size() {
    for instances in [10, 1_000, 10_000] {
        let account = Account::fleet(instances);
        account.tap_exits(0, &["--concurrency", "32"]);
        let sessions = account.owned_by_eni().len();
        assert_eq!(sessions, instances);
        account.sim.clear_calls();
        let document = account.json(0, &[]);
        assert_eq!(document["totals"]["keep"], instances);
        let snapshot = account.sim.snapshot();
        let nlbs = snapshot["regions"]["us-east-1"]["load_balancers"].as_object().unwrap().len();
        // Every instance that the account has, the sensors behind the load balancers too.
        let all = snapshot["regions"]["us-east-1"]["instances"].as_object().unwrap().len();
        let calls: usize = account.sim.counts().values().sum();
        let allowed = all.div_ceil(1000) + sessions.div_ceil(1000) + 8 + 3 * nlbs;
        assert!(calls <= allowed, "{calls} > {allowed}: {:?}", account.sim.counts());
    }
}

/// The actions that the policy allows.
fn allowed() -> BTreeSet<String> {
    let policy: Value = serde_json::from_str(POLICY).unwrap();
    let mut actions = BTreeSet::new();
    for statement in policy["Statement"].as_array().unwrap() {
        match &statement["Action"] {
            Value::String(action) => drop(actions.insert(action.clone())),
            Value::Array(list) => {
                actions.extend(list.iter().map(|a| a.as_str().unwrap().to_owned()))
            }
            other => panic!("{other}"),
        }
    }
    actions
}

#[test]
fn the_policy_allows_what_the_table_of_calls_says() {
    let mut needed: BTreeSet<String> =
        Call::ALL.iter().filter_map(|call| call.iam_action()).map(str::to_owned).collect();
    // Sessions and filters are tagged as they are created.
    needed.insert("ec2:CreateTags".to_owned());
    assert_eq!(allowed(), needed);
}

#[test]
fn every_call_of_the_table_is_made_and_no_other() {
    let mut made: BTreeSet<String> = BTreeSet::new();
    for account in [Account::demo(), Account::yaml(SMALL)] {
        account.tap(&[]);
        made.extend(account.sim.counts().into_keys());
    }
    let table: BTreeSet<String> = Call::ALL.iter().map(|call| call.action().to_owned()).collect();
    assert_eq!(made, table);
}
