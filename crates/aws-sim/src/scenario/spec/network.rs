//! The form of what connects VPCs: endpoints, peerings, attachments to transit gateways.

use serde::{Deserialize, Serialize};

use super::{Ref, is_default};
use crate::ec2::endpoints::GATEWAY_LOAD_BALANCER;
use crate::model::Tags;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndpointSpec {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    pub(crate) vpc: Ref,
    #[serde(default = "gateway_load_balancer", rename = "type")]
    pub(crate) kind: String,
    /// That of an endpoint service, unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) service_name: Option<String>,
    #[serde(default = "available")]
    pub(crate) state: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) subnets: Vec<Ref>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) tags: Tags,
}

fn gateway_load_balancer() -> String {
    GATEWAY_LOAD_BALANCER.to_owned()
}

fn available() -> String {
    "available".to_owned()
}

/// A side with an owner or a region of its own is named by the id of its VPC, and is not seen here.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PeeringSpec {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    pub(crate) requester: Ref,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) requester_owner: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) requester_region: Option<String>,
    pub(crate) accepter: Ref,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) accepter_owner: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) accepter_region: Option<String>,
    #[serde(default = "active")]
    pub(crate) status: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) tags: Tags,
}

fn active() -> String {
    "active".to_owned()
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttachmentSpec {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// The transit gateway, `tgw-…`; gateways have no section of their own.
    pub(crate) gateway: String,
    pub(crate) vpc: Ref,
    /// The VPC's owner; one of another account is named by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) subnets: Vec<Ref>,
    #[serde(default = "available")]
    pub(crate) state: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) tags: Tags,
}
