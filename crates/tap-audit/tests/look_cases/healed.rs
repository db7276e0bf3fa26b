//! The audit and the run are of one mind: what a run has just healed has no finding of what should be otherwise, and the audit
//! counts as the plan does. Tried on random accounts, the same on every run; `PROPTEST_RNG_SEED` and `PROPTEST_CASES` try
//! others.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use tap_audit::finding::FindingCode as Code;
use tap_audit::model::Watched;
use tap_core::apply::{ApplyOptions, Outcome, apply};
use tap_core::inventory::Inventory;
use tap_core::plan::{Plan, guard, plan};
use tap_core::policy::owner::{Owner, owner};
use tap_core::settings::{Policy, Settings};
use tap_core::stop::Stopper;
use tap_core::testing::{TestCloud, rules, scenario};
use uuid::Uuid;

use super::healthy::is_healthy;
use super::world::worlds;
use crate::support::around;

fn config() -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(20_261_121);
    }
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 64;
    }
    config.failure_persistence = None;
    config
}

fn planned(inv: &Inventory, settings: &Settings) -> Plan {
    guard(plan(inv, settings).expect("a world names only filters that it has"), settings)
}

/// Runs until nothing is left to do.
fn healed(inv: &Inventory, settings: &Settings) -> Inventory {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime without I/O can be built");
    let cloud = TestCloud::new(inv.clone());
    for _ in 0..3 {
        let plan = planned(&cloud.now(), settings);
        if !plan.has_changes() {
            break;
        }
        let options = ApplyOptions::new(1, Uuid::from_u128(1), settings.max_appliances);
        let (_stopper, stop) = Stopper::new();
        let applied =
            runtime.block_on(apply(&plan, settings, &cloud, &options, &stop, &mut |_| {}));
        let done = |outcome: &Outcome| matches!(outcome, Outcome::Done { .. });
        assert!(applied.outcomes.values().all(done));
    }
    cloud.now()
}

