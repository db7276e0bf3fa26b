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

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::ids::{EniId, FilterId, InstanceId, VpcId};
use crate::inventory::{Eni, FilterRef, Instance, Inventory, LoneEni, MirrorSession, TargetRef};
use crate::plan::chosen::{Intent, To};
use crate::plan::destinations::{Destinations, Seeker, allot};
use crate::plan::filter::Captures;
use crate::plan::session::{Sessions, Wanted, take_best};
use crate::plan::sessions::SessionsByEni;
use crate::plan::standing::{Rulings, Standing};
use crate::plan::{
    Action, Decision, Finding, Note, Plan, Reason, VpcView, filter, places, policies, receivers,
    rule_states,
};
use crate::policy::mark;
use crate::policy::owner::{Marks, Owner};
use crate::policy::profile::Profile;
use crate::policy::vpc::{TagProblem, VpcPolicy};
use crate::settings::{FilterChoice, Settings};

/// From this many interfaces on, a second thread pays for itself: deciding waits for memory most of the time.
const WORTH_A_THREAD: usize = 10_000;

/// What the user named and the account does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The filter of `--filter-id`.
    #[error("there is no traffic mirror filter {0} in this account and region")]
    NoSuchFilter(FilterId),
    /// The custom profile of `--filter-profile`.
    #[error(
        "no file of this run defines the filter profile {0}, and there is no filter of it in this account and region"
    )]
    ProfileNotDefined(Profile),
}

/// Everything that deciding one interface looks at.
struct Planner<'a> {
    inv: &'a Inventory,
    settings: &'a Settings,
    rulings: Rulings<'a>,
    sessions: SessionsByEni<'a>,
    captures: Captures<'a>,
    /// Where the sources go that have several targets to choose from.
    destinations: Destinations,
}

