//! What somebody has to look at: findings, failures grouped by what AWS said, what was not done, and a refusal.

use std::collections::BTreeMap;

use cli_common::layout::{align, fill, name, widest};
use cli_common::terminal::{ERROR, WARNING, printable};
use tap_core::apply::{Applied, FilterOutcome, NotDone, Outcome};
use tap_core::error::CloudError;
use tap_core::inventory::FilterKey;
use tap_core::plan::{Decision, Note, Reason, Verb};
use tap_core::policy::profile::Profile;
use tap_core::report::ScopeReport;

use super::View;
use super::changes::{GAP, SIGN, instance};

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
        fill(out, view.width, 0, 2, &format!("{style}{word}:{style:#} {text}"));
        fill(out, view.width, 2, 4, &format!("hint: {}", finding.remedy()));
    }
    blocked(out, &plan.decisions, view);
    if let Some(applied) = applied {
        failures(out, &plan.decisions, applied, view);
        not_done(out, applied, view);
    }
    if let Some(refusal) = &plan.refusal {
        fill(out, view.width, 0, 2, &format!("{ERROR}refused:{ERROR:#} {refusal}"));
        let hint = "hint: look at the plan, the VPCs' tags and the credentials; if it is meant, pass --allow-mass-delete";
        fill(out, view.width, 2, 4, hint);
    }
    if out.len() > before {
        out.insert(before, '\n');
    }
}

/// Adds what keeps interfaces from being mirrored as planned, by limit.
fn blocked(out: &mut String, decisions: &[Decision], view: &View) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for decision in decisions {
        if let Some(code) = blocked_by(decision) {
            *counts.entry(code).or_default() += 1;
        }
    }
    for (code, count) in counts {
        let interfaces = if count == 1 { "interface is" } else { "interfaces are" };
        // A note about a limit and the reason for it share their code.
        let doc = Reason::ALL.iter().find(|doc| doc.code == code);
        let meaning = doc.map_or_else(String::new, |doc| format!(": {}", inside(doc.meaning)));
        let text =
            format!("{ERROR}error:{ERROR:#} {count} {interfaces} blocked by {code}{meaning}");
        fill(out, view.width, 0, 2, &text);
        if let Some(doc) = doc {
            fill(out, view.width, 2, 4, &format!("hint: {}", inside(doc.remedy)));
        }
    }
}

/// A sentence of the reference, as it stands inside another.
fn inside(sentence: &str) -> String {
    let mut chars = sentence.chars();
    match chars.next() {
        // A word in capitals is a name.
        Some(first) if chars.as_str().starts_with(char::is_lowercase) => {
            first.to_lowercase().chain(chars).collect()
        }
        Some(_) | None => sentence.to_owned(),
    }
}

/// The code of the limit that blocks a decision: that of its reason, else that of a note.
fn blocked_by(decision: &Decision) -> Option<&'static str> {
    if !decision.is_blocked() {
        return None;
    }
    if decision.reason.is_blocked() {
        return Some(decision.reason.code());
    }
    let is_limit =
        |note: &&Note| matches!(note, Note::TargetFull { .. } | Note::NumberTaken { .. });
    decision.notes.iter().find(is_limit).map(Note::code)
}

/// What failed in the same way: one cause most often, such as a missing permission.
struct Failure<'a> {
    first: &'a CloudError,
    verb: Verb,
    decisions: Vec<&'a Decision>,
    same_message: bool,
}

fn failures(out: &mut String, decisions: &[Decision], applied: &Applied, view: &View) {
    for (key, outcome) in &applied.filters {
        let FilterOutcome::Failed(error) = outcome else { continue };
        let text = printable(&error.to_string());
        let which = match key {
            FilterKey::OfProfile(Profile::All) => String::new(),
            key => format!(" ({key})"),
        };
        let text = format!("{ERROR}error:{ERROR:#} the filter{which} failed: {text}");
        fill(out, view.width, 0, 2, &text);
        fill(out, view.width, 2, 4, &format!("hint: {}", error.remedy()));
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
        let interfaces = if count == 1 { "interface" } else { "interfaces" };
        let (call, code) = (first.call, first.code.as_deref().unwrap_or(first.kind.code()));
        let message = printable(&first.message);
        let more = if *same_message { "" } else { " (the first of several messages)" };
        let text = format!(
            "{ERROR}error:{ERROR:#} {verb} failed for {count} {interfaces}: {call}: {code}: {message}{more}"
        );
        fill(out, view.width, 0, 2, &text);
        fill(out, view.width, 2, 4, &format!("hint: {}", first.remedy()));
        list(out, decisions, view);
    }
}

fn list(out: &mut String, decisions: &[&Decision], view: &View) {
    let shown = if view.verbose { decisions.len() } else { LISTED };
    let listed = &decisions[..shown.min(decisions.len())];
    let others = SIGN
        + widest(listed.iter().map(|decision| decision.eni.as_str()))
        + widest(listed.iter().map(|decision| instance(decision)))
        + 2 * GAP;
    let cells: Vec<[String; 3]> = listed
        .iter()
        .map(|decision| {
            let name = name(decision.name.as_deref(), others, view.width);
            [decision.eni.to_string(), instance(decision).to_owned(), name]
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
        fill(out, view.width, 0, 2, &text);
    }
    let stopped =
        applied.outcomes.values().any(|o| matches!(o, Outcome::NotDone(NotDone::Stopped(_))));
    if stopped {
        fill(out, view.width, 2, 4, "hint: run again: it goes on where this run stopped");
    }
}
