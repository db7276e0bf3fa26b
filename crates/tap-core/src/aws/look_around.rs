//! What people want to know when they choose a target: what stands behind targets that nothing uses yet, which endpoints and
//! load balancers could become targets, and which VPCs are linked.

use std::collections::{BTreeMap, BTreeSet};

use futures::try_join;

use crate::aws::AwsCloud;
use crate::aws::classify::classify;
use crate::aws::convert::{need, tags};
use crate::aws::observe::interfaces_behind;
use crate::call::Call;
use crate::cloud::LookAround;
use crate::error::CloudError;
use crate::ids::{TargetId, VpcId};
use crate::inventory::{GatewayEndpoint, Inventory, Links, NetworkLoadBalancer};

/// AWS's word for an endpoint that can become a target.
const GATEWAY_LOAD_BALANCER: &str = "GatewayLoadBalancer";

impl LookAround for AwsCloud {
    async fn look_behind(&self, inventory: &mut Inventory) -> Result<(), CloudError> {
        let known = |id: &&TargetId| inventory.nlbs.contains_key(*id);
        let unknown: BTreeSet<TargetId> =
            inventory.targets.keys().filter(|id| !known(id)).cloned().collect();
        let more = self.read_load_balancers(inventory, &unknown).await?;
        inventory.nlbs.extend(more);
        let interfaces = interfaces_behind(inventory, &unknown);
        self.read_lone_interfaces(inventory, interfaces).await
    }

    async fn endpoints(&self) -> Result<BTreeMap<String, GatewayEndpoint>, CloudError> {
        let call = Call::DescribeVpcEndpoints;
        let filters = [("vpc-endpoint-type", vec![GATEWAY_LOAD_BALANCER])];
        let answer = self.describe_endpoints(&filters).await?;
        let of_kind = answer.iter().filter(|endpoint| {
            endpoint.vpc_endpoint_type().is_some_and(|kind| kind.as_str() == GATEWAY_LOAD_BALANCER)
        });
        of_kind
            .map(|endpoint| {
                let id = need(call, endpoint.vpc_endpoint_id(), "vpcEndpointId")?;
                let vpc = need(call, endpoint.vpc_id(), "vpcId").map_err(|e| e.about(id))?;
                let state = endpoint.state().map(|s| s.as_str().to_lowercase());
                let found = GatewayEndpoint {
                    name: tags(endpoint.tags()).name().map(str::to_owned),
                    vpc: vpc.into(),
                    state: state.unwrap_or_default(),
                };
                Ok((id.to_owned(), found))
            })
            .collect()
    }

    async fn network_load_balancers(
        &self,
    ) -> Result<BTreeMap<String, NetworkLoadBalancer>, CloudError> {
        let call = Call::DescribeLoadBalancers;
        let mut pages = self
            .elb
            .describe_load_balancers()
            .into_paginator()
            .stop_on_duplicate_token(false)
            .send();
        let mut found = BTreeMap::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| classify(call, e))?;
            for balancer in page.load_balancers() {
                if balancer.r#type().is_none_or(|kind| kind.as_str() != "network") {
                    continue;
                }
                let arn = need(call, balancer.load_balancer_arn(), "LoadBalancerArn")?;
                let state = balancer.state().and_then(|state| state.code());
                let balancer = NetworkLoadBalancer {
                    name: balancer.load_balancer_name().unwrap_or_default().to_owned(),
                    vpc: balancer.vpc_id().map(VpcId::from),
                    state: state.map(|code| code.as_str().to_owned()).unwrap_or_default(),
                };
                found.insert(arn.to_owned(), balancer);
            }
        }
        Ok(found)
    }

    async fn links(&self) -> Result<Links, CloudError> {
        let active = [("status-code", vec!["active"])];
        let available = [("state", vec!["available"])];
        let (peerings, attachments) = try_join!(
            self.describe_peerings(&active),
            self.describe_gateway_attachments(&available),
        )?;
        let mut links = Links::default();
        for peering in &peerings {
            let id = peering.vpc_peering_connection_id();
            let requester = peering.requester_vpc_info().and_then(|info| info.vpc_id());
            let accepter = peering.accepter_vpc_info().and_then(|info| info.vpc_id());
            let status = peering.status().and_then(|status| status.code());
            if let (Some(id), Some(a), Some(b)) = (id, requester, accepter)
                && status.is_some_and(|code| code.as_str() == "active")
            {
                links.peerings.insert(id.to_owned(), (a.into(), b.into()));
            }
        }
        for attachment in &attachments {
            if let (Some(gateway), Some(vpc)) =
                (attachment.transit_gateway_id(), attachment.vpc_id())
                && attachment.state().is_some_and(|state| state.as_str() == "available")
            {
                let vpcs = links.transit_gateways.entry(gateway.to_owned()).or_default();
                vpcs.insert(vpc.into());
            }
        }
        Ok(links)
    }
}
