//! What the network and AWS's front door do: errors, resets, lost replies, throttling, clocks that jump.

use std::time::Duration;

use aws_sim::{After, BucketSize, CallRecord, Deed, RandomFaults, RandomKind, Throttle};
use tap_core::call::{Access, Call};

use crate::faults::{CREATE, DELETE, MIXED, mixed_with_filter};
use crate::faults_rules::without_rules;
use crate::story::SMALL;
use crate::support::{Account, after};

/// Runs a test once for each of some calls, side by side: most of the time it waits for a pause between two tries.
fn for_each_call(calls: impl Iterator<Item = Call>, test: impl Fn(Call) + Sync) {
    std::thread::scope(|scope| {
        for call in calls {
            let test = &test;
            scope.spawn(move || test(call));
        }
    });
}

fn calls_of_a_run() -> impl Iterator<Item = Call> {
    without_rules()
}

#[test]
fn errors_and_resets_at_a_third_of_all_calls() {
    let account = Account::fleet(40);
    let watch = account.watch();
    account.sim.set_switches(|s| {
        s.seed = 7;
        let kinds = vec![RandomKind::InternalError, RandomKind::Unavailable, RandomKind::Reset];
        s.random = Some(RandomFaults { rate: 0.3, kinds, ..RandomFaults::default() });
    });
    account.tap(&[]);
    assert!(account.sim.calls().iter().filter(|call| call.error.is_some()).count() >= 10);
    watch.converges();
    assert_eq!(account.owned_by_eni().len(), 40);
}

/// The same with calls that are never answered, done or not done.
#[test]
fn errors_resets_and_timeouts_at_a_third_of_all_calls() {
    let account = Account::yaml(MIXED);
    let watch = account.watch();
    account.sim.set_switches(|s| {
        s.seed = 3;
        let kinds = vec![
            RandomKind::InternalError,
            RandomKind::Reset,
            RandomKind::LoseReply,
            RandomKind::Hang,
            RandomKind::HangDone,
        ];
        s.random = Some(RandomFaults { rate: 0.3, kinds, ..RandomFaults::default() });
    });
    account.tap(&["--call-timeout", "1s"]);
    let calls = account.sim.calls();
    let hung = |call: &&CallRecord| call.error.as_deref().is_some_and(|e| e.starts_with("Hang"));
    assert!(calls.iter().filter(hung).count() >= 2);
    watch.converges();
}

/// One create is done and never answered, and one is not done: both are sent again when the time for an answer is over.
#[test]
fn a_create_that_is_never_answered_creates_nothing_twice() {
    for code in ["hang", "hang-done"] {
        let account = Account::yaml(MIXED);
        let watch = account.watch();
        account.sim.fault(CREATE, code).times(2);
        account.tap_exits(0, &["--call-timeout", "1s"]);
        assert_eq!(account.sim.counts()[CREATE], 6);
        watch.converges();
    }
}

/// Whether a change was done or not, nobody hears of it.
#[test]
fn replies_are_lost_at_a_third_of_all_calls() {
    for seed in [1, 2] {
        let account = Account::yaml(MIXED);
        let watch = account.watch();
        account.sim.set_switches(|s| {
            s.seed = seed;
            let kinds = vec![RandomKind::LoseReply, RandomKind::Reset];
            s.random = Some(RandomFaults { rate: 0.3, kinds, ..RandomFaults::default() });
        });
        account.tap(&[]);
        watch.converges();
    }
}

#[test]
fn the_reply_to_every_tenth_create_is_lost() {
    let account = Account::fleet(45);
    let watch = account.watch();
    account.sim.set_switches(|s| {
        s.after = (1..=5).map(|n| after(n * 10, CREATE, Deed::LoseReply)).collect();
    });
    account.tap_exits(0, &[]);
    let lost = account.sim.calls();
    let lost = lost.iter().filter(|call| call.error.as_deref() == Some("LoseReply")).count();
    assert!(lost >= 4, "{lost}");
    assert_eq!(account.owned_by_eni().len(), 45);
    watch.converges();
}