proptest! {
    #![proptest_config(config())]

    /// After a run nothing is said to drift, to be left over or to wait for a run.
    #[test]
    fn what_a_run_has_healed_needs_no_run(world in worlds()) {
        let (inv, settings) = world.build();
        let settings = Settings { policy: Policy::Sync, allow_mass_delete: true, ..settings };
        let account = around(inv, settings.clone());
        let after = healed(&account.inv, &settings);
        let audit = account.edit(|inv, _| *inv = after).look();
        for finding in &audit.findings {
            let heals = match finding.code {
                Code::SessionLeftOver | Code::FilterIncomplete => true,
                // What a limit or a mistake keeps from being put right stays, and no run helps.
                Code::InterfaceNotMirrored => finding.at.contains(&"not-mirrored".to_owned()),
                Code::SessionDrifted => !finding.what.contains("cannot be repaired"),
                _ => false,
            };
            prop_assert!(!heals, "{finding:?}");
        }
    }

    /// The audit counts as the plan of the same account does, and as its own parts do.
    #[test]
    fn coverage_is_what_the_plan_says(world in worlds()) {
        let (inv, settings) = world.build();
        // What a policy or a guard holds back differs all the same.
        let settings = Settings { policy: Policy::Sync, ..settings };
        let account = around(inv, settings.clone());
        let plan = planned(&account.inv, &settings);
        let audit = account.look();
        let own: Vec<_> = plan.decisions.iter().filter(|d| {
            !d.leftover && account.inv.enis().any(|(_, _, eni)| eni.id == d.eni)
        }).collect();
        prop_assert_eq!(audit.coverage.interfaces, own.len());
        let owned: BTreeSet<_> = account.inv.sessions.values()
            .filter(|s| owner(&s.tags, &settings.keys) == Owner::Owned)
            .map(|s| &s.eni)
            .collect();
        for decision in own {
            let interface = audit.interfaces.iter().find(|i| i.eni == decision.eni);
            let interface = interface.expect("every interface is there");
            prop_assert_eq!(interface.next, Some(decision.action.verb()));
            prop_assert_eq!(interface.reason, Some(decision.reason.code()));
            prop_assert_eq!(interface.watched == Watched::Ours, owned.contains(&decision.eni));
            // A VPC that is not enabled counts as if it were.
            prop_assert!(interface.eligible || !decision.eligible, "{:?}", interface);
        }
        let sum = |all: &mut dyn Iterator<Item = &tap_audit::model::Coverage>| {
            all.fold((0, 0, 0, 0), |(i, e, o, x), c| {
                (i + c.interfaces, e + c.eligible, o + c.ours, x + c.others)
            })
        };
        let whole = sum(&mut [&audit.coverage].into_iter());
        prop_assert_eq!(sum(&mut audit.subnets.iter().map(|p| &p.coverage)), whole);
        prop_assert_eq!(sum(&mut audit.zones.iter().map(|p| &p.coverage)), whole);
        prop_assert_eq!(sum(&mut audit.instances.iter().map(|p| &p.coverage)), whole);
        let left_alone: usize = audit.coverage.left_alone.values().sum();
        prop_assert_eq!(left_alone + audit.coverage.eligible, audit.coverage.interfaces);
    }

    /// A session that is told to see nothing, and one whose packets do not arrive, has a finding that says why.
    #[test]
    fn every_verdict_has_its_finding(world in worlds()) {
        let (inv, settings) = world.build();
        let audit = around(inv, settings).look();
        for session in &audit.sessions {
            for code in &session.blind {
                let (id, target) = (session.id.as_str(), session.target.as_str());
                let names = |at: &String| [id, session.filter.as_str(), target].contains(&at.as_str());
                let told = audit.findings.iter().any(|f| f.code.as_str() == *code && f.at.iter().any(names));
                prop_assert!(told, "{} {code}", session.id);
            }
            let gone = ["source-gone", "source-detached", "source-not-running"];
            if let Some(tap_audit::model::Arrival::Blocked(codes)) = &session.arrival
                && !session.blind.iter().any(|code| gone.contains(code))
            {
                for code in codes {
                    let told = audit.findings.iter().any(|f| {
                        f.code.as_str() == *code && f.affected.contains(&session.eni.to_string())
                    });
                    prop_assert!(told, "{} {code}", session.id);
                }
            }
        }
        let wasted = audit.sessions.iter().filter(|s| !s.blind.is_empty()).count();
        let cost = audit.cost.expect("sessions were read");
        prop_assert_eq!((cost.sessions, cost.wasted), (audit.sessions.len(), wasted));
    }
}

/// Accounts that a run can heal altogether: the audit has nothing to say any more.
#[test]
fn the_audit_of_an_account_that_was_just_healed_is_silent() {
    let broken = scenario()
        .nlb("tmt-2")
        .instance("i-1")
        .instance("i-2")
        .owned("tms-2")
        .to("tmt-2")
        .instance("i-3")
        .blacklisted()
        .owned("tms-3")
        .stopped("i-4")
        .owned("tms-4")
        .instance("i-5")
        .owned("tms-5")
        .owned("tms-5x")
        .instance("i-6")
        .of_type("t2.micro")
        .filter_as("tmf-1", |filter| drop(filter.rules.pop()))
        .vpc("vpc-b")
        .nlb("tmt-b")
        .target("tmt-b")
        .enrollment("whitelist")
        .instance("i-7")
        .whitelisted()
        .instance("i-8");
    let settings = Settings::default();
    let before = around(broken.build(), settings.clone());
    assert!(before.look().findings.len() >= 6);
    let after = healed(&before.inv, &settings);
    let account = before.edit(|inv, _| *inv = after);
    is_healthy(&account);
    let audit = account.look();
    assert_eq!((audit.coverage.eligible, audit.coverage.ours), (4, 4));
    assert_eq!(audit.cost.map(|cost| cost.sessions), Some(4));
}

#[test]
fn what_rules_made_is_as_silent() {
    let settings = Settings {
        rules: Some(rules().vpc("vpc-a").to("tmt-1").build()),
        rules_given: true,
        ..Settings::default()
    };
    let scenario = scenario().not_enabled().instance("i-1").instance("i-2");
    let before = around(scenario.build(), settings.clone());
    let after = healed(&before.inv, &settings);
    is_healthy(&before.edit(|inv, _| *inv = after));
}
