//! Appliances on demand: when one is launched, finished, reused or removed.

use tap_core::inventory::{InstanceState, LoneEni, Subnet};
use tap_core::moment::Moment;
use tap_core::plan::{AppliancePlan, ApplianceStep};
use tap_core::settings::Settings;
use tap_core::testing::{Rules, Scenario, rules, scenario};

use crate::support::{Case, case_with};

const NOW: i64 = 1_800_000_000;

fn ruled(name: &str, scenario: Scenario, rules: Rules) -> Case {
    ruled_with(name, scenario, rules, |_| {})
}

fn ruled_with(
    name: &str,
    scenario: Scenario,
    rules: Rules,
    change: impl FnOnce(&mut Settings),
) -> Case {
    case_with(name, scenario, |settings| {
        settings.rules = Some(rules.build());
        settings.now = Some(Moment::from_unix(NOW));
        change(settings);
    })
}

fn small() -> Rules {
    rules().vpc("vpc-a").to_appliances("t3.micro").in_subnet("subnet-sensors")
}

fn account(sources: usize) -> Scenario {
    let account = scenario().not_enabled().with(|inv| {
        inv.subnets.insert("subnet-sensors".into(), Subnet::of("vpc-a".into()));
    });
    (0..sources).fold(account, |s, n| s.instance(&format!("i-{n:03}")))
}

/// An appliance for `vpc-a` that is there, with a target, in the subnet of `vpc-a`.
fn with_appliance(scenario: Scenario) -> Scenario {
    scenario.appliance("tmt-9", "i-9").of_type("t3.micro").made_for("vpc-a")
}

fn in_own_subnet() -> Rules {
    rules().vpc("vpc-a").to_appliances("t3.micro")
}

/// The appliances of a plan: `launch t3.micro subnet-1 for 3`.
fn steps(case: &Case) -> Vec<String> {
    let line = |plan: &AppliancePlan| {
        let AppliancePlan { subnet, step, sources, .. } = plan;
        match step {
            ApplianceStep::Launch { spec, .. } => {
                format!("launch {} {subnet} for {sources}", spec.instance_type)
            }
            ApplianceStep::Finish { instance, .. } => format!("finish {instance} for {sources}"),
            ApplianceStep::Remove { instance, .. } => format!("remove {instance}"),
        }
    };
    case.plan().appliances.values().map(line).collect()
}

#[track_caller]
fn makes(case: Case, expected: &[&str]) -> Case {
    assert_eq!(steps(&case), expected);
    case
}

#[test]
fn one_is_launched_for_as_many_as_it_takes() {
    makes(ruled("ten", account(10), small()), &["launch t3.micro subnet-sensors for 10"]).settles();
    let eleven = ruled("eleven", account(11), small());
    let two = ["launch t3.micro subnet-sensors for 10", "launch t3.micro subnet-sensors for 1"];
    makes(eleven, &two).settles();
    let large = rules().vpc("vpc-a").to_appliances("c5.18xlarge").in_subnet("subnet-sensors");
    makes(ruled("a large one", account(11), large), &["launch c5.18xlarge subnet-sensors for 11"])
        .settles();
}

#[test]
fn without_a_subnet_it_is_that_of_the_source() {
    let two = account(1).vpc("vpc-b").not_enabled().instance("i-b");
    let rules = in_own_subnet().vpc("vpc-b").to_appliances("t3.micro");
    let both = ["launch t3.micro subnet-of-vpc-a for 1", "launch t3.micro subnet-of-vpc-b for 1"];
    makes(ruled("two subnets", two, rules), &both).settles();
}

#[test]
fn one_run_launches_no_more_than_it_may() {
    let case = ruled_with("limit", account(25), small(), |settings| settings.max_appliances = 2);
    let case = case.counts("create not-mirrored", 20).counts("skip appliance-limit", 5);
    assert!(case.plan().decisions[24].is_blocked());
    assert_eq!(steps(&case).len(), 2);
    let none = ruled_with("none", account(1), small(), |settings| settings.max_appliances = 0);
    makes(none, &[]).expects("eni-000 skip appliance-limit").settles();
}

