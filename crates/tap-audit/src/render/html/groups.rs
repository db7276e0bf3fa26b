//! Findings by code, over all regions: what it leads to and what to do is said once.

use std::collections::BTreeMap;

use super::rows::InterfaceRow;
use super::shown;
use crate::finding::{Finding, FindingCode};
use crate::model::Audit;
use crate::render::group::by_code;

/// How many findings of a code are listed, and how many ids with one of them: a page is to stay a page.
pub(super) const LISTED: usize = 100;

/// Findings of one code, of all regions.
pub(super) struct Group<'a> {
    pub(super) code: FindingCode,
    pub(super) count: usize,
    pub(super) places: Vec<Place<'a>>,
    /// How many are not listed.
    pub(super) rest: usize,
    /// How many rows of the table of interfaces name the code.
    pub(super) in_table: usize,
}

/// One finding.
pub(super) struct Place<'a> {
    pub(super) region: &'a str,
    pub(super) what: String,
    /// Ids that the sentence does not name.
    pub(super) at: Vec<String>,
    pub(super) affected: String,
}

pub(super) fn groups<'a>(
    audits: &[&'a Audit],
    interfaces: &[InterfaceRow<'a>],
    muted: bool,
) -> Vec<Group<'a>> {
    let mut in_table: BTreeMap<&str, usize> = BTreeMap::new();
    for code in interfaces.iter().flat_map(|row| &row.findings) {
        *in_table.entry(code).or_default() += 1;
    }
    let all = audits.iter().flat_map(|audit| &audit.findings);
    by_code(all, muted)
        .into_iter()
        .map(|group| {
            let code = group.code;
            let of_code = |finding: &&Finding| finding.code == code && finding.muted == muted;
            let places = audits.iter().flat_map(|audit| {
                let region = audit.scope.region.as_str();
                audit.findings.iter().filter(of_code).map(move |finding| place(region, finding))
            });
            let count = group.findings.len();
            Group {
                code,
                count,
                places: places.take(LISTED).collect(),
                rest: count.saturating_sub(LISTED),
                in_table: if muted { 0 } else { in_table.get(code.as_str()).copied().unwrap_or(0) },
            }
        })
        .collect()
}

fn place<'a>(region: &'a str, finding: &Finding) -> Place<'a> {
    let Finding { code: _, at, vpc, what, affected, muted: _ } = finding;
    let vpc = vpc.as_ref().map(|vpc| vpc.as_str());
    // The sentence names most ids itself.
    let at = at.iter().map(String::as_str).chain(vpc).filter(|id| !what.contains(id));
    Place { region, what: shown(what), at: at.map(shown).collect(), affected: ids(affected) }
}

/// Ids in a row, the first of them where there are many.
pub(super) fn ids<T: AsRef<str>>(ids: &[T]) -> String {
    let listed: Vec<&str> = ids.iter().take(LISTED).map(AsRef::as_ref).collect();
    let mut text = shown(&listed.join(", "));
    if ids.len() > LISTED {
        text.push_str(&format!(" and {} more", ids.len() - LISTED));
    }
    text
}
