//! The audit: what is mirrored in an account and what is not, whether packets arrive, what it costs, and what would put it
//! right. Pure, like the planner: plain data in, plain data and text out.
//!
//! ```text
//!  Overview ──▶ look ──▶ Audit ──▶ Report ──▶ render (table, JSON, CSV, HTML, ASFF)
//!                 │
//!                 ├── plan (tap-core): what should be, in the planner's own words
//!                 ├── coverage, rule, police, blind, arrival, quota: what is
//!                 └── explain, export: one thing in sentences; what would put it right, as code
//! ```

mod arrival;
mod blind;
mod collect;
mod coverage;
pub mod explain;
pub mod export;
pub mod finding;
pub mod look;
pub mod model;
mod police;
mod quota;
pub mod render;
pub mod report;
mod scene;
pub mod severity;
mod state;
mod targets;
