//! SDK types to what packets meet on their way, once, at the border, as in `convert`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use aws_sdk_ec2::types as sdk;
use ipnet::IpNet;

use crate::aws::convert::{self, Words, need};
use crate::call::Call;
use crate::error::CloudError;
use crate::ids::{
    EndpointId, EniId, InstanceId, NetworkAclId, PeeringId, RouteTableId, SecurityGroupId, SubnetId,
};
use crate::inventory::Instance;
use crate::network::{
    AclEntry, EndpointFacts, GatewayAttachment, InterfaceFacts, NetworkAcl, Peering, Permission,
    Protocol, Route, RouteDestination, RouteTable, SecurityGroup, UDP, Via,
};

/// The IANA number of TCP, which has ports as UDP has.
const TCP: u8 = 6;

/// An instance, with what packets need to know of its interfaces.
pub(super) type InstanceWithInterfaces = (InstanceId, Instance, Vec<(EniId, InterfaceFacts)>);

/// The instances of a page of reservations.
pub(super) fn instances(
    page: Vec<sdk::Reservation>,
    words: &mut Words,
) -> Result<Vec<InstanceWithInterfaces>, CloudError> {
    let with_interfaces = |found: &sdk::Instance| {
        let (id, instance) = convert::instance(found, words)?;
        let interfaces =
            instance.enis.iter().zip(found.network_interfaces()).map(|(eni, found)| {
                let facts = InterfaceFacts {
                    vpc: eni.vpc.clone(),
                    subnet: eni.subnet.clone(),
                    primary: found.private_ip_address().and_then(|address| address.parse().ok()),
                    groups: groups(found.groups(), words),
                };
                (eni.id.clone(), facts)
            });
        let interfaces = interfaces.collect();
        Ok((id, instance, interfaces))
    };
    page.iter().flat_map(|r| r.instances()).map(with_interfaces).collect()
}

fn groups(groups: &[sdk::GroupIdentifier], words: &mut Words) -> BTreeSet<SecurityGroupId> {
    let ids = groups.iter().filter_map(|group| group.group_id());
    ids.map(|id| SecurityGroupId::new(words.get(id))).collect()
}

/// An interface that was looked up by itself. One in no subnet is not AWS's.
pub(super) fn interface(
    eni: &sdk::NetworkInterface,
) -> Result<(EniId, InterfaceFacts), CloudError> {
    let call = Call::DescribeNetworkInterfaces;
    let id = need(call, eni.network_interface_id(), "networkInterfaceId")?;
    let need = |value, field| need(call, value, field).map_err(|e| e.about(id));
    let facts = InterfaceFacts {
        vpc: need(eni.vpc_id(), "vpcId")?.into(),
        subnet: need(eni.subnet_id(), "subnetId")?.into(),
        primary: eni.private_ip_address().and_then(|address| address.parse().ok()),
        groups: groups(eni.groups(), &mut Words::default()),
    };
    Ok((id.into(), facts))
}

/// A route table. The ids of gateways say nothing: which of them are endpoints, only the list of endpoints tells.
pub(super) fn route_table(
    table: &sdk::RouteTable,
    is_endpoint: impl Fn(&str) -> bool,
) -> Result<(RouteTableId, RouteTable), CloudError> {
    let call = Call::DescribeRouteTables;
    let id = need(call, table.route_table_id(), "routeTableId")?;
    let vpc = need(call, table.vpc_id(), "vpcId").map_err(|e| e.about(id))?;
    let holds = |found: &&sdk::RouteTableAssociation| {
        use sdk::RouteTableAssociationStateCode as Code;
        let state = found.association_state().and_then(|state| state.state());
        !matches!(state, Some(Code::Disassociated | Code::Disassociating | Code::Failed))
    };
    let associations = || table.associations().iter().filter(holds);
    let routes = table.routes().iter().map(|found| route(found, &is_endpoint));
    let routes: Result<Vec<Route>, CloudError> = routes.collect();
    let converted = RouteTable {
        vpc: vpc.into(),
        main: associations().any(|association| association.main() == Some(true)),
        subnets: associations().filter_map(|a| a.subnet_id()).map(SubnetId::from).collect(),
        routes: routes.map_err(|e| e.about(id))?,
    };
    Ok((id.into(), converted))
}

