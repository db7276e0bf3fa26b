//! Writes tag changes to many resources: in batches, each batch one call, a failure of one never the end of the others.
//!
//! Every resource gets an outcome of its own, so that a failure half-way can say who has the tag and who has not. The same
//! changes written again complete what is missing.

use std::collections::BTreeMap;

use crate::cloud::Tag;
use crate::error::{CloudError, ErrorKind};
use crate::stop::StopSignal;
use crate::tags::TagChange;

/// How many resources one call names. AWS takes a thousand and advises fewer (docs/aws.md 1.5).
pub const BATCH: usize = 100;

/// What became of one resource's change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// It is as it should be.
    Done,
    /// It was not tried: the program was stopped before.
    NotTried,
    /// Its tags are as they were.
    Failed(CloudError),
    /// Old keys were removed, and new ones could not be set.
    HalfDone(CloudError),
    /// No answer came: it may have been done.
    Unclear(CloudError),
}

impl Written {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::NotTried => "not-tried",
            Self::Failed(_) => "failed",
            Self::HalfDone(_) => "half-done",
            Self::Unclear(_) => "unclear",
        }
    }

    /// Why it is not done, where AWS or the network is to blame.
    pub fn error(&self) -> Option<&CloudError> {
        match self {
            Self::Done | Self::NotTried => None,
            Self::Failed(error) | Self::HalfDone(error) | Self::Unclear(error) => Some(error),
        }
    }
}

/// Writes all changes, and says of each resource what became of it. `stop` is looked at between two batches.
///
/// Within one resource old keys go before new ones come: an instance that moves from one list to the other is at no moment on
/// both.
pub async fn write<C: Tag + Sync>(
    cloud: &C,
    changes: &BTreeMap<String, TagChange>,
    stop: &StopSignal,
) -> BTreeMap<String, Written> {
    let mut same: BTreeMap<&TagChange, Vec<&str>> = BTreeMap::new();
    for (resource, change) in changes {
        same.entry(change).or_default().push(resource);
    }
    let mut written = BTreeMap::new();
    for (change, resources) in same {
        // What failed because of one of its resources is tried again in halves, until only that one fails.
        let mut batches: Vec<&[&str]> = resources.chunks(BATCH).rev().collect();
        while let Some(batch) = batches.pop() {
            let outcome = match stop.given() {
                Some(_) => Written::NotTried,
                None => write_batch(cloud, change, batch).await,
            };
            let for_one = outcome.error().is_some_and(|error| is_for_one(error.kind));
            if for_one && batch.len() > 1 {
                let (first, second) = batch.split_at(batch.len() / 2);
                batches.extend([second, first]);
                continue;
            }
            written.extend(batch.iter().map(|id| ((*id).to_owned(), outcome.clone())));
        }
    }
    written
}

/// Whether AWS refuses a whole call because of one resource in it.
fn is_for_one(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::TagLimit | ErrorKind::TagPolicy)
}

async fn write_batch<C: Tag + Sync>(cloud: &C, change: &TagChange, batch: &[&str]) -> Written {
    let removes = !change.remove.is_empty();
    if removes && let Err(error) = cloud.remove_tags(batch, &change.remove).await {
        return unless_unclear(error, Written::Failed);
    }
    if !change.set.is_empty()
        && let Err(error) = cloud.set_tags(batch, &change.set).await
    {
        return unless_unclear(error, if removes { Written::HalfDone } else { Written::Failed });
    }
    Written::Done
}

/// What a failed call means: AWS refuses a call as a whole, but one that it never answered may have been done.
fn unless_unclear(error: CloudError, refused: fn(CloudError) -> Written) -> Written {
    if error.kind.is_unclear() { Written::Unclear(error) } else { refused(error) }
}
