//! The events of EC2 and of Auto Scaling: an instance, and what it does.

use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tap_core::ids::InstanceId;

use super::Work;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct StateChange {
    instance_id: String,
    state: String,
}

/// `EC2 Instance State-change Notification`.
pub(super) fn state_change(event: &EventBridgeEvent) -> Result<Work, String> {
    let StateChange { instance_id, state } = detail(event)?;
    let instances = [instance(instance_id)?].into();
    Ok(match state.as_str() {
        "running" => Work::Launched(instances),
        "stopping" | "stopped" | "shutting-down" | "terminated" => Work::Leaving(instances),
        "pending" => Work::ignored("a pending instance is looked at once it runs"),
        other => Work::odd(format!("`{other}` is no state that is known")),
    })
}

#[derive(Deserialize)]
struct Launch {
    #[serde(rename = "EC2InstanceId")]
    instance: String,
}

/// `EC2 Instance Launch Successful` of an Auto Scaling group.
pub(super) fn launch(event: &EventBridgeEvent) -> Result<Work, String> {
    let Launch { instance: id } = detail(event)?;
    Ok(Work::Launched([instance(id)?].into()))
}

/// The detail of an event, as what it should be.
pub(super) fn detail<T: DeserializeOwned>(event: &EventBridgeEvent) -> Result<T, String> {
    T::deserialize(&event.detail).map_err(|error| format!("detail: {error}"))
}

/// An instance's id. It is opaque, but there must be one.
pub(super) fn instance(id: String) -> Result<InstanceId, String> {
    if id.is_empty() { Err("the instance's id is empty".to_owned()) } else { Ok(id.into()) }
}
