//! The simulator's time: the real one plus what a test has skipped, so that no test needs to sleep.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// The clock of one simulator, shared by everything in it.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    start: Instant,
    skipped: Arc<AtomicU64>,
    window: Arc<AtomicU64>,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), skipped: Arc::default(), window: Arc::default() }
    }

    /// Time since the start, with what was skipped.
    pub(crate) fn now(&self) -> Duration {
        self.start.elapsed() + Duration::from_micros(self.skipped.load(Ordering::SeqCst))
    }

    /// The world's time, with what was skipped, as AWS writes it.
    pub(crate) fn timestamp(&self) -> String {
        let skipped = Duration::from_micros(self.skipped.load(Ordering::SeqCst));
        timestamp(Timestamp::now().saturating_add(skipped).unwrap_or(Timestamp::MAX))
    }

    /// Lets time pass at once.
    pub(crate) fn skip(&self, by: Duration) {
        let micros = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
        self.skipped.fetch_add(micros, Ordering::SeqCst);
    }

    /// How far back a read may look: stores keep older states only for that long.
    pub(crate) fn window(&self) -> Duration {
        Duration::from_micros(self.window.load(Ordering::SeqCst))
    }

    pub(crate) fn set_window(&self, window: Duration) {
        let micros = u64::try_from(window.as_micros()).unwrap_or(u64::MAX);
        self.window.store(micros, Ordering::SeqCst);
    }
}

/// A moment as AWS writes it.
pub(crate) fn timestamp(moment: Timestamp) -> String {
    format!("{moment:.3}")
}
