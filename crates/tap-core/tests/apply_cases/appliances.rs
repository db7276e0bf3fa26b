//! Appliances: made before the sessions that need them, cleaned up where a step fails, and made once by two runs.

use std::collections::BTreeSet;

use futures::FutureExt;
use tap_core::apply::{ApplianceOutcome, NotDone};
use tap_core::cloud::{MakeTarget, NewTarget};
use tap_core::error::ErrorKind;
use tap_core::inventory::{InstanceState, Subnet, TargetKind};
use tap_core::moment::Moment;
use tap_core::plan::{ApplianceStep, guard, plan};
use tap_core::stop::StopReason;
use tap_core::testing::{Scenario, TestCloud, rules, scenario};
use uuid::Uuid;

use crate::support::{Run, lines, run_with};

fn account(sources: usize) -> Scenario {
    let account = scenario().not_enabled().with(|inv| {
        inv.subnets.insert("subnet-sensors".into(), Subnet::of("vpc-a".into()));
    });
    (0..sources).fold(account, |s, n| s.instance(&format!("i-{n}")))
}

fn ruled(scenario: Scenario) -> Run {
    run_with(scenario, |settings| {
        let rules = rules().vpc("vpc-a").to_appliances("t3.micro").in_subnet("subnet-sensors");
        settings.rules = Some(rules.build());
        settings.now = Some(Moment::from_unix(1_800_000_000));
    })
}

/// The next run over the account as it is now.
fn next(cloud: TestCloud, before: Run) -> Run {
    let planned = plan(&cloud.now(), &before.settings).expect("nothing that is named is missing");
    let plan = guard(planned, &before.settings);
    let cloud = TestCloud::new(cloud.now());
    Run { cloud, plan, run_id: Uuid::from_u128(2), ..before }
}

/// Each instance that is not terminated, with whether its first interface is a target.
fn fleet(cloud: &TestCloud) -> Vec<String> {
    let now = cloud.now();
    let behind: BTreeSet<String> = now
        .targets
        .values()
        .filter_map(|target| match &target.kind {
            TargetKind::Eni(eni) => Some(eni.to_string()),
            _ => None,
        })
        .collect();
    now.instances
        .iter()
        .filter(|(id, _)| id.as_str().starts_with("i-new"))
        .filter(|(_, instance)| instance.state != InstanceState::Terminated)
        .map(|(id, instance)| {
            let is_target = instance.enis.iter().any(|eni| behind.contains(eni.id.as_str()));
            format!("{id} {}", if is_target { "target" } else { "bare" })
        })
        .collect()
}

#[test]
fn it_is_made_before_its_sessions() {
    let run = ruled(account(2));
    let ended = run.apply();
    assert_eq!(
        run.cloud.attempts(),
        lines("launch subnet-sensors; target eni-new-1; create eni-0; create eni-1")
    );
    assert_eq!(ended.outcomes, lines("eni-0 create done; eni-1 create done"));
    let launched = &run.cloud.launches()[0];
    assert_eq!(launched.instance_type, "t3.micro");
    assert_eq!(launched.tags["Creator"], "Vectra:Tap");
    assert_eq!(launched.tags["Vectra:session_mirroring_appliance"], "vpc-a");
    assert_eq!(launched.tags["Vectra:session_mirroring_subnet"], "subnet-sensors");
    let now = run.cloud.now();
    let made = now.targets.values().find(|t| matches!(t.kind, TargetKind::Eni(_))).unwrap();
    assert_eq!(made.tags.get("Vectra:session_mirroring_appliance"), Some("vpc-a"));
    assert!(now.sessions.values().all(|s| now.targets[&s.target] == *made));
}

#[test]
fn a_launch_that_fails_leaves_nothing() {
    let run = ruled(account(1));
    run.cloud.fail("launch subnet-sensors", ErrorKind::Capacity);
    let ended = run.apply();
    assert_eq!(ended.outcomes, lines("eni-0 create not-done no-appliance"));
    assert_eq!(fleet(&run.cloud), Vec::<String>::new());
    assert!(ended.applied.appliances.values().all(ApplianceOutcome::is_failure));
    assert_eq!(ended.events[1], "launch failed");
}

