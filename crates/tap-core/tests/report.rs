//! The report: totals, coverage and cost, before and after, and the JSON document's shape.
//!
//! The document is compared with `golden/report.json`; `UPDATE_GOLDEN=1` writes it anew, for a person to read the difference.

#[path = "common/carry_out.rs"]
mod carry_out;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use tap_core::apply::Applied;
use tap_core::cloud::MemoryCloud;
use tap_core::error::ErrorKind;
use tap_core::plan::{guard, plan};
use tap_core::report::{
    Document, SCHEMA_VERSION, ScopeReport, Totals, error_document, scope_document, totals_document,
};
use tap_core::settings::{Policy, Settings};
use tap_core::testing::{Scenario, TestCloud, scenario};

use carry_out::carry_out;

/// One to create, one to repair, one to remove, one in order, one that cannot be mirrored, one double, one foreign.
fn account() -> Scenario {
    scenario()
        .named_vpc("prod")
        .instance("i-1")
        .named("web")
        .instance("i-2")
        .owned("tms-2")
        .to("tmt-old")
        .stopped("i-3")
        .owned("tms-3")
        .instance("i-4")
        .owned("tms-4")
        .owned("tms-4b")
        .instance("i-5")
        .of_type("t2.micro")
        .foreign("tms-f")
}

/// A dry run.
fn decided(scenario: Scenario, settings: &Settings) -> ScopeReport {
    let plan = plan(&scenario.build(), settings).expect("the filter is there");
    ScopeReport { plan: guard(plan, settings), applied: None }
}

/// A run over an account that was prepared by `prepare`.
fn done(scenario: Scenario, prepare: impl FnOnce(&TestCloud)) -> (ScopeReport, TestCloud) {
    let settings = Settings::default();
    let cloud = TestCloud::new(scenario.clone().build());
    prepare(&cloud);
    let ScopeReport { plan, .. } = decided(scenario, &settings);
    let applied: Applied = carry_out(&plan, &settings, &cloud);
    (ScopeReport { plan, applied: Some(applied) }, cloud)
}

#[test]
fn a_dry_run_says_how_it_would_be() {
    let report = decided(account(), &Settings::default());
    let expected = Totals {
        interfaces: 5,
        create: 1,
        modify: 1,
        delete: 2,
        keep: 1,
        skip: 1,
        done: 0,
        failed: 0,
        eligible: 3,
        mirrored_before: 2,
        mirrored: 3,
        sessions: 3,
        foreign_sessions: 1,
    };
    assert_eq!(Totals::of(&report), expected);
    assert!(!report.is_partial());
}

#[test]
fn a_run_says_how_it_is() {
    let (report, cloud) = done(account(), |_| {});
    let totals = Totals::of(&report);
    let planned = Totals::of(&decided(account(), &Settings::default()));
    assert_eq!(totals, Totals { done: 4, ..planned });
    // Ours and the foreign one.
    assert_eq!(cloud.now().sessions.len(), totals.sessions + totals.foreign_sessions);
    assert!(!report.is_partial());
}

#[test]
fn failures_lower_what_is_reached() {
    let (report, cloud) = done(account(), |cloud| {
        for write in ["create eni-1", "modify tms-2", "delete tms-3"] {
            cloud.fail(write, ErrorKind::Denied);
        }
    });
    let totals = Totals::of(&report);
    assert_eq!((totals.done, totals.failed), (1, 3));
    // A session that could not be repaired still mirrors; one that could not be removed is still paid for.
    assert_eq!((totals.eligible, totals.mirrored_before, totals.mirrored), (3, 2, 2));
    assert_eq!(totals.sessions, 3);
    assert_eq!(cloud.now().sessions.len(), 4);
    assert!(report.is_partial());
}

#[test]
fn what_vanished_meanwhile_is_not_counted() {
    let (report, _) = done(account(), |cloud| {
        cloud.fail("create eni-1", ErrorKind::InterfaceGone);
        cloud.before_each_write(|write, account: &MemoryCloud| {
            if write == "delete tms-3" {
                account.edit(|inv| drop(inv.sessions.remove(&"tms-3".into())));
            }
        });
    });
    let totals = Totals::of(&report);
    assert_eq!((totals.done, totals.failed), (4, 0));
    assert_eq!((totals.eligible, totals.mirrored, totals.sessions), (2, 2, 2));
    assert!(!report.is_partial());
}

