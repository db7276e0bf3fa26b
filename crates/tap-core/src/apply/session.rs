//! Carries one change out, and settles what AWS's answer leaves open.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use crate::apply::appliances::{PAUSES, pause};
use crate::apply::{ApplyOptions, FilterOutcome, NotDone, Outcome};
use crate::cloud::{Act, NewSession, Observe, SessionUpdate, Tag};
use crate::error::{CloudError, ErrorKind};
use crate::ids::{FilterId, SessionId, TargetId};
use crate::inventory::{ApplianceRef, FilterKey, FilterRef, SessionChange, SessionSpec, TargetRef};
use crate::plan::{Action, Decision, FilterPlan, Plan, Reason};
use crate::policy::owner::{Owner, owner};
use crate::settings::Settings;
use crate::stop::StopSignal;
use crate::tags::TagChange;

/// AWS allows three sessions on one interface, so a number is taken at most three times in a row.
const NUMBERS_TRIED: usize = 3;

/// What became of the filters that sessions need.
#[derive(Debug, Default)]
pub(super) struct MadeFilters {
    /// Those that were made.
    made: BTreeMap<FilterKey, FilterId>,
    /// Those that were there and lack rules still.
    lacking: BTreeSet<FilterId>,
}

impl MadeFilters {
    pub(super) fn of(plan: &Plan, outcomes: &BTreeMap<FilterKey, FilterOutcome>) -> Self {
        let mut filters = Self::default();
        for (key, outcome) in outcomes {
            match outcome {
                FilterOutcome::Done { filter } => {
                    filters.made.insert(key.clone(), filter.clone());
                }
                FilterOutcome::Stopped(_) | FilterOutcome::Failed(_) => {
                    let planned = plan.filters.get(key).and_then(FilterPlan::id);
                    filters.lacking.extend(planned.cloned());
                }
            }
        }
        filters
    }
}

/// What the changes of one run share, and what one learns for the others.
pub(super) struct Shared<'a, C> {
    settings: &'a Settings,
    cloud: &'a C,
    options: &'a ApplyOptions,
    pub(super) stop: &'a StopSignal,
    /// What became of the filters.
    filters: MadeFilters,
    /// The targets of the appliances that this run made.
    targets: BTreeMap<ApplianceRef, TargetId>,
    /// Targets that AWS said are full: nobody else tries them in this run.
    full: Mutex<BTreeSet<TargetId>>,
    /// Families newer than the list that AWS refused to mirror.
    refused: Mutex<BTreeSet<String>>,
    /// Set once AWS said that the account has all its sessions.
    account_full: AtomicBool,
}

impl<'a, C: Observe + Act + Tag> Shared<'a, C> {
    pub(super) fn new(
        settings: &'a Settings,
        cloud: &'a C,
        options: &'a ApplyOptions,
        stop: &'a StopSignal,
        filters: MadeFilters,
    ) -> Self {
        Self {
            settings,
            cloud,
            options,
            stop,
            filters,
            targets: BTreeMap::new(),
            full: Mutex::default(),
            refused: Mutex::default(),
            account_full: AtomicBool::new(false),
        }
    }

    /// Tells which target an appliance got.
    pub(super) fn has_target(&mut self, appliance: ApplianceRef, target: TargetId) {
        self.targets.insert(appliance, target);
    }

    /// Whether a decision has the filter that it needs.
    pub(super) fn has_filter_for(&self, decision: &Decision) -> bool {
        match &decision.action {
            Action::Create { spec } => self.resolve(&spec.filter).is_some(),
            Action::Modify { change, .. } => {
                change.filter.as_ref().is_none_or(|filter| self.resolve(filter).is_some())
            }
            Action::Delete { .. } | Action::Keep { .. } | Action::Skip => true,
        }
    }

    /// Carries one change out, unless the run is stopped.
    pub(super) async fn carry_out(&self, decision: &Decision) -> Outcome {
        if let Some(reason) = self.stop.given() {
            return Outcome::NotDone(NotDone::Stopped(reason));
        }
        match &decision.action {
            Action::Create { spec } => self.create(decision, spec).await,
            Action::Modify { session, change } => self.modify(session, change).await,
            Action::Delete { session } => self.delete(session).await,
            Action::Keep { session } => Outcome::Done { session: session.clone() },
            Action::Skip => Outcome::Gone,
        }
    }

