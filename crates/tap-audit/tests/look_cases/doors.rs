//! The doors of whoever receives: network ACLs, security groups of interfaces, load balancers and appliances, zones.

use tap_audit::finding::FindingCode as Code;
use tap_core::call::Call;
use tap_core::inventory::{LoneEni, TargetKind};
use tap_core::network::{AclEntry, Permission};
use tap_core::testing::scenario;

use super::healthy::mirrored;
use crate::support::{Account, account, entry, permission};

/// The appliance in a subnet with an ACL of its own.
fn acl(entries: &[AclEntry]) -> Account {
    account(mirrored())
        .subnet("subnet-b", "vpc-a", "10.0.10.0/24", "eu-west-1a")
        .address("eni-1", "10.0.0.50")
        .place("eni-sensor-tmt-1", "subnet-b")
        .acl("acl-b", "vpc-a", &["subnet-b"], entries)
}

const OPEN: &str = "arrives";
const DENIED: &str = "network-acl-blocks";
const SHUT: &str = "security-group-blocks";

#[test]
fn network_acls() {
    let allow = |n, what, from| entry(n, "allow", what, from);
    let deny = |n, what, from| entry(n, "deny", what, from);
    let all = "0.0.0.0/0";
    let rows: [(&str, Vec<AclEntry>, &str); 12] = [
        ("nothing matches", vec![], DENIED),
        ("another protocol", vec![allow(1, "tcp 4789", all)], DENIED),
        ("another port", vec![allow(1, "udp 53", all)], DENIED),
        ("a range of ports", vec![allow(1, "udp 1024-65535", all)], OPEN),
        ("all ports of UDP", vec![allow(1, "udp", all)], OPEN),
        ("everything", vec![allow(1, "all", all)], OPEN),
        ("the lowest number", vec![allow(200, "all", all), deny(100, "udp", all)], DENIED),
        ("whatever the order", vec![deny(200, "all", all), allow(100, "udp 4789", all)], OPEN),
        ("the source's block", vec![allow(1, "all", "10.0.0.0/24"), deny(2, "all", all)], OPEN),
        ("another block", vec![deny(1, "all", "10.0.1.0/24"), allow(2, "all", all)], OPEN),
        ("one address", vec![deny(1, "udp", "10.0.0.50/32"), allow(2, "all", all)], DENIED),
        ("IPv6 is another matter", vec![allow(1, "all", "::/0")], DENIED),
    ];
    for (name, entries, expected) in rows {
        assert_eq!(acl(&entries).arrival(), expected, "{name}");
    }
    // A protocol in a word that nobody knows may be any: of what it is not about, it says nothing.
    let odd = acl(&[allow(1, "odd", all), deny(2, "all", all)]);
    assert_eq!(odd.arrival(), "? acl-b: entry 1 names a protocol that this version does not know");
    assert_eq!(acl(&[deny(1, "odd", "10.9.0.0/16"), allow(2, "all", all)]).arrival(), OPEN);
    let odd = acl(&[allow(1, "udp", "no block")]);
    assert_eq!(odd.arrival(), "? acl-b: entry 1 has no block");
}

#[test]
fn what_stays_in_a_subnet_passes_no_acl() {
    let shut = |subnet: &'static str| {
        account(mirrored()).acl(
            "acl-x",
            "vpc-a",
            &[subnet],
            &[entry(1, "deny", "all", "0.0.0.0/0")],
        )
    };
    assert_eq!(shut("subnet-of-vpc-a").arrival(), OPEN);
    let node = shut("subnet-of-vpc-a")
        .subnet("subnet-b", "vpc-a", "10.0.10.0/24", "eu-west-1a")
        .place("eni-1", "subnet-b");
    assert_eq!(node.arrival(), DENIED);
    assert_eq!(node.found(Code::NetworkAclBlocks)[0].at, ["acl-x", "subnet-of-vpc-a", "tmt-1"]);
    let unseen = node.edit(|_, net| net.network_acls.clear());
    assert_eq!(unseen.arrival(), "? the network ACL of subnet-of-vpc-a cannot be seen");
}

