//! Elastic network interfaces: DescribeNetworkInterfaces, and the form they have inside instances.

use crate::dispatch::Ctx;
use crate::ec2::listing::{Listing, maybe, one, tag_set};
use crate::ec2::security_groups::group_set;
use crate::error::Answer;
use crate::filters::tag_values;
use crate::kinds::Kind;
use crate::model::{Attachment, Eni, Operator};
use crate::world::RegionWorld;
use crate::xml::Xml;

const LISTING: Listing = Listing {
    kind: Kind::Eni,
    ids: "NetworkInterfaceId",
    id_filter: "network-interface-id",
    ids_or_pages: true,
    names: &[
        "addresses.association.owner-id",
        "addresses.association.public-ip",
        "addresses.primary",
        "addresses.private-ip-address",
        "association.allocation-id",
        "association.association-id",
        "association.ip-owner-id",
        "association.public-dns-name",
        "association.public-ip",
        "attachment.attach-time",
        "attachment.attachment-id",
        "attachment.delete-on-termination",
        "attachment.device-index",
        "attachment.instance-id",
        "attachment.instance-owner-id",
        "attachment.status",
        "availability-zone",
        "availability-zone-id",
        "description",
        "group-id",
        "interface-type",
        "ipv6-addresses.ipv6-address",
        "mac-address",
        "network-interface-id",
        "operator.managed",
        "operator.principal",
        "owner-id",
        "private-dns-name",
        "private-ip-address",
        "requester-id",
        "requester-managed",
        "source-dest-check",
        "status",
        "subnet-id",
        "tag:",
        "tag-key",
        "vpc-id",
    ],
};

/// What an interface has under a filter's name.
pub(crate) fn values(region: &str, eni: &Eni, name: &str) -> Vec<String> {
    let attachment = eni.attachment.as_ref();
    match name {
        "network-interface-id" => one(&eni.id),
        "interface-type" => one(filter_spelling(&eni.kind)),
        "requester-managed" => one(eni.requester_managed),
        "requester-id" => maybe(eni.requester_id.as_ref()),
        "status" => one(eni.status()),
        "owner-id" => one(&eni.owner),
        "vpc-id" => one(&eni.vpc),
        "subnet-id" => one(&eni.subnet),
        "group-id" => eni.groups.clone(),
        "availability-zone" => one(&eni.zone),
        "availability-zone-id" => one(&eni.zone_id),
        "attachment.attachment-id" => maybe(attachment.map(|a| &a.id)),
        "attachment.instance-id" => maybe(attachment.and_then(|a| a.instance.as_ref())),
        "attachment.instance-owner-id" => maybe(attachment.map(|a| &a.owner)),
        "attachment.status" => maybe(attachment.map(|a| &a.status)),
        "attachment.device-index" => maybe(attachment.map(|a| a.device_index)),
        "attachment.delete-on-termination" => maybe(attachment.map(|a| a.delete_on_termination)),
        "mac-address" => one(&eni.mac),
        "private-ip-address" => maybe(eni.private_ips.first()),
        "private-dns-name" => maybe(eni.private_ips.first().map(|ip| dns_name(region, ip))),
        "addresses.private-ip-address" => eni.private_ips.clone(),
        "addresses.primary" => maybe(eni.private_ips.first().map(|_| true)),
        "description" => one(&eni.description),
        "source-dest-check" => one(true),
        "operator.managed" => one(eni.operator.is_some()),
        "operator.principal" => maybe(eni.operator.as_ref().map(|o| &o.principal)),
        name => tag_values(&eni.tags, name),
    }
}

/// NAT gateways are `natGateway` in answers and `nat_gateway` in filters.
fn filter_spelling(kind: &str) -> &str {
    if kind == "natGateway" { "nat_gateway" } else { kind }
}

/// The name that DHCP gives; nobody here resolves it. The oldest region has a domain of its own.
pub(crate) fn dns_name(region: &str, ip: &str) -> String {
    let host = ip.replace('.', "-");
    match region {
        "us-east-1" => format!("ip-{host}.ec2.internal"),
        _ => format!("ip-{host}.{region}.compute.internal"),
    }
}

