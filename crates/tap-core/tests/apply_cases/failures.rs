//! Ruling 13: one failure is one outcome, and the rest goes on.

use tap_core::apply::{FilterOutcome, Outcome};
use tap_core::error::ErrorKind;
use tap_core::ids::FilterId;
use tap_core::testing::{Scenario, scenario};

use crate::support::{lines, run};

fn three() -> Scenario {
    scenario().instance("i-1").instance("i-2").stopped("i-3").owned("tms-3")
}

#[test]
fn ruling_13_one_failure_does_not_stop_the_rest() {
    let kinds = [
        ErrorKind::Throttled,
        ErrorKind::Unavailable,
        ErrorKind::Unreachable,
        ErrorKind::Denied,
        ErrorKind::Credentials,
        ErrorKind::NotFound,
        ErrorKind::NotSupported,
        ErrorKind::SessionsPerInterface,
        ErrorKind::InterfaceIsTarget,
        ErrorKind::NumberTaken,
        ErrorKind::Changing,
        ErrorKind::TokenSpent,
        ErrorKind::Invalid,
        ErrorKind::BadAnswer,
        ErrorKind::Other,
    ];
    for kind in kinds {
        let run = run(three());
        run.cloud.fail("create eni-1", kind);
        let ended = run.apply();
        assert_eq!(
            ended.outcomes,
            [&format!("eni-1 create failed {kind}"), "eni-2 create done", "eni-3 delete done"]
        );
        assert!(ended.applied.outcomes.values().any(Outcome::is_failure));
    }
}

#[test]
fn ruling_13_a_failure_names_the_interface_and_what_to_do() {
    let run = run(three());
    run.cloud.fail("create eni-1", ErrorKind::Denied);
    let ended = run.apply();
    let Outcome::Failed(error) = &ended.applied.outcomes[&0] else {
        panic!("{:?}", ended.outcomes);
    };
    assert_eq!(error.resource.as_deref(), Some("eni-1"));
    assert!(error.remedy().contains("ec2:CreateTrafficMirrorSession"), "{}", error.remedy());
}

#[test]
fn gone_counts_as_done() {
    let account = three().instance("i-4").owned("tms-4").to("tmt-old");
    let run = run(account);
    run.cloud.fail("create eni-1", ErrorKind::InterfaceGone);
    run.cloud.fail("delete tms-3", ErrorKind::SessionGone);
    run.cloud.fail("modify tms-4", ErrorKind::SessionGone);
    let ended = run.apply();
    assert_eq!(
        ended.outcomes,
        lines("eni-1 create gone; eni-2 create done; eni-3 delete gone; eni-4 modify gone")
    );
    assert!(ended.applied.outcomes.values().all(Outcome::is_reached));
    assert!(!ended.applied.outcomes.values().any(Outcome::is_failure));
}

#[test]
fn a_failed_modify_and_a_failed_delete_are_told() {
    let account = scenario().stopped("i-3").owned("tms-3").instance("i-4").owned("tms-4").to("x");
    let run = run(account);
    run.cloud.fail("delete tms-3", ErrorKind::Denied);
    run.cloud.fail("modify tms-4", ErrorKind::Invalid);
    assert_eq!(
        run.apply().outcomes,
        lines("eni-3 delete failed denied; eni-4 modify failed invalid-request")
    );
}

#[test]
fn a_lost_reply_is_settled_by_looking() {
    for kind in [ErrorKind::Unreachable, ErrorKind::Unavailable, ErrorKind::BadAnswer] {
        let run = run(scenario().instance("i-1"));
        run.cloud.fail("create eni-1", kind);
        run.cloud.before_each_write(|_, account| {
            let made = scenario().instance("i-1").owned("tms-made").build().sessions;
            account.edit(|inv| inv.sessions.extend(made));
        });
        assert_eq!(run.apply().outcomes, ["eni-1 create already-done tms-made"]);
    }
}

#[test]
fn a_target_that_aws_calls_full_is_not_tried_again() {
    // Who else mirrors there AWS alone knows.
    let account = scenario()
        .instance("i-1")
        .instance("i-2")
        .instance("i-3")
        .owned("tms-3")
        .to("tmt-old")
        .vpc("vpc-b")
        .target("tmt-2")
        .instance("i-4");
    let run = run(account);
    run.cloud.fail("create eni-1", ErrorKind::SourcesPerTarget);
    let ended = run.apply();
    assert_eq!(
        ended.outcomes,
        lines(
            "eni-1 create not-done target-full; eni-2 create not-done target-full;
             eni-3 modify not-done target-full; eni-4 create done"
        )
    );
    assert_eq!(run.cloud.attempts(), lines("create eni-1; create eni-4"));
}

#[test]
fn a_move_into_a_full_target_tells_the_others_too() {
    let run = run(scenario().instance("i-1").owned("tms-1").to("tmt-old").instance("i-2"));
    run.cloud.fail("modify tms-1", ErrorKind::SourcesPerTarget);
    assert_eq!(
        run.apply().outcomes,
        lines("eni-1 modify not-done target-full; eni-2 create not-done target-full")
    );
    assert_eq!(run.cloud.attempts(), ["modify tms-1"]);
}

