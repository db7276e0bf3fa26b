//! Why one thing is, or is not, mirrored: what is said of it, and what is not, because it is about something else.

#[allow(dead_code, reason = "the tests of look use more of it")]
mod support;

use support::{Account, account};
use tap_audit::explain::{Explanation, Subject, explain};
use tap_core::inventory::{Direction, FilterRule};
use tap_core::testing::scenario;

/// What is said of `i-…`, `eni-…` or `vpc-…`; nothing where it is not seen.
fn seen(account: &Account, id: &str) -> Option<Explanation> {
    let subject = match id.split('-').next() {
        Some("i") => Subject::Instance(id.into()),
        Some("eni") => Subject::Interface(id.into()),
        _ => Subject::Vpc(id.into()),
    };
    explain(&account.look(), &account.overview().inventory, &subject)
}

#[track_caller]
fn explained(account: &Account, id: &str) -> Explanation {
    seen(account, id).expect("it is there")
}

/// All steps, each with its answer before it.
fn steps(explanation: &Explanation) -> Vec<String> {
    let steps = explanation.parts.iter().flat_map(|part| &part.steps);
    steps.map(|step| format!("{} {}", step.answer.as_str(), step.text)).collect()
}

/// Two instances in VPCs of their own, that mirror to a target of a third, of which each may be kept from it.
fn two_ways() -> Account {
    let two = scenario()
        .vpc("vpc-b")
        .target("tmt-1")
        .instance("i-2")
        .owned("tms-2")
        .vpc("vpc-c")
        .target("tmt-1")
        .instance("i-3")
        .owned("tms-3");
    account(two).peering("pcx-b", "vpc-b", "vpc-a").peering("pcx-c", "vpc-c", "vpc-a")
}

#[test]
fn what_keeps_the_packets_of_others_is_not_said_of_this_one() {
    // No route there from either; the finding of the other names the same target.
    let account = two_ways();
    let audit = account.look();
    let no_route = audit.findings.iter().filter(|finding| finding.code.as_str() == "no-route");
    let no_route: Vec<_> = no_route.collect();
    assert_eq!(no_route.len(), 2, "{:#?}", audit.findings);
    for (eni, own, other) in [("eni-2", "vpc-b", "vpc-c"), ("eni-3", "vpc-c", "vpc-b")] {
        let steps = steps(&explained(&account, eni));
        let told: Vec<&String> = steps.iter().filter(|step| step.starts_with("no ")).collect();
        assert_eq!(told.len(), 1, "{steps:#?}");
        assert!(told[0].contains(&format!("subnet-of-{own}")), "{told:?}");
        assert!(!told[0].contains(other), "{told:?}");
    }
}

#[test]
fn what_keeps_packets_from_one_target_is_not_said_of_the_other() {
    // Two sessions go to targets of VPCs that nothing links.
    let own_rule = || FilterRule::within(Direction::Egress, 1, true, "10.0.0.0/8");
    let two = scenario()
        .instance("i-1")
        .owned("tms-1")
        .vpc("vpc-b")
        .nlb("tmt-b")
        .vpc("vpc-c")
        .nlb("tmt-c")
        .with(|inv| {
            for (target, id) in [("tmt-b", "tms-b"), ("tmt-c", "tms-c")] {
                let mut session = inv.sessions[&"tms-1".into()].clone();
                (session.id, session.target) = (id.into(), target.into());
                session.number = 1 + inv.sessions.len() as i32;
                session.filter = format!("tmf-{target}").into();
                inv.sessions.insert(id.into(), session);
            }
        })
        // Each takes something of its own, so that none comes in vain.
        .filter_as("tmf-1", |filter| filter.rules.truncate(1))
        .filter_as("tmf-tmt-b", |filter| filter.rules.push(own_rule()))
        .filter_as("tmf-tmt-c", |filter| filter.rules.push(own_rule()));
    let steps = steps(&explained(&account(two), "eni-1"));
    let told = |of: &str| {
        let at = steps.iter().position(|step| step.contains(&format!("{of} sees packets")));
        let at = at.unwrap_or_else(|| panic!("{of}: {steps:#?}"));
        let rest = &steps[at + 1..];
        rest.iter().take_while(|step| step.starts_with("no ")).cloned().collect::<Vec<_>>()
    };
    let (of_b, of_c) = (told("tms-b"), told("tms-c"));
    assert!(of_b.len() == 1 && of_b[0].contains("tmt-b"), "{of_b:#?}");
    assert!(of_c.len() == 1 && of_c[0].contains("tmt-c"), "{of_c:#?}");
}

/// The codes of what to change, in order.
fn codes(explanation: &Explanation) -> Vec<&str> {
    explanation.remedies.iter().filter_map(|remedy| Some(remedy.split_once(": ")?.0)).collect()
}

#[test]
fn what_keeps_it_from_being_watched_comes_first_and_a_run_is_not_the_remedy() {
    // Tags that make no sense: of one with a session, and of one without.
    let typo =
        account(scenario().enrollment("nope").instance("i-1").owned("tms-1").instance("i-2"));
    for id in ["i-1", "eni-1", "i-2", "eni-2"] {
        assert_eq!(codes(&explained(&typo, id)), ["vpc-misconfigured"], "{id}");
    }
    let of_vpc = explained(&typo, "vpc-a");
    assert_eq!(codes(&of_vpc), ["vpc-misconfigured"]);
    assert!(of_vpc.remedies[0].contains("Correct the tags"), "{of_vpc:?}");

    let full =
        account(scenario().instance("i-1").foreign("tms-1").foreign("tms-2").foreign("tms-3"));
    for id in ["i-1", "vpc-a"] {
        let codes = explained(&full, id);
        let codes = self::codes(&codes);
        assert_eq!(codes[0], "session-limit", "{id}");
        assert!(!codes.contains(&"interface-not-mirrored"), "{id}: {codes:?}");
    }
}

#[test]
fn a_run_is_the_remedy_where_nothing_else_is_missing() {
    let missing = account(scenario().instance("i-1").owned("tms-1").instance("i-2"));
    assert_eq!(codes(&explained(&missing, "i-2")), ["interface-not-mirrored"]);
    assert_eq!(codes(&explained(&missing, "vpc-a")), ["interface-not-mirrored"]);
    assert_eq!(codes(&explained(&missing, "i-1")), Vec::<&str>::new());
    let new = account(scenario().instance("i-1").of_type("m99.large"));
    assert_eq!(codes(&explained(&new, "i-1")), ["interface-not-mirrored", "new-family"]);
    let left = account(scenario().instance("i-1").blacklisted().stopped("i-2"));
    assert_eq!(codes(&explained(&left, "i-1")), ["blacklisted"]);
    assert_eq!(codes(&explained(&left, "i-2")), Vec::<&str>::new(), "it is mirrored once it runs");
}
