//! What is to be written, as text that a person agrees to; and what became of it.

use std::collections::BTreeMap;

use tap_core::ids::InstanceId;
use tap_core::policy::mark::TRUE;
use tap_core::survey::MarkSurvey;
use tap_core::tagging::Written;
use tap_core::tags::TagChange;

use super::check::{Action, Change, Planned, Unchanged, who};
use super::outcome::{Place, Regional};
use super::table::{counted, heading, instances};
use super::view::Subject;
use crate::layout::fill;
use crate::terminal::{CREATE, DELETE, ERROR, MODIFY, printable};

/// What would be written, and what is as it should be.
pub(super) fn plan(planned: &[Planned<'_>], subject: &Subject, width: Option<usize>) -> String {
    let mut out = String::new();
    for planned in planned {
        if planned.changes.is_empty() && planned.unchanged.is_empty() {
            continue;
        }
        let scope = &planned.view.scope;
        heading(&mut out, &format!("Account {}, region {}", scope.account, scope.region), width);
        changes(&mut out, planned, subject, width);
        unchanged(&mut out, planned, subject, width);
    }
    out
}

/// The changes: first what is written, then to whom.
fn changes(out: &mut String, planned: &Planned<'_>, subject: &Subject, width: Option<usize>) {
    let mut same: BTreeMap<(Action, &TagChange), Vec<&Change>> = BTreeMap::new();
    for change in planned.changes.values() {
        same.entry((change.action, &change.tags)).or_default().push(change);
    }
    let (list, other) = (subject.list, subject.list.other());
    for ((action, tags), changes) in same {
        let n = counted(changes.len());
        let text = match action {
            Action::Add => format!("{CREATE}+{CREATE:#} {n} onto the {list}"),
            Action::Move => format!("{MODIFY}~{MODIFY:#} {n} from the {other} onto the {list}"),
            Action::Remove => format!("{DELETE}-{DELETE:#} {n} off the {list}"),
        };
        let set = tags.set.iter().map(|(key, value)| format!("tag {key} is set to {value}"));
        let gone = tags.remove.iter().map(|key| format!("tag {key} is removed"));
        let written: Vec<String> = gone.chain(set).collect();
        fill(out, width, 2, 6, &format!("{text}: {}", written.join(", ")));
        let mut surveys: Vec<&MarkSurvey> = changes.iter().map(|change| &change.after).collect();
        surveys.sort_by_key(|survey| (survey.name.is_none(), &survey.name, &survey.id));
        instances(out, &surveys, 4, width);
        for change in changes {
            old_values(out, change, tags, width);
        }
    }
}

/// Says which values go that nobody would expect there.
fn old_values(out: &mut String, change: &Change, tags: &TagChange, width: Option<usize>) {
    for key in tags.set.keys().chain(&tags.remove) {
        let old = change.before.get(key).filter(|old| *old != TRUE);
        if let Some(old) = old {
            let old = printable(old);
            let who = who(&change.after.id, change.after.name.as_deref());
            fill(out, width, 8, 8, &printable(&format!("{who} had the tag {key} = {old}")));
        }
    }
}

/// The instances that are as they should be.
fn unchanged(out: &mut String, planned: &Planned<'_>, subject: &Subject, width: Option<usize>) {
    let mut by_reason: BTreeMap<Unchanged, Vec<String>> = BTreeMap::new();
    for (id, reason) in &planned.unchanged {
        let name = planned.view.survey(id).and_then(|survey| survey.name.as_deref());
        by_reason.entry(*reason).or_default().push(printable(&who(id, name)));
    }
    for (reason, who) in by_reason {
        let text = format!("{}: {}", reason.sentence(subject.list), who.join(", "));
        fill(out, width, 2, 4, &text);
    }
}

/// What became of it.
pub(super) fn outcome(regions: &[Regional<'_>], subject: &Subject, width: Option<usize>) -> String {
    let mut out = String::new();
    let all: usize = regions.iter().map(|region| region.outcomes.len()).sum();
    let done: usize = regions.iter().map(Regional::done).sum();
    if done == all {
        let text =
            format!("Written to {}. session_mirror_tap acts on it at its next run.", counted(all));
        fill(&mut out, width, 0, 2, &text);
        return out;
    }
    let text = match done {
        0 => format!("{ERROR}Not written{ERROR:#} to any of {}.", counted(all)),
        n => format!("{ERROR}Written to {n} of {} only.{ERROR:#}", counted(all)),
    };
    fill(&mut out, width, 0, 2, &text);
    let not_tried = |region: &Regional<'_>| {
        region.outcomes.values().filter(|outcome| outcome.written == Written::NotTried).count()
    };
    match regions.iter().map(not_tried).sum() {
        0 => {}
        n => {
            let text = format!("Stopped before {} could be tried.", counted(n));
            fill(&mut out, width, 0, 2, &text);
        }
    }
    for region in regions {
        let mut by_place: BTreeMap<Place, Vec<&InstanceId>> = BTreeMap::new();
        for (id, outcome) in &region.outcomes {
            by_place.entry(outcome.place).or_default().push(id);
        }
        let place_of_region = match regions.len() {
            1 => String::new(),
            _ => format!(" in {}", region.planned.view.scope.region),
        };
        for (place, ids) in by_place {
            let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
            let text = format!(
                "{}{place_of_region} ({}): {}",
                place.sentence(),
                ids.len(),
                ids.join(", ")
            );
            fill(&mut out, width, 2, 4, &text);
        }
    }
    let again = format!(
        "The same command, run again, completes it; `{} list` shows how it is.",
        subject.name
    );
    fill(&mut out, width, 0, 2, &again);
    out
}

#[cfg(test)]
mod tests {
    use console::strip_ansi_codes;
    use tap_core::call::Call;
    use tap_core::error::{CloudError, ErrorKind};
    use tap_core::policy::mark::Mark;
    use tap_core::testing::{Scenario, scenario};

    use super::super::check::{Wish, check};
    use super::super::outcome::{Again, outcome as known};
    use super::super::testing::{subject, view, wishes};
    use super::*;

    fn account() -> Scenario {
        scenario()
            .instance("i-1")
            .named("web")
            .instance("i-2")
            .whitelisted()
            .instance("i-3")
            .blacklisted()
            .instance("i-4")
            .instance_tag("Vectra:session_mirroring_blacklist", "yes")
    }

    #[test]
    fn what_is_written_and_to_whom() {
        let subject = subject(Mark::Blacklist);
        let views = [view(account(), &subject)];
        let adds = wishes(&["i-1", "i-2", "i-3", "i-4"], Wish::Add { moving: true });
        let planned = check(&subject, &adds, &views).unwrap();
        let text = plan(&planned, &subject, None);
        let key = "tag Vectra:session_mirroring_blacklist";
        assert_eq!(
            strip_ansi_codes(&text),
            format!(
                "Account 111122223333, region eu-west-1\n  \
                 + 2 instances onto the blacklist: {key} is set to True\n    \
                 i-1  web  vpc-a  running\n    \
                 i-4  -    vpc-a  running\n        \
                 i-4 had the {key} = yes\n  \
                 ~ 1 instance from the whitelist onto the blacklist: \
                 tag Vectra:session_mirroring_whitelist is removed, {key} is set to True\n    \
                 i-2  -  vpc-a  running\n  \
                 On the blacklist already: i-3\n"
            )
        );
        let removes = wishes(&["i-3", "i-1"], Wish::Remove);
        let text = plan(&check(&subject, &removes, &views).unwrap(), &subject, None);
        let text = strip_ansi_codes(&text);
        assert!(
            text.contains(&format!("- 1 instance off the blacklist: {key} is removed")),
            "{text}"
        );
        assert!(text.contains("Not on the blacklist: i-1 (web)"), "{text}");
    }

    #[test]
    fn a_failure_half_way_says_where_everybody_is() {
        let subject = subject(Mark::Blacklist);
        let views = [view(account(), &subject)];
        let adds = wishes(&["i-1", "i-2", "i-4"], Wish::Add { moving: true });
        let planned = check(&subject, &adds, &views).unwrap();
        let error = CloudError {
            kind: ErrorKind::Denied,
            ..CloudError::bad_answer(Call::CreateTags, "no")
        };
        let endings = |endings: [Written; 3]| {
            let outcomes = planned[0].changes.iter().zip(endings).map(|((id, change), written)| {
                (id.clone(), known(change, written, Again::Unread, &subject))
            });
            let regional = Regional { planned: &planned[0], outcomes: outcomes.collect() };
            strip_ansi_codes(&outcome(&[regional], &subject, None)).into_owned()
        };
        let all = endings([Written::Done, Written::Done, Written::Done]);
        assert_eq!(all, "Written to 3 instances. session_mirror_tap acts on it at its next run.\n");
        let half = endings([Written::Done, Written::HalfDone(error.clone()), Written::NotTried]);
        assert_eq!(
            half,
            "Written to 1 of 3 instances only.\n\
             Stopped before 1 instance could be tried.\n  \
             On the blacklist now (1): i-1\n  \
             On neither list now (2): i-2, i-4\n\
             The same command, run again, completes it; `session_mirror_blacklist list` shows how it is.\n"
        );
        let unclear =
            endings([Written::Unclear(error.clone()), Written::Failed(error), Written::NotTried]);
        assert!(unclear.contains("Not written to any of 3 instances."), "{unclear}");
        assert!(
            unclear.contains(
                "Unknown, because no answer came and they could not be read again (1): i-1"
            ),
            "{unclear}"
        );
        assert!(unclear.contains("On the whitelist now (1): i-2"), "{unclear}");
    }
}