/// An interface as target, with a group of its own; in vpc-a as the source, or in another VPC that is linked.
fn interface(home: &str, ingress: &[Permission]) -> Account {
    let sensor = scenario().vpc(home).not_enabled().appliance("tmt-eni", "i-9");
    let scenario = sensor.vpc("vpc-a").target("tmt-eni").instance("i-1").owned("tms-1");
    account(scenario)
        .address("eni-1", "10.0.0.50")
        .group("sg-b", home, ingress)
        .in_groups("eni-9", &["sg-b"])
}

#[test]
fn security_groups_by_block() {
    let by = |what: &str, from: &str| interface("vpc-a", &[permission(what, &[from])]).arrival();
    assert_eq!(by("udp 4789", "10.0.0.0/16"), OPEN);
    assert_eq!(by("udp 4789", "10.0.0.50/32"), OPEN);
    assert_eq!(by("udp 4000-5000", "0.0.0.0/0"), OPEN);
    assert_eq!(by("udp", "0.0.0.0/0"), OPEN);
    assert_eq!(by("all", "0.0.0.0/0"), OPEN);
    assert_eq!(by("udp 4789", "10.1.0.0/16"), SHUT);
    assert_eq!(by("udp 4788", "0.0.0.0/0"), SHUT);
    assert_eq!(by("tcp 4789", "0.0.0.0/0"), SHUT);
    assert_eq!(by("all", "::/0"), SHUT);
    assert_eq!(interface("vpc-a", &[]).arrival(), SHUT);
    // A protocol in a word that nobody knows may be any.
    let odd = "? sg-b names a protocol that this version does not know";
    assert_eq!(by("odd", "0.0.0.0/0"), odd);
    assert_eq!(by("odd", "10.1.0.0/16"), SHUT);
    let all = "0.0.0.0/0";
    let both = [permission("odd", &[all]), permission("udp 4789", &[all])];
    assert_eq!(interface("vpc-a", &both).arrival(), OPEN);
    // Any group of several is enough.
    let two = interface("vpc-a", &[]).group("sg-c", "vpc-a", &[permission("all", &["10.0.0.0/8"])]);
    assert_eq!(two.clone().in_groups("eni-9", &["sg-b", "sg-c"]).arrival(), OPEN);
    let shut = two.group("sg-c", "vpc-a", &[]).in_groups("eni-9", &["sg-b", "sg-c"]);
    let found = &shut.found(Code::SecurityGroupBlocks)[0];
    assert_eq!(found.at, ["sg-b", "sg-c", "tmt-eni"]);
    assert_eq!(
        found.what,
        "none of sg-b, sg-c of eni-9, behind tmt-eni, lets UDP 4789 in from these sources"
    );
}

#[test]
fn security_groups_by_group_and_list() {
    let by_group = [permission("udp 4789", &["sg-of-vpc-a"])];
    assert_eq!(interface("vpc-a", &by_group).arrival(), OPEN);
    assert_eq!(interface("vpc-a", &[permission("udp 4789", &["sg-other"])]).arrival(), SHUT);
    let linked = |via: &str| {
        interface("vpc-b", &by_group)
            .peering("pcx-1", "vpc-a", "vpc-b")
            .attachment("tgw-1", "vpc-a", "available")
            .attachment("tgw-1", "vpc-b", "available")
            .route("rtb-of-vpc-a", "10.1.0.0/16", via)
    };
    assert_eq!(linked("pcx-1").arrival(), OPEN);
    let by_gateway = linked("tgw-1").edit(|_, net| net.peerings.clear());
    assert_eq!(
        by_gateway.arrival(),
        "? packets for tmt-eni go through tgw-1, whose own route tables are not read; \
         sg-b names a security group of the source, and whether that counts out of a VPC that is not peered is not told"
    );
    let by_list = interface("vpc-a", &[permission("udp 4789", &["pl-1"])]);
    assert_eq!(by_list.arrival(), "? sg-b names prefix list pl-1, whose blocks are not read");
    let both = [permission("udp 4789", &["pl-1"]), permission("udp 4789", &["10.0.0.0/8"])];
    assert_eq!(interface("vpc-a", &both).arrival(), OPEN);
    // Somebody else's group in a shared VPC.
    let unseen = interface("vpc-a", &[]).in_groups("eni-9", &["sg-of-another"]);
    assert_eq!(unseen.arrival(), "? security group sg-of-another cannot be seen");
}

