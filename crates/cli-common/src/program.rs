//! What every binary does around its work: reads the command line, starts the log, the runtime and the listening to
//! signals, runs, and ends with a number.

use std::error::Error;
use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::Parser;
use uuid::Uuid;

use crate::errors::{self, Fault};
use crate::exit::{self, Exit, UsageError};
use crate::generate::generate;
use crate::options::CommonArgs;
use crate::progress::Bars;
use crate::signals::Signals;
use crate::ui::{Terminal, UiError};
use crate::{logging, output};

/// The command line of a binary.
pub trait Arguments: Parser {
    /// What it has in common with the others.
    fn common(&self) -> &CommonArgs;

    /// What clap cannot see by looking at one flag alone.
    ///
    /// # Errors
    /// What is wrong with the command line.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

/// What a run has beside its command line.
#[derive(Debug)]
pub struct Context {
    /// The id of the run.
    pub run_id: Uuid,
    /// What signals do.
    pub signals: Signals,
    /// Where questions are asked.
    pub ui: Terminal,
    /// Where progress is shown.
    pub bars: Bars,
}

/// Runs the binary `name` with a command line, its own name first, and gives the code to end with. The work prints its
/// results itself; the error that it ends with is printed here.
pub fn main<A, E>(
    name: &'static str,
    command_line: impl IntoIterator<Item = OsString>,
    work: impl AsyncFnOnce(A, Context) -> Result<Exit, E>,
) -> ExitCode
where
    A: Arguments,
    E: AsRef<dyn Error + Send + Sync>,
{
    let args: A = match exit::parse(name, command_line) {
        Ok(args) => args,
        Err(code) => return code,
    };
    let mut command = A::command().name(name).bin_name(name);
    if let Some(what) = args.common().generate {
        let printed = generate(what, command).and_then(|text| output::stdout(&text));
        return if printed.is_ok() { Exit::Done.into() } else { Exit::Failed.into() };
    }
    if let Err(message) = args.check() {
        return exit::usage(&mut command, message).into();
    }
    let run_id = Uuid::new_v4();
    let common = args.common().clone();
    let format = common.log_format;
    let bars = Bars::new(&common);
    logging::init(common.verbosity(), format, &run_id.to_string(), bars.around());
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return no_system("cannot start threads", &error, &common).into(),
    };
    let exit = runtime.block_on(async {
        let signals = match Signals::listen(format, bars.around()) {
            Ok(signals) => signals,
            Err(error) => return no_system("cannot listen to signals", &error, &common),
        };
        let ui = Terminal::new(signals.clone());
        let context = Context { run_id, signals: signals.clone(), ui, bars };
        match work(args, context).await {
            Ok(exit) => exit,
            Err(error) => failed(error.as_ref(), &mut command, &signals, &common),
        }
    });
    // A connection that still lingers is nothing to wait for.
    runtime.shutdown_background();
    exit.into()
}

fn no_system(what: &str, error: &io::Error, common: &CommonArgs) -> Exit {
    let hint = "look at the limits of processes and memory";
    errors::print(&Fault::new("system", format!("{what}: {error}"), hint), common.log_format);
    Exit::Failed
}

/// Says what ended the work.
fn failed(
    error: &(dyn Error + 'static),
    command: &mut clap::Command,
    signals: &Signals,
    common: &CommonArgs,
) -> Exit {
    if let Some(wrong) = errors::chain(error).find_map(|e| e.downcast_ref::<UsageError>()) {
        return exit::usage(command, wrong);
    }
    match errors::chain(error).find_map(|e| e.downcast_ref()) {
        Some(missing @ UiError::NoTerminal { .. }) => exit::usage(command, missing),
        Some(UiError::Declined) => {
            errors::say(&format!("cancelled: {}", signals.left()), common.log_format);
            Exit::Failed
        }
        Some(UiError::Terminal(_) | UiError::NoItems { .. }) | None => {
            errors::print(error, common.log_format);
            Exit::Failed
        }
    }
}
