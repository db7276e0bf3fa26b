//! What is wrong, grouped by code, the gravest first: what it leads to and what to do is said once, the places are listed.

use anstyle::Style;
use screen::layout::fill;
use screen::style::{ERROR, FAINT, HEADING, WARNING};
use screen::words::printable;

use super::{TableOptions, heading, line, more};
use crate::finding::Finding;
use crate::model::Audit;
use crate::render::group::{Counts, Group, by_code};
use crate::render::words::plural;
use crate::severity::Severity;

/// Adds all findings of a scope.
pub(super) fn findings(out: &mut String, audit: &Audit, options: &TableOptions) {
    let counts = Counts::of([audit]);
    if counts.all() == 0 && counts.muted == 0 {
        heading(out, options, "No findings");
        return;
    }
    heading(out, options, "Findings");
    let groups = by_code(&audit.findings, false);
    for (i, group) in groups.iter().enumerate() {
        if i > 0 {
            line(out, "");
        }
        one(out, group, options);
    }
    let muted = by_code(&audit.findings, true);
    if muted.is_empty() {
        return;
    }
    if options.verbose {
        for group in &muted {
            line(out, "");
            fill(out, options.width, 2, 4, &format!("{FAINT}muted{FAINT:#} {}", group.code));
            places(out, group, options);
        }
    } else {
        let words: Vec<String> =
            muted.iter().map(|g| format!("{} {}", g.findings.len(), g.code)).collect();
        let text = format!("{FAINT}Muted: {}{FAINT:#}", words.join(", "));
        fill(out, options.width, 2, 4, &text);
    }
}

/// The colour of a severity.
pub(super) fn style(severity: Severity) -> Style {
    match severity {
        Severity::High => ERROR,
        Severity::Medium => WARNING,
        Severity::Low => HEADING,
    }
}

fn one(out: &mut String, group: &Group<'_>, options: &TableOptions) {
    let Group { code, findings } = group;
    let style = style(code.severity());
    let severity = code.severity();
    let count = match findings.len() {
        1 => String::new(),
        n => format!(", {n} times"),
    };
    fill(out, options.width, 2, 4, &format!("{style}{severity}{style:#} {code}{count}"));
    fill(out, options.width, 4, 6, &format!("{}. {}.", code.title(), code.consequence()));
    fill(out, options.width, 4, 6, &format!("hint: {}", code.remedy()));
    places(out, group, options);
}

fn places(out: &mut String, group: &Group<'_>, options: &TableOptions) {
    let listed = options.listed(group.findings.len());
    for finding in &group.findings[..listed] {
        place(out, finding, options);
    }
    more(out, 4, group.findings.len() - listed);
}

fn place(out: &mut String, finding: &Finding, options: &TableOptions) {
    let Finding { code: _, at, vpc, what, affected, muted: _ } = finding;
    let mut text = format!("- {}", printable(what));
    // The sentence names most ids itself.
    let unnamed: Vec<&str> =
        at.iter().map(String::as_str).filter(|id| !what.contains(id)).collect();
    let vpc = vpc.as_ref().map(|vpc| vpc.as_str());
    let vpc = vpc.filter(|vpc| !what.contains(vpc) && !unnamed.contains(vpc));
    let places: Vec<&str> = unnamed.into_iter().chain(vpc).collect();
    if !places.is_empty() {
        text.push_str(&format!(" ({})", printable(&places.join(", "))));
    }
    fill(out, options.width, 4, 6, &text);
    if affected.is_empty() {
        return;
    }
    let listed = options.listed(affected.len());
    let mut ids = printable(&affected[..listed].join(", "));
    if affected.len() > listed {
        ids.push_str(&format!(" and {} more", affected.len() - listed));
    }
    let count = plural(affected.len(), "is", "are");
    fill(out, options.width, 6, 8, &format!("{count} affected: {ids}"));
}
