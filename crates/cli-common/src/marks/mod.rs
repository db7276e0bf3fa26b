//! `session_mirror_blacklist` and `session_mirror_whitelist`: who is on a list, and who comes and goes. One program; the list
//! is a value.
//!
//! ```text
//!  args, ids ──▶ view (reads) ──▶ dialog (asks) ──▶ check (what would be written, or what is wrong)
//!                                                     └──▶ write ──▶ summary | document
//! ```
//!
//! All ids are checked before the first tag is written. What is written are tags of instances; sessions are
//! `session_mirror_tap`'s work.

mod args;
mod check;
mod dialog;
mod document;
mod ids;
mod outcome;
mod run;
mod summary;
mod table;
#[cfg(test)]
mod testing;
mod view;
mod write;

use std::ffi::OsString;
use std::process::ExitCode;

use tap_core::policy::mark::Mark;

use crate::program;
use args::{Blacklist, Of, Whitelist};

/// Runs the program of one of the lists under the name `name`, with a command line whose first word is that of the program,
/// and gives the code to end with.
pub fn main_impl(
    list: Mark,
    name: &'static str,
    command_line: impl IntoIterator<Item = OsString>,
) -> ExitCode {
    match list {
        Mark::Blacklist => {
            program::main(name, command_line, async |args: Of<Blacklist>, context| {
                run::run(list, name, args.args, context).await
            })
        }
        Mark::Whitelist => {
            program::main(name, command_line, async |args: Of<Whitelist>, context| {
                run::run(list, name, args.args, context).await
            })
        }
    }
}
