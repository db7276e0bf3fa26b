//! The body of a scope: what becomes of the filters, and per VPC a heading, its changes and a count of what is left alone.

use std::collections::BTreeMap;

use cli_common::layout::{GLUE, fill};
use cli_common::terminal::{CREATE, ERROR, HEADING, MODIFY, printable};
use tap_core::apply::FilterOutcome;
use tap_core::ids::VpcId;
use tap_core::inventory::{FilterKey, MissingParts};
use tap_core::plan::{FilterPlan, FilterStep, Verb, VpcView};
use tap_core::policy::profile::Profile;
use tap_core::policy::vpc::VpcPolicy;
use tap_core::report::ScopeReport;

use super::changes::{self, Line};
use super::{View, line};

/// Adds what becomes of the filters, unless that is nothing.
pub(super) fn filters(out: &mut String, report: &ScopeReport, view: &View) {
    let mut is_first = true;
    for (key, plan) in &report.plan.filters {
        let outcome = report.applied.as_ref().and_then(|applied| applied.filters.get(key));
        let Some(text) = filter(key, plan, outcome, view.verbose) else { continue };
        if std::mem::take(&mut is_first) {
            line(out, format_args!(""));
        }
        let indent = if plan.is_change() { 2 } else { 0 };
        fill(out, view.width, indent, 4, &text);
    }
}

fn filter(
    key: &FilterKey,
    plan: &FilterPlan,
    outcome: Option<&FilterOutcome>,
    verbose: bool,
) -> Option<String> {
    // What takes everything is what everybody expects: it needs no word.
    let profile = match key {
        FilterKey::OfProfile(Profile::All) | FilterKey::Named(_) => String::new(),
        FilterKey::OfProfile(_) | FilterKey::OfVpc(..) => format!(" ({key})"),
    };
    let text = match &plan.step {
        FilterStep::Use(id) if verbose => format!("Filter {id}{profile} is used as it is"),
        FilterStep::Use(_) => return None,
        FilterStep::Complete { filter, missing } => {
            format!("{MODIFY}~{MODIFY:#} filter {filter}{profile} gets {}", parts(missing))
        }
        FilterStep::Create => {
            let description = plan.spec.as_ref().map_or("", |spec| &spec.description);
            let (description, parts) = (printable(description), parts(&plan.missing()));
            format!("{CREATE}+{CREATE:#} filter `{description}`, with {parts}")
        }
    };
    let outcome = match outcome {
        Some(FilterOutcome::Done { filter }) if plan.id().is_none() => format!(": {filter}"),
        Some(FilterOutcome::Done { .. }) | None => String::new(),
        Some(FilterOutcome::Stopped(reason)) => {
            format!("; {ERROR}not done: {}{ERROR:#}", reason.code())
        }
        Some(FilterOutcome::Failed(error)) => {
            let code = error.code.as_deref().unwrap_or(error.kind.code());
            format!("; {ERROR}failed: {code}{ERROR:#}")
        }
    };
    Some(format!("{text}{outcome}"))
}

fn parts(missing: &MissingParts) -> String {
    let rules = match missing.rules.len() {
        0 => None,
        1 => Some("1 rule".to_owned()),
        n => Some(format!("{n} rules")),
    };
    let dns = missing.dns.then(|| "DNS".to_owned());
    [rules, dns].into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

/// What stands under one heading.
#[derive(Default)]
struct Section<'a> {
    lines: Vec<Line<'a>>,
}

