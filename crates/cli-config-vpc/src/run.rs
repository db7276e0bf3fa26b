//! One run: read, ask, show, ask once more, write, say what became of it.

use anyhow::{Context as _, Result};
use cli_common::document::Frame;
use cli_common::errors::{self, Fault};
use cli_common::exit::Exit;
use cli_common::options::Output;
use cli_common::program::Context;
use cli_common::ui::{Question, Ui, UiError};
use cli_common::{output, scopes, terminal};
use futures::future::join_all;
use serde_json::Value;
use tap_core::error::CloudError;
use tap_core::inventory::Scope;
use tap_core::policy::vpc::VpcPolicy;
use tap_core::settings::Settings;
use tap_core::tagging::Written;

use crate::args::Args;
use crate::change::Wish;
use crate::dialog::{self, Goal, Intent, Picked};
use crate::planned::{self, Planned};
use crate::view::View;
use crate::write::{self, Regional, TargetOutcome};
use crate::{document, making, summary, table, which};

/// Runs and prints; what keeps it from its work is returned, after the document says so too.
pub(crate) async fn run(args: Args, context: Context) -> Result<Exit> {
    let ended = attempt(&args, &context).await;
    if let Err(error) = &ended
        && args.common.output == Output::Json
        // Who left, and a wrong command line, are no document.
        && error.downcast_ref::<UiError>().is_none()
    {
        frame(&args, &context, Exit::Failed, Some(error)).print(Vec::new())?;
    }
    ended
}

fn frame<'a>(
    args: &Args,
    context: &Context,
    exit: Exit,
    error: Option<&'a anyhow::Error>,
) -> Frame<'a> {
    let error = error.map(|error| error.as_ref() as &(dyn std::error::Error + 'static));
    Frame { run_id: context.run_id, dry_run: args.dry_run, exit, error }
}

async fn attempt(args: &Args, context: &Context) -> Result<Exit> {
    let settings = Settings {
        keys: args.common.keys(),
        instance_types: args.planning.types()?,
        price_per_hour: args.planning.price_per_hour,
        custom_filters: args.custom_filters.filters()?,
        ..Settings::default()
    };
    let read = {
        let wait = context.bars.wait("reading the account");
        wait.during(read(args, &settings)).await?
    };
    if args.list {
        return list(args, context, &settings, &read);
    }
    // What could not be read is not configured: half a picture is none.
    let views: Vec<View> = read.into_iter().map(|(_, view)| view).collect::<Result<_>>()?;
    configure(args, context, &settings, &views).await
}

async fn read(args: &Args, settings: &Settings) -> Result<Vec<(Scope, Result<View>)>> {
    let scopes = scopes::of(&args.common).await?;
    let reads = scopes.into_iter().map(|(scope, cloud)| async move {
        let region = scope.region.clone();
        let view = View::read(scope.clone(), cloud, settings).await;
        (scope, view.with_context(|| format!("region {region}")))
    });
    Ok(join_all(reads).await)
}

/// Prints every VPC and every target.
fn list(
    args: &Args,
    context: &Context,
    settings: &Settings,
    read: &[(Scope, Result<View>)],
) -> Result<Exit> {
    let unread = read.iter().filter(|(_, view)| view.is_err()).count();
    let exit = match unread {
        0 => Exit::Done,
        n if n == read.len() => Exit::Failed,
        _ => Exit::Partial,
    };
    for error in read.iter().filter_map(|(_, view)| view.as_ref().err()) {
        errors::print(error.as_ref(), args.common.log_format);
    }
    match args.common.output {
        Output::Json => {
            let region = |(scope, view): &(Scope, Result<View>)| match view {
                Ok(view) => document::listed(view, settings),
                Err(error) => document::unlisted(scope, error),
            };
            let unread = read.iter().find_map(|(_, view)| view.as_ref().err());
            let error = unread.filter(|_| exit == Exit::Failed);
            frame(args, context, exit, error).print(read.iter().map(region).collect())?;
        }
        Output::Table => {
            let width = terminal::width();
            let views = read.iter().filter_map(|(_, view)| view.as_ref().ok());
            let tables: Vec<String> = views
                .flat_map(|view| [table::vpcs(view, width), table::targets(view, &[], width)])
                .collect();
            output::stdout(&tables.join("\n"))?;
        }
    }
    Ok(exit)
}

async fn configure(
    args: &Args,
    context: &Context,
    settings: &Settings,
    views: &[View],
) -> Result<Exit> {
    let ui = &context.ui;
    if args.vpc_id.is_empty() {
        ui.show(&|width| {
            views.iter().map(|view| table::vpcs(view, width)).collect::<Vec<_>>().join("\n")
        });
    }
    let picked = dialog::pick(args, views, ui)?;
    let intent = dialog::intent(args, views, &picked, settings, ui)?;
    let planned = plan(args, settings, views, &picked, &intent, ui).await?;
    if !planned.iter().any(Planned::is_change) {
        return finish(args, context, settings, &planned, None);
    }
    if args.dry_run {
        return finish(args, context, settings, &planned, None);
    }
    if !args.yes {
        let question = Question { text: "Write this?", flag: "--yes" };
        ui.show(&|width| summary::plan(&planned, settings, width));
        if !ui.confirm(question)? {
            return Err(UiError::Declined.into());
        }
    } else if args.common.output == Output::Table {
        output::stdout(&summary::plan(&planned, settings, terminal::width()))?;
    }
    let orderly = context.signals.orderly();
    let mut regions: Vec<Regional> = Vec::new();
    for planned in &planned {
        regions.push(write::write(planned, args, settings, context).await);
    }
    drop(orderly);
    finish(args, context, settings, &planned, Some(&regions)).or_else(|error| {
        let what = format!("the result could not be printed: {error}");
        let hint = "what was to be written was written as far as it went: look at it with --list";
        errors::print(&Fault::new("output", what, hint), args.common.log_format);
        Ok(Exit::Partial)
    })
}

/// Works out what is to be made and written in each region.
async fn plan<'a>(
    args: &Args,
    settings: &Settings,
    views: &'a [View],
    picked: &Picked,
    intent: &Intent,
    ui: &impl Ui,
) -> Result<Vec<Planned<'a>>> {
    let (mut making, wish) = match intent {
        Intent::Disable => (None, Wish::Disable),
        Intent::Adjust { enrollment, capture } => {
            let (enrollment, capture) = (*enrollment, capture.clone());
            (None, Wish::Adjust { enrollment, capture })
        }
        Intent::Enable(goal) => {
            let view = dialog::only_region(views, picked)?;
            let vpcs: Vec<_> = picked.values().flatten().cloned().collect();
            let (making, target) = match goal {
                Goal::Existing(target) => (None, Some(target.clone())),
                Goal::Make => {
                    let wanted = making::wanted(args, view, &vpcs, ui).await?;
                    (Some(planned::make(view, &wanted, settings).await?), None)
                }
            };
            // Asked with the target, where a VPC has no enrollment yet. One that is enabled keeps its own, and so does
            // whoever gives the target by a flag.
            let is_asked = args.target_id.is_none()
                && args.create_target.is_none()
                && dialog::surveys(views, picked).any(|vpc| vpc.policy == VpcPolicy::NotEnabled);
            let enrollment = which::enrollment(args, views, picked, ui, is_asked)?;
            let capture = which::capture(args, views, picked, settings, ui, is_asked)?;
            let wish = planned::enable(making.as_ref(), target, enrollment, capture);
            (making, wish)
        }
    };
    let of_region = picked
        .iter()
        .map(|(region, ids)| Planned::of(&views[*region], ids, &wish, making.take(), settings));
    of_region.collect()
}

