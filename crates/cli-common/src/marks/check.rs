//! From what a person wants to what would be written, or to everything that is wrong with it. Pure: it looks at what was read
//! and at nothing else.

use std::collections::BTreeMap;
use std::fmt;

use tap_core::ids::InstanceId;
use tap_core::inventory::{Instance, InstanceState};
use tap_core::policy::mark::Mark;
use tap_core::survey::MarkSurvey;
use tap_core::tags::{MOST_TAGS, TagChange, Tags};

use super::ids::MOST_NAMED;
use super::view::{Subject, View, places};

/// What a person wants of one instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// Put it on the list; `moving` takes it off the other one.
    Add {
        /// Whether it may be on the other list.
        moving: bool,
    },
    /// Take it off the list.
    Remove,
}

/// What is done to an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Action {
    /// It comes onto the list.
    Add,
    /// It comes onto the list, and leaves the other one.
    Move,
    /// It leaves the list.
    Remove,
}

impl Action {
    /// The stable code.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Move => "move",
            Self::Remove => "remove",
        }
    }
}

/// What would be written to one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// What it does.
    pub(super) action: Action,
    /// The tags to be written.
    pub(super) tags: TagChange,
    /// The tags that it has.
    pub(super) before: Tags,
    /// How it is then.
    pub(super) after: MarkSurvey,
}

/// Why nothing is written to an instance that was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unchanged {
    /// It is on the list already.
    AlreadyOn,
    /// It is not on the list that it is to leave.
    NotOn,
    /// It is terminated, so that its tags mean nothing any more.
    Terminated,
}

impl Unchanged {
    /// The stable code.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::AlreadyOn => "already-on-list",
            Self::NotOn => "not-on-list",
            Self::Terminated => "terminated",
        }
    }

    /// The sentence that begins with the ids.
    pub(super) fn sentence(self, list: Mark) -> String {
        match self {
            Self::AlreadyOn => format!("On the {list} already"),
            Self::NotOn => format!("Not on the {list}"),
            Self::Terminated => "Terminated, so that their tags mean nothing any more".to_owned(),
        }
    }
}

/// What would be written in one region.
#[derive(Debug, Clone)]
pub(super) struct Planned<'a> {
    /// The region.
    pub(super) view: &'a View,
    /// What is written, by instance.
    pub(super) changes: BTreeMap<InstanceId, Change>,
    /// The instances that are as they should be, and why.
    pub(super) unchanged: BTreeMap<InstanceId, Unchanged>,
}

/// What is wrong with an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// There is no such instance.
    Unknown {
        /// The id.
        id: InstanceId,
        /// The account and the regions that were looked at.
        looked_at: String,
    },
    /// It is terminated, or about to be.
    Gone {
        /// The instance, with its name.
        who: String,
        /// Its state.
        state: InstanceState,
    },
    /// It is on the other list.
    OnOther {
        /// The instance, with its name.
        who: String,
        /// The other list.
        other: Mark,
        /// Whether it is on this one as well.
        on_both: bool,
        /// The command that moves it.
        command: String,
    },
    /// It has as many tags as AWS allows.
    NoRoom {
        /// The instance, with its name.
        who: String,
    },
}

impl Problem {
    /// The stable code.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "no-such-instance",
            Self::Gone { .. } => "terminated",
            Self::OnOther { .. } => "on-other-list",
            Self::NoRoom { .. } => "tag-limit",
        }
    }
}

/// The problems as lines: the first of them, and then how many there are more.
pub(super) fn lines(problems: &[Problem]) -> Vec<String> {
    let mut lines: Vec<String> = problems.iter().take(MOST_NAMED).map(Problem::to_string).collect();
    if let Some(more) = problems.len().checked_sub(MOST_NAMED + 1) {
        lines.push(format!("and {} more", more + 1));
    }
    lines
}

impl std::error::Error for Problem {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { id, looked_at } => write!(f, "{id} does not exist in {looked_at}"),
            Self::Gone { who, state } => write!(f, "{who} is {}", state.as_str()),
            Self::OnOther { who, other, on_both, command } => {
                let where_it_is =
                    if *on_both { "both lists".to_owned() } else { format!("the {other}") };
                write!(f, "{who} is on {where_it_is}: `{command}` takes it off the {other}")
            }
            Self::NoRoom { who } => {
                write!(f, "{who} has {MOST_TAGS} tags, as many as AWS allows: remove one")
            }
        }
    }
}

