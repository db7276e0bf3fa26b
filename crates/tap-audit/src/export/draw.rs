//! From a plan to a [`Drawing`]: every session that should be there, with what it needs.

use std::collections::{BTreeMap, BTreeSet};

use tap_core::ids::{FilterId, SessionId, TargetId, VpcId};
use tap_core::inventory::{
    FilterKey, FilterRef, FilterRule, FilterRuleSpec, FilterSpec, Inventory, MirrorFilter,
    MirrorSession, Ports, SessionChange, SessionSpec, TargetRef,
};
use tap_core::plan::{Action, Decision, FilterPlan, Plan};
use tap_core::policy::owner::{Owner, owner};
use tap_core::settings::Settings;
use tap_core::tags::{CREATOR, NAME, Tags};

use super::NEW_TARGET;
use super::drawing::{
    Change, Drawing, FilterItem, Names, Pairs, Removal, RuleItem, SessionItem, TargetItem, VpcItem,
};

/// Draws what the plan wants. `enabled` are the VPCs that the plan was made for as if they had a target.
pub(super) fn draw(
    inv: &Inventory,
    plan: &Plan,
    settings: &Settings,
    enabled: &[VpcId],
) -> Drawing {
    let mut table = Table {
        inv,
        plan,
        settings,
        names: Names::default(),
        targets: BTreeMap::new(),
        filters: BTreeMap::new(),
        drawing: Drawing {
            account: inv.scope.account.clone(),
            region: inv.scope.region.clone(),
            vpcs: Vec::new(),
            targets: Vec::new(),
            filters: Vec::new(),
            sessions: Vec::new(),
            removals: Vec::new(),
            left_out: Vec::new(),
        },
    };
    for id in enabled {
        table.enable(id);
    }
    for decision in &plan.decisions {
        table.decision(decision);
    }
    table.odd();
    table.drawing
}

/// A filter that is there, or one to be made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum FilterPlace {
    Known(FilterId),
    New(FilterKey),
}

struct Table<'a> {
    inv: &'a Inventory,
    plan: &'a Plan,
    settings: &'a Settings,
    names: Names,
    targets: BTreeMap<TargetId, usize>,
    filters: BTreeMap<FilterPlace, usize>,
    drawing: Drawing,
}