fn balancer(own: &[&str], of_members: &[Permission]) -> Account {
    let own = own.iter().map(|id| (*id).into()).collect();
    account(mirrored())
        .address("eni-1", "10.0.0.50")
        .group("sg-nlb", "vpc-a", &[permission("udp 4789", &["10.0.0.0/24"])])
        .group("sg-shut", "vpc-a", &[permission("tcp 4789", &["0.0.0.0/0"])])
        .group("sg-member", "vpc-a", of_members)
        .in_groups("eni-sensor-tmt-1", &["sg-member"])
        .balancer("tmt-1", |balancer| balancer.groups = own)
}

#[test]
fn security_groups_of_load_balancers() {
    let open = [permission("udp 4789", &["10.0.0.0/8"])];
    assert_eq!(balancer(&[], &open).arrival(), OPEN);
    assert_eq!(balancer(&["sg-nlb"], &open).arrival(), OPEN);
    assert_eq!(balancer(&["sg-shut"], &open).arrival(), SHUT);
    let shut = &balancer(&["sg-shut"], &open).found(Code::SecurityGroupBlocks)[0];
    assert_eq!(
        shut.what,
        "sg-shut of the load balancer behind tmt-1 lets no UDP 4789 in from these sources"
    );
    // A load balancer's own group may name the source's.
    let by_group = balancer(&["sg-nlb"], &open).group(
        "sg-nlb",
        "vpc-a",
        &[permission("udp 4789", &["sg-of-vpc-a"])],
    );
    assert_eq!(by_group.arrival(), OPEN);
}

#[test]
fn appliances_see_the_sources_address() {
    // The load balancer's addresses are not what they see.
    let rows: [(&str, &[&str], &str); 4] = [
        ("the source's block", &["10.0.0.50/32"], OPEN),
        ("another block", &["10.0.10.0/24"], SHUT),
        ("the load balancer's group", &["sg-nlb"], OPEN),
        ("another group", &["sg-shut"], SHUT),
    ];
    for (name, from, expected) in rows {
        let account = balancer(&["sg-nlb"], &[permission("udp 4789", from)]);
        assert_eq!(account.arrival(), expected, "{name}");
    }
    // A load balancer without a group has none to be named.
    let without = balancer(&[], &[permission("udp 4789", &["sg-nlb"])]);
    assert_eq!(without.arrival(), SHUT);
    let by_source = balancer(&[], &[permission("udp 4789", &["sg-of-vpc-a"])]);
    assert_eq!(
        by_source.arrival(),
        "? sg-member names a security group of the source, and whether that counts behind a load balancer is not told"
    );
}

#[test]
fn several_appliances_behind_one_door_are_one_finding() {
    let mut many = mirrored();
    for n in 2..=6 {
        many = many.instance(&format!("i-{n}"));
    }
    let mut shut =
        account(many).group("sg-x", "vpc-a", &[]).in_groups("eni-sensor-tmt-1", &["sg-x"]);
    for n in 2..=6 {
        shut = shut
            .member("tmt-1", &format!("i-{n}"), "healthy")
            .in_groups(&format!("eni-{n}"), &["sg-x"]);
    }
    let found = shut.found(Code::SecurityGroupBlocks);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].at, ["sg-x", "tmt-1"]);
    assert_eq!(
        found[0].what,
        "sg-x of eni-2, eni-3, eni-4 and 3 more, behind tmt-1, lets no UDP 4789 in from these sources"
    );
    // One who is not healthy gets nothing anyway.
    let one = shut.clone().health("tmt-1", "unhealthy");
    assert_eq!(one.arrival(), SHUT);
    let healthy = shut.health("tmt-1", "unhealthy").edit(|inv, net| {
        let balancer = net.balancers.get_mut(&"tmt-1".into()).expect("it is there");
        balancer.target_groups[0].members[0].health = "healthy".to_owned();
        inv.nlbs.get_mut(&"tmt-1".into()).expect("it is there").healthy = 1;
    });
    assert_eq!(healthy.in_groups("eni-sensor-tmt-1", &["sg-of-vpc-a"]).arrival(), OPEN);
}

