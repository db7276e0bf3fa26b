//! The doors of whoever receives: the network ACL of the subnet, and the security groups of load balancer and appliance. Both
//! must let UDP 4789 in from the source. The source's own security groups do not count: mirrored packets are not subject to
//! them (docs/aws.md 2).

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use tap_core::call::Call;
use tap_core::cloud::VXLAN_PORT;
use tap_core::ids::{EniId, NetworkAclId, SecurityGroupId, SubnetId, TargetId, VpcId};
use tap_core::inventory::TargetKind;
use tap_core::network::{AclEntry, InterfaceFacts, NetworkAcl, Permission};

use super::Verdict;
use crate::collect::Problem;
use crate::finding::FindingCode;
use crate::scene::Scene;
use crate::targets::member_interface;

/// The doors of a scope.
pub(super) struct Doors<'a> {
    scene: &'a Scene<'a>,
    acls: BTreeMap<&'a SubnetId, (&'a NetworkAclId, &'a NetworkAcl)>,
    /// The interfaces behind each load balancer, looked up once.
    members: BTreeMap<&'a TargetId, Vec<Option<EniId>>>,
}

/// What a door does with a packet.
enum Door {
    Open,
    Closed,
    /// Nobody can tell, for this reason.
    Unknown(String),
}

impl<'a> Doors<'a> {
    pub(super) fn of(scene: &'a Scene<'a>) -> Self {
        let acls = scene.net.network_acls.iter();
        let acls = acls
            .flat_map(|(id, acl)| acl.subnets.iter().map(move |subnet| (subnet, (id, acl))))
            .collect();
        let members = scene.net.balancers.iter().map(|(target, balancer)| {
            let members = balancer.target_groups.iter().flat_map(|group| &group.members);
            let stays = members.filter(|member| !member.health.contains("draining"));
            let enis = stays.map(|member| member_interface(scene, member).map(|(eni, _)| eni));
            (target, enis.collect::<BTreeSet<_>>().into_iter().collect())
        });
        Self { scene, acls, members: members.collect() }
    }

    /// The network ACL in front of a subnet.
    pub(super) fn acl(
        &self,
        source: &InterfaceFacts,
        address: IpAddr,
        subnet: &SubnetId,
        vpc: &VpcId,
        target: &TargetId,
        verdict: &mut Verdict,
    ) {
        // What stays within a subnet passes no ACL.
        if source.subnet == *subnet {
            return;
        }
        if let Some(why) = self.scene.refused(&[Call::DescribeNetworkAcls]) {
            return verdict.unknown(why);
        }
        let Some((id, acl)) = self.acls.get(subnet) else {
            return verdict.unknown(format!("the network ACL of {subnet} cannot be seen"));
        };
        match ask_acl(acl, address) {
            Door::Open => {}
            Door::Unknown(why) => verdict.unknown(format!("{id}: {why}")),
            Door::Closed => {
                let what = format!(
                    "{id} in front of {subnet} in {vpc} denies UDP 4789, on the way to {target}"
                );
                let at = [id.to_string(), subnet.to_string(), target.to_string()];
                verdict.problems.push(Problem::new(FindingCode::NetworkAclBlocks, at, what));
            }
        }
    }

    /// The security groups of whoever receives behind a target.
    pub(super) fn of_receivers(
        &self,
        source: &InterfaceFacts,
        address: IpAddr,
        target: &TargetId,
        verdict: &mut Verdict,
    ) {
        let Some(found) = self.scene.inv.targets.get(target) else { return };
        match &found.kind {
            TargetKind::Eni(eni) => {
                self.receiver(source, address, eni, &BTreeSet::new(), target, verdict);
            }
            TargetKind::Nlb(_) => {
                let Some(balancer) = self.scene.net.balancers.get(target) else { return };
                // Without a group, all traffic reaches the listeners (docs/aws.md 11).
                if !balancer.groups.is_empty() {
                    let vpc = self.scene.targets.get(target).and_then(|survey| survey.vpc.as_ref());
                    let who = Receiver { name: target.as_str(), vpc, groups: &balancer.groups };
                    self.groups(source, address, &who, &BTreeSet::new(), target, verdict);
                }
                for member in self.members.get(target).into_iter().flatten() {
                    let Some(eni) = member else {
                        verdict
                            .unknown(format!("somebody registered behind {target} cannot be seen"));
                        continue;
                    };
                    self.receiver(source, address, eni, &balancer.groups, target, verdict);
                    // A load balancer hands packets on with the source's address (docs/aws.md 11).
                    if let Some(facts) = self.scene.net.interfaces.get(eni)
                        && !balancer.subnets.contains_key(&facts.subnet)
                    {
                        self.acl(source, address, &facts.subnet, &facts.vpc, target, verdict);
                    }
                }
            }
            // An endpoint has no security group for this; what stands behind it is its service's.
            TargetKind::GwlbEndpoint(id) => {
                verdict
                    .unknown(format!("what stands behind {id} is the endpoint service's to tell"));
            }
            TargetKind::Unknown(_) => {}
        }
    }

