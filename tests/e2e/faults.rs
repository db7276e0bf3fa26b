//! What goes wrong in between. Each test ends with the faults lifted, a clean run, and a look at the whole account: every
//! eligible interface has one owned session, and nobody else's was touched.

use std::time::Duration;

use aws_sim::{After, Consistency, Deed, Delay, NewSession, RandomFaults, RandomKind, Throttle};

use crate::story::SMALL;
use crate::support::{Account, decisions};

fn after(call: usize, action: &str, deed: Deed) -> After {
    After { call, action: Some(action.to_owned()), deed }
}

const CREATE: &str = "CreateTrafficMirrorSession";

/// Whatever code a taken number has, and whatever the text.
#[test]
fn a_taken_number_under_every_code() {
    for code in [
        "TrafficMirrorSessionNumberInUse",
        "InvalidParameterValue",
        "InterfaceInUseByTrafficMirrorTarget",
        "IncorrectState",
    ] {
        let account = Account::yaml(SMALL);
        account.tap_exits(0, &["--instance-id", "i-3"]);
        account.sim.set_switches(|s| {
            (s.taken_number.code, s.taken_number.message) =
                (code.to_owned(), "whatever".to_owned());
        });
        // Somebody takes number 1 after the sessions were listed, before the create.
        let eni = account.eni("web-1");
        let (target, filter) = account
            .owned_by_eni()
            .values()
            .map(|s| (s.target.clone(), s.filter.clone()))
            .next()
            .unwrap();
        let tags = [("Team".to_owned(), "dns".to_owned())].into();
        let taken = NewSession { eni: eni.clone(), target, filter, number: 1, owner: None, tags };
        let run = std::thread::scope(|scope| {
            account.sim.set_switches(|s| {
                s.latency.actions.insert(CREATE.to_owned(), Delay::Fixed(50));
            });
            let run = scope.spawn(|| account.tap(&["--concurrency", "1"]));
            while !account.sim.counts().contains_key(CREATE) {
                std::thread::yield_now();
            }
            account.edit(|world| world.create_session(taken));
            run.join().unwrap()
        });
        let foreign = account.foreign();
        assert_eq!(foreign.len(), 1);
        assert!(run.code == 0 || run.code == 3, "{code}: {}\n{}", run.stdout, run.stderr);
        account.converges(&foreign);
        assert_eq!(account.owned_by_eni()[&eni].number, 2, "{code}");
    }
}

#[test]
fn random_server_errors_and_resets() {
    let account = Account::fleet(40);
    let foreign = account.foreign();
    account.sim.set_switches(|s| {
        s.seed = 7;
        let kinds = vec![RandomKind::InternalError, RandomKind::Unavailable, RandomKind::Reset];
        s.random = Some(RandomFaults { rate: 0.2, kinds, ..RandomFaults::default() });
    });
    account.tap(&[]);
    account.converges(&foreign);
    assert_eq!(account.owned_by_eni().len(), 40);
}

#[test]
fn a_lost_reply_creates_nothing_twice() {
    let account = Account::yaml(SMALL);
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
    account.converges(&account.foreign());
}

#[test]
fn throttling_as_ec2_does_it() {
    let account = Account::fleet(80);
    account.sim.set_switches(|s| {
        // EC2's buckets ten times over: 500 writes at once would take seconds otherwise.
        s.throttle = Some(Throttle { scale: 10.0, ..Throttle::default() });
        s.throttle
            .as_mut()
            .unwrap()
            .buckets
            .insert(CREATE.to_owned(), aws_sim::BucketSize { capacity: 20.0, refill: 60.0 });
    });
    account.tap_exits(0, &["--concurrency", "16"]);
    assert_eq!(account.owned_by_eni().len(), 80);
    account.converges(&account.foreign());
}

/// EC2's own buckets and a rollout larger than they hold: nothing is lost to throttling.
#[test]
fn a_rollout_is_not_lost_to_throttling() {
    let account = Account::fleet(60);
    account.sim.set_switches(|s| {
        let mut throttle = Throttle { scale: 1000.0, ..Throttle::default() };
        let bucket = aws_sim::BucketSize { capacity: 5.0, refill: 8.0 };
        throttle.buckets.insert(CREATE.to_owned(), bucket);
        s.throttle = Some(throttle);
    });
    account.tap_exits(0, &["--concurrency", "48"]);
    assert_eq!(account.owned_by_eni().len(), 60);
}

#[test]
fn an_instance_that_vanishes_between_read_and_write_is_gone_and_not_failed() {
    let account = Account::yaml(SMALL);
    let name = "web-3".to_owned();
    account.sim.set_switches(|s| {
        s.after = vec![after(1, "DescribeTrafficMirrorSessions", Deed::TerminateInstance(name))];
    });
    let document = account.json(0, &[]);
    assert!(
        decisions(&document).contains(&"web-3 create not-mirrored gone".to_owned()),
        "{document:#}"
    );
    assert_eq!(document["totals"]["failed"], 0);
    account.converges(&account.foreign());
}

