//! The plan: all decisions of a scope. Pure from end to end: an inventory and settings in, a plan out.

mod appliances;
mod chosen;
mod destinations;
mod filter;
mod guard;
mod note;
mod places;
mod planner;
mod policies;
mod reason;
mod receivers;
mod rule_states;
mod session;
mod sessions;
mod standing;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use appliances::{AppliancePlan, AppliancePlans, ApplianceStep};
pub use chosen::ChosenBy;
pub use filter::{FilterPlan, FilterPlans, FilterStep};
pub use guard::{Refusal, guard};
pub use note::{Finding, Note};
pub use planner::{PlanError, plan};
pub use reason::{Reason, ReasonDoc, Verb};
pub use rule_states::{RuleProblem, TargetProblem};
pub use standing::unmirrorable;

use crate::ids::{EniId, InstanceId, SessionId, VpcId};
use crate::inventory::{
    ApplianceRef, FilterKey, FilterRef, Scope, SessionChange, SessionSpec, TargetRef,
};
use crate::policy::profile::Profile;
use crate::policy::vpc::VpcPolicy;
use crate::settings::{FilterChoice, Settings};

/// What is done about one interface or session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Make a session.
    Create {
        /// As it should be.
        spec: SessionSpec,
    },
    /// Change a session in place.
    Modify {
        /// The session.
        session: SessionId,
        /// What to change.
        change: SessionChange,
    },
    /// Remove a session.
    Delete {
        /// The session.
        session: SessionId,
    },
    /// Leave a session as it is.
    Keep {
        /// The session.
        session: SessionId,
    },
    /// Leave an interface without a session.
    Skip,
}

impl Action {
    /// The action's verb.
    pub fn verb(&self) -> Verb {
        match self {
            Self::Create { .. } => Verb::Create,
            Self::Modify { .. } => Verb::Modify,
            Self::Delete { .. } => Verb::Delete,
            Self::Keep { .. } => Verb::Keep,
            Self::Skip => Verb::Skip,
        }
    }

    /// The session that it is about, where there is one.
    pub fn session(&self) -> Option<&SessionId> {
        match self {
            Self::Modify { session, .. } | Self::Delete { session } | Self::Keep { session } => {
                Some(session)
            }
            Self::Create { .. } | Self::Skip => None,
        }
    }

    /// Whether it changes anything.
    pub fn is_change(&self) -> bool {
        match self {
            Self::Create { .. } | Self::Modify { .. } | Self::Delete { .. } => true,
            Self::Keep { .. } | Self::Skip => false,
        }
    }
}

/// What is decided for one interface, or for one session left over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The interface.
    pub eni: EniId,
    /// Its instance, where it is known.
    pub instance: Option<InstanceId>,
    /// The instance's name, where it has one.
    pub name: Option<Arc<str>>,
    /// The VPC that the interface is in, where it is known.
    pub vpc: Option<VpcId>,
    /// What to do.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// Who chose the interface to be mirrored, where somebody did.
    pub chosen_by: Option<ChosenBy>,
    /// What else a person should know.
    pub notes: Vec<Note>,
    /// Whether the interface should be mirrored and can be: it counts for coverage.
    pub eligible: bool,
    /// Whether this is about a session left over, not about the interface's own one decision.
    pub leftover: bool,
    /// The place that it takes, where another decision must free it first.
    pub after: Option<Place>,
}

/// A place on a full target that a removal or a move of this plan frees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The sessions that have to go first.
    pub sessions: Vec<SessionId>,
    /// How many sources the target takes.
    pub limit: usize,
}

impl Decision {
    /// Whether an interface that should be mirrored as planned is kept from it.
    pub fn is_blocked(&self) -> bool {
        self.reason.is_blocked()
            || self
                .notes
                .iter()
                .any(|n| matches!(n, Note::TargetFull { .. } | Note::NumberTaken { .. }))
    }

    /// The reason as a sentence, with who chose the interface where that was not the tags.
    pub fn because(&self) -> String {
        match &self.chosen_by {
            Some(by @ (ChosenBy::Rule(_) | ChosenBy::Finding(_))) => {
                format!("{} ({by})", self.reason)
            }
            Some(ChosenBy::Tags) | None => self.reason.to_string(),
        }
    }

    /// The filter that it cannot be done without, where that is to be created.
    fn needs_filter(&self) -> Option<&FilterKey> {
        let filter = match &self.action {
            Action::Create { spec } => Some(&spec.filter),
            Action::Modify { change, .. } => change.filter.as_ref(),
            Action::Delete { .. } | Action::Keep { .. } | Action::Skip => None,
        };
        match filter {
            Some(FilterRef::ToBeCreated(key)) => Some(key),
            Some(FilterRef::Existing(_)) | None => None,
        }
    }

