//! The rule "VPC Traffic Mirroring in use", VPC by VPC.

use screen::layout::{align, fill, name, widest};
use screen::style::{CREATE, FAINT, WARNING};
use screen::words::printable;
use tap_core::call::Call;

use super::{TableOptions, heading, line};
use crate::model::{Audit, RULE_RISK, RuleResult, VpcAudit};

/// Spaces between columns, and before the first.
const GAP: usize = 2;

/// Adds the rule's answer for each VPC, the worst first.
pub(super) fn rule(out: &mut String, audit: &Audit, options: &TableOptions) {
    let title = format!("VPC Traffic Mirroring in use (risk where it is not: {RULE_RISK})");
    heading(out, options, &title);
    if audit.vpcs.is_empty() {
        let read = !audit.unread.contains_key(&Call::DescribeVpcs);
        line(out, if read { "  no VPCs" } else { "  cannot tell: the VPCs could not be read" });
        return;
    }
    let mut vpcs: Vec<&VpcAudit> = audit.vpcs.iter().collect();
    vpcs.sort_by_key(|vpc| order(vpc.rule));
    let others = widest(vpcs.iter().map(|vpc| vpc.rule.as_str()))
        + widest(vpcs.iter().map(|vpc| vpc.id.as_str()))
        + 3 * GAP;
    let policies = widest(vpcs.iter().map(|vpc| vpc.policy.as_str()));
    let room = others + GAP + policies;
    // What the tags say may be long where they make no sense: then it has a line of its own.
    let fits = options.width.is_none_or(|width| room + 8 <= width);
    let others = if fits { room } else { others };
    let rows: Vec<[String; 4]> = vpcs
        .iter()
        .map(|vpc| {
            let policy = if fits { printable(&vpc.policy) } else { String::new() };
            [
                answer(vpc.rule),
                vpc.id.to_string(),
                name(vpc.name.as_deref(), others, options.width),
                policy,
            ]
        })
        .collect();
    for (row, vpc) in align(&rows).into_iter().zip(vpcs) {
        line(out, &format!("  {row}"));
        if !fits {
            fill(out, options.width, 6, 8, &printable(&vpc.policy));
        }
    }
}

fn order(rule: RuleResult) -> usize {
    match rule {
        RuleResult::Fail => 0,
        RuleResult::CannotTell => 1,
        RuleResult::Pass => 2,
        RuleResult::NotApplicable => 3,
    }
}

fn answer(rule: RuleResult) -> String {
    let style = match rule {
        RuleResult::Pass => CREATE,
        RuleResult::Fail | RuleResult::CannotTell => WARNING,
        RuleResult::NotApplicable => FAINT,
    };
    format!("{style}{}{style:#}", rule.as_str())
}
