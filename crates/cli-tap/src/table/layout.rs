//! Columns and line breaks. Words, and with them ids, are never broken.

use console::{measure_text_width, pad_str, truncate_str};

use super::View;

/// The longest name that a terminal shows; the instance's id says the rest.
const LONGEST_NAME: usize = 28;

/// Adds a text, broken between words where a terminal is too narrow: the first line indented by `first`, others by `rest`.
pub(super) fn fill(out: &mut String, view: &View, first: usize, rest: usize, text: &str) {
    let width = view.width.unwrap_or(usize::MAX);
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
        out.push_str(word);
        column += length;
    }
    out.push('\n');
}

/// A name as a column shows it.
pub(super) fn name(text: Option<&str>, view: &View) -> String {
    let text = cli_common::terminal::printable(text.unwrap_or("-"));
    match view.width {
        Some(_) => truncate_str(&text, LONGEST_NAME, "…").into_owned(),
        None => text,
    }
}

/// Rows of cells, each column as wide as its widest cell.
pub(super) fn align<const N: usize>(rows: &[[String; N]]) -> Vec<String> {
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

    fn view(width: Option<usize>) -> View {
        View { verbose: false, width, dry_run: false }
    }

    fn filled(width: Option<usize>, text: &str) -> String {
        let mut out = String::new();
        fill(&mut out, &view(width), 2, 4, text);
        out
    }

    #[test]
    fn lines_break_between_words_only() {
        assert_eq!(filled(Some(12), "aaa bbb ccc"), "  aaa bbb\n    ccc\n");
        let id = "eni-0123456789abcdef0";
        assert_eq!(filled(Some(10), &format!("x {id} y")), format!("  x\n    {id}\n    y\n"));
        assert_eq!(filled(None, "aaa bbb ccc"), "  aaa bbb ccc\n");
    }

    #[test]
    fn columns_are_as_wide_as_people_see_them() {
        let rows = [["a", "größe", "x"], ["bbb", "名", "y"]].map(|row| row.map(str::to_owned));
        assert_eq!(align(&rows), ["a    größe  x", "bbb  名     y"]);
    }

    #[test]
    fn a_name_is_cut_on_a_terminal_only() {
        let long = "n".repeat(60);
        assert_eq!(name(Some(&long), &view(None)), long);
        assert_eq!(measure_text_width(&name(Some(&long), &view(Some(80)))), LONGEST_NAME);
        assert_eq!(name(None, &view(None)), "-");
    }
}
