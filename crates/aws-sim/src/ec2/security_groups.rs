//! Security groups: DescribeSecurityGroups, and their short form on what is in them.

use crate::dispatch::Ctx;
use crate::ec2::listing::{Listing, maybe, one, tag_set};
use crate::error::{Answer, ApiError};
use crate::filters::tag_values;
use crate::kinds::Kind;
use crate::model::{GroupPair, Permission, SecurityGroup};
use crate::page::EC2;
use crate::store::View;
use crate::world::RegionWorld;
use crate::xml::Xml;

const LISTING: Listing = Listing {
    kind: Kind::SecurityGroup,
    ids: "GroupId",
    id_filter: "group-id",
    ids_or_pages: false,
    names: &[
        "description",
        "egress.ip-permission.cidr",
        "egress.ip-permission.from-port",
        "egress.ip-permission.group-id",
        "egress.ip-permission.group-name",
        "egress.ip-permission.ipv6-cidr",
        "egress.ip-permission.prefix-list-id",
        "egress.ip-permission.protocol",
        "egress.ip-permission.to-port",
        "egress.ip-permission.user-id",
        "group-id",
        "group-name",
        "ip-permission.cidr",
        "ip-permission.from-port",
        "ip-permission.group-id",
        "ip-permission.group-name",
        "ip-permission.ipv6-cidr",
        "ip-permission.prefix-list-id",
        "ip-permission.protocol",
        "ip-permission.to-port",
        "ip-permission.user-id",
        "owner-id",
        "tag:",
        "tag-key",
        "vpc-id",
    ],
};

fn values(world: &RegionWorld, view: View, group: &SecurityGroup, name: &str) -> Vec<String> {
    if let Some(name) = name.strip_prefix("egress.ip-permission.") {
        return of_rules(world, view, &group.egress, name);
    }
    if let Some(name) = name.strip_prefix("ip-permission.") {
        return of_rules(world, view, &group.ingress, name);
    }
    match name {
        "description" => one(&group.description),
        "group-id" => one(&group.id),
        "group-name" => one(&group.name),
        "owner-id" => one(&group.owner),
        "vpc-id" => one(&group.vpc),
        name => tag_values(&group.tags, name),
    }
}

fn of_rules(world: &RegionWorld, view: View, rules: &[Permission], name: &str) -> Vec<String> {
    let of_one = |rule: &Permission| match name {
        "cidr" => rule.v4.clone(),
        "ipv6-cidr" => rule.v6.clone(),
        "prefix-list-id" => rule.prefix_lists.clone(),
        "protocol" => one(&rule.protocol),
        "from-port" => maybe(rule.ports.map(|(from, _)| from)),
        "to-port" => maybe(rule.ports.map(|(_, to)| to)),
        "group-id" => rule.groups.iter().map(|pair| pair.group.clone()).collect(),
        "user-id" => rule.groups.iter().map(|pair| pair.account.clone()).collect(),
        // The name of a group; that of one which is not seen here is not known.
        _ => {
            let seen = |pair: &GroupPair| world.security_groups.seen(&pair.group, view);
            rule.groups.iter().filter_map(seen).map(|group| group.name.clone()).collect()
        }
    };
    rules.iter().flat_map(of_one).collect()
}

/// `GroupName.N` names groups of the default VPC, by name or id [D].
fn named(ctx: &Ctx<'_>) -> Answer<Vec<String>> {
    let world = &*ctx.world;
    let in_default = |group: &SecurityGroup| {
        world.vpcs.seen(&group.vpc, ctx.view).is_some_and(|vpc| vpc.is_default)
    };
    let mut ids = Vec::new();
    for name in ctx.request.list("GroupName") {
        let mut groups = world.security_groups.list(None, ctx.view);
        let found =
            groups.find(|(_, group)| (group.name == name || group.id == name) && in_default(group));
        let Some((key, _)) = found else {
            let text = format!("The security group '{name}' does not exist in default VPC");
            return Err(ApiError::bad("InvalidGroup.NotFound", text));
        };
        ids.push(key.id().to_owned());
    }
    Ok(ids)
}

/// DescribeSecurityGroups.
pub(crate) fn describe(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let (world, view) = (&*ctx.world, ctx.view);
    let mut ids = ctx.request.list("GroupId");
    ids.extend(named(ctx)?);
    // The group that a shared VPC was born with is its owner's alone.
    let visible = |group: &SecurityGroup| {
        let of_other = group.owner != world.account;
        let of_shared = world.vpcs.seen(&group.vpc, view).is_some_and(|v| v.owner != world.account);
        !(of_other && of_shared)
    };
    let values = |group: &SecurityGroup, name: &str| values(world, view, group, name);
    let store = &world.security_groups;
    let (groups, token) = LISTING.page_of(ctx, EC2, ids, store, visible, values)?;
    let mut xml = Xml::new();
    xml.items("securityGroupInfo", &groups, |x, group| {
        let SecurityGroup { id, owner, .. } = &**group;
        x.leaf("groupId", id);
        x.leaf("groupName", &group.name);
        x.leaf("groupDescription", &group.description);
        x.leaf("vpcId", &group.vpc);
        x.leaf("ownerId", owner);
        let region = &world.region;
        x.leaf("securityGroupArn", format!("arn:aws:ec2:{region}:{owner}:security-group/{id}"));
        rules(x, world, view, "ipPermissions", &group.ingress);
        rules(x, world, view, "ipPermissionsEgress", &group.egress);
        tag_set(x, &group.tags);
    });
    xml.opt("nextToken", token);
    Ok(xml)
}

fn rules(x: &mut Xml, world: &RegionWorld, view: View, name: &str, rules: &[Permission]) {
    x.items(name, rules, |x, rule| {
        x.leaf("ipProtocol", &rule.protocol);
        x.opt("fromPort", rule.ports.map(|(from, _)| from));
        x.opt("toPort", rule.ports.map(|(_, to)| to));
        x.items("groups", &rule.groups, |x, pair| {
            x.leaf("userId", &pair.account);
            x.leaf("groupId", &pair.group);
            if let Some(peered) = &pair.peered {
                let peering = world.peerings.seen(&peered.peering, view);
                let status = peering.as_ref().map_or("deleted", |peering| &peering.status);
                x.leaf("vpcId", &peered.vpc);
                x.leaf("vpcPeeringConnectionId", &peered.peering);
                x.leaf("peeringStatus", status);
            }
        });
        x.items("ipRanges", &rule.v4, |x, block| x.leaf("cidrIp", block));
        x.items("ipv6Ranges", &rule.v6, |x, block| x.leaf("cidrIpv6", block));
        x.items("prefixListIds", &rule.prefix_lists, |x, id| x.leaf("prefixListId", id));
    });
}

/// Their names; a launch may have put something into a group that nothing is known of.
pub(crate) fn group_names(world: &RegionWorld, groups: &[String]) -> Vec<String> {
    let name = |id: &String| world.security_groups.get(id).map_or(id, |group| &group.name).clone();
    groups.iter().map(name).collect()
}

/// `<groupSet>` of what is in these groups.
pub(crate) fn group_set(x: &mut Xml, world: &RegionWorld, groups: &[String]) {
    x.items("groupSet", groups.iter().zip(group_names(world, groups)), |x, (id, name)| {
        x.leaf("groupId", id);
        x.leaf("groupName", name);
    });
}
