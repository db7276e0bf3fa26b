//! What the user asked for, as plain data: the second argument of the planner.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::ids::{FilterId, InstanceId, TargetId};
use crate::instance_types::InstanceTypes;
use crate::moment::Moment;
use crate::policy::custom_filter::CustomFilter;
use crate::policy::profile::Profile;
use crate::policy::rules::{Rule, RuleSet};
pub use crate::ranges::{PACKET_LENGTHS, SESSION_NUMBERS, VNIS};
use crate::tags::TagKeys;

/// USD per session and hour, US East (docs/aws.md 10).
pub const PRICE_PER_HOUR: f64 = 0.015;

/// What a run may do at all (ruling 11).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Policy {
    /// Create, modify and delete.
    #[default]
    Sync,
    /// Create and modify.
    UpsertOnly,
    /// Only create.
    CreateOnly,
    /// Modify and delete, but create nothing: what is mirrored is kept right, and no more is mirrored.
    RepairOnly,
}

impl Policy {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Sync, Self::UpsertOnly, Self::CreateOnly, Self::RepairOnly];

    /// The flag's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::UpsertOnly => "upsert-only",
            Self::CreateOnly => "create-only",
            Self::RepairOnly => "repair-only",
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Which filter sessions get.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum FilterChoice {
    /// Ours, by the profile of the VPC: found by its description, created and completed where needed (ruling 14).
    #[default]
    Managed,
    /// One that the user names. It is used as it is.
    Pinned(FilterId),
}

/// Whom the rules choose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RulesFor {
    /// Every instance that one of them is about.
    #[default]
    Everyone,
    /// Only those that a GuardDuty finding names, or that are mirrored because of one.
    Findings,
}

/// A GuardDuty finding about instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingRequest {
    /// Its id.
    pub id: String,
    /// The instances that it names.
    pub instances: BTreeSet<InstanceId>,
    /// When the sessions made for it end; none where they stay.
    pub until: Option<Moment>,
}

/// How many appliances one run may launch, unless the user says otherwise.
pub const MAX_APPLIANCES: usize = 5;

/// Everything that the planner needs to know beside the inventory.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The tag keys of the vendor.
    pub keys: TagKeys,
    /// Which instance types can be mirrored.
    pub instance_types: InstanceTypes,
    /// The filter.
    pub filter: FilterChoice,
    /// The profile of VPCs whose tags name none.
    pub profile: Profile,
    /// The profiles of the user's own, by their names.
    pub custom_filters: BTreeMap<Arc<str>, CustomFilter>,
    /// What may be done.
    pub policy: Policy,
    /// Whether a plan that deletes more than half of the owned sessions may go on.
    pub allow_mass_delete: bool,
    /// The packet length, where the user pins it.
    pub packet_length: Option<i32>,
    /// The VXLAN network identifier, where the user pins it.
    pub vni: Option<i32>,
    /// The session number, where the user pins it.
    pub session_number: Option<i32>,
    /// USD per session and hour.
    pub price_per_hour: f64,
    /// The rules of this region, where the run was given a file.
    pub rules: Option<RuleSet>,
    /// Whether the run was given rules, be it for other regions.
    pub rules_given: bool,
    /// Whom they choose.
    pub rules_for: RulesFor,
    /// The findings that this run is about.
    pub findings: Vec<FindingRequest>,
    /// Where instances are mirrored to that a finding names and neither rules nor tags choose.
    pub finding_target: Option<TargetId>,
    /// Instances that an event calls stopping: seen so, their sessions go at once instead of in a later run.
    pub leaving: BTreeSet<InstanceId>,
    /// How many appliances may be launched.
    pub max_appliances: usize,
    /// What time it is, where the run needs to know.
    pub now: Option<Moment>,
}

impl Settings {
    /// Whether some rule has several targets, or appliances, to choose from.
    pub fn has_a_choice(&self) -> bool {
        self.rules.iter().flat_map(|set| &set.rules).any(Rule::has_a_choice)
    }

    /// Whether some rule prefers targets in the zone of the source.
    pub fn looks_for_zones(&self) -> bool {
        let mut rules = self.rules.iter().flat_map(|set| &set.rules);
        rules.any(Rule::prefers_zones)
    }

    /// The targets that rules and settings name, whether or not they are there.
    pub fn named_targets(&self) -> impl Iterator<Item = &TargetId> {
        let rules = self.rules.iter().flat_map(|set| &set.rules);
        rules.flat_map(Rule::targets).chain(&self.finding_target)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            keys: TagKeys::default(),
            instance_types: InstanceTypes::default(),
            filter: FilterChoice::default(),
            profile: Profile::default(),
            custom_filters: BTreeMap::new(),
            policy: Policy::default(),
            allow_mass_delete: false,
            packet_length: None,
            vni: None,
            session_number: None,
            price_per_hour: PRICE_PER_HOUR,
            rules: None,
            rules_given: false,
            rules_for: RulesFor::default(),
            findings: Vec::new(),
            finding_target: None,
            leaving: BTreeSet::new(),
            max_appliances: MAX_APPLIANCES,
            now: None,
        }
    }
}
