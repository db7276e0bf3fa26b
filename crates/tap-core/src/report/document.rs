//! The JSON document: a stable schema, described in `docs/json-output.md` and compared with it in a test.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::apply::{ApplianceOutcome, FilterOutcome, NotDone, Outcome};
use crate::error::CloudError;
use crate::inventory::{
    ApplianceRef, FilterKey, FilterRef, FilterRuleSpec, SessionChange, SessionSpec, TargetRef,
};
use crate::plan::{
    Action, AppliancePlan, ApplianceStep, ChosenBy, Decision, FilterPlan, FilterStep, VpcView,
};
use crate::policy::vpc::VpcPolicy;
use crate::report::{ScopeReport, Totals};
use crate::settings::Settings;
use crate::tags::TagChange;

/// The version of the schema. It changes when a field is removed or changes its meaning.
pub const SCHEMA_VERSION: u32 = 1;

/// The whole answer of `--output json`.
#[derive(Debug, Serialize)]
pub struct Document {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The id of the run, the same as in the log.
    pub run_id: String,
    /// Whether nothing was applied on purpose.
    pub dry_run: bool,
    /// One entry per region, in the order asked for.
    pub regions: Vec<Value>,
    /// The sum over all regions.
    pub totals: Value,
    /// How the run ended.
    pub exit: Value,
    /// What kept the run from its work as a whole; none where it got as far as its regions.
    pub error: Option<Value>,
}

/// What `Document::regions` holds for a region that could be read.
pub fn scope_document(report: &ScopeReport, settings: &Settings) -> Value {
    let ScopeReport { plan, applied } = report;
    let outcome_of = |i: usize| applied.as_ref().and_then(|a| a.outcomes.get(&i));
    let findings = plan.findings.iter().map(|f| {
        json!({
            "code": f.code(),
            "severity": if f.is_error() { "error" } else { "warning" },
            "message": f.to_string(),
            "remedy": f.remedy(),
        })
    });
    let appliances = plan.appliances.iter().map(|(number, plan)| {
        let outcome = applied.as_ref().and_then(|applied| applied.appliances.get(number));
        appliance(*number, plan, outcome)
    });
    let refusal = plan.refusal.as_ref().map(|refusal| {
        json!({
            "deletes": refusal.deletes,
            "owned": refusal.owned,
            "message": refusal.to_string(),
        })
    });
    let outcome_of_filter = |key| applied.as_ref().and_then(|a| a.filters.get(key));
    let filter_of_run = match plan.filter_of_run(settings) {
        Some((key, filter)) => filter_state(filter, outcome_of_filter(key)),
        None => json!({ "id": null, "action": "none", "outcome": null, "error": null }),
    };
    let filters =
        plan.filters.iter().map(|(key, filter)| one_filter(key, filter, outcome_of_filter(key)));
    json!({
        "account": plan.scope.account,
        "region": plan.scope.region,
        "error": null,
        "filter": filter_of_run,
        "filters": filters.collect::<Vec<_>>(),
        "appliances": appliances.collect::<Vec<_>>(),
        "vpcs": plan.vpcs.iter().map(|(id, view)| vpc(id.as_str(), view)).collect::<Vec<_>>(),
        "decisions": plan.decisions.iter().enumerate().map(|(i, d)| decision(d, outcome_of(i))).collect::<Vec<_>>(),
        "findings": findings.collect::<Vec<_>>(),
        "refusal": refusal,
        "stopped": applied.as_ref().and_then(|a| a.stopped).map(|s| s.code()),
        "totals": totals(&Totals::of(report), settings),
    })
}

/// Totals with the figures that follow from them.
pub fn totals(totals: &Totals, settings: &Settings) -> Value {
    let price = settings.price_per_hour;
    let mut value = json!(totals);
    value["coverage_percent"] = json!(totals.coverage_percent());
    value["cost_usd_per_hour"] = json!(usd(totals.cost_per_hour(price)));
    value["cost_usd_per_month"] = json!(usd(totals.cost_per_month(price)));
    value
}

/// A price to the hundredth of a cent, free of binary fractions.
pub fn usd(usd: f64) -> f64 {
    (usd * 10_000.0).round() / 10_000.0
}

/// An error as the document shows it.
pub fn error(error: &CloudError) -> Value {
    json!({
        "kind": error.kind.code(),
        "call": error.call.action(),
        "iam_action": error.call.iam_action(),
        "resource": error.resource,
        "aws_code": error.code,
        "message": error.message,
        "remedy": error.remedy(),
    })
}

