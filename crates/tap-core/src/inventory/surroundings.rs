//! What people want to know when they choose a target, and a run does not: endpoints, and which VPCs are linked.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::VpcId;

/// A VPC endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its name, where it has one.
    pub name: Option<String>,
    /// The VPC it is in.
    pub vpc: VpcId,
    /// AWS's word for its type; only `GatewayLoadBalancer` can be a target.
    pub kind: String,
    /// AWS's word for its state, in lower case: `available`, `pendingacceptance`.
    pub state: String,
}

/// Which VPCs traffic can be routed between, as far as this account sees it. Whether the route tables do it is another matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// Active peerings by their ids.
    pub peerings: BTreeMap<String, (VpcId, VpcId)>,
    /// Transit gateways by their ids, each with the VPCs attached to it.
    pub transit_gateways: BTreeMap<String, BTreeSet<VpcId>>,
}

impl Links {
    /// The peering or transit gateway between two VPCs, by its id.
    pub fn between(&self, a: &VpcId, b: &VpcId) -> Option<&str> {
        let peering = self.peerings.iter().find(|(_, (x, y))| (x, y) == (a, b) || (x, y) == (b, a));
        let gateway = || self.transit_gateways.iter().find(|(_, v)| v.contains(a) && v.contains(b));
        peering.map(|(id, _)| id.as_str()).or_else(|| gateway().map(|(id, _)| id.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peering_counts_both_ways_and_a_gateway_for_all_attached() {
        let links = Links {
            peerings: [("pcx-1".to_owned(), ("vpc-a".into(), "vpc-b".into()))].into(),
            transit_gateways: [("tgw-1".to_owned(), ["vpc-b".into(), "vpc-c".into()].into())]
                .into(),
        };
        let between = |a: &str, b: &str| links.between(&a.into(), &b.into());
        assert_eq!(between("vpc-a", "vpc-b"), Some("pcx-1"));
        assert_eq!(between("vpc-b", "vpc-a"), Some("pcx-1"));
        assert_eq!(between("vpc-c", "vpc-b"), Some("tgw-1"));
        // A peering does not lead on to a third VPC.
        assert_eq!(between("vpc-a", "vpc-c"), None);
    }
}
