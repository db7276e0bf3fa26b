//! Elastic Load Balancing v2, one file per resource: the list of its actions is here.

pub(crate) mod attributes;
mod balancers;
mod groups;
mod health;
mod listeners;
mod paging;

use crate::dispatch::{Action, Handler};
use crate::wire::Service;
use crate::world::RegionWorld;

macro_rules! actions {
    ($($name:literal => $handler:path, [$($param:literal),* $(,)?];)*) => {
        /// Every ELBv2 action that is simulated.
        pub(crate) const ACTIONS: &[Action] = &[$(Action {
            service: Service::Elb,
            name: $name,
            params: &[$($param),*],
            handler: Handler::Xml($handler),
        }),*];
    };
}

actions! {
    "DescribeLoadBalancers" => balancers::describe,
        ["LoadBalancerArns", "LoadBalancerArns.member.#", "Names", "Names.member.#", "Marker", "PageSize"];
    "CreateLoadBalancer" => balancers::create,
        ["Name", "Subnets.member.#", "SubnetMappings.member.#.SubnetId", "SubnetMappings.member.#.AllocationId",
         "SubnetMappings.member.#.PrivateIPv4Address", "SubnetMappings.member.#.IPv6Address",
         "SubnetMappings.member.#.SourceNatIpv6Prefix", "SecurityGroups.member.#", "Scheme",
         "Tags.member.#.Key", "Tags.member.#.Value", "Type", "IpAddressType", "CustomerOwnedIpv4Pool",
         "EnablePrefixForIpv6SourceNat", "IpamPools.Ipv4IpamPoolId"];
    "ModifyLoadBalancerAttributes" => attributes::modify,
        ["LoadBalancerArn", "Attributes.member.#.Key", "Attributes.member.#.Value"];
    "DescribeLoadBalancerAttributes" => attributes::describe, ["LoadBalancerArn"];
    "CreateTargetGroup" => groups::create,
        ["Name", "Protocol", "ProtocolVersion", "Port", "VpcId", "HealthCheckProtocol", "HealthCheckPort",
         "HealthCheckEnabled", "HealthCheckPath", "HealthCheckIntervalSeconds", "HealthCheckTimeoutSeconds",
         "HealthyThresholdCount", "UnhealthyThresholdCount", "Matcher.HttpCode", "Matcher.GrpcCode",
         "TargetType", "Tags.member.#.Key", "Tags.member.#.Value", "IpAddressType", "TargetControlPort"];
    "DescribeTargetGroups" => groups::describe,
        ["LoadBalancerArn", "TargetGroupArns", "TargetGroupArns.member.#", "Names", "Names.member.#", "Marker",
         "PageSize"];
    "DescribeTargetGroupAttributes" => attributes::describe_group, ["TargetGroupArn"];
    "RegisterTargets" => health::register,
        ["TargetGroupArn", "Targets.member.#.Id", "Targets.member.#.Port", "Targets.member.#.AvailabilityZone",
         "Targets.member.#.QuicServerId"];
    "DescribeTargetHealth" => health::describe,
        ["TargetGroupArn", "Targets", "Targets.member.#.Id", "Targets.member.#.Port",
         "Targets.member.#.AvailabilityZone", "Targets.member.#.QuicServerId", "Include", "Include.member.#"];
    "CreateListener" => listeners::create,
        ["LoadBalancerArn", "Protocol", "Port", "SslPolicy", "Certificates.*", "DefaultActions.member.#.*",
         "AlpnPolicy.member.#", "Tags.member.#.Key", "Tags.member.#.Value", "MutualAuthentication.*"];
    "DescribeListeners" => listeners::describe,
        ["LoadBalancerArn", "ListenerArns", "ListenerArns.member.#", "Marker", "PageSize"];
}

fn arn(world: &RegionWorld, rest: &str) -> String {
    format!("arn:aws:elasticloadbalancing:{}:{}:{rest}", world.region, world.account)
}

/// The 16 digits at the end of an ARN.
fn suffix(world: &mut RegionWorld) -> String {
    format!("{:016x}", 0x0a00_0000_0000_0000_u64 + u64::from(world.mint.number()))
}

/// The ARN of a load balancer to be.
pub(crate) fn balancer_arn(world: &mut RegionWorld, kind: &str, name: &str) -> String {
    let short = match kind {
        "network" => "net",
        "gateway" => "gwy",
        _ => "app",
    };
    let suffix = suffix(world);
    arn(world, &format!("loadbalancer/{short}/{name}/{suffix}"))
}

/// The ARN of a target group to be.
pub(crate) fn group_arn(world: &mut RegionWorld, name: &str) -> String {
    let suffix = suffix(world);
    arn(world, &format!("targetgroup/{name}/{suffix}"))
}

/// The ARN of a listener to be.
pub(crate) fn listener_arn(world: &mut RegionWorld, balancer: &str) -> String {
    let suffix = suffix(world);
    format!("{}/{suffix}", balancer.replacen(":loadbalancer/", ":listener/", 1))
}
