//! The targets that are used: whether anybody is there to receive, and how full they are.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use tap_core::call::Call;
use tap_core::ids::{EniId, TargetId, VpcId};
use tap_core::network::{Balancer, Member, TargetGroupFacts};
use tap_core::survey::{Health, TargetSurvey};

use crate::collect::{Collected, Problem};
use crate::finding::FindingCode;
use crate::model::TargetAudit;
use crate::scene::Scene;

/// What keeps packets from a target, whoever sends them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Receiving {
    pub(crate) problems: Vec<Problem>,
    /// What cannot be told of it: the reason.
    pub(crate) unknown: Option<String>,
    /// The zones of a load balancer.
    pub(crate) zones: Zones,
}

/// The zones of a load balancer: a source's packets go in through its own zone (docs/aws.md 11).
#[derive(Debug, Clone, Default)]
pub(crate) struct Zones {
    /// Those that it has a node in.
    nodes: BTreeSet<String>,
    /// Those whose node has nobody to send to: the problem, or why it cannot be told whether there is one.
    dark: BTreeMap<String, Vec<Result<Problem, String>>>,
}

impl Zones {
    /// What they mean for a source in a zone, which is none where that cannot be seen.
    pub(crate) fn of_a_source(&self, zone: Option<&str>) -> Vec<Result<Problem, String>> {
        match zone {
            Some(zone) if self.nodes.contains(zone) => {
                self.dark.get(zone).cloned().unwrap_or_default()
            }
            Some(_) | None if self.dark.is_empty() => Vec::new(),
            zone => {
                // Of some it is not even told whether they are dark: then it is that which is not told.
                let is_dark = |all: &[Result<Problem, String>]| all.iter().any(Result::is_ok);
                let dark = self.dark.iter().filter(|(_, all)| is_dark(all));
                let dark: Vec<&str> = dark.map(|(zone, _)| zone.as_str()).collect();
                let open = self.dark.values().flatten().filter(|verdict| verdict.is_err()).cloned();
                if dark.is_empty() {
                    return open.collect();
                }
                let dark = dark.join(", ");
                let of = zone.map_or_else(|| "an unknown zone".to_owned(), str::to_owned);
                let known = Err(format!(
                    "the load balancer has nobody healthy in {dark}, and whether packets from {of} go in there is not told"
                ));
                open.chain([known]).collect()
            }
        }
    }
}

/// Looks at one target.
pub(crate) fn receiving(scene: &Scene<'_>, id: &TargetId) -> Receiving {
    let Some(survey) = scene.targets.get(id) else {
        return unseen(scene, id);
    };
    let mut receiving = Receiving::default();
    let resource = survey.resource();
    // The sentences are the survey's own: the people's tools warn in the same words.
    let sentence = || {
        let warnings = survey.warnings();
        warnings
            .into_iter()
            .next()
            .map_or_else(|| id.to_string(), |warning| format!("{id}: {warning}"))
    };
    let problem = |code| Problem::new(code, [id.as_str(), resource], sentence());
    match &survey.health {
        Health::Ok => {}
        Health::Gone => receiving.problems.push(problem(FindingCode::TargetGone)),
        Health::Detached => receiving.problems.push(problem(FindingCode::TargetDetached)),
        Health::NotRunning { .. } => receiving.problems.push(problem(FindingCode::TargetStopped)),
        Health::NotActive { .. } => receiving.problems.push(problem(FindingCode::TargetNotActive)),
        Health::NoListener => receiving.problems.push(problem(FindingCode::TargetDeaf)),
        Health::NoHealthyTarget { registered: 0 } => {
            receiving.problems.push(problem(FindingCode::TargetWithoutReceiver));
        }
        Health::NoHealthyTarget { .. } => {
            receiving.problems.push(problem(FindingCode::NoHealthyReceiver));
            // It sends to all of them then (docs/aws.md 11).
            receiving.unknown = Some(format!(
                "nobody behind {id} is healthy: all of them get packets, and whether anybody listens is not told"
            ));
        }
        Health::NotVisible => {
            let owner = survey.shared_by.as_ref().map_or("another account", |owner| owner.as_str());
            receiving.unknown = Some(format!("only account {owner} sees what stands behind {id}"));
        }
        Health::NotKnown => receiving.unknown = Some(why_not_known(scene, survey)),
    }
    if survey.health == Health::Ok
        && let Some(balancer) = scene.net.balancers.get(id)
    {
        receiving.zones = zones(scene, id, survey.vpc.as_ref(), balancer);
    }
    receiving
}

