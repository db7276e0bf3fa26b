//! What the Session Mirror binaries share: options, exit codes, errors, logging, the terminal and signals.
//!
//! It prints and it ends processes; it decides nothing about an account. That is `tap-core`'s work.

pub mod document;
pub mod errors;
pub mod exit;
pub mod generate;
pub mod layout;
pub mod logging;
pub mod options;
pub mod output;
pub mod planning;
pub mod regions;
pub mod signals;
pub mod span;
pub mod terminal;
