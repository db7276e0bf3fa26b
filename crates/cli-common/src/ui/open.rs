//! One open question on a terminal: what is drawn for it, with dialoguer, and taken off the screen again.

use std::io;

use anstyle::Style;
use console::{Key, Term};
use dialoguer::{Confirm, FuzzySelect, MultiSelect, Select};

use super::line::{Line, Pressed};
use super::theme::{BEFORE_ITEM, BEFORE_TICKED, Look, SEARCH};
use super::{UiError, fit};
use crate::signals::Signals;
use crate::terminal::{ERROR, FAINT, HEADING, printable};
use crate::tty::Prompt;

/// Columns behind a question for what dialoguer adds: the number of the page, or what may be answered.
const PAGE: usize = " [Page 100/100] ".len();
const YES_NO: usize = " [y/N] ".len();

/// Lines that a list takes beside its items: the last one of the question, and the cursor's.
const BESIDE: usize = 2;

/// The fewest items that a hint leaves in sight. In a lower window the question stands alone.
const IN_SIGHT: usize = 2;

/// What stands in front of a text that is typed.
const TYPED: &str = "> ";

/// The terminal while a question of the caller is open, in however many steps it is asked.
#[derive(Debug)]
pub(super) struct Open<'a> {
    /// Where it is drawn, a whole picture at once.
    pub(super) term: &'a Term,
    /// What ends the program.
    pub(super) signals: &'a Signals,
    /// Whether there are colours.
    pub(super) colour: bool,
    /// The lines of the window.
    pub(super) rows: usize,
    /// The columns, but for the last one: writing to it wraps on some terminals.
    pub(super) columns: usize,
    /// The mode that keys are read in.
    pub(super) prompt: Prompt<'a>,
}

/// A question that was written down, but for its last line, which is dialoguer's.
struct Head {
    above: usize,
    last: String,
}

