//! Rulings 1 and 12: whose a session is, and which number ours gets.

use tap_core::testing::{FILTER, scenario};

use crate::support::{case, case_with};

#[test]
fn ruling_1_a_foreign_session_is_never_touched() {
    let one = || scenario().instance("i-1");
    case("stopped", scenario().stopped("i-1").foreign("tms-f"))
        .expects("eni-1 skip not-running")
        .settles();
    case("not enabled", scenario().not_enabled().instance("i-1").foreign("tms-f"))
        .expects("eni-1 skip vpc-not-enabled")
        .settles();
    case("to our own target", one().foreign("tms-f").through("tmf-x"))
        .expects("eni-1 create not-mirrored")
        .notes("eni-1 second-in-line")
        .settles();
    case("an owned one beside it goes alone", one().foreign("tms-f").owned("tms-1").blacklisted())
        .expects("eni-1 delete blacklisted")
        .changes("eni-1 delete tms-1")
        .settles();
}

#[test]
fn ruling_12_number_1_or_the_lowest_free_one() {
    let one = || scenario().instance("i-1");
    case("1 is free", one()).changes("eni-1 create tmt-1 tmf-1 number 1").settles();
    case("1 is foreign", one().foreign("f").through("x"))
        .changes("eni-1 create tmt-1 tmf-1 number 2")
        .notes("eni-1 second-in-line")
        .settles();
    case("2 is foreign", one().foreign("f").number(2))
        .changes("eni-1 create tmt-1 tmf-1 number 1")
        .settles();
    case("1 and 2 are foreign", one().foreign("f").through("x").foreign("g").through("x"))
        .changes("eni-1 create tmt-1 tmf-1 number 3")
        .notes("eni-1 second-in-line")
        .settles();
    case("1 and 3 are foreign", one().foreign("f").through("x").foreign("g").number(3))
        .changes("eni-1 create tmt-1 tmf-1 number 2")
        .notes("eni-1 second-in-line")
        .settles();
}

#[test]
fn ruling_12_three_foreign_sessions_leave_no_slot() {
    let full = scenario().instance("i-1").foreign("f").foreign("g").foreign("h");
    let case = case("three foreign", full).expects("eni-1 skip session-limit").eligible("eni-1");
    assert!(case.plan().decisions[0].is_blocked());
    case.settles();
    let ours_too = scenario().instance("i-1").foreign("f").number(7).foreign("g").number(9);
    crate::support::case("ours is the third", ours_too.owned("tms-1"))
        .expects("eni-1 keep in-sync")
        .settles();
}

#[test]
fn ruling_12_a_filter_that_takes_everything_before_ours() {
    let one = || scenario().instance("i-1");
    case("shadowed at the create", one().foreign("f").through(FILTER))
        .expects("eni-1 create not-mirrored")
        .notes("eni-1 shadowed")
        .settles();
    case("shadowed and kept", one().foreign("f").owned("tms-1"))
        .expects("eni-1 keep in-sync")
        .notes("eni-1 shadowed")
        .settles();
    case("a narrow one first, the wide one behind ours", {
        one().foreign("f").through("x").owned("tms-1").foreign("g")
    })
    .notes("eni-1 second-in-line")
    .settles();
    case("the wide one is behind ours", one().owned("tms-1").foreign("g")).notes("").settles();
    let rejecting = one().foreign("f").through("tmf-x").filter("tmf-x").filter_as("tmf-x", |f| {
        f.description = "theirs".to_owned();
        f.rules[0].accept = false;
    });
    case("a filter that rejects first is not everything", rejecting)
        .notes("eni-1 second-in-line")
        .settles();
}

#[test]
fn ruling_12_an_owned_session_at_another_number_is_adopted() {
    case("number 7", scenario().instance("i-1").owned("tms-1").number(7))
        .expects("eni-1 keep in-sync")
        .settles();
}

#[test]
fn ruling_12_a_pinned_number() {
    let one = || scenario().instance("i-1");
    let pin =
        |number: i32| move |s: &mut tap_core::settings::Settings| s.session_number = Some(number);
    case_with("free", one(), pin(5)).changes("eni-1 create tmt-1 tmf-1 number 5").settles();
    case_with("free, and behind a foreign one", one().foreign("f").through("x"), pin(5))
        .changes("eni-1 create tmt-1 tmf-1 number 5")
        .notes("eni-1 second-in-line")
        .settles();
    let taken = case_with("taken", one().foreign("f").number(5), pin(5))
        .expects("eni-1 skip number-taken")
        .eligible("eni-1");
    assert!(taken.plan().decisions[0].is_blocked());
    taken.settles();
    case_with("ours moves to it", one().owned("tms-1"), pin(5))
        .changes("eni-1 modify tms-1 number 5")
        .settles();
    let held = case_with("ours cannot", one().owned("tms-1").foreign("f").number(5), pin(5))
        .expects("eni-1 keep number-taken");
    assert!(held.plan().decisions[0].is_blocked());
    held.settles();
    let held = one().owned("tms-1").to("tmt-old").foreign("f").number(5);
    let held = case_with("ours cannot, but the rest is repaired", held, pin(5))
        .expects("eni-1 modify drifted")
        .changes("eni-1 modify tms-1 target tmt-1")
        .notes("eni-1 number-taken");
    assert!(held.plan().decisions[0].is_blocked());
    held.settles();
    let two = one().owned("tms-1").to("tmt-old").owned("tms-2").number(5);
    case_with("the one that has the number stays", two, pin(5))
        .expects("eni-1 keep in-sync; eni-1 delete duplicate")
        .changes("eni-1 delete tms-1")
        .settles();
    let two = one().owned("tms-1").number(5).to("tmt-old").owned("tms-2").number(6);
    case_with("the number counts more than the target", two, pin(5))
        .changes("eni-1 modify tms-1 target tmt-1; eni-1 delete tms-2")
        .settles();
    case_with("beyond the third number", one(), pin(32_766))
        .changes("eni-1 create tmt-1 tmf-1 number 32766")
        .settles();
}
