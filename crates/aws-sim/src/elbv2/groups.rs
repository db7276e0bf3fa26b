//! Target groups: describe, create.

use std::sync::Arc;

use super::attributes;
use super::paging::{check_name, invalid, page, tags};
use crate::dispatch::Ctx;
use crate::error::{Answer, ApiError};
use crate::model::{HealthCheck, TargetGroup};
use crate::xml::Xml;

fn not_found(what: &str) -> ApiError {
    ApiError::bad("TargetGroupNotFound", format!("One or more target groups not found: {what}"))
}

/// The target group of an ARN, for a write.
pub(super) fn by_arn<'a>(ctx: &'a Ctx<'_>, arn: &str) -> Answer<&'a TargetGroup> {
    ctx.world.groups.get(arn).ok_or_else(|| not_found(&format!("'{arn}'")))
}

/// The target group of an ARN as a describe sees it.
pub(super) fn seen(ctx: &Ctx<'_>, arn: &str) -> Answer<Arc<TargetGroup>> {
    ctx.world.groups.seen(arn, ctx.view).ok_or_else(|| not_found(&format!("'{arn}'")))
}

/// The load balancers that forward to a group.
pub(super) fn users<'a>(ctx: &'a Ctx<'_>, group: &str) -> Vec<&'a str> {
    let listeners = ctx.world.listeners.iter().map(|(_, listener)| listener);
    let mut users: Vec<&str> = listeners
        .filter(|listener| listener.groups.iter().any(|arn| arn == group))
        .map(|listener| listener.balancer.as_str())
        .collect();
    users.sort_unstable();
    users.dedup();
    users
}

fn write(x: &mut Xml, ctx: &Ctx<'_>, group: &TargetGroup) {
    let check = &group.check;
    x.leaf("TargetGroupArn", &group.arn);
    x.leaf("TargetGroupName", &group.name);
    x.leaf("Protocol", &group.protocol);
    x.leaf("Port", group.port);
    x.leaf("VpcId", &group.vpc);
    x.leaf("HealthCheckProtocol", &check.protocol);
    x.leaf("HealthCheckPort", &check.port);
    x.leaf("HealthCheckEnabled", true);
    x.leaf("HealthCheckIntervalSeconds", check.interval);
    x.leaf("HealthCheckTimeoutSeconds", check.timeout);
    x.leaf("HealthyThresholdCount", check.healthy);
    x.leaf("UnhealthyThresholdCount", check.unhealthy);
    x.members("LoadBalancerArns", users(ctx, &group.arn), Xml::text);
    x.leaf("TargetType", &group.target_type);
    x.leaf("IpAddressType", "ipv4");
}

/// DescribeTargetGroups.
pub(super) fn describe(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let arns = ctx.request.list("TargetGroupArns.member");
    let names = ctx.request.list("Names.member");
    let balancer = ctx.request.str("LoadBalancerArn");
    let ways = [!arns.is_empty(), !names.is_empty(), balancer.is_some()];
    if ways.into_iter().filter(|given| *given).count() > 1 {
        return Err(invalid(
            "Target group ARNs, target group names and a load balancer ARN cannot be specified at the same time",
        ));
    }
    for arn in &arns {
        seen(ctx, arn)?;
    }
    for name in &names {
        if !ctx.world.groups.list(None, ctx.view).any(|(_, group)| group.name == *name) {
            return Err(not_found(&format!("'[{name}]'")));
        }
    }
    if let Some(arn) = balancer {
        super::balancers::check_seen(ctx, arn)?;
    }
    let passes = |group: &TargetGroup| {
        (arns.is_empty() || arns.contains(&group.arn))
            && (names.is_empty() || names.contains(&group.name))
            && balancer.is_none_or(|arn| users(ctx, &group.arn).contains(&arn))
    };
    let (groups, marker) = page(ctx, &ctx.world.groups, passes)?;
    let mut xml = Xml::new();
    xml.members("TargetGroups", &groups, |x, group| write(x, ctx, group));
    xml.opt("NextMarker", marker);
    Ok(xml)
}

