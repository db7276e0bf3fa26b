//! What to change, so that an interface or a VPC is watched: what keeps it from that first, then what else is found of it.

use tap_core::plan::{Reason, Verb};

use super::names;
use crate::finding::{Finding, FindingCode};
use crate::model::{Audit, InterfaceAudit, Watched};

/// Remedies, each by its code and once.
#[derive(Debug, Default)]
struct Remedies {
    codes: Vec<&'static str>,
    texts: Vec<String>,
}

impl Remedies {
    fn add(&mut self, code: &'static str, remedy: &str) {
        if !self.codes.contains(&code) {
            self.codes.push(code);
            self.texts.push(format!("{code}: {remedy}"));
        }
    }

    /// A reason of the planner; where a finding says the same of the whole, what that says.
    fn add_reason(&mut self, code: &'static str, found: &[&Finding]) {
        if let Some(finding) = found.iter().find(|finding| finding.code.as_str() == code) {
            self.add(code, finding.code.remedy());
        } else if let Some(remedy) = doc(code).and_then(|(_, remedy)| to_do(remedy)) {
            self.add(code, remedy);
        }
    }

    fn add_findings(&mut self, found: &[&Finding]) {
        for finding in found {
            self.add(finding.code.as_str(), finding.code.remedy());
        }
    }
}

/// What to do for some interfaces: about why they are left alone, and about what is found of them.
pub(super) fn remedies(audit: &Audit, interfaces: &[&InterfaceAudit]) -> Vec<String> {
    let concerns = |finding: &&Finding| {
        interfaces.iter().any(|interface| {
            let of_vpc = || {
                let code = Some(finding.code.as_str());
                interface.reason == code && names(finding, interface.vpc.as_str())
            };
            names(finding, interface.eni.as_str())
                || interface.sessions.iter().any(|session| names(finding, session.as_str()))
                || of_vpc()
        })
    };
    let found: Vec<&Finding> =
        counting(audit).filter(concerns).filter(|finding| helps(finding)).collect();
    let mut all = Remedies::default();
    let reasons = |does: fn(&InterfaceAudit) -> bool| {
        interfaces.iter().filter(move |interface| does(interface)).filter_map(|i| i.reason)
    };
    reasons(is_kept_from_it).for_each(|code| all.add_reason(code, &found));
    all.add_findings(&found);
    reasons(is_unwatched).for_each(|code| all.add_reason(code, &found));
    all.texts
}

/// What to do about all that is found of something.
pub(super) fn remedies_of(audit: &Audit, concerns: impl Fn(&Finding) -> bool) -> Vec<String> {
    let found: Vec<&Finding> = counting(audit).filter(|finding| concerns(finding)).collect();
    let mut all = Remedies::default();
    let (helping, kept): (Vec<&Finding>, Vec<&Finding>) =
        found.iter().partition(|finding| helps(finding));
    for reason in kept.iter().filter_map(|finding| reason_of(finding)) {
        all.add_reason(reason, &helping);
    }
    all.add_findings(&helping);
    all.texts
}

/// What is found and not muted: whoever mutes a finding does not want to be told what to do about it.
fn counting(audit: &Audit) -> impl Iterator<Item = &Finding> {
    audit.findings.iter().filter(|finding| !finding.muted)
}

/// Whether a run has no say: what is chosen is not mirrored, or its session stays as it is, for a reason that lies elsewhere.
fn is_kept_from_it(interface: &InterfaceAudit) -> bool {
    match interface.next {
        Some(Verb::Keep) => true,
        Some(Verb::Skip) => interface.eligible || is_unwatched(interface),
        Some(Verb::Create | Verb::Modify | Verb::Delete) | None => false,
    }
}

fn is_unwatched(interface: &InterfaceAudit) -> bool {
    matches!(interface.watched, Watched::LeftAlone | Watched::Missing)
}

/// Whether what the finding advises is of use: a run does nothing for interfaces that something keeps from it.
fn helps(finding: &Finding) -> bool {
    finding.code != FindingCode::InterfaceNotMirrored
        || matches!(reason_of(finding), Some("not-mirrored" | "new-family"))
}

/// Why the interfaces of a finding have no session: the reason's code is part of where it is.
fn reason_of(finding: &Finding) -> Option<&'static str> {
    let named = |doc: &&tap_core::plan::ReasonDoc| finding.at.iter().any(|at| at == doc.code);
    Reason::ALL.iter().find(named).map(|doc| doc.code)
}

/// What a planner's reason means, and what to do.
pub(super) fn doc(code: &str) -> Option<(&'static str, &'static str)> {
    let doc = Reason::ALL.iter().find(|doc| doc.code == code)?;
    Some((doc.meaning, doc.remedy))
}

/// A reason's remedy, where there is something to do: some say that there is nothing, and why.
fn to_do(remedy: &'static str) -> Option<&'static str> {
    (remedy != "Nothing" && !remedy.starts_with("Nothing:")).then_some(remedy)
}
