//! The binary `session_mirror_audit`. All of it is in the library, which tests start under another name.

use std::process::ExitCode;

fn main() -> ExitCode {
    cli_audit::main_impl("session_mirror_audit", std::env::args_os())
}
