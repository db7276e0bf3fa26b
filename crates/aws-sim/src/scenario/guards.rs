//! Security groups of a scenario, and those that VPCs have by themselves.

use super::build::{Built, Names, Problem, nowhere};
use super::spec::{PeeredGroupSpec, PermissionSpec, Ref, SecurityGroupSpec};
use crate::cidr::Cidr;
use crate::edits::default_group;
use crate::model::{GroupPair, PeeredGroup, Permission, SecurityGroup, Tags, Vpc};
use crate::world::RegionWorld;

/// The name of the group that a VPC has by itself.
const DEFAULT: &str = "default";

/// Makes the groups, without the rules of those that are described: a rule may speak of any other group. Gives the ids of
/// the described ones.
pub(super) fn groups(
    world: &mut RegionWorld,
    names: &mut Names,
    specs: &[SecurityGroupSpec],
) -> Built<Vec<String>> {
    let born: Vec<SecurityGroup> = world.vpcs.iter().map(|(_, vpc)| born(vpc)).collect();
    for group in born {
        world.security_groups.put(&group.id.clone(), group);
    }
    let mut ids = Vec::new();
    for spec in specs {
        let vpc = names.find("vpc", &spec.vpc)?.clone();
        if spec.name.as_deref() == Some(DEFAULT) {
            let given = [&spec.id, &spec.description, &spec.owner];
            if given.into_iter().any(Option::is_some) {
                let reason = "a default group has neither `id` nor `description` nor `owner`";
                return Err(Problem { line: spec.vpc.line, reason: reason.to_owned() });
            }
            let id = default_group(&vpc);
            world.security_groups.edit(&id, |group| group.tags.clone_from(&spec.tags));
            ids.push(id);
            continue;
        }
        let id = spec.id.clone().unwrap_or_else(|| world.mint.id("sg"));
        names.note("security group", spec.name.as_ref(), &id)?;
        let name = spec.name.clone().unwrap_or_else(|| id.clone());
        let group = SecurityGroup {
            id: id.clone(),
            description: spec.description.clone().unwrap_or_else(|| name.clone()),
            name,
            vpc,
            owner: spec.owner.clone().unwrap_or_else(|| world.account.clone()),
            ingress: Vec::new(),
            egress: vec![Permission::everything()],
            tags: spec.tags.clone(),
        };
        world.security_groups.put(&id, group);
        world.any_group = false;
        ids.push(id);
    }
    Ok(ids)
}

/// A VPC's group as it is at birth: it takes what comes from itself, and lets everything out.
fn born(vpc: &Vpc) -> SecurityGroup {
    let id = default_group(&vpc.id);
    let pair = GroupPair { group: id.clone(), account: vpc.owner.clone(), peered: None };
    SecurityGroup {
        id,
        name: DEFAULT.to_owned(),
        description: "default VPC security group".to_owned(),
        vpc: vpc.id.clone(),
        owner: vpc.owner.clone(),
        ingress: vec![Permission { groups: vec![pair], ..Permission::nobody("-1", None) }],
        egress: vec![Permission::everything()],
        tags: Tags::new(),
    }
}

/// Gives the described groups their rules, once peerings are there too.
pub(super) fn rules(
    world: &mut RegionWorld,
    names: &Names,
    specs: &[SecurityGroupSpec],
    ids: &[String],
) -> Built<()> {
    for (spec, id) in specs.iter().zip(ids) {
        if let Some(ingress) = &spec.ingress {
            let ingress = permissions(world, names, ingress)?;
            world.security_groups.edit(id, |group| group.ingress = ingress);
        }
        if let Some(egress) = &spec.egress {
            let egress = permissions(world, names, egress)?;
            world.security_groups.edit(id, |group| group.egress = egress);
        }
    }
    Ok(())
}

/// The id of a group: one of the section by name or id, `VPC/default`, or the id of such a one.
pub(super) fn group(world: &RegionWorld, names: &Names, asked: &Ref) -> Built<String> {
    if let Some(id) = names.get("security group", &asked.text) {
        return Ok(id.clone());
    }
    let of_vpc = asked.text.strip_suffix(DEFAULT).and_then(|rest| rest.strip_suffix('/'));
    let id = match of_vpc.and_then(|vpc| names.get("vpc", vpc)) {
        Some(vpc) => default_group(vpc),
        None => asked.text.clone(),
    };
    if world.security_groups.has(&id) { Ok(id) } else { Err(nowhere("security group", asked)) }
}

