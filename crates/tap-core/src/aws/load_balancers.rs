//! What stands behind a Network Load Balancer that is a target: whether it is there, whether it listens for mirrored
//! traffic, and who receives it. Three calls for each, as long as one target group serves the listener.

use std::collections::BTreeSet;

use aws_sdk_elasticloadbalancingv2::types::{Listener, ProtocolEnum, TargetHealthStateEnum};

use crate::aws::AwsCloud;
use crate::aws::classify::classify;
use crate::call::Call;
use crate::error::{CloudError, ErrorKind};
use crate::inventory::NlbFacts;

/// The port of VXLAN, on which mirrored traffic arrives (docs/aws.md 11).
const VXLAN_PORT: i32 = 4789;

impl AwsCloud {
    pub(super) async fn load_balancer(&self, arn: &str) -> Result<NlbFacts, CloudError> {
        let call = Call::DescribeLoadBalancers;
        let mut pages = self
            .elb
            .describe_load_balancers()
            .load_balancer_arns(arn)
            .into_paginator()
            .stop_on_duplicate_token(false)
            .send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = present(page.map_err(|e| classify(call, e).about(arn)))?;
            found.extend(page.and_then(|page| page.load_balancers).unwrap_or_default());
        }
        let Some(balancer) = found.first() else {
            return Ok(NlbFacts::default());
        };
        let mut facts = NlbFacts {
            exists: true,
            name: balancer.load_balancer_name().map(str::to_owned),
            state: balancer.state().and_then(|s| s.code()).map(|code| code.as_str().to_owned()),
            vpc: balancer.vpc_id().map(Into::into),
            ..NlbFacts::default()
        };
        let groups: BTreeSet<String> = self
            .listeners(arn)
            .await?
            .iter()
            .filter(|l| is_for_mirrors(l))
            .flat_map(groups)
            .collect();
        // A listener without a target group hears nothing that anybody could read.
        facts.listens = !groups.is_empty();
        for group in &groups {
            let answer = self
                .elb
                .describe_target_health()
                .target_group_arn(group)
                .send()
                .await
                .map_err(|e| classify(Call::DescribeTargetHealth, e).about(group));
            let Some(answer) = present(answer)? else {
                continue;
            };
            for health in answer.target_health_descriptions() {
                let Some(id) = health.target().and_then(|target| target.id()) else {
                    continue;
                };
                let state = health.target_health().and_then(|health| health.state());
                facts.healthy += usize::from(state == Some(&TargetHealthStateEnum::Healthy));
                match id.parse() {
                    Ok(address) => drop(facts.addresses.insert(address)),
                    Err(_) => drop(facts.instances.insert(id.into())),
                }
            }
        }
        Ok(facts)
    }

    async fn listeners(&self, arn: &str) -> Result<Vec<Listener>, CloudError> {
        let mut pages = self
            .elb
            .describe_listeners()
            .load_balancer_arn(arn)
            .into_paginator()
            .stop_on_duplicate_token(false)
            .send();
        let mut listeners = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| classify(Call::DescribeListeners, e).about(arn));
            listeners.extend(present(page)?.and_then(|p| p.listeners).unwrap_or_default());
        }
        Ok(listeners)
    }
}

/// Nothing, where AWS says that there is no such thing: it went since it was named.
fn present<T>(answer: Result<T, CloudError>) -> Result<Option<T>, CloudError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_for_mirrors(listener: &Listener) -> bool {
    // TCP_UDP hears UDP too (docs/aws.md 11).
    listener.port() == Some(VXLAN_PORT)
        && matches!(listener.protocol(), Some(ProtocolEnum::Udp | ProtocolEnum::TcpUdp))
}

fn groups(listener: &Listener) -> Vec<String> {
    let actions = listener.default_actions().iter();
    actions
        .flat_map(|action| {
            let several = action.forward_config().map(|f| f.target_groups()).unwrap_or_default();
            let several = several.iter().filter_map(|group| group.target_group_arn());
            action.target_group_arn().into_iter().chain(several).map(str::to_owned)
        })
        .collect()
}
