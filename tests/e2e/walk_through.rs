//! The README's walk-through, word by word, as a new user types it.

use std::process::Stdio;

use serde_json::json;

use crate::pty::Key::{Down, Enter, Space};
use crate::pty::{Key, Pty, WINDOW};
use crate::support::{Account, BLACKLIST, CONFIG_VPC, Run, TAP, WHITELIST};

const README: &str = include_str!("../../README.md");

/// The commands of the block behind the mark.
fn commands() -> Vec<Vec<&'static str>> {
    let (_, rest) = README.split_once("<!-- walk-through: a test types these lines -->").unwrap();
    let (_, rest) = rest.split_once("```console\n").unwrap();
    let (block, _) = rest.split_once("```").unwrap();
    block.lines().map(|line| line.split_whitespace().collect()).collect()
}

fn binary(name: &str) -> &'static str {
    match name {
        "session_mirror_tap" => TAP,
        "session_mirror_config_vpc" => CONFIG_VPC,
        "session_mirror_blacklist" => BLACKLIST,
        "session_mirror_whitelist" => WHITELIST,
        other => panic!("{other} is no program of ours"),
    }
}

/// From an empty account, as the seed's "Getting Started" goes: a load balancer and a target, the VPC configured, the sensor
/// on the blacklist, the tap run, the sessions seen.
#[test]
fn the_flag_form_works_word_for_word() {
    let account = Account::starter();
    let type_all = || -> Vec<Run> {
        let run = |words: &Vec<&'static str>| {
            let (name, args) = words.split_first().unwrap();
            let output = account.program(binary(name), args).stdin(Stdio::null()).output();
            let run = Run::of(output.unwrap());
            assert_eq!(run.code, 0, "{words:?}\n{}\n{}", run.stdout, run.stderr);
            run
        };
        commands().iter().map(run).collect()
    };
    let first = type_all();
    let [list, blacklist, config, tap, after] = first.as_slice() else {
        panic!("{} commands", first.len());
    };
    assert!(list.stdout.contains("none yet"), "{}", list.stdout);
    assert!(blacklist.stdout.contains("i-0a000000000000005  sensor"), "{}", blacklist.stdout);
    assert!(config.stdout.contains("Written to 1 VPC"), "{}", config.stdout);
    assert!(tap.stdout.contains("Done: 4 created"), "{}", tap.stdout);
    assert!(after.stdout.contains("4 eligible, 4 mirrored, 1 left alone"), "{}", after.stdout);
    account.is_settled();
    let sensor = account.sim.snapshot()["regions"]["us-east-1"]["instances"]["i-0a000000000000005"]
        ["tags"]["Vectra:session_mirroring_blacklist"]
        .clone();
    assert_eq!(sensor, json!("True"));

    let before = account.sim.snapshot();
    type_all();
    assert_eq!(account.sim.snapshot(), before, "typed again, it changes nothing");
}

/// What the README says is to be taken, in its words.
fn taken() -> Vec<String> {
    let (_, rest) = README.split_once("**By questions:**").unwrap();
    let (text, _) = rest.split_once("**By flags**").unwrap();
    let words = text.split('*').skip(1).step_by(2);
    words.map(|word| word.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn the_interactive_form_works_word_for_word() {
    let account = Account::starter();
    let mut words = taken().into_iter();
    // Answers a question with keys, once the screen shows what the README says is to be taken there.
    let mut take = |pty: &Pty, keys: &[Key]| {
        let word = words.next().unwrap();
        pty.wait_for(&word).press(keys);
    };
    let pty = Pty::start(&account.program(BLACKLIST, &[]), WINDOW);
    take(&pty, &[Enter]);
    // By name: db, lab-1, lab-2, sensor.
    pty.wait_for("sensor").press(&[Down, Down, Down, Space, Enter]);
    take(&pty, &[Enter]);
    pty.wait_for("Write this?").types("y");
    assert_eq!(pty.ends().code, 0);

    let pty = Pty::start(&account.program(CONFIG_VPC, &[]), WINDOW);
    pty.wait_for("Which VPCs?").press(&[Space, Enter]);
    take(&pty, &[Enter]);
    take(&pty, &[Enter]);
    pty.wait_for("health check").types("22\r");
    pty.wait_for("Register sensors").types("y");
    pty.wait_for("Which instances are sensors?").press(&[Down, Down, Down, Down, Space, Enter]);
    pty.wait_for("auto: all instances").press(&[Enter]);
    pty.wait_for("all: everything").press(&[Enter]);
    pty.wait_for("Write this?").types("y");
    let end = pty.ends();
    assert_eq!(end.code, 0, "{}", end.screen);
    assert_eq!(words.next(), None, "the README says more than is taken");

    assert_eq!(account.json(0, &[])["totals"]["create"], 4);
    account.is_settled();
}
