//! Writes the tags, and looks again at the instances whose call failed: what is said of them is what is there.

use std::collections::{BTreeMap, BTreeSet};

use tap_core::cloud::{Browse, Tag, Which};
use tap_core::ids::InstanceId;
use tap_core::inventory::Instance;
use tap_core::stop::StopSignal;
use tap_core::tagging;
use tap_core::tags::TagChange;

use super::check::Planned;
use super::outcome::{Again, Regional, outcome};
use super::view::Subject;
use crate::errors;

/// Writes the changes of one region.
pub(super) async fn write<'a>(
    cloud: &(impl Tag + Browse + Sync),
    planned: &'a Planned<'a>,
    subject: &Subject,
    stop: &StopSignal,
) -> Regional<'a> {
    let changes: BTreeMap<String, TagChange> =
        planned.changes.iter().map(|(id, change)| (id.to_string(), change.tags.clone())).collect();
    let mut written = tagging::write(cloud, &changes, stop).await;
    let in_doubt: BTreeSet<InstanceId> = written
        .iter()
        .filter(|(_, written)| written.error().is_some())
        .map(|(id, _)| InstanceId::from(id.as_str()))
        .collect();
    let read = read_again(cloud, &in_doubt).await;
    let again = |id: &InstanceId| match &read {
        Some(read) if in_doubt.contains(id) => match read.get(id) {
            Some(instance) => Again::Tags(instance.tags.clone()),
            None => Again::Gone,
        },
        Some(_) | None => Again::Unread,
    };
    let outcomes = planned.changes.iter().filter_map(|(id, change)| {
        let written = written.remove(id.as_str())?;
        Some((id.clone(), outcome(change, written, again(id), subject)))
    });
    Regional { planned, outcomes: outcomes.collect() }
}

async fn read_again(
    cloud: &(impl Browse + Sync),
    ids: &BTreeSet<InstanceId>,
) -> Option<BTreeMap<InstanceId, Instance>> {
    if ids.is_empty() {
        return Some(BTreeMap::new());
    }
    match cloud.instances(Which::Ids(ids)).await {
        Ok(read) => Some(read),
        Err(error) => {
            let error = errors::one_line(&error);
            tracing::warn!(error, "the instances whose tags failed could not be read again");
            None
        }
    }
}
