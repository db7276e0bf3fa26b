//! Questions on a terminal, with dialoguer. An answered question becomes one line with its answer.

use std::io;

use anstyle::Style;
use console::Term;
use dialoguer::{Confirm, FuzzySelect, MultiSelect, Select};

use super::line::{Line, Pressed};
use super::theme::{BEFORE_ITEM, BEFORE_TICKED, Look, SEARCH};
use super::ticks::{NONE_TICKED, Steps, search_and_tick};
use super::{Question, Ui, UiError, fit};
use crate::layout::fill;
use crate::output;
use crate::signals::Signals;
use crate::terminal::{self, ERROR, FAINT, HEADING};

/// A list that is longer is searched by typing.
const HANDFUL: usize = 7;

/// The fewest lines, and columns, that a question can be asked on. dialoguer stops the program below 3 lines.
const SMALLEST: (usize, usize) = (6, 20);

/// Columns behind a question for what dialoguer adds: the number of the page, or what may be answered.
const BEHIND: usize = " [Page 100/100] ".len();

/// Lines that a list takes beside its items: the last one of the question, and the cursor's.
const BESIDE: usize = 2;

const MOVE: &str = "arrows move, enter takes, esc goes back";
const SEARCH_AND_MOVE: &str = "type to search, arrows move, enter takes, esc goes back";
const TICK: &str = "space ticks, a ticks all, enter ends, esc goes back";
const TYPE: &str = "enter ends, esc goes back";

/// The terminal of the person who started the program, or none, where stdin or stderr is something else.
#[derive(Debug)]
pub struct Terminal {
    term: Term,
    signals: Signals,
    attended: bool,
    colour: bool,
}

/// The part of the terminal that may be written to. The last column stays free: writing to it wraps on some terminals.
#[derive(Debug, Clone, Copy)]
struct Room {
    rows: usize,
    columns: usize,
}

/// A question that was written down, but for its last line, which is dialoguer's.
struct Head {
    above: usize,
    last: String,
}

impl Terminal {
    /// Looks whether there is somebody to ask. This is decided once.
    pub fn new(signals: Signals) -> Self {
        Self {
            term: Term::stderr(),
            signals,
            attended: terminal::stdin_is_terminal() && terminal::stderr_is_terminal(),
            colour: terminal::stderr_has_colour(),
        }
    }

    /// Whether there is somebody to ask.
    pub fn is_attended(&self) -> bool {
        self.attended
    }

    fn room(&self, question: Question<'_>) -> Result<Room, UiError> {
        if !self.attended {
            return Err(UiError::NoTerminal { flag: question.flag.to_owned() });
        }
        let (rows, columns) = self.term.size();
        let room = Room { rows: rows.into(), columns: usize::from(columns) };
        let (fewest_rows, fewest_columns) = SMALLEST;
        if room.rows < fewest_rows || room.columns < fewest_columns {
            let what = format!("it has less than {fewest_rows} lines of {fewest_columns} columns");
            return Err(UiError::Terminal(io::Error::other(what)));
        }
        Ok(Room { columns: room.columns - 1, ..room })
    }

    fn look(&self, room: Room) -> Look {
        Look { colour: self.colour, room: room.columns }
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// Writes a question and a hint, but for the last line of them.
    fn head(&self, room: Room, text: &str, hint: &str) -> Result<Head, UiError> {
        let within = room.columns - BEHIND;
        let mut lines: Vec<String> = Vec::new();
        for (style, text) in [(HEADING, text.to_owned()), (FAINT, format!("({hint})"))] {
            if text != "()" {
                lines.extend(fit::lines(&text, within).iter().map(|line| self.paint(style, line)));
            }
        }
        let last = lines.pop().unwrap_or_default();
        for line in &lines {
            self.term.write_line(line).map_err(UiError::Terminal)?;
        }
        Ok(Head { above: lines.len(), last })
    }

    /// Asks with dialoguer, and takes the question off the screen. `in_line` says that the cursor waits behind it.
    fn ask<T>(
        &self,
        in_line: bool,
        head: &Head,
        prompt: impl FnOnce() -> dialoguer::Result<Option<T>>,
    ) -> Result<T, UiError> {
        let answer = {
            let _mode = self.signals.open(in_line).map_err(UiError::Terminal)?;
            // The runtime goes on meanwhile: it listens to signals.
            match tokio::task::block_in_place(prompt).map_err(io::Error::from) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => self.signals.end(),
                answer => answer,
            }
        };
        self.term.clear_last_lines(head.above).map_err(UiError::Terminal)?;
        answer.map_err(UiError::Terminal)?.ok_or(UiError::Declined)
    }

