//! The binary `session_mirror_tap`. All of it is in the library, which tests start under another name.

use std::process::ExitCode;

fn main() -> ExitCode {
    cli_tap::main_impl("session_mirror_tap", std::env::args_os())
}
