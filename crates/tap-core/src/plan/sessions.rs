//! The sessions by interface, for a fleet of any size.
//!
//! A planner of a hundred thousand interfaces asks for the sessions of each. Comparing ids on the way through a tree costs
//! more than all the rest of a decision, so the list is sorted by a hash of the id: one search compares plain numbers that
//! lie side by side. (A `HashMap` would do the same; the domain has none, so that no order ever depends on one.)

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::ids::EniId;
use crate::inventory::{Inventory, MirrorSession};
use crate::policy::owner::{Owner, owner};
use crate::tags::TagKeys;

/// All sessions of an inventory, by interface; those of one interface by number, then id.
#[derive(Debug)]
pub(super) struct SessionsByEni<'a> {
    /// The hashes of all entries, side by side for the search.
    hashes: Vec<u64>,
    entries: Vec<Entry<'a>>,
}

#[derive(Debug, Clone, Copy)]
struct Entry<'a> {
    hash: u64,
    session: &'a MirrorSession,
    owner: Owner,
}

impl<'a> SessionsByEni<'a> {
    pub(super) fn of(inv: &'a Inventory, keys: &TagKeys) -> Self {
        let mut entries: Vec<Entry<'a>> = inv
            .sessions
            .values()
            .map(|session| Entry {
                hash: hash(&session.eni),
                session,
                owner: owner(&session.tags, keys),
            })
            .collect();
        entries.sort_by(|a, b| {
            let within = |e: &Entry<'a>| (e.session.number, &e.session.id);
            a.hash.cmp(&b.hash).then_with(|| within(a).cmp(&within(b)))
        });
        Self { hashes: entries.iter().map(|entry| entry.hash).collect(), entries }
    }

    /// The sessions on one interface, each with whose it is.
    pub(super) fn on(&self, eni: &EniId) -> impl Iterator<Item = (Owner, &'a MirrorSession)> {
        let wanted = hash(eni);
        let from = self.hashes.partition_point(|hash| *hash < wanted);
        let same_hash = self.entries[from..].iter().take_while(move |entry| entry.hash == wanted);
        same_hash
            .filter(move |entry| entry.session.eni == *eni)
            .map(|entry| (entry.owner, entry.session))
    }

    /// How many sessions are owned.
    pub(super) fn owned(&self) -> usize {
        self.entries.iter().filter(|entry| entry.owner == Owner::Owned).count()
    }
}

fn hash(eni: &EniId) -> u64 {
    let mut hasher = DefaultHasher::new();
    eni.hash(&mut hasher);
    hasher.finish()
}
