//! Numbers in words, the same in every output for people.

/// A count with its noun.
pub(crate) fn plural(count: usize, one: &str, many: &str) -> String {
    let noun = if count == 1 { one } else { many };
    format!("{count} {noun}")
}

/// Dollars and cents.
pub(super) fn usd(usd: f64) -> String {
    format!("{usd:.2}")
}

/// Per cent, or a dash where there is nothing to tell.
pub(super) fn percent(percent: Option<usize>) -> String {
    percent.map_or_else(|| "-".to_owned(), |percent| format!("{percent} %"))
}
