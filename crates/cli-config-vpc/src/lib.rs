//! `session_mirror_config_vpc`: says with tags which VPCs are mirrored, to what, and which of their instances.
//!
//! ```text
//!  args ──▶ view (reads) ──▶ dialog, making (ask) ──▶ planned (what would be written) ──▶ write ──▶ summary | document
//! ```
//!
//! All questions are asked before anything is written. What is written are tags of VPCs, and the target where one is made;
//! sessions are `session_mirror_tap`'s work.

mod args;
mod change;
mod dialog;
mod document;
mod making;
mod planned;
mod run;
mod summary;
mod table;
mod view;
mod which;
mod write;

use std::ffi::OsString;
use std::process::ExitCode;

use cli_common::program;

/// Runs the binary `name` with a command line, its own name first, and gives the code to end with.
pub fn main_impl(name: &'static str, command_line: impl IntoIterator<Item = OsString>) -> ExitCode {
    program::main(name, command_line, run::run)
}
