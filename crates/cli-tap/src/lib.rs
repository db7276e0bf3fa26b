//! `session_mirror_tap`: keeps the traffic mirror sessions of an account as its tags say.
//!
//! ```text
//!  args ──▶ command ──▶ rules_check (rules check)
//!              ├─────▶ appliances (appliances list, appliances prune)
//!              │
//!              ▼
//!  rules ──▶  run ──▶ cycles ──▶ result ──▶ end ──▶ table | document ──▶ stdout
//!            │        │ ╲                    │
//!          lock       │  progress, log       └──▶ metrics ──▶ metrics_file
//!                     ▼
//!                  tap-core (decides and applies), aws-sim for --simulate
//! ```

mod appliances;
mod args;
mod command;
mod cycles;
mod document;
mod end;
mod lock;
mod metrics;
mod metrics_file;
mod progress;
mod result;
mod rules_check;
mod run;
mod simulate;
mod table;

use std::ffi::OsString;
use std::process::ExitCode;

use cli_common::program;

/// Runs the binary `name` with a command line, its own name first, and gives the code to end with.
pub fn main_impl(name: &'static str, command_line: impl IntoIterator<Item = OsString>) -> ExitCode {
    program::main(name, command_line, command::start)
}
