//! What tests of this crate and of its callers are made of: inventories in a few words, and an account in memory that
//! keeps AWS's limits. Compiled for tests only.

mod build;
mod cloud;
mod cloud_appliances;
mod scenario;

pub use build::{BuildCloud, Moment};
pub use cloud::TestCloud;
pub use scenario::{FILTER, Scenario, TARGET, full_filter, scenario};
