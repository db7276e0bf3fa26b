//! One run: load, read and decide in all regions side by side, then apply, then print.

use std::collections::BTreeSet;

use anyhow::Result;
use cli_common::errors::{self, Fault};
use cli_common::exit::Exit;
use cli_common::options::{Output, RegionArg};
use cli_common::program::Context;
use cli_common::progress::Bars;
use cli_common::{output, scopes, span, terminal};
use futures::future::join_all;
use tap_core::apply::{Applied, ApplyOptions, apply};
use tap_core::aws::{AwsCloud, Manners};
use tap_core::cycle::{CycleError, decide};
use tap_core::ids::{AccountId, InstanceId, Region, VpcId};
use tap_core::instance_types::InstanceTypes;
use tap_core::inventory::{Inventory, Narrow, Scope};
use tap_core::plan::Plan;
use tap_core::report::ScopeReport;
use tap_core::settings::Settings;
use tap_core::stop::{StopReason, StopSignal};
use tokio::time::Instant;
use uuid::Uuid;

use crate::args::Args;
use crate::progress::Progress;
use crate::result::{self, RegionResult};
use crate::simulate::{self, Simulated};
use crate::{document, table};

/// Runs, prints, and gives the exit code. What fails is printed here: the JSON document has it too.
pub(crate) async fn run(args: Args, context: Context) -> Result<Exit> {
    let args = &args;
    let run_id = context.run_id;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        dry_run = args.dry_run,
        policy = %args.policy,
        "run started"
    );
    let settings = match settings(args) {
        Ok(settings) => settings,
        Err(error) => {
            return Ok(fail(args, run_id, &args.settings(InstanceTypes::default()), &error));
        }
    };
    Ok(match attempt(args, &settings, &context).await {
        Ok(regions) => finish(args, run_id, &settings, &regions),
        Err(error) => fail(args, run_id, &settings, &error),
    })
}

fn settings(args: &Args) -> Result<Settings> {
    Ok(args.settings(args.planning.types()?))
}

/// A scope with its decisions.
struct Decided {
    cloud: AwsCloud,
    scope: Scope,
    plan: Result<Plan, CycleError>,
}

async fn attempt(args: &Args, settings: &Settings, context: &Context) -> Result<Vec<RegionResult>> {
    let deadline = Instant::now() + args.timeout;
    let _orderly = context.signals.orderly();
    let stop = context.signals.stopped();

    let manners = args.manners(stop.clone());
    let simulated = match &args.simulate {
        Some(scenario) => Some(simulate::start(scenario.as_deref(), manners.clone()).await?),
        None => None,
    };
    let reading = read(args, settings, simulated.as_ref(), manners);
    let decided = tokio::select! {
        biased;
        read = tokio::time::timeout_at(deadline, reading) => read.map_err(|_| late(args))??,
        _ = stop.wait() => return Err(interrupted().into()),
    };
    if args.dry_run {
        return Ok(decided.into_iter().map(|decided| decided.into_result(None)).collect());
    }
    let signals = context.signals.clone();
    let timer = tokio::spawn(async move {
        tokio::time::sleep_until(deadline).await;
        tracing::warn!("the time of --timeout is over: no new change is started");
        signals.stop(StopReason::TimedOut);
    });
    let options = ApplyOptions { concurrency: args.concurrency.into(), run_id: context.run_id };
    let applied = apply_all(&decided, settings, &options, &stop, &context.bars).await;
    timer.abort();
    Ok(decided.into_iter().zip(applied).map(|(d, applied)| d.into_result(applied)).collect())
}

fn late(args: &Args) -> Fault {
    Fault::new(
        "timed-out",
        format!(
            "the time of --timeout ({}) was over before the account was read: nothing was changed",
            span::show(args.timeout)
        ),
        "check the network and --endpoint-url, or give it more time",
    )
}

fn interrupted() -> Fault {
    let message = "interrupted before the account was read: nothing was changed";
    Fault::new("interrupted", message, "run again")
}

