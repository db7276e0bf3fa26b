//! Coverage as pictures: one bar per place, its parts told apart by pattern as well as by colour, with the numbers beside it and
//! as its text.

use std::cmp::Reverse;
use std::fmt::Write as _;

use tap_core::ids::InstanceId;

use crate::model::{Audit, Coverage, PlaceAudit};
use crate::render::words::{self, percent, plural};

/// The sum of two coverages.
pub(super) fn sum(mut sum: Coverage, more: &Coverage) -> Coverage {
    let Coverage { interfaces, eligible, ours, others, blocked, blind, left_alone, unknown } = more;
    sum.interfaces += interfaces;
    sum.eligible += eligible;
    sum.ours += ours;
    sum.others += others;
    sum.blocked += blocked;
    sum.blind += blind;
    sum.unknown += unknown;
    for (code, count) in left_alone {
        *sum.left_alone.entry(code).or_default() += count;
    }
    sum
}

/// One bar.
pub(super) struct Bars {
    percent: String,
    watched: usize,
    eligible: usize,
    /// What of the mirrored is mirrored in vain.
    pub(super) in_vain: Option<String>,
    /// How many interfaces each part stands for, with its class and its word.
    parts: [(usize, &'static str, &'static str); 5],
    /// Whether there may be interfaces that nobody saw.
    misses: bool,
}

impl Bars {
    /// The bar of a coverage.
    pub(super) fn of(coverage: &Coverage) -> Self {
        let left = coverage.left_alone.values().sum();
        Self {
            percent: percent(coverage.percent()),
            watched: coverage.ours + coverage.others,
            eligible: coverage.eligible,
            in_vain: words::in_vain(coverage),
            parts: [
                (coverage.ours, "ours", "by us"),
                (coverage.others, "others", "by others"),
                (coverage.missing(), "missing", "missing"),
                (left, "left", "left alone"),
                (coverage.unknown, "unknown", "unclear"),
            ],
            misses: false,
        }
    }

    /// The same, where there may be interfaces that nobody saw.
    pub(super) fn with_misses(self, misses: bool) -> Self {
        Self { misses, ..self }
    }

    /// `5 of 7, 71 %`.
    pub(super) fn short(&self) -> String {
        match (self.eligible, self.unknown()) {
            (0, 0) => "none eligible".to_owned(),
            (eligible, 0) => format!("{} of {eligible}, {}", self.watched, self.percent),
            (0, unknown) => format!("{unknown} unclear"),
            (eligible, unknown) => format!("{} of {eligible}, {unknown} unclear", self.watched),
        }
    }

    /// As few words as it can be said in.
    pub(super) fn large(&self) -> String {
        match (self.eligible, self.unknown()) {
            (0, 0) if self.misses => "cannot tell".to_owned(),
            (0, 0) => "nothing eligible".to_owned(),
            (_, 0) if !self.misses => self.percent.clone(),
            (eligible, _) => format!("{} of {eligible}+", self.watched),
        }
    }

    fn unknown(&self) -> usize {
        self.parts[4].0
    }

