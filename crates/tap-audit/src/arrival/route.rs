//! The way from a source's subnet to where packets go in: the route table of the *source's* subnet decides (docs/aws.md 2).
//!
//! ```text
//!   local                    the same VPC
//!   a peering                active, and between these two VPCs
//!   a transit gateway        both VPCs attached to it; its own route tables are not read, so nobody can tell further
//!   an endpoint, an interface   whatever stands there decides: nobody can tell
//!   anything else            does not lead there
//! ```

use std::collections::BTreeMap;

use ipnet::IpNet;
use tap_core::call::Call;
use tap_core::ids::{GatewayId, RouteTableId, SubnetId, TargetId, VpcId};
use tap_core::network::{InterfaceFacts, Route, RouteDestination, RouteTable, Via};

use super::{Entrance, Verdict};
use crate::collect::Problem;
use crate::finding::FindingCode;
use crate::scene::Scene;

/// A route table with its id.
type Table<'a> = (&'a RouteTableId, &'a RouteTable);

/// The route tables, by the subnets that they serve.
pub(super) struct Routes<'a> {
    scene: &'a Scene<'a>,
    of_subnets: BTreeMap<&'a SubnetId, Table<'a>>,
    main: BTreeMap<&'a VpcId, Table<'a>>,
}

impl<'a> Routes<'a> {
    pub(super) fn of(scene: &'a Scene<'a>) -> Self {
        let tables = &scene.net.route_tables;
        let of_subnets = tables
            .iter()
            .flat_map(|(id, table)| table.subnets.iter().map(move |subnet| (subnet, (id, table))));
        let main = tables.iter().filter(|(_, table)| table.main);
        Self {
            of_subnets: of_subnets.collect(),
            main: main.map(|(id, table)| (&table.vpc, (id, table))).collect(),
            scene,
        }
    }

    /// Follows the way to an entrance. Gives the transit gateway that it leads through, if it does.
    pub(super) fn follow(
        &self,
        source: &InterfaceFacts,
        entrance: &Entrance,
        target: &TargetId,
        verdict: &mut Verdict,
    ) -> Option<&'a GatewayId> {
        if let Some(why) = self.scene.refused(&[Call::DescribeRouteTables]) {
            verdict.unknown(why);
            return None;
        }
        let table = self.of_subnets.get(&source.subnet).or_else(|| self.main.get(&source.vpc));
        let Some((id, table)) = table else {
            verdict.unknown(format!("the route table of {} cannot be seen", source.subnet));
            return None;
        };
        let Some(block) = self.block_of(entrance) else {
            let why = self.scene.refused(&[Call::DescribeSubnets]);
            verdict.unknown(
                why.unwrap_or_else(|| {
                    format!("the addresses of {} cannot be seen", entrance.subnet)
                }),
            );
            return None;
        };
        let hop = Hop { source, entrance, target, table: id };
        match lookup(table, block) {
            Lookup::One(route) => self.along(route, &hop, verdict),
            Lookup::None => {
                self.lost(&hop, None, verdict);
                None
            }
            Lookup::Several => {
                verdict.unknown(format!(
                    "{id} has several routes into {}, and the address of {target} there is not known",
                    entrance.subnet
                ));
                None
            }
            Lookup::PrefixList(list) => {
                verdict.unknown(format!(
                    "{id} has a route for prefix list {list}, whose blocks are not read"
                ));
                None
            }
        }
    }

    fn block_of(&self, entrance: &Entrance) -> Option<IpNet> {
        match entrance.address {
            Some(address) => Some(address.into()),
            None => self.scene.inv.subnets.get(&entrance.subnet)?.block.map(IpNet::from),
        }
    }

    /// Where one route leads.
    fn along(
        &self,
        route: &'a Route,
        hop: &Hop<'_>,
        verdict: &mut Verdict,
    ) -> Option<&'a GatewayId> {
        let Hop { source, entrance, target, table } = hop;
        let same = source.vpc == entrance.vpc;
        if !route.active {
            let what = format!(
                "the route of {table} from {} to {target} leads to {}, which is gone",
                source.subnet,
                name(&route.via)
            );
            let at = [table.to_string(), name(&route.via).to_owned(), target.to_string()];
            verdict.problems.push(Problem::new(FindingCode::BlackHole, at, what));
            return None;
        }
        match &route.via {
            Via::Local if same => {}
            Via::Local => {
                self.lost(hop, Some("within its own VPC, whose addresses overlap"), verdict)
            }
            Via::Endpoint(_) => {
                verdict.unknown(format!(
                    "{table} leads through {}, which decides where packets go",
                    name(&route.via)
                ));
            }
            Via::Other(id) if id.starts_with("eni-") || id.starts_with("i-") => {
                verdict
                    .unknown(format!("{table} leads through {id}, which decides where packets go"));
            }
            Via::Other(id) => self.lost(hop, Some(id), verdict),
            Via::Peering(_) | Via::Gateway(_) if same => {
                verdict
                    .unknown(format!("{table} leads out of the VPC, through {}", name(&route.via)));
            }
            Via::Peering(id) => self.by_peering(id, hop, verdict),
            Via::Gateway(id) => {
                self.by_gateway(id, hop, verdict);
                return Some(id);
            }
        }
        None
    }

    fn by_peering(&self, id: &tap_core::ids::PeeringId, hop: &Hop<'_>, verdict: &mut Verdict) {
        if let Some(why) = self.scene.refused(&[Call::DescribeVpcPeeringConnections]) {
            return verdict.unknown(why);
        }
        let (from, to) = (&hop.source.vpc, &hop.entrance.vpc);
        match self.scene.net.peerings.get(id) {
            // Between these two: in use, or not.
            Some(peering) if peering.joins(from, to) && peering.status == "active" => {}
            Some(peering) if peering.joins(from, to) => {
                let (status, table, target) = (&peering.status, hop.table, hop.target);
                let what = format!("{id}, which {table} leads to for {target}, is {status}");
                let at = [table.to_string(), id.to_string(), target.to_string()];
                verdict.problems.push(Problem::new(FindingCode::BlackHole, at, what));
            }
            // A peering does not lead on to a third VPC.
            Some(_) => self.lost(hop, Some(&format!("{id}, which leads to another VPC")), verdict),
            None => verdict.unknown(format!("{id} cannot be seen")),
        }
    }

    fn by_gateway(&self, id: &GatewayId, hop: &Hop<'_>, verdict: &mut Verdict) {
        if let Some(why) = self.scene.refused(&[Call::DescribeTransitGatewayVpcAttachments]) {
            return verdict.unknown(why);
        }
        let attached = |vpc: &VpcId| {
            let mut all = self.scene.net.attachments.iter();
            all.any(|a| a.gateway == *id && a.vpc == *vpc && a.state == "available")
        };
        // Gateways may be peered with each other: only one that nothing is attached to leads nowhere for certain.
        if attached(&hop.entrance.vpc) && attached(&hop.source.vpc) {
            verdict.unknown(format!("the route tables of {id} itself are not read"));
        } else if attached(&hop.source.vpc) {
            verdict.unknown(format!(
                "{} is not attached to {id}: whether it leads on is not read",
                hop.entrance.vpc
            ));
        } else {
            self.lost(
                hop,
                Some(&format!("{id}, which {} is not attached to", hop.source.vpc)),
                verdict,
            );
        }
    }

    /// Packets do not get there.
    fn lost(&self, hop: &Hop<'_>, to: Option<&str>, verdict: &mut Verdict) {
        let Hop { source, entrance, target, table } = hop;
        let (from, to_vpc) = (&source.vpc, &entrance.vpc);
        let links =
            [Call::DescribeVpcPeeringConnections, Call::DescribeTransitGatewayVpcAttachments];
        let is_linked = from == to_vpc || self.are_linked(from, to_vpc);
        if !is_linked && self.scene.refused(&links).is_none() {
            let what = format!("nothing links {from} with {to_vpc}, where {target} is");
            let at = [from.to_string(), to_vpc.to_string(), target.to_string()];
            verdict.problems.push(Problem::new(FindingCode::NoLink, at, what));
            return;
        }
        let subnet = &source.subnet;
        let what = match to {
            Some(to) => format!("{table} of {subnet} leads to {to} for {target}"),
            None => format!("{table} of {subnet} has no route to {target}"),
        };
        let at = [table.to_string(), subnet.to_string(), target.to_string()];
        verdict.problems.push(Problem::new(FindingCode::NoRoute, at, what));
    }

    /// Whether a peering or a transit gateway could carry packets between two VPCs, were there a route.
    fn are_linked(&self, a: &VpcId, b: &VpcId) -> bool {
        let net = self.scene.net;
        let peered = net.peerings.values().any(|p| p.joins(a, b) && p.status == "active");
        let attached =
            |vpc: &VpcId| net.attachments.iter().any(|x| x.vpc == *vpc && x.state == "available");
        // Two gateways may be peered.
        peered || attached(a) && attached(b)
    }
}

