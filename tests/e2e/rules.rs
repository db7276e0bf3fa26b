//! Rules in files as a user meets them: which file a run reads, what is said of a wrong one, and `rules check`.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::support::{Account, Run, TAP, hermetic};

const FINE: &str = "vpcs:\n- vpcId: vpc-0123456789abcdef0\n  ignore: true\n";

/// Two mistakes, in lines 3 and 4.
const WRONG: &str =
    "vpcs:\n- vpcId: vpc-0123456789abcdef0\n  targetID: tmt-1\n  packetLength: 9000\n";

/// A directory with files.
struct Files(TempDir);

impl Files {
    fn of(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        let path: PathBuf = self.0.path().join(name);
        path.to_str().unwrap().to_owned()
    }
}

/// `rules check` with nothing that leads to AWS.
fn check(code: i32, args: &[&str]) -> Run {
    let args = [&["rules", "check"], args].concat();
    let run = Run::of(hermetic(TAP, &args).output().unwrap());
    assert_eq!(run.code, code, "{args:?}\n{}\n{}", run.stdout, run.stderr);
    run
}

/// A run against the demonstration account ends with the code and the words, and changes nothing.
#[track_caller]
fn refused(code: i32, args: &[&str], words: &[&str]) {
    let account = Account::demo();
    let before = account.sim.snapshot();
    account.tap_exits(code, args).says(words);
    assert_eq!(account.sim.snapshot(), before);
}

#[test]
fn a_fine_file_is_summed_up_without_aws() {
    let files = Files::of(&[("us-east-1.yaml", FINE)]);
    let path = files.path("us-east-1.yaml");
    assert_eq!(check(0, &[&path]).stdout, format!("{path}: fine, 1 rule: vpcs 1\n"));
    assert_eq!(check(0, &[&files.path("")]).stdout.lines().count(), 1);
}

#[test]
fn every_mistake_of_every_file_is_said_at_once() {
    let files =
        Files::of(&[("a.yaml", WRONG), ("us-east-1.yml", "tags: []\n"), ("notes.txt", "!")]);
    let run = check(1, &[&files.path("")]);
    let said: Vec<String> = run
        .stdout
        .lines()
        .map(|line| line.replace(&files.path(""), "").split("; allowed").next().unwrap().to_owned())
        .map(|line| line.split(" allowed:").next().unwrap().to_owned())
        .collect();
    assert_eq!(
        said,
        [
            "a.yaml:3: vpcs[0].targetID: unknown key; did you mean targetId?",
            "a.yaml:4: vpcs[0].packetLength: `9000` is out of range",
            "warning: a.yaml:1: no run reads this file: its name is not that of a region, as us-east-1.yaml",
            "a.yaml: 2 mistakes",
            "us-east-1.yml:1: tags: the list is empty",
            "us-east-1.yml: 1 mistake",
        ]
    );
}

