//! The binary `session_mirror_config_vpc`. All of it is in the library, which tests start under another name.

use std::process::ExitCode;

fn main() -> ExitCode {
    cli_config_vpc::main_impl("session_mirror_config_vpc", std::env::args_os())
}
