//! What the terminal can show: colours, by `NO_COLOR`, `CLICOLOR_FORCE` and whether it is one; and its width.

use std::io::IsTerminal;

use anstream::ColorChoice;
pub use screen::style::{ACTIVE, CREATE, DELETE, ERROR, FAINT, HEADING, MODIFY, TICKED, WARNING};
pub use screen::words::printable;

/// The width of the terminal behind stdout; none where stdout is a pipe or a file, which take lines of any length.
pub fn width() -> Option<usize> {
    let (_, columns) = console::Term::stdout().size_checked()?;
    Some(usize::from(columns))
}

/// The width of the terminal behind stderr; none where stderr is something else.
pub fn stderr_width() -> Option<usize> {
    let (_, columns) = console::Term::stderr().size_checked()?;
    Some(usize::from(columns))
}

/// Whether somebody types into stdin.
pub fn stdin_is_terminal() -> bool {
    std::io::stdin().is_terminal()
}

/// Whether somebody looks at stderr.
pub fn stderr_is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Whether stderr shows colours.
pub fn stderr_has_colour() -> bool {
    anstream::AutoStream::choice(&std::io::stderr()) != ColorChoice::Never
}
