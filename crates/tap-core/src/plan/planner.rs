//! `plan()`: one decision for each interface, and one for each owned session left over.
//!
//! [`standing`](super::standing) says what the rulings want of an interface; here that meets the sessions that are there:
//!
//! ```text
//!   wanted            owned session            no owned session
//!   ----------------  -----------------------  ------------------------------------------
//!   mirror            keep, or modify (drift)  create; skip where slot or number is taken
//!   remove            delete                   skip
//!   as it is          keep                     skip
//!   unmirrorable      keep or modify, warned   skip
//! ```
//!
//! An interface with several owned sessions keeps the best one; the others are left over.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ids::{EniId, FilterId, InstanceId, TargetId, VpcId};
use crate::inventory::{
    Eni, FilterRef, Instance, Inventory, LoneEni, MirrorSession, SessionChange, SessionSpec,
};
use crate::plan::sessions::SessionsByEni;
use crate::plan::standing::{Rules, Standing};
use crate::plan::{Action, Decision, Note, Plan, Reason, VpcView, filter, places, policies};
use crate::policy::mark;
use crate::policy::owner::Owner;
use crate::policy::vpc::VpcPolicy;
use crate::settings::Settings;

/// AWS's limit of sessions on one interface (docs/aws.md 4).
const SESSIONS_PER_ENI: usize = 3;

/// From this many interfaces on, a second thread pays for itself: deciding waits for memory most of the time.
const WORTH_A_THREAD: usize = 10_000;

/// What the user named and the account does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The filter of `--filter-id`.
    #[error("there is no traffic mirror filter {0} in this account and region")]
    NoSuchFilter(FilterId),
}

/// Everything that deciding one interface looks at.
struct Planner<'a> {
    inv: &'a Inventory,
    settings: &'a Settings,
    rules: Rules<'a>,
    sessions: SessionsByEni<'a>,
    filter: FilterRef,
}

/// Decides everything about a scope. The same inventory and settings give the same plan.
///
/// # Errors
/// [`PlanError`] where the user named something that is not there.
pub fn plan(inv: &Inventory, settings: &Settings) -> Result<Plan, PlanError> {
    let mut findings = Vec::new();
    let policies = policies::of(inv, settings, &mut findings);
    let filter_plan = filter::choose(inv, settings, &mut findings)?;
    let planner = Planner {
        inv,
        settings,
        rules: Rules::new(inv, settings, policies),
        sessions: SessionsByEni::of(inv, &settings.keys),
        filter: filter_plan.as_ref(),
    };

    let sources: Vec<Source<'_>> = inv
        .enis()
        .filter(|(id, _, eni)| inv.narrow.has_instance(id) && inv.narrow.has_vpc(&eni.vpc))
        .collect();
    let (mut decisions, mut left_over) = planner.decide_all(&sources);
    decisions.append(&mut left_over);
    planner.decide_lone_enis(&mut decisions);
    places::allot(&mut decisions, inv, settings);

    let owned = planner.sessions.owned();
    let plan = Plan {
        scope: inv.scope.clone(),
        filter: filter_plan,
        vpcs: planner.views(),
        foreign: inv.sessions.len() - owned,
        owned,
        decisions,
        findings,
        refusal: None,
    };
    Ok(plan.without_idle_filter())
}

/// An interface with its instance.
type Source<'a> = (&'a InstanceId, &'a Instance, &'a Eni);

impl<'a> Planner<'a> {
    /// Decides interfaces in their order: their own decisions, and those about owned sessions beyond the first.
    fn decide_all(&self, sources: &[Source<'a>]) -> (Vec<Decision>, Vec<Decision>) {
        if sources.len() >= WORTH_A_THREAD {
            // One interface's decision depends on no other's, so two halves make the same whole.
            let (front, back) = sources.split_at(sources.len() / 2);
            let (front, back) = std::thread::scope(|scope| {
                let front = scope.spawn(|| self.decide_part(front));
                let back = self.decide_part(back);
                (front.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), back)
            });
            let (mut decisions, mut left_over) = front;
            decisions.extend(back.0);
            left_over.extend(back.1);
            return (decisions, left_over);
        }
        self.decide_part(sources)
    }

