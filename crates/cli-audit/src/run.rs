//! One run: what it was asked for, and how it ends.

use std::io;
use std::path::Path;

use anyhow::Result;
use cli_common::document::Frame;
use cli_common::errors::{self, Fault};
use cli_common::exit::Exit;
use cli_common::options::Output;
use cli_common::program::Context;
use cli_common::{output, terminal, whole_file};
use tap_audit::look::look;
use tap_audit::render;
use tap_audit::report::{RegionReport, Report};

use crate::args::{Args, Command};
use crate::read::{Account, Reading, now, read};
use crate::{explain, export};

/// Does what the command line asks for.
pub(crate) async fn run(args: Args, context: Context) -> Result<Exit> {
    match &args.command {
        Some(Command::Export(what)) => export::run(what, &context).await,
        Some(Command::Explain(what)) => explain::run(what, &context).await,
        None => audit(&args, &context).await,
    }
}

/// Reads, finds out, writes what is to be written beside, and prints. What went wrong is in the document, too.
async fn audit(args: &Args, context: &Context) -> Result<Exit> {
    let report = report(args, context).await;
    let written = match &report {
        Ok(report) => files(args, report),
        Err(_) => Ok(()),
    };
    let exit = match (&report, &written) {
        (Ok(report), Ok(())) => exit(report),
        (Err(_), _) | (_, Err(_)) => Exit::Failed,
    };
    if args.place.common.output == Output::Json {
        let error = report.as_ref().err().or(written.as_ref().err());
        let error = error.map(|error| error.as_ref() as &(dyn std::error::Error + 'static));
        let frame = Frame { run_id: context.run_id, dry_run: false, exit, error };
        frame.print(report.as_ref().map(render::json).unwrap_or_default())?;
    } else if let Ok(report) = &report {
        let options =
            render::TableOptions { width: terminal::width(), verbose: args.place.common.verbose };
        output::stdout(&render::table(report, &options))?;
    }
    report?;
    written?;
    Ok(exit)
}

/// Writes the files that were asked for, each as a whole.
fn files(args: &Args, report: &Report) -> Result<()> {
    if let Some(path) = &args.html {
        write(path, &render::html(report)?)?;
    }
    if let Some(path) = &args.csv {
        write(path, &render::csv(report)?)?;
    }
    if let Some(path) = &args.asff {
        write(path, &format!("{:#}\n", render::asff(report)))?;
    }
    Ok(())
}

async fn report(args: &Args, context: &Context) -> Result<Report> {
    // Who asks for a file wants to know at once that it cannot be written.
    for path in [&args.html, &args.csv, &args.asff].into_iter().flatten() {
        whole_file::check(path).map_err(|error| unwritable(path, &error))?;
    }
    let mut account = read(&args.place, &args.vpcs.narrow(), context).await?;
    let expect = args.judging.expectations();
    account.read_organization(|account| expect.trusted.contains(account)).await;
    let Account { id, regions, .. } = account;
    let regions = regions.into_iter().map(|reading| {
        let Reading { scope, settings, read } = reading;
        let audited = read
            .map_err(anyhow::Error::from)
            .and_then(|overview| look(&overview, &settings, &expect).map_err(anyhow::Error::from));
        match audited {
            Ok(audit) => RegionReport::Audited(audit),
            Err(error) => RegionReport::Failed {
                region: scope.region,
                kind: errors::kind(error.as_ref()),
                remedy: errors::hint(error.as_ref()).unwrap_or_default(),
                error: errors::one_line(error.as_ref()),
            },
        }
    });
    Ok(Report {
        account: id,
        at: now(),
        version: env!("CARGO_PKG_VERSION"),
        fail_on: args.fail_on,
        regions: regions.collect(),
    })
}

/// A region that could not be read is no region where all is well.
fn exit(report: &Report) -> Exit {
    if report.audits().count() < report.regions.len() {
        Exit::Failed
    } else if report.fails() {
        Exit::Partial
    } else {
        Exit::Done
    }
}

fn write(path: &Path, text: &str) -> Result<(), Fault> {
    whole_file::replace(path, text).map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &io::Error) -> Fault {
    let what = format!("cannot write {}: {error}", path.display());
    Fault::new(
        "report-file",
        what,
        "give a path in a folder that is there and that this user may write to",
    )
}
