//! Why a decision is what it is: a closed set. Each reason has a stable code, which table, JSON, metrics and docs share,
//! a sentence with its facts, and a line for the documents that says what to do.

use std::fmt;

use crate::ids::{SessionId, TargetId};
use crate::inventory::InstanceState;
use crate::plan::RuleProblem;
use crate::policy::vpc::TagProblem;
use crate::settings::Policy;

/// What is done about an interface or a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// A session is made.
    Create,
    /// A session is changed in place.
    Modify,
    /// A session is removed.
    Delete,
    /// A session stays as it is.
    Keep,
    /// There is no session, and none is made.
    Skip,
}

impl Verb {
    /// All five.
    pub const ALL: [Self; 5] = [Self::Create, Self::Modify, Self::Delete, Self::Keep, Self::Skip];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Modify => "modify",
            Self::Delete => "delete",
            Self::Keep => "keep",
            Self::Skip => "skip",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The one reason of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The session is as it should be.
    InSync,
    /// It should be mirrored and has no session.
    NotMirrored,
    /// As [`Reason::NotMirrored`], and the instance's family is newer than our list: AWS decides.
    NewFamily {
        /// The family.
        family: String,
    },
    /// The session differs from what it should be.
    Drifted {
        /// The values that differ.
        fields: Vec<&'static str>,
    },
    /// The target has as many sources as AWS allows it.
    TargetFull {
        /// The target.
        target: TargetId,
        /// How many it takes.
        limit: usize,
    },
    /// The pinned session number belongs to somebody else's session.
    NumberTaken {
        /// The number.
        number: i32,
        /// The session that holds it.
        by: SessionId,
    },
    /// Three sessions of others fill the interface.
    SessionLimit,
    /// Its rule would need one more appliance than one run may launch.
    ApplianceLimit {
        /// How many it may launch.
        limit: usize,
    },
    /// Appliances of its rule keep going away: no more are launched.
    AppliancesGone {
        /// How many are gone.
        gone: usize,
    },
    /// The VPC has no target tag, and no rule is about the interface.
    VpcNotEnabled,
    /// The VPC's tags make no sense.
    VpcMisconfigured(TagProblem),
    /// What its rule names, or what its instance's tags name, cannot be used.
    RuleMisconfigured(RuleProblem),
    /// Its rule says that it is to be left out.
    IgnoredByRule,
    /// Its rule is about the first interface of an instance only.
    SecondaryInterface,
    /// A rule made its session, and this run was given no rules.
    RulesNotGiven,
    /// A finding names its instance, and neither rules nor settings say where to mirror it to.
    FindingWithoutTarget,
    /// It was mirrored for a finding, and the time for that is over.
    FindingOver,
    /// The VPC was not among those read: it belongs to somebody who does not show it.
    VpcNotSeen,
    /// The interface or its instance receives mirrored traffic; mirroring it would make a loop.
    ReceivesMirror,
    /// The instance does not run.
    NotRunning {
        /// Its state.
        state: InstanceState,
    },
    /// The instance or the attachment of its interface is just changing.
    InTransition {
        /// What it is doing.
        what: &'static str,
    },
    /// The instance is blacklisted.
    Blacklisted,
    /// The VPC wants whitelisted instances only.
    NotWhitelisted,
    /// The interface is of a type that cannot be mirrored.
    InterfaceType {
        /// AWS's word for the type.
        interface_type: String,
    },
    /// An AWS service manages the interface.
    RequesterManaged,
    /// The subnet has IPv6 addresses only.
    Ipv6OnlySubnet,
    /// The instance's type cannot be mirrored.
    UnsupportedType {
        /// The type.
        instance_type: String,
    },
    /// The interface is attached to nothing.
    EniDetached,
    /// The interface does not exist any more.
    EniGone,
    /// The interface is attached to an instance that this run did not see.
    InstanceNotSeen,
    /// The interface has another owned session, and one is enough.
    Duplicate {
        /// The one that stays.
        kept: SessionId,
    },
    /// `--policy` does not allow what would be done.
    HeldByPolicy {
        /// The policy.
        policy: Policy,
        /// What would be done.
        verb: Verb,
        /// Why.
        because: Box<Reason>,
    },
}

/// One line of the reference: a reason's code, and what it means to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReasonDoc {
    /// The stable code.
    pub code: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

