//! What stands behind the load balancers that are targets, for an audit: what a run knows of them, and what decides whether
//! packets come through them.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_elasticloadbalancingv2::types::TargetHealthDescription;
use futures::{StreamExt, TryStreamExt, stream, try_join};

use crate::aws::AwsCloud;
use crate::aws::build::CROSS_ZONE;
use crate::aws::load_balancers::{add_receivers, facts_of};
use crate::aws::look_over::Look;
use crate::aws::look_up::present;
use crate::aws::observe::LOAD_BALANCERS_AT_ONCE;
use crate::call::Call;
use crate::cloud::{LookUp, Overview};
use crate::error::CloudError;
use crate::ids::TargetId;
use crate::inventory::{MirrorTarget, NlbFacts};
use crate::network::{Balancer, Member, TargetGroupFacts};

/// What could be read of one load balancer.
#[derive(Default)]
pub(super) struct Behind {
    /// What a run knows; none where a part of it could not be read.
    facts: Option<NlbFacts>,
    /// The rest; none where there is no such load balancer, or nothing of it could be read.
    balancer: Option<Balancer>,
}

impl Behind {
    pub(super) fn add_to(self, seen: &mut Overview, id: TargetId) {
        let Self { facts, balancer } = self;
        seen.network.balancers.extend(balancer.map(|balancer| (id.clone(), balancer)));
        seen.inventory.nlbs.extend(facts.map(|facts| (id, facts)));
    }
}

impl Look<'_> {
    /// Reads what stands behind those of some targets that are load balancers of this account.
    pub(super) async fn behind(
        &self,
        targets: &BTreeMap<TargetId, MirrorTarget>,
        in_use: &BTreeSet<TargetId>,
    ) -> Result<Vec<(TargetId, Behind)>, CloudError> {
        stream::iter(self.cloud.own_load_balancers(targets, in_use))
            .map(|(id, arn)| async move { Ok((id, self.behind_one(&arn).await?)) })
            .buffer_unordered(LOAD_BALANCERS_AT_ONCE)
            .try_collect()
            .await
    }

    async fn behind_one(&self, arn: &str) -> Result<Behind, CloudError> {
        let found = match self.allowed(self.cloud.balancer(arn).await)? {
            Some(Some(found)) => found,
            Some(None) => {
                return Ok(Behind { facts: Some(NlbFacts::default()), balancer: None });
            }
            None => return Ok(Behind::default()),
        };
        let cross_zone = async { self.allowed(present(self.cloud.is_cross_zone(arn).await)) };
        let groups = async { self.allowed(self.cloud.hearing_groups(arn).await) };
        let (cross_zone, groups) = try_join!(cross_zone, groups)?;
        let mut balancer = Balancer {
            subnets: found.subnets.clone(),
            groups: found.groups.clone(),
            cross_zone: cross_zone.flatten(),
            target_groups: Vec::new(),
        };
        let Some(groups) = groups else {
            return Ok(Behind { facts: None, balancer: Some(balancer) });
        };
        let mut facts = Some(NlbFacts { listens: !groups.is_empty(), ..facts_of(found) });
        for group in groups {
            let health = async { self.allowed(self.cloud.target_health(&group).await) };
            let cross_zone = async { self.allowed(self.cloud.own_cross_zone(&group).await) };
            let (health, cross_zone) = try_join!(health, cross_zone)?;
            facts = facts.zip(health.as_deref()).map(|(mut facts, health)| {
                add_receivers(&mut facts, health);
                facts
            });
            balancer.target_groups.push(TargetGroupFacts {
                arn: group,
                cross_zone: cross_zone.flatten(),
                members: members(&health.unwrap_or_default()),
            });
        }
        Ok(Behind { facts, balancer: Some(balancer) })
    }
}

impl AwsCloud {
    /// Whether a target group sends across zones, where it does not leave that to its load balancer.
    async fn own_cross_zone(&self, group: &str) -> Result<Option<bool>, CloudError> {
        let call = Call::DescribeTargetGroupAttributes;
        let request = self.elb.describe_target_group_attributes().target_group_arn(group);
        let answer = self.send(call, || request.clone().send()).await.map_err(|e| e.about(group));
        let Some(answer) = present(answer)? else { return Ok(None) };
        let attribute = answer.attributes().iter().find(|a| a.key() == Some(CROSS_ZONE));
        Ok(match attribute.and_then(|attribute| attribute.value()) {
            Some("true") => Some(true),
            Some("false") => Some(false),
            // `use_load_balancer_configuration`
            _ => None,
        })
    }
}

/// Who is registered, always in the same order.
fn members(group: &[TargetHealthDescription]) -> Vec<Member> {
    let member = |health: &TargetHealthDescription| {
        let target = health.target()?;
        let state = health.target_health().and_then(|health| health.state());
        Some(Member {
            id: target.id()?.to_owned(),
            port: target.port().and_then(|port| port.try_into().ok()),
            zone: target.availability_zone().map(str::to_owned),
            health: state.map(|state| state.as_str().to_owned()).unwrap_or_default(),
        })
    };
    let mut members: Vec<Member> = group.iter().filter_map(member).collect();
    members.sort_by(|a, b| (&a.id, a.port).cmp(&(&b.id, b.port)));
    members
}
