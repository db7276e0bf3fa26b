//! What the rulings say about one interface, before its sessions are looked at.
//!
//! The checks in [`Rules::standing`] run in this order, and the first that speaks decides:
//!
//! ```text
//!   receives mirrored traffic        -> remove   ruling 5, whatever the tags say
//!   VPC not seen / tags make no sense-> as it is ruling 9
//!   instance starting or stopping    -> as it is ruling 8
//!   VPC not enabled                  -> remove   ruling 7
//!   instance not running             -> remove   ruling 7
//!   not chosen by the enrollment     -> remove   rulings 3 and 7
//!   being attached or detached       -> as it is ruling 8
//!   attached to nothing              -> remove   ruling 7
//!   AWS would not mirror it          -> create nothing, remove nothing   ruling 4
//!   else                             -> mirror
//! ```

use std::collections::BTreeMap;

use crate::ids::{InstanceId, TargetId, VpcId};
use crate::instance_types::{TypeSupport, family};
use crate::inventory::{Attachment, Eni, Instance, InstanceState, Inventory};
use crate::plan::Reason;
use crate::plan::receivers::Receivers;
use crate::policy::mark::{Choice, choose};
use crate::policy::vpc::VpcPolicy;
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

/// The rulings, with all that they look at.
pub(super) struct Rules<'a> {
    inv: &'a Inventory,
    settings: &'a Settings,
    pub(super) policies: BTreeMap<&'a VpcId, VpcPolicy>,
    pub(super) receivers: Receivers<'a>,
    /// What the list says of each instance type that occurs: a fleet has few types and many instances.
    support: BTreeMap<&'a str, TypeSupport>,
}

impl<'a> Rules<'a> {
    pub(super) fn new(
        inv: &'a Inventory,
        settings: &'a Settings,
        policies: BTreeMap<&'a VpcId, VpcPolicy>,
    ) -> Self {
        let mut support = BTreeMap::new();
        for instance in inv.instances.values() {
            let instance_type = &*instance.instance_type;
            support
                .entry(instance_type)
                .or_insert_with(|| settings.instance_types.as_source(instance_type));
        }
        Self { inv, settings, policies, receivers: Receivers::of(inv), support }
    }

    /// What the list says of an instance's type.
    fn support(&self, instance: &Instance) -> TypeSupport {
        let known = self.support.get(&*instance.instance_type).copied();
        known.unwrap_or_else(|| self.settings.instance_types.as_source(&instance.instance_type))
    }

    /// Looks one interface up in the rulings.
    pub(super) fn standing(&self, id: &InstanceId, instance: &Instance, eni: &Eni) -> Standing {
        if self.receivers.has(Some(id), &eni.id) {
            return Standing::Remove(Reason::ReceivesMirror);
        }
        let as_it_is = |reason| Standing::AsItIs { reason, would_be_mirrored: false };
        let policy = match self.policies.get(&eni.vpc) {
            None => return as_it_is(Reason::VpcNotSeen),
            Some(VpcPolicy::Misconfigured { problem, enrollment }) => {
                return Standing::AsItIs {
                    reason: Reason::VpcMisconfigured(problem.clone()),
                    would_be_mirrored: instance.state == InstanceState::Running
                        && eni.attachment == Attachment::Attached
                        && choose(*enrollment, &instance.tags, &self.settings.keys)
                            == Choice::Chosen
                        && self.unmirrorable(instance, eni).is_none(),
                };
            }
            Some(policy) => policy,
        };
        if let Some(what) = on_its_way(instance.state) {
            return as_it_is(Reason::InTransition { what });
        }
        let VpcPolicy::Enabled { target, enrollment } = policy else {
            return Standing::Remove(Reason::VpcNotEnabled);
        };
        if let state @ (InstanceState::Stopped | InstanceState::Terminated) = instance.state {
            return Standing::Remove(Reason::NotRunning { state });
        }
        match choose(*enrollment, &instance.tags, &self.settings.keys) {
            Choice::Chosen => {}
            Choice::Blacklisted => return Standing::Remove(Reason::Blacklisted),
            Choice::NotWhitelisted => return Standing::Remove(Reason::NotWhitelisted),
        }
        match eni.attachment {
            Attachment::Attached => {}
            Attachment::Changing => {
                return as_it_is(Reason::InTransition { what: "being attached or detached" });
            }
            Attachment::Detached => return Standing::Remove(Reason::EniDetached),
        }
        match self.unmirrorable(instance, eni) {
            Some(reason) => Standing::Unmirrorable { reason, target: target.clone() },
            None => Standing::Mirror {
                target: target.clone(),
                newer_family: (self.support(instance) == TypeSupport::Newer)
                    .then(|| family(&instance.instance_type).to_owned()),
            },
        }
    }

    /// Why AWS would refuse a session on this interface, as far as documents and list tell (ruling 4).
    fn unmirrorable(&self, instance: &Instance, eni: &Eni) -> Option<Reason> {
        if &*eni.interface_type != "interface" {
            return Some(Reason::InterfaceType { interface_type: eni.interface_type.to_string() });
        }
        if self.inv.requester_managed.contains(&eni.id) {
            return Some(Reason::RequesterManaged);
        }
        if self.inv.subnets.get(&eni.subnet).is_some_and(|subnet| subnet.ipv6_only) {
            return Some(Reason::Ipv6OnlySubnet);
        }
        match self.support(instance) {
            TypeSupport::Supported | TypeSupport::Newer => None,
            TypeSupport::Unsupported => {
                Some(Reason::UnsupportedType { instance_type: instance.instance_type.to_string() })
            }
        }
    }
}

/// What an instance is doing, where it is between two states (ruling 8).
fn on_its_way(state: InstanceState) -> Option<&'static str> {
    match state {
        InstanceState::Pending => Some("starting"),
        InstanceState::Stopping => Some("stopping"),
        // AWS removes its interfaces, and with them their sessions, within moments.
        InstanceState::ShuttingDown => Some("being terminated"),
        InstanceState::Unknown => Some("in a state that this version does not know"),
        InstanceState::Running | InstanceState::Stopped | InstanceState::Terminated => None,
    }
}
