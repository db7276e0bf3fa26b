//! What a person should know beside the decision: notes about one interface, and findings about a whole scope.

use std::fmt;
use std::sync::Arc;

use crate::ids::{FilterId, InstanceId, SessionId, SubnetId, TargetId, VpcId};
use crate::inventory::FilterKey;
use crate::plan::{RuleProblem, TargetProblem};
use crate::policy::profile::Profile;
use crate::policy::rules::RulePlace;
use crate::policy::vpc::TagProblem;

/// Something to know about one interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// A foreign session with a lower number takes packets first.
    SecondInLine {
        /// That session.
        behind: SessionId,
    },
    /// As [`Note::SecondInLine`], and its filter takes everything: ours sees nothing.
    Shadowed {
        /// That session.
        by: SessionId,
    },
    /// A session exists where AWS, as far as the list knows, mirrors nothing.
    MaySeeNothing {
        /// Why.
        why: String,
    },
    /// A tag that looks like a mark and is not.
    MarkIgnored {
        /// Its key.
        key: String,
        /// Its value.
        value: String,
    },
    /// The session should move to another target, which is full.
    TargetFull {
        /// That target.
        target: TargetId,
    },
    /// The session should have the pinned number, which is taken.
    NumberTaken {
        /// The session that has it.
        by: SessionId,
    },
    /// The tag that says when a session for a finding ends is no moment: it does not end.
    NoEnd {
        /// The tag's value.
        value: String,
    },
    /// The rule wants a target in the zone of the source, and there is none with room.
    OtherZone {
        /// Where it is mirrored to instead.
        target: TargetId,
    },
}

impl Note {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SecondInLine { .. } => "second-in-line",
            Self::Shadowed { .. } => "shadowed",
            Self::MaySeeNothing { .. } => "may-see-nothing",
            Self::MarkIgnored { .. } => "mark-ignored",
            Self::TargetFull { .. } => "target-full",
            Self::NumberTaken { .. } => "number-taken",
            Self::OtherZone { .. } => "other-zone",
            Self::NoEnd { .. } => "no-end",
        }
    }

    /// Whether it is a warning: something that somebody should look at.
    pub fn is_warning(&self) -> bool {
        match self {
            Self::SecondInLine { .. } => false,
            Self::Shadowed { .. }
            | Self::MaySeeNothing { .. }
            | Self::MarkIgnored { .. }
            | Self::TargetFull { .. }
            | Self::NumberTaken { .. }
            | Self::OtherZone { .. }
            | Self::NoEnd { .. } => true,
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecondInLine { behind } => write!(f, "second in line behind {behind}"),
            Self::Shadowed { by } => {
                write!(f, "sees nothing: {by} comes first and takes everything")
            }
            Self::MaySeeNothing { why } => write!(f, "the session may see nothing: {why}"),
            Self::MarkIgnored { key, value } => {
                write!(f, "tag {key} is `{value}`, which does not count: only `True` does")
            }
            Self::TargetFull { target } => write!(f, "should move to {target}, which is full"),
            Self::NumberTaken { by } => {
                write!(f, "should have the pinned number, which {by} holds")
            }
            Self::NoEnd { value } => {
                write!(
                    f,
                    "the tag with the end of its finding is `{value}`, which is no moment: it stays"
                )
            }
            Self::OtherZone { target } => {
                write!(f, "no target with room in its zone: it goes to {target}, across zones")
            }
        }
    }
}

