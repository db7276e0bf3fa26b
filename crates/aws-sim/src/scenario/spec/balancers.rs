//! The form of load balancers, their listeners and target groups.

use serde::{Deserialize, Serialize};

use super::{Ref, is_default};
use crate::model::Tags;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupSpec {
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) arn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) protocol: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) port: Option<u16>,
    pub(crate) vpc: Ref,
    /// `instance` or `ip`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) targets: Vec<RegisteredSpec>,
    /// `true`, `false` or `use_load_balancer_configuration`, which is what a new one has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cross_zone: Option<String>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegisteredSpec {
    /// An instance, or an address in a group of type `ip`.
    pub(crate) target: Ref,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) port: Option<u16>,
    /// Of an address: that of its subnet, unless given; `all` or a zone for one that is outside of the VPC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) zone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) health: Option<String>,
    /// Why the health is that; the usual reason of such a health, unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BalancerSpec {
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) arn: Option<String>,
    /// `network` unless given.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scheme: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<String>,
    pub(crate) subnets: Vec<Ref>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) security_groups: Vec<Ref>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) cross_zone: bool,
    /// Whether its interfaces are listed, one in each of its subnets.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) interfaces: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) listeners: Vec<ListenerSpec>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListenerSpec {
    #[serde(default = "udp")]
    pub(crate) protocol: String,
    #[serde(default = "vxlan")]
    pub(crate) port: u16,
    pub(crate) target_group: Ref,
}

fn udp() -> String {
    "UDP".to_owned()
}

fn vxlan() -> u16 {
    4789
}