    /// Leaves question and answer on the screen.
    fn report(&self, room: Room, question: Question<'_>, answer: &str) {
        let text = question.text;
        let colon = if text.ends_with(['?', ':']) { "" } else { ":" };
        let answer = answer.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut line = String::new();
        for part in fit::lines(&format!("{text}{colon} {answer}"), room.columns) {
            fill(&mut line, None, 0, 0, &part);
        }
        output::stderr(&line);
    }

    fn pick(
        &self,
        room: Room,
        (text, hint): (&str, &str),
        items: &[String],
        current: usize,
    ) -> Result<usize, UiError> {
        let look = self.look(room);
        let head = self.head(room, text, hint)?;
        let fitted = fit::items(items, room.columns - BEFORE_ITEM, room.columns);
        self.ask(false, &head, || {
            Select::with_theme(&look)
                .with_prompt(&head.last)
                .items(&fitted)
                .default(current.min(items.len() - 1))
                .max_length(room.rows.saturating_sub(head.above + BESIDE))
                .report(false)
                .interact_on_opt(&self.term)
        })
    }

    fn search_and_pick(
        &self,
        room: Room,
        (text, hint): (&str, &str),
        items: &[String],
        current: usize,
    ) -> Result<usize, UiError> {
        let look = self.look(room);
        let mut head = self.head(room, text, hint)?;
        self.term.write_line(&head.last).map_err(UiError::Terminal)?;
        head.above += 1;
        let fitted = fit::items(items, room.columns - BEFORE_ITEM, room.columns);
        let length = room.rows.saturating_sub(head.above + BESIDE).max(1);
        self.ask(false, &head, || {
            FuzzySelect::with_theme(&look)
                .with_prompt(SEARCH)
                .items(&fitted)
                // It cannot begin further down than what it shows.
                .default(if current < length { current } else { 0 })
                .max_length(length)
                .report(false)
                .interact_on_opt(&self.term)
        })
    }

    fn tick(
        &self,
        room: Room,
        (text, hint): (&str, &str),
        items: &[String],
        ticked: &[bool],
    ) -> Result<Vec<usize>, UiError> {
        let look = self.look(room);
        let head = self.head(room, text, hint)?;
        let fitted = fit::items(items, room.columns - BEFORE_TICKED, room.columns);
        self.ask(false, &head, || {
            MultiSelect::with_theme(&look)
                .with_prompt(&head.last)
                .items_checked(fitted.iter().zip(ticked.iter().copied()))
                .max_length(room.rows.saturating_sub(head.above + BESIDE))
                .report(false)
                .interact_on_opt(&self.term)
        })
    }

    fn type_line(
        &self,
        room: Room,
        (text, hint): (&str, &str),
        first: &str,
    ) -> Result<String, UiError> {
        let mut head = self.head(room, text, hint)?;
        self.term.write_line(&head.last).map_err(UiError::Terminal)?;
        head.above += 1;
        let mut line = Line::new(first);
        self.ask(true, &head, || {
            let prompt = "> ";
            loop {
                let (shown, behind) = line.shown(room.columns - prompt.len());
                self.term.clear_line()?;
                self.term.write_str(&format!("{prompt}{shown}"))?;
                self.term.move_cursor_left(behind)?;
                let pressed = line.press(&self.term.read_key()?);
                if pressed != Pressed::On {
                    self.term.clear_line()?;
                    return Ok((pressed == Pressed::Enter).then(|| line.text()));
                }
            }
        })
    }

