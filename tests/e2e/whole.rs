//! The check of the whole account that every fault test ends with.
//!
//! A [`Watch`] looks at the account from its start on. What the rulings want is worked out by [`oracle`](crate::oracle), never
//! asked of the tool. At the end:
//!
//! - the faults are lifted, a clean run succeeds, and the next plan is empty;
//! - every interface that must be mirrored has exactly one owned session, to its target, with the one whole filter; and
//!   none that must not be has one;
//! - other people's sessions are bit by bit as they were;
//! - whatever was deleted through the API was ours, and called for: its interface was to be bare, or kept another one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::oracle::{Picture, Verdict, is_ours};
use crate::support::{Account, REGION};

/// What our filter is found by.
const FILTER: &str = "Vectra Full Traffic + DNS Filter";

/// An account that is being watched.
pub struct Watch<'a> {
    account: &'a Account,
    /// The region at each moment that was looked at, without repetitions.
    seen: Vec<Value>,
    /// How many sessions clients had deleted before.
    deleted_before: usize,
    filters_before: usize,
    /// How many filters of ours may be there in the end.
    filters: usize,
    /// Whether AWS itself lets an interface have two sessions of ours.
    doubles: bool,
    args: Vec<&'static str>,
}

impl Account {
    /// Watches this account from now on.
    pub fn watch(&self) -> Watch<'_> {
        let first = self.sim.snapshot()["regions"][REGION].take();
        let filters_before = our_filters(&first).count();
        Watch {
            account: self,
            deleted_before: self.edit(|world| world.deleted_sessions().len()),
            filters_before,
            filters: filters_before.max(1),
            seen: vec![first],
            doubles: false,
            args: Vec::new(),
        }
    }
}

