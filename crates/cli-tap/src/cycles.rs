//! The regions of a run, side by side: each is read, decided and applied on its own, and none waits for another.
//!
//! Only where the user named ids does everyone wait until all are read: a typing error must show before anything is
//! changed.

use std::collections::BTreeMap;

use anyhow::Result;
use cli_common::errors::{self, Fault};
use cli_common::named::{Seen, check_ids};
use cli_common::options::RegionArg;
use cli_common::program::Context;
use cli_common::rules::Source;
use cli_common::scopes;
use futures::future::join_all;
use tap_core::apply::{ApplyOptions, apply};
use tap_core::aws::{AwsCloud, Manners};
use tap_core::cycle::{CycleError, decide};
use tap_core::ids::Region;
use tap_core::inventory::{Narrow, Scope};
use tap_core::plan::Plan;
use tap_core::report::ScopeReport;
use tap_core::settings::Settings;
use tap_core::stop::{StopReason, StopSignal};

use crate::args::Args;
use crate::progress::Progress;
use crate::result::RegionResult;
use crate::simulate::{self, Simulated};

/// Runs in all regions that the command line names. Who holds [`Signals::orderly`](cli_common::signals::Signals::orderly)
/// meanwhile gets a result for every region, however early the run has to end.
///
/// # Errors
/// What kept the run from its work as a whole: nothing was changed.
pub(crate) async fn run(
    args: &Args,
    settings: &Settings,
    rules: Option<&Source>,
    context: &Context,
) -> Result<Vec<RegionResult>> {
    let signals = context.signals.clone();
    let timeout = args.timeout;
    let timer = tokio::spawn(async move {
        tokio::time::sleep(timeout).await;
        tracing::warn!("the time of --timeout is over: no new change is started");
        signals.stop(StopReason::TimedOut);
    });
    let done = in_time(args, settings, rules, context).await;
    timer.abort();
    done
}

async fn in_time(
    args: &Args,
    settings: &Settings,
    rules: Option<&Source>,
    context: &Context,
) -> Result<Vec<RegionResult>> {
    let stop = context.signals.stopped();
    let manners = args.manners(stop.clone());
    let simulated = match &args.simulate {
        Some(scenario) => Some(simulate::start(scenario.as_deref(), manners.clone()).await?),
        None => None,
    };
    let scopes = tokio::select! {
        biased;
        reason = stop.wait() => return Err(too_early(reason).into()),
        scopes = scopes(args, simulated.as_ref(), manners) => scopes?,
    };
    let regions = with_settings(scopes, settings, rules)?;
    let progress = Progress::start(regions.len(), &context.bars);
    let run = Run {
        narrow: args.narrow(),
        dry_run: args.dry_run,
        options: ApplyOptions::new(
            args.concurrency.into(),
            context.run_id,
            args.max_appliances.into(),
        ),
        stop,
        progress: &progress,
    };
    tokio::select! {
        results = run.all(regions) => Ok(results?),
        never = progress.report() => match never {},
    }
}

fn too_early(reason: StopReason) -> Fault {
    let error = CycleError::Stopped(reason);
    Fault::new(reason.code(), error.to_string(), errors::stopped(reason))
}

async fn scopes(
    args: &Args,
    simulated: Option<&Simulated>,
    manners: Manners,
) -> Result<Vec<(Scope, AwsCloud)>> {
    let Some(simulated) = simulated else {
        return Ok(scopes::with_manners(&args.common, manners).await?);
    };
    let mut named = args.common.region.clone();
    if named.is_empty() {
        named.push(RegionArg::Named(simulated.region.clone()));
    }
    Ok(scopes::open(&simulated.aws, &named).await?)
}

/// The settings of each region: the same but for the rules, which are its own. A file that is wrong shows here, before any
/// region is read.
fn with_settings(
    scopes: Vec<(Scope, AwsCloud)>,
    settings: &Settings,
    rules: Option<&Source>,
) -> Result<Vec<InRegion>, Fault> {
    let rules_given = rules.is_some();
    let mut rules = match rules {
        Some(rules) => rules.of(scopes.iter().map(|(scope, _)| &scope.region))?,
        None => BTreeMap::new(),
    };
    let with = |(scope, cloud): (Scope, AwsCloud)| {
        let rules = rules.remove(&scope.region);
        InRegion { cloud, scope, settings: Settings { rules, rules_given, ..settings.clone() } }
    };
    Ok(scopes.into_iter().map(with).collect())
}

