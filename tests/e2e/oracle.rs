//! What must be mirrored, worked out a second time: from a snapshot of the simulated account and the rulings of
//! docs/rulings.md, and from nothing that the tool itself uses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// What the rulings want of one interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Exactly one owned session, to this target.
    Mirrored(String),
    /// No owned session.
    Bare,
    /// Nothing is made and nothing is removed.
    AsItIs,
    /// One session that has no place: other people's take all three.
    NoRoom,
}

/// An account as somebody sees it who reads one thing after the other: each part may be of another moment.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// Whose VPCs and subnets.
    pub vpcs: &'a Value,
    /// Whose instances and interfaces.
    pub instances: &'a Value,
    /// Whose targets, and what stands behind them.
    pub targets: &'a Value,
    /// Whose sessions.
    pub sessions: &'a Value,
}

/// Families of the tests that AWS mirrors from (docs/instance-types.md). What is on neither list is left alone.
const MIRRORED_FAMILIES: [&str; 7] = ["m5", "c5", "c6a", "r6i", "t3", "m7g", "c6i"];

const TARGET: &str = "Vectra:session_mirroring_target";
const ENROLLMENT: &str = "Vectra:session_mirroring_enrollment";
const BLACKLIST: &str = "Vectra:session_mirroring_blacklist";
const WHITELIST: &str = "Vectra:session_mirroring_whitelist";

/// The interfaces and the instances that receive mirrored traffic.
type Receivers<'a> = (BTreeSet<&'a str>, BTreeSet<&'a str>);

/// What a VPC's tags say.
enum Vpc<'a> {
    Off,
    Wrong,
    On { target: &'a str, whitelist: bool },
}

impl<'a> Picture<'a> {
    /// A picture of one moment.
    pub fn of(region: &'a Value) -> Self {
        Self { vpcs: region, instances: region, targets: region, sessions: region }
    }

    /// What the rulings want of each interface of this picture.
    pub fn verdicts(&self) -> BTreeMap<String, Verdict> {
        let enis = all(&self.instances["network_interfaces"]);
        let receivers = self.receivers();
        enis.map(|(id, eni)| (id.clone(), self.verdict(id, eni, &receivers))).collect()
    }

    /// Whether a clean run has something to complain about: tags that make no sense, an interface that has no room.
    pub fn is_troubled(&self) -> bool {
        let wrong = |id: &String| matches!(self.vpc(id), Vpc::Wrong);
        all(&self.vpcs["vpcs"]).any(|(id, _)| wrong(id))
            || self.verdicts().into_values().any(|verdict| verdict == Verdict::NoRoom)
    }

    fn verdict(&self, id: &str, eni: &Value, receivers: &Receivers<'_>) -> Verdict {
        let instance = eni["instance"].as_str();
        // Ruling 5, whatever the tags say.
        let (enis, instances) = receivers;
        if enis.contains(id) || instance.is_some_and(|i| instances.contains(i)) {
            return Verdict::Bare;
        }
        let vpc = self.vpc(text(&eni["vpc"]));
        // Ruling 9.
        if matches!(vpc, Vpc::Wrong) {
            return Verdict::AsItIs;
        }
        let Some(instance) = instance else {
            // Ruling 7: attached to nothing.
            return Verdict::Bare;
        };
        let instance = &self.instances["instances"][instance];
        let state = text(&instance["state"]);
        // Ruling 8.
        if ["pending", "stopping", "shutting-down"].contains(&state) {
            return Verdict::AsItIs;
        }
        // Rulings 3 and 7.
        let Vpc::On { target, whitelist } = vpc else {
            return Verdict::Bare;
        };
        let marked = |key: &str| instance["tags"][key] == "True";
        let chosen = if whitelist { marked(WHITELIST) } else { !marked(BLACKLIST) };
        if state != "running" || !chosen {
            return Verdict::Bare;
        }
        if eni["status"] != "in-use" {
            return Verdict::AsItIs;
        }
        // Ruling 4.
        let family = text(&instance["type"]).split('.').next().unwrap_or_default();
        let subnet = &self.vpcs["subnets"][text(&eni["subnet"])];
        let can_be_source = eni["type"] == "interface"
            && eni["requester_managed"] == false
            && subnet["ipv6_native"] == false
            && MIRRORED_FAMILIES.contains(&family);
        if !can_be_source {
            return Verdict::AsItIs;
        }
        if self.is_full(id) {
            return Verdict::NoRoom;
        }
        Verdict::Mirrored(target.to_owned())
    }

    fn vpc(&self, id: &str) -> Vpc<'a> {
        let tags = &self.vpcs["vpcs"][id]["tags"];
        let Some(target) = tags[TARGET].as_str() else { return Vpc::Off };
        let found = &self.targets["targets"][target];
        let behind = text(&found["of"]);
        let is_there = match text(&found["type"]) {
            "network-interface" => !self.instances["network_interfaces"][behind].is_null(),
            "network-load-balancer" => !self.targets["load_balancers"][behind].is_null(),
            _ => false,
        };
        match tags[ENROLLMENT].as_str() {
            None | Some("auto") if is_there => Vpc::On { target, whitelist: false },
            Some("whitelist") if is_there => Vpc::On { target, whitelist: true },
            _ => Vpc::Wrong,
        }
    }

    /// The interfaces that are targets, and the instances that own one or stand behind a load balancer that is a target in use.
    fn receivers(&self) -> Receivers<'a> {
        let (mut enis, mut instances) = (BTreeSet::new(), BTreeSet::new());
        let named = all(&self.vpcs["vpcs"]).filter_map(|(_, vpc)| vpc["tags"][TARGET].as_str());
        let used = all(&self.sessions["sessions"]).map(|(_, session)| text(&session["target"]));
        let in_use: BTreeSet<&str> = named.chain(used).collect();
        for (id, target) in all(&self.targets["targets"]) {
            let behind = text(&target["of"]);
            match text(&target["type"]) {
                "network-interface" => {
                    enis.insert(behind);
                    let eni = &self.instances["network_interfaces"][behind];
                    instances.extend(eni["instance"].as_str());
                }
                "network-load-balancer" if in_use.contains(id.as_str()) => {
                    let listeners = all(&self.targets["listeners"]).map(|(_, listener)| listener);
                    let hears = |l: &&Value| l["load_balancer"] == behind && l["port"] == 4789;
                    for group in listeners.filter(hears).flat_map(|l| list(&l["target_groups"])) {
                        let registered =
                            list(&self.targets["target_groups"][text(group)]["targets"]);
                        instances.extend(registered.filter_map(|t| text(t).split(':').next()));
                    }
                }
                _ => {}
            }
        }
        (enis, instances)
    }

    /// Whether other people's sessions take all three places of an interface.
    fn is_full(&self, eni: &str) -> bool {
        let on_it = all(&self.sessions["sessions"]).filter(|(_, session)| session["eni"] == eni);
        on_it.filter(|(_, session)| !is_ours(session)).count() >= 3
    }
}

/// Whether a session of a snapshot has our tag.
pub fn is_ours(session: &Value) -> bool {
    session["tags"]["Creator"] == "Vectra:Tap"
}

fn all(things: &Value) -> impl Iterator<Item = (&String, &Value)> {
    things.as_object().into_iter().flat_map(Map::iter)
}

fn list(values: &Value) -> impl Iterator<Item = &Value> {
    values.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
