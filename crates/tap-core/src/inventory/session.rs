//! Traffic mirror sessions: as observed, as desired, and the difference.

use std::fmt;
use std::sync::Arc;

use crate::ids::{EniId, FilterId, SessionId, TargetId};
use crate::inventory::FilterKey;
use crate::tags::{TagChange, Tags};

/// A session of this account, as observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirrorSession {
    /// Its id.
    pub id: SessionId,
    /// The source.
    pub eni: EniId,
    /// The target.
    pub target: TargetId,
    /// The filter.
    pub filter: FilterId,
    /// Its number; the lowest on an interface is evaluated first.
    pub number: i32,
    /// Bytes kept of each packet. AWS fills in 8500 for load balancer targets (docs/aws.md 2).
    pub packet_length: Option<i32>,
    /// The VXLAN network identifier. AWS picks one where none was asked for.
    pub vni: Option<i32>,
    /// Its description, where it has one.
    pub description: Option<Arc<str>>,
    /// Its tags: they say whose it is.
    pub tags: Tags,
}

/// A filter that is there, or that this very run will create before it is needed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FilterRef {
    /// It exists.
    Existing(FilterId),
    /// It is created first.
    ToBeCreated(FilterKey),
}

/// One of the appliances of a plan, by its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApplianceRef(pub usize);

/// A target that is there, or that of an appliance which this very run makes before it is needed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TargetRef {
    /// It exists.
    Existing(TargetId),
    /// It is made first.
    OfAppliance(ApplianceRef),
}

impl TargetRef {
    /// Its id, where it exists.
    pub fn id(&self) -> Option<&TargetId> {
        match self {
            Self::Existing(id) => Some(id),
            Self::OfAppliance(_) => None,
        }
    }

    /// Whether it is this target.
    pub fn is(&self, target: &TargetId) -> bool {
        self.id() == Some(target)
    }
}

impl fmt::Display for TargetRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Existing(id) => write!(f, "{id}"),
            Self::OfAppliance(ApplianceRef(number)) => write!(f, "new appliance {}", number + 1),
        }
    }
}

/// A session as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSpec {
    /// The target.
    pub target: TargetRef,
    /// The filter.
    pub filter: FilterRef,
    /// The session number, 1 to 32766.
    pub number: i32,
    /// Whether it must be this number, because somebody pinned it.
    pub number_is_pinned: bool,
    /// The packet length, where the user pinned it.
    pub packet_length: Option<i32>,
    /// The VXLAN network identifier, where the user pinned it.
    pub vni: Option<i32>,
    /// The value of the session's Name tag: the instance's name, else its id.
    pub name: Arc<str>,
    /// The tags that say which rule or finding it is for.
    pub marks: TagChange,
}

/// What to change in a session, in place (ruling 6). `None` leaves a value as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionChange {
    /// The new target.
    pub target: Option<TargetRef>,
    /// The new filter.
    pub filter: Option<FilterRef>,
    /// The new number.
    pub number: Option<i32>,
    /// The new packet length.
    pub packet_length: Option<i32>,
    /// The new VXLAN network identifier.
    pub vni: Option<i32>,
    /// The tags that say which rule or finding it is for.
    pub marks: TagChange,
}

impl SessionChange {
    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The names of the values that change, as AWS calls them.
    pub fn fields(&self) -> Vec<&'static str> {
        let Self { target, filter, number, packet_length, vni, marks } = self;
        [
            (target.is_some(), "target"),
            (filter.is_some(), "filter"),
            (number.is_some(), "session-number"),
            (packet_length.is_some(), "packet-length"),
            (vni.is_some(), "virtual-network-id"),
            (!marks.is_empty(), "mark"),
        ]
        .into_iter()
        .filter_map(|(changes, name)| changes.then_some(name))
        .collect()
    }
}