/// A scope with the way to reach it, and what is wanted there.
struct InRegion {
    cloud: AwsCloud,
    scope: Scope,
    settings: Settings,
}

/// What all regions of a run have in common.
struct Run<'a> {
    narrow: Narrow,
    dry_run: bool,
    options: ApplyOptions,
    stop: StopSignal,
    progress: &'a Progress,
}

/// A scope with its decisions.
struct Decided {
    at: InRegion,
    plan: Result<Plan, CycleError>,
    seen: Option<Seen>,
}

impl Run<'_> {
    async fn all(&self, regions: Vec<InRegion>) -> Result<Vec<RegionResult>, Fault> {
        let named: Vec<Scope> = regions.iter().map(|at| at.scope.clone()).collect();
        let reads = regions.into_iter().map(|at| self.read(at));
        if self.narrow.is_whole() {
            return Ok(join_all(reads.map(async |read| self.apply(read.await).await)).await);
        }
        let decided = join_all(reads).await;
        self.check(&named, &decided)?;
        Ok(join_all(decided.into_iter().map(|decided| self.apply(decided))).await)
    }

    /// Checks the ids that the user named. Where a region could not be read, nobody knows whether they are there.
    fn check(&self, named: &[Scope], decided: &[Decided]) -> Result<(), Fault> {
        let seen = decided.iter().map(|decided| decided.seen.as_ref());
        let (Some(seen), Some(first)) = (seen.collect::<Option<Vec<&Seen>>>(), named.first())
        else {
            return Ok(());
        };
        let regions: Vec<Region> = named.iter().map(|scope| scope.region.clone()).collect();
        check_ids(&self.narrow, &seen, &first.account, &regions).map_err(|fault| Fault {
            message: format!("{}: nothing was changed", fault.message),
            ..fault
        })
    }

    async fn read(&self, at: InRegion) -> Decided {
        let InRegion { cloud, scope, settings } = &at;
        let region = &scope.region;
        let decided = decide(cloud, &self.narrow, settings, &self.stop).await;
        self.progress.read();
        match decided {
            Ok((inventory, plan)) => {
                let changes = plan.decisions.iter().filter(|d| d.action.is_change()).count();
                tracing::debug!(%region, changes, "read");
                let seen = Some(Seen::of(&self.narrow, &inventory));
                Decided { at, plan: Ok(plan), seen }
            }
            Err(error) => {
                tracing::debug!(%region, error = errors::one_line(&error), "not read");
                if let (CycleError::Stopped(_), Some(trouble)) = (&error, cloud.trouble()) {
                    tracing::error!(%region, "what it was waiting for: {trouble}");
                }
                Decided { at, plan: Err(error), seen: None }
            }
        }
    }

    /// Applies a plan, unless a guard refused it or nothing is to be applied on purpose.
    async fn apply(&self, decided: Decided) -> RegionResult {
        let Decided { at, plan, seen: _ } = decided;
        let InRegion { cloud, scope: Scope { account, region }, settings } = at;
        let outcome = match plan {
            Ok(plan) if self.dry_run || plan.refusal.is_some() => {
                Ok(ScopeReport { plan, applied: None })
            }
            Ok(plan) => {
                let mut on_event = |event: tap_core::apply::ApplyEvent<'_>| {
                    self.progress.on(&region, &event);
                };
                let Self { options, stop, .. } = self;
                let applied = apply(&plan, &settings, &cloud, options, stop, &mut on_event).await;
                Ok(ScopeReport { plan, applied: Some(applied) })
            }
            Err(error) => Err(error),
        };
        RegionResult { region, account, outcome, calls: cloud.calls() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_of_a_fault_survives_anyhow() {
        let fault = too_early(StopReason::Interrupted);
        let error = anyhow::Error::from(fault).context("region eu-west-1");
        assert_eq!(errors::hint(error.as_ref()).as_deref(), Some("run again"));
        assert_eq!(
            errors::one_line(error.as_ref()),
            "region eu-west-1: interrupted before the account was read: nothing was changed"
        );
    }
}
