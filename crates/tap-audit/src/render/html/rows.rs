//! What stands in the page's tables and lists, as plain text: the template only puts it in its place.

use super::bars::Bars;
use super::groups::{LISTED, ids};
use super::shown;
use crate::model::{
    Arrival, Audit, Cost, Quota, RuleResult, SessionAudit, TargetAudit, Watched, Whose,
};
use crate::render::group::{Counts, by_id, of_interface, questions, remedy};
use crate::render::words::{self, percent, plural, usd};
use crate::report::{RegionReport, Report};

/// A region that could not be looked at.
pub(super) struct Failure {
    pub(super) region: String,
    pub(super) error: String,
    pub(super) remedy: String,
}

pub(super) fn failures(report: &Report) -> Vec<Failure> {
    let failed = report.regions.iter().filter_map(|region| match region {
        RegionReport::Failed { region, error, kind: _, remedy } => {
            Some(Failure { region: region.to_string(), error: shown(error), remedy: shown(remedy) })
        }
        RegionReport::Audited(_) => None,
    });
    failed.collect()
}

/// What sessions cost, in words.
pub(super) struct Money {
    pub(super) sessions: String,
    pub(super) count: String,
    pub(super) month: String,
    /// Whether some see nothing.
    pub(super) in_vain: bool,
    pub(super) wasted: String,
    pub(super) wasted_month: String,
}

impl Money {
    fn of(cost: Option<&Cost>) -> Self {
        Self::sum(cost.as_slice(), cost.is_some())
    }

    /// The sum. Regions may have prices of their own.
    pub(super) fn of_all(audits: &[&Audit]) -> Self {
        let known: Vec<&Cost> = audits.iter().filter_map(|audit| audit.cost.as_ref()).collect();
        Self::sum(&known, known.len() == audits.len())
    }

    fn sum(known: &[&Cost], all: bool) -> Self {
        if known.is_empty() && !all {
            let dash = || "-".to_owned();
            let sessions = "How many sessions there are cannot be told".to_owned();
            let (count, month, wasted, wasted_month) = (dash(), dash(), dash(), dash());
            return Self { sessions, count, month, in_vain: false, wasted, wasted_month };
        }
        let (before, behind) = if all { ("", "") } else { ("at least ", "+") };
        let count = known.iter().map(|cost| cost.sessions).sum();
        let wasted: usize = known.iter().map(|cost| cost.wasted).sum();
        let month = words::sum(known.iter().map(|cost| cost.per_month()));
        let wasted_month = words::sum(known.iter().map(|cost| cost.wasted_per_month()));
        Self {
            sessions: format!("{before}{}", plural(count, "session", "sessions")),
            count: format!("{count}{behind}"),
            month: format!("{}{behind}", usd(month)),
            in_vain: wasted > 0,
            wasted: format!("{wasted}{behind}"),
            wasted_month: format!("{}{behind}", usd(wasted_month)),
        }
    }
}

/// A region among several.
pub(super) struct RegionRow<'a> {
    pub(super) name: &'a str,
    pub(super) row: Option<RegionNumbers>,
}

/// Its numbers.
pub(super) struct RegionNumbers {
    pub(super) counts: Counts,
    pub(super) coverage: Bars,
    pub(super) cost: Money,
}

pub(super) fn regions(report: &Report) -> Vec<RegionRow<'_>> {
    report.regions.iter().map(region).collect()
}

fn region(region: &RegionReport) -> RegionRow<'_> {
    match region {
        RegionReport::Audited(audit) => RegionRow {
            name: audit.scope.region.as_str(),
            row: Some(RegionNumbers {
                counts: Counts::of([audit]),
                coverage: Bars::of(&audit.coverage),
                cost: Money::of(audit.cost.as_ref()),
            }),
        },
        RegionReport::Failed { region, .. } => RegionRow { name: region.as_str(), row: None },
    }
}

/// A VPC and the rule's answer.
pub(super) struct VpcRow<'a> {
    pub(super) region: &'a str,
    pub(super) id: &'a str,
    pub(super) name: Option<String>,
    pub(super) answer: &'static str,
    pub(super) class: &'static str,
    pub(super) policy: String,
    pub(super) coverage: Bars,
    order: usize,
}

