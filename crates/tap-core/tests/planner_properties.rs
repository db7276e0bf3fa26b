//! What must hold for every inventory, tried on random ones: that applying a plan leaves nothing to do, that nobody else's
//! session is touched, that every interface is decided once, that order means nothing, that no loop is made, that no target
//! overflows, and that a misconfigured VPC is left alone.
//!
//! The same inventories are tried on every run. `PROPTEST_RNG_SEED` and `PROPTEST_CASES` try others.

mod common;
#[path = "planner_properties/world.rs"]
mod world;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngSeed, TestRunner};
use tap_core::apply::Outcome;
use tap_core::ids::{EniId, InstanceId, TargetId};
use tap_core::inventory::{Inventory, LoneEni, TargetKind};
use tap_core::plan::{Action, Decision, Plan, Reason, Verb, guard, plan};
use tap_core::policy::owner::{Owner, owner};
use tap_core::policy::vpc::VpcPolicy;
use tap_core::report::{ScopeReport, Totals};
use tap_core::settings::{Policy, Settings};
use tap_core::testing::TestCloud;

use common::{carry_out, change_line, foreign, line};
use world::{World, shuffled, worlds};

const SEED: RngSeed = RngSeed::Fixed(20_261_121);

fn config() -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = SEED;
    }
    if std::env::var_os("PROPTEST_CASES").is_none() {
        // Each case applies a plan; this many take a few seconds.
        config.cases = 128;
    }
    config.failure_persistence = None;
    config
}

fn planned(inv: &Inventory, settings: &Settings) -> Plan {
    let plan = plan(inv, settings).expect("a world names only filters that it has");
    guard(plan, settings)
}

fn is_owned(inv: &Inventory, settings: &Settings, decision: &Decision) -> bool {
    let session = decision.action.session().and_then(|id| inv.sessions.get(id));
    session.is_none_or(|s| owner(&s.tags, &settings.keys) == Owner::Owned)
}

/// Who receives mirrored traffic, found another way than the planner finds it.
fn receivers(inv: &Inventory) -> BTreeSet<EniId> {
    let is_target =
        |eni: &EniId| inv.targets.values().any(|t| t.kind == TargetKind::Eni(eni.clone()));
    let behind = |id: &InstanceId| inv.nlbs.values().any(|nlb| nlb.instances.contains(id));
    let mut found = BTreeSet::new();
    for (id, instance) in &inv.instances {
        let by_address = instance.enis.iter().any(|eni| {
            let mut homes = inv.nlbs.values().filter(|nlb| nlb.vpc.as_ref() == Some(&eni.vpc));
            homes.any(|nlb| eni.addresses.iter().any(|a| nlb.addresses.contains(a)))
        });
        if by_address || behind(id) || instance.enis.iter().any(|eni| is_target(&eni.id)) {
            found.extend(instance.enis.iter().map(|eni| eni.id.clone()));
        }
    }
    found.extend(inv.lone_enis.keys().filter(|eni| is_target(eni)).cloned());
    found
}

/// The distinct sources of each target that has a limit, and that limit.
fn sources(inv: &Inventory, settings: &Settings) -> BTreeMap<TargetId, (usize, usize)> {
    let mut sources = BTreeMap::new();
    for (id, target) in &inv.targets {
        let TargetKind::Eni(appliance) = &target.kind else { continue };
        let Some((_, host, _)) = inv.enis().find(|(_, _, eni)| eni.id == *appliance) else {
            continue;
        };
        let limit = settings.instance_types.sources_as_target(&host.instance_type);
        let own = inv.sessions.values().filter(|s| s.target == *id).map(|s| &s.eni);
        let all: BTreeSet<&EniId> =
            own.chain(inv.sources_of_others.get(id).into_iter().flatten()).collect();
        sources.insert(id.clone(), (all.len(), limit));
    }
    sources
}

/// Applies the plan of a world, unless it is refused; every change must succeed.
fn applied(inv: &Inventory, settings: &Settings) -> Result<Option<Inventory>, TestCaseError> {
    let first = planned(inv, settings);
    let cloud = TestCloud::new(inv.clone());
    let applied = carry_out(&first, settings, &cloud);
    if first.refusal.is_some() {
        prop_assert_eq!(cloud.attempts(), Vec::<String>::new());
        return Ok(None);
    }
    for (&i, outcome) in &applied.outcomes {
        let decision = &first.decisions[i];
        let done = matches!(outcome, Outcome::Done { .. });
        prop_assert!(done, "{}: {outcome:?}: {:?}", line(decision), change_line(decision));
    }
    Ok(Some(cloud.now()))
}

