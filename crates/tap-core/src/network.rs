//! What lies between a source and its target, as observed: route tables, links of VPCs, security groups, network ACLs, load
//! balancers. Runs do without it; the audit asks whether packets arrive.
//!
//! Only facts are here. What follows from them, and what cannot be told, is for whoever looks at them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use crate::ids::{
    AccountId, EndpointId, EniId, GatewayId, NetworkAclId, PeeringId, RouteTableId,
    SecurityGroupId, SubnetId, TargetId, VpcId,
};

/// Everything of one scope that packets meet on their way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Network {
    /// The route tables.
    pub route_tables: BTreeMap<RouteTableId, RouteTable>,
    /// The security groups.
    pub security_groups: BTreeMap<SecurityGroupId, SecurityGroup>,
    /// The network ACLs.
    pub network_acls: BTreeMap<NetworkAclId, NetworkAcl>,
    /// The peerings of VPCs, in any state.
    pub peerings: BTreeMap<PeeringId, Peering>,
    /// The attachments of VPCs to transit gateways, in any state.
    pub attachments: Vec<GatewayAttachment>,
    /// The Gateway Load Balancer endpoints.
    pub endpoints: BTreeMap<EndpointId, EndpointFacts>,
    /// The sources, and the interfaces of whoever receives.
    pub interfaces: BTreeMap<EniId, InterfaceFacts>,
    /// Who has the addresses that load balancers send to. Several where VPCs use the same addresses.
    pub holders: BTreeMap<IpAddr, BTreeSet<EniId>>,
    /// The Network Load Balancers of this account that are targets.
    pub balancers: BTreeMap<TargetId, Balancer>,
    /// The accounts of the organization, this one among them; it is the only one where it is in no organization. None where
    /// nobody may tell.
    pub organization: Option<BTreeSet<AccountId>>,
}

/// A route table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteTable {
    /// Its VPC.
    pub vpc: VpcId,
    /// Whether it serves the VPC's subnets that have no table of their own.
    pub main: bool,
    /// The subnets that it is explicitly associated with.
    pub subnets: BTreeSet<SubnetId>,
    /// Its routes, in AWS's order. The most specific that matches decides.
    pub routes: Vec<Route>,
}

/// One route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Where to.
    pub destination: RouteDestination,
    /// Which way.
    pub via: Via,
    /// Whether it works; else it is a black hole: what it leads to is gone. None where AWS calls it something else.
    pub active: Option<bool>,
}

/// What a route is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteDestination {
    /// An address block.
    Block(IpNet),
    /// A managed prefix list, `pl-…`, whose blocks are not read.
    PrefixList(String),
}

/// Which way a route leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// Within the VPC.
    Local,
    /// A peering.
    Peering(PeeringId),
    /// A transit gateway.
    Gateway(GatewayId),
    /// A Gateway Load Balancer endpoint. Where the endpoints could not be read, one is [`Via::Other`].
    Endpoint(EndpointId),
    /// Something that does not lead to another VPC by itself: an internet or NAT gateway, an appliance's interface. Its id.
    Other(String),
}

/// A security group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityGroup {
    /// Its VPC.
    pub vpc: VpcId,
    /// What it lets in.
    pub ingress: Vec<Permission>,
    /// What it lets out.
    pub egress: Vec<Permission>,
}

/// One thing that a security group lets in, or out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// The protocol.
    pub protocol: Protocol,
    /// The ports, first and last; none means all.
    pub ports: Option<(u16, u16)>,
    /// From these blocks; out: to them.
    pub blocks: Vec<IpNet>,
    /// From interfaces that have one of these groups, which may be another VPC's; out: to them.
    pub groups: BTreeSet<SecurityGroupId>,
    /// From these managed prefix lists, whose blocks are not read; out: to them.
    pub prefix_lists: Vec<String>,
}

/// The protocol that a permission or an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Every protocol.
    All,
    /// The one with this IANA number.
    Number(u8),
    /// One that AWS names in a way that this version does not know, or not at all: it may be any.
    Unknown,
}

/// UDP's IANA number.
pub const UDP: u8 = 17;

