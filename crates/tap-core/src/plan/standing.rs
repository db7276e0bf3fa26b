//! What the rulings say about one interface, before its sessions are compared with what they should be.
//!
//! The checks in [`Rulings::standing`] run in this order, and the first that speaks decides:
//!
//! ```text
//!   receives mirrored traffic        -> remove   ruling 5, whatever tags and rules say
//!   rule or VPC makes no sense       -> as it is ruling 9
//!   instance starting or stopping    -> as it is ruling 8
//!   nobody enabled it                -> remove   ruling 7
//!   instance not running             -> remove   ruling 7
//!   not chosen                       -> remove   rulings 3 and 7
//!   made by a rule, and no rules now -> as it is
//!   being attached or detached       -> as it is ruling 8
//!   attached to nothing              -> remove   ruling 7
//!   AWS would not mirror it          -> create nothing, remove nothing   ruling 4
//!   else                             -> mirror
//! ```
//!
//! Who chooses, and how it is to be mirrored, is [`chosen`](super::chosen)'s.

use std::collections::BTreeMap;

use crate::ids::{InstanceId, VpcId};
use crate::instance_types::{TypeSupport, family};
use crate::inventory::{Attachment, Eni, Instance, InstanceState, Inventory, MirrorSession};
use crate::plan::Reason;
use crate::plan::chosen::{Choice, Intent};
use crate::plan::receivers::Receivers;
use crate::plan::rule_states::RuleState;
use crate::policy::vpc::VpcPolicy;
use crate::settings::Settings;

/// What becomes of an interface.
#[derive(Debug, Clone)]
pub(super) enum Standing<'a> {
    /// It is to be mirrored like this.
    Mirror {
        intent: Intent<'a>,
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
    Unmirrorable { reason: Reason, intent: Intent<'a> },
}

impl<'a> Standing<'a> {
    /// How it is to be mirrored, or would be if AWS could.
    pub(super) fn intent(&self) -> Option<&Intent<'a>> {
        match self {
            Self::Mirror { intent, .. } | Self::Unmirrorable { intent, .. } => Some(intent),
            Self::Remove(_) | Self::AsItIs { .. } => None,
        }
    }
}

/// The rulings, with all that they look at.
pub(super) struct Rulings<'a> {
    pub(super) inv: &'a Inventory,
    pub(super) settings: &'a Settings,
    pub(super) policies: BTreeMap<&'a VpcId, VpcPolicy>,
    /// What became of each rule, by its place in the list.
    pub(super) rule_states: Vec<RuleState>,
    pub(super) receivers: Receivers<'a>,
    /// What the list says of each instance type that occurs: a fleet has few types and many instances.
    support: BTreeMap<&'a str, TypeSupport>,
}

impl<'a> Rulings<'a> {
    pub(super) fn new(
        inv: &'a Inventory,
        settings: &'a Settings,
        policies: BTreeMap<&'a VpcId, VpcPolicy>,
        rule_states: Vec<RuleState>,
    ) -> Self {
        let mut support = BTreeMap::new();
        for instance in inv.instances.values() {
            let instance_type = &*instance.instance_type;
            support
                .entry(instance_type)
                .or_insert_with(|| settings.instance_types.as_source(instance_type));
        }
        let receivers = Receivers::of(inv, &settings.keys);
        Self { inv, settings, policies, rule_states, receivers, support }
    }

    /// What the list says of an instance's type.
    fn support(&self, instance: &Instance) -> TypeSupport {
        let known = self.support.get(&*instance.instance_type).copied();
        known.unwrap_or_else(|| self.settings.instance_types.as_source(&instance.instance_type))
    }

    /// Looks one interface up in the rulings. `owned` are the sessions of ours on it.
    pub(super) fn standing(
        &self,
        id: &InstanceId,
        instance: &'a Instance,
        eni: &Eni,
        owned: &[&'a MirrorSession],
    ) -> Standing<'a> {
        if self.receivers.has(Some(id), &eni.id) {
            return Standing::Remove(Reason::ReceivesMirror);
        }
        let as_it_is = |reason| Standing::AsItIs { reason, would_be_mirrored: false };
        let choice = self.choice(id, instance, eni, owned);
        if let Choice::Broken { reason, chosen } = choice {
            let would_be_mirrored = chosen
                && instance.state == InstanceState::Running
                && eni.attachment == Attachment::Attached
                && self.unmirrorable(instance, eni).is_none();
            return Standing::AsItIs { reason, would_be_mirrored };
        }
        let leaves = self.settings.leaving.contains(id)
            && matches!(instance.state, InstanceState::Stopping | InstanceState::ShuttingDown);
        if let Some(what) = on_its_way(instance.state).filter(|_| !leaves) {
            return as_it_is(Reason::InTransition { what });
        }
        if let Choice::No(reason @ Reason::VpcNotEnabled) = choice {
            return Standing::Remove(reason);
        }
        if instance.state != InstanceState::Running {
            return Standing::Remove(Reason::NotRunning { state: instance.state });
        }
        let intent = match choice {
            Choice::Mirror(intent) => intent,
            Choice::No(reason) => return Standing::Remove(reason),
            Choice::Hold(reason) => {
                return Standing::AsItIs { reason, would_be_mirrored: true };
            }
            Choice::Broken { reason, .. } => return as_it_is(reason),
        };
        match eni.attachment {
            Attachment::Attached => {}
            Attachment::Changing => {
                return as_it_is(Reason::InTransition { what: "being attached or detached" });
            }
            Attachment::Detached => return Standing::Remove(Reason::EniDetached),
        }
        match self.unmirrorable(instance, eni) {
            Some(reason) => Standing::Unmirrorable { reason, intent },
            None => Standing::Mirror {
                intent,
                newer_family: (self.support(instance) == TypeSupport::Newer)
                    .then(|| family(&instance.instance_type).to_owned()),
            },
        }
    }

    fn unmirrorable(&self, instance: &Instance, eni: &Eni) -> Option<Reason> {
        unmirrorable(self.inv, instance, eni, || self.support(instance))
    }
}

/// Why AWS would refuse a session on this interface, as far as documents and list tell (ruling 4); none where nothing is known
/// that it would. `support` says what the list has for the instance's type.
pub fn unmirrorable(
    inv: &Inventory,
    instance: &Instance,
    eni: &Eni,
    support: impl FnOnce() -> TypeSupport,
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
    match support() {
        TypeSupport::Supported | TypeSupport::Newer => None,
        TypeSupport::Unsupported => {
            Some(Reason::UnsupportedType { instance_type: instance.instance_type.to_string() })
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
