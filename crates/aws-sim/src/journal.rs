//! The record of every call received.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

/// One call as it was received and answered.
#[derive(Debug, Clone, Serialize)]
pub struct CallRecord {
    /// Its number, from 1.
    pub seq: usize,
    /// The service, by signing name: `ec2`, `elasticloadbalancing`, `sts`, `organizations`.
    pub service: String,
    /// The action.
    pub action: String,
    /// Its parameters without Action and Version, under their wire names.
    pub params: BTreeMap<String, String>,
    /// When it came in, since the simulator's start.
    pub started: Duration,
    /// How long it took, latency included; zero while it is not answered yet.
    pub took: Duration,
    /// The HTTP status; none if no reply was sent (or not yet).
    pub status: Option<u16>,
    /// The error code; `Reset` and `LoseReply` where the connection was closed, `Hang` and `HangDone` where it was left
    /// open.
    pub error: Option<String>,
    /// The region that it was signed for.
    pub region: String,
}

/// All calls, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    calls: Vec<CallRecord>,
    /// How many were cleared away, so that numbers go on.
    cleared: usize,
}

impl Journal {
    /// Notes a call and gives its number.
    pub(crate) fn begin(&mut self, mut call: CallRecord) -> usize {
        call.seq = self.cleared + self.calls.len() + 1;
        let seq = call.seq;
        self.calls.push(call);
        seq
    }

    /// Notes how a call ended; one that was cleared away meanwhile is not.
    pub(crate) fn end(
        &mut self,
        seq: usize,
        took: Duration,
        status: Option<u16>,
        error: Option<String>,
    ) {
        let place = seq.checked_sub(self.cleared + 1);
        if let Some(call) = place.and_then(|place| self.calls.get_mut(place)) {
            (call.took, call.status, call.error) = (took, status, error);
        }
    }

    pub(crate) fn calls(&self) -> Vec<CallRecord> {
        self.calls.clone()
    }

    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for call in &self.calls {
            *counts.entry(call.action.clone()).or_default() += 1;
        }
        counts
    }

    pub(crate) fn clear(&mut self) {
        self.cleared += self.calls.len();
        self.calls.clear();
    }
}