    fn decide_part(&self, sources: &[Source<'a>]) -> (Vec<Decision>, Vec<Decision>) {
        let mut left_over = Vec::new();
        let mut decisions = Vec::with_capacity(sources.len());
        for (id, instance, eni) in sources {
            decisions.push(self.decide(id, instance, eni, &mut left_over));
        }
        (decisions, left_over)
    }

    /// Decides one interface; owned sessions beyond the first go to `left_over`.
    fn decide(
        &self,
        id: &InstanceId,
        instance: &Instance,
        eni: &Eni,
        left_over: &mut Vec<Decision>,
    ) -> Decision {
        let (mut owned, mut foreign) = (Vec::new(), Vec::new());
        for (owner, session) in self.sessions.on(&eni.id) {
            match owner {
                Owner::Owned => owned.push(session),
                Owner::Foreign => foreign.push(session),
            }
        }
        let standing = self.rules.standing(id, instance, eni);
        let mut decision = Decision {
            eni: eni.id.clone(),
            instance: Some(id.clone()),
            name: instance.tags.name().map(Arc::from),
            vpc: Some(eni.vpc.clone()),
            action: Action::Skip,
            reason: Reason::InSync,
            notes: Vec::new(),
            eligible: false,
            leftover: false,
            after: None,
        };
        let best = self.take_best(&mut owned, &standing);
        let one_is_enough = match standing {
            Standing::Mirror { .. } | Standing::Unmirrorable { .. } => best,
            Standing::Remove(_) | Standing::AsItIs { .. } => None,
        };
        let (action, reason) = match standing {
            Standing::Mirror { target, newer_family } => {
                decision.eligible = true;
                match best {
                    Some(session) => self.repair(session, &target, &foreign, &mut decision.notes),
                    None => {
                        let name = decision.name.clone().unwrap_or_else(|| id.as_str().into());
                        self.create(target, newer_family, &foreign, name, &mut decision.notes)
                    }
                }
            }
            Standing::Unmirrorable { reason, target } => match best {
                Some(session) => {
                    decision.notes.push(Note::MaySeeNothing { why: reason.to_string() });
                    self.repair(session, &target, &foreign, &mut decision.notes)
                }
                None => (Action::Skip, reason),
            },
            Standing::Remove(reason) => match best {
                Some(session) => (Action::Delete { session: session.id.clone() }, reason),
                None => (Action::Skip, reason),
            },
            Standing::AsItIs { reason, would_be_mirrored } => {
                decision.eligible = would_be_mirrored;
                match best {
                    Some(session) => (Action::Keep { session: session.id.clone() }, reason),
                    None => (Action::Skip, reason),
                }
            }
        };
        if let Some((key, value)) = mark::near_miss(&instance.tags, &self.settings.keys) {
            let (key, value) = (key.to_owned(), value.to_owned());
            decision.notes.push(Note::MarkIgnored { key, value });
        }
        for extra in owned {
            left_over.push(beyond_the_first(extra, one_is_enough, &action, &reason, &decision));
        }
        Decision { action, reason, ..decision }
    }

    /// Takes the owned session that stays, if one stays: the one that is nearest to what it should be.
    fn take_best(
        &self,
        owned: &mut Vec<&'a MirrorSession>,
        standing: &Standing,
    ) -> Option<&'a MirrorSession> {
        let target = match standing {
            Standing::Mirror { target, .. } | Standing::Unmirrorable { target, .. } => Some(target),
            Standing::Remove(_) | Standing::AsItIs { .. } => None,
        };
        let distance = |s: &MirrorSession| {
            (
                self.settings.session_number.is_some_and(|pinned| s.number != pinned),
                target.is_some_and(|target| s.target != *target),
                !self.has_filter(s),
                s.number,
            )
        };
        let best = (0..owned.len()).min_by_key(|&i| (distance(owned[i]), &owned[i].id))?;
        Some(owned.remove(best))
    }

