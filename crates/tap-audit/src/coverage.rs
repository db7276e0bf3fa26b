//! Who watches each interface, and how much of each VPC, subnet, zone and instance is watched; and the rule "VPC Traffic
//! Mirroring in use".

use std::collections::{BTreeMap, BTreeSet};

use tap_core::call::Call;
use tap_core::ids::{EniId, InstanceId, SubnetId, VpcId};
use tap_core::inventory::Vpc;
use tap_core::policy::owner::{Owner, owner};
use tap_core::policy::vpc::{Capture, VpcPolicy};

use crate::blind;
use crate::collect::{Collected, Problem};
use crate::finding::FindingCode;
use crate::model::{
    Arrival, Cost, Coverage, InterfaceAudit, PlaceAudit, RuleResult, SessionAudit, VpcAudit,
    VpcState, Watched,
};
use crate::scene::{PLAN_CALLS, Scene, Source};
use crate::targets::receiving;

/// What the rule stands on: sessions, interfaces, and who is no source because it receives. Filters are none of it.
const RULE_CALLS: &[Call] = &[
    Call::DescribeTrafficMirrorSessions,
    Call::DescribeVpcs,
    Call::DescribeSubnets,
    Call::DescribeInstances,
    Call::DescribeNetworkInterfaces,
    Call::DescribeTrafficMirrorTargets,
    Call::DescribeLoadBalancers,
    Call::DescribeListeners,
    Call::DescribeTargetHealth,
];

/// Looks at one interface.
pub(crate) fn interface(scene: &Scene<'_>, source: Source<'_>) -> InterfaceAudit {
    let (instance_id, instance, eni) = source;
    let (decision, as_if) = (scene.decision(&eni.id), scene.as_if(&eni.id));
    let sessions = scene.sessions_on(&eni.id);
    let is_ours = |tags| owner(tags, &scene.settings.keys) == Owner::Owned;
    let eligible = as_if.is_some_and(|decision| decision.eligible);
    let watched = if sessions.iter().any(|session| is_ours(&session.tags)) {
        Watched::Ours
    } else if !sessions.is_empty() {
        Watched::Others
    } else if decision.is_none() {
        Watched::CannotTell
    } else if eligible {
        Watched::Missing
    } else {
        Watched::LeftAlone
    };
    let because = match decision {
        Some(decision) => decision.because(),
        None => {
            let why = scene.refused(PLAN_CALLS).unwrap_or_else(|| "it was not decided".to_owned());
            format!("cannot tell: {why}")
        }
    };
    let subnet = scene.inv.subnets.get(&eni.subnet);
    InterfaceAudit {
        eni: eni.id.clone(),
        instance: instance_id.clone(),
        name: instance.tags.name().map(str::to_owned),
        vpc: eni.vpc.clone(),
        subnet: eni.subnet.clone(),
        zone: subnet.map(|subnet| subnet.zone.clone()).filter(|zone| !zone.is_empty()),
        eligible,
        watched,
        next: decision.map(|decision| decision.action.verb()),
        reason: decision.map(|decision| decision.reason.code()),
        because,
        sessions: sessions.iter().map(|session| session.id.clone()).collect(),
        arrival: None,
    }
}

/// Coverage by whatever interfaces have in common.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) all: Coverage,
    pub(crate) vpcs: BTreeMap<VpcId, Coverage>,
    subnets: BTreeMap<SubnetId, Coverage>,
    zones: BTreeMap<String, Coverage>,
    instances: BTreeMap<InstanceId, Coverage>,
}

impl Counts {
    /// Counts interfaces.
    pub(crate) fn of(
        scene: &Scene<'_>,
        interfaces: &[InterfaceAudit],
        sessions: &[SessionAudit],
    ) -> Self {
        let mut counts = Self::default();
        let seeing = sessions.iter().filter(|session| session.blind.is_empty());
        let seeing: BTreeSet<&EniId> = seeing.map(|session| &session.eni).collect();
        for interface in interfaces {
            let code = why_not(scene, interface);
            let zone = interface.zone.clone().unwrap_or_else(|| "(unknown)".to_owned());
            for coverage in [
                &mut counts.all,
                counts.vpcs.entry(interface.vpc.clone()).or_default(),
                counts.subnets.entry(interface.subnet.clone()).or_default(),
                counts.zones.entry(zone).or_default(),
                counts.instances.entry(interface.instance.clone()).or_default(),
            ] {
                count(coverage, interface, code, !seeing.contains(&interface.eni));
            }
        }
        counts
    }

