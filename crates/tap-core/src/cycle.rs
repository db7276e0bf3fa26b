//! One cycle over one scope: observe, plan, guard, and, unless it is a dry run, apply. The body of every shell.

use crate::apply::{Applied, ApplyEvent, ApplyOptions, apply};
use crate::cloud::{Act, Observe};
use crate::error::CloudError;
use crate::inventory::{Inventory, Narrow};
use crate::plan::{Plan, PlanError, guard, plan};
use crate::settings::Settings;
use crate::stop::StopSignal;

/// Why a cycle could not begin to change anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CycleError {
    /// The account could not be read to the end.
    #[error("cannot read the account: nothing was changed")]
    Read(#[source] CloudError),
    /// The user named something that is not there.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// Reads a scope and decides everything about it. Nothing is changed.
///
/// # Errors
/// [`CycleError`] where a read fails or the user named what is not there.
pub async fn decide<C: Observe>(
    cloud: &C,
    narrow: &Narrow,
    settings: &Settings,
) -> Result<(Inventory, Plan), CycleError> {
    let inventory = cloud.inventory(narrow, &settings.keys).await.map_err(CycleError::Read)?;
    let plan = guard(plan(&inventory, settings)?, settings);
    Ok((inventory, plan))
}

/// Reads, decides and applies.
///
/// # Errors
/// As [`decide`]; what fails while it is applied is an outcome, not an error.
pub async fn run_cycle<C: Observe + Act>(
    cloud: &C,
    narrow: &Narrow,
    settings: &Settings,
    options: &ApplyOptions,
    stop: &StopSignal,
    on_event: &mut dyn FnMut(ApplyEvent<'_>),
) -> Result<(Plan, Applied), CycleError> {
    let (_, plan) = decide(cloud, narrow, settings).await?;
    let applied = apply(&plan, settings, cloud, options, stop, on_event).await;
    Ok((plan, applied))
}
