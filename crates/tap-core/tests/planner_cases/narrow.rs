//! `--vpc-id` and `--instance-id`: a narrowed run decides about its part of the scope, exactly as a whole run would, and
//! about nothing else.

use tap_core::inventory::LoneEni;
use tap_core::testing::{Scenario, scenario};

use crate::support::case;

/// Two VPCs; something to do in each, on an instance that is in both, and on lone interfaces.
fn account() -> Scenario {
    scenario()
        .vpc("vpc-b")
        .instance("i-b")
        .vpc("vpc-a")
        .instance("i-a")
        .owned("tms-a")
        .to("tmt-old")
        .instance("i-both")
        .vpc("vpc-b")
        .eni("eni-both-b")
        .lone("eni-d", LoneEni::Detached { vpc: "vpc-a".into() })
        .owned("tms-d")
        .lone("eni-g", LoneEni::Gone)
        .owned("tms-g")
        .lone("eni-h", LoneEni::Attached { vpc: "vpc-a".into(), instance: Some("i-h".into()) })
        .owned("tms-h")
}

#[test]
fn the_whole_scope() {
    case("whole", account())
        .expects(
            "eni-a modify drifted; eni-b create not-mirrored; eni-both create not-mirrored
             eni-both-b create not-mirrored; eni-d delete eni-detached; eni-g delete eni-gone
             eni-h keep instance-not-seen",
        )
        .settles();
}

#[test]
fn some_vpcs() {
    case("vpc-a", account().only_vpc("vpc-a"))
        .expects(
            "eni-a modify drifted; eni-both create not-mirrored; eni-d delete eni-detached
             eni-h keep instance-not-seen",
        )
        .settles();
    case("vpc-b", account().only_vpc("vpc-b"))
        .expects("eni-b create not-mirrored; eni-both-b create not-mirrored")
        .settles();
    case("both", account().only_vpc("vpc-a").only_vpc("vpc-b"))
        .counts("create not-mirrored", 3)
        .counts("delete eni-gone", 0)
        .settles();
    case("one that is not there", account().only_vpc("vpc-404")).expects("").settles();
}

#[test]
fn some_instances() {
    case("i-a", account().only_instance("i-a")).expects("eni-a modify drifted").settles();
    case("i-both", account().only_instance("i-both"))
        .expects("eni-both create not-mirrored; eni-both-b create not-mirrored")
        .settles();
    case("one that was not seen", account().only_instance("i-h"))
        .expects("eni-h keep instance-not-seen")
        .settles();
    case("in a VPC", account().only_instance("i-both").only_vpc("vpc-b"))
        .expects("eni-both-b create not-mirrored")
        .settles();
}

#[test]
fn doubles_outside_are_left_alone() {
    let doubles = scenario().instance("i-1").owned("t-1").owned("t-2").instance("i-2");
    case("a double outside", doubles.only_instance("i-2"))
        .expects("eni-2 create not-mirrored")
        .settles();
}

#[test]
fn ruling_9_only_the_runs_own_vpcs_are_reported() {
    let wrong = || scenario().vpc("vpc-b").enrollment("banana").vpc("vpc-a").instance("i-1");
    case("whole", wrong())
        .expects("eni-1 create not-mirrored")
        .finds("vpc-misconfigured")
        .settles();
    case("vpc-a", wrong().only_vpc("vpc-a")).expects("eni-1 create not-mirrored").settles();
    case("vpc-b", wrong().only_vpc("vpc-b")).expects("").finds("vpc-misconfigured").settles();
    case("an instance of vpc-a", wrong().only_instance("i-1"))
        .expects("eni-1 create not-mirrored")
        .settles();
    let both = wrong().vpc("vpc-b").eni("eni-1b");
    case("an instance of vpc-a, in vpc-a", both.only_vpc("vpc-a").only_instance("i-1"))
        .expects("eni-1 create not-mirrored")
        .settles();
}

#[test]
fn ruling_5_receivers_outside_the_run_count() {
    let receiver = scenario()
        .instance("i-1")
        .instance("i-9")
        .behind("tmt-1", |nlb| nlb.instances = [("i-9").into()].into());
    case("the sensor itself", receiver.only_instance("i-9"))
        .expects("eni-9 skip receives-mirror")
        .settles();
}

#[test]
fn ruling_5_the_same_address_in_a_run_about_another_vpc() {
    let elsewhere = scenario()
        .behind("tmt-1", |nlb| nlb.addresses = ["10.0.0.50".parse().unwrap()].into())
        .vpc("vpc-b")
        .instance("i-2")
        .address("10.0.0.50");
    case("the load balancer's VPC is not in the run", elsewhere.only_vpc("vpc-b"))
        .expects("eni-2 create not-mirrored")
        .settles();
}

#[test]
fn places_are_counted_over_the_whole_scope() {
    let s = scenario().appliance("tmt-2", "i-zz").target("tmt-2");
    let s = (0..10).fold(s, |s, n| s.instance(&format!("i-m{n}")).owned(&format!("tms-m{n}")));
    case("full, by sources outside the run", s.instance("i-new").only_instance("i-new"))
        .expects("eni-new skip target-full")
        .settles();
    let s = scenario().appliance("tmt-2", "i-zz").target("tmt-2");
    let s = (0..9).fold(s, |s, n| s.instance(&format!("i-m{n}")).owned(&format!("tms-m{n}")));
    let s = s.stopped("i-s").owned("tms-s").instance("i-new");
    case("a place that only a whole run would free", s.only_instance("i-new"))
        .expects("eni-new skip target-full")
        .settles();
}

#[test]
fn ruling_11_the_guard_counts_the_whole_scope() {
    let stopped =
        (0..10).fold(scenario(), |s, n| s.stopped(&format!("i-s{n}")).owned(&format!("tms-s{n}")));
    let with_more = (0..10).fold(stopped.vpc("vpc-b"), |s, n| {
        s.instance(&format!("i-r{n}")).owned(&format!("tms-r{n}"))
    });
    case("half of the scope, all of the VPC", with_more.only_vpc("vpc-a"))
        .counts("delete not-running", 10)
        .settles();
}
