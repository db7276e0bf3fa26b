//! `MemoryCloud` as something to build in: load balancers beside the inventory. It refuses what AWS refuses of a second one, because
//! that is what adopting is about; everything else is the simulator's business.

use std::collections::{BTreeMap, BTreeSet};

use super::memory::{MemoryCloud, error};
use crate::call::Call;
use crate::cloud::{
    BalancerState, Build, Interface, Listener, LoadBalancer, LookUp, MakeTarget, NewListener,
    NewLoadBalancer, NewTarget, NewTargetGroup, TargetGroup, VXLAN_PORT,
};
use crate::error::{CloudError, ErrorKind};
use crate::ids::{EniId, InstanceId, SessionId, SubnetId, TargetId, VpcId};
use crate::inventory::{Attachment, Endpoint, LoneEni, MirrorTarget, Subnet, TargetKind};

/// What an account has that is not in an inventory, by ARN or id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Balancers {
    /// The load balancers.
    pub balancers: BTreeMap<String, LoadBalancer>,
    /// Those of them that send to all zones.
    pub cross_zone: BTreeSet<String>,
    /// The listeners, each with its load balancer's ARN.
    pub listeners: BTreeMap<String, (String, Listener)>,
    /// The target groups.
    pub groups: BTreeMap<String, TargetGroup>,
    /// What is registered in each.
    pub registered: BTreeMap<String, BTreeSet<String>>,
    /// The endpoints.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// For how many more looks at it a load balancer is still being set up.
    pub provisioning: u32,
    /// The mirror targets that were created, as they were asked for.
    pub created: BTreeMap<TargetId, NewTarget>,
}

impl LookUp for MemoryCloud {
    async fn interface(&self, eni: &EniId) -> Result<Option<Interface>, CloudError> {
        let inventory = self.now();
        let owner = inventory.scope.account.clone();
        let of_instance = inventory.enis().find(|(_, _, found)| found.id == *eni);
        if let Some((_, _, found)) = of_instance {
            let attached = found.attachment == Attachment::Attached;
            return Ok(Some(Interface { owner, attached }));
        }
        Ok(match inventory.lone_enis.get(eni) {
            None | Some(LoneEni::Gone) => None,
            Some(LoneEni::Attached { .. }) => Some(Interface { owner, attached: true }),
            Some(LoneEni::Detached { .. }) => Some(Interface { owner, attached: false }),
        })
    }

    async fn sessions_from(&self, eni: &EniId) -> Result<Vec<SessionId>, CloudError> {
        let inventory = self.now();
        let from = inventory.sessions.values().filter(|session| session.eni == *eni);
        Ok(from.map(|session| session.id.clone()).collect())
    }

    async fn endpoint(&self, id: &str) -> Result<Option<Endpoint>, CloudError> {
        Ok(self.balancers().endpoints.get(id).cloned())
    }

    async fn subnets_of(&self, vpc: &VpcId) -> Result<BTreeMap<SubnetId, Subnet>, CloudError> {
        Ok(self.now().subnets.into_iter().filter(|(_, subnet)| subnet.vpc == *vpc).collect())
    }

    async fn subnets(
        &self,
        ids: &BTreeSet<SubnetId>,
    ) -> Result<BTreeMap<SubnetId, Subnet>, CloudError> {
        Ok(self.now().subnets.into_iter().filter(|(id, _)| ids.contains(id)).collect())
    }

    async fn balancer(&self, arn: &str) -> Result<Option<LoadBalancer>, CloudError> {
        let mut found = None;
        self.edit_balancers(|all| {
            let ready = all.provisioning == 0;
            all.provisioning = all.provisioning.saturating_sub(1);
            if let Some(balancer) = all.balancers.get_mut(arn) {
                if ready && balancer.progress() == BalancerState::Provisioning {
                    balancer.state = "active".to_owned();
                }
                found = Some(balancer.clone());
            }
        });
        Ok(found)
    }

    async fn balancer_named(&self, name: &str) -> Result<Option<LoadBalancer>, CloudError> {
        Ok(self.balancers().balancers.into_values().find(|balancer| balancer.name == name))
    }

    async fn is_cross_zone(&self, balancer: &str) -> Result<bool, CloudError> {
        Ok(self.balancers().cross_zone.contains(balancer))
    }

    async fn listeners(&self, balancer: &str) -> Result<Vec<Listener>, CloudError> {
        let listeners = self.balancers().listeners.into_values();
        Ok(listeners.filter(|(of, _)| of == balancer).map(|(_, listener)| listener).collect())
    }

    async fn group(&self, arn: &str) -> Result<Option<TargetGroup>, CloudError> {
        Ok(self.balancers().groups.get(arn).cloned())
    }

    async fn group_named(&self, name: &str) -> Result<Option<TargetGroup>, CloudError> {
        Ok(self.balancers().groups.into_values().find(|group| group.name == name))
    }

    async fn registered(&self, group: &str) -> Result<BTreeSet<String>, CloudError> {
        Ok(self.balancers().registered.get(group).cloned().unwrap_or_default())
    }

    async fn targets_to(
        &self,
        kind: &TargetKind,
    ) -> Result<BTreeMap<TargetId, MirrorTarget>, CloudError> {
        Ok(self.now().targets.into_iter().filter(|(_, target)| target.kind == *kind).collect())
    }
}

