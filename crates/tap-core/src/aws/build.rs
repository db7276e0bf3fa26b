//! What is made for a mirror target. The ELBv2 creates take no client token; they are idempotent where all is the same, and
//! otherwise say `Duplicate…` (docs/aws.md 1.7).

use std::collections::BTreeSet;

use aws_sdk_ec2::types as ec2;
use aws_sdk_elasticloadbalancingv2::types as elb;

use crate::aws::convert::{self, need};
use crate::aws::{AwsCloud, act};
use crate::call::Call;
use crate::cloud::{
    Build, MakeTarget, NewListener, NewLoadBalancer, NewTarget, NewTargetGroup, VXLAN_PORT,
};
use crate::error::CloudError;
use crate::ids::{InstanceId, TargetId};
use crate::inventory::TargetKind;
use crate::tags::{CREATOR, NAME};

/// The attribute of a load balancer that lets it send to all its zones.
pub(super) const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";

impl Build for AwsCloud {
    async fn create_balancer(&self, new: &NewLoadBalancer) -> Result<String, CloudError> {
        let call = Call::CreateLoadBalancer;
        let request = self
            .elb
            .create_load_balancer()
            .name(&new.name)
            .r#type(elb::LoadBalancerTypeEnum::Network)
            .scheme(elb::LoadBalancerSchemeEnum::Internal)
            .ip_address_type(elb::IpAddressType::Ipv4)
            .set_subnets(Some(new.subnets.iter().map(ToString::to_string).collect()))
            .set_tags(Some(tags(&new.name, &new.creator)));
        let answer =
            self.send(call, || request.clone().send()).await.map_err(|e| e.about(&new.name))?;
        let made = answer.load_balancers().first().and_then(|made| made.load_balancer_arn());
        need(call, made, "LoadBalancerArn").map(str::to_owned).map_err(|e| e.about(&new.name))
    }

    async fn enable_cross_zone(&self, balancer: &str) -> Result<(), CloudError> {
        let call = Call::ModifyLoadBalancerAttributes;
        let on = elb::LoadBalancerAttribute::builder().key(CROSS_ZONE).value("true").build();
        let request =
            self.elb.modify_load_balancer_attributes().load_balancer_arn(balancer).attributes(on);
        self.send(call, || request.clone().send()).await.map_err(|e| e.about(balancer)).map(drop)
    }

    async fn create_group(&self, new: &NewTargetGroup) -> Result<String, CloudError> {
        let call = Call::CreateTargetGroup;
        let request = self
            .elb
            .create_target_group()
            .name(&new.name)
            .protocol(elb::ProtocolEnum::Udp)
            .port(VXLAN_PORT.into())
            .vpc_id(new.vpc.as_str())
            .target_type(elb::TargetTypeEnum::Instance)
            // A UDP group cannot check by UDP, and a plain sink does not answer on TCP 4789 (docs/aws.md 11).
            .health_check_protocol(elb::ProtocolEnum::Tcp)
            .health_check_port(new.health_port.to_string())
            .set_tags(Some(tags(&new.name, &new.creator)));
        let answer =
            self.send(call, || request.clone().send()).await.map_err(|e| e.about(&new.name))?;
        let made = answer.target_groups().first().and_then(|made| made.target_group_arn());
        need(call, made, "TargetGroupArn").map(str::to_owned).map_err(|e| e.about(&new.name))
    }

    async fn create_listener(&self, new: &NewListener) -> Result<String, CloudError> {
        let call = Call::CreateListener;
        let forward = elb::Action::builder()
            .r#type(elb::ActionTypeEnum::Forward)
            .target_group_arn(&new.group)
            .build();
        let request = self
            .elb
            .create_listener()
            .load_balancer_arn(&new.balancer)
            .protocol(elb::ProtocolEnum::Udp)
            .port(VXLAN_PORT.into())
            .default_actions(forward)
            .set_tags(Some(tags(&new.name, &new.creator)));
        let answer =
            self.send(call, || request.clone().send()).await.map_err(|e| e.about(&new.balancer))?;
        let made = answer.listeners().first().and_then(|made| made.listener_arn());
        need(call, made, "ListenerArn").map(str::to_owned).map_err(|e| e.about(&new.balancer))
    }

    async fn register(
        &self,
        group: &str,
        instances: &BTreeSet<InstanceId>,
    ) -> Result<(), CloudError> {
        let call = Call::RegisterTargets;
        let targets = instances
            .iter()
            .map(|instance| elb::TargetDescription::builder().id(instance.as_str()).build());
        let request = self
            .elb
            .register_targets()
            .target_group_arn(group)
            .set_targets(Some(targets.collect()));
        self.send(call, || request.clone().send()).await.map_err(|e| e.about(group)).map(drop)
    }
}

impl MakeTarget for AwsCloud {
    async fn create_target(&self, new: &NewTarget) -> Result<TargetId, CloudError> {
        let call = Call::CreateTrafficMirrorTarget;
        let request = self
            .ec2
            .create_traffic_mirror_target()
            .description(&new.description)
            .tag_specifications(act::tags(
                ec2::ResourceType::TrafficMirrorTarget,
                convert::pairs(&new.tags),
            ))
            .client_token(&new.token);
        let (request, receiver) = match &new.kind {
            TargetKind::Eni(eni) => (request.network_interface_id(eni.as_str()), eni.as_str()),
            TargetKind::Nlb(arn) => (request.network_load_balancer_arn(arn), arn.as_str()),
            TargetKind::GwlbEndpoint(id) => {
                (request.gateway_load_balancer_endpoint_id(id), id.as_str())
            }
            TargetKind::Unknown(kind) => (request, kind.as_str()),
        };
        let answer =
            self.send(call, || request.clone().send()).await.map_err(|e| e.about(receiver))?;
        let made = answer.traffic_mirror_target().and_then(|made| made.traffic_mirror_target_id());
        need(call, made, "trafficMirrorTargetId").map(TargetId::from).map_err(|e| e.about(receiver))
    }
}

fn tags(name: &str, creator: &str) -> Vec<elb::Tag> {
    [(CREATOR, creator), (NAME, name)]
        .map(|(key, value)| elb::Tag::builder().key(key).value(value).build())
        .into()
}