impl Open<'_> {
    /// Asks for one item of a list that is short enough to look through.
    pub(super) fn pick(
        &self,
        text: &str,
        hint: &str,
        items: &[String],
        current: usize,
    ) -> Result<usize, UiError> {
        let look = self.look();
        let head = self.head(text, hint, self.behind(text, hint, items.len()))?;
        let fitted = fit::items(items, self.columns - BEFORE_ITEM, self.columns);
        self.ask(false, &head, || {
            Select::with_theme(&look)
                .with_prompt(&head.last)
                .items(&fitted)
                .default(current.min(items.len() - 1))
                .max_length(self.length(&head))
                .report(false)
                .interact_on_opt(self.term)
        })
    }

    /// Asks for one item, which is searched by typing.
    pub(super) fn search_and_pick(
        &self,
        text: &str,
        hint: &str,
        items: &[String],
        current: usize,
    ) -> Result<usize, UiError> {
        let look = self.look();
        let head = self.whole_head(text, hint)?;
        let fitted = fit::items(items, self.columns - BEFORE_ITEM, self.columns);
        let length = self.length(&head);
        self.ask(false, &head, || {
            FuzzySelect::with_theme(&look)
                .with_prompt(SEARCH)
                .items(&fitted)
                // It cannot begin further down than what it shows.
                .default(if current < length { current } else { 0 })
                .max_length(length)
                .report(false)
                .interact_on_opt(self.term)
        })
    }

    /// Shows the boxes of all items, and gives those that are ticked then: none, perhaps.
    pub(super) fn tick(
        &self,
        text: &str,
        hint: &str,
        items: &[String],
        ticked: &[bool],
    ) -> Result<Vec<usize>, UiError> {
        let look = self.look();
        let head = self.head(text, hint, self.behind(text, hint, items.len()))?;
        let fitted = fit::items(items, self.columns - BEFORE_TICKED, self.columns);
        self.ask(false, &head, || {
            MultiSelect::with_theme(&look)
                .with_prompt(&head.last)
                .items_checked(fitted.iter().zip(ticked.iter().copied()))
                .max_length(self.length(&head))
                .report(false)
                .interact_on_opt(self.term)
        })
    }

    /// Asks for yes or no; Enter is no.
    pub(super) fn confirm(&self, text: &str) -> Result<bool, UiError> {
        let look = self.look();
        let head = self.head(text, "", YES_NO)?;
        self.ask(true, &head, || {
            Confirm::with_theme(&look)
                .with_prompt(&head.last)
                .default(false)
                .report(false)
                .interact_on_opt(self.term)
        })
    }

    /// Asks for a text, which begins with `typed`.
    pub(super) fn line(&self, text: &str, hint: &str, typed: &str) -> Result<String, UiError> {
        let head = self.whole_head(text, hint)?;
        let mut line = Line::new(typed);
        let mut more = false;
        self.ask(true, &head, || {
            loop {
                // What is pasted is drawn when all of it is there.
                if !more {
                    let (shown, behind) = line.shown(self.columns - TYPED.len());
                    self.term.clear_line()?;
                    self.term.write_str(&format!("{TYPED}{shown}"))?;
                    self.term.move_cursor_left(behind)?;
                    self.term.flush()?;
                }
                let key = self.term.read_key()?;
                more = match key {
                    Key::Enter => self.prompt.has_more_soon(),
                    _ => self.prompt.has_more(),
                };
                let pressed = line.press(&key, more);
                if pressed != Pressed::On {
                    self.term.clear_line()?;
                    return Ok((pressed == Pressed::Enter).then(|| line.text()));
                }
            }
        })
    }

    /// Says what is wrong with an answer. It stays on the screen.
    pub(super) fn wrong(&self, text: &str) -> Result<(), UiError> {
        self.write(ERROR, text)
    }

    /// Leaves question and answer on the screen.
    pub(super) fn report(&self, question: &str, answer: &str) -> Result<(), UiError> {
        let colon = if question.ends_with(['?', ':']) { "" } else { ":" };
        let answer = printable(answer).split_whitespace().collect::<Vec<_>>().join(" ");
        self.write(Style::new(), &format!("{question}{colon} {answer}"))
    }

    /// Whether a list fits into the window, so that nothing of it is out of sight.
    pub(super) fn fits(&self, text: &str, hint: &str, items: usize) -> bool {
        self.lines(text, hint).len() + items + BESIDE <= self.rows
    }

    /// The columns behind a question that dialoguer takes.
    fn behind(&self, text: &str, hint: &str, items: usize) -> usize {
        if self.fits(text, hint, items) { 0 } else { PAGE }
    }

    /// How many items may be shown at once.
    fn length(&self, head: &Head) -> usize {
        self.rows.saturating_sub(head.above + BESIDE).max(1)
    }

    fn look(&self) -> Look {
        Look { colour: self.colour, room: self.columns }
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn write(&self, style: Style, text: &str) -> Result<(), UiError> {
        for line in fit::lines(text, self.columns) {
            self.term.write_line(&self.paint(style, &line)).map_err(UiError::Terminal)?;
        }
        self.term.flush().map_err(UiError::Terminal)
    }

    fn lines(&self, text: &str, hint: &str) -> Vec<(Style, String)> {
        let mut lines = Vec::new();
        lines.extend(fit::lines(text, self.columns).into_iter().map(|line| (HEADING, line)));
        if !hint.is_empty() {
            let hint = fit::lines(&format!("({hint})"), self.columns);
            if lines.len() + hint.len() + IN_SIGHT + BESIDE <= self.rows {
                lines.extend(hint.into_iter().map(|line| (FAINT, line)));
            }
        }
        lines
    }

    /// Writes a question and a hint, but for the last line of them, which leaves columns free `behind` it.
    fn head(&self, text: &str, hint: &str, behind: usize) -> Result<Head, UiError> {
        let mut lines = self.lines(text, hint);
        if let Some((style, last)) = lines.pop() {
            let fitting = fit::lines(&last, self.columns - behind);
            lines.extend(fitting.into_iter().map(|line| (style, line)));
        }
        let (style, last) = lines.pop().unwrap_or_default();
        for (style, line) in &lines {
            self.term.write_line(&self.paint(*style, line)).map_err(UiError::Terminal)?;
        }
        Ok(Head { above: lines.len(), last: self.paint(style, &last) })
    }

    /// Writes a question and a hint, and leaves the next line to the answer.
    fn whole_head(&self, text: &str, hint: &str) -> Result<Head, UiError> {
        let Head { above, last } = self.head(text, hint, 0)?;
        self.term.write_line(&last).map_err(UiError::Terminal)?;
        Ok(Head { above: above + 1, last: String::new() })
    }

    /// Waits for the answer, and takes the question off the screen. `in_line` says that the cursor waits behind it.
    fn ask<T: Send>(
        &self,
        in_line: bool,
        head: &Head,
        prompt: impl FnOnce() -> dialoguer::Result<Option<T>> + Send,
    ) -> Result<T, UiError> {
        self.prompt.waits_in_line(in_line);
        let answer = match apart(prompt).map_err(io::Error::from) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => self.signals.end(),
            answer => answer,
        };
        let cleared = self.term.clear_last_lines(head.above).and_then(|()| self.term.flush());
        cleared.map_err(UiError::Terminal)?;
        answer.map_err(UiError::Terminal)?.ok_or(UiError::Declined)
    }
}

/// Runs a prompt in a thread of its own, while the runtime goes on listening to signals. These reach the first thread of the
/// process; one that waits for a key would be woken, and set the terminal's mode once more after it was given back.
fn apart<T: Send>(prompt: impl FnOnce() -> T + Send) -> T {
    tokio::task::block_in_place(|| {
        std::thread::scope(|threads| match threads.spawn(prompt).join() {
            Ok(answer) => answer,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })
}
