//! Will packets arrive? For a source and a target, from the API alone, step by step:
//!
//! ```text
//!   somebody receives      target, load balancer, zones, endpoint   (targets)
//!   the way there          route table of the source's subnet, peering, transit gateway   (route)
//!   the doors              network ACL of the target's subnet, security groups of who receives   (doors)
//!   the doors out          load balancer to appliance, likewise; the source's subnet   (out)
//!   the size               what the way takes at most
//! ```
//!
//! Each step says what is wrong, or what it cannot tell; none of them guesses. All of it is about IPv4: mirrored packets are
//! sent from the source's primary address to the receiver's (docs/aws.md 12).

mod doors;
mod out;
mod route;
mod rules;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use tap_core::call::Call;
use tap_core::cloud::VXLAN_PORT;
use tap_core::ids::{EniId, SubnetId, TargetId, VpcId};
use tap_core::inventory::TargetKind;
use tap_core::network::InterfaceFacts;

use crate::collect::{Collected, Problem};
use crate::finding::FindingCode;
use crate::model::Arrival;
use crate::scene::Scene;
use crate::targets::{Receiving, is_of_target, receiving};

/// What is known of one pair of source and target.
#[derive(Debug, Clone, Default)]
pub(crate) struct Verdict {
    pub(crate) problems: Vec<Problem>,
    /// What cannot be told: reasons, each with what would help, where that is more than a right to read.
    pub(crate) unknowns: BTreeMap<String, Option<String>>,
}

/// Why something cannot be told, and what would help, where that is more than a right to read.
#[derive(Debug, Clone)]
pub(crate) struct Why {
    why: String,
    remedy: Option<String>,
}

impl Why {
    fn with(why: String, remedy: impl Into<String>) -> Self {
        Self { why, remedy: Some(remedy.into()) }
    }
}

impl From<String> for Why {
    fn from(why: String) -> Self {
        Self { why, remedy: None }
    }
}

impl Verdict {
    pub(crate) fn unknown(&mut self, why: impl Into<Why>) {
        let Why { why, remedy } = why.into();
        self.unknowns.insert(why, remedy);
    }

    /// The answer in one word, with why.
    pub(crate) fn arrival(&self) -> Arrival {
        let codes: BTreeSet<FindingCode> = self
            .problems
            .iter()
            .map(|problem| problem.code)
            .filter(|code| keeps_packets(*code))
            .collect();
        if !codes.is_empty() {
            Arrival::Blocked(codes.into_iter().map(FindingCode::as_str).collect())
        } else if !self.unknowns.is_empty() {
            Arrival::CannotTell(self.unknowns.keys().cloned().collect())
        } else {
            Arrival::Arrives
        }
    }
}

/// Whether packets do not arrive for such a reason. Those that lose their end do; and where nobody is healthy, a load balancer
/// sends to all (docs/aws.md 11).
fn keeps_packets(code: FindingCode) -> bool {
    !matches!(code, FindingCode::PacketsCut | FindingCode::NoHealthyReceiver)
}

/// Where packets for a target go in: one for an interface or an endpoint, several for a load balancer's nodes.
#[derive(Debug, Clone)]
struct Entrance {
    vpc: VpcId,
    subnet: SubnetId,
    /// The address, where it is known; else it is somewhere in the subnet.
    address: Option<IpAddr>,
    /// The zone, where there are several.
    zone: Option<String>,
}

/// The way to a target, looked at once for all its sources.
#[derive(Debug, Clone)]
struct Way {
    receiving: Receiving,
    entrances: Vec<Entrance>,
    /// Why it is not known where packets go in.
    hidden: Option<String>,
}

/// Looks at pairs of sources and targets.
pub(crate) struct Checker<'a> {
    scene: &'a Scene<'a>,
    ways: RefCell<BTreeMap<TargetId, Way>>,
    routes: route::Routes<'a>,
    doors: doors::Doors<'a>,
    out: out::WaysOut<'a>,
}

/// The largest packet that a Gateway Load Balancer endpoint takes (docs/aws.md 2 and 11).
const NARROW_WAY: i32 = 8500;

/// What VXLAN and the outer headers add to a mirrored packet over IPv4 (docs/aws.md 12).
const OVERHEAD: i32 = 54;

impl<'a> Checker<'a> {
    pub(crate) fn of(scene: &'a Scene<'a>) -> Self {
        let (routes, doors) = (route::Routes::of(scene), doors::Doors::of(scene));
        Self { scene, ways: RefCell::default(), routes, doors, out: out::WaysOut::of(scene) }
    }

