//! Findings of targets, of the way to them, and of quotas.

use tap_audit::finding::FindingCode as Code;
use tap_core::inventory::{InstanceState, LoneEni, TargetKind};
use tap_core::testing::scenario;

use super::findings::{A, Case};
use super::healthy::{hub, mirrored};
use crate::support::{Account, account, entry, permission};

fn appliance(others: usize) -> Account {
    let sensor = scenario().appliance("tmt-eni", "i-9").target("tmt-eni");
    account(sensor.sources_of_others("tmt-eni", others))
}

fn endpoint(packet_length: i32) -> Account {
    let kind = TargetKind::GwlbEndpoint("vpce-1".to_owned());
    let scenario = scenario().any_target("tmt-gwlb", kind).target("tmt-gwlb").instance("i-1");
    account(scenario.owned("tms-1").packet_length(Some(packet_length))).endpoint(
        "vpce-1",
        "vpc-a",
        "available",
    )
}

/// The source is in another zone than the appliance.
fn two_zones(cross_zone: bool) -> Account {
    account(mirrored())
        .subnet("subnet-b", "vpc-a", "10.0.10.0/24", "eu-west-1b")
        .place("eni-1", "subnet-b")
        .node("tmt-1", "subnet-b")
        .balancer("tmt-1", |balancer| balancer.cross_zone = Some(cross_zone))
}

fn lone_target(lone: LoneEni) -> Account {
    let kind = TargetKind::Eni("eni-x".into());
    account(scenario().any_target("tmt-eni", kind).target("tmt-eni").lone("eni-x", lone))
}

fn with_acl(action: &str) -> Account {
    account(mirrored())
        .subnet("subnet-b", "vpc-a", "10.0.10.0/24", "eu-west-1a")
        .place("eni-sensor-tmt-1", "subnet-b")
        .acl("acl-b", "vpc-a", &["subnet-b"], &[entry(100, action, "udp 4789", "10.0.0.0/8")])
}

fn with_group(what: &str) -> Account {
    account(mirrored())
        .group("sg-b", "vpc-a", &[permission(what, &["10.0.0.0/8"])])
        .in_groups("eni-sensor-tmt-1", &["sg-b"])
}

fn spokes() -> Account {
    hub().edit(|_, net| {
        for table in net.route_tables.values_mut() {
            table.routes.truncate(1);
        }
        net.peerings.clear();
    })
}

pub fn of_targets() -> Vec<Case> {
    let arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/tmt-1/0";
    let at: &'static [&'static str] = Vec::leak(vec!["tmt-1", arn]);
    let state = |state: &str| {
        let state = state.to_owned();
        account(mirrored().behind("tmt-1", |nlb| nlb.state = Some(state)))
    };
    let stopped = |state| {
        let sensor = scenario().appliance("tmt-eni", "i-9").state(state).target("tmt-eni");
        account(sensor.instance("i-1").owned("tms-1"))
    };
    vec![
        Case {
            code: Code::TargetGone,
            account: account(mirrored().behind("tmt-1", |nlb| nlb.exists = false)),
            at,
            affected: &["eni-1"],
            vpc: A,
            neighbour: account(mirrored()),
        },
        Case {
            code: Code::TargetDetached,
            account: lone_target(LoneEni::Detached { vpc: "vpc-a".into() }),
            at: &["tmt-eni", "eni-x"],
            affected: &[],
            vpc: A,
            neighbour: lone_target(LoneEni::Attached { vpc: "vpc-a".into(), instance: None }),
        },
        Case {
            code: Code::TargetStopped,
            account: stopped(InstanceState::Stopped),
            at: &["tmt-eni", "eni-9"],
            affected: &["eni-1"],
            vpc: A,
            neighbour: stopped(InstanceState::Pending),
        },
        Case {
            code: Code::TargetNotActive,
            account: state("provisioning"),
            at,
            affected: &["eni-1"],
            vpc: A,
            neighbour: state("active_impaired"),
        },
        Case {
            code: Code::TargetDeaf,
            account: account(mirrored().behind("tmt-1", |nlb| nlb.listens = false)),
            at,
            affected: &["eni-1"],
            vpc: A,
            neighbour: account(mirrored()),
        },
        Case {
            code: Code::TargetWithoutReceiver,
            account: account(mirrored()).no_members("tmt-1"),
            at,
            affected: &["eni-1"],
            vpc: A,
            neighbour: account(mirrored()).health("tmt-1", "unhealthy"),
        },
        Case {
            code: Code::NoHealthyReceiver,
            account: account(mirrored()).health("tmt-1", "unhealthy"),
            at,
            affected: &["eni-1"],
            vpc: A,
            neighbour: account(mirrored().instance("i-5")).member("tmt-1", "i-5", "unhealthy"),
        },
        Case {
            code: Code::ZoneWithoutReceiver,
            account: two_zones(false),
            at: &["tmt-1", "eu-west-1b", "arn:tg/tmt-1"],
            affected: &["eni-1"],
            vpc: A,
            neighbour: two_zones(true),
        },
    ]
}

pub fn of_the_way() -> Vec<Case> {
    let peered = || spokes().peering("pcx-b", "vpc-b", "vpc-hub");
    vec![
        Case {
            code: Code::NoLink,
            account: spokes(),
            at: &["vpc-b", "vpc-hub", "tmt-hub"],
            affected: &["eni-1"],
            vpc: Some("vpc-b"),
            neighbour: hub(),
        },
        Case {
            code: Code::NoRoute,
            account: peered(),
            at: &["rtb-of-vpc-b", "subnet-of-vpc-b", "tmt-hub"],
            affected: &["eni-1"],
            vpc: Some("vpc-b"),
            neighbour: hub(),
        },
        Case {
            code: Code::BlackHole,
            account: peered().black_hole("rtb-of-vpc-b", "10.2.0.0/16", "pcx-b"),
            at: &["rtb-of-vpc-b", "pcx-b", "tmt-hub"],
            affected: &["eni-1"],
            vpc: Some("vpc-b"),
            // Of two routes the more specific one counts.
            neighbour: hub().black_hole("rtb-of-vpc-b", "10.0.0.0/8", "pcx-old"),
        },
        Case {
            code: Code::SecurityGroupBlocks,
            account: with_group("tcp 4789"),
            at: &["sg-b", "tmt-1"],
            affected: &["eni-1"],
            vpc: A,
            neighbour: with_group("udp 4789"),
        },
        Case {
            code: Code::NetworkAclBlocks,
            account: with_acl("deny"),
            at: &["acl-b", "subnet-b", "tmt-1"],
            affected: &["eni-1"],
            vpc: A,
            neighbour: with_acl("allow"),
        },
        Case {
            code: Code::PacketsCut,
            account: endpoint(8447),
            at: &["tmt-gwlb", "vpce-1"],
            affected: &["eni-1"],
            vpc: A,
            neighbour: endpoint(8446),
        },
        Case {
            code: Code::QuotaReached,
            account: appliance(10),
            at: &["tmt-eni"],
            affected: &[],
            vpc: None,
            neighbour: appliance(9),
        },
        Case {
            code: Code::QuotaNear,
            account: appliance(8),
            at: &["tmt-eni"],
            affected: &[],
            vpc: None,
            neighbour: appliance(7),
        },
    ]
}
