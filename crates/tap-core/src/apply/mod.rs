//! Applies a plan: one change after the other fails or succeeds alone, and the rest goes on (ruling 13).
//!
//! What raises coverage comes before what lowers it, except where a place must be freed first:
//!
//! ```text
//!   1  the filters, then the appliances, which sessions need
//!   2  creates and repairs; of a family newer than the list one first, then the rest if AWS took it
//!   3  the removals that free a place, then what takes those places
//!   4  all other removals
//! ```

mod appliances;
mod filters;
mod outcome;
mod session;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use futures::future::{Either, select};
use futures::{StreamExt, stream};
use uuid::Uuid;

pub use outcome::{ApplianceOutcome, Applied, FilterOutcome, NotDone, Outcome};

use crate::cloud::{Act, MakeAppliances, Observe, Tag};
use crate::ids::SessionId;
use crate::inventory::FilterKey;
use crate::plan::{AppliancePlan, Decision, Plan, Reason, Verb};
use crate::settings::Settings;
use crate::stop::StopSignal;
use session::{MadeFilters, Shared};

/// How a plan is applied.
#[derive(Debug, Clone)]
pub struct ApplyOptions {
    /// How many changes are under way at once, at least one.
    pub concurrency: usize,
    /// The id of this run: client tokens are made from it, so that no two runs share one.
    pub run_id: Uuid,
    /// How many appliances may still be launched. What belongs to one run, its regions, shares it.
    pub launches: Arc<AtomicUsize>,
    /// How long a second is in the pauses before something is tried again. Tests have no time.
    pub second: Duration,
}

impl ApplyOptions {
    /// So many changes at once, for this run, which may launch so many appliances.
    pub fn new(concurrency: usize, run_id: Uuid, launches: usize) -> Self {
        let launches = Arc::new(AtomicUsize::new(launches));
        Self { concurrency, run_id, launches, second: Duration::from_secs(1) }
    }
}

/// Something that happened while a plan was applied, for whoever shows progress.
#[derive(Debug)]
pub enum ApplyEvent<'a> {
    /// It begins.
    Started {
        /// How many changes there are.
        changes: usize,
    },
    /// A filter was created or completed, or that failed.
    Filter {
        /// What it is for.
        key: &'a FilterKey,
        /// What became of it.
        outcome: &'a FilterOutcome,
    },
    /// An appliance was made or removed, or that failed.
    Appliance {
        /// What was planned.
        plan: &'a AppliancePlan,
        /// What became of it.
        outcome: &'a ApplianceOutcome,
    },
    /// One change ended.
    Changed {
        /// What was decided.
        decision: &'a Decision,
        /// What became of it.
        outcome: &'a Outcome,
    },
}

/// All that changing an account needs. Whatever has the parts has the whole.
pub trait Change: Observe + Act + Tag + MakeAppliances {}

impl<C: Observe + Act + Tag + MakeAppliances> Change for C {}

/// Applies a plan. A refused plan is not applied at all.
pub async fn apply<C: Change>(
    plan: &Plan,
    settings: &Settings,
    cloud: &C,
    options: &ApplyOptions,
    stop: &StopSignal,
    on_event: &mut dyn FnMut(ApplyEvent<'_>),
) -> Applied {
    let changes: Vec<usize> = (0..plan.decisions.len())
        .filter(|&i| plan.decisions[i].action.is_change() && plan.refusal.is_none())
        .collect();
    on_event(ApplyEvent::Started { changes: changes.len() });
    let filters = match plan.refusal {
        Some(_) => BTreeMap::new(),
        None => filters::prepare(plan, settings, cloud, options, stop, on_event).await,
    };
    let mut shared = Shared::new(settings, cloud, options, stop, MadeFilters::of(plan, &filters));
    let appliances = match plan.refusal {
        Some(_) => BTreeMap::new(),
        None => appliances::make(plan, settings, cloud, options, &mut shared, on_event).await,
    };
    let mut applier = Applier {
        plan,
        shared,
        concurrency: options.concurrency.max(1),
        outcomes: BTreeMap::new(),
        on_event,
    };
    applier.run(&changes).await;
    let outcomes = applier.outcomes;
    let stopped_by = |o: &Outcome| match o {
        Outcome::NotDone(NotDone::Stopped(reason) | NotDone::GivenUp(reason)) => Some(*reason),
        _ => None,
    };
    let of_filter = |o: &FilterOutcome| match o {
        FilterOutcome::Stopped(reason) => Some(*reason),
        FilterOutcome::Done { .. } | FilterOutcome::Failed(_) => None,
    };
    let of_appliance = |o: &ApplianceOutcome| match o {
        ApplianceOutcome::NotDone {
            why: NotDone::Stopped(reason) | NotDone::GivenUp(reason),
            ..
        } => Some(*reason),
        _ => None,
    };
    let stopped = filters.values().find_map(of_filter);
    let stopped = stopped.or_else(|| outcomes.values().find_map(stopped_by));
    let stopped = stopped.or_else(|| appliances.values().find_map(of_appliance));
    Applied { filters, appliances, outcomes, stopped }
}

struct Applier<'a, C> {
    plan: &'a Plan,
    shared: Shared<'a, C>,
    concurrency: usize,
    outcomes: BTreeMap<usize, Outcome>,
    on_event: &'a mut dyn FnMut(ApplyEvent<'_>),
}

