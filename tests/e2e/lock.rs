//! `--lock-file`: one run at a time on one machine.

use std::process::{Child, Stdio};

use aws_sim::{Delay, Switches};

use crate::support::{Account, Run};

const CREATE: &str = "CreateTrafficMirrorSession";

/// Fewer than are created at once.
const INSTANCES: usize = 4;

/// A run that holds the lock and is in the middle of its creates.
fn holder(account: &Account, lock: &str) -> Child {
    account.sim.set_switches(|s| {
        s.latency.actions.insert(CREATE.to_owned(), Delay::Fixed(3_600_000));
    });
    let mut command = account.command(&["--lock-file", lock]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // All of them, so that it asks for nothing more.
    while account.sim.counts().get(CREATE).is_none_or(|n| *n < INSTANCES) {
        std::thread::yield_now();
    }
    child
}

#[test]
fn a_second_run_ends_at_once_and_a_killed_one_leaves_no_lock() {
    let account = Account::fleet(INSTANCES);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock");
    let lock = path.to_str().unwrap();
    let mut first = holder(&account, lock);
    account.sim.clear_calls();

    let document = account.json(1, &["--lock-file", lock]);
    let error = &document["error"];
    assert_eq!(error["kind"], "locked", "{error:#}");
    let message = error["message"].as_str().unwrap();
    for words in [&format!("process {} since 20", first.id()), lock, "nothing was changed"] {
        assert!(message.contains(words), "{words}: {message}");
    }
    assert!(error["remedy"].as_str().unwrap().contains("--timeout"));
    let shown = account.tap_exits(1, &["--lock-file", lock]);
    shown.says(&["error: another run is under way", "hint: "]);
    assert_eq!(account.sim.calls().len(), 0, "a run without the lock asked AWS");

    // What only looks needs no lock.
    account.tap_exits(0, &["--lock-file", lock, "--dry-run"]);
    account.tap_exits(3, &["--lock-file", lock, "--simulate"]);

    first.kill().unwrap();
    first.wait().unwrap();
    account.sim.set_switches(|s| *s = Switches::default());
    assert!(path.exists());
    account.tap_exits(0, &["--lock-file", lock]);
    account.tap_exits(0, &["--lock-file", lock]);
    account.watch().converges();
}

#[test]
fn the_variable_means_the_same() {
    let account = Account::fleet(1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock");
    let file = std::fs::File::create(&path).unwrap();
    file.lock().unwrap();
    let run =
        || Run::of(account.command(&[]).env("SESSION_MIRROR_LOCK_FILE", &path).output().unwrap());
    let locked = run();
    assert_eq!(locked.code, 1, "{}", locked.stderr);
    locked.says(&["another process has"]);
    drop(file);
    assert_eq!(run().code, 0);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("process ") && text.contains(", run "), "{text}");
}

#[test]
fn a_lock_file_that_cannot_be_is_said_before_anything_is_read() {
    let account = Account::fleet(1);
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("no/such/lock");
    for path in [folder.path(), &missing] {
        let document = account.json(1, &["--lock-file", path.to_str().unwrap()]);
        assert_eq!(document["error"]["kind"], "lock-file");
        let message = document["error"]["message"].as_str().unwrap();
        assert!(message.contains(path.to_str().unwrap()), "{message}");
    }
    assert_eq!(account.sim.calls().len(), 0);
}
