//! What making a mirror target needs of the cloud: single things looked up, and what is made of them. Nothing here is removed
//! or changed that was there before, but for the cross-zone attribute and the registrations.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use crate::error::CloudError;
use crate::ids::{
    AccountId, EniId, InstanceId, SecurityGroupId, SessionId, SubnetId, TargetId, VpcId,
};
use crate::inventory::{Endpoint, MirrorTarget, Subnet, TargetKind};

/// The port of VXLAN, on which mirrored traffic arrives (docs/aws.md 11).
pub const VXLAN_PORT: u16 = 4789;

/// A network interface, as far as it matters to a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// The account that it belongs to.
    pub owner: AccountId,
    /// Whether it is attached to anything.
    pub attached: bool,
}

/// How far a load balancer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BalancerState {
    /// AWS is at it; also any state that AWS has added since.
    Provisioning,
    /// It takes traffic.
    Active,
    /// AWS could not set it up.
    Failed,
}

/// A load balancer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadBalancer {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// AWS's word for its type; only `network` can be a target.
    pub kind: String,
    /// `internal` or `internet-facing`.
    pub scheme: String,
    /// The VPC it is in.
    pub vpc: Option<VpcId>,
    /// AWS's word for its state, `provisioning`.
    pub state: String,
    /// Its subnets, each with its zone.
    pub subnets: BTreeMap<SubnetId, String>,
    /// Its security groups.
    pub groups: BTreeSet<SecurityGroupId>,
}

impl LoadBalancer {
    /// How far it is. An impaired one takes traffic (docs/aws.md 11).
    pub fn progress(&self) -> BalancerState {
        match &*self.state {
            "active" | "active_impaired" => BalancerState::Active,
            "failed" => BalancerState::Failed,
            _ => BalancerState::Provisioning,
        }
    }
}

/// A listener of a load balancer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Its ARN.
    pub arn: String,
    /// AWS's word for its protocol, `UDP`.
    pub protocol: String,
    /// Its port.
    pub port: Option<u16>,
    /// The ARNs of the target groups that it forwards to, in AWS's order.
    pub groups: Vec<String>,
}

impl Listener {
    /// Whether it is on the port of mirrored traffic, whatever its protocol.
    pub fn has_vxlan_port(&self) -> bool {
        self.port == Some(VXLAN_PORT)
    }

    /// Whether it hears mirrored traffic. `TCP_UDP` hears UDP too (docs/aws.md 11).
    pub fn hears_mirrors(&self) -> bool {
        self.has_vxlan_port() && matches!(&*self.protocol, "UDP" | "TCP_UDP")
    }
}

/// A target group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetGroup {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// AWS's word for its protocol, `UDP`.
    pub protocol: String,
    /// Its port.
    pub port: Option<u16>,
    /// The VPC it is in.
    pub vpc: Option<VpcId>,
    /// AWS's word for what is registered in it: `instance` or `ip`.
    pub target_type: String,
    /// The port of its health check: a number, or `traffic-port`.
    pub health_port: String,
    /// The ARNs of the load balancers that forward to it. A network one does not share its groups.
    pub balancers: BTreeSet<String>,
}

/// An internal Network Load Balancer to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLoadBalancer {
    /// Its name, and the value of its Name tag.
    pub name: String,
    /// Its subnets, one per zone.
    pub subnets: BTreeSet<SubnetId>,
    /// The value of the Creator tag.
    pub creator: String,
}

/// A target group for instances on UDP 4789 to be created, with a TCP health check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTargetGroup {
    /// Its name, and the value of its Name tag.
    pub name: String,
    /// Its VPC.
    pub vpc: VpcId,
    /// The port of its health check.
    pub health_port: u16,
    /// The value of the Creator tag.
    pub creator: String,
}

/// A UDP 4789 listener to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewListener {
    /// The ARN of its load balancer.
    pub balancer: String,
    /// The ARN of the target group that it forwards to.
    pub group: String,
    /// The value of the Name tag.
    pub name: String,
    /// The value of the Creator tag.
    pub creator: String,
}

/// A mirror target to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTarget {
    /// What it delivers to.
    pub kind: TargetKind,
    /// All its tags.
    pub tags: BTreeMap<String, String>,
    /// The description that people see.
    pub description: String,
    /// The client token: the same for every try of this very create (ruling 15).
    pub token: String,
}

