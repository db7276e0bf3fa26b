//! Why a target cannot be made as it is wanted, found out before anything is written.

use std::collections::BTreeSet;
use std::fmt;

use crate::cloud::VXLAN_PORT;
use crate::ids::{AccountId, EniId, InstanceId, Region, SessionId, SubnetId, VpcId};
use crate::inventory::InstanceState;

/// Something that does not fit what is wanted. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The interface does not exist.
    NoSuchInterface {
        /// The interface.
        eni: EniId,
        /// Where it was looked for.
        region: Region,
    },
    /// The interface belongs to another account.
    InterfaceOfOthers {
        /// The interface.
        eni: EniId,
        /// Its account.
        owner: AccountId,
    },
    /// The interface is itself mirrored; it cannot be source and target at once (docs/aws.md 2).
    InterfaceIsMirrored {
        /// The interface.
        eni: EniId,
        /// The sessions.
        sessions: Vec<SessionId>,
    },
    /// The load balancer does not exist.
    NoSuchLoadBalancer {
        /// Its ARN.
        arn: String,
        /// Where it was looked for.
        region: Region,
    },
    /// The ARN names another region than the one at work.
    OtherRegion {
        /// The ARN.
        arn: String,
        /// The region at work.
        region: Region,
    },
    /// It is no ARN of a load balancer.
    NotAnArn {
        /// What was given.
        given: String,
    },
    /// The load balancer is not a Network Load Balancer.
    NotNetwork {
        /// Its ARN.
        arn: String,
        /// AWS's word for its type.
        kind: String,
    },
    /// AWS could not set the load balancer up.
    LoadBalancerFailed {
        /// Its ARN.
        arn: String,
    },
    /// The endpoint does not exist.
    NoSuchEndpoint {
        /// Its id.
        id: String,
        /// Where it was looked for.
        region: Region,
    },
    /// The endpoint is not one of a Gateway Load Balancer.
    NotGwlbEndpoint {
        /// Its id.
        id: String,
        /// AWS's word for its type.
        kind: String,
    },
    /// The endpoint is on its way out, or was never let in.
    EndpointUnusable {
        /// Its id.
        id: String,
        /// AWS's word for its state.
        state: String,
    },
    /// The VPC has no subnet that could hold the load balancer, or is not there itself.
    NoSubnets {
        /// The VPC.
        vpc: VpcId,
    },
    /// A subnet does not exist.
    NoSuchSubnet {
        /// The subnet.
        subnet: SubnetId,
    },
    /// A subnet is in another VPC.
    SubnetElsewhere {
        /// The subnet.
        subnet: SubnetId,
        /// Its VPC.
        is_in: VpcId,
        /// The VPC that the load balancer is for.
        vpc: VpcId,
    },
    /// A subnet has no IPv4 addresses, which an internal load balancer needs.
    SubnetIpv6Only {
        /// The subnet.
        subnet: SubnetId,
    },
    /// Two subnets are in the same zone; a load balancer takes one of each.
    SameZone {
        /// The subnets.
        subnets: BTreeSet<SubnetId>,
        /// Their zone.
        zone: String,
    },
    /// An instance does not exist.
    NoSuchInstance {
        /// The instance.
        instance: InstanceId,
    },
    /// An instance has no interface in the VPC.
    InstanceElsewhere {
        /// The instance.
        instance: InstanceId,
        /// The VPC that the load balancer is for.
        vpc: VpcId,
    },
    /// An instance is not running; AWS registers no others (docs/aws.md 11).
    InstanceNotRunning {
        /// The instance.
        instance: InstanceId,
        /// Its state.
        state: InstanceState,
    },
    /// Port 0 is no port.
    NoPort,
    /// The name of the load balancer is taken by one that does not fit.
    NameTaken {
        /// Its ARN.
        arn: String,
        /// Its name.
        name: String,
        /// What does not fit, in words.
        because: String,
    },
    /// The name of the target group is taken by one that does not fit.
    GroupNameTaken {
        /// Its ARN.
        arn: String,
        /// Its name.
        name: String,
        /// What does not fit, in words.
        because: String,
    },
    /// The port of mirrored traffic has a listener that does not hear it.
    PortTaken {
        /// The ARN of the load balancer.
        balancer: String,
        /// AWS's word for the listener's protocol.
        protocol: String,
    },
    /// The listener forwards to no target group.
    ForwardsNowhere {
        /// The ARN of the listener.
        listener: String,
    },
    /// The listener's target group takes no instances.
    GroupTakesNoInstances {
        /// The ARN of the target group.
        group: String,
        /// AWS's word for what it takes.
        target_type: String,
    },
}