    /// Coverage by subnet, zone and instance.
    pub(crate) fn places(self, scene: &Scene<'_>) -> Places {
        let subnets = self.subnets.into_iter().map(|(id, coverage)| {
            let subnet = scene.inv.subnets.get(&id);
            let name = subnet.and_then(|subnet| subnet.name.clone());
            PlaceAudit { name, vpc: subnet.map(|subnet| subnet.vpc.clone()), coverage, id }
        });
        let zones = self.zones.into_iter().map(|(id, coverage)| PlaceAudit {
            id,
            name: None,
            vpc: None,
            coverage,
        });
        let instances = self.instances.into_iter().map(|(id, coverage)| {
            let instance = scene.inv.instances.get(&id);
            let mut vpcs = instance.into_iter().flat_map(|i| &i.enis).map(|eni| &eni.vpc);
            let first = vpcs.next();
            let vpc = first.filter(|first| vpcs.all(|vpc| vpc == *first)).cloned();
            let name = instance.and_then(|i| i.tags.name()).map(str::to_owned);
            PlaceAudit { name, vpc, coverage, id }
        });
        Places {
            subnets: subnets.collect(),
            zones: zones.collect(),
            instances: instances.collect(),
        }
    }
}

/// Coverage by subnet, zone and instance.
pub(crate) struct Places {
    pub(crate) subnets: Vec<PlaceAudit<SubnetId>>,
    pub(crate) zones: Vec<PlaceAudit<String>>,
    pub(crate) instances: Vec<PlaceAudit<InstanceId>>,
}