    /// Whether what `eni` sends to `target` arrives. `packet_length` is the session's.
    pub(crate) fn check(
        &self,
        eni: &EniId,
        target: &TargetId,
        packet_length: Option<i32>,
    ) -> Verdict {
        let mut ways = self.ways.borrow_mut();
        let way = ways.entry(target.clone()).or_insert_with(|| self.way(target));
        let mut verdict = Verdict::default();
        verdict.problems.extend(way.receiving.problems.iter().cloned());
        way.receiving.unknown.iter().for_each(|why| verdict.unknown(why.clone()));
        if let Some(why) = &way.hidden {
            verdict.unknown(why.clone());
            return verdict;
        }
        let Some(source) = self.scene.net.interfaces.get(eni) else {
            let calls = [Call::DescribeInstances, Call::DescribeNetworkInterfaces];
            let why = self.scene.refused(&calls);
            verdict.unknown(why.unwrap_or_else(|| format!("where {eni} is cannot be seen")));
            return verdict;
        };
        let Some(address) = source.primary else {
            verdict.unknown(format!("{eni} has no primary IPv4 address"));
            return verdict;
        };
        let entered = self.enter(source, address, &way.entrances, target, &mut verdict);
        for zone in way.receiving.zones.of_a_source(self.scene.zone(&source.subnet)) {
            match zone {
                Ok(problem) => verdict.problems.push(problem),
                Err(why) => verdict.unknown(why),
            }
        }
        self.doors.of_receivers(source, address, target, &entered, &mut verdict);
        self.out.groups(target, &mut verdict);
        verdict.problems.extend(self.cut(target, packet_length));
        verdict
    }

