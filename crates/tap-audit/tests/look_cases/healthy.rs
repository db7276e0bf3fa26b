//! Healthy accounts, in all the ways in which ordinary ones are: nothing is found, nothing is open, and coverage is full.

use tap_audit::model::Arrival;
use tap_core::inventory::{LoneEni, TargetKind};
use tap_core::testing::{Scenario, rules, scenario};

use crate::support::{Account, account, codes, entry, permission};

/// Nothing is found, nothing is open, and everything that should be mirrored is, and arrives.
#[track_caller]
pub fn is_healthy(account: &Account) {
    let audit = account.look();
    assert_eq!(codes(&audit), Vec::<&str>::new(), "{:#?}", audit.findings);
    assert_eq!(audit.unknowns, []);
    assert_eq!(audit.coverage.missing(), 0);
    assert_eq!(audit.coverage.unknown, 0);
    for session in &audit.sessions {
        assert_eq!(session.arrival, Some(Arrival::Arrives), "{session:?}");
        assert_eq!(session.blind, Vec::<&str>::new());
    }
    let percent = audit.coverage.percent();
    assert!(percent.is_none() || percent == Some(100), "{percent:?}");
}

/// One instance, mirrored as it should be.
pub fn mirrored() -> Scenario {
    scenario().instance("i-1").owned("tms-1")
}

#[test]
fn one_mirrored_instance() {
    let healthy = account(mirrored());
    is_healthy(&healthy);
    let audit = healthy.look();
    assert_eq!((audit.coverage.eligible, audit.coverage.ours), (1, 1));
    assert_eq!(audit.coverage.percent(), Some(100));
    assert_eq!(audit.coverage.left_alone, [("receives-mirror", 1)].into());
}

#[test]
fn an_empty_account() {
    is_healthy(&account(scenario().no_filter()));
    let nothing = scenario().not_enabled().with(|inv| {
        inv.targets.clear();
        inv.nlbs.clear();
    });
    is_healthy(&account(nothing));
}

#[test]
fn a_load_balancer_in_three_zones_with_an_appliance_in_each() {
    let three = account(
        mirrored()
            .instance("i-2")
            .owned("tms-2")
            .instance("i-3")
            .owned("tms-3")
            .instance("i-4")
            .instance("i-5"),
    )
    .subnet("subnet-b", "vpc-a", "10.0.10.0/24", "eu-west-1b")
    .subnet("subnet-c", "vpc-a", "10.0.11.0/24", "eu-west-1c")
    .place("eni-2", "subnet-b")
    .place("eni-3", "subnet-c")
    .place("eni-4", "subnet-b")
    .place("eni-5", "subnet-c")
    .node("tmt-1", "subnet-b")
    .node("tmt-1", "subnet-c")
    .member("tmt-1", "i-4", "healthy")
    .member("tmt-1", "i-5", "healthy")
    .balancer("tmt-1", |balancer| balancer.cross_zone = Some(false));
    is_healthy(&three);
    // Nobody mirrors in the third zone: what its node lacks costs nothing.
    let two = three.clone().place("eni-3", "subnet-b").edit(|inv, net| {
        inv.instances.remove(&"i-5".into());
        net.balancers.get_mut(&"tmt-1".into()).expect("it is there").target_groups[0]
            .members
            .retain(|member| member.id != "i-5");
    });
    is_healthy(&two);
}

/// A hub with the sensors, to which two VPCs are peered.
pub fn hub() -> Account {
    let spokes = scenario()
        .vpc("vpc-hub")
        .not_enabled()
        .nlb("tmt-hub")
        .vpc("vpc-b")
        .target("tmt-hub")
        .instance("i-1")
        .owned("tms-1")
        .vpc("vpc-c")
        .target("tmt-hub")
        .instance("i-2")
        .owned("tms-2")
        .with(|inv| {
            inv.targets.remove(&"tmt-1".into());
            inv.nlbs.remove(&"tmt-1".into());
            inv.vpcs.remove(&"vpc-a".into());
            inv.subnets.remove(&"subnet-of-vpc-a".into());
        });
    // In the order of their ids: vpc-b 10.0, vpc-c 10.1, vpc-hub 10.2.
    account(spokes)
        .peering("pcx-b", "vpc-hub", "vpc-b")
        .peering("pcx-c", "vpc-c", "vpc-hub")
        .route("rtb-of-vpc-b", "10.2.0.0/16", "pcx-b")
        .route("rtb-of-vpc-c", "10.2.0.0/16", "pcx-c")
        .route("rtb-of-vpc-hub", "10.0.0.0/16", "pcx-b")
        .route("rtb-of-vpc-hub", "10.1.0.0/16", "pcx-c")
}

