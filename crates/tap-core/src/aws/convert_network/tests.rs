//! What AWS writes in which words, and what is made of it. The forms are those of the EC2 API reference.

use super::*;
use crate::ids::{GatewayId, PeeringId};

/// A route to a block, with the rest to be added.
fn route_to(block: &str) -> sdk::builders::RouteBuilder {
    sdk::Route::builder().destination_cidr_block(block).state(sdk::RouteState::Active)
}

/// Converts one route, with `vpce-9` being an endpoint.
fn converted(route: sdk::builders::RouteBuilder) -> Route {
    super::route(&route.build(), |id| id == "vpce-9").unwrap()
}

fn text<T>(answer: Result<T, CloudError>) -> String {
    answer.err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn where_routes_lead() {
    let route = || route_to("10.0.0.0/16");
    for (found, via) in [
        (route().gateway_id("local"), Via::Local),
        (route().vpc_peering_connection_id("pcx-1"), Via::Peering(PeeringId::from("pcx-1"))),
        (route().transit_gateway_id("tgw-1"), Via::Gateway(GatewayId::from("tgw-1"))),
        (route().gateway_id("vpce-9"), Via::Endpoint(EndpointId::from("vpce-9"))),
        // Of the same form, and none of those that were listed: that of another service.
        (route().gateway_id("vpce-1"), Via::Other("vpce-1".to_owned())),
        (route().gateway_id("igw-1"), Via::Other("igw-1".to_owned())),
        (route().nat_gateway_id("nat-1"), Via::Other("nat-1".to_owned())),
        (route().instance_id("i-1").network_interface_id("eni-1"), Via::Other("eni-1".to_owned())),
        (route().core_network_arn("arn:core"), Via::Other("arn:core".to_owned())),
        (route(), Via::Other(String::new())),
    ] {
        assert_eq!(converted(found).via, via);
    }
}

#[test]
fn what_routes_are_for() {
    let block = |block: &str| RouteDestination::Block(block.parse().unwrap());
    assert_eq!(converted(route_to("0.0.0.0/0")).destination, block("0.0.0.0/0"));
    let v6 = sdk::Route::builder().destination_ipv6_cidr_block("2001:db8::/56");
    assert_eq!(converted(v6).destination, block("2001:db8::/56"));
    let list = sdk::Route::builder().destination_prefix_list_id("pl-1");
    assert_eq!(converted(list).destination, RouteDestination::PrefixList("pl-1".to_owned()));
    let none = route(&sdk::Route::builder().build(), |_| false);
    assert_eq!(text(none), "DescribeRouteTables: the answer lacks `route.destination`");
    let odd = route(&route_to("everywhere").build(), |_| false);
    assert!(text(odd).contains("`destinationCidrBlock` is `everywhere`"));
}

/// Only a black hole is one; of what AWS calls something else, nobody can tell.
#[test]
fn which_routes_work() {
    let with = |state| converted(route_to("10.0.0.0/8").set_state(state)).active;
    assert_eq!(with(Some(sdk::RouteState::Active)), Some(true));
    assert_eq!(with(None), Some(true));
    assert_eq!(with(Some(sdk::RouteState::Blackhole)), Some(false));
    assert_eq!(with(Some(sdk::RouteState::from("resting"))), None);
}

fn association(subnet: &str, state: &str) -> sdk::RouteTableAssociation {
    let state = sdk::RouteTableAssociationState::builder().state(state.into()).build();
    sdk::RouteTableAssociation::builder().subnet_id(subnet).association_state(state).build()
}

#[test]
fn which_subnets_a_route_table_serves() {
    let main = sdk::RouteTableAssociation::builder().main(true).build();
    let of_gateway = sdk::RouteTableAssociation::builder().gateway_id("igw-1").build();
    let table = sdk::RouteTable::builder()
        .route_table_id("rtb-1")
        .vpc_id("vpc-1")
        .associations(association("subnet-1", "associated"))
        .associations(association("subnet-2", "associating"))
        .associations(association("subnet-3", "disassociated"))
        .associations(association("subnet-4", "failed"))
        .associations(of_gateway);
    let (id, plain) = route_table(&table.clone().build(), |_| false).unwrap();
    assert_eq!((id.as_str(), plain.main), ("rtb-1", false));
    assert_eq!(plain.subnets, BTreeSet::from(["subnet-1".into(), "subnet-2".into()]));
    let (_, main) = route_table(&table.associations(main).build(), |_| false).unwrap();
    assert!(main.main);
    let nowhere = sdk::RouteTable::builder().route_table_id("rtb-1").build();
    assert_eq!(
        text(route_table(&nowhere, |_| false)),
        "DescribeRouteTables rtb-1: the answer lacks `vpcId`"
    );
}

fn permission_of(protocol: &str, ports: Option<(i32, i32)>) -> sdk::builders::IpPermissionBuilder {
    let (first, last) = ports.unzip();
    sdk::IpPermission::builder().ip_protocol(protocol).set_from_port(first).set_to_port(last)
}

#[test]
fn protocols_and_ports_of_permissions() {
    let number = Protocol::Number;
    for (protocol, given, expected, ports) in [
        ("-1", None, Protocol::All, None),
        // What is written beside "all" means nothing.
        ("-1", Some((4789, 4789)), Protocol::All, None),
        ("udp", Some((4789, 4789)), number(17), Some((4789, 4789))),
        ("17", Some((0, 65535)), number(17), Some((0, 65535))),
        ("udp", Some((-1, -1)), number(17), None),
        ("tcp", Some((443, 443)), number(6), Some((443, 443))),
        // Type and code, which are no ports.
        ("icmp", Some((8, 0)), number(1), None),
        ("icmpv6", Some((-1, -1)), number(58), None),
        ("47", None, number(47), None),
        ("UDP", Some((4789, 4789)), number(17), Some((4789, 4789))),
        ("carrier-pigeon", Some((1, 2)), Protocol::Unknown, None),
        ("", None, Protocol::Unknown, None),
    ] {
        let found = permission(&permission_of(protocol, given).build()).unwrap();
        assert_eq!((found.protocol, found.ports), (expected, ports), "{protocol} {given:?}");
    }
    let none = permission(&sdk::IpPermission::builder().build()).unwrap();
    assert_eq!(none.protocol, Protocol::Unknown);
    let nowhere = sdk::SecurityGroup::builder().group_id("sg-1").build();
    assert_eq!(security_group(&nowhere).unwrap().0.as_str(), "sg-1");
}

#[test]
fn whom_a_security_group_lets_in_and_out() {
    let v4 = sdk::IpRange::builder().cidr_ip("10.0.0.0/8").build();
    let v6 = sdk::Ipv6Range::builder().cidr_ipv6("::/0").build();
    let peer = sdk::UserIdGroupPair::builder().group_id("sg-2").user_id("222233334444").build();
    let by_name = sdk::UserIdGroupPair::builder().group_name("old").build();
    let list = sdk::PrefixListId::builder().prefix_list_id("pl-1").build();
    let ingress = permission_of("udp", Some((4789, 4789)))
        .ip_ranges(v4)
        .ipv6_ranges(v6)
        .user_id_group_pairs(peer)
        .user_id_group_pairs(by_name)
        .prefix_list_ids(list);
    let group = sdk::SecurityGroup::builder()
        .group_id("sg-1")
        .vpc_id("vpc-1")
        .ip_permissions(ingress.build())
        .ip_permissions_egress(permission_of("-1", None).build());
    let (id, found) = security_group(&group.build()).unwrap();
    assert_eq!((id.as_str(), found.vpc.as_str()), ("sg-1", "vpc-1"));
    let [out] = &found.egress[..] else { panic!("{found:?}") };
    assert_eq!((out.protocol, out.blocks.len()), (Protocol::All, 0));
    let [only] = &found.ingress[..] else { panic!("{found:?}") };
    assert_eq!(only.blocks, ["10.0.0.0/8".parse().unwrap(), "::/0".parse().unwrap()]);
    assert_eq!(only.groups, BTreeSet::from(["sg-2".into()]));
    assert_eq!(only.prefix_lists, ["pl-1"]);
}

#[test]
fn what_a_network_acl_says_of_packets_coming_in_and_going_out() {
    let entry = |number, action: &str, protocol: &str| {
        sdk::NetworkAclEntry::builder()
            .rule_number(number)
            .rule_action(action.into())
            .protocol(protocol)
            .egress(false)
    };
    let ports = sdk::PortRange::builder().from(4000).to(5000).build();
    let udp = entry(90, "deny", "17").cidr_block("10.1.0.0/16").port_range(ports);
    let association = sdk::NetworkAclAssociation::builder().subnet_id("subnet-1").build();
    let acl = sdk::NetworkAcl::builder()
        .network_acl_id("acl-1")
        .vpc_id("vpc-1")
        .associations(association)
        .entries(entry(100, "allow", "-1").cidr_block("0.0.0.0/0").egress(true).build())
        .entries(udp.build())
        .entries(entry(101, "allow", "-1").ipv6_cidr_block("::/0").build())
        .entries(entry(32_767, "perhaps", "-1").build());
    let (id, found) = network_acl(&acl.build()).unwrap();
    assert_eq!(id.as_str(), "acl-1");
    assert_eq!(found.subnets, BTreeSet::from(["subnet-1".into()]));
    let all = |number, allow, block: Option<&str>| AclEntry {
        number,
        allow,
        protocol: Protocol::All,
        ports: None,
        block: block.map(|block| block.parse().unwrap()),
    };
    let udp = AclEntry {
        number: 90,
        allow: false,
        protocol: Protocol::Number(UDP),
        ports: Some((4000, 5000)),
        block: Some("10.1.0.0/16".parse().unwrap()),
    };
    // Only the word "allow" allows.
    assert_eq!(found.ingress, [udp, all(101, true, Some("::/0")), all(32_767, false, None)]);
    assert_eq!(found.egress, [all(100, true, Some("0.0.0.0/0"))]);
}

#[test]
fn peerings_and_attachments_keep_awss_word_for_their_state() {
    let side = |vpc: &str| sdk::VpcPeeringConnectionVpcInfo::builder().vpc_id(vpc).build();
    let status =
        |code: &str| sdk::VpcPeeringConnectionStateReason::builder().code(code.into()).build();
    let found = sdk::VpcPeeringConnection::builder()
        .vpc_peering_connection_id("pcx-1")
        .requester_vpc_info(side("vpc-1"))
        .status(status("thinking-about-it"));
    assert_eq!(
        text(peering(&found.clone().build())),
        "DescribeVpcPeeringConnections pcx-1: the answer lacks `accepterVpcInfo.vpcId`"
    );
    let (_, found) = peering(&found.accepter_vpc_info(side("vpc-2")).build()).unwrap();
    assert_eq!(found.status, "thinking-about-it");
    assert!(found.joins(&"vpc-2".into(), &"vpc-1".into()));

    let found = sdk::TransitGatewayVpcAttachment::builder()
        .transit_gateway_attachment_id("tgw-attach-1")
        .transit_gateway_id("tgw-1")
        .vpc_id("vpc-1")
        .subnet_ids("subnet-1");
    assert_eq!(
        text(attachment(&found.clone().build())),
        "DescribeTransitGatewayVpcAttachments tgw-attach-1: the answer lacks `state`"
    );
    let found = attachment(&found.state("pendingAcceptance".into()).build()).unwrap();
    assert_eq!(found.state, "pendingAcceptance");
    assert_eq!(found.subnets, BTreeSet::from(["subnet-1".into()]));
}

#[test]
fn an_interface_tells_its_first_address_and_its_groups() {
    let group = sdk::GroupIdentifier::builder().group_id("sg-1").build();
    let found = sdk::NetworkInterface::builder()
        .network_interface_id("eni-1")
        .vpc_id("vpc-1")
        .subnet_id("subnet-1")
        .groups(group);
    let (_, without) = interface(&found.clone().build()).unwrap();
    assert_eq!(without.primary, None);
    let (_, facts) = interface(&found.private_ip_address("10.0.0.9").build()).unwrap();
    assert_eq!(facts.primary, Some("10.0.0.9".parse().unwrap()));
    assert_eq!(facts.groups, BTreeSet::from(["sg-1".into()]));
    let nowhere = sdk::NetworkInterface::builder().network_interface_id("eni-1").vpc_id("vpc-1");
    assert_eq!(
        text(interface(&nowhere.build())),
        "DescribeNetworkInterfaces eni-1: the answer lacks `subnetId`"
    );
}
