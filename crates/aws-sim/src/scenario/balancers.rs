//! Load balancers, listeners and target groups of a scenario.

use std::collections::BTreeMap;

use super::build::{Built, Names, Problem};
use super::guards;
use super::spec::{BalancerSpec, GroupSpec};
use crate::elbv2::{attributes, balancer_arn, group_arn, listener_arn};
use crate::model::{HealthCheck, Listener, LoadBalancer, Registered, TargetGroup};
use crate::world::RegionWorld;

pub(super) fn group(world: &mut RegionWorld, names: &mut Names, spec: &GroupSpec) -> Built<()> {
    let arn = spec.arn.clone().unwrap_or_else(|| group_arn(world, &spec.name));
    names.note("target group", Some(&spec.name), &arn)?;
    let port = spec.port.unwrap_or(4789);
    let kind = spec.kind.clone().unwrap_or_else(|| "instance".to_owned());
    let mut targets = Vec::new();
    for entry in &spec.targets {
        let id = match kind.as_str() {
            "instance" => names.find("instance", &entry.target)?.clone(),
            _ => entry.target.text.clone(),
        };
        let zone = world.instances.get(&id).map(|instance| instance.zone.clone());
        let port = entry.port.unwrap_or(port);
        targets.push(Registered { id, port, zone, health: entry.health.clone() });
    }
    let protocol = spec.protocol.clone().unwrap_or_else(|| "UDP".to_owned());
    let group = TargetGroup {
        arn: arn.clone(),
        name: spec.name.clone(),
        protocol,
        port,
        vpc: names.find("vpc", &spec.vpc)?.clone(),
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
