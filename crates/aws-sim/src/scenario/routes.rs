//! Route tables of a scenario, and those that VPCs have by themselves.

use super::build::{Built, Names, Problem, find_eni, named, nowhere};
use super::network::subnets;
use super::spec::{Ref, RouteSpec, RouteTableSpec};
use crate::cidr::Cidr;
use crate::model::{Destination, Route, RouteTable, Tags, Via, Vpc, derived};
use crate::world::RegionWorld;

pub(super) fn table(
    world: &mut RegionWorld,
    names: &mut Names,
    spec: &RouteTableSpec,
) -> Built<()> {
    let id = spec.id.clone().unwrap_or_else(|| world.mint.id("rtb"));
    names.note("route table", spec.name.as_ref(), &id)?;
    let found = world.vpcs.get(names.find("vpc", &spec.vpc)?);
    let vpc = found.cloned().ok_or_else(|| nowhere("vpc", &spec.vpc))?;
    let others = || world.route_tables.iter().filter(|(_, other)| other.vpc == vpc.id);
    if spec.main && others().any(|(_, other)| other.main) {
        let reason = format!("vpc `{}` has two main route tables", spec.vpc.text);
        return Err(Problem { line: spec.vpc.line, reason });
    }
    let subnets = subnets(world, names, &vpc.id, &spec.subnets)?;
    for (subnet, asked) in subnets.iter().zip(&spec.subnets) {
        let taken = others().any(|(_, other)| other.subnets.contains(subnet));
        let twice = subnets.iter().filter(|other| *other == subnet).count() > 1;
        if taken || twice {
            let reason = format!("subnet `{}` has two route tables", asked.text);
            return Err(Problem { line: asked.line, reason });
        }
    }
    let mut routes = vec![local(&vpc)];
    for route in &spec.routes {
        routes.push(self::route(world, names, route)?);
    }
    let tags = named(&spec.tags, spec.name.as_ref());
    let owner = vpc.owner;
    let table = RouteTable { id, vpc: vpc.id, owner, main: spec.main, subnets, routes, tags };
    world.route_tables.put(&table.id.clone(), table);
    Ok(())
}

/// Gives each VPC that has no main route table the one that it was born with.
pub(super) fn mains(world: &mut RegionWorld) {
    let has_one =
        |vpc: &str| world.route_tables.iter().any(|(_, table)| table.main && table.vpc == vpc);
    let born: Vec<RouteTable> = world
        .vpcs
        .iter()
        .filter(|(id, _)| !has_one(id))
        .map(|(id, vpc)| RouteTable {
            id: derived("rtb", &[id]),
            vpc: id.to_owned(),
            owner: vpc.owner.clone(),
            main: true,
            subnets: Vec::new(),
            routes: vec![local(vpc)],
            tags: Tags::new(),
        })
        .collect();
    for table in born {
        world.route_tables.put(&table.id.clone(), table);
    }
}

/// The route of every table that nobody can remove.
fn local(vpc: &Vpc) -> Route {
    Route {
        to: Destination::V4(vpc.cidr.clone()),
        via: Via::Local,
        state: None,
        origin: "CreateRouteTable".to_owned(),
    }
}

fn route(world: &RegionWorld, names: &Names, spec: &RouteSpec) -> Built<Route> {
    let at = |reason: String| Problem { line: spec.to.line, reason };
    let text = &spec.to.text;
    let to = match Cidr::read(text) {
        Some(cidr) if cidr.is_ipv4() => Destination::V4(text.clone()),
        Some(_) => Destination::V6(text.clone()),
        None if text.starts_with("pl-") => Destination::PrefixList(text.clone()),
        None => {
            return Err(at(format!("`{text}` is neither a block of addresses nor a prefix list")));
        }
    };
    let mut ways = Vec::new();
    let by_id = |asked: &Option<Ref>, prefixes: &[&str], via: fn(String) -> Via| {
        let Some(asked) = asked else { return Ok(None) };
        if prefixes.iter().any(|prefix| asked.text.starts_with(prefix)) {
            return Ok(Some(via(asked.text.clone())));
        }
        let reason = format!("`{}` does not begin with {}", asked.text, prefixes.join(" or "));
        Err(Problem { line: asked.line, reason })
    };
    ways.extend(by_id(&spec.gateway, &["igw-", "vgw-"], Via::Gateway)?);
    ways.extend(by_id(&spec.egress_only_gateway, &["eigw-"], Via::EgressOnly)?);
    ways.extend(by_id(&spec.nat_gateway, &["nat-"], Via::Nat)?);
    ways.extend(by_id(&spec.transit_gateway, &["tgw-"], Via::TransitGateway)?);
    // What is not there by that id is gone: the route stays, and leads nowhere.
    let known = |asked: &Option<Ref>, kind: &'static str, prefix: &str, via: fn(String) -> Via| {
        let Some(asked) = asked else { return Ok(None) };
        let id = match kind {
            "network interface" => find_eni(world, names, &asked.text),
            _ => names.get(kind, &asked.text).cloned(),
        };
        let id = id.or_else(|| asked.text.starts_with(prefix).then(|| asked.text.clone()));
        id.map(|id| Some(via(id))).ok_or_else(|| nowhere(kind, asked))
    };
    ways.extend(known(&spec.peering, "peering", "pcx-", Via::Peering)?);
    ways.extend(known(&spec.vpc_endpoint, "vpc endpoint", "vpce-", Via::Endpoint)?);
    ways.extend(known(&spec.network_interface, "network interface", "eni-", Via::Eni)?);
    ways.extend(known(&spec.instance, "instance", "i-", Via::Instance)?);
    let (Some(via), true) = (ways.pop(), ways.is_empty()) else {
        return Err(at(format!("the route to `{text}` must lead to exactly one thing")));
    };
    let states = ["active", "blackhole"];
    if spec.state.as_ref().is_some_and(|state| !states.contains(&state.as_str())) {
        return Err(at(format!("the route to `{text}` must be `active` or `blackhole`")));
    }
    let origins = ["CreateRouteTable", "CreateRoute", "EnableVgwRoutePropagation", "Advertisement"];
    if !origins.contains(&spec.origin.as_str()) {
        return Err(at(format!("the origin of the route to `{text}` must be one of {origins:?}")));
    }
    Ok(Route { to, via, state: spec.state.clone(), origin: spec.origin.clone() })
}
