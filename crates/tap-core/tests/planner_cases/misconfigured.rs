//! Ruling 9: a VPC whose tags make no sense is reported and left exactly as it is.

use tap_core::inventory::{InstanceState, LoneEni, TargetKind};
use tap_core::testing::{Scenario, scenario};

use crate::support::case;

/// Everything that would otherwise be changed: one missing, one drifted, one stopped, one blacklisted, one double, one
/// detached.
fn everything(vpc: Scenario) -> Scenario {
    vpc.instance("i-1")
        .instance("i-2")
        .owned("t-2")
        .to("tmt-old")
        .through("tmf-old")
        .instance("i-3")
        .state(InstanceState::Stopped)
        .owned("t-3")
        .instance("i-4")
        .blacklisted()
        .owned("t-4")
        .instance("i-5")
        .owned("t-5")
        .owned("t-5-again")
        .lone("eni-6", LoneEni::Detached { vpc: "vpc-a".into() })
        .owned("t-6")
}

#[test]
fn ruling_9_left_exactly_as_it_is() {
    let rows = [
        ("unknown enrollment", scenario().enrollment("banana")),
        ("empty enrollment", scenario().enrollment("")),
        ("enrollment in capitals", scenario().enrollment("Auto")),
        ("empty target", scenario().target_tag(Some(""))),
        ("no such target", scenario().target_tag(Some("tmt-404"))),
        ("a target with a blank", scenario().target_tag(Some("tmt-1 "))),
        ("no load balancer", scenario().behind("tmt-1", |nlb| nlb.exists = false)),
        (
            "no target interface",
            scenario()
                .any_target("tmt-1", TargetKind::Eni("eni-gone".into()))
                .lone("eni-gone", LoneEni::Gone),
        ),
    ];
    for (name, vpc) in rows {
        case(name, everything(vpc))
            .expects(
                "eni-1 skip vpc-misconfigured; eni-2 keep vpc-misconfigured
                 eni-3 keep vpc-misconfigured; eni-4 keep vpc-misconfigured
                 eni-5 keep vpc-misconfigured; eni-5 keep vpc-misconfigured
                 eni-6 keep vpc-misconfigured",
            )
            .changes("")
            .finds("vpc-misconfigured")
            .settles();
    }
}

#[test]
fn ruling_9_what_goes_unwatched_counts() {
    case("eligible", everything(scenario().target_tag(Some("tmt-404"))))
        .eligible("eni-1; eni-2; eni-5")
        .finds("vpc-misconfigured")
        .settles();
    let whitelist = scenario().enrollment("whitelist").target_tag(Some("tmt-404"));
    case("whitelist", whitelist.instance("i-1").instance("i-2").whitelisted())
        .eligible("eni-2")
        .finds("vpc-misconfigured")
        .settles();
}

#[test]
fn ruling_9_one_wrong_vpc_does_not_stop_the_others() {
    let two = scenario()
        .instance("i-1")
        .vpc("vpc-b")
        .enrollment("banana")
        .instance("i-2")
        .vpc("vpc-c")
        .instance("i-3");
    case("the others go on", two)
        .expects(
            "eni-1 create not-mirrored; eni-2 skip vpc-misconfigured; eni-3 create not-mirrored",
        )
        .finds("vpc-misconfigured")
        .says(
            "vpc-b is left as it is: its enrollment tag is `banana`, which is neither auto nor whitelist",
        )
        .settles();
}

#[test]
fn ruling_9_problems_in_words() {
    let says = |scenario, sentence: &str| {
        case("words", scenario).finds("vpc-misconfigured").says(sentence).settles();
    };
    says(scenario().target_tag(Some("")), "vpc-a is left as it is: its target tag is empty");
    says(
        scenario().target_tag(Some("tmt-404")),
        "vpc-a is left as it is: its target tmt-404 does not exist here and is not shared with this account",
    );
    says(
        scenario().behind("tmt-1", |nlb| nlb.exists = false),
        "vpc-a is left as it is: what its target tmt-1 delivers to does not exist any more",
    );
}

#[test]
fn ruling_9_a_target_that_cannot_be_looked_behind_is_used() {
    // A target that another account shares: its interface or load balancer is not visible here.
    let kinds = [
        TargetKind::Eni("eni-of-others".into()),
        TargetKind::Nlb("arn:of-others".to_owned()),
        TargetKind::GwlbEndpoint("vpce-1".to_owned()),
        TargetKind::Unknown("of-tomorrow".to_owned()),
    ];
    for kind in kinds {
        case("shared", scenario().any_target("tmt-s", kind).target("tmt-s").instance("i-1"))
            .changes("eni-1 create tmt-s tmf-1 number 1")
            .settles();
    }
}

#[test]
fn ruling_9_a_deaf_load_balancer_is_warned_about_once() {
    let deaf = scenario().behind("tmt-1", |nlb| nlb.listens = false).instance("i-1").vpc("vpc-b");
    case("deaf", deaf).expects("eni-1 create not-mirrored").finds("target-deaf").settles();
}

#[test]
fn ruling_5_goes_before_ruling_9() {
    let loop_there = scenario()
        .enrollment("banana")
        .instance("i-1")
        .owned("tms-1")
        .behind("tmt-1", |nlb| nlb.instances = [("i-1").into()].into());
    case("a loop is cut in any VPC", loop_there)
        .expects("eni-1 delete receives-mirror")
        .finds("vpc-misconfigured")
        .settles();
}
