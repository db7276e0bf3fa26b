//! The one place that sends: each call in its turn, and again where that helps. The SDK's own retries are off, since they would
//! know neither the pace nor what a code means here, and their shared quota gives up on all calls of a process after about a
//! hundred retries (docs/aws.md 6.3).
//!
//! ```text
//!   refused for its rate          again in its turn: a change until the run ends, a read for a minute; nothing was done, so
//!                                 a run that is to stop stops here
//!   5xx, no answer, half of one   again after a growing pause, eight times at most: an endpoint that is not there stays so
//!   changing, not known yet       the same
//!   all else                      is the caller's
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_ec2::config::http::HttpResponse;
use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};
use futures::future::{BoxFuture, Either, select};
use tokio::time::Instant;

use crate::aws::classify::classify;
use crate::call::{Access, Call};
use crate::error::{CloudError, ErrorKind};
use crate::pace::{Group, Limits, Pace, Ticket};
use crate::stop::{StopSignal, Stopper};

/// The first pause before a call is sent again; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How long a read is sent again. Nothing is lost with it but this run: the next one reads again.
const READ_PATIENCE: Duration = Duration::from_secs(60);

/// What is said of a load balancer or a target group that was just made, where nobody has heard of it yet. What a user names
/// was looked up before.
const NOT_KNOWN_YET: [&str; 4] = [
    "InvalidNetworkLoadBalancerArn.NotFound",
    "LoadBalancerNotFound",
    "NetworkLoadBalancerNotFoundException",
    "TargetGroupNotFound",
];

/// How calls are sent.
#[derive(Debug, Clone)]
pub struct Manners {
    /// What may be used of the account's request limits.
    pub limits: Limits,
    /// How long a change that is refused for its rate, or that gets no answer, is sent again at most.
    pub patience: Duration,
    /// How long one answer may take. A page of a thousand instances takes seconds.
    pub answer_time: Duration,
    /// Once it is given, no change is sent any more that was not sent before.
    pub stop: StopSignal,
}

impl Default for Manners {
    /// Those of somebody who waits for the answer.
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            patience: Duration::from_secs(120),
            answer_time: Duration::from_secs(30),
            stop: Stopper::new().1,
        }
    }
}

/// What became of the calls of one action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallCount {
    /// Requests sent, each try counted.
    pub sent: u64,
    /// Those refused for their rate.
    pub throttled: u64,
    /// Those that failed otherwise.
    pub failed: u64,
}

/// Sends the calls of one scope. Clones are the same one.
#[derive(Debug, Clone)]
pub(super) struct Sender(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    manners: Manners,
    start: Instant,
    paced: Mutex<BTreeMap<Group, Arc<Paced>>>,
    counts: [Counters; Call::ALL.len()],
    /// The last failure, as long as nothing was answered since.
    trouble: Mutex<Option<CloudError>>,
}

/// The calls of one group, one after the other at the door.
#[derive(Debug)]
struct Paced {
    turn: tokio::sync::Mutex<()>,
    pace: Mutex<Pace>,
}

#[derive(Debug, Default)]
struct Counters {
    sent: AtomicU64,
    throttled: AtomicU64,
    failed: AtomicU64,
}

impl Sender {
    pub(super) fn new(manners: Manners) -> Self {
        Self(Arc::new(Shared {
            manners,
            start: Instant::now(),
            paced: Mutex::default(),
            counts: std::array::from_fn(|_| Counters::default()),
            trouble: Mutex::default(),
        }))
    }

    /// A sender with the same manners for another run.
    pub(super) fn until(&self, stop: StopSignal) -> Self {
        Self::new(Manners { stop, ..self.0.manners.clone() })
    }

    /// Sends a request until it is answered for good.
    pub(super) async fn send<T, E, F>(
        &self,
        call: Call,
        request: impl Fn() -> F,
    ) -> Result<T, CloudError>
    where
        E: ProvideErrorMetadata + Error + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    {
        let paced = self.paced(call);
        let count = &self.0.counts[call as usize];
        let patience = match call.access() {
            Access::Read => self.0.manners.patience.min(READ_PATIENCE),
            Access::Write => self.0.manners.patience,
        };
        let (mut begun, mut failures, mut may_be_done) = (None, 0, false);
        loop {
            let ticket = self.turn(call, &paced, may_be_done).await?;
            // From the first try on: nobody's patience ends in the line.
            let begun = *begun.get_or_insert_with(|| self.now());
            count.sent.fetch_add(1, Ordering::Relaxed);
            // In a box of its own: the SDK's futures are large, and many are under way.
            let sent: BoxFuture<'_, _> = Box::pin(request());
            let error = match sent.await {
                Ok(answer) => {
                    locked(&paced.pace).granted(ticket);
                    *locked(&self.0.trouble) = None;
                    return Ok(answer);
                }
                Err(error) => classify(call, error),
            };
            *locked(&self.0.trouble) = Some(error.clone());
            if error.kind == ErrorKind::Throttled {
                count.throttled.fetch_add(1, Ordering::Relaxed);
                locked(&paced.pace).refused(ticket, self.now());
                if self.now() - begun >= patience {
                    return Err(error);
                }
                continue;
            }
            count.failed.fetch_add(1, Ordering::Relaxed);
            // What got no answer may not even have come to where calls are counted.
            if error.kind != ErrorKind::Unreachable {
                locked(&paced.pace).granted(ticket);
            }
            failures += 1;
            may_be_done |= error.kind.is_unclear();
            let tired = self.now() - begun >= patience;
            if tired || failures >= tries(&error) {
                return Err(error);
            }
            tokio::time::sleep(pause(failures)).await;
        }
    }