    /// The way in: by the node in the source's own zone, where there are several (docs/aws.md 11). Gives the subnets that were
    /// looked at.
    fn enter<'e>(
        &self,
        source: &InterfaceFacts,
        address: IpAddr,
        entrances: &'e [Entrance],
        target: &TargetId,
        verdict: &mut Verdict,
    ) -> BTreeSet<&'e SubnetId> {
        let by = |entrance: &Entrance, verdict: &mut Verdict| {
            self.routes.follow(source, entrance, target, verdict);
            let place = (&entrance.subnet, &entrance.vpc, VXLAN_PORT);
            let to = self.routes.block_of(entrance);
            self.out.source(source, &entrance.subnet, to, verdict);
            self.doors.acl(source, address, place, target, verdict);
            self.out.node(target, &entrance.subnet, verdict);
        };
        if let [only] = entrances {
            by(only, verdict);
            return [&only.subnet].into();
        }
        let Some(zone) = self.scene.zone(&source.subnet) else {
            let why = self.scene.refused(&[Call::DescribeSubnets]);
            let unseen = || format!("the zone of {} cannot be seen", source.subnet);
            verdict.unknown(why.unwrap_or_else(unseen));
            return BTreeSet::new();
        };
        let own: Vec<&Entrance> =
            entrances.iter().filter(|entrance| entrance.zone.as_deref() == Some(zone)).collect();
        if !own.is_empty() {
            own.iter().for_each(|entrance| by(entrance, verdict));
            return own.into_iter().map(|entrance| &entrance.subnet).collect();
        }
        // There is no node in the source's zone: what is the same for all of them is known, the rest is not.
        let each: Vec<Verdict> = entrances
            .iter()
            .map(|entrance| {
                let mut verdict = Verdict::default();
                by(entrance, &mut verdict);
                verdict
            })
            .collect();
        if each.iter().all(|verdict| !verdict.problems.is_empty()) {
            verdict.problems.extend(each.into_iter().flat_map(|verdict| verdict.problems));
        } else {
            if each.iter().any(|verdict| !verdict.problems.is_empty()) {
                verdict.unknown(format!(
                    "not every node behind {target} can be reached, and which of them gets packets from {zone} is not told"
                ));
            }
            verdict.unknowns.extend(each.into_iter().flat_map(|verdict| verdict.unknowns));
        }
        entrances.iter().map(|entrance| &entrance.subnet).collect()
    }

    /// What a narrow way takes from large packets.
    fn cut(&self, target: &TargetId, packet_length: Option<i32>) -> Option<Problem> {
        let TargetKind::GwlbEndpoint(endpoint) = &self.scene.inv.targets.get(target)?.kind else {
            return None;
        };
        let largest = NARROW_WAY - OVERHEAD;
        if packet_length.is_some_and(|kept| kept <= largest) {
            return None;
        }
        let what = format!(
            "{endpoint}, behind {target}, takes {NARROW_WAY} bytes at most: of packets with more than {largest}, the end is missing"
        );
        Some(Problem::new(FindingCode::PacketsCut, [target.as_str(), endpoint.as_str()], what))
    }

    /// Where packets for a target go in.
    fn way(&self, target: &TargetId) -> Way {
        let receiving = receiving(self.scene, target);
        let hidden = |why: String| Way {
            receiving: receiving.clone(),
            entrances: Vec::new(),
            hidden: Some(why),
        };
        let Some(found) = self.scene.inv.targets.get(target) else {
            let why = self.scene.refused(&[Call::DescribeTrafficMirrorTargets]);
            return hidden(why.unwrap_or_else(|| format!("{target} is not there")));
        };
        if found.owner != self.scene.inv.scope.account {
            // Said already: only that account sees what stands behind it.
            return hidden(receiving.unknown.clone().unwrap_or_default());
        }
        let not_seen = |call| {
            let why = self.scene.refused(&[call]);
            why.unwrap_or_else(|| format!("where {target} delivers to cannot be seen"))
        };
        let entrances = match &found.kind {
            TargetKind::Eni(eni) => match self.scene.net.interfaces.get(eni) {
                Some(facts) => vec![Entrance {
                    vpc: facts.vpc.clone(),
                    subnet: facts.subnet.clone(),
                    address: facts.primary,
                    zone: None,
                }],
                None => return hidden(not_seen(Call::DescribeNetworkInterfaces)),
            },
            TargetKind::Nlb(_) => {
                let vpc = self.scene.targets.get(target).and_then(|survey| survey.vpc.clone());
                match (self.scene.net.balancers.get(target), vpc) {
                    (Some(balancer), Some(vpc)) => balancer
                        .subnets
                        .iter()
                        .map(|(subnet, zone)| Entrance {
                            vpc: vpc.clone(),
                            subnet: subnet.clone(),
                            address: None,
                            zone: Some(zone.clone()),
                        })
                        .collect(),
                    _ => return hidden(not_seen(Call::DescribeLoadBalancers)),
                }
            }
            TargetKind::GwlbEndpoint(id) => {
                let Some(facts) = self.scene.net.endpoints.get(&id.as_str().into()) else {
                    return hidden(not_seen(Call::DescribeVpcEndpoints));
                };
                let entrance = |subnet: &SubnetId| Entrance {
                    vpc: facts.vpc.clone(),
                    subnet: subnet.clone(),
                    address: None,
                    zone: None,
                };
                facts.subnets.iter().map(entrance).collect()
            }
            TargetKind::Unknown(kind) => {
                return hidden(format!(
                    "{target} is of kind {kind}, which this version does not know"
                ));
            }
        };
        Way { receiving, entrances, hidden: None }
    }
}

/// Adds what is wrong with a pair to the findings, and what cannot be told.
pub(crate) fn tell(
    verdict: &Verdict,
    scene: &Scene<'_>,
    eni: &EniId,
    target: &TargetId,
    found: &mut Collected,
) {
    for problem in &verdict.problems {
        let vpc = problem.vpc.clone().or_else(|| scene.vpc_of(eni).cloned());
        let of_target = scene.targets.get(target).and_then(|survey| survey.vpc.clone());
        let there = is_of_target(problem.code)
            || matches!(
                problem.code,
                FindingCode::SecurityGroupBlocks
                    | FindingCode::NetworkAclBlocks
                    | FindingCode::PacketsCut
            );
        let vpc = if there { of_target } else { vpc };
        found.add_for(Problem { vpc, ..problem.clone() }, eni);
    }
    let is_blocked = matches!(verdict.arrival(), Arrival::Blocked(_));
    for (why, remedy) in &verdict.unknowns {
        let question = if !is_blocked {
            format!("whether packets arrive at {target}")
        } else if scene.is_refusal(why) {
            format!("what else keeps packets from {target}")
        } else {
            // That they do not arrive is known.
            continue;
        };
        found.ask(question, eni, why.clone());
        if let Some(remedy) = remedy {
            found.suggest(why.clone(), remedy.clone());
        }
    }
}
