//! AWS's error codes, mapped to our kinds in one table. The code decides, never the text, and the HTTP status only where the
//! code is not known (docs/aws.md 5).

use std::error::Error;

use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};

use crate::aws::whole::CUT_SHORT;
use crate::call::Call;
use crate::error::{CloudError, ErrorKind};

/// AWS's codes as EC2, ELBv2 and STS send them, Organizations for the audit, S3 and SQS for the function.
const TABLE: &[(&str, ErrorKind)] = {
    use ErrorKind::{
        AccountSessionLimit, Capacity, Changing, Credentials, Denied, Exists, InUse,
        InterfaceIsSource, InterfaceIsTarget, Invalid, NotFound, NotOffered, NotSupported, Quota,
        SessionsPerInterface, SourcesPerTarget, TagLimit, TagPolicy, Throttled, TokenSpent,
        Unavailable, Unsuitable,
    };
    &[
        // Too many requests.
        ("BandwidthLimitExceeded", Throttled),
        ("EC2ThrottledException", Throttled),
        ("LimitExceededException", Throttled),
        ("PriorRequestNotComplete", Throttled),
        ("ProvisionedThroughputExceededException", Throttled),
        ("RequestLimitExceeded", Throttled),
        ("RequestThrottled", Throttled),
        ("RequestThrottledException", Throttled),
        ("SlowDown", Throttled),
        ("ThrottledException", Throttled),
        ("Throttling", Throttled),
        ("ThrottlingException", Throttled),
        ("TooManyRequestsException", Throttled),
        ("TransactionInProgressException", Throttled),
        // AWS's own failures.
        ("HealthUnavailable", Unavailable),
        ("InternalError", Unavailable),
        ("InternalFailure", Unavailable),
        ("InternalServerError", Unavailable),
        ("RequestTimeout", Unavailable),
        ("RequestTimeoutException", Unavailable),
        ("ServerInternal", Unavailable),
        ("ServiceException", Unavailable),
        ("ServiceUnavailable", Unavailable),
        ("Unavailable", Unavailable),
        // Who we are, and what we may.
        ("AccessDenied", Denied),
        ("AccessDeniedException", Denied),
        ("OptInRequired", Denied),
        ("UnauthorizedOperation", Denied),
        ("AuthFailure", Credentials),
        ("ExpiredToken", Credentials),
        ("ExpiredTokenException", Credentials),
        ("IncompleteSignature", Credentials),
        ("InvalidClientTokenId", Credentials),
        ("MissingAuthenticationToken", Credentials),
        ("RequestExpired", Credentials),
        ("SignatureDoesNotMatch", Credentials),
        ("UnrecognizedClientException", Credentials),
        // Gone; the mirror objects and interfaces, which have many spellings, are in `GONE`.
        ("InvalidID", NotFound),
        ("InvalidInstanceID.NotFound", NotFound),
        ("InvalidSubnetID.NotFound", NotFound),
        ("InvalidVpcID.NotFound", NotFound),
        ("LoadBalancerNotFound", NotFound),
        ("ListenerNotFound", NotFound),
        ("TargetGroupNotFound", NotFound),
        ("SubnetNotFound", NotFound),
        ("InvalidNetworkLoadBalancerArn.NotFound", NotFound),
        ("NetworkLoadBalancerNotFoundException", NotFound),
        ("InvalidVpcEndpointId.NotFound", NotFound),
        ("NoSuchBucket", NotFound),
        ("NoSuchKey", NotFound),
        ("AWSOrganizationsNotInUseException", NotFound),
        ("AWS.SimpleQueueService.NonExistentQueue", NotFound),
        ("QueueDoesNotExist", NotFound),
        // Traffic mirroring's own refusals.
        ("NetworkInterfaceNotSupported", NotSupported),
        ("TrafficMirrorSessionsPerInterfaceLimitExceeded", SessionsPerInterface),
        ("TrafficMirrorSessionsPerTargetLimitExceeded", SourcesPerTarget),
        ("TrafficMirrorSourcesPerTargetLimitExceeded", SourcesPerTarget),
        ("TrafficMirrorSessionLimitExceeded", AccountSessionLimit),
        ("InterfaceInUseByTrafficMirrorTarget", InterfaceIsTarget),
        ("InterfaceInUseByTrafficMirrorSession", InterfaceIsSource),
        ("TrafficMirrorFilterLimitExceeded", Quota),
        ("TrafficMirrorFilterRuleLimitExceeded", Quota),
        ("TrafficMirrorTargetLimitExceeded", Quota),
        // What is made for a target.
        ("DuplicateListener", Exists),
        ("DuplicateLoadBalancerName", Exists),
        ("DuplicateTargetGroupName", Exists),
        ("NlbInUseByTrafficMirrorTargetException", Exists),
        ("TooManyListeners", Quota),
        ("TooManyLoadBalancers", Quota),
        ("TooManyRegistrationsForTargetId", Quota),
        ("TooManyTargetGroups", Quota),
        ("TooManyTargets", Quota),
        ("AvailabilityZoneNotSupported", Unsuitable),
        ("IncompatibleProtocols", Unsuitable),
        ("InvalidConfigurationRequest", Unsuitable),
        ("InvalidNetworkLoadBalancerArn.Malformed", Unsuitable),
        ("InvalidSubnet", Unsuitable),
        ("InvalidTarget", Unsuitable),
        ("InvalidVpcEndpointId.Malformed", Unsuitable),
        ("InvalidVpcEndpointType", Unsuitable),
        ("OperationNotPermitted", Unsuitable),
        ("TargetGroupAssociationLimit", Unsuitable),
        ("UnsupportedProtocol", Unsuitable),
        // What is launched, and removed.
        ("IdempotentInstanceTerminated", TokenSpent),
        ("IdempotentParameterMismatch", TokenSpent),
        ("InsufficientInstanceCapacity", Capacity),
        ("InsufficientHostCapacity", Capacity),
        ("InsufficientCapacity", Capacity),
        ("InstanceLimitExceeded", Quota),
        ("ResourceCountExceeded", Quota),
        ("ResourceLimitExceeded", Quota),
        ("VcpuLimitExceeded", Quota),
        ("VolumeLimitExceeded", Quota),
        ("NetworkInterfaceLimitExceeded", Quota),
        ("InvalidAMIID.Malformed", Unsuitable),
        ("InvalidAMIID.NotFound", NotFound),
        ("InvalidAMIID.Unavailable", Unsuitable),
        ("InvalidGroup.NotFound", NotFound),
        ("InvalidGroupId.Malformed", Unsuitable),
        ("InvalidSecurityGroupID.NotFound", NotFound),
        ("InsufficientFreeAddressesInSubnet", Unsuitable),
        ("Unsupported", Unsuitable),
        ("TrafficMirrorTargetInUseException", InUse),
        // Tags.
        ("TagLimitExceeded", TagLimit),
        ("TagPolicyViolation", TagPolicy),
        // Somebody else is at it.
        ("ResourceInUse", Changing),
        ("ConcurrentTagAccess", Changing),
        ("IncorrectInstanceState", Changing),
        ("IncorrectState", Changing),
        ("InvalidState", Changing),
        // The endpoint has no such call.
        ("InvalidAction", NotOffered),
        ("NotImplemented", NotOffered),
        ("UnknownOperationException", NotOffered),
        ("UnsupportedAPIEndpointException", NotOffered),
        // A request that is wrong in itself.
        ("FilterLimitExceeded", Invalid),
        ("InvalidClientToken", Invalid),
        ("InvalidFilter", Invalid),
        ("InvalidInputException", Invalid),
        ("InvalidMaxResults", Invalid),
        ("InvalidNextToken", Invalid),
        ("InvalidPaginationToken", Invalid),
        ("InvalidParameter", Invalid),
        ("InvalidParameterCombination", Invalid),
        ("InvalidParameterValue", Invalid),
        ("MissingParameter", Invalid),
        ("UnknownParameter", Invalid),
        ("ValidationError", Invalid),
    ]
};