/// Groups of interfaces in this VPC.
pub(super) fn groups_in(
    world: &RegionWorld,
    names: &Names,
    vpc: &str,
    asked: &[Ref],
) -> Built<Vec<String>> {
    let mut ids = Vec::new();
    for one in asked {
        let id = group(world, names, one)?;
        if world.security_groups.get(&id).is_none_or(|group| group.vpc != vpc) {
            let reason = format!("security group `{}` is not in `{vpc}`", one.text);
            return Err(Problem { line: one.line, reason });
        }
        ids.push(id);
    }
    Ok(ids)
}

/// Rules of one direction, those of the same protocol and ports together, as AWS shows them.
fn permissions(
    world: &RegionWorld,
    names: &Names,
    specs: &[PermissionSpec],
) -> Built<Vec<Permission>> {
    let mut all: Vec<Permission> = Vec::new();
    for spec in specs {
        let one = permission(world, names, spec)?;
        let same =
            |known: &&mut Permission| (&known.protocol, known.ports) == (&one.protocol, one.ports);
        match all.iter_mut().find(same) {
            Some(known) => {
                known.v4.extend(one.v4);
                known.v6.extend(one.v6);
                known.prefix_lists.extend(one.prefix_lists);
                known.groups.extend(one.groups);
            }
            None => all.push(one),
        }
    }
    Ok(all)
}

fn permission(world: &RegionWorld, names: &Names, spec: &PermissionSpec) -> Built<Permission> {
    let said = spec.protocol.as_deref().unwrap_or("-1");
    let Some(protocol) = protocol(said) else {
        return Err(Problem { line: 0, reason: format!("`{said}` is no protocol") });
    };
    let ports = ports(protocol, spec.ports)?;
    let mut permission = Permission::nobody(protocol, ports);
    for block in &spec.cidrs {
        match Cidr::read(&block.text) {
            Some(cidr) if cidr.is_ipv4() => permission.v4.push(block.text.clone()),
            Some(_) => permission.v6.push(block.text.clone()),
            None => {
                let reason = format!("`{}` is no block of addresses", block.text);
                return Err(Problem { line: block.line, reason });
            }
        }
    }
    permission.prefix_lists.clone_from(&spec.prefix_lists);
    for asked in &spec.groups {
        let group = group(world, names, asked)?;
        let account = world.security_groups.get(&group).map(|group| group.owner.clone());
        let account = account.unwrap_or_else(|| world.account.clone());
        permission.groups.push(GroupPair { group, account, peered: None });
    }
    for asked in &spec.peered_groups {
        permission.groups.push(peered(world, names, asked)?);
    }
    let said = permission.v4.len()
        + permission.v6.len()
        + permission.prefix_lists.len()
        + permission.groups.len();
    if said == 0 {
        let reason =
            "a rule of a security group has `cidrs`, `prefix_lists`, `groups` or `peered_groups`";
        return Err(Problem { line: 0, reason: reason.to_owned() });
    }
    Ok(permission)
}

fn peered(world: &RegionWorld, names: &Names, asked: &PeeredGroupSpec) -> Built<GroupPair> {
    let vpc = names.get("vpc", &asked.vpc.text).unwrap_or(&asked.vpc.text).clone();
    if !vpc.starts_with("vpc-") {
        return Err(nowhere("vpc", &asked.vpc));
    }
    // A peering that is not there is gone.
    let peering = names.get("peering", &asked.peering.text).unwrap_or(&asked.peering.text);
    if !peering.starts_with("pcx-") {
        return Err(nowhere("peering", &asked.peering));
    }
    Ok(GroupPair {
        group: asked.id.clone(),
        account: asked.account.clone().unwrap_or_else(|| world.account.clone()),
        peered: Some(PeeredGroup { vpc, peering: peering.clone() }),
    })
}

/// The protocol as AWS shows it: four of them by name, all others by number.
fn protocol(said: &str) -> Option<&str> {
    match said {
        "6" | "tcp" => Some("tcp"),
        "17" | "udp" => Some("udp"),
        "1" | "icmp" => Some("icmp"),
        "58" | "icmpv6" => Some("icmpv6"),
        "-1" | "all" => Some("-1"),
        number => number.parse::<u8>().ok().map(|_| said),
    }
}

/// TCP and UDP have ports, ICMP a type and a code; rules of other protocols are about all there is, whatever is said.
fn ports(protocol: &str, said: Option<[i32; 2]>) -> Built<Option<(i32, i32)>> {
    let (all, range) = match protocol {
        "tcp" | "udp" => ((0, 65_535), 0..=65_535),
        "icmp" | "icmpv6" => ((-1, -1), -1..=255),
        _ => return Ok(None),
    };
    let Some([from, to]) = said else { return Ok(Some(all)) };
    let ordered = from <= to || protocol.starts_with("icmp");
    if ordered && range.contains(&from) && range.contains(&to) {
        return Ok(Some((from, to)));
    }
    Err(Problem { line: 0, reason: format!("`[{from}, {to}]` are no ports of {protocol}") })
}
