//! Errors as people see them: one line that says what failed, on which resource and what AWS said, and a hint with the
//! remedy. The same as JSON.

use std::error::Error;

use serde_json::{Value, json};
use tap_core::cycle::CycleError;
use tap_core::error::CloudError;
use tap_core::plan::PlanError;
use tap_core::report;
use tap_core::stop::StopReason;

use crate::layout::fill;
use crate::logging::LogFormat;
use crate::{output, terminal};

/// An error that is not AWS's, with what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// The stable code in JSON.
    pub kind: &'static str,
    /// What is wrong, naming the thing.
    pub message: String,
    /// The remedy.
    pub hint: String,
}

impl Fault {
    /// An error with its remedy.
    pub fn new(kind: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: hint.into() }
    }
}

/// The whole chain as one line. A message that a later one repeats is not said twice.
pub fn one_line(error: &(dyn Error + 'static)) -> String {
    let mut line = String::new();
    for message in chain(error).map(ToString::to_string) {
        if line.is_empty() {
            line = message;
        } else if !line.contains(&message) {
            line = format!("{line}: {message}");
        }
    }
    // Messages of parsers and of AWS have line breaks; a log of one line per error has none.
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The remedy, where something in the chain knows one.
pub fn hint(error: &(dyn Error + 'static)) -> Option<String> {
    chain(error).find_map(|e| {
        if let Some(cloud) = e.downcast_ref::<CloudError>() {
            Some(cloud.remedy())
        } else if let Some(cycle) = e.downcast_ref::<CycleError>() {
            of_cycle(cycle).map(str::to_owned)
        } else if let Some(plan) = e.downcast_ref::<PlanError>() {
            Some(of_plan(plan).to_owned())
        } else {
            e.downcast_ref::<Fault>().map(|fault| fault.hint.clone())
        }
    })
}

/// The remedy for what is no call's failure.
fn of_cycle(error: &CycleError) -> Option<&'static str> {
    match error {
        CycleError::Read(_) => None, // The call's own error has it.
        CycleError::Plan(plan) => Some(of_plan(plan)),
        CycleError::Stopped(reason) => Some(stopped(*reason)),
    }
}

/// What to do about what the user named and the account does not have.
fn of_plan(error: &PlanError) -> &'static str {
    match error {
        PlanError::NoSuchFilter(_) => "check --filter-id and --region, or leave --filter-id out",
        PlanError::ProfileNotDefined(_) => {
            "give the file that defines it with --custom-filter, or correct --filter-profile"
        }
    }
}

/// What to do about a run that had to stop before it had read.
pub fn stopped(reason: StopReason) -> &'static str {
    match reason {
        StopReason::Interrupted => "run again",
        StopReason::TimedOut => "check the network and --endpoint-url, or give it more time",
    }
}

/// The stable code in JSON, metrics and docs.
pub fn kind(error: &(dyn Error + 'static)) -> &'static str {
    let kind = chain(error).find_map(|e| {
        if let Some(cloud) = e.downcast_ref::<CloudError>() {
            Some(cloud.kind.code())
        } else if let Some(CycleError::Stopped(reason)) = e.downcast_ref() {
            Some(reason.code())
        } else {
            e.downcast_ref::<Fault>().map(|fault| fault.kind)
        }
    });
    kind.unwrap_or("other")
}

/// The error in the JSON document. AWS's errors have all fields, others leave those that are AWS's null.
pub fn document(error: &(dyn Error + 'static)) -> Value {
    let mut value = match chain(error).find_map(|e| e.downcast_ref::<CloudError>()) {
        Some(cloud) => report::error_document(cloud),
        None => json!({
            "kind": kind(error),
            "call": null,
            "iam_action": null,
            "resource": null,
            "aws_code": null,
            "message": null,
            "remedy": hint(error),
        }),
    };
    value["message"] = json!(one_line(error));
    value
}

/// Says on stderr what went wrong: as text for people, as a log line where the log is JSON.
pub fn print(error: &(dyn Error + 'static), format: LogFormat) {
    let (line, hint) = (one_line(error), hint(error));
    match format {
        LogFormat::Json => tracing::error!(hint, "{line}"),
        LogFormat::Text => {
            let (red, width) = (terminal::ERROR, terminal::stderr_width());
            let mut text = String::new();
            fill(&mut text, width, 0, 2, &format!("{red}error:{red:#} {line}"));
            if let Some(hint) = hint {
                fill(&mut text, width, 2, 4, &format!("hint: {hint}"));
            }
            output::stderr(&text);
        }
    }
}

/// Says one line on stderr that is no error.
pub(crate) fn say(line: &str, format: LogFormat) {
    match format {
        LogFormat::Json => tracing::warn!("{line}"),
        LogFormat::Text => {
            // The terminal may have written `^C` in front of it.
            let width = terminal::stderr_width().map(|width| width.saturating_sub("^C".len()));
            let mut text = String::new();
            fill(&mut text, width, 0, 2, line);
            output::stderr(&text);
        }
    }
}

/// The error and what it comes from.
pub(crate) fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |e: &&'a (dyn Error + 'static)| (*e).source())
}

#[cfg(test)]
mod tests {
    use tap_core::call::Call;
    use tap_core::error::ErrorKind;

    use super::*;

    fn denied() -> CycleError {
        CycleError::Read(CloudError {
            kind: ErrorKind::Denied,
            call: Call::DescribeVpcs,
            resource: None,
            code: Some("UnauthorizedOperation".to_owned()),
            message: "You are not authorized\nto perform this operation.".to_owned(),
        })
    }

    #[test]
    fn one_line_with_its_source_once_and_the_denied_action_in_the_hint() {
        assert_eq!(
            one_line(&denied()),
            "cannot read the account: nothing was changed: DescribeVpcs: UnauthorizedOperation: \
             You are not authorized to perform this operation."
        );
        assert!(hint(&denied()).unwrap().contains("ec2:DescribeVpcs"));
    }

    #[test]
    fn a_filter_that_is_not_there_has_a_hint() {
        let error = CycleError::Plan(PlanError::NoSuchFilter("tmf-1".into()));
        assert!(one_line(&error).contains("tmf-1"));
        assert!(hint(&error).unwrap().contains("--filter-id"));
    }

    #[test]
    fn a_region_that_was_not_read_in_time_has_a_kind_and_a_hint() {
        let error = CycleError::Stopped(StopReason::TimedOut);
        assert_eq!((kind(&error), kind(&denied())), ("timed-out", "denied"));
        assert!(one_line(&error).contains("--timeout"));
        assert!(hint(&error).unwrap().contains("--endpoint-url"));
    }

    #[test]
    fn a_source_that_the_message_repeats_is_said_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot open the file: {0}")]
        struct Outer(#[source] Fault);
        let error = Outer(Fault::new("file", "no such file", "check the path"));
        assert_eq!(one_line(&error), "cannot open the file: no such file");
        assert_eq!(hint(&error).unwrap(), "check the path");
    }

    #[test]
    fn the_document_has_the_same_keys_for_both_sorts_of_errors() {
        let aws = document(&denied());
        let ours =
            document(&Fault::new("no-region", "no region", "pass --region or set AWS_REGION"));
        let keys = |v: &Value| v.as_object().unwrap().keys().cloned().collect::<Vec<String>>();
        assert_eq!(keys(&aws), keys(&ours));
        assert_eq!(aws["kind"], "denied");
        assert_eq!(aws["iam_action"], "ec2:DescribeVpcs");
        assert_eq!(ours["kind"], "no-region");
        assert_eq!(ours["remedy"], "pass --region or set AWS_REGION");
    }
}
