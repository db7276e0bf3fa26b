//! The doors of whoever receives: the network ACL of the subnet, and the security groups of load balancer and appliance. Both
//! must let UDP 4789 in from the source. The source's own security groups do not count: mirrored packets are not subject to
//! them (docs/aws.md 2). The doors that packets leave by are [`out`](super::out)'s.
//!
//! What stands behind a target is looked at once for all its sources: appliances that have the same security groups are one
//! door.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use tap_core::call::Call;
use tap_core::cloud::VXLAN_PORT;
use tap_core::ids::{EniId, NetworkAclId, SecurityGroupId, SubnetId, TargetId, VpcId};
use tap_core::inventory::TargetKind;
use tap_core::network::{
    AclEntry, Balancer, InterfaceFacts, Member, Permission, Protocol, TargetGroupFacts,
};

use super::rules::{Door, ask_acl, may_let, odd_protocol, relevant, takes_udp};
use super::{Verdict, Why};
use crate::collect::Problem;
use crate::finding::FindingCode;
use crate::scene::Scene;
use crate::targets::{is_healthy, member_interface, reaches};

/// What would make it plain that a security group lets mirrored traffic in.
const BY_A_BLOCK: &str = "let UDP 4789 in from the sources' addresses by a block";

/// The doors of a scope.
pub(super) struct Doors<'a> {
    scene: &'a Scene<'a>,
    acls: BTreeMap<&'a SubnetId, Acl<'a>>,
    behind: BTreeMap<&'a TargetId, Behind<'a>>,
}

/// A network ACL with what it says of packets coming in.
#[derive(Clone, Copy)]
struct Acl<'a> {
    id: &'a NetworkAclId,
    entries: &'a [AclEntry],
}

/// What packets meet behind one target.
#[derive(Default)]
struct Behind<'a> {
    gates: Vec<Gate<'a>>,
    /// Subnets of appliances, each with the port that packets have there.
    subnets: BTreeMap<(&'a SubnetId, &'a VpcId, u16), Reached<'a>>,
    /// The zones of a load balancer's nodes.
    nodes: BTreeSet<&'a str>,
    /// What cannot be seen.
    unseen: BTreeSet<String>,
}

/// The nodes that send to somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Reached<'a> {
    /// The zones of these nodes.
    from: BTreeSet<&'a str>,
    /// Whether one of them may not.
    unsure: bool,
}

/// Whether the packets of a source get somewhere.
enum Gets {
    Yes,
    Maybe,
    No,
}

/// The security groups of one or several who receive.
struct Gate<'a> {
    who: Who<'a>,
    vpc: Option<&'a VpcId>,
    groups: &'a BTreeSet<SecurityGroupId>,
    /// The port that packets have there.
    port: u16,
    /// What lets mirrored traffic in, each with its group.
    permissions: Vec<(&'a SecurityGroupId, &'a Permission)>,
    /// Groups that cannot be seen.
    unseen: Vec<&'a SecurityGroupId>,
    /// The groups of the load balancer that packets come through.
    through: Option<&'a BTreeSet<SecurityGroupId>>,
    /// The nodes that send there; none where everything gets there.
    reached: Option<Reached<'a>>,
}

/// Whose door it is.
enum Who<'a> {
    Balancer,
    Interfaces(BTreeSet<&'a EniId>),
}

impl<'a> Doors<'a> {
    pub(super) fn of(scene: &'a Scene<'a>) -> Self {
        let acls = scene.net.network_acls.iter();
        let acls = acls
            .flat_map(|(id, acl)| {
                let found = Acl { id, entries: &acl.ingress };
                acl.subnets.iter().map(move |subnet| (subnet, found))
            })
            .collect();
        let behind = scene.inv.targets.iter().filter(|(_, t)| t.owner == scene.inv.scope.account);
        let behind = behind.map(|(id, target)| {
            let behind = match &target.kind {
                TargetKind::Eni(eni) => Behind::of_interface(scene, eni),
                TargetKind::Nlb(_) => match scene.net.balancers.get(id) {
                    Some(balancer) => Behind::of_balancer(scene, id, balancer),
                    None => Behind::default(),
                },
                // An endpoint has no security group for this; what stands behind it is its service's.
                TargetKind::GwlbEndpoint(endpoint) => Behind::cannot_tell(format!(
                    "what becomes of packets behind {endpoint} only its endpoint service can tell"
                )),
                TargetKind::Unknown(_) => Behind::default(),
            };
            (id, behind)
        });
        Self { scene, acls, behind: behind.collect() }
    }