/// Reads and decides everything. Nothing is changed.
async fn read(
    args: &Args,
    settings: &Settings,
    simulated: Option<&Simulated>,
    manners: Manners,
) -> Result<Vec<Decided>> {
    let named = match simulated {
        Some(simulated) if args.common.region.is_empty() => {
            vec![RegionArg::Named(simulated.region.clone())]
        }
        Some(_) | None => args.common.region.clone(),
    };
    let scopes = match simulated {
        Some(simulated) => scopes::open(&simulated.aws, &named).await?,
        None => scopes::with_manners(&args.common, manners).await?,
    };
    let narrow = args.narrow();
    let reads = scopes
        .iter()
        .map(|(scope, cloud)| read_scope(cloud.clone(), scope.clone(), &narrow, settings));
    let (decided, seen): (Vec<Decided>, Vec<Option<Seen>>) =
        join_all(reads).await.into_iter().unzip();
    // Where a region could not be read, nobody knows whether the ids are there.
    let seen = seen.into_iter().collect::<Option<Vec<Seen>>>();
    if let (Some(seen), Some((first, _))) = (seen, scopes.first()) {
        let regions: Vec<Region> = scopes.iter().map(|(scope, _)| scope.region.clone()).collect();
        check_ids(&narrow, &seen, &first.account, &regions)?;
    }
    Ok(decided)
}

/// What of the ids that the user named is in a region.
struct Seen {
    vpcs: BTreeSet<VpcId>,
    instances: BTreeSet<InstanceId>,
}

impl Seen {
    fn of(narrow: &Narrow, inventory: &Inventory) -> Self {
        let vpcs = narrow.vpcs.iter().filter(|id| inventory.vpcs.contains_key(*id));
        let instances = narrow.instances.iter().filter(|id| inventory.instances.contains_key(*id));
        Self { vpcs: vpcs.cloned().collect(), instances: instances.cloned().collect() }
    }
}

async fn read_scope(
    cloud: AwsCloud,
    scope: Scope,
    narrow: &Narrow,
    settings: &Settings,
) -> (Decided, Option<Seen>) {
    match decide(&cloud, narrow, settings).await {
        Ok((inventory, plan)) => {
            let seen = Seen::of(narrow, &inventory);
            (Decided { cloud, scope, plan: Ok(plan) }, Some(seen))
        }
        Err(error) => {
            let region = &scope.region;
            tracing::debug!(%region, error = errors::one_line(&error), "not read");
            (Decided { cloud, scope, plan: Err(error) }, None)
        }
    }
}

/// Every id that the user named must be somewhere: a typing error would else look like "nothing to do".
fn check_ids(
    narrow: &Narrow,
    seen: &[Seen],
    account: &AccountId,
    regions: &[Region],
) -> Result<(), Fault> {
    let vpcs = narrow.vpcs.iter().filter(|id| !seen.iter().any(|s| s.vpcs.contains(*id)));
    let instances =
        narrow.instances.iter().filter(|id| !seen.iter().any(|s| s.instances.contains(*id)));
    let missing: Vec<&str> =
        vpcs.map(|id| id.as_str()).chain(instances.map(|id| id.as_str())).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let regions: Vec<&str> = regions.iter().map(|region| region.as_str()).collect();
    Err(Fault::new(
        "no-such-id",
        format!(
            "{} does not exist in account {account}, {}: nothing was changed",
            missing.join(", "),
            regions.join(", ")
        ),
        "check the id and --region; an instance that is gone needs no healing",
    ))
}

impl Decided {
    /// The plan, where it is to be applied.
    fn to_apply(&self) -> Option<&Plan> {
        self.plan.as_ref().ok().filter(|plan| plan.refusal.is_none())
    }

    fn into_result(self, applied: Option<Applied>) -> RegionResult {
        RegionResult {
            region: self.scope.region,
            account: self.scope.account,
            outcome: self.plan.map(|plan| ScopeReport { plan, applied }),
        }
    }
}

/// Applies the plans of all regions side by side.
async fn apply_all(
    decided: &[Decided],
    settings: &Settings,
    options: &ApplyOptions,
    stop: &StopSignal,
    bars: &Bars,
) -> Vec<Option<Applied>> {
    let changes = |plan: &Plan| plan.decisions.iter().filter(|d| d.action.is_change()).count();
    let total = decided.iter().filter_map(Decided::to_apply).map(changes).sum();
    let progress = Progress::start(total, bars);
    let applies = join_all(decided.iter().map(|decided| async {
        let plan = decided.to_apply()?;
        let mut on_event = |event: tap_core::apply::ApplyEvent<'_>| {
            progress.on(&decided.scope.region, &event);
        };
        Some(apply(plan, settings, &decided.cloud, options, stop, &mut on_event).await)
    }));
    tokio::select! {
        applied = applies => applied,
        never = progress.report() => match never {},
    }
}

