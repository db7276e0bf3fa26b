//! How much is mirrored: by VPC, and where everything is listed by subnet, zone and instance.

use std::collections::BTreeMap;
use std::fmt::Display;

use screen::layout::{GLUE, fill, name, widest};
use screen::words::printable;

use super::{Numbers, SHORTEST_NAME, TableOptions, heading, line};
use crate::model::{Audit, Coverage, PlaceAudit};
use crate::render::words::{in_vain, misses_instances, percent};

/// Adds the coverage of a scope.
pub(super) fn coverage(out: &mut String, audit: &Audit, options: &TableOptions) {
    heading(out, options, "Coverage, in interfaces");
    if audit.coverage.interfaces == 0 && audit.coverage.unknown == 0 {
        let unread = "  cannot tell: the instances could not be read";
        return line(out, if misses_instances(audit) { unread } else { "  no interfaces" });
    }
    let vpcs = audit.vpcs.iter().map(|vpc| (vpc.id.to_string(), None, &vpc.coverage));
    let all = ("all".to_owned(), None, &audit.coverage);
    rows(out, "VPC", vpcs.chain([all]), options);
    left_alone(out, &audit.coverage, options);
    if !options.verbose {
        return;
    }
    places(out, "Coverage by subnet", "subnet", &audit.subnets, options);
    places(out, "Coverage by zone", "zone", &audit.zones, options);
    places(out, "Coverage by instance", "instance", &audit.instances, options);
}

fn places<T: Display>(
    out: &mut String,
    title: &str,
    what: &str,
    places: &[PlaceAudit<T>],
    options: &TableOptions,
) {
    if places.is_empty() {
        return;
    }
    heading(out, options, title);
    let places = places
        .iter()
        .map(|place| (printable(&place.id.to_string()), place.name.as_deref(), &place.coverage));
    rows(out, what, places, options);
}

fn rows<'a>(
    out: &mut String,
    what: &str,
    rows: impl Iterator<Item = (String, Option<&'a str>, &'a Coverage)>,
    options: &TableOptions,
) {
    let rows: Vec<_> = rows.collect();
    let has_unknown = rows.iter().any(|(_, _, coverage)| coverage.unknown > 0);
    let ids = widest(rows.iter().map(|(id, ..)| id.as_str()));
    let mut titles = vec![what, "eligible", "ours", "others", "missing", "left", "covered"];
    if has_unknown {
        titles.push("unclear");
    }
    // Two spaces before the line and between the columns.
    let numbers = ids.max(what.len()) + titles[1..].iter().map(|t| 2 + t.len()).sum::<usize>() + 2;
    let has_room = |more: usize| options.width.is_none_or(|width| numbers + more <= width);
    let has_names = rows.iter().any(|(_, name, _)| name.is_some()) && has_room(2 + SHORTEST_NAME);
    if has_names {
        titles.push("");
    }
    let mut table = Numbers::new(1, titles);
    if !has_room(0) {
        table = table.narrow();
    }
    if has_names {
        table = table.words_at_the_end();
    }
    let in_vain: Vec<String> = rows
        .iter()
        .filter_map(|(id, _, coverage)| {
            let mirrored = coverage.ours + coverage.others;
            Some(format!("{id}: of {mirrored} mirrored {}", in_vain(coverage)?))
        })
        .collect();
    for (id, title, coverage) in rows {
        let Coverage {
            interfaces: _,
            eligible,
            ours,
            others,
            blocked: _,
            blind: _,
            left_alone,
            unknown,
        } = coverage;
        let left: usize = left_alone.values().sum();
        let counts = [*eligible, *ours, *others, coverage.missing(), left];
        let mut cells = vec![id];
        cells.extend(counts.map(|count| count.to_string()));
        cells.push(percent(coverage.percent()));
        if has_unknown {
            cells.push(unknown.to_string());
        }
        if has_names {
            cells.push(
                title.map_or_else(String::new, |t| name(Some(t), numbers + 2, options.width)),
            );
        }
        table.row(cells);
    }
    table.add_to(out);
    // Where there are more than anybody reads, the last row is that of all.
    let listed = options.listed(in_vain.len());
    for text in in_vain.iter().rev().take(listed).rev() {
        fill(out, options.width, 2, 6, text);
    }
}

/// Adds why interfaces are left alone, the most frequent reason first.
fn left_alone(out: &mut String, coverage: &Coverage, options: &TableOptions) {
    let counts: &BTreeMap<&str, usize> = &coverage.left_alone;
    if counts.is_empty() {
        return;
    }
    let mut counts: Vec<(&str, usize)> = counts.iter().map(|(code, n)| (*code, *n)).collect();
    counts.sort_by_key(|(code, count)| (std::cmp::Reverse(*count), *code));
    let words: Vec<String> = counts.iter().map(|(code, n)| format!("{n}{GLUE}{code}")).collect();
    fill(out, options.width, 2, 6, &format!("left alone: {}", words.join(", ")));
}
