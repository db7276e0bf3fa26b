//! What an event is about. Pure: JSON in, [`Work`] out, and nothing of it is believed: it says where to look, and EC2 says
//! what is there.
//!
//! ```text
//!   no object at all, or an event of a kind that we know which lacks what it must have     malformed
//!   any other kind, another account or region, tags that nobody looks at                   ignored
//!   the rest                                                                               work
//! ```
//!
//! The shapes are those of docs/aws.md 8. Delivery is at least once and in any order.

mod detail;
mod finding;
mod place;
mod tags;

use std::collections::BTreeSet;
use std::fmt;

use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use serde::Deserialize;
use serde_json::Value;
use tap_core::ids::{InstanceId, VpcId};

pub use place::{Place, account_of_function};
pub use tags::RelevantTags;

/// The source of our own messages.
pub const OUR_SOURCE: &str = "session-mirror";

/// The detail-type of the message with which a run that did not end in time goes on.
pub const CONTINUE: &str = "Continue";

/// The message with which a run that did not end in time goes on. It names nothing: what is left, the account says.
pub const CONTINUATION: &str =
    r#"{"source":"session-mirror","detail-type":"Continue","detail":{}}"#;

/// What an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Everything: the schedule, or a run that goes on.
    Everything,
    /// Instances that were launched, or run.
    Launched(BTreeSet<InstanceId>),
    /// Instances that stop or end.
    Leaving(BTreeSet<InstanceId>),
    /// Instances and VPCs whose tags changed.
    Tagged {
        /// The instances.
        instances: BTreeSet<InstanceId>,
        /// The VPCs.
        vpcs: BTreeSet<VpcId>,
    },
    /// Instances that a GuardDuty finding names.
    Finding {
        /// Its id.
        id: String,
        /// The instances.
        instances: BTreeSet<InstanceId>,
    },
    /// Nothing of ours.
    Ignored(Ignored),
}

/// Why an event is ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// Why.
    pub why: String,
    /// Whether somebody should look at who sends it.
    pub is_odd: bool,
}

impl Work {
    fn ignored(why: impl Into<String>) -> Self {
        Self::Ignored(Ignored { why: why.into(), is_odd: false })
    }

    fn odd(why: impl Into<String>) -> Self {
        Self::Ignored(Ignored { why: why.into(), is_odd: true })
    }
}

/// An event that cannot be understood, and should be: it goes to where somebody looks at it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("malformed event: {0}")]
pub struct Malformed(String);

impl Malformed {
    /// Says what is wrong.
    pub fn new(problem: impl fmt::Display) -> Self {
        Self(problem.to_string())
    }
}

/// Understands an event.
///
/// # Errors
/// [`Malformed`] for what is no object, and for an event of a known kind that lacks what it must have.
pub fn understand(
    event: &Value,
    place: &Place,
    relevant: &RelevantTags,
) -> Result<Work, Malformed> {
    let Value::Object(fields) = event else {
        return Err(Malformed::new("it is no JSON object"));
    };
    let text = |key: &str| fields.get(key).and_then(Value::as_str);
    let (Some(source), Some(kind)) = (text("source"), text("detail-type")) else {
        // The console's test button, or somebody who wants to see whether the function is there.
        return Ok(Work::odd("it is no event of EventBridge: it has no source and detail-type"));
    };
    let Some(read) = reader(source, kind) else {
        return Ok(Work::ignored(format!("`{kind}` of {source} is no event that is acted on")));
    };
    let event: EventBridgeEvent = EventBridgeEvent::deserialize(event)
        .map_err(|error| Malformed::new(format!("`{kind}`: {error}")))?;
    if let Some(elsewhere) = place.elsewhere(event.account.as_deref(), event.region.as_deref()) {
        return Ok(Work::odd(elsewhere));
    }
    read(&event, place, relevant).map_err(|error| Malformed::new(format!("`{kind}`: {error}")))
}

type Reader = fn(&EventBridgeEvent, &Place, &RelevantTags) -> Result<Work, String>;

/// Who reads events of a kind; none for a kind that is not acted on.
fn reader(source: &str, kind: &str) -> Option<Reader> {
    match (source, kind) {
        ("aws.events" | "aws.scheduler", "Scheduled Event") | (OUR_SOURCE, CONTINUE) => {
            Some(|_, _, _| Ok(Work::Everything))
        }
        ("aws.ec2", "EC2 Instance State-change Notification") => {
            Some(|event, _, _| detail::state_change(event))
        }
        ("aws.autoscaling", "EC2 Instance Launch Successful") => {
            Some(|event, _, _| detail::launch(event))
        }
        ("aws.guardduty", "GuardDuty Finding") => {
            Some(|event, place, _| finding::read(event, place))
        }
        ("aws.tag", "Tag Change on Resource") => Some(tags::read),
        _ => None,
    }
}

/// Understands the text of a message.
///
/// # Errors
/// [`Malformed`] as [`understand`], and for what is not JSON.
pub fn understand_text(
    text: &str,
    place: &Place,
    relevant: &RelevantTags,
) -> Result<Work, Malformed> {
    let event: Value =
        serde_json::from_str(text).map_err(|error| Malformed::new(format!("no JSON: {error}")))?;
    // Nobody presses a test button on a queue: what is no event there is broken.
    if let Value::Object(fields) = &event
        && !(fields.contains_key("source") && fields.contains_key("detail-type"))
    {
        return Err(Malformed::new("it has no source and detail-type"));
    }
    understand(&event, place, relevant)
}

#[cfg(test)]
mod tests;
