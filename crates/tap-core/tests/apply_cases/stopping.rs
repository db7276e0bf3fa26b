//! The stop signal: no new change is started once it is given, and everything that was not done is said.

use tap_core::apply::FilterOutcome;
use tap_core::stop::StopReason;
use tap_core::tags::TagKeys;
use tap_core::testing::{Scenario, full_filter, scenario};

use crate::support::{Run, lines, run};

fn account() -> Scenario {
    scenario().instance("i-1").instance("i-2").instance("i-3").stopped("i-4").owned("tms-4")
}

/// Gives the signal during the write `at`, which is in flight and ends.
fn stop_at(run: &mut Run, at: &'static str, reason: StopReason) {
    let stopper = run.stopper.take().expect("one signal per run");
    run.cloud.before_each_write(move |write, _| {
        if write == at {
            stopper.stop(reason);
        }
    });
}

#[test]
fn before_anything() {
    let run = run(account().no_filter());
    run.stopper.as_ref().unwrap().stop(StopReason::Interrupted);
    let ended = run.apply();
    assert_eq!(run.cloud.attempts(), Vec::<String>::new());
    assert_eq!(
        ended.outcomes,
        lines(
            "eni-1 create not-done interrupted; eni-2 create not-done interrupted;
             eni-3 create not-done interrupted; eni-4 delete not-done interrupted"
        )
    );
    assert_eq!(ended.applied.stopped, Some(StopReason::Interrupted));
    assert_eq!(ended.filter(), Some(&FilterOutcome::Stopped(StopReason::Interrupted)));
}

#[test]
fn in_the_middle() {
    let mut run = run(account());
    stop_at(&mut run, "create eni-2", StopReason::TimedOut);
    let ended = run.apply();
    assert_eq!(run.cloud.attempts(), lines("create eni-1; create eni-2"));
    assert_eq!(
        ended.outcomes,
        lines(
            "eni-1 create done; eni-2 create done; eni-3 create not-done timed-out;
             eni-4 delete not-done timed-out"
        )
    );
    assert_eq!(ended.applied.stopped, Some(StopReason::TimedOut));
    assert_eq!(ended.events.len(), 5, "each change is told: {:?}", ended.events);
}

#[test]
fn with_the_last_change_in_flight_nothing_was_stopped() {
    let mut run = run(account());
    stop_at(&mut run, "delete tms-4", StopReason::Interrupted);
    let ended = run.apply();
    assert!(ended.outcomes.iter().all(|o| o.ends_with("done")));
    assert_eq!(ended.applied.stopped, None);
}

#[test]
fn the_first_reason_counts() {
    let run = run(account());
    let stopper = run.stopper.as_ref().unwrap();
    stopper.stop(StopReason::TimedOut);
    stopper.stop(StopReason::Interrupted);
    assert_eq!(run.apply().applied.stopped, Some(StopReason::TimedOut));
}

#[test]
fn families_and_chains_are_said_too() {
    let s = scenario().appliance("tmt-2", "i-zz").target("tmt-2");
    let s = (0..9).fold(s, |s, n| s.instance(&format!("i-m{n}")).owned(&format!("tms-m{n}")));
    let s = s.stopped("i-s").owned("tms-s").instance("i-new").vpc("vpc-b");
    let s = s.instance("i-z1").of_type("z99.large").instance("i-z2").of_type("z99.large");
    let mut run = run(s);
    stop_at(&mut run, "create eni-z1", StopReason::Interrupted);
    let ended = run.apply();
    assert_eq!(
        ended.outcomes,
        lines(
            "eni-new create not-done interrupted; eni-s delete not-done interrupted;
             eni-z1 create done; eni-z2 create not-done interrupted"
        )
    );
}

#[test]
fn a_filter_in_the_making_is_completed() {
    let mut run = run(account().no_filter());
    stop_at(&mut run, "filter", StopReason::Interrupted);
    let ended = run.apply();
    assert!(matches!(ended.filter(), Some(FilterOutcome::Done { .. })));
    assert!(ended.outcomes.iter().all(|o| o.ends_with("not-done interrupted")));
    assert_eq!(ended.applied.stopped, Some(StopReason::Interrupted));
    let filters = run.cloud.now().filters;
    let ours = full_filter(&TagKeys::default());
    assert!(filters.values().all(|f| (f.rules.len(), f.dns) == (ours.rules.len(), true)));
}
