//! Which filters the sessions get, one per profile or VPC, and what each lacks (ruling 14). Looked up once per VPC.

use std::collections::BTreeMap;

use crate::ids::{FilterId, VpcId};
use crate::inventory::{FilterKey, FilterRef, FilterSpec, Inventory, MirrorFilter, MissingParts};
use crate::plan::{Finding, PlanError, Reason};
use crate::policy::profile::{NoFilterSpec, Profile};
use crate::policy::vpc::{Capture, TagProblem, VpcPolicy};
use crate::settings::{FilterChoice, Settings};

/// What becomes of one filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterPlan {
    /// As it should be; none for one that is used as it is, whatever it does.
    pub spec: Option<FilterSpec>,
    /// What is done.
    pub step: FilterStep,
}

/// What is done about a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterStep {
    /// It is as it should be, or used as it is.
    Use(FilterId),
    /// Something is missing, which is added before any session needs it.
    Complete {
        /// The filter.
        filter: FilterId,
        /// What is added.
        missing: MissingParts,
    },
    /// It is created, with all its parts, before any session.
    Create,
}

impl FilterPlan {
    /// Its id, where it exists.
    pub fn id(&self) -> Option<&FilterId> {
        match &self.step {
            FilterStep::Use(filter) | FilterStep::Complete { filter, .. } => Some(filter),
            FilterStep::Create => None,
        }
    }

    /// Whether something is to be done.
    pub fn is_change(&self) -> bool {
        match self.step {
            FilterStep::Complete { .. } | FilterStep::Create => true,
            FilterStep::Use(_) => false,
        }
    }

    /// What is added to what is there, or to a new one.
    pub fn missing(&self) -> MissingParts {
        match (&self.step, &self.spec) {
            (FilterStep::Complete { missing, .. }, _) => missing.clone(),
            (FilterStep::Create, Some(spec)) => MissingParts::of_a_new_filter(spec),
            (FilterStep::Create, None) | (FilterStep::Use(_), _) => MissingParts::default(),
        }
    }

    /// How a session names it.
    fn as_ref(&self, key: &FilterKey) -> FilterRef {
        match self.id() {
            Some(id) => FilterRef::Existing(id.clone()),
            None => FilterRef::ToBeCreated(key.clone()),
        }
    }
}

/// The filters of a plan.
pub type FilterPlans = BTreeMap<FilterKey, FilterPlan>;

/// Which packets of a VPC are mirrored, and how much of each; or why nobody can tell.
#[derive(Debug, Clone)]
struct Captured {
    filter: Result<FilterRef, Reason>,
    packet_length: Result<Option<i32>, Reason>,
}

/// The same for every VPC of the run, looked up once.
#[derive(Debug)]
pub(super) struct Captures<'a> {
    by_vpc: BTreeMap<&'a VpcId, Captured>,
    /// For an interface in a VPC whose tags cannot be read.
    elsewhere: Captured,
}

impl Captures<'_> {
    fn of(&self, vpc: &VpcId) -> &Captured {
        self.by_vpc.get(vpc).unwrap_or(&self.elsewhere)
    }

    /// The filter of sessions in a VPC.
    pub(super) fn filter(&self, vpc: &VpcId) -> Result<FilterRef, Reason> {
        self.of(vpc).filter.clone()
    }

    /// The packet length of sessions in a VPC.
    pub(super) fn packet_length(&self, vpc: &VpcId) -> Result<Option<i32>, Reason> {
        self.of(vpc).packet_length.clone()
    }
}

