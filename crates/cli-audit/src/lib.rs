//! `session_mirror_audit`: reads an account and says what is mirrored in it. It never writes.
//!
//! ```text
//!  args ──▶ read (tolerant: what is refused is named) ──▶ run: look ──▶ render ──▶ stdout, files
//!                                                    ├──▶ explain ──▶ stdout
//!                                                    └──▶ export ──▶ stdout (code)
//! ```
//!
//! All that is found out and written is [`tap_audit`]'s; here it is read, printed, and ended with a number.

mod args;
mod explain;
mod export;
mod read;
mod run;

use std::ffi::OsString;
use std::process::ExitCode;

use cli_common::program;

/// Runs the binary `name` with a command line, its own name first, and gives the code to end with.
pub fn main_impl(name: &'static str, command_line: impl IntoIterator<Item = OsString>) -> ExitCode {
    program::main(name, command_line, run::run)
}