/// The code of the reason why an interface is not eligible; none where nobody can tell. Of one that has a session all the same,
/// which stays, the decision is about that session, and the reason is what AWS would say.
fn why_not(scene: &Scene<'_>, interface: &InterfaceAudit) -> Option<&'static str> {
    let decision = scene.as_if(&interface.eni)?;
    let source = scene.source(&interface.eni).filter(|_| decision.action.session().is_some());
    let reason = source.and_then(|source| scene.unmirrorable(source));
    Some(reason.map_or(decision.reason.code(), |reason| reason.code()))
}

fn count(
    coverage: &mut Coverage,
    interface: &InterfaceAudit,
    code: Option<&'static str>,
    sees_nothing: bool,
) {
    coverage.interfaces += 1;
    let Some(code) = code else {
        coverage.unknown += 1;
        return;
    };
    if interface.eligible {
        coverage.eligible += 1;
        coverage.ours += usize::from(interface.watched == Watched::Ours);
        coverage.others += usize::from(interface.watched == Watched::Others);
        let mirrored = matches!(interface.watched, Watched::Ours | Watched::Others);
        let blocked = matches!(interface.arrival, Some(Arrival::Blocked(_)));
        coverage.blocked += usize::from(mirrored && blocked);
        coverage.blind += usize::from(mirrored && sees_nothing);
    } else {
        *coverage.left_alone.entry(code).or_default() += 1;
    }
}

/// Every VPC of the audit, each with the answer of the rule.
pub(crate) fn vpcs(
    scene: &Scene<'_>,
    counts: &Counts,
    sessions: &[SessionAudit],
    found: &mut Collected,
) -> Vec<VpcAudit> {
    let mut costs: BTreeMap<&VpcId, Cost> = BTreeMap::new();
    let mut by_vpc: BTreeMap<&VpcId, Vec<&SessionAudit>> = BTreeMap::new();
    for session in sessions {
        if let Some(vpc) = &session.vpc {
            by_vpc.entry(vpc).or_default().push(session);
            let cost = costs.entry(vpc).or_default();
            cost.sessions += 1;
            cost.wasted += usize::from(!session.blind.is_empty());
        }
    }
    let views =
        scene.inv.vpcs_in_run().into_iter().filter_map(|id| scene.inv.vpcs.get_key_value(id));
    let possible = scene.possible_sources();
    let mut vpcs = Vec::new();
    for (id, vpc) in views {
        let price_per_hour = scene.settings.price_per_hour;
        let cost = Cost { price_per_hour, ..costs.get(id).copied().unwrap_or_default() };
        let cost = scene.read(Call::DescribeTrafficMirrorSessions).then_some(cost);
        let (state, policy) = policy(scene, id, vpc);
        let coverage = counts.vpcs.get(id).cloned().unwrap_or_default();
        let sessions = by_vpc.get(id).map(Vec::as_slice).unwrap_or_default();
        let eligible = possible.as_ref().map(|of| of.get(id).copied().unwrap_or_default());
        let rule = rule(scene, id, eligible, sessions, found);
        // A tag that makes no sense says nothing; that it does not is in `policy`.
        let keys = &scene.settings.keys;
        let profile = Capture::profile_of(&vpc.tags, keys).ok().flatten();
        vpcs.push(VpcAudit {
            id: id.clone(),
            name: vpc.tags.name().map(str::to_owned),
            rule,
            state,
            policy,
            profile: profile.map(|profile| profile.to_string()),
            packet_length: Capture::packet_length_of(&vpc.tags, keys).ok().flatten(),
            coverage,
            cost,
        });
    }
    vpcs
}

/// Whether mirroring is in use in a VPC. Who is left out by a tag, or receives, is no source: what is eligible counts. A session
/// that sees nothing is no use.
fn rule(
    scene: &Scene<'_>,
    vpc: &VpcId,
    eligible: Option<usize>,
    sessions: &[&SessionAudit],
    found: &mut Collected,
) -> RuleResult {
    let mut unknown = None;
    for session in sessions.iter().filter(|session| session.blind.is_empty()) {
        let behind = || receiving(scene, &session.target).unknown;
        let at_target = || behind().filter(|why| scene.is_refusal(why));
        // What its filter would be is not the rule's question.
        let needs = blind::NEEDS.iter().filter(|call| RULE_CALLS.contains(call)).copied();
        match scene.refused(&needs.collect::<Vec<Call>>()).or_else(at_target) {
            // One of which all was seen is enough.
            None => return RuleResult::Pass,
            why => unknown = unknown.or(why),
        }
    }
    if let Some(why) = unknown {
        found.ask("whether mirroring is in use in a VPC", vpc, why);
        return RuleResult::CannotTell;
    }
    if let Some(why) = scene.refused(RULE_CALLS) {
        found.ask("whether mirroring is in use in a VPC", vpc, why);
        return RuleResult::CannotTell;
    }
    if !scene.inv.narrow.instances.is_empty() {
        found.ask(
            "whether mirroring is in use in a VPC",
            vpc,
            "the audit is about some instances only",
        );
        return RuleResult::CannotTell;
    }
    let interfaces = match eligible {
        None => {
            found.ask("whether mirroring is in use in a VPC", vpc, "it was not decided");
            return RuleResult::CannotTell;
        }
        Some(0) => return RuleResult::NotApplicable,
        Some(1) => "1 interface".to_owned(),
        Some(more) => format!("{more} interfaces"),
    };
    let which = if sessions.is_empty() { "" } else { " that sees anything" };
    let what = format!("{vpc} has {interfaces} that can be mirrored, and no session{which}");
    found.add(Problem::new(FindingCode::VpcNotMirrored, [vpc], what).within(Some(vpc)));
    RuleResult::Fail
}

/// What a VPC's tags say, in words.
fn policy(scene: &Scene<'_>, id: &VpcId, vpc: &Vpc) -> (VpcState, String) {
    let looked_up = scene.plans.and_then(|plans| plans.now.vpcs.get(id)).map(|view| &view.policy);
    let by_tags = VpcPolicy::from_tags(&vpc.tags, &scene.settings.keys);
    match looked_up.unwrap_or(&by_tags) {
        VpcPolicy::NotEnabled => (VpcState::NotEnabled, "not enabled".to_owned()),
        VpcPolicy::Enabled { target, enrollment, capture } => {
            let Capture { profile, packet_length } = capture;
            let profile = profile.as_ref().map(|profile| format!(", {profile}"));
            let length = packet_length.map(|bytes| format!(", {bytes} bytes"));
            let rest = [profile, length].into_iter().flatten().collect::<String>();
            (VpcState::Enabled, format!("{target}, {enrollment}{rest}"))
        }
        VpcPolicy::Misconfigured { problem, .. } => {
            (VpcState::Misconfigured, format!("misconfigured: {problem}"))
        }
    }
}
