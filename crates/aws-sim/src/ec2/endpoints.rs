//! VPC endpoints: DescribeVpcEndpoints.

use crate::dispatch::Ctx;
use crate::ec2::instances::LAUNCHED;
use crate::ec2::listing::{Listing, one, tag_set};
use crate::error::Answer;
use crate::filters::tag_values;
use crate::kinds::Kind;
use crate::model::Endpoint;
use crate::page::EC2_CUTTING;
use crate::xml::Xml;

/// The type of endpoint that a mirror target can be.
pub(crate) const GATEWAY_LOAD_BALANCER: &str = "GatewayLoadBalancer";

const LISTING: Listing = Listing {
    kind: Kind::Endpoint,
    ids: "VpcEndpointId",
    id_filter: "vpc-endpoint-id",
    ids_or_pages: false,
    names: &[
        "ip-address-type",
        "service-name",
        "service-region",
        "tag:",
        "tag-key",
        "vpc-endpoint-id",
        "vpc-endpoint-state",
        "vpc-endpoint-type",
        "vpc-id",
    ],
};

/// DescribeVpcEndpoints.
pub(crate) fn describe(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    // A service of another region is not simulated.
    let region = ctx.world.region.clone();
    let values = |endpoint: &Endpoint, name: &str| match name {
        "ip-address-type" => one("ipv4"),
        "service-name" => one(&endpoint.service),
        "service-region" => one(&region),
        "vpc-endpoint-id" => one(&endpoint.id),
        "vpc-endpoint-state" => one(&endpoint.state),
        "vpc-endpoint-type" => one(&endpoint.kind),
        "vpc-id" => one(&endpoint.vpc),
        name => tag_values(&endpoint.tags, name),
    };
    let store = &ctx.world.endpoints;
    let (endpoints, token) = LISTING.page_worded(ctx, EC2_CUTTING, store, |_| true, values)?;
    let mut xml = Xml::new();
    xml.items("vpcEndpointSet", &endpoints, |x, endpoint| {
        x.leaf("vpcEndpointId", &endpoint.id);
        x.leaf("vpcEndpointType", &endpoint.kind);
        x.leaf("vpcId", &endpoint.vpc);
        x.leaf("serviceName", &endpoint.service);
        x.leaf("serviceRegion", &region);
        x.leaf("state", &endpoint.state);
        x.items("subnetIdSet", &endpoint.subnets, |x, subnet| x.text(subnet));
        x.leaf("ipAddressType", "ipv4");
        x.leaf("requesterManaged", false);
        x.leaf("creationTimestamp", LAUNCHED);
        x.leaf("ownerId", &endpoint.owner);
        tag_set(x, &endpoint.tags);
    });
    xml.opt("nextToken", token);
    Ok(xml)
}
