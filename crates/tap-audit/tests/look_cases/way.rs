//! The way from a source to its target: routes, peerings, transit gateways, prefix lists.

use tap_audit::finding::FindingCode as Code;
use tap_core::call::Call;
use tap_core::testing::scenario;

use super::healthy::{hub, mirrored};
use crate::support::{Account, account};

/// The source is in vpc-b (10.0.0.0/16), the load balancer in vpc-hub (10.2.0.0/16); there is neither link nor route yet.
fn apart() -> Account {
    hub().edit(|inv, net| {
        inv.instances.remove(&"i-2".into());
        inv.sessions.remove(&"tms-2".into());
        net.peerings.clear();
        net.route_tables.values_mut().for_each(|table| table.routes.truncate(1));
    })
}

fn peered() -> Account {
    apart().peering("pcx-b", "vpc-b", "vpc-hub")
}

const TABLE: &str = "rtb-of-vpc-b";
const HUB: &str = "10.2.0.0/16";

#[track_caller]
fn arrives(account: &Account) {
    assert_eq!(account.arrival(), "arrives");
}

#[track_caller]
fn is_lost(account: &Account, codes: &str) {
    assert_eq!(account.arrival(), codes);
    // Who is told that packets are lost is not asked whether they arrive.
    let asked = account.look().unknowns.into_iter().filter(|u| u.question.contains("tmt-hub"));
    assert_eq!(asked.filter(|u| u.at.contains(&"eni-1".to_owned())).count(), 0);
}

#[track_caller]
fn cannot_tell(account: &Account, why: &str) {
    assert_eq!(account.arrival(), format!("? {why}"));
    let audit = account.look();
    let asked = audit.unknowns.iter().find(|unknown| why.contains(&unknown.why));
    assert!(asked.is_some_and(|u| u.at.contains(&"eni-1".to_owned())), "{:?}", audit.unknowns);
    assert_eq!(account.found(Code::NoRoute), []);
    assert_eq!(account.found(Code::NoLink), []);
}

#[test]
fn the_same_vpc() {
    arrives(&account(mirrored()));
    let other_subnet = account(mirrored())
        .subnet("subnet-b", "vpc-a", "10.0.10.0/24", "eu-west-1a")
        .place("eni-1", "subnet-b");
    arrives(&other_subnet);
    // A table of its own is asked, not the main one.
    arrives(&other_subnet.clone().table("rtb-b", "vpc-a", &["subnet-b"]));
    let without = other_subnet.table("rtb-b", "vpc-a", &["subnet-b"]).edit(|_, net| {
        net.route_tables.get_mut(&"rtb-b".into()).expect("it is there").routes.clear();
    });
    is_lost(&without, "no-route");
}

#[test]
fn peering_with_and_without_a_route() {
    is_lost(&apart(), "no-link");
    is_lost(&peered(), "no-route");
    arrives(&peered().route(TABLE, HUB, "pcx-b"));
    arrives(&peered().route(TABLE, "10.2.0.0/24", "pcx-b"));
    arrives(&peered().route(TABLE, "0.0.0.0/0", "pcx-b"));
    is_lost(&peered().route(TABLE, "10.3.0.0/16", "pcx-b"), "no-route");
    // The way back is no way there.
    is_lost(&peered().route("rtb-of-vpc-hub", "10.0.0.0/16", "pcx-b"), "no-route");
}

#[test]
fn a_peering_that_does_not_lead_there() {
    // With a third VPC: a peering does not lead on.
    let third = apart().peering("pcx-c", "vpc-b", "vpc-c").route(TABLE, HUB, "pcx-c");
    is_lost(&third, "no-link");
    is_lost(&third.peering("pcx-b", "vpc-hub", "vpc-b"), "no-route");
    for status in ["pending-acceptance", "expired", "deleted", "failed"] {
        let pending =
            apart().peering_that_is("pcx-b", "vpc-b", "vpc-hub", status).route(TABLE, HUB, "pcx-b");
        is_lost(&pending, "black-hole");
    }
    is_lost(&peered().black_hole(TABLE, HUB, "pcx-b"), "black-hole");
    // In a state that only AWS knows.
    let odd = peered().route(TABLE, HUB, "pcx-b").edit(|_, net| {
        let table = net.route_tables.get_mut(&TABLE.into()).expect("it is there");
        table.routes.last_mut().expect("it was just added").active = None;
    });
    cannot_tell(
        &odd,
        "rtb-of-vpc-b leads to pcx-b for tmt-hub, and whether that route works is not told",
    );
    cannot_tell(&apart().route(TABLE, HUB, "pcx-x"), "pcx-x cannot be seen");
}

#[test]
fn the_route_table_of_the_source_decides() {
    let own = peered().route(TABLE, HUB, "pcx-b").table("rtb-own", "vpc-b", &["subnet-of-vpc-b"]);
    is_lost(&own, "no-route");
    arrives(&own.route("rtb-own", HUB, "pcx-b"));
    // A table for another subnet says nothing.
    arrives(&peered().route(TABLE, HUB, "pcx-b").table("rtb-own", "vpc-b", &["subnet-x"]));
    let none = peered().edit(|_, net| drop(net.route_tables.remove(&TABLE.into())));
    cannot_tell(&none, "the route table of subnet-of-vpc-b cannot be seen");
}

