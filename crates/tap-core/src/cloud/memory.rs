//! `MemoryCloud`: an account in memory, for tests of what stands above the cloud traits. It changes its inventory as AWS
//! would and can be told to fail; how AWS refuses is not its business but the simulator's.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::call::Call;
use crate::cloud::{Act, NewFilter, NewSession, Observe, SessionUpdate};
use crate::error::{CloudError, ErrorKind};
use crate::ids::{EniId, FilterId, SessionId};
use crate::inventory::{FilterRule, Inventory, MirrorFilter, MirrorSession, Narrow, RuleSpec};
use crate::tags::{CREATOR, NAME, TagKeys};

/// An account in memory.
#[derive(Debug)]
pub struct MemoryCloud {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    inventory: Inventory,
    counted: u32,
    calls: Vec<String>,
    failures: BTreeMap<String, ErrorKind>,
}

impl MemoryCloud {
    /// An account that is as `inventory` says.
    pub fn new(inventory: Inventory) -> Self {
        let state = State { inventory, counted: 0, calls: Vec::new(), failures: BTreeMap::new() };
        Self { state: Mutex::new(state) }
    }

    /// Makes every write about `resource` fail.
    pub fn fail(&self, resource: &str, kind: ErrorKind) {
        self.state().failures.insert(resource.to_owned(), kind);
    }

    /// The account as it is now.
    pub fn now(&self) -> Inventory {
        self.state().inventory.clone()
    }

    /// Changes the account behind the back of whoever is at work.
    pub fn edit(&self, change: impl FnOnce(&mut Inventory)) {
        change(&mut self.state().inventory);
    }

    /// The writes so far, as `call resource`.
    pub fn calls(&self) -> Vec<String> {
        self.state().calls.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, call: Call, resource: &str) -> Result<MutexGuard<'_, State>, CloudError> {
        let mut state = self.state();
        state.calls.push(format!("{call} {resource}"));
        match state.failures.get(resource) {
            Some(&kind) => Err(error(kind, call, resource)),
            None => Ok(state),
        }
    }
}

fn error(kind: ErrorKind, call: Call, resource: &str) -> CloudError {
    let message = "as the test wants it".to_owned();
    CloudError { kind, call, resource: Some(resource.to_owned()), code: None, message }
}

impl Observe for MemoryCloud {
    async fn inventory(&self, narrow: &Narrow, _: &TagKeys) -> Result<Inventory, CloudError> {
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
        let mut state = self.write(Call::CreateTrafficMirrorSession, new.eni.as_str())?;
        let on_eni = |s: &&MirrorSession| s.eni == new.eni;
        if state.inventory.sessions.values().filter(on_eni).any(|s| s.number == new.number) {
            let call = Call::CreateTrafficMirrorSession;
            return Err(error(ErrorKind::Other, call, new.eni.as_str()));
        }
        state.counted += 1;
        let id = SessionId::new(format!("tms-new-{:04}", state.counted));
        let tags = [(CREATOR, new.creator.as_str()), (NAME, &new.name)].into_iter().collect();
        let session = MirrorSession {
            id: id.clone(),
            eni: new.eni.clone(),
            target: new.target.clone(),
            filter: new.filter.clone(),
            number: new.number,
            packet_length: new.packet_length,
            vni: Some(new.vni.unwrap_or(7_000_000)),
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
        let mut state = self.write(Call::ModifyTrafficMirrorSession, session.as_str())?;
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
        let mut state = self.write(Call::DeleteTrafficMirrorSession, session.as_str())?;
        match state.inventory.sessions.remove(session) {
            Some(_) => Ok(()),
            None => {
                let call = Call::DeleteTrafficMirrorSession;
                Err(error(ErrorKind::SessionGone, call, session.as_str()))
            }
        }
    }

    async fn create_filter(&self, new: &NewFilter) -> Result<FilterId, CloudError> {
        let mut state = self.write(Call::CreateTrafficMirrorFilter, &new.description)?;
        let id = FilterId::new(format!("tmf-new-{}", state.inventory.filters.len()));
        let filter =
            MirrorFilter { description: new.description.clone(), ..MirrorFilter::default() };
        state.inventory.filters.insert(id.clone(), filter);
        Ok(id)
    }

    async fn add_rule(
        &self,
        filter: &FilterId,
        rule: &RuleSpec,
        _token: &str,
    ) -> Result<(), CloudError> {
        let mut state = self.write(Call::CreateTrafficMirrorFilterRule, filter.as_str())?;
        let rule = FilterRule {
            direction: rule.direction,
            number: rule.number,
            accept: true,
            source: rule.block.to_owned(),
            destination: rule.block.to_owned(),
            partial: false,
        };
        state.inventory.filters.entry(filter.clone()).or_default().rules.push(rule);
        Ok(())
    }

    async fn mirror_dns(&self, filter: &FilterId) -> Result<(), CloudError> {
        let call = Call::ModifyTrafficMirrorFilterNetworkServices;
        let mut state = self.write(call, filter.as_str())?;
        state.inventory.filters.entry(filter.clone()).or_default().dns = true;
        Ok(())
    }
}
