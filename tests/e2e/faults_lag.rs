//! Reads that lag behind writes (docs/aws.md 7): no second create that sticks, no wrong delete, and no run that takes back what
//! another did.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sim::{Consistency, NewInstance};

use crate::faults::{CREATE, MIXED, mixed_with_filter};
use crate::story::SMALL;
use crate::support::{Account, Session};

/// The window of the issue.
const WINDOW: Consistency = Consistency { window_ms: 30_000, always: false };

/// Several runs after each other within the window. What one made the next must not remove, and what one removed the next
/// must not make again.
fn runs_within_the_window(yaml: &str, seed: u64, consistency: Consistency) {
    let account = Account::yaml(yaml);
    let watch = account.watch().with_filters_of(4);
    // The tags were set long ago: late is only what the runs do.
    account.sim.advance(Duration::from_secs(120));
    account.sim.set_switches(|s| (s.seed, s.consistency) = (seed, consistency));
    let (mut made, mut removed) = (BTreeSet::new(), BTreeSet::new());
    let mut before = account.sessions();
    for run in 1..=4 {
        account.tap(&[]);
        let after = account.sessions();
        let (was, is) = (owned_by(&before), owned_by(&after));
        for eni in is.difference(&was) {
            assert!(!removed.contains(eni), "seed {seed}: run {run} made again what one removed");
            made.insert(eni.clone());
        }
        for eni in was.difference(&is) {
            assert!(!made.contains(eni), "seed {seed}: run {run} removed what one had made");
            removed.insert(eni.clone());
        }
        account.owned_by_eni();
        before = after;
    }
    assert_eq!(made.len() + removed.len(), 8, "{made:?} {removed:?}");
    watch.converges();
}

fn owned_by(sessions: &BTreeMap<String, Session>) -> BTreeSet<String> {
    sessions.values().filter(|s| s.ours).map(|s| s.eni.clone()).collect()
}

#[test]
fn four_runs_that_all_see_the_account_of_half_a_minute_ago() {
    // Each run finds no filter and makes one.
    runs_within_the_window(MIXED, 1, Consistency { always: true, ..WINDOW });
}

#[test]
fn four_runs_that_see_the_account_of_some_moment_ago() {
    for seed in 1..=8 {
        runs_within_the_window(&mixed_with_filter(), seed, WINDOW);
    }
}

/// People change things, and the runs that follow see that late or early.
#[test]
fn runs_after_changes_that_are_seen_late() {
    for seed in 1..=3 {
        let account = Account::yaml(MIXED);
        account.tap_exits(0, &[]);
        account.sim.advance(Duration::from_secs(120));
        account.sim.set_switches(|s| (s.seed, s.consistency) = (seed, WINDOW));
        let mut watch = account.watch();
        account.edit(|world| {
            assert!(world.stop_instance("web-1"));
            assert!(world.terminate_instance("web-2"));
            world.launch_instance(NewInstance::in_subnet("shop-a")).unwrap();
        });
        watch.look();
        for _ in 0..3 {
            account.tap(&[]);
            account.owned_by_eni();
            account.sim.advance(Duration::from_secs(5));
        }
        watch.converges();
    }
}

#[test]
fn reads_that_lag_behind_writes() {
    let account = Account::fleet(12);
    let watch = account.watch();
    account.tap_exits(0, &[]);
    account.edit(|world| {
        let first = world.instance_ids().into_iter().next().unwrap();
        world.stop_instance(&first)
    });
    account.sim.set_switches(|s| s.consistency = Consistency { always: true, ..WINDOW });
    for _ in 0..3 {
        account.tap(&[]);
        account.owned_by_eni();
    }
    account.sim.advance(Duration::from_secs(60));
    watch.converges();
}

/// The filter that a run creates is used within moments, by requests that may be answered where nobody has heard of it.
#[test]
fn a_filter_that_is_not_seen_at_once() {
    let account = Account::yaml(SMALL);
    for action in
        ["CreateTrafficMirrorFilterRule", "ModifyTrafficMirrorFilterNetworkServices", CREATE]
    {
        account.sim.fault(action, "InvalidTrafficMirrorFilterId.NotFound").times(2);
    }
    account.tap_exits(0, &[]);
    assert_eq!(account.owned_by_eni().len(), 4);
    account.is_settled();
}
