//! What a person wants: from flags where they are given, else asked. Nothing is written here, so that whoever leaves at any
//! question leaves the account as it was.

use std::collections::BTreeMap;

use anyhow::Result;
use cli_common::errors::Fault;
use cli_common::terminal::printable;
use cli_common::ui::{Question, Ui};
use tap_core::ids::{TargetId, VpcId};
use tap_core::policy::profile::Profile;
use tap_core::policy::vpc::{Capture, Enrollment, VpcPolicy};
use tap_core::settings::Settings;
use tap_core::survey::{Health, TargetSurvey, VpcSurvey};

use crate::args::Args;
use crate::view::View;
use crate::{table, which};

/// The VPCs that a person picked, by the index of their region.
pub(crate) type Picked = BTreeMap<usize, Vec<VpcId>>;

/// What a person wants of the picked VPCs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Intent {
    /// Mirror them.
    Enable(Goal),
    /// Only change which instances, or which packets, are mirrored.
    Adjust {
        /// Which instances; none leaves that as it is.
        enrollment: Option<Enrollment>,
        /// Which packets, and how much of each.
        capture: Capture,
    },
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
        VpcPolicy::Enabled { target, enrollment, capture } => {
            let profile = capture.profile.as_ref().filter(|profile| **profile != Profile::All);
            let profile = profile.map(|profile| format!("{profile}, ")).unwrap_or_default();
            format!("{profile}{enrollment} to {target}")
        }
        VpcPolicy::Misconfigured { .. } => "wrong tags".to_owned(),
    };
    format!("{item}  {state}  {} eligible, {} mirrored", vpc.eligible, vpc.mirrored)
}

/// What is to become of them: what the flags say, else asked.
///
/// # Errors
/// A [`Fault`], or what the terminal says.
pub(crate) fn intent(
    args: &Args,
    views: &[View],
    picked: &Picked,
    settings: &Settings,
    ui: &impl Ui,
) -> Result<Intent> {
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
    let (enrollment, capture) = (args.enrollment, args.capture());
    if enrollment.is_some() || capture != Capture::default() {
        // On VPCs that are all enabled it needs no target; on others it is half of what is to be said.
        if all(views, picked, |vpc| vpc.policy != VpcPolicy::NotEnabled) {
            return Ok(Intent::Adjust { enrollment, capture });
        }
        return Ok(Intent::Enable(choose_target(views, picked, ui)?));
    }
    let is_enabled = |vpc: &VpcSurvey| vpc.policy != VpcPolicy::NotEnabled;
    let mut choices: Vec<(&str, Choice)> = vec![("Mirror them: choose a target", Choice::Enable)];
    if all(views, picked, is_enabled) {
        choices[0].0 = "Change the target";
        choices.push(("Change which instances are mirrored", Choice::Enroll));
        choices.push(("Change which packets are mirrored", Choice::Capture));
    }
    if !all(views, picked, |vpc| !is_enabled(vpc)) {
        choices.push(("Take them out of mirroring", Choice::Disable));
    }
    let items: Vec<String> = choices.iter().map(|(text, _)| (*text).to_owned()).collect();
    let flags = "--target-id, --create-target, --enrollment, --filter-profile or --disable";
    let question = Question { text: "What is to become of them?", flag: flags };
    match choices[ui.choose(question, &items, 0)?].1 {
        Choice::Enable => Ok(Intent::Enable(choose_target(views, picked, ui)?)),
        Choice::Enroll => {
            let enrollment = Some(which::choose_enrollment(views, picked, ui)?);
            Ok(Intent::Adjust { enrollment, capture: Capture::default() })
        }
        Choice::Capture => {
            let profile = Some(which::choose_profile(views, picked, settings, ui)?);
            let capture = Capture { profile, packet_length: None };
            Ok(Intent::Adjust { enrollment: None, capture })
        }
        Choice::Disable => Ok(Intent::Disable),
    }
}

#[derive(Debug, Clone, Copy)]
enum Choice {
    Enable,
    Enroll,
    Capture,
    Disable,
}

/// The picked VPCs.
pub(crate) fn surveys<'a>(
    views: &'a [View],
    picked: &'a Picked,
) -> impl Iterator<Item = &'a VpcSurvey> {
    picked.iter().flat_map(|(region, ids)| ids.iter().filter_map(|id| views[*region].vpcs.get(id)))
}

pub(crate) fn all(views: &[View], picked: &Picked, holds: impl Fn(&VpcSurvey) -> bool) -> bool {
    surveys(views, picked).all(holds)
}