macro_rules! reasons {
    ($($pattern:pat => $code:literal, $meaning:literal, $remedy:literal;)*) => {
        impl Reason {
            /// Every reason there is, for the documents.
            pub const ALL: &[ReasonDoc] =
                &[$(ReasonDoc { code: $code, meaning: $meaning, remedy: $remedy },)*];

            /// The reference line of this reason.
            pub fn doc(&self) -> ReasonDoc {
                match self {
                    $($pattern => ReasonDoc { code: $code, meaning: $meaning, remedy: $remedy },)*
                }
            }
        }
    };
}

reasons! {
    Self::InSync => "in-sync", "The session is as it should be", "Nothing";
    Self::NotMirrored => "not-mirrored", "The interface should be mirrored and has no session yet", "Nothing: the run creates it";
    Self::NewFamily { .. } => "new-family",
        "As not-mirrored, and the instance's family is newer than the built-in list: one interface is tried first",
        "Nothing; if AWS refuses, put the family on the list of --instance-types";
    Self::Drifted { .. } => "drifted", "The session's target or filter, or a value that you pinned, is not what it should be",
        "Nothing: the run repairs it in place";
    Self::TargetFull { .. } => "target-full", "The target's interface has as many sources as AWS allows it, 10 or 100 by its instance type",
        "Use a larger appliance, a second target, or a Network Load Balancer";
    Self::NumberTaken { .. } => "number-taken", "Somebody else's session holds the number of --session-number on this interface",
        "Leave --session-number out, or have the other session moved";
    Self::SessionLimit => "session-limit", "Three sessions of others fill the interface; AWS allows no fourth", "Have one of them removed";
    Self::ApplianceLimit { .. } => "appliance-limit", "Its rule would need one more appliance than one run may launch",
        "Nothing, if the next run may launch more; else raise --max-appliances, or use a larger type or a Network Load Balancer";
    Self::AppliancesGone { .. } => "appliances-gone",
        "Three or more appliances of its rule in that subnet are gone, and so may the next be: no more are launched",
        "See why their instances end; then `session_mirror_tap appliances prune` clears the way";
    Self::VpcNotEnabled => "vpc-not-enabled", "The VPC has no target tag, and no rule is about the interface",
        "Tag the VPC or write a rule, if it is to be watched";
    Self::VpcMisconfigured(_) => "vpc-misconfigured", "The VPC's tags make no sense; everything in it is left exactly as it is",
        "Correct the tag that the message names";
    Self::RuleMisconfigured(_) => "rule-misconfigured",
        "What the rule names, or what a tag of the instance names in its stead, cannot be used; what it is about is left exactly as it is",
        "Correct the rule or the tag that the message names";
    Self::IgnoredByRule => "ignored-by-rule", "Its rule says `ignore`", "Change the rule, if it is to be watched";
    Self::SecondaryInterface => "secondary-interface", "Its rule is about the first interface of an instance only",
        "Write `interfaces: all` in the rule, if it is to be watched";
    Self::RulesNotGiven => "rules-not-given", "A rule made its session, and this run was given no rules for the region: it stays as it is",
        "Run with --rules; to be rid of the session, run with rules that are not about it";
    Self::FindingWithoutTarget => "finding-without-target",
        "A GuardDuty finding names its instance, and neither rules nor its VPC's tag nor settings say where to mirror it to",
        "Write a rule for it, or set the target for findings";
    Self::FindingOver => "finding-over", "It was mirrored for a GuardDuty finding, and the time for that is over", "Nothing";
    Self::VpcNotSeen => "vpc-not-seen", "The VPC's tags cannot be read in this account, so what is intended is not known",
        "Run the tool in the account that owns the VPC";
    Self::ReceivesMirror => "receives-mirror", "The interface or its instance receives mirrored traffic: mirroring it would make a loop",
        "Nothing: a sensor is never a source";
    Self::NotRunning { .. } => "not-running", "The instance is stopped or terminated", "Nothing: it is mirrored again once it runs";
    Self::InTransition { .. } => "in-transition", "The instance, or the attachment of its interface, is just changing", "Nothing: the next run decides";
    Self::Blacklisted => "blacklisted", "The instance is blacklisted by its tag", "Remove the tag, if it is to be watched";
    Self::NotWhitelisted => "not-whitelisted", "The VPC's enrollment is whitelist, and the instance is not on it", "Tag the instance, if it is to be watched";
    Self::InterfaceType { .. } => "interface-type", "AWS mirrors interfaces of type `interface` only", "Nothing";
    Self::RequesterManaged => "requester-managed", "An AWS service manages the interface; AWS does not mirror it", "Nothing";
    Self::Ipv6OnlySubnet => "ipv6-only-subnet", "The subnet has IPv6 addresses only; AWS does not mirror there", "Nothing";
    Self::UnsupportedType { .. } => "unsupported-type", "AWS does not mirror instances of this type",
        "Change the instance's type; if AWS supports it by now, use --instance-types with a newer list";
    Self::EniDetached => "eni-detached", "The interface is attached to nothing, and its session is paid for all the same", "Nothing";
    Self::EniGone => "eni-gone", "The interface does not exist any more", "Nothing";
    Self::InstanceNotSeen => "instance-not-seen", "The interface is attached to something that this run did not see, so its session stays",
        "If it stays so, look at who manages that instance";
    Self::Duplicate { .. } => "duplicate", "The interface has another owned session; one is enough", "Nothing";
    Self::HeldByPolicy { .. } => "held-by-policy", "--policy does not allow what would be done", "Run with --policy sync when it is wanted";
}

