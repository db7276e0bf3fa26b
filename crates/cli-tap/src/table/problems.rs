//! What somebody has to look at: findings, failures grouped by what AWS said, what was not done, and a refusal.

use std::collections::BTreeMap;

use cli_common::terminal::{ERROR, WARNING, printable};
use tap_core::apply::{Applied, FilterOutcome, NotDone, Outcome};
use tap_core::error::CloudError;
use tap_core::plan::{Decision, Verb};
use tap_core::report::ScopeReport;

use super::View;
use super::layout::{align, fill, name};

/// How many interfaces are listed under one failure. Each has its own line above, marked as failed.
const LISTED: usize = 10;

/// Adds all problems of a scope; nothing, where all is well.
pub(super) fn problems(out: &mut String, report: &ScopeReport, view: &View) {
    let ScopeReport { plan, applied } = report;
    let before = out.len();
    for finding in &plan.findings {
        let (style, word) =
            if finding.is_error() { (ERROR, "error") } else { (WARNING, "warning") };
        let text = printable(&finding.to_string());
        fill(out, view, 0, 2, &format!("{style}{word}:{style:#} {text}"));
        fill(out, view, 2, 4, &format!("hint: {}", finding.remedy()));
    }
    if let Some(applied) = applied {
        failures(out, &plan.decisions, applied, view);
        not_done(out, applied, view);
    }
    if let Some(refusal) = &plan.refusal {
        fill(out, view, 0, 2, &format!("{ERROR}refused:{ERROR:#} {refusal}"));
        let hint = "hint: look at the plan, the VPCs' tags and the credentials; if it is meant, pass --allow-mass-delete";
        fill(out, view, 2, 4, hint);
    }
    if out.len() > before {
        out.insert(before, '\n');
    }
}

/// What failed in the same way: one cause most often, such as a missing permission.
struct Failure<'a> {
    first: &'a CloudError,
    verb: Verb,
    decisions: Vec<&'a Decision>,
    same_message: bool,
}

fn failures(out: &mut String, decisions: &[Decision], applied: &Applied, view: &View) {
    if let FilterOutcome::Failed(error) = &applied.filter {
        let text = printable(&error.to_string());
        fill(out, view, 0, 2, &format!("{ERROR}error:{ERROR:#} the filter failed: {text}"));
        fill(out, view, 2, 4, &format!("hint: {}", error.remedy()));
    }
    let mut groups: BTreeMap<_, Failure<'_>> = BTreeMap::new();
    for (i, outcome) in &applied.outcomes {
        let Outcome::Failed(error) = outcome else { continue };
        let decision = &decisions[*i];
        let verb = decision.action.verb();
        let group = groups.entry((verb, error.call, error.kind, &error.code)).or_insert(Failure {
            first: error,
            verb,
            decisions: Vec::new(),
            same_message: true,
        });
        group.same_message &= group.first.message == error.message;
        group.decisions.push(decision);
    }
    for failure in groups.values() {
        let Failure { first, verb, decisions, same_message } = failure;
        let count = decisions.len();
        let (call, code) = (first.call, first.code.as_deref().unwrap_or(first.kind.code()));
        let message = printable(&first.message);
        let more = if *same_message { "" } else { " (the first of several messages)" };
        let text = format!(
            "{ERROR}error:{ERROR:#} {count} to {verb} failed: {call}: {code}: {message}{more}"
        );
        fill(out, view, 0, 2, &text);
        fill(out, view, 2, 4, &format!("hint: {}", first.remedy()));
        list(out, decisions, view);
    }
}

fn list(out: &mut String, decisions: &[&Decision], view: &View) {
    let shown = if view.verbose { decisions.len() } else { LISTED };
    let cells: Vec<[String; 3]> = decisions
        .iter()
        .take(shown)
        .map(|decision| {
            let instance = decision.instance.as_ref().map_or("-", |id| id.as_str());
            let name = name(decision.name.as_deref(), view);
            [decision.eni.to_string(), instance.to_owned(), name]
        })
        .collect();
    for row in align(&cells) {
        out.push_str(&format!("    {row}\n"));
    }
    let rest = decisions.len().saturating_sub(shown);
    if rest > 0 {
        out.push_str(&format!("    and {rest} more, marked above\n"));
    }
}

fn not_done(out: &mut String, applied: &Applied, view: &View) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for outcome in applied.outcomes.values() {
        if let Outcome::NotDone(why) = outcome {
            *counts.entry(why.to_string()).or_default() += 1;
        }
    }
    for (why, count) in counts {
        let changes = if count == 1 { "change was" } else { "changes were" };
        let text = format!("{ERROR}error:{ERROR:#} {count} {changes} not made: {why}");
        fill(out, view, 0, 2, &text);
    }
    let stopped =
        applied.outcomes.values().any(|o| matches!(o, Outcome::NotDone(NotDone::Stopped(_))));
    if stopped {
        fill(out, view, 2, 4, "hint: run again: it goes on where this run stopped");
    }
}
