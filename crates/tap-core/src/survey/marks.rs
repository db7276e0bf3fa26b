//! The instances on a list, each with whether the list changes anything for it, and what a person should know about it.
//!
//! The tags of VPCs alone are looked at, not whether their targets exist: that is said where VPCs are configured, and by
//! every run.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::ids::{InstanceId, VpcId};
use crate::instance_types::{InstanceTypes, TypeSupport};
use crate::inventory::{Instance, InstanceState, Vpc};
use crate::policy::mark::Mark;
use crate::policy::vpc::{Enrollment, TagProblem, VpcPolicy};
use crate::tags::TagKeys;

/// What being on a list changes in one VPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Impact {
    /// The list counts there.
    Counts,
    /// Nothing: the VPC is not mirrored.
    NotEnabled,
    /// Nothing: its enrollment looks at the other list.
    OtherList(Enrollment),
    /// Nothing, as long as its tags make no sense.
    WrongTags(TagProblem),
    /// Nobody knows: its tags cannot be read here, as it belongs to another account.
    NotVisible,
}

impl Impact {
    /// What a list changes in this VPC.
    fn of(mark: Mark, vpc: Option<&Vpc>, keys: &TagKeys) -> Self {
        let Some(vpc) = vpc else {
            return Self::NotVisible;
        };
        match VpcPolicy::from_tags(&vpc.tags, keys) {
            VpcPolicy::NotEnabled => Self::NotEnabled,
            VpcPolicy::Misconfigured { problem, .. } => Self::WrongTags(problem),
            VpcPolicy::Enabled { enrollment, .. } if mark.counts_in(enrollment) => Self::Counts,
            VpcPolicy::Enabled { enrollment, .. } => Self::OtherList(enrollment),
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Counts => "counts",
            Self::NotEnabled => "not-enabled",
            Self::OtherList(_) => "other-list",
            Self::WrongTags(_) => "wrong-tags",
            Self::NotVisible => "not-visible",
        }
    }
}

impl fmt::Display for Impact {
    /// What is to be said behind the VPC's id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Counts => write!(f, "looks at it"),
            Self::NotEnabled => write!(f, "is not enabled"),
            Self::OtherList(Enrollment::Auto) => {
                write!(f, "has the enrollment auto: all but the blacklisted")
            }
            Self::OtherList(Enrollment::Whitelist) => {
                write!(f, "has the enrollment whitelist: only the whitelisted")
            }
            Self::WrongTags(problem) => write!(f, "is left as it is: {problem}"),
            Self::NotVisible => write!(f, "belongs to another account, so its tags are unknown"),
        }
    }
}

/// What a person should know about an instance on a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarkWarning {
    /// It is terminated, or about to be: no list matters any more.
    Terminated,
    /// It is on the other list as well.
    OnBothLists,
    /// A tag looks like a mark and is none.
    NearMiss {
        /// Its key.
        key: String,
        /// Its value.
        value: String,
    },
    /// The list changes nothing for it, in none of the VPCs that it has interfaces in.
    NoEffect {
        /// The list.
        list: Mark,
        /// Why, for each of them; empty where it has no interface.
        vpcs: BTreeMap<VpcId, Impact>,
    },
    /// AWS does not mirror its instance type.
    TypeNotSupported {
        /// The type.
        instance_type: Arc<str>,
    },
    /// Its instance type is newer than the list of those that can be mirrored.
    TypeNewer {
        /// The type.
        instance_type: Arc<str>,
    },
}

impl MarkWarning {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Terminated => "terminated",
            Self::OnBothLists => "on-both-lists",
            Self::NearMiss { .. } => "mark-ignored",
            Self::NoEffect { .. } => "no-effect",
            Self::TypeNotSupported { .. } => "type-not-supported",
            Self::TypeNewer { .. } => "type-newer",
        }
    }
}

impl fmt::Display for MarkWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Terminated => write!(f, "it is terminated: AWS soon forgets it, tags and all"),
            Self::OnBothLists => write!(
                f,
                "it is on both lists: in an auto VPC the blacklist counts, in a whitelist VPC the whitelist"
            ),
            Self::NearMiss { key, value } => {
                write!(f, "tag {key} is `{value}`, which does not count: only `True` does")
            }
            Self::NoEffect { list, vpcs } => {
                // Who fills a list before the VPC is enabled does nothing wrong.
                let not_enabled = |impact: &Impact| *impact == Impact::NotEnabled;
                let is_early = !vpcs.is_empty() && vpcs.values().all(not_enabled);
                let yet = if is_early { " yet" } else { "" };
                write!(f, "the {list} has no effect on it{yet}: ")?;
                if vpcs.is_empty() {
                    write!(f, "it has no interface")?;
                }
                for (i, (vpc, impact)) in vpcs.iter().enumerate() {
                    write!(f, "{}{vpc} {impact}", if i > 0 { "; " } else { "" })?;
                }
                Ok(())
            }
            Self::TypeNotSupported { instance_type } => {
                write!(f, "AWS does not mirror its instance type {instance_type}")
            }
            Self::TypeNewer { instance_type } => write!(
                f,
                "its instance type {instance_type} is newer than the list of those that can be mirrored: AWS decides"
            ),
        }
    }
}

