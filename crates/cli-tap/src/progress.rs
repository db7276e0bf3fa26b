//! How far the changes are: a bar on a terminal, else a line in the log every few seconds. And the log of each change.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cli_common::progress::{BETWEEN_LINES, Bars};
use indicatif::{ProgressBar, ProgressStyle};
use tap_core::apply::{ApplyEvent, FilterOutcome, Outcome};
use tap_core::ids::Region;
use tap_core::plan::Decision;

/// Fewer changes than this are over before a bar could be read.
const FEW: usize = 20;

/// The time between two pictures of the bar.
const TICK: Duration = Duration::from_millis(200);

/// The changes of a run, over all its regions.
pub(crate) struct Progress {
    total: usize,
    done: AtomicUsize,
    failed: AtomicUsize,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Starts, with a bar if there is something to wait for.
    pub(crate) fn start(total: usize, bars: &Bars) -> Self {
        let new = || {
            let style =
                ProgressStyle::with_template("{bar:30} {pos}/{len} changes, {eta} left{msg}")
                    .expect("the template is sound")
                    .progress_chars("=> ");
            ProgressBar::new(total as u64).with_style(style)
        };
        let bar = if total > FEW { bars.show(new) } else { None };
        if let Some(bar) = &bar {
            bar.enable_steady_tick(TICK);
        }
        Self { total, done: AtomicUsize::new(0), failed: AtomicUsize::new(0), bar }
    }

    /// Takes note of what happened in a region.
    pub(crate) fn on(&self, region: &Region, event: &ApplyEvent<'_>) {
        match event {
            ApplyEvent::Started { changes } => tracing::debug!(%region, changes, "applying"),
            ApplyEvent::Filter(FilterOutcome::Failed(error)) => {
                tracing::warn!(%region, %error, remedy = error.remedy(), "the filter failed");
            }
            ApplyEvent::Filter(outcome) => tracing::debug!(%region, ?outcome, "filter"),
            ApplyEvent::Changed { decision, outcome } => self.changed(region, decision, outcome),
        }
    }

    fn changed(&self, region: &Region, decision: &Decision, outcome: &Outcome) {
        let verb = decision.action.verb();
        let interface = &decision.eni;
        let instance = decision.instance.as_ref().map_or("-", |id| id.as_str());
        if let Outcome::Failed(error) = outcome {
            let remedy = error.remedy();
            tracing::warn!(%region, %interface, instance, %error, remedy, "{verb} failed");
        } else {
            let outcome = outcome.code();
            tracing::debug!(%region, %interface, instance, outcome, "{verb}");
        }
        self.done.fetch_add(1, Ordering::Relaxed);
        if outcome.is_failure() {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(bar) = &self.bar {
            let failed = self.failed.load(Ordering::Relaxed);
            if failed > 0 {
                bar.set_message(format!(", {failed} failed"));
            }
            bar.inc(1);
        }
    }

    /// Logs how far it is, again and again, where no bar shows it.
    pub(crate) async fn report(&self) -> Infallible {
        if self.bar.is_some() {
            return std::future::pending().await;
        }
        let mut ticks = tokio::time::interval(BETWEEN_LINES);
        ticks.tick().await;
        loop {
            ticks.tick().await;
            let (done, failed) =
                (self.done.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed));
            tracing::info!(done, failed, total = self.total, "applying");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
