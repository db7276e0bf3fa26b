//! `kill -9`, at every moment of a run. The simulator falls silent with the N-th call, so that the run stands still there
//! while it is killed; then the account is looked at as after every fault.

use std::process::Stdio;
use std::time::Duration;

use aws_sim::{After, Deed};

use crate::faults::MIXED;
use crate::support::Account;

/// How long the simulator is waited for before the run itself is looked at again.
const A_MOMENT: Duration = Duration::from_millis(20);

/// Starts a run, and kills it where the simulator falls silent; false where it ended before.
pub fn killed_where_silent(account: &Account, args: &[&str]) -> bool {
    let mut command = account.command(args);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    loop {
        if account.sim.wait_for_silence(A_MOMENT) {
            child.kill().unwrap();
            child.wait().unwrap();
            return true;
        }
        if child.try_wait().unwrap().is_some() {
            return false;
        }
    }
}

/// Starts a run whose N-th call is its last, kills it there, and says whether it came so far.
fn killed_at(account: &Account, call: usize, deed: Deed) -> bool {
    account.sim.set_switches(|s| s.after = vec![After { call, action: None, deed }]);
    killed_where_silent(account, &[])
}

fn at_every_call(deed: &Deed) {
    let mut calls = 0;
    loop {
        calls += 1;
        let account = Account::yaml(MIXED);
        let watch = account.watch();
        let killed = killed_at(&account, calls, deed.clone());
        watch.converges();
        if !killed {
            break;
        }
    }
    // All reads, the filter with its rules, and every change came in turn.
    assert!(calls > 25, "{calls}");
}

#[test]
fn killed_before_the_nth_call_is_done_for_every_n() {
    at_every_call(&Deed::Hang);
}

#[test]
fn killed_after_the_nth_call_is_done_for_every_n() {
    at_every_call(&Deed::HangDone);
}

/// The same from cron: each run is killed a call later than the last, and none of them is followed by a clean one.
#[test]
fn killed_again_and_again_still_comes_to_an_end() {
    let account = Account::yaml(MIXED);
    let watch = account.watch();
    let mut calls = 12;
    while killed_at(&account, calls, Deed::HangDone) {
        account.sim.lift_faults();
        calls += 1;
    }
    watch.converges();
}
