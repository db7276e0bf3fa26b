//! What can go wrong with AWS: a closed set of kinds, and an error that says what failed, on which resource, what AWS
//! said and what to do.

use std::fmt;

use crate::call::Call;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $code:literal: $remedy:literal;)*) => {
        /// What an AWS error means to us. AWS's own codes are mapped to it in one table, `aws::classify`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ErrorKind { $($(#[$doc])* $name,)* }

        impl ErrorKind {
            /// Every kind, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable name in JSON, metrics and docs.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What a person can do about it.
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$name => $remedy,)* }
            }
        }
    };
}

kinds! {
    /// The request rate was too high, and stayed so over all retries.
    Throttled "throttled": "run again later, lower --api-share, or ask AWS to raise the account's request limits";
    /// A failure on AWS's side that stayed over all retries.
    Unavailable "unavailable": "run again; if it stays, look at AWS's health page for the region";
    /// No answer: the endpoint could not be reached, or not in time.
    Unreachable "unreachable": "check the network, --endpoint-url and that the region exists";
    /// IAM does not allow the call.
    Denied "denied": "allow the named action in the IAM policy (deploy/iam/ has what each program needs)";
    /// The credentials are missing, expired or not accepted.
    Credentials "credentials": "renew or configure the AWS credentials (aws sts get-caller-identity shows whether they work)";
    /// The network interface is not there any more.
    InterfaceGone "interface-gone": "nothing: an interface that is gone needs no session";
    /// The session is not there any more.
    SessionGone "session-gone": "nothing: the next run makes it again where it is wanted";
    /// Something else that the call names is not there.
    NotFound "not-found": "nothing, if it was removed on purpose; the next run sees the account as it is";
    /// AWS refuses to mirror this interface.
    NotSupported "not-supported": "nothing, unless the instance type can be changed to one that supports traffic mirroring";
    /// The interface has three sessions already.
    SessionsPerInterface "session-limit": "remove one of the three sessions that the interface has";
    /// The target has as many sources as AWS allows it.
    SourcesPerTarget "target-full": "use a larger appliance, a second target, or a Network Load Balancer as target";
    /// The account has as many sessions as AWS allows it.
    AccountSessionLimit "account-limit": "remove sessions that nobody needs: AWS allows 10,000 per account and region";
    /// The interface is itself a target, so it cannot be a source.
    InterfaceIsTarget "interface-is-target": "nothing: a target is never mirrored";
    /// The interface is mirrored itself, so it cannot be a target.
    InterfaceIsSource "interface-is-source": "remove the sessions on the interface first: it cannot be mirrored and be a target";
    /// It cannot be removed: it is in use.
    InUse "in-use": "remove first what uses it: for a target, the sessions to it";
    /// The client token was used before, for something else or for something that is gone.
    TokenSpent "token-spent": "run again: the next run asks anew";
    /// AWS has no room for such an instance in that zone.
    Capacity "no-capacity": "run again later, or choose another instance type or a subnet in another zone";
    /// Something of that name, or for that purpose, is there already.
    Exists "exists": "run again: somebody else made it at the same time";
    /// The account has as many of these as AWS allows it.
    Quota "quota": "remove what nobody needs, or ask AWS to raise the quota that it names";
    /// AWS does not make it so: the subnets, the zones or the settings do not fit each other.
    Unsuitable "unsuitable": "choose other subnets or instances; AWS says what does not fit";
    /// The session number is taken on that interface.
    NumberTaken "number-taken": "leave --session-number out, or remove the session that holds the number";
    /// The resource has as many tags as AWS allows it.
    TagLimit "tag-limit": "remove a tag that nobody needs: AWS allows 50 on a resource";
    /// The organization's tag policy forbids the tag.
    TagPolicy "tag-policy": "ask the owners of the organization's tag policy to allow the key and value";
    /// The resource is being changed by somebody else at this moment.
    Changing "changing": "run again: the resource was being changed at that moment";
    /// AWS calls the request itself wrong.
    Invalid "invalid-request": "report this with the message: the request should never have been sent";
    /// AWS's answer could not be understood.
    BadAnswer "bad-answer": "check --endpoint-url: the answer is not what AWS would send";
    /// The run was stopped before the change was sent.
    Stopped "stopped": "run again: the next run goes on from there";
    /// The endpoint has no such call: an emulator, or a region or partition without the service.
    NotOffered "not-offered": "nothing, where the region does not have the service; else check --endpoint-url";
    /// A code that the table does not know.
    Other "other": "see what AWS said";
}

