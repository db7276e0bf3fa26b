//! Questions without an answer: why there is none, and what would help.

use tap_audit::model::Unknown;
use tap_core::call::Call;
use tap_core::error::ErrorKind;
use tap_core::testing::scenario;

use super::healthy::{hub, mirrored};
use crate::support::{Account, account, permission};

/// What would answer the question that stays open for a reason.
fn remedy(account: &Account, why: &str) -> Option<String> {
    let unknowns = account.look().unknowns;
    let found: Vec<&Unknown> = unknowns.iter().filter(|u| u.why == why).collect();
    assert!(!found.is_empty(), "{unknowns:#?}");
    assert!(found.iter().all(|unknown| unknown.remedy == found[0].remedy), "{found:#?}");
    found[0].remedy.clone()
}

fn in_group(from: &str) -> Account {
    account(mirrored())
        .group("sg-member", "vpc-a", &[permission("udp 4789", &[from])])
        .in_groups("eni-sensor-tmt-1", &["sg-member"])
}

#[test]
fn what_would_help_is_said() {
    let by_a_block = Some("let UDP 4789 in from the sources' addresses by a block".to_owned());
    assert_eq!(
        remedy(
            &in_group("sg-of-vpc-a"),
            "sg-member names a security group of the source, and whether that counts behind a load balancer is not told"
        ),
        by_a_block
    );
    let unread = "sg-member names prefix list pl-1, whose blocks are not read";
    assert_eq!(remedy(&in_group("pl-1"), unread), by_a_block);

    let by_list = account(mirrored())
        .group("sg-nlb", "vpc-a", &[permission("all", &["0.0.0.0/0"])])
        .group_out("sg-nlb", &[permission("all", &["pl-1"])])
        .balancer("tmt-1", |balancer| balancer.groups = ["sg-nlb".into()].into());
    assert_eq!(
        remedy(&by_list, "sg-nlb names prefix list pl-1, whose blocks are not read").as_deref(),
        Some("let UDP 4789 out to the appliances' addresses by a block")
    );

    let by_gateway = hub()
        .edit(|_, net| {
            net.peerings.clear();
            net.route_tables.values_mut().for_each(|table| table.routes.truncate(1));
        })
        .attachment("tgw-1", "vpc-b", "available")
        .route("rtb-of-vpc-b", "0.0.0.0/0", "tgw-1");
    assert_eq!(
        remedy(
            &by_gateway,
            "packets for tmt-hub go through tgw-1, whose own route tables are not read"
        )
        .as_deref(),
        Some("look at the route tables of tgw-1")
    );
    let through = hub().route("rtb-of-vpc-b", "pl-1", "tgw-1");
    assert_eq!(
        remedy(
            &through,
            "rtb-of-vpc-b has a route for prefix list pl-1, whose blocks are not read"
        )
        .as_deref(),
        Some("look at the blocks of pl-1")
    );

    let out = account(mirrored())
        .subnet("subnet-s", "vpc-a", "10.0.20.0/24", "eu-west-1a")
        .place("eni-1", "subnet-s")
        .acl("acl-s", "vpc-a", &["subnet-s"], &[])
        .acl_out("acl-s", &[]);
    let why = "acl-s, the network ACL of subnet-s, lets no UDP 4789 out to subnet-of-vpc-a, and whether mirrored packets are subject to it is not told";
    assert_eq!(remedy(&out, why).as_deref(), Some("let UDP 4789 out in acl-s"));
}

#[test]
fn where_nothing_would_help_nothing_is_said() {
    let shared = account(mirrored()).owner("tmt-1", "222233334444");
    let why = "only account 222233334444 sees what stands behind tmt-1";
    assert_eq!(remedy(&shared, why), None);
    let narrowed = account(scenario().instance("i-1").instance("i-2").only_instance("i-1"));
    assert_eq!(remedy(&narrowed, "the audit is about some instances only"), None);
}

#[test]
fn what_was_not_read_says_how_it_was_not() {
    let call = Call::DescribeSecurityGroups;
    let of = |kind: ErrorKind, why: &str| {
        let account = account(mirrored()).unread_for(call, kind);
        assert_eq!(account.arrival(), format!("? {why}"));
        remedy(&account, why)
    };
    assert_eq!(
        of(ErrorKind::Denied, "ec2:DescribeSecurityGroups is not allowed").as_deref(),
        Some("allow ec2:DescribeSecurityGroups")
    );
    for (kind, why) in [
        (ErrorKind::NotOffered, "the endpoint does not offer DescribeSecurityGroups"),
        (ErrorKind::Throttled, "DescribeSecurityGroups failed"),
        (ErrorKind::BadAnswer, "DescribeSecurityGroups failed"),
    ] {
        assert_eq!(of(kind, why).as_deref(), Some(kind.remedy()), "{kind}");
    }
    // Where packets are lost anyway, what was not read is a question all the same.
    let lost = account(mirrored())
        .edit(|_, net| net.route_tables.values_mut().for_each(|table| table.routes.clear()))
        .unread_for(call, ErrorKind::Throttled);
    assert_eq!(lost.arrival(), "no-route");
    assert!(remedy(&lost, "DescribeSecurityGroups failed").is_some());
}
