//! The mark that a person put on an instance: on the blacklist, on the whitelist.

use std::fmt;

use crate::policy::vpc::Enrollment;
use crate::tags::{TagChange, TagKeys, Tags};

/// The one value that counts (ruling 1).
pub const TRUE: &str = "True";

/// One of the two lists that an instance can be on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// Keeps an instance out of the mirroring of `auto` VPCs.
    Blacklist,
    /// Chooses an instance in `whitelist` VPCs.
    Whitelist,
}

impl Mark {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Blacklist, Self::Whitelist];

    /// The list's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blacklist => "blacklist",
            Self::Whitelist => "whitelist",
        }
    }

    /// The other list. No instance is on both.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Blacklist => Self::Whitelist,
            Self::Whitelist => Self::Blacklist,
        }
    }

    /// The key of the tag that puts an instance on the list.
    pub fn key(self, keys: &TagKeys) -> &str {
        match self {
            Self::Blacklist => &keys.blacklist,
            Self::Whitelist => &keys.whitelist,
        }
    }

    /// Whether an instance with these tags is on the list.
    pub fn is_on(self, tags: &Tags, keys: &TagKeys) -> bool {
        tags.get(self.key(keys)) == Some(TRUE)
    }

    /// What puts an instance on the list.
    pub fn adding(self, keys: &TagKeys) -> TagChange {
        TagChange::default().and_set(self.key(keys), TRUE)
    }

    /// What takes an instance off the list. A value that never counted (`true`, `yes`) goes too.
    pub fn removing(self, keys: &TagKeys) -> TagChange {
        TagChange::default().and_remove(self.key(keys))
    }

    /// The value of this list's tag, where it looks like `True` and is not: a person meant something by it.
    pub fn near_miss<'a>(self, tags: &'a Tags, keys: &TagKeys) -> Option<&'a str> {
        let value = tags.get(self.key(keys))?;
        let meant = ["true", "yes", "1"].iter().any(|word| value.trim().eq_ignore_ascii_case(word));
        (value != TRUE && meant).then_some(value)
    }

    /// Whether being on this list changes anything in a VPC with this enrollment.
    pub fn counts_in(self, enrollment: Enrollment) -> bool {
        matches!(
            (self, enrollment),
            (Self::Blacklist, Enrollment::Auto) | (Self::Whitelist, Enrollment::Whitelist)
        )
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why an enrollment does or does not choose an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// It is to be mirrored.
    Chosen,
    /// An `auto` VPC, and it is blacklisted.
    Blacklisted,
    /// A `whitelist` VPC, and it is not whitelisted.
    NotWhitelisted,
}

/// Whether an instance with these tags is chosen (ruling 3).
pub fn choose(enrollment: Enrollment, tags: &Tags, keys: &TagKeys) -> Choice {
    match enrollment {
        Enrollment::Auto if Mark::Blacklist.is_on(tags, keys) => Choice::Blacklisted,
        Enrollment::Whitelist if !Mark::Whitelist.is_on(tags, keys) => Choice::NotWhitelisted,
        Enrollment::Auto | Enrollment::Whitelist => Choice::Chosen,
    }
}

/// The mark that looks like `True` and is not (`true`, `yes`), as key and value: a person meant something by it.
pub fn near_miss<'a>(tags: &'a Tags, keys: &'a TagKeys) -> Option<(&'a str, &'a str)> {
    Mark::ALL.into_iter().find_map(|mark| Some((mark.key(keys), mark.near_miss(tags, keys)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        pairs.iter().map(|(k, v)| (format!("Vectra:session_mirroring_{k}"), *v)).collect()
    }

    #[test]
    fn marks_by_enrollment() {
        let keys = TagKeys::default();
        let rows = [
            (Enrollment::Auto, tags(&[]), Choice::Chosen),
            (Enrollment::Auto, tags(&[("blacklist", "True")]), Choice::Blacklisted),
            (Enrollment::Auto, tags(&[("blacklist", "False")]), Choice::Chosen),
            (Enrollment::Auto, tags(&[("blacklist", "true")]), Choice::Chosen),
            (Enrollment::Auto, tags(&[("whitelist", "True")]), Choice::Chosen),
            (Enrollment::Whitelist, tags(&[]), Choice::NotWhitelisted),
            (Enrollment::Whitelist, tags(&[("whitelist", "True")]), Choice::Chosen),
            (Enrollment::Whitelist, tags(&[("whitelist", "False")]), Choice::NotWhitelisted),
            (
                Enrollment::Whitelist,
                tags(&[("whitelist", "True"), ("blacklist", "True")]),
                Choice::Chosen,
            ),
        ];
        for (enrollment, tags, expected) in rows {
            assert_eq!(choose(enrollment, &tags, &keys), expected, "{enrollment} {tags:?}");
        }
    }

    #[test]
    fn a_list_is_entered_and_left_by_its_own_tag_alone() {
        let keys = TagKeys::default();
        for mark in Mark::ALL {
            let on = mark.adding(&keys).applied_to(&tags(&[]));
            assert!(mark.is_on(&on, &keys) && !mark.other().is_on(&on, &keys));
            assert_eq!(mark.removing(&keys).applied_to(&on), tags(&[]));
            assert!(!mark.is_on(&tags(&[(mark.as_str(), "true")]), &keys));
        }
    }

    #[test]
    fn a_near_miss_is_noticed() {
        let keys = TagKeys::default();
        assert!(near_miss(&tags(&[("blacklist", "true")]), &keys).is_some());
        assert!(near_miss(&tags(&[("whitelist", "TRUE ")]), &keys).is_some());
        assert!(near_miss(&tags(&[("blacklist", "True")]), &keys).is_none());
        assert!(near_miss(&tags(&[("blacklist", "False")]), &keys).is_none());
    }
}