/// How the codes of something gone begin. AWS's documents and its answers spell them differently, with and without `Id` and a
/// dot, and end in `NotFound` or `NoFound` (docs/aws.md 5.1).
const GONE: [(&str, ErrorKind); 3] = [
    ("InvalidTrafficMirrorSession", ErrorKind::SessionGone),
    ("InvalidTrafficMirror", ErrorKind::NotFound),
    ("InvalidNetworkInterface", ErrorKind::InterfaceGone),
];

/// The HTTP status of an emulator that does not have a call, whatever its code is.
const NOT_IMPLEMENTED: u16 = 501;

/// What an error code means to us; [`ErrorKind::Other`] for one that is not in the table.
pub fn kind_of_code(code: &str) -> ErrorKind {
    if let Some((_, kind)) = TABLE.iter().find(|(known, _)| *known == code) {
        return *kind;
    }
    let is_gone = code.ends_with("NotFound") || code.ends_with("NoFound");
    let spelling = GONE.iter().find(|(start, _)| is_gone && code.starts_with(start));
    spelling.map_or(ErrorKind::Other, |(_, kind)| *kind)
}

/// Turns what the SDK says of a failed call into our words.
pub(super) fn classify<E>(
    call: Call,
    error: SdkError<E, aws_sdk_ec2::config::http::HttpResponse>,
) -> CloudError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let status = error.raw_response().map(|r| r.status().as_u16());
    let (kind, code, message) = match &error {
        SdkError::ServiceError(service) => {
            let meta = service.err().meta();
            match meta.code() {
                Some(code) => {
                    let message = meta.message().unwrap_or("(AWS gave no message)").to_owned();
                    (kind_of(code, status), Some(code.to_owned()), message)
                }
                None => (without_code(status), None, not_awss(status, &error)),
            }
        }
        SdkError::ResponseError(_) => (without_code(status), None, not_awss(status, &error)),
        SdkError::TimeoutError(_) => (ErrorKind::Unreachable, None, "no answer in time".to_owned()),
        SdkError::DispatchFailure(failure) if failure.is_timeout() || failure.is_io() => {
            (ErrorKind::Unreachable, None, in_short(&in_one_line(&error)))
        }
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) | _ => {
            let message = in_one_line(&error);
            // The SDK's identity errors have no type that it exports: their text is all there is.
            if message.to_ascii_lowercase().contains("credential") {
                (ErrorKind::Credentials, None, in_short(&message))
            } else {
                (ErrorKind::Unreachable, None, in_short(&message))
            }
        }
    };
    CloudError { kind, call, resource: None, code, message }
}

