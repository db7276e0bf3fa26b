//! `--output json`: a stable schema, described in `docs/json-output.md` and compared with it in a test.

use serde_json::{Value, json};
use tap_core::inventory::Scope;
use tap_core::survey::{MarkSurvey, MarkWarning};
use tap_core::tagging::Written;

use super::check::{Change, Planned};
use super::outcome::{Outcome, Regional};
use super::view::{Subject, View};
use crate::errors;

/// A region of the list.
pub(super) fn listed(view: &View, subject: &Subject) -> Value {
    let instances: Vec<Value> = view
        .listed(subject)
        .into_iter()
        .map(|survey| {
            let mut value = instance(survey, view);
            value["on_list"] = json!(survey.is_on);
            value["on_other_list"] = json!(survey.is_on_other);
            value
        })
        .collect();
    json!({
        "account": view.scope.account,
        "region": view.scope.region,
        "error": null,
        "list": subject.list.as_str(),
        "instances": instances,
    })
}

/// A region of the list that could not be read.
pub(super) fn unlisted(scope: &Scope, error: &anyhow::Error, subject: &Subject) -> Value {
    json!({
        "account": scope.account,
        "region": scope.region,
        "error": errors::document(error.as_ref()),
        "list": subject.list.as_str(),
        "instances": [],
    })
}

/// A region of which something was to be changed.
pub(super) fn changed(
    planned: &Planned<'_>,
    regional: Option<&Regional<'_>>,
    subject: &Subject,
) -> Value {
    let changes = planned.changes.iter().map(|(id, change)| {
        let outcome = regional.and_then(|regional| regional.outcomes.get(id));
        self::change(change, outcome, planned.view)
    });
    let unchanged = planned.unchanged.iter().map(|(id, reason)| {
        let name = planned.view.survey(id).and_then(|survey| survey.name.as_ref());
        json!({ "id": id, "name": name, "reason": reason.code() })
    });
    json!({
        "account": planned.view.scope.account,
        "region": planned.view.scope.region,
        "error": null,
        "list": subject.list.as_str(),
        "changes": changes.collect::<Vec<_>>(),
        "unchanged": unchanged.collect::<Vec<_>>(),
    })
}

fn change(change: &Change, outcome: Option<&Outcome>, view: &View) -> Value {
    let Change { action, tags, before: _, after } = change;
    let mut value = instance(after, view);
    value["action"] = json!(action.code());
    value["set"] = json!(tags.set);
    value["remove"] = json!(tags.remove);
    value["outcome"] = json!(outcome.map(Outcome::code));
    value["now_on"] = json!(outcome.map(|outcome| outcome.place.code()));
    let error = outcome.filter(|outcome| !outcome.is_done).map(|outcome| &outcome.written);
    let error = error.and_then(Written::error).map(|error| errors::document(error));
    value["error"] = json!(error);
    value
}

fn instance(survey: &MarkSurvey, view: &View) -> Value {
    let MarkSurvey { id, name, state, instance_type, vpcs, is_on: _, is_on_other: _, warnings } =
        survey;
    let vpcs = vpcs.iter().map(
        |(id, impact)| json!({ "id": id, "name": view.vpc_name(id), "effect": impact.code() }),
    );
    json!({
        "id": id,
        "name": name,
        "state": state.as_str(),
        "instance_type": &**instance_type,
        "vpcs": vpcs.collect::<Vec<_>>(),
        "warnings": warnings.iter().map(warning).collect::<Vec<_>>(),
    })
}

fn warning(warning: &MarkWarning) -> Value {
    json!({ "code": warning.code(), "message": warning.to_string() })
}
