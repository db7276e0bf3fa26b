//! The doors that packets leave by: out of a load balancer, by its security groups and by the network ACL of its node's subnet,
//! to everybody registered behind it; and out of the source's subnet.
//!
//! A load balancer hands packets on to each member's own address and port, so that it is looked at once for all sources. Of the
//! network ACL that guards the source's subnet AWS does not say whether mirrored packets pass it (docs/aws.md 2): where it
//! denies them, nobody can tell.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;
use tap_core::call::Call;
use tap_core::cloud::VXLAN_PORT;
use tap_core::ids::{EniId, NetworkAclId, SecurityGroupId, SubnetId, TargetId, VpcId};
use tap_core::network::{
    AclEntry, Balancer, InterfaceFacts, Member, Permission, Protocol, TargetGroupFacts,
};

use super::doors::{few, lets_none, members_served};
use super::rules::{Door, ask_acl, may_let, odd_protocol, relevant, takes_udp};
use super::{Verdict, Why};
use crate::collect::Problem;
use crate::finding::FindingCode;
use crate::scene::Scene;
use crate::targets::{member_interface, reaches};

/// What is wrong at one door, or why nobody can tell.
type Found = Vec<Result<Problem, Why>>;

/// The doors out of a scope's load balancers and subnets.
pub(super) struct WaysOut<'a> {
    scene: &'a Scene<'a>,
    /// What the network ACL of each subnet says of packets that leave it.
    acls: BTreeMap<&'a SubnetId, (&'a NetworkAclId, &'a [AclEntry])>,
    /// By the security groups of load balancers.
    by_groups: BTreeMap<&'a TargetId, Found>,
    /// By the subnets of their nodes.
    by_nodes: BTreeMap<(&'a TargetId, &'a SubnetId), Found>,
}

/// Somebody whom a load balancer sends to.
struct Receiver<'a> {
    member: &'a Member,
    group: &'a TargetGroupFacts,
    eni: &'a EniId,
    facts: &'a InterfaceFacts,
}

impl Receiver<'_> {
    /// Where packets go: the address that is registered, or the instance's first.
    fn address(&self) -> Option<IpAddr> {
        self.member.id.parse().ok().or(self.facts.primary)
    }

    fn port(&self) -> u16 {
        self.member.port.unwrap_or(VXLAN_PORT)
    }
}

impl<'a> WaysOut<'a> {
    pub(super) fn of(scene: &'a Scene<'a>) -> Self {
        let acls = scene.net.network_acls.iter().flat_map(|(id, acl)| {
            acl.subnets.iter().map(move |subnet| (subnet, (id, acl.egress.as_slice())))
        });
        let (by_groups, by_nodes) = (BTreeMap::new(), BTreeMap::new());
        let mut ways = Self { scene, acls: acls.collect(), by_groups, by_nodes };
        for (id, balancer) in &scene.net.balancers {
            let home = scene.targets.get(id).and_then(|survey| survey.vpc.as_ref());
            let receivers: Vec<Receiver<'a>> = members_served(balancer)
                .filter_map(|(group, member)| {
                    // Who cannot be seen is asked for where packets come in.
                    let eni = member_interface(scene, home, member)?;
                    let facts = scene.net.interfaces.get(eni)?;
                    Some(Receiver { member, group, eni, facts })
                })
                .collect();
            ways.by_groups.insert(id, out_of_groups(scene, id, balancer, &receivers));
            for (subnet, zone) in &balancer.subnets {
                let node = Node { target: id, home, balancer, subnet, zone };
                let found = ways.out_of_node(&node, &receivers);
                ways.by_nodes.insert((id, subnet), found);
            }
        }
        ways
    }

    /// The network ACL that packets pass when they leave a node of a load balancer.
    pub(super) fn node(&self, target: &TargetId, subnet: &SubnetId, verdict: &mut Verdict) {
        tell(self.by_nodes.get(&(target, subnet)), verdict);
    }

    /// The security groups that packets pass when they leave a load balancer.
    pub(super) fn groups(&self, target: &TargetId, verdict: &mut Verdict) {
        tell(self.by_groups.get(target), verdict);
    }

    /// The network ACL of the source's subnet, on the way to where packets go in.
    pub(super) fn source(
        &self,
        source: &InterfaceFacts,
        entrance: &SubnetId,
        to: Option<IpNet>,
        verdict: &mut Verdict,
    ) {
        if source.subnet == *entrance {
            return;
        }
        // One that cannot be seen says nothing, as one that allows does.
        if let (Some((id, entries)), Some(to)) = (self.acls.get(&source.subnet), to)
            && denies(&relevant(entries, VXLAN_PORT), to)
        {
            let why = format!(
                "{id}, the network ACL of {}, lets no UDP {VXLAN_PORT} out to {entrance}, and whether mirrored packets are subject to it is not told",
                source.subnet
            );
            verdict.unknown(Why::with(why, format!("let UDP {VXLAN_PORT} out in {id}")));
        }
    }

