//! What people see before they decide: VPCs with their numbers, targets with what is wrong, the effect of a change.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

use std::collections::BTreeMap;

use tap_core::ids::VpcId;
use tap_core::inventory::{
    Endpoint, InstanceState, Inventory, Links, LoneEni, NlbFacts, TargetKind,
};
use tap_core::policy::vpc::{Enrollment, TagProblem, VpcPolicy, disabling, enabling};
use tap_core::settings::Settings;
use tap_core::survey::{self, Effect, Health, NEW_TARGET, Reach, TargetSurvey, VpcSurvey, reach};
use tap_core::tags::{TagChange, TagKeys};
use tap_core::testing::{Scenario, scenario};

fn vpc(inv: &Inventory, id: &str) -> VpcSurvey {
    let all = survey::vpcs(inv, &Settings::default()).unwrap();
    all.into_iter().find(|vpc| vpc.id == VpcId::from(id)).unwrap()
}

fn target(inv: &Inventory, id: &str) -> TargetSurvey {
    let all = survey::targets(inv, None, &Settings::default());
    all.into_iter().find(|target| target.id.as_str() == id).unwrap()
}

fn effect(inv: &Inventory, changes: &[(&str, TagChange)]) -> Effect {
    let changes: BTreeMap<VpcId, TagChange> =
        changes.iter().map(|(id, change)| (VpcId::from(*id), change.clone())).collect();
    let vpcs = changes.keys().cloned().collect();
    survey::effect(inv, &Settings::default(), &vpcs, &changes).unwrap()
}

fn two_vpcs() -> Inventory {
    scenario()
        .instance("i-1")
        .owned("tms-1")
        .instance("i-2")
        .eni("eni-2b")
        .owned("tms-2b")
        .instance("i-3")
        .blacklisted()
        .stopped("i-4")
        .vpc("vpc-b")
        .not_enabled()
        .instance("i-5")
        .instance("i-6")
        .of_type("t2.micro")
        .instance("i-7")
        .blacklisted()
        .build()
}

#[test]
fn an_enabled_vpc_counts_instances_and_not_interfaces() {
    let vpc = vpc(&two_vpcs(), "vpc-a");
    assert_eq!((vpc.eligible, vpc.mirrored, vpc.sessions), (2, 2, 2));
    assert_eq!(vpc.left_alone, [("blacklisted", 1), ("not-running", 1)].into());
}

#[test]
fn a_vpc_that_is_not_enabled_counts_as_if_it_were() {
    let vpc = vpc(&two_vpcs(), "vpc-b");
    assert_eq!(vpc.policy, VpcPolicy::NotEnabled);
    assert_eq!((vpc.eligible, vpc.mirrored), (1, 0));
    assert_eq!(vpc.left_alone, [("blacklisted", 1), ("unsupported-type", 1)].into());
}

#[test]
fn enabling_creates_and_disabling_removes() {
    let inv = two_vpcs();
    let keys = TagKeys::default();
    let on = effect(&inv, &[("vpc-b", enabling(&NEW_TARGET.into(), None, &keys))]);
    assert_eq!((on.create, on.delete, on.sessions_before, on.sessions_after()), (1, 0, 0, 1));
    let off = effect(&inv, &[("vpc-a", disabling(&keys))]);
    assert_eq!((off.create, off.delete, off.sessions_before, off.sessions_after()), (0, 2, 2, 0));
    assert_eq!(off.refusal, None);
    let whitelist = enabling(&"tmt-1".into(), Some(Enrollment::Whitelist), &keys);
    let fewer = effect(&inv, &[("vpc-a", whitelist)]);
    assert_eq!((fewer.delete, fewer.sessions_after()), (2, 0));
    // What happens in the other VPC is not this change's effect.
    let both = effect(&inv, &[("vpc-b", disabling(&keys))]);
    assert_eq!(both, Effect::default());
}

