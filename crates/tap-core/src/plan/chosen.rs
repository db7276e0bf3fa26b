//! Who chooses an interface to be mirrored, and how: a rule of the file, the tags of its VPC, or a GuardDuty finding, asked
//! in this order. What follows knows an [`Intent`] and not where it came from; only the reason that people read names it.

use std::fmt;
use std::sync::Arc;

use crate::ids::{FilterId, InstanceId, TargetId};
use crate::inventory::{Eni, Instance, MirrorSession};
use crate::plan::Reason;
use crate::plan::rule_states::{RuleProblem, RuleState, target_problem};
use crate::plan::standing::Rulings;
use crate::policy::mark::{self, Mark};
use crate::policy::owner::Marks;
use crate::policy::rules::{
    Delivery, Destination, Interfaces, MIRROR_FILTER, MIRROR_TARGET, Mirroring, Rule, RulePlace,
};
use crate::policy::vpc::VpcPolicy;
use crate::settings::{FindingRequest, RulesFor};
use crate::tags::TagChange;

/// Who chose an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChosenBy {
    /// The tags of its VPC, with those of its instance.
    Tags,
    /// A rule of the file.
    Rule(Arc<RulePlace>),
    /// A GuardDuty finding, by its id.
    Finding(Arc<str>),
}

impl fmt::Display for ChosenBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tags => write!(f, "tags"),
            Self::Rule(place) => write!(f, "rule {place}"),
            Self::Finding(id) => write!(f, "finding {id}"),
        }
    }
}

/// How an interface is to be mirrored.
#[derive(Debug, Clone)]
pub(super) struct Intent<'a> {
    pub(super) by: ChosenBy,
    pub(super) to: To<'a>,
    /// The filter; without one, that of the run.
    pub(super) filter: Option<FilterId>,
    pub(super) number: Option<i32>,
    pub(super) packet_length: Option<i32>,
    pub(super) vni: Option<i32>,
    /// What its session's tags have to say: where they differ, they are written.
    pub(super) marks: TagChange,
}

/// Where to.
#[derive(Debug, Clone)]
pub(super) enum To<'a> {
    /// To this target.
    Target(TargetId),
    /// To one of several, or to an appliance, as it is allotted: the rule, by its place in the list.
    Allotted(usize, &'a Rule),
}

/// What tags and rules say of an interface.
#[derive(Debug, Clone)]
pub(super) enum Choice<'a> {
    /// It is to be mirrored.
    Mirror(Intent<'a>),
    /// It is not.
    No(Reason),
    /// A session that is there stays as it is, because this run does not know what it is for.
    Hold(Reason),
    /// Nobody can tell: nothing is done (ruling 9).
    Broken {
        reason: Reason,
        /// Whether it seems to be meant.
        chosen: bool,
    },
}

impl<'a> Rulings<'a> {
    /// What tags, rules and findings say of an interface.
    pub(super) fn choice(
        &self,
        id: &InstanceId,
        instance: &'a Instance,
        eni: &Eni,
        owned: &[&'a MirrorSession],
    ) -> Choice<'a> {
        let keys = &self.settings.keys;
        let blacklisted = Mark::Blacklist.is_on(&instance.tags, keys);
        let request = self.settings.findings.iter().rev().find(|f| f.instances.contains(id));
        let lasting = owned
            .iter()
            .find(|s| Marks::of(&s.tags, keys).finding_lasts(self.settings.now))
            .filter(|_| !blacklisted);
        let named = request.is_some();
        let request = request.filter(|_| !blacklisted);
        let reported = request.is_some() || lasting.is_some();
        let rule = self.rule_for(instance, eni, reported);
        if let Some((index, rule)) = rule.filter(|_| !blacklisted) {
            let choice = self.by_rule(index, rule, instance, eni);
            // What is wrong with a rule keeps nobody from the target for findings.
            return match choice {
                Choice::Broken { .. } if reported && self.settings.finding_target.is_some() => {
                    let choice = self.by_finding(eni, request, lasting.copied());
                    self.marked(choice, None, request, owned)
                }
                choice => self.marked(choice, Some(rule), request, owned),
            };
        }
        let choice = self.marked(self.by_tags(instance, eni), None, request, owned);
        let unwanted = matches!(
            choice,
            Choice::No(Reason::VpcNotEnabled | Reason::NotWhitelisted)
                | Choice::Broken { reason: Reason::VpcNotSeen, .. }
        );
        if !unwanted {
            return self.held(choice, owned);
        }
        if blacklisted && (named || rule.is_some()) {
            return Choice::No(Reason::Blacklisted);
        }
        if reported {
            let choice = self.by_finding(eni, request, lasting.copied());
            return self.marked(choice, None, request, owned);
        }
        let over =
            owned.iter().any(|s| Marks::of(&s.tags, keys).finding_is_over(self.settings.now));
        match choice {
            Choice::No(_) if over => Choice::No(Reason::FindingOver),
            choice => self.held(choice, owned),
        }
    }

