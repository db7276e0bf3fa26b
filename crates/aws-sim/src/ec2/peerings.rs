//! Peerings of VPCs: DescribeVpcPeeringConnections.

use crate::dispatch::Ctx;
use crate::ec2::listing::{Listing, maybe, one, tag_set};
use crate::error::Answer;
use crate::filters::tag_values;
use crate::kinds::Kind;
use crate::model::{PeeredVpc, Peering};
use crate::xml::Xml;

const LISTING: Listing = Listing {
    kind: Kind::Peering,
    ids: "VpcPeeringConnectionId",
    id_filter: "vpc-peering-connection-id",
    ids_or_pages: false,
    names: &[
        "accepter-vpc-info.cidr-block",
        "accepter-vpc-info.owner-id",
        "accepter-vpc-info.vpc-id",
        "expiration-time",
        "requester-vpc-info.cidr-block",
        "requester-vpc-info.owner-id",
        "requester-vpc-info.vpc-id",
        "status-code",
        "status-message",
        "tag:",
        "tag-key",
        "vpc-peering-connection-id",
    ],
};

impl Peering {
    /// The addresses of a side are told only while the peering is active.
    fn cidr<'a>(&self, side: &'a PeeredVpc) -> Option<&'a String> {
        side.cidr.as_ref().filter(|_| self.status == "active")
    }

    fn message(&self) -> Option<String> {
        match self.status.as_str() {
            "active" => Some("Active".to_owned()),
            "pending-acceptance" => Some(format!("Pending Acceptance by {}", self.accepter.owner)),
            _ => None,
        }
    }
}

fn values(peering: &Peering, name: &str) -> Vec<String> {
    let side = |side: &PeeredVpc, name: &str| match name {
        "cidr-block" => maybe(peering.cidr(side)),
        "owner-id" => one(&side.owner),
        _ => one(&side.vpc),
    };
    match name.split_once('.') {
        Some(("accepter-vpc-info", name)) => return side(&peering.accepter, name),
        Some(("requester-vpc-info", name)) => return side(&peering.requester, name),
        _ => {}
    }
    match name {
        "status-code" => one(&peering.status),
        "status-message" => maybe(peering.message()),
        "vpc-peering-connection-id" => one(&peering.id),
        // Nothing expires here.
        "expiration-time" => maybe(None::<&str>),
        name => tag_values(&peering.tags, name),
    }
}

/// DescribeVpcPeeringConnections.
pub(crate) fn describe(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let (peerings, token) = LISTING.page(ctx, &ctx.world.peerings, |_| true, values)?;
    let mut xml = Xml::new();
    xml.items("vpcPeeringConnectionSet", &peerings, |x, peering| {
        x.leaf("vpcPeeringConnectionId", &peering.id);
        for (name, side) in
            [("requesterVpcInfo", &peering.requester), ("accepterVpcInfo", &peering.accepter)]
        {
            x.el(name, |x| {
                x.leaf("ownerId", &side.owner);
                x.leaf("vpcId", &side.vpc);
                x.leaf("region", &side.region);
                if let Some(cidr) = peering.cidr(side) {
                    x.leaf("cidrBlock", cidr);
                    x.items("cidrBlockSet", [cidr], |x, cidr| x.leaf("cidrBlock", cidr));
                }
            });
        }
        x.el("status", |x| {
            x.leaf("code", &peering.status);
            x.opt("message", peering.message());
        });
        tag_set(x, &peering.tags);
    });
    xml.opt("nextToken", token);
    Ok(xml)
}
