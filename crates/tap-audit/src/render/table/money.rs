//! What sessions cost, what of that is paid for nothing, and how close quotas are.

use screen::words::printable;

use super::{Numbers, TableOptions, heading, line};
use crate::model::{Audit, Cost, Quota};
use crate::render::words::{percent, usd};

/// Adds the cost per VPC with sessions, and of all.
pub(super) fn cost(out: &mut String, audit: &Audit, options: &TableOptions) {
    let Some(all) = &audit.cost else {
        heading(out, options, "Cost");
        return line(out, "  cannot tell: the sessions could not be read");
    };
    let title = format!("Cost, at {} USD per session and hour", all.price_per_hour);
    heading(out, options, &title);
    let titles = ["VPC", "sessions", "USD/month", "see nothing", "USD/month for nothing"];
    let mut table = Numbers::new(1, titles);
    let costs = audit.vpcs.iter().filter_map(|vpc| Some((&vpc.id, vpc.cost.as_ref()?)));
    for (id, cost) in costs.filter(|(_, cost)| cost.sessions > 0) {
        table.row(row(id.as_str(), cost));
    }
    table.row(row("all", all));
    table.add_to(out);
}

fn row(id: &str, cost: &Cost) -> [String; 5] {
    [
        id.to_owned(),
        cost.sessions.to_string(),
        usd(cost.per_month()),
        cost.wasted.to_string(),
        usd(cost.wasted_per_month()),
    ]
}

/// Adds how close the account is to AWS's quotas, the closest first.
pub(super) fn quotas(out: &mut String, audit: &Audit, options: &TableOptions) {
    if audit.quotas.is_empty() {
        return;
    }
    heading(out, options, "Quotas of AWS");
    let mut quotas: Vec<&Quota> = audit.quotas.iter().collect();
    quotas.sort_by_key(|quota| std::cmp::Reverse(quota.per_mille()));
    let listed = options.listed(quotas.len());
    let mut table = Numbers::new(1, ["quota", "used", "of", "", ""]);
    for quota in &quotas[..listed] {
        let Quota { what, of, used, limit } = quota;
        table.row([
            (*what).to_owned(),
            used.map_or_else(|| "-".to_owned(), |used| used.to_string()),
            limit.to_string(),
            percent(quota.per_mille().map(|n| n / 10)),
            of.as_deref().map(printable).unwrap_or_default(),
        ]);
    }
    table.words_at_the_end().add_to(out);
    super::more(out, 2, quotas.len() - listed);
}