#[test]
fn who_will_receive_is_no_source() {
    let account = || scenario().instance("i-1").instance("i-s").not_enabled();
    let enable = enabling(&NEW_TARGET.into(), None, &TagKeys::default());
    let with = |account: Scenario| effect(&account.build(), &[("vpc-a", enable.clone())]).create;
    assert_eq!(with(account()), 2);
    assert_eq!(with(account().nlb(NEW_TARGET)), 2);
    let sensor = |nlb: &mut NlbFacts| nlb.instances.extend(["i-s".into()]);
    assert_eq!(with(account().nlb(NEW_TARGET).behind(NEW_TARGET, sensor)), 1);
    assert_eq!(with(account().any_target(NEW_TARGET, TargetKind::Eni("eni-s".into()))), 1);
}

#[test]
fn a_sensor_that_is_mirrored_elsewhere_is_so_no_more() {
    let account = scenario().instance("i-s").owned("tms-1").vpc("vpc-b").not_enabled();
    let account = account.instance("i-1").any_target(NEW_TARGET, TargetKind::Eni("eni-s".into()));
    let enable = enabling(&NEW_TARGET.into(), None, &TagKeys::default());
    let effect = effect(&account.build(), &[("vpc-b", enable)]);
    assert_eq!((effect.create, effect.delete, effect.elsewhere), (1, 0, 1));
}

#[test]
fn a_vpc_that_has_its_tags_already_counts_too() {
    let inv = scenario().instance("i-1").build();
    let vpcs = ["vpc-a".into()].into();
    let effect = survey::effect(&inv, &Settings::default(), &vpcs, &BTreeMap::new()).unwrap();
    assert_eq!(effect.create, 1);
}

#[test]
fn a_change_that_the_next_run_would_refuse_says_so() {
    let mut account = scenario();
    for n in 0..12 {
        account = account.instance(&format!("i-{n}")).owned(&format!("tms-{n}"));
    }
    let off = effect(&account.build(), &[("vpc-a", disabling(&TagKeys::default()))]);
    assert_eq!((off.delete, off.refusal.is_some()), (12, true));
}

#[test]
fn a_change_that_leaves_nonsense_says_so() {
    let inv = scenario().enrollment("everybody").build();
    let kept = effect(&inv, &[("vpc-a", enabling(&"tmt-1".into(), None, &TagKeys::default()))]);
    let problem = TagProblem::UnknownEnrollment("everybody".to_owned());
    assert_eq!(kept.problems, [("vpc-a".into(), problem)].into());
}

#[test]
fn more_sources_than_an_appliance_takes_are_blocked() {
    let mut account = scenario().instance("i-s").appliance("tmt-9", "i-s").vpc("vpc-b");
    for n in 0..12 {
        account = account.instance(&format!("i-{n}"));
    }
    let keys = TagKeys::default();
    let on = effect(&account.build(), &[("vpc-b", enabling(&"tmt-9".into(), None, &keys))]);
    assert_eq!((on.create, on.blocked), (10, 2));
}