impl<C: Change> Applier<'_, C> {
    async fn run(&mut self, changes: &[usize]) {
        let decisions = &self.plan.decisions;
        let freeing: BTreeSet<&SessionId> =
            decisions.iter().filter_map(|d| d.after.as_ref()).flat_map(|p| &p.sessions).collect();
        let (mut raising, mut waiting, mut frees, mut lowering) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for &i in changes {
            let decision = &decisions[i];
            let frees_a_place = decision.action.session().is_some_and(|s| freeing.contains(s));
            match decision.action.verb() {
                Verb::Delete if frees_a_place => frees.push(i),
                Verb::Delete => lowering.push(i),
                _ if decision.after.is_some() => waiting.push(i),
                _ => raising.push(i),
            }
        }
        self.raise(&raising).await;
        self.batch(&frees).await;
        self.take_freed_places(waiting).await;
        self.batch(&lowering).await;
    }

    /// Carries some changes out, a few at a time.
    async fn batch(&mut self, indices: &[usize]) {
        let (decisions, shared) = (&self.plan.decisions, &self.shared);
        let mut running = stream::iter(indices.iter().copied())
            .map(|i| async move { (i, within_grace(shared, &decisions[i]).await) })
            .buffer_unordered(self.concurrency);
        while let Some((i, outcome)) = running.next().await {
            (self.on_event)(ApplyEvent::Changed { decision: &decisions[i], outcome: &outcome });
            self.outcomes.insert(i, outcome);
        }
    }

    /// Creates and repairs: first what AWS is known to take, then the families that the list does not know.
    async fn raise(&mut self, indices: &[usize]) {
        let mut known = Vec::new();
        let mut families: BTreeMap<&str, VecDeque<usize>> = BTreeMap::new();
        for &i in indices {
            match &self.plan.decisions[i].reason {
                Reason::NewFamily { family } => families.entry(family).or_default().push_back(i),
                _ => known.push(i),
            }
        }
        self.batch(&known).await;
        self.try_families(families).await;
    }

    /// Tries one interface of each family that the list does not know; the rest follows where AWS took the one.
    async fn try_families(&mut self, mut families: BTreeMap<&str, VecDeque<usize>>) {
        while !families.is_empty() {
            let probes: Vec<usize> =
                families.values_mut().filter_map(VecDeque::pop_front).collect();
            self.batch(&probes).await;
            let mut accepted = Vec::new();
            for &probe in &probes {
                let Reason::NewFamily { family } = &self.plan.decisions[probe].reason else {
                    continue;
                };
                match self.outcomes.get(&probe) {
                    Some(Outcome::TypeRefused { family: refused }) => {
                        let outcome = Outcome::TypeRefused { family: refused.clone() };
                        for i in families.remove(family.as_str()).unwrap_or_default() {
                            self.note(i, outcome.clone());
                        }
                    }
                    Some(Outcome::Done { .. } | Outcome::AlreadyDone { .. }) => {
                        accepted.extend(families.remove(family.as_str()).unwrap_or_default());
                    }
                    // It says nothing about the family: the next interface is tried.
                    Some(Outcome::Gone | Outcome::NotDone(_) | Outcome::Failed(_)) | None => {}
                }
            }
            self.batch(&accepted).await;
            families.retain(|_, rest| !rest.is_empty());
        }
    }

    /// Carries out what takes a place that another change frees, link by link along the chain.
    async fn take_freed_places(&mut self, mut waiting: Vec<usize>) {
        let place_of: BTreeMap<&SessionId, usize> = self
            .plan
            .decisions
            .iter()
            .enumerate()
            .filter(|(_, d)| d.action.is_change())
            .filter_map(|(i, d)| Some((d.action.session()?, i)))
            .collect();
        while !waiting.is_empty() {
            // Whether the place of a change is free now; nothing while what frees it is still to be done.
            let is_free = |i: usize| -> Option<bool> {
                let place = self.plan.decisions[i].after.as_ref()?;
                let freed_by = |s| self.outcomes.get(place_of.get(s)?);
                let outcomes: Option<Vec<&Outcome>> = place.sessions.iter().map(freed_by).collect();
                Some(outcomes?.into_iter().all(Outcome::is_reached))
            };
            let (ready, rest): (Vec<usize>, Vec<usize>) =
                waiting.iter().partition(|&&i| is_free(i).is_some());
            if ready.is_empty() {
                // Nothing that could free a place is left; the planner makes no such chain.
                for i in rest {
                    self.note(i, Outcome::NotDone(NotDone::PlaceNotFreed));
                }
                return;
            }
            let (free, taken): (Vec<usize>, Vec<usize>) =
                ready.iter().partition(|&&i| is_free(i) == Some(true));
            for i in taken {
                let stopped = self.shared.stop.given().map(NotDone::Stopped);
                self.note(i, Outcome::NotDone(stopped.unwrap_or(NotDone::PlaceNotFreed)));
            }
            self.raise(&free).await;
            waiting = rest;
        }
    }

    fn note(&mut self, i: usize, outcome: Outcome) {
        let decision = &self.plan.decisions[i];
        (self.on_event)(ApplyEvent::Changed { decision, outcome: &outcome });
        self.outcomes.insert(i, outcome);
    }
}

/// Carries one change out. Once the run is to stop, it has its grace left; then it is given up, whatever became of it: the
/// next run sees.
async fn within_grace<C: Change>(shared: &Shared<'_, C>, decision: &Decision) -> Outcome {
    let change = pin!(shared.carry_out(decision));
    match select(change, pin!(shared.stop.end_of_grace())).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right((reason, _)) => Outcome::NotDone(NotDone::GivenUp(reason)),
    }
}
