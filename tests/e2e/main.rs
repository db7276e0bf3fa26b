//! End-to-end tests. One program, so that it links once; one file per theme:
//!
//! - `contract`: the SDK adapter against the simulated account, call by call

mod contract;