    fn receiver(
        &self,
        source: &InterfaceFacts,
        address: IpAddr,
        eni: &EniId,
        through: &BTreeSet<SecurityGroupId>,
        target: &TargetId,
        verdict: &mut Verdict,
    ) {
        let Some(facts) = self.scene.net.interfaces.get(eni) else {
            return verdict.unknown(format!("the security groups of {eni} cannot be seen"));
        };
        let who = Receiver { name: eni.as_str(), vpc: Some(&facts.vpc), groups: &facts.groups };
        self.groups(source, address, &who, through, target, verdict);
    }

    fn groups(
        &self,
        source: &InterfaceFacts,
        address: IpAddr,
        who: &Receiver<'_>,
        through: &BTreeSet<SecurityGroupId>,
        target: &TargetId,
        verdict: &mut Verdict,
    ) {
        if let Some(why) = self.scene.refused(&[Call::DescribeSecurityGroups]) {
            return verdict.unknown(why);
        }
        match self.ask_groups(source, address, who, through) {
            Door::Open => {}
            Door::Unknown(why) => verdict.unknown(why),
            Door::Closed => {
                let groups: Vec<&str> = who.groups.iter().map(SecurityGroupId::as_str).collect();
                let (names, name) = (groups.join(", "), who.name);
                let what = if name == target.as_str() {
                    format!(
                        "{names} of the load balancer behind {target} lets no UDP 4789 in from these sources"
                    )
                } else {
                    format!(
                        "{names} of {name}, behind {target}, lets no UDP 4789 in from these sources"
                    )
                };
                let mut at = vec![name.to_owned()];
                at.extend(groups.into_iter().map(str::to_owned));
                at.push(target.to_string());
                verdict.problems.push(Problem::new(FindingCode::SecurityGroupBlocks, at, what));
            }
        }
    }

    fn ask_groups(
        &self,
        source: &InterfaceFacts,
        address: IpAddr,
        who: &Receiver<'_>,
        through: &BTreeSet<SecurityGroupId>,
    ) -> Door {
        let mut unknown = None;
        for id in who.groups {
            let Some(group) = self.scene.net.security_groups.get(id) else {
                unknown = Some(format!("security group {id} cannot be seen"));
                continue;
            };
            for permission in group.ingress.iter().filter(|p| takes_vxlan(p)) {
                if permission.blocks.iter().any(|block| block.contains(&address))
                    || permission.groups.iter().any(|group| through.contains(group))
                {
                    return Door::Open;
                }
                let same_vpc = who.vpc == Some(&source.vpc);
                if permission.groups.iter().any(|group| source.groups.contains(group)) {
                    if same_vpc || self.are_peered(&source.vpc, who.vpc) {
                        return Door::Open;
                    }
                    unknown = Some(format!(
                        "{id} names a security group of the source, and whether that holds through a transit gateway is not told"
                    ));
                }
                if let Some(list) = permission.prefix_lists.first() {
                    unknown =
                        Some(format!("{id} names prefix list {list}, whose blocks are not read"));
                }
            }
        }
        unknown.map_or(Door::Closed, Door::Unknown)
    }

    fn are_peered(&self, a: &VpcId, b: Option<&VpcId>) -> bool {
        let mut peerings = self.scene.net.peerings.values();
        b.is_some_and(|b| peerings.any(|p| p.joins(a, b) && p.status == "active"))
    }
}

/// Whose door it is.
struct Receiver<'b> {
    name: &'b str,
    vpc: Option<&'b VpcId>,
    groups: &'b BTreeSet<SecurityGroupId>,
}

fn takes_vxlan(permission: &Permission) -> bool {
    permission.protocol.has_udp() && has_port(permission.ports)
}

/// Ports without bounds, or with AWS's -1, are all ports.
fn has_port(ports: Option<(u16, u16)>) -> bool {
    ports.is_none_or(|(first, last)| (first..=last).contains(&VXLAN_PORT))
}

/// The lowest entry that matches decides; where none does, the packet is denied.
fn ask_acl(acl: &NetworkAcl, address: IpAddr) -> Door {
    let mut entries: Vec<&AclEntry> = acl.ingress.iter().collect();
    entries.sort_by_key(|entry| entry.number);
    for entry in entries {
        if !entry.protocol.has_udp() || !has_port(entry.ports) {
            continue;
        }
        match entry.block {
            Some(block) if !block.contains(&address) => {}
            Some(_) if entry.allow => return Door::Open,
            Some(_) => return Door::Closed,
            None => return Door::Unknown(format!("entry {} has no block", entry.number)),
        }
    }
    Door::Closed
}
