//! What would be made and written, worked out before the last question: plain data that is printed, agreed to, and then
//! carried out.

use anyhow::{Context as _, Result};
use cli_common::errors::Fault;
use tap_core::build::{BuildPlan, Refusal, Wanted, look, plan_build};
use tap_core::ids::{TargetId, VpcId};
use tap_core::policy::vpc::Enrollment;
use tap_core::settings::Settings;
use tap_core::survey::{Effect, NEW_TARGET};

use crate::change::{Changes, Wish};
use crate::table;
use crate::view::View;

/// The plan of one region.
pub(crate) struct Planned<'a> {
    /// The region.
    pub(crate) view: &'a View,
    /// The target to be found or made, if one is.
    pub(crate) build: Option<BuildPlan>,
    /// The tags to be written.
    pub(crate) changes: Changes,
    /// What the next run does then.
    pub(crate) effect: Effect,
    /// What a person should know about the target.
    pub(crate) warnings: Vec<String>,
}

impl<'a> Planned<'a> {
    /// Works a region's changes out.
    pub(crate) fn of(
        view: &'a View,
        ids: &[VpcId],
        wish: &Wish,
        build: Option<BuildPlan>,
        settings: &Settings,
    ) -> Result<Self> {
        let vpcs = ids.iter().filter_map(|id| view.vpcs.get_key_value(id));
        let changes = Changes::of(wish, vpcs, &view.inventory, &settings.keys)?;
        let effect = changes.effect(&view.inventory, settings)?;
        let mut warnings = Vec::new();
        if let Wish::Enable { target, .. } = wish
            && let Some(found) = view.targets.get(target)
        {
            let from: Vec<&VpcId> = ids.iter().collect();
            warnings = table::warnings(view, found, &from);
        }
        if let Some(build) = &build {
            warnings.extend(build.notes.iter().map(ToString::to_string));
        }
        Ok(Self { view, build, changes, effect, warnings })
    }

    /// Whether anything is to be made or written.
    pub(crate) fn is_change(&self) -> bool {
        !self.changes.by_vpc.is_empty() || self.build.as_ref().is_some_and(BuildPlan::is_change)
    }
}

/// Looks up what is there of a target that is wanted, and what would have to be made.
///
/// # Errors
/// What AWS says; a [`Fault`] with everything that does not fit.
pub(crate) async fn build_plan(
    view: &View,
    wanted: &Wanted,
    settings: &Settings,
) -> Result<BuildPlan> {
    let unread = "cannot look up what there is to make the target from: nothing was changed";
    let facts = look(&view.cloud, &view.scope, wanted, &settings.keys).await.context(unread)?;
    plan_build(&facts, &settings.keys).map_err(|refusals| refused(&refusals).into())
}

fn refused(refusals: &[Refusal]) -> Fault {
    let what: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    let mut remedies: Vec<&str> = refusals.iter().map(Refusal::remedy).collect();
    remedies.dedup();
    Fault::new(
        "cannot-make-target",
        format!("{}: nothing was changed", what.join("; ")),
        remedies.join("; "),
    )
}

/// The wish with the target that is there, or with the stand-in of one that is still to be made.
pub(crate) fn enable(
    build: Option<&BuildPlan>,
    target: Option<TargetId>,
    enrollment: Option<Enrollment>,
) -> Wish {
    let made = build.and_then(BuildPlan::target);
    Wish::Enable {
        target: target.or(made).unwrap_or_else(|| TargetId::from(NEW_TARGET)),
        enrollment,
    }
}

/// How much the sessions of some regions cost: before, after, in USD per hour.
pub(crate) fn costs(planned: &[Planned<'_>], settings: &Settings) -> (f64, f64) {
    let sum = |sessions: fn(&Effect) -> usize| -> usize {
        planned.iter().map(|planned| sessions(&planned.effect)).sum()
    };
    let price = settings.price_per_hour;
    let before = sum(|effect| effect.sessions_before) as f64 * price;
    (before, sum(Effect::sessions_after) as f64 * price)
}
