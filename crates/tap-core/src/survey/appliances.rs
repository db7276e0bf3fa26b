//! The appliances that runs have launched, with what uses them: which of them nobody needs any more.
//!
//! ```text
//!   instance of ours   target of ours   sources   age         standing
//!   there              there            some                  used
//!   there              there            none                  idle: both go
//!   there              none                       15 minutes  idle: the instance goes
//!   there              none                       less        new: a run may be about to finish it
//!   gone               there            none                  idle: the target goes
//!   there              somebody else's                        foreign target: nothing goes
//!                      named by a VPC                         named: nothing goes
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::ids::{EniId, InstanceId, SubnetId, TargetId, VpcId};
use crate::inventory::{Instance, InstanceState, Inventory, MirrorTarget, NEW_FOR, TargetKind};
use crate::policy::owner::{Owner, owner};
use crate::settings::Settings;
use crate::tags::{TagKeys, Tags};

/// An appliance: an instance of ours with its targets, or what is left of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplianceSurvey {
    /// The rule that it was launched for, by its key.
    pub rule: String,
    /// The subnet that it was launched in.
    pub subnet: Option<SubnetId>,
    /// The instance, unless it is gone.
    pub instance: Option<ApplianceInstance>,
    /// The targets of ours that deliver to it: one, but for what people do by hand.
    pub targets: BTreeSet<TargetId>,
    /// How many interfaces are mirrored to it, other accounts' too.
    pub sources: usize,
    /// How many may be, where the instance is there.
    pub limit: Option<usize>,
    /// Whether it is needed.
    pub standing: Standing,
}

/// The instance of an appliance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplianceInstance {
    /// Its id.
    pub id: InstanceId,
    /// Its type.
    pub instance_type: Arc<str>,
    /// Its state.
    pub state: InstanceState,
    /// For how many seconds it has been there, where that is known.
    pub age: Option<u64>,
    /// Its interfaces.
    pub enis: Vec<EniId>,
}

/// Whether an appliance is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Interfaces are mirrored to it.
    Used,
    /// Nothing is.
    Idle,
    /// It has no target yet, and a run may be about to make it.
    New,
    /// A VPC's tag names its target.
    Named {
        /// The VPC.
        vpc: VpcId,
    },
    /// A target that is not ours delivers to it.
    ForeignTarget {
        /// The target.
        target: TargetId,
    },
}

impl Standing {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Idle => "idle",
            Self::New => "new",
            Self::Named { .. } => "named",
            Self::ForeignTarget { .. } => "foreign-target",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Used => f.write_str("in use"),
            Self::Idle => f.write_str("nothing is mirrored to it"),
            Self::New => f.write_str("new, and a run may be about to make its target"),
            Self::Named { vpc } => write!(f, "a tag of {vpc} names its target"),
            Self::ForeignTarget { target } => {
                write!(f, "{target}, which delivers to it, was not made by a run")
            }
        }
    }
}

/// Every appliance of a whole scope: those with an instance by its id, then what is left of others by the target's.
pub fn appliances(inv: &Inventory, settings: &Settings) -> Vec<ApplianceSurvey> {
    let keys = &settings.keys;
    let account = &inv.scope.account;
    let own = |target: &&MirrorTarget| target.owner == *account;
    let mut by_eni: BTreeMap<&EniId, Vec<&TargetId>> = BTreeMap::new();
    for (id, target) in &inv.targets {
        if let (TargetKind::Eni(eni), true) = (&target.kind, own(&target)) {
            by_eni.entry(eni).or_default().push(id);
        }
    }
    let sources = Sources::of(inv);
    let mut found = Vec::new();
    let mut matched: BTreeSet<&TargetId> = BTreeSet::new();
    for (id, instance) in &inv.instances {
        let Some(rule) = rule(&instance.tags, keys) else { continue };
        let targets: Vec<&TargetId> =
            instance.enis.iter().filter_map(|eni| by_eni.get(&eni.id)).flatten().copied().collect();
        let is_going =
            matches!(instance.state, InstanceState::Terminated | InstanceState::ShuttingDown);
        if is_going {
            // What it leaves behind is a target without an instance.
            continue;
        }
        matched.extend(&targets);
        found.push(with_instance(inv, settings, &sources, (id, instance), rule, &targets));
    }
    for (id, target) in inv.targets.iter().filter(|(_, target)| own(target)) {
        let Some(rule) = rule(&target.tags, keys).filter(|_| !matched.contains(id)) else {
            continue;
        };
        let sources = sources.to([id]);
        let standing = standing(inv, settings, sources, [id], None);
        let subnet = target.tags.get(&keys.subnet).map(SubnetId::from);
        found.push(ApplianceSurvey {
            rule: rule.to_owned(),
            subnet,
            instance: None,
            targets: [id.clone()].into(),
            sources,
            limit: None,
            standing,
        });
    }
    found
}

