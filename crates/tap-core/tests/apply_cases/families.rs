//! Ruling 4: of a family newer than the list one interface is tried; the rest follows or is left alone.

use tap_core::apply::Outcome;
use tap_core::error::ErrorKind;
use tap_core::testing::{Scenario, scenario};

use crate::support::{lines, run};

fn of_family(scenario: Scenario, family: &str, count: usize) -> Scenario {
    (0..count).fold(scenario, |s, n| {
        s.instance(&format!("i-{family}-{n}")).of_type(&format!("{family}.large"))
    })
}

#[test]
fn ruling_4_a_refused_family_is_left_alone() {
    let run = run(of_family(scenario().instance("i-m5"), "z99", 3));
    run.cloud.refuse_family("z99");
    let ended = run.apply();
    assert_eq!(
        ended.outcomes,
        lines(
            "eni-m5 create done; eni-z99-0 create type-refused z99;
             eni-z99-1 create type-refused z99; eni-z99-2 create type-refused z99"
        )
    );
    assert_eq!(run.cloud.attempts(), lines("create eni-m5; create eni-z99-0"));
    assert!(!ended.applied.outcomes.values().any(Outcome::is_failure));
}

#[test]
fn ruling_4_an_accepted_family_follows() {
    let run = run(of_family(scenario(), "z99", 3));
    assert!(run.apply().outcomes.iter().all(|o| o.ends_with("create done")));
}

#[test]
fn ruling_4_families_are_tried_apart() {
    let run = run(of_family(of_family(scenario(), "z98", 2), "z99", 2));
    run.cloud.refuse_family("z98");
    assert_eq!(
        run.apply().outcomes,
        lines(
            "eni-z98-0 create type-refused z98; eni-z98-1 create type-refused z98;
             eni-z99-0 create done; eni-z99-1 create done"
        )
    );
}

#[test]
fn ruling_4_a_probe_that_fails_otherwise_says_nothing() {
    for (kind, code) in [
        (ErrorKind::Throttled, "failed throttled"),
        (ErrorKind::InterfaceGone, "gone"),
        (ErrorKind::Changing, "failed changing"),
    ] {
        let mut run = run(of_family(scenario(), "z99", 4));
        run.concurrency = 8;
        run.cloud.fail("create eni-z99-0", kind);
        run.cloud.refuse_family("z99");
        let ended = run.apply();
        assert_eq!(ended.outcomes[0], format!("eni-z99-0 create {code}"));
        assert!(ended.outcomes[1..].iter().all(|o| o.ends_with("type-refused z99")));
        assert_eq!(run.cloud.attempts(), lines("create eni-z99-0; create eni-z99-1"));
    }
}

#[test]
fn ruling_4_what_is_not_supported_of_a_known_family_is_a_failure_of_its_own() {
    let run = run(scenario().instance("i-1").instance("i-2"));
    run.cloud.fail("create eni-1", ErrorKind::NotSupported);
    assert_eq!(run.apply().outcomes, lines("eni-1 create failed not-supported; eni-2 create done"));
}

#[test]
fn ruling_4_one_probe_also_where_places_must_be_freed_first() {
    let s = scenario().appliance("tmt-2", "i-zz").target("tmt-2");
    let s = (0..7).fold(s, |s, n| s.instance(&format!("i-m{n}")).owned(&format!("tms-m{n}")));
    let s = (0..3).fold(s, |s, n| s.stopped(&format!("i-s{n}")).owned(&format!("tms-s{n}")));
    let mut run = run(of_family(s, "z99", 3));
    run.concurrency = 8;
    run.cloud.refuse_family("z99");
    let ended = run.apply();
    let creates = run.cloud.attempts().into_iter().filter(|a| a.starts_with("create")).count();
    assert_eq!(creates, 1);
    assert_eq!(ended.outcomes.iter().filter(|o| o.ends_with("type-refused z99")).count(), 3);
}

#[test]
fn ruling_4_a_family_refused_before_is_not_tried_for_a_freed_place() {
    let s = of_family(scenario(), "z99", 1).vpc("vpc-b").appliance("tmt-2", "i-zz").target("tmt-2");
    let s = (0..9).fold(s, |s, n| s.instance(&format!("i-m{n}")).owned(&format!("tms-m{n}")));
    let s = s.stopped("i-s").owned("tms-s").instance("i-zzz").of_type("z99.large");
    let run = run(s);
    run.cloud.refuse_family("z99");
    let ended = run.apply();
    assert_eq!(
        ended.outcomes,
        lines(
            "eni-s delete done; eni-z99-0 create type-refused z99; eni-zzz create type-refused z99"
        )
    );
    assert_eq!(run.cloud.attempts(), lines("create eni-z99-0; delete tms-s"));
}
