//! Load balancers: describe, create. Their attributes are in `attributes`.

use std::collections::BTreeMap;

use super::attributes;
use super::paging::{check_name, invalid, page, tags};
use crate::dispatch::Ctx;
use crate::error::{Answer, ApiError};
use crate::model::LoadBalancer;
use crate::xml::Xml;

/// ARNs that one call may name.
const MAX_ARNS: usize = 20;

fn not_found(what: &str) -> ApiError {
    ApiError::bad("LoadBalancerNotFound", format!("One or more load balancers not found: {what}"))
}

/// The load balancer of an ARN, for a write.
pub(super) fn by_arn<'a>(ctx: &'a Ctx<'_>, arn: &str) -> Answer<&'a LoadBalancer> {
    ctx.world.balancers.get(arn).ok_or_else(|| not_found(&format!("'{arn}'")))
}

/// Refuses an ARN that a describe does not see.
pub(super) fn check_seen(ctx: &Ctx<'_>, arn: &str) -> Answer<()> {
    let seen = ctx.world.balancers.seen(arn, ctx.view);
    seen.map(|_| ()).ok_or_else(|| not_found(&format!("'{arn}'")))
}

fn write(x: &mut Xml, ctx: &Ctx<'_>, balancer: &LoadBalancer, created: bool) {
    let region = &ctx.world.region;
    // What the call that makes it answers is its first state, however soon it is active.
    let state = if created { "provisioning" } else { balancer.state_at(ctx.world.clock.now()) };
    x.leaf("LoadBalancerArn", &balancer.arn);
    x.leaf("DNSName", format!("{}-0a1b2c3d4e5f6789.elb.{region}.amazonaws.com", balancer.name));
    x.leaf("CanonicalHostedZoneId", "Z26RNL4JYFTOTI");
    x.leaf("CreatedTime", crate::ec2::instances::LAUNCHED);
    x.leaf("LoadBalancerName", &balancer.name);
    x.leaf("Scheme", &balancer.scheme);
    x.leaf("VpcId", &balancer.vpc);
    x.el("State", |x| x.leaf("Code", state));
    x.leaf("Type", &balancer.kind);
    x.members("AvailabilityZones", &balancer.zones, |x, (zone, subnet)| {
        x.leaf("ZoneName", zone);
        x.leaf("SubnetId", subnet);
        x.members("LoadBalancerAddresses", [(); 0], |_, ()| {});
    });
    if !balancer.groups.is_empty() {
        x.members("SecurityGroups", &balancer.groups, |x, group| x.text(group));
    }
    x.leaf("IpAddressType", &balancer.ip_type);
}

/// DescribeLoadBalancers.
pub(super) fn describe(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let arns = ctx.request.list("LoadBalancerArns.member");
    let names = ctx.request.list("Names.member");
    if arns.len() > MAX_ARNS || names.len() > MAX_ARNS {
        return Err(invalid(format!("At most {MAX_ARNS} load balancers can be named in one call")));
    }
    if !arns.is_empty() && !names.is_empty() {
        return Err(invalid(
            "Load balancer names and load balancer ARNs cannot be specified at the same time",
        ));
    }
    for arn in &arns {
        check_seen(ctx, arn)?;
    }
    for name in &names {
        if !ctx.world.balancers.list(None, ctx.view).any(|(_, balancer)| balancer.name == *name) {
            return Err(not_found(&format!("'[{name}]'")));
        }
    }
    let all = arns.is_empty() && names.is_empty();
    let passes = |b: &LoadBalancer| all || arns.contains(&b.arn) || names.contains(&b.name);
    let (balancers, marker) = page(ctx, &ctx.world.balancers, passes)?;
    let mut xml = Xml::new();
    xml.members("LoadBalancers", &balancers, |x, balancer| write(x, ctx, balancer, false));
    xml.opt("NextMarker", marker);
    Ok(xml)
}

