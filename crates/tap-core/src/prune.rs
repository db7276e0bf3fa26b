//! Removes appliances that nobody needs, one after the other: the targets first, so that nobody is mirrored to an instance
//! that goes, then the instance. A failure of one is never the end of the others.

use crate::cloud::MakeAppliances;
use crate::error::{CloudError, ErrorKind};
use crate::ids::TargetId;
use crate::stop::StopSignal;
use crate::survey::{ApplianceInstance, ApplianceSurvey, Standing};

/// What became of an appliance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pruned {
    /// It is gone.
    Done,
    /// It is in use since it was looked at, and stays.
    InUse {
        /// The target that is used.
        target: TargetId,
    },
    /// It was not tried: the program was stopped before.
    NotTried,
    /// Something of it is still there.
    Failed {
        /// Why.
        error: CloudError,
        /// Whether a target was removed before.
        is_half_done: bool,
    },
}

impl Pruned {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::InUse { .. } => "in-use",
            Self::NotTried => "not-tried",
            Self::Failed { is_half_done: false, .. } => "failed",
            Self::Failed { is_half_done: true, .. } => "half-done",
        }
    }

    /// Why it is not done, where AWS or the network is to blame.
    pub fn error(&self) -> Option<&CloudError> {
        match self {
            Self::Done | Self::InUse { .. } | Self::NotTried => None,
            Self::Failed { error, .. } => Some(error),
        }
    }

    /// Whether something of it may be gone.
    pub fn is_change(&self) -> bool {
        match self {
            Self::Done => true,
            Self::InUse { .. } | Self::NotTried => false,
            Self::Failed { error, is_half_done } => *is_half_done || error.kind.is_unclear(),
        }
    }
}

/// Removes an appliance that is [idle](Standing::Idle); `stop` is looked at before anything is done. What another run began
/// since it was surveyed is left alone, as far as AWS shows or refuses it.
pub async fn prune<C: MakeAppliances + Sync>(
    cloud: &C,
    appliance: &ApplianceSurvey,
    stop: &StopSignal,
) -> Pruned {
    let ApplianceSurvey { rule: _, subnet: _, instance, targets, sources: _, limit: _, standing } =
        appliance;
    if stop.given().is_some() || *standing != Standing::Idle {
        return Pruned::NotTried;
    }
    let mut is_half_done = false;
    for target in targets {
        match cloud.delete_target(target).await {
            Ok(()) => is_half_done = true,
            Err(error) if error.kind == ErrorKind::InUse => {
                return Pruned::InUse { target: target.clone() };
            }
            Err(error) => return Pruned::Failed { error, is_half_done },
        }
    }
    let Some(ApplianceInstance { id, enis, .. }) = instance else { return Pruned::Done };
    // A run may have taken it for unfinished by now, and made its target again.
    for eni in enis {
        match cloud.target_of(eni).await {
            Ok(None) => {}
            Ok(Some(target)) if targets.contains(&target) => {}
            Ok(Some(target)) => return Pruned::InUse { target },
            Err(error) => return Pruned::Failed { error, is_half_done },
        }
    }
    match cloud.terminate(id).await {
        Ok(()) => Pruned::Done,
        Err(error) => Pruned::Failed { error, is_half_done },
    }
}