#[test]
fn members_by_address() {
    let by_address = |address: &str, account: Account| {
        account.no_members("tmt-1").member("tmt-1", address, "healthy")
    };
    let sensor = || account(mirrored().instance("i-5")).address("eni-5", "10.0.0.77");
    assert_eq!(by_address("10.0.0.77", sensor()).arrival(), OPEN);
    let shut = by_address("10.0.0.77", sensor()).group("sg-x", "vpc-a", &[]);
    assert_eq!(shut.in_groups("eni-5", &["sg-x"]).arrival(), SHUT);
    assert_eq!(
        by_address("10.0.0.78", sensor()).arrival(),
        "? 10.0.0.78, registered behind tmt-1, cannot be seen"
    );
    // Two VPCs use the same addresses: the one in the load balancer's own VPC is meant.
    let twins = || {
        account(mirrored().instance("i-5").vpc("vpc-b").not_enabled().instance("i-6").blacklisted())
            .address("eni-5", "10.0.0.77")
            .address("eni-6", "10.0.0.77")
            .group("sg-x", "vpc-b", &[])
            .in_groups("eni-6", &["sg-x"])
    };
    assert_eq!(by_address("10.0.0.77", twins()).arrival(), OPEN);
    // Out of another VPC's addresses, nobody can tell which of two.
    let elsewhere = twins().address("eni-5", "10.7.0.1").address("eni-6", "10.7.0.1");
    assert_eq!(
        by_address("10.7.0.1", elsewhere).arrival(),
        "? 10.7.0.1, registered behind tmt-1, cannot be seen"
    );
}

/// Nodes in two zones; the appliance is in eu-west-1a. The source is in the zone that is given.
fn zones(source: &str) -> Account {
    account(mirrored())
        .subnet("subnet-b", "vpc-a", "10.0.10.0/24", "eu-west-1b")
        .subnet("subnet-s", "vpc-a", "10.0.11.0/24", source)
        .place("eni-1", "subnet-s")
        .node("tmt-1", "subnet-b")
}

#[test]
fn zones_of_a_load_balancer() {
    let lost = "zone-without-receiver";
    let settings = |source, of_balancer, of_group| {
        zones(source)
            .balancer("tmt-1", |balancer| {
                balancer.cross_zone = of_balancer;
                balancer.target_groups[0].cross_zone = of_group;
            })
            .arrival()
    };
    let (a, b) = ("eu-west-1a", "eu-west-1b");
    assert_eq!(settings(b, Some(true), None), OPEN);
    assert_eq!(settings(b, Some(false), None), lost);
    assert_eq!(settings(b, Some(false), Some(true)), OPEN);
    assert_eq!(settings(b, Some(true), Some(false)), lost);
    assert_eq!(settings(a, Some(false), None), OPEN);
    assert_eq!(settings(b, None, None), "? whether it sends across zones cannot be seen");
    assert_eq!(settings(a, None, None), OPEN);
    // There is no node in the source's own zone.
    assert_eq!(
        settings("eu-west-1c", Some(false), None),
        "? the load balancer has nobody healthy in eu-west-1b, and whether packets from eu-west-1c go in there is not told"
    );
    assert_eq!(settings("eu-west-1c", Some(true), None), OPEN);
    // Without subnets nobody knows whose zone is whose: no zone is known to have nobody.
    let unread = zones(b).balancer("tmt-1", |balancer| balancer.cross_zone = Some(false));
    let unread = unread.unread(Call::DescribeSubnets);
    assert_eq!(unread.arrival(), "? ec2:DescribeSubnets is not allowed");
    // Nor whether a zone without anybody is in use, where that is what is not told.
    assert_eq!(
        settings("eu-west-1c", None, None),
        "? whether it sends across zones cannot be seen"
    );
}

