//! VPCs: DescribeVpcs.

use crate::dispatch::Ctx;
use crate::ec2::listing::{Listing, maybe, one, tag_set};
use crate::error::Answer;
use crate::filters::tag_values;
use crate::kinds::Kind;
use crate::model::Vpc;
use crate::xml::Xml;

const LISTING: Listing = Listing {
    kind: Kind::Vpc,
    ids: "VpcId",
    id_filter: "vpc-id",
    ids_or_pages: false,
    names: &[
        "cidr",
        "cidr-block-association.cidr-block",
        "cidr-block-association.association-id",
        "cidr-block-association.state",
        "dhcp-options-id",
        "ipv6-cidr-block-association.ipv6-cidr-block",
        "ipv6-cidr-block-association.ipv6-pool",
        "ipv6-cidr-block-association.association-id",
        "ipv6-cidr-block-association.state",
        "is-default",
        "owner-id",
        "state",
        "tag:",
        "tag-key",
        "vpc-id",
    ],
};

fn values(vpc: &Vpc, name: &str) -> Vec<String> {
    match name {
        "vpc-id" => one(&vpc.id),
        "owner-id" => one(&vpc.owner),
        "cidr" | "cidr-block-association.cidr-block" => one(&vpc.cidr),
        "cidr-block-association.association-id" => one(&vpc.cidr_association),
        "cidr-block-association.state" => one("associated"),
        "dhcp-options-id" => one(&vpc.dhcp_options),
        "is-default" => one(vpc.is_default),
        "state" => one("available"),
        // No VPC here has an IPv6 block.
        name if name.starts_with("ipv6-") => maybe(None::<&str>),
        name => tag_values(&vpc.tags, name),
    }
}

/// DescribeVpcs.
pub(crate) fn describe(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let (vpcs, token) = LISTING.page(ctx, &ctx.world.vpcs, |_| true, values)?;
    let mut xml = Xml::new();
    xml.items("vpcSet", &vpcs, |x, vpc| {
        x.leaf("vpcId", &vpc.id);
        x.leaf("ownerId", &vpc.owner);
        x.leaf("state", "available");
        x.leaf("cidrBlock", &vpc.cidr);
        x.items("cidrBlockAssociationSet", [()], |x, ()| {
            x.leaf("cidrBlock", &vpc.cidr);
            x.leaf("associationId", &vpc.cidr_association);
            x.el("cidrBlockState", |x| x.leaf("state", "associated"));
        });
        x.leaf("dhcpOptionsId", &vpc.dhcp_options);
        x.leaf("instanceTenancy", "default");
        x.leaf("isDefault", vpc.is_default);
        tag_set(x, &vpc.tags);
    });
    xml.opt("nextToken", token);
    Ok(xml)
}
