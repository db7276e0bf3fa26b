//! The session of one interface that is to be mirrored: kept, repaired in place, or made where a slot and a number are free.

use std::sync::Arc;

use crate::inventory::{
    FilterRef, Inventory, MirrorSession, SessionChange, SessionSpec, TargetRef,
};
use crate::plan::{Action, Note, Reason};
use crate::tags::TagChange;

/// AWS's limit of sessions on one interface (docs/aws.md 4).
const SESSIONS_PER_ENI: usize = 3;

/// The session that an interface should have. What is not pinned may be as it is.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) target: TargetRef,
    pub(super) filter: FilterRef,
    pub(super) number: Option<i32>,
    pub(super) packet_length: Option<i32>,
    pub(super) vni: Option<i32>,
    pub(super) marks: TagChange,
}

impl Wanted {
    fn has_filter(&self, session: &MirrorSession) -> bool {
        matches!(&self.filter, FilterRef::Existing(id) if *id == session.filter)
    }
}

/// Takes the owned session that stays, if one stays: the one that is nearest to what it should be.
pub(super) fn take_best<'a>(
    owned: &mut Vec<&'a MirrorSession>,
    wanted: Option<&Wanted>,
) -> Option<&'a MirrorSession> {
    let distance = |s: &MirrorSession| match wanted {
        Some(wanted) => (
            wanted.number.is_some_and(|pinned| s.number != pinned),
            !wanted.target.is(&s.target),
            !wanted.has_filter(s),
            s.number,
        ),
        None => (false, false, false, s.number),
    };
    let best = (0..owned.len()).min_by_key(|&i| (distance(owned[i]), &owned[i].id))?;
    Some(owned.remove(best))
}

/// What stands on an interface beside the session in question.
pub(super) struct Sessions<'a> {
    pub(super) inv: &'a Inventory,
    /// The sessions of others on it.
    pub(super) foreign: &'a [&'a MirrorSession],
}

impl Sessions<'_> {
    /// Keeps an owned session, or changes what has drifted (ruling 6).
    pub(super) fn repair(
        &self,
        session: &MirrorSession,
        wanted: Wanted,
        notes: &mut Vec<Note>,
    ) -> (Action, Reason) {
        let differs = |pinned: Option<i32>, is: Option<i32>| pinned.filter(|_| pinned != is);
        let has_filter = wanted.has_filter(session);
        let Wanted { target, filter, number, packet_length, vni, marks } = wanted;
        let mut change = SessionChange {
            target: (!target.is(&session.target)).then_some(target),
            filter: (!has_filter).then_some(filter),
            number: differs(number, Some(session.number)),
            packet_length: differs(packet_length, session.packet_length),
            vni: differs(vni, session.vni),
            marks: marks.missing_on(&session.tags),
        };
        let mut taken = None;
        if let Some(holder) = change.number.and_then(|n| self.holder(n)) {
            change.number = None;
            taken = Some(holder);
        }
        self.note_who_comes_first(change.number.unwrap_or(session.number), notes);
        let id = session.id.clone();
        match (change.is_empty(), taken) {
            (true, None) => (Action::Keep { session: id }, Reason::InSync),
            (true, Some(holder)) => {
                let reason = Reason::NumberTaken { number: holder.number, by: holder.id.clone() };
                (Action::Keep { session: id }, reason)
            }
            (false, taken) => {
                notes.extend(taken.map(|holder| Note::NumberTaken { by: holder.id.clone() }));
                let reason = Reason::Drifted { fields: change.fields() };
                (Action::Modify { session: id, change }, reason)
            }
        }
    }

    /// Makes a session where a slot and a number are free (ruling 12).
    pub(super) fn create(
        &self,
        wanted: Wanted,
        newer_family: Option<String>,
        name: Arc<str>,
        notes: &mut Vec<Note>,
    ) -> (Action, Reason) {
        if self.foreign.len() >= SESSIONS_PER_ENI {
            return (Action::Skip, Reason::SessionLimit);
        }
        let Wanted { target, filter, number, packet_length, vni, marks } = wanted;
        let number_is_pinned = number.is_some();
        let number = match number {
            Some(pinned) => match self.holder(pinned) {
                Some(by) => {
                    let reason = Reason::NumberTaken { number: pinned, by: by.id.clone() };
                    return (Action::Skip, reason);
                }
                None => pinned,
            },
            None => (1..).find(|&n| self.holder(n).is_none()).unwrap_or(1),
        };
        self.note_who_comes_first(number, notes);
        // A session that is new has nothing to be taken away.
        let marks = TagChange { set: marks.set, ..TagChange::default() };
        let spec = SessionSpec {
            target,
            filter,
            number,
            number_is_pinned,
            packet_length,
            vni,
            name,
            marks,
        };
        let reason = match newer_family {
            Some(family) => Reason::NewFamily { family },
            None => Reason::NotMirrored,
        };
        (Action::Create { spec }, reason)
    }

    fn holder(&self, number: i32) -> Option<&MirrorSession> {
        self.foreign.iter().find(|s| s.number == number).copied()
    }

    fn note_who_comes_first(&self, number: i32, notes: &mut Vec<Note>) {
        let takes_all = |s: &&&MirrorSession| {
            self.inv.filters.get(&s.filter).is_some_and(|f| f.takes_everything())
        };
        let first = || self.foreign.iter().filter(|s| s.number < number);
        if let Some(by) = first().find(takes_all) {
            notes.push(Note::Shadowed { by: by.id.clone() });
        } else if let Some(behind) = first().next() {
            notes.push(Note::SecondInLine { behind: behind.id.clone() });
        }
    }
}