/// Works out what would be written in each region.
///
/// # Errors
/// Everything that is wrong, in the order of the wishes.
pub(super) fn check<'a>(
    subject: &Subject,
    wishes: &[(InstanceId, Wish)],
    views: &'a [View],
) -> Result<Vec<Planned<'a>>, Vec<Problem>> {
    let empty = |view| Planned { view, changes: BTreeMap::new(), unchanged: BTreeMap::new() };
    let mut planned: Vec<Planned<'a>> = views.iter().map(empty).collect();
    let mut problems = Vec::new();
    for (id, wish) in wishes {
        let found = planned.iter_mut().find_map(|planned| {
            let view = planned.view;
            Some((planned, view.instance(id)?))
        });
        let Some((planned, instance)) = found else {
            problems.push(unknown(id, views));
            continue;
        };
        match one(subject, id, instance, *wish) {
            Ok(Ok((action, tags))) => {
                let after = planned.view.after(id, &tags, subject);
                let after = after.expect("an instance that was found is there");
                let before = instance.tags.clone();
                planned.changes.insert(id.clone(), Change { action, tags, before, after });
            }
            Ok(Err(unchanged)) => {
                planned.unchanged.insert(id.clone(), unchanged);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(planned) } else { Err(problems) }
}

fn unknown(id: &InstanceId, views: &[View]) -> Problem {
    // The credentials are of one account, whatever the regions.
    let account = views.first().map_or("-", |view| view.scope.account.as_str());
    let looked_at = format!("account {account}, {}", places(views));
    Problem::Unknown { id: id.clone(), looked_at }
}

/// What is written to one instance, or why nothing is; or what is wrong.
fn one(
    subject: &Subject,
    id: &InstanceId,
    instance: &Instance,
    wish: Wish,
) -> Result<Result<(Action, TagChange), Unchanged>, Problem> {
    let Subject { list, keys, name, .. } = subject;
    let (list, other, tags) = (*list, list.other(), &instance.tags);
    let state = instance.state;
    let is_gone = matches!(state, InstanceState::ShuttingDown | InstanceState::Terminated);
    let who = || who(id, tags.name());
    let (is_on, is_on_other) = (list.is_on(tags, keys), other.is_on(tags, keys));
    match wish {
        Wish::Add { .. } if is_gone => Err(Problem::Gone { who: who(), state }),
        Wish::Add { moving: false } if is_on_other => {
            let command = format!("{name} add --move {id}");
            Err(Problem::OnOther { who: who(), other, on_both: is_on, command })
        }
        Wish::Add { .. } if is_on_other => {
            let mut change = list.adding(keys).missing_on(tags);
            change.remove.extend(other.removing(keys).remove);
            Ok(Ok((Action::Move, change)))
        }
        Wish::Add { .. } if is_on => Ok(Err(Unchanged::AlreadyOn)),
        Wish::Add { .. } if !list.adding(keys).fits(tags) => Err(Problem::NoRoom { who: who() }),
        Wish::Add { .. } => Ok(Ok((Action::Add, list.adding(keys)))),
        Wish::Remove if is_gone => Ok(Err(Unchanged::Terminated)),
        Wish::Remove if is_on || list.near_miss(tags, keys).is_some() => {
            Ok(Ok((Action::Remove, list.removing(keys))))
        }
        Wish::Remove => Ok(Err(Unchanged::NotOn)),
    }
}

/// An instance with its name, in a sentence.
pub(super) fn who(id: &InstanceId, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("{id} ({name})"),
        None => id.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use tap_core::testing::scenario;

    use super::super::testing::{subject, view, wishes};
    use super::*;

    const ADD: Wish = Wish::Add { moving: false };
    const MOVE: Wish = Wish::Add { moving: true };

    /// What becomes of `i-1` with these tags: `action +set -removed`, the code of why nothing is, or what is wrong.
    fn verdict(list: Mark, tags: &[(&str, &str)], state: InstanceState, wish: Wish) -> String {
        let mut account = scenario().instance("i-1").state(state);
        for (key, value) in tags {
            account = account.instance_tag(&format!("Vectra:session_mirroring_{key}"), value);
        }
        let subject = subject(list);
        let views = [view(account, &subject)];
        let short = |key: &str| key.replace("Vectra:session_mirroring_", "");
        match check(&subject, &[("i-1".into(), wish)], &views) {
            Err(problems) => problems[0].code().to_owned(),
            Ok(planned) => match planned[0].changes.get(&"i-1".into()) {
                None => planned[0].unchanged[&"i-1".into()].code().to_owned(),
                Some(change) => {
                    let set = change.tags.set.iter().map(|(k, v)| format!(" +{}={v}", short(k)));
                    let gone = change.tags.remove.iter().map(|k| format!(" -{}", short(k)));
                    let words: String = set.chain(gone).collect();
                    format!("{}{words}", change.action.code())
                }
            },
        }
    }

    #[test]
    fn every_wish_on_every_sort_of_tags() {
        let black = ("blacklist", "True");
        let white = ("whitelist", "True");
        for (tags, add, moving, remove) in [
            (&[][..], "add +blacklist=True", "add +blacklist=True", "not-on-list"),
            (&[black], "already-on-list", "already-on-list", "remove -blacklist"),
            (&[white], "on-other-list", "move +blacklist=True -whitelist", "not-on-list"),
            (&[black, white], "on-other-list", "move -whitelist", "remove -blacklist"),
            // A person meant something by these.
            (
                &[("blacklist", "true")],
                "add +blacklist=True",
                "add +blacklist=True",
                "remove -blacklist",
            ),
            (
                &[("blacklist", "YES ")],
                "add +blacklist=True",
                "add +blacklist=True",
                "remove -blacklist",
            ),
            // This one says no, and says so on.
            (
                &[("blacklist", "False")],
                "add +blacklist=True",
                "add +blacklist=True",
                "not-on-list",
            ),
            (&[("whitelist", "true")], "add +blacklist=True", "add +blacklist=True", "not-on-list"),
        ] {
            let verdict = |wish| verdict(Mark::Blacklist, tags, InstanceState::Running, wish);
            assert_eq!(verdict(ADD), add, "{tags:?}");
            assert_eq!(verdict(MOVE), moving, "{tags:?}");
            assert_eq!(verdict(Wish::Remove), remove, "{tags:?}");
        }
        let mirrored = verdict(Mark::Whitelist, &[black], InstanceState::Running, MOVE);
        assert_eq!(mirrored, "move +whitelist=True -blacklist");
    }

    #[test]
    fn every_state() {
        use InstanceState::{
            Pending, Running, ShuttingDown, Stopped, Stopping, Terminated, Unknown,
        };
        for state in [Pending, Running, Stopping, Stopped, Unknown] {
            assert_eq!(verdict(Mark::Whitelist, &[], state, ADD), "add +whitelist=True");
        }
        for state in [ShuttingDown, Terminated] {
            let on = [("whitelist", "True")];
            assert_eq!(verdict(Mark::Whitelist, &[], state, ADD), "terminated");
            assert_eq!(verdict(Mark::Whitelist, &on, state, MOVE), "terminated");
            assert_eq!(verdict(Mark::Whitelist, &on, state, Wish::Remove), "terminated");
        }
    }

    #[test]
    fn all_problems_at_once_and_in_order() {
        let subject = subject(Mark::Blacklist);
        let account = scenario()
            .instance("i-1")
            .instance("i-2")
            .named("web")
            .whitelisted()
            .instance("i-3")
            .state(InstanceState::ShuttingDown)
            .instance("i-4")
            .blacklisted()
            .whitelisted();
        let views = [view(account, &subject)];
        let problems = check(&subject, &wishes(&["i-9", "i-1", "i-2", "i-3", "i-4"], ADD), &views);
        let lines: Vec<String> = problems.unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "i-9 does not exist in account 111122223333, eu-west-1",
                "i-2 (web) is on the whitelist: `session_mirror_blacklist add --move i-2` takes it off the whitelist",
                "i-3 is shutting-down",
                "i-4 is on both lists: `session_mirror_blacklist add --move i-4` takes it off the whitelist",
            ]
        );
    }

    #[test]
    fn an_instance_is_found_in_whichever_region_it_is() {
        let subject = subject(Mark::Blacklist);
        let mut far = view(scenario().instance("i-2"), &subject);
        far.scope.region = "us-east-1".into();
        let views = [view(scenario().instance("i-1"), &subject), far];
        let planned = check(&subject, &wishes(&["i-2", "i-1"], ADD), &views).unwrap();
        assert!(planned[0].changes.contains_key(&"i-1".into()));
        assert!(planned[1].changes.contains_key(&"i-2".into()));
        let problems = check(&subject, &wishes(&["i-9"], ADD), &views).unwrap_err();
        assert!(problems[0].to_string().ends_with("eu-west-1, us-east-1"), "{}", problems[0]);
    }

    #[test]
    fn what_is_written_makes_it_so() {
        let subject = subject(Mark::Whitelist);
        let account = scenario().enrollment("whitelist").instance("i-1").blacklisted();
        let views = [view(account, &subject)];
        let planned = check(&subject, &wishes(&["i-1"], MOVE), &views).unwrap();
        let after = &planned[0].changes[&"i-1".into()].after;
        assert!(after.is_on && !after.is_on_other && after.warnings.is_empty(), "{after:?}");
    }
}
