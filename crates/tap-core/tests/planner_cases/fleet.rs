//! Fleets so large that two threads decide: the plan is that of one.

use tap_core::plan::{Verb, plan};
use tap_core::settings::Settings;
use tap_core::testing::scenario;

#[test]
fn a_large_fleet_is_decided_in_the_order_of_its_instances() {
    // Every third has a session, every tenth of those two: decisions and sessions left over come from both halves.
    let fleet = (0..10_500).fold(scenario(), |s, n| {
        let s = s.instance(&format!("i-{n:05}"));
        match (n % 3, n % 30) {
            (0, 0) => s.owned(&format!("tms-{n:05}-a")).owned(&format!("tms-{n:05}-b")),
            (0, _) => s.owned(&format!("tms-{n:05}-a")),
            _ => s,
        }
    });
    let plan = plan(&fleet.build(), &Settings::default()).unwrap();
    let (own, left_over): (Vec<_>, Vec<_>) = plan.decisions.iter().partition(|d| !d.leftover);
    assert_eq!((own.len(), left_over.len()), (10_500, 350));
    assert_eq!((plan.count(Verb::Keep), plan.count(Verb::Create)), (3_500, 7_000));
    assert!(own.iter().is_sorted_by_key(|d| &d.instance));
    assert!(left_over.iter().is_sorted_by_key(|d| &d.instance));
}
