//! Lines of decisions: what is done about an interface, why, and what became of it.

use cli_common::layout::{align, fill, name, widest};
use cli_common::terminal::{CREATE, DELETE, ERROR, FAINT, MODIFY, WARNING, printable};
use tap_core::apply::Outcome;
use tap_core::inventory::{FilterKey, FilterRef, SessionChange, SessionSpec};
use tap_core::plan::{Action, ChosenBy, Decision, Reason, Verb};
use tap_core::policy::profile::Profile;

use super::View;

/// The session number that needs no mention.
const USUAL_NUMBER: i32 = 1;

/// How far what belongs to a line is indented.
const UNDER: usize = 6;

/// The columns of a line's sign, and between two columns.
pub(super) const SIGN: usize = 4;
pub(super) const GAP: usize = 2;

/// A decision and its outcome.
pub(super) type Line<'a> = (&'a Decision, Option<&'a Outcome>);

/// Whether a decision has a line of its own even when not every interface is listed.
pub(super) fn is_notable((decision, _): &Line<'_>) -> bool {
    decision.action.is_change()
        || decision.is_blocked()
        || decision.notes.iter().any(|note| note.is_warning())
}

/// Adds a line per decision, in aligned columns. Where all of them fit the terminal, or there is none, each is one line; else
/// the sentence has a line below.
pub(super) fn lines(out: &mut String, lines: &[Line<'_>], view: &View) {
    let others = SIGN
        + widest(lines.iter().map(|(decision, _)| decision.eni.as_str()))
        + widest(lines.iter().map(|(decision, _)| instance(decision)))
        + widest(lines.iter().map(|(decision, _)| decision.reason.code()))
        + 3 * GAP;
    let cells: Vec<[String; 4]> = lines
        .iter()
        .map(|(decision, _)| {
            [
                decision.eni.to_string(),
                instance(decision).to_owned(),
                name(decision.name.as_deref(), others, view.width),
                decision.reason.code().to_owned(),
            ]
        })
        .collect();
    let details: Vec<String> = lines.iter().map(detail).collect();
    let long: Vec<[String; 5]> = cells
        .iter()
        .zip(&details)
        .map(|([a, b, c, d], e)| [a, b, c, d, e].map(String::clone))
        .collect();
    let long = align(&long);
    let fits = |line: &String| {
        view.width.is_none_or(|width| console::measure_text_width(line) + SIGN <= width)
    };
    let one_line = long.iter().all(fits);
    let heads = if one_line { long } else { align(&cells) };
    for ((line, head), detail) in lines.iter().zip(heads).zip(details) {
        let (style, sign) = sign(line);
        out.push_str(&format!("  {style}{sign}{style:#} {head}\n"));
        // The code of this reason is the sentence.
        let says_more = detail != Reason::NotMirrored.to_string();
        if !one_line && says_more {
            fill(out, view.width, UNDER, UNDER, &detail);
        }
        notes(out, line.0, view);
    }
}

/// The instance of a decision, as a column shows it.
pub(super) fn instance(decision: &Decision) -> &str {
    decision.instance.as_ref().map_or("-", |id| id.as_str())
}

fn notes(out: &mut String, decision: &Decision, view: &View) {
    for note in &decision.notes {
        if note.is_warning() {
            let text = format!("{WARNING}warning:{WARNING:#} {}", printable(&note.to_string()));
            fill(out, view.width, UNDER, UNDER + 2, &text);
        } else if view.verbose || decision.action.is_change() {
            fill(out, view.width, UNDER, UNDER + 2, &format!("note: {note}"));
        }
    }
}

/// What is done, as one character; `!` where something should be done and is not.
fn sign((decision, outcome): &Line<'_>) -> (anstyle::Style, char) {
    if outcome.is_some_and(|outcome| !outcome.is_reached()) {
        return (WARNING, '!');
    }
    match decision.action.verb() {
        Verb::Create => (CREATE, '+'),
        Verb::Modify => (MODIFY, '~'),
        Verb::Delete => (DELETE, '-'),
        Verb::Keep | Verb::Skip if decision.is_blocked() => (WARNING, '!'),
        Verb::Keep => (FAINT, '='),
        Verb::Skip => (FAINT, '.'),
    }
}

/// What is done, why as a sentence, and the outcome unless it is simply done.
fn detail((decision, outcome): &Line<'_>) -> String {
    let mut parts = Vec::new();
    match &decision.action {
        Action::Create { spec } => {
            parts.push(match outcome {
                Some(Outcome::Done { session }) => format!("created {session}"),
                _ => decision.reason.to_string(),
            });
            // Where the VPC's tags send it stands in the heading.
            if let Some(by @ (ChosenBy::Rule(_) | ChosenBy::Finding(_))) = &decision.chosen_by {
                parts.push(format!("to {} by {by}", spec.target));
            }
            parts.extend(spec_words(spec));
        }
        Action::Modify { session, change } => {
            // Which values differ is said by naming what they become.
            if !matches!(decision.reason, Reason::Drifted { .. }) {
                parts.push(decision.reason.to_string());
            }
            parts.push(format!("{session} gets {}", change_words(change)));
        }
        Action::Delete { session } => {
            parts.push(format!("removes {session}: {}", decision.because()));
        }
        Action::Keep { session } if decision.reason == Reason::InSync => {
            parts.push(session.to_string());
        }
        Action::Keep { session } => {
            parts.push(format!("{session} stays: {}", decision.because()));
        }
        Action::Skip => parts.push(decision.because()),
    }
    let words = outcome.and_then(outcome_words);
    if let (Some(Outcome::TypeRefused { .. }), Some(words)) = (outcome, &words) {
        // The reason says that AWS decides; now it has.
        return words.clone();
    }
    let text = printable(&parts.join(", "));
    match words {
        Some(words) => format!("{text}; {words}"),
        None => text,
    }
}

fn spec_words(spec: &SessionSpec) -> Vec<String> {
    let SessionSpec {
        target: _,
        filter: _,
        number,
        number_is_pinned: _,
        packet_length,
        vni,
        name: _,
        marks: _,
    } = spec;
    let mut words = Vec::new();
    if *number != USUAL_NUMBER {
        words.push(format!("number {number}"));
    }
    words.extend(packet_length.map(|bytes| format!("packet length {bytes}")));
    words.extend(vni.map(|vni| format!("VNI {vni}")));
    words
}

fn change_words(change: &SessionChange) -> String {
    let SessionChange { target, filter, number, packet_length, vni, marks } = change;
    let mut words = Vec::new();
    words.extend(target.as_ref().map(|target| format!("target {target}")));
    words.extend(filter.as_ref().map(|filter| match filter {
        FilterRef::Existing(id) => format!("filter {id}"),
        FilterRef::ToBeCreated(FilterKey::OfProfile(Profile::All)) => "the new filter".to_owned(),
        FilterRef::ToBeCreated(key) => format!("the new filter ({key})"),
    }));
    words.extend(number.map(|number| format!("number {number}")));
    words.extend(packet_length.map(|bytes| format!("packet length {bytes}")));
    words.extend(vni.map(|vni| format!("VNI {vni}")));
    if !marks.is_empty() {
        words.push("its mark".to_owned());
    }
    words.join(", ")
}

fn outcome_words(outcome: &Outcome) -> Option<String> {
    let failed = |words: String| Some(format!("{ERROR}{words}{ERROR:#}"));
    match outcome {
        Outcome::Done { .. } => None,
        Outcome::AlreadyDone { .. } => Some("somebody else had done it".to_owned()),
        Outcome::Gone => Some("gone meanwhile, nothing left to do".to_owned()),
        Outcome::TypeRefused { family } => {
            Some(format!("AWS does not mirror family {}", printable(family)))
        }
        Outcome::NotDone(why) => failed(format!("not done: {}", why.code())),
        Outcome::Failed(error) => {
            failed(format!("failed: {}", error.code.as_deref().unwrap_or(error.kind.code())))
        }
    }
}