/// CreateLoadBalancer: idempotent when all is the same.
pub(super) fn create(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let request = ctx.request;
    let name = request.need("Name")?;
    check_name(name, "load balancer")?;
    if name.starts_with("internal-") {
        return Err(invalid("A load balancer name cannot begin with 'internal-'"));
    }
    let kind = one_of(ctx, "Type", "application", &["application", "network", "gateway"])?;
    let scheme = request.str("Scheme").unwrap_or("internet-facing");
    if !["internet-facing", "internal"].contains(&scheme) {
        return Err(ApiError::bad("InvalidScheme", format!("The scheme '{scheme}' is not valid")));
    }
    let ip_type = one_of(
        ctx,
        "IpAddressType",
        "ipv4",
        &["ipv4", "dualstack", "dualstack-without-public-ipv4"],
    )?;
    if scheme == "internal" && ip_type != "ipv4" {
        return Err(ApiError::bad(
            "InvalidConfigurationRequest",
            "An internal load balancer must have the IP address type ipv4",
        ));
    }
    let (vpc, zones) = zones(ctx)?;
    if kind == "application" && zones.len() < 2 {
        return Err(invalid(
            "At least two subnets in two different Availability Zones must be specified",
        ));
    }
    let groups = request.list("SecurityGroups.member");
    let known = |id: &String| {
        let group = ctx.world.security_groups.get(id);
        group.map_or(ctx.world.any_group, |group| group.vpc == vpc)
    };
    if let Some(id) = groups.iter().find(|id| !known(id)) {
        let text = format!("The security group '{id}' does not exist");
        return Err(ApiError::bad("InvalidSecurityGroup", text));
    }
    let tags = tags(ctx)?;
    let existing = ctx.world.balancers.iter().find(|(_, b)| b.name == name).map(|(_, b)| b);
    if let Some(existing) = existing {
        let same = existing.kind == kind
            && existing.scheme == scheme
            && existing.ip_type == ip_type
            && existing.zones == zones
            && existing.groups == groups
            && existing.tags == tags;
        if !same {
            return Err(ApiError::bad(
                "DuplicateLoadBalancerName",
                format!(
                    "A load balancer with the same name '{name}' exists, but with different settings"
                ),
            ));
        }
        let mut xml = Xml::new();
        xml.members("LoadBalancers", [existing], |x, balancer| write(x, ctx, balancer, false));
        return Ok(xml);
    }
    if ctx.world.balancers.len() >= ctx.world.quotas.load_balancers {
        return Err(ApiError::bad("TooManyLoadBalancers", "The load balancer quota was reached"));
    }
    let balancer = LoadBalancer {
        arn: super::balancer_arn(ctx.world, kind, name),
        name: name.to_owned(),
        kind: kind.to_owned(),
        scheme: scheme.to_owned(),
        ip_type: ip_type.to_owned(),
        vpc,
        zones,
        groups,
        active_at: ctx.world.clock.now() + ctx.switches.settle(),
        state: None,
        // Application load balancers cross zones always, network ones only when told to.
        attributes: attributes::initial(kind == "application"),
        tags,
    };
    ctx.world.balancers.put(&balancer.arn, balancer.clone());
    let mut xml = Xml::new();
    xml.members("LoadBalancers", [&balancer], |x, balancer| write(x, ctx, balancer, true));
    Ok(xml)
}

fn one_of<'a>(ctx: &Ctx<'a>, name: &str, default: &'a str, allowed: &[&str]) -> Answer<&'a str> {
    let value = ctx.request.str(name).unwrap_or(default);
    if allowed.contains(&value) {
        return Ok(value);
    }
    Err(invalid(format!(
        "Value '{value}' at '{name}' failed to satisfy constraint: Member must satisfy enum value set: {allowed:?}"
    )))
}

/// The zones of the subnets that are asked for: one subnet per zone, all of one VPC.
fn zones(ctx: &Ctx<'_>) -> Answer<(String, BTreeMap<String, String>)> {
    let mut ids = ctx.request.list("Subnets.member");
    let mappings = ctx.request.structs("SubnetMappings.member");
    if !ids.is_empty() && !mappings.is_empty() {
        return Err(invalid("You must specify either subnets or subnet mappings, not both"));
    }
    for mapping in &mappings {
        ids.push(mapping.need("SubnetId")?.to_owned());
    }
    let mut zones = BTreeMap::new();
    let mut vpc: Option<String> = None;
    for id in ids {
        let subnet = ctx.world.subnets.get(&id).ok_or_else(|| {
            ApiError::bad("SubnetNotFound", format!("The subnet ID '{id}' does not exist"))
        })?;
        if vpc.as_ref().is_some_and(|vpc| *vpc != subnet.vpc) {
            return Err(ApiError::bad(
                "InvalidConfigurationRequest",
                "All subnets must belong to the same VPC",
            ));
        }
        vpc = Some(subnet.vpc.clone());
        if zones.insert(subnet.zone.clone(), id.clone()).is_some() {
            return Err(ApiError::bad(
                "InvalidConfigurationRequest",
                "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
            ));
        }
        if subnet.ipv6_native {
            return Err(ApiError::bad(
                "InvalidSubnet",
                format!("The subnet '{id}' has no IPv4 addresses"),
            ));
        }
    }
    vpc.map(|vpc| (vpc, zones)).ok_or_else(|| invalid("At least one subnet must be specified"))
}
