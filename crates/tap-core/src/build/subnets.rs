//! Which subnets a load balancer gets that is made for a VPC.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{Region, SubnetId, VpcId};
use crate::inventory::Subnet;

/// One subnet for each availability zone of the VPC. Of several in a zone it is the one with the largest IPv4 block, which most likely
/// has room and does not change from run to run; of equals the one with the lowest id.
///
/// Subnets with IPv6 addresses only are left out: an internal load balancer has IPv4 addresses (docs/aws.md 11). So are Local and
/// Wavelength Zones, where there are others: an availability zone is named by its region and one letter.
pub fn default_subnets(
    region: &Region,
    vpc: &VpcId,
    subnets: &BTreeMap<SubnetId, Subnet>,
) -> BTreeSet<SubnetId> {
    let usable = || subnets.iter().filter(|(_, s)| s.vpc == *vpc && !s.ipv6_only);
    let is_plain = |subnet: &Subnet| {
        let letter = subnet.zone.strip_prefix(region.as_str());
        letter.is_some_and(|l| l.len() == 1 && l.bytes().all(|b| b.is_ascii_lowercase()))
    };
    let some_plain = usable().any(|(_, subnet)| is_plain(subnet));
    let mut best: BTreeMap<&str, (u8, &SubnetId)> = BTreeMap::new();
    for (id, subnet) in usable().filter(|(_, subnet)| !some_plain || is_plain(subnet)) {
        // The shorter the prefix, the larger the block; one that is not known comes last.
        let prefix = subnet.block.map_or(u8::MAX, |block| block.prefix_len());
        let entry = best.entry(&subnet.zone).or_insert((prefix, id));
        *entry = (*entry).min((prefix, id));
    }
    best.into_values().map(|(_, id)| id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subnet(zone: &str, block: &str) -> Subnet {
        Subnet { zone: zone.to_owned(), block: block.parse().ok(), ..Subnet::of("vpc-a".into()) }
    }

    fn chosen<const N: usize>(subnets: [(&str, Subnet); N]) -> Vec<String> {
        let subnets = subnets.into_iter().map(|(id, s)| (id.into(), s)).collect();
        let chosen = default_subnets(&"eu-west-1".into(), &"vpc-a".into(), &subnets);
        chosen.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn one_for_each_zone_the_largest_then_the_lowest_id() {
        let subnets = [
            ("subnet-1", subnet("eu-west-1a", "10.0.0.0/28")),
            ("subnet-2", subnet("eu-west-1a", "10.0.16.0/20")),
            ("subnet-3", subnet("eu-west-1b", "10.0.2.0/24")),
            ("subnet-4", subnet("eu-west-1b", "10.0.1.0/24")),
        ];
        assert_eq!(chosen(subnets), ["subnet-2", "subnet-3"]);
    }

    #[test]
    fn what_cannot_hold_an_internal_load_balancer_is_left_out() {
        let mut other = subnet("eu-west-1c", "10.1.0.0/16");
        other.vpc = "vpc-b".into();
        let ipv6 = Subnet { ipv6_only: true, ..subnet("eu-west-1b", "") };
        let subnets = [
            ("subnet-1", subnet("eu-west-1a", "10.0.0.0/24")),
            ("subnet-2", ipv6),
            ("subnet-3", other),
            ("subnet-4", subnet("eu-west-1-lax-1a", "10.0.4.0/24")),
        ];
        assert_eq!(chosen(subnets), ["subnet-1"]);
        assert_eq!(chosen([]), Vec::<String>::new());
    }

    #[test]
    fn zones_of_another_form_are_used_where_there_is_nothing_else() {
        let subnets = [
            ("subnet-1", subnet("zone-one", "10.0.0.0/24")),
            ("subnet-2", subnet("zone-two", "10.0.1.0/24")),
        ];
        assert_eq!(chosen(subnets), ["subnet-1", "subnet-2"]);
    }
}
