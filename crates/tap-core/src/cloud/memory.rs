//! `MemoryCloud`: an account in memory, for tests of what stands above the cloud traits. It changes its inventory as AWS
//! would. How AWS refuses is not its business but that of `TestCloud` and of the simulator.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::memory_build::Balancers;
use crate::call::Call;
use crate::cloud::{
    Act, Browse, Launched, NewAppliance, NewFilter, NewSession, Observe, SessionUpdate, Tag, Which,
};
use crate::error::{CloudError, ErrorKind};
use crate::ids::{EniId, FilterId, InstanceId, SessionId, VpcId};
use crate::inventory::{
    FilterRule, FilterRuleSpec, Instance, Inventory, MirrorFilter, MirrorSession, Narrow, Vpc,
};
use crate::settings::Settings;
use crate::tags::{CREATOR, NAME, TagChange, Tags};

/// An account in memory.
#[derive(Debug)]
pub struct MemoryCloud {
    state: Mutex<State>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) inventory: Inventory,
    pub(super) balancers: Balancers,
    /// What was launched, by client token.
    pub(super) launches: BTreeMap<String, (NewAppliance, Launched)>,
    counted: u32,
}

impl MemoryCloud {
    /// An account that is as `inventory` says.
    pub fn new(inventory: Inventory) -> Self {
        let state = State {
            inventory,
            balancers: Balancers::default(),
            launches: BTreeMap::new(),
            counted: 0,
        };
        Self { state: Mutex::new(state) }
    }

    /// The account as it is now.
    pub fn now(&self) -> Inventory {
        self.state().inventory.clone()
    }

    /// Changes the account behind the back of whoever is at work.
    pub fn edit(&self, change: impl FnOnce(&mut Inventory)) {
        change(&mut self.state().inventory);
    }

    /// The load balancers and what belongs to them, as they are now.
    pub fn balancers(&self) -> Balancers {
        self.state().balancers.clone()
    }

    /// Changes them behind the back of whoever is at work.
    pub fn edit_balancers(&self, change: impl FnOnce(&mut Balancers)) {
        change(&mut self.state().balancers);
    }

