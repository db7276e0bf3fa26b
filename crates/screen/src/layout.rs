//! Columns and line breaks of what people read. Words, and with them ids, are never broken.
//!
//! A width is that of the terminal; none is a pipe or a file, which take lines of any length.

use console::{measure_text_width, pad_str, truncate_str};

use crate::words::printable;

/// The shortest and the longest that a terminal cuts names to; the instance's id says the rest.
const NAME_LENGTHS: (usize, usize) = (8, 40);

/// A space at which no line is broken.
pub const GLUE: &str = "\u{a0}";

/// Adds a text, broken between words where a terminal is too narrow: the first line indented by `first`, others by `rest`.
pub fn fill(out: &mut String, width: Option<usize>, first: usize, rest: usize, text: &str) {
    let width = width.unwrap_or(usize::MAX);
    let mut column = 0;
    for word in text.split(' ') {
        let length = measure_text_width(word);
        if column == 0 {
            out.push_str(&" ".repeat(first));
            column = first;
        } else if column.saturating_add(1 + length) > width {
            out.push('\n');
            out.push_str(&" ".repeat(rest));
            column = rest;
        } else {
            out.push(' ');
            column += 1;
        }
        out.push_str(&word.replace(GLUE, " "));
        column += length;
    }
    out.push('\n');
}

/// A name as a column shows it, on a terminal cut to what `others` columns leave of the line.
pub fn name(text: Option<&str>, others: usize, width: Option<usize>) -> String {
    let text = printable(text.unwrap_or("-"));
    match width {
        Some(width) => {
            let (shortest, longest) = NAME_LENGTHS;
            let room = width.saturating_sub(others).clamp(shortest, longest);
            truncate_str(&text, room, "…").into_owned()
        }
        None => text,
    }
}

/// The width of the widest text.
pub fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(measure_text_width).max().unwrap_or_default()
}

/// Rows of cells, each column as wide as its widest cell.
pub fn align<const N: usize>(rows: &[[String; N]]) -> Vec<String> {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = measure_text_width(cell).max(*width);
        }
    }
    rows.iter()
        .map(|row| {
            let cells = row.iter().zip(widths);
            let padded: Vec<_> = cells
                .map(|(cell, width)| pad_str(cell, width, console::Alignment::Left, None))
                .collect();
            padded.join("  ").trim_end().to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(width: Option<usize>, text: &str) -> String {
        let mut out = String::new();
        fill(&mut out, width, 2, 4, text);
        out
    }

    #[test]
    fn lines_break_between_words_only() {
        assert_eq!(filled(Some(12), "aaa bbb ccc"), "  aaa bbb\n    ccc\n");
        let id = "eni-0123456789abcdef0";
        assert_eq!(filled(Some(10), &format!("x {id} y")), format!("  x\n    {id}\n    y\n"));
        assert_eq!(filled(None, "aaa bbb ccc"), "  aaa bbb ccc\n");
        assert_eq!(filled(Some(12), "aaa 1\u{a0}bbb ccc"), "  aaa 1 bbb\n    ccc\n");
    }

    #[test]
    fn columns_are_as_wide_as_people_see_them() {
        let rows = [["a", "größe", "x"], ["bbb", "名", "y"]].map(|row| row.map(str::to_owned));
        assert_eq!(align(&rows), ["a    größe  x", "bbb  名     y"]);
    }

    #[test]
    fn a_name_is_cut_on_a_terminal_only() {
        let long = "n".repeat(60);
        assert_eq!(name(Some(&long), 50, None), long);
        assert_eq!(measure_text_width(&name(Some(&long), 50, Some(80))), 30);
        assert_eq!(measure_text_width(&name(Some(&long), 79, Some(80))), 8);
        assert_eq!(name(None, 0, None), "-");
    }
}
