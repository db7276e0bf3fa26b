//! Instances and their network interfaces, as observed.

use std::net::IpAddr;
use std::sync::Arc;

use crate::ids::{EniId, SubnetId, VpcId};
use crate::moment::Moment;
use crate::tags::Tags;

/// For how many seconds an appliance without a target is the business of the run that launched it: it may be just about to
/// make the target.
pub const NEW_FOR: u64 = 15 * 60;

/// The state of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InstanceState {
    /// Starting.
    Pending,
    /// Running: the only state in which it is mirrored.
    Running,
    /// On its way to be terminated.
    ShuttingDown,
    /// Terminated; AWS shows it for about an hour more.
    Terminated,
    /// On its way to be stopped.
    Stopping,
    /// Stopped.
    Stopped,
    /// A state that AWS has added since: such an instance is left alone.
    Unknown,
}

impl InstanceState {
    /// The state by AWS's word for it.
    pub fn parse(word: &str) -> Self {
        match word {
            "pending" => Self::Pending,
            "running" => Self::Running,
            "shutting-down" => Self::ShuttingDown,
            "terminated" => Self::Terminated,
            "stopping" => Self::Stopping,
            "stopped" => Self::Stopped,
            _ => Self::Unknown,
        }
    }

    /// AWS's word for the state.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::ShuttingDown => "shutting-down",
            Self::Terminated => "terminated",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Unknown => "unknown",
        }
    }
}

/// How far an interface is attached to its instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attachment {
    /// Attached.
    Attached,
    /// Being attached or detached.
    Changing,
    /// Listed with the instance, but detached.
    Detached,
}

/// One network interface of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eni {
    /// Its id.
    pub id: EniId,
    /// The VPC that the interface itself is in; an instance may have interfaces in several (ruling 2).
    pub vpc: VpcId,
    /// Its subnet.
    pub subnet: SubnetId,
    /// AWS's word for its type; only `interface` can be mirrored. Kept as text: AWS adds types.
    pub interface_type: Arc<str>,
    /// How far it is attached.
    pub attachment: Attachment,
    /// Whether it is the instance's first: device 0 on network card 0.
    pub primary: bool,
    /// Its private addresses: a load balancer may name its targets by them.
    pub addresses: Box<[IpAddr]>,
}

/// One instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Its type, `m5.large`. Kept as text: AWS adds types every month.
    pub instance_type: Arc<str>,
    /// Its state.
    pub state: InstanceState,
    /// When it was launched, or started last.
    pub launched: Option<Moment>,
    /// Its tags.
    pub tags: Tags,
    /// Its interfaces.
    pub enis: Vec<Eni>,
}