    /// Everything that was launched, in the order of the instances' numbers.
    pub fn launches(&self) -> Vec<NewAppliance> {
        let mut all: Vec<_> = self.state().launches.values().cloned().collect();
        all.sort_by(|(_, a), (_, b)| a.instance.cmp(&b.instance));
        all.into_iter().map(|(new, _)| new).collect()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn error(kind: ErrorKind, call: Call, resource: &str) -> CloudError {
    let message = "as the test wants it".to_owned();
    CloudError { kind, call, resource: Some(resource.to_owned()), code: None, message }
}

impl Observe for MemoryCloud {
    async fn inventory(&self, narrow: &Narrow, _: &Settings) -> Result<Inventory, CloudError> {
        let mut inventory = self.now();
        inventory.narrow = narrow.clone();
        Ok(inventory)
    }

    async fn sessions_on(&self, eni: &EniId) -> Result<Vec<MirrorSession>, CloudError> {
        let state = self.state();
        Ok(state.inventory.sessions.values().filter(|s| s.eni == *eni).cloned().collect())
    }
}

impl Act for MemoryCloud {
    async fn create_session(&self, new: &NewSession) -> Result<SessionId, CloudError> {
        let mut state = self.state();
        let on_eni = |s: &&MirrorSession| s.eni == new.eni;
        if state.inventory.sessions.values().filter(on_eni).any(|s| s.number == new.number) {
            let call = Call::CreateTrafficMirrorSession;
            return Err(error(ErrorKind::Other, call, new.eni.as_str()));
        }
        state.counted += 1;
        let id = SessionId::new(format!("tms-new-{:04}", state.counted));
        let marks = new.marks.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let tags = [(CREATOR, new.creator.as_str()), (NAME, &new.name)].into_iter();
        let tags = tags.chain(marks).collect();
        let session = MirrorSession {
            id: id.clone(),
            eni: new.eni.clone(),
            target: new.target.clone(),
            filter: new.filter.clone(),
            number: new.number,
            packet_length: new.packet_length,
            vni: Some(new.vni.unwrap_or(7_000_000)),
            description: Some(new.description.as_str().into()),
            tags,
        };
        state.inventory.sessions.insert(id.clone(), session);
        Ok(id)
    }

    async fn modify_session(
        &self,
        session: &SessionId,
        update: &SessionUpdate,
    ) -> Result<(), CloudError> {
        let mut state = self.state();
        let Some(found) = state.inventory.sessions.get_mut(session) else {
            let call = Call::ModifyTrafficMirrorSession;
            return Err(error(ErrorKind::SessionGone, call, session.as_str()));
        };
        let SessionUpdate { target, filter, number, packet_length, vni } = update.clone();
        found.target = target.unwrap_or(found.target.clone());
        found.filter = filter.unwrap_or(found.filter.clone());
        found.number = number.unwrap_or(found.number);
        found.packet_length = packet_length.or(found.packet_length);
        found.vni = vni.or(found.vni);
        Ok(())
    }

    async fn delete_session(&self, session: &SessionId) -> Result<(), CloudError> {
        let mut state = self.state();
        match state.inventory.sessions.remove(session) {
            Some(_) => Ok(()),
            None => {
                let call = Call::DeleteTrafficMirrorSession;
                Err(error(ErrorKind::SessionGone, call, session.as_str()))
            }
        }
    }

    async fn create_filter(&self, new: &NewFilter) -> Result<FilterId, CloudError> {
        let mut state = self.state();
        let id = FilterId::new(format!("tmf-new-{}", state.inventory.filters.len()));
        let filter =
            MirrorFilter { description: new.description.clone(), ..MirrorFilter::default() };
        state.inventory.filters.insert(id.clone(), filter);
        Ok(id)
    }

    async fn add_rule(
        &self,
        filter: &FilterId,
        rule: &FilterRuleSpec,
        _token: &str,
    ) -> Result<(), CloudError> {
        let mut state = self.state();
        let rule = FilterRule {
            id: None,
            direction: rule.direction,
            number: rule.number,
            accept: rule.accept,
            protocol: rule.protocol,
            source_ports: rule.source_ports,
            destination_ports: rule.destination_ports,
            source: rule.source.to_string(),
            destination: rule.destination.to_string(),
        };
        state.inventory.filters.entry(filter.clone()).or_default().rules.push(rule);
        Ok(())
    }

    async fn mirror_dns(&self, filter: &FilterId) -> Result<(), CloudError> {
        let mut state = self.state();
        state.inventory.filters.entry(filter.clone()).or_default().dns = true;
        Ok(())
    }
}

impl Browse for MemoryCloud {
    async fn vpcs(&self) -> Result<BTreeMap<VpcId, Vpc>, CloudError> {
        Ok(self.now().vpcs)
    }

    async fn instances(
        &self,
        which: Which<'_>,
    ) -> Result<BTreeMap<InstanceId, Instance>, CloudError> {
        let mut instances = self.now().instances;
        instances.retain(|id, instance| match which {
            Which::All => true,
            Which::Ids(ids) => ids.contains(id),
            Which::WithTag(key) => instance.tags.get(key).is_some(),
        });
        Ok(instances)
    }
}

impl MemoryCloud {
    fn change_tags(
        &self,
        call: Call,
        resources: &[&str],
        change: &TagChange,
    ) -> Result<(), CloudError> {
        let mut state = self.state();
        let known = |inv: &Inventory, id: &str| {
            inv.instances.contains_key(&InstanceId::from(id))
                || inv.sessions.contains_key(&SessionId::from(id))
                || inv.vpcs.contains_key(&VpcId::from(id))
        };
        if let Some(missing) = resources.iter().find(|id| !known(&state.inventory, id)) {
            return Err(error(ErrorKind::NotFound, call, missing));
        }
        for id in resources {
            let write = |tags: &mut Tags| *tags = change.applied_to(tags);
            if let Some(instance) = state.inventory.instances.get_mut(&InstanceId::from(*id)) {
                write(&mut instance.tags);
            } else if let Some(vpc) = state.inventory.vpcs.get_mut(&VpcId::from(*id)) {
                write(&mut vpc.tags);
            } else if let Some(session) = state.inventory.sessions.get_mut(&SessionId::from(*id)) {
                write(&mut session.tags);
            }
        }
        Ok(())
    }
}

impl Tag for MemoryCloud {
    async fn set_tags(
        &self,
        resources: &[&str],
        tags: &BTreeMap<String, String>,
    ) -> Result<(), CloudError> {
        let change = TagChange { set: tags.clone(), ..TagChange::default() };
        self.change_tags(Call::CreateTags, resources, &change)
    }

    async fn remove_tags(
        &self,
        resources: &[&str],
        keys: &BTreeSet<String>,
    ) -> Result<(), CloudError> {
        let change = TagChange { remove: keys.clone(), ..TagChange::default() };
        self.change_tags(Call::DeleteTags, resources, &change)
    }
}
