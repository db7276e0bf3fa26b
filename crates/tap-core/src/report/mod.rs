//! The report: what a run found, decided and did, as numbers and as one JSON document. Pure text work; printing is for the
//! shells.

mod document;
mod totals;

pub use document::{
    Document, SCHEMA_VERSION, error as error_document, scope_document, totals as totals_document,
    usd,
};
pub use totals::Totals;

use crate::apply::Applied;
use crate::plan::Plan;

/// What became of one scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeReport {
    /// What was decided.
    pub plan: Plan,
    /// What became of it; none in a dry run or where a guard refused the plan.
    pub applied: Option<Applied>,
}

impl ScopeReport {
    /// Whether everything was done that should be done.
    pub fn is_partial(&self) -> bool {
        use crate::apply::FilterOutcome;
        let Self { plan, applied } = self;
        let left_alone = plan.findings.iter().any(|f| f.is_error())
            || plan.decisions.iter().any(|d| d.is_blocked());
        let failed = applied.as_ref().is_some_and(|applied| {
            let filter_failed = |outcome: &FilterOutcome| match outcome {
                FilterOutcome::Done { .. } => false,
                FilterOutcome::Stopped(_) | FilterOutcome::Failed(_) => true,
            };
            applied.filters.values().any(filter_failed)
                || applied.outcomes.values().any(|o| o.is_failure())
                || applied.appliances.values().any(|o| o.is_failure())
        });
        left_alone || failed
    }
}
