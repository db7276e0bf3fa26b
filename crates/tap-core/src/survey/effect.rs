//! What the next run would do once tags were changed: the planner asked about the account as it would be.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::VpcId;
use crate::inventory::Inventory;
use crate::plan::{PlanError, Reason, Refusal, Verb, guard, plan};
use crate::policy::vpc::{TagProblem, VpcPolicy};
use crate::settings::Settings;
use crate::survey::with_new_target;
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
    /// Sessions of instances that receive mirrored traffic then, in other VPCs: the next run removes them.
    pub elsewhere: usize,
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

/// Looks at what the next run would do in `vpcs`, once the tags of some of them were changed so. Where a change names
/// [`NEW_TARGET`](crate::survey::NEW_TARGET), the inventory may have a target of that name, with what will stand behind it.
///
/// # Errors
/// As [`plan`].
pub fn effect(
    inv: &Inventory,
    settings: &Settings,
    vpcs: &BTreeSet<VpcId>,
    changes: &BTreeMap<VpcId, TagChange>,
) -> Result<Effect, PlanError> {
    let mut after = with_new_target(inv);
    for (id, change) in changes {
        if let Some(vpc) = after.vpcs.get_mut(id) {
            vpc.tags = change.applied_to(&vpc.tags);
        }
    }
    let plan = guard(plan(&after, settings)?, settings);
    let mut effect = Effect { refusal: plan.refusal, ..Effect::default() };
    for (id, view) in plan.vpcs {
        if let VpcPolicy::Misconfigured { problem, .. } = view.policy
            && vpcs.contains(&id)
        {
            effect.problems.insert(id, problem);
        }
    }
    let in_them = |vpc: &Option<VpcId>| vpc.as_ref().is_some_and(|id| vpcs.contains(id));
    for decision in &plan.decisions {
        if !in_them(&decision.vpc) {
            // Whoever receives is mirrored nowhere, in none of its VPCs (ruling 5).
            let receives = decision.reason == Reason::ReceivesMirror;
            effect.elsewhere += usize::from(receives && decision.action.verb() == Verb::Delete);
            continue;
        }
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
