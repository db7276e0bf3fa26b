//! What people want to know when they choose a target: what stands behind targets that nothing uses yet, which endpoints and
//! load balancers could become targets, and which VPCs are linked.

use std::collections::{BTreeMap, BTreeSet};

use futures::try_join;

use crate::aws::AwsCloud;
use crate::aws::convert;
use crate::aws::observe::interfaces_behind;
use crate::cloud::{LoadBalancer, LookAround};
use crate::error::CloudError;
use crate::ids::TargetId;
use crate::inventory::{Endpoint, Inventory, Links};

/// AWS's word for an endpoint that can become a target.
pub(super) const GATEWAY_LOAD_BALANCER: &str = "GatewayLoadBalancer";

impl LookAround for AwsCloud {
    async fn look_behind(&self, inventory: &mut Inventory) -> Result<(), CloudError> {
        let known = |id: &&TargetId| inventory.nlbs.contains_key(*id);
        let unknown: BTreeSet<TargetId> =
            inventory.targets.keys().filter(|id| !known(id)).cloned().collect();
        let more = self.read_load_balancers(&inventory.targets, &unknown).await?;
        inventory.nlbs.extend(more);
        let interfaces = interfaces_behind(inventory, &unknown);
        self.read_lone_interfaces(inventory, interfaces).await?;
        self.read_instances_of_lone_interfaces(inventory).await
    }

    async fn endpoints(&self) -> Result<BTreeMap<String, Endpoint>, CloudError> {
        let filters = [("vpc-endpoint-type", vec![GATEWAY_LOAD_BALANCER])];
        let answer = self.describe_endpoints(&filters).await?;
        let all = answer.iter().map(convert::endpoint).collect::<Result<BTreeMap<_, _>, _>>()?;
        let of_kind = |(_, endpoint): &(String, Endpoint)| endpoint.kind == GATEWAY_LOAD_BALANCER;
        Ok(all.into_iter().filter(of_kind).collect())
    }

    async fn network_load_balancers(&self) -> Result<Vec<LoadBalancer>, CloudError> {
        let all = self.balancers(self.elb.describe_load_balancers()).await?;
        Ok(all.into_iter().filter(|balancer| balancer.kind == "network").collect())
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
