//! The doors that packets leave by: out of the source's subnet, and out of a load balancer to whoever is behind it.

use tap_audit::finding::FindingCode as Code;
use tap_core::network::{AclEntry, Permission};

use super::healthy::mirrored;
use crate::support::{Account, account, entry, permission};

const OPEN: &str = "arrives";

/// The load balancer in a group of its own that lets all of it in; its appliance has 10.0.0.77.
fn balancer(out: &[Permission]) -> Account {
    account(mirrored())
        .address("eni-sensor-tmt-1", "10.0.0.77")
        .group("sg-nlb", "vpc-a", &[permission("all", &["0.0.0.0/0"])])
        .group_out("sg-nlb", out)
        .balancer("tmt-1", |balancer| balancer.groups = ["sg-nlb".into()].into())
}

#[test]
fn security_groups_of_a_load_balancer_let_out_to_each_member() {
    let shut = "security-group-blocks";
    let rows: [(&str, &str, &str, &str); 10] = [
        ("everything", "all", "0.0.0.0/0", OPEN),
        ("the member", "udp 4789", "10.0.0.77/32", OPEN),
        ("a range of ports", "udp 4000-5000", "10.0.0.0/24", OPEN),
        ("another address", "udp 4789", "10.0.0.78/32", shut),
        ("the source", "udp 4789", "10.0.0.10/32", shut),
        ("another port", "udp 53", "0.0.0.0/0", shut),
        ("another protocol", "tcp 4789", "0.0.0.0/0", shut),
        ("IPv6 is another matter", "all", "::/0", shut),
        ("the member's group", "udp 4789", "sg-of-vpc-a", OPEN),
        ("another group", "udp 4789", "sg-other", shut),
    ];
    for (name, what, to, expected) in rows {
        assert_eq!(balancer(&[permission(what, &[to])]).arrival(), expected, "{name}");
    }
    assert_eq!(balancer(&[]).arrival(), shut);
    let found = &balancer(&[]).found(Code::SecurityGroupBlocks)[0];
    assert_eq!(found.at, ["sg-nlb", "tmt-1", "sg-of-vpc-a"]);
    assert_eq!(found.affected, ["eni-1"]);
    assert_eq!(
        found.what,
        "sg-nlb of the load balancer behind tmt-1 lets no UDP 4789 out to eni-sensor-tmt-1"
    );
    // Any group of several is enough.
    let two = |out: &[Permission]| {
        let open = balancer(&[]).group("sg-2", "vpc-a", &[]).group_out("sg-2", out);
        open.balancer("tmt-1", |balancer| balancer.groups.extend(["sg-2".into()]))
    };
    assert_eq!(two(&[permission("udp", &["10.0.0.0/8"])]).arrival(), OPEN);
    assert_eq!(
        two(&[]).found(Code::SecurityGroupBlocks)[0].what,
        "none of sg-2, sg-nlb of the load balancer behind tmt-1 lets UDP 4789 out to eni-sensor-tmt-1"
    );
    // Without a group of its own, nothing is kept in. What members let out is nobody's question.
    let without = balancer(&[]).balancer("tmt-1", |balancer| balancer.groups.clear());
    assert_eq!(without.arrival(), OPEN);
    assert_eq!(account(mirrored()).group_out("sg-of-vpc-a", &[]).arrival(), OPEN);
}

#[test]
fn what_a_group_lets_out_is_not_told_always() {
    assert_eq!(
        balancer(&[permission("all", &["pl-1"])]).arrival(),
        "? sg-nlb names prefix list pl-1, whose blocks are not read"
    );
    let nowhere = balancer(&[permission("all", &["10.0.0.0/8"])]).edit(|_, net| {
        let facts = net.interfaces.get_mut(&"eni-sensor-tmt-1".into()).expect("it is there");
        facts.primary = None;
    });
    assert_eq!(nowhere.arrival(), "? eni-sensor-tmt-1 has no primary IPv4 address");
}

#[test]
fn packets_go_to_the_port_that_a_member_is_registered_with() {
    let at_port = |out: &str| {
        let out = balancer(&[permission(out, &["0.0.0.0/0"])]);
        let moved = out.balancer("tmt-1", |balancer| {
            balancer.target_groups[0].members[0].port = Some(5000);
        });
        moved.found(Code::SecurityGroupBlocks).into_iter().map(|found| found.what).next()
    };
    assert_eq!(at_port("udp 5000"), None);
    assert_eq!(
        at_port("udp 4789").as_deref(),
        Some("sg-nlb of the load balancer behind tmt-1 lets no UDP 5000 out to eni-sensor-tmt-1")
    );
}

#[test]
fn they_come_in_by_that_port_too() {
    let shut = |what: &str| {
        let group = account(mirrored()).group("sg-m", "vpc-a", &[permission(what, &["0.0.0.0/0"])]);
        let moved = group.in_groups("eni-sensor-tmt-1", &["sg-m"]).balancer("tmt-1", |balancer| {
            balancer.target_groups[0].members[0].port = Some(5000);
        });
        moved.found(Code::SecurityGroupBlocks).into_iter().map(|found| found.what).next()
    };
    assert_eq!(shut("udp 5000"), None);
    assert_eq!(
        shut("udp 4789").as_deref(),
        Some("sg-m of eni-sensor-tmt-1, behind tmt-1, lets no UDP 5000 in from these sources")
    );
    let acl = |what: &str| {
        let moved = node(&[entry(1, "allow", "all", "0.0.0.0/0")]).balancer("tmt-1", |balancer| {
            balancer.target_groups[0].members[0].port = Some(5000);
        });
        moved
            .acl("acl-m", "vpc-a", &["subnet-m"], &[entry(1, "allow", what, "0.0.0.0/0")])
            .arrival()
    };
    assert_eq!((&*acl("udp 5000"), &*acl("udp 4789")), (OPEN, "network-acl-blocks"));
}