    /// Keeps an owned session, or changes what has drifted (ruling 6).
    fn repair(
        &self,
        session: &MirrorSession,
        target: &TargetId,
        foreign: &[&MirrorSession],
        notes: &mut Vec<Note>,
    ) -> (Action, Reason) {
        let Settings { packet_length, vni, session_number, .. } = self.settings;
        let differs = |pinned: Option<i32>, is: Option<i32>| pinned.filter(|_| pinned != is);
        let mut change = SessionChange {
            target: (session.target != *target).then(|| target.clone()),
            filter: (!self.has_filter(session)).then(|| self.filter.clone()),
            number: differs(*session_number, Some(session.number)),
            packet_length: differs(*packet_length, session.packet_length),
            vni: differs(*vni, session.vni),
        };
        let mut taken = None;
        if let Some(holder) = change.number.and_then(|n| foreign.iter().find(|s| s.number == n)) {
            change.number = None;
            taken = Some(holder);
        }
        self.note_who_comes_first(change.number.unwrap_or(session.number), foreign, notes);
        let id = session.id.clone();
        match (change.is_empty(), taken) {
            (true, None) => (Action::Keep { session: id }, Reason::InSync),
            (true, Some(holder)) => {
                let reason = Reason::NumberTaken { number: holder.number, by: holder.id.clone() };
                (Action::Keep { session: id }, reason)
            }
            (false, taken) => {
                notes.extend(taken.map(|holder| Note::NumberTaken { by: holder.id.clone() }));
                let reason = Reason::Drifted { fields: change.fields() };
                (Action::Modify { session: id, change }, reason)
            }
        }
    }

    /// Makes a session where a slot and a number are free (ruling 12).
    fn create(
        &self,
        target: TargetId,
        newer_family: Option<String>,
        foreign: &[&MirrorSession],
        name: Arc<str>,
        notes: &mut Vec<Note>,
    ) -> (Action, Reason) {
        if foreign.len() >= SESSIONS_PER_ENI {
            return (Action::Skip, Reason::SessionLimit);
        }
        let holder = |number: i32| foreign.iter().find(|s| s.number == number);
        let number = match self.settings.session_number {
            Some(pinned) => match holder(pinned) {
                Some(by) => {
                    let reason = Reason::NumberTaken { number: pinned, by: by.id.clone() };
                    return (Action::Skip, reason);
                }
                None => pinned,
            },
            None => (1..).find(|&n| holder(n).is_none()).unwrap_or(1),
        };
        self.note_who_comes_first(number, foreign, notes);
        let spec = SessionSpec {
            target,
            filter: self.filter.clone(),
            number,
            packet_length: self.settings.packet_length,
            vni: self.settings.vni,
            name,
        };
        let reason = match newer_family {
            Some(family) => Reason::NewFamily { family },
            None => Reason::NotMirrored,
        };
        (Action::Create { spec }, reason)
    }

    fn note_who_comes_first(&self, number: i32, foreign: &[&MirrorSession], notes: &mut Vec<Note>) {
        let takes_all = |s: &&&MirrorSession| {
            self.inv.filters.get(&s.filter).is_some_and(|f| f.takes_everything())
        };
        let first = || foreign.iter().filter(|s| s.number < number);
        if let Some(by) = first().find(takes_all) {
            notes.push(Note::Shadowed { by: by.id.clone() });
        } else if let Some(behind) = first().next() {
            notes.push(Note::SecondInLine { behind: behind.id.clone() });
        }
    }

    fn has_filter(&self, session: &MirrorSession) -> bool {
        matches!(&self.filter, FilterRef::Existing(id) if *id == session.filter)
    }