/// Something to know about a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A VPC is left as it is because its tags make no sense. An error: exit 3.
    VpcMisconfigured {
        /// The VPC.
        vpc: VpcId,
        /// What is wrong.
        problem: TagProblem,
    },
    /// A rule names what cannot be used: what it is about is left as it is. An error: exit 3.
    RuleMisconfigured {
        /// The rule.
        rule: Arc<RulePlace>,
        /// What is wrong.
        problem: RuleProblem,
    },
    /// One of several targets of a rule cannot be used; the others are.
    RuleTargetUnusable {
        /// The rule.
        rule: Arc<RulePlace>,
        /// What is wrong.
        problem: TargetProblem,
    },
    /// Rules made sessions, and this run was given no rules: it leaves them as they are.
    RulesNotGiven {
        /// How many sessions.
        sessions: usize,
    },
    /// The run was given a directory of rules, and this region has no file in it.
    NoRulesFile,
    /// The instance behind a target in use is stopped: what is mirrored to it is lost.
    TargetStopped {
        /// The target.
        target: TargetId,
        /// The instance.
        instance: InstanceId,
    },
    /// Appliances are gone, and their targets are left.
    AppliancesGone {
        /// The key of the rule that they were made for.
        key: String,
        /// Their subnet.
        subnet: SubnetId,
        /// Their targets.
        targets: Vec<TargetId>,
    },
    /// A target in use is a load balancer that does not listen on UDP 4789.
    TargetDeaf {
        /// The target.
        target: TargetId,
    },
    /// Several filters have our description.
    SeveralFilters {
        /// The one that is used.
        used: FilterId,
        /// The others.
        others: Vec<FilterId>,
    },
    /// The filter in use lets nothing through.
    FilterTakesNothing {
        /// The filter.
        filter: FilterId,
    },
    /// The filter in use has rejecting rules, so part of the traffic stays out.
    FilterRejects {
        /// The filter.
        filter: FilterId,
    },
    /// A filter has what its profile has not: it lets in more, or keeps something out.
    FilterHasMore {
        /// The filter.
        filter: FilterId,
        /// What it is for.
        key: FilterKey,
        /// What it has beyond that.
        parts: Vec<String>,
    },
    /// A filter of a custom profile is used as it is, because this run was given no file that defines it.
    FilterUnverified {
        /// The filter.
        filter: FilterId,
        /// The profile.
        profile: Profile,
    },
    /// Filters have our description but no room for the rules that they lack; another is made.
    FilterOverfull {
        /// Those filters.
        filters: Vec<FilterId>,
    },
    /// A filter with our description cannot do what its profile says: a rule that is not the profile's comes first; another
    /// is used.
    FilterShutOut {
        /// The filter.
        filter: FilterId,
        /// What it is for.
        key: FilterKey,
        /// The rule that comes first.
        rule: String,
    },
}

