//! Mirror targets, filters and sessions of a scenario.

use super::build::{Built, Names, Problem, find_eni, named, nowhere};
use super::spec::{FilterSpec, SessionSpec, TargetSpec};
use crate::model::{MirrorFilter, MirrorTarget, Ports, Rule, Session, TargetKind};
use crate::world::RegionWorld;

pub(super) fn target(world: &mut RegionWorld, names: &mut Names, spec: &TargetSpec) -> Built<()> {
    let id = spec.id.clone().unwrap_or_else(|| world.mint.id("tmt"));
    names.note("target", spec.name.as_ref(), &id)?;
    let owner = spec.owner.clone().unwrap_or_else(|| world.account.clone());
    // What another account shares may lie in a place that this account does not see.
    let shared = owner != world.account;
    let kind = match (&spec.eni, &spec.nlb, &spec.gwlbe) {
        (Some(eni), None, None) => TargetKind::Eni(match find_eni(world, names, &eni.text) {
            Some(id) => id,
            None if shared => eni.text.clone(),
            None => return Err(nowhere("network interface or instance", eni)),
        }),
        (None, Some(nlb), None) if shared => {
            TargetKind::Nlb(names.get("load balancer", &nlb.text).unwrap_or(&nlb.text).clone())
        }
        (None, Some(nlb), None) => TargetKind::Nlb(names.find("load balancer", nlb)?.clone()),
        (None, None, Some(endpoint)) if shared => {
            let known = names.get("vpc endpoint", &endpoint.text);
            TargetKind::Gwlbe(known.unwrap_or(&endpoint.text).clone())
        }
        (None, None, Some(endpoint)) => {
            TargetKind::Gwlbe(names.find("vpc endpoint", endpoint)?.clone())
        }
        _ => {
            let reason = format!("target `{id}` must have exactly one of `eni`, `nlb`, `gwlbe`");
            return Err(Problem { line: 0, reason });
        }
    };
    world.put_target(MirrorTarget {
        id,
        owner,
        kind,
        description: spec.description.clone(),
        sources_limit: spec.sources_limit,
        tags: named(&spec.tags, spec.name.as_ref()),
    });
    Ok(())
}

pub(super) fn filter(world: &mut RegionWorld, names: &mut Names, spec: &FilterSpec) -> Built<()> {
    let id = spec.id.clone().unwrap_or_else(|| world.mint.id("tmf"));
    names.note("filter", spec.name.as_ref(), &id)?;
    let filter = MirrorFilter {
        id: id.clone(),
        description: spec.description.clone(),
        services: spec.network_services.iter().cloned().collect(),
        tags: named(&spec.tags, spec.name.as_ref()),
    };
    world.filters.put(&id, filter);
    for rule in &spec.rules {
        let ports = |ports: Option<[u16; 2]>| ports.map(|[from, to]| Ports { from, to });
        let rule = Rule {
            id: rule.id.clone().unwrap_or_else(|| world.mint.id("tmfr")),
            filter: id.clone(),
            direction: rule.direction,
            number: rule.number,
            action: rule.action.clone(),
            protocol: rule.protocol,
            source_ports: ports(rule.source_ports),
            destination_ports: ports(rule.destination_ports),
            source: rule.source.clone(),
            destination: rule.destination.clone(),
            description: rule.description.clone(),
            tags: rule.tags.clone(),
        };
        world.put_rule(rule);
    }
    Ok(())
}

pub(super) fn session(world: &mut RegionWorld, names: &Names, spec: &SessionSpec) -> Built<()> {
    let owner = spec.owner.clone().unwrap_or_else(|| world.account.clone());
    // Interfaces and filters of other accounts are named by id, and are not seen here.
    let foreign = owner != world.account;
    let eni = match find_eni(world, names, &spec.eni.text) {
        Some(id) => id,
        None if foreign && spec.eni.text.starts_with("eni-") => spec.eni.text.clone(),
        None => return Err(nowhere("network interface or instance", &spec.eni)),
    };
    let filter = match names.get("filter", &spec.filter.text) {
        Some(id) => id.clone(),
        None if foreign && spec.filter.text.starts_with("tmf-") => spec.filter.text.clone(),
        None => return Err(nowhere("filter", &spec.filter)),
    };
    let target = match names.get("target", &spec.target.text) {
        Some(id) => id.clone(),
        // A deleted target leaves its sessions behind.
        None if spec.target.text.starts_with("tmt-") => spec.target.text.clone(),
        None => return Err(nowhere("target", &spec.target)),
    };
    let session = Session {
        id: spec.id.clone().unwrap_or_else(|| world.mint.id("tms")),
        owner,
        eni,
        target,
        filter,
        number: spec.number,
        packet_length: spec.packet_length,
        vni: spec.vni.unwrap_or_else(|| world.next_vni()),
        description: spec.description.clone(),
        tags: spec.tags.clone(),
    };
    if world.sessions.has(&session.id) {
        let reason = format!("two sessions are called `{}`", session.id);
        return Err(Problem { line: spec.eni.line, reason });
    }
    world.put_session(session);
    Ok(())
}
