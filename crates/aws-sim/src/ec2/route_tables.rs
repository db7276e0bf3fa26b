//! Route tables: DescribeRouteTables. Gateways are not simulated: a route to one of them is active.

use crate::dispatch::Ctx;
use crate::ec2::listing::{Listing, one, tag_set};
use crate::error::Answer;
use crate::filters::tag_values;
use crate::kinds::Kind;
use crate::model::{Destination, InstanceState, Route, RouteTable, Via};
use crate::page::{EC2, Wording};
use crate::store::View;
use crate::world::RegionWorld;
use crate::xml::Xml;

const LISTING: Listing = Listing {
    kind: Kind::RouteTable,
    ids: "RouteTableId",
    id_filter: "route-table-id",
    ids_or_pages: false,
    names: &[
        "association.gateway-id",
        "association.main",
        "association.route-table-association-id",
        "association.route-table-id",
        "association.subnet-id",
        "owner-id",
        "route-table-id",
        "route.destination-cidr-block",
        "route.destination-ipv6-cidr-block",
        "route.destination-prefix-list-id",
        "route.egress-only-internet-gateway-id",
        "route.gateway-id",
        "route.instance-id",
        "route.nat-gateway-id",
        "route.origin",
        "route.state",
        "route.transit-gateway-id",
        "route.vpc-peering-connection-id",
        "tag:",
        "tag-key",
        "vpc-id",
    ],
};

/// The service model: MaxResults from 5 to 100 [D].
const PAGING: Wording = Wording { largest: 100, ..EC2 };

/// The members of a route that say where to and through what, by their names on the wire.
fn members(world: &RegionWorld, view: View, route: &Route) -> Vec<(&'static str, String)> {
    let mut members = vec![match &route.to {
        Destination::V4(block) => ("destinationCidrBlock", block.clone()),
        Destination::V6(block) => ("destinationIpv6CidrBlock", block.clone()),
        Destination::PrefixList(id) => ("destinationPrefixListId", id.clone()),
    }];
    match &route.via {
        Via::Local => members.push(("gatewayId", "local".to_owned())),
        // Endpoints stand where gateways do.
        Via::Gateway(id) | Via::Endpoint(id) => members.push(("gatewayId", id.clone())),
        Via::EgressOnly(id) => members.push(("egressOnlyInternetGatewayId", id.clone())),
        Via::Nat(id) => members.push(("natGatewayId", id.clone())),
        Via::TransitGateway(id) => members.push(("transitGatewayId", id.clone())),
        Via::Peering(id) => members.push(("vpcPeeringConnectionId", id.clone())),
        Via::Eni(id) => {
            let eni = world.enis.seen(id, view);
            let attachment = eni.as_ref().and_then(|eni| eni.attachment.as_ref());
            if let Some((attachment, instance)) =
                attachment.and_then(|a| Some((a, a.instance.as_ref()?)))
            {
                members.push(("instanceId", instance.clone()));
                members.push(("instanceOwnerId", attachment.owner.clone()));
            }
            members.push(("networkInterfaceId", id.clone()));
        }
        Via::Instance(id) => {
            members.push(("instanceId", id.clone()));
            if let Some(instance) = world.instances.seen(id, view) {
                members.push(("instanceOwnerId", instance.owner.clone()));
                if let Some(eni) = instance.enis.first() {
                    members.push(("networkInterfaceId", eni.clone()));
                }
            }
        }
    }
    members.push(("origin", route.origin.clone()));
    members
}

/// `active`, or `blackhole` where the target is not available: what it leads to is gone, a peering is not active, or the
/// VPC is not attached to the transit gateway.
fn state<'a>(world: &RegionWorld, view: View, table: &RouteTable, route: &'a Route) -> &'a str {
    if let Some(state) = &route.state {
        return state;
    }
    let available = match &route.via {
        Via::Local | Via::Gateway(_) | Via::EgressOnly(_) | Via::Nat(_) => true,
        Via::TransitGateway(gateway) => world.attachments.list(None, view).any(|(_, one)| {
            one.gateway == *gateway
                && one.vpc == table.vpc
                && ["available", "modifying"].contains(&one.state.as_str())
        }),
        Via::Peering(id) => {
            world.peerings.seen(id, view).is_some_and(|peering| peering.status == "active")
        }
        Via::Endpoint(id) => world.endpoints.seen(id, view).is_some(),
        Via::Eni(id) => world.enis.seen(id, view).is_some(),
        Via::Instance(id) => world.instances.seen(id, view).is_some_and(|instance| {
            instance.state_at(world.clock.now()) != InstanceState::Terminated
        }),
    };
    if available { "active" } else { "blackhole" }
}

fn values(world: &RegionWorld, view: View, table: &RouteTable, name: &str) -> Vec<String> {
    if let Some(name) = name.strip_prefix("association.") {
        let of_one = |association: crate::model::RouteTableAssociation<'_>| match name {
            "main" => Some(association.subnet.is_none().to_string()),
            "route-table-association-id" => Some(association.id),
            "route-table-id" => Some(table.id.clone()),
            "subnet-id" => association.subnet.map(str::to_owned),
            // None is associated with a gateway.
            _ => None,
        };
        return table.associations().filter_map(of_one).collect();
    }
    if let Some(name) = name.strip_prefix("route.") {
        let member = match name {
            "state" => {
                let states = table.routes.iter().map(|route| state(world, view, table, route));
                return states.map(str::to_owned).collect();
            }
            "destination-cidr-block" => "destinationCidrBlock",
            "destination-ipv6-cidr-block" => "destinationIpv6CidrBlock",
            "destination-prefix-list-id" => "destinationPrefixListId",
            "egress-only-internet-gateway-id" => "egressOnlyInternetGatewayId",
            "gateway-id" => "gatewayId",
            "instance-id" => "instanceId",
            "nat-gateway-id" => "natGatewayId",
            "transit-gateway-id" => "transitGatewayId",
            "vpc-peering-connection-id" => "vpcPeeringConnectionId",
            _ => "origin",
        };
        let all = table.routes.iter().flat_map(|route| members(world, view, route));
        return all.filter(|(known, _)| *known == member).map(|(_, value)| value).collect();
    }
    match name {
        "owner-id" => one(&table.owner),
        "route-table-id" => one(&table.id),
        "vpc-id" => one(&table.vpc),
        name => tag_values(&table.tags, name),
    }
}

/// DescribeRouteTables.
pub(crate) fn describe(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let (world, view) = (&*ctx.world, ctx.view);
    let values = |table: &RouteTable, name: &str| values(world, view, table, name);
    let store = &world.route_tables;
    let (tables, token) = LISTING.page_worded(ctx, PAGING, store, |_| true, values)?;
    let mut xml = Xml::new();
    xml.items("routeTableSet", &tables, |x, table| {
        x.leaf("routeTableId", &table.id);
        x.leaf("vpcId", &table.vpc);
        x.leaf("ownerId", &table.owner);
        x.items("routeSet", &table.routes, |x, route| {
            for (member, value) in members(world, view, route) {
                x.leaf(member, value);
            }
            x.leaf("state", state(world, view, table, route));
        });
        x.items("associationSet", table.associations(), |x, association| {
            x.leaf("routeTableAssociationId", association.id);
            x.leaf("routeTableId", &table.id);
            x.opt("subnetId", association.subnet);
            x.leaf("main", association.subnet.is_none());
            x.el("associationState", |x| x.leaf("state", "associated"));
        });
        x.items("propagatingVgwSet", [(); 0], |_, ()| {});
        tag_set(x, &table.tags);
    });
    xml.opt("nextToken", token);
    Ok(xml)
}
