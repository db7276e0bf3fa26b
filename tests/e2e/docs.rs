//! Generated documents are what the code says. `UPDATE_GOLDEN=1` writes them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;
use tap_audit::finding::FindingCode;
use tap_core::error::ErrorKind;
use tap_core::plan::Reason;

use crate::appliances;
use crate::source_automation::{ACCOUNT, SCENARIO_2};
use crate::story::SMALL;
use crate::support::{AUDIT, Account, BLACKLIST, CONFIG_VPC, Run, TAP, WHITELIST, hermetic};

/// Compares a document with what it should be, or writes it.
fn is_current(name: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/{name} is not what the code says: UPDATE_GOLDEN=1 cargo test -p e2e"
    );
}

#[test]
fn reasons() {
    let mut text = String::from(
        "<!-- Made from the code; do not edit. UPDATE_GOLDEN=1 cargo test -p e2e writes it anew. -->\n\
         # Reasons\n\n\
         Every interface has one decision with one reason. The codes are the same in the table, in JSON and here, and they stay.\n\n\
         | reason | what it means | what to do |\n| --- | --- | --- |\n",
    );
    for doc in Reason::ALL {
        writeln!(text, "| `{}` | {} | {} |", doc.code, doc.meaning, doc.remedy).unwrap();
    }
    text.push_str(
        "\n## What an audit finds\n\nThe findings of `session_mirror_audit`, in all its outputs and for `--mute`.\n\n\
         | finding | severity | what is the matter | what it leads to | what to do |\n| --- | --- | --- | --- | --- |\n",
    );
    for code in FindingCode::ALL {
        let (severity, title) = (code.severity(), code.title());
        let (consequence, remedy) = (code.consequence(), code.remedy());
        writeln!(text, "| `{code}` | {severity} | {title} | {consequence} | {remedy} |").unwrap();
    }
    text.push_str(
        "\n## Outcomes\n\nWhat became of a decision that changes something, once it was applied.\n\n\
         | outcome | what it means |\n| --- | --- |\n\
         | `done` | It was done |\n\
         | `already-done` | Somebody else, most likely another run, had done it |\n\
         | `gone` | The interface or the session went away since it was read; not a failure |\n\
         | `type-refused` | AWS does not mirror this family, which is newer than the list; not a failure |\n\
         | `not-done` | It was not done for a reason that lies elsewhere: `interrupted`, `timed-out`, `given-up`, `no-filter`, `no-appliance`, `place-not-freed`, `target-full`, `appliance-limit` or `account-limit` |\n\
         | `failed` | AWS, or the network, refused it; the kind of error is below |\n\
         \n## Outcomes of appliances\n\n\
         | outcome | what it means |\n| --- | --- |\n\
         | `ready` | It is there, with its target |\n\
         | `removed` | Nothing needed it: its instance is terminated |\n\
         | `left-alone` | It was to be removed, and has become a target meanwhile |\n\
         | `not-done`, `failed` | As above; the instance that it names, if any, is finished or removed by a later run |\n\
         \n## Errors\n\nThe kinds that AWS's error codes are mapped to.\n\n| error | what to do |\n| --- | --- |\n",
    );
    for kind in ErrorKind::ALL {
        writeln!(text, "| `{}` | {} |", kind.code(), kind.remedy()).unwrap();
    }
    is_current("reasons.md", &text);
}

/// The codes in sources: what stands alone after an arrow, and what begins a fault.
fn codes(folder: &str, is_ours: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let mut found = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        if !file.is_file() || !is_ours(&name) {
            continue;
        }
        let source = std::fs::read_to_string(&file).unwrap();
        let source = source.split("#[cfg(test)]").next().unwrap();
        for start in ["=> \"", "Fault::new(", "LOCKED: &str = ", "UNUSABLE: &str = "] {
            for (at, _) in source.match_indices(start) {
                let rest = source[at + start.len()..].trim_start().trim_start_matches('"');
                let code = rest.split('"').next().unwrap();
                if !code.is_empty() && code.chars().all(|c| c.is_ascii_lowercase() || c == '-') {
                    found.insert(code.to_owned());
                }
            }
        }
    }
    found
}

