//! Ctrl-C, SIGTERM and `--timeout`: no new change is started, those under way end, and the report says what was not done.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aws_sim::Delay;

use crate::support::{Account, CONFIG_VPC, Run};

const CREATE: &str = "CreateTrafficMirrorSession";

/// A fleet whose creates take so long that a signal comes in between.
fn slow() -> Account {
    let account = Account::fleet(40);
    account.sim.set_switches(|s| {
        s.latency.actions.insert(CREATE.to_owned(), Delay::Fixed(100));
    });
    account
}

fn start(account: &Account) -> Child {
    let mut command = account.command(&["--output", "json", "--concurrency", "2"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    while account.sim.counts().get(CREATE).is_none_or(|n| *n < 3) {
        std::thread::yield_now();
    }
    child
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Ctrl-C.
pub fn interrupt(child: &Child) {
    send("-INT", child);
}

/// The code of a process that must end soon; one that does not is killed.
#[track_caller]
fn ends_soon(child: &mut Child) -> Option<i32> {
    let patience = Instant::now() + Duration::from_secs(30);
    while Instant::now() < patience {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    panic!("it did not end");
}

/// Whoever cannot wait for the end in good order sends a second signal; in the log's own format, too.
#[test]
fn a_second_signal_ends_the_run_at_once() {
    for format in ["text", "json"] {
        let account = Account::fleet(4);
        account.sim.fault(CREATE, "hang").times(100);
        let mut command = account.command(&["--log-format", format]);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        while !account.sim.counts().contains_key(CREATE) {
            std::thread::yield_now();
        }
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        send("-TERM", &child);
        assert!(said.any(|line| line.unwrap().contains("stopping")), "{format}");
        send("-TERM", &child);
        assert_eq!(ends_soon(&mut child), Some(130), "{format}");
        let last = said.map(Result::unwrap).last().unwrap();
        assert!(last.contains("interrupted: "), "{format}: {last}");
    }
}

/// The people's tools end at the first signal while they read.
#[test]
fn a_signal_ends_a_tool_that_reads() {
    for format in ["text", "json"] {
        let account = Account::fleet(1);
        account.sim.fault("DescribeVpcs", "hang").times(100);
        let mut command = account.program(CONFIG_VPC, &["--list", "--log-format", format]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        while !account.sim.counts().contains_key("DescribeVpcs") {
            std::thread::yield_now();
        }
        send("-TERM", &child);
        assert_eq!(ends_soon(&mut child), Some(130), "{format}");
    }
}

#[test]
fn a_signal_ends_the_run_in_good_order() {
    for signal in ["-INT", "-TERM"] {
        let account = slow();
        let child = start(&account);
        send(signal, &child);
        let run = Run::of(child.wait_with_output().unwrap());
        assert_eq!(run.code, 3, "{signal}: {}\n{}", run.stdout, run.stderr);
        let document = run.document();
        assert_eq!(document["regions"][0]["stopped"], "interrupted");
        let made = account.owned_by_eni().len();
        assert_eq!(
            document["totals"]["done"], made,
            "what the report says is what the account has"
        );
        assert!((1..40).contains(&made), "{made}");
        let not_done = document["regions"][0]["decisions"].as_array().unwrap().iter();
        assert_eq!(not_done.filter(|d| d["outcome"]["reason"] == "interrupted").count(), 40 - made);
        account.watch().converges();
    }
}

#[test]
fn the_timeout_ends_the_run_in_good_order() {
    let account = Account::fleet(200);
    account.sim.set_switches(|s| {
        s.latency.actions.insert(CREATE.to_owned(), Delay::Fixed(200));
    });
    let document = account.json(3, &["--timeout", "5s", "--concurrency", "2"]);
    assert_eq!(document["regions"][0]["stopped"], "timed-out");
    assert_eq!(document["totals"]["done"], account.owned_by_eni().len());
}

#[test]
fn an_endpoint_that_hangs_does_not_hold_a_run_that_is_to_end() {
    let account = Account::fleet(4);
    account.sim.set_switches(|s| {
        s.latency.actions.insert(CREATE.to_owned(), Delay::Fixed(3_600_000));
    });
    let document = account.json(3, &["--timeout", "5s", "--concurrency", "2"]);
    let reasons: Vec<_> = document["regions"][0]["decisions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["outcome"]["reason"].as_str().unwrap_or("-").to_owned())
        .collect();
    assert_eq!(reasons.iter().filter(|r| *r == "given-up").count(), 2, "{reasons:?}");
    assert_eq!(reasons.iter().filter(|r| *r == "timed-out").count(), 2, "{reasons:?}");
    assert_eq!(document["regions"][0]["stopped"], "timed-out");
}

/// A run that is over before the account was read says what it was waiting for.
#[test]
fn a_timeout_while_reading_names_the_trouble() {
    let account = Account::fleet(1);
    account.sim.fault("DescribeVpcs", "RequestLimitExceeded").times(100_000);
    let run = account.tap_exits(1, &["--timeout", "3s"]);
    run.says(&["--timeout", "DescribeVpcs: RequestLimitExceeded"]);
}
