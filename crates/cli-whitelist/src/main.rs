//! The binary `session_mirror_whitelist`. All of it is in the library, which tests start under another name.

use std::process::ExitCode;

fn main() -> ExitCode {
    cli_whitelist::main_impl("session_mirror_whitelist", std::env::args_os())
}
