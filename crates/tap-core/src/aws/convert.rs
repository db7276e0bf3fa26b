//! SDK types to domain types, once, at the border. A field that must be there and is not is an error that names it; no id
//! is ever made up.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use aws_sdk_ec2::types as sdk;

use crate::call::Call;
use crate::error::CloudError;
use crate::ids::{AccountId, EniId, FilterId, InstanceId, SessionId, SubnetId, TargetId, VpcId};
use crate::inventory::{
    AMAZON_DNS, Attachment, Direction, Endpoint, Eni, FilterRule, Instance, InstanceState, LoneEni,
    MirrorFilter, MirrorSession, MirrorTarget, Ports, Subnet, TargetKind, Vpc,
};
use crate::moment::Moment;
use crate::tags::Tags;

/// Words that occur over and over in an account, each kept once: ids of VPCs and subnets, types, targets, filters. A fleet
/// of a hundred thousand interfaces has a few dozen of them.
#[derive(Default)]
pub(super) struct Words(BTreeSet<Arc<str>>);

impl Words {
    pub(super) fn get(&mut self, word: &str) -> Arc<str> {
        if let Some(known) = self.0.get(word) {
            return Arc::clone(known);
        }
        let new: Arc<str> = word.into();
        self.0.insert(Arc::clone(&new));
        new
    }
}

/// A field that must be there.
pub(super) fn need<T>(call: Call, value: Option<T>, field: &str) -> Result<T, CloudError> {
    value.ok_or_else(|| CloudError::bad_answer(call, format!("the answer lacks `{field}`")))
}

pub(super) fn tags(tags: &[sdk::Tag]) -> Tags {
    tags.iter()
        .filter_map(|tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned())))
        .collect()
}

/// Tags as pairs of texts.
pub(super) fn pairs(tags: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().map(|(key, value)| (key.as_str(), value.as_str()))
}

/// Whether a VPC has a block, by the state of the association: one that is gone is listed for a while.
fn is_held(state: Option<&sdk::VpcCidrBlockState>) -> bool {
    let code = state.and_then(sdk::VpcCidrBlockState::state);
    !matches!(
        code,
        Some(
            sdk::VpcCidrBlockStateCode::Disassociated
                | sdk::VpcCidrBlockStateCode::Failed
                | sdk::VpcCidrBlockStateCode::Failing
        )
    )
}

pub(super) fn vpc(vpc: &sdk::Vpc) -> Result<(VpcId, Vpc), CloudError> {
    let id = need(Call::DescribeVpcs, vpc.vpc_id(), "vpcId")?;
    let v4 = vpc.cidr_block_association_set().iter();
    let more = v4.filter(|a| is_held(a.cidr_block_state())).filter_map(|a| a.cidr_block());
    let v6 = vpc.ipv6_cidr_block_association_set().iter();
    let v6 = v6.filter(|a| is_held(a.ipv6_cidr_block_state())).filter_map(|a| a.ipv6_cidr_block());
    let mut blocks: Vec<_> =
        vpc.cidr_block().into_iter().chain(more).chain(v6).filter_map(|b| b.parse().ok()).collect();
    blocks.sort();
    blocks.dedup();
    Ok((id.into(), Vpc { tags: tags(vpc.tags()), blocks }))
}

pub(super) fn subnet(subnet: &sdk::Subnet) -> Result<(SubnetId, Subnet), CloudError> {
    let call = Call::DescribeSubnets;
    let id = need(call, subnet.subnet_id(), "subnetId")?;
    let vpc = need(call, subnet.vpc_id(), "vpcId").map_err(|e| e.about(id))?;
    let zone =
        need(call, subnet.availability_zone(), "availabilityZone").map_err(|e| e.about(id))?;
    Ok((
        id.into(),
        Subnet {
            vpc: vpc.into(),
            zone: zone.to_owned(),
            name: tags(subnet.tags()).name().map(str::to_owned),
            block: subnet.cidr_block().and_then(|block| block.parse().ok()),
            ipv6_only: subnet.ipv6_native() == Some(true),
        },
    ))
}

