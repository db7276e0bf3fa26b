//! The buckets that AWS documents, which call draws from which, and what of them may be used.

use crate::call::{Access, Call};

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// Calls when it is full, more than zero.
    pub burst: f64,
    /// Calls that come back each second, more than zero.
    pub rate: f64,
}

/// The calls that draw from one bucket of an account and region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// An action that has a bucket of its own, as each of EC2 has.
    Of(Call),
    /// All of Elastic Load Balancing that only reads.
    ElbReads,
    /// What Elastic Load Balancing creates or changes, load balancers apart.
    ElbChanges,
}

impl Group {
    /// The group of a call (docs/aws.md 6.1 and 6.2).
    pub fn of(call: Call) -> Self {
        let is_elb =
            call.iam_action().is_some_and(|action| action.starts_with("elasticloadbalancing:"));
        match (is_elb, call, call.access()) {
            (true, Call::CreateLoadBalancer | Call::RegisterTargets, _) | (false, ..) => {
                Self::Of(call)
            }
            (true, _, Access::Read) => Self::ElbReads,
            (true, _, Access::Write) => Self::ElbChanges,
        }
    }

    /// What AWS documents for an account that asked for nothing else (docs/aws.md 6.1 and 6.2).
    pub fn documented(self) -> Bucket {
        let (burst, rate) = match self {
            Self::ElbReads => (40.0, 10.0),
            Self::ElbChanges => (20.0, 3.0),
            Self::Of(Call::RegisterTargets) => (20.0, 4.0),
            Self::Of(Call::CreateLoadBalancer) => (10.0, 0.2),
            Self::Of(Call::CreateTags | Call::DeleteTags) => (100.0, 10.0),
            Self::Of(Call::RunInstances) => (5.0, 2.0),
            Self::Of(Call::TerminateInstances) => (100.0, 5.0),
            // Listings are always filtered or paginated here, so they have the large bucket. STS documents none.
            Self::Of(call) if call.access() == Access::Read => (100.0, 20.0),
            Self::Of(_) => (50.0, 5.0),
        };
        Bucket { burst, rate }
    }

    /// Whether the calls of this group change something.
    pub fn changes(self) -> bool {
        match self {
            Self::ElbReads => false,
            Self::ElbChanges => true,
            Self::Of(call) => call.access() == Access::Write,
        }
    }
}

/// What a run may use of an account's buckets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The share of each bucket that is ours, above 0 and up to 1. With less than all, the rest is never touched, so nothing
    /// beyond the known bucket is tried either.
    pub share: f64,
    /// The bucket of each changing action, where the user knows it better than the documents.
    pub changes: Option<Bucket>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { share: 1.0, changes: None }
    }
}

impl Limits {
    /// What may be used of a group's bucket, and whether it may be found out if there is more.
    pub(super) fn of(&self, group: Group) -> (Bucket, bool) {
        let Self { share, changes } = *self;
        let pinned = changes.filter(|_| group.changes());
        let known = pinned.unwrap_or_else(|| group.documented());
        // One call at a time is always possible.
        let ours = Bucket { burst: (known.burst * share).max(1.0), rate: known.rate * share };
        (ours, pinned.is_none() && share >= 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_ec2_action_has_its_own_bucket_and_load_balancing_shares() {
        let bucket = |call| {
            let Bucket { burst, rate } = Group::of(call).documented();
            (burst, rate)
        };
        assert_eq!(bucket(Call::CreateTrafficMirrorSession), (50.0, 5.0));
        assert_eq!(bucket(Call::DescribeInstances), (100.0, 20.0));
        assert_eq!(bucket(Call::CreateTags), (100.0, 10.0));
        assert_eq!(bucket(Call::RunInstances), (5.0, 2.0));
        assert_eq!(bucket(Call::TerminateInstances), (100.0, 5.0));
        assert_eq!(bucket(Call::CreateLoadBalancer), (10.0, 0.2));
        assert_ne!(
            Group::of(Call::CreateTrafficMirrorSession),
            Group::of(Call::DeleteTrafficMirrorSession)
        );
        assert_eq!(Group::of(Call::DescribeListeners), Group::of(Call::DescribeTargetHealth));
        assert_eq!(Group::of(Call::CreateListener), Group::of(Call::CreateTargetGroup));
    }

    #[test]
    fn a_pin_is_for_changes_and_a_share_for_all() {
        let changes = Group::of(Call::CreateTrafficMirrorSession);
        let reads = Group::of(Call::DescribeInstances);
        let limits = Limits::default();
        assert_eq!(limits.of(changes), (Bucket { burst: 50.0, rate: 5.0 }, true));
        let pinned = Limits { changes: Some(Bucket { burst: 1000.0, rate: 100.0 }), ..limits };
        assert_eq!(pinned.of(changes), (Bucket { burst: 1000.0, rate: 100.0 }, false));
        assert_eq!(pinned.of(reads), (Bucket { burst: 100.0, rate: 20.0 }, true));
        let shared = Limits { share: 0.25, ..pinned };
        assert_eq!(shared.of(changes), (Bucket { burst: 250.0, rate: 25.0 }, false));
        assert_eq!(shared.of(reads), (Bucket { burst: 25.0, rate: 5.0 }, false));
        let small = Limits { share: 0.01, changes: None };
        assert_eq!(small.of(changes), (Bucket { burst: 1.0, rate: 0.05 }, false));
    }
}
