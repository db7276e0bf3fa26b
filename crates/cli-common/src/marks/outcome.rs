//! What became of each change, as far as anybody knows, and the exit code that follows from it.

use std::collections::BTreeMap;

use tap_core::ids::InstanceId;
use tap_core::policy::mark::Mark;
use tap_core::tagging::Written;
use tap_core::tags::Tags;

use super::check::{Change, Planned};
use super::view::Subject;
use crate::exit::Exit;

/// Where an instance is after the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// On one list.
    On(Mark),
    /// On both.
    Both,
    /// On neither.
    Neither,
    /// It does not exist any more.
    Gone,
    /// No answer came, and the account does not show it yet: EC2 may show later what was done.
    NotShown,
    /// No answer came, and it could not be read again.
    Unknown,
}

impl Place {
    /// Where an instance with these tags is.
    pub(super) fn of(tags: &Tags, subject: &Subject) -> Self {
        let list = subject.list;
        match (list.is_on(tags, &subject.keys), list.other().is_on(tags, &subject.keys)) {
            (true, true) => Self::Both,
            (true, false) => Self::On(list),
            (false, true) => Self::On(list.other()),
            (false, false) => Self::Neither,
        }
    }

    /// The stable code.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::On(list) => list.as_str(),
            Self::Both => "both",
            Self::Neither => "neither",
            Self::Gone => "gone",
            Self::NotShown | Self::Unknown => "unknown",
        }
    }

    /// The sentence that ends with the ids.
    pub(super) fn sentence(self) -> String {
        match self {
            Self::On(list) => format!("On the {list} now"),
            Self::Both => "On both lists now".to_owned(),
            Self::Neither => "On neither list now".to_owned(),
            Self::Gone => "Do not exist any more, so leave them out".to_owned(),
            Self::NotShown => {
                "Unknown: no answer came, and the account does not show it yet".to_owned()
            }
            Self::Unknown => {
                "Unknown, because no answer came and they could not be read again".to_owned()
            }
        }
    }
}

/// What became of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    /// What became of the call.
    pub(super) written: Written,
    /// Where the instance is now.
    pub(super) place: Place,
    /// Whether it is as it should be. A call whose answer was lost may have been done.
    pub(super) is_done: bool,
}

impl Outcome {
    /// The stable code.
    pub(super) fn code(&self) -> &'static str {
        if self.is_done { Written::Done.code() } else { self.written.code() }
    }
}

/// What reading an instance once more, after a failed call, gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Again {
    /// Its tags.
    Tags(Tags),
    /// It does not exist any more.
    Gone,
    /// Nothing: the reading failed as well.
    Unread,
}

/// What became of a change, from what the call gave and what reading again did.
pub(super) fn outcome(
    change: &Change,
    written: Written,
    again: Again,
    subject: &Subject,
) -> Outcome {
    let known = match (&written, again) {
        (Written::Done, _) => Ok(change.tags.applied_to(&change.before)),
        (_, Again::Tags(tags)) => Ok(tags),
        (_, Again::Gone) => Err(Place::Gone),
        (Written::NotTried | Written::Failed(_), Again::Unread) => Ok(change.before.clone()),
        (Written::HalfDone(_), Again::Unread) => {
            let mut half = change.tags.clone();
            half.set.clear();
            Ok(half.applied_to(&change.before))
        }
        (Written::Unclear(_), Again::Unread) => Err(Place::Unknown),
    };
    match known {
        Ok(tags) => {
            let is_done = change.tags.clone().missing_on(&tags).is_empty();
            // EC2 may show the old tags a while after it took the new ones: only new ones prove anything.
            let place = match written {
                Written::Unclear(_) if !is_done => Place::NotShown,
                _ => Place::of(&tags, subject),
            };
            Outcome { written, place, is_done }
        }
        Err(place) => Outcome { written, place, is_done: false },
    }
}

/// What became of one region's changes.
#[derive(Debug)]
pub(super) struct Regional<'a> {
    /// What was to be done.
    pub(super) planned: &'a Planned<'a>,
    /// What became of each change.
    pub(super) outcomes: BTreeMap<InstanceId, Outcome>,
}