    fn say(&self, style: Style, word: &str, text: &str, room: Room) {
        for (i, line) in fit::lines(&format!("{word}{text}"), room.columns).iter().enumerate() {
            let line = match line.strip_prefix(word) {
                Some(rest) if i == 0 => format!("{}{rest}", self.paint(style, word)),
                Some(_) | None => line.clone(),
            };
            output::stderr(&format!("{line}\n"));
        }
    }
}

impl Ui for Terminal {
    fn show(&self, render: &dyn Fn(Option<usize>) -> String) {
        if self.attended {
            let (_, columns) = self.term.size();
            output::stderr(&render(Some(columns.into())));
        }
    }

    fn choose(
        &self,
        question: Question<'_>,
        items: &[String],
        current: usize,
    ) -> Result<usize, UiError> {
        let room = self.room(question)?;
        if items.is_empty() {
            return Err(UiError::NoItems { question: question.text.to_owned() });
        }
        let chosen = if items.len() > HANDFUL {
            self.search_and_pick(room, (question.text, SEARCH_AND_MOVE), items, current)?
        } else {
            self.pick(room, (question.text, MOVE), items, current)?
        };
        self.report(room, question, &items[chosen]);
        Ok(chosen)
    }

    fn choose_many(&self, question: Question<'_>, items: &[String]) -> Result<Vec<usize>, UiError> {
        let room = self.room(question)?;
        if items.is_empty() {
            return Err(UiError::NoItems { question: question.text.to_owned() });
        }
        let above = fit::lines(question.text, room.columns - BEHIND).len();
        let chosen = if items.len() + above + BESIDE > room.rows {
            search_and_tick(&Searching { terminal: self, room, text: question.text }, items)?
        } else {
            loop {
                let none = vec![false; items.len()];
                let chosen = self.tick(room, (question.text, TICK), items, &none)?;
                if !chosen.is_empty() {
                    break chosen;
                }
                self.say(ERROR, "", NONE_TICKED, room);
            }
        };
        let answer = match chosen.as_slice() {
            [only] => items[*only].clone(),
            several => format!("{} of {}", several.len(), items.len()),
        };
        self.report(room, question, &answer);
        Ok(chosen)
    }

    fn confirm(&self, question: Question<'_>) -> Result<bool, UiError> {
        let room = self.room(question)?;
        let look = self.look(room);
        let head = self.head(room, question.text, "")?;
        let yes = self.ask(true, &head, || {
            Confirm::with_theme(&look)
                .with_prompt(&head.last)
                .default(false)
                .report(false)
                .interact_on_opt(&self.term)
        })?;
        self.report(room, question, if yes { "yes" } else { "no" });
        Ok(yes)
    }

    fn text(
        &self,
        question: Question<'_>,
        check: &dyn Fn(&str) -> Result<(), String>,
    ) -> Result<String, UiError> {
        let room = self.room(question)?;
        let mut typed = String::new();
        loop {
            typed = self.type_line(room, (question.text, TYPE), &typed)?;
            match check(&typed) {
                Ok(()) => break,
                Err(wrong) => self.say(ERROR, "error:", &format!(" {wrong}"), room),
            }
        }
        self.report(room, question, &typed);
        Ok(typed)
    }
}

/// A question about more items than fit on the screen.
struct Searching<'a> {
    terminal: &'a Terminal,
    room: Room,
    text: &'a str,
}

impl Steps for Searching<'_> {
    fn search(&self, hint: &str) -> Result<String, UiError> {
        self.terminal.type_line(self.room, (self.text, hint), "")
    }

    fn tick(&self, hint: &str, items: &[String], ticked: &[bool]) -> Result<Vec<usize>, UiError> {
        let hint = format!("{hint}; {TICK}");
        self.terminal.tick(self.room, (self.text, &hint), items, ticked)
    }

    fn go_on(&self, hint: &str, ways: &[String]) -> Result<usize, UiError> {
        self.terminal.pick(self.room, (self.text, hint), ways, 0)
    }

    fn read(&self, line: &str) {
        self.terminal.say(ERROR, "", line, self.room);
    }
}