#[test]
fn a_hub_with_sensors_and_peered_vpcs() {
    // What every VPC has besides: the way out, and a gateway endpoint of S3 with its prefix list.
    let ordinary = hub()
        .route("rtb-of-vpc-b", "0.0.0.0/0", "nat-1")
        .route("rtb-of-vpc-b", "pl-s3", "vpce-s3")
        .route("rtb-of-vpc-c", "0.0.0.0/0", "igw-1")
        .group(
            "sg-sensor",
            "vpc-hub",
            &[permission("udp 4789", &["10.0.0.0/8"]), permission("tcp 22", &["10.9.0.0/16"])],
        )
        .in_groups("eni-sensor-tmt-hub", &["sg-sensor"])
        .acl(
            "acl-hub",
            "vpc-hub",
            &["subnet-of-vpc-hub"],
            &[
                entry(50, "deny", "tcp 22", "0.0.0.0/0"),
                entry(100, "allow", "all", "10.0.0.0/8"),
                entry(32767, "deny", "all", "0.0.0.0/0"),
            ],
        );
    is_healthy(&ordinary);
    assert_eq!(ordinary.look().coverage.eligible, 2);
}

#[test]
fn appliances_with_interfaces_of_their_own() {
    let sensors = scenario()
        .appliance("tmt-eni", "i-9")
        .target("tmt-eni")
        .instance("i-1")
        .owned("tms-1")
        .instance("i-2")
        .owned("tms-2");
    let own = account(sensors)
        .group("sg-sensor", "vpc-a", &[permission("udp 4789", &["sg-of-vpc-a"])])
        .in_groups("eni-9", &["sg-sensor"]);
    is_healthy(&own);
}

#[test]
fn who_is_left_out_on_purpose() {
    is_healthy(&account(mirrored().instance("i-2").blacklisted()));
    is_healthy(&account(mirrored().stopped("i-2")));
    let chosen = scenario().enrollment("whitelist").instance("i-1").whitelisted().owned("tms-1");
    is_healthy(&account(chosen.instance("i-2")));
    // Nobody is chosen yet, or everybody is left out: there is nothing to be mirrored.
    is_healthy(&account(scenario().enrollment("whitelist").instance("i-1")));
    is_healthy(&account(scenario().instance("i-1").blacklisted()));
    is_healthy(&account(scenario().instance("i-1").of_type("t2.micro")));
}

#[test]
fn interfaces_of_clusters_and_services() {
    let cluster = mirrored()
        .instance("i-2")
        .owned("tms-2")
        .eni("eni-2-pods")
        .secondary()
        .owned("tms-3")
        .eni("eni-2-trunk")
        .interface_type("trunk")
        .secondary()
        .eni("eni-2-managed")
        .requester_managed()
        .secondary()
        .eni("eni-2-v6")
        .ipv6_only()
        .secondary();
    is_healthy(&account(cluster));
    // A database in the same VPC has an interface that no instance has.
    let lone = LoneEni::Attached { vpc: "vpc-a".into(), instance: None };
    is_healthy(&account(mirrored().lone("eni-rds", lone)));
}

#[test]
fn a_subnet_that_another_account_shares() {
    // The VPC is not seen, and so not its tags: what a rule mirrors there is as it should be.
    let shared = scenario()
        .vpc("vpc-shared")
        .instance("i-1")
        .owned("tms-1")
        .by_rule("subnet-of-vpc-shared")
        .with(|inv| {
            inv.vpcs.remove(&"vpc-shared".into());
        });
    let shared = account(shared)
        .with(|settings| {
            settings.rules = Some(rules().subnet("subnet-of-vpc-shared").to("tmt-1").build());
            settings.rules_given = true;
        })
        .edit(|_, net| {
            // Its owner shows route tables and network ACLs, and no peerings.
            let table = net.route_tables.get_mut(&"rtb-of-vpc-shared".into());
            assert!(table.is_some());
        })
        .route("rtb-of-vpc-shared", "10.0.0.0/16", "pcx-shared");
    let audit = shared.look();
    assert_eq!(codes(&audit), Vec::<&str>::new(), "{:#?}", audit.findings);
    assert_eq!(shared.arrival(), "? pcx-shared cannot be seen");
}

#[test]
fn sensors_that_are_made_on_demand_are_full_by_design() {
    let key = "vpc-a";
    let mut full =
        scenario().appliance("tmt-sensor", "i-sensor").made_for(key).target("tmt-sensor");
    for n in 1..=10 {
        full = full.instance(&format!("i-{n}")).owned(&format!("tms-{n}"));
    }
    is_healthy(&account(full));
}

#[test]
fn a_target_of_the_organization_is_nobodys_fault() {
    let shared = account(mirrored()).owner("tmt-1", "222233334444").organization(&["222233334444"]);
    let audit = shared.look();
    assert_eq!(codes(&audit), Vec::<&str>::new());
    assert_eq!(shared.arrival(), "? only account 222233334444 sees what stands behind tmt-1");
    let target = &audit.targets[0];
    assert_eq!((target.owner.as_str(), target.vpc.as_ref()), ("222233334444", None));
}

#[test]
fn endpoints_are_as_far_as_anybody_can_tell() {
    let by_endpoint = scenario()
        .any_target("tmt-gwlb", TargetKind::GwlbEndpoint("vpce-1".to_owned()))
        .target("tmt-gwlb")
        .instance("i-1")
        .owned("tms-1")
        .packet_length(Some(8446));
    let by_endpoint = account(by_endpoint).endpoint("vpce-1", "vpc-a", "available");
    let audit = by_endpoint.look();
    assert_eq!(codes(&audit), Vec::<&str>::new());
    assert_eq!(
        by_endpoint.arrival(),
        "? what becomes of packets behind vpce-1 only its endpoint service can tell"
    );
}