fn route(route: &sdk::Route, is_endpoint: impl Fn(&str) -> bool) -> Result<Route, CloudError> {
    let call = Call::DescribeRouteTables;
    let block = route.destination_cidr_block().or(route.destination_ipv6_cidr_block());
    let destination = match (block, route.destination_prefix_list_id()) {
        (Some(block), _) => RouteDestination::Block(parsed(call, block, "destinationCidrBlock")?),
        (None, list) => {
            let list = need(call, list, "route.destination")?;
            RouteDestination::PrefixList(list.to_owned())
        }
    };
    Ok(Route {
        destination,
        via: via(route, is_endpoint),
        active: match route.state() {
            None | Some(sdk::RouteState::Active) => Some(true),
            Some(sdk::RouteState::Blackhole) => Some(false),
            Some(_) => None,
        },
    })
}

/// Where a route leads. An interface of an instance is named beside the instance: the interface is what packets go to.
fn via(route: &sdk::Route, is_endpoint: impl Fn(&str) -> bool) -> Via {
    if let Some(peering) = route.vpc_peering_connection_id() {
        return Via::Peering(peering.into());
    }
    if let Some(gateway) = route.transit_gateway_id() {
        return Via::Gateway(gateway.into());
    }
    match route.gateway_id() {
        Some("local") => return Via::Local,
        Some(endpoint) if is_endpoint(endpoint) => return Via::Endpoint(endpoint.into()),
        _ => {}
    }
    let others = [
        route.gateway_id(),
        route.network_interface_id(),
        route.instance_id(),
        route.nat_gateway_id(),
        route.egress_only_internet_gateway_id(),
        route.local_gateway_id(),
        route.carrier_gateway_id(),
        route.core_network_arn(),
        route.odb_network_arn(),
        route.ip_address(),
    ];
    Via::Other(others.into_iter().flatten().next().unwrap_or_default().to_owned())
}

pub(super) fn security_group(
    group: &sdk::SecurityGroup,
) -> Result<(SecurityGroupId, SecurityGroup), CloudError> {
    let call = Call::DescribeSecurityGroups;
    let id = need(call, group.group_id(), "groupId")?;
    let all = |permissions: &[sdk::IpPermission]| {
        let all: Result<Vec<Permission>, CloudError> = permissions.iter().map(permission).collect();
        all.map_err(|e| e.about(id))
    };
    let converted = SecurityGroup {
        // Nobody asks for it: that AWS does not say is no reason to leave a region unread.
        vpc: group.vpc_id().unwrap_or_default().into(),
        ingress: all(group.ip_permissions())?,
        egress: all(group.ip_permissions_egress())?,
    };
    Ok((id.into(), converted))
}

fn permission(permission: &sdk::IpPermission) -> Result<Permission, CloudError> {
    let call = Call::DescribeSecurityGroups;
    let protocol = protocol(permission.ip_protocol());
    let v4 = permission.ip_ranges().iter().filter_map(|range| range.cidr_ip());
    let v6 = permission.ipv6_ranges().iter().filter_map(|range| range.cidr_ipv6());
    let blocks: Result<Vec<IpNet>, CloudError> =
        v4.chain(v6).map(|block| parsed(call, block, "ipRanges")).collect();
    let groups = permission.user_id_group_pairs().iter().filter_map(|pair| pair.group_id());
    let lists = permission.prefix_list_ids().iter().filter_map(|list| list.prefix_list_id());
    Ok(Permission {
        protocol,
        ports: ports(protocol, permission.from_port(), permission.to_port()),
        blocks: blocks?,
        groups: groups.map(SecurityGroupId::from).collect(),
        prefix_lists: lists.map(str::to_owned).collect(),
    })
}

pub(super) fn network_acl(acl: &sdk::NetworkAcl) -> Result<(NetworkAclId, NetworkAcl), CloudError> {
    let call = Call::DescribeNetworkAcls;
    let id = need(call, acl.network_acl_id(), "networkAclId")?;
    let vpc = need(call, acl.vpc_id(), "vpcId").map_err(|e| e.about(id))?;
    let entries = |outgoing: bool| {
        let is_meant = |entry: &&sdk::NetworkAclEntry| (entry.egress() == Some(true)) == outgoing;
        let meant = acl.entries().iter().filter(is_meant);
        let all: Result<Vec<AclEntry>, CloudError> = meant.map(acl_entry).collect();
        all.map_err(|e| e.about(id))
    };
    let subnets = acl.associations().iter().filter_map(|association| association.subnet_id());
    let converted = NetworkAcl {
        vpc: vpc.into(),
        subnets: subnets.map(SubnetId::from).collect(),
        ingress: entries(false)?,
        egress: entries(true)?,
    };
    Ok((id.into(), converted))
}

