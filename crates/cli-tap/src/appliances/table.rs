//! Appliances as text for people: a row each where the window is wide enough, else a paragraph each.

use std::fmt::Write as _;

use cli_common::layout::{align, fill};
use cli_common::terminal::{FAINT, HEADING, printable};
use tap_core::inventory::Scope;
use tap_core::prune::Pruned;
use tap_core::survey::{ApplianceSurvey, Standing};

use super::run::Ended;

/// What the columns hold.
const HEADS: [&str; 8] =
    ["rule", "subnet", "instance", "type", "state", "age", "target", "sources"];

/// What `list` prints of a region.
pub(super) fn listed(scope: &Scope, all: &[ApplianceSurvey], width: Option<usize>) -> String {
    let mut out = String::new();
    heading(&mut out, &format!("{}: {}", place("Appliances", scope), counted(all.len())), width);
    rows(&mut out, all, width, |survey| match survey.standing {
        // The numbers say it.
        Standing::Used => None,
        Standing::Idle => Some(format!("{}: prune removes it", survey.standing)),
        Standing::New | Standing::Named { .. } | Standing::ForeignTarget { .. } => {
            Some(format!("{}: prune keeps it", survey.standing))
        }
    });
    out
}

/// What would be removed in a region.
pub(super) fn plan(scope: &Scope, idle: &[ApplianceSurvey], width: Option<usize>) -> String {
    let mut out = String::new();
    heading(&mut out, &format!("{}: {}", place("To remove", scope), counted(idle.len())), width);
    rows(&mut out, idle, width, |_| None);
    out
}

/// What became of the appliances of a region.
pub(super) fn ended(Ended { scope, appliances }: &Ended, width: Option<usize>) -> String {
    let mut out = String::new();
    let gone = appliances.iter().filter(|(_, became)| *became == Pruned::Done).count();
    heading(&mut out, &format!("{}: {}", place("Removed", scope), counted(gone)), width);
    for (survey, became) in appliances {
        let name = named(survey);
        let line = match became {
            Pruned::Done => continue,
            Pruned::InUse { target } => {
                format!("{name}: kept, because {target} is in use by now")
            }
            Pruned::NotTried => format!("{name}: not tried, because the program was stopped"),
            Pruned::Failed { is_half_done: false, .. } => format!("{name}: still there"),
            Pruned::Failed { is_half_done: true, .. } => {
                format!("{name}: its target is gone, the instance is still there")
            }
        };
        fill(&mut out, width, 2, 4, &line);
    }
    out
}

fn place(what: &str, scope: &Scope) -> String {
    format!("{what} in account {}, region {}", scope.account, scope.region)
}

fn counted(n: usize) -> String {
    match n {
        0 => "no appliance".to_owned(),
        1 => "1 appliance".to_owned(),
        n => format!("{n} appliances"),
    }
}

/// An appliance in a few words.
fn named(survey: &ApplianceSurvey) -> String {
    let instance = survey.instance.as_ref().map(|instance| instance.id.to_string());
    instance.unwrap_or_else(|| targets(survey))
}

fn targets(survey: &ApplianceSurvey) -> String {
    let ids: Vec<&str> = survey.targets.iter().map(|id| id.as_str()).collect();
    if ids.is_empty() { "-".to_owned() } else { ids.join(" ") }
}

fn cells(survey: &ApplianceSurvey) -> [String; 8] {
    let none = || "-".to_owned();
    let instance = survey.instance.as_ref();
    let age = instance.and_then(|instance| instance.age);
    let limit = survey.limit.map(|limit| format!(" of {limit}")).unwrap_or_default();
    [
        printable(&survey.rule),
        survey.subnet.as_ref().map_or_else(none, |id| printable(id.as_str())),
        instance.map_or_else(none, |instance| instance.id.to_string()),
        instance.map_or_else(none, |instance| instance.instance_type.to_string()),
        instance.map_or_else(|| "gone".to_owned(), |i| i.state.as_str().to_owned()),
        age.map_or_else(none, self::age),
        targets(survey),
        format!("{}{limit}", survey.sources),
    ]
}