/// A target that a session names and nobody sees.
fn unseen(scene: &Scene<'_>, id: &TargetId) -> Receiving {
    if let Some(why) = scene.refused(&[Call::DescribeTrafficMirrorTargets]) {
        return Receiving { unknown: Some(why), ..Receiving::default() };
    }
    let what = format!("{id} is not there, and no account shares a target of that id");
    let problem = Problem::new(FindingCode::TargetGone, [id], what);
    Receiving { problems: vec![problem], ..Receiving::default() }
}

fn why_not_known(scene: &Scene<'_>, survey: &TargetSurvey) -> String {
    let calls = [
        Call::DescribeLoadBalancers,
        Call::DescribeListeners,
        Call::DescribeTargetHealth,
        Call::DescribeVpcEndpoints,
        Call::DescribeNetworkInterfaces,
        Call::DescribeInstances,
    ];
    scene
        .refused(&calls)
        .unwrap_or_else(|| format!("what stands behind {} could not be looked at", survey.id))
}

/// Whether every zone of a load balancer has somebody healthy, where its nodes send to their own zone only.
fn zones(scene: &Scene<'_>, id: &TargetId, home: Option<&VpcId>, balancer: &Balancer) -> Zones {
    let nodes: BTreeSet<String> = balancer.subnets.values().cloned().collect();
    let mut dark: BTreeMap<String, Vec<Result<Problem, String>>> = BTreeMap::new();
    for group in &balancer.target_groups {
        let served = served(scene, home, group);
        for zone in nodes.iter().filter(|zone| !served.has(zone)) {
            let verdict = match cross_zone(scene, group, balancer) {
                Ok(true) => continue,
                Err(why) => Err(why),
                Ok(false) if served.unseen => Err(scene
                    .refused(&[Call::DescribeSubnets, Call::DescribeInstances])
                    .unwrap_or_else(|| {
                        format!("the zone of somebody registered behind {id} cannot be seen")
                    })),
                Ok(false) => {
                    let what = format!(
                        "the load balancer behind {id} has nobody healthy in {zone}, and sends nothing to other zones: what sources in {zone} mirror is lost"
                    );
                    let at = [id.to_string(), zone.clone(), group.arn.clone()];
                    Ok(Problem::new(FindingCode::ZoneWithoutReceiver, at, what))
                }
            };
            dark.entry(zone.clone()).or_default().push(verdict);
        }
    }
    Zones { nodes, dark }
}

/// Whether a group's load balancer sends to other zones, or why that cannot be told. The group's own setting comes first.
fn cross_zone(
    scene: &Scene<'_>,
    group: &TargetGroupFacts,
    balancer: &Balancer,
) -> Result<bool, String> {
    if let Some(own) = group.cross_zone {
        return Ok(own);
    }
    if let Some(why) = scene.refused(&[Call::DescribeTargetGroupAttributes]) {
        return Err(why);
    }
    balancer.cross_zone.ok_or_else(|| {
        let why = scene.refused(&[Call::DescribeLoadBalancerAttributes]);
        why.unwrap_or_else(|| "whether it sends across zones cannot be seen".to_owned())
    })
}

/// Whether a load balancer's node in a zone sends to a member, or why that cannot be told.
pub(crate) fn reaches(
    scene: &Scene<'_>,
    home: Option<&VpcId>,
    group: &TargetGroupFacts,
    balancer: &Balancer,
    member: &Member,
    node: &str,
) -> Result<bool, String> {
    match zone_of(scene, home, member) {
        Some(zone) if zone == "all" || zone == node => Ok(true),
        Some(_) => cross_zone(scene, group, balancer),
        None => match cross_zone(scene, group, balancer) {
            Ok(true) => Ok(true),
            Ok(false) => Err(scene
                .refused(&[Call::DescribeSubnets, Call::DescribeInstances])
                .unwrap_or_else(|| format!("the zone of {} cannot be seen", member.id))),
            Err(why) => Err(why),
        },
    }
}