fn acl_entry(entry: &sdk::NetworkAclEntry) -> Result<AclEntry, CloudError> {
    let call = Call::DescribeNetworkAcls;
    let protocol = protocol(entry.protocol());
    let range = entry.port_range();
    let block = entry.cidr_block().or(entry.ipv6_cidr_block());
    Ok(AclEntry {
        number: need(call, entry.rule_number(), "ruleNumber")?,
        allow: *need(call, entry.rule_action(), "ruleAction")? == sdk::RuleAction::Allow,
        protocol,
        ports: ports(protocol, range.and_then(|r| r.from()), range.and_then(|r| r.to())),
        block: block.and_then(|block| block.parse().ok()),
    })
}

pub(super) fn peering(
    peering: &sdk::VpcPeeringConnection,
) -> Result<(PeeringId, Peering), CloudError> {
    let call = Call::DescribeVpcPeeringConnections;
    let id = need(call, peering.vpc_peering_connection_id(), "vpcPeeringConnectionId")?;
    let need = |value, field| need(call, value, field).map_err(|e| e.about(id));
    let requester = peering.requester_vpc_info().and_then(|info| info.vpc_id());
    let accepter = peering.accepter_vpc_info().and_then(|info| info.vpc_id());
    let status = peering.status().and_then(|status| status.code()).map(|code| code.as_str());
    let converted = Peering {
        requester: need(requester, "requesterVpcInfo.vpcId")?.into(),
        accepter: need(accepter, "accepterVpcInfo.vpcId")?.into(),
        status: need(status, "status.code")?.to_owned(),
    };
    Ok((id.into(), converted))
}

pub(super) fn attachment(
    attachment: &sdk::TransitGatewayVpcAttachment,
) -> Result<GatewayAttachment, CloudError> {
    let call = Call::DescribeTransitGatewayVpcAttachments;
    let id = need(call, attachment.transit_gateway_attachment_id(), "transitGatewayAttachmentId")?;
    let need = |value, field| need(call, value, field).map_err(|e| e.about(id));
    Ok(GatewayAttachment {
        gateway: need(attachment.transit_gateway_id(), "transitGatewayId")?.into(),
        vpc: need(attachment.vpc_id(), "vpcId")?.into(),
        subnets: attachment.subnet_ids().iter().map(|id| SubnetId::from(id.as_str())).collect(),
        state: need(attachment.state().map(|state| state.as_str()), "state")?.to_owned(),
    })
}

/// An endpoint, with its subnets.
pub(super) fn endpoint(
    endpoint: &sdk::VpcEndpoint,
) -> Result<(EndpointId, EndpointFacts), CloudError> {
    let (id, found) = convert::endpoint(endpoint)?;
    let subnets = endpoint.subnet_ids().iter().map(|id| SubnetId::from(id.as_str()));
    let facts = EndpointFacts { vpc: found.vpc, subnets: subnets.collect(), state: found.state };
    Ok((id.into(), facts))
}

/// A protocol, which AWS names where it has a name for it: the four of security groups, and `-1` for all. One that it names
/// otherwise is no reason to leave a region unread.
fn protocol(word: Option<&str>) -> Protocol {
    match word.unwrap_or_default().to_ascii_lowercase().as_str() {
        "-1" | "all" => Protocol::All,
        "icmp" => Protocol::Number(1),
        "tcp" => Protocol::Number(TCP),
        "udp" => Protocol::Number(UDP),
        "icmpv6" => Protocol::Number(58),
        number => number.parse().map_or(Protocol::Unknown, Protocol::Number),
    }
}

/// The ports of a protocol that has some. AWS writes types and codes of ICMP into the same fields, and −1 for all.
fn ports(protocol: Protocol, first: Option<i32>, last: Option<i32>) -> Option<(u16, u16)> {
    let port = |port: Option<i32>| port.and_then(|port| u16::try_from(port).ok());
    match protocol {
        Protocol::Number(TCP | UDP) => port(first).zip(port(last)),
        Protocol::Number(_) | Protocol::All | Protocol::Unknown => None,
    }
}

fn parsed<T: FromStr<Err: fmt::Display>>(
    call: Call,
    text: &str,
    field: &str,
) -> Result<T, CloudError> {
    text.parse().map_err(|error| {
        CloudError::bad_answer(call, format!("`{field}` is `{text}`, which is none: {error}"))
    })
}

#[cfg(test)]
mod tests;