/// Prints what became of the run.
fn finish(args: &Args, run_id: Uuid, settings: &Settings, regions: &[RegionResult]) -> Exit {
    let mut exit = result::exit(regions, args.dry_run, args.detailed_exitcode);
    let unread: Vec<&CycleError> =
        regions.iter().filter_map(|region| region.outcome.as_ref().err()).collect();
    for refusal in regions.iter().filter_map(|r| r.report()?.plan.refusal.as_ref()) {
        tracing::error!("refused: {refusal}");
    }
    if exit == Exit::Failed {
        for region in regions {
            let Err(error) = &region.outcome else { continue };
            let mut error = anyhow::Error::new(error.clone());
            if regions.len() > 1 {
                error = error.context(format!("region {}", region.region));
            }
            errors::print(error.as_ref(), args.common.log_format);
        }
    } else {
        for region in regions {
            if let Err(error) = &region.outcome {
                tracing::error!(region = %region.region, "{}", errors::one_line(error));
            }
        }
    }
    let text = match args.common.output {
        Output::Json => {
            let error = unread.first().filter(|_| exit == Exit::Failed);
            let error = error.map(|error| *error as &(dyn std::error::Error + 'static));
            let id = run_id.to_string();
            document::render(&id, args.dry_run, regions, settings, exit, error)
        }
        Output::Table if exit == Exit::Failed => String::new(),
        Output::Table => {
            let view = table::View {
                verbose: args.common.verbose,
                width: terminal::width(),
                dry_run: args.dry_run,
                simulated: args.simulate.is_some(),
            };
            table::render(regions, settings, &view)
        }
    };
    if let Err(error) = output::stdout(&text) {
        tracing::error!(%error, "the result could not be written to stdout");
        exit = if args.dry_run { Exit::Failed } else { Exit::Partial };
    }
    let totals = result::totals(regions);
    tracing::info!(
        exit = exit.name(),
        create = totals.create,
        modify = totals.modify,
        delete = totals.delete,
        done = totals.done,
        failed = totals.failed,
        mirrored = totals.mirrored,
        eligible = totals.eligible,
        "run ended"
    );
    exit
}

/// Prints what kept the run from its work.
fn fail(args: &Args, run_id: Uuid, settings: &Settings, error: &anyhow::Error) -> Exit {
    let exit = Exit::Failed;
    errors::print(error.as_ref(), args.common.log_format);
    if args.common.output == Output::Json {
        let id = run_id.to_string();
        let text = document::render(&id, args.dry_run, &[], settings, exit, Some(error.as_ref()));
        if let Err(error) = output::stdout(&text) {
            tracing::error!(%error, "the result could not be written to stdout");
        }
    }
    tracing::info!(exit = exit.name(), "run ended");
    exit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(vpcs: &[&str], instances: &[&str]) -> Narrow {
        Narrow {
            vpcs: vpcs.iter().map(|id| VpcId::from(*id)).collect(),
            instances: instances.iter().map(|id| InstanceId::from(*id)).collect(),
        }
    }

    fn seen(vpcs: &[&str], instances: &[&str]) -> Seen {
        let Narrow { vpcs, instances } = named(vpcs, instances);
        Seen { vpcs, instances }
    }

    #[test]
    fn an_id_must_be_in_one_of_the_regions() {
        let regions: [Region; 2] = ["eu-west-1".into(), "us-east-1".into()];
        let check = |narrow: &Narrow| {
            let seen = [seen(&["vpc-1"], &[]), seen(&[], &["i-1"])];
            check_ids(narrow, &seen, &"111122223333".into(), &regions)
        };
        assert_eq!(check(&named(&["vpc-1"], &["i-1"])), Ok(()));
        assert_eq!(check(&Narrow::default()), Ok(()));
        let fault = check(&named(&["vpc-1", "vpc-2"], &["i-2"])).unwrap_err();
        assert_eq!(
            fault.message,
            "vpc-2, i-2 does not exist in account 111122223333, eu-west-1, us-east-1: nothing was changed"
        );
    }

    #[test]
    fn the_hint_of_a_fault_survives_anyhow() {
        let error = anyhow::Error::from(interrupted()).context("region eu-west-1");
        assert_eq!(errors::hint(error.as_ref()).as_deref(), Some("run again"));
        assert_eq!(
            errors::one_line(error.as_ref()),
            "region eu-west-1: interrupted before the account was read: nothing was changed"
        );
    }
}
