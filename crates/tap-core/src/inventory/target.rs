//! Traffic mirror targets, and what stands behind a load balancer that is one.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::ids::{AccountId, EniId, InstanceId, VpcId};
use crate::tags::Tags;

/// What a target delivers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetKind {
    /// The interface of an appliance.
    Eni(EniId),
    /// A Network Load Balancer, by its ARN.
    Nlb(String),
    /// A Gateway Load Balancer endpoint, by its id.
    GwlbEndpoint(String),
    /// A kind that this version does not know.
    Unknown(String),
}

/// A target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirrorTarget {
    /// What it delivers to.
    pub kind: TargetKind,
    /// The account it belongs to: this one, or one that shares it.
    pub owner: AccountId,
    /// Its description, where it has one.
    pub description: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

impl MirrorTarget {
    /// A target of which nothing else is known.
    pub fn of(kind: TargetKind, owner: AccountId) -> Self {
        Self { kind, owner, description: None, tags: Tags::default() }
    }
}

/// What stands behind a Network Load Balancer that is a target in use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NlbFacts {
    /// Whether the load balancer exists. A target outlives it (docs/aws.md 2).
    pub exists: bool,
    /// Its name.
    pub name: Option<String>,
    /// AWS's word for its state; `active` is the good one.
    pub state: Option<String>,
    /// The VPC it is in.
    pub vpc: Option<VpcId>,
    /// The zones that it has a node in, by their names in this account.
    pub zones: BTreeSet<String>,
    /// Whether it listens for mirrored traffic: UDP port 4789.
    pub listens: bool,
    /// How many targets behind that listener are healthy.
    pub healthy: usize,
    /// Instances registered behind that listener: they receive mirrored traffic.
    pub instances: BTreeSet<InstanceId>,
    /// Addresses registered behind that listener.
    pub addresses: BTreeSet<IpAddr>,
}