/// What an interface tells of its subnet, as far as deciding needs it.
pub(super) fn subnet_of_interface(eni: &sdk::NetworkInterface) -> Option<(SubnetId, Subnet)> {
    let (id, vpc) = (eni.subnet_id()?, eni.vpc_id()?);
    let subnet = Subnet {
        zone: eni.availability_zone().unwrap_or_default().to_owned(),
        ipv6_only: eni.ipv6_native() == Some(true),
        ..Subnet::of(vpc.into())
    };
    Some((id.into(), subnet))
}

/// The instances of a page of reservations.
pub(super) fn instances(
    page: Vec<sdk::Reservation>,
    words: &mut Words,
) -> Result<Vec<(InstanceId, Instance)>, CloudError> {
    page.iter().flat_map(|r| r.instances()).map(|found| instance(found, words)).collect()
}

pub(super) fn instance(
    instance: &sdk::Instance,
    words: &mut Words,
) -> Result<(InstanceId, Instance), CloudError> {
    let call = Call::DescribeInstances;
    let id = need(call, instance.instance_id(), "instanceId")?;
    let word = need(call, instance.state().and_then(|s| s.name()), "instanceState.name")
        .map_err(|e| e.about(id))?;
    let instance_type =
        need(call, instance.instance_type(), "instanceType").map_err(|e| e.about(id))?;
    let enis: Result<Vec<Eni>, CloudError> =
        instance.network_interfaces().iter().map(|i| eni(i, words)).collect();
    Ok((
        id.into(),
        Instance {
            instance_type: words.get(instance_type.as_str()),
            state: InstanceState::parse(word.as_str()),
            launched: instance.launch_time().map(|time| Moment::from_unix(time.secs())),
            tags: tags(instance.tags()),
            enis: enis.map_err(|e| e.about(id))?,
        },
    ))
}

fn eni(eni: &sdk::InstanceNetworkInterface, words: &mut Words) -> Result<Eni, CloudError> {
    let call = Call::DescribeInstances;
    let id = need(call, eni.network_interface_id(), "networkInterfaceId")?;
    // Whoever lists it under an instance without more words says that it is attached.
    let attachment = match eni.attachment().and_then(|a| a.status()) {
        None | Some(sdk::AttachmentStatus::Attached) => Attachment::Attached,
        Some(sdk::AttachmentStatus::Detached) => Attachment::Detached,
        Some(_) => Attachment::Changing,
    };
    let v4 = eni.private_ip_addresses().iter().filter_map(|a| a.private_ip_address());
    let v6 = eni.ipv6_addresses().iter().filter_map(|a| a.ipv6_address());
    let mut addresses: Vec<IpAddr> = eni
        .private_ip_address()
        .into_iter()
        .chain(v4)
        .chain(v6)
        .filter_map(|a| a.parse().ok())
        .collect();
    addresses.sort();
    addresses.dedup();
    Ok(Eni {
        vpc: VpcId::new(words.get(need(call, eni.vpc_id(), "networkInterface.vpcId")?)),
        subnet: SubnetId::new(words.get(need(call, eni.subnet_id(), "networkInterface.subnetId")?)),
        interface_type: words.get(eni.interface_type().unwrap_or("interface")),
        attachment,
        primary: is_primary(eni),
        addresses: addresses.into(),
        id: id.into(),
    })
}

/// Whether an interface is its instance's first. An instance with several network cards has a device 0 on each.
pub(super) fn is_primary(eni: &sdk::InstanceNetworkInterface) -> bool {
    eni.attachment().is_some_and(|attachment| {
        attachment.device_index() == Some(0) && attachment.network_card_index().unwrap_or(0) == 0
    })
}

/// Whether an interface that names an attachment still has it.
pub(super) fn is_attached(attachment: &sdk::NetworkInterfaceAttachment) -> bool {
    attachment.status() != Some(&sdk::AttachmentStatus::Detached)
}

