//! VPCs and targets as text for people: one paragraph each, which stays readable in a narrow window.

use std::fmt::Write as _;

use cli_common::layout::{GLUE, fill};
use cli_common::terminal::{CREATE, ERROR, FAINT, HEADING, WARNING, printable};
use tap_core::ids::VpcId;
use tap_core::inventory::TargetKind;
use tap_core::policy::vpc::VpcPolicy;
use tap_core::survey::{TargetSurvey, VpcSurvey, reach};

use crate::view::View;

/// All VPCs of a region.
pub(crate) fn vpcs(view: &View, width: Option<usize>) -> String {
    let mut out = String::new();
    let scope = &view.scope;
    heading(&mut out, &format!("Account {}, region {}", scope.account, scope.region), width);
    if view.vpcs.is_empty() {
        fill(&mut out, width, 2, 2, "no VPCs");
    }
    for vpc in view.vpcs.values() {
        self::vpc(&mut out, view, vpc, width);
    }
    out
}

/// All targets of a region, each with what is wrong with it, also for the VPCs that are to mirror to it.
pub(crate) fn targets(view: &View, from: &[&VpcId], width: Option<usize>) -> String {
    let mut out = String::new();
    heading(&mut out, &format!("Traffic mirror targets in {}", view.scope.region), width);
    if view.targets.is_empty() {
        fill(&mut out, width, 2, 2, "none yet");
    }
    for target in view.targets.values() {
        self::target(&mut out, view, target, from, width);
    }
    out
}

/// A heading.
pub(crate) fn heading(out: &mut String, text: &str, width: Option<usize>) {
    let mut filled = String::new();
    fill(&mut filled, width, 0, 4, text);
    let filled = filled.trim_end();
    writeln!(out, "{HEADING}{filled}{HEADING:#}").expect("a string takes any text");
}

fn vpc(out: &mut String, view: &View, vpc: &VpcSurvey, width: Option<usize>) {
    let blocks = vpc.blocks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    fill(out, width, 2, 6, format!("{}  {blocks}", named(vpc.id.as_str(), &vpc.name)).trim_end());
    let state = match &vpc.policy {
        VpcPolicy::NotEnabled => format!("{FAINT}not enabled{FAINT:#}"),
        VpcPolicy::Enabled { target, enrollment, capture } => {
            let target = match view.targets.get(target) {
                Some(found) => format!("{target} ({})", about(found)),
                None => target.to_string(),
            };
            let profile = capture.profile.as_ref().map(|p| format!(", profile{GLUE}{p}"));
            let length = capture.packet_length;
            let length = length.map(|n| format!(", packet{GLUE}length{GLUE}{n}"));
            format!(
                "{CREATE}enabled{CREATE:#}: target {target}, enrollment{GLUE}{enrollment}{}{}",
                profile.unwrap_or_default(),
                length.unwrap_or_default()
            )
        }
        VpcPolicy::Misconfigured { problem, .. } => {
            format!("{ERROR}left as it is{ERROR:#}: {}", printable(&problem.to_string()))
        }
    };
    fill(out, width, 4, 6, &state);
    fill(out, width, 4, 6, &instances(vpc));
}

/// The numbers of a VPC in a line.
fn instances(vpc: &VpcSurvey) -> String {
    let alone: usize = vpc.left_alone.values().sum();
    let mut text = format!(
        "instances: {}{GLUE}eligible, {}{GLUE}mirrored, {alone}{GLUE}left{GLUE}alone",
        vpc.eligible, vpc.mirrored
    );
    if alone > 0 {
        let reasons: Vec<String> =
            vpc.left_alone.iter().map(|(reason, n)| format!("{n}{GLUE}{reason}")).collect();
        write!(text, " ({})", reasons.join(", ")).expect("a string takes any text");
    }
    text
}

fn target(
    out: &mut String,
    view: &View,
    target: &TargetSurvey,
    from: &[&VpcId],
    width: Option<usize>,
) {
    let title = named(target.id.as_str(), &target.name);
    fill(out, width, 2, 6, &format!("{title}  {}", place(target)));
    for warning in warnings(view, target, from) {
        fill(out, width, 4, 6, &format!("{WARNING}warning:{WARNING:#} {}", printable(&warning)));
    }
}

/// What a person should know before choosing a target for these VPCs.
pub(crate) fn warnings(view: &View, target: &TargetSurvey, from: &[&VpcId]) -> Vec<String> {
    let mut warnings = target.warnings();
    warnings.extend(ways(view, target.vpc.as_ref(), from));
    warnings
}

/// What a person should know about the ways from these VPCs to a target that lives in `home`.
pub(crate) fn ways(view: &View, home: Option<&VpcId>, from: &[&VpcId]) -> Vec<String> {
    let way = |vpc: &&VpcId| {
        let warning = reach(home, vpc, view.links.as_ref()).warning()?;
        Some(format!("the target seen from {vpc}: {warning}"))
    };
    from.iter().filter_map(way).collect()
}

/// A target's name, kind and health in few words.
fn about(target: &TargetSurvey) -> String {
    let name = target.name.as_deref().map(|name| format!("{}, ", printable(name)));
    let (kind, health) = (target.kind_word(), target.health.code());
    format!("{}{kind},{GLUE}{health}", name.unwrap_or_default())
}

/// What a target delivers to, and where that is.
fn place(target: &TargetSurvey) -> String {
    let mut text = target.kind_word().to_owned();
    // A load balancer's name is unique in its region, and its ARN takes a line and a half.
    let is_nlb = matches!(target.kind, TargetKind::Nlb(_));
    match target.behind.as_deref().map(printable) {
        Some(behind) if is_nlb => write!(text, " {behind}"),
        Some(behind) => write!(text, " {} ({behind})", target.resource()),
        None => write!(text, " {}", target.resource()),
    }
    .expect("a string takes any text");
    if let Some(vpc) = &target.vpc {
        write!(text, " in {vpc}").expect("a string takes any text");
    }
    if let Some(account) = &target.shared_by {
        write!(text, ", shared by account {account}").expect("a string takes any text");
    }
    let limit = target.limit.map(|limit| format!("{GLUE}of{GLUE}{limit}")).unwrap_or_default();
    let noun = if target.sources == 1 && target.limit.is_none() { "source" } else { "sources" };
    write!(text, ", {}{limit}{GLUE}{noun}, {}", target.sources, target.health.code())
        .expect("a string takes any text");
    text
}

/// An id with the name that goes with it.
pub(crate) fn named(id: &str, name: &Option<String>) -> String {
    match name {
        Some(name) => format!("{id}  {}", printable(name)),
        None => id.to_owned(),
    }
}
