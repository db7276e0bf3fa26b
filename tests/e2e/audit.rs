//! `session_mirror_audit` with the real binary: what it says of an account, that it never writes, what it makes of what it may
//! not read, and how it ends. What each finding needs, and each output looks like, is tested in tap-audit.

use serde_json::{Value, json};
use tap_audit::look::PLAN_CALLS;
use tap_core::call::{Access, Call, Program};

use crate::regions::twice;
use crate::story::SMALL;
use crate::support::{AUDIT, Account, Run};

impl Account {
    fn audit(&self, code: i32, args: &[&str]) -> Run {
        self.exits(AUDIT, code, args)
    }

    /// The entry of the first region.
    fn audited(&self, code: i32, args: &[&str]) -> Value {
        let args = [&["--output", "json"], args].concat();
        self.audit(code, &args).document()["regions"][0].clone()
    }
}

fn codes(region: &Value) -> Vec<&str> {
    let findings = region["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

#[test]
fn the_account_that_the_tap_has_just_healed_is_covered_and_nothing_is_found() {
    let account = Account::yaml(SMALL);
    let before = account.audited(3, &["--fail-on", "medium"]);
    assert_eq!(before["coverage"]["percent"], 0);
    assert_eq!(before["vpcs"][0]["in_use"], "fail");
    account.tap_exits(0, &[]);
    let healed = account.audited(0, &["--fail-on", "low"]);
    assert_eq!(healed["findings"], json!([]), "{healed:#}");
    assert_eq!((&healed["unread"], &healed["unknowns"]), (&json!([]), &json!([])), "{healed:#}");
    let coverage = &healed["coverage"];
    assert_eq!((&coverage["percent"], &coverage["ours"]), (&json!(100), &json!(4)), "{coverage:#}");
    assert_eq!(healed["vpcs"][0]["in_use"], "pass");
    for session in healed["sessions"].as_array().unwrap() {
        assert_eq!(session["arrival"]["answer"], "arrives", "{session:#}");
    }
    // Four interfaces, 730 hours.
    assert_eq!(healed["cost"]["usd_per_month"], 43.8);
}

#[test]
fn nothing_is_ever_written() {
    let account = Account::demo();
    let before = account.sim.snapshot();
    account.sim.clear_calls();
    account.audit(0, &[]);
    account.audit(0, &["explain", "vpc-0de00000000000001"]);
    for format in ["cloudformation", "terraform", "cli"] {
        account.audit(0, &["export", "--format", format]);
    }
    account.only_read();
    assert_eq!(account.sim.snapshot(), before);
}

#[test]
fn every_region_in_one_command_and_a_region_that_is_none() {
    let account = twice();
    let document = account.audit(0, &["--region", "all", "--output", "json"]).document();
    let regions = document["regions"].as_array().unwrap();
    assert!(regions.len() > 10);
    let with_vpcs = regions.iter().filter(|region| region["vpcs"] != json!([]));
    let names: Vec<_> = with_vpcs.map(|region| region["region"].clone()).collect();
    assert_eq!(names, ["eu-west-1", "us-east-1"]);
    account.audit(1, &["--region", "us-north-9"]).says(&["us-north-9"]);
}

#[test]
fn a_region_that_cannot_be_read_fails_the_audit_and_hides_no_other() {
    let account = twice();
    // One of the two gets it.
    account.sim.fault("DescribeVpcs", "AuthFailure").times(1);
    let args = ["--region", "us-east-1,eu-west-1", "--output", "json"];
    let document = account.audit(1, &args).document();
    let regions = document["regions"].as_array().unwrap();
    let (failed, read): (Vec<&Value>, Vec<&Value>) =
        regions.iter().partition(|region| !region["error"].is_null());
    assert_eq!((failed.len(), read.len()), (1, 1), "{document:#}");
    assert_eq!(failed[0]["error"]["kind"], "credentials", "{document:#}");
    assert_eq!(read[0]["vpcs"][0]["in_use"], "fail");
}

#[test]
fn the_threshold_decides_and_what_is_muted_does_not_count() {
    let account = Account::yaml(SMALL);
    // Nobody is mirrored: two findings of medium severity.
    account.audit(0, &[]);
    account.audit(0, &["--fail-on", "high"]);
    account.audit(3, &["--fail-on", "medium"]);
    account.audit(3, &["--fail-on", "low"]);
    account.audit(3, &["--fail-on", "low", "--mute", "vpc-not-mirrored"]);
    let mute = "vpc-not-mirrored,interface-not-mirrored:vpc-1";
    let region = account.audited(0, &["--fail-on", "low", "--mute", mute]);
    assert_eq!(codes(&region).len(), 2, "what is muted is shown: {region:#}");
    account
        .audit(3, &["--fail-on", "low", "--mute", "vpc-not-mirrored,interface-not-mirrored:vpc-2"]);
}

#[test]
fn a_denied_read_is_named_and_the_rest_goes_on() {
    let of_audit = |call: &&Call| call.programs().contains(&Program::Audit);
    for call in Call::ALL.iter().filter(of_audit) {
        assert_eq!(call.access(), Access::Read, "{call}");
        let Some(action) = call.iam_action() else { continue };
        let account = Account::yaml(SMALL);
        account.tap_exits(0, &[]);
        account.sim.set_switches(|s| s.deny = vec![call.action().to_owned()]);
        account.sim.clear_calls();
        let document = account.audit(0, &["--output", "json"]).document();
        let region = &document["regions"][0];
        let unread: Vec<&Value> = region["unread"].as_array().unwrap().iter().collect();
        let was_made = account.sim.counts().contains_key(call.action());
        if was_made && *call != Call::DescribeRegions {
            assert_eq!(unread.len(), 1, "{call}: {region:#}");
            assert_eq!(unread[0]["iam_action"], action, "{region:#}");
            // Whatever a plan stands on leaves a question open; of the rest, only what this account's way leads through.
            let open = region["unknowns"] != json!([]);
            assert!(open || !PLAN_CALLS.contains(call), "{call}: {region:#}");
        } else {
            assert!(unread.is_empty(), "{call}: {region:#}");
        }
        assert_eq!(codes(region), Vec::<&str>::new(), "{call}: what is not seen is no finding");
    }
}

#[test]
fn everything_denied_is_an_answer_too() {
    let account = Account::yaml(SMALL);
    let reads = Call::ALL.iter().filter(|call| call.access() == Access::Read);
    let all: Vec<String> = reads.map(|call| call.action().to_owned()).collect();
    account.sim.set_switches(|s| s.deny = all);
    let region = account.audited(0, &[]);
    assert!(region["unread"].as_array().unwrap().len() > 10, "{region:#}");
    assert_eq!(region["coverage"]["percent"], Value::Null);
    let run = account.audit(1, &["export", "--format", "cli"]);
    run.says(&["not everything could be read", "ec2:Describe"]);
    assert_eq!(run.stdout, "");
}

#[test]
fn what_is_no_refusal_ends_it() {
    let account = Account::yaml(SMALL);
    account.sim.fault("DescribeSecurityGroups", "AuthFailure").times(1);
    account.audit(1, &[]);
}

#[test]
fn the_files_are_written_beside_what_is_printed() {
    let account = Account::demo();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (html, csv, asff) = (path("a.html"), path("a.csv"), path("a.json"));
    let run = account.audit(0, &["--html", &html, "--csv", &csv, "--asff", &asff]);
    assert!(run.stdout.contains("Findings"));
    let read = |path: &str| std::fs::read_to_string(path).unwrap();
    assert!(
        read(&html).starts_with("<!doctype html>") || read(&html).starts_with("<!DOCTYPE html>")
    );
    let interfaces = account.audited(0, &[])["interfaces"].as_array().unwrap().len();
    assert_eq!(read(&csv).lines().count(), interfaces + 1);
    let findings: Value = serde_json::from_str(&read(&asff)).unwrap();
    assert!(findings.as_array().unwrap().len() > 10);
    let nowhere = path("no/such/folder/a.html");
    account.sim.clear_calls();
    let run = account.audit(1, &["--html", &nowhere, "--output", "json"]);
    run.says(&["cannot write", "no/such/folder"]);
    assert_eq!(run.document()["error"]["kind"], "report-file");
    assert!(account.sim.calls().is_empty(), "it is known before anything is read");
    account.audit(64, &["--html", "-"]).says(&["expected a file"]);
    account.audit(64, &["--html", &html, "--csv", &html]).says(&["a file each"]);
}

#[test]
fn a_thing_is_explained_and_what_is_not_there_is_no_explanation() {
    let account = Account::yaml(SMALL);
    let run = account.audit(0, &["explain", "i-1", "vpc-1"]);
    for part in [
        "i-1 (web-1, m5.large, running) is not mirrored",
        "it is to be mirrored",
        "vpc-1 is enabled: tmt-1, auto",
        "no session mirrors it",
        "vpc-1 (shop) is not mirrored at all",
        "What to change",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    account.tap_exits(0, &[]);
    let eni = account.eni("web-1");
    let document = account.audit(0, &["explain", &eni, "--output", "json"]).document();
    let explained = &document["regions"][0];
    assert_eq!(explained["remedies"], json!([]), "{explained:#}");
    assert!(explained["verdict"].as_str().unwrap().ends_with("is mirrored"), "{explained:#}");
    account.audit(1, &["explain", "i-77"]).says(&["i-77 does not exist"]);
    account.audit(1, &["explain", "eni-77"]).says(&["eni-77 is no interface of an instance"]);
    // Who may not read security groups is told the same; who may not read instances cannot know.
    let denied = |call| account.sim.fault(call, "UnauthorizedOperation").times(1);
    denied("DescribeSecurityGroups");
    account.audit(1, &["explain", "i-77"]).says(&["i-77 does not exist"]);
    denied("DescribeInstances");
    let run = account.audit(1, &["explain", "i-77"]);
    run.says(&["i-77 cannot be seen", "DescribeInstances was refused"]);
    account.audit(1, &["--vpc-id", "vpc-77"]).says(&["vpc-77 does not exist"]);
    account.audit(64, &["explain", "subnet-1"]).says(&["subnet-1", "i-…, eni-… or vpc-…"]);
    account.audit(64, &["explain"]);
}

#[test]
fn code_is_of_one_region_of_named_vpcs_and_never_of_half_a_picture() {
    let account = Account::yaml(SMALL);
    let code = account.audit(0, &["export", "--format", "terraform", "--vpc-id", "vpc-1"]).stdout;
    assert_eq!(code.matches("resource \"aws_ec2_traffic_mirror_session\"").count(), 4, "{code}");
    account.audit(64, &["export"]).says(&["--format"]);
    account.audit(64, &["export", "--format", "pulumi"]).says(&["cloudformation"]);
    account.audit(64, &["export", "--format", "cli", "--region", "all"]).says(&["one --region"]);
    account.audit(64, &["export", "--format", "cli", "--target", "eni-9"]).says(&["--vpc-id"]);
    account
        .audit(64, &["export", "--format", "cli", "--vpc-id", "vpc-1", "--target", "banana"])
        .says(&["banana", "tmt-…"]);
    account
        .audit(1, &["export", "--format", "cli", "--vpc-id", "vpc-1", "--target", "tmt-77"])
        .says(&["tmt-77 does not exist here"]);
    account.audit(1, &["--vpc-id", "vpc-77"]).says(&["vpc-77 does not exist"]);
}

#[test]
fn wrong_words_are_named() {
    let account = Account::yaml(SMALL);
    for (args, words) in [
        (["--fail-on", "severe"], ["severe", "medium"]),
        (["--mute", "no-such-code"], ["no-such-code", "docs/reasons.md"]),
        (["--trusted-account", "12"], ["12", "twelve-digit"]),
        (["--vpc-id", "banana"], ["banana", "VPC id"]),
    ] {
        account.audit(64, &args).says(&words);
    }
    account.audit(1, &["--rules", "no/such.yaml"]).says(&["no/such.yaml"]);
    // What is not there is said with what to do, in each of the three.
    for args in [&["--filter-id", "tmf-77"][..], &["--filter-profile", "custom:web"]] {
        let region = account.audited(1, args);
        assert_ne!(region["error"]["remedy"], "", "{args:?}: {region:#}");
        account.audit(1, &[&["explain", "i-1"], args].concat()).says(&["hint", args[0]]);
        account.audit(1, &[&["export", "--format", "cli"], args].concat()).says(&["hint", args[0]]);
    }
}

/// A session to a target that account 999988887777 shares.
fn abroad(organization: &str) -> Account {
    Account::yaml(&format!(
        r#"
account: "111122223333"
{organization}
regions:
  us-east-1:
    vpcs:
      - {{id: vpc-1, cidr: 10.1.0.0/16, tags: {{"Vectra:session_mirroring_target": tmt-9}}}}
    subnets:
      - {{name: a, id: subnet-1, vpc: vpc-1, zone: us-east-1a, cidr: 10.1.1.0/24}}
    instances:
      - {{name: web-1, id: i-1, type: m5.large, subnet: a}}
    targets:
      - {{id: tmt-9, eni: eni-0fe00000000000001, owner: "999988887777"}}
"#
    ))
}

#[test]
fn a_session_to_another_account_is_judged_by_the_organization_and_by_whom_the_user_trusts() {
    let ours = "organization: {accounts: [{id: \"999988887777\", name: security}]}";
    let theirs = "organization: {accounts: [{id: \"444455556666\", name: data}]}";
    let member = "organization: {management: \"444455556666\"}";
    for (organization, found) in [
        (ours, None),
        (theirs, Some("target-outside-organization")),
        // In no organization, everybody else is outside.
        ("", Some("target-outside-organization")),
        (member, Some("target-in-other-account")),
    ] {
        let account = abroad(organization);
        account.tap_exits(0, &[]);
        account.sim.clear_calls();
        let region = account.audited(0, &[]);
        assert_eq!(codes(&region), Vec::from_iter(found), "{organization}: {region:#}");
        assert!(account.sim.counts().contains_key("ListAccounts"));
        // Who is trusted needs no organization, and nobody asks.
        account.sim.clear_calls();
        let trusted =
            account.audited(0, &["--trusted-account", "999988887777", "--fail-on", "low"]);
        assert_eq!(codes(&trusted), Vec::<&str>::new(), "{organization}");
        assert!(!account.sim.counts().contains_key("ListAccounts"));
        // Only the other account sees where its target is.
        assert_eq!(region["sessions"][0]["arrival"]["answer"], "cannot-tell");
    }
}

#[test]
fn a_thing_in_one_region_is_explained_though_another_cannot_be_read() {
    let account = twice();
    let both = ["--region", "us-east-1,eu-west-1"];
    account.sim.fault("DescribeVpcs", "AuthFailure").times(1);
    // It is in both, and one of them could not be read.
    let run = account.audit(0, &[&["explain", "i-1"], &both[..]].concat());
    run.says(&["not read: region"]);
    account.sim.fault("DescribeVpcs", "AuthFailure").times(1);
    account.audit(1, &[&["explain", "i-77"], &both[..]].concat()).says(&["AuthFailure"]);
}
