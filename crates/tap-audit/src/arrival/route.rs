//! The way from a source's subnet to where packets go in: the route table of the *source's* subnet decides (docs/aws.md 2).
//!
//! ```text
//!   local                    the same VPC
//!   a peering                active, and between these two VPCs
//!   a transit gateway        the source's VPC attached to it; its own route tables are not read, so nobody can tell further
//!   out to the internet      does not lead there
//!   anything else            whatever stands there decides: nobody can tell
//! ```

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use tap_core::call::Call;
use tap_core::ids::{GatewayId, PeeringId, RouteTableId, SubnetId, TargetId, VpcId};
use tap_core::network::{
    GatewayAttachment, InterfaceFacts, Route, RouteDestination, RouteTable, Via,
};

use super::{Entrance, Verdict, Why};
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

    /// Follows the way to an entrance.
    pub(super) fn follow(
        &self,
        source: &InterfaceFacts,
        entrance: &Entrance,
        target: &TargetId,
        verdict: &mut Verdict,
    ) {
        if let Some(why) = self.scene.refused(&[Call::DescribeRouteTables]) {
            return verdict.unknown(why);
        }
        let table = self.of_subnets.get(&source.subnet).or_else(|| self.main.get(&source.vpc));
        let Some((id, table)) = table else {
            return verdict.unknown(format!("the route table of {} cannot be seen", source.subnet));
        };
        let Some(block) = self.block_of(entrance) else {
            let why = self.scene.refused(&[Call::DescribeSubnets]);
            let unseen = || format!("the addresses of {} cannot be seen", entrance.subnet);
            return verdict.unknown(why.unwrap_or_else(unseen));
        };
        let hop = Hop { source, entrance, target, table: id };
        match self.lookup(table, block) {
            Lookup::One(route) => self.along(route, &hop, verdict),
            Lookup::None => self.lost(&hop, None, verdict),
            Lookup::Several => verdict.unknown(format!(
                "{id} has several routes into {}, and which address of {target} is meant is not told",
                entrance.subnet
            )),
            Lookup::PrefixList(list, via) => {
                let unread = self.unread_endpoint(via).map(Why::from);
                verdict.unknown(unread.unwrap_or_else(|| {
                    let why = format!(
                        "{id} has a route for prefix list {list}, whose blocks are not read"
                    );
                    Why::with(why, format!("look at the blocks of {list}"))
                }));
            }
        }
    }

    /// The addresses that packets for an entrance may go to, where they are known.
    pub(super) fn block_of(&self, entrance: &Entrance) -> Option<IpNet> {
        match entrance.address {
            Some(address) => Some(address.into()),
            None => self.scene.inv.subnets.get(&entrance.subnet)?.block.map(IpNet::from),
        }
    }

    /// Where one route leads.
    fn along(&self, route: &Route, hop: &Hop<'_>, verdict: &mut Verdict) {
        let Hop { source, entrance, target, table } = hop;
        let same = source.vpc == entrance.vpc;
        let by = name(&route.via);
        let Some(active) = route.active else {
            return verdict.unknown(format!(
                "{table} leads to {by} for {target}, and whether that route works is not told"
            ));
        };
        if !active {
            let what = format!(
                "{table} leads to {by} for {target}, and AWS calls that route a black hole: {by} is gone, or cannot be used"
            );
            let at = [table.to_string(), by.to_owned(), target.to_string()];
            verdict.problems.push(Problem::new(FindingCode::BlackHole, at, what));
            return;
        }
        match &route.via {
            Via::Local if same => {}
            Via::Local => {
                self.lost(hop, Some("its own VPC, whose addresses overlap"), verdict);
            }
            Via::Peering(_) | Via::Gateway(_) if same => {
                verdict.unknown(format!("{table} leads out of the VPC for {target}, through {by}"));
            }
            Via::Peering(id) => self.by_peering(id, hop, verdict),
            Via::Gateway(id) => self.by_gateway(id, hop, verdict),
            Via::Other(id) if leads_outside(id) => self.lost(hop, Some(id), verdict),
            Via::Endpoint(_) | Via::Other(_) => {
                let why = self.unread_endpoint(&route.via).unwrap_or_else(|| {
                    format!(
                        "{table} leads to {by} for {target}, and where that sends packets is not told"
                    )
                });
                verdict.unknown(why);
            }
        }
    }

    fn by_peering(&self, id: &PeeringId, hop: &Hop<'_>, verdict: &mut Verdict) {
        if let Some(why) = self.scene.refused(&[Call::DescribeVpcPeeringConnections]) {
            return verdict.unknown(why);
        }
        let (from, to) = (&hop.source.vpc, &hop.entrance.vpc);
        match self.scene.net.peerings.get(id) {
            // Between these two: in use, or not.
            Some(peering) if peering.joins(from, to) && peering.status == "active" => {}
            Some(peering) if peering.joins(from, to) => {
                let (status, table, target) = (&peering.status, hop.table, hop.target);
                let what =
                    format!("{table} leads to {id} for {target}, and that peering is {status}");
                let at = [table.to_string(), id.to_string(), target.to_string()];
                verdict.problems.push(Problem::new(FindingCode::BlackHole, at, what));
            }
            // A peering does not lead on to a third VPC.
            Some(_) => self.lost(hop, Some(&format!("{id}, a peering with another VPC")), verdict),
            // The owner of a shared VPC does not show its peerings.
            None => verdict.unknown(format!("{id} cannot be seen")),
        }
    }

    fn by_gateway(&self, id: &GatewayId, hop: &Hop<'_>, verdict: &mut Verdict) {
        if let Some(why) = self.scene.refused(&[Call::DescribeTransitGatewayVpcAttachments]) {
            return verdict.unknown(why);
        }
        let from = &hop.source.vpc;
        let attachments = self.scene.net.attachments.iter();
        let mut own = attachments.filter(|a| a.gateway == *id && a.vpc == *from).peekable();
        // Where none is seen, it is that of a shared VPC's owner: AWS calls the route active.
        if own.peek().is_some() && own.all(|a| a.state != "available") {
            let to = format!("{id}, which {from} is not attached to");
            return self.lost(hop, Some(&to), verdict);
        }
        // From a zone where the attachment has no subnet, nothing reaches the gateway.
        let zones = |a: &GatewayAttachment| -> Option<BTreeSet<&str>> {
            a.subnets.iter().map(|subnet| self.scene.zone(subnet)).collect()
        };
        let own = self.scene.net.attachments.iter().filter(|a| a.gateway == *id && a.vpc == *from);
        let zones: Option<Vec<BTreeSet<&str>>> = own.map(zones).collect();
        if let (Some(zones), Some(zone)) = (zones, self.scene.zone(&hop.source.subnet))
            && !zones.is_empty()
            && zones.iter().all(|zones| !zones.contains(zone))
        {
            let to = format!("{id}, whose attachment to {from} has no subnet in {zone}");
            return self.lost(hop, Some(&to), verdict);
        }
        let why = format!(
            "packets for {} go through {id}, whose own route tables are not read",
            hop.target
        );
        verdict.unknown(Why::with(why, format!("look at the route tables of {id}")));
    }

    /// Packets do not get there.
    fn lost(&self, hop: &Hop<'_>, to: Option<&str>, verdict: &mut Verdict) {
        let Hop { source, entrance, target, table } = hop;
        let (from, to_vpc) = (&source.vpc, &entrance.vpc);
        if from != to_vpc && !self.are_linked(from, to_vpc) {
            let links =
                [Call::DescribeVpcPeeringConnections, Call::DescribeTransitGatewayVpcAttachments];
            // There is no way, and which of two findings says so depends on what was not read.
            if let Some(why) = self.scene.refused(&links) {
                return verdict.unknown(why);
            }
            let what = format!(
                "no peering and no transit gateway that this account sees links {from} with {to_vpc}, where {target} is"
            );
            let at = [from.to_string(), to_vpc.to_string(), target.to_string()];
            verdict.problems.push(Problem::new(FindingCode::NoLink, at, what));
            return;
        }
        let subnet = &source.subnet;
        let what = match to {
            Some(to) => format!(
                "{table}, the route table of {subnet}, leads packets for {target} to {to}: they do not get to {}",
                entrance.subnet
            ),
            None => format!(
                "{table}, the route table of {subnet}, has no route to {}, where {target} is",
                entrance.subnet
            ),
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

    /// The most specific route that takes all of a block, unless another takes a part of it elsewhere.
    fn lookup<'t>(&self, table: &'t RouteTable, block: IpNet) -> Lookup<'t> {
        let blocks = || {
            table.routes.iter().filter_map(|route| match &route.destination {
                RouteDestination::Block(to) => Some((to, route)),
                RouteDestination::PrefixList(_) => None,
            })
        };
        let best =
            blocks().filter(|(to, _)| to.contains(&block)).max_by_key(|(to, _)| to.prefix_len());
        let mut parts = blocks().filter(|(to, _)| *to != &block && block.contains(*to));
        let same = |route: &Route| {
            best.is_some_and(|(_, best)| best.via == route.via && best.active == route.active)
        };
        if parts.any(|(_, part)| !same(part)) {
            return Lookup::Several;
        }
        // No prefix list takes anything from a VPC's own addresses.
        if let Some((_, route)) = best.filter(|(_, route)| route.via == Via::Local) {
            return Lookup::One(route);
        }
        let list = table.routes.iter().find_map(|route| match &route.destination {
            RouteDestination::PrefixList(list)
                if !same(route) && !self.is_of_a_service(&route.via) =>
            {
                Some((list, &route.via))
            }
            RouteDestination::PrefixList(_) | RouteDestination::Block(_) => None,
        });
        match (best, list) {
            (_, Some((list, via))) => Lookup::PrefixList(list, via),
            (Some((_, route)), None) => Lookup::One(route),
            (None, None) => Lookup::None,
        }
    }

    /// Why it is not told what an endpoint is, where the endpoints were not read.
    fn unread_endpoint(&self, via: &Via) -> Option<String> {
        let is_endpoint = matches!(via, Via::Other(id) if id.starts_with("vpce-"));
        self.scene.refused(&[Call::DescribeVpcEndpoints]).filter(|_| is_endpoint)
    }

    /// Whether a route for a prefix list leads to a gateway endpoint, as those of S3 and DynamoDB do: such a list holds no
    /// private address.
    fn is_of_a_service(&self, via: &Via) -> bool {
        // Which endpoints are those of Gateway Load Balancers is only known where they were read.
        let other = matches!(via, Via::Other(id) if id.starts_with("vpce-"));
        other && self.scene.read(Call::DescribeVpcEndpoints)
    }
}

/// Whether what a route leads to brings packets to no other VPC: internet gateways and NAT gateways.
fn leads_outside(id: &str) -> bool {
    ["igw-", "eigw-", "nat-"].iter().any(|kind| id.starts_with(kind))
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
    PrefixList(&'a str, &'a Via),
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
