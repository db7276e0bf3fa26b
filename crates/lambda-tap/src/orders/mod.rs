//! What the works of one invocation come to together: as few runs as possible. Pure.
//!
//! ```text
//!   the schedule in it            one run of everything; it heals what the others name on its way
//!   otherwise                     one run of all VPCs named, one of all instances named
//!   without existing instances    what is only repaired and what may begin are runs of their own
//! ```
//!
//! Duplicates collapse, and their order says nothing: each run decides on what EC2 shows then.

use std::collections::{BTreeMap, BTreeSet};

use tap_core::ids::{InstanceId, VpcId};
use tap_core::inventory::Narrow;
use tap_core::moment::Moment;
use tap_core::settings::{FindingRequest, Policy, Settings};

use crate::config::Config;
use crate::event::{Ignored, Work};

/// As what events name an instance. They may contradict each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Named {
    /// As one that was launched, or runs.
    pub launched: bool,
    /// As one that a finding is about.
    pub found: bool,
    /// As one that stops or ends.
    pub leaving: bool,
}

impl Named {
    /// Whether it must be seen before the event is settled.
    pub fn must_appear(self) -> bool {
        self.launched && !self.leaving
    }

    /// Whether it must be seen at rest, if it is seen at all.
    pub fn must_come_to_rest(self) -> bool {
        (self.launched || self.found) && !self.leaving
    }

    /// Whether it must be seen on its way out.
    pub fn must_leave(self) -> bool {
        self.leaving && !self.launched && !self.found
    }
}

/// One run, and what it is for.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// The part of the account that it is about.
    pub narrow: Narrow,
    /// What it may do.
    pub policy: Policy,
    /// The instances that the events name in it.
    pub named: BTreeMap<InstanceId, Named>,
    /// The findings.
    pub findings: Vec<FindingRequest>,
}

impl Order {
    /// The settings of the run.
    pub fn settings(&self, of_all: &Settings, now: Moment) -> Settings {
        let leaving = self.named.iter().filter(|(_, named)| named.leaving);
        Settings {
            policy: self.policy,
            leaving: leaving.map(|(id, _)| id.clone()).collect(),
            findings: self.findings.clone(),
            now: Some(now),
            ..of_all.clone()
        }
    }

    /// The same about some of the instances that are named, and nothing else.
    #[must_use]
    pub fn about(&self, instances: BTreeSet<InstanceId>) -> Self {
        let named = self.named.iter().filter(|(id, _)| instances.contains(*id));
        Self::of_named(
            named.map(|(id, named)| (id.clone(), *named)).collect(),
            self.policy,
            self.findings.clone(),
        )
    }

    fn of_named(
        named: BTreeMap<InstanceId, Named>,
        policy: Policy,
        findings: Vec<FindingRequest>,
    ) -> Self {
        // Who only leaves gets no new session, whatever an answer of a moment ago says about his state.
        let all_leave = policy == Policy::Sync && named.values().all(|named| named.must_leave());
        Self {
            narrow: Narrow { instances: named.keys().cloned().collect(), vpcs: BTreeSet::new() },
            policy: if all_leave { Policy::RepairOnly } else { policy },
            named,
            findings,
        }
    }
}

/// What is not acted on by the settings of the function; the rest as it is.
pub fn admitted(work: Work, config: &Config) -> Work {
    let off = |what: &str| {
        Work::Ignored(Ignored { why: format!("{what} are not enabled"), is_odd: false })
    };
    match work {
        Work::Launched(_) if !config.enabled.launch => off("launches"),
        Work::Finding { .. } if !config.enabled.findings => off("findings"),
        work => work,
    }
}

/// The runs for several works, the most urgent first.
pub fn orders<'a>(
    works: impl IntoIterator<Item = &'a Work>,
    config: &Config,
    now: Moment,
) -> Vec<Order> {
    let mut wanted = Wanted::default();
    for work in works {
        wanted.add(work, config);
    }
    wanted.orders(config, now)
}

/// What several works ask for together.
#[derive(Debug, Default)]
struct Wanted {
    everything: bool,
    vpcs: BTreeSet<VpcId>,
    /// Instances about which anything may be done.
    instances: BTreeMap<InstanceId, Named>,
    /// Instances that may only be repaired.
    repaired: BTreeMap<InstanceId, Named>,
    findings: BTreeMap<String, BTreeSet<InstanceId>>,
}

impl Wanted {
    fn add(&mut self, work: &Work, config: &Config) {
        match work {
            Work::Everything => self.everything = true,
            Work::Launched(ids) => self.name(ids).for_each(|named| named.launched = true),
            Work::Leaving(ids) => self.name(ids).for_each(|named| named.leaving = true),
            Work::Finding { id, instances } => {
                self.name(instances).for_each(|named| named.found = true);
                self.findings.entry(id.clone()).or_default().extend(instances.iter().cloned());
            }
            Work::Tagged { instances, vpcs } => {
                self.vpcs.extend(vpcs.iter().cloned());
                if config.enabled.existing || config.enabled.launch {
                    self.name(instances).for_each(|_| {});
                } else {
                    let repaired = instances.iter().map(|id| (id.clone(), Named::default()));
                    self.repaired.extend(repaired);
                }
            }
            Work::Ignored(_) => {}
        }
    }

    fn name<'a>(
        &'a mut self,
        ids: &'a BTreeSet<InstanceId>,
    ) -> impl Iterator<Item = &'a mut Named> {
        for id in ids {
            self.instances.entry(id.clone()).or_default();
        }
        self.instances.iter_mut().filter(|(id, _)| ids.contains(*id)).map(|(_, named)| named)
    }

    fn orders(self, config: &Config, now: Moment) -> Vec<Order> {
        let Self { everything, vpcs, instances, repaired, findings } = self;
        let until = config.finding_hours.map(|hours| now.plus_hours(hours));
        let findings: Vec<FindingRequest> = findings
            .into_iter()
            .map(|(id, instances)| FindingRequest { id, instances, until })
            .collect();
        let (policy, of_existing) = (config.settings.policy, config.policy_for_existing());
        let whole = Order {
            narrow: Narrow::default(),
            policy: of_existing,
            named: repaired.clone(),
            findings: Vec::new(),
        };
        if everything && policy == of_existing {
            return vec![Order { named: instances, findings, ..whole }];
        }
        let mut orders = Vec::new();
        // No instance named would be the whole scope.
        if !instances.is_empty() {
            orders.push(Order::of_named(instances, policy, findings));
        }
        if everything {
            orders.push(whole);
            return orders;
        }
        if !repaired.is_empty() {
            orders.push(Order::of_named(repaired, of_existing, Vec::new()));
        }
        if !vpcs.is_empty() {
            let narrow = Narrow { instances: BTreeSet::new(), vpcs };
            orders.push(Order { narrow, named: BTreeMap::new(), ..whole });
        }
        orders
    }
}

#[cfg(test)]
mod tests;
