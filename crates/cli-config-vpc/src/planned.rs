//! What would be made and written, worked out before the last question: plain data that is printed, agreed to, and then
//! carried out.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use cli_common::errors::Fault;
use tap_core::build::{BuildPlan, Facts, Receiver, Refusal, Wanted, look, plan_build};
use tap_core::cloud::LookAround;
use tap_core::error::CloudError;
use tap_core::ids::{TargetId, VpcId};
use tap_core::inventory::{Endpoint, Inventory, MirrorTarget, TargetKind};
use tap_core::policy::vpc::{Capture, Enrollment};
use tap_core::settings::Settings;
use tap_core::survey::{Effect, Health, NEW_TARGET, TargetSurvey, targets};

use crate::change::{Changes, Wish};
use crate::table;
use crate::view::View;

/// A target that is to be found or made.
#[derive(Debug, Clone)]
pub(crate) struct Making {
    /// What is there, and what is to be made.
    build: BuildPlan,
    /// The account with the target in it, and what will stand behind it.
    inventory: Inventory,
    /// The target as it will be, with what is wrong with what it delivers to.
    survey: Option<TargetSurvey>,
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
        let vpcs = ids.iter().filter_map(|id| view.vpcs.get_key_value(id));
        let changes = Changes::of(wish, vpcs, &view.inventory, &settings.keys)?;
        let inventory = making.as_ref().map_or(&view.inventory, |making| &making.inventory);
        let effect = changes.effect(inventory, settings)?;
        let target = match (wish, &making) {
            (_, Some(making)) => making.survey.as_ref(),
            (Wish::Enable { target, .. }, None) => view.targets.get(target),
            (Wish::Adjust { .. } | Wish::Disable, None) => None,
        };
        let from: Vec<&VpcId> = ids.iter().collect();
        let mut warnings =
            target.map(|target| table::warnings(view, target, &from)).unwrap_or_default();
        let build = making.map(|making| making.build);
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
    let (inventory, endpoints) = with_target(view, facts).await.context(unread)?;
    let mut targets = targets(&inventory, Some(&endpoints), settings);
    targets.retain(|target| target.id.as_str() == NEW_TARGET);
    let mut survey = targets.pop();
    if let (Wanted::NewNlb(_), Some(survey)) = (wanted, &mut survey) {
        // It is made as it should be; that it is not yet is no warning.
        survey.health = Health::Ok;
    }
    Ok(Making { build, inventory, survey })
}

/// The account as though the target were there, with what stands behind it: who receives there is no source.
async fn with_target(
    view: &View,
    facts: Facts,
) -> Result<(Inventory, BTreeMap<String, Endpoint>), CloudError> {
    let mut inventory = view.inventory.clone();
    let mut endpoints = BTreeMap::new();
    let id = TargetId::from(NEW_TARGET);
    let kind = facts.receiver.kind().unwrap_or_else(|| TargetKind::Nlb(NEW_TARGET.to_owned()));
    let is_there = facts.receiver.kind().is_some();
    let owner = inventory.scope.account.clone();
    inventory.targets.insert(id.clone(), MirrorTarget::of(kind, owner));
    if is_there {
        view.cloud.look_behind(&mut inventory).await?;
    }
    match facts.receiver {
        Receiver::GwlbEndpoint { id, endpoint } => {
            endpoints.extend(endpoint.map(|endpoint| (id, endpoint)));
        }
        Receiver::NewNlb { new, .. } => {
            let nlb = inventory.nlbs.entry(id).or_default();
            (nlb.exists, nlb.listens, nlb.vpc) = (true, true, Some(new.vpc));
            nlb.instances.extend(new.instances);
        }
        Receiver::Eni { .. } | Receiver::Nlb { .. } => {}
    }
    Ok((inventory, endpoints))
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
    capture: Capture,
) -> Wish {
    let made = making.and_then(|making| making.build.target());
    Wish::Enable {
        target: target.or(made).unwrap_or_else(|| TargetId::from(NEW_TARGET)),
        enrollment,
        capture,
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
