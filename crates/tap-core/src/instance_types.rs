//! Which instance types can be mirrored, and how many sources one takes as a target.
//!
//! AWS publishes both as lists in its guide and in no API, so they are a data file with a date (`data/instance-types.toml`),
//! which a user can replace. It says what to create, never what to remove (ruling 4).

use std::collections::BTreeSet;

use serde::Deserialize;

/// The list that this version was built with.
const BUILT_IN: &str = include_str!("../data/instance-types.toml");

/// AWS's limit of sources for the interface of a large instance (docs/aws.md 3).
const HUNDRED: usize = 100;

/// AWS's limit of sources for the interface of any other instance.
const TEN: usize = 10;

/// What the list says of a type as a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TypeSupport {
    /// It can be mirrored.
    Supported,
    /// It was known when the list was made, and cannot be mirrored.
    Unsupported,
    /// Its family is newer than the list: AWS decides.
    Newer,
}

/// The list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceTypes {
    /// The day on which AWS's pages said so.
    pub date: String,
    virtualized: BTreeSet<String>,
    metal: BTreeSet<String>,
    unsupported: BTreeSet<String>,
    hundred_sources: BTreeSet<String>,
}

impl InstanceTypes {
    /// Reads a list from TOML.
    ///
    /// # Errors
    /// What is wrong, with line and key.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// What the list says of `instance_type` as a source.
    pub fn as_source(&self, instance_type: &str) -> TypeSupport {
        let family = family(instance_type);
        let size = instance_type.get(family.len() + 1..).unwrap_or_default();
        // Every mac size is a bare metal size, whatever its name (docs/aws.md 3).
        let is_metal = size.starts_with("metal") || family.starts_with("mac");
        let list = if is_metal { &self.metal } else { &self.virtualized };
        if list.contains(family) {
            TypeSupport::Supported
        } else if self.virtualized.contains(family)
            || self.metal.contains(family)
            || self.unsupported.contains(family)
        {
            TypeSupport::Unsupported
        } else {
            TypeSupport::Newer
        }
    }

    /// How many sources may mirror to one interface of an instance of this type.
    pub fn sources_as_target(&self, instance_type: &str) -> usize {
        if self.hundred_sources.contains(instance_type) { HUNDRED } else { TEN }
    }
}

impl Default for InstanceTypes {
    fn default() -> Self {
        Self::from_toml(BUILT_IN).expect("the built-in list is checked by a test")
    }
}

/// The family of a type: the text before the first dot, hyphens included (`m7i-flex`).
pub fn family(instance_type: &str) -> &str {
    instance_type.split('.').next().unwrap_or(instance_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_list_reads_and_has_the_published_counts() {
        let list = InstanceTypes::default();
        assert_eq!(
            (list.virtualized.len(), list.metal.len(), list.unsupported.len()),
            (126, 23, 84)
        );
        assert_eq!(list.hundred_sources.len(), 141);
        assert!(list.virtualized.is_disjoint(&list.unsupported));
    }

    #[test]
    fn types_by_family_and_size() {
        use TypeSupport::{Newer, Supported, Unsupported};
        let list = InstanceTypes::default();
        for (instance_type, expected) in [
            ("m5.large", Supported),
            ("c4.large", Supported),
            ("m7i-flex.large", Supported),
            ("u-6tb1.56xlarge", Supported),
            ("m5.metal", Supported),
            ("c6g.metal", Supported),
            ("mac1.metal", Supported),
            ("t2.micro", Unsupported),
            ("m6i.metal", Unsupported),
            ("c5n.metal", Unsupported),
            ("i7i.metal-24xl", Unsupported),
            ("c8g.large", Unsupported),
            ("mac-m4.metal", Unsupported),
            ("z99.large", Newer),
            ("z99.metal", Newer),
            ("", Newer),
        ] {
            assert_eq!(list.as_source(instance_type), expected, "{instance_type}");
        }
    }

    #[test]
    fn sources_of_a_target_by_its_exact_type() {
        let list = InstanceTypes::default();
        assert_eq!(list.sources_as_target("m5.24xlarge"), 100);
        assert_eq!(list.sources_as_target("m5.large"), 10);
        assert_eq!(list.sources_as_target("z99.large"), 10);
    }

    #[test]
    fn a_wrong_key_is_named() {
        let error = InstanceTypes::from_toml("date = \"x\"\nvirtualised = []").unwrap_err();
        assert!(error.to_string().contains("virtualised"), "{error}");
    }
}
