//! Numbers in words, the same in every output for people.

use tap_core::call::Call;

use crate::model::{Audit, Coverage};

/// A count with its noun.
pub(crate) fn plural(count: usize, one: &str, many: &str) -> String {
    let noun = if count == 1 { one } else { many };
    format!("{count} {noun}")
}

/// Whether there may be interfaces that nobody saw: then no number of them is the whole.
pub(super) fn misses_instances(audit: &Audit) -> bool {
    audit.unread.contains_key(&Call::DescribeInstances)
}

/// What of the mirrored is mirrored in vain: `3 do not arrive, 1 sees nothing`; none where all is well, as far as anybody knows.
pub(super) fn in_vain(coverage: &Coverage) -> Option<String> {
    let blocked = plural(coverage.blocked, "does not arrive", "do not arrive");
    let blind = plural(coverage.blind, "sees nothing", "see nothing");
    match (coverage.blocked, coverage.blind) {
        (0, 0) => None,
        (_, 0) => Some(blocked),
        (0, _) => Some(blind),
        (_, _) => Some(format!("{blocked}, {blind}")),
    }
}

/// Dollars and cents.
pub(super) fn usd(usd: f64) -> String {
    format!("{usd:.2}")
}

/// A sum of dollars. Of nothing it is nothing: the sum of the standard library is -0.0 then, which reads as `-0.00`.
pub(super) fn sum(usd: impl Iterator<Item = f64>) -> f64 {
    usd.fold(0.0, |sum, usd| sum + usd)
}

/// Per cent, or a dash where there is nothing to tell.
pub(super) fn percent(percent: Option<usize>) -> String {
    percent.map_or_else(|| "-".to_owned(), |percent| format!("{percent} %"))
}
