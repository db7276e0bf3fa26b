//! Network ACLs: DescribeNetworkAcls.

use crate::dispatch::Ctx;
use crate::ec2::listing::{Listing, one, tag_set};
use crate::error::Answer;
use crate::filters::tag_values;
use crate::kinds::Kind;
use crate::model::{Acl, AclEntry};
use crate::xml::Xml;

const LISTING: Listing = Listing {
    kind: Kind::Acl,
    ids: "NetworkAclId",
    id_filter: "network-acl-id",
    ids_or_pages: false,
    names: &[
        "association.association-id",
        "association.network-acl-id",
        "association.subnet-id",
        "default",
        "entry.cidr",
        "entry.egress",
        "entry.icmp.code",
        "entry.icmp.type",
        "entry.ipv6-cidr",
        "entry.port-range.from",
        "entry.port-range.to",
        "entry.protocol",
        "entry.rule-action",
        "entry.rule-number",
        "network-acl-id",
        "owner-id",
        "tag:",
        "tag-key",
        "vpc-id",
    ],
};

fn values(acl: &Acl, name: &str) -> Vec<String> {
    if let Some(name) = name.strip_prefix("entry.") {
        return acl.entries.iter().filter_map(|entry| of_entry(entry, name)).collect();
    }
    match name {
        "association.association-id" => {
            acl.subnets.iter().map(|subnet| acl.association(subnet)).collect()
        }
        "association.network-acl-id" => acl.subnets.iter().map(|_| acl.id.clone()).collect(),
        "association.subnet-id" => acl.subnets.clone(),
        "default" => one(acl.is_default),
        "network-acl-id" => one(&acl.id),
        "owner-id" => one(&acl.owner),
        "vpc-id" => one(&acl.vpc),
        name => tag_values(&acl.tags, name),
    }
}

fn of_entry(entry: &AclEntry, name: &str) -> Option<String> {
    match name {
        "cidr" => entry.is_ipv4.then(|| entry.cidr.clone()),
        "ipv6-cidr" => (!entry.is_ipv4).then(|| entry.cidr.clone()),
        "egress" => Some(entry.egress.to_string()),
        "icmp.type" => entry.icmp.map(|(kind, _)| kind.to_string()),
        "icmp.code" => entry.icmp.map(|(_, code)| code.to_string()),
        "port-range.from" => entry.ports.map(|(from, _)| from.to_string()),
        "port-range.to" => entry.ports.map(|(_, to)| to.to_string()),
        // The filter takes the names of three protocols, and the numbers of all others [D].
        "protocol" => Some(match entry.protocol.as_str() {
            "6" => "tcp".to_owned(),
            "17" => "udp".to_owned(),
            "1" => "icmp".to_owned(),
            number => number.to_owned(),
        }),
        "rule-action" => Some(entry.action.clone()),
        _ => Some(entry.number.to_string()),
    }
}

/// DescribeNetworkAcls.
pub(crate) fn describe(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let (acls, token) = LISTING.page(ctx, &ctx.world.acls, |_| true, values)?;
    let mut xml = Xml::new();
    xml.items("networkAclSet", &acls, |x, acl| {
        x.leaf("networkAclId", &acl.id);
        x.leaf("vpcId", &acl.vpc);
        x.leaf("ownerId", &acl.owner);
        x.leaf("default", acl.is_default);
        x.items("entrySet", &acl.entries, entry);
        x.items("associationSet", &acl.subnets, |x, subnet| {
            x.leaf("networkAclAssociationId", acl.association(subnet));
            x.leaf("networkAclId", &acl.id);
            x.leaf("subnetId", subnet);
        });
        tag_set(x, &acl.tags);
    });
    xml.opt("nextToken", token);
    Ok(xml)
}

fn entry(x: &mut Xml, entry: &AclEntry) {
    x.leaf("ruleNumber", entry.number);
    x.leaf("protocol", &entry.protocol);
    x.leaf("ruleAction", &entry.action);
    x.leaf("egress", entry.egress);
    x.leaf(if entry.is_ipv4 { "cidrBlock" } else { "ipv6CidrBlock" }, &entry.cidr);
    if let Some((kind, code)) = entry.icmp {
        x.el("icmpTypeCode", |x| {
            x.leaf("code", code);
            x.leaf("type", kind);
        });
    }
    if let Some((from, to)) = entry.ports {
        x.el("portRange", |x| {
            x.leaf("from", from);
            x.leaf("to", to);
        });
    }
}
