//! What the program prints: results to stdout, complaints to stderr.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what this module is for"
)]

use std::collections::BTreeMap;

/// One line on stdout.
pub(super) fn line(text: &str) {
    println!("{text}");
}

/// Text on stdout as it is.
pub(super) fn text(text: &str) {
    print!("{text}");
}

/// An error with its causes, in one line.
pub(super) fn error(error: &anyhow::Error) {
    eprintln!("aws-sim: {error:#}");
}

/// What a command changed in the account, and how it called.
pub(super) fn report(changes: &[String], counts: &BTreeMap<String, usize>) {
    if changes.is_empty() {
        println!("aws-sim: nothing changed in the account");
    } else {
        println!("aws-sim: {} changes in the account", changes.len());
        for change in changes {
            println!("  {change}");
        }
    }
    println!("aws-sim: {} calls", counts.values().sum::<usize>());
    for (action, count) in counts {
        println!("  {count:>6} {action}");
    }
}