#[test]
fn zones_of_members() {
    let off =
        |source| zones(source).balancer("tmt-1", |balancer| balancer.cross_zone = Some(false));
    let lost = "zone-without-receiver";
    let b = "eu-west-1b";
    let second = |health: &str| {
        account(mirrored().instance("i-5"))
            .subnet("subnet-b", "vpc-a", "10.0.10.0/24", b)
            .place("eni-1", "subnet-b")
            .place("eni-5", "subnet-b")
            .node("tmt-1", "subnet-b")
            .member("tmt-1", "i-5", health)
            .balancer("tmt-1", |balancer| balancer.cross_zone = Some(false))
    };
    assert_eq!(second("healthy").arrival(), OPEN);
    for health in ["unhealthy", "initial", "draining", "unused"] {
        assert_eq!(second(health).arrival(), lost, "{health}");
    }
    let in_zone = |zone: Option<&str>| {
        let zone = zone.map(str::to_owned);
        off(b).balancer("tmt-1", |balancer| balancer.target_groups[0].members[0].zone = zone)
    };
    assert_eq!(in_zone(Some(b)).arrival(), OPEN);
    assert_eq!(in_zone(Some("eu-west-1a")).arrival(), lost);
    // An address outside the VPC, which every node sends to.
    assert_eq!(in_zone(Some("all")).arrival(), OPEN);
    // Where nobody is healthy, all of them get packets: whether anybody listens is another question.
    assert_eq!(
        off(b).health("tmt-1", "unhealthy").arrival(),
        "? nobody behind tmt-1 is healthy: all of them get packets, and whether anybody listens is not told"
    );
}

#[test]
fn endpoints() {
    let by_state = |state: &str| {
        let kind = TargetKind::GwlbEndpoint("vpce-1".to_owned());
        let scenario = scenario().any_target("tmt-gwlb", kind).target("tmt-gwlb").instance("i-1");
        account(scenario.owned("tms-1").packet_length(Some(1000)))
            .endpoint("vpce-1", "vpc-a", state)
    };
    for state in ["pendingacceptance", "pending", "rejected", "failed", "deleting"] {
        assert_eq!(by_state(state).arrival(), "target-not-active", "{state}");
    }
    let gone = by_state("available").edit(|_, net| net.endpoints.clear());
    assert_eq!(gone.arrival(), "target-gone");
    let cut = |length: Option<i32>| {
        by_state("available")
            .edit(|inv, _| {
                let session = inv.sessions.get_mut(&"tms-1".into()).expect("it is there");
                session.packet_length = length;
            })
            .found(Code::PacketsCut)
            .len()
    };
    assert_eq!([cut(Some(8446)), cut(Some(8447)), cut(Some(8500)), cut(None)], [0, 1, 1, 1]);
}

#[test]
fn interfaces_of_nobody_that_was_read() {
    let lone = |lone| {
        let kind = TargetKind::Eni("eni-x".into());
        let scenario = scenario().any_target("tmt-eni", kind).target("tmt-eni").lone("eni-x", lone);
        account(scenario.instance("i-1").owned("tms-1"))
    };
    assert_eq!(lone(LoneEni::Attached { vpc: "vpc-a".into(), instance: None }).arrival(), OPEN);
    assert_eq!(lone(LoneEni::Detached { vpc: "vpc-a".into() }).arrival(), "target-detached");
    assert_eq!(lone(LoneEni::Gone).arrival(), "target-gone");
}