/// Who is called at night finds every code that the program can say.
#[test]
fn every_code_says_what_to_do() {
    let in_files = |names: &'static [&str]| move |name: &str| names.contains(&name);
    let mut all = codes("crates/tap-core/src/plan", in_files(&["note.rs"]));
    all.extend(codes("crates/tap-core/src/apply", in_files(&["outcome.rs"])));
    all.extend(codes("crates/tap-core/src", in_files(&["stop.rs"])));
    all.extend(codes("crates/cli-tap/src", |_| true));
    all.extend(codes("crates/cli-audit/src", in_files(&["export.rs", "read.rs", "run.rs"])));
    let shared = &[
        "named.rs",
        "planning.rs",
        "profiles.rs",
        "program.rs",
        "regions.rs",
        "rules.rs",
        "scopes.rs",
    ];
    all.extend(codes("crates/cli-common/src", in_files(shared)));
    for known in ["target-deaf", "shadowed", "given-up", "timed-out", "locked", "metrics-file"] {
        assert!(all.contains(known), "{known} was not found in {all:?}");
    }
    all.extend(Reason::ALL.iter().map(|doc| doc.code.to_owned()));
    all.extend(ErrorKind::ALL.iter().map(|kind| kind.code().to_owned()));
    let pages =
        [include_str!("../../docs/operations.md"), include_str!("../../docs/reasons.md")].concat();
    let rows: Vec<&str> = pages.lines().filter(|line| line.starts_with("| `")).collect();
    let is_said = |code: &String| {
        let code = format!("`{code}`");
        rows.iter().any(|row| row.split('|').nth(1).is_some_and(|cell| cell.contains(&code)))
    };
    let missing: Vec<&String> = all.iter().filter(|code| !is_said(code)).collect();
    assert!(missing.is_empty(), "in no table: {missing:?}");
}

#[test]
fn cli_reference() {
    let mut text = String::from(
        "<!-- Made from the code; do not edit. UPDATE_GOLDEN=1 cargo test -p e2e writes it anew. -->\n\
         # Command line\n",
    );
    let tap: [&[&str]; 4] = [
        &["--help"],
        &["rules", "check", "--help"],
        &["appliances", "list", "-h"],
        &["appliances", "prune", "--help"],
    ];
    let audit: [&[&str]; 3] = [&["--help"], &["export", "-h"], &["explain", "-h"]];
    let lists: [&[&str]; 4] = [&["--help"], &["add", "-h"], &["remove", "-h"], &["list", "-h"]];
    for (name, binary, helps) in [
        ("session_mirror_tap", TAP, &tap[..]),
        ("session_mirror_audit", AUDIT, &audit[..]),
        ("session_mirror_config_vpc", CONFIG_VPC, &lists[..1]),
        ("session_mirror_blacklist", BLACKLIST, &lists),
        ("session_mirror_whitelist", WHITELIST, &lists),
    ] {
        for args in helps {
            let run = Run::of(hermetic(binary, args).env("COLUMNS", "100").output().unwrap());
            assert_eq!(run.code, 0, "{}", run.stderr);
            let help: Vec<&str> = run.stdout.lines().map(str::trim_end).collect();
            let title = match args.split_last() {
                Some((_, subcommand)) if !subcommand.is_empty() => {
                    format!("### {name} {}", subcommand.join(" "))
                }
                _ => format!("## {name}"),
            };
            write!(text, "\n{title}\n\n```text\n{}\n```\n", help.join("\n")).unwrap();
        }
    }
    is_current("cli-reference.md", &text);
}

