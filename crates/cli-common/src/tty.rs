//! The mode of the terminal while a question is open: keys come one by one, and none is shown by itself.
//!
//! The mode holds as long as the question. A library that switches to and fro for every key lets the terminal show what is
//! typed in between, and a signal would leave whichever mode it meets. What was typed before the question was there is
//! thrown away: a list of ids that was pasted with its line breaks must not answer what comes after it.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use console::Term;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// The terminal behind stdin.
#[derive(Debug, Default)]
pub(crate) struct Tty(Mutex<Option<Open>>);

#[derive(Debug)]
struct Open {
    before: Termios,
    in_line: bool,
}

/// An open question. Dropped, it gives the terminal back as it was.
#[derive(Debug)]
pub(crate) struct Prompt<'a>(&'a Tty);

impl Tty {
    /// Opens a question. `in_line` says that the cursor waits behind it, not in a line of its own.
    ///
    /// # Errors
    /// What the system says where stdin is no terminal.
    pub(crate) fn open(&self, in_line: bool) -> io::Result<Prompt<'_>> {
        let before = tcgetattr(io::stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        // A line break still goes back to the first column.
        raw.output_modes = before.output_modes;
        tcsetattr(io::stdin(), OptionalActions::Flush, &raw)?;
        *self.lock() = Some(Open { before, in_line });
        Ok(Prompt(self))
    }

    /// Gives the terminal back as it was, and says whether the cursor is left behind a question.
    pub(crate) fn close(&self) -> bool {
        let Some(Open { before, in_line }) = self.lock().take() else {
            return false;
        };
        // Where the terminal has gone away there is nothing to give back.
        let _ = Term::stderr().show_cursor();
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
        in_line
    }

    fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Prompt<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
