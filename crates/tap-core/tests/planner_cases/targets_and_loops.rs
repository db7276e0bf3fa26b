//! Ruling 5: what receives mirrored traffic is never a source.

use tap_core::inventory::{LoneEni, NlbFacts, TargetKind};
use tap_core::testing::{Scenario, scenario};

use crate::support::case;

fn registered(target: &str, instance: &str) -> Scenario {
    scenario().behind(target, |nlb| nlb.instances = [instance.into()].into())
}

fn at_address(address: &str) -> impl FnOnce(&mut NlbFacts) {
    let address = address.parse().expect("an address");
    move |nlb| nlb.addresses = [address].into()
}

#[test]
fn ruling_5_a_target_interface() {
    let with_target = scenario().appliance("tmt-2", "i-9");
    case("a target interface", with_target.instance("i-1"))
        .expects("eni-1 create not-mirrored; eni-9 skip receives-mirror")
        .eligible("eni-1")
        .settles();
    let session = scenario().appliance("tmt-2", "i-9").eni("eni-9b").owned("tms-1");
    case("another interface of its instance", session)
        .expects("eni-9 skip receives-mirror; eni-9b delete receives-mirror")
        .settles();
    let whitelisted = scenario().enrollment("whitelist").appliance("tmt-2", "i-9").whitelisted();
    case("whatever the tags say", whitelisted).expects("eni-9 skip receives-mirror").settles();
    let unused = scenario().instance("i-1").any_target("tmt-9", TargetKind::Eni("eni-1".into()));
    case("a target that no VPC names", unused).expects("eni-1 skip receives-mirror").settles();
}

#[test]
fn ruling_5_behind_a_load_balancer_by_instance() {
    let two = || registered("tmt-1", "i-9").instance("i-1").instance("i-9").eni("eni-9b");
    case("registered", two())
        .expects(
            "eni-1 create not-mirrored; eni-9 skip receives-mirror; eni-9b skip receives-mirror",
        )
        .settles();
    case("registered, with a session", two().owned("tms-1"))
        .expects(
            "eni-1 create not-mirrored; eni-9 skip receives-mirror; eni-9b delete receives-mirror",
        )
        .settles();
    let foreign = registered("tmt-1", "i-9").instance("i-9").foreign("f");
    case("a foreign session there is not ours to cut", foreign)
        .expects("eni-9 skip receives-mirror")
        .settles();
    let not_listening = registered("tmt-1", "i-9").behind("tmt-1", |nlb| nlb.listens = false);
    case("registered anywhere behind it", not_listening.instance("i-9"))
        .expects("eni-9 skip receives-mirror")
        .finds("target-deaf")
        .settles();
}

#[test]
fn ruling_5_before_every_other_ruling() {
    let receives = |s: Scenario| s.behind("tmt-1", |nlb| nlb.instances = [("i-1").into()].into());
    for (name, scenario) in [
        ("not enabled", scenario().not_enabled().instance("i-1")),
        ("stopped", scenario().stopped("i-1")),
        ("pending", scenario().instance("i-1").state(tap_core::inventory::InstanceState::Pending)),
        ("blacklisted", scenario().instance("i-1").blacklisted()),
        ("unsupported", scenario().instance("i-1").of_type("t2.micro")),
    ] {
        case(name, receives(scenario.owned("tms-1")))
            .expects("eni-1 delete receives-mirror")
            .settles();
    }
}

#[test]
fn ruling_5_behind_a_load_balancer_by_address() {
    let in_a = || scenario().behind("tmt-1", at_address("10.0.0.50"));
    case("by its address", in_a().instance("i-1").address("10.0.0.50").instance("i-2"))
        .expects("eni-1 skip receives-mirror; eni-2 create not-mirrored")
        .settles();
    case("the whole instance", in_a().instance("i-1").address("10.0.0.50").eni("eni-1b"))
        .expects("eni-1 skip receives-mirror; eni-1b skip receives-mirror")
        .settles();
    let both = in_a()
        .instance("i-1")
        .address("10.0.0.50")
        .vpc("vpc-b")
        .instance("i-2")
        .address("10.0.0.50");
    case("the same address in another VPC is another machine", both)
        .expects("eni-1 skip receives-mirror; eni-2 create not-mirrored")
        .settles();
    let other = in_a().vpc("vpc-b").instance("i-2").address("10.0.0.50");
    case("a machine there that is no instance, and the same address elsewhere", other)
        .expects("eni-2 create not-mirrored")
        .settles();
    let peered = scenario().behind("tmt-1", at_address("10.1.0.50")).instance("i-1");
    let peered = peered.vpc("vpc-b").block("10.1.0.0/16").instance("i-2").address("10.1.0.50");
    case("across a peering", peered)
        .expects("eni-1 create not-mirrored; eni-2 skip receives-mirror")
        .settles();
    let unseen = in_a().vpc("vpc-b").instance("i-2").address("10.0.0.50").with(|inv| {
        inv.vpcs.remove(&"vpc-a".into());
    });
    case("a load balancer of a VPC that is not seen", unseen)
        .expects("eni-2 skip receives-mirror")
        .settles();
    let unknown_vpc = in_a().behind("tmt-1", |nlb| nlb.vpc = None).vpc("vpc-b");
    case("a load balancer of an unknown VPC", unknown_vpc.instance("i-2").address("10.0.0.50"))
        .expects("eni-2 skip receives-mirror")
        .settles();
    let ipv6 = scenario().behind("tmt-1", at_address("fd00::5"));
    case("by an IPv6 address", ipv6.instance("i-1").address("fd00::5"))
        .expects("eni-1 skip receives-mirror")
        .settles();
}

#[test]
fn ruling_5_two_load_balancers_with_the_same_address() {
    let two = scenario()
        .behind("tmt-1", at_address("10.0.0.50"))
        .vpc("vpc-b")
        .nlb("tmt-2")
        .behind("tmt-2", at_address("10.0.0.50"))
        .instance("i-b")
        .address("10.0.0.50")
        .vpc("vpc-a")
        .instance("i-a")
        .address("10.0.0.50");
    case("each its own", two)
        .expects("eni-a skip receives-mirror; eni-b skip receives-mirror")
        .settles();
}

#[test]
fn ruling_5_lone_interfaces() {
    let detached = LoneEni::Detached { vpc: "vpc-a".into() };
    let target = scenario().any_target("tmt-2", TargetKind::Eni("eni-9".into()));
    case("a detached target interface", target.clone().lone("eni-9", detached))
        .expects("")
        .settles();
    let attached = LoneEni::Attached { vpc: "vpc-a".into(), instance: None };
    case("a lone target interface with a session", target.lone("eni-9", attached).owned("tms-1"))
        .expects("eni-9 delete receives-mirror")
        .settles();
    let attached = LoneEni::Attached { vpc: "vpc-a".into(), instance: Some("i-9".into()) };
    let behind = registered("tmt-1", "i-9").lone("eni-9", attached.clone()).owned("tms-1");
    case("a lone interface of a registered instance", behind)
        .expects("eni-9 delete receives-mirror")
        .settles();
    let beside = scenario()
        .any_target("tmt-2", TargetKind::Eni("eni-9".into()))
        .lone("eni-9", attached.clone())
        .lone("eni-9b", attached)
        .owned("tms-1");
    case("a lone interface beside a lone target interface", beside)
        .expects("eni-9b delete receives-mirror")
        .settles();
}
