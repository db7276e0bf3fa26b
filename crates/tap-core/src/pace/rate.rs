//! One bucket's pace: when the next call may be sent, and what answers teach.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::pace::bucket::{Bucket, Group, Limits};

/// A call costs the time that passes until its token is back, counted in these.
const CELL: Duration = Duration::from_micros(1);

/// By how much a granted call raises the rate as long as nothing was refused.
const RAMP: f64 = 1.125;

/// Where the ramp begins, in times of the documented rate.
const RAMP_START: f64 = 4.0;

/// No account has more, calls per second.
const FASTEST: f64 = 10_000.0;

/// It never gets slower than this part of the documented rate: refused calls now and then cost nobody anything.
const SLOWEST: f64 = 0.1;

/// Nor, as long as too little was granted to measure anything, slower than this part.
const SLOWEST_UNMEASURED: f64 = 0.25;

/// After so many granted calls without a refusal the rate has doubled. It grows by a high power of them: it stays close to what
/// is known to be granted for long, and then grows ever faster, as TCP's CUBIC does (RFC 9438).
const DOUBLED_AFTER: f64 = 150.0;

/// That power.
const GROWTH: i32 = 5;

/// How much slower than granted it begins after a refusal. Nothing is lost by that: what is not taken stays in the bucket. And
/// others find something there. At the edge of the bucket their calls would be refused, what they do not get would be granted
/// to us, and would count as ours from then on.
const BELOW: f64 = 0.88;

/// The weight of what was thought before, in granted calls.
const PRIOR: f64 = 0.5;

/// A measurement of so many granted calls is good: the next one begins.
const ENOUGH: u32 = 25;

/// The pace of one group of calls in one account and region. All times are since the same moment.
#[derive(Debug)]
pub struct Pace {
    limiter: Limiter,
    known: Bucket,
    documented: f64,
    may_exceed: bool,
    first_sent: Option<Duration>,
    granted: u32,
    learnt: Option<Learnt>,
    /// The calls per second that the ramp has reached.
    ramp: Option<f64>,
    waiting: bool,
}

/// What a call that was let through is answered for with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    sent: Duration,
    waited: bool,
}

/// What refusals have taught.
#[derive(Debug)]
struct Learnt {
    /// The rate that is granted, as far as known.
    rate: f64,
    /// The last refusal that taught something.
    refused: Duration,
    /// Calls granted since then that had to wait for their turn: others say nothing about the limit.
    quiet: u32,
    /// The measurement: when the call was sent that was refused, what was thought then, how many were granted of those that
    /// were sent since.
    since: Duration,
    prior: f64,
    granted: u32,
    /// The bucket was full since then: what it refilled meanwhile is lost, and what was granted is no measure of it.
    overflowed: bool,
}

impl Pace {
    /// The pace of a group under some limits.
    pub fn new(group: Group, limits: &Limits) -> Self {
        let (known, may_exceed) = limits.of(group);
        Self {
            limiter: Limiter::new(known),
            known,
            documented: group.documented().rate.min(known.rate),
            may_exceed,
            first_sent: None,
            granted: 0,
            learnt: None,
            ramp: None,
            waiting: false,
        }
    }

    /// The calls per second that are sent at the moment where there are enough to be sent.
    pub fn rate(&self) -> f64 {
        let ceiling = if self.may_exceed { FASTEST } else { self.known.rate };
        let rate = match (&self.learnt, self.ramp) {
            (Some(learnt), _) => {
                let quiet = f64::from(learnt.quiet) / DOUBLED_AFTER;
                learnt.rate * (BELOW + quiet.powi(GROWTH))
            }
            (None, Some(ramp)) => ramp,
            (None, None) => self.known.rate,
        };
        rate.min(ceiling).max(self.documented * SLOWEST)
    }

    /// Lets a call through now, or says how long to wait before asking again.
    ///
    /// # Errors
    /// The time to wait.
    pub fn ask(&mut self, now: Duration) -> Result<Ticket, Duration> {
        match self.limiter.ask(now, self.rate()) {
            Ok(was_full) => {
                if let Some(learnt) = &mut self.learnt {
                    learnt.overflowed |= was_full;
                }
                self.first_sent.get_or_insert(now);
                Ok(Ticket { sent: now, waited: std::mem::take(&mut self.waiting) })
            }
            // Nothing was refused so far: there is no reason to wait as long as the documents would.
            Err(_) if self.may_exceed && self.learnt.is_none() && self.ramp.is_none() => {
                self.ramp = Some(self.known.rate * RAMP_START);
                self.ask(now)
            }
            Err(wait) => {
                self.waiting = true;
                Err(wait)
            }
        }
    }

    /// A call got an answer other than a refusal for its rate.
    pub fn granted(&mut self, ticket: Ticket) {
        self.granted += 1;
        match &mut self.learnt {
            None => {
                if let Some(ramp) = self.ramp.as_mut().filter(|_| ticket.waited) {
                    *ramp = (*ramp * RAMP).min(FASTEST);
                }
            }
            Some(learnt) => {
                learnt.granted += u32::from(ticket.sent >= learnt.since);
                learnt.quiet += u32::from(ticket.waited && ticket.sent >= learnt.refused);
            }
        }
    }

