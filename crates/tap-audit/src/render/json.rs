//! The regions of `--output json`: stable keys, each described in `docs/json-output.md` and compared with it in a test. The
//! frame around them is that of every program.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tap_core::report;

use super::group::Counts;
use crate::finding::Finding;
use crate::model::{
    Audit, Cost, Coverage, InterfaceAudit, PlaceAudit, Quota, SessionAudit, TargetAudit, Unknown,
    VpcAudit,
};
use crate::report::{RegionReport, Report};
use crate::severity::Severity;

/// What the document's `regions` holds: one entry per region, in the order of the report.
pub fn json(report: &Report) -> Vec<Value> {
    report.regions.iter().map(|region| one(report, region)).collect()
}

fn one(report: &Report, region: &RegionReport) -> Value {
    match region {
        RegionReport::Audited(audit) => audited(report, audit),
        RegionReport::Failed { region, error, kind, remedy } => {
            let mut value = json!({
                "account": report.account,
                "region": region,
                "at": report.at.to_string(),
                "error": {
                    "kind": kind,
                    "call": null,
                    "iam_action": null,
                    "resource": null,
                    "aws_code": null,
                    "message": error,
                    "remedy": remedy,
                },
            });
            for key in PARTS {
                value[*key] = Value::Null;
            }
            value
        }
    }
}

/// What only a region that was looked at has. A document names every key, so that no reader has to ask whether it is there.
const PARTS: &[&str] = &[
    "counts",
    "worst",
    "coverage",
    "cost",
    "vpcs",
    "subnets",
    "zones",
    "instances",
    "interfaces",
    "sessions",
    "targets",
    "findings",
    "unknowns",
    "unread",
    "quotas",
];

fn audited(report: &Report, audit: &Audit) -> Value {
    let Audit {
        scope,
        vpcs,
        subnets,
        zones,
        instances,
        interfaces,
        sessions,
        targets,
        findings,
        unknowns,
        unread,
        quotas,
        cost: costs,
        coverage: covered,
    } = audit;
    let Counts { high, medium, low, muted } = Counts::of([audit]);
    json!({
        "account": scope.account,
        "region": scope.region,
        "at": report.at.to_string(),
        "error": null,
        "counts": { "high": high, "medium": medium, "low": low, "muted": muted },
        "worst": audit.worst().map(Severity::as_str),
        "coverage": coverage(covered),
        "cost": costs.as_ref().map(cost),
        "vpcs": list(vpcs, vpc),
        "subnets": list(subnets, |place| self::place(place, place.id.as_str())),
        "zones": list(zones, |place| self::place(place, &place.id)),
        "instances": list(instances, |place| self::place(place, place.id.as_str())),
        "interfaces": list(interfaces, interface),
        "sessions": list(sessions, session),
        "targets": list(targets, target),
        "findings": list(findings, finding),
        "unknowns": list(unknowns, unknown),
        "unread": unread.values().map(report::error_document).collect::<Vec<_>>(),
        "quotas": list(quotas, quota),
    })
}

fn list<T>(items: &[T], one: impl Fn(&T) -> Value) -> Vec<Value> {
    items.iter().map(one).collect()
}

fn coverage(coverage: &Coverage) -> Value {
    let Coverage { interfaces, eligible, ours, others, blocked, blind, left_alone, unknown } =
        coverage;
    let left_alone: BTreeMap<&str, usize> =
        left_alone.iter().map(|(code, count)| (*code, *count)).collect();
    json!({
        "interfaces": interfaces,
        "eligible": eligible,
        "ours": ours,
        "others": others,
        "blocked": blocked,
        "blind": blind,
        "missing": coverage.missing(),
        "left_alone": left_alone,
        "unknown": unknown,
        "percent": coverage.percent(),
    })
}

fn cost(cost: &Cost) -> Value {
    let Cost { sessions, wasted, price_per_hour } = cost;
    json!({
        "sessions": sessions,
        "sees_nothing": wasted,
        "usd_per_session_hour": report::usd(*price_per_hour),
        "usd_per_month": report::usd(cost.per_month()),
        "usd_per_month_for_nothing": report::usd(cost.wasted_per_month()),
    })
}

