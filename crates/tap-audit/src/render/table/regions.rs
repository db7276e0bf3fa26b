//! Several regions side by side: one row for each, at the end, where the numbers are looked for.

use super::{Numbers, TableOptions, heading};
use crate::look::PLAN_CALLS;
use crate::model::Audit;
use crate::render::group::Counts;
use crate::render::words::{percent, usd};
use crate::report::{RegionReport, Report};

/// Whether there is nothing in a region, and everything was read that would tell.
pub(super) fn is_empty(audit: &Audit) -> bool {
    let Audit { vpcs, interfaces, sessions, findings, unread, .. } = audit;
    vpcs.is_empty()
        && interfaces.is_empty()
        && sessions.is_empty()
        && findings.is_empty()
        && !PLAN_CALLS.iter().any(|call| unread.contains_key(call))
}

/// Adds the table of regions.
pub(super) fn regions(out: &mut String, report: &Report, options: &TableOptions) {
    heading(out, options, "Regions");
    let titles = ["region", "high", "medium", "low", "covered", "sessions", "USD/month", ""];
    let mut table = Numbers::new(1, titles).words_at_the_end();
    for region in &report.regions {
        table.row(match region {
            RegionReport::Audited(audit) => row(audit),
            RegionReport::Failed { region, .. } => {
                let [high, medium, low, covered, sessions, month] =
                    [(); 6].map(|()| "-".to_owned());
                let words = "not read".to_owned();
                [region.to_string(), high, medium, low, covered, sessions, month, words]
            }
        });
    }
    table.add_to(out);
}

fn row(audit: &Audit) -> [String; 8] {
    let Counts { high, medium, low, muted: _ } = Counts::of([audit]);
    let unclear = match audit.coverage.unknown {
        0 => String::new(),
        unknown => format!("{unknown} unclear"),
    };
    let dash = || "-".to_owned();
    [
        audit.scope.region.to_string(),
        high.to_string(),
        medium.to_string(),
        low.to_string(),
        percent(audit.coverage.percent()),
        audit.cost.map_or_else(dash, |cost| cost.sessions.to_string()),
        audit.cost.map_or_else(dash, |cost| usd(cost.per_month())),
        if is_empty(audit) { "nothing there".to_owned() } else { unclear },
    ]
}
