//! One cycle over one scope: observe, plan, guard, and, unless it is a dry run, apply. A shell for one scope runs it whole;
//! one that has to look at the plan in between takes [`decide`] and applies what it gave.

use std::pin::pin;

use futures::future::{Either, select};

use crate::apply::{Applied, ApplyEvent, ApplyOptions, Change, apply};
use crate::cloud::Observe;
use crate::error::CloudError;
use crate::inventory::{Inventory, Narrow};
use crate::plan::{Plan, PlanError, guard, plan};
use crate::settings::Settings;
use crate::stop::{StopReason, StopSignal};

/// Why a cycle could not begin to change anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CycleError {
    /// The account could not be read to the end.
    #[error("cannot read the account: nothing was changed")]
    Read(#[source] CloudError),
    /// The user named something that is not there.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The run was to stop before the account was read to the end.
    #[error("{} before the account was read: nothing was changed", stopped(*.0))]
    Stopped(StopReason),
}

fn stopped(reason: StopReason) -> &'static str {
    match reason {
        StopReason::Interrupted => "interrupted",
        StopReason::TimedOut => "the time of --timeout was over",
    }
}

/// Reads a scope and decides everything about it. Nothing is changed. An endpoint that hangs holds it no longer than until
/// the run is to stop.
///
/// # Errors
/// [`CycleError`] where a read fails, the user named what is not there, or the run is to stop.
pub async fn decide<C: Observe>(
    cloud: &C,
    narrow: &Narrow,
    settings: &Settings,
    stop: &StopSignal,
) -> Result<(Inventory, Plan), CycleError> {
    let reading = pin!(cloud.inventory(narrow, settings));
    let inventory = match select(pin!(stop.wait()), reading).await {
        Either::Left((reason, _)) => return Err(CycleError::Stopped(reason)),
        Either::Right((read, _)) => read.map_err(CycleError::Read)?,
    };
    let plan = guard(plan(&inventory, settings)?, settings);
    Ok((inventory, plan))
}

/// Reads, decides and applies.
///
/// # Errors
/// As [`decide`]; what fails while it is applied is an outcome, not an error.
pub async fn run_cycle<C: Change>(
    cloud: &C,
    narrow: &Narrow,
    settings: &Settings,
    options: &ApplyOptions,
    stop: &StopSignal,
    on_event: &mut dyn FnMut(ApplyEvent<'_>),
) -> Result<(Plan, Applied), CycleError> {
    let (_, plan) = decide(cloud, narrow, settings, stop).await?;
    let applied = apply(&plan, settings, cloud, options, stop, on_event).await;
    Ok((plan, applied))
}
