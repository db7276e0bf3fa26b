//! What the Session Mirror binaries share: the frame of a program with its options, scopes, log, signals and exit codes; how
//! people are asked, and how text is laid out for them.
//!
//! It prints, it asks and it ends processes; it decides nothing about an account. That is `tap-core`'s work.

pub mod document;
pub mod errors;
pub mod exit;
pub mod generate;
pub mod logging;
pub mod marks;
pub mod named;
pub mod options;
pub mod output;
pub mod planning;
pub mod profiles;
pub mod program;
pub mod progress;
pub mod regions;
pub mod rules;
pub mod scopes;
pub mod signals;
pub mod span;
pub mod terminal;
mod tty;
pub mod ui;
pub mod wanted;
pub mod whole_file;

pub use screen::layout;
