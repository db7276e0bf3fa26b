//! What to change, so that an interface or a VPC is watched.

use tap_core::plan::Reason;

use super::names;
use crate::finding::{Finding, FindingCode};
use crate::model::{Audit, InterfaceAudit, Watched};

/// What to do for some interfaces: about what is found of them, and about why they are left alone.
pub(super) fn remedies(audit: &Audit, interfaces: &[&InterfaceAudit]) -> Vec<String> {
    let mut all = remedies_of(audit, |finding| {
        interfaces.iter().any(|interface| {
            names(finding, interface.eni.as_str())
                || interface.sessions.iter().any(|session| names(finding, session.as_str()))
        })
    });
    for interface in interfaces {
        let Some((_, remedy)) = interface.reason.and_then(doc) else { continue };
        let is_left = matches!(interface.watched, Watched::LeftAlone | Watched::Missing);
        let code = interface.reason.unwrap_or_default();
        let remedy = format!("{code}: {remedy}");
        if is_left && !remedy.contains(": Nothing") && !all.contains(&remedy) {
            all.push(remedy);
        }
    }
    all
}

pub(super) fn remedies_of(audit: &Audit, concerns: impl Fn(&Finding) -> bool) -> Vec<String> {
    let mut codes: Vec<FindingCode> = Vec::new();
    for finding in audit.findings.iter().filter(|finding| concerns(finding)) {
        if !codes.contains(&finding.code) {
            codes.push(finding.code);
        }
    }
    codes.into_iter().map(|code| format!("{code}: {}", code.remedy())).collect()
}

/// What a planner's reason means, and what to do.
pub(super) fn doc(code: &str) -> Option<(&'static str, &'static str)> {
    let doc = Reason::ALL.iter().find(|doc| doc.code == code)?;
    Some((doc.meaning, doc.remedy))
}