#[test]
fn a_lost_reply_creates_nothing_twice() {
    let account = Account::yaml(SMALL);
    let watch = account.watch();
    account.sim.set_switches(|s| {
        s.after = vec![
            after(1, CREATE, Deed::LoseReply),
            after(3, CREATE, Deed::LoseReply),
            after(1, "CreateTrafficMirrorFilter", Deed::LoseReply),
            after(2, "CreateTrafficMirrorFilterRule", Deed::LoseReply),
        ];
    });
    account.tap_exits(0, &[]);
    assert_eq!(account.owned_by_eni().len(), 4);
    assert_eq!(
        account.sim.snapshot()["regions"]["us-east-1"]["filters"].as_object().unwrap().len(),
        1
    );
    watch.converges();
}

/// Each action is throttled at its first calls, whatever else there is to do.
#[test]
fn every_action_throttled_when_it_is_first_called() {
    for_each_call(calls_of_a_run(), |call| {
        for times in [1, 3] {
            let account = Account::yaml(MIXED);
            let watch = account.watch();
            let of_ec2 = call.iam_action().is_some_and(|action| action.starts_with("ec2:"));
            let code = if of_ec2 { "RequestLimitExceeded" } else { "Throttling" };
            account.sim.fault(call.action(), code).times(times);
            account.tap_exits(0, &[]);
            assert!(account.sim.counts()[call.action()] > times, "{call} was not tried again");
            watch.converges();
        }
    });
}

/// Every action has a bucket of two, reads too: nothing is lost, nothing is done twice.
#[test]
fn a_tiny_bucket_for_every_action() {
    let account = Account::fleet(30);
    let watch = account.watch();
    account.sim.set_switches(|s| {
        let bucket = BucketSize { capacity: 2.0, refill: 8.0 };
        let buckets = calls_of_a_run().map(|call| (call.action().to_owned(), bucket));
        s.throttle = Some(Throttle { buckets: buckets.collect(), ..Throttle::default() });
    });
    account.tap_exits(0, &["--concurrency", "16"]);
    assert!(account.refused() >= 1);
    assert_eq!(account.owned_by_eni().len(), 30);
    watch.converges();
}

/// EC2's buckets for all actions at once, and a rollout that is larger than they hold: nothing is lost to throttling.
#[test]
fn throttling_as_ec2_does_it() {
    let account = Account::fleet(80);
    let watch = account.watch();
    // Ten times over: 80 creates would take seconds otherwise.
    let mut throttle = Throttle { scale: 10.0, ..Throttle::default() };
    // The scale is for this one too: 20 at once, then 60 per second.
    let bucket = BucketSize { capacity: 2.0, refill: 6.0 };
    throttle.buckets.insert(CREATE.to_owned(), bucket);
    account.sim.set_switches(|s| s.throttle = Some(throttle));
    account.tap_exits(0, &["--concurrency", "48"]);
    assert!(account.refused() >= 1);
    assert_eq!(account.owned_by_eni().len(), 80);
    watch.converges();
}

/// A listing whose first page is there and whose second never comes is no listing: nothing may be concluded from it.
#[test]
fn a_page_that_fails_at_its_last_retry_changes_nothing() {
    let of_pages = calls_of_a_run().filter(|call| {
        call.access() == Access::Read
            && call.iam_action().is_some_and(|action| action.starts_with("ec2:"))
            && call.action() != "DescribeRegions"
    });
    for_each_call(of_pages, |call| {
        let account = Account::yaml(MIXED);
        let watch = account.watch();
        let before = account.sim.snapshot();
        account.sim.set_switches(|s| {
            s.pages.cap = Some(1);
            s.after = (2..100).map(|n| after(n, call.action(), Deed::Reset)).collect();
        });
        let run = account.tap_exits(1, &[]);
        run.says(&[call.action(), "nothing was changed"]);
        let tries = account.sim.counts()[call.action()];
        assert!(tries > 3, "{call}: page two was tried {} times", tries - 1);
        assert_eq!(account.sim.snapshot(), before, "{call}");
        watch.converges();
    });
}

/// Half an answer is none, wherever it was cut: it is read again, and where it never comes whole, nothing is concluded.
#[test]
fn an_answer_that_is_cut_short_is_no_answer() {
    let reads = || calls_of_a_run().filter(|call| call.access() == Access::Read);
    for_each_call(reads(), |call| {
        for seed in 0..4 {
            let account = Account::yaml(MIXED);
            let watch = account.watch();
            account.sim.set_switches(|s| s.seed = seed);
            account.sim.fault(call.action(), "cut-short").times(2);
            account.tap_exits(0, &[]);
            watch.converges();
        }
    });
    for_each_call(reads().filter(|call| *call != Call::DescribeRegions), |call| {
        for seed in 0..8 {
            let account = Account::yaml(MIXED);
            let before = account.sim.snapshot();
            account.sim.set_switches(|s| s.seed = seed);
            account.sim.fault(call.action(), "cut-short").times(100);
            let run = account.tap_exits(1, &[]);
            run.says(&[call.action(), "nothing was changed"]);
            assert_eq!(account.sim.snapshot(), before, "{call}");
        }
    });
}

