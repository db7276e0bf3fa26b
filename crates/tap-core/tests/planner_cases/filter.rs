//! Ruling 14: the filter is found by its description, verified and completed; of several the lowest complete one is used.

use tap_core::inventory::{Direction, FilterKey, FilterRule, MirrorFilter};
use tap_core::plan::{FilterStep, PlanError, plan};
use tap_core::policy::profile::Profile;
use tap_core::settings::{FilterChoice, Settings};
use tap_core::testing::{FILTER, Scenario, scenario};

use crate::support::{case, case_with};

fn without_rules(filter: &mut MirrorFilter) {
    filter.rules.clear();
}

fn narrow_rule(direction: Direction, number: i32) -> FilterRule {
    FilterRule::within(direction, number, true, "10.0.0.0/8")
}

fn pinned(id: &str) -> impl FnOnce(&mut Settings) {
    let id = id.into();
    move |settings| settings.filter = FilterChoice::Pinned(id)
}

#[test]
fn ruling_14_created_where_it_is_needed() {
    case("needed by a create", scenario().no_filter().instance("i-1"))
        .changes("eni-1 create tmt-1 new number 1")
        .filter("create")
        .settles();
    case("needed by a repair", scenario().no_filter().instance("i-1").owned("tms-1"))
        .changes("eni-1 modify tms-1 filter new")
        .filter("create")
        .settles();
    case("not needed", scenario().no_filter().not_enabled().instance("i-1"))
        .expects("eni-1 skip vpc-not-enabled")
        .filter("none")
        .settles();
    case("not needed by what is left as it is", {
        scenario().no_filter().enrollment("x").instance("i-1").owned("tms-1")
    })
    .expects("eni-1 keep vpc-misconfigured")
    .filter("none")
    .finds("vpc-misconfigured")
    .settles();
    case("not needed where no place is left", {
        let full = scenario().appliance("tmt-2", "i-9").target("tmt-2").no_filter();
        full.sources_of_others("tmt-2", 10).instance("i-1")
    })
    .expects("eni-1 skip target-full; eni-9 skip receives-mirror")
    .filter("none")
    .settles();
    case("somebody else's filter is not ours", {
        scenario().no_filter().filter_as("tmf-x", |f| f.dns = true).instance("i-1")
    })
    .filter("create")
    .settles();
}

#[test]
fn ruling_14_completed_on_every_run() {
    let lacking = |change: fn(&mut MirrorFilter)| scenario().filter_as(FILTER, change);
    type Change = fn(&mut MirrorFilter);
    let rows: [(&str, Change, usize, bool); 5] = [
        ("a crash right after its creation", |f| (f.dns, f.rules) = (false, Vec::new()), 4, true),
        ("no rules", without_rules, 4, false),
        ("one rule missing", |f| drop(f.rules.pop()), 1, false),
        ("no DNS", |f| f.dns = false, 0, true),
        ("a rule for some ports only", |f| f.rules[0].protocol = Some(6), 1, false),
    ];
    for (name, change, rules, dns) in rows {
        let case = case(name, lacking(change).instance("i-1").owned("tms-1"))
            .expects("eni-1 keep in-sync")
            .filter("complete tmf-1");
        let key = FilterKey::OfProfile(Profile::All);
        let FilterStep::Complete { missing, .. } = &case.plan().filters[&key].step else {
            panic!("{name}");
        };
        assert_eq!((missing.rules.len(), missing.dns), (rules, dns), "{name}");
        case.settles();
    }
    case("also where nothing is enabled", lacking(without_rules).not_enabled())
        .filter("complete tmf-1")
        .settles();
}