/// One filter, with what it is for.
fn one_filter(key: &FilterKey, plan: &FilterPlan, outcome: Option<&FilterOutcome>) -> Value {
    let rule = |rule: &FilterRuleSpec| {
        json!({
            "direction": rule.direction.as_str(),
            "number": rule.number,
            "action": if rule.accept { "accept" } else { "reject" },
            "protocol": rule.protocol,
            "source_ports": rule.source_ports.map(|ports| [ports.from, ports.to]),
            "destination_ports": rule.destination_ports.map(|ports| [ports.from, ports.to]),
            "source": rule.source.to_string(),
            "destination": rule.destination.to_string(),
        })
    };
    let missing = plan.missing();
    let mut value = filter_state(plan, outcome);
    value["profile"] = json!(key.profile().map(ToString::to_string));
    value["vpc"] = json!(key.vpc());
    value["description"] = json!(plan.spec.as_ref().map(|spec| &spec.description));
    value["adds_rules"] = missing.rules.iter().map(rule).collect();
    value["adds_dns"] = json!(missing.dns);
    value
}

fn filter_state(plan: &FilterPlan, outcome: Option<&FilterOutcome>) -> Value {
    let action = match plan.step {
        FilterStep::Use(_) => "use",
        FilterStep::Complete { .. } => "complete",
        FilterStep::Create => "create",
    };
    let (id, outcome, failure) = match outcome {
        Some(FilterOutcome::Done { filter }) => (Some(filter), Some("done"), None),
        Some(FilterOutcome::Failed(e)) => (plan.id(), Some("failed"), Some(error(e))),
        Some(FilterOutcome::Stopped(_)) => (plan.id(), Some("not-done"), None),
        None => (plan.id(), None, None),
    };
    json!({ "id": id, "action": action, "outcome": outcome, "error": failure })
}

fn vpc(id: &str, view: &VpcView) -> Value {
    let VpcView { name, policy, profile, packet_length } = view;
    let (status, target, enrollment, problem) = match policy {
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
        "status": status,
        "target": target,
        "enrollment": enrollment,
        "profile": profile.as_ref().map(ToString::to_string),
        "packet_length": packet_length,
        "problem": problem,
    })
}

fn decision(decision: &Decision, outcome: Option<&Outcome>) -> Value {
    let Decision {
        eni,
        instance,
        name,
        vpc,
        action,
        reason,
        chosen_by,
        notes,
        eligible,
        leftover,
        after: _,
    } = decision;
    let (rule, finding) = match chosen_by {
        Some(ChosenBy::Rule(place)) => (Some(place.to_string()), None),
        Some(ChosenBy::Finding(id)) => (None, Some(&**id)),
        Some(ChosenBy::Tags) | None => (None, None),
    };
    let notes = notes.iter().map(|note| {
        json!({
            "code": note.code(),
            "severity": if note.is_warning() { "warning" } else { "info" },
            "message": note.to_string(),
        })
    });
    json!({
        "interface": eni,
        "instance": instance,
        "name": name.as_deref(),
        "vpc": vpc,
        "action": action.verb().as_str(),
        "reason": reason.code(),
        "message": decision.because(),
        "rule": rule,
        "finding": finding,
        "session": action.session(),
        "set": match action {
            Action::Create { spec } => Some(spec_values(spec)),
            Action::Modify { change, .. } => Some(change_values(change)),
            Action::Delete { .. } | Action::Keep { .. } | Action::Skip => None,
        },
        "eligible": eligible,
        "leftover": leftover,
        "notes": notes.collect::<Vec<_>>(),
        "outcome": outcome.map(outcome_values),
    })
}

fn outcome_values(outcome: &Outcome) -> Value {
    let (session, reason, message, failure) = match outcome {
        Outcome::Done { session } | Outcome::AlreadyDone { session } => {
            (Some(session), None, None, None)
        }
        Outcome::Gone | Outcome::TypeRefused { .. } => (None, None, None, None),
        Outcome::NotDone(why) => (None, Some(NotDone::code(why)), Some(why.to_string()), None),
        Outcome::Failed(e) => (None, Some(e.kind.code()), Some(e.to_string()), Some(error(e))),
    };
    json!({
        "code": outcome.code(),
        "session": session,
        "reason": reason,
        "message": message,
        "error": failure,
    })
}