    async fn create(&self, decision: &Decision, spec: &SessionSpec) -> Outcome {
        if self.account_full.load(Ordering::Relaxed) {
            return Outcome::NotDone(NotDone::AccountLimit);
        }
        let Some(target) = self.target(&spec.target) else {
            return Outcome::NotDone(NotDone::NoAppliance);
        };
        if self.is_full(&target) {
            return Outcome::NotDone(NotDone::TargetFull { target });
        }
        if let Reason::NewFamily { family } = &decision.reason
            && locked(&self.refused).contains(family)
        {
            return Outcome::TypeRefused { family: family.clone() };
        }
        let Some(filter) = self.resolve(&spec.filter) else {
            return Outcome::NotDone(NotDone::NoFilter);
        };
        let mut new = self.new_session(decision, spec, target, filter);
        let mut tries = 1;
        let mut pauses = PAUSES.iter();
        loop {
            let error = match self.cloud.create_session(&new).await {
                Ok(session) => return Outcome::Done { session },
                Err(error) => error,
            };
            if self.is_too_new(&error, &new.target)
                && let Some(seconds) = pauses.next()
                && pause(*seconds, self.options, self.stop).await
            {
                continue;
            }
            match self.refused(decision, spec, &new, error).await {
                Refused::For(outcome) => return outcome,
                Refused::TryNumber { error, .. } if tries == NUMBERS_TRIED => {
                    return Outcome::Failed(error);
                }
                Refused::TryNumber { free, .. } => {
                    tries += 1;
                    new.number = free;
                    new.token = self.token(&new);
                }
            }
        }
    }

    /// What a refused create means. Where the code does not tell, the interface's sessions do (docs/aws.md 5.1: the code of a
    /// taken number is unknown).
    async fn refused(
        &self,
        decision: &Decision,
        spec: &SessionSpec,
        new: &NewSession,
        error: CloudError,
    ) -> Refused {
        match (error.kind, &decision.reason) {
            (ErrorKind::InterfaceGone, _) => Refused::For(Outcome::Gone),
            (ErrorKind::NotSupported, Reason::NewFamily { family }) => {
                locked(&self.refused).insert(family.clone());
                Refused::For(Outcome::TypeRefused { family: family.clone() })
            }
            (ErrorKind::SourcesPerTarget, _) => Refused::For(self.target_is_full(&new.target)),
            (ErrorKind::AccountSessionLimit, _) => {
                self.account_full.store(true, Ordering::Relaxed);
                Refused::For(Outcome::NotDone(NotDone::AccountLimit))
            }
            (
                ErrorKind::NumberTaken
                | ErrorKind::InterfaceIsTarget
                | ErrorKind::InterfaceIsSource
                | ErrorKind::Exists
                | ErrorKind::InUse
                | ErrorKind::TokenSpent
                | ErrorKind::Capacity
                | ErrorKind::Quota
                | ErrorKind::Unsuitable
                | ErrorKind::SessionsPerInterface
                | ErrorKind::Invalid
                | ErrorKind::NotOffered
                | ErrorKind::Changing
                | ErrorKind::Unreachable
                | ErrorKind::Unavailable
                | ErrorKind::BadAnswer
                | ErrorKind::Other,
                _,
            ) => self.settle(spec, new, error).await,
            (
                ErrorKind::Throttled
                | ErrorKind::Denied
                | ErrorKind::Credentials
                | ErrorKind::SessionGone
                | ErrorKind::NotFound
                | ErrorKind::NotSupported
                | ErrorKind::TagLimit
                | ErrorKind::TagPolicy
                | ErrorKind::Stopped,
                _,
            ) => Refused::For(self.failed(error)),
        }
    }

    /// Lists the interface's sessions again, to see what stands in the way of a create.
    async fn settle(&self, spec: &SessionSpec, new: &NewSession, error: CloudError) -> Refused {
        let Ok(sessions) = self.cloud.sessions_on(&new.eni).await else {
            return Refused::For(Outcome::Failed(error));
        };
        let is_ours = |tags| owner(tags, &self.settings.keys) == Owner::Owned;
        if let Some(ours) = sessions.iter().find(|s| is_ours(&s.tags)) {
            return Refused::For(Outcome::AlreadyDone { session: ours.id.clone() });
        }
        let taken = |number: i32| sessions.iter().find(|s| s.number == number);
        let kind = match taken(new.number) {
            _ if sessions.len() >= NUMBERS_TRIED => ErrorKind::SessionsPerInterface,
            Some(_) if spec.number_is_pinned => ErrorKind::NumberTaken,
            Some(_) => {
                let free = (1..).find(|&n| taken(n).is_none()).unwrap_or(new.number);
                let error = CloudError { kind: ErrorKind::NumberTaken, ..error };
                return Refused::TryNumber { free, error };
            }
            None => error.kind,
        };
        Refused::For(Outcome::Failed(CloudError { kind, ..error }))
    }