#[test]
fn a_session_that_somebody_removed_is_gone_and_not_failed() {
    let account = Account::yaml(SMALL);
    account.tap_exits(0, &[]);
    let session = account.sessions().keys().next().unwrap().clone();
    account.edit(|world| assert!(world.delete_tag("vpc-1", "Vectra:session_mirroring_target")));
    account.sim.set_switches(|s| {
        s.after = vec![after(1, "DescribeTrafficMirrorSessions", Deed::DeleteSession(session))];
    });
    let document = account.json(0, &[]);
    assert_eq!(decisions(&document).iter().filter(|line| line.ends_with(" gone")).count(), 1);
    assert!(account.owned_by_eni().is_empty());
}

#[test]
fn a_target_deleted_during_a_run() {
    let account = Account::yaml(SMALL);
    account.sim.set_switches(|s| {
        s.after = vec![after(1, CREATE, Deed::DeleteTarget("tmt-1".to_owned()))];
    });
    let document = account.json(3, &["--concurrency", "1"]);
    assert!(document["totals"]["failed"].as_u64() > Some(0));
    // Now the tag names a target that is not there: an error that is said, and everything stays as it is.
    account.sim.set_switches(|s| *s = aws_sim::Switches::default());
    let before = account.sim.snapshot();
    let run = account.tap_exits(3, &[]);
    assert!(run.stdout.contains("tmt-1"), "{}", run.stdout);
    assert_eq!(account.sim.snapshot(), before);
}

#[test]
fn a_target_that_fills_up_during_a_run() {
    let account = Account::demo();
    let foreign_before = account.foreign().len();
    account.sim.fault(CREATE, "TrafficMirrorSourcesPerTargetLimitExceeded").times(1);
    let document = account.json(3, &["--vpc-id", "vpc-0de00000000000003", "--concurrency", "1"]);
    let not_done = decisions(&document).into_iter().filter(|line| line.ends_with(" not-done"));
    assert!(not_done.count() >= 1);
    let creates = account.sim.counts()[CREATE];
    assert_eq!(creates, 1, "a target that is full was tried again");
    assert_eq!(account.foreign().len(), foreign_before);
}

#[test]
fn a_denied_write_is_said_once_for_each_and_the_rest_goes_on() {
    let account = Account::demo();
    account.sim.set_switches(|s| s.deny = vec!["DeleteTrafficMirrorSession".to_owned()]);
    let run = account.tap_exits(3, &[]);
    assert!(run.stdout.contains("ec2:DeleteTrafficMirrorSession"), "{}", run.stdout);
    let web_2 = account.eni("web-2");
    assert!(account.sessions().values().any(|s| s.ours && s.eni == web_2));
}

#[test]
fn a_filter_that_cannot_be_made_stops_creates_and_nothing_else() {
    let account = Account::yaml(SMALL);
    account.sim.set_switches(|s| s.deny = vec!["CreateTrafficMirrorFilterRule".to_owned()]);
    let run = account.tap_exits(3, &[]);
    assert!(run.stdout.contains("ec2:CreateTrafficMirrorFilterRule"), "{}", run.stdout);
    assert!(account.sessions().is_empty());
    // The crash between a filter and its rules: the next run completes it.
    account.converges(&account.foreign());
    assert_eq!(
        account.sim.snapshot()["regions"]["us-east-1"]["filters"].as_object().unwrap().len(),
        1
    );
}

#[test]
fn credentials_that_expire_during_the_writes() {
    let account = Account::fleet(30);
    account.sim.set_switches(|s| s.after = vec![after(5, CREATE, Deed::ExpireCredentials)]);
    account.tap_exits(3, &["--concurrency", "2"]);
    let made = account.owned_by_eni().len();
    assert!((1..30).contains(&made), "{made}");
    account.converges(&account.foreign());
}

#[test]
fn reads_that_lag_behind_writes() {
    let account = Account::fleet(12);
    account.tap_exits(0, &[]);
    account.edit(|world| {
        let first = world.instance_ids().into_iter().next().unwrap();
        world.stop_instance(&first)
    });
    account.sim.set_switches(|s| s.consistency = Consistency { window_ms: 30_000, always: true });
    for _ in 0..3 {
        account.tap(&[]);
        account.owned_by_eni();
    }
    account.sim.advance(Duration::from_secs(60));
    account.converges(&account.foreign());
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

#[test]
fn two_runs_at_once_converge() {
    let account = Account::fleet(40);
    account.sim.set_switches(|s| s.latency.default = Some(Delay::Fixed(5)));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| account.tap(&[]));
        }
    });
    assert_eq!(account.owned_by_eni().len(), 40);
    account.converges(&account.foreign());
}

#[test]
fn aws_old_and_new_spellings_of_gone() {
    for spelling in [aws_sim::NotFoundCodes::Live, aws_sim::NotFoundCodes::Documented] {
        let account = Account::yaml(SMALL);
        account.tap_exits(0, &[]);
        let session = account.sessions().keys().next().unwrap().clone();
        account.edit(|world| assert!(world.delete_tag("vpc-1", "Vectra:session_mirroring_target")));
        account.sim.set_switches(|s| {
            s.not_found = spelling;
            s.after = vec![after(1, "DescribeTrafficMirrorSessions", Deed::DeleteSession(session))];
        });
        let document = account.json(0, &[]);
        assert_eq!(document["totals"]["failed"], 0, "{document:#}");
    }
}