#[test]
fn the_health_of_each_kind_of_target() {
    let eni = |id: &str| TargetKind::Eni(id.into());
    let mut inv = scenario()
        .behind("tmt-1", |nlb| (nlb.healthy, nlb.listens) = (1, true))
        .nlb("tmt-deaf")
        .behind("tmt-deaf", |nlb| nlb.listens = false)
        .nlb("tmt-empty")
        .nlb("tmt-sick")
        .behind("tmt-sick", |nlb| nlb.instances.extend(["i-9".into()]))
        .nlb("tmt-new")
        .behind("tmt-new", |nlb| nlb.state = Some("provisioning".to_owned()))
        .nlb("tmt-gone")
        .behind("tmt-gone", |nlb| nlb.exists = false)
        .instance("i-s")
        .appliance("tmt-eni", "i-s")
        .appliance("tmt-off", "i-t")
        .state(InstanceState::Stopped)
        .any_target("tmt-lost", eni("eni-lost"))
        .lone("eni-lost", LoneEni::Gone)
        .any_target("tmt-loose", eni("eni-loose"))
        .lone("eni-loose", LoneEni::Detached { vpc: "vpc-x".into() })
        .any_target("tmt-gwlbe", TargetKind::GwlbEndpoint("vpce-1".to_owned()))
        .any_target("tmt-shared", eni("eni-theirs"))
        .build();
    inv.targets.get_mut(&"tmt-shared".into()).unwrap().owner = "999988887777".into();
    for (id, health) in [
        ("tmt-1", Health::Ok),
        ("tmt-deaf", Health::NoListener),
        ("tmt-empty", Health::NoHealthyTarget { registered: 0 }),
        ("tmt-sick", Health::NoHealthyTarget { registered: 1 }),
        ("tmt-new", Health::NotActive { state: "provisioning".to_owned() }),
        ("tmt-gone", Health::Gone),
        ("tmt-eni", Health::Ok),
        ("tmt-off", Health::NotRunning { instance: "i-t".into(), state: InstanceState::Stopped }),
        ("tmt-lost", Health::Gone),
        ("tmt-loose", Health::Detached),
        ("tmt-gwlbe", Health::NotKnown),
        ("tmt-shared", Health::NotVisible),
    ] {
        assert_eq!(target(&inv, id).health, health, "{id}");
    }
    assert!(target(&inv, "tmt-gone").warnings()[0].contains("delete tmt-gone by hand"));
    assert_eq!(target(&inv, "tmt-shared").shared_by, Some("999988887777".into()));
}

#[test]
fn an_endpoint_is_looked_up_where_it_could_be_read() {
    let kind = TargetKind::GwlbEndpoint("vpce-1".to_owned());
    let inv = scenario().any_target("tmt-2", kind).build();
    let there = |state: &str| {
        let endpoint = Endpoint {
            name: None,
            vpc: "vpc-b".into(),
            kind: "GatewayLoadBalancer".to_owned(),
            state: state.to_owned(),
        };
        let endpoints = [("vpce-1".to_owned(), endpoint)].into();
        let all = survey::targets(&inv, Some(&endpoints), &Settings::default());
        all.into_iter().find(|t| t.id.as_str() == "tmt-2").unwrap()
    };
    assert_eq!(
        (there("available").health, there("available").vpc),
        (Health::Ok, Some("vpc-b".into()))
    );
    assert_eq!(there("failed").health, Health::NotActive { state: "failed".to_owned() });
    let none = survey::targets(&inv, Some(&BTreeMap::new()), &Settings::default());
    assert!(none.iter().any(|t| t.id.as_str() == "tmt-2" && t.health == Health::Gone));
}

#[test]
fn an_appliance_says_how_full_it_is() {
    let mut account = scenario().instance("i-s").appliance("tmt-9", "i-s").target("tmt-9");
    for n in 0..8 {
        account = account.instance(&format!("i-{n}")).owned(&format!("tms-{n}")).to("tmt-9");
    }
    let full = target(&account.build(), "tmt-9");
    assert_eq!((full.sources, full.limit, full.is_nearly_full()), (8, Some(10), true));
    assert!(full.warnings()[0].contains("8 of the 10 sources"), "{:?}", full.warnings());
}

#[test]
fn a_target_elsewhere_needs_a_link() {
    let inv = scenario().behind("tmt-1", |nlb| nlb.vpc = Some("vpc-b".into())).build();
    let target = target(&inv, "tmt-1");
    let peering = [("pcx-1".to_owned(), ("vpc-a".into(), "vpc-b".into()))].into();
    let links = Links { peerings: peering, ..Links::default() };
    assert_eq!(reach(target.vpc.as_ref(), &"vpc-b".into(), None), Reach::SameVpc);
    let linked = reach(target.vpc.as_ref(), &"vpc-a".into(), Some(&links));
    assert!(linked.warning().unwrap().contains("pcx-1"), "{linked:?}");
    let not = reach(target.vpc.as_ref(), &"vpc-c".into(), Some(&links));
    assert!(not.warning().unwrap().contains("none is there"), "{not:?}");
    assert_eq!(
        reach(target.vpc.as_ref(), &"vpc-a".into(), None),
        Reach::CannotTell { vpc: "vpc-b".into() }
    );
}
