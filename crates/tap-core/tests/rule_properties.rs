//! What must hold for every inventory and every set of rules, tried on random ones: that a run with rules leaves nothing to
//! do, that no order means anything, that nobody else's session is touched, and that `balanced` spreads evenly and moves
//! nothing afterwards.
//!
//! The same are tried on every run. `PROPTEST_RNG_SEED` and `PROPTEST_CASES` try others.

mod common;
#[path = "planner_properties/world.rs"]
#[expect(dead_code, reason = "the planner's own properties ask it more")]
mod world;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use tap_core::apply::Outcome;
use tap_core::ids::{EniId, TargetId};
use tap_core::inventory::{Inventory, Subnet};
use tap_core::plan::{Action, Plan, Verb, guard, plan};
use tap_core::policy::mark::Mark;
use tap_core::policy::rules::{RuleSet, TargetChoice};
use tap_core::settings::{Policy, Settings};
use tap_core::testing::{Rules, TestCloud, rules, scenario};

use common::{carry_out, change_line, foreign, line};
use world::{World, shuffled, worlds};

fn config() -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(20_261_121);
    }
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 128;
    }
    config.failure_persistence = None;
    config
}

const TARGETS: [&str; 6] = ["tmt-eni", "tmt-nlb", "tmt-eni2", "tmt-nlb2", "tmt-lone", "tmt-404"];

/// One rule in numbers: about what, to where, with what else.
type RuleSeed = (usize, usize, Vec<usize>, usize);

fn rule_seeds() -> impl Strategy<Value = Vec<RuleSeed>> {
    let targets = proptest::collection::btree_set(0..TARGETS.len(), 1..4);
    let targets = targets.prop_map(|set| set.into_iter().collect::<Vec<_>>());
    proptest::collection::vec((0_usize..7, 0_usize..5, targets, 0_usize..6), 1..5)
}

fn rule_set(seeds: &[RuleSeed]) -> RuleSet {
    let written = seeds.iter().fold(rules(), |rules: Rules, (about, to, targets, extra)| {
        let names: Vec<&str> = targets.iter().map(|&i| TARGETS[i]).collect();
        let rules = match about {
            0..4 => rules.vpc(&format!("vpc-{about}")),
            4 => rules.tags(&[("Vectra:session_mirroring_whitelist", "True")]),
            _ => rules.tags(&[("Name", "web"), ("Vectra:session_mirroring_blacklist", "False")]),
        };
        let rules = match to {
            0 => rules.to(names[0]),
            1 => rules.to_any(TargetChoice::Balanced, &names),
            2 => rules.to_any(TargetChoice::SameZone, &names),
            3 => rules.to_appliances("t3.micro").in_subnet("subnet-sensors"),
            _ => rules.ignore(),
        };
        match extra {
            0 => rules.primary(),
            1 => rules.pins(3, 200, 5),
            2 => rules.instance_tags(),
            _ => rules,
        }
    });
    written.build()
}

fn built(world: &World, seeds: &[RuleSeed]) -> (Inventory, Settings) {
    let (mut inv, mut settings) = world.build();
    inv.subnets.insert("subnet-sensors".into(), Subnet::of("vpc-0".into()));
    settings.rules = Some(rule_set(seeds));
    settings.max_appliances = 1000;
    (inv, settings)
}

fn planned(inv: &Inventory, settings: &Settings) -> Plan {
    guard(plan(inv, settings).expect("a world names only filters that it has"), settings)
}

