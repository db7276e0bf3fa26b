//! How far the changes are: a bar on a terminal, else a line in the log every few seconds. And the log of each change.

use std::convert::Infallible;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cli_common::progress::{BETWEEN_LINES, Bars};
use indicatif::{ProgressBar, ProgressStyle};
use tap_core::apply::{ApplianceOutcome, ApplyEvent, FilterOutcome, Outcome};
use tap_core::ids::Region;
use tap_core::plan::{AppliancePlan, Decision};

/// Fewer changes than this are over before a bar could be read.
const FEW: usize = 20;

/// The time between two pictures of the bar.
const TICK: Duration = Duration::from_millis(200);

/// The changes of a run, over all its regions. Their number grows: each region begins as soon as it is read.
pub(crate) struct Progress {
    unread: AtomicUsize,
    total: AtomicUsize,
    done: AtomicUsize,
    failed: AtomicUsize,
    bars: Bars,
    bar: OnceLock<ProgressBar>,
}

impl Progress {
    /// Starts with as many regions to read.
    pub(crate) fn start(regions: usize, bars: &Bars) -> Self {
        Self {
            unread: AtomicUsize::new(regions),
            total: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
            bars: bars.clone(),
            bar: OnceLock::new(),
        }
    }

    /// A region was read, or given up.
    pub(crate) fn read(&self) {
        self.unread.fetch_sub(1, Ordering::Relaxed);
    }

    /// There are more changes to be made; a bar is shown once there is something to wait for.
    fn more(&self, changes: usize) {
        let total = self.total.fetch_add(changes, Ordering::Relaxed) + changes;
        if let Some(bar) = self.bar.get() {
            bar.set_length(total as u64);
        } else if total > FEW
            && let Some(bar) = self.bars.show(|| bar(total, self.done.load(Ordering::Relaxed)))
        {
            bar.enable_steady_tick(TICK);
            let _ = self.bar.set(bar); // All regions are in one task: nobody was faster.
        }
    }

    /// Takes note of what happened in a region.
    pub(crate) fn on(&self, region: &Region, event: &ApplyEvent<'_>) {
        match event {
            ApplyEvent::Started { changes } => {
                tracing::debug!(%region, changes, "applying");
                self.more(*changes);
            }
            ApplyEvent::Filter { key, outcome: FilterOutcome::Failed(error) } => {
                let remedy = error.remedy();
                tracing::warn!(%region, %key, %error, remedy, "the filter failed");
            }
            ApplyEvent::Filter { key, outcome } => {
                tracing::debug!(%region, %key, ?outcome, "filter");
            }
            ApplyEvent::Appliance { plan, outcome } => {
                let AppliancePlan { key, subnet, step, .. } = plan;
                let step = step.as_str();
                if let ApplianceOutcome::Failed { error, left } = outcome {
                    let remedy = error.remedy();
                    let left = left.as_ref().map(|id| id.as_str());
                    tracing::warn!(%region, key, %subnet, %error, left, remedy, "{step} failed");
                } else {
                    let outcome = outcome.code();
                    tracing::info!(%region, key, %subnet, outcome, "appliance: {step}");
                }
            }
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
        if let Some(bar) = self.bar.get() {
            let failed = self.failed.load(Ordering::Relaxed);
            if failed > 0 {
                bar.set_message(format!(", {failed} failed"));
            }
            bar.inc(1);
        }
    }

    /// Logs how far it is, again and again, where no bar shows it.
    pub(crate) async fn report(&self) -> Infallible {
        let mut ticks = tokio::time::interval(BETWEEN_LINES);
        ticks.tick().await;
        loop {
            ticks.tick().await;
            if self.bar.get().is_some() {
                continue;
            }
            let [unread, total, done, failed] =
                [&self.unread, &self.total, &self.done, &self.failed]
                    .map(|number| number.load(Ordering::Relaxed));
            if total == 0 {
                tracing::info!(regions = unread, "reading");
            } else {
                tracing::info!(done, failed, total, unread_regions = unread, "applying");
            }
        }
    }
}

fn bar(total: usize, done: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} changes, {eta} left{msg}")
        .expect("the template is sound")
        .progress_chars("=> ");
    ProgressBar::new(total as u64).with_position(done as u64).with_style(style)
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}
