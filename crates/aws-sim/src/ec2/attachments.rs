//! Attachments of VPCs to transit gateways: DescribeTransitGatewayVpcAttachments. The gateways themselves are not here.

use crate::dispatch::Ctx;
use crate::ec2::instances::LAUNCHED;
use crate::ec2::listing::{Listing, one, tag_set};
use crate::error::Answer;
use crate::kinds::Kind;
use crate::model::GatewayAttachment;
use crate::xml::Xml;

const LISTING: Listing = Listing {
    kind: Kind::Attachment,
    ids: "TransitGatewayAttachmentIds",
    id_filter: "transit-gateway-attachment-id",
    ids_or_pages: false,
    // No filter by tag is documented.
    names: &["state", "transit-gateway-attachment-id", "transit-gateway-id", "vpc-id"],
};

fn values(attachment: &GatewayAttachment, name: &str) -> Vec<String> {
    one(match name {
        "state" => &attachment.state,
        "transit-gateway-attachment-id" => &attachment.id,
        "transit-gateway-id" => &attachment.gateway,
        _ => &attachment.vpc,
    })
}

/// DescribeTransitGatewayVpcAttachments.
pub(crate) fn describe(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let (attachments, token) = LISTING.page(ctx, &ctx.world.attachments, |_| true, values)?;
    let mut xml = Xml::new();
    xml.items("transitGatewayVpcAttachments", &attachments, |x, attachment| {
        x.leaf("transitGatewayAttachmentId", &attachment.id);
        x.leaf("transitGatewayId", &attachment.gateway);
        x.leaf("vpcId", &attachment.vpc);
        x.leaf("vpcOwnerId", &attachment.vpc_owner);
        x.leaf("state", &attachment.state);
        x.items("subnetIds", &attachment.subnets, |x, subnet| x.text(subnet));
        x.leaf("creationTime", LAUNCHED);
        // The defaults of a new one.
        x.el("options", |x| {
            x.leaf("dnsSupport", "enable");
            x.leaf("securityGroupReferencingSupport", "enable");
            x.leaf("ipv6Support", "disable");
            x.leaf("applianceModeSupport", "disable");
        });
        tag_set(x, &attachment.tags);
    });
    xml.opt("nextToken", token);
    Ok(xml)
}
