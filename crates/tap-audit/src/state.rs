//! What should be and is not: the planner's own view, in its own words.

use tap_core::ids::{FilterId, Region};
use tap_core::inventory::MissingParts;
use tap_core::plan::{self, Action, Decision, FilterStep, Plan, Reason, TargetProblem};

use crate::blind::Blind;
use crate::collect::{Collected, Problem};
use crate::finding::FindingCode;
use crate::scene::Scene;

/// What the place of interfaces that others mirror has beside the rest.
const BY_OTHERS: &str = "mirrored-by-others";

/// Turns what the planner finds and would do into findings.
pub(crate) fn compare(scene: &Scene<'_>, plan: &Plan, blind: &Blind, found: &mut Collected) {
    for finding in &plan.findings {
        if let Some(problem) = of_plan(finding, &plan.scope.region) {
            found.add(problem);
        }
    }
    for filter in plan.filters.values() {
        if let FilterStep::Complete { filter: id, missing } = &filter.step {
            incomplete(id, missing, found);
        }
    }
    for decision in &plan.decisions {
        of_decision(scene, decision, blind, found);
    }
}

/// A filter of ours that lacks something.
fn incomplete(id: &FilterId, missing: &MissingParts, found: &mut Collected) {
    let rules = match missing.rules.len() {
        0 => None,
        1 => Some("1 rule".to_owned()),
        more => Some(format!("{more} rules")),
    };
    let dns = missing.dns.then(|| "DNS".to_owned());
    let parts: Vec<String> = rules.into_iter().chain(dns).collect();
    let what = format!("filter {id} of our sessions lacks {}", parts.join(" and "));
    found.add(Problem::new(FindingCode::FilterIncomplete, [id], what));
}

fn of_decision(scene: &Scene<'_>, decision: &Decision, blind: &Blind, found: &mut Collected) {
    let Decision { eni, vpc, action, .. } = decision;
    let reason = decision.because();
    // One that has no session of ours may have others that see it.
    let by_others = || scene.sessions_on(eni).iter().any(|s| !blind.contains_key(&s.id));
    match action {
        Action::Create { .. } => missing(decision, "has no session yet", by_others(), found),
        // Who chose it is another for each.
        Action::Skip if decision.eligible => {
            missing(decision, &decision.reason.to_string(), by_others(), found);
        }
        Action::Modify { session, change } => {
            let to = change.target.as_ref().map(|to| format!(": it should go to {to}"));
            let what = format!("{session} on {eni} {reason}{}", to.unwrap_or_default());
            let at = [session.to_string(), eni.to_string()];
            let problem = Problem::new(FindingCode::SessionDrifted, at, what);
            found.add(problem.within(vpc.as_ref()));
        }
        // One that sees nothing is told so already.
        Action::Delete { session } if !blind.contains_key(session) => {
            let what = format!("{session} on {eni} is not wanted: {reason}");
            let at = [session.to_string(), eni.to_string()];
            let problem = Problem::new(FindingCode::SessionLeftOver, at, what);
            found.add(problem.within(vpc.as_ref()));
        }
        Action::Keep { session } if decision.is_blocked() => {
            let what = format!("{session} on {eni} cannot be repaired: {reason}");
            let at = [session.to_string(), eni.to_string()];
            let problem = Problem::new(FindingCode::SessionDrifted, at, what);
            found.add(problem.within(vpc.as_ref()));
        }
        Action::Delete { .. } | Action::Keep { .. } | Action::Skip => {}
    }
}