fn spec_values(spec: &SessionSpec) -> Value {
    let SessionSpec {
        target,
        filter,
        number,
        number_is_pinned: _,
        packet_length,
        vni,
        name,
        marks,
    } = spec;
    values([
        ("target", Some(target_value(target))),
        ("appliance", appliance_number(target)),
        ("filter", Some(filter_value(filter))),
        ("new_filter", new_filter(filter)),
        ("session_number", Some(json!(number))),
        ("packet_length", packet_length.map(Value::from)),
        ("virtual_network_id", vni.map(Value::from)),
        ("name", Some(json!(&**name))),
        ("marks", marks_value(marks)),
    ])
}

fn change_values(change: &SessionChange) -> Value {
    let SessionChange { target, filter, number, packet_length, vni, marks } = change;
    values([
        ("target", target.as_ref().map(target_value)),
        ("appliance", target.as_ref().and_then(appliance_number)),
        ("filter", filter.as_ref().map(filter_value)),
        ("new_filter", filter.as_ref().and_then(new_filter)),
        ("session_number", number.map(Value::from)),
        ("packet_length", packet_length.map(Value::from)),
        ("virtual_network_id", vni.map(Value::from)),
        ("marks", marks_value(marks)),
    ])
}

/// The id of a target; null for that of an appliance which this run makes, whose id is among the region's `appliances`.
fn target_value(target: &TargetRef) -> Value {
    json!(target.id())
}

/// The number of the appliance that a target belongs to, where this run makes it.
fn appliance_number(target: &TargetRef) -> Option<Value> {
    match target {
        TargetRef::Existing(_) => None,
        TargetRef::OfAppliance(ApplianceRef(number)) => Some(json!(number + 1)),
    }
}

/// Tags by their keys; null for one that is removed.
fn marks_value(marks: &TagChange) -> Option<Value> {
    let set = marks.set.iter().map(|(key, value)| (key.clone(), json!(value)));
    let removed = marks.remove.iter().map(|key| (key.clone(), Value::Null));
    let marks: Map<String, Value> = set.chain(removed).collect();
    (!marks.is_empty()).then_some(Value::Object(marks))
}

fn appliance(
    number: ApplianceRef,
    plan: &AppliancePlan,
    outcome: Option<&ApplianceOutcome>,
) -> Value {
    let AppliancePlan { rule, key, subnet, step, sources } = plan;
    let (instance, instance_type) = match step {
        ApplianceStep::Launch { spec, .. } => (None, Some(&*spec.instance_type)),
        ApplianceStep::Finish { instance, .. } | ApplianceStep::Remove { instance, .. } => {
            (Some(instance), None)
        }
    };
    json!({
        "number": number.0 + 1,
        "action": step.as_str(),
        "rule": rule.as_ref().map(ToString::to_string),
        "key": key,
        "subnet": subnet,
        "instance": instance,
        "instance_type": instance_type,
        "sources": sources,
        "outcome": outcome.map(appliance_outcome),
    })
}

fn appliance_outcome(outcome: &ApplianceOutcome) -> Value {
    let (instance, target, reason, message, failure) = match outcome {
        ApplianceOutcome::Ready { instance, target } => {
            (Some(instance), Some(target), None, None, None)
        }
        ApplianceOutcome::Removed | ApplianceOutcome::LeftAlone => (None, None, None, None, None),
        ApplianceOutcome::NotDone { why, left } => {
            (left.as_ref(), None, Some(why.code()), Some(why.to_string()), None)
        }
        ApplianceOutcome::Failed { error: e, left } => {
            (left.as_ref(), None, Some(e.kind.code()), Some(e.to_string()), Some(error(e)))
        }
    };
    json!({
        "code": outcome.code(),
        "instance": instance,
        "target": target,
        "reason": reason,
        "message": message,
        "error": failure,
    })
}

/// The id of a filter; null for one that this run creates, whose id is in the region's `filter`.
/// What a filter is for that this run makes, so that its id is not known yet: it is among the region's `filters`.
fn new_filter(filter: &FilterRef) -> Option<Value> {
    match filter {
        FilterRef::Existing(_) => None,
        FilterRef::ToBeCreated(key) => Some(json!({
            "profile": key.profile().map(ToString::to_string),
            "vpc": key.vpc(),
        })),
    }
}

fn filter_value(filter: &FilterRef) -> Value {
    match filter {
        FilterRef::Existing(id) => json!(id),
        FilterRef::ToBeCreated(_) => Value::Null,
    }
}

fn values<const N: usize>(pairs: [(&str, Option<Value>); N]) -> Value {
    let pairs = pairs.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(pairs.collect::<Map<_, _>>())
}
