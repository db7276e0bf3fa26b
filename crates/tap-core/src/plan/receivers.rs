//! Who receives mirrored traffic: the target interfaces, the instances that own them, the instances registered behind a
//! load balancer that is a target, and those that were launched for it. None of them may ever be a source (ruling 5).

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::ids::{EniId, InstanceId, TargetId};
use crate::inventory::{Eni, InstanceState, Inventory, LoneEni, TargetKind, Vpc};
use crate::plan::Finding;
use crate::policy::owner::{Owner, owner};
use crate::policy::vpc::VpcPolicy;
use crate::settings::Settings;
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

/// The targets in use whose instance is stopped: those that tags or settings name, and those of our sessions.
pub(super) fn stopped<'a>(
    inv: &Inventory,
    settings: &Settings,
    policies: impl Iterator<Item = &'a VpcPolicy>,
) -> Vec<Finding> {
    let stopped: BTreeMap<&EniId, &InstanceId> = inv
        .enis()
        .filter(|(_, instance, _)| instance.state == InstanceState::Stopped)
        .map(|(id, _, eni)| (&eni.id, id))
        .collect();
    if stopped.is_empty() {
        return Vec::new();
    }
    let of_tags = policies.filter_map(|policy| match policy {
        VpcPolicy::Enabled { target, .. } => Some(target),
        VpcPolicy::NotEnabled | VpcPolicy::Misconfigured { .. } => None,
    });
    let ours = inv.sessions.values().filter(|s| owner(&s.tags, &settings.keys) == Owner::Owned);
    let in_use: BTreeSet<&TargetId> =
        ours.map(|s| &s.target).chain(settings.named_targets()).chain(of_tags).collect();
    let behind = |id: &&TargetId| match inv.targets.get(*id).map(|target| &target.kind) {
        Some(TargetKind::Eni(eni)) => stopped.get(eni).copied(),
        Some(TargetKind::Nlb(_) | TargetKind::GwlbEndpoint(_) | TargetKind::Unknown(_)) | None => {
            None
        }
    };
    in_use
        .into_iter()
        .filter_map(|id| Some((id, behind(&id)?)))
        .map(|(target, instance)| Finding::TargetStopped {
            target: target.clone(),
            instance: instance.clone(),
        })
        .collect()
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
