//! The form of security groups.

use serde::{Deserialize, Serialize};

use super::Ref;
use crate::model::Tags;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecurityGroupSpec {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    /// `default` is the one that the VPC has by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    pub(crate) vpc: Ref,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<String>,
    /// Nothing, where it is left out; from itself, in the group that the VPC has by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ingress: Option<Vec<PermissionSpec>>,
    /// Everything, where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) egress: Option<Vec<PermissionSpec>>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PermissionSpec {
    /// A name or a number; every protocol, where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) protocol: Option<String>,
    /// From and to, or type and code of ICMP; all of them, where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ports: Option<[i32; 2]>,
    /// Of IPv4 and of IPv6.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) cidrs: Vec<Ref>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) prefix_lists: Vec<String>,
    /// Groups of this section, or `VPC/default`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) groups: Vec<Ref>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) peered_groups: Vec<PeeredGroupSpec>,
}

/// A group beyond a peering, by its id.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PeeredGroupSpec {
    pub(crate) id: String,
    /// A VPC of this account and region by name or id, any other by id.
    pub(crate) vpc: Ref,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    pub(crate) peering: Ref,
}
