//! The randomized test. Each round draws an account, what goes wrong in it, what people do to it and how many runs there are,
//! from one number; and ends with the check of the whole account.
//!
//! The number of round `n` is the seed plus `n`: a round that fails is run alone by its own number, with one round.
//!
//! ```text
//! SESSION_MIRROR_TEST_SEED    the number of the first round; 1 if absent
//! SESSION_MIRROR_TEST_ROUNDS  how many rounds; 500 if absent
//! ```

use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sim::{After, Deed, Switches};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::faults_kill::killed_where_silent;
use crate::random_fleet::{Fleet, chance};
use crate::random_trouble::{draw_faults, edit};
use crate::support::{Account, Run};

/// Rounds under way at once: most of their time is a pause between two tries.
const SIDE_BY_SIDE: usize = 8;

/// As many failures are told; the rest would be the same ones.
const ENOUGH: usize = 3;

/// What a run is given: fleets are small, so that one tag is often most of the sessions.
const ARGS: [&str; 5] = ["--allow-mass-delete", "--timeout", "60s", "--call-timeout", "1s"];

/// How a step runs the tool.
#[derive(Debug, Clone)]
enum Runs {
    AtOnce(usize),
    KilledAt(usize, Deed),
}

/// A number from the environment.
fn setting(name: &str, default: u64) -> u64 {
    let Ok(text) = std::env::var(name) else { return default };
    text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}"))
}

#[test]
fn rounds_drawn_from_a_seed() {
    let seed = setting("SESSION_MIRROR_TEST_SEED", 1);
    let rounds = setting("SESSION_MIRROR_TEST_ROUNDS", 500);
    println!("{rounds} rounds from seed {seed} on");
    let next = AtomicU64::new(0);
    let failures: Mutex<Vec<String>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                while failures.lock().unwrap().len() < ENOUGH {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= rounds {
                        return;
                    }
                    if let Err(failure) = try_round(seed.wrapping_add(n)) {
                        failures.lock().unwrap().push(failure);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{rounds} rounds from seed {seed} on:\n{}", failures.join("\n"));
}

/// One round; an error says what was drawn, what happened, and how to see it again.
fn try_round(number: u64) -> Result<(), String> {
    let mut told = Vec::new();
    let done = std::panic::catch_unwind(AssertUnwindSafe(|| round(number, &mut told)));
    done.map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        format!(
            "round {number} failed: {}\nwhat was drawn:\n{}\nthis round alone: SESSION_MIRROR_TEST_SEED={number} \
             SESSION_MIRROR_TEST_ROUNDS=1 cargo test -p e2e rounds_drawn_from_a_seed\n",
            text.unwrap_or_default(),
            told.join("\n")
        )
    })
}

fn round(number: u64, told: &mut Vec<String>) {
    let dice = &mut StdRng::seed_from_u64(number);
    // Reads that lag, and two sessions of ours on one interface: each alone. Both together may show a run the one session
    // that is gone and let it remove the one that is there (docs/reliability.md).
    let late = chance(dice, 30);
    let fleet = Fleet::draw(dice, !late);
    told.push(fleet.yaml.clone());
    let account = Account::yaml(&fleet.yaml);
    let mut watch = account.watch().with_args(&ARGS);
    let (mut runs_so_far, mut may_double) = (0, late);
    for step in 1..=dice.random_range(1..=3) {
        for _ in 0..if step == 1 { 0 } else { dice.random_range(0..=2) } {
            told.push(format!("  {}", account.edit(|world| edit(dice, &fleet, world))));
            watch.look();
        }
        let mut faults = draw_faults(dice, &fleet, late);
        if faults.taken_number.accept {
            watch = watch.with_doubles();
        }
        let runs = match dice.random_range(0..100) {
            0..60 => Runs::AtOnce(1),
            60..80 => Runs::AtOnce(dice.random_range(2..=4)),
            _ => {
                let deed = if chance(dice, 50) { Deed::Hang } else { Deed::HangDone };
                Runs::KilledAt(dice.random_range(1..=30), deed)
            }
        };
        told.push(format!("  step {step}: {runs:?} under {faults:?}"));
        if let Runs::KilledAt(call, deed) = &runs {
            faults.after.push(After { call: *call, action: None, deed: deed.clone() });
        }
        begin(&account, faults);
        match runs {
            Runs::AtOnce(n) => {
                runs_so_far += n;
                may_double |= n > 1;
                at_once(&account, n, told);
            }
            Runs::KilledAt(..) => {
                runs_so_far += 1;
                told.push(format!("    killed: {}", killed_where_silent(&account, &ARGS)));
            }
        }
        watch.look();
    }
    if may_double {
        watch = watch.with_filters_of(runs_so_far);
    }
    watch.converges();
}

fn begin(account: &Account, faults: Switches) {
    account.sim.lift_faults();
    account.sim.set_switches(|switches| *switches = faults);
}

fn at_once(account: &Account, runs: usize, told: &mut Vec<String>) {
    let ended: Vec<Run> = std::thread::scope(|scope| {
        let started: Vec<_> = (0..runs).map(|_| scope.spawn(|| account.tap(&ARGS))).collect();
        started.into_iter().map(|run| run.join().unwrap()).collect()
    });
    for run in ended {
        told.push(format!("    exit {}: {}", run.code, run.stderr.trim()));
        assert!([0, 1, 3].contains(&run.code), "{}\n{}", run.stdout, run.stderr);
    }
}