    /// Decides the owned sessions whose interface no instance has.
    fn decide_lone_enis(&self, decisions: &mut Vec<Decision>) {
        let narrow = &self.inv.narrow;
        for (eni, lone) in &self.inv.lone_enis {
            let (vpc, instance) = match lone {
                LoneEni::Detached { vpc } => (Some(vpc), None),
                LoneEni::Attached { vpc, instance } => (Some(vpc), instance.as_ref()),
                LoneEni::Gone => (None, None),
            };
            // A narrowed run is about an interface only where it is known to be in it.
            let within = match (vpc, instance) {
                (Some(vpc), Some(instance)) => narrow.has_vpc(vpc) && narrow.has_instance(instance),
                (Some(vpc), None) => narrow.has_vpc(vpc) && narrow.instances.is_empty(),
                (None, _) => narrow.is_whole(),
            };
            if !within {
                continue;
            }
            let owned = self.sessions.on(eni).filter(|(owner, _)| *owner == Owner::Owned);
            for (i, (_, session)) in owned.enumerate() {
                let (deletes, reason) = self.of_a_lone_eni(eni, lone, instance);
                let session = session.id.clone();
                decisions.push(Decision {
                    eni: eni.clone(),
                    instance: instance.cloned(),
                    name: None,
                    vpc: vpc.cloned(),
                    action: if deletes {
                        Action::Delete { session }
                    } else {
                        Action::Keep { session }
                    },
                    reason,
                    notes: Vec::new(),
                    eligible: false,
                    leftover: i > 0,
                    after: None,
                });
            }
        }
    }

    fn of_a_lone_eni(
        &self,
        eni: &EniId,
        lone: &LoneEni,
        instance: Option<&InstanceId>,
    ) -> (bool, Reason) {
        if self.rules.receivers.has(instance, eni) {
            return (true, Reason::ReceivesMirror);
        }
        let misconfigured = |vpc: &VpcId| match self.rules.policies.get(vpc) {
            Some(VpcPolicy::Misconfigured { problem, .. }) => {
                Some(Reason::VpcMisconfigured(problem.clone()))
            }
            Some(VpcPolicy::NotEnabled | VpcPolicy::Enabled { .. }) | None => None,
        };
        match lone {
            LoneEni::Detached { vpc } => match misconfigured(vpc) {
                Some(reason) => (false, reason),
                None => (true, Reason::EniDetached),
            },
            LoneEni::Attached { .. } => (false, Reason::InstanceNotSeen),
            LoneEni::Gone => (true, Reason::EniGone),
        }
    }

    /// The headings of the report: enabled VPCs and wrong ones, and those that hold something of ours.
    fn views(&self) -> BTreeMap<VpcId, VpcView> {
        self.rules
            .policies
            .iter()
            .filter_map(|(id, policy)| {
                let vpc = self.inv.vpcs.get(*id)?;
                let name = vpc.tags.name().map(str::to_owned);
                Some(((*id).clone(), VpcView { name, policy: policy.clone() }))
            })
            .collect()
    }
}

/// What becomes of an owned session beyond the first: it goes where one is enough, and else the way of the first.
fn beyond_the_first(
    extra: &MirrorSession,
    one_is_enough: Option<&MirrorSession>,
    action: &Action,
    reason: &Reason,
    of: &Decision,
) -> Decision {
    let session = extra.id.clone();
    let (action, reason) = match (one_is_enough, action) {
        (Some(kept), _) => {
            (Action::Delete { session }, Reason::Duplicate { kept: kept.id.clone() })
        }
        (None, Action::Delete { .. }) => (Action::Delete { session }, reason.clone()),
        (None, _) => (Action::Keep { session }, reason.clone()),
    };
    Decision { action, reason, notes: Vec::new(), eligible: false, leftover: true, ..of.clone() }
}