/// The paths of all fields of a document, `regions[].vpcs[].id`.
fn paths(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    if !path.is_empty() && !path.ends_with("[]") {
        found.insert(path.to_owned());
    }
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                paths(value, &format!("{path}{dot}{key}"), found);
            }
        }
        Value::Array(items) => items.iter().for_each(|v| paths(v, &format!("{path}[]"), found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Documents that between them hold every field: an applied plan with drift and pins, failures, a refusal, a run that could
/// not read, and one that could not start.
fn every_kind_of_document() -> Vec<Value> {
    let pins = ["--packet-length", "100", "--virtual-network-id", "5", "--session-number", "3"];
    let demo = Account::demo();
    let applied = demo.json(3, &pins);
    let denied = Account::demo();
    denied.sim.set_switches(|s| s.deny = vec!["DeleteTrafficMirrorSession".to_owned()]);
    let failed = denied.json(3, &[]);
    let unreadable = Account::demo();
    unreadable.sim.set_switches(|s| s.deny = vec!["DescribeVpcs".to_owned()]);
    let no_filter = Account::yaml(SMALL);
    no_filter.sim.set_switches(|s| s.deny = vec!["CreateTrafficMirrorFilter".to_owned()]);
    let fleet = Account::fleet(12);
    fleet.tap_exits(0, &[]);
    let vpcs: Vec<String> = fleet.sim.snapshot()["regions"]["us-east-1"]["vpcs"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    fleet.edit(|world| {
        for vpc in &vpcs {
            world.delete_tag(vpc, "Vectra:session_mirroring_target");
        }
    });
    let nowhere = demo.json(1, &["--region", "eu-nowhere-1"]);
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("us-east-1.yaml");
    std::fs::write(&rules, SCENARIO_2).unwrap();
    let rules = ["--rules", rules.to_str().unwrap()];
    let launched = Account::yaml(ACCOUNT);
    let no_launch = Account::yaml(ACCOUNT);
    no_launch.sim.set_switches(|s| s.deny = vec!["RunInstances".to_owned()]);
    vec![
        launched.json(0, &rules),
        no_launch.json(3, &rules),
        applied,
        failed,
        unreadable.json(1, &[]),
        no_filter.json(3, &[]),
        fleet.json(4, &[]),
        nowhere,
    ]
}

/// The same for the programs of the lists: a list with what is wrong in it, one that could not be read, changes of every
/// sort, and one that failed.
fn every_kind_of_list_document() -> Vec<Value> {
    let account = Account::sorts();
    let moved = account.list_json(WHITELIST, 0, &["add", "i-3", "i-4", "--yes"]);
    let listed = account.list_json(WHITELIST, 0, &["list"]);
    let some = account.list_json(BLACKLIST, 0, &["add", "--move", "i-1", "i-3", "--yes"]);
    let again = account.list_json(BLACKLIST, 0, &["add", "i-1"]);
    account.sim.set_switches(|s| s.deny = vec!["CreateTags".to_owned()]);
    let failed = account.list_json(BLACKLIST, 1, &["add", "i-2", "--yes"]);
    account.sim.set_switches(|s| s.deny = vec!["DescribeVpcs".to_owned()]);
    vec![moved, listed, some, again, failed, account.list_json(BLACKLIST, 1, &["list"])]
}

/// The same for `session_mirror_config_vpc`: lists, changes with and without a target that is made, and failures.
fn every_kind_of_vpc_document() -> Vec<Value> {
    let demo = Account::demo();
    let json = |account: &Account, code: i32, args: &[&str]| {
        let args = [args, &["--output", "json"]].concat();
        account.exits(CONFIG_VPC, code, &args).document()
    };
    let starter = Account::starter();
    let new = ["--vpc-id", "vpc-0a000000000000001", "--create-target", "new-nlb"];
    let new = [&new[..], &["--health-check-port", "22", "--yes"]].concat();
    starter.sim.set_switches(|s| s.deny = vec!["CreateListener".to_owned()]);
    let half = json(&starter, 3, &new);
    starter.sim.set_switches(|s| s.deny = vec!["CreateTags".to_owned()]);
    let failed = json(&starter, 3, &new);
    let off = json(&demo, 0, &["--vpc-id", "vpc-0de00000000000002", "--disable", "--yes"]);
    vec![json(&demo, 0, &["--list"]), half, failed, off]
}

/// The same for `rules check`: a file that is fine and odd, one with mistakes, and one that is not there.
fn every_kind_of_rules_document() -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let rule = "- {vpcId: vpc-1, ignore: true}\n";
    let odd = file("odd.yaml", &format!("vpcs:\n{rule}{rule}"));
    let wrong = file("wrong.yaml", "vpcs: []\n");
    let check = |path: &str| {
        let args = ["rules", "check", "--output", "json", path];
        Run::of(hermetic(TAP, &args).output().unwrap()).document()
    };
    vec![check(&odd), check(&wrong), check("no/such/file.yaml")]
}

fn fields(documents: &[Value], described_elsewhere: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    documents.iter().for_each(|document| paths(document, "", &mut found));
    found.retain(|path| !described_elsewhere.iter().any(|start| path.starts_with(start)));
    found
}

/// The fields that a part of the page describes.
fn described(part: &str) -> BTreeSet<String> {
    let rows = part.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    rows.map(|(path, _)| path.to_owned()).collect()
}

#[test]
fn every_field_of_the_json_output_is_described_and_no_other() {
    let page = include_str!("../../docs/json-output.md");
    let (tap, tools) = page.split_once("\n# ").unwrap();
    let parts: BTreeMap<&str, &str> =
        tools.split("\n# ").filter_map(|part| part.split_once('\n')).collect();
    // The same structures elsewhere are described once.
    let of_tap = [
        "totals.",
        "error.",
        "regions[].decisions[].outcome.error.",
        "regions[].decisions[].set.marks.",
        "regions[].appliances[].outcome.error.",
        "regions[].filter.error.",
        "regions[].filters[].error.",
    ];
    same(&fields(&every_kind_of_document(), &of_tap), &described(tap));

    let found = fields(&every_kind_of_rules_document(), &["error."]);
    let found = found.difference(&described(tap)).cloned().collect();
    same(&found, &described(parts["session_mirror_tap rules check"]));

    let of_vpcs = [
        "error.",
        "regions[].vpcs[].left_alone.",
        "regions[].target.error.",
        "regions[].changes[].error.",
        "regions[].changes[].set.",
    ];
    let found = fields(&every_kind_of_vpc_document(), &of_vpcs);
    let frame = |path: &&String| !path.starts_with("regions[].vpcs");
    let frame: BTreeSet<String> = described(tap).iter().filter(frame).cloned().collect();
    let found = found.difference(&frame).cloned().collect();
    same(&found, &described(parts["session_mirror_config_vpc"]));

    let of_lists = ["error.", "regions[].changes[].error.", "regions[].changes[].set."];
    let found = fields(&every_kind_of_list_document(), &of_lists);
    let found = found.difference(&described(tap)).cloned().collect();
    same(&found, &described(parts["session_mirror_blacklist, session_mirror_whitelist"]));
}

#[test]
fn every_field_of_the_appliances_is_described_and_no_other() {
    let page = include_str!("../../docs/json-output.md");
    let (tap, own) = page.split_once("\n# session_mirror_tap appliances\n").unwrap();
    let of_appliances = ["error.", "regions[].appliances[].error."];
    let found = fields(&appliances::every_kind_of_document(), &of_appliances);
    // Those of a run have appliances of their own.
    let frame = |path: &&String| !path.starts_with("regions[].appliances");
    let frame: BTreeSet<String> = described(tap).iter().filter(frame).cloned().collect();
    let found = found.difference(&frame).cloned().collect();
    same(&found, &described(own.split("\n# ").next().unwrap()));
}

#[test]
fn every_field_of_an_explanation_is_described_and_no_other() {
    let page = include_str!("../../docs/json-output.md");
    let (tap, _) = page.split_once("\n# ").unwrap();
    let (_, own) = page.split_once("\n# session_mirror_audit explain\n").unwrap();
    let args = ["explain", "i-1", "vpc-1", "--output", "json"];
    let document = Account::yaml(SMALL).exits(AUDIT, 0, &args).document();
    let found = fields(&[document], &["error."]);
    let found = found.difference(&described(tap)).cloned().collect();
    same(&found, &described(own.split("\n# ").next().unwrap()));
}

#[track_caller]
fn same(found: &BTreeSet<String>, described: &BTreeSet<String>) {
    let difference: Vec<&String> = found.symmetric_difference(described).collect();
    assert!(difference.is_empty(), "found or described, but not both: {difference:#?}");
}

/// The table of faults names tests that are there.
#[test]
fn every_test_that_the_table_of_faults_names_is_there() {
    let page = include_str!("../../docs/reliability.md");
    let (_, table) = page.split_once("| fault | tests |").unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let sources = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e")).unwrap();
    let sources: String =
        sources.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    let is_a_test = |name: &str| {
        let function = format!("fn {name}()");
        let mut parts = sources.split(&*function);
        let before = parts.next().unwrap_or_default();
        let attributes = before.rsplit("\n\n").next().unwrap_or_default();
        parts.next().is_some() && attributes.contains("#[test]")
    };
    let mut named = 0;
    for row in rows {
        let (_, tests) = row.trim_end_matches(" |").rsplit_once(" | ").unwrap();
        for name in tests.split(", ").map(|name| name.trim_matches('`')) {
            assert!(is_a_test(name), "{name} of {row}");
            named += 1;
        }
    }
    assert!(named > 30, "{named}");
}
