//! AWS tags as data, and the keys and values that are ours (ruling 1).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::ids::InstanceId;

/// The vendor whose keys an account uses unless `--vendor` says otherwise.
pub const DEFAULT_VENDOR: &str = "Vectra";

/// The key that AWS's console shows as a resource's name.
pub const NAME: &str = "Name";

/// The key of the tag that marks a session as ours.
pub const CREATOR: &str = "Creator";

/// How many tags AWS allows on a resource (docs/aws.md 1.5).
pub const MOST_TAGS: usize = 50;

/// The tags of one resource, sorted by key. A sorted list, not a map: a fleet holds one per instance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags(Box<[(Box<str>, Box<str>)]>);

impl Tags {
    /// The value of `key`. Keys and values are case-sensitive, as in AWS.
    pub fn get(&self, key: &str) -> Option<&str> {
        // There are 50 at most, and two keys seldom have the same length: looking at each is faster than a search.
        self.0.iter().find(|(k, _)| **k == *key).map(|(_, value)| &**value)
    }

    /// The Name tag, unless it is missing or empty.
    pub fn name(&self) -> Option<&str> {
        self.get(NAME).filter(|name| !name.is_empty())
    }

    /// All pairs, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(k, v)| (k.as_ref(), v.as_ref()))
    }
}

impl<K: Into<Box<str>>, V: Into<Box<str>>> FromIterator<(K, V)> for Tags {
    /// Collects pairs; of two with the same key the later one counts.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut tags: Vec<(Box<str>, Box<str>)> = Vec::new();
        for (key, value) in pairs {
            let (key, value) = (key.into(), value.into());
            match tags.iter_mut().find(|(k, _)| *k == key) {
                Some(pair) => pair.1 = value,
                None => tags.push((key, value)),
            }
        }
        tags.sort();
        Self(tags.into_boxed_slice())
    }
}

/// What to write to the tags of one resource. Keys that it does not name stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TagChange {
    /// Keys with the values that they get.
    pub set: BTreeMap<String, String>,
    /// Keys that go, whatever their value.
    pub remove: BTreeSet<String>,
}

impl TagChange {
    /// The same, with `key` set to `value`.
    #[must_use]
    pub fn and_set(mut self, key: &str, value: &str) -> Self {
        self.set.insert(key.to_owned(), value.to_owned());
        self
    }

    /// The same, with `key` removed.
    #[must_use]
    pub fn and_remove(mut self, key: &str) -> Self {
        self.remove.insert(key.to_owned());
        self
    }

    /// What is left to do on a resource that has these tags.
    #[must_use]
    pub fn missing_on(mut self, tags: &Tags) -> Self {
        self.set.retain(|key, value| tags.get(key) != Some(value));
        self.remove.retain(|key| tags.get(key).is_some());
        self
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.remove.is_empty()
    }

    /// Whether a resource with these tags has room for the change. Keys of AWS's own do not count (docs/aws.md 1.5).
    pub fn fits(&self, tags: &Tags) -> bool {
        let after = self.applied_to(tags);
        let count = |tags: &Tags| tags.iter().filter(|(key, _)| !key.starts_with("aws:")).count();
        // One that has too many all the same may still get other values.
        count(&after) <= MOST_TAGS.max(count(tags))
    }

    /// The tags of a resource after the change.
    pub fn applied_to(&self, tags: &Tags) -> Tags {
        let stays = tags.iter().filter(|(key, _)| !self.remove.contains(*key));
        let set = self.set.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        stays.chain(set).collect()
    }
}

/// The keys and values of one vendor's prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagKeys {
    /// The prefix itself, `Vectra`.
    pub vendor: String,
    /// On a VPC: the target to mirror to. Its presence enables the VPC.
    pub target: String,
    /// On a VPC: `auto` or `whitelist`; absent means `auto`.
    pub enrollment: String,
    /// On a VPC: the profile of its filter; absent means that of the run, which is `all` unless somebody said otherwise.
    pub profile: String,
    /// On a VPC: how many bytes of each packet are mirrored.
    pub packet_length: String,
    /// On an instance: `True` keeps it out of `auto` VPCs' mirroring.
    pub blacklist: String,
    /// On an instance: `True` chooses it in `whitelist` VPCs.
    pub whitelist: String,
    /// On a session: the rule that it was made by. A run without rules does not remove it.
    pub rule: String,
    /// On a session: the GuardDuty finding that it was made for.
    pub finding: String,
    /// On a session made for a finding: when it ends, where it does.
    pub until: String,
    /// On an appliance and its target: the rule that it was made for.
    pub appliance: String,
    /// On an appliance and its target: the subnet that it was made in.
    pub subnet: String,
    /// On a session: the value of [`CREATOR`] that makes it ours.
    pub creator: String,
    /// The description by which our filter is found. The mirror API takes no tag filter (docs/aws.md 1.2).
    pub filter_description: String,
}

