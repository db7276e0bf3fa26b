//! The mark that a person put on an instance: on the blacklist, on the whitelist.

use crate::policy::vpc::Enrollment;
use crate::tags::{TagKeys, Tags};

/// The one value that counts (ruling 1).
pub const TRUE: &str = "True";

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
        Enrollment::Auto if tags.get(&keys.blacklist) == Some(TRUE) => Choice::Blacklisted,
        Enrollment::Whitelist if tags.get(&keys.whitelist) != Some(TRUE) => Choice::NotWhitelisted,
        Enrollment::Auto | Enrollment::Whitelist => Choice::Chosen,
    }
}

/// The mark that looks like `True` and is not (`true`, `yes`), as key and value: a person meant something by it.
pub fn near_miss<'a>(tags: &'a Tags, keys: &'a TagKeys) -> Option<(&'a str, &'a str)> {
    [keys.blacklist.as_str(), keys.whitelist.as_str()].into_iter().find_map(|key| {
        let value = tags.get(key)?;
        let meant = ["true", "yes", "1"].iter().any(|word| value.trim().eq_ignore_ascii_case(word));
        (value != TRUE && meant).then_some((key, value))
    })
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
    fn a_near_miss_is_noticed() {
        let keys = TagKeys::default();
        assert!(near_miss(&tags(&[("blacklist", "true")]), &keys).is_some());
        assert!(near_miss(&tags(&[("whitelist", "TRUE ")]), &keys).is_some());
        assert!(near_miss(&tags(&[("blacklist", "True")]), &keys).is_none());
        assert!(near_miss(&tags(&[("blacklist", "False")]), &keys).is_none());
    }
}
