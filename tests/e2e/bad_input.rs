//! What a user gets wrong: each is one clear line that names the thing and the remedy, and nothing is changed.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::support::{Account, BLACKLIST, REGION, Run, TAP, hermetic};

/// Runs against the demonstration account, expects an exit code and the words, and that nothing was changed.
#[track_caller]
fn refused(code: i32, args: &[&str], words: &[&str]) {
    let account = Account::demo();
    let before = account.sim.snapshot();
    let run = account.tap_exits(code, args);
    run.says(words);
    assert_eq!(account.sim.snapshot(), before);
    if code == 1 {
        let errors = run.stderr.lines().filter(|line| line.starts_with("error:"));
        assert_eq!(errors.count(), 1, "{}", run.stderr);
    }
}

#[test]
fn no_region() {
    let account = Account::demo();
    let run = Run::of(account.command(&[]).env_remove("AWS_REGION").output().unwrap());
    assert_eq!(run.code, 1, "{}", run.stderr);
    run.says(&["region", "--region", "AWS_REGION"]);
}

#[test]
fn a_region_that_does_not_exist() {
    refused(1, &["--region", "eu-nowhere-1"], &["eu-nowhere-1"]);
    refused(64, &["--region", "europe"], &["europe"]);
}

#[test]
fn no_credentials() {
    let account = Account::demo();
    let mut command = account.command(&[]);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let run = Run::of(command.output().unwrap());
    assert_eq!(run.code, 1, "{}", run.stderr);
    run.says(&["credentials"]);
}

/// Who names a profile means it, whatever keys the environment has.
#[test]
fn a_profile_comes_before_the_keys_of_the_environment() {
    let account = Account::demo();
    account.sim.set_switches(|s| s.credentials.invalid = vec!["AKIAEXAMPLE".to_owned()]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials");
    let keys = "aws_access_key_id = AKIAOFPROFILE\naws_secret_access_key = secret\n";
    std::fs::write(&file, format!("[audit]\n{keys}")).unwrap();
    let tap = |profile: &str| {
        let mut command = account.command(&["--profile", profile, "--dry-run"]);
        Run::of(command.env("AWS_SHARED_CREDENTIALS_FILE", &file).output().unwrap())
    };
    let run = tap("audit");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = tap("nope");
    assert_eq!(run.code, 1, "{}", run.stdout);
    run.says(&["nope"]);
}

#[test]
fn expired_credentials() {
    let account = Account::demo();
    account.sim.set_switches(|s| s.credentials.expired = vec!["AKIAEXAMPLE".to_owned()]);
    let run = account.tap_exits(1, &[]);
    run.says(&["expired", "credentials"]);
}

#[test]
fn a_denied_read_names_the_action_and_changes_nothing() {
    for action in ["DescribeTrafficMirrorSessions", "DescribeInstances", "DescribeTargetHealth"] {
        let account = Account::demo();
        let before = account.sim.snapshot();
        account.sim.set_switches(|s| s.deny = vec![action.to_owned()]);
        let run = account.tap_exits(1, &[]);
        run.says(&[action, "UnauthorizedOperation", "allow"].map(|w| {
            // Elastic Load Balancing says it in another word.
            if w == "UnauthorizedOperation" && action == "DescribeTargetHealth" {
                "AccessDenied"
            } else {
                w
            }
        }));
        assert_eq!(account.sim.snapshot(), before);
    }
}

#[test]
fn ids_that_are_malformed_or_not_there() {
    refused(64, &["--vpc-id", "shop"], &["shop", "--vpc-id"]);
    refused(64, &["--instance-id", "web-1"], &["web-1", "--instance-id"]);
    refused(1, &["--vpc-id", "vpc-0123456789abcdef0"], &["vpc-0123456789abcdef0"]);
    refused(
        1,
        &["--instance-id", "i-0de00000000000001,i-0123456789abcdef0"],
        &["i-0123456789abcdef0"],
    );
    refused(1, &["--filter-id", "tmf-0123456789abcdef0"], &["tmf-0123456789abcdef0"]);
}

#[test]
fn numbers_out_of_range() {
    for (flag, values) in [
        ("--session-number", ["0", "32767", "-1", "one"]),
        ("--packet-length", ["0", "8501", "-1", "all"]),
        ("--virtual-network-id", ["0", "16777216", "-1", "any"]),
    ] {
        for value in values {
            refused(64, &[&format!("{flag}={value}")], &[flag, value]);
        }
    }
}

#[test]
fn an_unreachable_endpoint() {
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let account = Account::demo();
    let url = format!("http://{nobody}");
    let run =
        Run::of(account.command(&["--endpoint-url", &url, "--timeout", "1s"]).output().unwrap());
    assert_eq!(run.code, 1, "{}", run.stderr);
    run.says(&["--endpoint-url"]);
}

/// A proxy that answers with a page of its own: its status is said, and not how an XML reader failed on it.
#[test]
fn an_endpoint_that_is_not_aws() {
    for (status, words) in [
        ("502 Bad Gateway", "HTTP 502, and an answer that is not AWS's"),
        ("403 Forbidden", "HTTP 403, and an answer that is not AWS's"),
        ("200 OK", "HTTP 200, and an answer that is not AWS's"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let page = "<html><body>Who are you?</body></html>";
                let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}", page.len());
                let mut request = [0; 4096];
                // Requests are small: one read has all that there is to ignore.
                let _ = stream.read(&mut request);
                let _ = write!(stream, "{head}\r\nConnection: close\r\n\r\n{page}");
            }
        });
        let account = Account::demo();
        let run = Run::of(account.command(&["--endpoint-url", &url]).output().unwrap());
        assert_eq!(run.code, 1, "{}", run.stderr);
        run.says(&[words, "nothing was changed"]);
        assert!(!run.stderr.contains("StartEl"), "{}", run.stderr);
    }
}

