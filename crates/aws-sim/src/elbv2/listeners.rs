//! Listeners: describe, create.

use super::paging::{invalid, page, tags};
use super::{balancers, groups};
use crate::dispatch::Ctx;
use crate::error::{Answer, ApiError};
use crate::model::Listener;
use crate::xml::Xml;

fn write(x: &mut Xml, listener: &Listener) {
    x.leaf("ListenerArn", &listener.arn);
    x.leaf("LoadBalancerArn", &listener.balancer);
    x.leaf("Port", listener.port);
    x.leaf("Protocol", &listener.protocol);
    x.members("DefaultActions", &listener.groups, |x, group| {
        x.leaf("Type", "forward");
        x.leaf("TargetGroupArn", group);
        x.leaf("Order", 1);
        x.el("ForwardConfig", |x| {
            x.members("TargetGroups", [group], |x, group| {
                x.leaf("TargetGroupArn", group);
            });
        });
    });
}

/// DescribeListeners.
pub(super) fn describe(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let arns = ctx.request.list("ListenerArns.member");
    let balancer = ctx.request.str("LoadBalancerArn");
    if let Some(arn) = balancer {
        balancers::check_seen(ctx, arn)?;
    } else if arns.is_empty() {
        return Err(invalid("You must specify either listener ARNs or a load balancer ARN"));
    }
    if let Some(arn) = arns.iter().find(|arn| ctx.world.listeners.seen(arn, ctx.view).is_none()) {
        let text = format!("One or more listeners not found: '{arn}'");
        return Err(ApiError::bad("ListenerNotFound", text));
    }
    let passes = |listener: &Listener| {
        balancer.is_none_or(|arn| listener.balancer == arn)
            && (arns.is_empty() || arns.contains(&listener.arn))
    };
    let (listeners, marker) = page(ctx, &ctx.world.listeners, passes)?;
    let mut xml = Xml::new();
    xml.members("Listeners", &listeners, |x, listener| write(x, listener));
    xml.opt("NextMarker", marker);
    Ok(xml)
}

/// CreateListener; only forwarding.
pub(super) fn create(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let request = ctx.request;
    let arn = request.need("LoadBalancerArn")?;
    let balancer = balancers::by_arn(ctx, arn)?;
    let protocol = request.need("Protocol")?;
    let allowed: &[&str] = match balancer.kind.as_str() {
        "network" => &["TCP", "TLS", "UDP", "TCP_UDP"],
        _ => &["HTTP", "HTTPS"],
    };
    if !allowed.contains(&protocol) {
        return Err(ApiError::bad(
            "UnsupportedProtocol",
            format!("Protocol '{protocol}' is not supported by a {} load balancer", balancer.kind),
        ));
    }
    if balancer.ip_type != "ipv4" && ["UDP", "TCP_UDP"].contains(&protocol) {
        return Err(ApiError::bad(
            "InvalidConfigurationRequest",
            format!("Protocol '{protocol}' is not supported by a dual-stack load balancer"),
        ));
    }
    let port: u16 = request
        .number("Port")?
        .filter(|port| *port > 0)
        .ok_or_else(|| invalid("A port must be specified"))?;
    let mut forwards = Vec::new();
    for action in request.structs("DefaultActions.member") {
        if action.need("Type")? != "forward" {
            return Err(ApiError::bad(
                "InvalidLoadBalancerAction",
                "Only forward actions are supported",
            ));
        }
        let group = match action.str("TargetGroupArn") {
            Some(group) => group,
            None => action.need("ForwardConfig.TargetGroups.member.1.TargetGroupArn")?,
        };
        let found = groups::by_arn(ctx, group)?;
        let fits = found.protocol == protocol || (protocol == "TLS" && found.protocol == "TCP");
        if !fits {
            return Err(ApiError::bad(
                "IncompatibleProtocols",
                format!(
                    "A {protocol} listener cannot forward to a {} target group",
                    found.protocol
                ),
            ));
        }
        if found.vpc != balancer.vpc {
            return Err(ApiError::bad(
                "InvalidConfigurationRequest",
                format!("The target group '{group}' is not in the VPC of the load balancer"),
            ));
        }
        forwards.push(group.to_owned());
    }
    if forwards.is_empty() {
        return Err(invalid("A listener must have a default action"));
    }
    tags(ctx)?;
    // TCP and UDP on one port are two listeners' worth: AWS wants TCP_UDP there.
    if let Some(existing) = ctx.world.listeners_of(arn).find(|listener| listener.port == port) {
        if existing.protocol == protocol && existing.groups == forwards {
            let mut xml = Xml::new();
            xml.members("Listeners", [existing], write);
            return Ok(xml);
        }
        return Err(ApiError::bad(
            "DuplicateListener",
            format!("A listener already exists on port {port}"),
        ));
    }
    let taken = ctx.world.listeners.iter().find(|(_, listener)| {
        balancer.kind == "network"
            && listener.balancer != arn
            && listener.groups.iter().any(|group| forwards.contains(group))
    });
    if let Some((_, listener)) = taken {
        return Err(ApiError::bad(
            "TargetGroupAssociationLimit",
            format!("The target group is already used by load balancer '{}'", listener.balancer),
        ));
    }
    let listener = Listener {
        arn: super::listener_arn(ctx.world, arn),
        balancer: arn.to_owned(),
        protocol: protocol.to_owned(),
        port,
        groups: forwards,
    };
    ctx.world.put_listener(listener.clone());
    let mut xml = Xml::new();
    xml.members("Listeners", [&listener], write);
    Ok(xml)
}
