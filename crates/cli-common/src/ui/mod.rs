//! Questions to people, behind one trait: on a terminal, or with answers given in advance for the tests of dialogs.
//!
//! Every question names the flag that answers it as well. Where there is no terminal, that flag is what the error is about.
//! Esc, and `q` where nothing is typed, goes back: [`UiError::Declined`]. Ctrl-C never comes back to the caller: it ends the
//! process, see [`Signals::end`](crate::signals::Signals::end).

mod fit;
mod line;
mod open;
#[cfg(any(test, feature = "test-support"))]
mod scripted;
mod search;
mod terminal;
mod theme;
mod ticks;

use std::io;

#[cfg(any(test, feature = "test-support"))]
pub use scripted::{Answer, Asked, Scripted};
pub use terminal::Terminal;

/// A question, and the flag that answers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question<'a> {
    /// What is asked, as one sentence.
    pub text: &'a str,
    /// The flag, as `--yes`.
    pub flag: &'a str,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum UiError {
    /// The person went back, or wants nothing of this.
    #[error("cancelled")]
    Declined,
    /// Nobody is there to ask.
    #[error("`{flag}` is needed: there is no terminal to ask on")]
    NoTerminal {
        /// The flag that answers the question.
        flag: String,
    },
    /// The question has no answers to choose from.
    #[error("there is nothing to choose from: {question}")]
    NoItems {
        /// What was to be asked.
        question: String,
    },
    /// The terminal cannot be used.
    #[error("cannot ask on this terminal")]
    Terminal(#[source] io::Error),
}

/// Somebody who answers questions.
///
/// Items are one line of plain text each, and begin with what tells them apart: a narrow terminal cuts their ends.
pub trait Ui {
    /// Shows what the next questions are about, made for the width of the terminal. Where nobody can be asked, nothing is shown.
    fn show(&self, render: &dyn Fn(Option<usize>) -> String);

    /// Asks for one of the items, and gives its index. The cursor begins at `current`.
    ///
    /// # Errors
    /// [`UiError`]; without items, [`UiError::NoItems`].
    fn choose(
        &self,
        question: Question<'_>,
        items: &[String],
        current: usize,
    ) -> Result<usize, UiError>;

    /// Asks for at least one of the items, and gives their indices in ascending order. Who wants none of them goes back.
    ///
    /// # Errors
    /// [`UiError`]; without items, [`UiError::NoItems`].
    fn choose_many(&self, question: Question<'_>, items: &[String]) -> Result<Vec<usize>, UiError>;

    /// Asks for yes or no. Who just presses Enter says no.
    ///
    /// # Errors
    /// [`UiError`].
    fn confirm(&self, question: Question<'_>) -> Result<bool, UiError>;

    /// Asks for a text, trimmed, until `check` takes it; what `check` says is shown.
    ///
    /// # Errors
    /// [`UiError`].
    fn text(
        &self,
        question: Question<'_>,
        check: &dyn Fn(&str) -> Result<(), String>,
    ) -> Result<String, UiError>;
}
