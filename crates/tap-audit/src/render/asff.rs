//! Findings for AWS Security Hub, in the AWS Security Finding Format: what `aws securityhub batch-import-findings` takes.
//!
//! Nothing is remembered between runs. A finding has the same id in every run, made of its region, account, code and place, so
//! that Security Hub replaces what it has. One that is gone is not sent any more and stays there as it was; but the rule's
//! answer is sent for every VPC, so that a VPC that failed is seen to pass.

use serde_json::{Value, json};
use uuid::Uuid;

use super::arn;
use crate::finding::{Finding, FindingCode};
use crate::model::{Audit, RULE_RISK, RuleResult, VpcAudit};
use crate::report::Report;
use crate::severity::Severity;

/// What AWS allows, in letters and pieces.
const TITLE: usize = 256;
const DESCRIPTION: usize = 1024;
const REMEDY: usize = 512;
const RESOURCES: usize = 32;
/// An id may have 512 letters; the place of a finding is a digest where it would be longer than this.
const PLACE: usize = 300;

/// One array with a finding of AWS's for each of ours, and for each VPC that passes the rule or that it cannot judge. AWS takes
/// 100 of them in a call.
pub fn asff(report: &Report) -> Value {
    let mut all: Vec<Value> = Vec::new();
    for audit in report.audits() {
        let frame = Frame { report, audit };
        let mut seen = std::collections::BTreeMap::new();
        for finding in &audit.findings {
            let place = place(&finding.at);
            let before: &mut usize = seen.entry((finding.code, place.clone())).or_default();
            *before += 1;
            // Two things may be wrong in one place; the second must not replace the first.
            let place = if *before > 1 { format!("{place}/{before}") } else { place };
            all.push(frame.finding(finding, &place));
        }
        let judged = audit.vpcs.iter().filter(|vpc| {
            let key = (FindingCode::VpcNotMirrored, vpc.id.to_string());
            vpc.rule != RuleResult::Fail && !seen.contains_key(&key)
        });
        all.extend(judged.map(|vpc| frame.rule(vpc)));
    }
    Value::Array(all)
}

/// What a finding is about, as part of its id.
fn place(at: &[String]) -> String {
    let place = at.join(",");
    match place.len() {
        0 => "all".to_owned(),
        1..=PLACE => place,
        _ => Uuid::new_v5(&Uuid::NAMESPACE_OID, place.as_bytes()).to_string(),
    }
}

struct Frame<'a> {
    report: &'a Report,
    audit: &'a Audit,
}

/// What is said of one finding.
struct Said<'a> {
    code: FindingCode,
    place: &'a str,
    title: &'a str,
    description: String,
    severity: &'a str,
    /// The severity in our words.
    original: &'a str,
    remedy: &'a str,
    compliance: &'a str,
    resources: Vec<Value>,
    muted: bool,
    affected: usize,
}

impl Frame<'_> {
    fn finding(&self, finding: &Finding, place: &str) -> Value {
        let Finding { code, at, vpc, what, affected, muted } = finding;
        let mut ids: Vec<&str> = Vec::new();
        let vpc = vpc.as_ref().map(|vpc| vpc.as_str());
        for id in at.iter().map(String::as_str).chain(vpc).chain(affected.iter().map(|id| &**id)) {
            if !ids.contains(&id) && ids.len() < RESOURCES {
                ids.push(id);
            }
        }
        self.value(Said {
            code: *code,
            place,
            title: code.title(),
            description: format!("{what}. {}.", code.consequence()),
            severity: label(finding.severity()),
            original: finding.severity().as_str(),
            remedy: code.remedy(),
            compliance: "FAILED",
            resources: self.resources(&ids),
            muted: *muted,
            affected: affected.len(),
        })
    }

    /// The answer of the rule about a VPC that does not fail it.
    fn rule(&self, vpc: &VpcAudit) -> Value {
        let (title, compliance, why) = match vpc.rule {
            RuleResult::Pass => (
                "VPC Traffic Mirroring is in use",
                "PASSED",
                "A session mirrors an interface of it",
            ),
            RuleResult::NotApplicable => (
                "VPC Traffic Mirroring does not apply",
                "NOT_AVAILABLE",
                "It has no interface that can be mirrored",
            ),
            RuleResult::Fail | RuleResult::CannotTell => (
                "Whether VPC Traffic Mirroring is in use cannot be told",
                "NOT_AVAILABLE",
                "What could not be read keeps from telling",
            ),
        };
        let id = vpc.id.as_str();
        self.value(Said {
            code: FindingCode::VpcNotMirrored,
            place: id,
            title,
            description: format!("{id}: {why}."),
            severity: "INFORMATIONAL",
            original: RULE_RISK.as_str(),
            remedy: FindingCode::VpcNotMirrored.remedy(),
            compliance,
            resources: self.resources(&[id]),
            muted: false,
            affected: 0,
        })
    }

    fn value(&self, said: Said<'_>) -> Value {
        let Said {
            code,
            place,
            title,
            description,
            severity,
            original,
            remedy,
            compliance,
            resources,
            muted,
            affected,
        } = said;
        let scope = &self.audit.scope;
        let (account, region) = (&scope.account, &scope.region);
        let partition = arn::partition(region);
        let at = self.report.at.to_string();
        json!({
            "SchemaVersion": "2018-10-08",
            "Id": format!("session-mirror/{region}/{account}/{code}/{place}"),
            "ProductArn": format!(
                "arn:{partition}:securityhub:{region}:{account}:product/{account}/default"
            ),
            "ProductName": "Session Mirror",
            "GeneratorId": format!("session-mirror/{code}"),
            "AwsAccountId": account,
            "Types": ["Software and Configuration Checks/AWS Security Best Practices"],
            "CreatedAt": at,
            "UpdatedAt": at,
            "Severity": { "Label": severity, "Original": original },
            "Title": cut(title, TITLE),
            "Description": cut(&description, DESCRIPTION),
            "Remediation": { "Recommendation": { "Text": cut(remedy, REMEDY) } },
            "ProductFields": {
                "SessionMirror/Code": code.as_str(),
                "SessionMirror/Affected": affected.to_string(),
                "SessionMirror/Version": self.report.version,
            },
            "Resources": resources,
            "Compliance": { "Status": compliance },
            "Workflow": { "Status": if muted { "SUPPRESSED" } else { "NEW" } },
            "RecordState": "ACTIVE",
        })
    }

    /// The things themselves; the account where there are none.
    fn resources(&self, ids: &[&str]) -> Vec<Value> {
        let scope = &self.audit.scope;
        let one = |(kind, id): (&str, String)| {
            json!({
                "Type": kind,
                "Id": id,
                "Partition": arn::partition(&scope.region),
                "Region": scope.region,
            })
        };
        if ids.is_empty() {
            let account = &scope.account;
            return vec![one(("AwsAccount", format!("AWS::::Account:{account}")))];
        }
        ids.iter().map(|id| one(arn::resource(self.audit, id))).collect()
    }
}

fn label(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "HIGH",
        Severity::Medium => "MEDIUM",
        Severity::Low => "LOW",
    }
}

/// A text of so many letters at most.
fn cut(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(length - 1).collect();
    cut.push('…');
    cut
}
