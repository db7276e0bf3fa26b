//! What a run settled of what it was for. Pure.
//!
//! ```text
//!   not yet     launched, and not shown or still on its way; leaving, and shown as though it stayed     looked at again
//!   left        the time was over before it was done                                                     goes on from the queue
//!   failed      the run as a whole, or a change of something that is named                               an error
//! ```
//!
//! What is left alone because of a full target, a number that is taken or tags that make no sense is settled: it would be no
//! other the next time. The report and the metrics have it.

use std::collections::{BTreeMap, BTreeSet};

use tap_core::apply::{Applied, FilterOutcome, NotDone, Outcome};
use tap_core::error::ErrorKind;
use tap_core::ids::{InstanceId, VpcId};
use tap_core::plan::{Action, Decision, Plan, Reason};

use crate::event::Work;
use crate::orders::Order;

/// What is said of what was not done in time.
const TIME_IS_OVER: &str = "the time of the invocation was over before it was done";

/// Why something is not settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// It failed.
    Failed(String),
    /// The time was over before.
    Left(String),
}

/// What was not settled, over all runs of an invocation.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Troubles {
    everything: Option<Trouble>,
    instances: BTreeMap<InstanceId, Trouble>,
    vpcs: BTreeMap<VpcId, Trouble>,
}

impl Troubles {
    /// Something kept a run from all that it was for.
    pub fn with_all(&mut self, order: &Order, trouble: &Trouble) {
        if order.narrow.is_whole() {
            keep(&mut self.everything, trouble);
        }
        self.with_instances(order.named.keys(), trouble);
        for id in &order.narrow.vpcs {
            keep_in(&mut self.vpcs, id, trouble);
        }
    }

    /// Something is wrong with some instances.
    pub fn with_instances<'a>(
        &mut self,
        ids: impl IntoIterator<Item = &'a InstanceId>,
        trouble: &Trouble,
    ) {
        for id in ids {
            keep_in(&mut self.instances, id, trouble);
        }
    }

    /// Something is wrong with the run of everything.
    pub fn with_everything(&mut self, trouble: &Trouble) {
        keep(&mut self.everything, trouble);
    }

    /// What a run failed in, and what it left.
    pub fn of_run(&mut self, order: &Order, plan: &Plan, applied: &Applied) {
        let has_begun = applied.outcomes.values().any(Outcome::is_reached)
            || applied.filters.values().any(|f| matches!(f, FilterOutcome::Done { .. }));
        for (key, outcome) in &applied.filters {
            if let FilterOutcome::Failed(error) = outcome {
                self.with_all(order, &Trouble::Failed(format!("the filter ({key}): {error}")));
            }
        }
        if applied.stopped.is_some() && !has_begun {
            let what = "the time was over before anything was changed".to_owned();
            self.with_all(order, &Trouble::Failed(what));
            return;
        }
        // The next run may launch more; nothing but this event may ask for it again.
        for decision in plan.decisions.iter() {
            if let (Reason::ApplianceLimit { .. }, Some(id)) =
                (&decision.reason, decision.instance.as_ref())
                && order.named.contains_key(id)
            {
                let trouble = Trouble::Failed(format!("{}: {}", decision.eni, decision.reason));
                keep_in(&mut self.instances, id, &trouble);
            }
        }
        for (&i, outcome) in &applied.outcomes {
            let Some(decision) = plan.decisions.get(i).filter(|_| outcome.is_failure()) else {
                continue;
            };
            let trouble = of_outcome(decision, outcome);
            if order.narrow.is_whole() {
                keep(&mut self.everything, &trouble);
            }
            if let Some(id) = decision.instance.as_ref().filter(|id| order.named.contains_key(*id))
            {
                keep_in(&mut self.instances, id, &trouble);
            }
            if let Some(id) = decision.vpc.as_ref().filter(|id| order.narrow.vpcs.contains(*id)) {
                keep_in(&mut self.vpcs, id, &trouble);
            }
        }
    }

    /// What keeps a work from being settled.
    pub fn of(&self, work: &Work) -> Option<&Trouble> {
        let of_instances =
            |ids: &BTreeSet<InstanceId>| ids.iter().find_map(|id| self.instances.get(id));
        match work {
            Work::Everything => self.everything.as_ref(),
            Work::Launched(ids) | Work::Leaving(ids) | Work::Finding { instances: ids, .. } => {
                of_instances(ids)
            }
            Work::Tagged { instances, vpcs } => {
                // Where all of it was one run, what it failed in stands there.
                let of_vpcs = vpcs.iter().find_map(|id| self.vpcs.get(id));
                let of_whole = self.everything.as_ref().filter(|_| !vpcs.is_empty());
                of_instances(instances).or(of_vpcs).or(of_whole)
            }
            Work::Ignored(_) => None,
        }
    }
}

