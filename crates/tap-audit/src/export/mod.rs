//! Remedies as code: the sessions, targets and filters that should be there, as CloudFormation, Terraform or calls of the aws
//! CLI. What should be there is the planner's to say; here it is only written down.

mod cli;
mod cloudformation;
mod draw;
mod drawing;
mod terraform;

use std::fmt;

use tap_core::ids::{TargetId, VpcId};
use tap_core::inventory::{Inventory, MirrorTarget, TargetKind};
use tap_core::plan::{PlanError, Refusal, guard, plan};
use tap_core::policy::vpc::{VpcPolicy, enabling};
use tap_core::settings::Settings;
use uuid::Uuid;

/// What stands for the id of a target that the code makes. AWS gives no such id.
const NEW_TARGET: &str = "(the new target)";

/// How the code is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A CloudFormation template, in JSON.
    CloudFormation,
    /// A Terraform configuration.
    Terraform,
    /// A shell script of aws CLI calls.
    Cli,
}

impl Format {
    /// All three.
    pub const ALL: [Self; 3] = [Self::CloudFormation, Self::Terraform, Self::Cli];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CloudFormation => "cloudformation",
            Self::Terraform => "terraform",
            Self::Cli => "cli",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where VPCs that are not enabled are to be mirrored to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// A target that is there.
    Target(TargetId),
    /// An interface, load balancer or endpoint, which becomes one unless it is one.
    Kind(TargetKind),
}

/// Code, and what it leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The code.
    pub text: String,
    /// What it cannot say, in sentences.
    pub left_out: Vec<String>,
}

/// Why there is no code.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The user named something that is not there.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A guard would refuse to do this (ruling 11).
    #[error("a run would refuse this: {0}")]
    Refused(Refusal),
    /// Every VPC that a target was given for has one.
    #[error("--target is for VPCs that are not enabled, and these are: {0}")]
    Enabled(String),
    /// The target is not there.
    #[error("{0} does not exist here and is not shared with this account")]
    NoSuchTarget(TargetId),
    /// More than one template may hold.
    #[error("{0} resources, and a CloudFormation template may have {most}", most = cloudformation::MOST_RESOURCES)]
    TooMany(usize),
    /// The code could not be written.
    #[error("the configuration could not be written: {0}")]
    Hcl(#[from] hcl::Error),
}

/// Writes what should be there as code. With `to`, the VPCs of the inventory's [`Narrow`](tap_core::inventory::Narrow) that are
/// not enabled are written as if they were, with that target. Client tokens come from `run`.
///
/// # Errors
/// [`ExportError`].
pub fn export(
    inv: &Inventory,
    settings: &Settings,
    to: Option<&To>,
    format: Format,
    run: Uuid,
) -> Result<Exported, ExportError> {
    let (inv, enabled) = match to {
        Some(to) => enable(inv, settings, to)?,
        None => (inv.clone(), Vec::new()),
    };
    let mut notes = to.map(|to| of_target(&inv, to, &enabled)).unwrap_or_default();
    let plan = guard(plan(&inv, settings)?, settings);
    if let Some(refusal) = plan.refusal.clone() {
        return Err(ExportError::Refused(refusal));
    }
    let drawing = draw::draw(&inv, &plan, settings, &enabled);
    let text = match format {
        Format::CloudFormation => {
            let count = cloudformation::resources(&drawing);
            if count > cloudformation::MOST_RESOURCES {
                return Err(ExportError::TooMany(count));
            }
            cloudformation::write(&drawing)
        }
        Format::Terraform => terraform::write(&drawing)?,
        Format::Cli => cli::write(&drawing, run),
    };
    let mut left_out = drawing.left_out.clone();
    left_out.append(&mut notes);
    if format != Format::Cli {
        let gone = drawing.removals.iter();
        left_out.extend(gone.map(|r| {
            format!(
                "{} on {} is to be deleted by hand or by session_mirror_tap: {}",
                r.session, r.eni, r.because
            )
        }));
    }
    if format != Format::Cli {
        left_out.extend(cloudformation::waiting(&drawing));
    }
    if format == Format::CloudFormation {
        let changed = drawing.sessions.iter().filter(|session| session.change.is_some());
        left_out.extend(changed.filter_map(|session| {
            let id = session.id.as_ref()?;
            Some(format!("{id} on {} is to be repaired by session_mirror_tap", session.eni))
        }));
    }
    Ok(Exported { text, left_out })
}

/// The same account, with the VPCs enabled that are named and are not, and which those are.
fn enable(
    inv: &Inventory,
    settings: &Settings,
    to: &To,
) -> Result<(Inventory, Vec<VpcId>), ExportError> {
    let mut inv = inv.clone();
    let target = match to {
        To::Target(id) if inv.targets.contains_key(id) => id.clone(),
        To::Target(id) => return Err(ExportError::NoSuchTarget(id.clone())),
        To::Kind(kind) => {
            let account = inv.scope.account.clone();
            let mut known = inv.targets.iter();
            let there = known.find(|(_, t)| t.kind == *kind && t.owner == account);
            match there.map(|(id, _)| id.clone()) {
                Some(id) => id,
                None => {
                    let id = TargetId::from(NEW_TARGET);
                    inv.targets.insert(id.clone(), MirrorTarget::of(kind.clone(), account));
                    id
                }
            }
        }
    };
    let change = enabling(&target, None, &settings.keys);
    let ids: Vec<VpcId> = inv.vpcs_in_run().into_iter().cloned().collect();
    let mut enabled = Vec::new();
    for id in ids {
        if let Some(vpc) = inv.vpcs.get_mut(&id)
            && VpcPolicy::from_tags(&vpc.tags, &settings.keys) == VpcPolicy::NotEnabled
        {
            vpc.tags = change.applied_to(&vpc.tags);
            enabled.push(id);
        }
    }
    if enabled.is_empty() {
        let ids: Vec<&str> = inv.vpcs_in_run().into_iter().map(|id| id.as_str()).collect();
        return Err(ExportError::Enabled(ids.join(", ")));
    }
    Ok((inv, enabled))
}

/// What was not done with a target that the user named, and what was not looked at.
fn of_target(inv: &Inventory, to: &To, enabled: &[VpcId]) -> Vec<String> {
    let others = inv.vpcs_in_run().into_iter().filter(|id| !enabled.contains(id));
    let mut notes: Vec<String> = others
        .map(|id| {
            format!("{id} is enabled already: --target does not change where it is mirrored to")
        })
        .collect();
    let unseen = match to {
        To::Target(_) => None,
        To::Kind(TargetKind::Eni(eni)) => {
            let seen = inv.enis().any(|(_, _, found)| found.id == *eni);
            (!seen && !inv.lone_enis.contains_key(eni)).then(|| eni.to_string())
        }
        To::Kind(TargetKind::Nlb(id) | TargetKind::GwlbEndpoint(id) | TargetKind::Unknown(id)) => {
            let known = inv.targets.iter().any(|(target, found)| {
                target.as_str() != NEW_TARGET && matches!(to, To::Kind(kind) if found.kind == *kind)
            });
            (!known).then(|| id.clone())
        }
    };
    notes.extend(unseen.map(|id| {
        format!("whether {id} exists, and receives, was not looked at: session_mirror_config_vpc does that")
    }));
    notes
}
