//! Rulings 7 and 12: owned sessions left over: doubles, and those whose interface is detached, gone or not seen.

use tap_core::inventory::LoneEni;
use tap_core::testing::scenario;

use crate::support::case;

fn detached() -> LoneEni {
    LoneEni::Detached { vpc: "vpc-a".into() }
}

fn attached(instance: Option<&str>) -> LoneEni {
    LoneEni::Attached { vpc: "vpc-a".into(), instance: instance.map(Into::into) }
}

#[test]
fn ruling_7_detached_and_gone() {
    case("detached", scenario().lone("eni-9", detached()).owned("tms-1"))
        .expects("eni-9 delete eni-detached")
        .changes("eni-9 delete tms-1")
        .settles();
    case("gone", scenario().lone("eni-9", LoneEni::Gone).owned("tms-1"))
        .expects("eni-9 delete eni-gone")
        .settles();
    case("two on it", scenario().lone("eni-9", detached()).owned("tms-1").owned("tms-2"))
        .expects("eni-9 delete eni-detached; eni-9 delete eni-detached")
        .settles();
    case("a foreign one stays", scenario().lone("eni-9", detached()).foreign("f").owned("tms-1"))
        .expects("eni-9 delete eni-detached")
        .changes("eni-9 delete tms-1")
        .settles();
    case("only foreign ones", scenario().lone("eni-9", detached()).foreign("f"))
        .expects("")
        .settles();
}

#[test]
fn ruling_10_attached_to_what_was_not_seen_stays() {
    for instance in [None, Some("i-hidden")] {
        case("not seen", scenario().lone("eni-9", attached(instance)).owned("tms-1"))
            .expects("eni-9 keep instance-not-seen")
            .settles();
        case("not seen, not enabled", {
            scenario().lone("eni-9", attached(instance)).owned("tms-1").not_enabled()
        })
        .expects("eni-9 keep instance-not-seen")
        .settles();
    }
    let unseen_vpc = scenario().lone("eni-9", LoneEni::Detached { vpc: "vpc-x".into() });
    case("detached in a VPC that is not seen", unseen_vpc.owned("tms-1"))
        .expects("eni-9 delete eni-detached")
        .settles();
}

#[test]
fn ruling_12_one_session_is_enough() {
    let one = || scenario().instance("i-1");
    case("two alike: the lower number stays", one().owned("tms-2").owned("tms-1"))
        .expects("eni-1 keep in-sync; eni-1 delete duplicate")
        .changes("eni-1 delete tms-1")
        .settles();
    case("the one with the right target stays", one().owned("tms-1").to("tmt-old").owned("tms-2"))
        .changes("eni-1 delete tms-1")
        .settles();
    case("the one with the right filter stays", one().owned("t-1").through("tmf-old").owned("t-2"))
        .changes("eni-1 delete t-1")
        .settles();
    case("target before filter", {
        one().owned("t-1").through("tmf-old").owned("t-2").to("tmt-old")
    })
    .changes("eni-1 modify t-1 filter tmf-1; eni-1 delete t-2")
    .settles();
    case("three", one().owned("t-1").owned("t-2").owned("t-3"))
        .expects("eni-1 keep in-sync; eni-1 delete duplicate; eni-1 delete duplicate")
        .settles();
    case("a foreign one is no double", one().owned("t-1").foreign("f"))
        .expects("eni-1 keep in-sync")
        .settles();
}

#[test]
fn ruling_7_doubles_go_the_way_of_the_first() {
    case("stopped", scenario().stopped("i-1").owned("t-1").owned("t-2"))
        .expects("eni-1 delete not-running; eni-1 delete not-running")
        .settles();
    case("not enabled", scenario().instance("i-1").owned("t-1").owned("t-2").not_enabled())
        .expects("eni-1 delete vpc-not-enabled; eni-1 delete vpc-not-enabled")
        .settles();
}

#[test]
fn leftovers_come_after_the_interfaces() {
    let account = scenario()
        .instance("i-1")
        .owned("t-1")
        .owned("t-1-again")
        .instance("i-2")
        .lone("eni-9", detached())
        .owned("t-9");
    let case = case("order", account).expects(
        "eni-1 keep in-sync; eni-2 create not-mirrored; eni-1 delete duplicate
         eni-9 delete eni-detached",
    );
    let leftover: Vec<bool> = case.plan().decisions.iter().map(|d| d.leftover).collect();
    assert_eq!(leftover, [false, false, true, false]);
    case.settles();
}