#[test]
fn an_account_with_all_its_sessions_stops_the_creates_alone() {
    let run = run(three().instance("i-4").owned("tms-4").to("tmt-old"));
    run.cloud.fail("create eni-1", ErrorKind::AccountSessionLimit);
    assert_eq!(
        run.apply().outcomes,
        lines(
            "eni-1 create not-done account-limit; eni-2 create not-done account-limit;
             eni-3 delete done; eni-4 modify done"
        )
    );
    assert_eq!(run.cloud.attempts(), lines("create eni-1; modify tms-4; delete tms-3"));
}

#[test]
fn without_its_filter_nothing_is_created_and_removals_go_on() {
    for failing in ["filter", "rule tmf-new-0", "dns tmf-new-0"] {
        let run = run(three().no_filter());
        run.cloud.fail(failing, ErrorKind::Denied);
        let ended = run.apply();
        assert_eq!(
            ended.outcomes,
            lines(
                "eni-1 create not-done no-filter; eni-2 create not-done no-filter; eni-3 delete done"
            ),
            "{failing}"
        );
        assert!(matches!(ended.filter(), Some(FilterOutcome::Failed(_))), "{failing}");
        assert!(run.cloud.now().sessions.is_empty());
    }
}

#[test]
fn a_filter_that_cannot_be_completed_gets_no_new_sessions() {
    let account = three().filter_as("tmf-1", |f| f.dns = false);
    // One repair needs the filter, the other does not.
    let account = account.instance("i-4").owned("tms-4").through("tmf-old");
    let run = run(account.instance("i-5").owned("tms-5").to("tmt-old"));
    run.cloud.fail("dns tmf-1", ErrorKind::Throttled);
    assert_eq!(
        run.apply().outcomes,
        lines(
            "eni-1 create not-done no-filter; eni-2 create not-done no-filter; eni-3 delete done;
             eni-4 modify not-done no-filter; eni-5 modify done"
        )
    );
}

#[test]
fn ruling_11_a_refused_plan_is_not_applied_at_all() {
    let account = (0..10).fold(scenario().no_filter().instance("i-new"), |s, n| {
        s.stopped(&format!("i-{n}")).owned(&format!("tms-{n}"))
    });
    let run = run(account);
    assert!(run.plan.refusal.is_some());
    let ended = run.apply();
    assert_eq!(ended.filter(), None);
    assert_eq!(ended.outcomes, Vec::<String>::new());
    assert_eq!(run.cloud.attempts(), Vec::<String>::new());
}

/// Each filter is made or fails alone, and takes only its own sessions with it.
#[test]
fn ruling_13_one_filter_that_fails_does_not_stop_the_others() {
    let account = || {
        let tcp = scenario().profile("all-tcp").instance("i-1");
        let dns = tcp.vpc("vpc-b").profile("dns-only").instance("i-2").owned("tms-2");
        dns.vpc("vpc-c").instance("i-3")
    };
    let all = run(account());
    assert_eq!(
        all.apply().outcomes,
        lines("eni-1 create done; eni-2 modify done; eni-3 create done")
    );
    assert_eq!(all.cloud.now().filters.len(), 3);
    let failing = run(account());
    // The first to be made is that of all-tcp; the second one goes on.
    failing.cloud.fail("rule tmf-new-1", ErrorKind::Denied);
    let ended = failing.apply();
    assert_eq!(
        ended.outcomes,
        lines("eni-1 create not-done no-filter; eni-2 modify done; eni-3 create done")
    );
    let failed = |o: &&FilterOutcome| matches!(o, FilterOutcome::Failed(_));
    assert_eq!(ended.applied.filters.len(), 2);
    assert_eq!(ended.applied.filters.values().filter(failed).count(), 1);
    // The next run completes what is there.
    let again = run(scenario().with(|inv| *inv = failing.cloud.now()));
    assert_eq!(again.apply().outcomes, lines("eni-1 create done"));
    let filters = again.cloud.now().filters;
    assert_eq!(filters.values().filter(|f| f.description.ends_with("(all-tcp)")).count(), 1);
}

/// Two runs that begin at once make a filter each; the next run settles on one and says so.
#[test]
fn ruling_16_two_runs_at_once_converge_on_one_filter_of_a_profile() {
    let first = run(scenario().profile("all-tcp").instance("i-1"));
    let second = run(scenario().profile("all-tcp").instance("i-1"));
    first.apply();
    let mut both = first.cloud.now();
    second.apply();
    let other = second.cloud.now().filters[&FilterId::from("tmf-new-1")].clone();
    both.filters.insert("tmf-new-2".into(), other);
    let next = run(scenario().with(|inv| *inv = both));
    assert_eq!(next.apply().outcomes, Vec::<String>::new());
    let found: Vec<&str> = next.plan.findings.iter().map(|f| f.code()).collect();
    assert_eq!(found, ["several-filters"]);
}
