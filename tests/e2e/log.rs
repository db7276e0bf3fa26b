//! `--log-format json`: every line on stderr is one object that knows its run, whatever becomes of the run.

use std::process::{Child, Command, Stdio};

use aws_sim::Delay;
use serde_json::Value;

use crate::regions::twice;
use crate::stop::interrupt;
use crate::support::{Account, Run};

/// Runs with a JSON log and a JSON result, and gives the messages of the log once each of its lines was checked.
#[track_caller]
fn messages(run: &Run, code: i32) -> Vec<String> {
    assert_eq!(run.code, code, "{}\n{}", run.stdout, run.stderr);
    let id = run.document()["run_id"].clone();
    let lines = run.stderr.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        for key in ["time", "level", "target", "message"] {
            assert!(line[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {line}");
        }
        assert_eq!(line["run_id"], id, "{line}");
        line["message"].as_str().unwrap().to_owned()
    });
    lines.collect()
}

fn json(account: &Account, args: &[&str]) -> Command {
    account.command(&[&["--log-format", "json", "--output", "json"], args].concat())
}

#[track_caller]
fn logs(account: &Account, code: i32, args: &[&str], words: &[&str]) {
    for verbosity in [&[][..], &["-v"], &["-q"]] {
        let run = Run::of(json(account, &[args, verbosity].concat()).output().unwrap());
        let messages = messages(&run, code);
        if verbosity == ["-q"] {
            assert_eq!(messages.is_empty(), words.is_empty(), "{messages:?}");
        } else {
            assert_eq!(messages.first().map(String::as_str), Some("run started"));
            assert_eq!(messages.last().map(String::as_str), Some("run ended"));
        }
        for word in words {
            assert!(messages.iter().any(|text| text.contains(word)), "{word}: {messages:?}");
        }
    }
}

#[test]
fn a_run_that_succeeds() {
    logs(&Account::fleet(3), 0, &[], &[]);
}

#[test]
fn a_run_that_cannot_read() {
    let account = Account::demo();
    account.sim.set_switches(|s| s.deny = vec!["DescribeVpcs".to_owned()]);
    logs(&account, 1, &[], &["DescribeVpcs"]);
    logs(&account, 1, &["--region", "eu-nowhere-1"], &["eu-nowhere-1"]);
    logs(&account, 1, &["--instance-types", "/no/such/file"], &["/no/such/file"]);
}

#[test]
fn a_region_that_cannot_be_read() {
    let account = twice();
    account.sim.set_switches(|s| {
        s.latency.regions.insert("eu-west-1".to_owned(), Delay::Fixed(3_600_000));
    });
    let args = ["--region", "us-east-1,eu-west-1", "--timeout", "2s"];
    logs(&account, 3, &args, &["--timeout"]);
}

#[test]
fn a_run_with_writes_that_fail() {
    let account = Account::demo();
    account.sim.set_switches(|s| s.deny = vec!["CreateTrafficMirrorSession".to_owned()]);
    let run = Run::of(json(&account, &[]).output().unwrap());
    let messages = messages(&run, 3);
    assert!(messages.contains(&"create failed".to_owned()), "{messages:?}");
}

#[test]
fn a_run_that_a_guard_refuses() {
    let account = Account::fleet(12);
    account.tap_exits(0, &[]);
    account.edit(|world| {
        for id in world.instance_ids() {
            world.stop_instance(&id);
        }
    });
    logs(&account, 4, &[], &["refused: the plan would delete 12 of 12"]);
}

#[test]
fn a_run_that_does_not_get_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock");
    let file = std::fs::File::create(&path).unwrap();
    file.lock().unwrap();
    let args = ["--lock-file", path.to_str().unwrap()];
    logs(&Account::fleet(1), 1, &args, &["another run is under way"]);
}

fn slow(account: &Account) -> Child {
    account.sim.set_switches(|s| {
        s.latency.actions.insert("CreateTrafficMirrorSession".to_owned(), Delay::Fixed(300));
    });
    let mut command = json(account, &["--concurrency", "1"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    while !account.sim.counts().contains_key("CreateTrafficMirrorSession") {
        std::thread::yield_now();
    }
    child
}

#[test]
fn a_run_that_is_interrupted() {
    let account = Account::fleet(20);
    let child = slow(&account);
    interrupt(&child);
    let messages = messages(&Run::of(child.wait_with_output().unwrap()), 3);
    assert!(messages.iter().any(|text| text.starts_with("stopping: ")), "{messages:?}");
}