/// The one region that all picked VPCs are in: a target serves no other.
pub(crate) fn only_region<'a>(views: &'a [View], picked: &Picked) -> Result<&'a View, Fault> {
    let mut regions = picked.keys();
    match (regions.next(), regions.next()) {
        (Some(only), None) => Ok(&views[*only]),
        _ => Err(Fault::new(
            "several-regions",
            "the VPCs are in several regions, and a target serves one: nothing was changed",
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
    if fit.is_empty() {
        return Ok(Goal::Make);
    }
    let mut items: Vec<String> = fit.iter().map(item).collect();
    items.push("Make a new target".to_owned());
    let question = Question { text: "Which target?", flag: "--target-id or --create-target" };
    Ok(match fit.get(ui.choose(question, &items, 0)?) {
        Some(target) => Goal::Existing(target.id.clone()),
        None => Goal::Make,
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use cli_common::ui::{Answer, Scripted};
    use tap_core::testing::{Scenario, scenario};

    use super::*;
    use crate::view::tests::view_of;

    fn args(line: &str) -> Args {
        Args::try_parse_from(std::iter::once("x").chain(line.split_whitespace())).unwrap()
    }

    fn account() -> Scenario {
        scenario().named_vpc("shop").instance("i-1").vpc("vpc-b").not_enabled().instance("i-2")
    }

    fn takes(item: &str) -> Answer {
        Answer::Takes(item.to_owned())
    }

    fn ticks(items: &[&str]) -> Answer {
        Answer::Ticks(items.iter().map(ToString::to_string).collect())
    }

    /// Picks and decides with these answers, which must be all that is asked for.
    async fn decide(
        line: &str,
        account: Scenario,
        answers: Vec<Answer>,
    ) -> Result<(Picked, Intent)> {
        let views = [view_of(account).await];
        let (args, ui) = (args(line), Scripted::new(answers));
        let picked = pick(&args, &views, &ui)?;
        let intent = intent(&args, &views, &picked, &Settings::default(), &ui)?;
        ui.done();
        Ok((picked, intent))
    }

    fn enroll(enrollment: Enrollment) -> Intent {
        Intent::Adjust { enrollment: Some(enrollment), capture: Capture::default() }
    }

    fn captures(profile: Option<Profile>, packet_length: Option<i32>) -> Intent {
        Intent::Adjust { enrollment: None, capture: Capture { profile, packet_length } }
    }

    fn target(id: &str) -> Intent {
        Intent::Enable(Goal::Existing(id.into()))
    }

    #[tokio::test]
    async fn flags_ask_nothing() {
        for (line, expected) in [
            ("--vpc-id vpc-b --target-id tmt-1", target("tmt-1")),
            ("--vpc-id vpc-b --create-target new-nlb", Intent::Enable(Goal::Make)),
            ("--vpc-id vpc-a --disable", Intent::Disable),
            ("--vpc-id vpc-a --enrollment whitelist", enroll(Enrollment::Whitelist)),
            ("--vpc-id vpc-a --filter-profile dns-only", captures(Some(Profile::DnsOnly), None)),
            ("--vpc-id vpc-a --packet-length 128", captures(None, Some(128))),
        ] {
            let (picked, intent) = decide(line, account(), Vec::new()).await.unwrap();
            assert_eq!((intent, picked.len()), (expected, 1), "{line}");
        }
    }

    #[tokio::test]
    async fn every_path_by_questions() {
        let several = ticks(&["vpc-a", "vpc-b"]);
        for (answers, expected) in [
            (vec![ticks(&["vpc-b"]), takes("Mirror them"), takes("tmt-1")], target("tmt-1")),
            (
                vec![ticks(&["vpc-b"]), takes("Mirror them"), takes("Make a new target")],
                Intent::Enable(Goal::Make),
            ),
            (vec![ticks(&["vpc-a"]), takes("Change the target"), takes("tmt-1")], target("tmt-1")),
            (
                vec![ticks(&["vpc-a"]), takes("Change which instances"), takes("whitelist")],
                enroll(Enrollment::Whitelist),
            ),
            (
                vec![ticks(&["vpc-a"]), takes("Change which packets"), takes("all-tcp")],
                captures(Some(Profile::AllTcp), None),
            ),
            (vec![ticks(&["vpc-a"]), takes("Take them out")], Intent::Disable),
            (vec![several, takes("Take them out")], Intent::Disable),
        ] {
            let (_, intent) = decide("", account(), answers).await.unwrap();
            assert_eq!(intent, expected);
        }
    }

    #[tokio::test]
    async fn only_what_makes_sense_is_offered() {
        let views = [view_of(account()).await];
        let offered = async |vpc: &str| {
            let ui = Scripted::new([ticks(&[vpc]), Answer::GoesBack]);
            let picked = pick(&args(""), &views, &ui).unwrap();
            intent(&args(""), &views, &picked, &Settings::default(), &ui).unwrap_err();
            ui.done().pop().unwrap().items.len()
        };
        assert_eq!((offered("vpc-a").await, offered("vpc-b").await), (4, 1));
    }

    #[tokio::test]
    async fn an_enrollment_alone_asks_for_the_target_that_is_missing() {
        let line = "--vpc-id vpc-a,vpc-b --enrollment auto";
        let (_, intent) = decide(line, account(), vec![takes("tmt-1")]).await.unwrap();
        assert_eq!(intent, target("tmt-1"));
    }

    #[tokio::test]
    async fn a_target_that_is_gone_is_shown_and_not_offered() {
        let with_gone = || account().nlb("tmt-gone").behind("tmt-gone", |nlb| nlb.exists = false);
        let views = [view_of(with_gone()).await];
        let ui = Scripted::new([ticks(&["vpc-b"]), takes("Mirror them"), Answer::GoesBack]);
        let picked = pick(&args(""), &views, &ui).unwrap();
        intent(&args(""), &views, &picked, &Settings::default(), &ui).unwrap_err();
        assert!(ui.shown().iter().any(|text| text.contains("delete tmt-gone by hand")));
        let offered = ui.done().pop().unwrap().items;
        assert!(offered.iter().all(|item| !item.contains("tmt-gone")), "{offered:?}");
        let fault = decide("--vpc-id vpc-b --target-id tmt-gone", with_gone(), Vec::new()).await;
        assert!(fault.unwrap_err().to_string().contains("does not exist any more"));
    }

    #[tokio::test]
    async fn every_id_that_is_not_there_is_named() {
        let error = decide("--vpc-id vpc-x,vpc-a,vpc-y --disable", account(), Vec::new()).await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains("vpc-x, vpc-y does not exist in eu-west-1"), "{error}");
    }
}
