//! `--metrics-file`: where the metrics go. The file is replaced as a whole, so that node_exporter never reads half of one.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use cli_common::errors::Fault;
use cli_common::exit::Exit;
use cli_common::whole_file;

use crate::metrics::{self, Snapshot};
use crate::result::RegionResult;

/// The code of the error where the file cannot be written.
const UNUSABLE: &str = "metrics-file";

/// A file for metrics that could be written when the run started.
#[derive(Debug)]
pub(crate) struct MetricsFile {
    path: PathBuf,
    started: Instant,
    /// The last success before this run, once it was looked up.
    last_success: Option<f64>,
}

impl MetricsFile {
    /// Checks, before any work is done, that the file can be written.
    ///
    /// # Errors
    /// A [`Fault`] that names the file.
    pub(crate) fn check(path: &Path) -> Result<Self, Fault> {
        whole_file::check(path).map_err(|error| {
            let fault = unusable(path, &error);
            Fault { message: format!("{}: nothing was changed", fault.message), ..fault }
        })?;
        Ok(Self { path: path.to_owned(), started: Instant::now(), last_success: None })
    }

    /// Writes what became of the run. `failure` is the code of what kept it from its work as a whole.
    ///
    /// # Errors
    /// A [`Fault`] that names the file.
    pub(crate) fn write(
        &mut self,
        regions: &[RegionResult],
        failure: Option<&'static str>,
        price_per_hour: f64,
        exit: Exit,
    ) -> Result<(), Fault> {
        let before = *self.last_success.get_or_insert_with(|| last_success(&self.path));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let text = metrics::render(&Snapshot {
            regions,
            failure,
            price_per_hour,
            exit,
            duration: self.started.elapsed(),
            now,
            // A clock that was wrong for a while must not silence alerts for good.
            last_success: if exit == Exit::Done { now } else { before.min(now) },
        });
        whole_file::replace(&self.path, &text).map_err(|error| unusable(&self.path, &error))
    }
}

fn unusable(path: &Path, error: &io::Error) -> Fault {
    Fault::new(
        UNUSABLE,
        format!("the metrics file {} cannot be written: {error}", path.display()),
        "give --metrics-file a path in a folder that is there and that this user may write to",
    )
}

/// The last success as the file has it; 0 where it says nothing of the kind.
fn last_success(path: &Path) -> f64 {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let value =
        text.lines().find_map(|line| line.strip_prefix(metrics::LAST_SUCCESS)?.strip_prefix(' '));
    let value = value.and_then(|value| value.trim().parse().ok());
    value.filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0).unwrap_or(0.0)
}
