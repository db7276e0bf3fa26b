//! Network ACLs of a scenario, and those that VPCs have by themselves.

use super::build::{Built, Names, Problem, named};
use super::network::subnets;
use super::spec::{AclEntrySpec, AclSpec};
use crate::cidr::Cidr;
use crate::model::{Acl, AclEntry, Tags, derived};
use crate::world::RegionWorld;

/// The largest number that an entry can be given.
const LAST: u32 = 32_766;

/// Makes the ACLs. Each subnet is in one: that which names it, or the default one of its VPC.
pub(super) fn acls(world: &mut RegionWorld, names: &mut Names, specs: &[AclSpec]) -> Built<()> {
    let mut made: Vec<Acl> = Vec::new();
    for spec in specs {
        let id = spec.id.clone().unwrap_or_else(|| world.mint.id("acl"));
        names.note("network acl", spec.name.as_ref(), &id)?;
        let vpc = names.find("vpc", &spec.vpc)?.clone();
        let twice = || made.iter().any(|other| other.is_default && other.vpc == vpc);
        if spec.default && twice() {
            let reason = format!("vpc `{}` has two default network acls", spec.vpc.text);
            return Err(Problem { line: spec.vpc.line, reason });
        }
        let subnets = subnets(world, names, &vpc, &spec.subnets)?;
        for (n, subnet) in subnets.iter().enumerate() {
            let taken = made.iter().any(|other| other.subnets.contains(subnet));
            if taken || subnets[..n].contains(subnet) {
                let asked = &spec.subnets[n];
                let reason = format!("subnet `{}` has two network acls", asked.text);
                return Err(Problem { line: asked.line, reason });
            }
        }
        let mut entries = match &spec.entries {
            None if spec.default => everything().to_vec(),
            None => Vec::new(),
            Some(entries) => entries.iter().map(entry).collect::<Built<_>>()?,
        };
        check_numbers(&entries, spec)?;
        entries.extend(nothing());
        entries.sort_by_key(|entry| (!entry.egress, entry.number));
        made.push(Acl {
            id,
            owner: world.vpcs.get(&vpc).map_or(&world.account, |vpc| &vpc.owner).clone(),
            vpc,
            is_default: spec.default,
            subnets,
            entries,
            tags: named(&spec.tags, spec.name.as_ref()),
        });
    }
    for (id, vpc) in world.vpcs.iter() {
        if !made.iter().any(|acl| acl.is_default && acl.vpc == id) {
            made.push(born(id, &vpc.owner));
        }
    }
    for (id, subnet) in world.subnets.iter() {
        if !made.iter().any(|acl| acl.subnets.iter().any(|known| known == id)) {
            let default = made.iter_mut().find(|acl| acl.is_default && acl.vpc == subnet.vpc);
            default.into_iter().for_each(|acl| acl.subnets.push(id.to_owned()));
        }
    }
    for acl in made {
        world.acls.put(&acl.id.clone(), acl);
    }
    Ok(())
}

/// A VPC's ACL as it is at birth: everything passes.
fn born(vpc: &str, owner: &str) -> Acl {
    let mut entries = [everything(), nothing()].concat();
    entries.sort_by_key(|entry| (!entry.egress, entry.number));
    Acl {
        id: derived("acl", &[vpc]),
        vpc: vpc.to_owned(),
        owner: owner.to_owned(),
        is_default: true,
        subnets: Vec::new(),
        entries,
        tags: Tags::new(),
    }
}

fn everything() -> [AclEntry; 2] {
    [true, false].map(|egress| AclEntry::of_all(100, egress, "allow"))
}

/// What nobody can remove: a packet that no other entry speaks of does not pass.
fn nothing() -> [AclEntry; 2] {
    [true, false].map(|egress| AclEntry::of_all(LAST + 1, egress, "deny"))
}

fn check_numbers(entries: &[AclEntry], spec: &AclSpec) -> Built<()> {
    for (n, entry) in entries.iter().enumerate() {
        let twice = entries[..n]
            .iter()
            .any(|other| (other.number, other.egress) == (entry.number, entry.egress));
        if twice {
            let reason = format!("two entries of a network acl have the number {}", entry.number);
            return Err(Problem { line: spec.vpc.line, reason });
        }
    }
    Ok(())
}

fn entry(spec: &AclEntrySpec) -> Built<AclEntry> {
    let number = spec.number;
    let wrong = |what: &str| {
        let reason = format!("entry {number} of a network acl: {what}");
        Err(Problem { line: spec.cidr.line, reason })
    };
    if !(1..=LAST).contains(&number) {
        return wrong("its number is not from 1 to 32766");
    }
    if !["allow", "deny"].contains(&spec.action.as_str()) {
        return wrong("its action is neither `allow` nor `deny`");
    }
    let Some(cidr) = Cidr::read(&spec.cidr.text) else {
        return wrong("its `cidr` is no block of addresses");
    };
    // Always a number here, unlike in security groups.
    let protocol = match spec.protocol.as_deref().unwrap_or("-1") {
        "all" | "-1" => "-1",
        "tcp" => "6",
        "udp" => "17",
        "icmp" => "1",
        said if said.parse::<u8>().is_ok() => said,
        _ => return wrong("its protocol is none"),
    };
    let (mut ports, mut icmp) = (None, None);
    match (protocol, spec.ports) {
        ("6" | "17", said) => {
            let [from, to] = said.unwrap_or([0, 65_535]);
            let range = 0..=65_535;
            if from > to || !range.contains(&from) || !range.contains(&to) {
                return wrong("its `ports` are none");
            }
            ports = Some((from, to));
        }
        ("1" | "58", said) => {
            let [kind, code] = said.unwrap_or([-1, -1]);
            icmp = Some((kind, code));
        }
        (_, Some(_)) => return wrong("its protocol has no ports"),
        (_, None) => {}
    }
    Ok(AclEntry {
        number,
        egress: spec.egress,
        action: spec.action.clone(),
        protocol: protocol.to_owned(),
        cidr: spec.cidr.text.clone(),
        is_ipv4: cidr.is_ipv4(),
        ports,
        icmp,
    })
}
