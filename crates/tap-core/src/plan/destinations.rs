//! Where the sources of a rule with several targets, or with appliances on demand, are mirrored to.
//!
//! Who mirrors to one of them stays there. The others get places in the order of their ids, so that no order of reading
//! changes anything:
//!
//! ```text
//!   balanced     the target with the fewest sources and room
//!   same-zone    as balanced, among those in the source's zone; else among all, with a warning
//!   appliances   the first with room; then what an earlier run left unfinished; then a new one
//! ```
//!
//! Where none has room, the one with the fewest sources is named all the same: [`places`](super::places) then says that it
//! is full, or finds the place that another change of this plan frees.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{EniId, SessionId, TargetId};
use crate::inventory::{Eni, Inventory, MirrorSession, TargetKind, TargetRef};
use crate::plan::appliances::{AppliancePlans, Demand, Fleet};
use crate::plan::rule_states::RuleState;
use crate::plan::{Finding, Reason};
use crate::policy::rules::{Delivery, Destination, Mirroring, Rule, TargetChoice};
use crate::settings::Settings;

/// An interface that a rule wants mirrored to one of several places.
pub(super) struct Seeker<'a> {
    pub(super) eni: &'a Eni,
    /// Its rule, and the place of that in the list.
    pub(super) rule: &'a Rule,
    pub(super) index: usize,
    /// The sessions of ours on it.
    pub(super) owned: Vec<&'a MirrorSession>,
}

/// Where a source is mirrored to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) target: TargetRef,
    /// Set where the rule wants it in the source's zone, which this one is not in.
    pub(super) other_zone: bool,
}

/// What the seekers got, or why not; and the appliances that are made for them.
#[derive(Debug, Default)]
pub(super) struct Destinations {
    given: BTreeMap<EniId, Result<Given, Reason>>,
    pub(super) appliances: AppliancePlans,
    pub(super) findings: Vec<Finding>,
}

impl Destinations {
    pub(super) fn of(&self, eni: &EniId) -> Option<&Result<Given, Reason>> {
        self.given.get(eni)
    }
}

/// How many sources a target has, and how many it takes.
#[derive(Debug, Default)]
pub(super) struct Load<'a> {
    sources: BTreeSet<&'a EniId>,
    limit: Option<usize>,
}

impl Load<'_> {
    pub(super) fn has_room(&self) -> bool {
        self.limit.is_none_or(|limit| self.sources.len() < limit)
    }
}

/// The load of each target that a seeker may get.
pub(super) type Loads<'a> = BTreeMap<TargetId, Load<'a>>;

/// Gives each seeker its place. Sessions in `leaving` count for nothing: they go in this very plan.
pub(super) fn allot<'a>(
    mut seekers: Vec<Seeker<'a>>,
    leaving: &BTreeSet<&'a SessionId>,
    states: &[RuleState],
    inv: &'a Inventory,
    settings: &'a Settings,
) -> Destinations {
    seekers.sort_by(|a, b| a.eni.id.cmp(&b.eni.id));
    let mut fleet = Fleet::of(inv, settings);
    let mut loads = loads(&seekers, leaving, states, &fleet, inv, settings);
    let zones = Zones::of(inv, &loads);
    let mut given: BTreeMap<EniId, Result<Given, Reason>> = BTreeMap::new();
    let mut without = Vec::new();
    for seeker in &seekers {
        match stays(seeker, states, &fleet, &zones) {
            Some(target) => {
                loads.entry(target.clone()).or_default().sources.insert(&seeker.eni.id);
                let target = TargetRef::Existing(target);
                given.insert(seeker.eni.id.clone(), Ok(Given { target, other_zone: false }));
            }
            None => without.push(seeker),
        }
    }
    for seeker in without {
        let place = match destination(seeker.rule) {
            Some(Destination::Appliances(spec)) => {
                let subnet = spec.subnet.as_ref().unwrap_or(&seeker.eni.subnet);
                fleet.place(&Demand { rule: seeker.rule, spec, subnet }, &loads)
            }
            Some(Destination::Targets { choice, .. }) => {
                let usable = usable(states, seeker.index);
                match one_of(usable, *choice, seeker, &loads, &zones) {
                    Some(given) => Ok(given),
                    // A rule none of whose targets can be used has no seekers.
                    None => continue,
                }
            }
            None => continue,
        };
        if let Ok(Given { target: TargetRef::Existing(target), .. }) = &place {
            loads.entry(target.clone()).or_default().sources.insert(&seeker.eni.id);
        }
        given.insert(seeker.eni.id.clone(), place);
    }
    let findings = fleet.findings().collect();
    Destinations { given, appliances: fleet.into_plans(), findings }
}

fn destination(rule: &Rule) -> Option<&Destination> {
    match &rule.delivery {
        Delivery::Mirror(Mirroring { to, .. }) => Some(to),
        Delivery::Ignore => None,
    }
}

fn usable(states: &[RuleState], index: usize) -> &[TargetId] {
    match states.get(index) {
        Some(RuleState::Usable(targets)) => targets,
        Some(RuleState::Broken(_) | RuleState::BrokenFilter(_)) | None => &[],
    }
}

/// The target that a seeker mirrors to already, if its rule lets it stay there.
fn stays(
    seeker: &Seeker<'_>,
    states: &[RuleState],
    fleet: &Fleet<'_>,
    zones: &Zones<'_>,
) -> Option<TargetId> {
    let mut its = seeker.owned.iter().map(|session| &session.target);
    let kept = match destination(seeker.rule)? {
        Destination::Appliances(spec) => {
            let subnet = spec.subnet.as_ref().unwrap_or(&seeker.eni.subnet);
            its.find(|target| fleet.has(seeker.rule, subnet, target))
        }
        Destination::Targets { choice, .. } => {
            let usable = usable(states, seeker.index);
            its.find(|target| {
                usable.contains(target)
                    && match choice {
                        TargetChoice::Balanced => true,
                        TargetChoice::SameZone => zones.are_same(target, seeker.eni),
                    }
            })
        }
    };
    kept.cloned()
}