    /// The first rule that is about an interface, where the rules are to choose.
    fn rule_for(
        &self,
        instance: &Instance,
        eni: &Eni,
        reported: bool,
    ) -> Option<(usize, &'a Rule)> {
        let rules = self.settings.rules.as_ref()?;
        match self.settings.rules_for {
            RulesFor::Findings if !reported => return None,
            RulesFor::Findings | RulesFor::Everyone => {}
        }
        let is_about = |r: &Rule| r.matcher.is_about(&instance.tags, &eni.subnet, &eni.vpc);
        rules.rules.iter().enumerate().find(|(_, rule)| is_about(rule))
    }

    fn by_rule(
        &self,
        index: usize,
        rule: &'a Rule,
        instance: &'a Instance,
        eni: &Eni,
    ) -> Choice<'a> {
        if rule.interfaces == Interfaces::Primary && !eni.primary {
            return Choice::No(Reason::SecondaryInterface);
        }
        let Delivery::Mirror(mirroring) = &rule.delivery else {
            return Choice::No(Reason::IgnoredByRule);
        };
        let broken =
            |problem| Choice::Broken { reason: Reason::RuleMisconfigured(problem), chosen: true };
        // What the instance says for itself comes before what the rule says, and before what is wrong with that.
        let own = |key: &str| instance.tags.get(key).filter(|_| rule.instance_tags);
        let own_target = match own(MIRROR_TARGET).map(TargetId::from) {
            Some(target) => match target_problem(self.inv, &target) {
                Some(problem) => return broken(RuleProblem::InstanceTag(MIRROR_TARGET, problem)),
                None => Some(target),
            },
            None => None,
        };
        let own_filter = match own(MIRROR_FILTER).map(FilterId::from) {
            Some(filter) if !self.inv.filters.contains_key(&filter) => {
                return broken(RuleProblem::InstanceTagFilter(filter));
            }
            own => own,
        };
        let to = match (own_target, self.rule_states.get(index)) {
            (Some(target), _) => To::Target(target),
            (None, Some(RuleState::Broken(problem))) => return broken(problem.clone()),
            (None, Some(RuleState::Usable(_) | RuleState::BrokenFilter(_)) | None) => {
                match &mirroring.to {
                    Destination::Targets { ids, .. } if ids.len() == 1 => {
                        To::Target(ids[0].clone())
                    }
                    Destination::Targets { .. } | Destination::Appliances(_) => {
                        To::Allotted(index, rule)
                    }
                }
            }
        };
        if let (None, Some(RuleState::BrokenFilter(filter))) =
            (&own_filter, self.rule_states.get(index))
        {
            return broken(RuleProblem::FilterNotFound(filter.clone()));
        }
        let Mirroring { filter, to: _, number, packet_length, vni } = mirroring;
        let settings = self.settings;
        Choice::Mirror(Intent {
            by: ChosenBy::Rule(rule.place.clone()),
            to,
            filter: own_filter.or_else(|| filter.clone()),
            number: number.or(settings.session_number),
            packet_length: packet_length.or(settings.packet_length),
            vni: vni.or(settings.vni),
            marks: TagChange::default(),
        })
    }

    fn by_tags(&self, instance: &Instance, eni: &Eni) -> Choice<'a> {
        let keys = &self.settings.keys;
        match self.policies.get(&eni.vpc) {
            None => Choice::Broken { reason: Reason::VpcNotSeen, chosen: false },
            Some(VpcPolicy::NotEnabled) => Choice::No(Reason::VpcNotEnabled),
            Some(VpcPolicy::Misconfigured { problem, enrollment }) => Choice::Broken {
                reason: Reason::VpcMisconfigured(problem.clone()),
                chosen: mark::choose(*enrollment, &instance.tags, keys) == mark::Choice::Chosen,
            },
            Some(VpcPolicy::Enabled { target, enrollment, .. }) => {
                match mark::choose(*enrollment, &instance.tags, keys) {
                    mark::Choice::Chosen => {
                        Choice::Mirror(self.plain(ChosenBy::Tags, target.clone()))
                    }
                    mark::Choice::Blacklisted => Choice::No(Reason::Blacklisted),
                    mark::Choice::NotWhitelisted => Choice::No(Reason::NotWhitelisted),
                }
            }
        }
    }

    /// Mirrored for a finding alone: to the target for findings, else to where it is mirrored for one already, else to that of
    /// its VPC.
    fn by_finding(
        &self,
        eni: &Eni,
        request: Option<&FindingRequest>,
        lasting: Option<&MirrorSession>,
    ) -> Choice<'a> {
        let marked = lasting.and_then(|s| Marks::of(&s.tags, &self.settings.keys).finding);
        let id: Arc<str> = match (request, marked) {
            (Some(request), _) => request.id.as_str().into(),
            (None, Some(id)) => id.into(),
            (None, None) => "".into(),
        };
        let by = ChosenBy::Finding(id);
        match (&self.settings.finding_target, lasting) {
            (_, Some(session)) if request.is_none() || self.settings.finding_target.is_none() => {
                let filter = Some(session.filter.clone());
                Choice::Mirror(Intent { filter, ..self.plain(by, session.target.clone()) })
            }
            (Some(target), _) => match target_problem(self.inv, target) {
                Some(problem) => Choice::Broken {
                    reason: Reason::RuleMisconfigured(RuleProblem::FindingTarget(problem)),
                    chosen: true,
                },
                None => Choice::Mirror(self.plain(by, target.clone())),
            },
            // A VPC that watches some of its instances knows where to.
            (None, _) => match self.policies.get(&eni.vpc) {
                Some(VpcPolicy::Enabled { target, .. }) => {
                    Choice::Mirror(self.plain(by, target.clone()))
                }
                Some(VpcPolicy::NotEnabled | VpcPolicy::Misconfigured { .. }) | None => {
                    Choice::No(Reason::FindingWithoutTarget)
                }
            },
        }
    }

    fn plain(&self, by: ChosenBy, target: TargetId) -> Intent<'a> {
        let settings = self.settings;
        Intent {
            by,
            to: To::Target(target),
            filter: None,
            number: settings.session_number,
            packet_length: settings.packet_length,
            vni: settings.vni,
            marks: TagChange::default(),
        }
    }

    /// Says what the tags of the session have to say. A run without rules does not touch what rules wrote.
    fn marked(
        &self,
        choice: Choice<'a>,
        rule: Option<&Rule>,
        request: Option<&FindingRequest>,
        owned: &[&MirrorSession],
    ) -> Choice<'a> {
        let Choice::Mirror(mut intent) = choice else {
            return choice;
        };
        let keys = &self.settings.keys;
        if let Some(rule) = rule {
            intent.marks = intent.marks.and_set(&keys.rule, &rule.key());
        } else if self.settings.rules.is_some() && self.settings.rules_for == RulesFor::Everyone {
            intent.marks = intent.marks.and_remove(&keys.rule);
        }
        if let Some(request) = request {
            let marks = owned.first().map(|s| Marks::of(&s.tags, keys)).unwrap_or_default();
            let until = match (marks.finding, marks.until, request.until) {
                // One that has no end, or a later one, is not cut short by another finding.
                (Some(_), None, _) | (_, _, None) => None,
                (Some(_), Some(is), Some(asked)) => Some(is.max(asked)),
                (None, _, Some(asked)) => Some(asked),
            };
            intent.marks = intent.marks.and_set(&keys.finding, &request.id);
            intent.marks = match until {
                Some(until) => intent.marks.and_set(&keys.until, &until.to_string()),
                None => intent.marks.and_remove(&keys.until),
            };
        }
        Choice::Mirror(intent)
    }

    /// Keeps this run's hands off what rules made, where it was given none: it would see half of what is wanted.
    fn held(&self, choice: Choice<'a>, owned: &[&MirrorSession]) -> Choice<'a> {
        let by_rule = |s: &&MirrorSession| Marks::of(&s.tags, &self.settings.keys).rule.is_some();
        let blacklisted = matches!(choice, Choice::No(Reason::Blacklisted));
        if self.settings.rules.is_some() || blacklisted || !owned.iter().any(by_rule) {
            return choice;
        }
        Choice::Hold(Reason::RulesNotGiven)
    }
}