impl Table<'_> {
    /// What a VPC that is not enabled has to be tagged with.
    fn enable(&mut self, id: &VpcId) {
        let key = self.settings.keys.target.clone();
        let tag = self.inv.vpcs.get(id).and_then(|vpc| vpc.tags.get(&key));
        // Made even where nothing is mirrored to it yet: the tag has to name something.
        let target = self.target(&TargetId::from(tag.unwrap_or(NEW_TARGET)));
        let name = self.names.of(&[id.as_str(), "target"]);
        self.drawing.vpcs.push(VpcItem { name, id: id.clone(), key, target });
    }

    fn decision(&mut self, decision: &Decision) {
        match &decision.action {
            Action::Create { spec } => self.create(decision, spec),
            Action::Modify { session, change } => {
                if let Some(there) = self.inv.sessions.get(session) {
                    self.existing(decision, there, Some(change));
                }
            }
            Action::Keep { session } => {
                if let Some(there) = self.inv.sessions.get(session)
                    && owner(&there.tags, &self.settings.keys) == Owner::Owned
                {
                    self.existing(decision, there, None);
                }
            }
            Action::Delete { session } => self.drawing.removals.push(Removal {
                session: session.clone(),
                eni: decision.eni.clone(),
                because: decision.because(),
            }),
            Action::Skip if decision.eligible => {
                let sentence = format!("{} is not mirrored: {}", decision.eni, decision.because());
                self.drawing.left_out.push(sentence);
            }
            Action::Skip => {}
        }
    }

    fn create(&mut self, decision: &Decision, spec: &SessionSpec) {
        let TargetRef::Existing(target) = &spec.target else {
            let sentence = format!(
                "{} needs an appliance that is launched for it: let session_mirror_tap do that",
                decision.eni
            );
            return self.drawing.left_out.push(sentence);
        };
        let keys = &self.settings.keys;
        let mut tags = Pairs::from([
            (CREATOR.to_owned(), keys.creator.clone()),
            (NAME.to_owned(), spec.name.to_string()),
        ]);
        tags.extend(spec.marks.set.clone());
        let description = keys.session_description(decision.instance.as_ref());
        let (target, filter) = (self.target(target), self.filter(&spec.filter));
        let item = SessionItem {
            name: self.names.of(&["session", decision.eni.as_str()]),
            id: None,
            eni: decision.eni.clone(),
            target,
            filter,
            number: spec.number,
            packet_length: spec.packet_length,
            vni: spec.vni,
            description: Some(description),
            tags,
            change: None,
            after: after(decision),
        };
        self.drawing.sessions.push(item);
    }

    /// A session of ours that is there, as it should be.
    fn existing(
        &mut self,
        decision: &Decision,
        there: &MirrorSession,
        change: Option<&SessionChange>,
    ) {
        let default = SessionChange::default();
        let change = change.unwrap_or(&default);
        let SessionChange { target, filter, number, packet_length, vni, marks } = change;
        let to = match target {
            Some(TargetRef::Existing(target)) => target,
            // One that is still to be launched is nothing that code could name.
            Some(TargetRef::OfAppliance(_)) => {
                let sentence =
                    format!("{} moves to an appliance that is launched for it", there.id);
                self.drawing.left_out.push(sentence);
                &there.target
            }
            None => &there.target,
        };
        let with = filter.clone().unwrap_or_else(|| FilterRef::Existing(there.filter.clone()));
        let is_changed = change != &default;
        let changes = Change {
            target: matches!(target, Some(TargetRef::Existing(_))),
            filter: filter.is_some(),
            number: number.is_some(),
            packet_length: packet_length.is_some(),
            vni: vni.is_some(),
            set: marks.set.clone(),
            remove: marks.remove.clone(),
        };
        let (target, filter) = (self.target(to), self.filter(&with));
        let tags = marks.applied_to(&there.tags);
        let item = SessionItem {
            name: self.names.of(&["session", decision.eni.as_str()]),
            id: Some(there.id.clone()),
            eni: decision.eni.clone(),
            target,
            filter,
            number: number.unwrap_or(there.number),
            // AWS fills both in itself. What is there is written down, so that a plan shows no difference.
            packet_length: packet_length.or(there.packet_length),
            vni: vni.or(there.vni),
            description: there.description.as_deref().map(str::to_owned),
            tags: pairs(&tags),
            change: is_changed.then_some(changes),
            after: after(decision),
        };
        self.drawing.sessions.push(item);
    }

    /// The place of a target among the targets.
    fn target(&mut self, id: &TargetId) -> usize {
        if let Some(place) = self.targets.get(id) {
            return *place;
        }
        let place = self.drawing.targets.len();
        let is_new = id.as_str() == NEW_TARGET;
        let found = self.inv.targets.get(id);
        let own = found.is_some_and(|target| target.owner == self.inv.scope.account);
        let vendor = &self.settings.keys.vendor;
        let item = TargetItem {
            name: self.names.of(&["target", if is_new { "new" } else { id.as_str() }]),
            id: (!is_new).then(|| id.clone()),
            own,
            kind: found.map_or_else(
                || tap_core::inventory::TargetKind::Unknown(String::new()),
                |target| target.kind.clone(),
            ),
            description: match found {
                Some(_) if is_new => Some(format!("{vendor} mirror target")),
                Some(target) => target.description.clone(),
                None => None,
            },
            tags: match found {
                Some(_) if is_new => Pairs::from([
                    // By this it is found to be ours, and the IAM policies allow no other.
                    (CREATOR.to_owned(), self.settings.keys.creator.clone()),
                    (NAME.to_owned(), format!("{vendor} target")),
                ]),
                Some(target) => pairs(&target.tags),
                None => Pairs::new(),
            },
        };
        self.drawing.targets.push(item);
        self.targets.insert(id.clone(), place);
        place
    }

    /// The place of a filter among the filters.
    fn filter(&mut self, filter: &FilterRef) -> usize {
        let place = match filter {
            FilterRef::Existing(id) => FilterPlace::Known(id.clone()),
            FilterRef::ToBeCreated(key) => FilterPlace::New(key.clone()),
        };
        if let Some(place) = self.filters.get(&place) {
            return *place;
        }
        let number = self.drawing.filters.len();
        let planned = self.plan.filters.iter().find(|(key, plan)| match &place {
            FilterPlace::Known(id) => plan.id() == Some(id),
            FilterPlace::New(new) => *key == new,
        });
        let known = planned.and_then(|(key, plan)| Some((key, plan, plan.spec.as_ref()?)));
        let item = match (&place, known) {
            (_, Some((key, plan, spec))) => self.own_filter(key, plan, spec),
            (FilterPlace::Known(id), None) => self.foreign_filter(id),
            // A plan that creates a filter has it among its filters, with all that it is to be.
            (FilterPlace::New(key), None) => self.foreign_filter(&FilterId::from(key.to_string())),
        };
        self.drawing.filters.push(item);
        self.filters.insert(place, number);
        number
    }

    /// One that is used as it is.
    fn foreign_filter(&mut self, id: &FilterId) -> FilterItem {
        FilterItem {
            name: self.names.of(&["filter", id.as_str()]),
            id: Some(id.clone()),
            own: false,
            description: String::new(),
            tags: Pairs::new(),
            dns: false,
            lacks_dns: false,
            rules: Vec::new(),
        }
    }

    fn own_filter(&mut self, key: &FilterKey, plan: &FilterPlan, spec: &FilterSpec) -> FilterItem {
        let id = plan.id().cloned();
        let there = id.as_ref().and_then(|id| self.inv.filters.get(id));
        let missing = plan.missing();
        let name = self.names.of(&["filter", &key.to_string()]);
        let mut rules = Vec::new();
        let mut used: BTreeSet<usize> = BTreeSet::new();
        for wanted in &spec.rules {
            // Of a rule that is to be added, the plan knows the number that is free.
            let added = missing.rules.iter().find(|rule| same_but_number(rule, wanted));
            // One that does the same and does not count, because of what comes before it, is not the one.
            let found = there.filter(|_| added.is_none());
            let found = found.and_then(|filter| find(filter, wanted, &mut used));
            rules.push(self.rule(&name.snake(), added.unwrap_or(wanted), found, added.is_none()));
        }
        let tags = match there {
            Some(filter) => pairs(&filter.tags),
            None => Pairs::from([(NAME.to_owned(), key.name(&self.settings.keys.vendor))]),
        };
        FilterItem {
            name,
            lacks_dns: id.is_some() && missing.dns,
            id,
            own: true,
            description: spec.description.clone(),
            tags,
            dns: spec.dns || there.is_some_and(|filter| filter.dns),
            rules,
        }
    }

    fn rule(
        &mut self,
        filter: &str,
        wanted: &FilterRuleSpec,
        found: Option<&FilterRule>,
        exists: bool,
    ) -> RuleItem {
        let number = found.map_or(wanted.number, |rule| rule.number);
        let direction = wanted.direction.as_str();
        let ports = |ports: Option<Ports>| ports.map(|Ports { from, to }| (from, to));
        RuleItem {
            name: self.names.of(&[filter, direction, &number.to_string()]),
            id: found.and_then(|rule| rule.id.as_ref()).map(ToString::to_string),
            exists,
            direction,
            number,
            action: if wanted.accept { "accept" } else { "reject" },
            protocol: wanted.protocol,
            source_ports: ports(wanted.source_ports),
            destination_ports: ports(wanted.destination_ports),
            source: wanted.source.to_string(),
            destination: wanted.destination.to_string(),
            description: wanted.description(),
        }
    }

    /// What is there and code says nothing of.
    fn odd(&mut self) {
        let appliances = self.plan.appliances.len();
        if appliances > 0 {
            self.drawing.left_out.push(format!(
                "{appliances} appliances are to be launched, finished or removed: that is session_mirror_tap's work"
            ));
        }
        self.drawing.left_out.extend(self.plan.findings.iter().map(ToString::to_string));
    }
}

/// The sessions that have to go, or to move, before there is a place for this one.
fn after(decision: &Decision) -> Vec<SessionId> {
    decision.after.as_ref().map(|place| place.sessions.clone()).unwrap_or_default()
}

fn same_but_number(rule: &FilterRuleSpec, wanted: &FilterRuleSpec) -> bool {
    FilterRuleSpec { number: wanted.number, ..rule.clone() } == *wanted
}

/// The rule of a filter that does what is wanted; one that stands for two is taken once.
fn find<'f>(
    filter: &'f MirrorFilter,
    wanted: &FilterRuleSpec,
    used: &mut BTreeSet<usize>,
) -> Option<&'f FilterRule> {
    let does = |(place, rule): &(usize, &FilterRule)| !used.contains(place) && rule.does(wanted);
    let (place, rule) = filter.rules.iter().enumerate().find(does)?;
    used.insert(place);
    Some(rule)
}

fn pairs(tags: &Tags) -> Pairs {
    tags.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}