impl Build for MemoryCloud {
    async fn create_balancer(&self, new: &NewLoadBalancer) -> Result<String, CloudError> {
        let inventory = self.now();
        let zone = |id: &SubnetId| {
            let subnet = inventory.subnets.get(id)?;
            Some((id.clone(), subnet.zone.clone()))
        };
        let subnets: BTreeMap<SubnetId, String> = new.subnets.iter().filter_map(zone).collect();
        let vpc = subnets.keys().next().and_then(|id| inventory.subnets.get(id));
        let mut made = Ok(format!("arn:of:{}", new.name));
        self.edit_balancers(|all| {
            if let Some(found) = all.balancers.values().find(|found| found.name == new.name) {
                made = if found.subnets == subnets && found.scheme == "internal" {
                    Ok(found.arn.clone())
                } else {
                    Err(error(ErrorKind::Exists, Call::CreateLoadBalancer, &new.name))
                };
                return;
            }
            let arn = format!("arn:of:{}", new.name);
            let balancer = LoadBalancer {
                arn: arn.clone(),
                name: new.name.clone(),
                kind: "network".to_owned(),
                scheme: "internal".to_owned(),
                vpc: vpc.map(|subnet| subnet.vpc.clone()),
                state: "provisioning".to_owned(),
                subnets,
                groups: BTreeSet::new(),
            };
            all.balancers.insert(arn, balancer);
        });
        made
    }

    async fn enable_cross_zone(&self, balancer: &str) -> Result<(), CloudError> {
        self.edit_balancers(|all| {
            all.cross_zone.insert(balancer.to_owned());
        });
        Ok(())
    }

    async fn create_group(&self, new: &NewTargetGroup) -> Result<String, CloudError> {
        let group = TargetGroup {
            arn: format!("arn:of:group:{}", new.name),
            name: new.name.clone(),
            protocol: "UDP".to_owned(),
            port: Some(VXLAN_PORT),
            vpc: Some(new.vpc.clone()),
            target_type: "instance".to_owned(),
            health_port: new.health_port.to_string(),
            balancers: BTreeSet::new(),
        };
        let arn = group.arn.clone();
        let mut made = Ok(arn.clone());
        self.edit_balancers(|all| {
            let known = all.groups.values().find(|known| known.name == new.name);
            match known {
                None => drop(all.groups.insert(arn, group)),
                Some(known) if known.health_port != group.health_port => {
                    made = Err(error(ErrorKind::Exists, Call::CreateTargetGroup, &new.name));
                }
                Some(known) => made = Ok(known.arn.clone()),
            }
        });
        made
    }

    async fn create_listener(&self, new: &NewListener) -> Result<String, CloudError> {
        let arn = format!("{}:listener", new.balancer);
        let listener = Listener {
            arn: arn.clone(),
            protocol: "UDP".to_owned(),
            port: Some(VXLAN_PORT),
            groups: vec![new.group.clone()],
        };
        let mut made = Ok(arn.clone());
        self.edit_balancers(|all| {
            let on_port = |(of, l): &&(String, Listener)| *of == new.balancer && l.has_vxlan_port();
            match all.listeners.values().find(on_port) {
                Some((_, known)) if known.groups == listener.groups => made = Ok(known.arn.clone()),
                Some(_) => {
                    made = Err(error(ErrorKind::Exists, Call::CreateListener, &new.balancer));
                }
                None => {
                    if let Some(group) = all.groups.get_mut(&new.group) {
                        group.balancers.insert(new.balancer.clone());
                    }
                    all.listeners.insert(arn, (new.balancer.clone(), listener));
                }
            }
        });
        made
    }

    async fn register(
        &self,
        group: &str,
        instances: &BTreeSet<InstanceId>,
    ) -> Result<(), CloudError> {
        let ids = instances.iter().map(ToString::to_string);
        self.edit_balancers(|all| {
            all.registered.entry(group.to_owned()).or_default().extend(ids);
        });
        Ok(())
    }
}

impl MakeTarget for MemoryCloud {
    async fn create_target(&self, new: &NewTarget) -> Result<TargetId, CloudError> {
        let created = self.balancers().created;
        if let Some((id, _)) = created.iter().find(|(_, made)| made.token == new.token) {
            return Ok(id.clone());
        }
        let inventory = self.now();
        let call = Call::CreateTrafficMirrorTarget;
        // An endpoint may have several targets (docs/aws.md 2).
        let is_single = !matches!(new.kind, TargetKind::GwlbEndpoint(_));
        if is_single && inventory.targets.values().any(|target| target.kind == new.kind) {
            let kind = match &new.kind {
                TargetKind::Eni(_) => ErrorKind::InterfaceIsTarget,
                _ => ErrorKind::Exists,
            };
            return Err(error(kind, call, &new.description));
        }
        let id = TargetId::new(format!("tmt-new-{}", created.len() + 1));
        let owner = inventory.scope.account;
        self.edit(|inventory| {
            let tags = new.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            let description = Some(new.description.clone());
            let target =
                MirrorTarget { tags, description, ..MirrorTarget::of(new.kind.clone(), owner) };
            inventory.targets.insert(id.clone(), target);
        });
        self.edit_balancers(|all| drop(all.created.insert(id.clone(), new.clone())));
        Ok(id)
    }
}
