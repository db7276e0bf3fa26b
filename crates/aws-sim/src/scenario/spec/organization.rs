//! The form of an organization.

use serde::{Deserialize, Serialize};

use super::{Ref, is_default};

/// Left out, the account is in none.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrganizationSpec {
    #[serde(default = "example")]
    pub(crate) id: String,
    /// The account that manages it: this one, unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) management: Option<Ref>,
    /// Whether this account is a member that may list accounts all the same.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) delegated: bool,
    /// Its accounts; this one and the management account are among them in any case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) accounts: Vec<MemberSpec>,
}

fn example() -> String {
    "o-exampleorgid".to_owned()
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberSpec {
    pub(crate) id: Ref,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    #[serde(default = "active")]
    pub(crate) state: String,
    #[serde(default = "created")]
    pub(crate) joined: String,
}

fn active() -> String {
    "ACTIVE".to_owned()
}

fn created() -> String {
    "CREATED".to_owned()
}
