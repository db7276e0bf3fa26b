//! What a run leaves in the log: the report of the command line, cut to what somebody looks for there, and metrics that
//! CloudWatch takes from the log (its Embedded Metric Format).

use serde_json::{Map, Value, json};
use tap_core::plan::{Decision, Plan, Verb};
use tap_core::report::{SCHEMA_VERSION, ScopeReport, Totals, scope_document};
use tap_core::settings::Settings;
use uuid::Uuid;

use crate::orders::Order;

/// A line of the log may have 256 KB; a decision has about one.
const MOST_DECISIONS: usize = 100;

/// The namespace of the metrics.
const NAMESPACE: &str = "SessionMirror";

/// The report of a run and its metrics.
pub fn lines(report: &ScopeReport, settings: &Settings, order: &Order, run_id: Uuid) -> [Value; 2] {
    [document(report, settings, run_id), metrics(report, settings, order)]
}

/// The report without what is as it should be.
fn document(report: &ScopeReport, settings: &Settings, run_id: Uuid) -> Value {
    let plan = &report.plan;
    let mut document = scope_document(report, settings);
    let mut left_out = 0;
    if let Some(decisions) = document.get_mut("decisions").and_then(Value::as_array_mut) {
        let all = std::mem::take(decisions).into_iter().zip(&plan.decisions);
        let telling = all.filter(|(_, d)| is_telling(d)).map(|(value, _)| value);
        for decision in telling {
            if decisions.len() < MOST_DECISIONS {
                decisions.push(decision);
            } else {
                left_out += 1;
            }
        }
    }
    if let Some(fields) = document.as_object_mut() {
        fields.remove("vpcs");
        fields.insert("decisions_left_out".to_owned(), json!(left_out));
    }
    json!({
        "message": "report",
        "schema_version": SCHEMA_VERSION,
        "run_id": run_id.to_string(),
        "report": document,
    })
}

fn is_telling(decision: &Decision) -> bool {
    decision.action.is_change()
        || decision.is_blocked()
        || decision.notes.iter().any(|note| note.is_warning())
}

/// The metrics of a run. What only all of the scope can say is said by runs of everything.
fn metrics(report: &ScopeReport, settings: &Settings, order: &Order) -> Value {
    let totals = Totals::of(report);
    let ScopeReport { plan, .. } = report;
    let blocked = plan.decisions.iter().filter(|d| d.is_blocked()).count();
    let wrong = plan.findings.iter().filter(|finding| finding.is_error()).count();
    let mut values = vec![
        ("Created", json!(reached(report, Verb::Create)), "Count"),
        ("Modified", json!(reached(report, Verb::Modify)), "Count"),
        ("Deleted", json!(reached(report, Verb::Delete)), "Count"),
        ("Failed", json!(totals.failed), "Count"),
        ("Blocked", json!(blocked), "Count"),
        ("Misconfigured", json!(wrong), "Count"),
        ("Refused", json!(usize::from(plan.refusal.is_some())), "Count"),
    ];
    if order.narrow.is_whole() {
        values.push(("Eligible", json!(totals.eligible), "Count"));
        values.push(("Mirrored", json!(totals.mirrored), "Count"));
        values.push(("Sessions", json!(totals.sessions), "Count"));
        if let Some(percent) = totals.coverage_percent() {
            values.push(("Coverage", json!(percent), "Percent"));
        }
    }
    embedded(plan, settings, &values)
}

fn embedded(plan: &Plan, settings: &Settings, values: &[(&str, Value, &str)]) -> Value {
    let names: Vec<Value> =
        values.iter().map(|(name, _, unit)| json!({"Name": name, "Unit": unit})).collect();
    let millis = settings.now.map_or(0, |now| now.unix().saturating_mul(1000));
    let mut fields = Map::new();
    fields.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": millis,
            "CloudWatchMetrics": [
                {"Namespace": NAMESPACE, "Dimensions": [["Region"]], "Metrics": names}
            ],
        }),
    );
    fields.insert("Region".to_owned(), json!(plan.scope.region));
    fields.extend(values.iter().map(|(name, value, _)| ((*name).to_owned(), value.clone())));
    Value::Object(fields)
}

/// How many changes of a kind were made.
fn reached(report: &ScopeReport, verb: Verb) -> usize {
    let ScopeReport { plan, applied } = report;
    let outcomes = applied.iter().flat_map(|applied| &applied.outcomes);
    outcomes
        .filter(|(_, outcome)| outcome.is_reached())
        .filter_map(|(i, _)| plan.decisions.get(*i))
        .filter(|decision| decision.action.verb() == verb)
        .count()
}