/// CreateTargetGroup: idempotent when all is the same.
pub(super) fn create(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let request = ctx.request;
    let name = request.need("Name")?;
    check_name(name, "target group")?;
    let protocol = request.need("Protocol")?;
    if !["HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE"].contains(&protocol) {
        return Err(invalid(format!("Protocol '{protocol}' is not valid")));
    }
    let port: u16 = request
        .number("Port")?
        .filter(|port| *port > 0)
        .ok_or_else(|| invalid("A port from 1 to 65535 must be specified"))?;
    let vpc = request.need("VpcId")?;
    if !ctx.world.vpcs.has(vpc) {
        return Err(invalid(format!("The VPC ID '{vpc}' is not found")));
    }
    let target_type = request.str("TargetType").unwrap_or("instance");
    if !["instance", "ip", "lambda", "alb"].contains(&target_type) {
        return Err(invalid(format!("Target type '{target_type}' is not valid")));
    }
    let check = check(ctx)?;
    let tags = tags(ctx)?;
    let existing = ctx.world.groups.iter().find(|(_, g)| g.name == name).map(|(_, g)| g);
    if let Some(existing) = existing {
        let same = (existing.protocol.as_str(), existing.port) == (protocol, port)
            && existing.vpc == vpc
            && existing.target_type == target_type
            && existing.check == check
            && existing.tags == tags;
        if !same {
            return Err(ApiError::bad(
                "DuplicateTargetGroupName",
                format!(
                    "A target group with the same name '{name}' exists, but with different settings"
                ),
            ));
        }
        let mut xml = Xml::new();
        xml.members("TargetGroups", [existing], |x, group| write(x, ctx, group));
        return Ok(xml);
    }
    if ctx.world.groups.len() >= ctx.world.quotas.target_groups {
        return Err(ApiError::bad("TooManyTargetGroups", "The target group quota was reached"));
    }
    let group = TargetGroup {
        arn: super::group_arn(ctx.world, name),
        name: name.to_owned(),
        protocol: protocol.to_owned(),
        port,
        vpc: vpc.to_owned(),
        target_type: target_type.to_owned(),
        check,
        targets: Vec::new(),
        attributes: attributes::of_group(protocol, target_type),
        tags,
    };
    ctx.world.groups.put(&group.arn, group.clone());
    let mut xml = Xml::new();
    xml.members("TargetGroups", [&group], |x, group| write(x, ctx, group));
    Ok(xml)
}

fn check(ctx: &Ctx<'_>) -> Answer<HealthCheck> {
    let request = ctx.request;
    let protocol = request.str("HealthCheckProtocol").unwrap_or("TCP");
    if !["HTTP", "HTTPS", "TCP"].contains(&protocol) {
        return Err(ApiError::bad(
            "InvalidConfigurationRequest",
            format!("Health check protocol '{protocol}' is not supported"),
        ));
    }
    if request.str("HealthCheckEnabled").is_some_and(|enabled| enabled != "true") {
        return Err(ApiError::bad(
            "InvalidConfigurationRequest",
            "Health checks cannot be disabled for this target type",
        ));
    }
    let port = request.str("HealthCheckPort").unwrap_or("traffic-port");
    if port != "traffic-port" && !port.parse::<u16>().is_ok_and(|port| port > 0) {
        return Err(invalid(format!("Health check port '{port}' is not valid")));
    }
    let number = |name: &str, default: u32, from: u32, to: u32| {
        let value = request.number(name)?.unwrap_or(default);
        let ok = (from..=to).contains(&value);
        ok.then_some(value)
            .ok_or_else(|| invalid(format!("{name} must be between {from} and {to}")))
    };
    Ok(HealthCheck {
        protocol: protocol.to_owned(),
        port: port.to_owned(),
        interval: number("HealthCheckIntervalSeconds", 30, 5, 300)?,
        timeout: number("HealthCheckTimeoutSeconds", 10, 2, 120)?,
        healthy: number("HealthyThresholdCount", 5, 2, 10)?,
        unhealthy: number("UnhealthyThresholdCount", 2, 2, 10)?,
    })
}