    /// The network ACL in front of a subnet, of packets to a port.
    pub(super) fn acl(
        &self,
        source: &InterfaceFacts,
        address: IpAddr,
        (subnet, vpc, port): (&SubnetId, &VpcId, u16),
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
        let Some(Acl { id, entries }) = self.acls.get(subnet) else {
            return verdict.unknown(format!("the network ACL of {subnet} cannot be seen"));
        };
        match ask_acl(&relevant(entries, port), address) {
            Door::Open => {}
            Door::Unknown(Why { why, .. }) => verdict.unknown(format!("{id}: {why}")),
            Door::Closed => {
                let what = format!(
                    "{id}, the network ACL of {subnet} in {vpc}, lets no UDP {port} in from these sources on the way to {target}"
                );
                let at = [id.to_string(), subnet.to_string(), target.to_string()];
                verdict.problems.push(Problem::new(FindingCode::NetworkAclBlocks, at, what));
            }
        }
    }

    /// The doors of whoever receives behind a target. `entered` are subnets whose network ACL packets have met already.
    pub(super) fn of_receivers(
        &self,
        source: &InterfaceFacts,
        address: IpAddr,
        target: &TargetId,
        entered: &BTreeSet<&SubnetId>,
        verdict: &mut Verdict,
    ) {
        let Some(behind) = self.behind.get(target) else { return };
        behind.unseen.iter().for_each(|why| verdict.unknown(why.clone()));
        // A load balancer hands packets on with the source's address (docs/aws.md 11).
        let zone = behind.entered_by(self.scene.zone(&source.subnet));
        for (place, reached) in &behind.subnets {
            // Packets to another port than at the entrance meet the ACL once more.
            if place.2 == VXLAN_PORT && entered.contains(place.0) {
                continue;
            }
            let mut asked = Verdict::default();
            match behind.gets(Some(reached), zone) {
                Gets::No => continue,
                Gets::Yes => self.acl(source, address, *place, target, verdict),
                Gets::Maybe => self.acl(source, address, *place, target, &mut asked),
            }
            verdict.unknowns.append(&mut asked.unknowns);
            if !asked.problems.is_empty() {
                verdict.unknown(not_told(target));
            }
        }
        if !behind.gates.is_empty()
            && let Some(why) = self.scene.refused(&[Call::DescribeSecurityGroups])
        {
            return verdict.unknown(why);
        }
        for gate in &behind.gates {
            let gets = behind.gets(gate.reached.as_ref(), zone);
            if matches!(gets, Gets::No) {
                continue;
            }
            match (self.ask(gate, source, address), gets) {
                (Door::Open, _) => {}
                (Door::Unknown(why), _) => verdict.unknown(why),
                (Door::Closed, Gets::Maybe) => verdict.unknown(not_told(target)),
                (Door::Closed, Gets::Yes | Gets::No) => verdict.problems.push(gate.blocks(target)),
            }
        }
    }

