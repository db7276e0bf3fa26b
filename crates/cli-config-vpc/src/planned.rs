//! What would be made and written, worked out before the last question: plain data that is printed, agreed to, and then
//! carried out.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use cli_common::errors::Fault;
use tap_core::build::{BuildPlan, Facts, Receiver, Refusal, Wanted, look, plan_build};
use tap_core::cloud::LookUp;
use tap_core::error::CloudError;
use tap_core::ids::{TargetId, VpcId};
use tap_core::inventory::TargetKind;
use tap_core::policy::vpc::Enrollment;
use tap_core::settings::Settings;
use tap_core::survey::{Effect, NEW_TARGET, Prospect};

use crate::change::{Changes, Wish};
use crate::table;
use crate::view::View;

/// A target that is to be found or made.
#[derive(Debug, Clone)]
pub(crate) struct Making {
    /// What is there, and what is to be made.
    build: BuildPlan,
    /// What it will deliver to.
    prospect: Prospect,
}

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
        making: Option<Making>,
        settings: &Settings,
    ) -> Result<Self> {
        let (build, prospect) = match making {
            Some(Making { build, prospect }) => (Some(build), Some(prospect)),
            None => (None, None),
        };
        let vpcs = ids.iter().filter_map(|id| view.vpcs.get_key_value(id));
        let changes = Changes::of(wish, vpcs, &view.inventory, &settings.keys)?;
        let stand_in = prospect.clone().unwrap_or_default();
        let effect = changes.effect(&view.inventory, settings, &stand_in)?;
        let from: Vec<&VpcId> = ids.iter().collect();
        let found = match wish {
            Wish::Enable { target, .. } => view.targets.get(target),
            Wish::Enroll(_) | Wish::Disable => None,
        };
        let mut warnings = match (found, &prospect) {
            (Some(found), _) => table::warnings(view, found, &from),
            (None, Some(prospect)) => table::ways(view, prospect.vpc.as_ref(), &from),
            (None, None) => Vec::new(),
        };
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
pub(crate) async fn make(view: &View, wanted: &Wanted, settings: &Settings) -> Result<Making> {
    let unread = "cannot look up what there is to make the target from: nothing was changed";
    let facts = look(&view.cloud, &view.scope, wanted, &settings.keys).await.context(unread)?;
    let build = plan_build(&facts, &settings.keys).map_err(|refusals| refused(&refusals))?;
    Ok(Making { prospect: prospect(view, facts).await.context(unread)?, build })
}

/// What a target delivers to that is still to be made, and who receives there: they are no sources.
async fn prospect(view: &View, facts: Facts) -> Result<Prospect, CloudError> {
    let kind = facts.receiver.kind();
    let mut receivers: BTreeSet<String> = BTreeSet::new();
    let vpc = match facts.receiver {
        Receiver::Eni { eni, .. } => {
            view.inventory.enis().find(|(_, _, e)| e.id == eni).map(|(_, _, e)| e.vpc.clone())
        }
        Receiver::Nlb { balancer, listeners, .. } => {
            for listener in listeners.iter().filter(|listener| listener.hears_mirrors()) {
                for group in &listener.groups {
                    receivers.extend(view.cloud.registered(group).await?);
                }
            }
            balancer.and_then(|balancer| balancer.vpc)
        }
        Receiver::GwlbEndpoint { endpoint, .. } => endpoint.map(|endpoint| endpoint.vpc),
        Receiver::NewNlb { new, found } => {
            receivers.extend(new.instances.iter().map(ToString::to_string));
            receivers.extend(found.registered);
            Some(new.vpc)
        }
    };
    let kind = kind.unwrap_or_else(|| TargetKind::Nlb(NEW_TARGET.to_owned()));
    Ok(Prospect { kind, vpc, receivers })
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
    making: Option<&Making>,
    target: Option<TargetId>,
    enrollment: Option<Enrollment>,
) -> Wish {
    let made = making.and_then(|making| making.build.target());
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
