//! `MemoryCloud` as somewhere to launch appliances. An instance is running as soon as it is launched, and loses its interfaces
//! as soon as it is terminated, with the sessions on them (docs/aws.md 2).

use std::net::IpAddr;

use super::memory::{MemoryCloud, error};
use crate::call::Call;
use crate::cloud::{Launched, MakeAppliances, NewAppliance};
use crate::error::{CloudError, ErrorKind};
use crate::ids::{EniId, InstanceId, TargetId};
use crate::inventory::{Attachment, Eni, Instance, InstanceState, Inventory, LoneEni, TargetKind};

impl MakeAppliances for MemoryCloud {
    async fn launch(&self, new: &NewAppliance) -> Result<Launched, CloudError> {
        let call = Call::RunInstances;
        let mut state = self.state();
        if let Some((before, launched)) = state.launches.get(&new.token) {
            let is_there = state.inventory.instances.get(&launched.instance);
            return match is_there {
                Some(instance) if before == new && instance.state != InstanceState::Terminated => {
                    Ok(launched.clone())
                }
                Some(_) | None => Err(error(ErrorKind::TokenSpent, call, new.subnet.as_str())),
            };
        }
        let Some(subnet) = state.inventory.subnets.get(&new.subnet) else {
            return Err(error(ErrorKind::NotFound, call, new.subnet.as_str()));
        };
        let vpc = subnet.vpc.clone();
        let number = state.launches.len() + 1;
        let launched = Launched {
            instance: InstanceId::new(format!("i-new-{number}")),
            eni: EniId::new(format!("eni-new-{number}")),
        };
        let last = u8::try_from(number).unwrap_or(u8::MAX);
        let eni = Eni {
            id: launched.eni.clone(),
            vpc,
            subnet: new.subnet.clone(),
            interface_type: "interface".into(),
            attachment: Attachment::Attached,
            primary: true,
            addresses: [IpAddr::from([10, 0, 255, last])].into(),
        };
        let instance = Instance {
            instance_type: new.instance_type.as_str().into(),
            state: InstanceState::Running,
            launched: None,
            tags: new.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect(),
            enis: vec![eni],
        };
        state.inventory.instances.insert(launched.instance.clone(), instance);
        state.launches.insert(new.token.clone(), (new.clone(), launched.clone()));
        Ok(launched)
    }

    async fn target_of(&self, eni: &EniId) -> Result<Option<TargetId>, CloudError> {
        let inventory = self.now();
        let account = &inventory.scope.account;
        let delivers = TargetKind::Eni(eni.clone());
        let mut targets = inventory.targets.iter();
        let found = targets.find(|(_, t)| t.owner == *account && t.kind == delivers);
        Ok(found.map(|(id, _)| id.clone()))
    }

    async fn delete_target(&self, target: &TargetId) -> Result<(), CloudError> {
        let mut state = self.state();
        if state.inventory.sessions.values().any(|session| session.target == *target) {
            let call = Call::DeleteTrafficMirrorTarget;
            return Err(error(ErrorKind::InUse, call, target.as_str()));
        }
        state.inventory.targets.remove(target);
        state.balancers.created.remove(target);
        Ok(())
    }

    async fn terminate(&self, instance: &InstanceId) -> Result<(), CloudError> {
        let mut state = self.state();
        let inventory = &mut state.inventory;
        let Some(found) = inventory.instances.get_mut(instance) else { return Ok(()) };
        found.state = InstanceState::Terminated;
        for eni in std::mem::take(&mut found.enis) {
            lose(inventory, &eni.id);
        }
        Ok(())
    }
}

/// Removes an interface. A target that delivers to it stays.
fn lose(inventory: &mut Inventory, eni: &EniId) {
    inventory.sessions.retain(|_, session| session.eni != *eni);
    inventory.requester_managed.remove(eni);
    inventory.lone_enis.insert(eni.clone(), LoneEni::Gone);
}
