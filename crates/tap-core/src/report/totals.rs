//! The totals of a scope: changes, coverage and cost.

use serde::Serialize;

use crate::apply::Outcome;
use crate::plan::{Action, Verb};
use crate::report::ScopeReport;

/// Hours in a month, as AWS counts them for its prices.
const HOURS_PER_MONTH: f64 = 730.0;

/// The numbers of a scope. In a dry run they say how it would be once the plan is applied.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Totals {
    /// Interfaces decided about.
    pub interfaces: usize,
    /// Decisions to create.
    pub create: usize,
    /// Decisions to modify.
    pub modify: usize,
    /// Decisions to delete.
    pub delete: usize,
    /// Decisions to keep.
    pub keep: usize,
    /// Decisions to skip.
    pub skip: usize,
    /// Changes that were made, or found made.
    pub done: usize,
    /// Changes that failed or were not done.
    pub failed: usize,
    /// Interfaces that should be mirrored and can be.
    pub eligible: usize,
    /// Those of them with an owned session before the run.
    pub mirrored_before: usize,
    /// Those of them with an owned session after it.
    pub mirrored: usize,
    /// Owned sessions after the run.
    pub sessions: usize,
    /// Sessions of others.
    pub foreign_sessions: usize,
}

impl Totals {
    /// Counts one scope.
    pub fn of(report: &ScopeReport) -> Self {
        let ScopeReport { plan, applied } = report;
        let mut totals = Self {
            create: plan.count(Verb::Create),
            modify: plan.count(Verb::Modify),
            delete: plan.count(Verb::Delete),
            keep: plan.count(Verb::Keep),
            skip: plan.count(Verb::Skip),
            sessions: plan.owned,
            foreign_sessions: plan.foreign,
            ..Self::default()
        };
        for (i, decision) in plan.decisions.iter().enumerate() {
            totals.interfaces += usize::from(!decision.leftover);
            let outcome = applied.as_ref().and_then(|applied| applied.outcomes.get(&i));
            if let Some(outcome) = outcome {
                totals.done += usize::from(outcome.is_reached());
                totals.failed += usize::from(outcome.is_failure());
            }
            // Without outcomes the plan speaks: as though all of it were done, unless it is refused.
            let reached = match outcome {
                Some(outcome) => outcome.is_reached(),
                None => plan.refusal.is_none() && applied.is_none(),
            };
            let vanished = matches!(outcome, Some(Outcome::Gone));
            let (before, after) = match &decision.action {
                Action::Create { .. } => (false, reached && !vanished),
                Action::Modify { .. } => (true, !vanished),
                Action::Delete { .. } => (true, !reached),
                Action::Keep { .. } => (true, true),
                Action::Skip => (false, false),
            };
            totals.sessions += usize::from(after && !before);
            totals.sessions -= usize::from(before && !after).min(totals.sessions);
            let refused = matches!(outcome, Some(Outcome::TypeRefused { .. }));
            if decision.eligible && !refused && (before || !vanished) {
                totals.eligible += 1;
                totals.mirrored_before += usize::from(before);
                totals.mirrored += usize::from(after);
            }
        }
        totals
    }

    /// Adds another scope's numbers.
    #[must_use]
    pub fn plus(self, other: &Self) -> Self {
        Self {
            interfaces: self.interfaces + other.interfaces,
            create: self.create + other.create,
            modify: self.modify + other.modify,
            delete: self.delete + other.delete,
            keep: self.keep + other.keep,
            skip: self.skip + other.skip,
            done: self.done + other.done,
            failed: self.failed + other.failed,
            eligible: self.eligible + other.eligible,
            mirrored_before: self.mirrored_before + other.mirrored_before,
            mirrored: self.mirrored + other.mirrored,
            sessions: self.sessions + other.sessions,
            foreign_sessions: self.foreign_sessions + other.foreign_sessions,
        }
    }

    /// Mirrored of eligible interfaces, in percent with one decimal, rounded down so that only all is 100; none where
    /// nothing is eligible.
    pub fn coverage_percent(&self) -> Option<f64> {
        (self.eligible > 0)
            .then(|| (self.mirrored as f64 * 1000.0 / self.eligible as f64).floor() / 10.0)
    }

    /// USD per hour for the owned sessions.
    pub fn cost_per_hour(&self, price: f64) -> f64 {
        self.sessions as f64 * price
    }

    /// USD per month for the owned sessions.
    pub fn cost_per_month(&self, price: f64) -> f64 {
        self.cost_per_hour(price) * HOURS_PER_MONTH
    }
}