#[test]
fn a_target_that_fails_takes_the_instance_with_it() {
    let run = ruled(account(1));
    run.cloud.fail("target eni-new-1", ErrorKind::Quota);
    let ended = run.apply();
    assert_eq!(
        run.cloud.attempts(),
        lines("launch subnet-sensors; target eni-new-1; terminate i-new-1")
    );
    assert_eq!(ended.outcomes, lines("eni-0 create not-done no-appliance"));
    assert_eq!(fleet(&run.cloud), Vec::<String>::new());
}

#[test]
fn what_cannot_be_cleaned_up_is_said_and_finished_by_the_next_run() {
    let run = ruled(account(1));
    run.cloud.fail("target eni-new-1", ErrorKind::Denied);
    run.cloud.fail("terminate i-new-1", ErrorKind::Denied);
    let ended = run.apply();
    let outcome = ended.applied.appliances.values().next().unwrap();
    let ApplianceOutcome::Failed { error, left } = outcome else { panic!("{outcome:?}") };
    assert_eq!(error.kind, ErrorKind::Denied);
    assert_eq!(left.as_ref().unwrap().as_str(), "i-new-1");
    assert_eq!(fleet(&run.cloud), lines("i-new-1 bare"));

    let cloud = TestCloud::new(run.cloud.now());
    let second = next(cloud, run);
    let step = &second.plan.appliances.values().next().unwrap().step;
    assert!(matches!(step, ApplianceStep::Finish { .. }), "{step:?}");
    let ended = second.apply();
    assert_eq!(second.cloud.attempts(), lines("target eni-new-1; create eni-0"));
    assert_eq!(ended.outcomes, lines("eni-0 create done"));
}

#[test]
fn a_target_that_somebody_made_meanwhile_is_taken() {
    let run = ruled(account(1));
    run.cloud.fail("target eni-new-1", ErrorKind::InterfaceIsTarget);
    run.cloud.before_each_write(|write, memory| {
        if write == "target eni-new-1" {
            let theirs = NewTarget {
                kind: TargetKind::Eni("eni-new-1".into()),
                tags: [("Name".to_owned(), "theirs".to_owned())].into(),
                description: String::new(),
                token: "theirs".to_owned(),
            };
            memory.create_target(&theirs).now_or_never().unwrap().unwrap();
        }
    });
    let ended = run.apply();
    assert_eq!(ended.outcomes, lines("eni-0 create done"));
    let now = run.cloud.now();
    assert_eq!(now.sessions.len(), 1);
    assert!(now.sessions.values().all(|s| now.targets[&s.target].tags.name() == Some("theirs")));
}

/// A target that this run made, and of which not everybody has heard yet, is tried again; so is one that EC2 says is there and
/// does not list yet.
#[test]
fn what_is_just_made_is_waited_for() {
    let run = ruled(account(1));
    run.cloud.fail("create eni-0", ErrorKind::NotFound);
    let ended = run.apply();
    assert_eq!(ended.outcomes, lines("eni-0 create failed not-found"));
    let tries = run.cloud.attempts().iter().filter(|write| *write == "create eni-0").count();
    assert_eq!(tries, 6);

    let run = ruled(account(1));
    run.cloud.fail("target eni-new-1", ErrorKind::InterfaceIsTarget);
    let ended = run.apply();
    assert_eq!(ended.outcomes, lines("eni-0 create not-done no-appliance"));
    assert_eq!(fleet(&run.cloud), lines("i-new-1 bare"), "never terminated on such evidence");
    let tries = run.cloud.attempts().iter().filter(|write| *write == "target eni-new-1").count();
    assert_eq!(tries, 6);
}

#[test]
fn where_nobody_answered_it_is_left_to_the_next_run() {
    let run = ruled(account(1));
    run.cloud.fail("target eni-new-1", ErrorKind::Unreachable);
    let ended = run.apply();
    assert_eq!(ended.outcomes, lines("eni-0 create not-done no-appliance"));
    assert_eq!(fleet(&run.cloud), lines("i-new-1 bare"));
    let outcome = ended.applied.appliances.values().next().unwrap();
    assert!(matches!(outcome, ApplianceOutcome::Failed { left: Some(_), .. }), "{outcome:?}");
}

