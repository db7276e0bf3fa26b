//! An audit as one HTML file for people without a terminal: it loads nothing from anywhere, reads in light and dark, on a narrow
//! screen, on paper and by keyboard, and is complete without its script, which only filters.
//!
//! Escaping is the template engine's; a policy in the page has the browser run that one script and no other, should a name
//! ever find a way past it.

mod bars;
mod code;
mod groups;
mod rows;

use askama::Template;
use screen::words::printable;
use tap_core::call::Call;

use self::bars::{Bars, Picture};
use self::groups::Group;
use self::rows::{
    CostRow, Failure, InterfaceRow, Money, QuotaRow, RegionRow, SessionRow, TargetRow, Unclear,
    VpcRow,
};
use super::group::Counts;
use super::words::{misses_instances, plural};
use crate::model::{Audit, Coverage, RULE_RISK, Watched, Whose};
use crate::report::{RegionReport, Report};
use crate::severity::Severity;

const STYLE: &str = include_str!("../../../templates/report.css");
const SCRIPT: &str = include_str!("../../../templates/report.js");

/// What the page's policy allows: these two texts, by their SHA-256. `tests/audit` says what they are after a change.
const STYLE_HASH: &str = "sha256-cwaTOOYOv/x9QNdtxpGXGsDa2NiHjJjcqRuXqeblKgg=";
const SCRIPT_HASH: &str = "sha256-JY+GzgSxeVJ7SagZBWPaJKAQUKfuhKu103EpD2fC+7Q=";

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    report: &'a Report,
    style: &'static str,
    script: &'static str,
    style_hash: &'static str,
    script_hash: &'static str,
    /// The day of the report, for its title.
    day: String,
    /// Whether there are several regions, so that each thing says where it is.
    several: bool,
    regions_in_words: String,
    /// Whether any region could be read: of what nobody saw there is nothing to say.
    read: bool,
    verdict: String,
    counts: Counts,
    coverage: Bars,
    cost: Money,
    open_questions: usize,
    /// How much could not be read, in words; none where all could.
    unread: Option<String>,
    failures: Vec<Failure>,
    regions: Vec<RegionRow<'a>>,
    groups: Vec<Group<'a>>,
    muted: Vec<Group<'a>>,
    vpcs: Vec<VpcRow<'a>>,
    pictures: Vec<Picture>,
    /// The same by instance: many, and so at first not shown.
    instances: Vec<Picture>,
    interfaces: Vec<InterfaceRow<'a>>,
    /// The regions whose VPCs could not be read.
    vpcs_unread: Vec<&'a str>,
    sessions: Vec<SessionRow<'a>>,
    targets: Vec<TargetRow<'a>>,
    costs: Vec<CostRow<'a>>,
    quotas: Vec<QuotaRow<'a>>,
    unclear: Vec<Unclear<'a>>,
}

/// The whole file.
///
/// # Errors
/// What the template engine says; it writes to memory.
pub fn html(report: &Report) -> Result<String, askama::Error> {
    page(report).render()
}

