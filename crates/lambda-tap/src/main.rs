//! The binary `session_mirror_lambda`. All of it is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    lambda_tap::function::main_impl()
}
