//! Decides which network interfaces of an AWS account must be mirrored, and makes the traffic mirror sessions so.
//!
//! ```text
//!  AWS ──observe──▶ Inventory ──plan──▶ Plan ──guard──▶ Plan ──apply──▶ Outcomes ──report──▶ people, cron, metrics
//!       (reads)               (pure)         (pure)          (writes)             (pure text)
//! ```
//!
//! One direction; no step looks back. Only `observe` and `apply` reach AWS, and they do so through the small traits in
//! [`cloud`]; everything between is pure, takes plain data and gives plain data. The AWS SDK is named under `aws` only,
//! behind the feature of that name.

pub mod apply;
#[cfg(feature = "aws")]
pub mod aws;
pub mod build;
pub mod call;
pub mod cloud;
pub mod cycle;
pub mod error;
pub mod ids;
pub mod instance_types;
pub mod inventory;
pub mod moment;
pub mod network;
pub mod pace;
pub mod plan;
pub mod policy;
pub mod prune;
pub mod ranges;
pub mod report;
pub mod settings;
pub mod stop;
pub mod survey;
pub mod tagging;
pub mod tags;
#[cfg(any(test, feature = "test-support"))]
pub mod testing;