/// Looks single things up. What is not there is `None` or absent, never an error.
pub trait LookUp {
    /// An interface.
    fn interface(
        &self,
        eni: &EniId,
    ) -> impl Future<Output = Result<Option<Interface>, CloudError>> + Send;

    /// This account's sessions that mirror an interface.
    fn sessions_from(
        &self,
        eni: &EniId,
    ) -> impl Future<Output = Result<Vec<SessionId>, CloudError>> + Send;

    /// A VPC endpoint, by its id.
    fn endpoint(
        &self,
        id: &str,
    ) -> impl Future<Output = Result<Option<Endpoint>, CloudError>> + Send;

    /// The subnets of a VPC.
    fn subnets_of(
        &self,
        vpc: &VpcId,
    ) -> impl Future<Output = Result<BTreeMap<SubnetId, Subnet>, CloudError>> + Send;

    /// Some subnets by their ids, wherever they are.
    fn subnets(
        &self,
        ids: &BTreeSet<SubnetId>,
    ) -> impl Future<Output = Result<BTreeMap<SubnetId, Subnet>, CloudError>> + Send;

    /// A load balancer, by its ARN.
    fn balancer(
        &self,
        arn: &str,
    ) -> impl Future<Output = Result<Option<LoadBalancer>, CloudError>> + Send;

    /// A load balancer, by its name.
    fn balancer_named(
        &self,
        name: &str,
    ) -> impl Future<Output = Result<Option<LoadBalancer>, CloudError>> + Send;

    /// Whether a load balancer sends to other zones than its own.
    fn is_cross_zone(
        &self,
        balancer: &str,
    ) -> impl Future<Output = Result<bool, CloudError>> + Send;

    /// The listeners of a load balancer.
    fn listeners(
        &self,
        balancer: &str,
    ) -> impl Future<Output = Result<Vec<Listener>, CloudError>> + Send;

    /// A target group, by its ARN.
    fn group(
        &self,
        arn: &str,
    ) -> impl Future<Output = Result<Option<TargetGroup>, CloudError>> + Send;

    /// A target group, by its name.
    fn group_named(
        &self,
        name: &str,
    ) -> impl Future<Output = Result<Option<TargetGroup>, CloudError>> + Send;

    /// What is registered in a target group and not on its way out: instances or addresses.
    fn registered(
        &self,
        group: &str,
    ) -> impl Future<Output = Result<BTreeSet<String>, CloudError>> + Send;

    /// The mirror targets, own and shared, that deliver to this very thing.
    fn targets_to(
        &self,
        kind: &TargetKind,
    ) -> impl Future<Output = Result<BTreeMap<TargetId, MirrorTarget>, CloudError>> + Send;
}

/// Makes mirror targets.
pub trait MakeTarget {
    /// Creates a mirror target with its tags. A repeated call with the same token makes no second one.
    fn create_target(
        &self,
        new: &NewTarget,
    ) -> impl Future<Output = Result<TargetId, CloudError>> + Send;
}

/// Makes what a mirror target needs. Each method is one attempt to reach one state; a repeated call does no harm.
pub trait Build: MakeTarget {
    /// Creates an internal Network Load Balancer and gives its ARN.
    fn create_balancer(
        &self,
        new: &NewLoadBalancer,
    ) -> impl Future<Output = Result<String, CloudError>> + Send;

    /// Lets a load balancer send to all its zones.
    fn enable_cross_zone(
        &self,
        balancer: &str,
    ) -> impl Future<Output = Result<(), CloudError>> + Send;

    /// Creates a target group and gives its ARN.
    fn create_group(
        &self,
        new: &NewTargetGroup,
    ) -> impl Future<Output = Result<String, CloudError>> + Send;

    /// Creates a listener and gives its ARN.
    fn create_listener(
        &self,
        new: &NewListener,
    ) -> impl Future<Output = Result<String, CloudError>> + Send;

    /// Registers instances in a target group. One that is there already is no error.
    fn register(
        &self,
        group: &str,
        instances: &BTreeSet<InstanceId>,
    ) -> impl Future<Output = Result<(), CloudError>> + Send;
}
