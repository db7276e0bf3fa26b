//! The mode of the terminal while a question is open: keys come one by one, and none is shown by itself.
//!
//! The mode holds as long as the question. A library that switches to and fro for every key lets the terminal show what is
//! typed in between, and a signal would leave whichever mode it meets. What was typed before the question was there is
//! thrown away: a list of ids that was pasted with its line breaks must not answer what comes after it. A text takes all of
//! such a list, since more waits behind each of its line breaks but the last.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use console::Term;
use rustix::io::ioctl_fionread;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// How often, and how long each time, somebody who ends the process waits for a question that is being drawn.
const GLANCES: u32 = 200;
const GLANCE: Duration = Duration::from_millis(1);

/// How often somebody who was given a line break looks for what was pasted behind it. Terminals hand a long text over in
/// pieces, one when there is room again; no person types as fast.
const GLANCES_FOR_MORE: u32 = 30;

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
    /// Opens a question.
    ///
    /// # Errors
    /// What the system says where stdin is no terminal.
    pub(crate) fn open(&self) -> io::Result<Prompt<'_>> {
        let before = tcgetattr(io::stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        // A line break still goes back to the first column.
        raw.output_modes = before.output_modes;
        // Nothing depends on it in this mode; the library takes it away as long as it waits for a key.
        raw.local_modes.insert(LocalModes::IEXTEN);
        tcsetattr(io::stdin(), OptionalActions::Flush, &raw)?;
        *self.lock() = Some(Open { before, in_line: false });
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

    /// Waits until the question that is open, if any, is drawn and waits for a key: who is drawing would go on, and set the
    /// mode once more, after it was given back.
    pub(crate) fn settle(&self) {
        for _ in 0..GLANCES {
            let is_open = self.lock().is_some();
            let is_drawing = || {
                tcgetattr(io::stdin()).is_ok_and(|now| now.local_modes.contains(LocalModes::IEXTEN))
            };
            if !is_open || !is_drawing() {
                break;
            }
            std::thread::sleep(GLANCE);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Prompt<'_> {
    /// Says whether the cursor waits behind the question, not in a line of its own.
    pub(crate) fn waits_in_line(&self, in_line: bool) {
        if let Some(open) = self.0.lock().as_mut() {
            open.in_line = in_line;
        }
    }

    /// Whether more was typed or pasted than was read.
    pub(crate) fn has_more(&self) -> bool {
        ioctl_fionread(io::stdin()).is_ok_and(|bytes| bytes > 0)
    }

    /// The same, where the next piece of what is pasted may be on its way.
    pub(crate) fn has_more_soon(&self) -> bool {
        (0..GLANCES_FOR_MORE).any(|glance| {
            if glance > 0 {
                std::thread::sleep(GLANCE);
            }
            self.has_more()
        })
    }
}

impl Drop for Prompt<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