proptest! {
    #![proptest_config(config())]

    /// Convergence: one run under any policy, and nothing is left to do.
    #[test]
    fn a_plan_that_was_applied_leaves_nothing_to_do(world in worlds()) {
        let (inv, settings) = world.build();
        if let Some(after) = applied(&inv, &settings)? {
            let second = planned(&after, &settings);
            let left: Vec<_> = second.decisions.iter().filter_map(change_line).collect();
            prop_assert!(!second.has_changes(), "left: {left:?}, filters {:?}", second.filters);
            prop_assert_eq!(second.refusal, None);
        }
    }

    /// Ruling 1: foreign sessions are in no change, and are bit by bit the same afterwards.
    #[test]
    fn foreign_sessions_are_never_touched(world in worlds()) {
        let (inv, settings) = world.build();
        for decision in &planned(&inv, &settings).decisions {
            prop_assert!(is_owned(&inv, &settings, decision), "{}", line(decision));
        }
        if let Some(after) = applied(&inv, &settings)? {
            prop_assert_eq!(foreign(&after, &settings), foreign(&inv, &settings));
        }
    }

    /// Every interface in the run has one decision of its own, and every owned session that is known to be in it has one.
    #[test]
    fn everything_is_decided_once(world in worlds()) {
        let (inv, settings) = world.build();
        let plan = planned(&inv, &settings);
        let of_instances: BTreeSet<&EniId> = inv.enis().map(|(_, _, eni)| &eni.id).collect();
        let in_run: BTreeSet<&EniId> = inv
            .enis()
            .filter(|(id, _, eni)| inv.narrow.has_instance(id) && inv.narrow.has_vpc(&eni.vpc))
            .map(|(_, _, eni)| &eni.id)
            .collect();
        let own: Vec<&EniId> = plan
            .decisions
            .iter()
            .filter(|d| !d.leftover && of_instances.contains(&d.eni))
            .map(|d| &d.eni)
            .collect();
        prop_assert_eq!(own.len(), in_run.len());
        prop_assert_eq!(own.into_iter().collect::<BTreeSet<_>>(), in_run.clone());

        let lone_in_run = |eni: &EniId| match inv.lone_enis.get(eni) {
            Some(LoneEni::Detached { vpc } | LoneEni::Attached { vpc, instance: None }) => {
                inv.narrow.has_vpc(vpc) && inv.narrow.instances.is_empty()
            }
            Some(LoneEni::Attached { vpc, instance: Some(id) }) => {
                inv.narrow.has_vpc(vpc) && inv.narrow.has_instance(id)
            }
            Some(LoneEni::Gone) => inv.narrow.is_whole(),
            None => false,
        };
        for session in inv.sessions.values() {
            let owned = owner(&session.tags, &settings.keys) == Owner::Owned;
            let within = in_run.contains(&session.eni) || lone_in_run(&session.eni);
            let decided = plan.decisions.iter().filter(|d| d.action.session() == Some(&session.id));
            prop_assert_eq!(decided.count(), usize::from(owned && within), "{}", &session.id);
        }
        // A skip says that there is none of ours, so there must be none.
        for skipped in plan.decisions.iter().filter(|d| d.action == Action::Skip) {
            let ours = inv.sessions.values().find(|s| {
                s.eni == skipped.eni && owner(&s.tags, &settings.keys) == Owner::Owned
            });
            prop_assert_eq!(ours, None, "{}", line(skipped));
        }
    }

    /// The order in which AWS answers means nothing.
    #[test]
    fn order_means_nothing(world in worlds(), turns in 0_usize..7) {
        let (inv, settings) = world.build();
        let (plan, other) = (planned(&inv, &settings), planned(&shuffled(&inv, turns), &settings));
        let sorted = |plan: &Plan| {
            let mut all: Vec<String> = plan.decisions.iter().map(|d| format!("{d:?}")).collect();
            all.sort();
            all
        };
        prop_assert_eq!(sorted(&plan), sorted(&other));
        prop_assert_eq!(plan.refusal, other.refusal);
        prop_assert_eq!(plan.findings, other.findings);
        prop_assert_eq!(plan.vpcs, other.vpcs);
    }

    /// Ruling 5: who receives mirrored traffic is never made or left a source.
    #[test]
    fn receivers_are_never_sources(world in worlds()) {
        let (inv, mut settings) = world.build();
        settings.policy = Policy::Sync;
        let receivers = receivers(&inv);
        for decision in planned(&inv, &settings).decisions {
            if receivers.contains(&decision.eni) {
                let verb = decision.action.verb();
                prop_assert!(matches!(verb, Verb::Delete | Verb::Skip), "{}", line(&decision));
                prop_assert_eq!(&decision.reason, &Reason::ReceivesMirror);
            }
        }
    }

    /// No target gets more sources than AWS allows it, unless it had more before.
    #[test]
    fn no_target_overflows(world in worlds()) {
        let (inv, settings) = world.build();
        let before = sources(&inv, &settings);
        if let Some(after) = applied(&inv, &settings)? {
            for (id, (count, limit)) in sources(&after, &settings) {
                prop_assert!(count <= limit.max(before[&id].0), "{id}: {count} of {limit}");
            }
        }
    }

    /// Ruling 9: in a VPC whose tags make no sense only loops are cut.
    #[test]
    fn a_misconfigured_vpc_is_left_alone(world in worlds()) {
        let (inv, settings) = world.build();
        let plan = planned(&inv, &settings);
        let wrong = |d: &&Decision| {
            let view = d.vpc.as_ref().and_then(|vpc| plan.vpcs.get(vpc));
            view.is_some_and(|v| matches!(v.policy, VpcPolicy::Misconfigured { .. }))
        };
        for decision in plan.decisions.iter().filter(wrong).filter(|d| d.action.is_change()) {
            prop_assert_eq!(decision.action.verb(), Verb::Delete);
            prop_assert_eq!(&decision.reason, &Reason::ReceivesMirror);
        }
    }

    /// Rulings 7, 8, 3 and 4, seen from the other side: what is created is wanted and can be mirrored.
    #[test]
    fn only_what_is_chosen_and_runs_is_created(world in worlds()) {
        let (inv, settings) = world.build();
        let creates = |d: &&Decision| d.action.verb() == Verb::Create;
        for decision in planned(&inv, &settings).decisions.iter().filter(creates) {
            let (_, instance, eni) =
                inv.enis().find(|(_, _, eni)| eni.id == decision.eni).expect("it has an instance");
            prop_assert!(World::can_be_mirrored(&inv, instance, eni), "{}", line(decision));
            prop_assert!(decision.eligible);
        }
    }

    /// Ruling 19: what a dry run says will be there and paid for is there after the run.
    #[test]
    fn totals_come_true(world in worlds()) {
        let (inv, settings) = world.build();
        let plan = planned(&inv, &settings);
        let foretold = Totals::of(&ScopeReport { plan: plan.clone(), applied: None });
        if let Some(after) = applied(&inv, &settings)? {
            let owned: Vec<&EniId> = after
                .sessions
                .values()
                .filter(|s| owner(&s.tags, &settings.keys) == Owner::Owned)
                .map(|s| &s.eni)
                .collect();
            prop_assert_eq!(foretold.sessions, owned.len());
            let covered = plan.decisions.iter().filter(|d| d.eligible && owned.contains(&&d.eni));
            prop_assert_eq!(foretold.mirrored, covered.count());
            prop_assert!(foretold.mirrored <= foretold.eligible);
        }
    }

    /// Ruling 12: no number twice on an interface, and never more than three sessions.
    #[test]
    fn numbers_are_unique_and_three_are_the_limit(world in worlds()) {
        let (inv, settings) = world.build();
        if let Some(after) = applied(&inv, &settings)? {
            let mut numbers: BTreeMap<&EniId, Vec<i32>> = BTreeMap::new();
            for session in after.sessions.values() {
                numbers.entry(&session.eni).or_default().push(session.number);
            }
            for (eni, numbers) in numbers {
                let distinct: BTreeSet<i32> = numbers.iter().copied().collect();
                prop_assert!(distinct.len() == numbers.len() && numbers.len() <= 3, "{eni}");
            }
        }
    }
}

