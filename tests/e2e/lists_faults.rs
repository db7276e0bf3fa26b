//! What goes wrong while the lists' programs write: they say who has the tag and who has not, and the same command, run again,
//! completes it.

use std::fs::File;
use std::process::{Command, Stdio};

use aws_sim::{After, BucketSize, Deed, Delay, Switches, Throttle};
use serde_json::{Value, json};

use crate::lists::{BLACK, writes};
use crate::support::{Account, BLACKLIST, REGION, Run, WHITELIST};

/// Instances of a fleet: three batches.
const FLEET: usize = 250;

fn fleet() -> (Account, Vec<String>) {
    let account = Account::fleet(FLEET);
    let mut ids = account.edit(|world| world.instance_ids());
    ids.truncate(FLEET);
    (account, ids)
}

fn add(ids: &[String]) -> Vec<&str> {
    let ids = ids.iter().map(String::as_str);
    ["add", "--yes"].into_iter().chain(ids).collect()
}

/// The instances that have the tag.
fn tagged(account: &Account) -> Vec<String> {
    let snapshot = account.sim.snapshot();
    let instances = snapshot["regions"][REGION]["instances"].as_object().unwrap().clone();
    let has_tag = |instance: &Value| instance["tags"][BLACK] == "True";
    instances.into_iter().filter(|(_, i)| has_tag(i)).map(|(id, _)| id).collect()
}

/// The ids of the changes for which a field has a value.
fn ids_with(document: &Value, field: &str, value: &str) -> Vec<String> {
    let changes = document["regions"][0]["changes"].as_array().unwrap().iter();
    changes.filter(|c| c[field] == value).map(|c| c["id"].as_str().unwrap().to_owned()).collect()
}

/// Lifts all faults, and checks that the same command completes what is left.
fn completes(account: &Account, ids: &[String]) {
    account.sim.set_switches(|s| *s = Switches::default());
    account.exits(BLACKLIST, 0, &add(ids));
    let mut all = ids.to_vec();
    all.sort();
    assert_eq!(tagged(account), all);
    account.sim.clear_calls();
    account.exits(BLACKLIST, 0, &add(ids));
    account.only_read();
}

#[test]
fn a_failure_half_way_says_who_has_the_tag_and_who_has_not() {
    for json in [true, false] {
        let (account, ids) = fleet();
        account.sim.set_switches(|s| {
            let action = Some("CreateTags".to_owned());
            s.after = vec![After { call: 1, action, deed: Deed::Deny("CreateTags".to_owned()) }];
        });
        if json {
            let document = account.list_json(BLACKLIST, 3, &add(&ids));
            assert_eq!(ids_with(&document, "outcome", "done"), tagged(&account));
            assert_eq!(ids_with(&document, "now_on", "blacklist"), tagged(&account));
            assert_eq!(ids_with(&document, "outcome", "failed").len(), FLEET - 100);
            let changes = document["regions"][0]["changes"].as_array().unwrap();
            let failed = changes.iter().find(|c| c["outcome"] == "failed").unwrap();
            assert_eq!(failed["error"]["iam_action"], "ec2:CreateTags");
        } else {
            let run = account.exits(BLACKLIST, 3, &add(&ids));
            run.says(&["UnauthorizedOperation", "hint: allow ec2:CreateTags"]);
            assert_eq!(run.stderr.matches("error:").count(), 1, "{}", run.stderr);
            assert!(run.stdout.contains("Written to 100 of 250 instances only."), "{}", run.stdout);
            let line = |start: &str| -> Vec<String> {
                let line = run.stdout.lines().find(|l| l.trim().starts_with(start)).unwrap();
                let (_, ids) = line.split_once("): ").unwrap();
                ids.split(", ").map(str::to_owned).collect()
            };
            assert_eq!(line("On the blacklist now (100)"), tagged(&account));
            assert_eq!(line("On neither list now (150)").len(), 150);
            assert!(run.stdout.contains("The same command, run again, completes it"));
        }
        assert_eq!(tagged(&account).len(), 100);
        completes(&account, &ids);
    }
}

#[test]
fn nothing_written_at_all_is_exit_1() {
    let (account, ids) = fleet();
    account.sim.set_switches(|s| s.deny = vec!["CreateTags".to_owned()]);
    let run = account.exits(BLACKLIST, 1, &add(&ids));
    assert!(run.stdout.contains("Not written to any of 250 instances."), "{}", run.stdout);
    assert_eq!(tagged(&account), [""; 0]);
    completes(&account, &ids);
}