/// Adds all VPCs. Those that are not enabled and where nothing happens share a section, unless every interface is listed.
pub(super) fn vpcs(out: &mut String, report: &ScopeReport, view: &View) {
    let ScopeReport { plan, applied } = report;
    let mut by_vpc: BTreeMap<Option<&VpcId>, Section<'_>> = BTreeMap::new();
    for (i, decision) in plan.decisions.iter().enumerate() {
        let outcome = applied.as_ref().and_then(|applied| applied.outcomes.get(&i));
        by_vpc.entry(decision.vpc.as_ref()).or_default().lines.push((decision, outcome));
    }
    let unknown = by_vpc.remove(&None);
    let mut not_enabled = Section::default();
    let mut others = 0;
    for (id, vpc) in &plan.vpcs {
        let section = by_vpc.remove(&Some(id)).unwrap_or_default();
        // One that loses sessions is named: that may be a tag removed by mistake.
        let is_quiet = !view.verbose && !section.lines.iter().any(changes::is_notable);
        if vpc.policy == VpcPolicy::NotEnabled && is_quiet {
            not_enabled.lines.extend(section.lines);
            others += 1;
        } else {
            heading(out, view, &vpc_heading(id, vpc));
            body(out, &section, view);
        }
    }
    // VPCs that another account owns and shares.
    for (id, section) in by_vpc {
        if let Some(id) = id {
            heading(out, view, &format!("VPC {id}, whose tags cannot be read here"));
            body(out, &section, view);
        }
    }
    if let Some(section) = unknown {
        heading(out, view, "Sessions whose interface is gone");
        body(out, &section, view);
    }
    if others > 0 {
        let vpcs = if others == 1 { "VPC" } else { "VPCs" };
        heading(out, view, &format!("{others} {vpcs} not enabled"));
        body(out, &not_enabled, view);
    }
}

fn heading(out: &mut String, view: &View, text: &str) {
    line(out, format_args!(""));
    let mut filled = String::new();
    fill(&mut filled, view.width, 0, 4, text);
    let filled = filled.trim_end();
    line(out, format_args!("{HEADING}{filled}{HEADING:#}"));
}

fn vpc_heading(id: &VpcId, vpc: &VpcView) -> String {
    let VpcView { name, policy, profile, packet_length } = vpc;
    let mut text = match name {
        Some(name) => format!("VPC {} ({id})", printable(name)),
        None => format!("VPC {id}"),
    };
    match policy {
        VpcPolicy::NotEnabled => text.push_str(", not enabled"),
        VpcPolicy::Enabled { target, enrollment, .. } => {
            text.push_str(&format!(", target{GLUE}{target}, enrollment{GLUE}{enrollment}"));
            if let Some(profile) = profile.as_ref().filter(|profile| **profile != Profile::All) {
                text.push_str(&format!(", profile{GLUE}{profile}"));
            }
            if let Some(length) = packet_length {
                text.push_str(&format!(", packet{GLUE}length{GLUE}{length}"));
            }
        }
        // What is wrong stands with the errors at the end.
        VpcPolicy::Misconfigured { .. } => text.push_str(", left as it is: see the error below"),
    }
    text
}

fn body(out: &mut String, section: &Section<'_>, view: &View) {
    let shown: Vec<Line<'_>> = section
        .lines
        .iter()
        .filter(|line| view.verbose || changes::is_notable(line))
        .copied()
        .collect();
    changes::lines(out, &shown, view);
    if section.lines.is_empty() {
        line(out, format_args!("  no interfaces"));
    }
    counts(out, section, view, Verb::Keep, "unchanged");
    counts(out, section, view, Verb::Skip, "left alone");
}

/// Adds how many interfaces are left alone, per reason.
fn counts(out: &mut String, section: &Section<'_>, view: &View, verb: Verb, title: &str) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let lines = section.lines.iter().filter(|(decision, _)| decision.action.verb() == verb);
    for (decision, _) in lines {
        *counts.entry(decision.reason.code()).or_default() += 1;
    }
    if counts.is_empty() {
        return;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(code, count)| (std::cmp::Reverse(*count), *code));
    let words: Vec<String> = counts.iter().map(|(code, n)| format!("{n}{GLUE}{code}")).collect();
    fill(out, view.width, 2, 6, &format!("{title}: {}", words.join(", ")));
}