#[test]
fn a_session_that_vanished_leaves_its_interface_uncovered() {
    let (report, cloud) = done(account(), |cloud| {
        cloud.before_each_write(|write, account: &MemoryCloud| {
            if write == "modify tms-2" {
                account.edit(|inv| drop(inv.sessions.remove(&"tms-2".into())));
            }
        });
    });
    let totals = Totals::of(&report);
    assert_eq!((totals.eligible, totals.mirrored, totals.sessions), (3, 2, 2));
    assert_eq!(cloud.now().sessions.len(), 3);
}

#[test]
fn a_refused_family_is_not_eligible() {
    let two = || scenario().instance("i-1").instance("i-2").of_type("z99.large");
    assert_eq!(Totals::of(&decided(two(), &Settings::default())).eligible, 2);
    let (report, _) = done(two(), |cloud| cloud.refuse_family("z99"));
    let totals = Totals::of(&report);
    assert_eq!((totals.eligible, totals.mirrored, totals.done, totals.failed), (1, 1, 1, 0));
    assert!(!report.is_partial());
}

#[test]
fn a_refused_plan_changes_no_number() {
    let ten = (0..10).fold(scenario().instance("i-new"), |s, n| {
        s.stopped(&format!("i-{n}")).owned(&format!("tms-{n}"))
    });
    let report = decided(ten, &Settings::default());
    assert!(report.plan.refusal.is_some());
    let totals = Totals::of(&report);
    assert_eq!((totals.delete, totals.create), (10, 1));
    assert_eq!((totals.sessions, totals.mirrored, totals.eligible), (10, 0, 1));
}

#[test]
fn a_held_deletion_is_still_paid_for() {
    let settings = Settings { policy: Policy::CreateOnly, ..Settings::default() };
    let totals = Totals::of(&decided(account(), &settings));
    assert_eq!((totals.create, totals.modify, totals.delete), (1, 0, 0));
    assert_eq!((totals.sessions, totals.mirrored), (5, 3));
}

#[test]
fn coverage_is_rounded_down_so_that_only_all_is_100() {
    let coverage =
        |mirrored, eligible| Totals { mirrored, eligible, ..Totals::default() }.coverage_percent();
    assert_eq!(coverage(0, 0), None);
    assert_eq!(coverage(0, 3), Some(0.0));
    assert_eq!(coverage(2, 3), Some(66.6));
    assert_eq!(coverage(9_999, 10_000), Some(99.9));
    assert_eq!(coverage(3, 3), Some(100.0));
}

#[test]
fn ruling_19_the_cost_of_all_owned_sessions() {
    let settings = Settings::default();
    let totals = Totals { sessions: 3, foreign_sessions: 9, ..Totals::default() };
    let document = totals_document(&totals, &settings);
    assert_eq!(document["cost_usd_per_hour"], json!(0.045));
    assert_eq!(document["cost_usd_per_month"], json!(32.85));
    assert_eq!(document["coverage_percent"], Value::Null);
    let dearer = Settings { price_per_hour: 0.02, ..settings };
    assert_eq!(totals_document(&totals, &dearer)["cost_usd_per_month"], json!(43.8));
}

#[test]
fn regions_add_up() {
    let one = Totals::of(&decided(account(), &Settings::default()));
    let two = one.clone().plus(&one);
    let (one, two) = (json!(one), json!(two));
    let fields = one.as_object().unwrap();
    assert_eq!(fields.len(), 13);
    for (field, number) in fields {
        assert_eq!(two[field].as_u64(), number.as_u64().map(|n| n * 2), "{field}");
    }
}

