//! One order, to its end: the cycle of the command line, narrowed, and again for what EC2 does not show yet.
//!
//! An event may come before EC2 shows what it is about (docs/aws.md 7). It is looked at again after growing pauses, within
//! the time of the invocation; then the queue brings it again.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use serde_json::Value;
use tap_core::apply::{ApplyOptions, Change};
use tap_core::cloud::{Browse, Which};
use tap_core::cycle::{CycleError, run_cycle};
use tap_core::ids::InstanceId;
use tap_core::inventory::InstanceState;
use tap_core::plan::Plan;
use tap_core::report::ScopeReport;
use tap_core::settings::Settings;
use tap_core::stop::StopSignal;
use uuid::Uuid;

use crate::config::Config;
use crate::orders::Order;
use crate::report;
use crate::settle::{Shown, Trouble, Troubles, not_yet};
use crate::time::Time;

/// How long is waited for EC2 in one invocation, at most.
const PATIENCE: Duration = Duration::from_secs(20);

/// The first pause; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// What all runs of an invocation have in common.
pub struct Runs<'a, C, T> {
    /// The settings of the function.
    pub config: &'a Config,
    /// Those of the planner, with the rules.
    pub settings: &'a Settings,
    /// The scope.
    pub cloud: &'a C,
    /// The time.
    pub time: &'a T,
    /// When no new change is started any more.
    pub stop: &'a StopSignal,
    /// How many appliances may still be launched in all runs of the invocation.
    pub launches: Arc<AtomicUsize>,
    /// Where reports and metrics go, a line each.
    pub out: &'a (dyn Fn(&Value) + Sync),
}

