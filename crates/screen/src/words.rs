//! Other people's words: tags, and what AWS says.

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
