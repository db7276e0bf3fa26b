//! The program: serve, exec, generate.

use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_aws-sim"))
}

fn run(args: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } =
        program().args(args).output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn exec_gives_the_environment_and_the_exit_code() {
    let shell = "echo $AWS_ENDPOINT_URL $AWS_REGION $AWS_ACCESS_KEY_ID; exit 7";
    let (code, out, err) = run(&["exec", "--scenario", "demo", "--", "sh", "-c", shell]);
    assert_eq!((code, err.as_str()), (Some(7), ""));
    assert!(out.starts_with("http://127.0.0.1:"), "{out}");
    assert!(out.contains(" us-east-1 AKIASIMULATED\n"), "{out}");
    assert!(out.contains("nothing changed in the account\naws-sim: 0 calls"), "{out}");
    assert_eq!(run(&["exec", "--scenario", "starter", "--", "true"]).0, Some(0));
}

/// As `aws-sim exec .. | head` does.
#[test]
fn a_reader_that_goes_away_is_no_mistake() {
    let mut exec = program();
    exec.args(["exec", "--scenario", "demo", "--", "sh", "-c", "exit 7"]);
    let mut child = exec.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    assert_eq!((status.code(), String::from_utf8(stderr).unwrap().as_str()), (Some(7), ""));
}

#[test]
fn serve_prints_one_line_and_ends_with_a_signal() {
    let mut child =
        program().args(["serve", "--scenario", "demo"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("http://127.0.0.1:"), "{line}");
    assert!(line.contains("export AWS_ENDPOINT_URL=http://127.0.0.1:"), "{line}");
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn generate_writes_what_exec_reads() {
    let (code, yaml, _) = run(&["generate", "--instances", "12", "--existing-sessions", "1"]);
    assert_eq!(code, Some(0));
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated.yaml");
    std::fs::write(&path, yaml).unwrap();
    let (code, _, err) = run(&["exec", "--scenario", path.to_str().unwrap(), "--", "true"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
}

#[test]
fn mistakes_are_one_line() {
    let (code, _, err) = run(&["exec", "--scenario", "no/such.yaml", "--", "true"]);
    assert_eq!((code, err.lines().count()), (Some(1), 1));
    assert!(err.starts_with("aws-sim: no/such.yaml: "), "{err}");
    let (code, _, err) = run(&["exec", "--", "/no/such/program"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("cannot run /no/such/program"), "{err}");
    assert_eq!(run(&["exec", "--latency", "9-1", "--", "true"]).0, Some(2));
}
