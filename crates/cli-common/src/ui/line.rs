//! One line of text being typed. dialoguer's own has no way back by Esc, and leaves rubbish behind what is longer than the
//! terminal is wide, as pasted ids are.

use console::{Key, measure_text_width};

/// A text, and where the cursor is in it.
#[derive(Debug, Default)]
pub(super) struct Line {
    chars: Vec<char>,
    cursor: usize,
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
        Self { cursor: chars.len(), chars }
    }

    /// The text, without spaces around it.
    pub(super) fn text(&self) -> String {
        self.chars.iter().collect::<String>().trim().to_owned()
    }

    /// Takes a key.
    pub(super) fn press(&mut self, key: &Key) -> Pressed {
        match key {
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
        let width = |chars: &[char]| measure_text_width(&chars.iter().collect::<String>());
        let (before, after) = self.chars.split_at(self.cursor);
        let mut first = 0;
        while width(&before[first..]) >= room {
            first += 1;
        }
        let taken = width(&before[first..]);
        let mut last = after.len();
        while taken + width(&after[..last]) >= room {
            last -= 1;
        }
        let shown = before[first..].iter().chain(&after[..last]).collect();
        (shown, width(&after[..last]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[Key]) -> Line {
        let mut line = Line::default();
        for key in keys {
            assert_eq!(line.press(key), Pressed::On, "{key:?}");
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
        assert_eq!(Line::new("x").press(&Key::Enter), Pressed::Enter);
        assert_eq!(Line::new("x").press(&Key::Escape), Pressed::Back);
        assert_eq!(Line::default().press(&Key::Char('\u{4}')), Pressed::Back);
        assert_eq!(Line::new("x").press(&Key::Char('\u{4}')), Pressed::On);
    }

    #[test]
    fn a_long_line_shows_the_part_around_its_cursor() {
        let mut line = Line::new("0123456789");
        assert_eq!(line.shown(20), ("0123456789".to_owned(), 0));
        assert_eq!(line.shown(6), ("56789".to_owned(), 0));
        line.press(&Key::Home);
        assert_eq!(line.shown(6), ("01234".to_owned(), 5));
        line.press(&Key::ArrowRight);
        assert_eq!(line.shown(6), ("01234".to_owned(), 4));
        assert_eq!(Line::new("名名名").shown(6), ("名名".to_owned(), 0));
    }
}
