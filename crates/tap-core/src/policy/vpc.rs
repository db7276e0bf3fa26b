//! A VPC's tags, read as its policy: whether it is mirrored, to what, and which of its instances.

use std::fmt;

use crate::ids::TargetId;
use crate::policy::filter_spec::RULES_PER_FILTER;
use crate::policy::profile::{Profile, UnknownProfile};
use crate::ranges::PACKET_LENGTHS;
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

/// What a VPC's tags say of the packets: which, and how much of each. None where no tag says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capture {
    /// The profile of the filter.
    pub profile: Option<Profile>,
    /// How many bytes of each packet.
    pub packet_length: Option<i32>,
}

impl Capture {
    /// Reads the profile's tag. Whether there is a filter for it is for the caller to see.
    ///
    /// # Errors
    /// [`TagProblem::UnknownProfile`].
    pub fn profile_of(tags: &Tags, keys: &TagKeys) -> Result<Option<Profile>, TagProblem> {
        let profile = tags.get(&keys.profile).map(str::parse);
        profile.transpose().map_err(|unknown: UnknownProfile| TagProblem::UnknownProfile(unknown.0))
    }

    /// Reads the packet length's tag.
    ///
    /// # Errors
    /// [`TagProblem::PacketLength`].
    pub fn packet_length_of(tags: &Tags, keys: &TagKeys) -> Result<Option<i32>, TagProblem> {
        let Some(value) = tags.get(&keys.packet_length) else {
            return Ok(None);
        };
        let digits = value.bytes().all(|byte| byte.is_ascii_digit());
        let length = value.parse().ok().filter(|n| digits && PACKET_LENGTHS.contains(n));
        length.map(Some).ok_or_else(|| TagProblem::PacketLength(value.to_owned()))
    }

    fn from_tags(tags: &Tags, keys: &TagKeys) -> Result<Self, TagProblem> {
        let profile = Self::profile_of(tags, keys)?;
        Ok(Self { profile, packet_length: Self::packet_length_of(tags, keys)? })
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
        /// Which packets, and how much of each.
        capture: Capture,
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
    /// The profile's tag names none.
    UnknownProfile(String),
    /// The packet length's tag is no length that AWS takes.
    PacketLength(String),
    /// No file of this run defines the custom profile, and no filter of ours has its description.
    ProfileNotDefined(Profile),
    /// The VPC has so many blocks that its profile's filter needs more rules than AWS allows.
    TooManyFilterRules {
        /// The profile.
        profile: Profile,
        /// How many rules it needs.
        rules: usize,
    },
    /// The profile's filter is made from the VPC's blocks, and AWS told none.
    NoBlocks(Profile),
}

impl TagProblem {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::EmptyTarget
            | Self::UnknownEnrollment(_)
            | Self::TargetNotFound(_)
            | Self::TargetDead(_)
            | Self::UnknownProfile(_)
            | Self::PacketLength(_) => "correct the VPC's tags",
            Self::ProfileNotDefined(_) => {
                "correct the VPC's tags, or give the file that defines the profile with --custom-filter"
            }
            Self::TooManyFilterRules { .. } | Self::NoBlocks(_) => {
                "give the VPC another profile, for one a custom one with fewer rules"
            }
        }
    }
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
            Self::UnknownProfile(value) => {
                write!(
                    f,
                    "its filter profile tag is `{value}`, which is none of {}",
                    Profile::ALLOWED
                )
            }
            Self::PacketLength(value) => write!(
                f,
                "its packet length tag is `{value}`, which is no whole number from {} to {}",
                PACKET_LENGTHS.start(),
                PACKET_LENGTHS.end()
            ),
            Self::ProfileNotDefined(profile) => write!(
                f,
                "its filter profile is {profile}, which no file of this run defines, and there is no filter of it"
            ),
            Self::TooManyFilterRules { profile, rules } => write!(
                f,
                "its filter profile {profile} needs {rules} rules for its address blocks, and AWS allows {RULES_PER_FILTER}"
            ),
            Self::NoBlocks(profile) => write!(
                f,
                "its filter profile {profile} is made from its address blocks, and none are known"
            ),
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
        match (problem, Capture::from_tags(tags, keys)) {
            (Some(problem), _) | (None, Err(problem)) => {
                Self::Misconfigured { problem, enrollment }
            }
            (None, Ok(capture)) => Self::Enabled { target: target.into(), enrollment, capture },
        }
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

impl Capture {
    /// A change that says this, too. What it does not say stays as it is.
    #[must_use]
    pub fn written_with(&self, mut change: TagChange, keys: &TagKeys) -> TagChange {
        if let Some(profile) = &self.profile {
            change = change.and_set(&keys.profile, &profile.to_string());
        }
        if let Some(length) = self.packet_length {
            change = change.and_set(&keys.packet_length, &length.to_string());
        }
        change
    }
}

/// What disables a VPC: all its tags go, as with the Vectra tool, so that enabling it again starts afresh.
pub fn disabling(keys: &TagKeys) -> TagChange {
    [&keys.target, &keys.enrollment, &keys.profile, &keys.packet_length]
        .into_iter()
        .fold(TagChange::default(), |change, key| change.and_remove(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let keys = TagKeys::default();
        let target = TargetId::from("tmt-1");
        let policy = |tags: &Tags| VpcPolicy::from_tags(tags, &keys);
        let enabled = |enrollment| VpcPolicy::Enabled {
            target: target.clone(),
            enrollment,
            capture: Capture::default(),
        };
        let fresh = enabling(&target, None, &keys).applied_to(&Tags::default());
        assert_eq!(policy(&fresh), enabled(Enrollment::Auto));
        let whitelist = enabling(&target, Some(Enrollment::Whitelist), &keys).applied_to(&fresh);
        assert_eq!(policy(&whitelist), enabled(Enrollment::Whitelist));
        let kept = enabling(&target, None, &keys).applied_to(&whitelist);
        assert_eq!(policy(&kept), enabled(Enrollment::Whitelist));
        let capture = Capture { profile: Some(Profile::AlbClient), packet_length: Some(128) };
        let narrower = capture.written_with(TagChange::default(), &keys).applied_to(&kept);
        let (enrollment, target) = (Enrollment::Whitelist, target.clone());
        assert_eq!(policy(&narrower), VpcPolicy::Enabled { target, enrollment, capture });
        assert_eq!(disabling(&keys).applied_to(&narrower), Tags::default());
    }

    fn read(pairs: &[(&str, &str)]) -> VpcPolicy {
        let tags = pairs.iter().map(|(k, v)| (format!("Vectra:session_mirroring_{k}"), *v));
        VpcPolicy::from_tags(&tags.collect(), &TagKeys::default())
    }

    #[test]
    fn the_tags_of_the_vectra_tool() {
        let enabled = |enrollment| VpcPolicy::Enabled {
            target: "tmt-1".into(),
            enrollment,
            capture: Capture::default(),
        };
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
        for word in ["All", "tcp", "", "custom:", "custom:a b", "alb-client,vpc-1"] {
            let tags = [("target", "tmt-1"), ("filter_profile", word)];
            assert_eq!(read(&tags), wrong(TagProblem::UnknownProfile(word.to_owned())), "{word}");
            assert_eq!(read(&tags[1..]), VpcPolicy::NotEnabled);
        }
        for word in ["0", "8501", "", "1e3", "+128", "-1", " 128", "99999999999"] {
            let tags = [("target", "tmt-1"), ("packet_length", word)];
            assert_eq!(read(&tags), wrong(TagProblem::PacketLength(word.to_owned())), "{word}");
        }
    }
}