/// The target of several that a source gets.
fn one_of(
    usable: &[TargetId],
    choice: TargetChoice,
    seeker: &Seeker<'_>,
    loads: &Loads<'_>,
    zones: &Zones<'_>,
) -> Option<Given> {
    let fewest = |among: &mut dyn Iterator<Item = &TargetId>| {
        among
            .enumerate()
            .min_by_key(|(i, target)| (loads.get(*target).map_or(0, |l| l.sources.len()), *i))
            .map(|(_, target)| target.clone())
    };
    let has_room = |target: &&TargetId| loads.get(*target).is_none_or(Load::has_room);
    let near = |target: &&TargetId| zones.are_same(target, seeker.eni);
    let found = match choice {
        TargetChoice::SameZone => {
            fewest(&mut usable.iter().filter(near).filter(has_room)).map(|target| (target, false))
        }
        TargetChoice::Balanced => None,
    };
    let far = choice == TargetChoice::SameZone;
    // Across zones, who has a place keeps it rather than being moved from one far target to another.
    let kept = seeker.owned.iter().map(|s| &s.target).find(|t| far && usable.contains(t)).cloned();
    let (target, other_zone) = found
        .or_else(|| kept.map(|target| (target, true)))
        .or_else(|| fewest(&mut usable.iter().filter(has_room)).map(|target| (target, far)))
        .or_else(|| fewest(&mut usable.iter()).map(|target| (target, far)))?;
    Some(Given { target: TargetRef::Existing(target), other_zone })
}

/// The zones in which targets deliver, as far as they are known.
struct Zones<'a> {
    inv: &'a Inventory,
    of_targets: BTreeMap<&'a TargetId, BTreeSet<&'a str>>,
}

impl<'a> Zones<'a> {
    fn of(inv: &'a Inventory, loads: &Loads<'_>) -> Self {
        let mut behind: BTreeMap<&EniId, &TargetId> = BTreeMap::new();
        let mut of_targets: BTreeMap<&TargetId, BTreeSet<&str>> = BTreeMap::new();
        for (id, target) in inv.targets.iter().filter(|(id, _)| loads.contains_key(*id)) {
            match &target.kind {
                TargetKind::Eni(eni) => drop(behind.insert(eni, id)),
                TargetKind::Nlb(_) => {
                    let zones = inv.nlbs.get(id).into_iter().flat_map(|nlb| &nlb.zones);
                    of_targets.insert(id, zones.map(String::as_str).collect());
                }
                TargetKind::GwlbEndpoint(_) | TargetKind::Unknown(_) => {}
            }
        }
        for (_, _, eni) in inv.enis() {
            if let Some(target) = behind.get(&eni.id) {
                of_targets.entry(target).or_default().extend(zone_of(eni, inv));
            }
        }
        Self { inv, of_targets }
    }

    /// Whether a target delivers in the zone of an interface. Where either zone is unknown, it does not.
    fn are_same(&self, target: &TargetId, eni: &Eni) -> bool {
        let zones = self.of_targets.get(target);
        zones.is_some_and(|zones| zone_of(eni, self.inv).is_some_and(|zone| zones.contains(zone)))
    }
}

fn zone_of<'a>(eni: &Eni, inv: &'a Inventory) -> Option<&'a str> {
    inv.subnets.get(&eni.subnet).map(|subnet| &*subnet.zone).filter(|zone| !zone.is_empty())
}

/// What the targets have to bear already. What seekers mirror there is counted when they get their places.
fn loads<'a>(
    seekers: &[Seeker<'a>],
    leaving: &BTreeSet<&'a SessionId>,
    states: &[RuleState],
    fleet: &Fleet<'a>,
    inv: &'a Inventory,
    settings: &Settings,
) -> Loads<'a> {
    let mut loads: Loads<'a> = BTreeMap::new();
    for seeker in seekers {
        for target in usable(states, seeker.index) {
            loads.entry(target.clone()).or_default();
        }
    }
    for target in fleet.targets() {
        loads.entry(target.clone()).or_default();
    }
    let behind: BTreeMap<&EniId, &TargetId> = inv
        .targets
        .iter()
        .filter(|(id, _)| loads.contains_key(*id))
        .filter_map(|(id, target)| match &target.kind {
            TargetKind::Eni(eni) => Some((eni, id)),
            TargetKind::Nlb(_) | TargetKind::GwlbEndpoint(_) | TargetKind::Unknown(_) => None,
        })
        .collect();
    for (_, instance, eni) in inv.enis() {
        if let Some(load) = behind.get(&eni.id).and_then(|target| loads.get_mut(*target)) {
            let limit = settings.instance_types.sources_as_target(&instance.instance_type);
            load.limit = Some(limit);
        }
    }
    let of_seekers: BTreeSet<&SessionId> =
        seekers.iter().flat_map(|seeker| &seeker.owned).map(|session| &session.id).collect();
    for session in inv.sessions.values() {
        if let Some(load) = loads.get_mut(&session.target)
            && !leaving.contains(&session.id)
            && !of_seekers.contains(&session.id)
        {
            load.sources.insert(&session.eni);
        }
    }
    for (id, enis) in &inv.sources_of_others {
        if let Some(load) = loads.get_mut(id) {
            load.sources.extend(enis);
        }
    }
    loads
}
