//! Rules with several targets: who gets which, who stays, and what is said where none has room.

use tap_core::inventory::Subnet;
use tap_core::policy::rules::TargetChoice::{Balanced, SameZone};
use tap_core::testing::{Rules, Scenario, rules, scenario};

use crate::support::{Case, case_with};

fn ruled(name: &str, scenario: Scenario, rules: Rules) -> Case {
    case_with(name, scenario, |settings| settings.rules = Some(rules.build()))
}

/// Two appliances of ten sources each, in a VPC of their own.
fn two_targets() -> Scenario {
    scenario()
        .vpc("vpc-sensors")
        .not_enabled()
        .appliance("tmt-a", "i-90")
        .appliance("tmt-b", "i-91")
        .vpc("vpc-a")
        .not_enabled()
}

fn balanced() -> Rules {
    rules().vpc("vpc-a").to_any(Balanced, &["tmt-a", "tmt-b"])
}

fn sources(scenario: Scenario, count: usize) -> Scenario {
    (0..count).fold(scenario, |s, n| s.instance(&format!("i-{n:02}")))
}

#[test]
fn sources_are_spread_evenly() {
    ruled("three", sources(two_targets(), 3), balanced())
        .changes(
            "eni-00 create tmt-a tmf-1 number 1 rule=vpc-a
             eni-01 create tmt-b tmf-1 number 1 rule=vpc-a
             eni-02 create tmt-a tmf-1 number 1 rule=vpc-a",
        )
        .settles();
}

#[test]
fn who_has_one_of_them_stays_there() {
    let uneven = ["i-1", "i-2", "i-3"].iter().fold(two_targets(), |s, id| {
        s.instance(id).owned(&format!("tms-{id}")).to("tmt-b").by_rule("vpc-a")
    });
    ruled("uneven", uneven.clone(), balanced()).changes("").settles();
    ruled("the next go where fewest are", uneven.instance("i-4").instance("i-5"), balanced())
        .changes(
            "eni-4 create tmt-a tmf-1 number 1 rule=vpc-a
             eni-5 create tmt-a tmf-1 number 1 rule=vpc-a",
        )
        .settles();
    let elsewhere = two_targets().instance("i-1").owned("tms-1").by_rule("vpc-a");
    ruled("who has another is moved", elsewhere, balanced())
        .changes("eni-1 modify tms-1 target tmt-a")
        .settles();
}

#[test]
fn sources_of_others_count_too() {
    let shared = two_targets().sources_of_others("tmt-a", 3).instance("i-1");
    ruled("others", shared, balanced())
        .changes("eni-1 create tmt-b tmf-1 number 1 rule=vpc-a")
        .settles();
    let foreign = two_targets().instance("i-1").foreign("tms-9").to("tmt-a");
    ruled("foreign", foreign.instance("i-2"), balanced())
        .notes("eni-1 shadowed")
        .changes(
            "eni-1 create tmt-b tmf-1 number 2 rule=vpc-a
             eni-2 create tmt-a tmf-1 number 1 rule=vpc-a",
        )
        .settles();
}

#[test]
fn the_last_places_are_used_and_then_it_is_said() {
    let case = ruled("twenty-one", sources(two_targets(), 21), balanced())
        .counts("create not-mirrored", 20)
        .counts("skip target-full", 1);
    case.settles();
    let leaving = sources(two_targets(), 20);
    // Who is stopped leaves a place, to which the next one goes in the same run.
    let leaving = leaving.with(|inv| {
        for (n, eni) in (0..20).map(|n| (n, format!("eni-{n:02}"))) {
            let target = if n % 2 == 0 { "tmt-a" } else { "tmt-b" };
            let session = tap_core::inventory::MirrorSession {
                id: format!("tms-{n:02}").into(),
                eni: eni.as_str().into(),
                target: target.into(),
                filter: "tmf-1".into(),
                number: 1,
                packet_length: None,
                vni: None,
                description: None,
                tags: [("Creator", "Vectra:Tap"), ("Vectra:session_mirroring_rule", "vpc-a")]
                    .into_iter()
                    .collect(),
            };
            inv.sessions.insert(session.id.clone(), session);
        }
        if let Some(stopped) = inv.instances.get_mut(&"i-03".into()) {
            stopped.state = tap_core::inventory::InstanceState::Stopped;
        }
    });
    ruled("a place becomes free", leaving.instance("i-30"), balanced())
        .changes("eni-03 delete tms-03; eni-30 create tmt-b tmf-1 number 1 rule=vpc-a")
        .settles();
}