    /// A call was refused for its rate. The bucket was empty when it was sent; answers to later calls are on their way.
    pub fn refused(&mut self, ticket: Ticket, now: Duration) {
        let rate = match &mut self.learnt {
            // It was under way when the last refusal came, and says the same.
            Some(learnt) if ticket.sent < learnt.refused => return,
            Some(learnt) if learnt.overflowed => {
                (learnt.refused, learnt.quiet) = (now, 0);
                (learnt.since, learnt.prior, learnt.granted) = (ticket.sent, learnt.rate, 0);
                learnt.overflowed = false;
                learnt.rate
            }
            Some(learnt) => {
                let passed = ticket.sent.saturating_sub(learnt.since).as_secs_f64();
                let granted = f64::from(learnt.granted);
                let rate = (granted + PRIOR) / (passed + PRIOR / learnt.prior);
                let measured = learnt.granted >= ENOUGH;
                let slowest = if measured { SLOWEST } else { SLOWEST_UNMEASURED };
                let rate = rate.clamp(self.documented * slowest, FASTEST);
                (learnt.rate, learnt.refused, learnt.quiet) = (rate, now, 0);
                if measured {
                    (learnt.since, learnt.prior, learnt.granted) = (ticket.sent, rate, 0);
                }
                rate
            }
            None => {
                let rate = self.first_guess(ticket.sent);
                self.learnt = Some(Learnt {
                    rate,
                    refused: now,
                    quiet: 0,
                    since: ticket.sent,
                    prior: rate,
                    granted: 0,
                    overflowed: false,
                });
                rate
            }
        };
        self.limiter.empty(now, rate);
    }

    /// The rate to begin with at the first refusal: all that was granted beyond the documented burst, taken for what came
    /// back. Where the burst was larger than documented that is too much, as the next refusals soon show; too little would
    /// take far longer to find out. A bucket that gave less was not full, which says nothing.
    fn first_guess(&self, sent: Duration) -> f64 {
        let passed = sent.saturating_sub(self.first_sent.unwrap_or(sent)).as_secs_f64();
        let Bucket { burst, rate } = self.known;
        let more = (f64::from(self.granted) - burst) / passed.max(CELL.as_secs_f64());
        more.clamp(rate, FASTEST)
    }
}

type TimeBucket = RateLimiter<NotKeyed, InMemoryState, Now, NoOpMiddleware<Duration>>;

/// A bucket of time: it fills by a second each second, and a call takes out what it costs at the present rate. So the rate can
/// change from call to call.
#[derive(Debug)]
struct Limiter {
    clock: Now,
    bucket: TimeBucket,
    size: NonZeroU32,
}

impl Limiter {
    fn new(known: Bucket) -> Self {
        let clock = Now::default();
        let size = cells(known.burst / known.rate);
        Self { bucket: full(size, &clock), clock, size }
    }

    /// Takes out what a call costs, and says whether the bucket was full.
    fn ask(&mut self, now: Duration, rate: f64) -> Result<bool, Duration> {
        self.clock.set(now);
        let was_full = matches!(self.bucket.check_n(self.size), Ok(Ok(())));
        if was_full {
            self.bucket = full(self.size, &self.clock);
        }
        let cost = cells(1.0 / rate).min(self.size);
        match self.bucket.check_n(cost) {
            Ok(Ok(())) | Err(_) => Ok(was_full),
            Ok(Err(not_yet)) => Err(not_yet.wait_time_from(now).max(CELL)),
        }
    }

    /// Takes out all that is in it, but for less than one call.
    fn empty(&mut self, now: Duration, rate: f64) {
        self.clock.set(now);
        // No smaller than one call at the slowest.
        self.size = self.size.max(cells(1.0 / rate));
        self.bucket = full(self.size, &self.clock);
        let emptied = self.bucket.check_n(self.size);
        debug_assert!(matches!(emptied, Ok(Ok(()))), "a full bucket gives all that is in it");
    }
}

fn full(size: NonZeroU32, clock: &Now) -> TimeBucket {
    let quota = Quota::with_period(CELL).expect("a cell takes time").allow_burst(size);
    RateLimiter::direct_with_clock(quota, clock.clone())
}

/// Seconds in cells: at least one, at most an hour's worth.
fn cells(seconds: f64) -> NonZeroU32 {
    let cells = (seconds.clamp(0.0, 3600.0) / CELL.as_secs_f64()).round();
    NonZeroU32::new(cells as u32).unwrap_or(NonZeroU32::MIN)
}

/// The time that was last given.
#[derive(Debug, Clone, Default)]
struct Now(Arc<AtomicU64>);

impl Now {
    fn set(&self, now: Duration) {
        let nanos = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        self.0.store(nanos, Ordering::Relaxed);
    }
}

impl Clock for Now {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}