impl Protocol {
    /// Whether it takes UDP, or may.
    pub fn has_udp(self) -> bool {
        matches!(self, Self::All | Self::Number(UDP) | Self::Unknown)
    }
}

/// A network ACL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkAcl {
    /// Its VPC.
    pub vpc: VpcId,
    /// The subnets that it guards.
    pub subnets: BTreeSet<SubnetId>,
    /// What it says of packets coming in, in AWS's order. The lowest number that matches decides; nothing that matches is
    /// denied.
    pub ingress: Vec<AclEntry>,
    /// What it says of packets going out, likewise.
    pub egress: Vec<AclEntry>,
}

/// One entry of a network ACL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AclEntry {
    /// Its number.
    pub number: i32,
    /// Whether it allows; else it denies.
    pub allow: bool,
    /// The protocol.
    pub protocol: Protocol,
    /// The ports, first and last; none means all.
    pub ports: Option<(u16, u16)>,
    /// From this block, or out to it; none where AWS wrote one that is no block.
    pub block: Option<IpNet>,
}

/// A peering of two VPCs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peering {
    /// One side.
    pub requester: VpcId,
    /// The other side.
    pub accepter: VpcId,
    /// AWS's word for its state; `active` is the good one.
    pub status: String,
}

impl Peering {
    /// Whether it is between these two.
    pub fn joins(&self, a: &VpcId, b: &VpcId) -> bool {
        (&self.requester, &self.accepter) == (a, b) || (&self.requester, &self.accepter) == (b, a)
    }
}

/// The attachment of a VPC to a transit gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayAttachment {
    /// The transit gateway.
    pub gateway: GatewayId,
    /// The VPC.
    pub vpc: VpcId,
    /// A subnet in each zone that it serves. From a zone without one, nothing reaches the gateway.
    pub subnets: BTreeSet<SubnetId>,
    /// AWS's word for its state; `available` is the good one.
    pub state: String,
}

/// A Gateway Load Balancer endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointFacts {
    /// The VPC it is in.
    pub vpc: VpcId,
    /// Its subnets: one, as AWS has it.
    pub subnets: BTreeSet<SubnetId>,
    /// AWS's word for its state, in lower case; `available` is the good one.
    pub state: String,
}

/// What packets need to know of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceFacts {
    /// Its VPC.
    pub vpc: VpcId,
    /// Its subnet.
    pub subnet: SubnetId,
    /// Its primary private IPv4 address: mirrored packets come from it, and go to it (docs/aws.md 12).
    pub primary: Option<IpAddr>,
    /// Its security groups.
    pub groups: BTreeSet<SecurityGroupId>,
}

/// A Network Load Balancer that is a target, in more detail than a run needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Balancer {
    /// The subnets that it has a node in, each with its zone's name in this account.
    pub subnets: BTreeMap<SubnetId, String>,
    /// Its security groups. Without any, all traffic reaches its listeners (docs/aws.md 11).
    pub groups: BTreeSet<SecurityGroupId>,
    /// Whether it sends to other zones than a node's own; none where that could not be read.
    pub cross_zone: Option<bool>,
    /// The target groups behind its listener for mirrored traffic, by ARN. None of them where listeners could not be read.
    pub target_groups: Vec<TargetGroupFacts>,
}

/// A target group behind the listener for mirrored traffic.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetGroupFacts {
    /// Its ARN.
    pub arn: String,
    /// Whether it sends across zones, where it has a setting of its own. Else its load balancer's counts, if the settings of
    /// target groups could be read.
    pub cross_zone: Option<bool>,
    /// Who is registered in it, by id and port. Nobody where their health could not be read.
    pub members: Vec<Member>,
}

/// Somebody registered in a target group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// An instance's id or an address.
    pub id: String,
    /// The port that it is sent to.
    pub port: Option<u16>,
    /// The zone, where AWS tells it: `all` for an address outside the VPC that every node sends to. An instance's is that of
    /// its subnet.
    pub zone: Option<String>,
    /// AWS's word for its health; `healthy` is the good one.
    pub health: String,
}
