//! The writes. Each is one request with a client token where AWS takes one; what AWS is just changing is tried again a few
//! times, because the SDK does not (docs/aws.md 6.3).

use std::future::Future;
use std::time::Duration;

use aws_sdk_ec2::types as sdk;

use crate::aws::AwsCloud;
use crate::aws::classify::classify;
use crate::aws::convert::need;
use crate::call::Call;
use crate::cloud::{Act, NewFilter, NewSession, SessionUpdate};
use crate::error::{CloudError, ErrorKind};
use crate::ids::{FilterId, SessionId};
use crate::inventory::{AMAZON_DNS, Direction, RuleSpec};
use crate::tags::{CREATOR, NAME};

/// The first pause between two tries; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// The code of a rule that is there already.
const RULE_EXISTS: &str = "TrafficMirrorFilterRuleAlreadyExists";

/// What is said of a load balancer or a target group that was just made, where nobody has heard of it yet. What a user names
/// was looked up before.
const NOT_KNOWN_YET: [&str; 4] = [
    "InvalidNetworkLoadBalancerArn.NotFound",
    "LoadBalancerNotFound",
    "NetworkLoadBalancerNotFoundException",
    "TargetGroupNotFound",
];

impl Act for AwsCloud {
    async fn create_session(&self, new: &NewSession) -> Result<SessionId, CloudError> {
        let call = Call::CreateTrafficMirrorSession;
        let tags = tags(
            sdk::ResourceType::TrafficMirrorSession,
            [(CREATOR, &*new.creator), (NAME, &*new.name)],
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
        let answer = again(|| {
            let request = request.clone();
            async move { request.send().await.map_err(|e| classify(call, e).about(&new.eni)) }
        })
        .await?;
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
        again(|| {
            let request = request.clone();
            let call = Call::ModifyTrafficMirrorSession;
            async move { request.send().await.map_err(|e| classify(call, e).about(session)) }
        })
        .await
        .map(drop)
    }

    async fn delete_session(&self, session: &SessionId) -> Result<(), CloudError> {
        let request =
            self.ec2.delete_traffic_mirror_session().traffic_mirror_session_id(session.as_str());
        again(|| {
            let request = request.clone();
            let call = Call::DeleteTrafficMirrorSession;
            async move { request.send().await.map_err(|e| classify(call, e).about(session)) }
        })
        .await
        .map(drop)
    }

    async fn create_filter(&self, new: &NewFilter) -> Result<FilterId, CloudError> {
        let call = Call::CreateTrafficMirrorFilter;
        let answer = self
            .ec2
            .create_traffic_mirror_filter()
            .description(&new.description)
            .tag_specifications(tags(sdk::ResourceType::TrafficMirrorFilter, [(NAME, &*new.name)]))
            .client_token(&new.token)
            .send()
            .await
            .map_err(|e| classify(call, e))?;
        let filter = answer.traffic_mirror_filter().and_then(|f| f.traffic_mirror_filter_id());
        need(call, filter, "trafficMirrorFilterId").map(FilterId::from)
    }

    async fn add_rule(
        &self,
        filter: &FilterId,
        rule: &RuleSpec,
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
            .rule_action(sdk::TrafficMirrorRuleAction::Accept)
            .source_cidr_block(rule.block)
            .destination_cidr_block(rule.block)
            .description(format!("all {} traffic of {}", rule.direction.as_str(), rule.block))
            .client_token(token);
        let added = again(|| {
            let request = request.clone();
            let call = Call::CreateTrafficMirrorFilterRule;
            async move { request.send().await.map_err(|e| classify(call, e).about(filter)) }
        })
        .await;
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
        again(|| {
            let request = request.clone();
            let call = Call::ModifyTrafficMirrorFilterNetworkServices;
            async move { request.send().await.map_err(|e| classify(call, e).about(filter)) }
        })
        .await
        .map(drop)
    }
}

/// How often a request is tried again that fails so; not at all where trying does not help.
fn tries(error: &CloudError) -> u32 {
    let code = error.code.as_deref().unwrap_or_default();
    match error.kind {
        // The SDK has paused and tried several times already. A change must not be lost to throttling: what ends this is the
        // stop signal.
        ErrorKind::Throttled => 100,
        // Somebody is changing the resource.
        ErrorKind::Changing => 5,
        // The filter is so new that whoever answered has not heard of it (docs/aws.md 7): about a minute.
        ErrorKind::NotFound if code.starts_with("InvalidTrafficMirrorFilter") => 10,
        // So is a load balancer or a target group that a step before this one made.
        ErrorKind::NotFound if NOT_KNOWN_YET.contains(&code) => 10,
        _ => 1,
    }
}

/// Sends a request, and again after a growing pause while its failure may be over in a moment.
pub(super) async fn again<T, F: Future<Output = Result<T, CloudError>>>(
    send: impl Fn() -> F,
) -> Result<T, CloudError> {
    let mut pause = FIRST_PAUSE;
    let mut tried = 0;
    loop {
        tried += 1;
        match send().await {
            Err(error) if tried < tries(&error) => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            other => return other,
        }
    }
}

pub(super) fn tags<const N: usize>(
    kind: sdk::ResourceType,
    pairs: [(&str, &str); N],
) -> sdk::TagSpecification {
    let tags = pairs.map(|(key, value)| sdk::Tag::builder().key(key).value(value).build());
    sdk::TagSpecification::builder().resource_type(kind).set_tags(Some(tags.into())).build()
}