/// What is left outweighs what failed: who goes on tries that again, too.
fn keep(slot: &mut Option<Trouble>, trouble: &Trouble) {
    match (&slot, trouble) {
        (None, _) | (Some(Trouble::Failed(_)), Trouble::Left(_)) => *slot = Some(trouble.clone()),
        (Some(_), _) => {}
    }
}

fn keep_in<K: Ord + Clone>(map: &mut BTreeMap<K, Trouble>, key: &K, trouble: &Trouble) {
    let mut slot = map.remove(key);
    keep(&mut slot, trouble);
    map.extend(slot.map(|kept| (key.clone(), kept)));
}

fn of_outcome(decision: &Decision, outcome: &Outcome) -> Trouble {
    let eni = &decision.eni;
    match outcome {
        Outcome::NotDone(NotDone::Stopped(_) | NotDone::GivenUp(_)) => {
            Trouble::Left(format!("{eni}: {TIME_IS_OVER}"))
        }
        Outcome::Failed(error) if error.kind == ErrorKind::Stopped => {
            Trouble::Left(format!("{eni}: {TIME_IS_OVER}"))
        }
        Outcome::NotDone(why) => Trouble::Failed(format!("{eni}: {why}")),
        Outcome::Failed(error) => Trouble::Failed(format!("{eni}: {error}")),
        Outcome::Done { .. }
        | Outcome::AlreadyDone { .. }
        | Outcome::Gone
        | Outcome::TypeRefused { .. } => Trouble::Failed(format!("{eni}: {}", outcome.code())),
    }
}

/// What a plan shows of an instance that is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Nothing of it.
    Nothing,
    /// It, or an interface of it, is on its way.
    OnItsWay,
    /// It stays: it has a session, or gets one.
    Staying,
    /// Nothing that any event would change.
    Settled,
}

/// What a plan shows of an instance.
pub fn shown(id: &InstanceId, plan: &Plan) -> Shown {
    let of_it = plan.decisions.iter().filter(|d| d.instance.as_ref() == Some(id) && !d.leftover);
    let mut shown = Shown::Nothing;
    for decision in of_it {
        let this = match (&decision.reason, &decision.action) {
            (Reason::InTransition { .. }, _) => Shown::OnItsWay,
            (
                Reason::VpcMisconfigured(_)
                | Reason::RuleMisconfigured(_)
                | Reason::RulesNotGiven
                | Reason::HeldByPolicy { .. },
                _,
            ) => Shown::Settled,
            (_, Action::Create { .. } | Action::Modify { .. } | Action::Keep { .. }) => {
                Shown::Staying
            }
            (_, Action::Delete { .. } | Action::Skip) => Shown::Settled,
        };
        shown = match (shown, this) {
            (Shown::OnItsWay, _) | (_, Shown::OnItsWay) => Shown::OnItsWay,
            (Shown::Staying, _) | (_, Shown::Staying) => Shown::Staying,
            (Shown::Nothing | Shown::Settled, this) => this,
        };
    }
    shown
}

/// The instances that a run is to look at again, by what it saw of them.
pub fn not_yet(order: &Order, plan: &Plan) -> BTreeMap<InstanceId, Shown> {
    let mut waiting = BTreeMap::new();
    for (id, named) in &order.named {
        let shown = shown(id, plan);
        let waits = match shown {
            Shown::Nothing => named.must_appear(),
            Shown::OnItsWay => named.must_come_to_rest(),
            Shown::Staying => named.must_leave(),
            Shown::Settled => false,
        };
        if waits {
            waiting.insert(id.clone(), shown);
        }
    }
    waiting
}
