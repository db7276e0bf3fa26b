//! The numbers at the end: changes, coverage, cost; and the regions side by side where there are several.

use cli_common::errors;
use cli_common::layout::{fill, widest};
use comfy_table::{CellAlignment, Table, presets};
use tap_core::apply::Outcome;
use tap_core::cycle::CycleError;
use tap_core::plan::Verb;
use tap_core::report::{ScopeReport, Totals};
use tap_core::settings::Settings;
use tap_core::stop::StopReason;

use super::{View, line};
use crate::result::{RegionResult, totals};

/// Adds the numbers of one scope.
pub(super) fn scope(out: &mut String, report: &ScopeReport, settings: &Settings, view: &View) {
    let totals = Totals::of(report);
    fill(out, view.width, 0, 2, &changes(report, &totals));
    fill(out, view.width, 0, 2, &coverage(&totals, report.applied.is_some()));
    fill(out, view.width, 0, 2, &cost(&totals, settings));
    if totals.foreign_sessions > 0 {
        let n = totals.foreign_sessions;
        fill(out, view.width, 0, 2, &format!("Sessions of others: {n}, never touched"));
    }
}

/// The line in the manner of terraform.
fn changes(report: &ScopeReport, totals: &Totals) -> String {
    let ScopeReport { plan, applied } = report;
    let Totals { create, modify, delete, keep, skip, .. } = totals;
    let rest = format!("{keep} unchanged, {skip} left alone");
    let Some(applied) = applied else {
        let word = if plan.refusal.is_some() { "Refused plan" } else { "Plan" };
        return format!(
            "{word}: {create} to create, {modify} to modify, {delete} to delete, {rest}"
        );
    };
    let (mut done, mut gone, mut refused, mut failed, mut not_done) = ([0; 3], 0, 0, 0, 0);
    for (i, outcome) in &applied.outcomes {
        match outcome {
            Outcome::Done { .. } | Outcome::AlreadyDone { .. } => {
                match plan.decisions[*i].action.verb() {
                    Verb::Create => done[0] += 1,
                    Verb::Modify => done[1] += 1,
                    Verb::Delete => done[2] += 1,
                    Verb::Keep | Verb::Skip => {}
                }
            }
            Outcome::Gone => gone += 1,
            Outcome::TypeRefused { .. } => refused += 1,
            Outcome::Failed(_) => failed += 1,
            Outcome::NotDone(_) => not_done += 1,
        }
    }
    let word = match applied.stopped {
        Some(StopReason::Interrupted) => "Interrupted",
        Some(StopReason::TimedOut) => "Out of time",
        None if report.is_partial() => "Partly done",
        None if !plan.has_changes() => "Nothing to do",
        None => "Done",
    };
    let [created, modified, deleted] = done;
    let mut text = format!("{word}: {created} created, {modified} modified, {deleted} deleted");
    for (count, what) in [
        (gone, "gone meanwhile"),
        (refused, "refused by AWS for their type"),
        (failed, "failed"),
        (not_done, "not made"),
    ] {
        if count > 0 {
            text.push_str(&format!(", {count} {what}"));
        }
    }
    format!("{text}, {rest}")
}

fn coverage(totals: &Totals, applied: bool) -> String {
    let Totals { eligible, mirrored, mirrored_before, .. } = totals;
    let Some(percent) = totals.coverage_percent() else {
        return "Coverage: no interface is to be mirrored".to_owned();
    };
    if applied {
        format!(
            "Coverage: {mirrored} of {eligible} eligible interfaces, {percent:.1} %; before: {mirrored_before}"
        )
    } else {
        format!(
            "Coverage: {mirrored} of {eligible} eligible interfaces with this plan, {percent:.1} %; now: {mirrored_before}"
        )
    }
}

fn cost(totals: &Totals, settings: &Settings) -> String {
    let price = settings.price_per_hour;
    let noun = if totals.sessions == 1 { "session" } else { "sessions" };
    format!(
        "Cost: {} {noun}, {:.3} USD per hour, {:.2} USD per month",
        totals.sessions,
        totals.cost_per_hour(price),
        totals.cost_per_month(price),
    )
}

/// Adds one row per region, with what kept it from its work where something did, and their sum.
pub(super) fn regions(out: &mut String, regions: &[RegionResult], settings: &Settings) {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let titles = ["create", "modify", "delete", "failed", "coverage", "USD/month"];
    table.set_header(std::iter::once("region").chain(titles));
    for region in regions {
        match region.report() {
            Some(report) => {
                table.add_row(numbers(region.region.as_str(), &Totals::of(report), settings))
            }
            None => table.add_row([region.region.as_str()]),
        };
    }
    table.add_row(numbers("all", &totals(regions), settings));
    for (i, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if i > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    // The header comes first, the sum last.
    let remarks = regions.iter().map(remark);
    let remarks = std::iter::once(String::new()).chain(remarks).chain([String::new()]);
    let names = widest(regions.iter().map(|region| region.region.as_str()));
    line(out, format_args!(""));
    for (row, remark) in table.lines().zip(remarks) {
        let row = row.trim_end();
        if remark.is_empty() {
            line(out, format_args!("{row}"));
        } else {
            line(out, format_args!("{row:names$}  {remark}"));
        }
    }
}

/// What happened in a region that the numbers do not say.
fn remark(result: &RegionResult) -> String {
    let report = match &result.outcome {
        Ok(report) => report,
        Err(CycleError::Read(error)) => return format!("not read: {}: {}", error.call, error.kind),
        Err(error) => return format!("not read: {}", errors::kind(error)),
    };
    let stopped = report.applied.as_ref().and_then(|applied| applied.stopped);
    let remark = match stopped {
        _ if report.plan.refusal.is_some() => "refused",
        Some(StopReason::Interrupted) => "interrupted",
        Some(StopReason::TimedOut) => "out of time",
        None if report.is_partial() => "has errors",
        None => "",
    };
    remark.to_owned()
}

fn numbers(name: &str, totals: &Totals, settings: &Settings) -> [String; 7] {
    let coverage = totals.coverage_percent().map_or("-".to_owned(), |p| format!("{p:.1} %"));
    let month = totals.cost_per_month(settings.price_per_hour);
    [
        name.to_owned(),
        totals.create.to_string(),
        totals.modify.to_string(),
        totals.delete.to_string(),
        totals.failed.to_string(),
        coverage,
        format!("{month:.2}"),
    ]
}
