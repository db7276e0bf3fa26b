//! Looks up what is there already, as plain facts. It decides nothing and changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use futures::try_join;

use crate::build::{NewNlb, Wanted, nlb_name};
use crate::cloud::{Browse, Interface, Listener, LoadBalancer, LookUp, TargetGroup, Which};
use crate::error::CloudError;
use crate::ids::{EniId, InstanceId, SessionId, SubnetId, TargetId};
use crate::inventory::{Endpoint, Instance, MirrorTarget, Scope, Subnet, TargetKind};
use crate::tags::TagKeys;

/// What is there of what is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Where it was looked up.
    pub scope: Scope,
    /// The mirror target that delivers there.
    pub target: Option<TargetId>,
    /// What it delivers to.
    pub receiver: Receiver,
}

/// What a target is to deliver to, with what was found of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receiver {
    /// An interface.
    Eni {
        /// Its id.
        eni: EniId,
        /// What was found.
        interface: Option<Interface>,
        /// This account's sessions that mirror it.
        sessions: Vec<SessionId>,
    },
    /// A load balancer that is there.
    Nlb {
        /// Its ARN.
        arn: String,
        /// What was found.
        balancer: Option<LoadBalancer>,
        /// Its listeners.
        listeners: Vec<Listener>,
    },
    /// A Gateway Load Balancer endpoint.
    GwlbEndpoint {
        /// Its id.
        id: String,
        /// What was found.
        endpoint: Option<Endpoint>,
    },
    /// A load balancer that is made for the target.
    NewNlb {
        /// As it is wanted.
        new: NewNlb,
        /// What was found.
        found: Box<NewNlbFacts>,
    },
}

impl Receiver {
    /// What a target of it says that it delivers to; nothing while that is still to be made.
    pub fn kind(&self) -> Option<TargetKind> {
        match self {
            Self::Eni { eni, .. } => Some(TargetKind::Eni(eni.clone())),
            Self::Nlb { arn, .. } => Some(TargetKind::Nlb(arn.clone())),
            Self::GwlbEndpoint { id, .. } => Some(TargetKind::GwlbEndpoint(id.clone())),
            Self::NewNlb { found, .. } => {
                found.balancer.as_ref().map(|balancer| TargetKind::Nlb(balancer.arn.clone()))
            }
        }
    }
}

/// What is there of a load balancer that is made for a target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewNlbFacts {
    /// The subnets of the VPC, and those that were named.
    pub subnets: BTreeMap<SubnetId, Subnet>,
    /// The instances that were named.
    pub instances: BTreeMap<InstanceId, Instance>,
    /// The load balancer of that name.
    pub balancer: Option<LoadBalancer>,
    /// Whether it sends to all zones.
    pub cross_zone: bool,
    /// Its listeners.
    pub listeners: Vec<Listener>,
    /// The target group that the listener forwards to; where there is none, the one of that name.
    pub group: Option<TargetGroup>,
    /// What is registered in that group.
    pub registered: BTreeSet<String>,
}

/// Looks up what is there of what is wanted.
///
/// # Errors
/// What AWS, or the network, said. That something is not there is a fact, not an error.
pub async fn look<C: LookUp + Browse>(
    cloud: &C,
    scope: &Scope,
    wanted: &Wanted,
    keys: &TagKeys,
) -> Result<Facts, CloudError> {
    let receiver = match wanted {
        Wanted::Eni(eni) => {
            let (interface, sessions) = try_join!(cloud.interface(eni), cloud.sessions_from(eni))?;
            Receiver::Eni { eni: eni.clone(), interface, sessions }
        }
        Wanted::Nlb(arn) => {
            // AWS would call the ARN of another region wrong in itself; whoever plans says what is wrong with it.
            let balancer = match region_of(arn) == Some(scope.region.as_str()) {
                true => cloud.balancer(arn).await?,
                false => None,
            };
            let listeners = match &balancer {
                Some(balancer) => cloud.listeners(&balancer.arn).await?,
                None => Vec::new(),
            };
            Receiver::Nlb { arn: arn.clone(), balancer, listeners }
        }
        Wanted::GwlbEndpoint(id) => {
            Receiver::GwlbEndpoint { id: id.clone(), endpoint: cloud.endpoint(id).await? }
        }
        Wanted::NewNlb(new) => {
            let found = look_at_new(cloud, new, &nlb_name(&keys.vendor, &new.vpc)).await?;
            Receiver::NewNlb { new: new.clone(), found: Box::new(found) }
        }
    };
    let target = match receiver.kind() {
        Some(kind) => target_to(cloud, scope, &kind).await?,
        None => None,
    };
    Ok(Facts { scope: scope.clone(), target, receiver })
}

/// The target that delivers to something: this account's before a shared one, then the lowest id. An endpoint may have several.
pub(super) async fn target_to<C: LookUp>(
    cloud: &C,
    scope: &Scope,
    kind: &TargetKind,
) -> Result<Option<TargetId>, CloudError> {
    let found = cloud.targets_to(kind).await?;
    let rank =
        |(id, target): &(TargetId, MirrorTarget)| (target.owner != scope.account, id.clone());
    Ok(found.into_iter().min_by_key(rank).map(|(id, _)| id))
}

/// The region that an ARN of a load balancer names.
pub(super) fn region_of(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(6, ':');
    let (is_arn, _partition, service) = (parts.next()? == "arn", parts.next()?, parts.next()?);
    let (region, _account, resource) = (parts.next()?, parts.next()?, parts.next()?);
    let is_balancer = is_arn && service == "elasticloadbalancing";
    (is_balancer && resource.starts_with("loadbalancer/")).then_some(region)
}

async fn look_at_new<C: LookUp + Browse>(
    cloud: &C,
    new: &NewNlb,
    name: &str,
) -> Result<NewNlbFacts, CloudError> {
    let (mut subnets, instances, balancer) = try_join!(
        cloud.subnets_of(&new.vpc),
        cloud.instances(Which::Ids(&new.instances)),
        cloud.balancer_named(name),
    )?;
    let elsewhere: BTreeSet<SubnetId> =
        new.subnets.iter().filter(|id| !subnets.contains_key(*id)).cloned().collect();
    if !elsewhere.is_empty() {
        subnets.extend(cloud.subnets(&elsewhere).await?);
    }
    let mut facts = NewNlbFacts { subnets, instances, balancer, ..NewNlbFacts::default() };
    if let Some(balancer) = &facts.balancer {
        (facts.cross_zone, facts.listeners) =
            try_join!(cloud.is_cross_zone(&balancer.arn), cloud.listeners(&balancer.arn))?;
    }
    let hears = facts.listeners.iter().find(|listener| listener.hears_mirrors());
    facts.group = match hears {
        // What the listener forwards to counts, whatever its name.
        Some(listener) => match listener.groups.first() {
            Some(group) => cloud.group(group).await?,
            None => None,
        },
        None => cloud.group_named(name).await?,
    };
    if let Some(group) = &facts.group {
        facts.registered = cloud.registered(&group.arn).await?;
    }
    Ok(facts)
}
