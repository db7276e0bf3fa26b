//! Making a mirror target, without the SDK: plans as tables, then plans carried out in an account in memory that fails after every
//! step, that somebody else works in, and that is stopped.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

#[path = "build_cases/adopting.rs"]
mod adopting;
#[path = "build_cases/plans.rs"]
mod plans;
#[path = "build_cases/refusals.rs"]
mod refusals;
#[path = "build_cases/stopping.rs"]
mod stopping;
#[path = "build_cases/support.rs"]
mod support;
#[path = "build_cases/twice.rs"]
mod twice;