#[test]
fn one_that_cannot_be_used_is_left_out_and_said() {
    let rules = || rules().vpc("vpc-a").to_any(Balanced, &["tmt-x", "tmt-b"]);
    ruled("one", two_targets().instance("i-1"), rules())
        .finds("rule-target-unusable")
        .changes("eni-1 create tmt-b tmf-1 number 1 rule=vpc-a")
        .settles();
    let on_the_dead = two_targets().instance("i-1").owned("tms-1").to("tmt-x").by_rule("vpc-a");
    ruled("moved away from it", on_the_dead, rules())
        .finds("rule-target-unusable")
        .changes("eni-1 modify tms-1 target tmt-b")
        .settles();
}

/// As [`two_targets`], each in a zone; instances that follow are in zone b.
fn two_zones() -> Scenario {
    let in_zone = |zone: &str| Subnet { zone: zone.to_owned(), ..Subnet::of("vpc-a".into()) };
    let (a, b) = (in_zone("eu-west-1a"), in_zone("eu-west-1b"));
    two_targets().with(move |inv| {
        inv.subnets.insert("subnet-zone-a".into(), a);
        inv.subnets.insert("subnet-of-vpc-a".into(), b.clone());
        inv.subnets.insert("subnet-zone-b".into(), b);
        for (id, subnet) in [("i-90", "subnet-zone-a"), ("i-91", "subnet-zone-b")] {
            if let Some(instance) = inv.instances.get_mut(&id.into()) {
                instance.enis[0].subnet = subnet.into();
            }
        }
    })
}

fn same_zone() -> Rules {
    rules().vpc("vpc-a").to_any(SameZone, &["tmt-a", "tmt-b"])
}

#[test]
fn same_zone_prefers_the_target_nearby() {
    ruled("both", two_zones().instance("i-1").instance("i-2"), same_zone())
        .changes(
            "eni-1 create tmt-b tmf-1 number 1 rule=vpc-a
             eni-2 create tmt-b tmf-1 number 1 rule=vpc-a",
        )
        .settles();
    let far = two_zones().instance("i-1").owned("tms-1").to("tmt-a").by_rule("vpc-a");
    ruled("moved home", far, same_zone()).changes("eni-1 modify tms-1 target tmt-b").settles();
}

#[test]
fn same_zone_falls_back_with_a_warning() {
    ruled("full", sources(two_zones(), 11), same_zone())
        .counts("create not-mirrored", 11)
        .notes("eni-10 other-zone")
        .settles();
    let far = sources(two_zones(), 10).instance("i-20").owned("tms-1").to("tmt-a");
    ruled("stays far rather than nowhere", far.by_rule("vpc-a"), same_zone())
        .counts("keep in-sync", 1)
        .notes("eni-20 other-zone")
        .settles();
    let nobody_near = rules().vpc("vpc-a").to_any(SameZone, &["tmt-a", "tmt-1"]);
    let account = two_zones().behind("tmt-1", |f| f.zones = ["eu-west-1c".to_owned()].into());
    ruled("none near", account.instance("i-1"), nobody_near)
        .changes("eni-1 create tmt-a tmf-1 number 1 rule=vpc-a")
        .notes("eni-1 other-zone")
        .settles();
}

#[test]
fn a_load_balancer_is_near_where_it_has_a_node() {
    let account = two_zones().behind("tmt-1", |f| {
        f.zones = ["eu-west-1b".to_owned(), "eu-west-1c".to_owned()].into();
    });
    let rules = rules().vpc("vpc-a").to_any(SameZone, &["tmt-a", "tmt-1"]);
    ruled("near", account.instance("i-1"), rules)
        .changes("eni-1 create tmt-1 tmf-1 number 1 rule=vpc-a")
        .settles();
}
