//! One run: what it needs beside AWS, the work in all regions, and its end.

use std::fs::File;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use cli_common::exit::Exit;
use cli_common::program::Context;
use cli_common::rules::Source;
use tap_core::moment::Moment;

use crate::args::Args;
use crate::cycles;
use crate::end::End;
use crate::lock;
use crate::metrics_file::MetricsFile;
use crate::result::RegionResult;

/// Runs, prints, and gives the exit code. What fails is printed here: the JSON document has it too.
pub(crate) async fn run(args: Args, context: Context) -> Result<Exit> {
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        dry_run = args.dry_run,
        policy = %args.policy,
        "run started"
    );
    let mut end =
        End { args: &args, run_id: context.run_id, settings: args.settings(), metrics: None };
    let mut lock = None;
    let signals = context.signals.clone();
    let orderly = signals.orderly();
    let worked = work(&args, &context, &mut end, &mut lock).await;
    let exit = match worked {
        Ok(regions) => end.reached(&regions),
        Err(error) => end.failed(&error),
    };
    drop((lock, orderly));
    Ok(exit)
}

/// Does the work. What has to be there at the end is left in `end`; the lock is held until then.
async fn work(
    args: &Args,
    context: &Context,
    end: &mut End<'_>,
    lock: &mut Option<File>,
) -> Result<Vec<RegionResult>> {
    // Neither is real work, which is what locks and metrics are about.
    let is_real = !args.dry_run && args.simulate.is_none();
    if let Some(path) = args.metrics_file.as_deref().filter(|_| is_real) {
        end.metrics = Some(MetricsFile::check(path)?);
    }
    if let Some(path) = args.lock_file.as_deref().filter(|_| is_real) {
        let taken = lock::take(path, context.run_id);
        // The run that has the lock says how it ends.
        if taken.as_ref().is_err_and(|fault| fault.kind == lock::LOCKED) {
            end.metrics = None;
        }
        *lock = Some(taken?);
    }
    end.settings = args.settings_with_files()?;
    end.settings.now = Some(now());
    let rules = args.wanted.rules.as_deref().map(Source::open).transpose()?;
    cycles::run(args, &end.settings, rules.as_ref(), context).await
}

/// What time it is.
pub(crate) fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
