//! The places of a target: AWS lets 10 or 100 sources mirror to one interface (docs/aws.md 3), counted over all sessions,
//! foreign ones and other accounts' too.
//!
//! Who has a place keeps it. Free places, and those that this very plan frees, go to the interfaces by [`turn`], so that
//! the sources that do not fit are the same on every run.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::ids::{EniId, SessionId, TargetId};
use crate::inventory::{Inventory, MirrorSession, TargetKind, TargetRef};
use crate::plan::{Action, Decision, Place, Reason};
use crate::settings::Settings;

/// One target with a limit.
struct Target {
    limit: usize,
    /// Who mirrors there, and goes on to as far as is decided yet.
    sources: BTreeMap<EniId, Source>,
    /// Places that nobody holds; negative where the target has more sources than its limit.
    free: isize,
    /// Places that become free: for each the sessions that have to go first.
    freed: VecDeque<Vec<SessionId>>,
    /// What brings a target with too many sources down to its limit. Whoever takes a place that became free waits for
    /// these too.
    overdue: Vec<SessionId>,
}

/// One interface that mirrors to a target. It holds one place, however many sessions it has there.
#[derive(Default)]
struct Source {
    staying: usize,
    leaving: Vec<SessionId>,
}

/// Gives each decision that needs a place on a limited target its place, or blocks it.
pub(super) fn allot(decisions: &mut [Decision], inv: &Inventory, settings: &Settings) {
    let mut targets = limited_targets(decisions, inv, settings);
    if targets.is_empty() {
        return;
    }
    for session in leaving(decisions, &targets) {
        leave(&mut targets, inv, session);
    }
    let mut waiting: Vec<usize> = (0..decisions.len())
        .filter(|&i| wanted(&decisions[i].action).is_some_and(|t| targets.contains_key(t)))
        .collect();
    waiting.sort_by(|&a, &b| turn(&decisions[a]).cmp(&turn(&decisions[b])));
    // A move to a target frees a place on another, which may let the next one in: go on until nothing moves.
    loop {
        let before = waiting.len();
        waiting.retain(|&i| {
            let decision = &mut decisions[i];
            let Some(target) = wanted(&decision.action).and_then(|t| targets.get_mut(t)) else {
                return false;
            };
            let limit = target.limit;
            let Some(after) = target.admit(&decision.eni) else {
                return true;
            };
            decision.after = (!after.is_empty()).then_some(Place { sessions: after, limit });
            if let Action::Modify { session, .. } = &decision.action {
                leave(&mut targets, inv, session);
            }
            false
        });
        if waiting.len() == before {
            break;
        }
    }
    for i in waiting {
        let limit = wanted(&decisions[i].action).and_then(|t| targets.get(t)).map(|t| t.limit);
        decisions[i].lose_place(limit.unwrap_or_default());
    }
}

/// The sessions that leave their targets and wait for nothing: those that are removed, and those that move to where there
/// is no limit. In an order that does not depend on the order of the decisions.
fn leaving<'a>(
    decisions: &'a [Decision],
    targets: &BTreeMap<&TargetId, Target>,
) -> BTreeSet<&'a SessionId> {
    let leaves = |action: &'a Action| match action {
        Action::Delete { session } => Some(session),
        Action::Modify { session, change } => {
            let moves = |t: &&TargetRef| t.id().is_none_or(|t| !targets.contains_key(t));
            change.target.as_ref().filter(moves).map(|_| session)
        }
        Action::Create { .. } | Action::Keep { .. } | Action::Skip => None,
    };
    decisions.iter().filter_map(|d| leaves(&d.action)).collect()
}

/// Whose turn it is for a place: first what is known to be mirrored there, then trials, each by id. A trial that AWS
/// refuses on every run must not hold a place on every run.
fn turn(decision: &Decision) -> (bool, bool, &EniId) {
    let is_trial = matches!(decision.reason, Reason::NewFamily { .. });
    (!decision.eligible, is_trial, &decision.eni)
}

/// The target on which an action needs a place that it has not got.
fn wanted(action: &Action) -> Option<&TargetId> {
    match action {
        Action::Create { spec } => spec.target.id(),
        Action::Modify { change, .. } => change.target.as_ref().and_then(TargetRef::id),
        Action::Delete { .. } | Action::Keep { .. } | Action::Skip => None,
    }
}

impl Target {
    /// Gives a source a place, once these sessions are out of the way.
    fn admit(&mut self, eni: &EniId) -> Option<Vec<SessionId>> {
        if let Some(source) = self.sources.get_mut(eni) {
            source.staying += 1;
            return Some(Vec::new());
        }
        // Too many are there already: the first places that become free only bring it down to its limit.
        while self.free < 0 {
            self.overdue.extend(self.freed.pop_front()?);
            self.free += 1;
        }
        let after = if self.free > 0 {
            self.free -= 1;
            Vec::new()
        } else {
            let mut after = self.freed.pop_front()?;
            after.extend_from_slice(&self.overdue);
            after
        };
        self.sources.insert(eni.clone(), Source { staying: 1, leaving: Vec::new() });
        Some(after)
    }
}

fn leave(targets: &mut BTreeMap<&TargetId, Target>, inv: &Inventory, session: &SessionId) {
    let Some(MirrorSession { eni, target, .. }) = inv.sessions.get(session) else {
        return;
    };
    let Some(target) = targets.get_mut(target) else {
        return;
    };
    if let Some(source) = target.sources.get_mut(eni) {
        source.staying -= 1;
        source.leaving.push(session.clone());
        if source.staying == 0 {
            target.freed.extend(target.sources.remove(eni).map(|source| source.leaving));
        }
    }
}

/// The targets with a limit that some decision wants a place on, or leaves.
fn limited_targets<'a>(
    decisions: &[Decision],
    inv: &'a Inventory,
    settings: &Settings,
) -> BTreeMap<&'a TargetId, Target> {
    if !decisions.iter().any(|d| wanted(&d.action).is_some()) {
        return BTreeMap::new();
    }
    let appliances: BTreeMap<&EniId, &TargetId> = inv
        .targets
        .iter()
        .filter_map(|(id, target)| match &target.kind {
            TargetKind::Eni(eni) => Some((eni, id)),
            TargetKind::Nlb(_) | TargetKind::GwlbEndpoint(_) | TargetKind::Unknown(_) => None,
        })
        .collect();
    if appliances.is_empty() {
        return BTreeMap::new();
    }
    let mut targets: BTreeMap<&TargetId, Target> = BTreeMap::new();
    let types = &settings.instance_types;
    for (_, instance, eni) in inv.enis() {
        if let Some(target) = appliances.get(&eni.id) {
            let limit = types.sources_as_target(&instance.instance_type);
            targets.insert(target, Target::new(limit));
        }
    }
    // An appliance that was not read has a type that is not known. AWS knows it, and says when it is full.
    for session in inv.sessions.values() {
        if let Some(target) = targets.get_mut(&session.target) {
            target.sources.entry(session.eni.clone()).or_default().staying += 1;
        }
    }
    for (id, enis) in &inv.sources_of_others {
        if let Some(target) = targets.get_mut(id) {
            for eni in enis {
                target.sources.entry(eni.clone()).or_default().staying += 1;
            }
        }
    }
    for target in targets.values_mut() {
        target.free = target.limit as isize - target.sources.len() as isize;
    }
    targets
}

impl Target {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            sources: BTreeMap::new(),
            free: 0,
            freed: VecDeque::new(),
            overdue: Vec::new(),
        }
    }
}
