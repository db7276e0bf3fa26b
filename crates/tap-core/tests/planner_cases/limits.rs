//! The places of a target: 10 or 100 sources by the type of the appliance, counted over everybody's sessions. Each row is
//! applied to an account that enforces them at every moment, so the order of the writes is under test too.

use tap_core::inventory::{InstanceState, LoneEni};
use tap_core::testing::{Scenario, scenario};

use crate::support::case;

/// `vpc-a` with the appliance `i-zz` as target `tmt-2`, and `count` running instances of its own.
fn appliance(instance_type: &str) -> Scenario {
    scenario().appliance("tmt-2", "i-zz").of_type(instance_type).target("tmt-2")
}

fn small() -> Scenario {
    appliance("m5.large")
}

/// Adds `count` instances `i-00`, `i-01`, …
fn running(scenario: Scenario, count: usize) -> Scenario {
    (0..count).fold(scenario, |s, n| s.instance(&format!("i-{n:02}")))
}

/// Adds `count` instances `i-m00`, `i-m01`, … with their sessions.
fn mirrored(scenario: Scenario, count: usize) -> Scenario {
    (0..count)
        .fold(scenario, |s, n| s.instance(&format!("i-m{n:02}")).owned(&format!("tms-m{n:02}")))
}

const QUIET: &str = "eni-zz skip receives-mirror";

#[test]
fn ten_places() {
    case("ten fit", running(small(), 10)).counts("create not-mirrored", 10).settles();
    let eleven = case("the eleventh does not", running(small(), 11))
        .counts("create not-mirrored", 10)
        .counts("eni-10 skip target-full", 1);
    assert!(eleven.plan().decisions[10].is_blocked());
    assert!(eleven.plan().decisions[10].eligible);
    assert_eq!(
        eleven.plan().decisions[10].reason.to_string(),
        "target tmt-2 takes 10 sources and has them"
    );
    eleven.settles();
    case("all of one instance count", {
        (0..12).fold(small().instance("i-1"), |s, n| s.eni(&format!("eni-1-{n:02}")))
    })
    .counts("create not-mirrored", 10)
    .counts("skip target-full", 3)
    .settles();
}

#[test]
fn a_hundred_places() {
    case("a large appliance", running(appliance("m5.24xlarge"), 11))
        .counts("create not-mirrored", 11)
        .settles();
    let many = (0..102).fold(appliance("m5.24xlarge"), |s, n| s.instance(&format!("i-{n:03}")));
    case("a hundred and two", many)
        .counts("create not-mirrored", 100)
        .expects_beside(
            "create not-mirrored",
            &format!("eni-100 skip target-full; eni-101 skip target-full; {QUIET}"),
        )
        .settles();
}

#[test]
fn load_balancers_have_no_limit() {
    case("eleven", running(scenario(), 11)).counts("create not-mirrored", 11).settles();
}

#[test]
fn a_limit_that_is_not_known_is_left_to_aws() {
    let unseen = running(small(), 11).with(|inv| {
        inv.instances.remove(&"i-zz".into());
    });
    case("an appliance that was not read", unseen).counts("create not-mirrored", 11).settles();
}

#[test]
fn the_choice_is_stable() {
    case("who has a place keeps it", running(mirrored(small(), 10), 2))
        .counts("keep in-sync", 10)
        .expects_beside(
            "keep in-sync",
            &format!("eni-00 skip target-full; eni-01 skip target-full; {QUIET}"),
        )
        .settles();
    case("one free place goes to the lowest id", running(mirrored(small(), 9), 2))
        .expects_beside(
            "keep in-sync",
            &format!("eni-00 create not-mirrored; eni-01 skip target-full; {QUIET}"),
        )
        .settles();
}

#[test]
fn everybodys_sources_count() {
    let foreign = |s: Scenario, count: usize| {
        (0..count).fold(s, |s, n| {
            s.stopped(&format!("i-f{n}")).foreign(&format!("f{n}")).through("x").to("tmt-2")
        })
    };
    case("foreign ones", running(foreign(small(), 9), 2))
        .expects_beside(
            "not-running",
            &format!("eni-00 create not-mirrored; eni-01 skip target-full; {QUIET}"),
        )
        .settles();
    case("other accounts'", running(small().sources_of_others("tmt-2", 9), 2))
        .expects(&format!("eni-00 create not-mirrored; eni-01 skip target-full; {QUIET}"))
        .settles();
    case("both", running(foreign(small(), 5).sources_of_others("tmt-2", 5), 1))
        .counts("skip target-full", 1)
        .settles();
    case("a source counts once, however many sessions it has", {
        let source = small().sources_of_others("tmt-2", 9).instance("i-00");
        source.foreign("f").through("x").to("tmt-2")
    })
    .expects(&format!("eni-00 create not-mirrored; {QUIET}"))
    .notes("eni-00 second-in-line")
    .settles();
}

#[test]
fn a_removal_frees_its_place() {
    let ten = |first: Scenario| mirrored(first, 9);
    case("a stopped one", running(ten(small().stopped("i-s").owned("tms-s")), 2))
        .expects_beside("keep in-sync", &format!(
            "eni-00 create not-mirrored; eni-01 skip target-full; eni-s delete not-running; {QUIET}"
        ))
        .settles();
    let gone = small().lone("eni-x", LoneEni::Gone).owned("tms-x");
    case("a session whose interface is gone", running(ten(gone), 1))
        .counts("create not-mirrored", 1)
        .settles();
    case("a foreign session on it holds the place", {
        let held = small().stopped("i-s").owned("tms-s").foreign("f").to("tmt-2");
        running(ten(held), 1)
    })
    .counts("create not-mirrored", 0)
    .counts("skip target-full", 1)
    .settles();
    case("on its way is not gone", {
        let pending = small().instance("i-s").owned("tms-s").state(InstanceState::Stopping);
        running(ten(pending), 1)
    })
    .counts("skip target-full", 1)
    .settles();
    case(
        "a double frees nothing",
        running(ten(small().instance("i-d").owned("d1").owned("d2")), 1),
    )
    .counts("delete duplicate", 1)
    .counts("skip target-full", 1)
    .settles();
}

