//! What the simulator's record of calls says: how many of each action, and how many pages the
//! longest listing has.

use std::collections::BTreeMap;

use aws_sim::CallRecord;
use serde::{Deserialize, Serialize};

use crate::wire::COMPETITOR;

/// The calls of one action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    /// All.
    pub sent: usize,
    /// Those that were throttled.
    pub throttled: usize,
    /// Those that failed in another way.
    pub failed: usize,
}

impl Calls {
    fn add(&mut self, call: &CallRecord) {
        self.sent += 1;
        if call.error.as_deref() == Some("RequestLimitExceeded") {
            self.throttled += 1;
        } else if call.status != Some(200) {
            self.failed += 1;
        }
    }

    /// Those that did what they were to do.
    pub fn done(&self) -> usize {
        self.sent - self.throttled - self.failed
    }

    /// The share that was throttled.
    pub fn throttled_share(&self) -> f64 {
        self.throttled as f64 / self.sent.max(1) as f64
    }
}

/// What came in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// By action; the competitor's apart.
    pub actions: BTreeMap<String, Calls>,
    /// The competitor's.
    pub others: Calls,
    /// The most pages that one listing had.
    pub pages: usize,
}

impl Tally {
    /// Counts.
    pub fn of(calls: &[CallRecord]) -> Self {
        let mut tally = Self::default();
        let mut listings: BTreeMap<(&str, BTreeMap<&str, &str>), usize> = BTreeMap::new();
        for call in calls {
            if call.params.get("NetworkInterfaceId").is_some_and(|eni| eni == COMPETITOR) {
                tally.others.add(call);
                continue;
            }
            tally.actions.entry(call.action.clone()).or_default().add(call);
            let of_listing = call.params.iter().filter(|(name, _)| *name != "NextToken");
            let params = of_listing.map(|(name, value)| (name.as_str(), value.as_str())).collect();
            *listings.entry((&call.action, params)).or_default() += 1;
        }
        let reads = listings.iter().filter(|((action, _), _)| action.starts_with("Describe"));
        tally.pages = reads.map(|(_, pages)| *pages).max().unwrap_or_default();
        tally
    }

    /// All calls but the competitor's.
    pub fn all(&self) -> Calls {
        self.actions.values().fold(Calls::default(), |sum, calls| Calls {
            sent: sum.sent + calls.sent,
            throttled: sum.throttled + calls.throttled,
            failed: sum.failed + calls.failed,
        })
    }

    /// How many sessions were created.
    pub fn created(&self) -> usize {
        self.actions.get("CreateTrafficMirrorSession").map_or(0, Calls::done)
    }

    /// Calls per action in one line, the most frequent first: `11 DescribeInstances, once each: DescribeVpcs, ..`.
    pub fn per_action(&self) -> String {
        let (once, mut more): (Vec<_>, Vec<_>) =
            self.actions.iter().partition(|(_, calls)| calls.sent == 1);
        more.sort_by_key(|(_, calls)| std::cmp::Reverse(calls.sent));
        let more = more.into_iter().map(|(action, calls)| match calls.throttled {
            0 => format!("{} {action}, ", calls.sent),
            throttled => format!("{} {action} ({throttled} throttled), ", calls.sent),
        });
        let once: Vec<&str> = once.into_iter().map(|(action, _)| action.as_str()).collect();
        format!("{}once each: {}", more.collect::<String>(), once.join(", "))
    }
}
