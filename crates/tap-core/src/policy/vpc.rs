//! A VPC's tags, read as its policy: whether it is mirrored, to what, and which of its instances.

use std::fmt;

use crate::ids::TargetId;
use crate::tags::{TagChange, TagKeys, Tags};

/// A VPC's rule for its instances (ruling 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Enrollment {
    /// All but the blacklisted.
    Auto,
    /// Only the whitelisted; the blacklist does not apply.
    Whitelist,
}

impl Enrollment {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Auto, Self::Whitelist];

    /// The tag's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Whitelist => "whitelist",
        }
    }
}

impl fmt::Display for Enrollment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a VPC's tags say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VpcPolicy {
    /// It has no target tag: nothing of ours belongs there.
    NotEnabled,
    /// It is to be mirrored.
    Enabled {
        /// The target.
        target: TargetId,
        /// Which instances.
        enrollment: Enrollment,
    },
    /// Its tags make no sense: it is reported and left as it is (ruling 9).
    Misconfigured {
        /// What is wrong.
        problem: TagProblem,
        /// Which instances seem to be meant, so that the report can say what goes unwatched; `auto` where nobody can tell.
        enrollment: Enrollment,
    },
}

/// Why a VPC's tags make no sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagProblem {
    /// The target tag is there, but empty.
    EmptyTarget,
    /// The enrollment tag is neither `auto` nor `whitelist`.
    UnknownEnrollment(String),
    /// No target with that id is there, or it is not shared with this account.
    TargetNotFound(TargetId),
    /// The target is there, but the interface or load balancer behind it is not.
    TargetDead(TargetId),
}

impl fmt::Display for TagProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyTarget => write!(f, "its target tag is empty"),
            Self::UnknownEnrollment(value) => {
                write!(f, "its enrollment tag is `{value}`, which is neither auto nor whitelist")
            }
            Self::TargetNotFound(id) => {
                write!(f, "its target {id} does not exist here and is not shared with this account")
            }
            Self::TargetDead(id) => {
                write!(f, "what its target {id} delivers to does not exist any more")
            }
        }
    }
}

impl VpcPolicy {
    /// Reads a VPC's tags. Whether the target exists is for the caller to see: tags alone do not tell.
    pub fn from_tags(tags: &Tags, keys: &TagKeys) -> Self {
        let Some(target) = tags.get(&keys.target) else {
            return Self::NotEnabled;
        };
        let (enrollment, unknown) = match tags.get(&keys.enrollment) {
            None => (Enrollment::Auto, None),
            Some(value) => match Enrollment::ALL.into_iter().find(|e| e.as_str() == value) {
                Some(enrollment) => (enrollment, None),
                None => (Enrollment::Auto, Some(TagProblem::UnknownEnrollment(value.to_owned()))),
            },
        };
        let problem = if target.is_empty() { Some(TagProblem::EmptyTarget) } else { unknown };
        if let Some(problem) = problem {
            return Self::Misconfigured { problem, enrollment };
        }
        Self::Enabled { target: target.into(), enrollment }
    }
}

/// What enables a VPC. Without an enrollment, one that is there stays, and an absent one means `auto`.
pub fn enabling(target: &TargetId, enrollment: Option<Enrollment>, keys: &TagKeys) -> TagChange {
    let change = TagChange::default().and_set(&keys.target, target.as_str());
    match enrollment {
        Some(enrollment) => change.and_set(&keys.enrollment, enrollment.as_str()),
        None => change,
    }
}

/// What disables a VPC: both tags go, as with the Vectra tool, so that enabling it again starts afresh.
pub fn disabling(keys: &TagKeys) -> TagChange {
    TagChange::default().and_remove(&keys.target).and_remove(&keys.enrollment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let keys = TagKeys::default();
        let target = TargetId::from("tmt-1");
        let policy = |tags: &Tags| VpcPolicy::from_tags(tags, &keys);
        let enabled = |enrollment| VpcPolicy::Enabled { target: target.clone(), enrollment };
        let fresh = enabling(&target, None, &keys).applied_to(&Tags::default());
        assert_eq!(policy(&fresh), enabled(Enrollment::Auto));
        let whitelist = enabling(&target, Some(Enrollment::Whitelist), &keys).applied_to(&fresh);
        assert_eq!(policy(&whitelist), enabled(Enrollment::Whitelist));
        let kept = enabling(&target, None, &keys).applied_to(&whitelist);
        assert_eq!(policy(&kept), enabled(Enrollment::Whitelist));
        assert_eq!(disabling(&keys).applied_to(&kept), Tags::default());
    }

    fn read(pairs: &[(&str, &str)]) -> VpcPolicy {
        let tags = pairs.iter().map(|(k, v)| (format!("Vectra:session_mirroring_{k}"), *v));
        VpcPolicy::from_tags(&tags.collect(), &TagKeys::default())
    }

    #[test]
    fn the_tags_of_the_vectra_tool() {
        let enabled = |enrollment| VpcPolicy::Enabled { target: "tmt-1".into(), enrollment };
        assert_eq!(read(&[]), VpcPolicy::NotEnabled);
        assert_eq!(read(&[("enrollment", "auto")]), VpcPolicy::NotEnabled);
        assert_eq!(read(&[("target", "tmt-1")]), enabled(Enrollment::Auto));
        assert_eq!(read(&[("target", "tmt-1"), ("enrollment", "auto")]), enabled(Enrollment::Auto));
        assert_eq!(
            read(&[("target", "tmt-1"), ("enrollment", "whitelist")]),
            enabled(Enrollment::Whitelist)
        );
    }

    #[test]
    fn tags_that_make_no_sense_are_a_problem_and_not_a_default() {
        let wrong = |problem| VpcPolicy::Misconfigured { problem, enrollment: Enrollment::Auto };
        assert_eq!(read(&[("target", "")]), wrong(TagProblem::EmptyTarget));
        for word in ["Auto", "whitelisted", "", " auto"] {
            assert_eq!(
                read(&[("target", "tmt-1"), ("enrollment", word)]),
                wrong(TagProblem::UnknownEnrollment(word.to_owned())),
            );
        }
    }
}