/// One that no session of ours watches: one finding for a VPC and a reason, and another of those that others watch.
fn missing(decision: &Decision, reason: &str, by_others: bool, found: &mut Collected) {
    let vpc = decision.vpc.as_ref();
    let place = vpc.map_or_else(|| decision.eni.to_string(), ToString::to_string);
    // A new family's name must not make a finding of its own for every size of it.
    let (more, reason) = match &decision.reason {
        Reason::NotMirrored | Reason::NewFamily { .. } => {
            (None, "they have no session of ours yet")
        }
        // Somebody else holds it on each of them.
        Reason::NumberTaken { .. } => {
            (None, "the session number that is asked for belongs to sessions of others")
        }
        Reason::TargetFull { target, .. } => (Some(target.to_string()), reason),
        Reason::RuleMisconfigured(_) => (Some(reason.to_owned()), reason),
        Reason::InSync
        | Reason::Drifted { .. }
        | Reason::SessionLimit
        | Reason::ApplianceLimit { .. }
        | Reason::AppliancesGone { .. }
        | Reason::VpcNotEnabled
        | Reason::VpcMisconfigured(_)
        | Reason::IgnoredByRule
        | Reason::SecondaryInterface
        | Reason::RulesNotGiven
        | Reason::FindingWithoutTarget
        | Reason::FindingOver
        | Reason::VpcNotSeen
        | Reason::ReceivesMirror
        | Reason::NotRunning { .. }
        | Reason::InTransition { .. }
        | Reason::Blacklisted
        | Reason::NotWhitelisted
        | Reason::InterfaceType { .. }
        | Reason::RequesterManaged
        | Reason::Ipv6OnlySubnet
        | Reason::UnsupportedType { .. }
        | Reason::EniDetached
        | Reason::EniGone
        | Reason::InstanceNotSeen
        | Reason::Duplicate { .. }
        | Reason::HeldByPolicy { .. } => (None, reason),
    };
    let what = if by_others {
        format!("interfaces of {place} that we are to mirror are mirrored by others only: {reason}")
    } else {
        format!("interfaces of {place} that are to be mirrored are not: {reason}")
    };
    let by_others = by_others.then(|| BY_OTHERS.to_owned());
    let code = decision.reason.code().to_owned();
    let at = [place, code].into_iter().chain(more).chain(by_others);
    let problem = Problem::new(FindingCode::InterfaceNotMirrored, at, what).within(vpc);
    found.add_for(problem, &decision.eni);
}

/// A finding of the planner, where it is not told of the target itself.
fn of_plan(finding: &plan::Finding, region: &Region) -> Option<Problem> {
    use plan::Finding as Of;
    let what = finding.to_string();
    let problem = |code, at: Vec<String>| Some(Problem::new(code, at, what.clone()));
    let ids = |ids: &[FilterId]| ids.iter().map(ToString::to_string).collect();
    match finding {
        Of::VpcMisconfigured { vpc, .. } => {
            problem(FindingCode::VpcMisconfigured, vec![vpc.to_string()])
                .map(|problem| problem.within(Some(vpc)))
        }
        Of::RuleMisconfigured { rule, .. } => {
            problem(FindingCode::RuleMisconfigured, vec![rule.to_string()])
        }
        Of::RuleTargetUnusable { rule, problem: TargetProblem::NotFound(target) }
        | Of::RuleTargetUnusable { rule, problem: TargetProblem::Dead(target) } => {
            problem(FindingCode::RuleTargetUnusable, vec![rule.to_string(), target.to_string()])
        }
        Of::RulesNotGiven { .. } => problem(FindingCode::RulesNotGiven, vec![region.to_string()]),
        Of::NoRulesFile => problem(FindingCode::NoRulesFile, vec![region.to_string()]),
        Of::AppliancesGone { key, subnet, targets } => {
            let targets = targets.iter().map(ToString::to_string);
            let at = [subnet.to_string(), key.clone()].into_iter().chain(targets);
            problem(FindingCode::AppliancesGone, at.collect())
        }
        Of::SeveralFilters { used, others } => {
            let others = others.iter().map(ToString::to_string);
            let at = [used.to_string()].into_iter().chain(others);
            problem(FindingCode::SeveralFilters, at.collect())
        }
        Of::FilterRejects { filter } => {
            problem(FindingCode::FilterRejects, vec![filter.to_string()])
        }
        Of::FilterHasMore { filter, .. } => {
            problem(FindingCode::FilterHasMore, vec![filter.to_string()])
        }
        Of::FilterUnverified { filter, .. } => {
            problem(FindingCode::FilterUnverified, vec![filter.to_string()])
        }
        Of::FilterOverfull { filters } => problem(FindingCode::FilterOverfull, ids(filters)),
        Of::FilterShutOut { filter, .. } => {
            problem(FindingCode::FilterOverfull, vec![filter.to_string()])
        }
        Of::FilterTakesNothing { filter } => {
            problem(FindingCode::FilterTakesNothing, vec![filter.to_string()])
        }
        // Told of the targets themselves, with who suffers from it.
        Of::TargetStopped { .. } | Of::TargetDeaf { .. } => None,
    }
}
