//! What a person wants: from flags where they are given, else asked. Nothing is written here, so that whoever leaves at any
//! question leaves the account as it was.

use std::collections::BTreeMap;

use anyhow::Result;
use cli_common::errors::Fault;
use cli_common::terminal::printable;
use cli_common::ui::{Question, Ui, UiError};
use tap_core::ids::{TargetId, VpcId};
use tap_core::policy::vpc::{Enrollment, VpcPolicy};
use tap_core::survey::{Health, TargetSurvey, VpcSurvey};

use crate::args::Args;
use crate::table;
use crate::view::View;

/// The VPCs that a person picked, by the index of their region.
pub(crate) type Picked = BTreeMap<usize, Vec<VpcId>>;

/// What a person wants of the picked VPCs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Intent {
    /// Mirror them.
    Enable(Goal),
    /// Only change which instances are mirrored.
    Enroll(Enrollment),
    /// Take them out of mirroring.
    Disable,
}

/// To what the VPCs are mirrored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Goal {
    /// A target that is there.
    Existing(TargetId),
    /// One that is found or made.
    Make,
}

/// Which VPCs: those of `--vpc-id`, else asked.
///
/// # Errors
/// A [`Fault`] that names every id that is not there; or what the terminal says.
pub(crate) fn pick(args: &Args, views: &[View], ui: &impl Ui) -> Result<Picked> {
    let known: Vec<(usize, &VpcSurvey)> = views
        .iter()
        .enumerate()
        .flat_map(|(region, view)| view.vpcs.values().map(move |vpc| (region, vpc)))
        .collect();
    let mut picked = Picked::new();
    if args.vpc_id.is_empty() {
        if known.is_empty() {
            let hint = "check --region and the account of the credentials";
            return Err(Fault::new("no-vpcs", "there are no VPCs here", hint).into());
        }
        let items: Vec<String> =
            known.iter().map(|(region, vpc)| vpc_item(vpc, &views[*region], views.len())).collect();
        let question = Question { text: "Which VPCs?", flag: "--vpc-id" };
        for chosen in ui.choose_many(question, &items)? {
            let (region, vpc) = known[chosen];
            picked.entry(region).or_default().push(vpc.id.clone());
        }
        return Ok(picked);
    }
    let mut missing: Vec<&str> = Vec::new();
    for id in &args.vpc_id {
        match known.iter().find(|(_, vpc)| vpc.id == *id) {
            Some((region, _)) => {
                let ids: &mut Vec<VpcId> = picked.entry(*region).or_default();
                if !ids.contains(id) {
                    ids.push(id.clone());
                }
            }
            None => missing.push(id.as_str()),
        }
    }
    if missing.is_empty() {
        return Ok(picked);
    }
    let places: Vec<String> = views.iter().map(|view| view.scope.region.to_string()).collect();
    Err(Fault::new(
        "no-such-vpc",
        format!(
            "{} does not exist in {}: nothing was changed",
            missing.join(", "),
            places.join(", ")
        ),
        "check the id and --region; --list shows every VPC",
    )
    .into())
}

/// A VPC in one line; the most telling first, since a narrow window cuts the end.
fn vpc_item(vpc: &VpcSurvey, view: &View, regions: usize) -> String {
    let mut item = table::named(vpc.id.as_str(), &vpc.name);
    if regions > 1 {
        item = format!("{item}  {}", view.scope.region);
    }
    let state = match &vpc.policy {
        VpcPolicy::NotEnabled => "not enabled".to_owned(),
        VpcPolicy::Enabled { target, enrollment } => format!("{enrollment} to {target}"),
        VpcPolicy::Misconfigured { .. } => "wrong tags".to_owned(),
    };
    format!("{item}  {state}  {} eligible, {} mirrored", vpc.eligible, vpc.mirrored)
}

/// What is to become of them: what the flags say, else asked.
///
/// # Errors
/// A [`Fault`], or what the terminal says.
pub(crate) fn intent(args: &Args, views: &[View], picked: &Picked, ui: &impl Ui) -> Result<Intent> {
    if args.disable {
        return Ok(Intent::Disable);
    }
    if let Some(target) = &args.target_id {
        return Ok(Intent::Enable(Goal::Existing(existing(target, only_region(views, picked)?)?)));
    }
    if args.create_target.is_some() {
        only_region(views, picked)?;
        return Ok(Intent::Enable(Goal::Make));
    }
    if let Some(enrollment) = args.enrollment {
        // On VPCs that are all enabled it needs no target; on others it is half of what is to be said.
        if all(views, picked, |vpc| vpc.policy != VpcPolicy::NotEnabled) {
            return Ok(Intent::Enroll(enrollment));
        }
        return Ok(Intent::Enable(choose_target(views, picked, ui)?));
    }
    let is_enabled = |vpc: &VpcSurvey| vpc.policy != VpcPolicy::NotEnabled;
    let mut choices: Vec<(&str, Choice)> = vec![("Mirror them: choose a target", Choice::Enable)];
    if all(views, picked, is_enabled) {
        choices[0].0 = "Change the target";
        choices.push(("Change which instances are mirrored", Choice::Enroll));
    }
    if !all(views, picked, |vpc| !is_enabled(vpc)) {
        choices.push(("Take them out of mirroring", Choice::Disable));
    }
    let items: Vec<String> = choices.iter().map(|(text, _)| (*text).to_owned()).collect();
    let flags = "--target-id, --create-target, --enrollment or --disable";
    let question = Question { text: "What is to become of them?", flag: flags };
    match choices[ui.choose(question, &items, 0)?].1 {
        Choice::Enable => Ok(Intent::Enable(choose_target(views, picked, ui)?)),
        Choice::Enroll => Ok(Intent::Enroll(choose_enrollment(views, picked, ui)?)),
        Choice::Disable => Ok(Intent::Disable),
    }
}