    fn out_of_node(&self, node: &Node<'a>, receivers: &[Receiver<'a>]) -> Found {
        let Node { target, home, balancer, subnet, zone } = *node;
        // What stays within a subnet passes no ACL.
        let elsewhere = || receivers.iter().filter(|to| to.facts.subnet != *subnet);
        if elsewhere().next().is_none() {
            return Found::new();
        }
        if let Some(why) = self.scene.refused(&[Call::DescribeNetworkAcls]) {
            return vec![Err(why.into())];
        }
        let Some((acl, entries)) = self.acls.get(subnet) else {
            return vec![Err(format!("the network ACL of {subnet} cannot be seen").into())];
        };
        let mut found = Found::new();
        let mut shut: BTreeMap<(&SubnetId, u16), BTreeSet<&EniId>> = BTreeMap::new();
        for to in elsewhere() {
            let door = match to.address() {
                Some(address) => ask_acl(&relevant(entries, to.port()), address),
                None => Door::Unknown(no_address(to.eni).into()),
            };
            match (door, reaches(self.scene, home, to.group, balancer, to.member, zone)) {
                (Door::Open, _) | (_, Ok(false)) => {}
                (Door::Unknown(Why { why, .. }), _) => {
                    found.push(Err(format!("{acl}: {why}").into()));
                }
                (Door::Closed, Err(why)) => found.push(Err(why.into())),
                (Door::Closed, Ok(true)) => {
                    shut.entry((&to.facts.subnet, to.port())).or_default().insert(to.eni);
                }
            }
        }
        let vpc = home.map_or_else(String::new, |vpc| format!(" in {vpc}"));
        found.extend(shut.into_iter().map(|((to, port), enis)| {
            let what = format!(
                "{acl}, the network ACL of {subnet}{vpc}, lets no UDP {port} out from the load balancer to {} in {to}, behind {target}",
                few(&enis)
            );
            let at = [acl.as_str(), subnet.as_str(), to.as_str(), target.as_str()];
            Ok(Problem::new(FindingCode::NetworkAclBlocks, at, what))
        }));
        found
    }
}

/// A node of a load balancer.
struct Node<'a> {
    target: &'a TargetId,
    home: Option<&'a VpcId>,
    balancer: &'a Balancer,
    subnet: &'a SubnetId,
    zone: &'a str,
}

/// Whether the security groups of a load balancer let packets out to everybody behind it.
fn out_of_groups(
    scene: &Scene<'_>,
    target: &TargetId,
    balancer: &Balancer,
    receivers: &[Receiver<'_>],
) -> Found {
    // Without a group, nothing is kept in (docs/aws.md 11).
    if balancer.groups.is_empty() || receivers.is_empty() {
        return Found::new();
    }
    if let Some(why) = scene.refused(&[Call::DescribeSecurityGroups]) {
        return vec![Err(why.into())];
    }
    let mut found = Found::new();
    let mut shut: BTreeMap<(&BTreeSet<SecurityGroupId>, u16), BTreeSet<&EniId>> = BTreeMap::new();
    for to in receivers {
        match out_to(scene, &balancer.groups, to) {
            Door::Open => {}
            Door::Unknown(why) => found.push(Err(why)),
            Door::Closed => {
                shut.entry((&to.facts.groups, to.port())).or_default().insert(to.eni);
            }
        }
    }
    let own: Vec<&str> = balancer.groups.iter().map(SecurityGroupId::as_str).collect();
    found.extend(shut.into_iter().map(|((theirs, port), enis)| {
        let whose = format!("the load balancer behind {target}");
        let what = lets_none(&own, &whose, &format!("UDP {port} out to {}", few(&enis)));
        // Appliances come and go: their groups stay.
        let theirs = theirs.iter().map(SecurityGroupId::as_str);
        let at = own.iter().copied().chain([target.as_str()]).chain(theirs);
        Ok(Problem::new(FindingCode::SecurityGroupBlocks, at, what))
    }));
    found
}

fn out_to(scene: &Scene<'_>, groups: &BTreeSet<SecurityGroupId>, to: &Receiver<'_>) -> Door {
    let mut unknown = None;
    for id in groups {
        let Some(group) = scene.net.security_groups.get(id) else {
            unknown = Some(Why::from(format!("security group {id} cannot be seen")));
            continue;
        };
        let about = |p: &&Permission| takes_udp(p, to.port());
        for permission in group.egress.iter().filter(about) {
            if permission.protocol == Protocol::Unknown {
                let may = to.address().is_none_or(|address| may_let(permission, address));
                unknown = may.then(|| odd_protocol(id)).or(unknown);
                continue;
            }
            let address = to.address();
            let has = |block: &IpNet| address.is_some_and(|address| block.contains(&address));
            if permission.blocks.iter().any(has)
                || permission.groups.iter().any(|group| to.facts.groups.contains(group))
            {
                return Door::Open;
            }
            if address.is_none() && !permission.blocks.is_empty() {
                unknown = Some(no_address(to.eni).into());
            }
            if let Some(list) = permission.prefix_lists.first() {
                let why = format!("{id} names prefix list {list}, whose blocks are not read");
                let port = to.port();
                let remedy = format!("let UDP {port} out to the appliances' addresses by a block");
                unknown = Some(Why::with(why, remedy));
            }
        }
    }
    unknown.map_or(Door::Closed, Door::Unknown)
}

/// Whether some address of a block is denied: the lowest entry that takes all of it decides the rest.
fn denies(entries: &[&AclEntry], to: IpNet) -> bool {
    for entry in entries {
        match entry.block {
            // What nobody can tell says nothing.
            _ if entry.protocol == Protocol::Unknown => return false,
            Some(block) if block.contains(&to) => return !entry.allow,
            Some(block) if to.contains(&block) && !entry.allow => return true,
            None if !entry.allow => return true,
            Some(_) | None => {}
        }
    }
    true
}

fn no_address(eni: &EniId) -> String {
    format!("{eni} has no primary IPv4 address")
}

fn tell(found: Option<&Found>, verdict: &mut Verdict) {
    for found in found.into_iter().flatten() {
        match found {
            Ok(problem) => verdict.problems.push(problem.clone()),
            Err(why) => verdict.unknown(why.clone()),
        }
    }
}
