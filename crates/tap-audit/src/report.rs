//! The whole of a run: what was found out about each region, or why it was not.

use tap_core::ids::{AccountId, Region};
use tap_core::moment::Moment;

use crate::finding::Finding;
use crate::model::Audit;
use crate::severity::Severity;

/// What an audit of one or several regions gives: every output is made from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The account.
    pub account: AccountId,
    /// When it was made.
    pub at: Moment,
    /// The version of the program.
    pub version: &'static str,
    /// From which severity on a finding makes the run partial; none where the user set none.
    pub fail_on: Option<Severity>,
    /// The regions, in the order of the command line.
    pub regions: Vec<RegionReport>,
}

/// One region of it.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there is one per region")]
pub enum RegionReport {
    /// It was looked at.
    Audited(Audit),
    /// It could not be.
    Failed {
        /// The region.
        region: Region,
        /// What failed, on which resource, what AWS said.
        error: String,
        /// The stable name of the kind of error.
        kind: &'static str,
        /// What to do.
        remedy: String,
    },
}

impl Report {
    /// The regions that were looked at.
    pub fn audits(&self) -> impl Iterator<Item = &Audit> {
        self.regions.iter().filter_map(|region| match region {
            RegionReport::Audited(audit) => Some(audit),
            RegionReport::Failed { .. } => None,
        })
    }

    /// All findings, each with the audit that it is of.
    pub fn findings(&self) -> impl Iterator<Item = (&Audit, &Finding)> {
        self.audits().flat_map(|audit| audit.findings.iter().map(move |finding| (audit, finding)))
    }

    /// Whether something is found at or above the severity of [`Report::fail_on`].
    pub fn fails(&self) -> bool {
        let worst = self.audits().filter_map(Audit::worst).max();
        self.fail_on.is_some_and(|limit| worst.is_some_and(|worst| worst >= limit))
    }
}