impl Watch<'_> {
    /// Several runs may make a filter each where none is seen: at once, or in a window of late reads.
    pub fn with_filters_of(mut self, runs: usize) -> Self {
        self.filters = self.filters_before + runs;
        self
    }

    /// AWS does not refuse a session number that is taken: two runs may make two sessions, and the next one removes one.
    pub fn with_doubles(mut self) -> Self {
        self.doubles = true;
        self
    }

    /// The final runs have these arguments besides.
    pub fn with_args(mut self, args: &[&'static str]) -> Self {
        self.args.extend(args);
        self
    }

    /// Looks at the account: before and after people change something in it, and after each run. No interface may have more
    /// sessions of ours than one, or than it had at first.
    #[track_caller]
    pub fn look(&mut self) {
        let now = self.account.sim.snapshot()["regions"][REGION].take();
        if !self.doubles {
            let at_first = owned_by_eni(&self.seen[0]);
            for (eni, sessions) in owned_by_eni(&now) {
                let before = at_first.get(eni).map_or(0, Vec::len);
                assert!(sessions.len() <= before.max(1), "{eni} has two sessions: {sessions:#?}");
            }
        }
        if self.seen.last() != Some(&now) {
            self.seen.push(now);
        }
    }

    /// Lifts every fault, lets a clean run and a dry one follow, and checks everything.
    #[track_caller]
    pub fn converges(mut self) {
        self.look();
        self.account.sim.lift_faults();
        self.look();
        let troubled = Picture::of(self.last()).is_troubled();
        let expected = if troubled { 3 } else { 0 };
        let healed = self.account.json(expected, &self.args);
        for count in ["failed", "not_done"] {
            assert!(healed["totals"][count].as_u64().unwrap_or(0) == 0, "{healed:#}");
        }
        self.look();
        self.deletes_were_called_for();
        self.others_are_untouched();
        self.is_as_the_rulings_say();
        let args = [&["--dry-run", "--detailed-exitcode"], &self.args[..]].concat();
        let plan = self.account.json(0, &args);
        let changed = ["create", "modify", "delete"].map(|verb| plan["totals"][verb].as_u64());
        assert_eq!(changed, [Some(0); 3], "{:#}", plan["totals"]);
        let before = self.last().clone();
        self.look();
        assert_eq!(*self.last(), before, "a dry run changed something");
    }

    fn last(&self) -> &Value {
        self.seen.last().expect("there is one from the start on")
    }

    /// Whatever a client deleted was ours, and its interface was to be bare at some moment that a run may have seen, or kept
    /// another session of ours.
    #[track_caller]
    pub fn deletes_were_called_for(&self) {
        let deleted = self.account.edit(|world| world.deleted_sessions().to_vec());
        let deleted = &deleted[self.deleted_before..];
        if deleted.is_empty() {
            return;
        }
        let to_be_bare = self.to_be_bare();
        for gone in deleted {
            let ours =
                |tags: &aws_sim::Tags| tags.get("Creator").is_some_and(|c| c == "Vectra:Tap");
            assert!(ours(&gone.tags), "somebody else's session was deleted: {gone:?}");
            let doubled = gone.others.iter().any(ours);
            assert!(doubled || to_be_bare.contains(&gone.eni), "not called for: {gone:?}");
        }
    }

    /// The interfaces that were to be bare in any picture of the moments that were looked at: a run reads one thing after the
    /// other, so it may see parts of different ones.
    fn to_be_bare(&self) -> BTreeSet<String> {
        let (mut bare, mut known) = (BTreeSet::new(), BTreeSet::new());
        let vpcs = self.distinct(&["vpcs", "subnets"]);
        let targets = self.distinct(&["targets", "load_balancers", "listeners", "target_groups"]);
        for instances in self.distinct(&["instances", "network_interfaces"]) {
            let enis = instances["network_interfaces"].as_object().expect("a snapshot has them");
            // What was there and is not any more.
            bare.extend(known.iter().filter(|eni| !enis.contains_key(*eni)).cloned());
            known.extend(enis.keys().cloned());
            for (vpcs, targets) in vpcs.iter().flat_map(|v| targets.iter().map(move |t| (v, t))) {
                let picture = Picture { vpcs, instances, targets, sessions: self.last() };
                let verdicts = picture.verdicts().into_iter();
                bare.extend(verdicts.filter(|(_, v)| *v == Verdict::Bare).map(|(eni, _)| eni));
            }
        }
        bare
    }

    /// The moments in which some kinds of things differ from the moment before.
    fn distinct(&self, kinds: &[&str]) -> Vec<&Value> {
        let mut distinct: Vec<&Value> = self.seen.iter().collect();
        distinct.dedup_by(|a, b| kinds.iter().all(|kind| a[*kind] == b[*kind]));
        distinct
    }

    /// Sessions of other people are what they were, until their interface or somebody else takes them away.
    #[track_caller]
    fn others_are_untouched(&self) {
        for pair in self.seen.windows(2) {
            let (before, after) = (others(&pair[0]), others(&pair[1]));
            for (id, mut was) in before {
                // That no client of the API deleted it is checked where all deletions are.
                let Some(is) = after.get(&id) else { continue };
                // Without its target AWS works the packet length out anew.
                let target = is["target"].as_str().unwrap_or_default();
                if pair[1]["targets"].get(target).is_none() {
                    was["packet_length"] = is["packet_length"].clone();
                }
                assert_eq!(was, *is, "{id} of somebody else was touched");
            }
        }
    }

    #[track_caller]
    fn is_as_the_rulings_say(&self) {
        let region = self.last();
        let filters: Vec<&String> = our_filters(region).collect();
        assert!(filters.len() <= self.filters, "the filter was made again: {filters:?}");
        let mut owned = owned_by_eni(region);
        let mut used = BTreeSet::new();
        let verdicts = Picture::of(region).verdicts();
        for (eni, verdict) in &verdicts {
            let sessions = owned.remove(eni.as_str()).unwrap_or_default();
            match verdict {
                Verdict::Mirrored(target) => {
                    assert_eq!(sessions.len(), 1, "{eni} must have one session: {sessions:#?}");
                    assert_eq!(sessions[0]["target"], **target, "{eni}");
                    used.insert(sessions[0]["filter"].as_str().unwrap());
                }
                Verdict::Bare => assert!(sessions.is_empty(), "{eni} must be bare: {sessions:#?}"),
                Verdict::AsItIs | Verdict::NoRoom => self.was_there_before(eni, &sessions),
            }
        }
        assert!(owned.is_empty(), "sessions on interfaces that are gone: {owned:#?}");
        assert!(used.len() <= 1, "one filter for all: {used:?}");
        for filter in used {
            let rules = region["filter_rules"].as_object().unwrap().values();
            let accepted = rules.filter(|r| r["filter"] == filter && r["action"] == "accept");
            assert_eq!(accepted.count(), 4, "{filter} is not whole");
            let services = &region["filters"][filter]["network_services"];
            assert_eq!(*services, serde_json::json!(["amazon-dns"]), "{filter} is not whole");
        }
    }

    /// What is to be left as it is has no session that was not there before, unless it was to be mirrored at some moment.
    #[track_caller]
    fn was_there_before(&self, eni: &str, sessions: &[&Value]) {
        let mut pictures = self.seen.iter().map(|region| Picture::of(region).verdicts());
        let wanted = pictures.any(|of| matches!(of.get(eni), Some(Verdict::Mirrored(_))));
        let first = self.seen[0]["sessions"].as_object();
        let at_first = first.into_iter().flat_map(|s| s.values());
        let before = at_first.filter(|s| s["eni"] == eni && is_ours(s)).count();
        assert!(wanted || sessions.len() <= before, "made on {eni}, which is to be left as it is");
    }
}

