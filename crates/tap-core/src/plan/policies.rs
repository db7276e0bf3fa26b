//! What each VPC of the run is meant to be: its tags, and whether the target that they name is there to be mirrored to.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{TargetId, VpcId};
use crate::inventory::{Inventory, LoneEni, TargetKind};
use crate::plan::Finding;
use crate::policy::vpc::{TagProblem, VpcPolicy};
use crate::settings::Settings;

/// What each VPC's tags say, with the target looked up.
pub(super) fn of<'a>(
    inv: &'a Inventory,
    settings: &Settings,
    findings: &mut Vec<Finding>,
) -> BTreeMap<&'a VpcId, VpcPolicy> {
    let mut deaf: BTreeSet<TargetId> = BTreeSet::new();
    let mut policies = BTreeMap::new();
    for id in inv.vpcs_in_run() {
        let Some(vpc) = inv.vpcs.get(id) else {
            continue;
        };
        let mut policy = VpcPolicy::from_tags(&vpc.tags, &settings.keys);
        if let VpcPolicy::Enabled { target, enrollment } = &policy {
            let dead = || Some(TagProblem::TargetDead(target.clone()));
            let problem = match inv.targets.get(target) {
                None => Some(TagProblem::TargetNotFound(target.clone())),
                // What stands behind another account's target is not shown to this one.
                Some(found) if found.owner != inv.scope.account => None,
                Some(found) => match &found.kind {
                    TargetKind::Eni(eni) if inv.lone_enis.get(eni) == Some(&LoneEni::Gone) => {
                        dead()
                    }
                    TargetKind::Nlb(_) => match inv.nlbs.get(target) {
                        Some(nlb) if !nlb.exists => dead(),
                        Some(nlb) if !nlb.listens => {
                            deaf.insert(target.clone());
                            None
                        }
                        Some(_) | None => None,
                    },
                    TargetKind::Eni(_) | TargetKind::GwlbEndpoint(_) | TargetKind::Unknown(_) => {
                        None
                    }
                },
            };
            if let Some(problem) = problem {
                policy = VpcPolicy::Misconfigured { problem, enrollment: *enrollment };
            }
        }
        if let VpcPolicy::Misconfigured { problem, .. } = &policy {
            findings.push(Finding::VpcMisconfigured { vpc: id.clone(), problem: problem.clone() });
        }
        policies.insert(id, policy);
    }
    findings.extend(deaf.into_iter().map(|target| Finding::TargetDeaf { target }));
    policies
}
