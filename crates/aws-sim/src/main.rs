//! The simulator as a program: `serve`, `exec`, `generate`.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
