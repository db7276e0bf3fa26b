//! A running simulator: starts the server on a thread of its own, and lets tests look at and change what it holds.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::faults::Faults;
use crate::journal::{CallRecord, Journal};
use crate::scenario::Scenario;
use crate::server::{Shared, lock, serve};
use crate::snapshot;
use crate::switches::{ScriptedFault, Switches};
use crate::world::RegionWorld;

/// A simulated AWS account that is being served. Dropping it stops the server.
#[derive(Debug)]
pub struct Simulator {
    shared: Arc<Shared>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Starts on a free port of 127.0.0.1.
    pub fn start(scenario: Scenario, switches: Switches) -> std::io::Result<Self> {
        Self::start_on(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), scenario, switches)
    }

    /// Starts on a given address.
    pub fn start_on(
        addr: SocketAddr,
        scenario: Scenario,
        switches: Switches,
    ) -> std::io::Result<Self> {
        let clock = Clock::new();
        let account = scenario.build(&clock).map_err(std::io::Error::other)?;
        // Set when the account is built: what the scenario describes was always there.
        clock.set_window(Duration::from_millis(switches.consistency.window_ms));
        let shared = Arc::new(Shared {
            account: Mutex::new(account),
            faults: Mutex::new(Faults::new(switches)),
            hung: Condvar::new(),
            journal: Mutex::new(Journal::default()),
            clock,
        });
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("aws-sim")
            .enable_all()
            .build()?;
        // Bound by the standard library: whoever calls this may be on a runtime of its own, and must not block on another.
        let listener = std::net::TcpListener::bind(addr)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let served = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("aws-sim".to_owned()).spawn(move || {
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect(
                    "a listening socket that does not block is all that a runtime asks for",
                );
                serve(listener, served, stopped).await;
            });
            runtime.shutdown_background();
        })?;
        Ok(Self { shared, address, stop, thread: Some(thread) })
    }

    /// What to set AWS_ENDPOINT_URL to.
    pub fn endpoint_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every call so far, in the order in which they came.
    pub fn calls(&self) -> Vec<CallRecord> {
        lock(&self.shared.journal).calls()
    }

    /// How many calls of each action there were.
    pub fn counts(&self) -> BTreeMap<String, usize> {
        lock(&self.shared.journal).counts()
    }

    /// Forgets the calls so far.
    pub fn clear_calls(&self) {
        lock(&self.shared.journal).clear();
    }

    /// Changes the switches in mid-life.
    pub fn set_switches(&self, change: impl FnOnce(&mut Switches)) {
        let mut faults = lock(&self.shared.faults);
        faults.change(change);
        let window = Duration::from_millis(faults.switches.consistency.window_ms);
        self.shared.clock.set_window(window);
        if window.is_zero() {
            let mut account = lock(&self.shared.account);
            account.regions.values_mut().for_each(RegionWorld::forget_past);
        }
    }

    /// Ends every fault: the switches are those of an account that works, and what waits for a call never happens. A call
    /// that hangs stays without an answer.
    pub fn lift_faults(&self) {
        lock(&self.shared.faults).lift();
        self.set_switches(|_| {});
    }

    /// Makes the next call of an action fail; `.times(n)` for more than one.
    pub fn fault(&self, action: &str, code: &str) -> FaultHandle<'_> {
        FaultHandle { simulator: self, fault: Some(ScriptedFault::new(action, code)) }
    }

    /// Waits until nothing is answered any more, as after the deeds `hang` and `hang-done`, and no longer than this; says
    /// whether it is so.
    pub fn wait_for_silence(&self, patience: Duration) -> bool {
        let faults = lock(&self.shared.faults);
        let answers = |faults: &mut Faults| !faults.switches.silent;
        let waited = self.shared.hung.wait_timeout_while(faults, patience, answers);
        waited.unwrap_or_else(PoisonError::into_inner).0.switches.silent
    }

    /// Lets simulated time pass at once: buckets fill, late reads catch up, instances settle.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.skip(by);
    }

    /// The whole account as stable, sorted JSON.
    pub fn snapshot(&self) -> serde_json::Value {
        snapshot::of(&lock(&self.shared.account))
    }

    /// Looks at or changes a region behind the API's back; a region that holds nothing yet is made.
    pub fn edit<T>(&self, region: &str, change: impl FnOnce(&mut RegionWorld) -> T) -> T {
        change(lock(&self.shared.account).region(region))
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A panic of the server has shown itself in the calls that failed.
            let _ = thread.join();
        }
    }
}

/// A fault that is set when this is dropped, so that `.times(n)` and the rest may follow.
#[derive(Debug)]
pub struct FaultHandle<'a> {
    simulator: &'a Simulator,
    fault: Option<ScriptedFault>,
}

impl FaultHandle<'_> {
    /// How many calls it hits.
    pub fn times(mut self, times: usize) -> Self {
        self.fault.iter_mut().for_each(|fault| fault.times = times);
        self
    }

    /// The HTTP status, where the usual one of the code is not wanted.
    pub fn status(mut self, status: u16) -> Self {
        self.fault.iter_mut().for_each(|fault| fault.status = Some(status));
        self
    }

    /// The text.
    pub fn message(mut self, message: &str) -> Self {
        self.fault.iter_mut().for_each(|fault| fault.message = Some(message.to_owned()));
        self
    }
}

impl Drop for FaultHandle<'_> {
    fn drop(&mut self) {
        if let Some(fault) = self.fault.take() {
            lock(&self.simulator.shared.faults).script(fault);
        }
    }
}
