//! Which items a search text means: those with all its words in them, else those that are near.

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;

/// The indices of the items that match, best first where none has the words as they were typed. An empty text matches all.
pub(super) fn matches(items: &[String], text: &str) -> Vec<usize> {
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    // Letters in the right order are found in most ids, so near ones only count where nothing is exact.
    let exact: Vec<usize> = indices(items, |item| {
        let item = item.to_lowercase();
        words.iter().all(|word| item.contains(word)).then_some(())
    })
    .map(|(i, ())| i)
    .collect();
    if !exact.is_empty() {
        return exact;
    }
    let matcher = SkimMatcherV2::default().ignore_case();
    let mut near: Vec<(usize, i64)> = indices(items, |item| {
        words.iter().map(|word| matcher.fuzzy_match(item, word)).sum::<Option<i64>>()
    })
    .collect();
    near.sort_by_key(|(_, score)| std::cmp::Reverse(*score));
    near.into_iter().map(|(i, _)| i).collect()
}

fn indices<'a, T>(
    items: &'a [String],
    of: impl Fn(&str) -> Option<T> + 'a,
) -> impl Iterator<Item = (usize, T)> + 'a {
    items.iter().enumerate().filter_map(move |(i, item)| Some((i, of(item)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_words_come_alone_and_near_ones_best_first() {
        let items = ["i-0a web-1 prod", "i-0b web-2 test", "i-0c Database prod"].map(str::to_owned);
        assert_eq!(matches(&items, ""), [0, 1, 2]);
        assert_eq!(matches(&items, "web"), [0, 1]);
        assert_eq!(matches(&items, "PROD web"), [0]);
        assert_eq!(matches(&items, "database"), [2]);
        assert_eq!(matches(&items, "i-0b"), [1]);
        assert_eq!(matches(&items, "dtbs"), [2]);
        assert_eq!(matches(&items, "wb2"), [1]);
        assert_eq!(matches(&items, "nowhere"), Vec::<usize>::new());
        assert_eq!(matches(&items, "wb2 nowhere"), Vec::<usize>::new());
    }
}
