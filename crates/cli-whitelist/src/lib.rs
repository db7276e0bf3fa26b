//! `session_mirror_whitelist`: says with a tag which instances are mirrored where only those are. All but the list's name is in `cli_common::marks`.

use std::ffi::OsString;
use std::process::ExitCode;

use cli_common::marks;
use tap_core::policy::mark::Mark;

/// Runs the binary `name` with a command line, its own name first, and gives the code to end with.
pub fn main_impl(name: &'static str, command_line: impl IntoIterator<Item = OsString>) -> ExitCode {
    marks::main_impl(Mark::Whitelist, name, command_line)
}