/// A code that nobody knows says less than a status that says whose fault it was (docs/aws.md 6.3).
fn kind_of(code: &str, status: Option<u16>) -> ErrorKind {
    match (kind_of_code(code), status) {
        (_, Some(NOT_IMPLEMENTED)) => ErrorKind::NotOffered,
        (ErrorKind::Other, Some(500..)) => ErrorKind::Unavailable,
        (kind, _) => kind,
    }
}

fn without_code(status: Option<u16>) -> ErrorKind {
    match status {
        Some(NOT_IMPLEMENTED) => ErrorKind::NotOffered,
        Some(500..) => ErrorKind::Unavailable,
        _ => ErrorKind::BadAnswer,
    }
}

/// What is wrong with an answer that has no error code: a proxy's page, no XML, or half of one. How the SDK's reader failed on
/// it says nothing to anybody.
fn not_awss(status: Option<u16>, error: &dyn Error) -> String {
    let text = in_one_line(error);
    match status {
        _ if text.ends_with(CUT_SHORT) => CUT_SHORT.to_owned(),
        Some(status) => format!("HTTP {status}, and an answer that is not AWS's"),
        None => text,
    }
}

/// What is wrong, without the SDK's way to it and without the list of all places where it looked.
fn in_short(message: &str) -> String {
    if message.contains("no credentials found in chain") {
        let places = "the environment, the profile or the instance's metadata";
        return format!("no AWS credentials were found in {places}");
    }
    let preamble = ["dispatch failure: ", "other: ", "io error: ", "client error (Connect): "];
    let short =
        preamble.iter().fold(message, |rest, words| rest.strip_prefix(words).unwrap_or(rest));
    short.to_owned()
}

/// An error and its causes, each once, in one line.
fn in_one_line(error: &dyn Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(current) = next {
        let text = current.to_string().replace(['\n', '\r'], " ");
        if !parts.iter().any(|said| said.contains(&text)) {
            parts.push(text);
        }
        next = current.source();
    }
    parts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_there_once() {
        for (i, (code, _)) in TABLE.iter().enumerate() {
            assert!(TABLE[..i].iter().all(|(other, _)| other != code), "{code} is there twice");
        }
    }

    #[test]
    fn the_spellings_of_gone() {
        for code in
            ["InvalidTrafficMirrorSessionId.NotFound", "InvalidTrafficMirrorSessionNotFound"]
        {
            assert_eq!(kind_of_code(code), ErrorKind::SessionGone);
        }
        for code in [
            "InvalidTrafficMirrorTargetNoFound",
            "InvalidTrafficMirrorTargetId.NotFound",
            "InvalidTrafficMirrorFilterNotFound",
            "InvalidTrafficMirrorFilterId.NotFound",
        ] {
            assert_eq!(kind_of_code(code), ErrorKind::NotFound, "{code}");
        }
    }

    #[test]
    fn the_spellings_of_an_interface_that_is_gone() {
        for code in ["InvalidNetworkInterfaceID.NotFound", "InvalidNetworkInterface.NotFound"] {
            assert_eq!(kind_of_code(code), ErrorKind::InterfaceGone, "{code}");
        }
        assert_eq!(kind_of_code("InvalidNetworkInterface.InUse"), ErrorKind::Other);
    }

    #[test]
    fn what_organizations_says() {
        for (code, kind) in [
            ("AccessDeniedException", ErrorKind::Denied),
            ("AWSOrganizationsNotInUseException", ErrorKind::NotFound),
            ("TooManyRequestsException", ErrorKind::Throttled),
            ("ServiceException", ErrorKind::Unavailable),
            ("InvalidInputException", ErrorKind::Invalid),
            ("UnsupportedAPIEndpointException", ErrorKind::NotOffered),
        ] {
            assert_eq!(kind_of_code(code), kind, "{code}");
        }
    }

    /// Emulators say it in one of these ways, whatever code they give with the status.
    #[test]
    fn a_call_that_the_endpoint_does_not_have() {
        assert_eq!(kind_of("InvalidAction", Some(400)), ErrorKind::NotOffered);
        assert_eq!(kind_of("UnknownOperationException", Some(404)), ErrorKind::NotOffered);
        assert_eq!(kind_of("InternalFailure", Some(501)), ErrorKind::NotOffered);
        assert_eq!(kind_of("InternalFailure", Some(500)), ErrorKind::Unavailable);
        assert_eq!(without_code(Some(501)), ErrorKind::NotOffered);
        assert_eq!(without_code(Some(503)), ErrorKind::Unavailable);
    }

    #[test]
    fn an_unknown_code_is_other_and_not_guessed_at() {
        assert_eq!(kind_of_code("SomethingNew.NotFound"), ErrorKind::Other);
    }
}