impl Refusal {
    /// What a person can do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NoSuchInterface { .. }
            | Self::NoSuchLoadBalancer { .. }
            | Self::NoSuchEndpoint { .. }
            | Self::NoSuchSubnet { .. }
            | Self::NoSuchInstance { .. } => "check the id, --region and --profile",
            Self::OtherRegion { .. } => "run with --region of the ARN",
            Self::NotAnArn { .. } => {
                "give an ARN such as arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/sensors/0a1b2c3d4e5f6789"
            }
            Self::InterfaceOfOthers { .. } => "let that account make the target and share it",
            Self::InterfaceIsMirrored { .. } => {
                "remove these sessions first: blacklist the interface's instance, so that it is not mirrored again, and run session_mirror_tap"
            }
            Self::NotNetwork { .. } | Self::NotGwlbEndpoint { .. } => {
                "a target is an interface, a Network Load Balancer or a Gateway Load Balancer endpoint"
            }
            Self::LoadBalancerFailed { .. } => "delete that load balancer and run again",
            Self::EndpointUnusable { .. } => "name an endpoint that is available",
            Self::NoSubnets { .. } => {
                "check the VPC's id and --region, or make a subnet with IPv4 addresses"
            }
            Self::SubnetElsewhere { .. } | Self::SubnetIpv6Only { .. } | Self::SameZone { .. } => {
                "name subnets of the VPC that have IPv4 addresses, one for each zone"
            }
            Self::InstanceElsewhere { .. } => "register instances of the same VPC",
            Self::InstanceNotRunning { .. } => {
                "start the instance and wait until it runs, or leave it out and register it later"
            }
            Self::NoPort => "give a TCP port between 1 and 65535 that the appliance answers on",
            Self::NameTaken { .. } | Self::GroupNameTaken { .. } => {
                "rename or delete it, or choose another --vendor, or name an existing load balancer by its ARN"
            }
            Self::PortTaken { .. } | Self::ForwardsNowhere { .. } => {
                "remove that listener, or name another load balancer by its ARN"
            }
            Self::GroupTakesNoInstances { .. } => {
                "leave the instances out and register their addresses in that target group by hand"
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchInterface { eni, region } => {
                write!(f, "the network interface {eni} does not exist in {region}")
            }
            Self::InterfaceOfOthers { eni, owner } => {
                write!(f, "the network interface {eni} belongs to account {owner}")
            }
            Self::InterfaceIsMirrored { eni, sessions } => {
                write!(f, "the network interface {eni} is itself mirrored, by ")?;
                list(f, sessions)
            }
            Self::NoSuchLoadBalancer { arn, region } => {
                write!(f, "the load balancer {arn} does not exist in {region}")
            }
            Self::OtherRegion { arn, region } => {
                write!(f, "the load balancer {arn} is not in {region}")
            }
            Self::NotAnArn { given } => write!(f, "`{given}` is not the ARN of a load balancer"),
            Self::NotNetwork { arn, kind } => {
                write!(
                    f,
                    "the load balancer {arn} is of type `{kind}`, not a Network Load Balancer"
                )
            }
            Self::LoadBalancerFailed { arn } => {
                write!(f, "the load balancer {arn} is in state `failed`")
            }
            Self::NoSuchEndpoint { id, region } => {
                write!(f, "the VPC endpoint {id} does not exist in {region}")
            }
            Self::NotGwlbEndpoint { id, kind } => {
                write!(f, "the VPC endpoint {id} is of type `{kind}`, not `GatewayLoadBalancer`")
            }
            Self::EndpointUnusable { id, state } => {
                write!(f, "the VPC endpoint {id} is in state `{state}`")
            }
            Self::NoSubnets { vpc } => {
                write!(f, "{vpc} has no subnet that could hold a load balancer, or does not exist")
            }
            Self::NoSuchSubnet { subnet } => write!(f, "the subnet {subnet} does not exist"),
            Self::SubnetElsewhere { subnet, is_in, vpc } => {
                write!(f, "the subnet {subnet} is in {is_in}, not in {vpc}")
            }
            Self::SubnetIpv6Only { subnet } => {
                write!(f, "the subnet {subnet} has IPv6 addresses only")
            }
            Self::SameZone { subnets, zone } => {
                write!(f, "several subnets of the zone {zone}: ")?;
                list(f, subnets)
            }
            Self::NoSuchInstance { instance } => {
                write!(f, "the instance {instance} does not exist")
            }
            Self::InstanceElsewhere { instance, vpc } => {
                write!(f, "the instance {instance} has no interface in {vpc}")
            }
            Self::InstanceNotRunning { instance, state } => {
                write!(f, "the instance {instance} is {}", state.as_str())
            }
            Self::NoPort => write!(f, "the port of the health check is 0"),
            Self::NameTaken { arn, name, because } => {
                write!(f, "the name {name} is taken by the load balancer {arn}, which {because}")
            }
            Self::GroupNameTaken { arn, name, because } => {
                write!(f, "the name {name} is taken by the target group {arn}, which {because}")
            }
            Self::PortTaken { balancer, protocol } => write!(
                f,
                "port {VXLAN_PORT} of the load balancer {balancer} has a {protocol} listener, which hears no UDP"
            ),
            Self::ForwardsNowhere { listener } => {
                write!(f, "the listener {listener} forwards to no target group")
            }
            Self::GroupTakesNoInstances { group, target_type } => {
                write!(
                    f,
                    "the target group {group} takes targets of type `{target_type}`, not instances"
                )
            }
        }
    }
}

/// Writes things with commas.
pub(super) fn list<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    things: impl IntoIterator<Item = T>,
) -> fmt::Result {
    for (i, thing) in things.into_iter().enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        write!(f, "{comma}{thing}")?;
    }
    Ok(())
}