#[derive(Debug, Clone, Copy)]
enum Choice {
    Enable,
    Enroll,
    Disable,
}

/// The picked VPCs.
pub(crate) fn surveys<'a>(
    views: &'a [View],
    picked: &'a Picked,
) -> impl Iterator<Item = &'a VpcSurvey> {
    picked.iter().flat_map(|(region, ids)| ids.iter().filter_map(|id| views[*region].vpcs.get(id)))
}

fn all(views: &[View], picked: &Picked, holds: impl Fn(&VpcSurvey) -> bool) -> bool {
    surveys(views, picked).all(holds)
}

/// The one region that all picked VPCs are in: a target serves no other.
pub(crate) fn only_region<'a>(views: &'a [View], picked: &Picked) -> Result<&'a View, Fault> {
    let mut regions = picked.keys();
    match (regions.next(), regions.next()) {
        (Some(only), None) => Ok(&views[*only]),
        _ => Err(Fault::new(
            "several-regions",
            "the VPCs are in several regions, and a target serves one region only",
            "configure one region after the other",
        )),
    }
}

/// Looks a target up that the user names.
fn existing(id: &TargetId, view: &View) -> Result<TargetId, Fault> {
    let scope = &view.scope;
    let fault = |what: String, hint: &str| Err(Fault::new("no-such-target", what, hint));
    match view.targets.get(id) {
        None => fault(
            format!(
                "there is no traffic mirror target {id} in account {}, region {}, and none is shared with it: \
                 nothing was changed",
                scope.account, scope.region
            ),
            "--list shows every target; --create-target makes one",
        ),
        Some(TargetSurvey { health: Health::Gone, .. }) => fault(
            format!(
                "what the traffic mirror target {id} delivers to does not exist any more: nothing was changed"
            ),
            "delete it by hand and choose another: --list shows every target",
        ),
        Some(_) => Ok(id.clone()),
    }
}

/// Asks for a target among those that could serve, or for a new one.
fn choose_target(views: &[View], picked: &Picked, ui: &impl Ui) -> Result<Goal> {
    let view = only_region(views, picked)?;
    let from: Vec<&VpcId> = picked.values().flatten().collect();
    let fit: Vec<&TargetSurvey> =
        view.targets.values().filter(|target| target.health != Health::Gone).collect();
    let item = |target: &&TargetSurvey| {
        let warnings = table::warnings(view, target, &from).len();
        let name = table::named(target.id.as_str(), &target.name);
        let warned = match warnings {
            0 => String::new(),
            1 => "  1 warning".to_owned(),
            n => format!("  {n} warnings"),
        };
        let behind = target.behind.as_deref().unwrap_or(target.resource());
        format!("{name}{warned}  {} {}", target.kind_word(), printable(behind))
    };
    if !view.targets.is_empty() {
        ui.show(&|width| table::targets(view, &from, width));
    }
    let mut items: Vec<String> = fit.iter().map(item).collect();
    items.push("Make a new target".to_owned());
    let question = Question { text: "Which target?", flag: "--target-id or --create-target" };
    Ok(match fit.get(ui.choose(question, &items, 0)?) {
        Some(target) => Goal::Existing(target.id.clone()),
        None => Goal::Make,
    })
}

/// Which instances: what `--enrollment` says; asked where a VPC has none yet.
///
/// # Errors
/// What the terminal says.
pub(crate) fn enrollment(
    args: &Args,
    views: &[View],
    picked: &Picked,
    ui: &impl Ui,
    is_asked: bool,
) -> Result<Option<Enrollment>> {
    match args.enrollment {
        Some(enrollment) => Ok(Some(enrollment)),
        // Whoever names a target by a flag may leave the enrollment as it is.
        None if !is_asked => Ok(None),
        None => Ok(Some(choose_enrollment(views, picked, ui)?)),
    }
}

fn choose_enrollment(views: &[View], picked: &Picked, ui: &impl Ui) -> Result<Enrollment, UiError> {
    let words = |enrollment: Enrollment| match enrollment {
        Enrollment::Auto => "auto: all instances but the blacklisted",
        Enrollment::Whitelist => "whitelist: only the whitelisted instances",
    };
    let items = Enrollment::ALL.map(|enrollment| words(enrollment).to_owned());
    let whitelist = |vpc: &VpcSurvey| {
        matches!(vpc.policy, VpcPolicy::Enabled { enrollment: Enrollment::Whitelist, .. })
    };
    let current = usize::from(all(views, picked, whitelist));
    let question = Question { text: "Which instances are mirrored?", flag: "--enrollment" };
    Ok(Enrollment::ALL[ui.choose(question, &items, current)?])
}