/// Nodes in two zones with an appliance in each, and a network ACL that shuts the second.
fn one_shut(source: &str) -> Account {
    account(mirrored().instance("i-5"))
        .subnet("subnet-b", "vpc-a", "10.0.10.0/24", "eu-west-1b")
        .subnet("subnet-s", "vpc-a", "10.0.11.0/24", source)
        .subnet("subnet-m", "vpc-a", "10.0.12.0/24", "eu-west-1b")
        .place("eni-1", "subnet-s")
        .place("eni-5", "subnet-m")
        .node("tmt-1", "subnet-b")
        .member("tmt-1", "i-5", "healthy")
        .acl("acl-b", "vpc-a", &["subnet-b"], &[entry(1, "deny", "all", "0.0.0.0/0")])
}

#[test]
fn packets_go_in_by_the_node_of_their_own_zone() {
    assert_eq!(one_shut("eu-west-1a").arrival(), OPEN);
    assert_eq!(one_shut("eu-west-1b").arrival(), DENIED);
    assert_eq!(
        one_shut("eu-west-1c").arrival(),
        "? not every node behind tmt-1 can be reached, and which of them gets packets from eu-west-1c is not told"
    );
    let both = one_shut("eu-west-1c");
    let shut = [entry(1, "deny", "all", "0.0.0.0/0")];
    assert_eq!(both.acl("acl-a", "vpc-a", &["subnet-of-vpc-a"], &shut).arrival(), DENIED);
    // What a node sends on passes the ACL of the appliance's subnet, whatever the zone.
    let behind = one_shut("eu-west-1a").acl("acl-m", "vpc-a", &["subnet-m"], &shut);
    assert_eq!(behind.found(Code::NetworkAclBlocks)[0].at, ["acl-m", "subnet-m", "tmt-1"]);
}

/// Nodes and appliances in two zones, the second of which lets nobody in.
fn second_shut(source: &str, cross_zone: Option<bool>) -> Account {
    account(mirrored().instance("i-5"))
        .subnet("subnet-b", "vpc-a", "10.0.10.0/24", "eu-west-1b")
        .subnet("subnet-s", "vpc-a", "10.0.11.0/24", source)
        .place("eni-1", "subnet-s")
        .place("eni-5", "subnet-b")
        .node("tmt-1", "subnet-b")
        .member("tmt-1", "i-5", "healthy")
        .group("sg-shut", "vpc-a", &[])
        .in_groups("eni-5", &["sg-shut"])
        .balancer("tmt-1", |balancer| balancer.cross_zone = cross_zone)
}

#[test]
fn only_the_doors_of_the_own_zone_count_where_nodes_send_to_no_other() {
    assert_eq!(second_shut("eu-west-1a", Some(false)).arrival(), OPEN);
    assert_eq!(second_shut("eu-west-1b", Some(false)).arrival(), SHUT);
    // A part of the packets goes to each, wherever they come from.
    assert_eq!(second_shut("eu-west-1a", Some(true)).arrival(), SHUT);
    // Who sends where is not known.
    assert!(second_shut("eu-west-1a", None).arrival().starts_with("? "));
    assert!(second_shut("eu-west-1c", Some(false)).arrival().starts_with("? "));
}

#[test]
fn an_appliance_is_asked_for_the_port_that_it_is_sent_to() {
    let on = |port: u16, allowed: &str| {
        account(mirrored())
            .group("sg-x", "vpc-a", &[permission(allowed, &["0.0.0.0/0"])])
            .in_groups("eni-sensor-tmt-1", &["sg-x"])
            .balancer("tmt-1", |balancer| balancer.target_groups[0].members[0].port = Some(port))
    };
    assert_eq!(on(4789, "udp 4789").arrival(), OPEN);
    assert_eq!(on(5000, "udp 4789").arrival(), SHUT);
    assert_eq!(on(5000, "udp 5000").arrival(), OPEN);
    let found = on(5000, "udp 4789").found(Code::SecurityGroupBlocks);
    assert!(found[0].what.contains("lets no UDP 5000 in"), "{}", found[0].what);
}
