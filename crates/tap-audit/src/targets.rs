//! The targets that are used: whether anybody is there to receive, and how full they are.

use std::collections::BTreeSet;

use tap_core::call::Call;
use tap_core::ids::{SubnetId, TargetId};
use tap_core::network::{Balancer, Member, TargetGroupFacts};
use tap_core::survey::{Health, TargetSurvey};

use crate::collect::{Collected, Problem};
use crate::finding::FindingCode;
use crate::model::TargetAudit;
use crate::scene::{Scene, not_read};

/// What keeps packets from a target, whoever sends them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Receiving {
    pub(crate) problems: Vec<Problem>,
    /// What cannot be told of it: the reason.
    pub(crate) unknown: Option<String>,
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
        zones(scene, id, balancer, &mut receiving);
    }
    receiving
}

/// A target that a session names and nobody sees.
fn unseen(scene: &Scene<'_>, id: &TargetId) -> Receiving {
    if let Some(why) = scene.refused(&[Call::DescribeTrafficMirrorTargets]) {
        return Receiving { problems: Vec::new(), unknown: Some(why) };
    }
    let what = format!("{id} is not there, and no account shares a target of that id");
    let problem = Problem::new(FindingCode::TargetGone, [id], what);
    Receiving { problems: vec![problem], unknown: None }
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
fn zones(scene: &Scene<'_>, id: &TargetId, balancer: &Balancer, receiving: &mut Receiving) {
    let zones: BTreeSet<&str> = balancer.subnets.values().map(String::as_str).collect();
    for group in &balancer.target_groups {
        match group.cross_zone.or(balancer.cross_zone) {
            Some(true) => continue,
            Some(false) => {}
            None if zones.len() < 2 => {}
            None => {
                let calls =
                    [Call::DescribeTargetGroupAttributes, Call::DescribeLoadBalancerAttributes];
                let why = scene.refused(&calls);
                receiving.unknown =
                    Some(why.unwrap_or_else(|| not_read(Call::DescribeLoadBalancerAttributes)));
                continue;
            }
        }
        let Some(served) = served_zones(scene, group) else {
            receiving.unknown =
                Some(format!("the zone of somebody registered behind {id} cannot be seen"));
            continue;
        };
        for zone in zones.iter().filter(|zone| !served.contains(**zone)) {
            let what = format!(
                "the load balancer behind {id} has a node in {zone}, but nobody healthy there, and sends to no other zone"
            );
            let at = [id.to_string(), (*zone).to_owned(), group.arn.clone()];
            receiving.problems.push(Problem::new(FindingCode::ZoneWithoutReceiver, at, what));
        }
    }
}

/// The zones with somebody healthy; none where somebody's zone cannot be seen.
fn served_zones<'a>(
    scene: &'a Scene<'_>,
    group: &'a TargetGroupFacts,
) -> Option<BTreeSet<&'a str>> {
    let healthy = group.members.iter().filter(|member| member.health == "healthy");
    healthy.map(|member| zone_of(scene, member)).collect()
}

fn zone_of<'a>(scene: &'a Scene<'_>, member: &'a Member) -> Option<&'a str> {
    if let Some(zone) = member.zone.as_deref().filter(|zone| *zone != "all") {
        return Some(zone);
    }
    let subnet = &member_interface(scene, member)?.1;
    scene.inv.subnets.get(subnet).map(|subnet| subnet.zone.as_str()).filter(|zone| !zone.is_empty())
}

/// The interface that a member receives on, with its subnet: an instance's first, or the one that has the address.
pub(crate) fn member_interface(
    scene: &Scene<'_>,
    member: &Member,
) -> Option<(tap_core::ids::EniId, SubnetId)> {
    if let Ok(address) = member.id.parse() {
        let mut holders =
            scene.net.interfaces.iter().filter(|(_, facts)| facts.primary == Some(address));
        let by_primary = holders.next().map(|(id, facts)| (id.clone(), facts.subnet.clone()));
        // Two VPCs may use the same addresses: then nobody can tell which is meant.
        return by_primary.filter(|_| holders.next().is_none());
    }
    let instance = scene.inv.instances.get(&member.id.as_str().into())?;
    let first = instance.enis.iter().find(|eni| eni.primary)?;
    Some((first.id.clone(), first.subnet.clone()))
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
            sources: survey.sources,
            limit: survey.limit,
            health: survey.health.code(),
        })
    };
    scene.targets.values().filter_map(audit).collect()
}

/// Adds what is wrong with the targets in use to the findings.
pub(crate) fn look(scene: &Scene<'_>, found: &mut Collected) {
    for id in scene.targets_in_use() {
        let Receiving { problems, unknown } = receiving(scene, id);
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
