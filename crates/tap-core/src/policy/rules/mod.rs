//! Rules from a file: what people who cannot tag every VPC say in one YAML file per region.
//!
//! ```text
//!   tags     before     subnets     before     vpcs        first match in the order of the file
//! ```
//!
//! The format is that of AWS's sample application for source automation, with keys of ours that it does not know. Here is
//! what a file says, as data; how it is read is below, with what [`file`](crate::policy::file) has for every file that people write.

mod deliver;
mod reach;
mod read;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use crate::ids::{FilterId, ImageId, SecurityGroupId, SubnetId, TargetId, VpcId};
use crate::tags::Tags;

pub use crate::policy::file::remark::{Mistakes, Remark};
pub use crate::policy::file::tree::MAX_BYTES;

pub use read::{Reading, TAG_KEYS};

/// On an instance: the target that it is mirrored to, where its rule allows it.
pub const MIRROR_TARGET: &str = "Mirror-Target";

/// On an instance: the filter of its sessions, where its rule allows it.
pub const MIRROR_FILTER: &str = "Mirror-Filter";

/// How many characters the value of a tag takes (docs/aws.md 1.5).
const LONGEST_KEY: usize = 256;

/// The rules of one region, in the order in which they are asked: tags, then subnets, then VPCs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSet {
    /// The rules.
    pub rules: Vec<Rule>,
}

/// The lists of a file, in the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// By tags of the instance.
    Tags,
    /// By the subnet of the interface.
    Subnets,
    /// By the VPC of the interface.
    Vpcs,
}

impl Section {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Tags, Self::Subnets, Self::Vpcs];

    /// The list's key in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tags => "tags",
            Self::Subnets => "subnets",
            Self::Vpcs => "vpcs",
        }
    }
}

/// Where a rule stands, for people: `vpcs[0], us-east-1.yaml line 12`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RulePlace {
    /// The file, by its name.
    pub file: Arc<str>,
    /// The list.
    pub section: Section,
    /// Its place in the list, from 0.
    pub index: usize,
    /// The line on which it begins, from 1.
    pub line: usize,
}

impl fmt::Display for RulePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, section, index, line } = self;
        write!(f, "{}[{index}], {file} line {line}", section.as_str())
    }
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Where it stands.
    pub place: Arc<RulePlace>,
    /// What it is about.
    pub matcher: Matcher,
    /// Which interfaces of an instance.
    pub interfaces: Interfaces,
    /// Whether the instance's own tags [`MIRROR_TARGET`] and [`MIRROR_FILTER`] may say otherwise.
    pub instance_tags: bool,
    /// What is to be done.
    pub delivery: Delivery,
}

/// What a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matcher {
    /// Instances with these tags.
    Tags {
        /// Keys and values, which both count exactly.
        tags: Vec<(String, String)>,
        /// Whether all of them are asked for, or any one of them is enough.
        all: bool,
    },
    /// Interfaces in a subnet.
    Subnet(SubnetId),
    /// Interfaces in a VPC.
    Vpc(VpcId),
}

/// Which interfaces of an instance a rule is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Interfaces {
    /// All of them.
    #[default]
    All,
    /// The first one.
    Primary,
}

/// What a rule wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// That nothing is mirrored.
    Ignore,
    /// That it is mirrored.
    Mirror(Mirroring),
}

/// How a rule wants it mirrored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirroring {
    /// The filter; without one, our own.
    pub filter: Option<FilterId>,
    /// Where to.
    pub to: Destination,
    /// The session number, where it is pinned.
    pub number: Option<i32>,
    /// The packet length, where it is pinned.
    pub packet_length: Option<i32>,
    /// The VXLAN network identifier, where it is pinned.
    pub vni: Option<i32>,
}

/// Where a rule mirrors to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Targets that are there.
    Targets {
        /// One or several, each once, in the order of the file.
        ids: Vec<TargetId>,
        /// Which of several a source gets.
        choice: TargetChoice,
    },
    /// Appliances that are launched as they are needed.
    Appliances(ApplianceSpec),
}

/// Which of several targets a source gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TargetChoice {
    /// The one with the fewest sources; who has one of them stays there.
    #[default]
    Balanced,
    /// One in the zone of the source; another, with a warning, where there is none with room.
    SameZone,
}