/// Decides everything about a scope. The same inventory and settings give the same plan.
///
/// # Errors
/// [`PlanError`] where the user named something that is not there.
pub fn plan(inv: &Inventory, settings: &Settings) -> Result<Plan, PlanError> {
    let mut findings = Vec::new();
    let mut deaf = BTreeSet::new();
    let mut policies = policies::of(inv, settings, &mut deaf, &mut findings);
    let rule_states = rule_states::of(inv, settings, &mut deaf, &mut findings);
    findings.extend(deaf.into_iter().map(|target| Finding::TargetDeaf { target }));
    let (filters, captures) = filter::choose(inv, settings, &mut policies, &mut findings)?;
    let mut planner = Planner {
        inv,
        settings,
        rulings: Rulings::new(inv, settings, policies, rule_states),
        sessions: SessionsByEni::of(inv, &settings.keys),
        captures,
        destinations: Destinations::default(),
    };

    let sources: Vec<Source<'_>> = inv
        .enis()
        .filter(|(id, _, eni)| inv.narrow.has_instance(id) && inv.narrow.has_vpc(&eni.vpc))
        .collect();
    planner.allot(&sources);
    let (mut decisions, mut left_over) = planner.decide_all(&sources);
    decisions.append(&mut left_over);
    planner.decide_lone_enis(&mut decisions);
    places::allot(&mut decisions, inv, settings);
    findings.append(&mut planner.destinations.findings);
    if settings.rules_given && settings.rules.is_none() {
        findings.push(Finding::NoRulesFile);
    }
    findings.extend(receivers::stopped(inv, settings, planner.rulings.policies.values()));
    findings.extend(misconfigured_for_rules(&decisions, &planner.rulings.policies));
    let not_given = decisions.iter().filter(|d| d.reason == Reason::RulesNotGiven).count();
    if not_given > 0 {
        findings.push(Finding::RulesNotGiven { sessions: not_given });
    }

    let owned = planner.sessions.owned();
    let plan = Plan {
        scope: inv.scope.clone(),
        filters,
        vpcs: planner.views(),
        appliances: planner.destinations.appliances,
        foreign: inv.sessions.len() - owned,
        owned,
        decisions,
        findings,
        refusal: None,
    };
    Ok(plan.without_idle_filters().without_idle_appliances())
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

    /// Gives the sources of rules with several targets, or with appliances, their places, and sees what has become of
    /// appliances that nothing needs. Without such rules or appliances there is nothing to do.
    fn allot(&mut self, sources: &[Source<'a>]) {
        if self.settings.rules.is_none() {
            return;
        }
        let key = &self.settings.keys.appliance;
        let mut instances = self.inv.instances.values();
        if !self.settings.has_a_choice()
            && instances.all(|instance| instance.tags.get(key).is_none())
        {
            return;
        }
        let (mut seekers, mut leaving) = (Vec::new(), BTreeSet::new());
        for (id, instance, eni) in sources {
            let owned = self.owned_on(&eni.id);
            let standing = self.rulings.standing(id, instance, eni, &owned);
            match (&standing, standing.intent().map(|intent| &intent.to)) {
                (Standing::Remove(_), _) => leaving.extend(owned.iter().map(|s| &s.id)),
                // What AWS would not mirror gets no place, unless it has a session to be kept right.
                (Standing::Unmirrorable { .. }, _) if owned.is_empty() => {}
                (_, Some(To::Allotted(index, rule))) => {
                    seekers.push(Seeker { eni, rule, index: *index, owned });
                }
                _ => {}
            }
        }
        let states = &self.rulings.rule_states;
        self.destinations = allot(seekers, &leaving, states, self.inv, self.settings);
    }

    fn owned_on(&self, eni: &EniId) -> Vec<&'a MirrorSession> {
        let of_ours = self.sessions.on(eni).filter(|(owner, _)| *owner == Owner::Owned);
        of_ours.map(|(_, session)| session).collect()
    }

    /// Decides one interface; owned sessions beyond the first go to `left_over`.
    fn decide(
        &self,
        id: &InstanceId,
        instance: &'a Instance,
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
        let standing = self.rulings.standing(id, instance, eni, &owned);
        let mut decision = Decision {
            eni: eni.id.clone(),
            instance: Some(id.clone()),
            name: instance.tags.name().map(Arc::from),
            vpc: Some(eni.vpc.clone()),
            action: Action::Skip,
            reason: Reason::InSync,
            chosen_by: standing.intent().map(|intent| intent.by.clone()),
            notes: Vec::new(),
            eligible: false,
            leftover: false,
            after: None,
        };
        let wanted = match standing.intent() {
            Some(intent) => self.wanted(intent, eni, &mut decision.notes).map(Some),
            None => Ok(None),
        };
        let session = Sessions { inv: self.inv, foreign: &foreign };
        let best = take_best(&mut owned, wanted.as_ref().ok().and_then(Option::as_ref));
        let one_is_enough = match standing {
            Standing::Mirror { .. } | Standing::Unmirrorable { .. } => best,
            Standing::Remove(_) | Standing::AsItIs { .. } => None,
        };
        let kept_or_skipped = |best: Option<&MirrorSession>| match best {
            Some(session) => Action::Keep { session: session.id.clone() },
            None => Action::Skip,
        };
        let (action, reason) = match (standing, wanted) {
            (Standing::Mirror { .. }, Err(no_place)) => {
                decision.eligible = true;
                (kept_or_skipped(best), no_place)
            }
            (Standing::Mirror { newer_family, .. }, Ok(Some(wanted))) => {
                decision.eligible = true;
                match best {
                    Some(best) => session.repair(best, wanted, &mut decision.notes),
                    None => {
                        let name = decision.name.clone().unwrap_or_else(|| id.as_str().into());
                        session.create(wanted, newer_family, name, &mut decision.notes)
                    }
                }
            }
            (Standing::Unmirrorable { reason, .. }, Ok(Some(wanted))) => match best {
                Some(best) => {
                    decision.notes.push(Note::MaySeeNothing { why: reason.to_string() });
                    session.repair(best, wanted, &mut decision.notes)
                }
                None => (Action::Skip, reason),
            },
            (Standing::Remove(reason), _) => match best {
                Some(session) => (Action::Delete { session: session.id.clone() }, reason),
                None => (Action::Skip, reason),
            },
            (Standing::AsItIs { reason, would_be_mirrored }, _) => {
                decision.eligible = would_be_mirrored;
                (kept_or_skipped(best), reason)
            }
            (Standing::Mirror { .. }, Ok(None)) => (kept_or_skipped(best), Reason::NotMirrored),
            (Standing::Unmirrorable { reason, .. }, Ok(None) | Err(_)) => {
                (kept_or_skipped(best), reason)
            }
        };
        let ends = one_is_enough.and_then(|s| Marks::no_moment(&s.tags, &self.settings.keys));
        decision.notes.extend(ends.map(|value| Note::NoEnd { value: value.to_owned() }));
        if let Some((key, value)) = mark::near_miss(&instance.tags, &self.settings.keys) {
            let (key, value) = (key.to_owned(), value.to_owned());
            decision.notes.push(Note::MarkIgnored { key, value });
        }
        for extra in owned {
            left_over.push(beyond_the_first(extra, one_is_enough, &action, &reason, &decision));
        }
        Decision { action, reason, ..decision }
    }

    /// The session that an interface should have.
    fn wanted(
        &self,
        intent: &Intent<'a>,
        eni: &Eni,
        notes: &mut Vec<Note>,
    ) -> Result<Wanted, Reason> {
        let target = match &intent.to {
            To::Target(target) => TargetRef::Existing(target.clone()),
            To::Allotted(..) => match self.destinations.of(&eni.id) {
                Some(Ok(given)) => {
                    if let (true, Some(target)) = (given.other_zone, given.target.id()) {
                        notes.push(Note::OtherZone { target: target.clone() });
                    }
                    given.target.clone()
                }
                Some(Err(reason)) => return Err(reason.clone()),
                // Nothing that AWS can mirror is left without an answer.
                None => return Err(Reason::NotMirrored),
            },
        };
        let Intent { filter, number, packet_length, vni, marks, .. } = intent;
        Ok(Wanted {
            target,
            filter: match filter {
                Some(filter) => FilterRef::Existing(filter.clone()),
                None => self.captures.filter(&eni.vpc)?,
            },
            number: *number,
            packet_length: match packet_length {
                Some(length) => Some(*length),
                None => self.captures.packet_length(&eni.vpc)?,
            },
            vni: *vni,
            marks: marks.clone(),
        })
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
                    chosen_by: None,
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
        if self.rulings.receivers.has(instance, eni) {
            return (true, Reason::ReceivesMirror);
        }
        let misconfigured = |vpc: &VpcId| match self.rulings.policies.get(vpc) {
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
        self.rulings
            .policies
            .iter()
            .filter_map(|(id, policy)| {
                let vpc = self.inv.vpcs.get(*id)?;
                let name = vpc.tags.name().map(str::to_owned);
                let settings = self.settings;
                let (profile, packet_length) = match policy {
                    VpcPolicy::Enabled { capture, .. } => {
                        let managed = settings.filter == FilterChoice::Managed;
                        let profile = capture.profile.as_ref().unwrap_or(&settings.profile);
                        let length = settings.packet_length.or(capture.packet_length);
                        (managed.then(|| profile.clone()), length)
                    }
                    VpcPolicy::NotEnabled | VpcPolicy::Misconfigured { .. } => (None, None),
                };
                let policy = policy.clone();
                Some(((*id).clone(), VpcView { name, policy, profile, packet_length }))
            })
            .collect()
    }
}

/// VPCs that no tag enables, whose other tags make no sense, and from which rules or findings mirror: nobody has said it yet.
fn misconfigured_for_rules(
    decisions: &[Decision],
    policies: &BTreeMap<&VpcId, VpcPolicy>,
) -> Vec<Finding> {
    let mut found: BTreeMap<&VpcId, &TagProblem> = BTreeMap::new();
    for decision in decisions {
        if let (Reason::VpcMisconfigured(problem), Some(vpc)) = (&decision.reason, &decision.vpc)
            && matches!(policies.get(vpc), Some(VpcPolicy::NotEnabled))
        {
            found.entry(vpc).or_insert(problem);
        }
    }
    let finding = |(vpc, problem): (&VpcId, &TagProblem)| Finding::VpcMisconfigured {
        vpc: vpc.clone(),
        problem: problem.clone(),
    };
    found.into_iter().map(finding).collect()
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
