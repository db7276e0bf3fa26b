//! VPCs: DescribeVpcs.

use crate::dispatch::Ctx;
use crate::ec2::listing::{Listing, one, tag_set};
use crate::error::Answer;
use crate::filters::tag_values;
use crate::kinds::Kind;
use crate::model::{Block, Vpc};
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
        "cidr" => one(&vpc.cidr),
        "cidr-block-association.cidr-block" => with_more(vpc, &vpc.cidr, |b| &b.cidr),
        "cidr-block-association.association-id" => {
            with_more(vpc, &vpc.cidr_association, |b| &b.association)
        }
        "cidr-block-association.state" => with_more(vpc, "associated", |b| &b.state),
        "ipv6-cidr-block-association.ipv6-cidr-block" => of_v6(vpc, |b| &b.cidr),
        "ipv6-cidr-block-association.association-id" => of_v6(vpc, |b| &b.association),
        "ipv6-cidr-block-association.state" => of_v6(vpc, |b| &b.state),
        "ipv6-cidr-block-association.ipv6-pool" => of_v6(vpc, |_| POOL),
        "dhcp-options-id" => one(&vpc.dhcp_options),
        "is-default" => one(vpc.is_default),
        "state" => one("available"),
        name => tag_values(&vpc.tags, name),
    }
}

/// The pool that Amazon's own IPv6 blocks come from.
const POOL: &str = "Amazon";

/// A value of every IPv4 block, the first one included.
fn with_more(vpc: &Vpc, first: &str, of: fn(&Block) -> &str) -> Vec<String> {
    let more = vpc.more_blocks.iter().filter(|block| !block.is_v6()).map(of);
    std::iter::once(first).chain(more).map(str::to_owned).collect()
}

fn of_v6(vpc: &Vpc, of: fn(&Block) -> &str) -> Vec<String> {
    vpc.more_blocks.iter().filter(|block| block.is_v6()).map(|block| of(block).to_owned()).collect()
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
        let first = (&*vpc.cidr, &*vpc.cidr_association, "associated");
        let more = vpc.more_blocks.iter().filter(|block| !block.is_v6());
        let more = more.map(|block| (&*block.cidr, &*block.association, &*block.state));
        let v4 = std::iter::once(first).chain(more);
        x.items("cidrBlockAssociationSet", v4, |x, (cidr, association, state)| {
            x.leaf("cidrBlock", cidr);
            x.leaf("associationId", association);
            x.el("cidrBlockState", |x| x.leaf("state", state));
        });
        let v6: Vec<&Block> = vpc.more_blocks.iter().filter(|block| block.is_v6()).collect();
        if !v6.is_empty() {
            x.items("ipv6CidrBlockAssociationSet", v6, |x, block| {
                x.leaf("ipv6CidrBlock", &block.cidr);
                x.leaf("associationId", &block.association);
                x.el("ipv6CidrBlockState", |x| x.leaf("state", &block.state));
                x.leaf("ipv6Pool", POOL);
            });
        }
        x.leaf("dhcpOptionsId", &vpc.dhcp_options);
        x.leaf("instanceTenancy", "default");
        x.leaf("isDefault", vpc.is_default);
        tag_set(x, &vpc.tags);
    });
    xml.opt("nextToken", token);
    Ok(xml)
}