impl TargetChoice {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Balanced, Self::SameZone];

    /// The value in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Balanced => "balanced",
            Self::SameZone => "same-zone",
        }
    }
}

/// How an appliance is launched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApplianceSpec {
    /// Its instance type, which says how many sources it takes.
    pub instance_type: String,
    /// Its image.
    pub image: ImageId,
    /// Its security groups, at least one.
    pub security_groups: Vec<SecurityGroupId>,
    /// Its subnet; without one, that of the source.
    pub subnet: Option<SubnetId>,
}

impl RuleSet {
    /// The keys of instance tags that can change what a rule decides.
    pub fn tag_keys(&self) -> BTreeSet<&str> {
        let mut keys = BTreeSet::new();
        for rule in &self.rules {
            if let Matcher::Tags { tags, .. } = &rule.matcher {
                keys.extend(tags.iter().map(|(key, _)| key.as_str()));
            }
            if rule.instance_tags {
                keys.extend([MIRROR_TARGET, MIRROR_FILTER]);
            }
        }
        keys
    }
}

impl Rule {
    /// The targets that it names.
    pub fn targets(&self) -> &[TargetId] {
        match &self.delivery {
            Delivery::Mirror(Mirroring { to: Destination::Targets { ids, .. }, .. }) => ids,
            Delivery::Mirror(Mirroring { to: Destination::Appliances(_), .. })
            | Delivery::Ignore => &[],
        }
    }

    /// Whether where it mirrors to has to be chosen: from several targets, or among appliances.
    pub fn has_a_choice(&self) -> bool {
        match &self.delivery {
            Delivery::Ignore => false,
            Delivery::Mirror(Mirroring { to: Destination::Targets { ids, .. }, .. }) => {
                ids.len() != 1
            }
            Delivery::Mirror(Mirroring { to: Destination::Appliances(_), .. }) => true,
        }
    }

    /// Whether it prefers targets in the zone of the source.
    pub fn prefers_zones(&self) -> bool {
        match &self.delivery {
            Delivery::Mirror(Mirroring { to: Destination::Targets { choice, .. }, .. }) => {
                *choice == TargetChoice::SameZone
            }
            Delivery::Mirror(Mirroring { to: Destination::Appliances(_), .. })
            | Delivery::Ignore => false,
        }
    }

    /// A name that stays the same when the file is edited elsewhere: what marks the rule's appliances as its own.
    ///
    /// A tag takes it (docs/aws.md 1.5): a longer one is cut, and what tells it from others is added.
    pub fn key(&self) -> String {
        let key = match &self.matcher {
            Matcher::Tags { tags, all } => {
                let mut tags = tags.clone();
                tags.sort();
                tags.dedup();
                Matcher::Tags { tags, all: *all }.to_string()
            }
            Matcher::Subnet(_) | Matcher::Vpc(_) => self.matcher.to_string(),
        };
        if key.chars().count() <= LONGEST_KEY {
            return key;
        }
        let digest = Uuid::new_v5(&Uuid::NAMESPACE_OID, key.as_bytes()).simple();
        let begin: String = key.chars().take(LONGEST_KEY - 40).collect();
        format!("{begin}… {digest}")
    }
}

impl Matcher {
    /// Whether it is about an interface in this subnet and VPC, of an instance with these tags.
    pub fn is_about(&self, of_instance: &Tags, of_subnet: &SubnetId, of_vpc: &VpcId) -> bool {
        match self {
            Self::Tags { tags, all } => {
                let has = |(key, value): &(String, String)| of_instance.get(key) == Some(value);
                if *all { tags.iter().all(has) } else { tags.iter().any(has) }
            }
            Self::Subnet(subnet) => subnet == of_subnet,
            Self::Vpc(vpc) => vpc == of_vpc,
        }
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tags { tags, all } => {
                let pairs: Vec<String> = tags.iter().map(|(k, v)| format!("{k}={v}")).collect();
                write!(f, "tags {}", pairs.join(if *all { " and " } else { " or " }))
            }
            Self::Subnet(subnet) => write!(f, "{subnet}"),
            Self::Vpc(vpc) => write!(f, "{vpc}"),
        }
    }
}
