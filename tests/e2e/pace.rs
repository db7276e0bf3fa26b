//! The pace from the front door: what the flags promise, seen from the account that is called.

use std::process::{Command, Stdio};

use aws_sim::{BucketSize, Throttle};

use crate::support::{Account, Run};

const CREATE: &str = "CreateTrafficMirrorSession";

/// Gives some actions a bucket, and all others plenty.
fn throttle(account: &Account, actions: &[&str], capacity: f64, refill: f64) {
    // The scale is for all buckets, those with a size of their own too.
    let scale = 1000.0;
    let bucket = BucketSize { capacity: capacity / scale, refill: refill / scale };
    let buckets = actions.iter().map(|action| ((*action).to_owned(), bucket)).collect();
    account.sim.set_switches(|s| s.throttle = Some(Throttle { scale, buckets }));
}

/// An account in which creates have this bucket.
fn with_bucket(instances: usize, capacity: f64, refill: f64) -> Account {
    let account = Account::fleet(instances);
    throttle(&account, &[CREATE], capacity, refill);
    account
}

#[test]
fn a_run_that_knows_the_bucket_is_never_refused() {
    let account = with_bucket(60, 20.0, 40.0);
    account.tap_exits(0, &["--max-rate", "38:8", "--concurrency", "32"]);
    assert_eq!(account.owned_by_eni().len(), 60);
    assert_eq!(account.refused(), 0);
}

#[test]
fn a_share_leaves_the_rest_to_others() {
    let account = with_bucket(40, 20.0, 40.0);
    // Half of what the user says the account has is less than the bucket really holds, with room for calls that are late.
    account.tap_exits(0, &["--max-rate", "72:16", "--api-share", "50", "--concurrency", "32"]);
    assert_eq!(account.owned_by_eni().len(), 40);
    assert_eq!(account.refused(), 0);
}

/// With far more under way than the bucket holds, those that are refused once wait for their turn, instead of being refused
/// again and again.
#[test]
fn a_run_that_does_not_know_the_bucket_finds_its_pace() {
    let account = with_bucket(60, 10.0, 8.0);
    let watch = account.watch();
    account.tap_exits(0, &["--concurrency", "16"]);
    assert_eq!(account.owned_by_eni().len(), 60);
    let refused = account.refused();
    assert!((1..30).contains(&refused), "{refused} of {} calls", account.sim.counts()[CREATE]);
    watch.converges();
}

/// What waits for its turn when the run is stopped was not sent, and the report says so.
#[test]
fn a_stopped_run_sends_nothing_that_waits_for_its_turn() {
    let account = Account::fleet(6);
    let args = ["--output", "json", "--max-rate", "0.01:1", "--concurrency", "4"];
    let mut command = account.command(&args);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while account.owned_by_eni().is_empty() {
        std::thread::yield_now();
    }
    let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let run = Run::of(child.wait_with_output().unwrap());
    assert_eq!(run.code, 3, "{}", run.stderr);
    let document = run.document();
    let decisions = document["regions"][0]["decisions"].as_array().unwrap().clone();
    let with = |reason: &str| decisions.iter().filter(|d| d["outcome"]["reason"] == reason).count();
    assert_eq!((with("interrupted"), with("given-up")), (5, 0), "{document:#}");
    assert_eq!(account.sim.counts()[CREATE], 1);
    assert_eq!(document["totals"]["done"], 1);
}

/// Reads are refused, too: a run waits for its turn there as well.
#[test]
fn a_listing_is_read_to_its_end_under_throttling() {
    let account = Account::fleet(30);
    account.sim.set_switches(|s| s.pages.cap = Some(5));
    let listings = ["DescribeInstances", "DescribeTrafficMirrorSessions", "DescribeVpcs"];
    throttle(&account, &listings, 1.0, 10.0);
    account.tap_exits(0, &[]);
    assert!(account.refused() >= 1);
    assert_eq!(account.owned_by_eni().len(), 30);
}
