//! The writes. Each is one request, with a client token where AWS takes one: sending it again does no harm.

use aws_sdk_ec2::types as sdk;

use crate::aws::AwsCloud;
use crate::aws::convert::need;
use crate::call::Call;
use crate::cloud::{Act, NewFilter, NewSession, SessionUpdate};
use crate::error::CloudError;
use crate::ids::{FilterId, SessionId};
use crate::inventory::{AMAZON_DNS, Direction, FilterRuleSpec, Ports};
use crate::tags::{CREATOR, NAME};

/// The code of a rule that is there already.
const RULE_EXISTS: &str = "TrafficMirrorFilterRuleAlreadyExists";

impl Act for AwsCloud {
    async fn create_session(&self, new: &NewSession) -> Result<SessionId, CloudError> {
        let call = Call::CreateTrafficMirrorSession;
        let marks = new.marks.iter().map(|(key, value)| (&**key, &**value));
        let tags = tags(
            sdk::ResourceType::TrafficMirrorSession,
            [(CREATOR, &*new.creator), (NAME, &*new.name)].into_iter().chain(marks),
        );
        let request = self
            .ec2
            .create_traffic_mirror_session()
            .network_interface_id(new.eni.as_str())
            .traffic_mirror_target_id(new.target.as_str())
            .traffic_mirror_filter_id(new.filter.as_str())
            .session_number(new.number)
            .set_packet_length(new.packet_length)
            .set_virtual_network_id(new.vni)
            .description(&new.description)
            .tag_specifications(tags)
            .client_token(&new.token);
        let answer =
            self.send(call, || request.clone().send()).await.map_err(|e| e.about(&new.eni))?;
        let session = answer.traffic_mirror_session().and_then(|s| s.traffic_mirror_session_id());
        need(call, session, "trafficMirrorSessionId")
            .map(SessionId::from)
            .map_err(|e| e.about(&new.eni))
    }

    async fn modify_session(
        &self,
        session: &SessionId,
        update: &SessionUpdate,
    ) -> Result<(), CloudError> {
        let SessionUpdate { target, filter, number, packet_length, vni } = update;
        let request = self
            .ec2
            .modify_traffic_mirror_session()
            .traffic_mirror_session_id(session.as_str())
            .set_traffic_mirror_target_id(target.as_ref().map(ToString::to_string))
            .set_traffic_mirror_filter_id(filter.as_ref().map(ToString::to_string))
            .set_session_number(*number)
            .set_packet_length(*packet_length)
            .set_virtual_network_id(*vni);
        self.send(Call::ModifyTrafficMirrorSession, || request.clone().send())
            .await
            .map_err(|e| e.about(session))
            .map(drop)
    }

    async fn delete_session(&self, session: &SessionId) -> Result<(), CloudError> {
        let request =
            self.ec2.delete_traffic_mirror_session().traffic_mirror_session_id(session.as_str());
        self.send(Call::DeleteTrafficMirrorSession, || request.clone().send())
            .await
            .map_err(|e| e.about(session))
            .map(drop)
    }

    async fn create_filter(&self, new: &NewFilter) -> Result<FilterId, CloudError> {
        let call = Call::CreateTrafficMirrorFilter;
        let request = self
            .ec2
            .create_traffic_mirror_filter()
            .description(&new.description)
            .tag_specifications(tags(sdk::ResourceType::TrafficMirrorFilter, [(NAME, &*new.name)]))
            .client_token(&new.token);
        let answer = self.send(call, || request.clone().send()).await?;
        let filter = answer.traffic_mirror_filter().and_then(|f| f.traffic_mirror_filter_id());
        need(call, filter, "trafficMirrorFilterId").map(FilterId::from)
    }

    async fn add_rule(
        &self,
        filter: &FilterId,
        rule: &FilterRuleSpec,
        token: &str,
    ) -> Result<(), CloudError> {
        let direction = match rule.direction {
            Direction::Ingress => sdk::TrafficDirection::Ingress,
            Direction::Egress => sdk::TrafficDirection::Egress,
        };
        let request = self
            .ec2
            .create_traffic_mirror_filter_rule()
            .traffic_mirror_filter_id(filter.as_str())
            .traffic_direction(direction)
            .rule_number(rule.number)
            .rule_action(if rule.accept {
                sdk::TrafficMirrorRuleAction::Accept
            } else {
                sdk::TrafficMirrorRuleAction::Reject
            })
            .set_protocol(rule.protocol)
            .set_source_port_range(rule.source_ports.map(port_range))
            .set_destination_port_range(rule.destination_ports.map(port_range))
            .source_cidr_block(rule.source.to_string())
            .destination_cidr_block(rule.destination.to_string())
            .description(rule.description())
            .client_token(token);
        let added = self
            .send(Call::CreateTrafficMirrorFilterRule, || request.clone().send())
            .await
            .map_err(|e| e.about(filter));
        match added {
            Err(error) if error.code.as_deref() == Some(RULE_EXISTS) => Ok(()),
            other => other.map(drop),
        }
    }

    async fn mirror_dns(&self, filter: &FilterId) -> Result<(), CloudError> {
        let request = self
            .ec2
            .modify_traffic_mirror_filter_network_services()
            .traffic_mirror_filter_id(filter.as_str())
            .add_network_services(sdk::TrafficMirrorNetworkService::from(AMAZON_DNS));
        self.send(Call::ModifyTrafficMirrorFilterNetworkServices, || request.clone().send())
            .await
            .map_err(|e| e.about(filter))
            .map(drop)
    }
}

fn port_range(ports: Ports) -> sdk::TrafficMirrorPortRangeRequest {
    let Ports { from, to } = ports;
    sdk::TrafficMirrorPortRangeRequest::builder().from_port(from).to_port(to).build()
}

/// Tags for what a create makes.
pub(super) fn tags<'a>(
    kind: sdk::ResourceType,
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> sdk::TagSpecification {
    let tag = |(key, value)| sdk::Tag::builder().key(key).value(value).build();
    let tags = pairs.into_iter().map(tag).collect();
    sdk::TagSpecification::builder().resource_type(kind).set_tags(Some(tags)).build()
}
