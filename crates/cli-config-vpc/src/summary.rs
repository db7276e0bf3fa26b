//! What is to be made and written, and what follows from it, as text that a person agrees to; and what became of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cli_common::layout::{GLUE, fill};
use cli_common::terminal::{CREATE, DELETE, ERROR, MODIFY, WARNING, printable};
use tap_core::build::StepState;
use tap_core::policy::profile::Profile;
use tap_core::policy::vpc::{Enrollment, VpcPolicy};
use tap_core::settings::Settings;
use tap_core::tagging::Written;
use tap_core::tags::{TagChange, Tags};

use crate::planned::{Planned, costs};
use crate::table::{heading, named};
use crate::write::{Regional, TargetOutcome};

/// Hours in a month, as AWS counts them for its prices.
const HOURS_PER_MONTH: f64 = 730.0;

/// What would be made and written.
pub(crate) fn plan(planned: &[Planned<'_>], settings: &Settings, width: Option<usize>) -> String {
    let mut out = String::new();
    for planned in planned {
        let scope = &planned.view.scope;
        heading(&mut out, &format!("Account {}, region {}", scope.account, scope.region), width);
        if let Some(build) = &planned.build {
            for step in &build.steps {
                let mark = match step.state {
                    StepState::ToMake => format!("{CREATE}+{CREATE:#}"),
                    StepState::Found { .. } => "=".to_owned(),
                };
                fill(&mut out, width, 2, 6, &format!("{mark} {}", printable(&step.to_string())));
            }
        }
        for (id, change) in &planned.changes.by_vpc {
            let name = planned.view.vpcs.get(id).and_then(|vpc| vpc.name.clone());
            fill(&mut out, width, 2, 6, &named(id.as_str(), &name));
            let vpc = planned.view.inventory.vpcs.get(id);
            let tags = vpc.map(|vpc| vpc.tags.clone()).unwrap_or_default();
            tags_of(&mut out, change, &tags, width);
            // A tag that stays counts too: people should see what all of them mean together.
            let then = VpcPolicy::from_tags(&change.applied_to(&tags), &settings.keys);
            fill(&mut out, width, 4, 6, &format!("then {}", meaning(&then)));
        }
        for id in &planned.changes.unchanged {
            fill(&mut out, width, 2, 6, &format!("{id} is as it should be"));
        }
        for warning in &planned.warnings {
            let text = printable(warning);
            fill(&mut out, width, 2, 6, &format!("{WARNING}warning:{WARNING:#} {text}"));
        }
    }
    if planned.iter().any(Planned::is_change) {
        follows(&mut out, planned, settings, width);
    }
    out
}

/// What a VPC's tags mean, in words.
fn meaning(policy: &VpcPolicy) -> String {
    match policy {
        VpcPolicy::NotEnabled => "not enabled".to_owned(),
        VpcPolicy::Enabled { target, enrollment, capture } => {
            let which = match enrollment {
                Enrollment::Auto => "all instances but the blacklisted",
                Enrollment::Whitelist => "only the whitelisted instances",
            };
            let packets = match &capture.profile {
                None | Some(Profile::All) => String::new(),
                Some(profile) => format!(", {profile}: {}", profile.about()),
            };
            let length = capture.packet_length;
            let length = length.map(|n| format!(", {n} bytes of each packet")).unwrap_or_default();
            format!("{which} are mirrored to {target}{packets}{length}")
        }
        VpcPolicy::Misconfigured { problem, .. } => {
            format!("left as it is: {}", printable(&problem.to_string()))
        }
    }
}

fn tags_of(out: &mut String, change: &TagChange, tags: &Tags, width: Option<usize>) {
    for (key, value) in &change.set {
        let (key, value) = (printable(key), printable(value));
        let line = match tags.get(&key) {
            None => format!("{CREATE}+{CREATE:#} {key} = {value}"),
            Some(old) => format!("{MODIFY}~{MODIFY:#} {key} = {value} (was {})", printable(old)),
        };
        fill(out, width, 4, 8, &line);
    }
    for key in &change.remove {
        let old = printable(tags.get(key).unwrap_or_default());
        fill(out, width, 4, 8, &format!("{DELETE}-{DELETE:#} {} (was {old})", printable(key)));
    }
}

/// What the next run of the tap does then, and what it costs.
fn follows(out: &mut String, planned: &[Planned<'_>], settings: &Settings, width: Option<usize>) {
    let count = |of: fn(&Planned<'_>) -> usize| -> usize { planned.iter().map(of).sum() };
    let parts = [
        (count(|p| p.effect.create), "creates", CREATE),
        (count(|p| p.effect.modify), "changes", MODIFY),
        (count(|p| p.effect.delete), "removes", DELETE),
    ];
    let said: Vec<String> = parts
        .into_iter()
        .filter(|(n, _, _)| *n > 0)
        .map(|(n, verb, style)| format!("{style}{verb}{GLUE}{n}{GLUE}{}{style:#}", sessions(n)))
        .collect();
    let does = if said.is_empty() { "changes no session".to_owned() } else { said.join(", ") };
    fill(out, width, 0, 2, &format!("The next run of session_mirror_tap {does}."));
    let (before, after) = costs(planned, settings);
    if (before, after) != (0.0, 0.0) {
        let usd = |hourly: f64| {
            let monthly = hourly * HOURS_PER_MONTH;
            format!("{hourly:.3}{GLUE}USD per hour ({monthly:.2}{GLUE}per month)")
        };
        let (before, after) = (usd(before), usd(after));
        let text = format!("Cost of the sessions in these VPCs: now {before}, then {after}.");
        fill(out, width, 0, 2, &text);
    }
    let mut warn = |text: String| {
        fill(out, width, 0, 2, &format!("{WARNING}warning:{WARNING:#} {}", printable(&text)));
    };
    let elsewhere = count(|p| p.effect.elsewhere);
    if elsewhere > 0 {
        warn(format!(
            "{elsewhere} {} in other VPCs go too: who receives mirrored traffic is mirrored nowhere",
            sessions(elsewhere)
        ));
    }
    let blocked = count(|p| p.effect.blocked);
    if blocked > 0 {
        warn(format!(
            "{blocked} interfaces cannot be mirrored so: session_mirror_tap --dry-run says why, once this is written"
        ));
    }
    for planned in planned {
        for (id, problem) in &planned.effect.problems {
            warn(format!("{id} stays as it is: {problem}"));
        }
        if let Some(refusal) = &planned.effect.refusal {
            warn(format!(
                "the next run refuses to go on by itself: {refusal}; it needs --allow-mass-delete"
            ));
        }
    }
}

fn sessions(n: usize) -> &'static str {
    if n == 1 { "session" } else { "sessions" }
}

/// What became of it.
pub(crate) fn outcome(regions: &[Regional], width: Option<usize>) -> String {
    let mut out = String::new();
    let mut counts: BTreeMap<bool, usize> = BTreeMap::new();
    for region in regions {
        match &region.target {
            TargetOutcome::None => {}
            TargetOutcome::Built(built) => {
                for made in &built.made {
                    let (verb, made) =
                        (if made.adopted { "found" } else { "made" }, made.to_string());
                    fill(&mut out, width, 0, 2, &format!("{verb}: {}", printable(&made)));
                }
                fill(&mut out, width, 0, 2, &format!("mirror target: {}", built.target));
            }
            TargetOutcome::Failed(error) => {
                for made in &error.made {
                    let made = printable(&made.to_string());
                    fill(&mut out, width, 0, 2, &format!("made, and kept: {made}"));
                }
            }
        }
        for (id, written) in &region.written {
            *counts.entry(*written == Written::Done).or_default() += 1;
            let state = match written {
                Written::Done => continue,
                Written::NotTried => "its tags were not written: stopped before",
                Written::Failed(_) => "its tags are as they were",
                Written::HalfDone(_) => "old tags are removed, new ones are not set",
                Written::Unclear(_) => "its tags may have been written: no answer came",
            };
            let mut line = format!("{ERROR}{id}{ERROR:#}: {state}");
            if let Some(error) = written.error() {
                write!(line, ": {}", printable(&error.to_string()))
                    .expect("a string takes any text");
            }
            fill(&mut out, width, 0, 2, &line);
        }
    }
    let done = counts.get(&true).copied().unwrap_or_default();
    let all: usize = counts.values().sum();
    if all > 0 {
        let noun = if all == 1 { "VPC" } else { "VPCs" };
        let text = if done == all {
            format!("Written to {all} {noun}. session_mirror_tap makes it so on its next run.")
        } else {
            format!(
                "Written to {done} of {all} {noun}. Once that is put right, the same command goes on from there."
            )
        };
        fill(&mut out, width, 0, 2, &text);
    }
    out
}
