//! What people see before they decide, and what their decision would do: VPCs with their numbers, targets with what is wrong
//! with them, the effect of a change before it is written. All of it is the planner's own view, so that no list says other
//! than what the next run does.

mod effect;
mod marks;
mod targets;
mod vpcs;

pub use effect::{Effect, effect};
pub use marks::{Impact, MarkSurvey, MarkWarning, mark, marks};
pub use targets::{Health, Reach, TargetSurvey, reach, targets};
pub use vpcs::{VpcSurvey, vpcs};

use std::collections::BTreeSet;

use crate::ids::{TargetId, VpcId};
use crate::inventory::{Inventory, MirrorTarget, NlbFacts, TargetKind};

/// The name of a target that does not exist yet, in changes whose effect is looked at. AWS gives no such id.
pub const NEW_TARGET: &str = "(a new target)";

/// A target that is still to be made, as far as it is known what it will deliver to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prospect {
    /// What it will deliver to.
    pub kind: TargetKind,
    /// The VPC that this is in.
    pub vpc: Option<VpcId>,
    /// The instances and addresses that will receive.
    pub receivers: BTreeSet<String>,
}

impl Default for Prospect {
    /// A target of which nothing is known yet: it takes any number of sources from everybody.
    fn default() -> Self {
        Self { kind: TargetKind::Unknown(String::new()), vpc: None, receivers: BTreeSet::new() }
    }
}

/// The same account, with a target that is still to be made.
fn with_new_target(inv: &Inventory, prospect: &Prospect) -> Inventory {
    let Prospect { kind, vpc, receivers } = prospect.clone();
    let mut inv = inv.clone();
    let id = TargetId::from(NEW_TARGET);
    if let TargetKind::Nlb(_) = kind {
        let mut facts = NlbFacts { exists: true, listens: true, vpc, ..NlbFacts::default() };
        for receiver in receivers {
            match receiver.parse() {
                Ok(address) => drop(facts.addresses.insert(address)),
                Err(_) => drop(facts.instances.insert(receiver.into())),
            }
        }
        inv.nlbs.insert(id.clone(), facts);
    }
    let owner = inv.scope.account.clone();
    inv.targets.insert(id, MirrorTarget { name: None, kind, owner });
    inv
}