/// An interface that was looked up by its own id.
pub(super) fn lone_eni(eni: &sdk::NetworkInterface) -> Result<(EniId, LoneEni), CloudError> {
    let call = Call::DescribeNetworkInterfaces;
    let id = need(call, eni.network_interface_id(), "networkInterfaceId")?;
    let vpc: VpcId = need(call, eni.vpc_id(), "vpcId").map_err(|e| e.about(id))?.into();
    let attached = eni.attachment().filter(|attachment| is_attached(attachment));
    let lone = match attached {
        Some(attachment) => {
            LoneEni::Attached { vpc, instance: attachment.instance_id().map(InstanceId::from) }
        }
        None => LoneEni::Detached { vpc },
    };
    Ok((id.into(), lone))
}

/// A page of sessions, each with the account that owns it.
pub(super) fn sessions(
    page: Vec<sdk::TrafficMirrorSession>,
    words: &mut Words,
) -> Result<Vec<(AccountId, MirrorSession)>, CloudError> {
    page.iter().map(|found| session(found, words)).collect()
}

fn session(
    session: &sdk::TrafficMirrorSession,
    words: &mut Words,
) -> Result<(AccountId, MirrorSession), CloudError> {
    let call = Call::DescribeTrafficMirrorSessions;
    let id = need(call, session.traffic_mirror_session_id(), "trafficMirrorSessionId")?;
    let need = |value, field| need(call, value, field).map_err(|e| e.about(id));
    let number = session.session_number().ok_or_else(|| {
        CloudError::bad_answer(call, "the answer lacks `sessionNumber`").about(id)
    })?;
    Ok((
        AccountId::new(words.get(need(session.owner_id(), "ownerId")?)),
        MirrorSession {
            id: SessionId::from(id),
            eni: need(session.network_interface_id(), "networkInterfaceId")?.into(),
            target: TargetId::new(
                words.get(need(session.traffic_mirror_target_id(), "trafficMirrorTargetId")?),
            ),
            filter: FilterId::new(
                words.get(need(session.traffic_mirror_filter_id(), "trafficMirrorFilterId")?),
            ),
            number,
            packet_length: session.packet_length(),
            vni: session.virtual_network_id(),
            description: session
                .description()
                .filter(|text| !text.is_empty())
                .map(|text| words.get(text)),
            tags: tags(session.tags()),
        },
    ))
}

