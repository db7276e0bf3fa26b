//! Rulings 12 and 15: a number that is taken meanwhile is settled by listing, and every create has its own client token.

use tap_core::cloud::MemoryCloud;
use tap_core::error::ErrorKind;
use tap_core::inventory::MirrorSession;
use tap_core::testing::{Scenario, rules, scenario};
use uuid::Uuid;

use crate::support::{run, run_with};

/// The sessions of a scenario appear in the account.
fn appear(account: &MemoryCloud, scenario: Scenario) {
    let sessions = scenario.build().sessions;
    account.edit(|inv| inv.sessions.extend(sessions));
}

#[test]
fn ruling_12_ours_was_made_by_another_run() {
    let run = run(scenario().instance("i-1"));
    run.cloud.before_each_write(|_, account| {
        appear(account, scenario().instance("i-1").owned("tms-theirs"));
    });
    assert_eq!(run.apply().outcomes, ["eni-1 create already-done tms-theirs"]);
    assert_eq!(run.cloud.now().sessions.len(), 1);
}

#[test]
fn ruling_12_a_foreign_one_took_the_number() {
    let run = run(scenario().instance("i-1"));
    run.cloud.before_each_write(|_, account| {
        appear(account, scenario().instance("i-1").foreign("tms-f"));
    });
    assert_eq!(run.apply().outcomes, ["eni-1 create done"]);
    let creates = run.cloud.creates();
    let numbers: Vec<i32> = creates.iter().map(|new| new.number).collect();
    assert_eq!(numbers, [1, 2]);
    assert_ne!(creates[0].token, creates[1].token);
}

#[test]
fn ruling_12_a_pinned_number_that_is_taken_is_told() {
    let run = run_with(scenario().instance("i-1"), |s| s.session_number = Some(7));
    run.cloud.before_each_write(|_, account| {
        appear(account, scenario().instance("i-1").foreign("tms-f").number(7));
    });
    assert_eq!(run.apply().outcomes, ["eni-1 create failed number-taken"]);
    assert_eq!(run.cloud.attempts(), ["create eni-1"]);
}

#[test]
fn ruling_12_a_number_pinned_by_a_rule_is_as_pinned_as_any() {
    let run = run_with(scenario().instance("i-1"), |s| {
        s.rules = Some(rules().vpc("vpc-a").pins(7, 100, 9).build());
    });
    run.cloud.before_each_write(|_, account| {
        appear(account, scenario().instance("i-1").foreign("tms-f").number(7));
    });
    assert_eq!(run.apply().outcomes, ["eni-1 create failed number-taken"]);
    assert_eq!(run.cloud.attempts(), ["create eni-1"]);
}

#[test]
fn three_foreign_ones_meanwhile_are_the_limit() {
    let run = run(scenario().instance("i-1"));
    run.cloud.fail("create eni-1", ErrorKind::Other);
    run.cloud.before_each_write(|_, account| {
        appear(account, scenario().instance("i-1").foreign("f").foreign("g").foreign("h"));
    });
    assert_eq!(run.apply().outcomes, ["eni-1 create failed session-limit"]);
}

#[test]
fn a_number_that_is_taken_again_and_again_ends_as_what_it_is() {
    let run = run(scenario().instance("i-1"));
    // Somebody moves one session to each number just before it is tried.
    let mut next = 0;
    run.cloud.before_each_write(move |_, account| {
        next = if next == 1 { 2 } else { 1 };
        account.edit(|inv| {
            let moved = scenario().instance("i-1").foreign("f").number(next).build().sessions;
            inv.sessions = moved;
        });
    });
    assert_eq!(run.apply().outcomes, ["eni-1 create failed number-taken"]);
    assert_eq!(run.cloud.attempts().len(), 3);
}

#[test]
fn an_unknown_refusal_stays_what_aws_said() {
    let run = run(scenario().instance("i-1").foreign("f").number(9));
    run.cloud.fail("create eni-1", ErrorKind::Other);
    assert_eq!(run.apply().outcomes, ["eni-1 create failed other"]);
    assert_eq!(run.cloud.attempts().len(), 1);
}

#[test]
fn ruling_15_the_same_create_has_the_same_token_in_one_run_and_another_in_another() {
    let tokens = |run_id: u128| -> Vec<String> {
        let mut run = run(scenario().instance("i-1").instance("i-2").instance("i-3"));
        run.run_id = Uuid::from_u128(run_id);
        // Nothing comes of it, so a second try is the same create once more.
        for eni in ["eni-1", "eni-2", "eni-3"] {
            run.cloud.fail(&format!("create {eni}"), ErrorKind::Throttled);
        }
        run.apply();
        run.apply();
        run.cloud.creates().into_iter().map(|new| new.token).collect()
    };
    let (first, second) = (tokens(1), tokens(2));
    assert_eq!(first.len(), 6);
    assert_eq!(first[..3], first[3..]);
    let distinct: std::collections::BTreeSet<&String> = first.iter().chain(&second).collect();
    assert_eq!(distinct.len(), 6, "each create of each run has its own");
    // AWS takes up to 64 ASCII characters.
    assert!(first.iter().all(|t| t.is_ascii() && t.len() <= 64 && !t.is_empty()));
}

#[test]
fn ruling_1_what_is_created_is_ours_and_complete() {
    let run = run_with(scenario().instance("i-1").named("web"), |s| {
        (s.packet_length, s.vni) = (Some(100), Some(5));
    });
    run.apply();
    let sessions: Vec<MirrorSession> = run.cloud.now().sessions.into_values().collect();
    let [session] = &sessions[..] else { panic!("{sessions:?}") };
    assert_eq!(session.tags.get("Creator"), Some("Vectra:Tap"));
    assert_eq!(session.tags.name(), Some("web"));
    assert_eq!((session.packet_length, session.vni), (Some(100), Some(5)));
    assert_eq!(run.cloud.creates()[0].description, "Vectra EC2 i-1");
}
