//! SIGINT and SIGTERM. While changes are being written the first asks to stop: no new change is started, those in flight
//! end. At any other time the first, and always the second, ends the process at once.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tap_core::stop::{StopReason, StopSignal, Stopper};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::errors;
use crate::exit::Exit;
use crate::logging::{Around, LogFormat};
use crate::output;
use crate::tty::{Prompt, Tty};

/// What an interruption leaves behind before anything was written.
const NOTHING: &str = "nothing was changed";

/// What it leaves behind after something may have been.
const HALF: &str = "changes were under way: the same command, run again, completes them";

/// What signals do to this process.
#[derive(Debug, Clone)]
pub struct Signals(Arc<Shared>);

struct Shared {
    stopper: Stopper,
    stop: StopSignal,
    orderly: AtomicUsize,
    leaves: Mutex<String>,
    tty: Tty,
    format: LogFormat,
    around: Around,
}

/// While it lives, the first signal asks to stop.
#[derive(Debug)]
#[must_use = "a signal ends the process at once unless this is held"]
pub struct Orderly(Signals);

impl Signals {
    /// Listens from now on. Needs a running tokio runtime.
    ///
    /// # Errors
    /// What the system says where it lets nobody listen.
    pub fn listen(format: LogFormat, around: Around) -> io::Result<Self> {
        let interrupt = signal(SignalKind::interrupt())?;
        let terminate = signal(SignalKind::terminate())?;
        let signals = Self::new(format, around);
        tokio::spawn(signals.clone().obey(interrupt, terminate));
        Ok(signals)
    }

    fn new(format: LogFormat, around: Around) -> Self {
        let (stopper, stop) = Stopper::new();
        Self(Arc::new(Shared {
            stopper,
            stop,
            orderly: AtomicUsize::new(0),
            leaves: Mutex::new(NOTHING.to_owned()),
            tty: Tty::default(),
            format,
            around,
        }))
    }

    /// Begins to write changes: while the guard lives, the first signal asks to stop. What an interruption leaves behind
    /// is unknown from now on, unless [`leaves`](Self::leaves) says more.
    pub fn orderly(&self) -> Orderly {
        self.0.orderly.fetch_add(1, Ordering::SeqCst);
        self.leaves(HALF);
        Orderly(self.clone())
    }

    /// Says what an interruption leaves behind from now on: `nothing was changed` in the beginning.
    pub fn leaves(&self, text: impl Into<String>) {
        *self.lock() = text.into();
    }

    /// What an interruption would leave behind now.
    pub fn left(&self) -> String {
        self.lock().clone()
    }

    /// Asks to stop for another reason than a signal.
    pub fn stop(&self, reason: StopReason) {
        self.0.stopper.stop(reason);
    }

    /// Where one sees that the run is asked to stop.
    pub fn stopped(&self) -> StopSignal {
        self.0.stop.clone()
    }

    /// Ends the process: gives the terminal back, and says in one line what is left behind.
    pub fn end(&self) -> ! {
        // Whoever comes second waits here until the process is gone.
        let leaves = self.lock();
        if self.0.tty.close() {
            output::stderr("\n");
        }
        let line = format!("interrupted: {leaves}");
        let quit = || -> ! { std::process::exit(Exit::Interrupted.code().into()) };
        (self.0.around)(&mut || {
            errors::say(&line, self.0.format);
            // Here, where no bar comes back.
            quit()
        });
        quit()
    }

    /// Opens a question, see [`Tty::open`].
    pub(crate) fn open(&self) -> io::Result<Prompt<'_>> {
        self.0.tty.open()
    }

    async fn obey(self, mut interrupt: Signal, mut terminate: Signal) {
        either(&mut interrupt, &mut terminate).await;
        if self.0.orderly.load(Ordering::SeqCst) == 0 {
            self.0.tty.settle();
            self.end();
        }
        tracing::warn!(
            "stopping: no new change is started, those in flight end; once more quits at once"
        );
        self.stop(StopReason::Interrupted);
        either(&mut interrupt, &mut terminate).await;
        self.0.tty.settle();
        self.end()
    }

    fn lock(&self) -> MutexGuard<'_, String> {
        self.0.leaves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Orderly {
    fn drop(&mut self) {
        self.0.0.orderly.fetch_sub(1, Ordering::SeqCst);
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("orderly", &self.orderly)
            .field("leaves", &self.leaves)
            .finish_non_exhaustive()
    }
}

async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_behind_changes_with_the_first_write() {
        let signals = Signals::new(LogFormat::Text, Arc::new(|write| write()));
        assert_eq!(signals.left(), NOTHING);
        let orderly = signals.orderly();
        assert_eq!(signals.left(), HALF);
        signals.leaves("the load balancer is there");
        drop(orderly);
        assert_eq!(signals.left(), "the load balancer is there");
        assert_eq!(signals.stopped().given(), None);
        signals.stop(StopReason::TimedOut);
        assert_eq!(signals.stopped().given(), Some(StopReason::TimedOut));
    }
}
