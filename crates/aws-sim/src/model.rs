//! The nouns of the simulated account, as plain data.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::cidr::Cidr;

mod guards;
mod network;
mod organization;

pub(crate) use guards::{Acl, AclEntry, GroupPair, PeeredGroup, Permission, SecurityGroup};
pub(crate) use network::{Destination, Route, RouteTable, RouteTableAssociation, Via, derived};
pub(crate) use organization::{Member, Organization};

/// Tags of a resource.
pub type Tags = BTreeMap<String, String>;

#[derive(Debug, Clone)]
pub(crate) struct Vpc {
    pub(crate) id: String,
    pub(crate) owner: String,
    pub(crate) cidr: String,
    pub(crate) cidr_association: String,
    /// Its other blocks, of both families, those among them that are not associated any more.
    pub(crate) more_blocks: Vec<Block>,
    pub(crate) dhcp_options: String,
    pub(crate) is_default: bool,
    pub(crate) tags: Tags,
}

/// A block of addresses that a VPC got beside its first one.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) cidr: String,
    pub(crate) association: String,
    /// `associated`, or `disassociated` for a while after it went.
    pub(crate) state: String,
}

impl Block {
    pub(crate) fn is_v6(&self) -> bool {
        self.cidr.contains(':')
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Subnet {
    pub(crate) id: String,
    pub(crate) vpc: String,
    pub(crate) owner: String,
    pub(crate) arn: String,
    pub(crate) zone: String,
    pub(crate) zone_id: String,
    pub(crate) cidr: Option<String>,
    pub(crate) ipv6_native: bool,
    pub(crate) tags: Tags,
}

impl Subnet {
    /// Whether an address lies in its block.
    pub(crate) fn holds(&self, address: &str) -> bool {
        let block = self.cidr.as_deref().and_then(Cidr::read);
        let address = address.parse().ok();
        block.zip(address).is_some_and(|(block, address)| block.holds(address))
    }
}

/// The life of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InstanceState {
    /// Starting.
    Pending,
    /// Running.
    Running,
    /// On its way to terminated.
    ShuttingDown,
    /// Gone, but still listed for a while.
    Terminated,
    /// On its way to stopped.
    Stopping,
    /// Stopped; its interfaces and sessions stay.
    Stopped,
}

impl InstanceState {
    pub(crate) fn code(self) -> u16 {
        match self {
            Self::Pending => 0,
            Self::Running => 16,
            Self::ShuttingDown => 32,
            Self::Terminated => 48,
            Self::Stopping => 64,
            Self::Stopped => 80,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::ShuttingDown => "shutting-down",
            Self::Terminated => "terminated",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
        }
    }
}

/// The AWS service that manages a resource on the account's behalf.
#[derive(Debug, Clone)]
pub(crate) struct Operator {
    pub(crate) principal: String,
    pub(crate) hidden: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Instance {
    pub(crate) id: String,
    pub(crate) owner: String,
    pub(crate) reservation: String,
    pub(crate) kind: String,
    pub(crate) image: String,
    pub(crate) state: InstanceState,
    /// The state that it reaches by itself, and when.
    pub(crate) becomes: Option<(Duration, InstanceState)>,
    pub(crate) vpc: String,
    pub(crate) subnet: String,
    pub(crate) zone: String,
    pub(crate) private_ip: Option<String>,
    pub(crate) enis: Vec<String>,
    pub(crate) client_token: Option<String>,
    pub(crate) protected: bool,
    /// When it was launched, as AWS writes it.
    pub(crate) launched: String,
    /// What RunInstances said of its metadata service, if anything.
    pub(crate) metadata: Option<Metadata>,
    pub(crate) operator: Option<Operator>,
    pub(crate) tags: Tags,
}

/// Who may read an instance's metadata, and how.
#[derive(Debug, Clone)]
pub(crate) struct Metadata {
    /// `required` means IMDSv2 alone.
    pub(crate) tokens: String,
    pub(crate) endpoint: String,
    pub(crate) hops: u32,
}

impl Instance {
    pub(crate) fn state_at(&self, now: Duration) -> InstanceState {
        match self.becomes {
            Some((when, state)) if now >= when => state,
            _ => self.state,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Attachment {
    pub(crate) id: String,
    pub(crate) instance: Option<String>,
    pub(crate) owner: String,
    pub(crate) device_index: u32,
    pub(crate) status: String,
    pub(crate) delete_on_termination: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Eni {
    pub(crate) id: String,
    pub(crate) owner: String,
    pub(crate) kind: String,
    pub(crate) vpc: String,
    pub(crate) subnet: String,
    pub(crate) zone: String,
    pub(crate) zone_id: String,
    pub(crate) ipv6_native: bool,
    pub(crate) description: String,
    pub(crate) private_ips: Vec<String>,
    pub(crate) mac: String,
    pub(crate) groups: Vec<String>,
    pub(crate) requester_id: Option<String>,
    pub(crate) requester_managed: bool,
    pub(crate) attachment: Option<Attachment>,
    pub(crate) operator: Option<Operator>,
    pub(crate) tags: Tags,
}

impl Eni {
    pub(crate) fn status(&self) -> &'static str {
        match &self.attachment {
            None => "available",
            Some(attachment) => match attachment.status.as_str() {
                "attaching" => "attaching",
                "detaching" => "detaching",
                "detached" => "available",
                _ => "in-use",
            },
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub(crate) id: String,
    pub(crate) owner: String,
    pub(crate) vpc: String,
    /// `GatewayLoadBalancer`, `Interface`, `Gateway`, ..
    pub(crate) kind: String,
    pub(crate) service: String,
    pub(crate) state: String,
    pub(crate) subnets: Vec<String>,
    pub(crate) tags: Tags,
}

/// One side of a peering.
#[derive(Debug, Clone)]
pub(crate) struct PeeredVpc {
    pub(crate) vpc: String,
    pub(crate) owner: String,
    pub(crate) region: String,
    /// None where this account does not see the VPC.
    pub(crate) cidr: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Peering {
    pub(crate) id: String,
    pub(crate) requester: PeeredVpc,
    pub(crate) accepter: PeeredVpc,
    pub(crate) status: String,
    pub(crate) tags: Tags,
}

/// A VPC's attachment to a transit gateway.
#[derive(Debug, Clone)]
pub(crate) struct GatewayAttachment {
    pub(crate) id: String,
    pub(crate) gateway: String,
    pub(crate) vpc: String,
    pub(crate) vpc_owner: String,
    pub(crate) subnets: Vec<String>,
    pub(crate) state: String,
    pub(crate) tags: Tags,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TargetKind {
    Eni(String),
    Nlb(String),
    Gwlbe(String),
}

impl TargetKind {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Eni(_) => "network-interface",
            Self::Nlb(_) => "network-load-balancer",
            Self::Gwlbe(_) => "gateway-load-balancer-endpoint",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct MirrorTarget {
    pub(crate) id: String,
    pub(crate) owner: String,
    pub(crate) kind: TargetKind,
    pub(crate) description: Option<String>,
    /// Overrides the limit that the instance type gives, for an appliance that this account cannot see.
    pub(crate) sources_limit: Option<usize>,
    pub(crate) tags: Tags,
}

#[derive(Debug, Clone)]
pub(crate) struct MirrorFilter {
    pub(crate) id: String,
    pub(crate) description: Option<String>,
    pub(crate) services: BTreeSet<String>,
    pub(crate) tags: Tags,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Direction {
    Ingress,
    Egress,
}

impl Direction {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ports {
    pub(crate) from: u16,
    pub(crate) to: u16,
}

#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) filter: String,
    pub(crate) direction: Direction,
    pub(crate) number: u32,
    pub(crate) action: String,
    pub(crate) protocol: Option<u8>,
    pub(crate) source_ports: Option<Ports>,
    pub(crate) destination_ports: Option<Ports>,
    pub(crate) source: String,
    pub(crate) destination: String,
    pub(crate) description: Option<String>,
    pub(crate) tags: Tags,
}

#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) owner: String,
    pub(crate) eni: String,
    pub(crate) target: String,
    pub(crate) filter: String,
    pub(crate) number: u32,
    pub(crate) packet_length: Option<u32>,
    pub(crate) vni: u32,
    pub(crate) description: Option<String>,
    pub(crate) tags: Tags,
}

#[derive(Debug, Clone)]
pub(crate) struct LoadBalancer {
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) scheme: String,
    pub(crate) ip_type: String,
    pub(crate) vpc: String,
    /// Zone name to subnet.
    pub(crate) zones: BTreeMap<String, String>,
    pub(crate) groups: Vec<String>,
    pub(crate) active_at: Duration,
    pub(crate) state: Option<String>,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) tags: Tags,
}

impl LoadBalancer {
    /// As set by a person; otherwise provisioning until it has settled.
    pub(crate) fn state_at(&self, now: Duration) -> &str {
        let own = if now < self.active_at { "provisioning" } else { "active" };
        self.state.as_deref().unwrap_or(own)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Listener {
    pub(crate) arn: String,
    pub(crate) balancer: String,
    pub(crate) protocol: String,
    pub(crate) port: u16,
    pub(crate) groups: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HealthCheck {
    pub(crate) protocol: String,
    pub(crate) port: String,
    pub(crate) interval: u32,
    pub(crate) timeout: u32,
    pub(crate) healthy: u32,
    pub(crate) unhealthy: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct Registered {
    pub(crate) id: String,
    pub(crate) port: u16,
    pub(crate) zone: Option<String>,
    /// As set by a person; worked out from listeners and instances otherwise.
    pub(crate) health: Option<String>,
    /// Likewise: why.
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct TargetGroup {
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) protocol: String,
    pub(crate) port: u16,
    pub(crate) vpc: String,
    pub(crate) target_type: String,
    pub(crate) check: HealthCheck,
    pub(crate) targets: Vec<Registered>,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) tags: Tags,
}