#[test]
fn two_runs_at_once_make_one() {
    let first = ruled(account(1));
    let second = ruled(account(1));
    first.apply();
    // The second saw the account before the first changed it.
    let late = Run { cloud: first.cloud, run_id: Uuid::from_u128(2), ..second };
    let ended = late.apply();
    assert_eq!(fleet(&late.cloud), lines("i-new-1 target"));
    assert!(ended.outcomes[0].starts_with("eni-0 create already-done"), "{:?}", ended.outcomes);
}

#[test]
fn a_token_that_is_spent_is_not_the_end() {
    let first = ruled(account(1));
    first.cloud.fail("target eni-new-1", ErrorKind::Quota);
    first.apply();
    // The instance is terminated, EC2 remembers its token, and the account looks as it did before.
    let again = ruled(account(1));
    let late = Run { cloud: first.cloud, run_id: Uuid::from_u128(2), ..again };
    let ended = late.apply();
    assert_eq!(ended.outcomes, lines("eni-0 create done"));
    assert_eq!(fleet(&late.cloud), lines("i-new-2 target"));
}

#[test]
fn however_many_tokens_are_spent_it_goes_on() {
    let mut run = ruled(account(1));
    for n in 1..=8_u128 {
        run.cloud.fail(&format!("target eni-new-{n}"), ErrorKind::Quota);
        run.apply();
        assert_eq!(fleet(&run.cloud), Vec::<String>::new());
        let again = ruled(account(1));
        run = Run { cloud: run.cloud, run_id: Uuid::from_u128(n + 1), ..again };
    }
    let ended = run.apply();
    assert_eq!(ended.outcomes, lines("eni-0 create done"));
}

#[test]
fn what_the_regions_of_a_run_may_launch_is_counted_together() {
    let none_left = Run { launches: 0, ..ruled(account(1)) };
    let ended = none_left.apply();
    assert_eq!(none_left.cloud.attempts(), Vec::<String>::new());
    assert_eq!(ended.outcomes, lines("eni-0 create not-done no-appliance"));
    let outcome = ended.applied.appliances.values().next().unwrap();
    assert!(matches!(
        outcome,
        ApplianceOutcome::NotDone { why: NotDone::ApplianceLimit, left: None }
    ));
}

#[test]
fn a_run_that_has_to_stop_leaves_it_to_the_next() {
    let mut run = ruled(account(1));
    let stopper = run.stopper.take().unwrap();
    run.cloud.fail("target eni-new-1", ErrorKind::InterfaceGone);
    run.cloud.before_each_write(move |write, _| {
        if write == "target eni-new-1" {
            stopper.stop(StopReason::TimedOut);
        }
    });
    let ended = run.apply();
    assert_eq!(ended.applied.stopped, Some(StopReason::TimedOut));
    assert_eq!(run.cloud.attempts(), lines("launch subnet-sensors; target eni-new-1"));
    assert_eq!(fleet(&run.cloud), lines("i-new-1 bare"));
    let outcome = ended.applied.appliances.values().next().unwrap();
    assert_eq!(outcome.code(), "not-done");
}

#[test]
fn one_that_nothing_needs_is_terminated_unless_it_became_a_target() {
    let left = || {
        let launched = Moment::from_unix(1_700_000_000);
        account(0).instance("i-9").of_type("t3.micro").made_for("vpc-a").launched(launched)
    };
    let run = ruled(left());
    run.apply();
    assert_eq!(run.cloud.attempts(), lines("terminate i-9"));

    let run = ruled(left());
    let became_one = run.cloud.now();
    let account = became_one.scope.account.clone();
    let target = tap_core::inventory::MirrorTarget::of(TargetKind::Eni("eni-9".into()), account);
    let mut became_one = became_one;
    became_one.targets.insert("tmt-9".into(), target);
    let late = Run { cloud: TestCloud::new(became_one), ..run };
    let ended = late.apply();
    assert_eq!(late.cloud.attempts(), Vec::<String>::new());
    assert_eq!(ended.events[1], "remove left-alone");
}

#[test]
fn without_the_filter_nothing_is_launched() {
    let run = ruled(account(1).no_filter());
    run.cloud.fail("filter", ErrorKind::Denied);
    let ended = run.apply();
    assert_eq!(run.cloud.attempts(), lines("filter"));
    assert_eq!(ended.outcomes, lines("eni-0 create not-done no-appliance"));
}
