//! Findings by their codes, and questions by their answers: an account with one thing wrong in 500 places is to read as such.

use std::collections::{BTreeMap, BTreeSet};

use tap_core::ids::SessionId;

use crate::finding::{Finding, FindingCode};
use crate::model::{Audit, InterfaceAudit, Unknown};
use crate::severity::Severity;

/// Findings of one code.
pub(super) struct Group<'a> {
    /// What they are about.
    pub(super) code: FindingCode,
    /// Those that count, in the order of the audit.
    pub(super) findings: Vec<&'a Finding>,
}

/// The findings by code, the gravest first: those that count, or those that are muted.
pub(super) fn by_code<'a>(
    findings: impl IntoIterator<Item = &'a Finding>,
    muted: bool,
) -> Vec<Group<'a>> {
    let mut groups: BTreeMap<FindingCode, Vec<&Finding>> = BTreeMap::new();
    for finding in findings.into_iter().filter(|finding| finding.muted == muted) {
        groups.entry(finding.code).or_default().push(finding);
    }
    let mut groups: Vec<Group<'a>> =
        groups.into_iter().map(|(code, findings)| Group { code, findings }).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.code.severity()));
    groups
}

/// The codes of what counts, by each id that suffers from it.
pub(super) fn by_id(audit: &Audit) -> BTreeMap<&str, BTreeSet<FindingCode>> {
    let mut codes: BTreeMap<&str, BTreeSet<FindingCode>> = BTreeMap::new();
    for finding in audit.findings.iter().filter(|finding| !finding.muted) {
        for id in finding.at.iter().chain(&finding.affected) {
            codes.entry(id).or_default().insert(finding.code);
        }
    }
    codes
}

/// The codes of what an interface suffers from: itself, its instance or one of its sessions is named.
pub(super) fn of_interface(
    interface: &InterfaceAudit,
    codes: &BTreeMap<&str, BTreeSet<FindingCode>>,
) -> Vec<&'static str> {
    let own = [interface.eni.as_str(), interface.instance.as_str()];
    let sessions = interface.sessions.iter().map(SessionId::as_str);
    let found: BTreeSet<FindingCode> =
        own.into_iter().chain(sessions).filter_map(|id| codes.get(id)).flatten().copied().collect();
    found.into_iter().map(FindingCode::as_str).collect()
}

/// Questions that cannot be answered for the same reason, with all the ids that they are about, in order and once.
pub(super) fn questions(unknowns: &[Unknown]) -> Vec<(&str, &str, Vec<&str>)> {
    let mut groups: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for Unknown { question, at, why, remedy: _ } in unknowns {
        let ids = groups.entry((question, why)).or_default();
        ids.extend(at.iter().map(String::as_str));
    }
    groups
        .into_iter()
        .map(|((question, why), mut ids)| {
            ids.sort_unstable();
            ids.dedup();
            (question, why, ids)
        })
        .collect()
}

/// What would answer the questions that cannot be answered for this reason; none where it is said of what was not read, which
/// every output lists below the questions.
pub(super) fn remedy<'a>(audit: &'a Audit, why: &str) -> Option<&'a str> {
    let unknown = audit.unknowns.iter().find(|unknown| unknown.why == why)?;
    let is_said = |remedy: &&str| {
        audit.unread.values().any(|error| {
            let action = error.call.iam_action();
            error.remedy() == **remedy || action.is_some_and(|a| **remedy == format!("allow {a}"))
        })
    };
    unknown.remedy.as_deref().filter(|remedy| !is_said(remedy))
}

/// How many findings there are, in the words of every output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Of high severity.
    pub(super) high: usize,
    /// Of medium severity.
    pub(super) medium: usize,
    /// Of low severity.
    pub(super) low: usize,
    /// Muted ones of any severity, which do not count above.
    pub(super) muted: usize,
}

impl Counts {
    /// Those of several audits.
    pub(super) fn of<'a>(audits: impl IntoIterator<Item = &'a Audit>) -> Self {
        audits.into_iter().fold(Self::default(), |sum, audit| Self {
            high: sum.high + audit.count(Severity::High),
            medium: sum.medium + audit.count(Severity::Medium),
            low: sum.low + audit.count(Severity::Low),
            muted: sum.muted + audit.findings.iter().filter(|finding| finding.muted).count(),
        })
    }

    /// Those of one severity.
    pub(super) fn get(self, severity: Severity) -> usize {
        match severity {
            Severity::High => self.high,
            Severity::Medium => self.medium,
            Severity::Low => self.low,
        }
    }

    /// All that count.
    pub(super) fn all(self) -> usize {
        self.high + self.medium + self.low
    }
}
