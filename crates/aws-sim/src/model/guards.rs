//! What lets packets pass or not: security groups and network ACLs.

use std::fmt;

use super::{Tags, derived};

#[derive(Debug, Clone)]
pub(crate) struct SecurityGroup {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) vpc: String,
    pub(crate) owner: String,
    pub(crate) ingress: Vec<Permission>,
    pub(crate) egress: Vec<Permission>,
    pub(crate) tags: Tags,
}

/// The rules of one protocol and range of ports, as AWS shows them together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Permission {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, `-1` or a number.
    pub(crate) protocol: String,
    /// Ports, or type and code of ICMP; none where the protocol has neither.
    pub(crate) ports: Option<(i32, i32)>,
    pub(crate) v4: Vec<String>,
    pub(crate) v6: Vec<String>,
    pub(crate) prefix_lists: Vec<String>,
    pub(crate) groups: Vec<GroupPair>,
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.protocol)?;
        if let Some((from, to)) = self.ports {
            write!(f, " {from}-{to}")?;
        }
        let groups = self.groups.iter().map(|pair| &pair.group);
        let all = self.v4.iter().chain(&self.v6).chain(&self.prefix_lists).chain(groups);
        all.into_iter().try_for_each(|one| write!(f, " {one}"))
    }
}

impl Permission {
    /// What lets everything pass to or from any IPv4 address.
    pub(crate) fn everything() -> Self {
        Self { v4: vec!["0.0.0.0/0".to_owned()], ..Self::nobody("-1", None) }
    }

    /// What lets nobody pass yet.
    pub(crate) fn nobody(protocol: &str, ports: Option<(i32, i32)>) -> Self {
        Self {
            protocol: protocol.to_owned(),
            ports,
            v4: Vec::new(),
            v6: Vec::new(),
            prefix_lists: Vec::new(),
            groups: Vec::new(),
        }
    }
}

/// A security group that a rule speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupPair {
    pub(crate) group: String,
    pub(crate) account: String,
    /// Where it lies beyond a peering.
    pub(crate) peered: Option<PeeredGroup>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PeeredGroup {
    pub(crate) vpc: String,
    pub(crate) peering: String,
}

/// A network ACL.
#[derive(Debug, Clone)]
pub(crate) struct Acl {
    pub(crate) id: String,
    pub(crate) vpc: String,
    pub(crate) owner: String,
    pub(crate) is_default: bool,
    pub(crate) subnets: Vec<String>,
    /// Those of egress first, each direction in order.
    pub(crate) entries: Vec<AclEntry>,
    pub(crate) tags: Tags,
}

impl Acl {
    /// The id of its association with a subnet.
    pub(crate) fn association(&self, subnet: &str) -> String {
        derived("aclassoc", &[&self.id, subnet])
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AclEntry {
    pub(crate) number: u32,
    pub(crate) egress: bool,
    /// `allow` or `deny`.
    pub(crate) action: String,
    /// A number, `-1` for every protocol.
    pub(crate) protocol: String,
    pub(crate) cidr: String,
    pub(crate) is_ipv4: bool,
    pub(crate) ports: Option<(i32, i32)>,
    /// Type and code.
    pub(crate) icmp: Option<(i32, i32)>,
}

impl AclEntry {
    /// One about every packet of IPv4.
    pub(crate) fn of_all(number: u32, egress: bool, action: &str) -> Self {
        Self {
            number,
            egress,
            action: action.to_owned(),
            protocol: "-1".to_owned(),
            cidr: "0.0.0.0/0".to_owned(),
            is_ipv4: true,
            ports: None,
            icmp: None,
        }
    }
}

impl fmt::Display for AclEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = if self.egress { "egress" } else { "ingress" };
        let Self { number, action, protocol, cidr, .. } = self;
        write!(f, "{direction} {number} {action} {protocol} {cidr}")?;
        if let Some((from, to)) = self.ports.or(self.icmp) {
            write!(f, " {from}-{to}")?;
        }
        Ok(())
    }
}