/// The properties say little about dull accounts: every verdict that matters must occur among the random ones.
#[test]
fn the_random_accounts_are_not_dull() {
    // About what is generated, so always the same sample: the rarest verdicts do not occur in every other one.
    let mut runner = TestRunner::new(ProptestConfig { rng_seed: SEED, ..config() });
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for _ in 0..1200 {
        let world = worlds().new_tree(&mut runner).expect("a strategy without filters").current();
        let (inv, settings) = world.build();
        let plan = planned(&inv, &settings);
        for decision in &plan.decisions {
            let line = line(decision);
            seen.extend(line.split_once(' ').map(|(_, verdict)| verdict.to_owned()));
            seen.extend(decision.after.as_ref().map(|_| "after another".to_owned()));
            seen.extend(decision.notes.iter().map(|n| format!("note {}", n.code())));
        }
        seen.extend(plan.findings.iter().map(|f| format!("finding {}", f.code())));
        seen.extend(plan.refusal.as_ref().map(|_| "refused".to_owned()));
    }
    let verdicts = [
        "create not-mirrored",
        "create new-family",
        "modify drifted",
        "delete duplicate",
        "delete receives-mirror",
        "delete vpc-not-enabled",
        "delete not-running",
        "delete blacklisted",
        "delete not-whitelisted",
        "delete eni-detached",
        "delete eni-gone",
        "keep in-sync",
        "keep in-transition",
        "keep target-full",
        "keep vpc-misconfigured",
        "keep number-taken",
        "keep held-by-policy",
        "keep vpc-not-seen",
        "keep instance-not-seen",
        "skip target-full",
        "skip number-taken",
        "skip session-limit",
        "skip unsupported-type",
        "skip interface-type",
        "skip requester-managed",
        "skip ipv6-only-subnet",
        "skip receives-mirror",
        "after another",
        "refused",
        "note shadowed",
        "note target-full",
        "note number-taken",
        "note may-see-nothing",
        "finding vpc-misconfigured",
        "finding several-filters",
        "finding filter-overfull",
        "finding filter-has-more",
    ];
    let missing: Vec<&str> = verdicts.into_iter().filter(|v| !seen.contains(*v)).collect();
    assert!(missing.is_empty(), "never seen: {missing:?}");
}