    async fn modify(&self, session: &SessionId, change: &SessionChange) -> Outcome {
        let SessionChange { target, filter, number, packet_length, vni, marks } = change.clone();
        let target = match target {
            None => None,
            Some(wanted) => match self.target(&wanted) {
                None => return Outcome::NotDone(NotDone::NoAppliance),
                Some(target) if self.is_full(&target) => {
                    return Outcome::NotDone(NotDone::TargetFull { target });
                }
                found => found,
            },
        };
        let filter = match filter {
            None => None,
            Some(wanted) => match self.resolve(&wanted) {
                None => return Outcome::NotDone(NotDone::NoFilter),
                found => found,
            },
        };
        let update = SessionUpdate { target, filter, number, packet_length, vni };
        let mut pauses = PAUSES.iter();
        while update != SessionUpdate::default() {
            let Err(error) = self.cloud.modify_session(session, &update).await else { break };
            if let Some(target) = &update.target
                && self.is_too_new(&error, target)
                && let Some(seconds) = pauses.next()
                && pause(*seconds, self.options, self.stop).await
            {
                continue;
            }
            return match (error.kind, update.target) {
                (ErrorKind::SessionGone | ErrorKind::InterfaceGone, _) => Outcome::Gone,
                (ErrorKind::SourcesPerTarget, Some(target)) => self.target_is_full(&target),
                _ => self.failed(error),
            };
        }
        match self.mark(session, &marks).await {
            Ok(()) => Outcome::Done { session: session.clone() },
            Err(error) if matches!(error.kind, ErrorKind::SessionGone | ErrorKind::NotFound) => {
                Outcome::Gone
            }
            Err(error) => self.failed(error),
        }
    }

    async fn mark(&self, session: &SessionId, marks: &TagChange) -> Result<(), CloudError> {
        let session = [session.as_str()];
        if !marks.set.is_empty() {
            self.cloud.set_tags(&session, &marks.set).await?;
        }
        if !marks.remove.is_empty() {
            self.cloud.remove_tags(&session, &marks.remove).await?;
        }
        Ok(())
    }

    async fn delete(&self, session: &SessionId) -> Outcome {
        match self.cloud.delete_session(session).await {
            Ok(()) => Outcome::Done { session: session.clone() },
            Err(error) if error.kind == ErrorKind::SessionGone => Outcome::Gone,
            Err(error) => self.failed(error),
        }
    }

    /// What failed; or what was not even sent, because the run was stopped while it waited for its turn.
    fn failed(&self, error: CloudError) -> Outcome {
        match self.stop.given() {
            Some(reason) if error.kind == ErrorKind::Stopped => {
                Outcome::NotDone(NotDone::Stopped(reason))
            }
            Some(_) | None => Outcome::Failed(error),
        }
    }

    fn new_session(
        &self,
        decision: &Decision,
        spec: &SessionSpec,
        target: TargetId,
        filter: FilterId,
    ) -> NewSession {
        let description = self.settings.keys.session_description(decision.instance.as_ref());
        let mut new = NewSession {
            eni: decision.eni.clone(),
            target,
            filter,
            number: spec.number,
            packet_length: spec.packet_length,
            vni: spec.vni,
            name: spec.name.clone(),
            creator: self.settings.keys.creator.clone(),
            marks: spec.marks.set.clone(),
            description,
            token: String::new(),
        };
        new.token = self.token(&new);
        new
    }

    /// The client token: the same for the same create in the same run, another in any other run, so that an old token never
    /// brings back a session that was deleted since (docs/aws.md 1.6).
    fn token(&self, new: &NewSession) -> String {
        let NewSession { eni, target, filter, number, .. } = new;
        let what = format!("session {eni} {target} {filter} {number}");
        Uuid::new_v5(&self.options.run_id, what.as_bytes()).to_string()
    }

    fn resolve(&self, filter: &FilterRef) -> Option<FilterId> {
        match filter {
            // One may lack rules that could not be added: then nothing new is to use it.
            FilterRef::Existing(id) => (!self.filters.lacking.contains(id)).then(|| id.clone()),
            FilterRef::ToBeCreated(key) => self.filters.made.get(key).cloned(),
        }
    }

    fn target(&self, target: &TargetRef) -> Option<TargetId> {
        match target {
            TargetRef::Existing(id) => Some(id.clone()),
            TargetRef::OfAppliance(appliance) => self.targets.get(appliance).cloned(),
        }
    }

    /// Whether a target that this run made is not known yet to who answers (docs/aws.md 7).
    fn is_too_new(&self, error: &CloudError, target: &TargetId) -> bool {
        error.kind == ErrorKind::NotFound && self.targets.values().any(|made| made == target)
    }

    fn is_full(&self, target: &TargetId) -> bool {
        locked(&self.full).contains(target)
    }

    fn target_is_full(&self, target: &TargetId) -> Outcome {
        locked(&self.full).insert(target.clone());
        Outcome::NotDone(NotDone::TargetFull { target: target.clone() })
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a refused create leads to.
enum Refused {
    /// It ends here.
    For(Outcome),
    /// The number is taken by somebody else, as this error says; another one is free.
    TryNumber { free: i32, error: CloudError },
}
