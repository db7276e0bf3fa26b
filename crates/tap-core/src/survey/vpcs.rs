//! Every VPC with its policy and its instances: eligible, mirrored, left alone.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use crate::ids::{InstanceId, VpcId};
use crate::inventory::Inventory;
use crate::plan::{Decision, Plan, PlanError, Verb, plan};
use crate::policy::vpc::{VpcPolicy, enabling};
use crate::settings::Settings;
use crate::survey::{NEW_TARGET, with_new_target};

/// A VPC as a person sees it who is about to configure it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VpcSurvey {
    /// Its id.
    pub id: VpcId,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Its address blocks.
    pub blocks: Vec<IpNet>,
    /// What its tags say, with the target looked up.
    pub policy: VpcPolicy,
    /// How many instances with an interface in it are to be mirrored and can be. Of a VPC that is not enabled: would be, if it
    /// were given a target.
    pub eligible: usize,
    /// How many instances have an owned session on an interface in it.
    pub mirrored: usize,
    /// How many instances are left alone, by the code of the reason.
    pub left_alone: BTreeMap<&'static str, usize>,
    /// How many owned sessions there are in it.
    pub sessions: usize,
}

/// Looks at every VPC of the run.
///
/// # Errors
/// As [`plan`].
pub fn vpcs(inv: &Inventory, settings: &Settings) -> Result<Vec<VpcSurvey>, PlanError> {
    let now = plan(inv, settings)?;
    let as_if = plan(&as_if_all_enabled(inv, &now, settings), settings)?;
    let mut in_vpc: BTreeMap<&VpcId, Vec<&Decision>> = BTreeMap::new();
    for decision in &as_if.decisions {
        if let Some(vpc) = &decision.vpc {
            in_vpc.entry(vpc).or_default().push(decision);
        }
    }
    let surveys = now.vpcs.into_iter().map(|(id, view)| {
        let decisions = in_vpc.remove(&id).unwrap_or_default();
        let vpc = inv.vpcs.get(&id);
        count(
            VpcSurvey {
                name: view.name,
                blocks: vpc.map(|vpc| vpc.blocks.clone()).unwrap_or_default(),
                policy: view.policy,
                eligible: 0,
                mirrored: 0,
                left_alone: BTreeMap::new(),
                sessions: 0,
                id,
            },
            &decisions,
        )
    });
    Ok(surveys.collect())
}

/// The same account with every VPC enabled that is not: what its interfaces would be, were it given a target.
pub fn as_if_all_enabled(inv: &Inventory, now: &Plan, settings: &Settings) -> Inventory {
    let mut inv = with_new_target(inv);
    let enable = enabling(&NEW_TARGET.into(), None, &settings.keys);
    for (id, view) in &now.vpcs {
        if view.policy == VpcPolicy::NotEnabled
            && let Some(vpc) = inv.vpcs.get_mut(id)
        {
            vpc.tags = enable.applied_to(&vpc.tags);
        }
    }
    inv
}

fn count(mut survey: VpcSurvey, decisions: &[&Decision]) -> VpcSurvey {
    let mut eligible: BTreeSet<&InstanceId> = BTreeSet::new();
    let mut mirrored: BTreeSet<&InstanceId> = BTreeSet::new();
    let mut reasons: BTreeMap<&InstanceId, &'static str> = BTreeMap::new();
    for decision in decisions {
        survey.sessions += usize::from(decision.action.session().is_some());
        let Some(instance) = &decision.instance else {
            continue;
        };
        if decision.action.session().is_some() {
            mirrored.insert(instance);
        }
        if decision.eligible {
            eligible.insert(instance);
        } else if !decision.leftover && !matches!(decision.action.verb(), Verb::Keep | Verb::Modify)
        {
            // One that is not eligible and keeps its session all the same is mirrored, not left alone.
            reasons.entry(instance).or_insert(decision.reason.code());
        }
    }
    reasons.retain(|instance, _| !eligible.contains(*instance));
    for reason in reasons.into_values() {
        *survey.left_alone.entry(reason).or_default() += 1;
    }
    (survey.eligible, survey.mirrored) = (eligible.len(), mirrored.len());
    survey
}