#[test]
fn what_makes_a_run_partial() {
    let settings = Settings::default();
    let partial = |scenario| decided(scenario, &settings).is_partial();
    assert!(!partial(account()));
    assert!(partial(scenario().enrollment("banana")), "a VPC whose tags make no sense");
    let full = scenario().instance("i-1").foreign("f").foreign("g").foreign("h");
    assert!(partial(full), "an interface without a slot");
    assert!(!partial(scenario().filter("tmf-2")), "a warning alone");
    let stopped = scenario().stopped("i-1").owned("tms-1");
    assert!(!done(stopped.clone(), |_| {}).0.is_partial());
    assert!(done(stopped, |cloud| cloud.fail("delete tms-1", ErrorKind::Denied)).0.is_partial());
    let without_filter = scenario().no_filter().instance("i-1");
    assert!(done(without_filter, |cloud| cloud.fail("filter", ErrorKind::Denied)).0.is_partial());
}

#[test]
fn an_error_with_all_its_facts() {
    let (report, _) = done(account(), |cloud| cloud.fail("create eni-1", ErrorKind::Denied));
    let document = scope_document(&report, &Settings::default());
    let outcome = &document["decisions"][0]["outcome"];
    assert_eq!(outcome["code"], "failed");
    assert_eq!(outcome["reason"], "denied");
    let tap_core::apply::Outcome::Failed(error) = &report.applied.as_ref().unwrap().outcomes[&0]
    else {
        panic!("{outcome}");
    };
    assert_eq!(outcome["error"], error_document(error));
    assert_eq!(outcome["error"]["iam_action"], "ec2:CreateTrafficMirrorSession");
}

#[test]
fn the_document_is_as_published() {
    let settings = Settings::default();
    let mixed = account()
        .vpc("vpc-b")
        .enrollment("banana")
        .instance("i-6")
        .vpc("vpc-c")
        .not_enabled()
        .instance("i-7")
        .filter("tmf-2")
        .vpc("vpc-a")
        .instance("i-8")
        .foreign("tms-f8")
        .instance("i-9");
    let (applied, _) = done(mixed.clone(), |cloud| cloud.fail("create eni-9", ErrorKind::Denied));
    let dry = decided(mixed, &settings);
    let ten = (0..10).fold(scenario().no_filter().instance("i-new"), |s, n| {
        s.stopped(&format!("i-{n}")).owned(&format!("tms-{n}"))
    });
    let refused = decided(ten, &settings);
    let totals = Totals::of(&applied).plus(&Totals::of(&dry)).plus(&Totals::of(&refused));
    let document = Document {
        schema_version: SCHEMA_VERSION,
        run_id: "00000000-0000-0000-0000-000000000001".to_owned(),
        dry_run: false,
        regions: [applied, dry, refused].iter().map(|r| scope_document(r, &settings)).collect(),
        totals: totals_document(&totals, &settings),
        exit: json!({ "code": 3, "name": "partial" }),
        error: None,
    };
    let text = serde_json::to_string_pretty(&document).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/report.json");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &text).unwrap();
        return;
    }
    // Printed anew from values: whether the keys are sorted depends on who else is built with this crate.
    let anew = |text: &str| -> Vec<String> {
        let value: BTreeMap<String, Value> = serde_json::from_str(text).expect("it is JSON");
        let mut lines = Vec::new();
        flatten("", &json!(value), &mut lines);
        lines.sort();
        lines
    };
    let (is, was) = (anew(&text), anew(include_str!("golden/report.json")));
    let new: Vec<&String> = is.iter().filter(|line| !was.contains(line)).collect();
    let missing: Vec<&String> = was.iter().filter(|line| !is.contains(line)).collect();
    assert_eq!((new, missing), (vec![], vec![]), "UPDATE_GOLDEN=1 writes golden/report.json anew");
    assert_eq!(is, was);
}

/// Every value of a document with the path to it, one a line.
fn flatten(path: &str, value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.iter().for_each(|(key, value)| flatten(&format!("{path}.{key}"), value, lines));
        }
        Value::Array(items) if !items.is_empty() => {
            let numbered = items.iter().enumerate();
            numbered.for_each(|(n, value)| flatten(&format!("{path}[{n}]"), value, lines));
        }
        plain => lines.push(format!("{path} = {plain}")),
    }
}
