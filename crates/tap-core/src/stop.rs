//! The stop signal: no new change is started once it is given; those in flight end.

use std::time::Duration;

use tokio::sync::watch;

/// How long a change under way may still take once the run is to stop. AWS answers within a second or two; an endpoint that
/// hangs must not hold the run.
const GRACE: Duration = Duration::from_secs(10);

/// Why a run stops early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopReason {
    /// Somebody asked for it: Ctrl-C or SIGTERM.
    Interrupted,
    /// `--timeout` is over.
    TimedOut,
}

impl StopReason {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Interrupted => "interrupted",
            Self::TimedOut => "timed-out",
        }
    }
}

/// The end that gives the signal.
#[derive(Debug)]
pub struct Stopper(watch::Sender<Option<StopReason>>);

/// The end that sees it.
#[derive(Debug, Clone)]
pub struct StopSignal(watch::Receiver<Option<StopReason>>);

impl Stopper {
    /// A new signal, not given yet.
    pub fn new() -> (Self, StopSignal) {
        let (sender, receiver) = watch::channel(None);
        (Self(sender), StopSignal(receiver))
    }

    /// Gives the signal. The first reason counts.
    pub fn stop(&self, reason: StopReason) {
        self.0.send_if_modified(|given| {
            let first = given.is_none();
            given.get_or_insert(reason);
            first
        });
    }
}

impl StopSignal {
    /// The reason, once the signal was given.
    pub fn given(&self) -> Option<StopReason> {
        *self.0.borrow()
    }

    /// Waits for the signal; for ever, where nobody is left to give it.
    pub async fn wait(&self) -> StopReason {
        let mut receiver = self.0.clone();
        match receiver.wait_for(Option::is_some).await.ok().and_then(|given| *given) {
            Some(reason) => reason,
            None => std::future::pending().await,
        }
    }

    /// Waits for the signal and then until what is under way must be given up.
    pub async fn end_of_grace(&self) -> StopReason {
        let reason = self.wait().await;
        tokio::time::sleep(GRACE).await;
        reason
    }
}
