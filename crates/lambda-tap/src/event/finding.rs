//! GuardDuty findings. Their keys begin with small letters; samples made by hand have them with capitals, and are read too
//! (docs/aws.md 8).

use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use serde::Deserialize;

use super::detail::{detail, instance};
use super::{Place, Work};

/// AWS's limit for a tag's value: the finding's id becomes one.
const LONGEST_ID: usize = 256;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    #[serde(alias = "Id")]
    id: String,
    #[serde(default, alias = "AccountId")]
    account_id: Option<String>,
    #[serde(default, alias = "Region")]
    region: Option<String>,
    #[serde(alias = "Resource")]
    resource: Resource,
    #[serde(default, alias = "Service")]
    service: Option<Service>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    #[serde(alias = "ResourceType")]
    resource_type: String,
    #[serde(default, alias = "InstanceDetails")]
    instance_details: Option<InstanceDetails>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InstanceDetails {
    #[serde(default, alias = "InstanceId")]
    instance_id: Option<String>,
}

#[derive(Deserialize)]
struct Service {
    #[serde(default, alias = "Archived")]
    archived: Option<bool>,
}

/// `GuardDuty Finding`.
pub(super) fn read(event: &EventBridgeEvent, place: &Place) -> Result<Work, String> {
    let Finding { id, account_id, region, resource, service } = detail(event)?;
    if id.is_empty() || id.chars().count() > LONGEST_ID {
        return Err(format!("a finding's id has 1 to {LONGEST_ID} characters"));
    }
    if let Some(elsewhere) = place.elsewhere(account_id.as_deref(), region.as_deref()) {
        return Ok(Work::odd(elsewhere));
    }
    if service.and_then(|service| service.archived).unwrap_or(false) {
        return Ok(Work::ignored(format!("finding {id} is archived")));
    }
    let kind = &resource.resource_type;
    if kind != "Instance" {
        return Ok(Work::ignored(format!("finding {id} is about `{kind}`, not an instance")));
    }
    match resource.instance_details.and_then(|details| details.instance_id) {
        Some(named) if !named.is_empty() => {
            Ok(Work::Finding { id, instances: [instance(named)?].into() })
        }
        Some(_) | None => Ok(Work::odd(format!("finding {id} names no instance"))),
    }
}