impl TagKeys {
    /// The keys that start with `vendor`.
    pub fn of_vendor(vendor: &str) -> Self {
        Self {
            vendor: vendor.to_owned(),
            target: format!("{vendor}:session_mirroring_target"),
            enrollment: format!("{vendor}:session_mirroring_enrollment"),
            profile: format!("{vendor}:session_mirroring_filter_profile"),
            packet_length: format!("{vendor}:session_mirroring_packet_length"),
            blacklist: format!("{vendor}:session_mirroring_blacklist"),
            whitelist: format!("{vendor}:session_mirroring_whitelist"),
            rule: format!("{vendor}:session_mirroring_rule"),
            finding: format!("{vendor}:session_mirroring_finding"),
            until: format!("{vendor}:session_mirroring_until"),
            appliance: format!("{vendor}:session_mirroring_appliance"),
            subnet: format!("{vendor}:session_mirroring_subnet"),
            creator: format!("{vendor}:Tap"),
            filter_description: format!("{vendor} Full Traffic + DNS Filter"),
        }
    }
}

impl TagKeys {
    /// The description of a session that mirrors an interface of this instance.
    pub fn session_description(&self, instance: Option<&InstanceId>) -> String {
        let vendor = &self.vendor;
        match instance {
            Some(instance) => format!("{vendor} EC2 {instance}"),
            None => format!("{vendor} EC2"),
        }
    }
}

impl Default for TagKeys {
    fn default() -> Self {
        Self::of_vendor(DEFAULT_VENDOR)
    }
}

impl fmt::Display for TagKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.vendor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_by_exact_key_and_the_later_value_counts() {
        let tags: Tags = [("b", "1"), ("a", "2"), ("b", "3")].into_iter().collect();
        assert_eq!(tags.get("b"), Some("3"));
        assert_eq!(tags.get("B"), None);
        assert_eq!(tags.iter().collect::<Vec<_>>(), [("a", "2"), ("b", "3")]);
    }

    #[test]
    fn a_change_touches_only_what_it_names_and_only_what_differs() {
        let tags: Tags = [("a", "1"), ("b", "2"), ("c", "3")].into_iter().collect();
        let change = TagChange::default().and_set("a", "1").and_set("b", "9").and_remove("x");
        let missing = change.missing_on(&tags);
        assert_eq!(missing, TagChange::default().and_set("b", "9"));
        let after = missing.and_remove("c").applied_to(&tags);
        assert_eq!(after.iter().collect::<Vec<_>>(), [("a", "1"), ("b", "9")]);
        assert!(TagChange::default().and_set("a", "1").missing_on(&tags).is_empty());
    }

    #[test]
    fn fifty_tags_are_the_most_and_those_of_aws_do_not_count() {
        let with = |n: usize| -> Tags {
            let own = (0..n).map(|n| (format!("k{n}"), String::new()));
            own.chain([("aws:x".to_owned(), String::new())]).collect()
        };
        let one_more = TagChange::default().and_set("new", "1");
        assert!(one_more.fits(&with(49)) && !one_more.fits(&with(50)));
        assert!(one_more.clone().and_remove("k0").fits(&with(50)));
        assert!(TagChange::default().and_set("k0", "1").fits(&with(50)));
    }

    #[test]
    fn an_empty_name_is_no_name() {
        assert_eq!([(NAME, "")].into_iter().collect::<Tags>().name(), None);
        assert_eq!([(NAME, "web")].into_iter().collect::<Tags>().name(), Some("web"));
    }

    #[test]
    fn the_default_keys_are_those_of_the_vectra_tool() {
        let keys = TagKeys::default();
        assert_eq!(keys.target, "Vectra:session_mirroring_target");
        assert_eq!(keys.enrollment, "Vectra:session_mirroring_enrollment");
        assert_eq!(keys.profile, "Vectra:session_mirroring_filter_profile");
        assert_eq!(keys.packet_length, "Vectra:session_mirroring_packet_length");
        assert_eq!(keys.blacklist, "Vectra:session_mirroring_blacklist");
        assert_eq!(keys.whitelist, "Vectra:session_mirroring_whitelist");
        assert_eq!(keys.creator, "Vectra:Tap");
        assert_eq!(keys.filter_description, "Vectra Full Traffic + DNS Filter");
    }
}