/// Prints what became of it, or what would.
fn finish(
    args: &Args,
    context: &Context,
    settings: &Settings,
    planned: &[Planned<'_>],
    regions: Option<&[Regional]>,
) -> Result<Exit> {
    let exit = regions.map_or(Exit::Done, write::exit);
    for region in regions.unwrap_or_default() {
        if let TargetOutcome::Failed(error) = &region.target {
            let fault = Fault::new("target-not-made", errors::one_line(&**error), error.remedy());
            errors::print(&fault, args.common.log_format);
        }
        // One refusal of many VPCs is said once; which of them it is, the result says.
        let mut said: Vec<&CloudError> = Vec::new();
        for error in region.written.values().filter_map(Written::error) {
            if !said.contains(&error) {
                errors::print(error, args.common.log_format);
                said.push(error);
            }
        }
    }
    match args.common.output {
        Output::Json => {
            let documents: Vec<Value> = planned
                .iter()
                .enumerate()
                .map(|(i, planned)| {
                    let outcome = regions.and_then(|regions| regions.get(i));
                    document::changed(planned, outcome, settings)
                })
                .collect();
            frame(args, context, exit, None).print(documents)?;
        }
        Output::Table => {
            let width = terminal::width();
            let mut text = match regions {
                Some(regions) => summary::outcome(regions, width),
                None => summary::plan(planned, settings, width),
            };
            if !planned.iter().any(Planned::is_change) {
                text.push_str("Nothing to change.\n");
            } else if args.dry_run {
                text.push_str("Dry run: nothing was changed.\n");
            }
            output::stdout(&text)?;
        }
    }
    Ok(exit)
}
