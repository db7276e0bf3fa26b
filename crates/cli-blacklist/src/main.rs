//! The binary `session_mirror_blacklist`. All of it is in the library, which tests start under another name.

use std::process::ExitCode;

fn main() -> ExitCode {
    cli_blacklist::main_impl("session_mirror_blacklist", std::env::args_os())
}
