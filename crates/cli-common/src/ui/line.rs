//! One line of text being typed. dialoguer's own has no way back by Esc, and leaves rubbish behind what is longer than the
//! terminal is wide, as pasted ids are.

use console::{Key, measure_text_width};

/// A text, and where the cursor is in it.
#[derive(Debug, Default)]
pub(super) struct Line {
    chars: Vec<char>,
    cursor: usize,
    /// Whether the rest of a sequence of the terminal's is still to come: of a key that means nothing here, or of a mark
    /// around what is pasted. The library knows the beginnings of them only.
    skips: bool,
}

/// What a key did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pressed {
    /// The text, the cursor or nothing changed.
    On,
    /// The text is complete.
    Enter,
    /// The person goes back.
    Back,
}

impl Line {
    /// A line that begins with a text.
    pub(super) fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        Self { cursor: chars.len(), chars, skips: false }
    }

    /// The text, without spaces around it.
    pub(super) fn text(&self) -> String {
        self.chars.iter().collect::<String>().trim().to_owned()
    }

    /// Takes a key. `more` says that what comes next is there already: then a line break is one between pasted ids, and ends
    /// nothing.
    pub(super) fn press(&mut self, key: &Key, more: bool) -> Pressed {
        let skips = std::mem::take(&mut self.skips);
        match key {
            Key::Char(c) if skips => self.skips = more && !ends_sequence(*c),
            Key::UnknownEscSeq(read) => self.skips = more && is_unfinished(read),
            Key::Enter if more => self.insert(' '),
            Key::Enter => return Pressed::Enter,
            Key::Escape => return Pressed::Back,
            // Ctrl-D, the end of what is typed.
            Key::Char('\u{4}') if self.chars.is_empty() => return Pressed::Back,
            // Ctrl-U
            Key::Char('\u{15}') => {
                self.chars.drain(..self.cursor);
                self.cursor = 0;
            }
            Key::Backspace if self.cursor > 0 => {
                self.cursor -= 1;
                self.chars.remove(self.cursor);
            }
            Key::Del if self.cursor < self.chars.len() => {
                self.chars.remove(self.cursor);
            }
            Key::ArrowLeft => self.cursor = self.cursor.saturating_sub(1),
            Key::ArrowRight => self.cursor = (self.cursor + 1).min(self.chars.len()),
            Key::Home => self.cursor = 0,
            Key::End => self.cursor = self.chars.len(),
            // Pasted out of a table.
            Key::Tab => self.insert(' '),
            Key::Char(c) if !c.is_control() => self.insert(*c),
            _ => {}
        }
        Pressed::On
    }

    fn insert(&mut self, c: char) {
        self.chars.insert(self.cursor, c);
        self.cursor += 1;
    }

    /// The part around the cursor that fits into `room` columns, and how many of them are behind the cursor.
    pub(super) fn shown(&self, room: usize) -> (String, usize) {
        let (before, after) = self.chars.split_at(self.cursor);
        // The cursor needs a column too.
        let room = room.saturating_sub(1);
        let (first, taken) = fitting(before.iter().rev(), room);
        let (last, behind) = fitting(after.iter(), room - taken);
        let shown = before[before.len() - first..].iter().chain(&after[..last]).collect();
        (shown, behind)
    }
}

/// How many characters fit into `room` columns, and how many of these they take. Looks at no more than that: a pasted list is
/// longer than any window.
fn fitting<'a>(chars: impl Iterator<Item = &'a char>, room: usize) -> (usize, usize) {
    let (mut count, mut taken) = (0, 0);
    for c in chars {
        let width = measure_text_width(c.encode_utf8(&mut [0; 4]));
        if taken + width > room {
            break;
        }
        (count, taken) = (count + 1, taken + width);
    }
    (count, taken)
}

/// Whether a sequence that the library does not know goes on behind what it read, without the Esc: `[1;` of Ctrl-Right, `O`
/// of F1.
fn is_unfinished(read: &[char]) -> bool {
    match read {
        ['O'] => true,
        ['[', parameters @ ..] => !parameters.iter().copied().any(ends_sequence),
        _ => false,
    }
}