    fn ask(&self, gate: &Gate<'_>, source: &InterfaceFacts, address: IpAddr) -> Door {
        if gate.groups.is_empty() {
            let why = "the security groups of whoever receives cannot be seen".to_owned();
            return Door::Unknown(why.into());
        }
        let mut unknown = None;
        for (id, permission) in &gate.permissions {
            if permission.protocol == Protocol::Unknown {
                unknown = may_let(permission, address).then(|| odd_protocol(id)).or(unknown);
                continue;
            }
            if permission.blocks.iter().any(|block| block.contains(&address)) {
                return Door::Open;
            }
            if let Some(through) = gate.through
                && permission.groups.iter().any(|group| through.contains(group))
            {
                return Door::Open;
            }
            if permission.groups.iter().any(|group| source.groups.contains(group)) {
                let direct = gate.through.is_none();
                if direct
                    && (gate.vpc == Some(&source.vpc) || self.are_peered(&source.vpc, gate.vpc))
                {
                    return Door::Open;
                }
                let way = if direct {
                    "out of a VPC that is not peered"
                } else {
                    "behind a load balancer"
                };
                let why = format!(
                    "{id} names a security group of the source, and whether that counts {way} is not told"
                );
                unknown = Some(Why::with(why, BY_A_BLOCK));
            }
            if let Some(list) = permission.prefix_lists.first() {
                let why = format!("{id} names prefix list {list}, whose blocks are not read");
                unknown = Some(Why::with(why, BY_A_BLOCK));
            }
        }
        if let Some(id) = gate.unseen.first() {
            unknown = Some(format!("security group {id} cannot be seen").into());
        }
        unknown.map_or(Door::Closed, Door::Unknown)
    }

    fn are_peered(&self, a: &VpcId, b: Option<&VpcId>) -> bool {
        let mut peerings = self.scene.net.peerings.values();
        b.is_some_and(|b| peerings.any(|p| p.joins(a, b) && p.status == "active"))
    }
}

impl<'a> Behind<'a> {
    /// The zone of the node that packets from a zone go in by, where that is known (docs/aws.md 11).
    fn entered_by(&self, zone: Option<&'a str>) -> Option<&'a str> {
        match self.nodes.len() {
            1 => self.nodes.first().copied(),
            _ => zone.filter(|zone| self.nodes.contains(zone)),
        }
    }

    /// Whether what goes in by a node, which is none where nobody knows which, gets to somebody.
    fn gets(&self, reached: Option<&Reached<'_>>, node: Option<&str>) -> Gets {
        let Some(reached) = reached else { return Gets::Yes };
        let all = self.nodes.iter().all(|zone| reached.from.contains(zone));
        match node {
            _ if all && !reached.unsure => Gets::Yes,
            Some(node) if !reached.from.contains(node) => Gets::No,
            Some(_) if !reached.unsure => Gets::Yes,
            Some(_) | None => Gets::Maybe,
        }
    }

    fn cannot_tell(why: String) -> Self {
        Self { unseen: [why].into(), ..Self::default() }
    }

    fn of_interface(scene: &'a Scene<'a>, eni: &'a EniId) -> Self {
        match scene.net.interfaces.get(eni) {
            Some(facts) => {
                let who = Who::Interfaces([eni].into());
                let gate = Gate::of(scene, who, Some(&facts.vpc), &facts.groups, VXLAN_PORT);
                Self { gates: vec![gate], ..Self::default() }
            }
            None => Self::cannot_tell(not_seen(scene, eni)),
        }
    }

    fn of_balancer(scene: &'a Scene<'a>, target: &TargetId, balancer: &'a Balancer) -> Self {
        let mut behind = Self::default();
        let home = scene.targets.get(target).and_then(|survey| survey.vpc.as_ref());
        // Without a group, all traffic reaches the listeners (docs/aws.md 11).
        if !balancer.groups.is_empty() {
            behind.gates.push(Gate::of(scene, Who::Balancer, home, &balancer.groups, VXLAN_PORT));
        }
        behind.nodes = balancer.subnets.values().map(String::as_str).collect();
        let mut alike: BTreeMap<Alike<'_>, BTreeSet<&EniId>> = BTreeMap::new();
        for (group, member) in members_served(balancer) {
            let mut reached = Reached::default();
            for zone in &behind.nodes {
                match reaches(scene, home, group, balancer, member, zone) {
                    Ok(true) => drop(reached.from.insert(zone)),
                    Ok(false) => {}
                    Err(_) => {
                        reached.from.insert(zone);
                        reached.unsure = true;
                    }
                }
            }
            let Some(eni) = member_interface(scene, home, member) else {
                let calls = [Call::DescribeInstances, Call::DescribeNetworkInterfaces];
                behind.unseen.insert(scene.refused(&calls).unwrap_or_else(|| {
                    format!("{}, registered behind {target}, cannot be seen", member.id)
                }));
                continue;
            };
            let Some(facts) = scene.net.interfaces.get(eni) else {
                behind.unseen.insert(not_seen(scene, eni));
                continue;
            };
            let port = member.port.unwrap_or(VXLAN_PORT);
            let place = behind.subnets.entry((&facts.subnet, &facts.vpc, port)).or_default();
            place.from.extend(&reached.from);
            place.unsure |= reached.unsure;
            alike.entry((&facts.vpc, &facts.groups, port, reached)).or_default().insert(eni);
        }
        behind.gates.extend(alike.into_iter().map(|((vpc, groups, port, reached), enis)| Gate {
            through: Some(&balancer.groups),
            reached: Some(reached),
            ..Gate::of(scene, Who::Interfaces(enis), Some(vpc), groups, port)
        }));
        behind
    }
}

impl<'a> Gate<'a> {
    fn of(
        scene: &'a Scene<'a>,
        who: Who<'a>,
        vpc: Option<&'a VpcId>,
        groups: &'a BTreeSet<SecurityGroupId>,
        port: u16,
    ) -> Self {
        let (permissions, unseen) = (Vec::new(), Vec::new());
        let (through, reached) = (None, None);
        let mut gate = Self { who, vpc, groups, port, permissions, unseen, through, reached };
        for id in groups {
            match scene.net.security_groups.get(id) {
                Some(group) => {
                    let takes = group.ingress.iter().filter(|p| takes_udp(p, port));
                    gate.permissions.extend(takes.map(|permission| (id, permission)));
                }
                None => gate.unseen.push(id),
            }
        }
        gate
    }

