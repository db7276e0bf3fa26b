//! Whether what the rules name is there: targets, and what they deliver to; filters. A rule whose names make no sense is
//! reported and leaves everything that it is about as it is (ruling 9).

use std::collections::BTreeSet;
use std::fmt;

use crate::ids::{FilterId, TargetId};
use crate::inventory::{Inventory, LoneEni, TargetKind};
use crate::plan::Finding;
use crate::policy::rules::{Delivery, Destination, Rule};
use crate::settings::Settings;

/// Why nothing can be mirrored to a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetProblem {
    /// No target with that id is there, or it is not shared with this account.
    NotFound(TargetId),
    /// The target is there, but the interface or load balancer behind it is not.
    Dead(TargetId),
}

impl fmt::Display for TargetProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound(id) => {
                write!(f, "target {id} does not exist here and is not shared with this account")
            }
            Self::Dead(id) => {
                write!(f, "target {id} delivers to what does not exist any more")
            }
        }
    }
}

/// Why nothing can be done for a rule, or for an instance that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleProblem {
    /// None of its targets can be used; this is the first.
    Target(TargetProblem),
    /// Its filter is not there.
    FilterNotFound(FilterId),
    /// The target that a tag of the instance names cannot be used.
    InstanceTag(&'static str, TargetProblem),
    /// The filter that a tag of the instance names is not there.
    InstanceTagFilter(FilterId),
    /// The target for findings cannot be used.
    FindingTarget(TargetProblem),
}

impl fmt::Display for RuleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target(problem) => write!(f, "its {problem}"),
            Self::FilterNotFound(id) => write!(f, "its filter {id} does not exist here"),
            Self::InstanceTag(key, problem) => {
                write!(f, "the instance's tag {key} names what cannot be used: {problem}")
            }
            Self::InstanceTagFilter(id) => {
                write!(f, "the instance's tag Mirror-Filter names {id}, which does not exist here")
            }
            Self::FindingTarget(problem) => write!(f, "the target for findings: {problem}"),
        }
    }
}

/// What became of a rule when its names were looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RuleState {
    /// It can be followed: to these of its targets, in their order.
    Usable(Vec<TargetId>),
    /// None of its targets can be used.
    Broken(RuleProblem),
    /// Its filter is not there.
    BrokenFilter(FilterId),
}

/// Looks up what every rule names, and says what is wrong.
pub(super) fn of(
    inv: &Inventory,
    settings: &Settings,
    deaf: &mut BTreeSet<TargetId>,
    findings: &mut Vec<Finding>,
) -> Vec<RuleState> {
    let rules = settings.rules.iter().flat_map(|set| &set.rules);
    let mut filters: BTreeSet<&FilterId> = BTreeSet::new();
    let states = rules
        .map(|rule| {
            let state = state(rule, inv, deaf, findings);
            let problem = match &state {
                RuleState::Usable(_) => None,
                RuleState::Broken(problem) => Some(problem.clone()),
                RuleState::BrokenFilter(id) => Some(RuleProblem::FilterNotFound(id.clone())),
            };
            if let Some(problem) = problem {
                findings.push(Finding::RuleMisconfigured { rule: rule.place.clone(), problem });
            }
            if let Delivery::Mirror(mirroring) = &rule.delivery {
                filters.extend(&mirroring.filter);
            }
            state
        })
        .collect();
    for (id, filter) in filters.iter().filter_map(|id| inv.filters.get_key_value(*id)) {
        if filter.takes_nothing() {
            findings.push(Finding::FilterTakesNothing { filter: id.clone() });
        } else if filter.rejects_something() {
            findings.push(Finding::FilterRejects { filter: id.clone() });
        }
    }
    states
}

fn state(
    rule: &Rule,
    inv: &Inventory,
    deaf: &mut BTreeSet<TargetId>,
    findings: &mut Vec<Finding>,
) -> RuleState {
    let Delivery::Mirror(mirroring) = &rule.delivery else {
        return RuleState::Usable(Vec::new());
    };
    if let Some(filter) = mirroring.filter.as_ref().filter(|id| !inv.filters.contains_key(*id)) {
        return RuleState::BrokenFilter(filter.clone());
    }
    let Destination::Targets { ids, .. } = &mirroring.to else {
        return RuleState::Usable(Vec::new());
    };
    let (mut usable, mut problems) = (Vec::new(), Vec::new());
    for id in ids {
        match target_problem(inv, id) {
            Some(problem) => problems.push(problem),
            None => {
                deaf.extend(is_deaf(inv, id).then(|| id.clone()));
                usable.push(id.clone());
            }
        }
    }
    match problems.first() {
        Some(first) if usable.is_empty() => RuleState::Broken(RuleProblem::Target(first.clone())),
        _ => {
            findings.extend(
                problems.into_iter().map(|problem| Finding::RuleTargetUnusable {
                    rule: rule.place.clone(),
                    problem,
                }),
            );
            RuleState::Usable(usable)
        }
    }
}

/// Why nothing can be mirrored to a target, as far as this account can see.
pub(super) fn target_problem(inv: &Inventory, id: &TargetId) -> Option<TargetProblem> {
    let Some(found) = inv.targets.get(id) else {
        return Some(TargetProblem::NotFound(id.clone()));
    };
    // What stands behind another account's target is not shown to this one.
    if found.owner != inv.scope.account {
        return None;
    }
    let dead = match &found.kind {
        TargetKind::Eni(eni) => inv.lone_enis.get(eni) == Some(&LoneEni::Gone),
        TargetKind::Nlb(_) => inv.nlbs.get(id).is_some_and(|nlb| !nlb.exists),
        TargetKind::GwlbEndpoint(_) | TargetKind::Unknown(_) => false,
    };
    dead.then(|| TargetProblem::Dead(id.clone()))
}

/// Whether a target is a load balancer that does not listen for mirrored traffic.
pub(super) fn is_deaf(inv: &Inventory, id: &TargetId) -> bool {
    inv.nlbs.get(id).is_some_and(|nlb| nlb.exists && !nlb.listens)
}
