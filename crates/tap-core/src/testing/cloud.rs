//! `TestCloud`: `MemoryCloud` with AWS's limits (docs/aws.md 2 and 4), a log of every attempt, and a hook before each write by
//! which a test breaks in. That a plan fits AWS at every moment while it is applied is seen here; the wire is not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::call::Call;
use crate::cloud::{Act, MemoryCloud, NewFilter, NewSession, Observe, SessionUpdate, Tag};
use crate::error::{CloudError, ErrorKind};
use crate::ids::{EniId, FilterId, SessionId, TargetId};
use crate::instance_types::{InstanceTypes, family};
use crate::inventory::{FilterRuleSpec, Inventory, LoneEni, MirrorSession, Narrow, TargetKind};
use crate::settings::Settings;

/// AWS's limit of sessions on one interface.
const SESSIONS_PER_ENI: usize = 3;

type Hook = Box<dyn FnMut(&str, &MemoryCloud) + Send>;

/// An account in memory that keeps AWS's limits.
pub struct TestCloud {
    pub(super) memory: MemoryCloud,
    types: InstanceTypes,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    attempts: Vec<String>,
    creates: Vec<NewSession>,
    failures: BTreeMap<String, ErrorKind>,
    refused_families: BTreeSet<String>,
    hook: Option<Hook>,
}

impl TestCloud {
    /// An account that is as `inventory` says.
    pub fn new(inventory: Inventory) -> Self {
        Self {
            memory: MemoryCloud::new(inventory),
            types: InstanceTypes::default(),
            state: Mutex::default(),
        }
    }

    /// Makes one write fail, named as [`TestCloud::attempts`] names it: `create eni-1`; or every `read` of the account, or the
    /// look for the `target-of eni-1`.
    pub fn fail(&self, write: &str, kind: ErrorKind) {
        self.state().failures.insert(write.to_owned(), kind);
    }

    /// Refuses to mirror a family of instances.
    pub fn refuse_family(&self, family: &str) {
        self.state().refused_families.insert(family.to_owned());
    }

    /// Runs before each write, with its name and the account behind it.
    pub fn before_each_write(&self, hook: impl FnMut(&str, &MemoryCloud) + Send + 'static) {
        self.state().hook = Some(Box::new(hook));
    }

    /// The account as it is now.
    pub fn now(&self) -> Inventory {
        self.memory.now()
    }

    /// Every write that was tried, in order: `create eni-1`, `modify tms-1`, `delete tms-1`, `filter`, `rule tmf-1`,
    /// `dns tmf-1`, `launch subnet-1`, `target eni-1`, `untarget tmt-1`, `terminate i-1`.
    pub fn attempts(&self) -> Vec<String> {
        self.state().attempts.clone()
    }

