//! Who receives mirrored traffic: the target interfaces, the instances that own them, the instances registered behind a
//! load balancer that is a target, and those that were launched for it. None of them may ever be a source (ruling 5).

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::ids::{EniId, InstanceId};
use crate::inventory::{Eni, Inventory, LoneEni, TargetKind, Vpc};
use crate::policy::owner::{Owner, owner};
use crate::tags::{TagKeys, Tags};

/// The receivers of a scope.
#[derive(Debug, Default)]
pub(super) struct Receivers<'a> {
    enis: BTreeSet<&'a EniId>,
    instances: BTreeSet<&'a InstanceId>,
}

impl<'a> Receivers<'a> {
    pub(super) fn of(inv: &'a Inventory, keys: &TagKeys) -> Self {
        let mut found = Self::default();
        // One that was launched to receive, even before its interface is a target.
        let is_appliance =
            |tags: &Tags| tags.get(&keys.appliance).is_some() && owner(tags, keys) == Owner::Owned;
        let appliances = inv.instances.iter().filter(|(_, i)| is_appliance(&i.tags));
        found.instances.extend(appliances.map(|(id, _)| id));
        for target in inv.targets.values() {
            if let TargetKind::Eni(eni) = &target.kind {
                found.enis.insert(eni);
            }
        }
        for (eni, lone) in &inv.lone_enis {
            if let LoneEni::Attached { instance: Some(instance), .. } = lone
                && found.enis.contains(eni)
            {
                found.instances.insert(instance);
            }
        }
        let mut addresses: BTreeSet<&IpAddr> = BTreeSet::new();
        for nlb in inv.nlbs.values() {
            found.instances.extend(&nlb.instances);
            addresses.extend(&nlb.addresses);
        }
        if found.enis.is_empty() && addresses.is_empty() {
            return found;
        }
        for (id, _, eni) in inv.enis() {
            if found.enis.contains(&eni.id) || is_registered(eni, inv, &addresses) {
                found.instances.insert(id);
            }
        }
        found
    }

    pub(super) fn has(&self, instance: Option<&InstanceId>, eni: &EniId) -> bool {
        self.enis.contains(eni) || instance.is_some_and(|id| self.instances.contains(id))
    }
}

/// Whether a load balancer's target group names this interface by its address.
///
/// VPCs may share addresses. An address out of the load balancer's own VPC means the interface there; any other address
/// means whoever has it, across a peering.
fn is_registered(eni: &Eni, inv: &Inventory, addresses: &BTreeSet<&IpAddr>) -> bool {
    eni.addresses.iter().filter(|address| addresses.contains(address)).any(|address| {
        inv.nlbs.values().filter(|nlb| nlb.addresses.contains(address)).any(|nlb| {
            nlb.vpc.as_ref().is_none_or(|home| {
                let at_home = |vpc: &Vpc| vpc.blocks.iter().any(|block| block.contains(address));
                *home == eni.vpc || !inv.vpcs.get(home).is_some_and(at_home)
            })
        })
    })
}