#[test]
fn a_scenario_with_a_wrong_key_names_file_line_and_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.yaml");
    std::fs::write(&path, "account: \"111122223333\"\nregions:\n  us-east-1:\n    instanses: []\n")
        .unwrap();
    let run = Run::of(hermetic(TAP, &["--simulate", path.to_str().unwrap()]).output().unwrap());
    assert_eq!(run.code, 1, "{}", run.stderr);
    run.says(&["mine.yaml:4", "instanses"]);
}

#[test]
fn a_list_of_instance_types_with_a_wrong_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("types.toml");
    std::fs::write(&path, "date = \"2026-01-01\"\nvirtualised = []\n").unwrap();
    refused(1, &["--instance-types", path.to_str().unwrap()], &["types.toml", "virtualised"]);
}

#[test]
fn the_tags_of_ruling_9_are_said_with_their_vpc() {
    let account = Account::demo();
    let run = account.tap_exits(3, &["--vpc-id", "vpc-0de00000000000005,vpc-0de00000000000006"]);
    for words in
        ["vpc-0de00000000000005", "whitelst", "vpc-0de00000000000006", "tmt-0de00000000000099"]
    {
        assert!(run.stdout.contains(words), "{words}\n{}", run.stdout);
    }
}

#[test]
fn a_usage_error_is_told_from_all_others() {
    refused(64, &["--detailed-exitcode"], &["--dry-run"]);
    refused(64, &["--polic", "sync"], &["--policy"]);
    refused(64, &["--policy", "everything"], &["everything", "upsert-only"]);
}

/// clap speaks of the flag, which nobody typed.
#[test]
fn an_empty_variable_is_named() {
    for name in ["REGION", "VPC_ID", "TIMEOUT", "LOCK_FILE", "POLICY", "DRY_RUN"] {
        let name = format!("SESSION_MIRROR_{name}");
        let account = Account::demo();
        let run = Run::of(account.command(&[]).env(&name, "").output().unwrap());
        assert_eq!(run.code, 64, "{name}: {}", run.stderr);
        run.says(&[&name, "empty"]);
    }
    let account = Account::demo();
    let mut add = account.program(BLACKLIST, &["add", "i-1", "--yes"]);
    let run = Run::of(add.env("SESSION_MIRROR_OUTPUT", "").output().unwrap());
    assert_eq!(run.code, 64, "{}", run.stderr);
    run.says(&["SESSION_MIRROR_OUTPUT", "empty"]);
}

#[test]
fn json_is_one_document_even_when_nothing_could_be_read() {
    let account = Account::demo();
    account.sim.set_switches(|s| s.deny = vec!["DescribeVpcs".to_owned()]);
    let document = account.json(1, &[]);
    assert_eq!(document["exit"]["code"], 1);
    assert_eq!(document["regions"][0]["error"]["iam_action"], "ec2:DescribeVpcs");
    assert_eq!(document["regions"][0]["region"], REGION);
}

/// A missing TLS feature compiles and fails at run time only: the tool must greet an HTTPS endpoint as TLS does.
#[test]
fn https_is_spoken() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let account = Account::demo();
    let mut tap = account.command(&["--endpoint-url", &url, "--timeout", "30s"]).spawn().unwrap();
    let (mut stream, _) = listener.accept().unwrap();
    let mut greeting = [0; 2];
    stream.read_exact(&mut greeting).unwrap();
    tap.kill().unwrap();
    tap.wait().unwrap();
    // A handshake record, TLS 1.x.
    assert_eq!(greeting, [0x16, 0x03]);
}
