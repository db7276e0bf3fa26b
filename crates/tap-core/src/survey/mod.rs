//! What people see before they decide, and what their decision would do: VPCs with their numbers, targets with what is wrong
//! with them, the effect of a change before it is written. All of it is the planner's own view, so that no list says other
//! than what the next run does.

mod appliances;
mod effect;
mod marks;
mod targets;
mod vpcs;

pub use appliances::{ApplianceInstance, ApplianceSurvey, Standing, appliances};
pub use effect::{Effect, effect};
pub use marks::{Impact, MarkSurvey, MarkWarning, mark, marks};
pub use targets::{Health, Reach, TargetSurvey, reach, targets};
pub use vpcs::{VpcSurvey, as_if_all_enabled, vpcs};

use crate::ids::TargetId;
use crate::inventory::{Inventory, MirrorTarget, TargetKind};

/// The name of a target that does not exist yet, in changes whose effect is looked at. AWS gives no such id.
pub const NEW_TARGET: &str = "(a new target)";

/// The same account, with a target that is still to be made and of which nothing is known: it takes any number of sources from
/// everybody. Where the account has [`NEW_TARGET`] already, more is known of it, and that counts.
fn with_new_target(inv: &Inventory) -> Inventory {
    let mut inv = inv.clone();
    let owner = inv.scope.account.clone();
    let unknown = MirrorTarget::of(TargetKind::Unknown(String::new()), owner);
    inv.targets.entry(TargetId::from(NEW_TARGET)).or_insert(unknown);
    inv
}
