//! Appliances as JSON.

use cli_common::errors;
use serde_json::{Value, json};
use tap_core::inventory::Scope;
use tap_core::prune::Pruned;
use tap_core::survey::{ApplianceInstance, ApplianceSurvey};

use super::run::Region;

/// A region as `list` prints it.
pub(super) fn listed(Region { scope, cloud: _, found }: &Region) -> Value {
    let appliances = found.as_ref().ok().map(|all| all.iter().map(appliance).collect::<Vec<_>>());
    json!({
        "account": scope.account,
        "region": scope.region,
        "appliances": appliances,
        "error": found.as_ref().err().map(|error| errors::document(error.as_ref())),
    })
}

/// A region as `prune` prints it, with the outcomes where something was tried.
pub(super) fn pruned<'a>(
    scope: &Scope,
    all: impl Iterator<Item = (&'a ApplianceSurvey, Option<&'a Pruned>)>,
) -> Value {
    let each = all.map(|(survey, became)| {
        let mut value = appliance(survey);
        value["outcome"] = json!(became.map(Pruned::code));
        let error = became.and_then(Pruned::error).map(|error| errors::document(error));
        value["error"] = json!(error);
        value
    });
    json!({
        "account": scope.account,
        "region": scope.region,
        "appliances": each.collect::<Vec<_>>(),
        "error": null,
    })
}

fn appliance(survey: &ApplianceSurvey) -> Value {
    let ApplianceSurvey { rule, subnet, instance, targets, sources, limit, standing } = survey;
    let instance = instance.as_ref().map(|instance| {
        let ApplianceInstance { id, instance_type, state, age, enis } = instance;
        json!({
            "id": id,
            "type": &**instance_type,
            "state": state.as_str(),
            "age_seconds": age,
            "network_interfaces": enis,
        })
    });
    json!({
        "rule": rule,
        "subnet": subnet,
        "instance": instance,
        "targets": targets,
        "sources": sources,
        "sources_limit": limit,
        "standing": standing.code(),
        "message": standing.to_string(),
    })
}