/// DescribeNetworkInterfaces.
pub(crate) fn describe(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let all = ctx.request.flag("IncludeManagedResources")?;
    let visible = |eni: &Eni| all || !eni.operator.as_ref().is_some_and(|o| o.hidden);
    let region = ctx.world.region.as_str();
    let (enis, token) =
        LISTING.page(ctx, &ctx.world.enis, visible, |eni, name| values(region, eni, name))?;
    let mut xml = Xml::new();
    xml.items("networkInterfaceSet", &enis, |x, eni| {
        common(x, ctx.world, eni);
        x.leaf("availabilityZone", &eni.zone);
        x.leaf("availabilityZoneId", &eni.zone_id);
        x.leaf("ipv6Native", eni.ipv6_native);
        x.opt("requesterId", eni.requester_id.as_ref());
        x.leaf("requesterManaged", eni.requester_managed);
        operator(x, eni.operator.as_ref());
        if let Some(a) = &eni.attachment {
            x.el("attachment", |x| {
                x.opt("instanceId", a.instance.as_ref());
                x.leaf("instanceOwnerId", &a.owner);
                attachment(x, a);
            });
        }
        tag_set(x, &eni.tags);
    });
    xml.opt("nextToken", token);
    Ok(xml)
}

/// An interface inside an instance: without its tags, as AWS gives it.
pub(crate) fn in_instance(x: &mut Xml, world: &RegionWorld, eni: &Eni) {
    common(x, world, eni);
    operator(x, eni.operator.as_ref());
    if let Some(a) = &eni.attachment {
        x.el("attachment", |x| attachment(x, a));
    }
}

fn common(x: &mut Xml, world: &RegionWorld, eni: &Eni) {
    let region = &world.region;
    x.leaf("networkInterfaceId", &eni.id);
    x.leaf("interfaceType", &eni.kind);
    x.leaf("status", eni.status());
    x.leaf("ownerId", &eni.owner);
    x.leaf("vpcId", &eni.vpc);
    x.leaf("subnetId", &eni.subnet);
    x.leaf("description", &eni.description);
    x.leaf("macAddress", &eni.mac);
    x.leaf("sourceDestCheck", true);
    x.opt("privateIpAddress", eni.private_ips.first());
    x.opt("privateDnsName", eni.private_ips.first().map(|ip| dns_name(region, ip)));
    x.items("privateIpAddressesSet", eni.private_ips.iter().enumerate(), |x, (n, ip)| {
        x.leaf("privateIpAddress", ip);
        x.leaf("primary", n == 0);
    });
    group_set(x, world, &eni.groups);
}

/// `<operator>` of an instance or interface.
pub(crate) fn operator(x: &mut Xml, operator: Option<&Operator>) {
    x.el("operator", |x| {
        x.leaf("managed", operator.is_some());
        if let Some(operator) = operator {
            x.leaf("principal", &operator.principal);
            x.leaf("hiddenByDefault", operator.hidden);
        }
    });
}

fn attachment(x: &mut Xml, a: &Attachment) {
    x.leaf("attachmentId", &a.id);
    x.leaf("deviceIndex", a.device_index);
    x.leaf("networkCardIndex", 0);
    x.leaf("status", &a.status);
    x.leaf("attachTime", crate::ec2::instances::LAUNCHED);
    x.leaf("deleteOnTermination", a.delete_on_termination);
}

#[cfg(test)]
mod tests {
    use super::dns_name;

    #[test]
    fn the_oldest_region_has_a_domain_of_its_own() {
        assert_eq!(dns_name("us-east-1", "10.0.1.4"), "ip-10-0-1-4.ec2.internal");
        assert_eq!(dns_name("eu-west-1", "10.0.1.4"), "ip-10-0-1-4.eu-west-1.compute.internal");
    }
}