/// Whether a character is the last one of a sequence, the final byte of ECMA-48.
fn ends_sequence(c: char) -> bool {
    ('@'..='~').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[Key]) -> Line {
        let mut line = Line::default();
        for key in keys {
            assert_eq!(line.press(key, false), Pressed::On, "{key:?}");
        }
        line
    }

    fn chars(text: &str) -> Vec<Key> {
        text.chars().map(Key::Char).collect()
    }

    #[test]
    fn keys_change_the_text() {
        let with = |text: &str, keys: &[Key]| typed(&[&chars(text), keys].concat()).text();
        assert_eq!(with("abc", &[]), "abc");
        assert_eq!(with("abc", &[Key::Backspace]), "ab");
        assert_eq!(with("abc", &[Key::ArrowLeft, Key::Char('x')]), "abxc");
        assert_eq!(with("abc", &[Key::Home, Key::Del, Key::End, Key::Tab, Key::Char('y')]), "bc y");
        assert_eq!(with("abc", &[Key::ArrowLeft, Key::Char('\u{15}')]), "c");
        assert_eq!(with(" größe ", &[Key::PageUp, Key::Char('\u{1}')]), "größe");
        assert_eq!(with("", &[Key::Backspace, Key::Del, Key::ArrowLeft, Key::ArrowRight]), "");
    }

    #[test]
    fn two_ways_back_and_one_to_the_end() {
        assert_eq!(Line::new("x").press(&Key::Enter, false), Pressed::Enter);
        assert_eq!(Line::new("x").press(&Key::Escape, false), Pressed::Back);
        assert_eq!(Line::default().press(&Key::Char('\u{4}'), false), Pressed::Back);
        assert_eq!(Line::new("x").press(&Key::Char('\u{4}'), false), Pressed::On);
    }

    #[test]
    fn a_long_line_shows_the_part_around_its_cursor() {
        let mut line = Line::new("0123456789");
        assert_eq!(line.shown(20), ("0123456789".to_owned(), 0));
        assert_eq!(line.shown(6), ("56789".to_owned(), 0));
        line.press(&Key::Home, false);
        assert_eq!(line.shown(6), ("01234".to_owned(), 5));
        line.press(&Key::ArrowRight, false);
        assert_eq!(line.shown(6), ("01234".to_owned(), 4));
        assert_eq!(Line::new("名名名").shown(6), ("名名".to_owned(), 0));
    }
    #[test]
    fn a_line_that_is_far_too_long_is_not_measured_whole() {
        let mut line = Line::new(&"0123456789".repeat(100_000));
        assert_eq!(line.shown(6), ("56789".to_owned(), 0));
        line.press(&Key::Home, false);
        assert_eq!(line.shown(6), ("01234".to_owned(), 5));
        let mut looked_at = 0;
        let chars = ['x'; 100];
        assert_eq!(fitting(chars.iter().inspect(|_| looked_at += 1), 6), (6, 6));
        assert_eq!(looked_at, 7);
    }

    /// What is pasted or sent at once: only behind the last key nothing waits.
    fn pasted(keys: &[Key]) -> (Line, Pressed) {
        let (mut line, mut pressed) = (Line::default(), Pressed::On);
        for (i, key) in keys.iter().enumerate() {
            assert_eq!(pressed, Pressed::On, "something came behind the end");
            pressed = line.press(key, i + 1 < keys.len());
        }
        (line, pressed)
    }

    #[test]
    fn a_pasted_column_is_one_line() {
        let column = [chars("i-1"), vec![Key::Enter], chars("i-2"), vec![Key::Enter; 2]].concat();
        let (line, pressed) = pasted(&column);
        assert_eq!((line.text().as_str(), pressed), ("i-1 i-2", Pressed::Enter));
        let (line, pressed) = pasted(&column[..7]);
        assert_eq!((line.text().as_str(), pressed), ("i-1 i-2", Pressed::On));
    }

    #[test]
    fn sequences_of_the_terminal_are_no_text() {
        let sequence = |read: &str| vec![Key::UnknownEscSeq(read.chars().collect())];
        for (read, rest) in [("[1;", "5C"), ("[20", "0~"), ("[20", "1~"), ("[15", "~"), ("O", "P")]
        {
            let keys = [chars("a"), sequence(read), chars(rest), chars("1b")].concat();
            assert_eq!(pasted(&keys).0.text(), "a1b", "{read}{rest}");
        }
        for whole in ["[E", "[[A", "x", "\u{1b}"] {
            let keys = [chars("a"), sequence(whole), chars("1b")].concat();
            assert_eq!(pasted(&keys).0.text(), "a1b", "{whole}");
        }
        // Alt and a letter, and then, later, a text.
        let (mut line, _) = pasted(&sequence("O"));
        line.press(&Key::Char('i'), true);
        assert_eq!(line.text(), "i");
    }
}
