//! Findings for Security Hub. Whether AWS takes them is checked against its own model in `tests/audit`.

use std::collections::BTreeSet;

use serde_json::Value;
use tap_audit::model::{RuleResult, VpcAudit};
use tap_audit::render::asff;
use tap_audit::report::{RegionReport, Report};
use tap_core::ids::Region;

use crate::{cases, golden, sample};

fn all(report: &Report) -> Vec<Value> {
    asff(report).as_array().unwrap().clone()
}

#[track_caller]
fn one<'a>(all: &'a [Value], id: &str) -> &'a Value {
    let found: Vec<&Value> =
        all.iter().filter(|f| f["Id"].as_str().unwrap().ends_with(id)).collect();
    assert_eq!(found.len(), 1, "{id}");
    found[0]
}

#[test]
fn all_there_is_to_say() {
    golden::is_golden("asff.json", &format!("{:#}\n", asff(&sample::full())));
}

#[test]
fn each_finding_is_one_of_aws_and_has_an_id_of_its_own_in_every_run() {
    let report = sample::full();
    let found = all(&report);
    let ids: BTreeSet<&str> = found.iter().map(|f| f["Id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), found.len());
    // Three VPCs of the one region and one of the other do not fail the rule.
    assert_eq!(found.len(), report.findings().count() + 4);
    let mut later = report.clone();
    later.at = report.at.plus_hours(24);
    let again = all(&later);
    assert!(again.iter().zip(&found).all(|(a, b)| a["Id"] == b["Id"]));
    assert_eq!(again[0]["UpdatedAt"], "2026-11-22T08:30:00Z");
}

#[test]
fn two_things_in_one_place_are_two_findings() {
    let mut audit = sample::audit();
    audit.findings.retain(|finding| finding.code.as_str() == "no-route");
    let second = audit.findings[0].clone();
    audit.findings.push(second);
    let found = all(&sample::report(vec![RegionReport::Audited(audit)]));
    one(&found, "/no-route/subnet-0a000000000000001,tmt-0a000000000000002");
    one(&found, "/no-route/subnet-0a000000000000001,tmt-0a000000000000002/2");
}

#[test]
fn a_vpc_that_passes_takes_the_place_of_its_finding() {
    let vpc = sample::STAGE;
    let id = format!("/vpc-not-mirrored/{vpc}");
    let mut audit = sample::audit();
    let failing = all(&sample::report(vec![RegionReport::Audited(audit.clone())]));
    assert_eq!(one(&failing, &id)["Compliance"]["Status"], "FAILED");
    assert_eq!(one(&failing, &id)["Severity"]["Label"], "MEDIUM");

    audit.findings.clear();
    let staging = |audit: &mut tap_audit::model::Audit, rule: RuleResult| {
        let found = audit.vpcs.iter_mut().find(|known: &&mut VpcAudit| known.id.as_str() == vpc);
        found.unwrap().rule = rule;
    };
    for (rule, status) in [
        (RuleResult::Pass, "PASSED"),
        (RuleResult::NotApplicable, "NOT_AVAILABLE"),
        (RuleResult::CannotTell, "NOT_AVAILABLE"),
    ] {
        staging(&mut audit, rule);
        let found = all(&sample::report(vec![RegionReport::Audited(audit.clone())]));
        let found = one(&found, &id);
        assert_eq!(found["Compliance"]["Status"], status);
        assert_eq!(found["Severity"]["Label"], "INFORMATIONAL");
    }
}

#[test]
fn what_is_muted_is_suppressed() {
    let found = all(&sample::full());
    for finding in &found {
        let is_muted = finding["GeneratorId"] == "session-mirror/foreign-session";
        let status = if is_muted { "SUPPRESSED" } else { "NEW" };
        assert_eq!(finding["Workflow"]["Status"], status, "{finding}");
    }
}

#[test]
fn things_have_their_arns() {
    let found = all(&sample::full());
    let resources = |id: &str| one(&found, id)["Resources"].as_array().unwrap().clone();
    let route = resources("/no-route/subnet-0a000000000000001,tmt-0a000000000000002");
    assert_eq!(route[0]["Type"], "AwsEc2Subnet");
    assert_eq!(
        route[0]["Id"],
        "arn:aws:ec2:us-east-1:111122223333:subnet/subnet-0a000000000000001"
    );
    assert_eq!(route[1]["Type"], "Other");
    assert_eq!(route[2]["Type"], "AwsEc2Vpc");
    // The target is another account's.
    let target = resources("/target-in-other-account/tmt-0a000000000000004");
    assert_eq!(
        target[0]["Id"],
        "arn:aws:ec2:us-east-1:999988887777:traffic-mirror-target/tmt-0a000000000000004"
    );
    assert_eq!(resources("/no-rules-file/us-east-1")[0]["Type"], "Other");
    for finding in &found {
        assert!(finding["Resources"].as_array().unwrap().len() <= 32, "{finding}");
    }
}

#[test]
fn regions_of_other_partitions_have_their_own_names() {
    for (region, partition) in [
        ("eu-central-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
    ] {
        let mut audit = sample::audit();
        audit.scope.region = Region::new(region);
        let found = all(&sample::report(vec![RegionReport::Audited(audit)]));
        let arn = format!(
            "arn:{partition}:securityhub:{region}:111122223333:product/111122223333/default"
        );
        assert_eq!(found[0]["ProductArn"], arn);
        assert_eq!(found[0]["Resources"][0]["Partition"], partition);
    }
}

#[test]
fn long_and_hostile_words_stay_within_the_limits() {
    let mut report = cases::hostile();
    if let RegionReport::Audited(audit) = &mut report.regions[0] {
        audit.findings[0].what = "ü".repeat(5000);
        audit.findings[0].at = (0..500).map(|n| format!("eni-{n:017x}")).collect();
        audit.findings[1].at.clear();
        audit.findings[1].vpc = None;
        audit.findings[1].affected.clear();
    }
    let found = all(&report);
    for finding in &found {
        let length = |text: &Value| text.as_str().unwrap().chars().count();
        assert!(length(&finding["Id"]) <= 512);
        assert!(length(&finding["Title"]) <= 256);
        assert!(length(&finding["Description"]) <= 1024);
        assert!(length(&finding["Remediation"]["Recommendation"]["Text"]) <= 512);
        let resources = finding["Resources"].as_array().unwrap();
        assert!((1..=32).contains(&resources.len()));
        assert!(finding.to_string().len() < 240 * 1024);
    }
    assert_eq!(found[1]["Resources"][0]["Id"], "AWS::::Account:111122223333");
}

#[test]
fn nothing_found_is_an_empty_list() {
    assert!(all(&cases::empty()).is_empty());
    assert!(all(&cases::failed()).is_empty());
}
