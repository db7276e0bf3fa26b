//! Generated documents are what the code says. `UPDATE_GOLDEN=1` writes them anew.

use std::fmt::Write as _;
use std::path::Path;

use tap_core::error::ErrorKind;
use tap_core::plan::Reason;

use crate::support::{Run, hermetic};

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
        "\n## Outcomes\n\nWhat became of a decision that changes something, once it was applied.\n\n\
         | outcome | what it means |\n| --- | --- |\n\
         | `done` | It was done |\n\
         | `already-done` | Somebody else, most likely another run, had done it |\n\
         | `gone` | The interface or the session went away since it was read; not a failure |\n\
         | `type-refused` | AWS does not mirror this family, which is newer than the list; not a failure |\n\
         | `not-done` | It was not done for a reason that lies elsewhere: `interrupted`, `timed-out`, `no-filter`, `place-not-freed`, `target-full` or `account-limit` |\n\
         | `failed` | AWS, or the network, refused it; the kind of error is below |\n\
         \n## Errors\n\nThe kinds that AWS's error codes are mapped to.\n\n| error | what to do |\n| --- | --- |\n",
    );
    for kind in ErrorKind::ALL {
        writeln!(text, "| `{}` | {} |", kind.code(), kind.remedy()).unwrap();
    }
    is_current("reasons.md", &text);
}

#[test]
fn cli_reference() {
    let run = Run::of(hermetic(&["--help"]).env("COLUMNS", "100").output().unwrap());
    assert_eq!(run.code, 0, "{}", run.stderr);
    let help: Vec<&str> = run.stdout.lines().map(str::trim_end).collect();
    let text = format!(
        "<!-- Made from the code; do not edit. UPDATE_GOLDEN=1 cargo test -p e2e writes it anew. -->\n\
         # Command line\n\n## session_mirror_tap\n\n```text\n{}\n```\n",
        help.join("\n")
    );
    is_current("cli-reference.md", &text);
}