    /// The creates that were tried, with their client tokens.
    pub fn creates(&self) -> Vec<NewSession> {
        self.state().creates.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn attempt(
        &self,
        verb: &str,
        resource: &str,
        call: Call,
    ) -> Result<(), CloudError> {
        let write = [verb, resource].join(" ");
        let write = write.trim_end();
        let hook = {
            let mut state = self.state();
            state.attempts.push(write.to_owned());
            state.hook.take()
        };
        // The hook may use this cloud, so the state is not held while it runs.
        if let Some(mut hook) = hook {
            hook(write, &self.memory);
            self.state().hook = Some(hook);
        }
        // A real call takes a while, in which others are under way too.
        tokio::task::yield_now().await;
        match self.state().failures.get(write) {
            Some(&kind) => Err(refusal(kind, call, resource)),
            None => Ok(()),
        }
    }

    /// What the test wants a read to say.
    pub(super) fn check_read(
        &self,
        read: &str,
        call: Call,
        resource: &str,
    ) -> Result<(), CloudError> {
        let failure = self.state().failures.get(read).copied();
        failure.map_or(Ok(()), |kind| Err(refusal(kind, call, resource)))
    }

    /// What AWS would say to a create.
    fn check_create(&self, new: &NewSession) -> Result<(), ErrorKind> {
        let now = self.memory.now();
        let host = now.enis().find(|(_, _, eni)| eni.id == new.eni);
        let is_lone = now.lone_enis.get(&new.eni).is_some_and(|lone| *lone != LoneEni::Gone);
        if host.is_none() && !is_lone {
            return Err(ErrorKind::InterfaceGone);
        }
        if let Some((_, instance, _)) = host {
            let family = family(&instance.instance_type);
            if self.state().refused_families.contains(family) {
                return Err(ErrorKind::NotSupported);
            }
        }
        let is_target = |kind: &TargetKind| *kind == TargetKind::Eni(new.eni.clone());
        if now.targets.values().any(|t| is_target(&t.kind)) {
            return Err(ErrorKind::InterfaceIsTarget);
        }
        let on_eni = now.sessions.values().filter(|s| s.eni == new.eni);
        let numbers: Vec<i32> = on_eni.map(|s| s.number).collect();
        if numbers.len() >= SESSIONS_PER_ENI {
            return Err(ErrorKind::SessionsPerInterface);
        }
        if numbers.contains(&new.number) {
            // The code of a taken number is not known (docs/aws.md 5.1).
            return Err(ErrorKind::Other);
        }
        if !now.filters.contains_key(&new.filter) {
            return Err(ErrorKind::NotFound);
        }
        self.check_target(&now, &new.target, &new.eni)
    }

    /// What AWS would say to a change.
    fn check_modify(&self, id: &SessionId, update: &SessionUpdate) -> Result<(), ErrorKind> {
        let now = self.memory.now();
        let Some(session) = now.sessions.get(id) else {
            return Err(ErrorKind::SessionGone);
        };
        let others = || now.sessions.values().filter(|s| s.id != *id);
        if others().any(|s| s.eni == session.eni && Some(s.number) == update.number) {
            return Err(ErrorKind::NumberTaken);
        }
        let filter = update.filter.as_ref();
        if filter.is_some_and(|filter| !now.filters.contains_key(filter)) {
            return Err(ErrorKind::NotFound);
        }
        match &update.target {
            Some(target) => self.check_target(&now, target, &session.eni),
            None => Ok(()),
        }
    }

    /// Whether a target is there and has a place for one more source, counted over everybody's sessions.
    fn check_target(&self, now: &Inventory, id: &TargetId, eni: &EniId) -> Result<(), ErrorKind> {
        let Some(target) = now.targets.get(id) else {
            return Err(ErrorKind::NotFound);
        };
        let TargetKind::Eni(appliance) = &target.kind else {
            return Ok(());
        };
        let Some((_, host, _)) = now.enis().find(|(_, _, e)| e.id == *appliance) else {
            return Ok(());
        };
        let mut sources: BTreeSet<&EniId> =
            now.sessions.values().filter(|s| s.target == *id).map(|s| &s.eni).collect();
        sources.extend(now.sources_of_others.get(id).into_iter().flatten());
        let limit = self.types.sources_as_target(&host.instance_type);
        if !sources.contains(eni) && sources.len() >= limit {
            return Err(ErrorKind::SourcesPerTarget);
        }
        Ok(())
    }
}

pub(super) fn refusal(kind: ErrorKind, call: Call, resource: &str) -> CloudError {
    CloudError {
        kind,
        call,
        resource: Some(resource.to_owned()),
        code: Some("AsAwsWould".to_owned()),
        message: "as AWS would".to_owned(),
    }
}

impl Observe for TestCloud {
    async fn inventory(
        &self,
        narrow: &Narrow,
        settings: &Settings,
    ) -> Result<Inventory, CloudError> {
        self.check_read("read", Call::DescribeInstances, "")?;
        self.memory.inventory(narrow, settings).await
    }

    async fn sessions_on(&self, eni: &EniId) -> Result<Vec<MirrorSession>, CloudError> {
        self.memory.sessions_on(eni).await
    }
}

impl Tag for TestCloud {
    async fn set_tags(
        &self,
        resources: &[&str],
        tags: &BTreeMap<String, String>,
    ) -> Result<(), CloudError> {
        self.attempt("tag", &resources.join(" "), Call::CreateTags).await?;
        self.memory.set_tags(resources, tags).await
    }

    async fn remove_tags(
        &self,
        resources: &[&str],
        keys: &BTreeSet<String>,
    ) -> Result<(), CloudError> {
        self.attempt("untag", &resources.join(" "), Call::DeleteTags).await?;
        self.memory.remove_tags(resources, keys).await
    }
}

impl Act for TestCloud {
    async fn create_session(&self, new: &NewSession) -> Result<SessionId, CloudError> {
        let call = Call::CreateTrafficMirrorSession;
        self.state().creates.push(new.clone());
        self.attempt("create", new.eni.as_str(), call).await?;
        self.check_create(new).map_err(|kind| refusal(kind, call, new.eni.as_str()))?;
        self.memory.create_session(new).await
    }

    async fn modify_session(
        &self,
        session: &SessionId,
        update: &SessionUpdate,
    ) -> Result<(), CloudError> {
        let call = Call::ModifyTrafficMirrorSession;
        self.attempt("modify", session.as_str(), call).await?;
        self.check_modify(session, update).map_err(|kind| refusal(kind, call, session.as_str()))?;
        self.memory.modify_session(session, update).await
    }

    async fn delete_session(&self, session: &SessionId) -> Result<(), CloudError> {
        let call = Call::DeleteTrafficMirrorSession;
        self.attempt("delete", session.as_str(), call).await?;
        self.memory.delete_session(session).await
    }

    async fn create_filter(&self, new: &NewFilter) -> Result<FilterId, CloudError> {
        self.attempt("filter", "", Call::CreateTrafficMirrorFilter).await?;
        self.memory.create_filter(new).await
    }

    async fn add_rule(
        &self,
        filter: &FilterId,
        rule: &FilterRuleSpec,
        token: &str,
    ) -> Result<(), CloudError> {
        let call = Call::CreateTrafficMirrorFilterRule;
        self.attempt("rule", filter.as_str(), call).await?;
        self.memory.add_rule(filter, rule, token).await
    }

    async fn mirror_dns(&self, filter: &FilterId) -> Result<(), CloudError> {
        let call = Call::ModifyTrafficMirrorFilterNetworkServices;
        self.attempt("dns", filter.as_str(), call).await?;
        self.memory.mirror_dns(filter).await
    }
}
