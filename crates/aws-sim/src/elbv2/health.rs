//! Targets of target groups: RegisterTargets, DescribeTargetHealth.

use std::net::IpAddr;

use super::groups;
use super::paging::invalid;
use crate::dispatch::Ctx;
use crate::error::{Answer, ApiError};
use crate::model::{InstanceState, Registered, TargetGroup};
use crate::xml::Xml;

/// What a target group may hold.
const MAX_TARGETS: usize = 1000;

fn named(ctx: &Ctx<'_>, group: &TargetGroup) -> Answer<Vec<(String, u16)>> {
    let mut named = Vec::new();
    for entry in ctx.request.structs("Targets.member") {
        let port = entry.number("Port")?.unwrap_or(group.port);
        if port == 0 {
            return Err(invalid("A target's port must be from 1 to 65535"));
        }
        named.push((entry.need("Id")?.to_owned(), port));
    }
    Ok(named)
}

/// RegisterTargets.
pub(super) fn register(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let arn = ctx.request.need("TargetGroupArn")?;
    let group = groups::by_arn(ctx, arn)?;
    let named = named(ctx, group)?;
    if named.is_empty() {
        return Err(invalid("At least one target must be specified"));
    }
    let entries = ctx.request.structs("Targets.member");
    if group.target_type == "instance"
        && entries.iter().any(|entry| entry.str("AvailabilityZone").is_some())
    {
        return Err(invalid("An Availability Zone cannot be specified for an instance"));
    }
    let mut targets = group.targets.clone();
    for ((id, port), entry) in named.into_iter().zip(&entries) {
        let zone = if group.target_type == "instance" {
            let instance = ctx.world.instances.get(&id).ok_or_else(|| {
                let text = format!("The following targets are not valid instances: '{id}'");
                ApiError::bad("InvalidTarget", text)
            })?;
            if instance.state_at(ctx.world.clock.now()) != InstanceState::Running {
                let text = format!(
                    "The following targets are not in a running state and cannot be registered: '{id}'"
                );
                return Err(ApiError::bad("InvalidTarget", text));
            }
            if instance.vpc != group.vpc {
                let text = format!(
                    "The following targets are not in the target group VPC '{}': '{id}'",
                    group.vpc
                );
                return Err(ApiError::bad("InvalidTarget", text));
            }
            Some(instance.zone.clone())
        } else {
            let address: Option<IpAddr> = id.parse().ok();
            if address.is_none() {
                let text = format!("The IP address '{id}' is not a valid IPv4 address");
                return Err(ApiError::bad("InvalidTarget", text));
            }
            let found = ctx.world.zone_of_address(&group.vpc, &id);
            let given = entry.str("AvailabilityZone").map(str::to_owned);
            if found.is_none() && given.is_none() {
                return Err(invalid(format!(
                    "You must specify an Availability Zone for the IP address '{id}', which is outside of the VPC"
                )));
            }
            given.or(found)
        };
        if !targets.iter().any(|target| target.id == id && target.port == port) {
            targets.push(Registered { id, port, zone, health: None, reason: None });
        }
    }
    if targets.len() > MAX_TARGETS {
        return Err(ApiError::bad("TooManyTargets", "The target group has too many targets"));
    }
    ctx.world.groups.edit(arn, |group| group.targets = targets);
    Ok(Xml::new())
}

/// State, reason and text of a target: as set by hand, else from whether somebody listens and the instance runs.
fn health(ctx: &Ctx<'_>, group: &TargetGroup, target: &Registered) -> (String, Option<String>) {
    if let Some(health) = &target.health {
        let reason = match health.as_str() {
            "unhealthy" | "unhealthy.draining" => Some("Target.FailedHealthChecks"),
            "initial" => Some("Elb.InitialHealthChecking"),
            "draining" => Some("Target.DeregistrationInProgress"),
            "unused" => Some("Target.NotInUse"),
            "unavailable" => Some("Elb.InternalError"),
            _ => None,
        };
        let reason = target.reason.clone().or_else(|| reason.map(str::to_owned));
        return (health.clone(), reason);
    }
    if !group.targets.iter().any(|known| known.id == target.id && known.port == target.port) {
        return ("unused".to_owned(), Some("Target.NotRegistered".to_owned()));
    }
    let users = groups::users(ctx, &group.arn);
    let users: Vec<_> = users.iter().filter_map(|arn| ctx.world.balancers.get(arn)).collect();
    // A balancer sends nothing to a zone that it is not in.
    let reached = |zone: &String| {
        zone == "all" || users.iter().any(|balancer| balancer.zones.contains_key(zone))
    };
    if users.is_empty() || !target.zone.as_ref().is_none_or(reached) {
        return ("unused".to_owned(), Some("Target.NotInUse".to_owned()));
    }
    let now = ctx.world.clock.now();
    if group.target_type == "instance" {
        let state = ctx.world.instances.get(&target.id).map(|i| i.state_at(now));
        if state != Some(InstanceState::Running) {
            return ("unused".to_owned(), Some("Target.InvalidState".to_owned()));
        }
    }
    if users.iter().all(|balancer| balancer.state_at(now) == "provisioning") {
        return ("initial".to_owned(), Some("Elb.RegistrationInProgress".to_owned()));
    }
    ("healthy".to_owned(), None)
}

/// DescribeTargetHealth; it has no pages.
pub(super) fn describe(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let group = groups::seen(ctx, ctx.request.need("TargetGroupArn")?)?;
    let named = named(ctx, &group)?;
    let mut listed: Vec<Registered> = Vec::new();
    if named.is_empty() {
        listed.clone_from(&group.targets);
    }
    for (id, port) in named {
        let known = group.targets.iter().find(|target| target.id == id && target.port == port);
        listed.push(known.cloned().unwrap_or(Registered {
            id,
            port,
            zone: None,
            health: None,
            reason: None,
        }));
    }
    let mut xml = Xml::new();
    xml.members("TargetHealthDescriptions", &listed, |x, target| {
        let (state, reason) = health(ctx, &group, target);
        x.el("Target", |x| {
            x.leaf("Id", &target.id);
            x.leaf("Port", target.port);
            // That of an instance is its own, and not supported as a part of such a target.
            if group.target_type == "ip" {
                x.opt("AvailabilityZone", target.zone.as_ref());
            }
        });
        let port = &group.check.port;
        let traffic_port = target.port.to_string();
        x.leaf("HealthCheckPort", if port == "traffic-port" { &traffic_port } else { port });
        x.el("TargetHealth", |x| {
            x.leaf("State", state);
            x.opt("Reason", reason);
        });
    });
    Ok(xml)
}
