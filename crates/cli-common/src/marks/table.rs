//! Instances as text for people: one row each where the window is wide enough, else a paragraph each.

use std::fmt::Write as _;

use tap_core::survey::MarkSurvey;

use super::view::{Subject, View};
use crate::layout::{align, fill, name, widest};
use crate::terminal::{FAINT, HEADING, WARNING, printable};

/// How far the rows of a list are indented.
const ROW: usize = 2;

/// How much further what belongs to a row is.
const UNDER: usize = 4;

/// Columns between two columns.
const GAP: usize = 2;

/// The columns that a name has at least; where less is left for it, rows become paragraphs.
const SHORTEST_NAME: usize = 8;

/// A list of one region. `most` says how many instances are shown, where not all of them.
pub(super) fn region(
    view: &View,
    subject: &Subject,
    width: Option<usize>,
    most: Option<usize>,
) -> String {
    let mut out = String::new();
    let Subject { list, name, keys, .. } = subject;
    let scope = &view.scope;
    let listed = view.listed(subject);
    let (on, near): (Vec<&MarkSurvey>, Vec<&MarkSurvey>) =
        listed.into_iter().partition(|survey| survey.is_on);
    let title = format!(
        "On the {list} in account {}, region {}: {}",
        scope.account,
        scope.region,
        counted(on.len())
    );
    heading(&mut out, &title, width);
    let shown = most.unwrap_or(on.len()).min(on.len());
    instances(&mut out, &on[..shown], ROW, width);
    if on.len() > shown {
        let more = on.len() - shown;
        fill(&mut out, width, ROW, ROW, &format!("and {more} more: `{name} list` shows all"));
    }
    if !near.is_empty() {
        let title = format!(
            "Not on the {list}, though the tag {} looks so: {}",
            list.key(keys),
            counted(near.len())
        );
        heading(&mut out, &title, width);
        instances(&mut out, &near, ROW, width);
    }
    out
}

/// How many instances, in words.
pub(super) fn counted(n: usize) -> String {
    match n {
        0 => "no instance".to_owned(),
        1 => "1 instance".to_owned(),
        n => format!("{n} instances"),
    }
}

/// A heading.
pub(super) fn heading(out: &mut String, text: &str, width: Option<usize>) {
    let mut filled = String::new();
    fill(&mut filled, width, 0, 4, text);
    let filled = filled.trim_end();
    writeln!(out, "{HEADING}{filled}{HEADING:#}").expect("a string takes any text");
}

/// Instances with id, name, VPCs and state, each with its warnings below, all of it indented.
pub(super) fn instances(
    out: &mut String,
    surveys: &[&MarkSurvey],
    indent: usize,
    width: Option<usize>,
) {
    let ids = widest(surveys.iter().map(|survey| survey.id.as_str()));
    let vpcs = widest(surveys.iter().flat_map(|s| s.vpcs.keys().map(|vpc| vpc.as_str())));
    let states = widest(surveys.iter().map(|survey| survey.state.as_str()));
    let others = indent + ids + vpcs + states + 3 * GAP;
    if width.is_some_and(|width| others + SHORTEST_NAME > width) {
        surveys.iter().for_each(|survey| paragraph(out, survey, indent, width));
        return;
    }
    // An instance has a row for each of its VPCs: first all cells, so that all of them are aligned.
    let mut cells: Vec<[String; 4]> = Vec::new();
    for survey in surveys {
        let name = name(survey.name.as_deref(), others, width);
        let mut vpcs = survey.vpcs.keys().map(ToString::to_string);
        let first = vpcs.next().unwrap_or_else(|| "-".to_owned());
        cells.push([survey.id.to_string(), name, first, survey.state.as_str().to_owned()]);
        cells.extend(vpcs.map(|vpc| [String::new(), String::new(), vpc, String::new()]));
    }
    let mut rows = align(&cells).into_iter();
    for survey in surveys {
        for row in rows.by_ref().take(survey.vpcs.len().max(1)) {
            writeln!(out, "{:indent$}{row}", "").expect("a string takes any text");
        }
        warnings(out, survey, indent + UNDER, width);
    }
}

