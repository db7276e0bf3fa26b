//! Load balancers, listeners and target groups of a scenario.

use std::collections::BTreeMap;

use super::build::{Built, Names, Problem};
use super::guards;
use super::spec::{BalancerSpec, GroupSpec};
use crate::edits::NewEni;
use crate::elbv2::{attributes, balancer_arn, group_arn, listener_arn};
use crate::model::{Attachment, HealthCheck, Listener, LoadBalancer, Registered, TargetGroup};
use crate::world::RegionWorld;

/// What AWS says of a target's health.
const HEALTH: [&str; 7] =
    ["initial", "healthy", "unhealthy", "unhealthy.draining", "unused", "draining", "unavailable"];

pub(super) fn group(world: &mut RegionWorld, names: &mut Names, spec: &GroupSpec) -> Built<()> {
    let arn = spec.arn.clone().unwrap_or_else(|| group_arn(world, &spec.name));
    names.note("target group", Some(&spec.name), &arn)?;
    let port = spec.port.unwrap_or(4789);
    let kind = spec.kind.clone().unwrap_or_else(|| "instance".to_owned());
    let vpc = names.find("vpc", &spec.vpc)?.clone();
    let mut targets = Vec::new();
    for entry in &spec.targets {
        let id = match kind.as_str() {
            "instance" => names.find("instance", &entry.target)?.clone(),
            _ => entry.target.text.clone(),
        };
        let at = |reason: String| Problem { line: entry.target.line, reason };
        let zone = match (world.instances.get(&id), &entry.zone) {
            (Some(_), Some(_)) => {
                return Err(at(format!("the zone of instance `{}` is its own", entry.target.text)));
            }
            (Some(instance), None) => Some(instance.zone.clone()),
            (None, Some(zone)) => Some(zone.clone()),
            (None, None) => world.zone_of_address(&vpc, &id),
        };
        if let Some(health) = entry.health.as_ref().filter(|h| !HEALTH.contains(&h.as_str())) {
            return Err(at(format!("`{health}` is no health of a target")));
        }
        let port = entry.port.unwrap_or(port);
        let (health, reason) = (entry.health.clone(), entry.reason.clone());
        targets.push(Registered { id, port, zone, health, reason });
    }
    let protocol = spec.protocol.clone().unwrap_or_else(|| "UDP".to_owned());
    let mut attributes = attributes::of_group(&protocol, &kind);
    if let Some(value) = &spec.cross_zone {
        if !attributes::GROUP_CROSS_ZONE.contains(&value.as_str()) {
            let known = attributes::GROUP_CROSS_ZONE.join("`, `");
            let reason = format!("`cross_zone` of `{}` is none of `{known}`", spec.name);
            return Err(Problem { line: spec.vpc.line, reason });
        }
        attributes.insert(attributes::CROSS_ZONE.to_owned(), value.clone());
    }
    let group = TargetGroup {
        arn: arn.clone(),
        name: spec.name.clone(),
        protocol,
        port,
        vpc,
        attributes,
        target_type: kind,
        check: HealthCheck {
            protocol: "TCP".to_owned(),
            port: "22".to_owned(),
            interval: 30,
            timeout: 10,
            healthy: 5,
            unhealthy: 2,
        },
        targets,
        tags: spec.tags.clone(),
    };
    world.groups.put(&arn, group);
    Ok(())
}

pub(super) fn balancer(
    world: &mut RegionWorld,
    names: &mut Names,
    spec: &BalancerSpec,
) -> Built<()> {
    let kind = spec.kind.clone().unwrap_or_else(|| "network".to_owned());
    let arn = spec.arn.clone().unwrap_or_else(|| balancer_arn(world, &kind, &spec.name));
    names.note("load balancer", Some(&spec.name), &arn)?;
    let mut zones = BTreeMap::new();
    let mut vpc = None;
    for subnet in &spec.subnets {
        let id = names.find("subnet", subnet)?;
        if let Some(found) = world.subnets.get(id) {
            if zones.insert(found.zone.clone(), id.clone()).is_some() {
                let reason =
                    format!("load balancer `{}` has two subnets in {}", spec.name, found.zone);
                return Err(Problem { line: subnet.line, reason });
            }
            vpc = Some(found.vpc.clone());
        }
    }
    let Some(vpc) = vpc else {
        let reason = format!("load balancer `{}` has no subnets", spec.name);
        return Err(Problem { line: 0, reason });
    };
    let groups = guards::groups_in(world, names, &vpc, &spec.security_groups)?;
    let balancer = LoadBalancer {
        arn: arn.clone(),
        name: spec.name.clone(),
        kind,
        scheme: spec.scheme.clone().unwrap_or_else(|| "internal".to_owned()),
        ip_type: "ipv4".to_owned(),
        vpc,
        zones,
        groups,
        active_at: world.clock.now(),
        state: spec.state.clone(),
        attributes: attributes::initial(spec.cross_zone),
        tags: spec.tags.clone(),
    };
    if spec.interfaces {
        interfaces(world, &balancer);
    }
    world.balancers.put(&arn, balancer);
    for listener in &spec.listeners {
        let group = names.find("target group", &listener.target_group)?.clone();
        let listener = Listener {
            arn: listener_arn(world, &arn),
            balancer: arn.clone(),
            protocol: listener.protocol.clone(),
            port: listener.port,
            groups: vec![group],
        };
        world.put_listener(listener);
    }
    Ok(())
}

/// The interfaces that a load balancer has of itself, one in each of its zones.
fn interfaces(world: &mut RegionWorld, balancer: &LoadBalancer) {
    // `loadbalancer/net/NAME/ID` at the end of the ARN.
    let path = balancer.arn.split_once(":loadbalancer/").map_or("", |(_, path)| path);
    let kind = match balancer.kind.as_str() {
        "network" => "network_load_balancer",
        "gateway" => "gateway_load_balancer",
        _ => "interface",
    };
    for subnet in balancer.zones.values() {
        let Some(subnet) = world.subnets.get(subnet).cloned() else { continue };
        let bare = balancer.groups.is_empty();
        let id = world.create_eni(NewEni {
            kind: kind.to_owned(),
            description: format!("ELB {path}"),
            groups: balancer.groups.clone(),
            ..NewEni::in_subnet(&subnet)
        });
        let attachment = Attachment {
            id: world.mint.id("eni-attach"),
            instance: None,
            owner: "amazon-elb".to_owned(),
            device_index: 1,
            status: "attached".to_owned(),
            delete_on_termination: false,
        };
        world.enis.edit(&id, |eni| {
            if bare {
                // Without groups of its own, nothing keeps traffic from it.
                eni.groups.clear();
            }
            eni.requester_id = Some("amazon-elb".to_owned());
            eni.requester_managed = true;
            eni.attachment = Some(attachment);
        });
    }
}
