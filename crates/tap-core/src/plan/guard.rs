//! The guard: what a plan may do at all (ruling 11). Plan in, plan out; nothing is applied here.

use std::collections::BTreeSet;
use std::fmt;

use crate::ids::SessionId;
use crate::plan::{Action, ApplianceStep, Place, Plan, Reason, Verb};
use crate::settings::{Policy, Settings};

/// Fewer deletions than this are never refused.
const FEW: usize = 10;

/// Why a plan is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// How many owned sessions the plan would delete.
    pub deletes: usize,
    /// How many owned sessions there are.
    pub owned: usize,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { deletes, owned } = self;
        write!(
            f,
            "the plan would delete {deletes} of {owned} owned sessions, which is more than half"
        )
    }
}

/// Holds back what `--policy` does not allow, and refuses a plan that would delete most of what is there.
pub fn guard(mut plan: Plan, settings: &Settings) -> Plan {
    let mut held: BTreeSet<SessionId> = BTreeSet::new();
    for decision in &mut plan.decisions {
        let verb = decision.action.verb();
        if allows(settings.policy, verb) {
            continue;
        }
        let session = decision.action.session().cloned();
        held.extend(session.clone());
        let because = Box::new(std::mem::replace(&mut decision.reason, Reason::InSync));
        decision.reason = Reason::HeldByPolicy { policy: settings.policy, verb, because };
        decision.action = match session {
            Some(session) => Action::Keep { session },
            None => Action::Skip,
        };
        decision.after = None;
    }
    // What was to take a held session's place has no place now; and so on along the chain.
    while !held.is_empty() {
        let mut next = BTreeSet::new();
        for decision in &mut plan.decisions {
            let lost = |place: &&Place| place.sessions.iter().any(|s| held.contains(s));
            if let Some(limit) = decision.after.as_ref().filter(lost).map(|place| place.limit) {
                next.extend(decision.action.session().cloned());
                decision.lose_place(limit);
            }
        }
        held = next;
    }
    let mut plan = plan.without_idle_filters().without_idle_appliances();
    if !allows(settings.policy, Verb::Delete) {
        plan.appliances.retain(|_, a| !matches!(a.step, ApplianceStep::Remove { .. }));
    }
    let deletes = plan.count(Verb::Delete);
    if deletes >= FEW && deletes * 2 > plan.owned && !settings.allow_mass_delete {
        plan.refusal = Some(Refusal { deletes, owned: plan.owned });
    }
    plan
}

fn allows(policy: Policy, verb: Verb) -> bool {
    match (policy, verb) {
        (_, Verb::Keep | Verb::Skip) => true,
        (Policy::RepairOnly, verb) => verb != Verb::Create,
        (_, Verb::Create) => true,
        (Policy::Sync, Verb::Modify | Verb::Delete) => true,
        (Policy::UpsertOnly, Verb::Modify) => true,
        (Policy::UpsertOnly, Verb::Delete) | (Policy::CreateOnly, Verb::Modify | Verb::Delete) => {
            false
        }
    }
}
