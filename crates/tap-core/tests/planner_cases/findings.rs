//! GuardDuty findings: an instance that one names is mirrored, chosen or not, for as long as it was asked.

use tap_core::moment::Moment;
use tap_core::settings::{FindingRequest, RulesFor, Settings};
use tap_core::testing::{Scenario, rules, scenario};

use crate::support::{Case, case_with};

fn at(text: &str) -> Moment {
    Moment::parse(text).expect("tests write moments")
}

const NOON: &str = "2026-11-21T12:00:00Z";
const ONE: &str = "2026-11-21T13:00:00Z";
const TWO: &str = "2026-11-21T14:00:00Z";

/// A run at noon about a finding `f1` on `i-1`.
fn found(name: &str, scenario: Scenario, change: impl FnOnce(&mut Settings)) -> Case {
    case_with(name, scenario, |settings| {
        settings.now = Some(at(NOON));
        settings.findings = vec![FindingRequest {
            id: "f1".to_owned(),
            instances: ["i-1".into()].into(),
            until: None,
        }];
        settings.finding_target = Some("tmt-2".into());
        change(settings);
    })
}

/// A later run, about no finding.
fn later(name: &str, scenario: Scenario, now: &str) -> Case {
    case_with(name, scenario, |settings| settings.now = Some(at(now)))
}

fn account() -> Scenario {
    scenario().not_enabled().nlb("tmt-2")
}

#[test]
fn an_instance_that_nobody_enabled_goes_to_the_target_for_findings() {
    let two = account().instance("i-1").eni("eni-11").instance("i-2");
    found("not enabled", two, |_| {})
        .changes(
            "eni-1 create tmt-2 tmf-1 number 1 finding=f1
             eni-11 create tmt-2 tmf-1 number 1 finding=f1",
        )
        .settles();
    let whitelist = || scenario().nlb("tmt-2").enrollment("whitelist").instance("i-1");
    found("the VPC knows where to", whitelist(), |settings| settings.finding_target = None)
        .changes("eni-1 create tmt-1 tmf-1 number 1 finding=f1")
        .settles();
    let whitelist = whitelist();
    found("not whitelisted", whitelist, |_| {})
        .changes("eni-1 create tmt-2 tmf-1 number 1 finding=f1")
        .settles();
}

#[test]
fn one_that_is_enrolled_keeps_its_target_and_is_marked() {
    let enrolled = scenario().nlb("tmt-2").instance("i-1");
    found("new", enrolled.clone(), |_| {})
        .changes("eni-1 create tmt-1 tmf-1 number 1 finding=f1")
        .settles();
    found("mirrored", enrolled.owned("tms-1"), |_| {})
        .changes("eni-1 modify tms-1 finding=f1")
        .settles();
}

#[test]
fn rules_say_where_to() {
    found("rule", account().nlb("tmt-3").instance("i-1"), |settings| {
        settings.rules = Some(rules().vpc("vpc-a").to("tmt-3").build());
        settings.rules_for = RulesFor::Findings;
    })
    .changes("eni-1 create tmt-3 tmf-1 number 1 finding=f1 rule=vpc-a")
    .settles();
    let other = account().nlb("tmt-3").instance("i-1").instance("i-2");
    found("only whom it names", other, |settings| {
        settings.rules = Some(rules().vpc("vpc-a").to("tmt-3").build());
        settings.rules_for = RulesFor::Findings;
    })
    .expects("eni-1 create not-mirrored; eni-2 skip vpc-not-enabled")
    .settles();
}

#[test]
fn a_blacklisted_instance_is_not_mirrored_for_a_finding() {
    found("auto", scenario().nlb("tmt-2").instance("i-1").blacklisted(), |_| {})
        .expects("eni-1 skip blacklisted")
        .settles();
    found("not enabled", account().instance("i-1").blacklisted(), |_| {})
        .expects("eni-1 skip blacklisted")
        .settles();
}

#[test]
fn without_a_target_it_is_said() {
    let case =
        found("nowhere", account().instance("i-1"), |settings| settings.finding_target = None)
            .expects("eni-1 skip finding-without-target");
    assert!(case.plan().decisions[0].is_blocked());
    case.settles();
    let case = found("wrong target", account().instance("i-1"), |settings| {
        settings.finding_target = Some("tmt-x".into());
    })
    .expects("eni-1 skip rule-misconfigured");
    assert!(case.plan().decisions[0].is_blocked());
    case.settles();
}

#[test]
fn a_rule_that_makes_no_sense_keeps_nobody_from_the_target_for_findings() {
    let wrong = |settings: &mut Settings| {
        settings.rules = Some(rules().vpc("vpc-a").to("tmt-x").build());
    };
    found("the default serves", account().instance("i-1").instance("i-2"), wrong)
        .changes("eni-1 create tmt-2 tmf-1 number 1 finding=f1")
        .finds("rule-misconfigured")
        .settles();
}

#[test]
fn it_lasts_as_long_as_was_asked() {
    found("hours", account().instance("i-1"), |settings| {
        settings.findings[0].until = Some(at(TWO));
    })
    .changes(&format!("eni-1 create tmt-2 tmf-1 number 1 finding=f1 until={TWO}"))
    .settles();
    let mirrored =
        |until| account().instance("i-1").owned("tms-1").to("tmt-2").for_finding("f1", until);
    later("before", mirrored(Some(ONE)), NOON).expects("eni-1 keep in-sync").settles();
    later("at the end", mirrored(Some(ONE)), ONE).expects("eni-1 delete finding-over").settles();
    later("no end", mirrored(None), TWO).expects("eni-1 keep in-sync").settles();
    later("no moment", mirrored(Some("soon")), TWO)
        .expects("eni-1 keep in-sync")
        .notes("eni-1 no-end")
        .settles();
    let enrolled = scenario().instance("i-1").owned("tms-1").for_finding("f1", Some(ONE));
    later("chosen by its VPC", enrolled, TWO).expects("eni-1 keep in-sync").settles();
}

#[test]
fn another_finding_prolongs_it_and_never_cuts_it_short() {
    let mirrored =
        |until| account().instance("i-1").owned("tms-1").to("tmt-2").for_finding("f0", until);
    let until = |moment: &str| {
        let moment = at(moment);
        move |settings: &mut Settings| settings.findings[0].until = Some(moment)
    };
    found("longer", mirrored(Some(ONE)), until(TWO))
        .changes(&format!("eni-1 modify tms-1 finding=f1 until={TWO}"))
        .settles();
    found("shorter", mirrored(Some(TWO)), until(ONE))
        .changes("eni-1 modify tms-1 finding=f1")
        .settles();
    found("without end", mirrored(None), until(ONE))
        .changes("eni-1 modify tms-1 finding=f1")
        .settles();
}

#[test]
fn the_target_for_findings_may_change_without_moving_what_is_there() {
    let there = account().nlb("tmt-3").instance("i-1").owned("tms-1").to("tmt-3");
    let there = there.for_finding("f1", None);
    later("later", there.clone(), TWO).expects("eni-1 keep in-sync").settles();
    found("again", there, |_| {}).changes("eni-1 modify tms-1 target tmt-2").settles();
}
