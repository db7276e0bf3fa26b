//! SIGINT and SIGTERM: the first asks the run to stop, the second ends the process.

use std::io;
use std::sync::Arc;

use tap_core::stop::{StopReason, Stopper};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::exit::KILLED;

/// Listens from now on. Needs a running tokio runtime.
///
/// # Errors
/// What the system says where it lets nobody listen.
pub fn listen(stopper: Arc<Stopper>) -> io::Result<()> {
    let interrupt = signal(SignalKind::interrupt())?;
    let terminate = signal(SignalKind::terminate())?;
    tokio::spawn(obey(interrupt, terminate, stopper));
    Ok(())
}

async fn obey(mut interrupt: Signal, mut terminate: Signal, stopper: Arc<Stopper>) {
    either(&mut interrupt, &mut terminate).await;
    tracing::warn!(
        "stopping: no new change is started, those in flight end; once more quits at once"
    );
    stopper.stop(StopReason::Interrupted);
    either(&mut interrupt, &mut terminate).await;
    std::process::exit(KILLED.into());
}

async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