    /// The appliance that it cannot be done without.
    pub(crate) fn needs_appliance(&self) -> Option<ApplianceRef> {
        let target = match &self.action {
            Action::Create { spec } => Some(&spec.target),
            Action::Modify { change, .. } => change.target.as_ref(),
            Action::Delete { .. } | Action::Keep { .. } | Action::Skip => None,
        };
        match target {
            Some(TargetRef::OfAppliance(appliance)) => Some(*appliance),
            Some(TargetRef::Existing(_)) | None => None,
        }
    }

    /// Takes back what needs a place on a target, because the target is full. Other repairs go on.
    fn lose_place(&mut self, limit: usize) {
        self.after = None;
        match &mut self.action {
            Action::Create { spec } => {
                let TargetRef::Existing(target) = &spec.target else {
                    return;
                };
                self.reason = Reason::TargetFull { target: target.clone(), limit };
                self.action = Action::Skip;
                // It goes nowhere.
                self.notes.retain(|note| !matches!(note, Note::OtherZone { .. }));
            }
            Action::Modify { session, change } => {
                let Some(TargetRef::Existing(target)) = change.target.take() else {
                    return;
                };
                if change.is_empty() {
                    self.reason = Reason::TargetFull { target, limit };
                    self.action = Action::Keep { session: session.clone() };
                } else {
                    self.reason = Reason::Drifted { fields: change.fields() };
                    self.notes.push(Note::TargetFull { target });
                }
            }
            Action::Delete { .. } | Action::Keep { .. } | Action::Skip => {}
        }
    }
}

/// A VPC as the report's heading shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VpcView {
    /// Its name, where it has one.
    pub name: Option<String>,
    /// What its tags say.
    pub policy: VpcPolicy,
    /// The profile of its filter, where it is enabled and the run has no filter of its own.
    pub profile: Option<Profile>,
    /// The packet length of its sessions, where it is enabled and somebody said one.
    pub packet_length: Option<i32>,
}

/// All decisions of a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Plan {
    /// The scope.
    pub scope: Scope,
    /// What becomes of the filters. Those that are to be created are needed by some decision.
    pub filters: FilterPlans,
    /// The appliances that are launched, finished or removed.
    pub appliances: AppliancePlans,
    /// The VPCs that the run is about.
    pub vpcs: BTreeMap<VpcId, VpcView>,
    /// The decisions: one per interface in the order of instances, then the sessions left over.
    pub decisions: Vec<Decision>,
    /// What a person should know about the scope.
    pub findings: Vec<Finding>,
    /// How many owned sessions were seen.
    pub owned: usize,
    /// How many foreign sessions were seen.
    pub foreign: usize,
    /// Set where a guard refuses the plan: then nothing of it is applied.
    pub refusal: Option<Refusal>,
}

impl Plan {
    /// How many decisions have this verb.
    pub fn count(&self, verb: Verb) -> usize {
        self.decisions.iter().filter(|d| d.action.verb() == verb).count()
    }

    /// Whether there is something to do.
    pub fn has_changes(&self) -> bool {
        self.filters.values().any(FilterPlan::is_change)
            || !self.appliances.is_empty()
            || self.decisions.iter().any(|d| d.action.is_change())
    }

    /// Gives up appliances that no decision needs any more.
    fn without_idle_appliances(mut self) -> Self {
        let mut needed: BTreeMap<ApplianceRef, usize> = BTreeMap::new();
        for appliance in self.decisions.iter().filter_map(Decision::needs_appliance) {
            *needed.entry(appliance).or_default() += 1;
        }
        self.appliances.retain(|appliance, plan| match &plan.step {
            ApplianceStep::Launch { .. } | ApplianceStep::Finish { .. } => {
                plan.sources = needed.get(appliance).copied().unwrap_or_default();
                plan.sources > 0
            }
            ApplianceStep::Remove { .. } => true,
        });
        self
    }

    /// Gives up filters that are to be created where no decision needs them.
    fn without_idle_filters(mut self) -> Self {
        if self.filters.values().any(|plan| plan.step == FilterStep::Create) {
            let needed: BTreeSet<&FilterKey> =
                self.decisions.iter().filter_map(Decision::needs_filter).collect();
            self.filters
                .retain(|key, plan| plan.step != FilterStep::Create || needed.contains(key));
        }
        self
    }

    /// What becomes of the filter that the run has where no VPC says otherwise; none where nothing needs it.
    pub fn filter_of_run(&self, settings: &Settings) -> Option<(&FilterKey, &FilterPlan)> {
        let key = match &settings.filter {
            FilterChoice::Pinned(id) => FilterKey::Named(id.clone()),
            FilterChoice::Managed => FilterKey::OfProfile(settings.profile.clone()),
        };
        self.filters.get_key_value(&key)
    }
}