/// The appliance has 10.0.10.77 in a subnet of its own, and the source is beside the node.
fn node(out: &[AclEntry]) -> Account {
    account(mirrored())
        .subnet("subnet-m", "vpc-a", "10.0.10.0/24", "eu-west-1a")
        .place("eni-sensor-tmt-1", "subnet-m")
        .address("eni-sensor-tmt-1", "10.0.10.77")
        .acl("acl-m", "vpc-a", &["subnet-m"], &[entry(1, "allow", "all", "0.0.0.0/0")])
        .acl_out("acl-of-vpc-a", out)
}

#[test]
fn the_network_acl_of_a_node_lets_out_to_members_elsewhere() {
    let shut = "network-acl-blocks";
    let allow = |n, what, to| entry(n, "allow", what, to);
    let deny = |n, what, to| entry(n, "deny", what, to);
    let all = "0.0.0.0/0";
    let rows: [(&str, Vec<AclEntry>, &str); 7] = [
        ("nothing matches", vec![], shut),
        ("the member", vec![allow(1, "udp 4789", "10.0.10.77/32")], OPEN),
        ("another address", vec![allow(1, "udp 4789", "10.0.10.78/32")], shut),
        ("the source", vec![allow(1, "all", "10.0.0.0/24")], shut),
        ("the lowest number", vec![allow(9, "all", all), deny(1, "udp", "10.0.10.0/24")], shut),
        ("another port", vec![deny(1, "udp 53", all), allow(2, "all", all)], OPEN),
        ("only replies", vec![allow(1, "tcp", all)], shut),
    ];
    for (name, entries, expected) in rows {
        assert_eq!(node(&entries).arrival(), expected, "{name}");
    }
    let found = &node(&[]).found(Code::NetworkAclBlocks)[0];
    assert_eq!(found.at, ["acl-of-vpc-a", "subnet-of-vpc-a", "subnet-m", "tmt-1"]);
    assert_eq!(
        found.what,
        "acl-of-vpc-a, the network ACL of subnet-of-vpc-a in vpc-a, lets no UDP 4789 out from the load balancer to eni-sensor-tmt-1 in subnet-m, behind tmt-1"
    );
    // What stays within the subnet passes no ACL.
    assert_eq!(account(mirrored()).acl_out("acl-of-vpc-a", &[]).arrival(), OPEN);
}

/// Nodes and appliances in two zones; the node of eu-west-1a lets nothing out to the other.
fn two_zones(cross_zone: Option<bool>) -> Account {
    account(mirrored().instance("i-5"))
        .subnet("subnet-b", "vpc-a", "10.0.10.0/24", "eu-west-1b")
        .place("eni-5", "subnet-b")
        .node("tmt-1", "subnet-b")
        .member("tmt-1", "i-5", "healthy")
        .acl("acl-b", "vpc-a", &["subnet-b"], &[entry(1, "allow", "all", "0.0.0.0/0")])
        .acl_out("acl-of-vpc-a", &[entry(1, "allow", "all", "10.0.0.0/24")])
        .balancer("tmt-1", |balancer| balancer.cross_zone = cross_zone)
}

#[test]
fn a_node_sends_to_other_zones_only_where_it_may() {
    assert_eq!(two_zones(Some(true)).arrival(), "network-acl-blocks");
    assert_eq!(two_zones(Some(false)).arrival(), OPEN);
    assert_eq!(two_zones(None).arrival(), "? whether it sends across zones cannot be seen");
}

#[test]
fn of_the_network_acl_before_the_source_nobody_can_tell() {
    // The source has a subnet of its own; node and appliance are in 10.0.0.0/24.
    let out = |entries: &[AclEntry]| {
        account(mirrored())
            .subnet("subnet-s", "vpc-a", "10.0.20.0/24", "eu-west-1a")
            .place("eni-1", "subnet-s")
            .acl("acl-s", "vpc-a", &["subnet-s"], &[])
            .acl_out("acl-s", entries)
            .arrival()
    };
    let why = "? acl-s, the network ACL of subnet-s, lets no UDP 4789 out to subnet-of-vpc-a, and whether mirrored packets are subject to it is not told";
    let all = "0.0.0.0/0";
    assert_eq!(out(&[entry(1, "allow", "all", all)]), OPEN);
    assert_eq!(out(&[entry(1, "allow", "udp 4789", "10.0.0.0/24")]), OPEN);
    assert_eq!(out(&[]), why);
    assert_eq!(out(&[entry(1, "deny", "udp", all), entry(2, "allow", "all", all)]), why);
    assert_eq!(out(&[entry(1, "allow", "tcp", all)]), why);
    // A part of the subnet that the node is in.
    let part = |n, action| entry(n, action, "all", "10.0.0.128/25");
    assert_eq!(out(&[part(1, "deny"), entry(2, "allow", "all", all)]), why);
    assert_eq!(out(&[part(1, "allow")]), why);
    assert_eq!(out(&[part(1, "allow"), entry(2, "allow", "all", all)]), OPEN);
    assert_eq!(out(&[entry(2, "allow", "all", all), part(3, "deny")]), OPEN);
}
