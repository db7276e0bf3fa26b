//! What the rulings say about one interface, before its sessions are looked at.
//!
//! The checks in [`of`] run in this order, and the first that speaks decides:
//!
//! ```text
//!   receives mirrored traffic        -> remove   ruling 5, whatever the tags say
//!   VPC not seen / tags make no sense-> as it is ruling 9
//!   VPC not enabled                  -> remove   ruling 7
//!   instance starting or stopping    -> as it is ruling 8
//!   instance not running             -> remove   ruling 7
//!   not chosen by the enrollment     -> remove   rulings 3 and 7
//!   being attached or detached       -> as it is ruling 8
//!   attached to nothing              -> remove   ruling 7
//!   AWS would not mirror it          -> create nothing, remove nothing   ruling 4
//!   else                             -> mirror
//! ```

use crate::ids::{InstanceId, TargetId};
use crate::instance_types::{TypeSupport, family};
use crate::inventory::{Attachment, Eni, Instance, InstanceState, Inventory};
use crate::plan::Reason;
use crate::plan::receivers::Receivers;
use crate::policy::mark::{Choice, choose};
use crate::policy::vpc::{Enrollment, VpcPolicy};
use crate::settings::Settings;

/// What becomes of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is to be mirrored to this target.
    Mirror {
        target: TargetId,
        /// The instance's family, where the list does not know it.
        newer_family: Option<String>,
    },
    /// No session of ours belongs there.
    Remove(Reason),
    /// Nothing is done either way.
    AsItIs {
        reason: Reason,
        /// Whether it would be mirrored, as far as one can tell: it counts for coverage.
        would_be_mirrored: bool,
    },
    /// AWS, as far as we know, would refuse a session. One that is there stays.
    Unmirrorable { reason: Reason, target: TargetId },
}

/// Looks one interface up in the rulings.
pub(super) fn of(
    id: &InstanceId,
    instance: &Instance,
    eni: &Eni,
    policy: Option<&VpcPolicy>,
    inv: &Inventory,
    receivers: &Receivers<'_>,
    settings: &Settings,
) -> Standing {
    if receivers.has(Some(id), &eni.id) {
        return Standing::Remove(Reason::ReceivesMirror);
    }
    let would_be_mirrored = |enrollment| {
        instance.state == InstanceState::Running
            && eni.attachment == Attachment::Attached
            && choose(enrollment, &instance.tags, &settings.keys) == Choice::Chosen
            && unmirrorable(instance, eni, inv, settings).is_none()
    };
    let (target, enrollment) = match policy {
        None => {
            return Standing::AsItIs { reason: Reason::VpcNotSeen, would_be_mirrored: false };
        }
        Some(VpcPolicy::NotEnabled) => return Standing::Remove(Reason::VpcNotEnabled),
        Some(VpcPolicy::Misconfigured { problem, enrollment }) => {
            return Standing::AsItIs {
                reason: Reason::VpcMisconfigured(problem.clone()),
                would_be_mirrored: would_be_mirrored(*enrollment),
            };
        }
        Some(VpcPolicy::Enabled { target, enrollment }) => (target, *enrollment),
    };
    if let Some(standing) = of_the_instance(instance, enrollment, settings) {
        return standing;
    }
    match eni.attachment {
        Attachment::Attached => {}
        Attachment::Changing => {
            let reason = Reason::InTransition { what: "being attached or detached" };
            return Standing::AsItIs { reason, would_be_mirrored: false };
        }
        Attachment::Detached => return Standing::Remove(Reason::EniDetached),
    }
    match unmirrorable(instance, eni, inv, settings) {
        Some(reason) => Standing::Unmirrorable { reason, target: target.clone() },
        None => Standing::Mirror {
            target: target.clone(),
            newer_family: (settings.instance_types.as_source(&instance.instance_type)
                == TypeSupport::Newer)
                .then(|| family(&instance.instance_type).to_owned()),
        },
    }
}

fn of_the_instance(
    instance: &Instance,
    enrollment: Enrollment,
    settings: &Settings,
) -> Option<Standing> {
    let on_its_way = match instance.state {
        InstanceState::Running => None,
        InstanceState::Pending => Some("starting"),
        InstanceState::Stopping => Some("stopping"),
        // AWS removes its interfaces, and with them their sessions, within moments.
        InstanceState::ShuttingDown => Some("being terminated"),
        state @ (InstanceState::Stopped | InstanceState::Terminated) => {
            return Some(Standing::Remove(Reason::NotRunning { state }));
        }
    };
    if let Some(what) = on_its_way {
        let reason = Reason::InTransition { what };
        return Some(Standing::AsItIs { reason, would_be_mirrored: false });
    }
    match choose(enrollment, &instance.tags, &settings.keys) {
        Choice::Chosen => None,
        Choice::Blacklisted => Some(Standing::Remove(Reason::Blacklisted)),
        Choice::NotWhitelisted => Some(Standing::Remove(Reason::NotWhitelisted)),
    }
}

/// Why AWS would refuse a session on this interface, as far as documents and list tell (ruling 4).
fn unmirrorable(
    instance: &Instance,
    eni: &Eni,
    inv: &Inventory,
    settings: &Settings,
) -> Option<Reason> {
    if &*eni.interface_type != "interface" {
        return Some(Reason::InterfaceType { interface_type: eni.interface_type.to_string() });
    }
    if inv.requester_managed.contains(&eni.id) {
        return Some(Reason::RequesterManaged);
    }
    if inv.subnets.get(&eni.subnet).is_some_and(|subnet| subnet.ipv6_only) {
        return Some(Reason::Ipv6OnlySubnet);
    }
    match settings.instance_types.as_source(&instance.instance_type) {
        TypeSupport::Supported | TypeSupport::Newer => None,
        TypeSupport::Unsupported => {
            Some(Reason::UnsupportedType { instance_type: instance.instance_type.to_string() })
        }
    }
}