fn vpc(vpc: &VpcAudit) -> Value {
    let VpcAudit {
        id,
        name,
        rule,
        state,
        policy,
        profile,
        packet_length,
        coverage: covered,
        cost: costs,
    } = vpc;
    json!({
        "id": id,
        "name": name,
        "in_use": rule.as_str(),
        "risk": crate::model::RULE_RISK.as_str(),
        "state": state.as_str(),
        "policy": policy,
        "profile": profile,
        "packet_length": packet_length,
        "coverage": coverage(covered),
        "cost": costs.as_ref().map(cost),
    })
}

fn place<T>(place: &PlaceAudit<T>, id: &str) -> Value {
    let PlaceAudit { id: _, name, vpc, coverage: covered } = place;
    json!({ "id": id, "name": name, "vpc": vpc, "coverage": coverage(covered) })
}

fn interface(interface: &InterfaceAudit) -> Value {
    let InterfaceAudit {
        eni,
        instance,
        name,
        vpc,
        subnet,
        zone,
        eligible,
        watched,
        next,
        reason,
        because,
        sessions,
        arrival,
    } = interface;
    json!({
        "id": eni,
        "instance": instance,
        "name": name,
        "vpc": vpc,
        "subnet": subnet,
        "zone": zone,
        "eligible": eligible,
        "watched": watched.as_str(),
        "next": next.map(tap_core::plan::Verb::as_str),
        "reason": reason,
        "message": because,
        "sessions": sessions,
        "arrival": arrival.as_ref().map(self::arrival),
    })
}

fn session(session: &SessionAudit) -> Value {
    let SessionAudit {
        id,
        name,
        whose,
        eni,
        vpc,
        target,
        target_owner,
        filter,
        number,
        packet_length,
        vni,
        description,
        blind,
        arrival,
    } = session;
    json!({
        "id": id,
        "name": name,
        "whose": whose.as_str(),
        "interface": eni,
        "vpc": vpc,
        "target": target,
        "target_account": target_owner,
        "filter": filter,
        "session_number": number,
        "packet_length": packet_length,
        "virtual_network_id": vni,
        "description": description,
        "blind": blind,
        "arrival": arrival.as_ref().map(self::arrival),
    })
}

fn arrival(arrival: &crate::model::Arrival) -> Value {
    use crate::model::Arrival;
    let (blocked_by, unclear): (&[&str], &[String]) = match arrival {
        Arrival::Arrives => (&[], &[]),
        Arrival::Blocked(codes) => (codes, &[]),
        Arrival::CannotTell(what) => (&[], what),
    };
    json!({ "answer": arrival.as_str(), "blocked_by": blocked_by, "unclear": unclear })
}

fn target(target: &TargetAudit) -> Value {
    let TargetAudit { id, name, owner, kind, resource, vpc, sources, limit, health } = target;
    json!({
        "id": id,
        "name": name,
        "account": owner,
        "kind": kind,
        "resource": resource,
        "vpc": vpc,
        "sources": sources,
        "sources_limit": limit,
        "health": health,
    })
}

fn finding(finding: &Finding) -> Value {
    let Finding { code, at, vpc, what, affected, muted } = finding;
    json!({
        "code": code.as_str(),
        "severity": finding.severity().as_str(),
        "title": code.title(),
        "message": what,
        "at": at,
        "vpc": vpc,
        "affected": affected,
        "consequence": code.consequence(),
        "remedy": code.remedy(),
        "muted": muted,
    })
}

fn unknown(unknown: &Unknown) -> Value {
    let Unknown { question, at, why, remedy } = unknown;
    json!({ "question": question, "at": at, "why": why, "remedy": remedy })
}

fn quota(quota: &Quota) -> Value {
    let Quota { what, of, used, limit } = quota;
    json!({ "what": what, "of": of, "used": used, "limit": limit })
}