/// Chooses the filters of all VPCs, and says what is odd about them. A VPC whose profile comes to no filter is misconfigured.
pub(super) fn choose<'a>(
    inv: &Inventory,
    settings: &Settings,
    policies: &mut BTreeMap<&'a VpcId, VpcPolicy>,
    findings: &mut Vec<Finding>,
) -> Result<(FilterPlans, Captures<'a>), PlanError> {
    let mut chooser = Chooser { inv, settings, plans: BTreeMap::new(), findings };
    let of_run = chooser.of_run()?;
    // Rules and findings mirror from VPCs that no tag enables, too.
    let everywhere = settings.rules.is_some() || !settings.findings.is_empty();
    let mut by_vpc = BTreeMap::new();
    for (id, policy) in policies.iter_mut() {
        let Some(vpc) = inv.vpcs.get(*id) else { continue };
        let is_enabled = matches!(policy, VpcPolicy::Enabled { .. });
        let profile = Capture::profile_of(&vpc.tags, &settings.keys);
        let filter = match (&settings.filter, profile) {
            (FilterChoice::Pinned(_), _) => Ok(of_run.clone()),
            (FilterChoice::Managed, _) if !is_enabled && !everywhere => Ok(of_run.clone()),
            (FilterChoice::Managed, Ok(profile)) => {
                let profile = profile.unwrap_or_else(|| settings.profile.clone());
                chooser.of_profile(&profile, Some((*id, vpc.blocks.as_slice()))).map(Ok)
            }
            (FilterChoice::Managed, Err(problem)) => Err(problem),
        };
        if let (VpcPolicy::Enabled { enrollment, .. }, Err(problem)) = (&*policy, &filter) {
            let (problem, enrollment) = (problem.clone(), *enrollment);
            let vpc = (*id).clone();
            let finding = Finding::VpcMisconfigured { vpc, problem: problem.clone() };
            chooser.findings.push(finding);
            *policy = VpcPolicy::Misconfigured { problem, enrollment };
        }
        let wrong = Reason::VpcMisconfigured;
        let packet_length = Capture::packet_length_of(&vpc.tags, &settings.keys).map_err(wrong);
        let filter = filter.unwrap_or_else(|problem| Err(wrong(problem)));
        by_vpc.insert(*id, Captured { filter, packet_length });
    }
    let elsewhere = Captured { filter: of_run, packet_length: Ok(None) };
    Ok((chooser.plans, Captures { by_vpc, elsewhere }))
}

struct Chooser<'a> {
    inv: &'a Inventory,
    settings: &'a Settings,
    plans: FilterPlans,
    findings: &'a mut Vec<Finding>,
}

