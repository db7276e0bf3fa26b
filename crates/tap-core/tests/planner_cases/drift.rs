//! Ruling 6: drift is repaired in place, and what AWS filled in is not drift.

use tap_core::settings::Settings;
use tap_core::testing::scenario;

use crate::support::{case, case_with};

#[test]
fn ruling_6_target_and_filter() {
    let one = || scenario().instance("i-1").owned("tms-1");
    case("as it should be", one()).expects("eni-1 keep in-sync").settles();
    case("another target", one().to("tmt-old"))
        .expects("eni-1 modify drifted")
        .changes("eni-1 modify tms-1 target tmt-1")
        .because("differs in target")
        .settles();
    case("another filter", one().through("tmf-old"))
        .changes("eni-1 modify tms-1 filter tmf-1")
        .settles();
    case("both", one().to("tmt-old").through("tmf-old"))
        .changes("eni-1 modify tms-1 target tmt-1 filter tmf-1")
        .because("differs in target, filter")
        .settles();
    case("the VPC has a new target", one().target("tmt-2"))
        .changes("eni-1 modify tms-1 target tmt-2")
        .settles();
}

#[test]
fn ruling_6_what_aws_fills_in_is_not_drift() {
    for length in [None, Some(8500), Some(100)] {
        case("length", scenario().instance("i-1").owned("t").packet_length(length).vni(4_711))
            .expects("eni-1 keep in-sync")
            .settles();
    }
}

#[test]
fn ruling_6_pinned_values() {
    let one = || scenario().instance("i-1");
    let pin = |s: &mut Settings| (s.packet_length, s.vni) = (Some(100), Some(5));
    case_with("created with them", one(), pin)
        .changes("eni-1 create tmt-1 tmf-1 number 1 packet-length 100 vni 5")
        .settles();
    case_with("repaired", one().owned("tms-1"), pin)
        .changes("eni-1 modify tms-1 packet-length 100 vni 5")
        .settles();
    case_with("no length at all", one().owned("tms-1").packet_length(None).vni(5), pin)
        .changes("eni-1 modify tms-1 packet-length 100")
        .because("differs in packet-length")
        .settles();
    case_with("as pinned", one().owned("tms-1").packet_length(Some(100)).vni(5), pin)
        .expects("eni-1 keep in-sync")
        .settles();
}

#[test]
fn ruling_6_all_at_once() {
    let all = |s: &mut Settings| {
        (s.packet_length, s.vni, s.session_number) = (Some(100), Some(5), Some(9));
    };
    let one = scenario().instance("i-1").owned("tms-1").to("tmt-old").through("tmf-old");
    case_with("all five", one, all)
        .changes("eni-1 modify tms-1 target tmt-1 filter tmf-1 number 9 packet-length 100 vni 5")
        .because("differs in target, filter, session-number, packet-length, virtual-network-id")
        .settles();
}