pub(super) fn target(
    target: &sdk::TrafficMirrorTarget,
) -> Result<(TargetId, MirrorTarget), CloudError> {
    let call = Call::DescribeTrafficMirrorTargets;
    let id = need(call, target.traffic_mirror_target_id(), "trafficMirrorTargetId")?;
    let kind = if let Some(eni) = target.network_interface_id() {
        TargetKind::Eni(eni.into())
    } else if let Some(arn) = target.network_load_balancer_arn() {
        TargetKind::Nlb(arn.to_owned())
    } else if let Some(endpoint) = target.gateway_load_balancer_endpoint_id() {
        TargetKind::GwlbEndpoint(endpoint.to_owned())
    } else {
        TargetKind::Unknown(target.r#type().map(|t| t.as_str().to_owned()).unwrap_or_default())
    };
    let owner = need(call, target.owner_id(), "ownerId").map_err(|e| e.about(id))?;
    let description = target.description().filter(|text| !text.is_empty()).map(str::to_owned);
    let owner = owner.into();
    Ok((id.into(), MirrorTarget { kind, owner, description, tags: tags(target.tags()) }))
}

/// An endpoint, with its id.
pub(super) fn endpoint(endpoint: &sdk::VpcEndpoint) -> Result<(String, Endpoint), CloudError> {
    let call = Call::DescribeVpcEndpoints;
    let id = need(call, endpoint.vpc_endpoint_id(), "vpcEndpointId")?;
    let need = |value, field| need(call, value, field).map_err(|e| e.about(id));
    let kind = need(endpoint.vpc_endpoint_type().map(|kind| kind.as_str()), "vpcEndpointType")?;
    let found = Endpoint {
        name: tags(endpoint.tags()).name().map(str::to_owned),
        vpc: need(endpoint.vpc_id(), "vpcId")?.into(),
        kind: kind.to_owned(),
        // The model has the words with a capital letter, the answers are seen with a small one.
        state: need(endpoint.state().map(|state| state.as_str()), "state")?.to_ascii_lowercase(),
    };
    Ok((id.to_owned(), found))
}

pub(super) fn filter(
    filter: &sdk::TrafficMirrorFilter,
) -> Result<(FilterId, MirrorFilter), CloudError> {
    let call = Call::DescribeTrafficMirrorFilters;
    let id = need(call, filter.traffic_mirror_filter_id(), "trafficMirrorFilterId")?;
    let ingress = filter.ingress_filter_rules().iter().map(|r| rule(Direction::Ingress, r));
    let egress = filter.egress_filter_rules().iter().map(|r| rule(Direction::Egress, r));
    let rules: Result<Vec<FilterRule>, CloudError> = ingress.chain(egress).collect();
    Ok((
        id.into(),
        MirrorFilter {
            description: filter.description().unwrap_or_default().to_owned(),
            tags: tags(filter.tags()),
            rules: rules.map_err(|e| e.about(id))?,
            dns: filter.network_services().iter().any(|s| s.as_str() == AMAZON_DNS),
        },
    ))
}

fn rule(
    direction: Direction,
    rule: &sdk::TrafficMirrorFilterRule,
) -> Result<FilterRule, CloudError> {
    let call = Call::DescribeTrafficMirrorFilters;
    Ok(FilterRule {
        id: rule.traffic_mirror_filter_rule_id().map(Into::into),
        direction,
        number: need(call, rule.rule_number(), "ruleNumber")?,
        accept: rule.rule_action() == Some(&sdk::TrafficMirrorRuleAction::Accept),
        source: rule.source_cidr_block().unwrap_or_default().to_owned(),
        destination: rule.destination_cidr_block().unwrap_or_default().to_owned(),
        protocol: rule.protocol(),
        source_ports: rule.source_port_range().map(ports),
        destination_ports: rule.destination_port_range().map(ports),
    })
}

/// A range of ports; an end that AWS leaves out is the furthest.
fn ports(range: &sdk::TrafficMirrorPortRange) -> Ports {
    Ports { from: range.from_port().unwrap_or(0), to: range.to_port().unwrap_or(65_535) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_field_is_named_with_the_resource() {
        let session = sdk::TrafficMirrorSession::builder()
            .traffic_mirror_session_id("tms-1")
            .session_number(1)
            .owner_id("111122223333")
            .build();
        let error = super::session(&session, &mut Words::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "DescribeTrafficMirrorSessions tms-1: the answer lacks `networkInterfaceId`"
        );
    }

    #[test]
    fn an_instance_has_one_first_interface_whatever_its_cards() {
        let eni = |device: Option<i32>, card: Option<i32>| {
            let attachment = sdk::InstanceNetworkInterfaceAttachment::builder()
                .set_device_index(device)
                .set_network_card_index(card)
                .build();
            sdk::InstanceNetworkInterface::builder().attachment(attachment).build()
        };
        assert!(is_primary(&eni(Some(0), Some(0))) && is_primary(&eni(Some(0), None)));
        for (device, card) in [(Some(1), Some(0)), (Some(0), Some(1)), (None, None)] {
            assert!(!is_primary(&eni(device, card)), "{device:?} {card:?}");
        }
    }

    #[test]
    fn a_type_newer_than_the_sdk_keeps_its_name() {
        let sdk = sdk::Instance::builder()
            .instance_id("i-1")
            .instance_type(sdk::InstanceType::from("z99.large"))
            .state(sdk::InstanceState::builder().name(sdk::InstanceStateName::Running).build())
            .build();
        let (_, instance) = instance(&sdk, &mut Words::default()).unwrap();
        assert_eq!(&*instance.instance_type, "z99.large");
    }
}
