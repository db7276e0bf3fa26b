//! What the program prints: results to stdout, complaints to stderr. A reader that goes away early, as `head` does, is no
//! mistake of anybody.

use std::collections::BTreeMap;
use std::io::{self, Write};

/// One line on stdout.
pub(super) fn line(text: &str) {
    print(&mut io::stdout(), &format!("{text}\n"));
}

/// Text on stdout as it is.
pub(super) fn text(text: &str) {
    print(&mut io::stdout(), text);
}

/// An error with its causes, in one line.
pub(super) fn error(error: &anyhow::Error) {
    print(&mut io::stderr(), &format!("aws-sim: {error:#}\n"));
}

/// What a command changed in the account, and how it called.
pub(super) fn report(changes: &[String], counts: &BTreeMap<String, usize>) {
    if changes.is_empty() {
        line("aws-sim: nothing changed in the account");
    } else {
        line(&format!("aws-sim: {} changes in the account", changes.len()));
        for change in changes {
            line(&format!("  {change}"));
        }
    }
    line(&format!("aws-sim: {} calls", counts.values().sum::<usize>()));
    for (action, count) in counts {
        line(&format!("  {count:>6} {action}"));
    }
}

fn print(to: &mut impl Write, text: &str) {
    // Nobody is left to be told.
    let _ = to.write_all(text.as_bytes()).and_then(|()| to.flush());
}