impl Chooser<'_> {
    /// The filter that the run has where no VPC says otherwise.
    fn of_run(&mut self) -> Result<Result<FilterRef, Reason>, PlanError> {
        match &self.settings.filter {
            FilterChoice::Pinned(id) => {
                let Some(filter) = self.inv.filters.get(id) else {
                    return Err(PlanError::NoSuchFilter(id.clone()));
                };
                let plan = FilterPlan { spec: None, step: FilterStep::Use(id.clone()) };
                self.plans.insert(FilterKey::Named(id.clone()), plan);
                self.say_what_it_takes(id, filter, false);
                Ok(Ok(FilterRef::Existing(id.clone())))
            }
            FilterChoice::Managed if self.settings.profile.is_of_a_vpc() => {
                Ok(Err(Reason::VpcNotSeen))
            }
            FilterChoice::Managed => {
                let profile = self.settings.profile.clone();
                let found = self.of_profile(&profile, None);
                Ok(Ok(found.map_err(|_| PlanError::ProfileNotDefined(profile))?))
            }
        }
    }

    /// The filter of a profile, in a VPC where that counts.
    fn of_profile(
        &mut self,
        profile: &Profile,
        vpc: Option<(&VpcId, &[ipnet::IpNet])>,
    ) -> Result<FilterRef, TagProblem> {
        let key = match vpc {
            Some((vpc, _)) => FilterKey::of(profile, vpc),
            None => FilterKey::OfProfile(profile.clone()),
        };
        if let Some(plan) = self.plans.get(&key) {
            return Ok(plan.as_ref(&key));
        }
        let ours = &self.settings.keys.filter_description;
        let plan = match profile.spec(ours, vpc, &self.settings.custom_filters) {
            Ok(spec) => self.verified(&key, spec),
            Err(NoFilterSpec::NotDefined(_)) => {
                let description = profile.description(ours, None);
                let used = self.unverified(profile, &description);
                used.ok_or_else(|| TagProblem::ProfileNotDefined(profile.clone()))?
            }
            Err(NoFilterSpec::TooManyRules(rules)) => {
                let profile = profile.clone();
                return Err(TagProblem::TooManyFilterRules { profile, rules });
            }
            Err(NoFilterSpec::NoBlocks) => return Err(TagProblem::NoBlocks(profile.clone())),
        };
        let filter = plan.as_ref(&key);
        self.plans.insert(key, plan);
        Ok(filter)
    }

    /// Ours with this description, verified; or a new one.
    fn verified(&mut self, key: &FilterKey, spec: FilterSpec) -> FilterPlan {
        let of_ours = self.inv.filters.iter().filter(|(_, f)| f.description == spec.description);
        let (mut usable, mut overfull) = (Vec::new(), Vec::new());
        for (id, filter) in of_ours {
            match filter.missing(&spec) {
                Some(missing) => match filter.shut_out_by(&spec, &missing) {
                    Some(rule) => self.findings.push(Finding::FilterShutOut {
                        filter: id.clone(),
                        key: key.clone(),
                        rule: rule.to_string(),
                    }),
                    None => usable.push((id, filter, missing)),
                },
                None => overfull.push(id.clone()),
            }
        }
        if !overfull.is_empty() {
            self.findings.push(Finding::FilterOverfull { filters: overfull });
        }
        let complete = usable.iter().position(|(_, _, missing)| missing.is_empty());
        if usable.is_empty() {
            return FilterPlan { spec: Some(spec), step: FilterStep::Create };
        }
        let (used, filter, missing) = usable.remove(complete.unwrap_or(0));
        self.note_others(used, usable.into_iter().map(|(id, _, _)| id));
        if *key == FilterKey::OfProfile(Profile::All) {
            self.say_what_it_takes(used, filter, !missing.is_empty());
        } else {
            self.say_what_is_beyond(key, used, filter, &spec);
        }
        let filter = used.clone();
        let step = if missing.is_empty() {
            FilterStep::Use(filter)
        } else {
            FilterStep::Complete { filter, missing }
        };
        FilterPlan { spec: Some(spec), step }
    }

    /// The filter of a custom profile that an earlier run made from a file which this one was not given.
    fn unverified(&mut self, profile: &Profile, description: &str) -> Option<FilterPlan> {
        let mut of_ours = self.inv.filters.iter().filter(|(_, f)| f.description == description);
        let (used, filter) = of_ours.next()?;
        let others: Vec<&FilterId> = of_ours.map(|(id, _)| id).collect();
        self.note_others(used, others.into_iter());
        let finding = Finding::FilterUnverified { filter: used.clone(), profile: profile.clone() };
        self.findings.push(finding);
        if filter.takes_nothing() {
            self.findings.push(Finding::FilterTakesNothing { filter: used.clone() });
        }
        Some(FilterPlan { spec: None, step: FilterStep::Use(used.clone()) })
    }

    fn note_others<'f>(&mut self, used: &FilterId, others: impl Iterator<Item = &'f FilterId>) {
        let others: Vec<FilterId> = others.cloned().collect();
        if !others.is_empty() {
            self.findings.push(Finding::SeveralFilters { used: used.clone(), others });
        }
    }

    /// Of a filter that is meant to take everything: whether it does.
    fn say_what_it_takes(&mut self, id: &FilterId, filter: &MirrorFilter, gets_more: bool) {
        if filter.takes_nothing() && !gets_more {
            self.findings.push(Finding::FilterTakesNothing { filter: id.clone() });
        } else if filter.rejects_something() {
            self.findings.push(Finding::FilterRejects { filter: id.clone() });
        }
    }

    /// Of a filter that is meant to take some packets: what it has that its profile has not.
    fn say_what_is_beyond(
        &mut self,
        key: &FilterKey,
        id: &FilterId,
        filter: &MirrorFilter,
        spec: &FilterSpec,
    ) {
        let mut parts: Vec<String> = filter.beyond(spec).map(ToString::to_string).collect();
        if filter.dns && !spec.dns {
            parts.push("DNS to Amazon's resolver".to_owned());
        }
        if !parts.is_empty() {
            let (filter, key) = (id.clone(), key.clone());
            self.findings.push(Finding::FilterHasMore { filter, key, parts });
        }
    }
}