#[test]
fn one_that_has_room_is_used_again() {
    makes(ruled("room", with_appliance(account(2)), in_own_subnet()), &[])
        .changes(
            "eni-000 create tmt-9 tmf-1 number 1 rule=vpc-a
             eni-001 create tmt-9 tmf-1 number 1 rule=vpc-a",
        )
        .settles();
    let full = with_appliance(account(11));
    makes(ruled("full", full, in_own_subnet()), &["launch t3.micro subnet-of-vpc-a for 1"])
        .settles();
    let of_another = account(1).appliance("tmt-9", "i-9").made_for("vpc-b");
    makes(
        ruled("another's", of_another, in_own_subnet()),
        &["launch t3.micro subnet-of-vpc-a for 1"],
    )
    .settles();
    let stopped = with_appliance(account(1)).state(InstanceState::Stopped);
    makes(ruled("stopped", stopped, in_own_subnet()), &["launch t3.micro subnet-of-vpc-a for 1"])
        .settles();
}

#[test]
fn who_mirrors_to_one_stays_there() {
    let there = account(1).instance("i-1").owned("tms-1").to("tmt-9").by_rule("vpc-a");
    makes(ruled("stays", with_appliance(there), in_own_subnet()), &[])
        .changes("eni-000 create tmt-9 tmf-1 number 1 rule=vpc-a")
        .settles();
}

#[test]
fn an_appliance_is_never_a_source_even_before_it_is_a_target() {
    let unfinished = account(0).instance("i-9").of_type("t3.micro").made_for("vpc-b");
    let case = ruled("unfinished", unfinished, in_own_subnet());
    makes(case, &[]).expects("eni-9 skip receives-mirror").settles();
}

#[test]
fn what_a_killed_run_left_is_finished_or_removed() {
    let left = |age: i64| {
        let launched = Moment::from_unix(NOW - age);
        account(0).instance("i-9").of_type("t3.micro").made_for("vpc-a").launched(launched)
    };
    let needed = ruled("needed", left(5).instance("i-1"), in_own_subnet());
    makes(needed, &["finish i-9 for 1"]).settles();
    makes(ruled("old", left(3600), in_own_subnet()), &["remove i-9"]).settles();
    makes(ruled("of a moment ago", left(60), in_own_subnet()), &[]).settles();
    makes(ruled("of a rule that is gone", left(3600), rules().vpc("vpc-b")), &["remove i-9"])
        .settles();
    let narrow = left(3600).only_instance("i-9");
    makes(ruled("a narrowed run sees too little", narrow, in_own_subnet()), &[]).settles();
    let without = case_with("no rules", left(3600), |s| s.now = Some(Moment::from_unix(NOW)));
    makes(without, &[]).settles();
}

#[test]
fn appliances_that_keep_going_away_are_said_and_not_launched_for_ever() {
    let gone = |count: usize| {
        (0..count).fold(account(1), |scenario, n| {
            let (target, instance) = (format!("tmt-9{n}"), format!("i-9{n}"));
            scenario.appliance(&target, &instance).made_for("vpc-a").with(move |inv| {
                inv.instances.remove(&instance.as_str().into());
                inv.lone_enis.insert(format!("eni-9{n}").into(), LoneEni::Gone);
            })
        })
    };
    let one = ruled("one", gone(1), in_own_subnet()).finds("appliances-gone");
    makes(one, &["launch t3.micro subnet-of-vpc-a for 1"]).settles();
    let case = ruled("three", gone(3), in_own_subnet()).finds("appliances-gone");
    let case = makes(case, &[]).expects("eni-000 skip appliances-gone");
    assert!(case.plan().decisions[0].is_blocked());
    case.settles();
}

#[test]
fn a_policy_that_creates_nothing_launches_nothing() {
    use tap_core::settings::Policy;
    let case = ruled_with("repair-only", account(1), small(), |s| s.policy = Policy::RepairOnly);
    makes(case, &[]).expects("eni-000 skip held-by-policy").settles();
    let old = account(0).instance("i-9").made_for("vpc-a").launched(Moment::from_unix(0));
    let case = ruled_with("upsert-only", old, small(), |s| s.policy = Policy::UpsertOnly);
    makes(case, &[]).settles();
}

#[test]
fn two_runs_that_see_the_same_launch_the_same() {
    let picture = |scenario: Scenario| {
        let case = ruled("once", scenario, in_own_subnet());
        let plans = case.plan().appliances.values();
        let pictures: Vec<String> = plans
            .filter_map(|plan| match &plan.step {
                ApplianceStep::Launch { picture, .. } => Some(picture.clone()),
                ApplianceStep::Finish { .. } | ApplianceStep::Remove { .. } => None,
            })
            .collect();
        pictures
    };
    let seen = picture(account(21));
    assert_eq!(seen.len(), 3);
    assert!(seen[0] != seen[1] && seen[1] != seen[2]);
    assert_eq!(picture(account(1))[0], seen[0]);
    // Once there is one with a target, the next is another.
    assert_ne!(picture(with_appliance(account(11)))[0], seen[0]);
}
