//! `--output json`: a stable schema, described in `docs/json-output.md` and compared with it in a test.

use cli_common::errors::document as error_document;
use serde_json::{Value, json};
use tap_core::build::StepState;
use tap_core::ids::VpcId;
use tap_core::inventory::Scope;
use tap_core::policy::vpc::VpcPolicy;
use tap_core::report;
use tap_core::settings::Settings;
use tap_core::survey::{Effect, TargetSurvey, VpcSurvey};
use tap_core::tagging::Written;
use tap_core::tags::TagChange;

use crate::planned::Planned;
use crate::view::View;
use crate::write::{Regional, TargetOutcome};

/// A region of `--list`, or why it could not be read.
pub(crate) fn listed(view: &View, settings: &Settings) -> Value {
    json!({
        "account": view.scope.account,
        "region": view.scope.region,
        "error": null,
        "vpcs": view.vpcs.values().map(|v| vpc(v, settings)).collect::<Vec<_>>(),
        "targets": view.targets.values().map(target).collect::<Vec<_>>(),
    })
}

/// A region of `--list` that could not be read.
pub(crate) fn unlisted(scope: &Scope, error: &anyhow::Error) -> Value {
    json!({
        "account": scope.account,
        "region": scope.region,
        "error": error_document(error.as_ref()),
        "vpcs": [],
        "targets": [],
    })
}

fn vpc(survey: &VpcSurvey, settings: &Settings) -> Value {
    let VpcSurvey { id, name, blocks, policy, eligible, mirrored, left_alone, sessions } = survey;
    let (profile, packet_length) = match policy {
        VpcPolicy::Enabled { capture, .. } => (capture.profile.as_ref(), capture.packet_length),
        VpcPolicy::NotEnabled | VpcPolicy::Misconfigured { .. } => (None, None),
    };
    let (word, target, enrollment, problem) = match policy {
        VpcPolicy::NotEnabled => ("not-enabled", None, None, None),
        VpcPolicy::Enabled { target, enrollment, .. } => {
            ("enabled", Some(target), Some(enrollment.as_str()), None)
        }
        VpcPolicy::Misconfigured { problem, .. } => {
            ("misconfigured", None, None, Some(problem.to_string()))
        }
    };
    json!({
        "id": id,
        "name": name,
        "blocks": blocks.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "status": word,
        "target": target,
        "enrollment": enrollment,
        "profile": profile.map(ToString::to_string),
        "packet_length": packet_length,
        "problem": problem,
        "eligible": eligible,
        "mirrored": mirrored,
        "left_alone": left_alone,
        "sessions": sessions,
        "cost_usd_per_hour": report::usd(*sessions as f64 * settings.price_per_hour),
    })
}

fn target(survey: &TargetSurvey) -> Value {
    json!({
        "id": survey.id,
        "name": survey.name,
        "kind": survey.kind_word(),
        "resource": survey.resource(),
        "behind": survey.behind,
        "vpc": survey.vpc,
        "shared_by": survey.shared_by,
        "sources": survey.sources,
        "limit": survey.limit,
        "health": survey.health.code(),
        "warnings": survey.warnings(),
    })
}

/// A region of which something was to be changed.
pub(crate) fn changed(
    planned: &Planned<'_>,
    outcome: Option<&Regional>,
    settings: &Settings,
) -> Value {
    let target = planned.build.as_ref().map(|build| {
        let built = match outcome.map(|outcome| &outcome.target) {
            Some(TargetOutcome::Built(built)) => Some((Some(&built.target), &built.made, None)),
            Some(TargetOutcome::Failed(error)) => Some((None, &error.made, Some(error))),
            Some(TargetOutcome::None) | None => None,
        };
        let made = built.iter().flat_map(|(_, made, _)| made.iter());
        let found = build.target();
        json!({
            "id": built.as_ref().and_then(|(id, _, _)| *id).or(found.as_ref()),
            "steps": build.steps.iter().map(|step| json!({
                "part": step.part.code(),
                "text": step.to_string(),
                "found": match &step.state {
                    StepState::Found { id } => Some(id),
                    StepState::ToMake => None,
                },
            })).collect::<Vec<_>>(),
            "made": made.map(|made| json!({
                "part": made.part.code(),
                "id": made.id,
                "adopted": made.adopted,
            })).collect::<Vec<_>>(),
            "error": built.and_then(|(_, _, error)| error).map(|error| {
                let mut document = error_document(&**error);
                document["remedy"] = json!(error.remedy());
                document
            }),
        })
    });
    let changes = planned.changes.by_vpc.iter().map(|(id, change)| {
        let written = outcome.and_then(|outcome| outcome.written.get(id.as_str()));
        self::change(id, change, planned, written)
    });
    json!({
        "account": planned.view.scope.account,
        "region": planned.view.scope.region,
        "error": null,
        "target": target,
        "changes": changes.collect::<Vec<_>>(),
        "unchanged": planned.changes.unchanged,
        "effect": effect(&planned.effect, settings),
        "warnings": planned.warnings,
    })
}

fn change(
    id: &VpcId,
    change: &TagChange,
    planned: &Planned<'_>,
    written: Option<&Written>,
) -> Value {
    json!({
        "id": id,
        "name": planned.view.vpcs.get(id).and_then(|vpc| vpc.name.as_ref()),
        "set": change.set,
        "remove": change.remove,
        "outcome": written.map(Written::code),
        "error": written.and_then(Written::error).map(|error| error_document(error)),
    })
}

fn effect(effect: &Effect, settings: &Settings) -> Value {
    let cost = |sessions: usize| report::usd(sessions as f64 * settings.price_per_hour);
    json!({
        "create": effect.create,
        "modify": effect.modify,
        "delete": effect.delete,
        "blocked": effect.blocked,
        "elsewhere": effect.elsewhere,
        "sessions_before": effect.sessions_before,
        "sessions_after": effect.sessions_after(),
        "cost_usd_per_hour_before": cost(effect.sessions_before),
        "cost_usd_per_hour_after": cost(effect.sessions_after()),
        "needs_allow_mass_delete": effect.refusal.is_some(),
    })
}