#[test]
fn what_was_done_is_done_whatever_became_of_the_answer() {
    let account = Account::sorts();
    account.sim.fault("CreateTags", "lose-reply").times(50);
    let document = account.list_json(BLACKLIST, 0, &["add", "i-1", "--yes"]);
    assert_eq!(document["regions"][0]["changes"][0]["outcome"], "done");
    assert_eq!(document["regions"][0]["changes"][0]["error"], Value::Null);
}

#[test]
fn of_a_call_without_an_answer_the_old_tags_prove_nothing() {
    let account = Account::sorts();
    account.sim.fault("CreateTags", "reset").times(50);
    let document = account.list_json(BLACKLIST, 3, &["add", "i-1", "--yes"]);
    let change = &document["regions"][0]["changes"][0];
    assert_eq!((&change["outcome"], &change["now_on"]), (&json!("unclear"), &json!("unknown")));
    account.sim.fault("CreateTags", "reset").times(50);
    let run = account.exits(BLACKLIST, 3, &["add", "i-1", "--yes"]);
    let line = "Unknown: no answer came, and the account does not show it yet (1): i-1";
    assert!(run.stdout.contains(line), "{}", run.stdout);
}

#[test]
fn what_cannot_be_looked_at_either_is_unknown() {
    let account = Account::sorts();
    account.sim.fault("CreateTags", "lose-reply").times(50);
    account.sim.set_switches(|s| {
        let action = Some("CreateTags".to_owned());
        let deed = Deed::Deny("DescribeInstances".to_owned());
        s.after = vec![After { call: 1, action, deed }];
    });
    let run = account.exits(BLACKLIST, 3, &["add", "i-1", "--yes"]);
    assert!(run.stdout.contains("Unknown, because no answer came"), "{}", run.stdout);
    run.says(&["could not be read again"]);
}

#[test]
fn a_move_that_stops_half_way_says_so_and_is_completed() {
    let account = Account::sorts();
    account.exits(WHITELIST, 0, &["add", "i-3", "--yes"]);
    account.sim.set_switches(|s| s.deny = vec!["CreateTags".to_owned()]);
    let moving = ["add", "--move", "i-3", "--yes"];
    let document = account.list_json(BLACKLIST, 3, &moving);
    let change = &document["regions"][0]["changes"][0];
    assert_eq!((&change["outcome"], &change["now_on"]), (&json!("half-done"), &json!("neither")));
    account.sim.set_switches(|s| *s = Switches::default());
    account.exits(BLACKLIST, 0, &moving);
    assert_eq!(account.instance_tags("i-3"), json!({"Name": "desk-1", BLACK: "True"}));
}

#[test]
fn a_batch_that_aws_refuses_for_one_of_its_ids_costs_the_others_nothing() {
    let (account, ids) = fleet();
    account.sim.fault("CreateTags", "InvalidInstanceID.NotFound").times(2);
    account.exits(BLACKLIST, 0, &add(&ids));
    assert_eq!(tagged(&account).len(), FLEET);
    // Three batches; the first is refused, and so is its first half.
    assert_eq!(writes(&account), 3 + 2 + 2);
    // One that is gone for good is named, and only that one is left out.
    let gone = Account::sorts();
    gone.sim.fault("CreateTags", "InvalidInstanceID.NotFound").times(2);
    let document = gone.list_json(BLACKLIST, 3, &["add", "i-1", "i-2", "--yes"]);
    assert_eq!(ids_with(&document, "outcome", "failed"), ["i-1"]);
    assert_eq!(tagged(&gone), ["i-2"]);
}

#[test]
fn throttling_is_waited_out() {
    let (account, ids) = fleet();
    account.sim.set_switches(|s| {
        let bucket = BucketSize { capacity: 1.0, refill: 2.0 };
        let buckets = [("CreateTags".to_owned(), bucket)].into();
        s.throttle = Some(Throttle { scale: 1.0, buckets });
    });
    account.exits(BLACKLIST, 0, &add(&ids));
    assert_eq!(tagged(&account).len(), FLEET);
    assert!(writes(&account) > 3, "nothing was throttled");
}

