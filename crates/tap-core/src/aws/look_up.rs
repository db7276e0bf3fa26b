//! Single things looked up, for whoever makes a mirror target. What is not there is nothing, never an error: in EC2 because ids
//! are given as filters, in ELBv2 because its `…NotFound` is taken for that.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_elasticloadbalancingv2::operation::describe_load_balancers::builders::DescribeLoadBalancersFluentBuilder;
use aws_sdk_elasticloadbalancingv2::operation::describe_target_groups::builders::DescribeTargetGroupsFluentBuilder;
use aws_sdk_elasticloadbalancingv2::types as elb;

use crate::aws::AwsCloud;
use crate::aws::build::CROSS_ZONE;
use crate::aws::convert::{self, need};
use crate::aws::load_balancers::has_state;
use crate::aws::read::next;
use crate::call::Call;
use crate::cloud::{Interface, Listener, LoadBalancer, LookUp, Observe, TargetGroup};
use crate::error::{CloudError, ErrorKind};
use crate::ids::{EniId, SecurityGroupId, SessionId, SubnetId, TargetId, VpcId};
use crate::inventory::{Endpoint, MirrorTarget, Subnet, TargetKind};

impl LookUp for AwsCloud {
    async fn interface(&self, eni: &EniId) -> Result<Option<Interface>, CloudError> {
        let call = Call::DescribeNetworkInterfaces;
        let by_id = [("network-interface-id", vec![eni.as_str()])];
        let found = self.describe_interfaces(&by_id).await.map_err(|e| e.about(eni))?;
        let found = found.iter().find(|found| found.network_interface_id() == Some(eni.as_str()));
        let Some(found) = found else { return Ok(None) };
        let owner = need(call, found.owner_id(), "ownerId").map_err(|e| e.about(eni))?;
        let attached = found.attachment().is_some_and(convert::is_attached);
        Ok(Some(Interface { owner: owner.into(), attached }))
    }

    async fn sessions_from(&self, eni: &EniId) -> Result<Vec<SessionId>, CloudError> {
        let sessions = self.sessions_on(eni).await?;
        Ok(sessions.into_iter().map(|session| session.id).collect())
    }

    async fn endpoint(&self, id: &str) -> Result<Option<Endpoint>, CloudError> {
        let by_id = [("vpc-endpoint-id", vec![id])];
        let found = self.describe_endpoints(&by_id).await.map_err(|e| e.about(id))?;
        let Some(found) = found.iter().find(|found| found.vpc_endpoint_id() == Some(id)) else {
            return Ok(None);
        };
        convert::endpoint(found).map(|(_, endpoint)| Some(endpoint))
    }

    async fn subnets_of(&self, vpc: &VpcId) -> Result<BTreeMap<SubnetId, Subnet>, CloudError> {
        let found = self.describe_subnets(&[("vpc-id", vec![vpc.as_str()])]).await;
        let subnets: BTreeMap<SubnetId, Subnet> = found
            .map_err(|e| e.about(vpc))?
            .iter()
            .map(convert::subnet)
            .collect::<Result<_, _>>()?;
        Ok(subnets.into_iter().filter(|(_, subnet)| subnet.vpc == *vpc).collect())
    }

    async fn subnets(
        &self,
        ids: &BTreeSet<SubnetId>,
    ) -> Result<BTreeMap<SubnetId, Subnet>, CloudError> {
        let named = ids.iter().map(SubnetId::as_str).collect();
        let found = self.describe_subnets(&[("subnet-id", named)]).await?;
        let subnets: BTreeMap<SubnetId, Subnet> =
            found.iter().map(convert::subnet).collect::<Result<_, _>>()?;
        Ok(subnets.into_iter().filter(|(id, _)| ids.contains(id)).collect())
    }

    async fn balancer(&self, arn: &str) -> Result<Option<LoadBalancer>, CloudError> {
        let request = self.elb.describe_load_balancers().load_balancer_arns(arn);
        let found = self.balancers(request).await.map_err(|e| e.about(arn))?;
        Ok(found.into_iter().find(|found| found.arn == arn))
    }

