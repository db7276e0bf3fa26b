//! How dialoguer's lists look. Every line reads the same with and without colours; dialoguer's own theme with colours shows by
//! them alone which line the cursor is at.

use std::fmt::{Result, Write};

use anstyle::Style;
use dialoguer::theme::Theme;
use fuzzy_matcher::skim::SkimMatcherV2;

use super::line::Line;
use crate::terminal::{ACTIVE, TICKED};

/// The beginning of a line: the cursor.
const CURSOR: &str = "> ";

/// Columns that a line of a list has in front of its item.
pub(super) const BEFORE_ITEM: usize = CURSOR.len();

/// Columns that a line with a box to tick has in front of its item.
pub(super) const BEFORE_TICKED: usize = CURSOR.len() + "[x] ".len();

/// The question above a list that is searched by typing.
pub(super) const SEARCH: &str = "search:";

/// The look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// Whether there are colours.
    pub(super) colour: bool,
    /// The columns that a line may take.
    pub(super) room: usize,
}

impl Look {
    fn style(self, style: Style) -> Style {
        if self.colour { style } else { Style::new() }
    }

    fn item(self, f: &mut dyn Write, ticked: Option<bool>, text: &str, active: bool) -> Result {
        let at = self.style(if active { ACTIVE } else { Style::new() });
        let tick = self.style(TICKED);
        write!(f, "{at}{}{at:#}", if active { CURSOR } else { "  " })?;
        match ticked {
            Some(true) => write!(f, "{tick}[x]{tick:#} ")?,
            Some(false) => f.write_str("[ ] ")?,
            None => {}
        }
        write!(f, "{at}{text}{at:#}")
    }
}

impl Theme for Look {
    fn format_prompt(&self, f: &mut dyn Write, prompt: &str) -> Result {
        f.write_str(prompt)
    }

    fn format_select_prompt_item(&self, f: &mut dyn Write, text: &str, active: bool) -> Result {
        self.item(f, None, text, active)
    }

    fn format_multi_select_prompt_item(
        &self,
        f: &mut dyn Write,
        text: &str,
        checked: bool,
        active: bool,
    ) -> Result {
        self.item(f, Some(checked), text, active)
    }

    fn format_fuzzy_select_prompt_item(
        &self,
        f: &mut dyn Write,
        text: &str,
        active: bool,
        _: bool,
        _: &SkimMatcherV2,
        _: &str,
    ) -> Result {
        self.item(f, None, text, active)
    }

    fn format_fuzzy_select_prompt(
        &self,
        f: &mut dyn Write,
        prompt: &str,
        search_term: &str,
        bytes_pos: usize,
    ) -> Result {
        let (before, after) = search_term.split_at(bytes_pos);
        // The real cursor is hidden; its place is shown as part of the line, which must not wrap.
        let room = self.room.saturating_sub(prompt.len() + 1);
        let (shown, _) = Line::new(&format!("{before}|{after}")).shown(room);
        write!(f, "{prompt} {shown}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(colour: bool) -> Vec<String> {
        let look = Look { colour, room: 20 };
        let mut lines = vec![String::new(); 4];
        look.format_select_prompt_item(&mut lines[0], "one", true).unwrap();
        look.format_multi_select_prompt_item(&mut lines[1], "two", true, false).unwrap();
        look.format_multi_select_prompt_item(&mut lines[2], "three", false, true).unwrap();
        look.format_fuzzy_select_prompt(&mut lines[3], SEARCH, "web", 2).unwrap();
        lines
    }

    #[test]
    fn colours_only_add_to_what_is_there_without_them() {
        let plain = shown(false);
        assert_eq!(plain, ["> one", "  [x] two", "> [ ] three", "search: we|b"]);
        let coloured = shown(true);
        assert!(coloured[0].contains('\u{1b}') && coloured[1].contains('\u{1b}'));
        let stripped: Vec<String> =
            coloured.iter().map(|l| anstream::adapter::strip_str(l).to_string()).collect();
        assert_eq!(stripped, plain);
    }

    #[test]
    fn a_long_search_does_not_wrap() {
        let look = Look { colour: false, room: 20 };
        let mut line = String::new();
        look.format_fuzzy_select_prompt(&mut line, SEARCH, &"x".repeat(50), 50).unwrap();
        assert!(line.len() <= 20 && line.ends_with("x|"), "{line}");
    }
}
