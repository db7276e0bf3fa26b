//! Subnets: DescribeSubnets.

use crate::dispatch::Ctx;
use crate::ec2::listing::{Listing, maybe, one, tag_set};
use crate::error::Answer;
use crate::filters::tag_values;
use crate::kinds::Kind;
use crate::model::Subnet;
use crate::xml::Xml;

const LISTING: Listing = Listing {
    kind: Kind::Subnet,
    ids: "SubnetId",
    id_filter: "subnet-id",
    ids_or_pages: false,
    names: &[
        "availability-zone",
        "availability-zone-id",
        "available-ip-address-count",
        "cidr-block",
        "customer-owned-ipv4-pool",
        "default-for-az",
        "enable-dns64",
        "enable-lni-at-device-index",
        "ipv6-cidr-block-association.ipv6-cidr-block",
        "ipv6-cidr-block-association.association-id",
        "ipv6-cidr-block-association.state",
        "ipv6-native",
        "map-customer-owned-ip-on-launch",
        "map-public-ip-on-launch",
        "outpost-arn",
        "owner-id",
        "private-dns-name-options-on-launch.hostname-type",
        "private-dns-name-options-on-launch.enable-resource-name-dns-a-record",
        "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record",
        "state",
        "subnet-arn",
        "subnet-id",
        "tag:",
        "tag-key",
        "vpc-id",
    ],
};

/// Addresses that a subnet still has are not counted; AWS's own number for an empty /24 is answered.
const FREE_ADDRESSES: u32 = 251;

fn values(subnet: &Subnet, name: &str) -> Vec<String> {
    match name {
        "subnet-id" => one(&subnet.id),
        "subnet-arn" => one(&subnet.arn),
        "vpc-id" => one(&subnet.vpc),
        "owner-id" => one(&subnet.owner),
        "availability-zone" => one(&subnet.zone),
        "availability-zone-id" => one(&subnet.zone_id),
        "cidr-block" => maybe(subnet.cidr.as_ref()),
        "ipv6-native" => one(subnet.ipv6_native),
        "state" => one("available"),
        "available-ip-address-count" => one(FREE_ADDRESSES),
        "default-for-az"
        | "map-public-ip-on-launch"
        | "map-customer-owned-ip-on-launch"
        | "enable-dns64" => one(false),
        name => tag_values(&subnet.tags, name),
    }
}

/// DescribeSubnets.
pub(crate) fn describe(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let (subnets, token) = LISTING.page(ctx, &ctx.world.subnets, |_| true, values)?;
    let mut xml = Xml::new();
    xml.items("subnetSet", &subnets, |x, subnet| {
        x.leaf("subnetId", &subnet.id);
        x.leaf("subnetArn", &subnet.arn);
        x.leaf("vpcId", &subnet.vpc);
        x.leaf("ownerId", &subnet.owner);
        x.leaf("state", "available");
        x.opt("cidrBlock", subnet.cidr.as_ref());
        x.leaf("availabilityZone", &subnet.zone);
        x.leaf("availabilityZoneId", &subnet.zone_id);
        x.leaf("availableIpAddressCount", FREE_ADDRESSES);
        x.leaf("defaultForAz", false);
        x.leaf("mapPublicIpOnLaunch", false);
        x.leaf("ipv6Native", subnet.ipv6_native);
        tag_set(x, &subnet.tags);
    });
    xml.opt("nextToken", token);
    Ok(xml)
}