impl ErrorKind {
    /// Whether no clear answer came: a change may have been done, or not.
    pub fn is_unclear(self) -> bool {
        matches!(self, Self::Unavailable | Self::Unreachable | Self::BadAnswer)
    }

    /// Whether the call itself is refused, whatever it asks for: not allowed, or not there.
    pub fn is_refusal(self) -> bool {
        matches!(self, Self::Denied | Self::NotOffered)
    }

    /// Whether it may be over in a while with nothing done about it.
    pub fn may_pass(self) -> bool {
        matches!(self, Self::Throttled | Self::Unavailable | Self::Unreachable)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// What to do where AWS does not take what an instance is to be launched with. All of it comes from a rule.
const LAUNCH_SETTINGS: &str = "correct the rule: AWS says which of its targetInstanceType, targetInstanceAmi, \
     targetSecurityGroupIds and targetSubnetId it does not take";

/// What to do where AWS does not terminate an instance.
const PROTECTED: &str = "switch the instance's termination protection off, or remove it by hand";

/// What to do about an image that is sold.
const NOT_SUBSCRIBED: &str = "accept the terms of the image's product in AWS Marketplace with this account, or choose \
     another targetInstanceAmi in the rule";

/// One failed call, after all retries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct CloudError {
    /// What the failure means to us.
    pub kind: ErrorKind,
    /// The call that failed.
    pub call: Call,
    /// The resource it was about, where there is one.
    pub resource: Option<String>,
    /// AWS's error code, where AWS answered.
    pub code: Option<String>,
    /// What AWS, or the network, said.
    pub message: String,
}

impl CloudError {
    /// An answer that lacks a field or holds one that makes no sense.
    pub fn bad_answer(call: Call, message: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::BadAnswer,
            call,
            resource: None,
            code: None,
            message: message.into(),
        }
    }

    /// The same error, said about `resource`.
    #[must_use]
    pub fn about(mut self, resource: impl fmt::Display) -> Self {
        self.resource = Some(resource.to_string());
        self
    }

    /// What a person can do about it, with the IAM action named where one is missing.
    pub fn remedy(&self) -> String {
        match (self.kind, self.call.iam_action()) {
            (ErrorKind::Denied, _)
                if self.call == Call::RunInstances
                    && self.code.as_deref() == Some("OptInRequired") =>
            {
                NOT_SUBSCRIBED.to_owned()
            }
            (ErrorKind::Unsuitable, _) if self.call == Call::TerminateInstances => {
                PROTECTED.to_owned()
            }
            (ErrorKind::Denied, Some(action)) => match self.call.programs() {
                [program] => format!(
                    "allow {action} in the IAM policy ({} has all that is needed)",
                    program.policy_file()
                ),
                _ => format!(
                    "allow {action} in the IAM policy (deploy/iam/ has what each program needs)"
                ),
            },
            (ErrorKind::NotFound | ErrorKind::Invalid | ErrorKind::Unsuitable, _)
                if self.call == Call::RunInstances =>
            {
                LAUNCH_SETTINGS.to_owned()
            }
            (kind, _) => kind.remedy().to_owned(),
        }
    }
}

impl fmt::Display for CloudError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind: _, call, resource, code, message } = self;
        write!(f, "{call}")?;
        if let Some(resource) = resource {
            write!(f, " {resource}")?;
        }
        if let Some(code) = code {
            write!(f, ": {code}")?;
        }
        write!(f, ": {message}")
    }
}