#[test]
fn mistakes_are_a_document_for_programs() {
    let files = Files::of(&[("us-east-1.yaml", WRONG)]);
    let document = check(1, &["--output", "json", &files.path("us-east-1.yaml")]).document();
    let mistakes = document["files"][0]["mistakes"].as_array().unwrap();
    let lines: Vec<u64> =
        mistakes.iter().map(|mistake| mistake["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [3, 4]);
    assert_eq!(mistakes[1]["key"], "vpcs[0].packetLength");
    assert_eq!(mistakes[1]["allowed"], "a whole number from 1 to 8500");
    assert_eq!(document["exit"]["code"], 1);
}

#[test]
fn what_cannot_be_read_is_named() {
    let files = Files::of(&[("notes.txt", "")]);
    check(1, &[&files.path("us-east-1.yaml")]).says(&["us-east-1.yaml", "error:"]);
    check(1, &[&files.path("")]).says(&["has no file of rules"]);
    let run = check(1, &["--output", "json", &files.path("us-east-1.yaml")]);
    assert_eq!(run.document()["error"]["kind"], "rules");
}

#[test]
fn options_of_a_run_stand_before_no_subcommand() {
    for args in [&["--dry-run", "rules", "check", "x"][..], &["rules", "check"], &["rules"]] {
        let run = Run::of(hermetic(TAP, args).output().unwrap());
        assert_eq!(run.code, 64, "{args:?} {}", run.stderr);
    }
    // The environment of a run is none of its business.
    let files = Files::of(&[("us-east-1.yaml", FINE)]);
    let path = files.path("us-east-1.yaml");
    let mut command = hermetic(TAP, &["rules", "check", &path]);
    command.env("SESSION_MIRROR_DRY_RUN", "true").env("SESSION_MIRROR_RULES", &path);
    assert_eq!(Run::of(command.output().unwrap()).code, 0);
}

#[test]
fn a_wrong_file_changes_nothing_and_all_of_it_is_said() {
    let files = Files::of(&[("us-east-1.yaml", WRONG), ("x.yaml", "vpcs:\n\t- a\n")]);
    let both = [
        "us-east-1.yaml:3: vpcs[0].targetID",
        "us-east-1.yaml:4: vpcs[0].packetLength",
        "2 mistakes",
    ];
    refused(1, &["--rules", &files.path("us-east-1.yaml")], &both);
    refused(1, &["--rules", &files.path("")], &both);
    refused(1, &["--rules", &files.path("x.yaml")], &["x.yaml:2: a tab", "hint:"]);
    refused(1, &["--rules", &files.path("none.yaml")], &["none.yaml", "nothing was changed"]);
}

/// The file of one region is fine, that of the other is not: neither is touched.
#[test]
fn all_files_are_read_before_anything_is_changed() {
    let files = Files::of(&[("us-east-1.yaml", FINE), ("eu-west-1.yaml", WRONG)]);
    let directory = files.path("");
    let args = ["--region", "us-east-1,eu-west-1", "--rules", &directory];
    refused(1, &args, &["eu-west-1.yaml:3", "eu-west-1.yaml:4"]);
    // Whose region is not asked for is not read.
    let account = Account::demo();
    assert_ne!(account.tap(&["--region", "us-east-1", "--rules", &directory]).code, 1);
}

#[test]
fn a_file_is_of_one_region() {
    let files = Files::of(&[("us-east-1.yaml", FINE)]);
    let path = files.path("us-east-1.yaml");
    for regions in ["us-east-1,eu-west-1", "all"] {
        refused(64, &["--region", regions, "--rules", &path], &["--rules", "REGION.yaml"]);
    }
    let account = Account::demo();
    let run = account.tap_exits(0, &["--rules", &path, "--dry-run"]);
    assert!(!run.stderr.contains("another region"), "{}", run.stderr);
    let other = Files::of(&[("eu-west-1.yaml", FINE)]);
    let run = account.tap_exits(0, &["--rules", &other.path("eu-west-1.yaml"), "--dry-run"]);
    run.says(&["eu-west-1.yaml, whose name is that of another region"]);
}

#[test]
fn a_region_without_a_file_runs_without_rules_and_none_at_all_is_a_mistake() {
    let files = Files::of(&[("eu-west-1.yaml", FINE)]);
    let directory = files.path("");
    let account = Account::demo();
    let run = account.tap(&["--region", "us-east-1,eu-west-1", "--rules", &directory, "--dry-run"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.says(&["has no us-east-1.yaml", "runs without rules"]);
    refused(1, &["--rules", &directory], &["has no us-east-1.yaml", "hint:"]);
}

#[test]
fn the_variable_does_what_the_flag_does() {
    let files = Files::of(&[("us-east-1.yaml", WRONG)]);
    let account = Account::demo();
    let mut command = account.command(&[]);
    let run = Run::of(command.env("SESSION_MIRROR_RULES", files.path("")).output().unwrap());
    assert_eq!(run.code, 1, "{}", run.stdout);
    run.says(&["us-east-1.yaml:3"]);
}

#[test]
fn json_says_what_is_wrong_with_the_rules() {
    let files = Files::of(&[("us-east-1.yaml", "tags: []\n")]);
    let account = Account::demo();
    let document = account.json(1, &["--rules", &files.path("us-east-1.yaml")]);
    assert_eq!(document["error"]["kind"], "rules");
    let message = document["error"]["message"].as_str().unwrap();
    assert!(message.contains("us-east-1.yaml:1: tags: the list is empty"), "{message}");
}