    async fn balancer_named(&self, name: &str) -> Result<Option<LoadBalancer>, CloudError> {
        let request = self.elb.describe_load_balancers().names(name);
        let found = self.balancers(request).await.map_err(|e| e.about(name))?;
        Ok(found.into_iter().find(|found| found.name == name))
    }

    async fn is_cross_zone(&self, balancer: &str) -> Result<bool, CloudError> {
        let call = Call::DescribeLoadBalancerAttributes;
        let request = self.elb.describe_load_balancer_attributes().load_balancer_arn(balancer);
        let answer =
            self.send(call, || request.clone().send()).await.map_err(|e| e.about(balancer))?;
        let attribute = answer.attributes().iter().find(|a| a.key() == Some(CROSS_ZONE));
        Ok(attribute.and_then(|a| a.value()) == Some("true"))
    }

    async fn listeners(&self, balancer: &str) -> Result<Vec<Listener>, CloudError> {
        let call = Call::DescribeListeners;
        let mut request = self.elb.describe_listeners().load_balancer_arn(balancer);
        let mut listeners = Vec::new();
        loop {
            let page = self.send(call, || request.clone().send()).await;
            let Some(page) = present(page.map_err(|e| e.about(balancer)))? else {
                return Ok(listeners);
            };
            for found in page.listeners() {
                listeners.push(listener(found)?);
            }
            let Some(next) = next(page.next_marker) else { return Ok(listeners) };
            request = request.marker(next);
        }
    }

    async fn group(&self, arn: &str) -> Result<Option<TargetGroup>, CloudError> {
        let request = self.elb.describe_target_groups().target_group_arns(arn);
        let found = self.groups(request).await.map_err(|e| e.about(arn))?;
        Ok(found.into_iter().find(|found| found.arn == arn))
    }

    async fn group_named(&self, name: &str) -> Result<Option<TargetGroup>, CloudError> {
        let request = self.elb.describe_target_groups().names(name);
        let found = self.groups(request).await.map_err(|e| e.about(name))?;
        Ok(found.into_iter().find(|found| found.name == name))
    }

    async fn registered(&self, group: &str) -> Result<BTreeSet<String>, CloudError> {
        let health = self.target_health(group).await?;
        // One that is on its way out is put back by registering it again.
        let stays = health.iter().filter(|h| !has_state(h, elb::TargetHealthStateEnum::Draining));
        let ids = stays.filter_map(|health| health.target().and_then(|target| target.id()));
        Ok(ids.map(str::to_owned).collect())
    }

    async fn targets_to(
        &self,
        kind: &TargetKind,
    ) -> Result<BTreeMap<TargetId, MirrorTarget>, CloudError> {
        let filter = match kind {
            TargetKind::Eni(eni) => vec![("network-interface-id", vec![eni.as_str()])],
            TargetKind::Nlb(arn) => vec![("network-load-balancer-arn", vec![arn.as_str()])],
            // AWS has no filter for these (docs/aws.md 1.2).
            TargetKind::GwlbEndpoint(_) | TargetKind::Unknown(_) => Vec::new(),
        };
        let found = self.describe_targets(&filter).await?;
        let targets: BTreeMap<TargetId, MirrorTarget> =
            found.iter().map(convert::target).collect::<Result<_, _>>()?;
        Ok(targets.into_iter().filter(|(_, target)| target.kind == *kind).collect())
    }
}