impl Reason {
    /// The stable code, the same in table, JSON, metrics and docs.
    pub fn code(&self) -> &'static str {
        self.doc().code
    }

    /// Whether an interface that should be mirrored is kept from it by a limit, a number, or what was said of it alone. (What
    /// is wrong with a whole VPC or rule is a finding, which makes a run partial by itself.)
    pub fn is_blocked(&self) -> bool {
        matches!(
            self,
            Self::TargetFull { .. }
                | Self::NumberTaken { .. }
                | Self::SessionLimit
                | Self::ApplianceLimit { .. }
                | Self::AppliancesGone { .. }
                | Self::FindingWithoutTarget
                | Self::RuleMisconfigured(
                    RuleProblem::InstanceTag(..)
                        | RuleProblem::InstanceTagFilter(_)
                        | RuleProblem::FindingTarget(_),
                )
        )
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InSync => write!(f, "as it should be"),
            Self::NotMirrored => write!(f, "has no session yet"),
            Self::NewFamily { family } => {
                write!(f, "has no session yet; family {family} is newer than the list, AWS decides")
            }
            Self::Drifted { fields } => write!(f, "differs in {}", fields.join(", ")),
            Self::TargetFull { target, limit } => {
                write!(f, "target {target} takes {limit} sources and has them")
            }
            Self::NumberTaken { number, by } => {
                write!(f, "session number {number} belongs to {by}")
            }
            Self::SessionLimit => write!(f, "three sessions of others fill the interface"),
            Self::ApplianceLimit { limit } => {
                write!(f, "one run may launch {limit} appliances, and it needs one more")
            }
            Self::AppliancesGone { gone } => {
                write!(f, "{gone} appliances of its rule are gone: no more are launched")
            }
            Self::VpcNotEnabled => write!(f, "the VPC is not enabled"),
            Self::VpcMisconfigured(problem) => write!(f, "the VPC is left as it is: {problem}"),
            Self::RuleMisconfigured(problem) => write!(f, "left as it is: {problem}"),
            Self::IgnoredByRule => write!(f, "its rule says ignore"),
            Self::SecondaryInterface => write!(f, "its rule is about first interfaces only"),
            Self::RulesNotGiven => write!(f, "made by a rule, and this run has no rules"),
            Self::FindingWithoutTarget => {
                write!(f, "named in a finding, and nothing says where to mirror it to")
            }
            Self::FindingOver => write!(f, "the time of its finding is over"),
            Self::VpcNotSeen => write!(f, "the VPC's tags cannot be read in this account"),
            Self::ReceivesMirror => write!(f, "receives mirrored traffic"),
            Self::NotRunning { state } => write!(f, "the instance is {}", state.as_str()),
            Self::InTransition { what } => write!(f, "just {what}"),
            Self::Blacklisted => write!(f, "the instance is blacklisted"),
            Self::NotWhitelisted => write!(f, "the instance is not whitelisted"),
            Self::InterfaceType { interface_type } => write!(f, "interface type {interface_type}"),
            Self::RequesterManaged => write!(f, "managed by an AWS service"),
            Self::Ipv6OnlySubnet => write!(f, "in an IPv6-only subnet"),
            Self::UnsupportedType { instance_type } => {
                write!(f, "AWS does not mirror {instance_type}")
            }
            Self::EniDetached => write!(f, "attached to nothing"),
            Self::EniGone => write!(f, "the interface does not exist any more"),
            Self::InstanceNotSeen => write!(f, "attached to an instance that was not seen"),
            Self::Duplicate { kept } => write!(f, "one session is enough, {kept} stays"),
            Self::HeldByPolicy { policy, verb, because } => {
                write!(f, "--policy {policy} holds back to {verb}: {because}")
            }
        }
    }
}
