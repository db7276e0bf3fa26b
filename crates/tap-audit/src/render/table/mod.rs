//! An audit as text for people at a terminal: per region what is wrong, then what is in use, what is covered and what it costs;
//! the numbers last, so that the last screen of a long output is the one that matters.

mod coverage;
mod findings;
mod money;
mod regions;
mod rule;
mod things;
mod unclear;

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};
use screen::layout::fill;
use screen::style::{ERROR, FAINT, HEADING, WARNING};
use screen::words::printable;

use super::group::Counts;
use super::words::{self, plural, usd};
use crate::model::{Audit, Cost, Coverage};
use crate::report::{RegionReport, Report};
use crate::severity::Severity;

/// How many of a kind are listed before the rest is only counted.
const LISTED: usize = 10;

/// A name that is cut to less says nothing.
const SHORTEST_NAME: usize = 8;

/// How the table is shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct TableOptions {
    /// The width of the terminal; none for a pipe, where each thing has one line of any length.
    pub width: Option<usize>,
    /// Whether everything is listed: each finding, subnets, zones, instances, interfaces, sessions and targets.
    pub verbose: bool,
}

impl TableOptions {
    /// How many of so many are listed.
    fn listed(&self, count: usize) -> usize {
        if self.verbose { count } else { count.min(LISTED) }
    }
}

/// The whole output, with colours.
pub fn table(report: &Report, options: &TableOptions) -> String {
    let mut out = String::new();
    let several = report.regions.len() > 1;
    let mut in_row = false;
    for region in &report.regions {
        let nothing = matches!(region, RegionReport::Audited(a) if several && regions::is_empty(a));
        // Those where nothing is stand close together.
        let is_close = nothing && in_row;
        if !out.is_empty() && !is_close {
            out.push('\n');
        }
        in_row = nothing;
        match region {
            RegionReport::Audited(audit) if nothing => {
                let region = audit.scope.region.as_str();
                let text = format!("{}: nothing there", region_words(report, region));
                fill(&mut out, options.width, 0, 4, &format!("{FAINT}{text}{FAINT:#}"));
            }
            RegionReport::Audited(audit) => {
                region_heading(&mut out, report, audit.scope.region.as_str(), options);
                scope(&mut out, audit, options);
            }
            RegionReport::Failed { region, error, kind: _, remedy } => {
                region_heading(&mut out, report, region.as_str(), options);
                line(&mut out, "");
                let text = format!("{ERROR}error:{ERROR:#} {}", printable(error));
                fill(&mut out, options.width, 0, 2, &text);
                fill(&mut out, options.width, 2, 4, &format!("hint: {}", printable(remedy)));
            }
        }
    }
    if several {
        regions::regions(&mut out, report, options);
    }
    line(&mut out, "");
    summary(&mut out, report, options);
    out
}

fn scope(out: &mut String, audit: &Audit, options: &TableOptions) {
    findings::findings(out, audit, options);
    rule::rule(out, audit, options);
    coverage::coverage(out, audit, options);
    things::foreign(out, audit, options);
    if options.verbose {
        things::interfaces(out, audit, options);
        things::sessions(out, audit, options);
        things::targets(out, audit, options);
    }
    unclear::unclear(out, audit, options);
    money::cost(out, audit, options);
    money::quotas(out, audit, options);
}

fn region_heading(out: &mut String, report: &Report, region: &str, options: &TableOptions) {
    styled(out, options, &region_words(report, region));
}

fn region_words(report: &Report, region: &str) -> String {
    format!("Account {}, region {region}, {}", report.account, report.at)
}

/// Adds a heading with an empty line before it.
fn heading(out: &mut String, options: &TableOptions, text: &str) {
    line(out, "");
    styled(out, options, text);
}

fn styled(out: &mut String, options: &TableOptions, text: &str) {
    let mut filled = String::new();
    fill(&mut filled, options.width, 0, 4, text);
    let filled = filled.trim_end();
    line(out, &format!("{HEADING}{filled}{HEADING:#}"));
}

/// Adds one line.
fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("a string takes any text");
}

/// Adds how many are not listed.
fn more(out: &mut String, indent: usize, rest: usize) {
    if rest > 0 {
        line(out, &format!("{:indent$}{FAINT}and {rest} more{FAINT:#}", ""));
    }
}

/// A table of numbers: the first `left` columns are words, which stand at the left.
struct Numbers {
    table: Table,
    left: usize,
    words_at_the_end: bool,
    gap: u16,
}

