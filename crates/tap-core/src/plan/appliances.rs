//! Appliances on demand: the instances, each with its primary interface as a target, that rules without a target have made.
//!
//! An appliance belongs to a rule and a subnet, which its tags say. State lives there alone (ruling 16):
//!
//! ```text
//!   instance and target     it is used while it has room
//!   instance, no target     a run was killed: it is finished where it is needed, else removed once it is old enough
//!   target, no instance     it is dead: nothing is mirrored to it any more
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::ids::{EniId, InstanceId, SubnetId, TargetId};
use crate::inventory::{
    ApplianceRef, Instance, InstanceState, Inventory, LoneEni, NEW_FOR, TargetKind, TargetRef,
};
use crate::plan::destinations::{Given, Loads};
use crate::plan::{Finding, Reason};
use crate::policy::owner::{Owner, owner};
use crate::policy::rules::{ApplianceSpec, Rule, RulePlace};
use crate::settings::Settings;
use crate::tags::Tags;

/// What is done about an appliance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApplianceStep {
    /// It is launched, and its primary interface is made a target.
    Launch {
        /// How.
        spec: ApplianceSpec,
        /// What the account looked like to who decided it. Two runs that saw the same launch the same: the client token is
        /// made from this, so that EC2 makes one of the two.
        picture: String,
    },
    /// An earlier run launched it: its primary interface is made a target.
    Finish {
        /// The instance.
        instance: InstanceId,
        /// Its primary interface.
        eni: EniId,
    },
    /// An earlier run launched it and nothing needs it: it is terminated.
    Remove {
        /// The instance.
        instance: InstanceId,
        /// Its primary interface: somebody may make it a target meanwhile.
        eni: EniId,
    },
}

impl ApplianceStep {
    /// The stable name.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Launch { .. } => "launch",
            Self::Finish { .. } => "finish",
            Self::Remove { .. } => "remove",
        }
    }
}

/// One appliance of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliancePlan {
    /// The rule, where the file still has it.
    pub rule: Option<Arc<RulePlace>>,
    /// The rule's key, which its tags hold.
    pub key: String,
    /// Its subnet.
    pub subnet: SubnetId,
    /// What is done.
    pub step: ApplianceStep,
    /// How many sources it gets in this run.
    pub sources: usize,
}

/// The appliances of a plan.
pub type AppliancePlans = BTreeMap<ApplianceRef, AppliancePlan>;

/// So many appliances of a rule in a subnet that are gone, and no more are launched: something ends them.
const TOO_MANY_GONE: usize = 3;

/// What a source asks for.
pub(super) struct Demand<'a> {
    pub(super) rule: &'a Rule,
    pub(super) spec: &'a ApplianceSpec,
    pub(super) subnet: &'a SubnetId,
}

/// An instance of ours without a target.
struct Unfinished<'a> {
    id: &'a InstanceId,
    instance: &'a Instance,
    eni: &'a EniId,
}

/// A rule's key, and a subnet.
type Group = (String, SubnetId);

/// The appliances that are there, and those that the plan makes.
pub(super) struct Fleet<'a> {
    inv: &'a Inventory,
    settings: &'a Settings,
    /// The targets of each group; whether their instance runs, so that it may get more sources.
    targets: BTreeMap<Group, BTreeMap<&'a TargetId, bool>>,
    unfinished: BTreeMap<Group, Vec<Unfinished<'a>>>,
    /// Targets whose interface is gone, and with it the appliance.
    gone: BTreeMap<Group, Vec<TargetId>>,
    plans: AppliancePlans,
    /// The room that is left on each appliance of the plan, by group.
    room: BTreeMap<Group, Vec<(ApplianceRef, usize)>>,
    launches: usize,
}

impl<'a> Fleet<'a> {
    pub(super) fn of(inv: &'a Inventory, settings: &'a Settings) -> Self {
        let keys = &settings.keys;
        let group_of = |tags: &Tags| {
            let (key, subnet) = (tags.get(&keys.appliance)?, tags.get(&keys.subnet)?);
            (owner(tags, keys) == Owner::Owned).then(|| (key.to_owned(), SubnetId::from(subnet)))
        };
        let mut fleet = Self {
            inv,
            settings,
            targets: BTreeMap::new(),
            unfinished: BTreeMap::new(),
            gone: BTreeMap::new(),
            plans: BTreeMap::new(),
            room: BTreeMap::new(),
            launches: 0,
        };
        let mut used: BTreeSet<&EniId> = BTreeSet::new();
        let mut of_group: BTreeMap<&EniId, (Group, &TargetId)> = BTreeMap::new();
        for (id, target) in &inv.targets {
            if let TargetKind::Eni(eni) = &target.kind {
                used.insert(eni);
                if target.owner == inv.scope.account
                    && let Some(group) = group_of(&target.tags)
                {
                    of_group.insert(eni, (group, id));
                }
            }
        }
        for (_, instance, eni) in inv.enis() {
            if let Some((group, target)) = of_group.remove(&eni.id) {
                fleet.targets.entry(group).or_default().insert(target, runs(instance));
            }
        }
        // A narrowed run has not read every instance: an interface that is attached is taken for one that receives.
        for (eni, (group, target)) in of_group {
            match inv.lone_enis.get(eni) {
                Some(LoneEni::Attached { .. }) => {
                    fleet.targets.entry(group).or_default().insert(target, true);
                }
                Some(LoneEni::Gone | LoneEni::Detached { .. }) => {
                    fleet.gone.entry(group).or_default().push(target.clone());
                }
                None => {}
            }
        }
        for (id, instance) in &inv.instances {
            if let Some(group) = group_of(&instance.tags)
                && runs(instance)
                && let Some(eni) = instance.enis.iter().find(|eni| eni.primary)
                && !used.contains(&eni.id)
            {
                let unfinished = Unfinished { id, instance, eni: &eni.id };
                fleet.unfinished.entry(group).or_default().push(unfinished);
            }
        }
        fleet
    }