#[test]
fn half_a_picture_changes_nothing() {
    for action in ["DescribeInstances", "DescribeVpcs"] {
        let account = Account::sorts();
        account.sim.set_switches(|s| s.deny = vec![action.to_owned()]);
        let document = account.list_json(BLACKLIST, 1, &["add", "i-1", "--yes"]);
        assert_eq!(document["error"]["iam_action"], format!("ec2:{action}"));
        let listed = account.list_json(BLACKLIST, 1, &["list"]);
        assert_eq!(listed["regions"][0]["error"]["iam_action"], format!("ec2:{action}"));
        account.only_read();
    }
}

#[test]
fn a_region_that_cannot_be_read_does_not_hide_the_others() {
    let account = Account::sorts();
    account.exits(BLACKLIST, 0, &["add", "i-1", "--yes"]);
    account.sim.fault("DescribeVpcs", "UnauthorizedOperation").times(1);
    let both = ["--region", "us-east-1,eu-west-1"];
    let run = account.exits(BLACKLIST, 3, &[&["list"][..], &both].concat());
    run.says(&["UnauthorizedOperation"]);
    assert!(run.stdout.contains("On the blacklist in account"), "{}", run.stdout);
    account.sim.fault("DescribeVpcs", "UnauthorizedOperation").times(1);
    account.sim.clear_calls();
    let run = account.exits(BLACKLIST, 1, &[&["remove", "i-1", "--yes"][..], &both].concat());
    run.says(&["nothing was changed"]);
    account.only_read();
}

#[test]
fn a_signal_while_writing_ends_the_batch_in_flight_and_names_the_rest() {
    for signal in ["-INT", "-TERM"] {
        let (account, ids) = fleet();
        account.sim.set_switches(|s| {
            s.latency.actions.insert("CreateTags".to_owned(), Delay::Fixed(1500));
        });
        let args = [&["--output", "json"], &add(&ids)[..]].concat();
        let mut command = account.program(BLACKLIST, &args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        while !account.sim.counts().contains_key("CreateTags") {
            std::thread::yield_now();
        }
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let run = Run::of(child.wait_with_output().unwrap());
        assert_eq!(run.code, 3, "{signal}: {}\n{}", run.stdout, run.stderr);
        let document = run.document();
        assert_eq!(ids_with(&document, "outcome", "done"), tagged(&account));
        let not_tried = ids_with(&document, "outcome", "not-tried").len();
        assert_eq!(not_tried + tagged(&account).len(), FLEET);
        assert!(not_tried > 0);
        completes(&account, &ids);
    }
}

/// Runs with a disk that is full behind stdout, and gives the exit code and stderr.
fn on_a_full_disk(account: &Account, args: &[&str]) -> Run {
    let mut command = account.program(BLACKLIST, args);
    let full = File::options().write(true).open("/dev/full").unwrap();
    Run::of(command.stdout(full).stderr(Stdio::piped()).output().unwrap())
}

#[test]
fn what_was_written_is_no_less_written_because_nobody_could_be_told() {
    let account = Account::sorts();
    let run = on_a_full_disk(&account, &["add", "i-1", "--yes", "--output", "json"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    run.says(&["error: the changes were written; the result could not be printed: No space left"]);
    assert_eq!(run.stderr.matches("error:").count(), 1, "{}", run.stderr);
    assert_eq!(account.instance_tags("i-1")[BLACK], "True");
    account.sim.set_switches(|s| s.deny = vec!["CreateTags".to_owned()]);
    let run = on_a_full_disk(&account, &["add", "i-2", "--yes", "--output", "json"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    run.says(&["none of the changes was written; the result could not be printed"]);
}

#[test]
fn without_a_word_on_stdout_nothing_is_written_that_was_to_be_shown_first() {
    let account = Account::sorts();
    for args in [
        &["list"][..],
        &["list", "--output", "json"],
        &["add", "i-1", "--dry-run"],
        &["add", "i-1", "--dry-run", "--output", "json"],
        &["remove", "i-1", "--yes", "--output", "json"],
        // A table is printed before anything is written.
        &["add", "i-1", "--yes"],
    ] {
        let run = on_a_full_disk(&account, args);
        assert_eq!(run.code, 1, "{args:?}: {}", run.stderr);
        run.says(&["error: the result could not be printed: nothing was changed: No space left"]);
        assert_eq!(run.stderr.matches("error:").count(), 1, "{args:?}: {}", run.stderr);
    }
    account.only_read();
}