fn page(report: &Report) -> Page<'_> {
    let audits: Vec<&Audit> = report.audits().collect();
    let counts = Counts::of(audits.iter().copied());
    let coverage = audits.iter().fold(Coverage::default(), |sum, a| bars::sum(sum, &a.coverage));
    let misses = audits.iter().any(|audit| misses_instances(audit));
    let several = report.regions.len() > 1;
    let interfaces: Vec<InterfaceRow<'_>> =
        audits.iter().flat_map(|a| rows::interfaces(a)).collect();
    Page {
        report,
        style: STYLE,
        script: SCRIPT,
        style_hash: STYLE_HASH,
        script_hash: SCRIPT_HASH,
        day: report.at.to_string().chars().take(10).collect(),
        several,
        regions_in_words: regions_in_words(report),
        read: !audits.is_empty(),
        verdict: verdict(report, counts, &coverage),
        counts,
        coverage: Bars::of(&coverage).with_misses(misses),
        cost: Money::of_all(&audits),
        open_questions: audits.iter().map(|audit| audit.unknowns.len()).sum(),
        unread: unread(&audits),
        failures: rows::failures(report),
        regions: rows::regions(report),
        groups: groups::groups(&audits, &interfaces, false),
        muted: groups::groups(&audits, &interfaces, true),
        vpcs: rows::vpcs(&audits),
        pictures: audits.iter().flat_map(|audit| bars::pictures(audit, several)).collect(),
        instances: audits.iter().filter_map(|audit| bars::instances(audit, several)).collect(),
        vpcs_unread: audits
            .iter()
            .filter(|audit| audit.unread.contains_key(&Call::DescribeVpcs))
            .map(|audit| audit.scope.region.as_str())
            .collect(),
        sessions: rows::sessions(&audits),
        targets: audits.iter().flat_map(|audit| rows::targets(audit)).collect(),
        costs: audits.iter().flat_map(|audit| rows::costs(audit)).collect(),
        quotas: audits.iter().flat_map(|audit| rows::quotas(audit)).collect(),
        unclear: audits.iter().filter_map(|audit| rows::unclear(audit)).collect(),
        interfaces,
    }
}

fn regions_in_words(report: &Report) -> String {
    match report.regions.as_slice() {
        [RegionReport::Audited(audit)] => format!("region {}", audit.scope.region),
        [RegionReport::Failed { region, .. }] => format!("region {region}"),
        regions => plural(regions.len(), "region", "regions"),
    }
}

fn unread(audits: &[&Audit]) -> Option<String> {
    let count = audits.iter().map(|audit| audit.unread.len()).sum();
    (count > 0).then(|| plural(count, "kind of thing", "kinds of things"))
}

/// The most important first: what somebody reads who reads one sentence.
fn verdict(report: &Report, counts: Counts, coverage: &Coverage) -> String {
    if report.audits().next().is_none() {
        return "No region was read.".to_owned();
    }
    let found = match counts {
        Counts { high: 1.., .. } => {
            plural(counts.high, "finding of high severity", "findings of high severity")
        }
        _ if counts.all() > 0 => {
            let lesser = plural(counts.all(), "finding", "findings");
            format!("{lesser}, none of high severity")
        }
        _ => "No findings".to_owned(),
    };
    let foreign = report.audits().flat_map(|audit| &audit.sessions);
    let foreign = foreign.filter(|session| session.whose == Whose::Foreign).count();
    let failing = report.audits().flat_map(|audit| &audit.vpcs);
    let failing = failing.filter(|vpc| vpc.rule == crate::model::RuleResult::Fail).count();
    let mut sentences = vec![found];
    if coverage.missing() > 0 {
        sentences.push(format!(
            "{} that could be mirrored and {}",
            plural(coverage.missing(), "interface", "interfaces"),
            if coverage.missing() == 1 { "is not" } else { "are not" },
        ));
    }
    if coverage.blocked > 0 {
        let blocked = plural(coverage.blocked, "mirrored interface", "mirrored interfaces");
        sentences.push(format!("{blocked} of which packets do not arrive"));
    }
    if failing > 0 {
        sentences.push(format!("{} without any mirroring", plural(failing, "VPC", "VPCs")));
    }
    if foreign > 0 {
        sentences.push(plural(foreign, "foreign session", "foreign sessions"));
    }
    if report.audits().any(misses_instances) {
        sentences.push("not all instances could be read".to_owned());
    }
    let failed = report.regions.len() - report.audits().count();
    if failed > 0 {
        let regions = plural(failed, "region", "regions");
        sentences.push(format!("{regions} could not be looked at"));
    }
    format!("{}.", sentences.join("; "))
}

/// Other people's words, as the page shows them.
fn shown(text: &str) -> String {
    printable(text)
}