impl<C: Change + Browse, T: Time> Runs<'_, C, T> {
    /// Carries an order out. What it does not settle goes to `troubles`.
    pub async fn carry_out(&self, order: Order, troubles: &mut Troubles) {
        let mut pauses = Pauses::within(PATIENCE.min(self.time.left() / 2));
        let mut part = order;
        loop {
            let Some(plan) = self.once(&part, troubles).await else { return };
            if let Some(refusal) = &plan.refusal {
                let trouble = Trouble::Failed(format!("refused: {refusal}"));
                match self.without_who_leaves(&part) {
                    Some(rest) => {
                        self.refuse_the_others(&part, &rest, &trouble, troubles);
                        part = rest;
                        continue;
                    }
                    None => return troubles.with_all(&part, &trouble),
                }
            }
            let mut waiting = not_yet(&part, &plan);
            if !waiting.is_empty() {
                self.forget_who_is_gone(&mut waiting, troubles).await;
            }
            if waiting.is_empty() {
                return;
            }
            let Some(pause) = pauses.next().filter(|_| self.stop.given().is_none()) else {
                return give_up(&waiting, &part, troubles);
            };
            let ids: BTreeSet<InstanceId> = waiting.into_keys().collect();
            tracing::info!(instances = ?ids, ?pause, "EC2 does not show it yet: looking again");
            self.time.pause(pause).await;
            part = part.about(ids);
        }
    }

    /// One cycle; none where it did not come to a plan.
    async fn once(&self, order: &Order, troubles: &mut Troubles) -> Option<Plan> {
        let settings = order.settings(self.settings, self.time.now());
        let options = ApplyOptions {
            launches: Arc::clone(&self.launches),
            ..ApplyOptions::new(self.config.concurrency, Uuid::new_v4(), 0)
        };
        let ran =
            run_cycle(self.cloud, &order.narrow, &settings, &options, self.stop, &mut |_| {}).await;
        match ran {
            Ok((plan, applied)) => {
                troubles.of_run(order, &plan, &applied);
                let report = ScopeReport { plan, applied: Some(applied) };
                for line in report::lines(&report, &settings, order, options.run_id) {
                    (self.out)(&line);
                }
                Some(report.plan)
            }
            Err(error) => {
                let text = one_line(&error);
                tracing::error!("{text}");
                troubles.with_all(order, &Trouble::Failed(text));
                None
            }
        }
    }

    /// The part of a refused order that removes nothing: instances that nobody expects to leave. A wrong tag somewhere else
    /// is no reason not to mirror what starts.
    fn without_who_leaves(&self, order: &Order) -> Option<Order> {
        let stay = |(id, named): (&InstanceId, &crate::orders::Named)| {
            (!named.leaving).then(|| id.clone())
        };
        let staying: BTreeSet<InstanceId> = order.named.iter().filter_map(stay).collect();
        let is_less = order.narrow.is_whole() || staying.len() < order.named.len();
        (is_less && !staying.is_empty()).then(|| order.about(staying))
    }

    fn refuse_the_others(
        &self,
        order: &Order,
        rest: &Order,
        trouble: &Trouble,
        troubles: &mut Troubles,
    ) {
        if order.narrow.is_whole() {
            troubles.with_everything(trouble);
        }
        let others = order.named.keys().filter(|id| !rest.named.contains_key(*id));
        troubles.with_instances(others, trouble);
    }

    /// Events come late, too: an instance that is not shown because it has ended meanwhile is nothing to wait for.
    async fn forget_who_is_gone(
        &self,
        waiting: &mut BTreeMap<InstanceId, Shown>,
        troubles: &mut Troubles,
    ) {
        let unseen = waiting.iter().filter(|(_, shown)| **shown == Shown::Nothing);
        let unseen: BTreeSet<InstanceId> = unseen.map(|(id, _)| id.clone()).collect();
        if unseen.is_empty() {
            return;
        }
        let seen = match self.cloud.instances(Which::Ids(&unseen)).await {
            Ok(seen) => seen,
            Err(error) => {
                troubles.with_instances(&unseen, &Trouble::Failed(error.to_string()));
                waiting.retain(|id, _| !unseen.contains(id));
                return;
            }
        };
        waiting.retain(|id, shown| {
            let state = seen.get(id).map(|instance| instance.state);
            let is_gone = *shown == Shown::Nothing
                && match state {
                    Some(
                        InstanceState::ShuttingDown
                        | InstanceState::Terminated
                        | InstanceState::Stopping
                        | InstanceState::Stopped,
                    ) => true,
                    Some(
                        InstanceState::Pending | InstanceState::Running | InstanceState::Unknown,
                    )
                    | None => false,
                };
            if let (true, Some(state)) = (is_gone, state) {
                tracing::info!(instance = %id, state = state.as_str(), "superseded: it has ended meanwhile");
            }
            !is_gone
        });
    }
}

/// What EC2 does not show as the events say, and time is over.
fn give_up(waiting: &BTreeMap<InstanceId, Shown>, order: &Order, troubles: &mut Troubles) {
    for (id, shown) in waiting {
        let must_leave = order.named.get(id).is_some_and(|named| named.must_leave());
        if must_leave {
            tracing::info!(instance = %id, "superseded: EC2 shows that it runs");
            continue;
        }
        let what = match shown {
            Shown::Nothing => "EC2 does not show it, or no interface of it, yet",
            Shown::OnItsWay => "it, or an interface of it, is still on its way",
            Shown::Staying | Shown::Settled => "it is not as its event says",
        };
        tracing::warn!(instance = %id, "not settled: {what}");
        troubles.with_instances([id], &Trouble::Failed(format!("{id}: {what}")));
    }
}

/// Growing pauses, until the time for them is over.
struct Pauses {
    left: Duration,
    next: Duration,
}

impl Pauses {
    fn within(time: Duration) -> Self {
        Self { left: time, next: FIRST_PAUSE }
    }
}

impl Iterator for Pauses {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let pause = self.next;
        self.left = self.left.checked_sub(pause)?;
        self.next = pause * 2;
        Some(pause)
    }
}

/// An error and its causes, in one line.
fn one_line(error: &CycleError) -> String {
    if let CycleError::Stopped(_) = error {
        return "the time of the invocation was over before the account was read: give the function more time, or more memory, which is speed, too".to_owned();
    }
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    text
}