/// The rule that something was made for, where a run made it.
fn rule<'t>(tags: &'t Tags, keys: &TagKeys) -> Option<&'t str> {
    tags.get(&keys.appliance).filter(|_| owner(tags, keys) == Owner::Owned)
}

fn with_instance(
    inv: &Inventory,
    settings: &Settings,
    sources: &Sources<'_>,
    (id, instance): (&InstanceId, &Instance),
    rule_key: &str,
    targets: &[&TargetId],
) -> ApplianceSurvey {
    let Settings { keys, instance_types, now, .. } = settings;
    let sources = sources.to(targets.iter().copied());
    let age = now.zip(instance.launched).map(|(now, then)| now.seconds_since(then));
    let standing = standing(inv, settings, sources, targets.iter().copied(), Some(age));
    let of_eni = || instance.enis.first().map(|eni| eni.subnet.clone());
    ApplianceSurvey {
        rule: rule_key.to_owned(),
        subnet: instance.tags.get(&keys.subnet).map(SubnetId::from).or_else(of_eni),
        instance: Some(ApplianceInstance {
            id: id.clone(),
            instance_type: instance.instance_type.clone(),
            state: instance.state,
            age,
            enis: instance.enis.iter().map(|eni| eni.id.clone()).collect(),
        }),
        targets: targets.iter().map(|id| (*id).clone()).collect(),
        sources,
        limit: Some(instance_types.sources_as_target(&instance.instance_type)),
        standing,
    }
}

/// `age` is that of the instance where there is one; nobody knows how old a target is.
fn standing<'a>(
    inv: &Inventory,
    settings: &Settings,
    sources: usize,
    targets: impl IntoIterator<Item = &'a TargetId>,
    age: Option<Option<u64>>,
) -> Standing {
    if sources > 0 {
        return Standing::Used;
    }
    let keys = &settings.keys;
    let mut has_target = false;
    for id in targets {
        has_target = true;
        let is_ours = inv.targets.get(id).is_some_and(|target| rule(&target.tags, keys).is_some());
        if !is_ours {
            return Standing::ForeignTarget { target: id.clone() };
        }
        let names = |tags: &Tags| tags.get(&keys.target) == Some(id.as_str());
        if let Some((vpc, _)) = inv.vpcs.iter().find(|(_, vpc)| names(&vpc.tags)) {
            return Standing::Named { vpc: vpc.clone() };
        }
    }
    // One of which nobody knows how old it is may be a moment old.
    match age {
        Some(age) if !has_target && age.is_none_or(|age| age < NEW_FOR) => Standing::New,
        Some(_) | None => Standing::Idle,
    }
}

/// Who mirrors to which target, in whichever account and whoever's session.
struct Sources<'a>(BTreeMap<&'a TargetId, BTreeSet<&'a EniId>>);

impl<'a> Sources<'a> {
    fn of(inv: &'a Inventory) -> Self {
        let mut by_target: BTreeMap<&TargetId, BTreeSet<&EniId>> = BTreeMap::new();
        for session in inv.sessions.values() {
            by_target.entry(&session.target).or_default().insert(&session.eni);
        }
        for (target, enis) in &inv.sources_of_others {
            by_target.entry(target).or_default().extend(enis);
        }
        Self(by_target)
    }

    fn to<'t>(&self, targets: impl IntoIterator<Item = &'t TargetId>) -> usize {
        let of = |id: &TargetId| self.0.get(id).map_or(0, BTreeSet::len);
        targets.into_iter().map(of).sum()
    }
}
