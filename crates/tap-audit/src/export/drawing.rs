//! What is to be there, as plain things that refer to each other: every format is written from this and from nothing else.

use std::collections::{BTreeMap, BTreeSet};

use tap_core::ids::{AccountId, EniId, FilterId, Region, SessionId, TargetId, VpcId};
use tap_core::inventory::TargetKind;

/// Tags, in order.
pub(crate) type Pairs = BTreeMap<String, String>;

/// Everything that is to be there in a region, or in some of its VPCs.
#[derive(Debug, Clone)]
pub(crate) struct Drawing {
    pub(crate) account: AccountId,
    pub(crate) region: Region,
    /// VPCs that lack the tag by which `session_mirror_tap` keeps what is made here.
    pub(crate) vpcs: Vec<VpcItem>,
    pub(crate) targets: Vec<TargetItem>,
    pub(crate) filters: Vec<FilterItem>,
    pub(crate) sessions: Vec<SessionItem>,
    pub(crate) removals: Vec<Removal>,
    /// What code cannot say, in sentences.
    pub(crate) left_out: Vec<String>,
}

/// A VPC that is to be enabled.
#[derive(Debug, Clone)]
pub(crate) struct VpcItem {
    pub(crate) name: Name,
    pub(crate) id: VpcId,
    /// The key of the tag.
    pub(crate) key: String,
    /// The place of its target among the targets.
    pub(crate) target: usize,
}

/// A target.
#[derive(Debug, Clone)]
pub(crate) struct TargetItem {
    /// Its name in code.
    pub(crate) name: Name,
    /// Its id, where it exists.
    pub(crate) id: Option<TargetId>,
    /// Whether it is this account's to write down. Others are named by their ids.
    pub(crate) own: bool,
    pub(crate) kind: TargetKind,
    pub(crate) description: Option<String>,
    pub(crate) tags: Pairs,
}

/// A filter.
#[derive(Debug, Clone)]
pub(crate) struct FilterItem {
    pub(crate) name: Name,
    pub(crate) id: Option<FilterId>,
    /// Whether it is one of ours, so that its rules are written down. Others are named by their ids.
    pub(crate) own: bool,
    pub(crate) description: String,
    pub(crate) tags: Pairs,
    pub(crate) dns: bool,
    /// Whether DNS is to be switched on in a filter that exists.
    pub(crate) lacks_dns: bool,
    pub(crate) rules: Vec<RuleItem>,
}

impl FilterItem {
    /// Whether it is to be made or completed before its sessions.
    pub(crate) fn is_unfinished(&self) -> bool {
        let lacks = self.lacks_dns || self.rules.iter().any(|rule| !rule.exists);
        self.own && (self.id.is_none() || lacks)
    }
}

/// A rule of a filter.
#[derive(Debug, Clone)]
pub(crate) struct RuleItem {
    pub(crate) name: Name,
    /// Its id, where it exists.
    pub(crate) id: Option<String>,
    /// Whether it exists: its id may be unknown all the same.
    pub(crate) exists: bool,
    pub(crate) direction: &'static str,
    pub(crate) number: i32,
    pub(crate) action: &'static str,
    pub(crate) protocol: Option<i32>,
    pub(crate) source_ports: Option<(i32, i32)>,
    pub(crate) destination_ports: Option<(i32, i32)>,
    pub(crate) source: String,
    pub(crate) destination: String,
    pub(crate) description: String,
}

/// A session.
#[derive(Debug, Clone)]
pub(crate) struct SessionItem {
    pub(crate) name: Name,
    pub(crate) id: Option<SessionId>,
    pub(crate) eni: EniId,
    /// Its place among the targets.
    pub(crate) target: usize,
    /// Its place among the filters.
    pub(crate) filter: usize,
    pub(crate) number: i32,
    pub(crate) packet_length: Option<i32>,
    pub(crate) vni: Option<i32>,
    pub(crate) description: Option<String>,
    pub(crate) tags: Pairs,
    /// What of it is to be changed, where it exists.
    pub(crate) change: Option<Change>,
    /// Sessions that hold its place on the target, and have to go or to move first.
    pub(crate) after: Vec<SessionId>,
}

/// What is to be changed in a session that exists.
#[derive(Debug, Clone, Default)]
pub(crate) struct Change {
    pub(crate) target: bool,
    pub(crate) filter: bool,
    pub(crate) number: bool,
    pub(crate) packet_length: bool,
    pub(crate) vni: bool,
    pub(crate) set: Pairs,
    pub(crate) remove: BTreeSet<String>,
}

/// A session of ours that is to go.
#[derive(Debug, Clone)]
pub(crate) struct Removal {
    pub(crate) session: SessionId,
    pub(crate) eni: EniId,
    pub(crate) because: String,
}

/// A name in code, in the forms that the formats need. No two things of a drawing share one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    words: Vec<String>,
}

impl Name {
    /// `session_eni_0a1b`, for Terraform; upper case for shells.
    pub(crate) fn snake(&self) -> String {
        self.words.join("_")
    }

    /// `SessionEni0a1b`: CloudFormation takes letters and digits only.
    pub(crate) fn camel(&self) -> String {
        let capital = |word: &String| {
            let mut chars = word.chars();
            chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str())
        };
        self.words.iter().filter_map(capital).collect()
    }
}

/// Gives names that no two things share, whatever the ids look like.
#[derive(Debug, Default)]
pub(crate) struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    /// A name from some words: of ids, their letters and digits.
    pub(crate) fn of(&mut self, words: &[&str]) -> Name {
        let clean = |word: &&str| {
            let parts = word.split(|c: char| !c.is_ascii_alphanumeric());
            parts.filter(|part| !part.is_empty()).map(str::to_ascii_lowercase).collect::<Vec<_>>()
        };
        let words: Vec<String> = words.iter().flat_map(clean).collect();
        let mut name = Name { words: words.clone() };
        let mut count = 1;
        // `eni-1-2` and `eni-12` are the same without what stands between.
        while !self.taken.insert(name.camel().to_ascii_lowercase()) {
            count += 1;
            name.words = words.iter().cloned().chain([format!("n{count}")]).collect();
        }
        name
    }
}

/// A comment ends with its line: what others named must not begin another.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_code_and_never_the_same() {
        let mut names = Names::default();
        let one = names.of(&["session", "eni-0a1B"]);
        assert_eq!(
            (one.snake().as_str(), one.camel().as_str()),
            ("session_eni_0a1b", "SessionEni0a1b")
        );
        let other = names.of(&["session", "eni-0-a1b"]);
        assert_eq!(other.snake(), "session_eni_0_a1b_n2");
        assert_eq!(names.of(&["session", "\"; rm -rf /"]).snake(), "session_rm_rf");
    }
}
