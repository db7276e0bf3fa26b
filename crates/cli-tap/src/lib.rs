//! `session_mirror_tap`: keeps the traffic mirror sessions of an account as its tags say.
//!
//! ```text
//!  args ──▶ run ──▶ result ──▶ table | document ──▶ stdout
//!            │ ╲
//!            │  progress, log ──▶ stderr
//!            ▼
//!         tap-core (decides and applies), aws-sim for --simulate
//! ```

mod args;
mod document;
mod progress;
mod result;
mod run;
mod simulate;
mod table;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use clap::CommandFactory;
use cli_common::errors::{self, Fault};
use cli_common::exit::{self, Exit};
use cli_common::generate::generate;
use cli_common::{logging, output};
use indicatif::MultiProgress;
use uuid::Uuid;

use args::Args;

/// Runs the binary `name` with a command line, its own name first, and gives the code to end with.
pub fn main_impl(name: &'static str, command_line: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Args = match exit::parse(name, command_line) {
        Ok(args) => args,
        Err(code) => return code,
    };
    let mut command = Args::command().name(name).bin_name(name);
    if let Some(what) = args.generate {
        let printed = generate(what, command).and_then(|text| output::stdout(&text));
        return if printed.is_ok() { Exit::Done.into() } else { Exit::Failed.into() };
    }
    if let Err(message) = args.check() {
        return exit::usage(&mut command, message);
    }
    let run_id = Uuid::new_v4();
    let bars = MultiProgress::new();
    let around = bars.clone();
    logging::init(
        args.common.verbosity(),
        args.common.log_format,
        &run_id.to_string(),
        Arc::new(move |write| around.suspend(write)),
    );
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => {
            let exit = runtime.block_on(run::run(&args, run_id, bars));
            // A connection that still lingers is nothing to wait for.
            runtime.shutdown_background();
            exit.into()
        }
        Err(error) => {
            let hint = "look at the limits of processes and memory";
            let fault = Fault::new("system", format!("cannot start threads: {error}"), hint);
            errors::print(&fault, args.common.log_format);
            Exit::Failed.into()
        }
    }
}
