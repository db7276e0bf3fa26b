//! Several regions: each is read, decided and applied on its own, whatever becomes of the others.

use std::process::Stdio;

use aws_sim::Delay;
use serde_json::Value;

use crate::stop::interrupt;
use crate::story::SMALL;
use crate::support::{Account, Run};

/// Longer than any test.
const FOR_EVER: Delay = Delay::Fixed(3_600_000);

const BOTH: [&str; 2] = ["--region", "us-east-1,eu-west-1"];

/// The small account twice: in us-east-1, and the same in eu-west-1.
pub fn twice() -> Account {
    let region = SMALL.split_once("regions:\n").unwrap().1;
    let second = region.replace("us-east-1", "eu-west-1");
    Account::yaml(&format!("{SMALL}{second}"))
}

#[test]
fn several_regions_are_their_own_scopes() {
    let account = twice();
    let document = account.json(0, &BOTH);
    let regions: Vec<_> =
        document["regions"].as_array().unwrap().iter().map(|r| r["region"].clone()).collect();
    assert_eq!(regions, ["us-east-1", "eu-west-1"]);
    assert_eq!(document["totals"]["done"], 8);
    let document = account.json(0, &["--region", "all"]);
    assert!(document["regions"].as_array().unwrap().len() > 10);
    assert_eq!(document["totals"]["keep"], 8, "{:#}", document["totals"]);
}

/// The endpoint of a region takes calls and answers none.
fn hangs(account: &Account, region: &str) {
    account.sim.set_switches(|s| {
        s.latency.regions.insert(region.to_owned(), FOR_EVER);
    });
}

fn sessions(account: &Account, region: &str) -> usize {
    account.sim.snapshot()["regions"][region]["sessions"].as_object().map_or(0, |all| all.len())
}

fn region<'a>(document: &'a Value, name: &str) -> &'a Value {
    let regions = document["regions"].as_array().unwrap();
    regions.iter().find(|region| region["region"] == name).unwrap()
}

#[test]
fn a_region_that_hangs_holds_no_other() {
    let account = twice();
    hangs(&account, "eu-west-1");
    let mut command = account.command(&[&BOTH[..], &["--timeout", "1h"]].concat());
    let mut tap = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // All of the one is there while the other is still being read.
    while sessions(&account, "us-east-1") < 4 {
        assert_eq!(tap.try_wait().unwrap(), None, "the run ended before");
        std::thread::yield_now();
    }
    tap.kill().unwrap();
    tap.wait().unwrap();
}

/// The first region is asked whose account it is; where it keeps silent, another one knows.
#[test]
fn nor_does_it_where_it_is_the_first() {
    let account = twice();
    hangs(&account, "eu-west-1");
    let args = ["--region", "eu-west-1,us-east-1", "--timeout", "8s"];
    let document = account.json(3, &args);
    assert_eq!(region(&document, "eu-west-1")["error"]["kind"], "timed-out");
    assert_eq!(region(&document, "us-east-1")["totals"]["mirrored"], 4);
}

#[test]
fn a_region_that_is_not_read_in_time_is_a_failed_one() {
    let account = twice();
    hangs(&account, "eu-west-1");
    let document = account.json(3, &[&BOTH[..], &["--timeout", "3s"]].concat());
    let late = &region(&document, "eu-west-1")["error"];
    assert_eq!(late["kind"], "timed-out", "{late:#}");
    assert!(late["message"].as_str().unwrap().contains("--timeout"), "{late:#}");
    assert_eq!(region(&document, "us-east-1")["totals"]["mirrored"], 4);
    assert_eq!(region(&document, "us-east-1")["stopped"], Value::Null);
    assert_eq!(
        (document["totals"]["mirrored"].clone(), &document["error"]),
        (4.into(), &Value::Null)
    );
    assert_eq!((sessions(&account, "us-east-1"), sessions(&account, "eu-west-1")), (4, 0));

    let shown = account.tap_exits(3, &[&BOTH[..], &["--timeout", "3s"]].concat());
    let lines: Vec<&str> = shown.stdout.lines().rev().take(4).collect();
    for (line, words) in lines.iter().rev().zip([
        &["region", "create", "failed", "coverage"][..],
        &["us-east-1", "100.0 %"],
        &["eu-west-1", "not read: timed-out"],
        &["all", "100.0 %"],
    ]) {
        assert!(words.iter().all(|word| line.contains(word)), "{words:?}\n{}", shown.stdout);
    }
    shown.says(&["eu-west-1", "--timeout"]);
}