impl Finding {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::VpcMisconfigured { .. } => "vpc-misconfigured",
            Self::RuleMisconfigured { .. } => "rule-misconfigured",
            Self::RuleTargetUnusable { .. } => "rule-target-unusable",
            Self::RulesNotGiven { .. } => "rules-not-given",
            Self::NoRulesFile => "no-rules-file",
            Self::TargetStopped { .. } => "target-stopped",
            Self::AppliancesGone { .. } => "appliances-gone",
            Self::TargetDeaf { .. } => "target-deaf",
            Self::SeveralFilters { .. } => "several-filters",
            Self::FilterTakesNothing { .. } => "filter-takes-nothing",
            Self::FilterRejects { .. } => "filter-rejects",
            Self::FilterHasMore { .. } => "filter-has-more",
            Self::FilterUnverified { .. } => "filter-unverified",
            Self::FilterOverfull { .. } | Self::FilterShutOut { .. } => "filter-overfull",
        }
    }

    /// Whether it is an error in the configuration, which makes the run partial.
    pub fn is_error(&self) -> bool {
        match self {
            Self::VpcMisconfigured { .. } | Self::RuleMisconfigured { .. } => true,
            Self::RuleTargetUnusable { .. }
            | Self::RulesNotGiven { .. }
            | Self::NoRulesFile
            | Self::TargetStopped { .. }
            | Self::AppliancesGone { .. }
            | Self::TargetDeaf { .. }
            | Self::SeveralFilters { .. }
            | Self::FilterTakesNothing { .. }
            | Self::FilterRejects { .. }
            | Self::FilterHasMore { .. }
            | Self::FilterUnverified { .. }
            | Self::FilterOverfull { .. }
            | Self::FilterShutOut { .. } => false,
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::VpcMisconfigured { problem, .. } => problem.remedy(),
            Self::RuleMisconfigured { .. } => "correct the rule",
            Self::RuleTargetUnusable { .. } => "correct the rule; its other targets are used",
            Self::RulesNotGiven { .. } => "run with --rules, or every run leaves them out",
            Self::NoRulesFile => "name a file after the region, or leave the region out",
            Self::TargetStopped { .. } => "start the instance, or mirror to another target",
            Self::AppliancesGone { .. } => {
                "see why their instances ended; then remove their targets with `session_mirror_tap appliances prune`"
            }
            Self::TargetDeaf { .. } => "add a UDP listener on port 4789 to the load balancer",
            Self::SeveralFilters { .. } => "delete the others once no session uses them",
            Self::FilterTakesNothing { .. } => "add accepting rules to the filter",
            Self::FilterRejects { .. } => "remove the rejecting rules, if all traffic is wanted",
            Self::FilterHasMore { .. } => "delete them from the filter, unless they are wanted",
            Self::FilterUnverified { .. } => "run with --custom-filter, so that it is verified",
            Self::FilterOverfull { .. } | Self::FilterShutOut { .. } => {
                "delete rules that nobody needs from the old filter"
            }
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list =
            |ids: &[FilterId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        match self {
            Self::VpcMisconfigured { vpc, problem } => {
                write!(f, "{vpc} is left as it is: {problem}")
            }
            Self::RuleMisconfigured { rule, problem } => {
                write!(f, "rule {rule}: what it is about is left as it is: {problem}")
            }
            Self::RuleTargetUnusable { rule, problem } => write!(f, "rule {rule}: {problem}"),
            Self::RulesNotGiven { sessions: 1 } => write!(
                f,
                "1 session was made by a rule, and this run was given no rules: it is left as it is"
            ),
            Self::RulesNotGiven { sessions } => write!(
                f,
                "{sessions} sessions were made by rules, and this run was given no rules: they are left as they are"
            ),
            Self::NoRulesFile => {
                write!(f, "no file of rules is this region's: it runs by tags alone")
            }
            Self::TargetStopped { target, instance } => {
                write!(f, "{instance} behind {target} is stopped: what is mirrored to it is lost")
            }
            Self::AppliancesGone { key, subnet, targets } => {
                let targets: Vec<&str> = targets.iter().map(TargetId::as_str).collect();
                write!(
                    f,
                    "appliances for {key} in {subnet} are gone, their targets are left: {}",
                    targets.join(", ")
                )
            }
            Self::TargetDeaf { target } => write!(
                f,
                "the load balancer behind {target} has no UDP listener on port 4789: what is mirrored to it is lost"
            ),
            Self::SeveralFilters { used, others } => {
                write!(
                    f,
                    "several filters have our description: {used} is used, not {}",
                    list(others)
                )
            }
            Self::FilterTakesNothing { filter } => {
                write!(
                    f,
                    "no rule of filter {filter} accepts anything: its sessions mirror nothing"
                )
            }
            Self::FilterRejects { filter } => {
                write!(
                    f,
                    "filter {filter} has rejecting rules: part of the traffic is not mirrored"
                )
            }
            Self::FilterHasMore { filter, key, parts } => write!(
                f,
                "filter {filter} has what its profile ({key}) has not: {}",
                parts.join("; ")
            ),
            Self::FilterUnverified { filter, profile } => write!(
                f,
                "filter {filter} of {profile} is used as it is: no file of this run defines the profile"
            ),
            Self::FilterOverfull { filters } => write!(
                f,
                "{} cannot take the rules that are missing (AWS allows ten): a new filter is used",
                list(filters)
            ),
            Self::FilterShutOut { filter, key, rule } => write!(
                f,
                "filter {filter} cannot do what its profile ({key}) says, for a rule that the profile has not comes first: {rule}; another filter is used"
            ),
        }
    }
}