    /// The problem of those who do not come in. Appliances come and go: they are not where it is, their groups are.
    fn blocks(&self, target: &TargetId) -> Problem {
        let groups: Vec<&str> = self.groups.iter().map(SecurityGroupId::as_str).collect();
        let whose = match &self.who {
            Who::Balancer => format!("the load balancer behind {target}"),
            Who::Interfaces(enis) => format!("{}, behind {target},", few(enis)),
        };
        let what = lets_none(&groups, &whose, &format!("UDP {} in from these sources", self.port));
        let at = groups.into_iter().chain([target.as_str()]);
        Problem::new(FindingCode::SecurityGroupBlocks, at, what)
    }
}

/// That no security group of somebody lets something through.
pub(super) fn lets_none(groups: &[&str], whose: &str, what: &str) -> String {
    match groups {
        [one] => format!("{one} of {whose} lets no {what}"),
        _ => format!("none of {} of {whose} lets {what}", groups.join(", ")),
    }
}

/// Whom a load balancer sends to, each with its target group. Who is not healthy gets nothing, unless nobody is
/// (docs/aws.md 11).
pub(super) fn members_served(
    balancer: &Balancer,
) -> impl Iterator<Item = (&TargetGroupFacts, &Member)> {
    balancer.target_groups.iter().flat_map(|group| {
        let some_are_healthy = group.members.iter().any(is_healthy);
        let gets = move |member: &&Member| {
            is_healthy(member) || !some_are_healthy && !member.health.contains("draining")
        };
        group.members.iter().filter(gets).map(move |member| (group, member))
    })
}

/// A few by name, the rest by number.
pub(super) fn few(enis: &BTreeSet<&EniId>) -> String {
    const NAMED: usize = 3;
    let names: Vec<&str> = enis.iter().take(NAMED).map(|eni| eni.as_str()).collect();
    match enis.len().checked_sub(NAMED) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names.join(", ")),
    }
}

fn not_seen(scene: &Scene<'_>, eni: &EniId) -> String {
    let calls = [Call::DescribeInstances, Call::DescribeNetworkInterfaces];
    scene.refused(&calls).unwrap_or_else(|| format!("the security groups of {eni} cannot be seen"))
}

/// Who is one door: a VPC, security groups, a port, and the nodes that send there.
type Alike<'a> = (&'a VpcId, &'a BTreeSet<SecurityGroupId>, u16, Reached<'a>);

/// Why nobody knows whether packets meet a closed door.
fn not_told(target: &TargetId) -> String {
    format!(
        "some who receive behind {target} are closed to the source, and whether its packets get there is not told"
    )
}
