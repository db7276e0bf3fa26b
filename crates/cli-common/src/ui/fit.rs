//! Texts cut and broken so that each takes the lines it is thought to take: dialoguer clears as many lines as it wrote line
//! breaks, and what wraps by itself stays behind as rubbish.

use std::collections::BTreeSet;

use console::{measure_text_width, truncate_str};

use crate::layout;
use crate::terminal::printable;

/// The end of what is cut.
const CUT: &str = "…";

/// The items, each cut to `room` columns. No two are the same, even where their ends made the difference: dialoguer finds a
/// chosen item by its text. And none has more bytes than the terminal has columns, which dialoguer takes for a line that
/// wraps.
pub(super) fn items(items: &[String], room: usize, columns: usize) -> Vec<String> {
    let mut seen = BTreeSet::new();
    items
        .iter()
        .map(|item| {
            let item = printable(item);
            let mut fitting = item_within(&item, "", room, columns);
            let mut n = 1;
            while !seen.insert(fitting.clone()) {
                n += 1;
                fitting = item_within(&item, &format!(" ({n})"), room, columns);
            }
            fitting
        })
        .collect()
}

fn item_within(item: &str, end: &str, room: usize, columns: usize) -> String {
    let mut width = room.saturating_sub(end.len());
    loop {
        let cut = format!("{}{end}", truncate_str(item, width, CUT));
        if cut.len() <= columns || width == 0 {
            return cut;
        }
        width -= 1;
    }
}

/// The text as lines of at most `room` columns. Words that are longer than a line are broken too.
pub(super) fn lines(text: &str, room: usize) -> Vec<String> {
    let mut breakable = String::new();
    for c in printable(text).chars() {
        let word = breakable.rsplit(' ').next().unwrap_or_default();
        if c != ' ' && measure_text_width(word) >= room {
            breakable.push(' ');
        }
        breakable.push(c);
    }
    let mut filled = String::new();
    layout::fill(&mut filled, Some(room), 0, 0, &breakable);
    filled.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(texts: &[&str], room: usize, columns: usize) -> Vec<String> {
        let texts: Vec<String> = texts.iter().copied().map(str::to_owned).collect();
        items(&texts, room, columns)
    }

    #[test]
    fn items_fit_by_columns_and_by_bytes_and_stay_apart() {
        assert_eq!(fitted(&["short", "a-longer-one"], 8, 10), ["short", "a-longe…"]);
        assert_eq!(
            fitted(&["same-beginning-1", "same-beginning-2", "x"], 10, 12),
            ["same-begi…", "same-… (2)", "x"]
        );
        assert_eq!(fitted(&["x", "x"], 10, 12), ["x", "x (2)"]);
        assert_eq!(fitted(&["a\u{1b}[2Jb"], 20, 22), ["a [2Jb"]);
        for item in fitted(&["名名名名名名名名名名", "äöüäöüäöüäöüäöüäöü"], 18, 20)
        {
            assert!(item.len() <= 20 && measure_text_width(&item) <= 18, "{item}");
        }
    }

    #[test]
    fn lines_break_between_words_and_in_those_that_are_too_long() {
        assert_eq!(lines("one two three", 8), ["one two", "three"]);
        assert_eq!(
            lines("x arn:aws:elasticloadbalancing y", 12),
            ["x", "arn:aws:elas", "ticloadbalan", "cing y"]
        );
        assert_eq!(lines("", 8), [""]);
    }
}