#[test]
fn ruling_14_of_several_the_lowest_complete_one() {
    let several = |s: Scenario| s.instance("i-1").owned("tms-1");
    case("two complete", several(scenario().filter("tmf-2")))
        .expects("eni-1 keep in-sync")
        .filter("use tmf-1")
        .finds("several-filters")
        .says("several filters have our description: tmf-1 is used, not tmf-2")
        .settles();
    case(
        "the lowest lacks rules",
        several(scenario().filter("tmf-0").filter_as("tmf-0", without_rules)),
    )
    .expects("eni-1 keep in-sync")
    .filter("use tmf-1")
    .finds("several-filters")
    .settles();
    case("none is complete", {
        let s = scenario().filter_as(FILTER, without_rules).filter("tmf-2");
        s.filter_as("tmf-2", without_rules).instance("i-1").owned("tms-1").through("tmf-2")
    })
    .changes("eni-1 modify tms-1 filter tmf-1")
    .filter("complete tmf-1")
    .finds("several-filters")
    .settles();
}

#[test]
fn ruling_14_a_filter_without_room() {
    let overfull = |f: &mut MirrorFilter| {
        f.rules = (1..=7).map(|n| narrow_rule(Direction::Ingress, n)).collect();
    };
    case(
        "a new one is made",
        scenario().filter_as(FILTER, overfull).instance("i-1").owned("tms-1"),
    )
    .changes("eni-1 modify tms-1 filter new")
    .filter("create")
    .finds("filter-overfull")
    .settles();
    case("six leave room for four", {
        let six = |f: &mut MirrorFilter| {
            f.rules = (1..=6).map(|n| narrow_rule(Direction::Ingress, n)).collect();
        };
        scenario().filter_as(FILTER, six).instance("i-1").owned("tms-1")
    })
    .expects("eni-1 keep in-sync")
    .filter("complete tmf-1")
    .settles();
    case("another one has room", scenario().filter("tmf-0").filter_as("tmf-0", overfull))
        .filter("use tmf-1")
        .finds("filter-overfull")
        .settles();
}

#[test]
fn ruling_14_rules_of_others_in_it() {
    let rejecting = |f: &mut MirrorFilter| f.rules[0].accept = false;
    case("a rejecting rule in place of ours shuts it out", {
        scenario().filter_as(FILTER, rejecting).instance("i-1").owned("tms-1")
    })
    .changes("eni-1 modify tms-1 filter new")
    .filter("create")
    .finds("filter-overfull")
    .says(
        "filter tmf-1 cannot do what its profile (all) says, for a rule that the profile has not \
         comes first: reject ingress all traffic from 0.0.0.0/0 to 0.0.0.0/0 (number 100); another \
         filter is used",
    )
    .settles();
    let before = |f: &mut MirrorFilter| {
        f.rules.push(FilterRule::within(Direction::Egress, 1, false, "0.0.0.0/0"));
    };
    case("one before ours, too, though nothing is missing", {
        scenario().filter("tmf-0").filter_as("tmf-0", before).instance("i-1").owned("tms-1")
    })
    .expects("eni-1 keep in-sync")
    .filter("use tmf-1")
    .finds("filter-overfull")
    .settles();
    let beside = |f: &mut MirrorFilter| {
        f.rules.push(FilterRule { accept: false, ..narrow_rule(Direction::Egress, 1) });
    };
    case("a rejecting rule beside ours", scenario().filter_as(FILTER, beside))
        .filter("use tmf-1")
        .finds("filter-rejects")
        .settles();
}

#[test]
fn a_filter_that_the_user_names_is_used_as_it_is() {
    let one = || scenario().filter_as("tmf-u", |f| f.dns = true).instance("i-1").owned("tms-1");
    case_with("pinned", one(), pinned("tmf-u"))
        .changes("eni-1 modify tms-1 filter tmf-u")
        .filter("use tmf-u")
        .settles();
    let empty = scenario().filter_as("tmf-u", |_| {});
    case_with("pinned, and takes nothing", empty, pinned("tmf-u"))
        .filter("use tmf-u")
        .finds("filter-takes-nothing")
        .settles();
    let mut settings = Settings::default();
    pinned("tmf-404")(&mut settings);
    assert_eq!(
        plan(&scenario().build(), &settings).unwrap_err(),
        PlanError::NoSuchFilter("tmf-404".into())
    );
}
