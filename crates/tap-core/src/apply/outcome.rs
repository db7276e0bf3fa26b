//! What became of each decision, and of the filter, when the plan was applied: again a closed set.

use std::collections::BTreeMap;
use std::fmt;

use crate::error::CloudError;
use crate::ids::{FilterId, InstanceId, SessionId, TargetId};
use crate::inventory::{ApplianceRef, FilterKey};
use crate::stop::StopReason;

/// Why a change was not even tried, or given up without being a failure of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotDone {
    /// The run was stopped before.
    Stopped(StopReason),
    /// It was under way when the run was stopped, and got no answer in the time that was left. It may have been done.
    GivenUp(StopReason),
    /// The filter that it needs could not be made or completed.
    NoFilter,
    /// The place on the target that another change was to free is not free.
    PlaceNotFreed,
    /// The target is full, as AWS said when this or an earlier source was tried.
    TargetFull {
        /// The target.
        target: TargetId,
    },
    /// The account has all the sessions that AWS allows it.
    AccountLimit,
    /// The appliance that it needs could not be made.
    NoAppliance,
    /// The run has launched as many appliances as it may.
    ApplianceLimit,
}

impl NotDone {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Stopped(reason) => reason.code(),
            Self::GivenUp(_) => "given-up",
            Self::NoFilter => "no-filter",
            Self::PlaceNotFreed => "place-not-freed",
            Self::TargetFull { .. } => "target-full",
            Self::AccountLimit => "account-limit",
            Self::NoAppliance => "no-appliance",
            Self::ApplianceLimit => "appliance-limit",
        }
    }
}

impl fmt::Display for NotDone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped(StopReason::Interrupted) => write!(f, "the run was interrupted before"),
            Self::Stopped(StopReason::TimedOut) => {
                write!(f, "the time of --timeout was over before")
            }
            Self::GivenUp(_) => {
                write!(
                    f,
                    "AWS had not answered when the run had to end: the next run sees what became of it"
                )
            }
            Self::NoFilter => write!(f, "its filter could not be made"),
            Self::PlaceNotFreed => write!(f, "the place on its target did not become free"),
            Self::TargetFull { target } => {
                write!(
                    f,
                    "{target} is full: use a larger appliance, a second target or a load balancer"
                )
            }
            Self::AccountLimit => write!(f, "the account has all the sessions that AWS allows it"),
            Self::NoAppliance => write!(f, "its appliance could not be made"),
            Self::ApplianceLimit => {
                write!(f, "the run has launched as many appliances as --max-appliances allows")
            }
        }
    }
}

/// What became of one decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done {
        /// The session, new or old.
        session: SessionId,
    },
    /// Somebody else, most likely another run, had done it.
    AlreadyDone {
        /// The session that was found.
        session: SessionId,
    },
    /// The interface or the session is gone since it was read. Not a failure.
    Gone,
    /// AWS does not mirror this family, which is newer than the list. Not a failure.
    TypeRefused {
        /// The family.
        family: String,
    },
    /// It was not done, for a reason that lies elsewhere.
    NotDone(NotDone),
    /// It failed.
    Failed(CloudError),
}

impl Outcome {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::AlreadyDone { .. } => "already-done",
            Self::Gone => "gone",
            Self::TypeRefused { .. } => "type-refused",
            Self::NotDone(_) => "not-done",
            Self::Failed(_) => "failed",
        }
    }

    /// Whether the account is as the decision wanted it.
    pub fn is_reached(&self) -> bool {
        match self {
            Self::Done { .. } | Self::AlreadyDone { .. } | Self::Gone => true,
            Self::TypeRefused { .. } | Self::NotDone(_) | Self::Failed(_) => false,
        }
    }

    /// Whether it makes the run partial.
    pub fn is_failure(&self) -> bool {
        match self {
            Self::NotDone(_) | Self::Failed(_) => true,
            Self::Done { .. }
            | Self::AlreadyDone { .. }
            | Self::Gone
            | Self::TypeRefused { .. } => false,
        }
    }
}

/// What became of a filter that was to be created or completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterOutcome {
    /// It was created or completed.
    Done {
        /// The filter.
        filter: FilterId,
    },
    /// The run was stopped before.
    Stopped(StopReason),
    /// It failed: no session that needs it was created.
    Failed(CloudError),
}

/// What became of an appliance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApplianceOutcome {
    /// It takes sources.
    Ready {
        /// Its instance.
        instance: InstanceId,
        /// Its target.
        target: TargetId,
    },
    /// It was terminated: nothing needed it.
    Removed,
    /// Nothing was done: it is in use by now, or gone.
    LeftAlone,
    /// It was not done, for a reason that lies elsewhere.
    NotDone {
        /// Why.
        why: NotDone,
        /// The instance that is there without a target: a later run finishes or removes it.
        left: Option<InstanceId>,
    },
    /// It failed.
    Failed {
        /// What failed.
        error: CloudError,
        /// The instance that was launched and could not be terminated again: a later run finishes or removes it.
        left: Option<InstanceId>,
    },
}

impl ApplianceOutcome {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ready { .. } => "ready",
            Self::Removed => "removed",
            Self::LeftAlone => "left-alone",
            Self::NotDone { .. } => "not-done",
            Self::Failed { .. } => "failed",
        }
    }

    /// Whether it makes the run partial.
    pub fn is_failure(&self) -> bool {
        match self {
            Self::NotDone { .. } | Self::Failed { .. } => true,
            Self::Ready { .. } | Self::Removed | Self::LeftAlone => false,
        }
    }
}

/// What became of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Applied {
    /// What became of each filter that was to be created or completed.
    pub filters: BTreeMap<FilterKey, FilterOutcome>,
    /// What became of each appliance.
    pub appliances: BTreeMap<ApplianceRef, ApplianceOutcome>,
    /// What became of each change, by the decision's place in the plan.
    pub outcomes: BTreeMap<usize, Outcome>,
    /// Set where the run was stopped before all was done.
    pub stopped: Option<StopReason>,
}
