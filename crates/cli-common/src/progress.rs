//! What is shown while somebody waits: bars and spinners on a terminal, else a line in the log every few seconds.

use std::convert::Infallible;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::logging::{Around, LogFormat, Verbosity};
use crate::options::CommonArgs;
use crate::terminal;

/// The time between two lines in the log.
pub const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// The time between two pictures of a spinner.
const TICK: Duration = Duration::from_millis(120);

/// All bars of the process. They make room for what is logged.
#[derive(Debug, Clone)]
pub struct Bars {
    all: MultiProgress,
    shown: bool,
}

impl Bars {
    /// Bars are shown where somebody looks at stderr, and wants more than errors and JSON there.
    pub fn new(common: &CommonArgs) -> Self {
        let shown = terminal::stderr_is_terminal()
            && common.log_format == LogFormat::Text
            && common.verbosity() != Verbosity::Quiet;
        Self { all: MultiProgress::new(), shown }
    }

    /// Makes room for whatever else is written to stderr. Where no bars are shown there is nothing to hold: what is written may
    /// itself be written by something that makes room, as a line of the log does.
    pub fn around(&self) -> Around {
        if !self.shown {
            return Arc::new(|write| write());
        }
        let all = self.all.clone();
        Arc::new(move |write| all.suspend(write))
    }

    /// Shows a bar, if bars are shown.
    pub fn show(&self, bar: impl FnOnce() -> ProgressBar) -> Option<ProgressBar> {
        self.shown.then(|| self.all.add(bar()))
    }

    /// Shows what is waited for, until the answer is dropped.
    pub fn wait(&self, text: impl Into<String>) -> Wait {
        let text = text.into();
        let bar = self.show(|| {
            let style = ProgressStyle::with_template("{spinner} {elapsed:>3} {msg}")
                .expect("the template is sound")
                .tick_chars("|/-\\ ");
            ProgressBar::new_spinner().with_style(style).with_message(text.clone())
        });
        if let Some(bar) = &bar {
            bar.enable_steady_tick(TICK);
        }
        Wait { bar, text: Mutex::new(text) }
    }
}

/// Something that takes its time.
#[derive(Debug)]
pub struct Wait {
    bar: Option<ProgressBar>,
    text: Mutex<String>,
}

impl Wait {
    /// Says how far it is.
    pub fn say(&self, text: impl Into<String>) {
        let text = text.into();
        if let Some(bar) = &self.bar {
            bar.set_message(text.clone());
        }
        *self.lock() = text;
    }

    /// Waits for the work, and logs now and then what is waited for where no spinner shows it.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::select! {
            done = work => done,
            never = self.report() => match never {},
        }
    }

    async fn report(&self) -> Infallible {
        if self.bar.is_some() {
            return std::future::pending().await;
        }
        let mut ticks = tokio::time::interval(BETWEEN_LINES);
        ticks.tick().await;
        loop {
            ticks.tick().await;
            tracing::info!("{}", self.lock());
        }
    }

    fn lock(&self) -> MutexGuard<'_, String> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
