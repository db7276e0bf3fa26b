//! The person at the terminal. An answered question becomes one line with its answer.

use std::io;

use console::Term;

use super::open::Open;
use super::ticks::{NONE_TICKED, Steps, search_and_tick};
use super::{Question, Ui, UiError};
use crate::signals::Signals;
use crate::{output, terminal};

/// A list that is longer is searched by typing.
const HANDFUL: usize = 7;

/// The fewest lines, and columns, that a question can be asked on. dialoguer stops the program below 3 lines, and
/// fewer columns cut the ids behind their marks.
const SMALLEST: (usize, usize) = (6, 30);

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

impl Terminal {
    /// Looks whether there is somebody to ask. This is decided once.
    pub fn new(signals: Signals) -> Self {
        Self {
            term: Term::buffered_stderr(),
            signals,
            attended: terminal::stdin_is_terminal() && terminal::stderr_is_terminal(),
            colour: terminal::stderr_has_colour(),
        }
    }

    /// Whether there is somebody to ask.
    pub fn is_attended(&self) -> bool {
        self.attended
    }

    /// Opens a question, before anything of it is seen.
    fn open(&self, question: Question<'_>) -> Result<Open<'_>, UiError> {
        if !self.attended {
            return Err(UiError::NoTerminal { flag: question.flag.to_owned() });
        }
        let (rows, columns) = self.term.size();
        let (rows, columns) = (usize::from(rows), usize::from(columns));
        let (fewest_rows, fewest_columns) = SMALLEST;
        if rows < fewest_rows || columns < fewest_columns {
            let what = format!("it has less than {fewest_rows} lines of {fewest_columns} columns");
            return Err(UiError::Terminal(io::Error::other(what)));
        }
        Ok(Open {
            term: &self.term,
            signals: &self.signals,
            colour: self.colour,
            rows,
            columns: columns - 1,
            prompt: self.signals.open().map_err(UiError::Terminal)?,
        })
    }
}

fn some(question: Question<'_>, items: &[String]) -> Result<(), UiError> {
    if items.is_empty() {
        return Err(UiError::NoItems { question: question.text.to_owned() });
    }
    Ok(())
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
        some(question, items)?;
        let open = self.open(question)?;
        let chosen = if items.len() > HANDFUL {
            open.search_and_pick(question.text, SEARCH_AND_MOVE, items, current)?
        } else {
            open.pick(question.text, MOVE, items, current)?
        };
        open.report(question.text, &items[chosen])?;
        Ok(chosen)
    }

    fn choose_many(&self, question: Question<'_>, items: &[String]) -> Result<Vec<usize>, UiError> {
        some(question, items)?;
        let open = self.open(question)?;
        let chosen = if open.fits(question.text, TICK, items.len()) {
            tick_some(&open, question.text, items)?
        } else {
            search_and_tick(&Searching { open: &open, text: question.text }, items)?
        };
        let answer = match chosen.as_slice() {
            [only] => items[*only].clone(),
            several => format!("{} of {}", several.len(), items.len()),
        };
        open.report(question.text, &answer)?;
        Ok(chosen)
    }

    fn confirm(&self, question: Question<'_>) -> Result<bool, UiError> {
        let open = self.open(question)?;
        let yes = open.confirm(question.text)?;
        open.report(question.text, if yes { "yes" } else { "no" })?;
        Ok(yes)
    }

    fn text(
        &self,
        question: Question<'_>,
        check: &dyn Fn(&str) -> Result<(), String>,
    ) -> Result<String, UiError> {
        let open = self.open(question)?;
        let mut typed = String::new();
        loop {
            typed = open.line(question.text, TYPE, &typed)?;
            match check(&typed) {
                Ok(()) => break,
                Err(wrong) => open.wrong(&wrong)?,
            }
        }
        open.report(question.text, &typed)?;
        Ok(typed)
    }
}

/// Asks until something is ticked: nothing ticked looks like an answer to who presses Enter at a line.
fn tick_some(open: &Open<'_>, text: &str, items: &[String]) -> Result<Vec<usize>, UiError> {
    let none = vec![false; items.len()];
    loop {
        let chosen = open.tick(text, TICK, items, &none)?;
        if !chosen.is_empty() {
            return Ok(chosen);
        }
        open.wrong(NONE_TICKED)?;
    }
}

/// A question about more items than fit into the window.
struct Searching<'a> {
    open: &'a Open<'a>,
    text: &'a str,
}

impl Steps for Searching<'_> {
    fn search(&self, hint: &str) -> Result<String, UiError> {
        self.open.line(self.text, hint, "")
    }

    fn tick(&self, hint: &str, items: &[String], ticked: &[bool]) -> Result<Vec<usize>, UiError> {
        self.open.tick(self.text, &format!("{hint}; {TICK}"), items, ticked)
    }

    fn go_on(&self, ways: &[String]) -> Result<usize, UiError> {
        self.open.pick(self.text, MOVE, ways, 0)
    }

    fn wrong(&self, line: &str) -> Result<(), UiError> {
        self.open.wrong(line)
    }
}