impl Regional<'_> {
    /// How many changes are done.
    pub(super) fn done(&self) -> usize {
        self.outcomes.values().filter(|outcome| outcome.is_done).count()
    }

    /// How many changes may have left something other than before.
    fn changed(&self) -> usize {
        let may_be_other = |outcome: &&Outcome| {
            outcome.is_done || matches!(outcome.written, Written::HalfDone(_) | Written::Unclear(_))
        };
        self.outcomes.values().filter(may_be_other).count()
    }
}

/// The exit code.
pub(super) fn exit(regions: &[Regional<'_>]) -> Exit {
    if regions.iter().all(|region| region.done() == region.outcomes.len()) {
        Exit::Done
    } else if regions.iter().any(|region| region.changed() > 0) {
        Exit::Partial
    } else {
        Exit::Failed
    }
}

#[cfg(test)]
mod tests {
    use tap_core::call::Call;
    use tap_core::error::CloudError;
    use tap_core::testing::{Scenario, scenario};

    use super::super::check::{Wish, check};
    use super::super::testing::{subject, view, wishes};
    use super::*;

    fn error() -> CloudError {
        CloudError::bad_answer(Call::CreateTags, "as the test wants it")
    }

    /// What becomes of moving `i-1` onto the blacklist.
    fn moved(written: Written, again: Again) -> Outcome {
        let subject = subject(Mark::Blacklist);
        let views = [view(scenario().instance("i-1").whitelisted(), &subject)];
        let planned =
            check(&subject, &wishes(&["i-1"], Wish::Add { moving: true }), &views).unwrap();
        outcome(&planned[0].changes[&"i-1".into()], written, again, &subject)
    }

    fn tags(account: Scenario) -> Again {
        let inv = account.build();
        Again::Tags(inv.instances.values().next().unwrap().tags.clone())
    }

    #[test]
    fn what_is_known_after_each_ending() {
        let new = || scenario().instance("i-1");
        let failed = || Written::Failed(error());
        let half = || Written::HalfDone(error());
        let unclear = || Written::Unclear(error());
        for (written, again, code, place) in [
            (Written::Done, Again::Unread, "done", "blacklist"),
            (Written::NotTried, Again::Unread, "not-tried", "whitelist"),
            (failed(), Again::Unread, "failed", "whitelist"),
            (failed(), tags(new().whitelisted()), "failed", "whitelist"),
            (failed(), Again::Gone, "failed", "gone"),
            (half(), Again::Unread, "half-done", "neither"),
            (half(), tags(new()), "half-done", "neither"),
            (unclear(), Again::Unread, "unclear", "unknown"),
            (unclear(), Again::Gone, "unclear", "gone"),
            (unclear(), tags(new()), "unclear", "unknown"),
            (unclear(), tags(new().whitelisted()), "unclear", "unknown"),
            (unclear(), tags(new().blacklisted()), "done", "blacklist"),
            (unclear(), tags(new().blacklisted().whitelisted()), "unclear", "unknown"),
        ] {
            let outcome = moved(written.clone(), again.clone());
            assert_eq!(
                (outcome.code(), outcome.place.code()),
                (code, place),
                "{written:?} {again:?}"
            );
        }
    }

    #[test]
    fn exit_codes() {
        let subject = subject(Mark::Blacklist);
        let views = [view(scenario(), &subject)];
        let planned = check(&subject, &[], &views).unwrap();
        let exit_of = |endings: &[(Written, Again)]| {
            let outcomes = endings.iter().enumerate().map(|(i, (written, again))| {
                let outcome = moved(written.clone(), again.clone());
                (InstanceId::new(format!("i-{i}")), outcome)
            });
            exit(&[Regional { planned: &planned[0], outcomes: outcomes.collect() }])
        };
        let done = (Written::Done, Again::Unread);
        let failed = (Written::Failed(error()), Again::Unread);
        let unclear = (Written::Unclear(error()), Again::Unread);
        let not_tried = (Written::NotTried, Again::Unread);
        assert_eq!(exit_of(&[]), Exit::Done);
        assert_eq!(exit_of(&[done.clone(), done.clone()]), Exit::Done);
        assert_eq!(exit_of(&[done.clone(), failed.clone()]), Exit::Partial);
        assert_eq!(exit_of(&[done, not_tried.clone()]), Exit::Partial);
        assert_eq!(exit_of(&[failed.clone(), failed]), Exit::Failed);
        assert_eq!(exit_of(&[not_tried]), Exit::Failed);
        assert_eq!(exit_of(std::slice::from_ref(&unclear)), Exit::Partial);
    }
}
