//! The form of network ACLs.

use serde::{Deserialize, Serialize};

use super::{Ref, is_default};
use crate::model::Tags;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AclSpec {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    pub(crate) vpc: Ref,
    /// That of the VPC's subnets that are in no other; it takes the place of the one that the VPC has by itself.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) default: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) subnets: Vec<Ref>,
    /// Left out: everything passes in a default one, nothing in another. The last entry of all, that nothing passes, needs
    /// not be said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) entries: Option<Vec<AclEntrySpec>>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) tags: Tags,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AclEntrySpec {
    pub(crate) number: u32,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) egress: bool,
    #[serde(default = "allow")]
    pub(crate) action: String,
    /// A number, `tcp`, `udp` or `icmp`; every protocol, where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) protocol: Option<String>,
    /// Of IPv4 or of IPv6.
    #[serde(default = "anywhere")]
    pub(crate) cidr: Ref,
    /// From and to, of TCP and UDP; type and code, of ICMP. All of them, where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ports: Option<[i32; 2]>,
}

fn allow() -> String {
    "allow".to_owned()
}

fn anywhere() -> Ref {
    "0.0.0.0/0".into()
}
