//! The form of a scenario file. Unknown keys are refused everywhere.

mod acls;
mod balancers;
mod guards;
mod network;
mod organization;
mod routes;

pub(crate) use acls::{AclEntrySpec, AclSpec};
pub(crate) use balancers::{BalancerSpec, GroupSpec, ListenerSpec, RegisteredSpec};
pub(crate) use guards::{PeeredGroupSpec, PermissionSpec, SecurityGroupSpec};
pub(crate) use network::{AttachmentSpec, EndpointSpec, PeeringSpec};
pub(crate) use organization::OrganizationSpec;
pub(crate) use routes::{RouteSpec, RouteTableSpec};

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::limits::Quotas;
use crate::model::{Direction, InstanceState, Tags};
use crate::switches::Switches;

/// A name or id of something else in the file, with the line it stands in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ref {
    pub(crate) text: String,
    pub(crate) line: u64,
}

impl From<&str> for Ref {
    fn from(text: &str) -> Self {
        Self { text: text.to_owned(), line: 0 }
    }
}

impl<'de> Deserialize<'de> for Ref {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = serde_saphyr::Spanned::<String>::deserialize(deserializer)?;
        Ok(Self { text: spanned.value, line: spanned.referenced.line() })
    }
}

impl Serialize for Ref {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountSpec {
    #[serde(default = "default_account")]
    pub(crate) account: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) quotas: Option<Quotas>,
    #[serde(default, skip_serializing)]
    pub(crate) switches: Option<Switches>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) organization: Option<OrganizationSpec>,
    #[serde(default)]
    pub(crate) regions: BTreeMap<String, RegionSpec>,
}

fn default_account() -> String {
    "111122223333".to_owned()
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RegionSpec {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) vpcs: Vec<VpcSpec>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) subnets: Vec<SubnetSpec>,
    /// The images that there are; any, where none is named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) images: Vec<String>,
    /// The security groups that there are besides each VPC's own; any, where none is named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) security_groups: Vec<SecurityGroupSpec>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) instances: Vec<InstanceSpec>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) network_interfaces: Vec<EniSpec>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) vpc_endpoints: Vec<EndpointSpec>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) vpc_peerings: Vec<PeeringSpec>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) transit_gateway_attachments: Vec<AttachmentSpec>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) route_tables: Vec<RouteTableSpec>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) network_acls: Vec<AclSpec>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) target_groups: Vec<GroupSpec>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) load_balancers: Vec<BalancerSpec>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) targets: Vec<TargetSpec>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) filters: Vec<FilterSpec>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) sessions: Vec<SessionSpec>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct VpcSpec {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cidr: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) more_cidrs: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) default: bool,
    #[serde(skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubnetSpec {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    pub(crate) vpc: Ref,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) zone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) zone_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cidr: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) ipv6_native: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<String>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
}

/// The AWS service that manages a resource.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ManagedSpec {
    pub(crate) principal: String,
    #[serde(default = "yes")]
    pub(crate) hidden: bool,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InstanceSpec {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(default = "default_type", rename = "type")]
    pub(crate) kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<InstanceState>,
    /// Left out only where every interface names its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subnet: Option<Ref>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) enis: Option<Vec<EniSpec>>,
    /// Of those interfaces that name none of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) security_groups: Vec<Ref>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) managed: Option<ManagedSpec>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) termination_protection: bool,
    /// When it was launched, RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) launched: Option<String>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
}

fn default_type() -> String {
    "m5.large".to_owned()
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EniSpec {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subnet: Option<Ref>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) private_ips: Vec<String>,
    /// An account that has it in a subnet of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<String>,
    /// The VPC's own one, unless given here or for the instance.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) security_groups: Vec<Ref>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) requester_id: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) requester_managed: bool,
    /// `attached` where it belongs to an instance, unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attachment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) delete_on_termination: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) managed: Option<ManagedSpec>,
    #[serde(skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TargetSpec {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// Exactly one of these three.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) eni: Option<Ref>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nlb: Option<Ref>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gwlbe: Option<Ref>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sources_limit: Option<usize>,
    #[serde(skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct FilterSpec {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) network_services: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) rules: Vec<RuleSpec>,
    #[serde(skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleSpec {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    pub(crate) direction: Direction,
    pub(crate) number: u32,
    #[serde(default = "accept")]
    pub(crate) action: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) protocol: Option<u8>,
    #[serde(default = "anywhere")]
    pub(crate) source: String,
    #[serde(default = "anywhere")]
    pub(crate) destination: String,
    /// From and to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source_ports: Option<[u16; 2]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) destination_ports: Option<[u16; 2]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
}

fn accept() -> String {
    "accept".to_owned()
}

fn anywhere() -> String {
    "0.0.0.0/0".to_owned()
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionSpec {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    /// An interface by id or name, or an instance: `web-1` is its first interface, `web-1/1` the second.
    pub(crate) eni: Ref,
    pub(crate) target: Ref,
    pub(crate) filter: Ref,
    #[serde(default = "first")]
    pub(crate) number: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) packet_length: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) vni: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<String>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
}

fn first() -> u32 {
    1
}
