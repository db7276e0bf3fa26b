//! What leads packets through a VPC: route tables.

use std::fmt;

use super::Tags;
use crate::ids::stable_hash;

#[derive(Debug, Clone)]
pub(crate) struct RouteTable {
    pub(crate) id: String,
    pub(crate) vpc: String,
    pub(crate) owner: String,
    /// Whether it is that of the VPC's subnets that have none of their own.
    pub(crate) main: bool,
    /// The subnets that are associated with it outright.
    pub(crate) subnets: Vec<String>,
    pub(crate) routes: Vec<Route>,
    pub(crate) tags: Tags,
}

/// An association of a route table: with a subnet, or as the main table of its VPC.
#[derive(Debug)]
pub(crate) struct RouteTableAssociation<'a> {
    pub(crate) id: String,
    pub(crate) subnet: Option<&'a str>,
}

impl RouteTable {
    /// Its associations, that as the main one first.
    pub(crate) fn associations(&self) -> impl Iterator<Item = RouteTableAssociation<'_>> {
        let main = self.main.then_some(None);
        let subnets = self.subnets.iter().map(|subnet| Some(subnet.as_str()));
        main.into_iter().chain(subnets).map(|subnet| RouteTableAssociation {
            id: derived("rtbassoc", &[&self.id, subnet.unwrap_or("main")]),
            subnet,
        })
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) to: Destination,
    pub(crate) via: Via,
    /// As a scenario sets it; worked out from what the route leads to otherwise.
    pub(crate) state: Option<String>,
    pub(crate) origin: String,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let via = match &self.via {
            Via::Local => "local",
            Via::Gateway(id)
            | Via::EgressOnly(id)
            | Via::Nat(id)
            | Via::TransitGateway(id)
            | Via::Peering(id)
            | Via::Endpoint(id)
            | Via::Eni(id)
            | Via::Instance(id) => id,
        };
        write!(f, "{} via {via}", self.to.text())
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    V4(String),
    V6(String),
    PrefixList(String),
}

impl Destination {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::V4(text) | Self::V6(text) | Self::PrefixList(text) => text,
        }
    }
}

/// What a route leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Via {
    Local,
    /// An internet gateway or a virtual private one.
    Gateway(String),
    EgressOnly(String),
    Nat(String),
    TransitGateway(String),
    Peering(String),
    Endpoint(String),
    Eni(String),
    Instance(String),
}

/// The id of something that comes with something else, the same on every run; no counted id moves because of it.
pub(crate) fn derived(prefix: &str, of: &[&str]) -> String {
    format!("{prefix}-0{:016x}", stable_hash(format!("{prefix}/{}", of.join("/")).as_bytes()))
}
