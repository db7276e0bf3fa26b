//! Ruling 4: what AWS mirrors. The list says what to create, never what to remove.

use tap_core::instance_types::InstanceTypes;
use tap_core::testing::{Scenario, scenario};

use crate::support::{case, case_with};

#[test]
fn ruling_4_what_aws_does_not_mirror_gets_no_session() {
    let one = || scenario().instance("i-1");
    let rows: [(Scenario, &str); 8] = [
        (one().of_type("t2.micro"), "unsupported-type"),
        (one().of_type("m8g.large"), "unsupported-type"),
        (one().of_type("m6i.metal"), "unsupported-type"),
        (one().interface_type("efa"), "interface-type"),
        (one().interface_type("trunk"), "interface-type"),
        (one().interface_type("interface-of-tomorrow"), "interface-type"),
        (one().requester_managed(), "requester-managed"),
        (one().ipv6_only(), "ipv6-only-subnet"),
    ];
    for (scenario, reason) in rows {
        case(reason, scenario).expects(&format!("eni-1 skip {reason}")).eligible("").settles();
    }
}

#[test]
fn ruling_4_what_the_list_names_is_mirrored() {
    for instance_type in ["m5.large", "t3.nano", "c4.large", "m7i-flex.large", "m5.metal"] {
        case(instance_type, scenario().instance("i-1").of_type(instance_type))
            .expects("eni-1 create not-mirrored")
            .settles();
    }
}

#[test]
fn ruling_4_an_owned_session_there_is_kept_and_warned_about() {
    let one = || scenario().instance("i-1").owned("tms-1");
    for scenario in [
        one().of_type("t2.micro"),
        one().interface_type("efa"),
        one().requester_managed(),
        one().ipv6_only(),
    ] {
        case("kept", scenario)
            .expects("eni-1 keep in-sync")
            .notes("eni-1 may-see-nothing")
            .eligible("")
            .settles();
    }
    case("repaired all the same", one().of_type("t2.micro").to("tmt-old"))
        .expects("eni-1 modify drifted")
        .notes("eni-1 may-see-nothing")
        .settles();
    case("one is enough there too", one().of_type("t2.micro").owned("tms-2"))
        .expects("eni-1 keep in-sync; eni-1 delete duplicate")
        .notes("eni-1 may-see-nothing")
        .settles();
    case("the other rulings remove it", one().of_type("t2.micro").blacklisted())
        .expects("eni-1 delete blacklisted")
        .settles();
}

#[test]
fn ruling_4_a_family_newer_than_the_list_is_tried() {
    case("two of a newer family", scenario().instance("i-1").of_type("z99.large").eni("eni-1b"))
        .expects("eni-1 create new-family; eni-1b create new-family")
        .eligible("eni-1; eni-1b")
        .settles();
    let mirrored =
        scenario().instance("i-1").of_type("z99.large").owned("t").instance("i-2").of_type("z99.x");
    case("a session may be older than a change of type: it proves nothing", mirrored)
        .expects("eni-1 keep in-sync; eni-2 create new-family")
        .settles();
}

#[test]
fn ruling_4_a_user_can_replace_the_list() {
    let list = r#"
        date = "2030-01-01"
        virtualized = ["t2"]
        metal = []
        unsupported = ["m5"]
        hundred_sources = []
    "#;
    let list = InstanceTypes::from_toml(list).unwrap();
    let account = scenario().instance("i-1").instance("i-2").of_type("t2.micro");
    case_with("a list of one's own", account, |s| s.instance_types = list)
        .expects("eni-1 skip unsupported-type; eni-2 create not-mirrored")
        .settles();
}
