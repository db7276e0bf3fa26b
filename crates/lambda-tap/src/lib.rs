//! The AWS Lambda function: understands an event, and runs the cycle for what it names.
//!
//! ```text
//!   event or batch ──batch, event──▶ works ──orders──▶ runs ──run, settle──▶ what is not settled ──handler──▶ answer
//!                       (pure)              (pure)          (the cycle)            (pure)
//! ```
//!
//! The cycle is that of the command line, narrowed to what the events name. [`function`] is what Lambda starts; all else
//! runs without it, over the traits of [`tap_core::cloud`].

pub mod batch;
pub mod config;
pub mod event;
pub mod function;
pub mod handler;
pub mod log;
pub mod orders;
pub mod report;
pub mod rules;
pub mod run;
pub mod settle;
pub mod time;
