//! What was read of one region: its VPCs and the instances in question, with what the list means for each.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::try_join;
use tap_core::cloud::{Browse, Which};
use tap_core::error::CloudError;
use tap_core::ids::{InstanceId, VpcId};
use tap_core::instance_types::InstanceTypes;
use tap_core::inventory::{Instance, Scope, Vpc};
use tap_core::policy::mark::Mark;
use tap_core::survey::{self, MarkSurvey};
use tap_core::tags::{TagChange, TagKeys};

/// What a run is about.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    /// The list.
    pub(super) list: Mark,
    /// The program's name.
    pub(super) name: &'static str,
    /// The keys of its tag and of the other list's.
    pub(super) keys: TagKeys,
    /// Which instance types can be mirrored.
    pub(super) types: InstanceTypes,
}

/// One region.
#[derive(Debug, Clone)]
pub(super) struct View {
    /// Where it was read.
    pub(super) scope: Scope,
    /// Its VPCs.
    vpcs: BTreeMap<VpcId, Vpc>,
    /// The instances that were asked for.
    instances: BTreeMap<InstanceId, Instance>,
    /// The same with regard to the list: by name, those without one last.
    pub(super) surveys: Vec<MarkSurvey>,
}

/// Which instances a run is about.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// Those on the list.
    Listed,
    /// Those named.
    Named(BTreeSet<InstanceId>),
    /// All.
    All,
}

impl View {
    /// Reads a region.
    pub(super) async fn read(
        cloud: &(impl Browse + Sync),
        scope: Scope,
        wanted: &Wanted,
        subject: &Subject,
    ) -> Result<Self, CloudError> {
        let which = match wanted {
            Wanted::Listed => Which::WithTag(subject.list.key(&subject.keys)),
            Wanted::Named(ids) => Which::Ids(ids),
            Wanted::All => Which::All,
        };
        let (vpcs, instances) = try_join(cloud.vpcs(), cloud.instances(which)).await?;
        let Subject { list, keys, types, .. } = subject;
        let surveys = survey::marks(*list, &instances, &vpcs, keys, types);
        Ok(Self { scope, vpcs, instances, surveys })
    }

    /// The instances on the list, and those that a person thought were.
    pub(super) fn listed(&self, subject: &Subject) -> Vec<&MarkSurvey> {
        let is_listed = |survey: &&MarkSurvey| survey.is_listed(subject.list, &subject.keys);
        self.surveys.iter().filter(is_listed).collect()
    }

    /// An instance with regard to the list.
    pub(super) fn survey(&self, id: &InstanceId) -> Option<&MarkSurvey> {
        self.surveys.iter().find(|survey| survey.id == *id)
    }

    /// An instance as it was read.
    pub(super) fn instance(&self, id: &InstanceId) -> Option<&Instance> {
        self.instances.get(id)
    }

    /// An instance with regard to the list, once its tags were changed.
    pub(super) fn after(
        &self,
        id: &InstanceId,
        change: &TagChange,
        subject: &Subject,
    ) -> Option<MarkSurvey> {
        let mut instance = self.instances.get(id)?.clone();
        instance.tags = change.applied_to(&instance.tags);
        let Subject { list, keys, types, .. } = subject;
        Some(survey::mark(*list, id, &instance, &self.vpcs, keys, types))
    }

    /// A VPC's name, where it has one.
    pub(super) fn vpc_name(&self, id: &VpcId) -> Option<&str> {
        self.vpcs.get(id)?.tags.name()
    }
}

/// The names of the regions, in a row.
pub(super) fn places(views: &[View]) -> String {
    let names: Vec<&str> = views.iter().map(|view| view.scope.region.as_str()).collect();
    names.join(", ")
}
