//! The form of route tables.

use serde::{Deserialize, Serialize};

use super::{Ref, is_default};
use crate::model::Tags;

/// The route to the VPC itself needs not be said: every table has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RouteTableSpec {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    pub(crate) vpc: Ref,
    /// The VPC's main table; it takes the place of the one that the VPC has by itself.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) main: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) subnets: Vec<Ref>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) routes: Vec<RouteSpec>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) tags: Tags,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RouteSpec {
    /// A block of addresses, IPv4 or IPv6, or a prefix list.
    pub(crate) to: Ref,
    /// Exactly one of these. A gateway is `igw-..` or `vgw-..`, by id like those of the next three; the others are by name
    /// or id, and an id that is not there is one that is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) gateway: Option<Ref>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) egress_only_gateway: Option<Ref>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) nat_gateway: Option<Ref>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) transit_gateway: Option<Ref>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) peering: Option<Ref>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) vpc_endpoint: Option<Ref>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) network_interface: Option<Ref>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) instance: Option<Ref>,
    /// `active` or `blackhole`; otherwise as what it leads to is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<String>,
    #[serde(default = "by_hand")]
    pub(crate) origin: String,
}

fn by_hand() -> String {
    "CreateRoute".to_owned()
}