/// An instance as a person sees it who looks at a list, or is about to change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkSurvey {
    /// Its id.
    pub id: InstanceId,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// What it does.
    pub state: InstanceState,
    /// Its type.
    pub instance_type: Arc<str>,
    /// The VPCs that it has interfaces in, and what the list changes in each.
    pub vpcs: BTreeMap<VpcId, Impact>,
    /// Whether it is on the list.
    pub is_on: bool,
    /// Whether it is on the other list.
    pub is_on_other: bool,
    /// What a person should know about its being on the list.
    pub warnings: Vec<MarkWarning>,
}

impl MarkSurvey {
    /// Whether it is terminated, or about to be.
    pub fn is_gone(&self) -> bool {
        is_gone(self.state)
    }

    /// Whether it has a tag of this list that counts, or that a person thought would.
    pub fn is_listed(&self, list: Mark, keys: &TagKeys) -> bool {
        let ours = |warning: &MarkWarning| matches!(warning, MarkWarning::NearMiss { key, .. } if key == list.key(keys));
        self.is_on || self.warnings.iter().any(ours)
    }
}

fn is_gone(state: InstanceState) -> bool {
    matches!(state, InstanceState::ShuttingDown | InstanceState::Terminated)
}

/// Looks at every instance with regard to a list: by name, those without one last.
pub fn marks(
    list: Mark,
    instances: &BTreeMap<InstanceId, Instance>,
    vpcs: &BTreeMap<VpcId, Vpc>,
    keys: &TagKeys,
    types: &InstanceTypes,
) -> Vec<MarkSurvey> {
    let mut surveys: Vec<MarkSurvey> = instances
        .iter()
        .map(|(id, instance)| mark(list, id, instance, vpcs, keys, types))
        .collect();
    surveys.sort_by(|a, b| {
        (a.name.is_none(), &a.name, &a.id).cmp(&(b.name.is_none(), &b.name, &b.id))
    });
    surveys
}

/// Looks at one instance with regard to a list.
pub fn mark(
    list: Mark,
    id: &InstanceId,
    instance: &Instance,
    vpcs: &BTreeMap<VpcId, Vpc>,
    keys: &TagKeys,
    types: &InstanceTypes,
) -> MarkSurvey {
    let Instance { instance_type, state, launched: _, tags, enis } = instance;
    let impact = |vpc: &VpcId| Impact::of(list, vpcs.get(vpc), keys);
    let mut survey = MarkSurvey {
        id: id.clone(),
        name: tags.name().map(str::to_owned),
        state: *state,
        instance_type: instance_type.clone(),
        vpcs: enis.iter().map(|eni| (eni.vpc.clone(), impact(&eni.vpc))).collect(),
        is_on: list.is_on(tags, keys),
        is_on_other: list.other().is_on(tags, keys),
        warnings: Vec::new(),
    };
    if survey.is_on && survey.is_on_other {
        survey.warnings.push(MarkWarning::OnBothLists);
    }
    for mark in [list, list.other()] {
        if let Some(value) = mark.near_miss(tags, keys) {
            let (key, value) = (mark.key(keys).to_owned(), value.to_owned());
            survey.warnings.push(MarkWarning::NearMiss { key, value });
        }
    }
    // Who is on no list, and who is gone, needs no word on what the list does for it.
    if survey.is_gone() {
        survey.warnings.push(MarkWarning::Terminated);
    } else if survey.is_on {
        survey.warnings.extend(effect(list, &survey, types));
    }
    survey
}

/// Why a list changes nothing for an instance.
fn effect(list: Mark, survey: &MarkSurvey, types: &InstanceTypes) -> Vec<MarkWarning> {
    let instance_type = survey.instance_type.clone();
    let of_type = match types.as_source(&instance_type) {
        TypeSupport::Supported => None,
        TypeSupport::Unsupported => Some(MarkWarning::TypeNotSupported { instance_type }),
        TypeSupport::Newer => Some(MarkWarning::TypeNewer { instance_type }),
    };
    let counts = survey.vpcs.values().any(|impact| *impact == Impact::Counts);
    let of_vpcs = (!counts).then(|| MarkWarning::NoEffect { list, vpcs: survey.vpcs.clone() });
    of_vpcs.into_iter().chain(of_type).collect()
}
