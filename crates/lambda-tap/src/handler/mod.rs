//! One invocation: understands what came, runs for all of it together, and says for each message whether it is settled.
//!
//! ```text
//!   settled      the answer is success
//!   left         what remains is put into the queue, and the answer is success
//!   failed       by itself: the invocation fails. In a batch: just this message comes again, and ends in the dead-letter queue
//! ```

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tap_core::apply::Change;
use tap_core::cloud::{Browse, Post};

use crate::batch::{self, Incoming, Message};
use crate::event::{
    CONTINUATION, Ignored, Malformed, Place, RelevantTags, Work, understand, understand_text,
};
use crate::orders::{admitted, orders};
use crate::run::Runs;
use crate::settle::{Trouble, Troubles};
use crate::time::Time;

/// Why an invocation failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The stable name of what went wrong.
    pub kind: &'static str,
    /// What went wrong.
    pub message: String,
}

impl From<Malformed> for Failure {
    fn from(malformed: Malformed) -> Self {
        Self { kind: "malformed-event", message: malformed.to_string() }
    }
}

/// What an invocation works with.
pub struct Handler<'a, C, P, T> {
    /// Where the function is.
    pub place: &'a Place,
    /// How runs are carried out.
    pub runs: Runs<'a, C, T>,
    /// What puts messages into the queue.
    pub post: &'a P,
}

/// What became of one work.
enum End {
    Settled,
    Failed(Failure),
}

impl<C: Change + Browse, P: Post, T: Time> Handler<'_, C, P, T> {
    /// Handles what came.
    ///
    /// # Errors
    /// [`Failure`], where it came by itself; of a batch the answer names what failed.
    pub async fn handle(&self, payload: &Value) -> Result<Value, Failure> {
        let relevant =
            RelevantTags::of(&self.runs.settings.keys, self.runs.settings.rules.as_ref());
        match Incoming::of(payload)? {
            Incoming::Direct(event) => {
                let work = self.admit(understand(event, self.place, &relevant)?);
                let body = event.to_string();
                let ends = self.all(&[(work, body)]).await;
                for end in ends {
                    if let End::Failed(failure) = end {
                        return Err(failure);
                    }
                }
                Ok(json!({ "settled": true }))
            }
            Incoming::Batch(messages) => Ok(self.batch(messages, &relevant).await),
        }
    }

    async fn batch(&self, messages: Vec<Message>, relevant: &RelevantTags) -> Value {
        let mut failed = BTreeSet::new();
        let (mut ids, mut works) = (Vec::new(), Vec::new());
        for Message { id, body } in messages {
            match understand_text(&body, self.place, relevant) {
                Ok(work) => {
                    ids.push(id);
                    works.push((self.admit(work), body));
                }
                Err(malformed) => {
                    tracing::error!(message_id = id, kind = "malformed-event", "{malformed}");
                    failed.insert(id);
                }
            }
        }
        let ends = self.all(&works).await;
        for (id, end) in ids.into_iter().zip(ends) {
            if let End::Failed(failure) = end {
                tracing::error!(message_id = id, kind = failure.kind, "{failure}");
                failed.insert(id);
            }
        }
        batch::answer(&failed)
    }

    fn admit(&self, work: Work) -> Work {
        let work = admitted(work, self.runs.config);
        match &work {
            Work::Ignored(Ignored { why, is_odd: true }) => tracing::warn!("ignored: {why}"),
            Work::Ignored(Ignored { why, is_odd: false }) => tracing::info!("ignored: {why}"),
            work => tracing::info!(?work, "to do"),
        }
        work
    }

    /// Does all works together, and says what became of each.
    async fn all(&self, works: &[(Work, String)]) -> Vec<End> {
        let mut troubles = Troubles::default();
        let just_works = works.iter().map(|(work, _)| work);
        for order in orders(just_works, self.runs.config, self.runs.time.now()) {
            self.runs.carry_out(order, &mut troubles).await;
        }
        let mut posted = BTreeSet::new();
        let mut ends = Vec::new();
        for (work, body) in works {
            ends.push(match troubles.of(work) {
                None => End::Settled,
                Some(Trouble::Failed(message)) => {
                    End::Failed(Failure { kind: "not-settled", message: message.clone() })
                }
                Some(Trouble::Left(what)) => {
                    // The schedule's own message would do as well, but says another time.
                    let body = if *work == Work::Everything { CONTINUATION } else { body };
                    self.go_on(body, what, &mut posted).await
                }
            });
        }
        ends
    }

    /// Puts what remains into the queue, once.
    async fn go_on(&self, body: &str, what: &str, posted: &mut BTreeSet<String>) -> End {
        if posted.contains(body) {
            return End::Settled;
        }
        let Some(queue) = &self.runs.config.queue_url else {
            let message = format!(
                "{what}; set SESSION_MIRROR_QUEUE_URL for what remains, or give the function more time"
            );
            return End::Failed(Failure { kind: "out-of-time", message });
        };
        match self.post.post(queue, body).await {
            Ok(()) => {
                tracing::info!(what, "the time is over: going on from the queue");
                posted.insert(body.to_owned());
                End::Settled
            }
            Err(error) => {
                let message =
                    format!("{what}; and what remains could not be put into the queue: {error}");
                End::Failed(Failure { kind: "not-sent", message })
            }
        }
    }
}

#[cfg(test)]
mod tests;
