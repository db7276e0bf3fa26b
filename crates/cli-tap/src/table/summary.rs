//! The numbers at the end: changes, coverage, cost; and the regions side by side where there are several.

use cli_common::layout::fill;
use comfy_table::{CellAlignment, Table, presets};
use tap_core::apply::Outcome;
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

/// Adds one row per region, and their sum.
pub(super) fn regions(out: &mut String, regions: &[RegionResult], settings: &Settings) {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header([
        "region",
        "create",
        "modify",
        "delete",
        "unchanged",
        "alone",
        "failed",
        "coverage",
        "USD/month",
    ]);
    for region in regions {
        match region.report() {
            Some(report) => {
                let row = row(region.region.as_str(), &Totals::of(report), settings);
                table.add_row(row);
            }
            None => {
                table.add_row([region.region.as_str(), "not read"]);
            }
        }
    }
    table.add_row(row("all", &totals(regions), settings));
    for (i, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if i > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    line(out, format_args!(""));
    for row in table.lines() {
        line(out, format_args!("{}", row.trim_end()));
    }
}

fn row(name: &str, totals: &Totals, settings: &Settings) -> [String; 9] {
    let coverage = totals.coverage_percent().map_or("-".to_owned(), |p| format!("{p:.1} %"));
    let month = totals.cost_per_month(settings.price_per_hour);
    [
        name.to_owned(),
        totals.create.to_string(),
        totals.modify.to_string(),
        totals.delete.to_string(),
        totals.keep.to_string(),
        totals.skip.to_string(),
        totals.failed.to_string(),
        coverage,
        format!("{month:.2}"),
    ]
}
