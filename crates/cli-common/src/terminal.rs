//! What the terminal can show: colours, by `NO_COLOR`, `CLICOLOR_FORCE` and whether it is one; and its width.

use std::io::IsTerminal;

use anstream::ColorChoice;
use anstyle::{AnsiColor, Style};

/// Errors and failures.
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
/// Warnings.
pub const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// What is created.
pub const CREATE: Style = AnsiColor::Green.on_default();
/// What is modified.
pub const MODIFY: Style = AnsiColor::Yellow.on_default();
/// What is deleted.
pub const DELETE: Style = AnsiColor::Red.on_default();
/// Headings.
pub const HEADING: Style = Style::new().bold();
/// What matters less.
pub const FAINT: Style = Style::new().dimmed();
/// The line of a list that the cursor is at.
pub const ACTIVE: Style = AnsiColor::Cyan.on_default();
/// What is ticked in a list.
pub const TICKED: Style = AnsiColor::Green.on_default();

/// The width of the terminal behind stdout; none where stdout is a pipe or a file, which take lines of any length.
pub fn width() -> Option<usize> {
    let (_, columns) = console::Term::stdout().size_checked()?;
    Some(usize::from(columns))
}

/// The width of the terminal behind stderr; none where stderr is something else.
pub fn stderr_width() -> Option<usize> {
    let (_, columns) = console::Term::stderr().size_checked()?;
    Some(usize::from(columns))
}

/// Whether somebody types into stdin.
pub fn stdin_is_terminal() -> bool {
    std::io::stdin().is_terminal()
}

/// Whether somebody looks at stderr.
pub fn stderr_is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Whether stderr shows colours.
pub fn stderr_has_colour() -> bool {
    anstream::AutoStream::choice(&std::io::stderr()) != ColorChoice::Never
}

/// The text without what would move a cursor, break a line or show letters in another order than they stand: tags are other
/// people's words.
pub fn printable(text: &str) -> String {
    let shown = text.chars().filter(|c| !reorders(*c));
    shown.map(|c| if c.is_control() || is_line_break(c) { ' ' } else { c }).collect()
}

/// Whether a character is not seen itself, and turns or changes those around it: marks, embeddings, overrides and isolates of
/// the bidirectional algorithm, and the deprecated ones beside them.
fn reorders(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
    )
}

/// The separators of lines and of paragraphs, which are no control characters.
fn is_line_break(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_cannot_paint_the_terminal() {
        assert_eq!(printable("web\u{1b}[31m\nx"), "web [31m x");
        assert_eq!(printable("größe-1"), "größe-1");
    }

    #[test]
    fn a_tag_cannot_turn_what_stands_around_it() {
        assert_eq!(printable("web\u{202e}1-bd\u{202c}"), "web1-bd");
        for c in ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}') {
            assert_eq!(printable(&format!("a{c}b")), "ab", "{c:?}");
        }
        for c in ['\u{200e}', '\u{200f}', '\u{61c}'] {
            assert_eq!(printable(&format!("a{c}b")), "ab", "{c:?}");
        }
        assert_eq!(printable("a\u{2028}b\u{2029}c"), "a b c");
        // Words of languages that are written from right to left stay.
        assert_eq!(printable("שלום-1"), "שלום-1");
    }
}