/// All VPCs, the worst first.
pub(super) fn vpcs<'a>(audits: &[&'a Audit]) -> Vec<VpcRow<'a>> {
    let rows = audits.iter().flat_map(|audit| {
        audit.vpcs.iter().map(|vpc| {
            let (order, class) = match vpc.rule {
                RuleResult::Fail => (0, "bad"),
                RuleResult::CannotTell => (1, "open"),
                RuleResult::Pass => (2, "good"),
                RuleResult::NotApplicable => (3, "dim"),
            };
            VpcRow {
                region: audit.scope.region.as_str(),
                id: vpc.id.as_str(),
                name: vpc.name.as_deref().map(shown),
                answer: vpc.rule.as_str(),
                class,
                policy: shown(&vpc.policy),
                coverage: Bars::of(&vpc.coverage),
                order,
            }
        })
    });
    let mut rows: Vec<VpcRow<'a>> = rows.collect();
    rows.sort_by_key(|row| row.order);
    rows
}

/// One interface.
pub(super) struct InterfaceRow<'a> {
    pub(super) region: &'a str,
    pub(super) eni: &'a str,
    pub(super) instance: &'a str,
    pub(super) name: Option<String>,
    pub(super) vpc: &'a str,
    pub(super) subnet: &'a str,
    pub(super) zone: Option<&'a str>,
    pub(super) watched: &'static str,
    pub(super) watched_class: &'static str,
    pub(super) reason: Option<&'static str>,
    pub(super) because: String,
    /// A dash where no session mirrors it, or nothing is sent.
    pub(super) arrival: &'static str,
    pub(super) arrival_class: &'static str,
    pub(super) detail: String,
    pub(super) findings: Vec<&'static str>,
}

pub(super) fn interfaces(audit: &Audit) -> Vec<InterfaceRow<'_>> {
    let codes = by_id(audit);
    let rows = audit.interfaces.iter().map(|interface| InterfaceRow {
        region: audit.scope.region.as_str(),
        eni: interface.eni.as_str(),
        instance: interface.instance.as_str(),
        name: interface.name.as_deref().map(shown),
        vpc: interface.vpc.as_str(),
        subnet: interface.subnet.as_str(),
        zone: interface.zone.as_deref(),
        watched: interface.watched.as_str(),
        watched_class: match interface.watched {
            Watched::Ours => "good",
            Watched::Others => "low",
            Watched::Missing => "bad",
            Watched::LeftAlone => "dim",
            Watched::CannotTell => "open",
        },
        reason: interface.reason,
        because: shown(&interface.because),
        arrival: interface.arrival.as_ref().map_or("-", Arrival::as_str),
        arrival_class: interface.arrival.as_ref().map_or("", arrival_class),
        detail: interface.arrival.as_ref().map(detail).unwrap_or_default(),
        findings: of_interface(interface, &codes),
    });
    rows.collect()
}

fn arrival_class(arrival: &Arrival) -> &'static str {
    match arrival {
        Arrival::Arrives => "good",
        Arrival::Blocked(_) => "bad",
        Arrival::CannotTell(_) => "open",
    }
}

fn detail(arrival: &Arrival) -> String {
    match arrival {
        Arrival::Arrives => String::new(),
        Arrival::Blocked(codes) => codes.join(", "),
        Arrival::CannotTell(what) => shown(&what.join("; ")),
    }
}

/// One session.
pub(super) struct SessionRow<'a> {
    pub(super) region: &'a str,
    pub(super) session: &'a SessionAudit,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    /// Whose the target is.
    pub(super) owner: String,
    /// None where nothing is sent.
    pub(super) arrival: Option<&'static str>,
    pub(super) arrival_class: &'static str,
    pub(super) detail: String,
}

impl SessionRow<'_> {
    pub(super) fn whose_class(&self) -> &'static str {
        match self.session.whose {
            Whose::Ours => "good",
            Whose::Foreign => "medium",
        }
    }
}