#[test]
fn no_region_in_time_is_a_run_that_failed() {
    let account = twice();
    let before = account.sim.snapshot();
    account.sim.set_switches(|s| {
        s.latency.actions.insert("DescribeVpcs".to_owned(), FOR_EVER);
    });
    let document = account.json(1, &[&BOTH[..], &["--timeout", "2s"]].concat());
    assert_eq!(document["error"]["kind"], "timed-out");
    assert_eq!(document["regions"].as_array().unwrap().len(), 2);
    assert_eq!(account.sim.snapshot(), before);
}

/// Where the account itself cannot be asked for, there are no regions to tell of.
#[test]
fn nobody_answers_at_all() {
    let account = twice();
    account.sim.set_switches(|s| s.latency.default = Some(FOR_EVER));
    let document = account.json(1, &[&BOTH[..], &["--timeout", "1s"]].concat());
    assert_eq!(document["error"]["kind"], "timed-out");
    assert_eq!(document["regions"], Value::Array(Vec::new()));
}

#[test]
fn a_denied_region_holds_no_other() {
    let account = twice();
    // The first answer of this action is a refusal, whichever region asks first.
    account.sim.fault("DescribeSubnets", "UnauthorizedOperation").times(1);
    let document = account.json(3, &BOTH);
    let regions = document["regions"].as_array().unwrap();
    let (denied, read): (Vec<&Value>, Vec<&Value>) =
        regions.iter().partition(|region| !region["error"].is_null());
    assert_eq!((denied.len(), read.len()), (1, 1), "{regions:#?}");
    assert_eq!(denied[0]["error"]["iam_action"], "ec2:DescribeSubnets");
    assert_eq!(read[0]["totals"]["done"], 4);
    assert_eq!(sessions(&account, denied[0]["region"].as_str().unwrap()), 0);
}

#[test]
fn a_signal_ends_the_reading_and_says_what_was_not_changed() {
    let account = twice();
    hangs(&account, "eu-west-1");
    let mut command = account.command(&[&BOTH[..], &["--output", "json"]].concat());
    let tap = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while sessions(&account, "us-east-1") < 4 {
        std::thread::yield_now();
    }
    interrupt(&tap);
    let run = Run::of(tap.wait_with_output().unwrap());
    assert_eq!(run.code, 3, "{}", run.stderr);
    let document = run.document();
    assert_eq!(region(&document, "eu-west-1")["error"]["kind"], "interrupted");
    assert_eq!(
        region(&document, "us-east-1")["totals"]["mirrored"],
        sessions(&account, "us-east-1")
    );
}

/// A typing error must show before anything is changed, so here all regions are read first.
#[test]
fn named_ids_are_looked_for_everywhere_before_anything_is_changed() {
    let account = twice();
    let before = account.sim.snapshot();
    account.sim.set_switches(|s| {
        s.latency.regions.insert("eu-west-1".to_owned(), Delay::Fixed(300));
    });
    let named = |ids: &'static str| [&BOTH[..], &["--instance-id", ids]].concat();
    let document = account.json(1, &named("i-1,i-404"));
    assert_eq!(document["error"]["kind"], "no-such-id");
    assert_eq!(account.sim.snapshot(), before);
    account.json(0, &named("i-1"));
    assert_eq!((sessions(&account, "us-east-1"), sessions(&account, "eu-west-1")), (1, 1));
}

/// A guard stands in each region for itself.
#[test]
fn a_refused_region_holds_no_other() {
    let account = Account::fleet(12);
    account.tap_exits(0, &[]);
    account.edit(|world| {
        for id in world.instance_ids() {
            world.stop_instance(&id);
        }
    });
    let before = account.sessions();
    let document = account.json(4, &BOTH);
    assert!(!region(&document, "us-east-1")["refusal"].is_null());
    assert!(region(&document, "eu-west-1")["refusal"].is_null());
    assert_eq!(account.sessions(), before);
}