/// The zones that have somebody healthy.
#[derive(Default)]
struct Served<'a> {
    zones: BTreeSet<&'a str>,
    /// Somebody takes packets from every zone, or nobody is healthy: then all of them get packets (docs/aws.md 11).
    all: bool,
    /// Somebody's zone cannot be seen.
    unseen: bool,
}

impl Served<'_> {
    fn has(&self, zone: &str) -> bool {
        self.all || self.zones.contains(zone)
    }
}

fn served<'a>(
    scene: &'a Scene<'_>,
    home: Option<&VpcId>,
    group: &'a TargetGroupFacts,
) -> Served<'a> {
    let mut served = Served { all: true, ..Served::default() };
    for member in group.members.iter().filter(|member| is_healthy(member)) {
        if served.zones.is_empty() && !served.unseen {
            served.all = false;
        }
        match zone_of(scene, home, member) {
            // An address outside the VPC, which every node sends to.
            Some("all") => return Served { all: true, ..served },
            Some(zone) => drop(served.zones.insert(zone)),
            None => served.unseen = true,
        }
    }
    served
}

pub(crate) fn is_healthy(member: &Member) -> bool {
    member.health == "healthy"
}

fn zone_of<'a>(scene: &'a Scene<'_>, home: Option<&VpcId>, member: &'a Member) -> Option<&'a str> {
    if let Some(zone) = &member.zone {
        return Some(zone);
    }
    scene.zone(scene.subnet_of(member_interface(scene, home, member)?)?)
}

/// The interface that a member receives on: an instance's first, or the one that has the address. `home` is the load
/// balancer's VPC.
pub(crate) fn member_interface<'a>(
    scene: &Scene<'a>,
    home: Option<&VpcId>,
    member: &Member,
) -> Option<&'a EniId> {
    if let Ok(address) = member.id.parse::<IpAddr>() {
        return scene.holder(address, home);
    }
    let instance = scene.inv.instances.get(&member.id.as_str().into())?;
    instance.enis.iter().find(|eni| eni.primary).map(|eni| &eni.id)
}

/// All targets that matter: those that are used, and those of this account.
pub(crate) fn list(scene: &Scene<'_>) -> Vec<TargetAudit> {
    let audit = |survey: &TargetSurvey| {
        let target = scene.inv.targets.get(&survey.id)?;
        Some(TargetAudit {
            id: survey.id.clone(),
            name: survey.name.clone(),
            owner: target.owner.clone(),
            kind: survey.kind_word().to_owned(),
            resource: survey.resource().to_owned(),
            vpc: survey.vpc.clone(),
            sources: scene.read(Call::DescribeTrafficMirrorSessions).then_some(survey.sources),
            limit: survey.limit,
            health: survey.health.code(),
        })
    };
    scene.targets.values().filter_map(audit).collect()
}

/// Adds what is wrong with the targets in use to the findings.
pub(crate) fn look(scene: &Scene<'_>, found: &mut Collected) {
    for id in scene.targets_in_use() {
        // What a zone lacks is told with the sources in it.
        let Receiving { problems, unknown, zones: _ } = receiving(scene, id);
        for problem in problems {
            let vpc = scene.targets.get(id).and_then(|survey| survey.vpc.as_ref());
            found.add(problem.within(vpc));
        }
        if let Some(why) = unknown {
            found.ask("whether anybody receives behind a target", id, why);
        }
    }
}

/// Whether a finding is about the target, not about the way to it.
pub(crate) fn is_of_target(code: FindingCode) -> bool {
    matches!(
        code,
        FindingCode::TargetGone
            | FindingCode::TargetDetached
            | FindingCode::TargetStopped
            | FindingCode::TargetNotActive
            | FindingCode::TargetDeaf
            | FindingCode::TargetWithoutReceiver
            | FindingCode::NoHealthyReceiver
            | FindingCode::ZoneWithoutReceiver
    )
}

/// Whether all that is mirrored to the target is lost, whoever sends it.
pub(crate) fn loses_all(code: FindingCode) -> bool {
    is_of_target(code)
        && !matches!(code, FindingCode::NoHealthyReceiver | FindingCode::ZoneWithoutReceiver)
}