#[test]
fn a_source_with_two_sessions_leaves_with_the_second() {
    case("both of a stopped instance", {
        running(mirrored(small().stopped("i-s").owned("s1").owned("s2"), 9), 1)
    })
    .counts("create not-mirrored", 1)
    .settles();
    case("both of an interface that is gone", {
        running(mirrored(small().lone("eni-x", LoneEni::Gone).owned("s1").owned("s2"), 9), 1)
    })
    .counts("create not-mirrored", 1)
    .settles();
    case("the one moves away and its double goes", {
        let moves = small().vpc("vpc-b").instance("i-d").owned("d1").to("tmt-2").owned("d2");
        running(mirrored(moves.to("tmt-2").vpc("vpc-a"), 9), 1)
    })
    .counts("modify drifted", 1)
    .counts("delete duplicate", 1)
    .counts("create not-mirrored", 1)
    .settles();
}

#[test]
fn a_target_with_more_sources_than_its_limit() {
    // The appliance was made smaller: it keeps what it has, and the first places that become free only bring it down.
    let over = |stopped: usize| {
        let s = mirrored(small(), 12 - stopped);
        let s = (0..stopped).fold(s, |s, n| s.stopped(&format!("i-s{n}")).owned(&format!("s{n}")));
        running(s, 3)
    };
    case("nothing is removed for it", over(0))
        .counts("keep in-sync", 12)
        .counts("skip target-full", 3)
        .settles();
    case("two go: ten are left, none is free", over(2))
        .counts("delete not-running", 2)
        .counts("skip target-full", 3)
        .settles();
    case("three go: one is free", over(3))
        .counts("delete not-running", 3)
        .counts("create not-mirrored", 1)
        .counts("skip target-full", 2)
        .settles();
    case("five go: three are free", over(5)).counts("create not-mirrored", 3).settles();
}

#[test]
fn a_move_takes_a_place_and_frees_one() {
    // i-zz serves vpc-a, i-yy serves vpc-b; both small.
    let two = || small().vpc("vpc-b").appliance("tmt-3", "i-yy").target("tmt-3");
    case("a move into a full target waits", {
        mirrored(two().vpc("vpc-a"), 10).instance("i-1").owned("tms-1").to("tmt-3")
    })
    .counts("keep target-full", 1)
    .settles();
    let case_with_more = case("the rest of the drift is repaired", {
        mirrored(two().vpc("vpc-a"), 10).instance("i-1").owned("t").to("tmt-3").through("tmf-old")
    })
    .counts("modify drifted", 1)
    .notes("eni-1 target-full");
    assert!(case_with_more.plan().decisions.iter().any(|d| d.is_blocked()));
    case_with_more.settles();
    case("a chain: one leaves vpc-a's target, the next moves in, its place is taken", {
        // d1 goes from tmt-2; x moves from tmt-3 to tmt-2; n is new on tmt-3.
        let s = mirrored(two().vpc("vpc-a"), 9).stopped("i-d1").owned("tms-d1");
        let s = s.instance("i-x").owned("tms-x").to("tmt-3");
        let s = (0..9).fold(s.vpc("vpc-b"), |s, n| {
            s.instance(&format!("i-n{n}")).owned(&format!("tms-n{n}"))
        });
        s.instance("i-new")
    })
    .counts("keep in-sync", 18)
    .counts("eni-d1 delete not-running", 1)
    .counts("eni-x modify drifted", 1)
    .counts("eni-new create not-mirrored", 1)
    .settles();
    let swap = || {
        let s = mirrored(two().vpc("vpc-a"), 9).instance("i-x").owned("tms-x").to("tmt-3");
        let s = (0..9).fold(s.vpc("vpc-b"), |s, n| {
            s.instance(&format!("i-n{n}")).owned(&format!("tms-n{n}"))
        });
        s.instance("i-y").owned("tms-y").to("tmt-2")
    };
    case("a swap between full targets cannot be made", swap())
        .counts("keep in-sync", 18)
        .counts("keep target-full", 2)
        .settles();
    case("a swap with one removal can", swap().stopped("i-n0").owned("tms-n0"))
        .counts("keep in-sync", 17)
        .counts("modify drifted", 2)
        .settles();
}

#[test]
fn known_families_come_before_trials_and_before_sessions_that_see_nothing() {
    case("a family that AWS may refuse takes no place of one that it takes", {
        mirrored(small(), 9).instance("i-00").of_type("z99.large").instance("i-01")
    })
    .expects_beside(
        "keep in-sync",
        &format!("eni-00 skip target-full; eni-01 create not-mirrored; {QUIET}"),
    )
    .settles();
    case("nor does a session that may see nothing", {
        let s = mirrored(small(), 9).instance("i-00").of_type("t2.micro").owned("t").to("tmt-1");
        s.instance("i-01")
    })
    .expects_beside(
        "keep in-sync",
        &format!("eni-00 keep target-full; eni-01 create not-mirrored; {QUIET}"),
    )
    .notes("eni-00 may-see-nothing")
    .settles();
}
