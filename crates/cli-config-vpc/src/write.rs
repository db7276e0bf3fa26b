//! Carries out what was agreed to: first the target, then the tags. Nothing that was made is taken back.

use std::collections::BTreeMap;

use cli_common::exit::Exit;
use cli_common::program::Context;
use tap_core::build::{BuildError, BuildEvent, BuildOptions, BuildPlan, Built, Cause, carry_out};
use tap_core::settings::Settings;
use tap_core::tagging::{self, Written};
use tap_core::tags::TagChange;

use crate::args::Args;
use crate::planned::Planned;
use crate::view::View;

/// What became of one region's plan.
pub(crate) struct Regional {
    /// What became of the target.
    pub(crate) target: TargetOutcome,
    /// What became of each VPC's tags.
    pub(crate) written: BTreeMap<String, Written>,
}

/// What became of the target.
pub(crate) enum TargetOutcome {
    /// None was to be made.
    None,
    /// It is there.
    Built(Built),
    /// It is not.
    Failed(Box<BuildError>),
}

impl Regional {
    /// Whether anything in the account is other than before, as far as one can tell.
    fn has_changed(&self) -> bool {
        let made = match &self.target {
            TargetOutcome::None => false,
            TargetOutcome::Built(built) => !built.made.is_empty(),
            // What had no answer may have been made.
            TargetOutcome::Failed(error) => {
                !error.made.is_empty()
                    || matches!(error.cause, Cause::GivenUp(_) | Cause::Unclear(_))
            }
        };
        made || self.written.values().any(|w| !matches!(w, Written::Failed(_) | Written::NotTried))
    }

    fn is_complete(&self) -> bool {
        !matches!(self.target, TargetOutcome::Failed(_))
            && self.written.values().all(|written| *written == Written::Done)
    }
}

/// The exit code.
pub(crate) fn exit(regions: &[Regional]) -> Exit {
    if regions.iter().all(Regional::is_complete) {
        Exit::Done
    } else if regions.iter().any(Regional::has_changed) {
        Exit::Partial
    } else {
        Exit::Failed
    }
}

/// Carries one region's plan out.
pub(crate) async fn write(
    planned: &Planned<'_>,
    args: &Args,
    settings: &Settings,
    context: &Context,
) -> Regional {
    let mut regional = Regional { target: TargetOutcome::None, written: BTreeMap::new() };
    let mut changes = planned.changes.clone();
    if let Some(plan) = &planned.build {
        match build(plan, planned.view, args, context).await {
            Ok(built) => {
                changes = changes.with_target(&built.target, &settings.keys);
                regional.target = TargetOutcome::Built(built);
            }
            Err(error) => {
                regional.target = TargetOutcome::Failed(Box::new(error));
                return regional;
            }
        }
    }
    let by_vpc: BTreeMap<String, TagChange> =
        changes.by_vpc.into_iter().map(|(id, change)| (id.to_string(), change)).collect();
    let stop = context.signals.stopped();
    regional.written = tagging::write(&planned.view.cloud, &by_vpc, &stop).await;
    regional
}

async fn build(
    plan: &BuildPlan,
    view: &View,
    args: &Args,
    context: &Context,
) -> Result<Built, BuildError> {
    let options = BuildOptions { limit: args.wait, ..BuildOptions::new(context.run_id) };
    let wait = context.bars.wait("making the mirror target");
    let stop = context.signals.stopped();
    let mut on_event = |event: BuildEvent<'_>| match event {
        BuildEvent::Started(step) => wait.say(step.to_string()),
        BuildEvent::Waiting { balancer, .. } => {
            wait.say(format!("waiting until {balancer} is active: AWS takes some minutes"));
        }
        BuildEvent::Done(made) => tracing::debug!("made: {made}"),
    };
    wait.during(carry_out(plan, &view.cloud, &options, &stop, &mut on_event)).await
}
