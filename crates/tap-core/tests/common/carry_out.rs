//! A plan applied to an account that keeps AWS's limits.

use tap_core::apply::{Applied, ApplyOptions, apply};
use tap_core::plan::Plan;
use tap_core::settings::Settings;
use tap_core::stop::Stopper;
use tap_core::testing::TestCloud;
use uuid::Uuid;

/// Applies a plan to an account that keeps AWS's limits, one change at a time.
pub fn carry_out(plan: &Plan, settings: &Settings, cloud: &TestCloud) -> Applied {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime without I/O can be built");
    let options = ApplyOptions::new(1, Uuid::from_u128(1), settings.max_appliances);
    let (_stopper, stop) = Stopper::new();
    runtime.block_on(apply(plan, settings, cloud, &options, &stop, &mut |_| {}))
}
