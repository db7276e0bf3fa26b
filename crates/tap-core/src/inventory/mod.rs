//! The inventory: everything that was read from one scope, as plain data.
//!
//! It is complete or it does not exist (ruling 10): an observer that cannot read every page returns an error instead. It
//! holds ordered collections only, so that the same account gives the same plan, byte for byte.

mod filter;
mod instance;
mod session;
mod surroundings;
mod target;

use std::collections::{BTreeMap, BTreeSet};

use ipnet::{IpNet, Ipv4Net};

pub use filter::{
    AMAZON_DNS, Direction, FilterKey, FilterRule, FilterRuleSpec, FilterSpec, MirrorFilter,
    MissingParts, Ports,
};
pub use instance::{Attachment, Eni, Instance, InstanceState, NEW_FOR};
pub use session::{ApplianceRef, FilterRef, MirrorSession, SessionChange, SessionSpec, TargetRef};
pub use surroundings::{Endpoint, Links};
pub use target::{MirrorTarget, NlbFacts, TargetKind};

use crate::ids::{
    AccountId, EniId, FilterId, InstanceId, Region, SessionId, SubnetId, TargetId, VpcId,
};
use crate::tags::Tags;

/// One account in one region: all reading, planning and applying happens within a scope.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Scope {
    /// The account.
    pub account: AccountId,
    /// The region.
    pub region: Region,
}

/// The part of a scope that a run is about. Empty sets mean "all".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrow {
    /// Only interfaces in these VPCs.
    pub vpcs: BTreeSet<VpcId>,
    /// Only interfaces of these instances.
    pub instances: BTreeSet<InstanceId>,
}

impl Narrow {
    /// Whether the run is about the whole scope.
    pub fn is_whole(&self) -> bool {
        self.vpcs.is_empty() && self.instances.is_empty()
    }

    /// Whether a VPC belongs to the run.
    pub fn has_vpc(&self, vpc: &VpcId) -> bool {
        self.vpcs.is_empty() || self.vpcs.contains(vpc)
    }

    /// Whether an instance belongs to the run.
    pub fn has_instance(&self, instance: &InstanceId) -> bool {
        self.instances.is_empty() || self.instances.contains(instance)
    }
}

/// A VPC.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vpc {
    /// Its tags: they say whether and how it is mirrored.
    pub tags: Tags,
    /// Its address blocks.
    pub blocks: Vec<IpNet>,
}

/// A subnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    /// The VPC it is in.
    pub vpc: VpcId,
    /// Its zone, by the name that it has in this account: `eu-west-1a`.
    pub zone: String,
    /// Its Name tag.
    pub name: Option<String>,
    /// Its IPv4 block.
    pub block: Option<Ipv4Net>,
    /// Whether it has IPv6 addresses only; traffic there cannot be mirrored (docs/aws.md 2).
    pub ipv6_only: bool,
}

impl Subnet {
    /// A subnet of a VPC of which nothing else is known.
    pub fn of(vpc: VpcId) -> Self {
        Self { vpc, zone: String::new(), name: None, block: None, ipv6_only: false }
    }
}

/// What became of an interface that a session or a target names but no instance that was read has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoneEni {
    /// It is there and attached to nothing.
    Detached {
        /// The VPC it is in.
        vpc: VpcId,
    },
    /// It is attached to something that was not among the instances read.
    Attached {
        /// The VPC it is in.
        vpc: VpcId,
        /// The instance, where the attachment names one.
        instance: Option<InstanceId>,
    },
    /// It does not exist any more.
    Gone,
}

/// Everything read from one scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inventory {
    /// Where it was read.
    pub scope: Scope,
    /// What part of the scope was read.
    pub narrow: Narrow,
    /// The VPCs.
    pub vpcs: BTreeMap<VpcId, Vpc>,
    /// The subnets.
    pub subnets: BTreeMap<SubnetId, Subnet>,
    /// The instances with their interfaces, in any state.
    pub instances: BTreeMap<InstanceId, Instance>,
    /// This account's sessions, owned and foreign (ruling 17).
    pub sessions: BTreeMap<SessionId, MirrorSession>,
    /// Sources that other accounts mirror to targets which this account shares. They count towards a target's limit.
    pub sources_of_others: BTreeMap<TargetId, BTreeSet<EniId>>,
    /// The targets, own and shared with this account.
    pub targets: BTreeMap<TargetId, MirrorTarget>,
    /// The filters.
    pub filters: BTreeMap<FilterId, MirrorFilter>,
    /// Interfaces that an AWS service manages, among those attached to this account's instances.
    pub requester_managed: BTreeSet<EniId>,
    /// Interfaces that sessions or targets name and no instance above has.
    pub lone_enis: BTreeMap<EniId, LoneEni>,
    /// What stands behind each Network Load Balancer target in use.
    pub nlbs: BTreeMap<TargetId, NlbFacts>,
}

impl Inventory {
    /// An account with nothing in it.
    pub fn empty(scope: Scope) -> Self {
        Self {
            scope,
            narrow: Narrow::default(),
            vpcs: BTreeMap::new(),
            subnets: BTreeMap::new(),
            instances: BTreeMap::new(),
            sessions: BTreeMap::new(),
            sources_of_others: BTreeMap::new(),
            targets: BTreeMap::new(),
            filters: BTreeMap::new(),
            requester_managed: BTreeSet::new(),
            lone_enis: BTreeMap::new(),
            nlbs: BTreeMap::new(),
        }
    }

    /// The VPCs that the run is about: all, those named, or those that the named instances have interfaces in.
    pub fn vpcs_in_run(&self) -> BTreeSet<&VpcId> {
        if self.narrow.instances.is_empty() {
            return self.vpcs.keys().filter(|id| self.narrow.has_vpc(id)).collect();
        }
        let of_instances = self.enis().filter(|(id, _, _)| self.narrow.has_instance(id));
        of_instances.map(|(_, _, eni)| &eni.vpc).filter(|id| self.narrow.has_vpc(id)).collect()
    }

    /// All interfaces of all instances, each with its instance.
    pub fn enis(&self) -> impl Iterator<Item = (&InstanceId, &Instance, &Eni)> {
        self.instances
            .iter()
            .flat_map(|(id, instance)| instance.enis.iter().map(move |eni| (id, instance, eni)))
    }
}
