//! What the next run would do once tags were changed: the planner asked about the account as it would be.

use std::collections::BTreeMap;

use crate::ids::VpcId;
use crate::inventory::Inventory;
use crate::plan::{PlanError, Refusal, Verb, guard, plan};
use crate::policy::vpc::{TagProblem, VpcPolicy};
use crate::settings::Settings;
use crate::survey::{Prospect, with_new_target};
use crate::tags::TagChange;

/// What a change of VPCs' tags would lead to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// Owned sessions in these VPCs now.
    pub sessions_before: usize,
    /// Sessions that the next run creates there.
    pub create: usize,
    /// Sessions that it changes.
    pub modify: usize,
    /// Sessions that it removes.
    pub delete: usize,
    /// Interfaces that should be mirrored and cannot be, because a limit is in the way.
    pub blocked: usize,
    /// VPCs whose tags would still make no sense.
    pub problems: BTreeMap<VpcId, TagProblem>,
    /// Set where the next run, over the whole scope, would refuse to go on by itself (ruling 11).
    pub refusal: Option<Refusal>,
}

impl Effect {
    /// Owned sessions in these VPCs after the next run.
    pub fn sessions_after(&self) -> usize {
        (self.sessions_before + self.create).saturating_sub(self.delete)
    }
}

/// Looks at what the next run would do in these VPCs, once their tags were changed so. `prospect` is what stands behind
/// [`NEW_TARGET`](crate::survey::NEW_TARGET), where a change names that.
///
/// # Errors
/// As [`plan`].
pub fn effect(
    inv: &Inventory,
    settings: &Settings,
    changes: &BTreeMap<VpcId, TagChange>,
    prospect: &Prospect,
) -> Result<Effect, PlanError> {
    let mut after = with_new_target(inv, prospect);
    for (id, change) in changes {
        if let Some(vpc) = after.vpcs.get_mut(id) {
            vpc.tags = change.applied_to(&vpc.tags);
        }
    }
    let plan = guard(plan(&after, settings)?, settings);
    let mut effect = Effect { refusal: plan.refusal, ..Effect::default() };
    for (id, view) in plan.vpcs {
        if let VpcPolicy::Misconfigured { problem, .. } = view.policy
            && changes.contains_key(&id)
        {
            effect.problems.insert(id, problem);
        }
    }
    let in_them = |vpc: &Option<VpcId>| vpc.as_ref().is_some_and(|id| changes.contains_key(id));
    for decision in plan.decisions.iter().filter(|decision| in_them(&decision.vpc)) {
        effect.sessions_before += usize::from(decision.action.session().is_some());
        effect.blocked += usize::from(decision.is_blocked());
        match decision.action.verb() {
            Verb::Create => effect.create += 1,
            Verb::Modify => effect.modify += 1,
            Verb::Delete => effect.delete += 1,
            Verb::Keep | Verb::Skip => {}
        }
    }
    Ok(effect)
}
