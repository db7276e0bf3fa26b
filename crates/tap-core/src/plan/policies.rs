//! What each VPC of the run is meant to be: its tags, and whether the target that they name is there to be mirrored to.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{TargetId, VpcId};
use crate::inventory::Inventory;
use crate::plan::Finding;
use crate::plan::rule_states::{TargetProblem, is_deaf, target_problem};
use crate::policy::vpc::{TagProblem, VpcPolicy};
use crate::settings::Settings;

/// What each VPC's tags say, with the target looked up.
pub(super) fn of<'a>(
    inv: &'a Inventory,
    settings: &Settings,
    deaf: &mut BTreeSet<TargetId>,
    findings: &mut Vec<Finding>,
) -> BTreeMap<&'a VpcId, VpcPolicy> {
    let mut policies = BTreeMap::new();
    for id in inv.vpcs_in_run() {
        let Some(vpc) = inv.vpcs.get(id) else {
            continue;
        };
        let mut policy = VpcPolicy::from_tags(&vpc.tags, &settings.keys);
        if let VpcPolicy::Enabled { target, enrollment, .. } = &policy {
            deaf.extend(is_deaf(inv, target).then(|| target.clone()));
            if let Some(problem) = target_problem(inv, target) {
                let problem = match problem {
                    TargetProblem::NotFound(id) => TagProblem::TargetNotFound(id),
                    TargetProblem::Dead(id) => TagProblem::TargetDead(id),
                };
                policy = VpcPolicy::Misconfigured { problem, enrollment: *enrollment };
            }
        }
        if let VpcPolicy::Misconfigured { problem, .. } = &policy {
            findings.push(Finding::VpcMisconfigured { vpc: id.clone(), problem: problem.clone() });
        }
        policies.insert(id, policy);
    }
    policies
}