/// Applies the plan, unless it is refused; every change must succeed.
fn applied(inv: &Inventory, settings: &Settings) -> Result<Option<Inventory>, TestCaseError> {
    let first = planned(inv, settings);
    if first.refusal.is_some() {
        return Ok(None);
    }
    let cloud = TestCloud::new(inv.clone());
    let applied = carry_out(&first, settings, &cloud);
    for (&i, outcome) in &applied.outcomes {
        let decision = &first.decisions[i];
        let done = matches!(outcome, Outcome::Done { .. });
        prop_assert!(done, "{}: {outcome:?}: {:?}", line(decision), change_line(decision));
    }
    prop_assert!(applied.appliances.values().all(|outcome| !outcome.is_failure()));
    Ok(Some(cloud.now()))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn one_run_leaves_nothing_to_do(world in worlds(), seeds in rule_seeds()) {
        let (inv, settings) = built(&world, &seeds);
        if let Some(after) = applied(&inv, &settings)? {
            let second = planned(&after, &settings);
            let left: Vec<_> = second.decisions.iter().filter_map(change_line).collect();
            prop_assert!(!second.has_changes(), "left: {left:?}, {:?}", second.appliances);
            prop_assert_eq!(foreign(&after, &settings), foreign(&inv, &settings));
        }
    }

    #[test]
    fn no_order_means_anything(world in worlds(), seeds in rule_seeds(), turns in 0_usize..7) {
        let (inv, settings) = built(&world, &seeds);
        let (plan, other) = (planned(&inv, &settings), planned(&shuffled(&inv, turns), &settings));
        let sorted = |plan: &Plan| {
            let mut all: Vec<String> = plan.decisions.iter().map(|d| format!("{d:?}")).collect();
            all.sort();
            all
        };
        prop_assert_eq!(sorted(&plan), sorted(&other));
        prop_assert_eq!(plan.appliances, other.appliances);
        prop_assert_eq!(plan.findings, other.findings);
    }

    #[test]
    fn no_rule_mirrors_a_blacklisted_instance(world in worlds(), seeds in rule_seeds()) {
        let (inv, settings) = built(&world, &seeds);
        for decision in planned(&inv, &settings).decisions {
            let instance = decision.instance.as_ref().and_then(|id| inv.instances.get(id));
            let Some(instance) = instance else { continue };
            if Mark::Blacklist.is_on(&instance.tags, &settings.keys) {
                let by_rule = matches!(
                    decision.chosen_by,
                    Some(tap_core::plan::ChosenBy::Rule(_))
                );
                prop_assert!(!by_rule, "{}", line(&decision));
            }
        }
    }

    /// Two to five targets with and without limits, sources that come in waves: never more than one apart where both had
    /// room, and nobody is moved.
    #[test]
    fn balanced_spreads_evenly_and_moves_nobody(
        limits in proptest::collection::vec(0_usize..3, 2..6),
        waves in proptest::collection::vec(1_usize..15, 1..4),
    ) {
        let names: Vec<String> = (0..limits.len()).map(|n| format!("tmt-{n}0")).collect();
        let mut account = scenario().vpc("vpc-sensors").not_enabled();
        for (n, limit) in limits.iter().enumerate() {
            let instance = format!("i-9{n}");
            account = match limit {
                0 => account.appliance(&names[n], &instance),
                1 => account.appliance(&names[n], &instance).of_type("c5.18xlarge"),
                _ => account.nlb(&names[n]),
            };
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let settings = Settings {
            rules: Some(rules().vpc("vpc-a").to_any(TargetChoice::Balanced, &names).build()),
            policy: Policy::Sync,
            ..Settings::default()
        };
        let mut inv = account.vpc("vpc-a").not_enabled().build();
        let mut before: BTreeMap<EniId, TargetId> = BTreeMap::new();
        let mut count = 0;
        for (turn, wave) in waves.into_iter().enumerate() {
            let grown = (count..count + wave)
                .fold(scenario(), |s, n| s.instance(&format!("i-{n:03}")))
                .build();
            count += wave;
            inv.instances.extend(grown.instances);
            inv.subnets.extend(grown.subnets);
            let plan = planned(&inv, &settings);
            for decision in &plan.decisions {
                prop_assert!(!matches!(decision.action, Action::Modify { .. }), "{}", line(decision));
                prop_assert!(decision.action.verb() != Verb::Delete, "{}", line(decision));
            }
            let cloud = TestCloud::new(inv.clone());
            let applied = carry_out(&plan, &settings, &cloud);
            prop_assert!(applied.outcomes.values().all(Outcome::is_reached));
            inv = cloud.now();
            // An account in memory counts its ids from 1 each time.
            let sessions = std::mem::take(&mut inv.sessions).into_values();
            inv.sessions = sessions
                .map(|mut session| {
                    session.id = format!("{}-{turn}", session.id).into();
                    (session.id.clone(), session)
                })
                .collect();
            let mut load: BTreeMap<&str, usize> = names.iter().map(|name| (*name, 0)).collect();
            let mut now: BTreeMap<EniId, TargetId> = BTreeMap::new();
            for session in inv.sessions.values() {
                *load.get_mut(session.target.as_str()).expect("one of the rule's") += 1;
                now.insert(session.eni.clone(), session.target.clone());
            }
            prop_assert!(before.iter().all(|(eni, target)| now.get(eni) == Some(target)));
            before = now;
            let room = |n: usize| match limits[n] {
                0 => 10,
                1 => 100,
                _ => usize::MAX,
            };
            let open: BTreeSet<usize> =
                (0..names.len()).filter(|&n| load[names[n]] < room(n)).map(|n| load[names[n]]).collect();
            if let (Some(fewest), Some(most)) = (open.first(), open.last()) {
                prop_assert!(most - fewest <= 1, "{load:?}");
            }
        }
        prop_assert!(!planned(&inv, &settings).has_changes());
    }
}