#[test]
fn the_most_specific_route_decides() {
    let way = || peered().route(TABLE, HUB, "pcx-b");
    arrives(&way().route(TABLE, "10.0.0.0/8", "igw-1").route(TABLE, "0.0.0.0/0", "nat-1"));
    is_lost(&way().route(TABLE, "10.2.0.0/24", "igw-1"), "no-route");
    is_lost(&way().black_hole(TABLE, "10.2.0.0/20", "pcx-old"), "black-hole");
    // A part of the subnet goes elsewhere, and which address the node has is not told.
    let part = way().route(TABLE, "10.2.0.128/25", "igw-1");
    cannot_tell(
        &part,
        "rtb-of-vpc-b has several routes into subnet-of-vpc-hub, and which address of tmt-hub is meant is not told",
    );
    arrives(&way().route(TABLE, "10.2.0.128/25", "pcx-b"));
    // Of an interface the address is known.
    let eni = || {
        let sensor = scenario().vpc("vpc-hub").not_enabled().appliance("tmt-eni", "i-9");
        let scenario = sensor.vpc("vpc-a").target("tmt-eni").instance("i-1").owned("tms-1");
        account(scenario)
            .peering("pcx-1", "vpc-a", "vpc-hub")
            .route("rtb-of-vpc-a", "10.1.0.0/16", "pcx-1")
            .address("eni-9", "10.1.0.200")
    };
    arrives(&eni().route("rtb-of-vpc-a", "10.1.0.0/25", "igw-1"));
    assert_eq!(eni().route("rtb-of-vpc-a", "10.1.0.128/25", "igw-1").arrival(), "no-route");
}

#[test]
fn blocks_that_overlap() {
    // The hub uses the addresses of the source's VPC: they stay at home.
    let overlap = apart().block("vpc-hub", "10.0.0.0/16");
    is_lost(&overlap, "no-link");
    is_lost(&overlap.peering("pcx-b", "vpc-b", "vpc-hub"), "no-route");
}

#[test]
fn transit_gateways() {
    let both = || {
        apart().attachment("tgw-1", "vpc-b", "available").attachment(
            "tgw-1",
            "vpc-hub",
            "available",
        )
    };
    is_lost(&both(), "no-route");
    let beyond = "packets for tmt-hub go through tgw-1, whose own route tables are not read";
    cannot_tell(&both().route(TABLE, "10.0.0.0/8", "tgw-1"), beyond);
    // Gateways may be peered with each other.
    let one = || apart().attachment("tgw-1", "vpc-b", "available").route(TABLE, HUB, "tgw-1");
    cannot_tell(&one(), beyond);
    // The owner of a shared VPC does not show its attachments, and AWS calls the route active.
    cannot_tell(&apart().route(TABLE, HUB, "tgw-1"), beyond);
    for state in ["pendingAcceptance", "deleting", "failed", "rejected"] {
        let not_yet = apart().attachment("tgw-1", "vpc-b", state).route(TABLE, HUB, "tgw-1");
        is_lost(&not_yet, "no-link");
    }
    // From a zone where the attachment has no subnet, nothing gets to the gateway.
    let zone = one().subnet("subnet-b", "vpc-b", "10.0.10.0/24", "eu-west-1b");
    is_lost(&zone.clone().place("eni-1", "subnet-b"), "no-link");
    cannot_tell(&zone, beyond);
    is_lost(&both().black_hole(TABLE, HUB, "tgw-1"), "black-hole");
}

#[test]
fn prefix_lists() {
    let list = |via: &str| peered().route(TABLE, "pl-1", via);
    cannot_tell(
        &list("pcx-b"),
        "rtb-of-vpc-b has a route for prefix list pl-1, whose blocks are not read",
    );
    // It may hold what is more specific.
    cannot_tell(
        &list("tgw-1").route(TABLE, HUB, "pcx-b"),
        "rtb-of-vpc-b has a route for prefix list pl-1, whose blocks are not read",
    );
    arrives(&list("pcx-b").route(TABLE, HUB, "pcx-b"));
    // Those of S3 and DynamoDB lead to a gateway endpoint, and hold no private address.
    is_lost(&list("vpce-s3"), "no-route");
    arrives(&list("vpce-s3").route(TABLE, HUB, "pcx-b"));
    let unread = list("vpce-s3").unread(Call::DescribeVpcEndpoints);
    cannot_tell(&unread, "ec2:DescribeVpcEndpoints is not allowed");
    // Within the VPC nothing of it counts.
    arrives(&account(mirrored()).route("rtb-of-vpc-a", "pl-1", "tgw-1"));
}

#[test]
fn what_stands_in_the_way_decides() {
    for via in ["eni-firewall", "vpce-firewall", "vgw-1", "arn:core-network", ""] {
        let through =
            peered().endpoint("vpce-firewall", "vpc-b", "available").route(TABLE, HUB, via);
        cannot_tell(
            &through,
            &format!(
                "{TABLE} leads to {via} for tmt-hub, and where that sends packets is not told"
            ),
        );
    }
    for via in ["igw-1", "nat-1", "eigw-1"] {
        is_lost(&peered().route(TABLE, "0.0.0.0/0", via), "no-route");
    }
    let sentence = &peered().route(TABLE, "0.0.0.0/0", "nat-1").found(Code::NoRoute)[0].what;
    assert_eq!(
        sentence,
        "rtb-of-vpc-b, the route table of subnet-of-vpc-b, leads packets for tmt-hub to nat-1: they do not get to subnet-of-vpc-hub"
    );
}

#[test]
fn many_who_suffer_are_one_finding() {
    let many = mirrored().vpc("vpc-b").target("tmt-1").instance("i-2").owned("tms-2");
    let many = account(many.instance("i-3").owned("tms-3"));
    let found = many.found(Code::NoLink);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].affected, ["eni-2", "eni-3"]);
    assert_eq!(found[0].vpc, Some("vpc-b".into()));
}

#[test]
fn where_there_is_no_address() {
    let mut without = account(mirrored());
    let facts = without.net.interfaces.get_mut(&"eni-1".into()).expect("it is there");
    facts.primary = None;
    assert_eq!(without.arrival(), "? eni-1 has no primary IPv4 address");
}