/// Nothing, where AWS says that there is no such thing.
pub(super) fn present<T>(answer: Result<T, CloudError>) -> Result<Option<T>, CloudError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl AwsCloud {
    pub(super) async fn balancers(
        &self,
        mut request: DescribeLoadBalancersFluentBuilder,
    ) -> Result<Vec<LoadBalancer>, CloudError> {
        let mut found = Vec::new();
        loop {
            let page = self.send(Call::DescribeLoadBalancers, || request.clone().send()).await;
            let Some(page) = present(page)? else { return Ok(found) };
            for balancer in page.load_balancers() {
                found.push(load_balancer(balancer)?);
            }
            let Some(next) = next(page.next_marker) else { return Ok(found) };
            request = request.marker(next);
        }
    }

    async fn groups(
        &self,
        mut request: DescribeTargetGroupsFluentBuilder,
    ) -> Result<Vec<TargetGroup>, CloudError> {
        let mut found = Vec::new();
        loop {
            let page = self.send(Call::DescribeTargetGroups, || request.clone().send()).await;
            let Some(page) = present(page)? else { return Ok(found) };
            for group in page.target_groups() {
                found.push(target_group(group)?);
            }
            let Some(next) = next(page.next_marker) else { return Ok(found) };
            request = request.marker(next);
        }
    }
}

fn load_balancer(found: &elb::LoadBalancer) -> Result<LoadBalancer, CloudError> {
    let call = Call::DescribeLoadBalancers;
    let arn = need(call, found.load_balancer_arn(), "LoadBalancerArn")?;
    let need = |value, field| need(call, value, field).map_err(|e| e.about(arn));
    let state = found.state().and_then(|state| state.code()).map(|code| code.as_str());
    let zones = found.availability_zones().iter().filter_map(|zone| {
        let name = zone.zone_name().unwrap_or_default();
        Some((SubnetId::from(zone.subnet_id()?), name.to_owned()))
    });
    Ok(LoadBalancer {
        arn: arn.to_owned(),
        name: need(found.load_balancer_name(), "LoadBalancerName")?.to_owned(),
        kind: need(found.r#type().map(|kind| kind.as_str()), "Type")?.to_owned(),
        scheme: found.scheme().map(|scheme| scheme.as_str().to_owned()).unwrap_or_default(),
        vpc: found.vpc_id().map(VpcId::from),
        state: state.unwrap_or_default().to_owned(),
        subnets: zones.collect(),
        groups: found
            .security_groups()
            .iter()
            .map(|id| SecurityGroupId::from(id.as_str()))
            .collect(),
    })
}

fn listener(found: &elb::Listener) -> Result<Listener, CloudError> {
    let arn = need(Call::DescribeListeners, found.listener_arn(), "ListenerArn")?;
    let mut groups: Vec<String> = Vec::new();
    for action in found.default_actions() {
        let several = action.forward_config().map(|f| f.target_groups()).unwrap_or_default();
        let several = several.iter().filter_map(|group| group.target_group_arn());
        for group in action.target_group_arn().into_iter().chain(several) {
            // One group alone is said in both places.
            if groups.iter().all(|known| known != group) {
                groups.push(group.to_owned());
            }
        }
    }
    Ok(Listener {
        arn: arn.to_owned(),
        protocol: found.protocol().map(|p| p.as_str().to_owned()).unwrap_or_default(),
        port: port(found.port()),
        groups,
    })
}

fn target_group(found: &elb::TargetGroup) -> Result<TargetGroup, CloudError> {
    let call = Call::DescribeTargetGroups;
    let arn = need(call, found.target_group_arn(), "TargetGroupArn")?;
    let name =
        need(call, found.target_group_name(), "TargetGroupName").map_err(|e| e.about(arn))?;
    Ok(TargetGroup {
        arn: arn.to_owned(),
        name: name.to_owned(),
        protocol: found.protocol().map(|p| p.as_str().to_owned()).unwrap_or_default(),
        port: port(found.port()),
        vpc: found.vpc_id().map(VpcId::from),
        target_type: found.target_type().map(|t| t.as_str().to_owned()).unwrap_or_default(),
        health_port: found.health_check_port().unwrap_or_default().to_owned(),
        balancers: found.load_balancer_arns().iter().cloned().collect(),
    })
}

fn port(port: Option<i32>) -> Option<u16> {
    port.and_then(|port| port.try_into().ok())
}