/// The sessions of other people.
fn others(region: &Value) -> BTreeMap<String, Value> {
    let sessions = region["sessions"].as_object().cloned().unwrap_or_default();
    sessions.into_iter().filter(|(_, session)| !is_ours(session)).collect()
}

/// The owned sessions of each interface.
fn owned_by_eni(region: &Value) -> BTreeMap<&str, Vec<&Value>> {
    let mut owned: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    let sessions = region["sessions"].as_object().into_iter().flat_map(|s| s.values());
    for session in sessions.filter(|session| is_ours(session)) {
        owned.entry(session["eni"].as_str().unwrap()).or_default().push(session);
    }
    owned
}

fn our_filters(region: &Value) -> impl Iterator<Item = &String> {
    let filters = region["filters"].as_object().into_iter().flat_map(|f| f.iter());
    filters.filter(|(_, filter)| filter["description"] == FILTER).map(|(id, _)| id)
}

/// A check that finds nothing wrong is worth nothing unless it finds what is wrong.
mod tests {
    use crate::faults::MIXED;
    use crate::support::Account;

    const BLACKLIST: &str = "Vectra:session_mirroring_blacklist";

    #[test]
    #[should_panic(expected = "not called for")]
    fn a_delete_that_nobody_called_for_is_found() {
        let account = Account::yaml(MIXED);
        account.tap_exits(0, &[]);
        let watch = account.watch();
        account.edit(|world| assert!(world.set_tag("i-1", BLACKLIST, "True")));
        account.tap_exits(0, &[]);
        account.edit(|world| assert!(world.delete_tag("i-1", BLACKLIST)));
        watch.converges();
    }

    #[test]
    #[should_panic(expected = "was touched")]
    fn a_session_of_somebody_else_that_was_changed_is_found() {
        let account = Account::yaml(MIXED);
        let watch = account.watch();
        account.edit(|world| assert!(world.retarget_session("tms-1", "tmt-2")));
        watch.converges();
    }

    #[test]
    #[should_panic(expected = "must be bare")]
    fn a_session_too_many_is_found() {
        let account = Account::yaml(MIXED);
        account.tap_exits(0, &[]);
        let mut watch = account.watch();
        account.edit(|world| assert!(world.set_tag("i-1", BLACKLIST, "True")));
        watch.look();
        watch.is_as_the_rulings_say();
    }

    #[test]
    #[should_panic(expected = "must have one session")]
    fn a_session_that_is_missing_is_found() {
        let account = Account::yaml(MIXED);
        account.watch().is_as_the_rulings_say();
    }
}