/// A time as people say it.
fn age(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

fn heading(out: &mut String, text: &str, width: Option<usize>) {
    let mut filled = String::new();
    fill(&mut filled, width, 0, 4, text);
    let filled = filled.trim_end();
    writeln!(out, "{HEADING}{filled}{HEADING:#}").expect("a string takes any text");
}

/// The appliances, each with what `note` says of it below.
fn rows(
    out: &mut String,
    all: &[ApplianceSurvey],
    width: Option<usize>,
    note: impl Fn(&ApplianceSurvey) -> Option<String>,
) {
    if all.is_empty() {
        return;
    }
    let mut table = vec![HEADS.map(str::to_owned)];
    table.extend(all.iter().map(cells));
    let lines = align(&table);
    let widest = lines.iter().map(|line| console_width(line)).max().unwrap_or_default();
    let is_wide = width.is_none_or(|width| widest + 2 <= width);
    let mut lines = lines.into_iter();
    if let Some(heads) = lines.next().filter(|_| is_wide) {
        writeln!(out, "  {FAINT}{heads}{FAINT:#}").expect("a string takes any text");
    }
    for (survey, line) in all.iter().zip(lines) {
        if is_wide {
            writeln!(out, "  {line}").expect("a string takes any text");
        } else {
            let parts = HEADS.iter().zip(cells(survey));
            let parts: Vec<String> = parts.map(|(head, cell)| format!("{head} {cell}")).collect();
            fill(out, width, 2, 4, &parts.join(", "));
        }
        if let Some(note) = note(survey) {
            fill(out, width, 4, 6, &note);
        }
    }
}

/// The columns of a line of plain text.
fn console_width(line: &str) -> usize {
    cli_common::layout::widest(std::iter::once(line))
}

#[cfg(test)]
mod tests {
    use tap_core::error::CloudError;
    use tap_core::inventory::{InstanceState, Scope};
    use tap_core::survey::ApplianceInstance;

    use super::*;

    fn scope() -> Scope {
        Scope { account: "111122223333".into(), region: "us-east-1".into() }
    }

    fn survey(standing: Standing) -> ApplianceSurvey {
        ApplianceSurvey {
            rule: "vpc-1".to_owned(),
            subnet: Some("subnet-1".into()),
            instance: Some(ApplianceInstance {
                id: "i-1".into(),
                instance_type: "t3.micro".into(),
                state: InstanceState::Running,
                age: Some(7200),
                enis: Vec::new(),
            }),
            targets: ["tmt-1".into()].into(),
            sources: 0,
            limit: Some(10),
            standing,
        }
    }

    fn lone() -> ApplianceSurvey {
        ApplianceSurvey { instance: None, limit: None, ..survey(Standing::Idle) }
    }

    #[test]
    fn a_list_has_a_row_each_and_says_what_prune_does() {
        let used = ApplianceSurvey { sources: 3, ..survey(Standing::Used) };
        let named = survey(Standing::Named { vpc: "vpc-9".into() });
        let text = listed(&scope(), &[used, named, lone()], None);
        assert_eq!(
            anstream::adapter::strip_str(&text).to_string(),
            "Appliances in account 111122223333, region us-east-1: 3 appliances\n  \
               rule   subnet    instance  type      state    age  target  sources\n  \
               vpc-1  subnet-1  i-1       t3.micro  running  2h   tmt-1   3 of 10\n  \
               vpc-1  subnet-1  i-1       t3.micro  running  2h   tmt-1   0 of 10\n    \
                 a tag of vpc-9 names its target: prune keeps it\n  \
               vpc-1  subnet-1  -         -         gone     -    tmt-1   0\n    \
                 nothing is mirrored to it: prune removes it\n"
        );
    }

    #[test]
    fn a_narrow_window_breaks_between_words() {
        let text = plan(&scope(), &[survey(Standing::Idle)], Some(40));
        let text = anstream::adapter::strip_str(&text).to_string();
        assert!(text.lines().all(|line| line.len() <= 40), "{text}");
        assert!(text.contains("instance\n    i-1,"), "{text}");
    }

    #[test]
    fn the_end_names_what_is_still_there() {
        let error = || CloudError::bad_answer(tap_core::call::Call::TerminateInstances, "no");
        let failed = |is_half_done| Pruned::Failed { error: error(), is_half_done };
        let region = Ended {
            scope: scope(),
            appliances: vec![
                (survey(Standing::Idle), Pruned::Done),
                (survey(Standing::Idle), Pruned::InUse { target: "tmt-1".into() }),
                (survey(Standing::Idle), failed(true)),
                (lone(), failed(false)),
            ],
        };
        assert_eq!(
            anstream::adapter::strip_str(&ended(&region, None)).to_string(),
            "Removed in account 111122223333, region us-east-1: 1 appliance\n  \
               i-1: kept, because tmt-1 is in use by now\n  \
               i-1: its target is gone, the instance is still there\n  \
               tmt-1: still there\n"
        );
    }

    #[test]
    fn ages_are_rough() {
        for (seconds, said) in [(5, "5s"), (90, "1m"), (7200, "2h"), (200_000, "2d")] {
            assert_eq!(age(seconds), said);
        }
    }
}
