//! Colours by what they mean.

use anstyle::{AnsiColor, Style};

/// Errors and failures.
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
/// Warnings.
pub const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// What is created.
pub const CREATE: Style = AnsiColor::Green.on_default();
/// What is modified.
pub const MODIFY: Style = AnsiColor::Yellow.on_default();
/// What is deleted.
pub const DELETE: Style = AnsiColor::Red.on_default();
/// Headings.
pub const HEADING: Style = Style::new().bold();
/// What matters less.
pub const FAINT: Style = Style::new().dimmed();
/// The line of a list that the cursor is at.
pub const ACTIVE: Style = AnsiColor::Cyan.on_default();
/// What is ticked in a list.
pub const TICKED: Style = AnsiColor::Green.on_default();
