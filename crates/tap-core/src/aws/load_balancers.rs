//! What stands behind a Network Load Balancer that is a target: whether it is there, whether it listens for mirrored
//! traffic, and who receives it. Three calls for each, as long as one target group serves the listener.

use std::collections::BTreeSet;

use aws_sdk_elasticloadbalancingv2::types::{TargetHealthDescription, TargetHealthStateEnum};

use crate::aws::AwsCloud;
use crate::aws::look_up::present;
use crate::call::Call;
use crate::cloud::{Listener, LoadBalancer, LookUp};
use crate::error::CloudError;
use crate::inventory::NlbFacts;

impl AwsCloud {
    pub(super) async fn load_balancer(&self, arn: &str) -> Result<NlbFacts, CloudError> {
        let Some(balancer) = self.balancer(arn).await? else {
            return Ok(NlbFacts::default());
        };
        let mut facts = facts_of(balancer);
        let groups = self.hearing_groups(arn).await?;
        // A listener without a target group hears nothing that anybody could read.
        facts.listens = !groups.is_empty();
        for group in &groups {
            add_receivers(&mut facts, &self.target_health(group).await?);
        }
        Ok(facts)
    }

    /// The target groups behind the listeners for mirrored traffic.
    pub(super) async fn hearing_groups(&self, arn: &str) -> Result<BTreeSet<String>, CloudError> {
        let listeners = self.listeners(arn).await?.into_iter().filter(Listener::hears_mirrors);
        Ok(listeners.flat_map(|listener| listener.groups).collect())
    }

    /// All that is registered in a target group; nothing, where there is no such group.
    pub(super) async fn target_health(
        &self,
        group: &str,
    ) -> Result<Vec<TargetHealthDescription>, CloudError> {
        let call = Call::DescribeTargetHealth;
        let request = self.elb.describe_target_health().target_group_arn(group);
        let answer = self.send(call, || request.clone().send()).await.map_err(|e| e.about(group));
        let health = present(answer)?.and_then(|answer| answer.target_health_descriptions);
        Ok(health.unwrap_or_default())
    }
}

/// What a load balancer tells of itself; of those behind it, nothing yet.
pub(super) fn facts_of(balancer: LoadBalancer) -> NlbFacts {
    NlbFacts {
        exists: true,
        name: Some(balancer.name),
        state: Some(balancer.state),
        vpc: balancer.vpc,
        zones: balancer.subnets.into_values().collect(),
        ..NlbFacts::default()
    }
}

/// Adds who is registered in one of its target groups.
pub(super) fn add_receivers(facts: &mut NlbFacts, group: &[TargetHealthDescription]) {
    for health in group {
        let Some(id) = health.target().and_then(|target| target.id()) else {
            continue;
        };
        facts.healthy += usize::from(has_state(health, TargetHealthStateEnum::Healthy));
        match id.parse() {
            Ok(address) => drop(facts.addresses.insert(address)),
            Err(_) => drop(facts.instances.insert(id.into())),
        }
    }
}

/// Whether a registered target is in a state.
pub(super) fn has_state(health: &TargetHealthDescription, state: TargetHealthStateEnum) -> bool {
    health.target_health().and_then(|health| health.state()) == Some(&state)
}
