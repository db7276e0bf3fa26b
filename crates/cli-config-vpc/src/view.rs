//! What was read of one region, as the list and the dialog show it.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use cli_common::errors;
use tap_core::aws::AwsCloud;
use tap_core::cloud::{LookAround, Observe};
use tap_core::ids::{TargetId, VpcId};
use tap_core::inventory::{Endpoint, Inventory, Links, Narrow, Scope, TargetKind};
use tap_core::settings::Settings;
use tap_core::survey::{self, TargetSurvey, VpcSurvey};

/// One region.
pub(crate) struct View {
    /// Where it was read.
    pub(crate) scope: Scope,
    /// How it is reached.
    pub(crate) cloud: AwsCloud,
    /// What was read.
    pub(crate) inventory: Inventory,
    /// Its VPCs, by id.
    pub(crate) vpcs: BTreeMap<VpcId, VpcSurvey>,
    /// Its targets, by id.
    pub(crate) targets: BTreeMap<TargetId, TargetSurvey>,
    /// Which VPCs are linked; none where that could not be read.
    pub(crate) links: Option<Links>,
}

impl View {
    /// Reads a region.
    pub(crate) async fn read(scope: Scope, cloud: AwsCloud, settings: &Settings) -> Result<Self> {
        let unread = "cannot read the account: nothing was changed";
        let mut inventory = cloud.inventory(&Narrow::default(), settings).await.context(unread)?;
        cloud.look_behind(&mut inventory).await.context(unread)?;
        let endpoints = endpoints(&cloud, &inventory).await;
        let links = known("links between VPCs", cloud.links().await);
        Self::of(scope, cloud, inventory, endpoints.as_ref(), links, settings)
    }

    fn of(
        scope: Scope,
        cloud: AwsCloud,
        inventory: Inventory,
        endpoints: Option<&BTreeMap<String, Endpoint>>,
        links: Option<Links>,
        settings: &Settings,
    ) -> Result<Self> {
        let vpcs = survey::vpcs(&inventory, settings)?;
        let targets = survey::targets(&inventory, endpoints, settings);
        Ok(Self {
            vpcs: vpcs.into_iter().map(|vpc| (vpc.id.clone(), vpc)).collect(),
            targets: targets.into_iter().map(|target| (target.id.clone(), target)).collect(),
            scope,
            cloud,
            inventory,
            links,
        })
    }
}

/// The endpoints, where a target is one. They only serve to say more about it: without the permission to read them it goes on.
async fn endpoints(cloud: &AwsCloud, inventory: &Inventory) -> Option<BTreeMap<String, Endpoint>> {
    let is_one = |kind: &TargetKind| matches!(kind, TargetKind::GwlbEndpoint(_));
    if !inventory.targets.values().any(|target| is_one(&target.kind)) {
        return Some(BTreeMap::new());
    }
    known("endpoints", cloud.endpoints().await)
}

fn known<T>(what: &str, read: Result<T, tap_core::error::CloudError>) -> Option<T> {
    match read {
        Ok(known) => Some(known),
        Err(error) => {
            let error = errors::one_line(&error);
            tracing::warn!(error, "the {what} could not be read: what they would tell is unknown");
            None
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use tap_core::aws::{Aws, Manners};
    use tap_core::testing::Scenario;

    use super::*;

    /// An account as though it had been read. Nothing answers where its cloud would ask.
    pub(crate) async fn view_of(account: Scenario) -> View {
        let inventory = account.build();
        let cloud = Aws::for_simulator("http://127.0.0.1:9", Manners::default())
            .await
            .cloud(inventory.scope.clone());
        let (scope, links) = (inventory.scope.clone(), Some(Links::default()));
        let endpoints = BTreeMap::new();
        View::of(scope, cloud, inventory, Some(&endpoints), links, &Settings::default()).unwrap()
    }
}