    /// The targets of all appliances.
    pub(super) fn targets(&self) -> impl Iterator<Item = &'a TargetId> {
        self.targets.values().flat_map(|targets| targets.keys().copied())
    }

    /// Whether a target is that of an appliance of this rule and subnet.
    pub(super) fn has(&self, rule: &Rule, subnet: &SubnetId, target: &TargetId) -> bool {
        let targets = self.targets.get(&(rule.key(), subnet.clone()));
        targets.is_some_and(|targets| targets.contains_key(target))
    }

    /// A place for one source: on what is there, on what was left unfinished, or on a new one.
    pub(super) fn place(
        &mut self,
        demand: &Demand<'a>,
        loads: &Loads<'_>,
    ) -> Result<Given, Reason> {
        let group: Group = (demand.rule.key(), demand.subnet.clone());
        let given = |target| Given { target, other_zone: false };
        let there = self.targets.get(&group).into_iter().flatten();
        let with_room = there
            .filter(|(_, runs)| **runs)
            .map(|(target, _)| *target)
            .find(|target| loads.get(*target).is_none_or(super::destinations::Load::has_room));
        if let Some(target) = with_room {
            return Ok(given(TargetRef::Existing(target.clone())));
        }
        let room = self.room.entry(group.clone()).or_default();
        if let Some((appliance, left)) = room.iter_mut().find(|(_, left)| *left > 0) {
            *left -= 1;
            let appliance = *appliance;
            if let Some(plan) = self.plans.get_mut(&appliance) {
                plan.sources += 1;
            }
            return Ok(given(TargetRef::OfAppliance(appliance)));
        }
        let types = &self.settings.instance_types;
        let left = self.unfinished.get_mut(&group).filter(|left| !left.is_empty());
        let (step, limit) = match left.map(|left| left.remove(0)) {
            Some(Unfinished { id, instance, eni }) => {
                let limit = types.sources_as_target(&instance.instance_type);
                (ApplianceStep::Finish { instance: id.clone(), eni: eni.clone() }, limit)
            }
            None if self.gone.get(&group).is_some_and(|gone| gone.len() >= TOO_MANY_GONE) => {
                let gone = self.gone.get(&group).map_or(0, Vec::len);
                return Err(Reason::AppliancesGone { gone });
            }
            None if self.launches >= self.settings.max_appliances => {
                return Err(Reason::ApplianceLimit { limit: self.settings.max_appliances });
            }
            None => {
                let picture = self.picture(&group);
                self.launches += 1;
                let limit = types.sources_as_target(&demand.spec.instance_type);
                (ApplianceStep::Launch { spec: demand.spec.clone(), picture }, limit)
            }
        };
        let appliance = ApplianceRef(self.plans.len());
        let (key, subnet) = group.clone();
        let rule = Some(demand.rule.place.clone());
        self.plans.insert(appliance, AppliancePlan { rule, key, subnet, step, sources: 1 });
        self.room.entry(group).or_default().push((appliance, limit.saturating_sub(1)));
        Ok(given(TargetRef::OfAppliance(appliance)))
    }

    /// What this run sees of a group, and the number of the launch: what the client token is made from. Instances without
    /// a target are not in it: a narrowed run does not see them, and one that a killed run left is what EC2 gives back.
    fn picture(&self, group: &Group) -> String {
        let keys = &self.settings.keys;
        let is_of = |tags: &Tags| {
            tags.get(&keys.appliance) == Some(&group.0)
                && tags.get(&keys.subnet) == Some(group.1.as_str())
        };
        let targets = self.inv.targets.iter().filter(|(_, target)| is_of(&target.tags));
        let targets: Vec<&str> = targets.map(|(id, _)| id.as_str()).collect();
        let scope = &self.inv.scope;
        let (key, subnet) = group;
        let before = self.room.get(group).map_or(0, Vec::len);
        let targets = targets.join(" ");
        format!("{} {} {key} {subnet} [{targets}] {before}", scope.account, scope.region)
    }

    /// What a person should know: appliances that are gone.
    pub(super) fn findings(&self) -> impl Iterator<Item = Finding> {
        self.gone.iter().map(|((key, subnet), targets)| Finding::AppliancesGone {
            key: key.clone(),
            subnet: subnet.clone(),
            targets: targets.clone(),
        })
    }

    /// The appliances of the plan, with those that nothing needs and that are to go.
    pub(super) fn into_plans(mut self) -> AppliancePlans {
        // Half of an account shows half of what may need one.
        let may_remove = self.inv.narrow.is_whole() && self.settings.rules.is_some();
        let Some(now) = self.settings.now.filter(|_| may_remove) else {
            return self.plans;
        };
        for ((key, subnet), left) in self.unfinished {
            for Unfinished { id, instance, eni } in left {
                let age = instance.launched.map(|launched| now.seconds_since(launched));
                if age.is_none_or(|age| age < NEW_FOR) {
                    continue;
                }
                let step = ApplianceStep::Remove { instance: id.clone(), eni: eni.clone() };
                let (key, subnet) = (key.clone(), subnet.clone());
                let plan = AppliancePlan { rule: None, key, subnet, step, sources: 0 };
                self.plans.insert(ApplianceRef(self.plans.len()), plan);
            }
        }
        self.plans
    }
}

fn runs(instance: &Instance) -> bool {
    matches!(instance.state, InstanceState::Running | InstanceState::Pending)
}