    /// What the last call failed with, as long as none was answered since.
    pub(super) fn trouble(&self) -> Option<CloudError> {
        locked(&self.0.trouble).clone()
    }

    /// What became of the calls so far, for each action that was called.
    pub(super) fn counts(&self) -> BTreeMap<Call, CallCount> {
        let read = |call: &Call| {
            let Counters { sent, throttled, failed } = &self.0.counts[*call as usize];
            let count = CallCount {
                sent: sent.load(Ordering::Relaxed),
                throttled: throttled.load(Ordering::Relaxed),
                failed: failed.load(Ordering::Relaxed),
            };
            (count.sent > 0).then_some((*call, count))
        };
        Call::ALL.iter().filter_map(read).collect()
    }

    /// Waits for a call's turn. A change whose turn has not come when the run is stopped is not sent, unless it was sent before
    /// and nobody knows whether it was done.
    async fn turn(
        &self,
        call: Call,
        paced: &Paced,
        may_be_done: bool,
    ) -> Result<Ticket, CloudError> {
        let turn = async {
            let _first = paced.turn.lock().await;
            loop {
                let asked = locked(&paced.pace).ask(self.now());
                match asked {
                    Ok(ticket) => return ticket,
                    Err(wait) => tokio::time::sleep(wait).await,
                }
            }
        };
        match call.access() {
            Access::Write if !may_be_done => {
                let stop = &self.0.manners.stop;
                match select(pin!(stop.wait()), pin!(turn)).await {
                    Either::Left((reason, _)) => Err(CloudError {
                        kind: ErrorKind::Stopped,
                        call,
                        resource: None,
                        code: None,
                        message: format!("not sent: {}", reason.code()),
                    }),
                    Either::Right((ticket, _)) => Ok(ticket),
                }
            }
            Access::Read | Access::Write => Ok(turn.await),
        }
    }

    fn paced(&self, call: Call) -> Arc<Paced> {
        let group = Group::of(call);
        let mut paced = locked(&self.0.paced);
        let new = || {
            let pace = Mutex::new(Pace::new(group, &self.0.manners.limits));
            Arc::new(Paced { turn: tokio::sync::Mutex::default(), pace })
        };
        Arc::clone(paced.entry(group).or_insert_with(new))
    }

    /// The time since this sender was made.
    fn now(&self) -> Duration {
        self.0.start.elapsed()
    }
}

/// How often a request is sent that fails so; once where sending it again does not help.
fn tries(error: &CloudError) -> u32 {
    let code = error.code.as_deref().unwrap_or_default();
    match error.kind {
        // Ten seconds in all, and as long as nobody answers.
        ErrorKind::Unavailable | ErrorKind::Unreachable => 8,
        ErrorKind::BadAnswer if error.code.is_none() => 3,
        // Somebody is changing the resource.
        ErrorKind::Changing => 6,
        // A request that was under way while this machine slept, or its clock was set; it is signed anew.
        ErrorKind::Credentials if code == "RequestExpired" => 3,
        // Made a moment ago by this very run: whoever answers has not heard of it yet (docs/aws.md 7). About half a minute.
        ErrorKind::NotFound if error.call.access() == Access::Write && is_new(code) => 10,
        // The sessions to it were removed a moment ago (docs/aws.md 5.1).
        ErrorKind::InUse if error.call == Call::DeleteTrafficMirrorTarget => 3,
        _ => 1,
    }
}

/// Whether the code is about something that a step before made.
fn is_new(code: &str) -> bool {
    code.starts_with("InvalidTrafficMirrorFilter") || NOT_KNOWN_YET.contains(&code)
}

/// The pause after so many failures: doubled each time, and drawn from its upper half, so that several runs do not come back
/// at once.
fn pause(failures: u32) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(1 << failures.min(16).saturating_sub(1));
    doubled.min(LONGEST_PAUSE).mul_f64(0.5 + fastrand::f64() / 2.0)
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
