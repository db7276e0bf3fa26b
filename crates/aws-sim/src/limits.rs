//! What AWS limits: quotas of an account, and what instance types can do as mirror source and target. The lists are
//! data files copied from AWS's guide; this crate keeps its own copy, so that a mistake in a client's is noticed.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// Quotas per account and region. AWS does not raise them; a scenario may lower them, to reach one with few resources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quotas {
    /// Mirror sessions of the account.
    pub sessions: usize,
    /// Sessions on one source.
    pub sessions_per_eni: usize,
    /// Mirror targets of the account.
    pub targets: usize,
    /// Mirror filters of the account.
    pub filters: usize,
    /// Rules of one filter, both directions together.
    pub rules_per_filter: usize,
    /// Sources of an ENI target on the types that AWS lists as large.
    pub sources_large: usize,
    /// Sources of an ENI target on every other type.
    pub sources_small: usize,
    /// Tags of one resource.
    pub tags: usize,
    /// Load balancers of the account.
    pub load_balancers: usize,
    /// Target groups of the account.
    pub target_groups: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            sessions: 10_000,
            sessions_per_eni: 3,
            targets: 10_000,
            filters: 10_000,
            rules_per_filter: 10,
            sources_large: 100,
            sources_small: 10,
            tags: 50,
            load_balancers: 50,
            target_groups: 3000,
        }
    }
}

fn words(text: &'static str) -> HashSet<&'static str> {
    text.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect()
}

static VIRTUAL: LazyLock<HashSet<&str>> =
    LazyLock::new(|| words(include_str!("data/families-virtual.txt")));
static METAL: LazyLock<HashSet<&str>> =
    LazyLock::new(|| words(include_str!("data/families-metal.txt")));
static TYPES: LazyLock<HashSet<&str>> = LazyLock::new(|| words(include_str!("data/types.txt")));
static HUNDRED: LazyLock<HashSet<&str>> =
    LazyLock::new(|| words(include_str!("data/types-hundred-sources.txt")));

/// Families before Nitro.
const XEN: [&str; 26] = [
    "c1", "c3", "c4", "cc1", "cc2", "cg1", "cr1", "d2", "f1", "g2", "g3", "g3s", "h1", "hi1",
    "hs1", "i2", "i3", "m1", "m2", "m3", "m4", "p2", "p3", "r3", "r4", "t1",
];

/// Splits `m7i-flex.large` into family and size.
pub(crate) fn family_and_size(kind: &str) -> (&str, &str) {
    kind.split_once('.').unwrap_or((kind, ""))
}

pub(crate) fn is_metal(kind: &str) -> bool {
    let (family, size) = family_and_size(kind);
    size.starts_with("metal") || family.starts_with("mac")
}

/// Whether AWS mirrors from this type. A family that is on no list is newer than them: refused.
pub(crate) fn can_be_source(kind: &str) -> bool {
    let (family, _) = family_and_size(kind);
    if is_metal(kind) { METAL.contains(family) } else { VIRTUAL.contains(family) }
}

/// Whether an interface of this type takes the larger number of sources as a target.
pub(crate) fn is_large_target(kind: &str) -> bool {
    HUNDRED.contains(kind)
}

pub(crate) fn is_xen(kind: &str) -> bool {
    let (family, size) = family_and_size(kind);
    !size.starts_with("metal")
        && (XEN.contains(&family) || family == "t2" || family.starts_with("x1"))
}

/// Neither the first family of that letter nor the latest has credits to burst with.
pub(crate) fn is_burstable(kind: &str) -> bool {
    matches!(family_and_size(kind).0, "t2" | "t3" | "t3a" | "t4g")
}

/// Whether a type's network is ENA's: always since Nitro, and on the later ones of those before.
pub(crate) fn ena_support(kind: &str) -> &'static str {
    let (family, _) = family_and_size(kind);
    match family {
        _ if !is_xen(kind) => "required",
        "f1" | "g3" | "g3s" | "h1" | "i3" | "p2" | "p3" | "r4" | "x1" | "x1e" => "supported",
        "m4" if kind == "m4.16xlarge" => "supported",
        _ => "unsupported",
    }
}

/// Whether AWS lists the type.
pub(crate) fn is_known(kind: &str) -> bool {
    TYPES.contains(kind)
}

/// The types that DescribeInstanceTypes knows of by itself, in order.
pub(crate) fn catalogue() -> Vec<String> {
    let mut all: Vec<String> = TYPES.iter().map(|&kind| kind.to_owned()).collect();
    all.sort();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_whole() {
        assert_eq!((VIRTUAL.len(), METAL.len(), HUNDRED.len()), (126, 23, 141));
        let unsupported = words(include_str!("data/families-unsupported.txt"));
        assert!(VIRTUAL.is_disjoint(&unsupported));
        assert!(HUNDRED.is_subset(&TYPES));
        let on_a_list = |family: &str| {
            [&*VIRTUAL, &*METAL, &unsupported].iter().any(|families| families.contains(family))
        };
        let strays: Vec<_> =
            TYPES.iter().filter(|kind| !on_a_list(family_and_size(kind).0)).collect();
        assert_eq!(strays, Vec::<&&str>::new());
    }

    #[test]
    fn families_are_told_by_all_before_the_dot() {
        for (kind, can) in [
            ("m5.large", true),
            ("m7i-flex.large", true),
            ("u-6tb1.56xlarge", true),
            ("t2.micro", false),
            ("m8g.large", false),
            ("zz9.large", false),
            ("m5.metal", true),
            ("m6i.metal", false),
            ("m6g.metal", true),
            ("mac2-m2pro.metal", true),
            ("mac-m4.metal", false),
            ("c5.metal", true),
            ("i3en.metal", false),
        ] {
            assert_eq!(can_be_source(kind), can, "{kind}");
        }
        assert!(is_large_target("m5.24xlarge"));
        assert!(!is_large_target("m5.12xlarge"));
    }
}