/// All sessions, foreign ones first.
pub(super) fn sessions<'a>(audits: &[&'a Audit]) -> Vec<SessionRow<'a>> {
    let rows = audits.iter().flat_map(|audit| {
        audit.sessions.iter().map(|session| SessionRow {
            region: audit.scope.region.as_str(),
            session,
            name: session.name.as_deref().map(shown),
            description: session.description.as_deref().map(shown),
            owner: match &session.target_owner {
                Some(owner) if *owner == audit.scope.account => "of this account".to_owned(),
                Some(owner) => format!("of account {owner}"),
                None => "whose it is cannot be told".to_owned(),
            },
            arrival: session.arrival.as_ref().map(Arrival::as_str),
            arrival_class: session.arrival.as_ref().map_or("", arrival_class),
            detail: session.arrival.as_ref().map(detail).unwrap_or_default(),
        })
    });
    let mut rows: Vec<SessionRow<'a>> = rows.collect();
    rows.sort_by_key(|row| row.session.whose != Whose::Foreign);
    rows
}

/// One target.
pub(super) struct TargetRow<'a> {
    pub(super) region: &'a str,
    pub(super) target: &'a TargetAudit,
    pub(super) name: Option<String>,
}

pub(super) fn targets(audit: &Audit) -> Vec<TargetRow<'_>> {
    let region = audit.scope.region.as_str();
    let row = |target| TargetRow { region, target, name: name(target) };
    audit.targets.iter().map(row).collect()
}

fn name(target: &TargetAudit) -> Option<String> {
    target.name.as_deref().map(shown)
}

/// What one VPC costs.
pub(super) struct CostRow<'a> {
    pub(super) region: &'a str,
    pub(super) id: &'a str,
    pub(super) name: Option<String>,
    pub(super) cost: Money,
}

pub(super) fn costs(audit: &Audit) -> Vec<CostRow<'_>> {
    let has_sessions = |cost: &Cost| cost.sessions > 0;
    let with_sessions = audit.vpcs.iter().filter(|vpc| vpc.cost.as_ref().is_some_and(has_sessions));
    let rows = with_sessions.map(|vpc| CostRow {
        region: audit.scope.region.as_str(),
        id: vpc.id.as_str(),
        name: vpc.name.as_deref().map(shown),
        cost: Money::of(vpc.cost.as_ref()),
    });
    rows.collect()
}

/// One quota.
pub(super) struct QuotaRow<'a> {
    pub(super) region: &'a str,
    pub(super) quota: &'a Quota,
    pub(super) percent: String,
}

/// The quotas of a scope, the one closest to its limit first.
pub(super) fn quotas(audit: &Audit) -> Vec<QuotaRow<'_>> {
    let mut quotas: Vec<&Quota> = audit.quotas.iter().collect();
    quotas.sort_by_key(|quota| std::cmp::Reverse(quota.per_mille()));
    let region = audit.scope.region.as_str();
    let row = |quota: &'_ Quota| percent(quota.per_mille().map(|n| n / 10));
    quotas
        .into_iter()
        .take(LISTED)
        .map(|quota| QuotaRow { region, quota, percent: row(quota) })
        .collect()
}

/// What cannot be told about a region.
pub(super) struct Unclear<'a> {
    pub(super) name: &'a str,
    pub(super) questions: Vec<Question>,
    pub(super) unread: Vec<Unread>,
}

/// A question without an answer.
pub(super) struct Question {
    pub(super) text: String,
    pub(super) why: String,
    pub(super) ids: String,
    /// What would answer it, where that is not said below.
    pub(super) remedy: Option<String>,
}

/// What could not be read.
pub(super) struct Unread {
    pub(super) call: &'static str,
    pub(super) message: String,
    pub(super) remedy: String,
}

pub(super) fn unclear(audit: &Audit) -> Option<Unclear<'_>> {
    if audit.unknowns.is_empty() && audit.unread.is_empty() {
        return None;
    }
    let questions = questions(&audit.unknowns).into_iter().map(|(text, why, at)| Question {
        text: shown(text),
        why: shown(why),
        ids: ids(&at),
        remedy: remedy(audit, why).map(shown),
    });
    let unread = audit.unread.values().map(|error| Unread {
        call: error.call.action(),
        message: shown(&error.to_string()),
        remedy: error.remedy(),
    });
    Some(Unclear {
        name: audit.scope.region.as_str(),
        questions: questions.collect(),
        unread: unread.collect(),
    })
}
