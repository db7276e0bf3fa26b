//! Time, as a handler sees it: what it is now, how much of it is left, and waiting. Behind a trait, so that no test waits.

use std::future::Future;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tap_core::moment::Moment;

/// The longest that is kept back at the end of an invocation: a change under way may take ten seconds more, and then what is
/// left has to be put into the queue.
const LONGEST_MARGIN: Duration = Duration::from_secs(15);

/// What is kept back for the answer alone.
const ANSWER: Duration = Duration::from_secs(1);

/// Lambda gives no invocation more.
const LONGEST: Duration = Duration::from_secs(900);

/// Time.
pub trait Time {
    /// Now.
    fn now(&self) -> Moment;

    /// What is left until no new change is started.
    fn left(&self) -> Duration;

    /// Waits.
    fn pause(&self, time: Duration) -> impl Future<Output = ()> + Send;
}

/// The time of one invocation.
#[derive(Debug, Clone, Copy)]
pub struct Invocation {
    stop: Instant,
    end: Instant,
}

impl Invocation {
    /// One that begins now and that Lambda ends at `deadline`, in milliseconds since the beginning of 1970; or earlier, where
    /// it is given less time.
    pub fn until(deadline: u64, at_most: Option<Duration>) -> Self {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let time = match Duration::from_millis(deadline).checked_sub(since_1970) {
            Some(time) => time,
            // An emulator may have no deadlines.
            None => LONGEST,
        };
        let (stop, end) = parts(at_most.map_or(time, |most| most.min(time)));
        let begin = Instant::now();
        Self { stop: begin + stop, end: begin + end }
    }

    /// When no new change may be started any more.
    pub fn stop(&self) -> Instant {
        self.stop
    }

    /// When there has to be an answer.
    pub fn end(&self) -> Instant {
        self.end
    }
}

/// How long changes may be started, and when there has to be an answer, in an invocation of so much time.
fn parts(time: Duration) -> (Duration, Duration) {
    let margin = (time / 4).min(LONGEST_MARGIN);
    (time.saturating_sub(margin), time.saturating_sub(ANSWER.min(margin / 2)))
}

impl Time for Invocation {
    fn now(&self) -> Moment {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment::from_unix(i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX))
    }

    fn left(&self) -> Duration {
        self.stop.saturating_duration_since(Instant::now())
    }

    async fn pause(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_margin_is_kept_in_long_and_in_short_invocations() {
        let seconds = |time: f64| {
            let (stop, end) = parts(Duration::from_secs_f64(time));
            (stop.as_secs_f64(), end.as_secs_f64())
        };
        assert_eq!(seconds(900.0), (885.0, 899.0));
        assert_eq!(seconds(60.0), (45.0, 59.0));
        assert_eq!(seconds(4.0), (3.0, 3.5));
        assert_eq!(seconds(0.0), (0.0, 0.0));
    }
}