    /// All numbers in words.
    pub(super) fn sentence(&self) -> String {
        let words: Vec<String> = self
            .parts
            .iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, _, word)| format!("{count} {word}"))
            .collect();
        let all: usize = self.parts.iter().map(|(count, ..)| count).sum();
        let in_vain = self.in_vain.as_ref().map(|words| format!("; of the mirrored {words}"));
        let in_vain = in_vain.unwrap_or_default();
        let misses = if self.misses { "; not all instances could be read" } else { "" };
        match all {
            0 if self.misses => "the instances could not be read".to_owned(),
            0 => "no interfaces".to_owned(),
            1 => format!("1 interface: {}{in_vain}{misses}", words.join(", ")),
            all => format!("{all} interfaces: {}{in_vain}{misses}", words.join(", ")),
        }
    }

    /// The picture. It is made of numbers and of words of ours alone.
    pub(super) fn svg(&self) -> String {
        let mut svg = format!(r#"<svg role="img" aria-label="{}">"#, self.sentence());
        let all: usize = self.parts.iter().map(|(count, ..)| count).sum();
        let mut before = 0;
        for (count, class, _) in self.parts {
            if count > 0 {
                let (x, width) = (share(before, all), share(count, all));
                write!(svg, r#"<rect class="{class}" x="{x}%" width="{width}%" height="100%"/>"#)
                    .expect("a string takes any text");
            }
            before += count;
        }
        svg.push_str("</svg>");
        svg
    }
}

/// A share in per cent, to the hundredth.
#[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 interfaces")]
fn share(count: usize, all: usize) -> f64 {
    (count as f64 * 10_000.0 / all.max(1) as f64).round() / 100.0
}

/// Bars of one kind of place.
pub(super) struct Picture {
    pub(super) title: String,
    pub(super) bars: Vec<Bar>,
    /// How many places are not listed.
    pub(super) rest: usize,
    /// Why interfaces are left alone, where the picture is of everything.
    pub(super) left_alone: Option<String>,
}

/// One place.
pub(super) struct Bar {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) coverage: Bars,
}

/// The pictures of a scope: by VPC, subnet and zone.
pub(super) fn pictures(audit: &Audit, several: bool) -> Vec<Picture> {
    let place = if several { format!(", {}", audit.scope.region) } else { String::new() };
    let vpcs = audit.vpcs.iter().map(|vpc| Bar {
        id: vpc.id.to_string(),
        name: vpc.name.as_deref().map(super::shown),
        coverage: Bars::of(&vpc.coverage),
    });
    let mut left: Vec<(&str, usize)> =
        audit.coverage.left_alone.iter().map(|(code, count)| (*code, *count)).collect();
    left.sort_by_key(|(code, count)| (Reverse(*count), *code));
    let left: Vec<String> = left.iter().map(|(code, count)| format!("{count} {code}")).collect();
    let mut pictures = vec![Picture {
        title: format!("By VPC{place}"),
        bars: vpcs.collect(),
        rest: 0,
        left_alone: (!left.is_empty()).then(|| left.join(", ")),
    }];
    for (title, bars) in [
        ("By subnet", bars(&audit.subnets, |id| id.to_string())),
        ("By zone", bars(&audit.zones, Clone::clone)),
    ] {
        if !bars.is_empty() {
            let title = format!("{title}{place}");
            pictures.push(Picture { title, bars, rest: 0, left_alone: None });
        }
    }
    pictures
}

/// How many instances are listed: a page is to stay a page.
const LISTED: usize = 200;

/// The picture by instance, those that lack most first; none where there are no instances.
pub(super) fn instances(audit: &Audit, several: bool) -> Option<Picture> {
    let mut places: Vec<&PlaceAudit<InstanceId>> = audit.instances.iter().collect();
    if places.is_empty() {
        return None;
    }
    places.sort_by_key(|place| (Reverse(place.coverage.missing()), &place.id));
    let count = plural(places.len(), "instance", "instances");
    let place = if several { format!(", {}", audit.scope.region) } else { String::new() };
    Some(Picture {
        title: format!("By instance{place}: {count}"),
        rest: places.len().saturating_sub(LISTED),
        bars: places.into_iter().take(LISTED).map(|p| bar(p, p.id.to_string())).collect(),
        left_alone: None,
    })
}

fn bars<T>(places: &[PlaceAudit<T>], id: impl Fn(&T) -> String) -> Vec<Bar> {
    places.iter().map(|place| bar(place, id(&place.id))).collect()
}

fn bar<T>(place: &PlaceAudit<T>, id: String) -> Bar {
    let name = place.name.as_deref().map(super::shown);
    Bar { id, name, coverage: Bars::of(&place.coverage) }
}