/// One step of the way.
struct Hop<'b> {
    source: &'b InterfaceFacts,
    entrance: &'b Entrance,
    target: &'b TargetId,
    table: &'b RouteTableId,
}

/// What a table has for a block.
enum Lookup<'a> {
    /// One route takes all of it.
    One(&'a Route),
    /// No route takes it.
    None,
    /// A more specific route takes part of it.
    Several,
    /// A prefix list may take it.
    PrefixList(&'a str),
}

/// The most specific route that takes all of a block, unless another takes a part of it.
fn lookup(table: &RouteTable, block: IpNet) -> Lookup<'_> {
    let blocks = || {
        table.routes.iter().filter_map(|route| match &route.destination {
            RouteDestination::Block(to) => Some((to, route)),
            RouteDestination::PrefixList(_) => None,
        })
    };
    if blocks().any(|(to, _)| *to != block && block.contains(to)) {
        return Lookup::Several;
    }
    let best = blocks().filter(|(to, _)| to.contains(&block)).max_by_key(|(to, _)| to.prefix_len());
    // Lists of AWS's own services lead to endpoints, and hold no private address.
    let list = table.routes.iter().find_map(|route| match (&route.destination, &route.via) {
        (RouteDestination::PrefixList(list), via) if !matches!(via, Via::Endpoint(_)) => Some(list),
        _ => None,
    });
    let is_default = best.is_none_or(|(to, _)| to.prefix_len() == 0);
    match (best, list) {
        (_, Some(list)) if is_default => Lookup::PrefixList(list),
        (Some((_, route)), _) => Lookup::One(route),
        (None, _) => Lookup::None,
    }
}

fn name(via: &Via) -> &str {
    match via {
        Via::Local => "local",
        Via::Peering(id) => id.as_str(),
        Via::Gateway(id) => id.as_str(),
        Via::Endpoint(id) => id.as_str(),
        Via::Other(id) => id,
    }
}