/// A write whose answer is cut short may have been done: it is not done twice.
#[test]
fn a_change_whose_answer_is_cut_short_is_done_once() {
    let writes = calls_of_a_run().filter(|call| call.access() == Access::Write);
    for_each_call(writes, |call| {
        let account = Account::yaml(MIXED);
        let watch = account.watch();
        account.sim.fault(call.action(), "cut-short").times(2);
        // The short ids of this account are no ids any more once they are gone, so a delete that is sent again fails.
        let run = account.tap(&[]);
        assert!(
            run.code == 0 || call.action() == DELETE && run.code == 3,
            "{call}: {}",
            run.stderr
        );
        watch.converges();
    });
}

/// A code that is in nobody's table, with a status that says whose fault it is.
#[test]
fn an_unknown_error_of_aws_itself_is_tried_again() {
    for action in ["DescribeVpcs", CREATE] {
        let account = Account::yaml(MIXED);
        account.sim.fault(action, "SomethingNewError").status(500).times(2);
        account.sim.fault(action, "RequestThrottledException").status(503).times(2);
        account.tap_exits(0, &[]);
    }
}

#[test]
fn credentials_that_expire_during_the_writes() {
    let account = Account::fleet(30);
    let watch = account.watch();
    account.sim.set_switches(|s| s.after = vec![after(5, CREATE, Deed::ExpireCredentials)]);
    account.tap_exits(3, &["--concurrency", "2"]);
    let made = account.owned_by_eni().len();
    assert!((1..30).contains(&made), "{made}");
    watch.converges();
}

/// The machine's clock jumps, or it slept with a request under way: what was signed before is refused, and signed anew.
#[test]
fn a_request_that_is_too_old_for_aws() {
    for_each_call(calls_of_a_run(), |call| {
        let account = Account::yaml(MIXED);
        let watch = account.watch();
        account.sim.fault(call.action(), "RequestExpired");
        account.tap_exits(0, &[]);
        assert!(account.sim.counts()[call.action()] > 1, "{call} was not tried again");
        watch.converges();
    });
}

/// The clock stays wrong.
#[test]
fn requests_that_are_always_too_old_for_aws() {
    for action in ["DescribeInstances", "DescribeTrafficMirrorSessions"] {
        let account = Account::yaml(MIXED);
        let before = account.sim.snapshot();
        let watch = account.watch();
        account.sim.fault(action, "RequestExpired").times(100);
        account.tap_exits(1, &[]).says(&[action, "RequestExpired"]);
        assert_eq!(account.sim.snapshot(), before);
        watch.converges();
    }
    for action in ["CreateTrafficMirrorFilter", CREATE, "ModifyTrafficMirrorSession", DELETE] {
        let account = Account::yaml(MIXED);
        let watch = account.watch();
        account.sim.fault(action, "RequestExpired").times(100);
        let run = account.tap_exits(3, &[]);
        assert!(run.stdout.contains("RequestExpired"), "{action}: {}", run.stdout);
        watch.converges();
    }
}

/// AWS's own time jumps in the middle of a run: buckets are full at once, what was late is there, instances have settled.
#[test]
fn time_that_jumps_during_a_run() {
    for call in [1, 5, 10, 15, 20] {
        let account = Account::yaml(&mixed_with_filter());
        let watch = account.watch();
        account.sim.advance(Duration::from_secs(60));
        account.sim.set_switches(|s| {
            s.settle_ms = 30_000;
            s.consistency.window_ms = 30_000;
            let mut throttle = Throttle::default();
            throttle.buckets.insert(CREATE.to_owned(), BucketSize { capacity: 1.0, refill: 2.0 });
            s.throttle = Some(throttle);
            s.after = vec![After { call, action: None, deed: Deed::Advance(3_600_000) }];
        });
        account.tap(&[]);
        watch.converges();
    }
}