impl Numbers {
    fn new<'a>(left: usize, titles: impl IntoIterator<Item = &'a str>) -> Self {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(titles.into_iter().collect::<Vec<&str>>());
        Self { table, left, words_at_the_end: false, gap: 2 }
    }

    /// One space between columns.
    fn narrow(mut self) -> Self {
        self.gap = 1;
        self
    }

    /// The last column is words as well.
    fn words_at_the_end(mut self) -> Self {
        self.words_at_the_end = true;
        self
    }

    fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.table.add_row(cells.into_iter().collect::<Vec<String>>());
    }

    fn add_to(mut self, out: &mut String) {
        let last = self.table.column_count().saturating_sub(1);
        for (i, column) in self.table.column_iter_mut().enumerate() {
            column.set_padding((0, self.gap));
            if i >= self.left && !(i == last && self.words_at_the_end) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        for row in self.table.lines() {
            line(out, &format!("  {}", row.trim_end()));
        }
    }
}

/// The last lines: what all regions come to.
fn summary(out: &mut String, report: &Report, options: &TableOptions) {
    let read = report.audits().count();
    if read == 0 {
        return fill(out, options.width, 0, 2, &format!("{ERROR}No region was read{ERROR:#}"));
    }
    let counts = Counts::of(report.audits());
    let failed = report.regions.len() - read;
    let style = match counts {
        Counts { high: 1.., .. } => ERROR,
        Counts { medium: 1.., .. } => WARNING,
        Counts { .. } => HEADING,
    };
    let mut text = match counts.all() {
        0 => format!("{style}No findings{style:#}"),
        n => {
            let words = Severity::ALL.map(|s| format!("{} {s}", counts.get(s))).join(", ");
            format!("{style}{}{style:#}: {words}", plural(n, "finding", "findings"))
        }
    };
    if counts.muted > 0 {
        text.push_str(&format!("; {} muted", counts.muted));
    }
    let unclear: usize = report.audits().map(|audit| audit.unknowns.len()).sum();
    if unclear > 0 {
        let questions = plural(unclear, "question", "questions");
        text.push_str(&format!("; {questions} that cannot be answered"));
    }
    if failed > 0 {
        let regions = plural(failed, "region", "regions");
        text.push_str(&format!("; {ERROR}{regions} not read{ERROR:#}"));
    }
    text.push_str(&format!(". {}", covered(report)));
    text.push_str(&format!(". {}", paid(report)));
    if let Some(limit) = report.fail_on {
        let word = if report.fails() { "is" } else { "is not" };
        text.push_str(&format!(". --fail-on {limit} {word} reached"));
    }
    fill(out, options.width, 0, 2, &text);
}

/// What the sessions of all regions cost, without its full stop.
fn paid(report: &Report) -> String {
    let known: Vec<&Cost> = report.audits().filter_map(|audit| audit.cost.as_ref()).collect();
    let all = report.audits().count();
    if known.is_empty() && all > 0 {
        return "What sessions cost cannot be told".to_owned();
    }
    let count = known.iter().map(|cost| cost.sessions).sum();
    let month = words::sum(known.iter().map(|cost| cost.per_month()));
    let at_least = if known.len() < all { "At least " } else { "" };
    let sessions = plural(count, "session", "sessions");
    format!("{at_least}{sessions}, {} USD per month", usd(month))
}

/// The coverage of all regions, as one sentence without its full stop.
fn covered(report: &Report) -> String {
    let mut sum = Coverage::default();
    for audit in report.audits() {
        sum.eligible += audit.coverage.eligible;
        sum.ours += audit.coverage.ours;
        sum.others += audit.coverage.others;
        sum.blocked += audit.coverage.blocked;
        sum.blind += audit.coverage.blind;
        sum.unknown += audit.coverage.unknown;
    }
    let watched = sum.ours + sum.others;
    let in_vain = words::in_vain(&sum).map(|words| format!("; of these {words}"));
    let in_vain = in_vain.unwrap_or_default();
    let is = plural(sum.eligible, "eligible interface is", "eligible interfaces are");
    let misses = report.audits().any(words::misses_instances);
    match (sum.eligible, sum.unknown, sum.percent()) {
        (0, 0, _) if misses => "Which interfaces can be mirrored cannot be told".to_owned(),
        (0, 0, _) => "No interface can be mirrored".to_owned(),
        (_, 0, _) if misses => {
            format!("{watched} of at least {is} mirrored{in_vain}; not all instances could be read")
        }
        (_, unknown @ 1.., _) => {
            format!("{watched} of at least {is} mirrored{in_vain}; of {unknown} nobody can tell")
        }
        (_, _, percent) => {
            let percent = percent.unwrap_or_default();
            format!("{watched} of {is} mirrored, {percent} %{in_vain}")
        }
    }
}
