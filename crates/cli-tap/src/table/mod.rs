//! The plan and the report as text for people: per VPC its changes, then what is wrong, then the numbers, so that the last
//! screen of a long output is the one that matters.

mod appliances;
mod changes;
mod problems;
mod summary;
mod vpcs;

use std::fmt::Write as _;

use cli_common::errors;
use cli_common::layout::fill;
use cli_common::terminal::{ERROR, HEADING};
use tap_core::report::ScopeReport;
use tap_core::settings::Settings;

use crate::result::RegionResult;

/// How the table is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    /// Whether every interface is listed, not only changes and what needs a look.
    pub(crate) verbose: bool,
    /// The width of the terminal; none for a pipe, where each thing has one line of any length.
    pub(crate) width: Option<usize>,
    /// Whether nothing is applied on purpose.
    pub(crate) dry_run: bool,
    /// Whether the account is a simulated one.
    pub(crate) simulated: bool,
}

/// The whole output, with colours.
pub(crate) fn render(regions: &[RegionResult], settings: &Settings, view: &View) -> String {
    let mut out = String::new();
    for region in regions {
        if !out.is_empty() {
            out.push('\n');
        }
        let mode = if view.dry_run { ": dry run, nothing is changed" } else { "" };
        let simulated = if view.simulated { "Simulated account" } else { "Account" };
        let heading = format!("{simulated} {}, region {}{mode}", region.account, region.region);
        line(&mut out, format_args!("{HEADING}{heading}{HEADING:#}"));
        match &region.outcome {
            Ok(report) => scope(&mut out, report, settings, view),
            Err(error) => {
                line(&mut out, format_args!(""));
                let text = format!("{ERROR}error:{ERROR:#} {}", errors::one_line(error));
                fill(&mut out, view.width, 0, 2, &text);
                if let Some(hint) = errors::hint(error) {
                    fill(&mut out, view.width, 2, 4, &format!("hint: {hint}"));
                }
            }
        }
    }
    if regions.len() > 1 {
        summary::regions(&mut out, regions, settings);
    }
    out
}

fn scope(out: &mut String, report: &ScopeReport, settings: &Settings, view: &View) {
    vpcs::filters(out, report, view);
    appliances::appliances(out, report, view);
    vpcs::vpcs(out, report, view);
    problems::problems(out, report, view);
    line(out, format_args!(""));
    summary::scope(out, report, settings, view);
}

/// Adds one line.
fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("a string takes any text");
}

#[cfg(test)]
mod tests;