fn paragraph(out: &mut String, survey: &MarkSurvey, indent: usize, width: Option<usize>) {
    let under = indent + UNDER;
    let title = match survey.name.as_deref() {
        Some(word) => format!("{}  {}", survey.id, name(Some(word), under, width)),
        None => survey.id.to_string(),
    };
    fill(out, width, indent, under, &title);
    let vpcs: Vec<&str> = survey.vpcs.keys().map(|vpc| vpc.as_str()).collect();
    let vpcs = if vpcs.is_empty() { "no VPC".to_owned() } else { vpcs.join(", ") };
    let line = format!("{FAINT}{vpcs}, {}{FAINT:#}", survey.state.as_str());
    fill(out, width, under, under, &line);
    warnings(out, survey, under, width);
}

fn warnings(out: &mut String, survey: &MarkSurvey, indent: usize, width: Option<usize>) {
    for warning in &survey.warnings {
        let text = printable(&warning.to_string());
        fill(out, width, indent, indent, &format!("{WARNING}warning:{WARNING:#} {text}"));
    }
}

#[cfg(test)]
mod tests {
    use console::{measure_text_width, strip_ansi_codes};
    use tap_core::policy::mark::Mark;
    use tap_core::testing::{Scenario, scenario};

    use super::super::testing::{subject, view};
    use super::*;

    fn account() -> Scenario {
        scenario()
            .instance("i-0123456789abcdef0")
            .named("web\u{1b}[31m-frontend-of-the-shop-in-the-old-building")
            .blacklisted()
            .vpc("vpc-b")
            .not_enabled()
            .eni("eni-2")
            .instance("i-2")
            .blacklisted()
            .instance("i-3")
            .instance_tag("Vectra:session_mirroring_blacklist", "true")
            .instance("i-4")
    }

    fn lines(width: Option<usize>, most: Option<usize>) -> Vec<String> {
        let subject = subject(Mark::Blacklist);
        let text = region(&view(account(), &subject), &subject, width, most);
        strip_ansi_codes(&text).lines().map(str::to_owned).collect()
    }

    #[test]
    fn rows_with_a_line_for_each_vpc() {
        assert_eq!(
            lines(None, None),
            [
                "On the blacklist in account 111122223333, region eu-west-1: 2 instances",
                "  i-0123456789abcdef0  web [31m-frontend-of-the-shop-in-the-old-building  vpc-a  running",
                "                                                                          vpc-b",
                "  i-2                  -                                                  vpc-b  running",
                "      warning: the blacklist has no effect on it yet: vpc-b is not enabled",
                "Not on the blacklist, though the tag Vectra:session_mirroring_blacklist looks so: 1 instance",
                "  i-3  -  vpc-b  running",
                "      warning: tag Vectra:session_mirroring_blacklist is `true`, which does not count: only `True` does",
            ]
        );
    }

    #[test]
    fn nothing_is_wider_than_the_window() {
        for width in [80, 60, 44, 40] {
            for line in lines(Some(width), None) {
                assert!(measure_text_width(&line) <= width, "{width}: {line}");
            }
        }
        let narrow = lines(Some(40), None);
        assert!(narrow.contains(&"      vpc-a, vpc-b, running".to_owned()), "{narrow:?}");
    }

    #[test]
    fn a_long_list_is_cut_where_it_is_to_be() {
        let cut = lines(None, Some(1));
        assert!(
            cut.contains(&"  and 1 more: `session_mirror_blacklist list` shows all".to_owned()),
            "{cut:?}"
        );
        assert!(!cut.iter().any(|line| line.starts_with("  i-2")), "{cut:?}");
    }

    #[test]
    fn an_empty_list_says_so() {
        let subject = subject(Mark::Whitelist);
        let text = region(&view(scenario(), &subject), &subject, None, None);
        assert!(text.contains("no instance"), "{text}");
    }
}
