//! A report made by hand: every finding code, every answer of the rule, every kind of what can be told and what cannot.
//!
//! The example `sample_report` includes this file too, so that a browser can be shown the same.

use std::collections::BTreeMap;

use tap_audit::model::{
    Arrival, Audit, Cost, Coverage, InterfaceAudit, PlaceAudit, Quota, RuleResult, SessionAudit,
    TargetAudit, Unknown, VpcAudit, VpcState, Watched, Whose,
};
use tap_audit::report::{RegionReport, Report};
use tap_audit::severity::Severity;
use tap_core::call::Call;
use tap_core::error::{CloudError, ErrorKind};
use tap_core::ids::{AccountId, Region, VpcId};
use tap_core::inventory::Scope;
use tap_core::moment::Moment;
use tap_core::plan::Verb;

use crate::findings;

pub const ACCOUNT: &str = "111122223333";
const PRICE: f64 = 0.015;

pub const PROD: &str = "vpc-0a000000000000001";
pub const STAGE: &str = "vpc-0a000000000000002";
pub const LAB: &str = "vpc-0a000000000000003";
const SHARED: &str = "vpc-0a000000000000004";

/// Two regions: one with all there is to say, one that could not be read.
pub fn full() -> Report {
    let failed = RegionReport::Failed {
        region: Region::new("eu-north-1"),
        error: "GetCallerIdentity: AccessDenied: an SCP denies the region".to_owned(),
        kind: "denied",
        remedy: "leave the region out, or allow it in the service control policy".to_owned(),
    };
    report(vec![RegionReport::Audited(audit()), RegionReport::Audited(quiet()), failed])
}

/// A report of these regions.
pub fn report(regions: Vec<RegionReport>) -> Report {
    Report {
        account: AccountId::new(ACCOUNT),
        at: Moment::parse("2026-11-21T08:30:00Z").unwrap(),
        version: "0.1.0",
        fail_on: Some(Severity::Medium),
        regions,
    }
}

fn scope(region: &str) -> Scope {
    Scope { account: AccountId::new(ACCOUNT), region: Region::new(region) }
}

/// A region without anything.
pub fn empty(region: &str) -> Audit {
    Audit {
        scope: scope(region),
        vpcs: Vec::new(),
        subnets: Vec::new(),
        zones: Vec::new(),
        instances: Vec::new(),
        interfaces: Vec::new(),
        sessions: Vec::new(),
        targets: Vec::new(),
        findings: Vec::new(),
        unknowns: Vec::new(),
        unread: BTreeMap::new(),
        quotas: Vec::new(),
        cost: Some(cost(0, 0)),
        coverage: Coverage::default(),
    }
}

/// A region where all is well.
pub fn quiet() -> Audit {
    let mut audit = empty("eu-west-1");
    let vpc = "vpc-0b000000000000001";
    let coverage = covered(2, 0, 0, 0);
    for n in 1..=2 {
        let mut interface = interface(&format!("eni-0b00000000000000{n}"), vpc, n);
        interface.subnet = format!("subnet-0b00000000000000{n}").into();
        interface.zone = Some(format!("eu-west-1{}", if n == 1 { "a" } else { "b" }));
        interface.sessions = vec![format!("tms-0b00000000000000{n}").into()];
        audit.instances.push(place(
            interface.instance.clone(),
            interface.name.as_deref(),
            Some(vpc),
            covered(1, 0, 0, 0),
        ));
        audit.subnets.push(place(interface.subnet.clone(), None, Some(vpc), covered(1, 0, 0, 0)));
        audit.zones.push(place(interface.zone.clone().unwrap(), None, None, covered(1, 0, 0, 0)));
        audit.sessions.push(session(interface.sessions[0].as_str(), interface.eni.as_str(), vpc));
        audit.interfaces.push(interface);
    }
    audit.vpcs = vec![vpc_audit(
        vpc,
        Some("web"),
        RuleResult::Pass,
        "tmt-0b000000000000001, auto",
        coverage.clone(),
        cost(2, 0),
    )];
    audit.coverage = coverage;
    audit.cost = Some(cost(2, 0));
    audit
}

/// A region where everything that can be said is said.
pub fn audit() -> Audit {
    let mut audit = empty("us-east-1");
    audit.findings = findings::all();
    audit.vpcs = vpcs();
    audit.interfaces = interfaces();
    audit.sessions = sessions();
    audit.targets = targets();
    let name = |name: &'static str| Some(name);
    audit.subnets = vec![
        place("subnet-0a000000000000001".into(), name("prod-a"), Some(PROD), covered(3, 1, 0, 1)),
        place("subnet-0a000000000000002".into(), name("prod-b"), Some(PROD), covered(1, 0, 2, 2)),
        place("subnet-0a000000000000003".into(), None, Some(STAGE), covered(0, 0, 2, 0)),
        place("subnet-0a000000000000004".into(), None, Some(LAB), covered(0, 0, 0, 1)),
        place("subnet-0a000000000000005".into(), None, Some(SHARED), unclear(1)),
    ];
    audit.zones = vec![
        place("us-east-1a".to_owned(), None, None, covered(3, 1, 2, 2)),
        place("us-east-1b".to_owned(), None, None, covered(1, 0, 2, 2)),
    ];
    audit.instances = audit
        .interfaces
        .iter()
        .map(|interface| {
            let (ours, others, missing, left) = match interface.watched {
                Watched::Ours => (1, 0, 0, 0),
                Watched::Others => (0, 1, 0, 0),
                Watched::Missing => (0, 0, 1, 0),
                Watched::LeftAlone => (0, 0, 0, 1),
                Watched::CannotTell => (0, 0, 0, 0),
            };
            let coverage = match interface.watched {
                Watched::CannotTell => unclear(1),
                Watched::Ours | Watched::Others | Watched::Missing | Watched::LeftAlone => {
                    covered(ours, others, missing, left)
                }
            };
            let vpc = Some(interface.vpc.as_str());
            place(interface.instance.clone(), interface.name.as_deref(), vpc, coverage)
        })
        .collect();
    audit.unknowns = vec![
        Unknown {
            question: "whether packets of tms-0a000000000000006 arrive".to_owned(),
            at: vec!["tms-0a000000000000006".to_owned(), "tgw-0a000000000000001".to_owned()],
            why: "the transit gateway belongs to account 444455556666, whose route tables cannot be read".to_owned(),
            remedy: Some("look at the route tables of tgw-0a000000000000001".to_owned()),
        },
        Unknown {
            question: "whether packets arrive at tmt-0a000000000000002".to_owned(),
            at: vec!["tmt-0a000000000000002".to_owned()],
            why: "ec2:DescribeSecurityGroups is not allowed".to_owned(),
            remedy: Some("allow ec2:DescribeSecurityGroups".to_owned()),
        },
    ];
    audit.unread = BTreeMap::from([(
        Call::DescribeSecurityGroups,
        CloudError {
            kind: ErrorKind::Denied,
            call: Call::DescribeSecurityGroups,
            resource: None,
            code: Some("UnauthorizedOperation".to_owned()),
            message: "You are not authorized to perform this operation.".to_owned(),
        },
    )]);
    audit.quotas = vec![
        quota("sessions", None, Some(9), 10_000),
        quota("targets", None, Some(3), 10_000),
        quota("filters", None, Some(2), 10_000),
        quota("rules of a filter and direction", Some("tmf-0a000000000000002"), Some(10), 10),
        quota("sources of a target", Some("tmt-0a000000000000003"), Some(9), 10),
        quota("sessions of an interface", Some("eni-0a000000000000012"), None, 3),
    ];
    audit.cost = Some(cost(7, 2));
    let mut all = covered(4, 1, 4, 4);
    all.left_alone = BTreeMap::from([("blacklisted", 2), ("type-not-supported", 2)]);
    all.unknown = 1;
    (all.blocked, all.blind) = (1, 1);
    all.interfaces += 1;
    audit.coverage = all;
    audit
}

fn vpcs() -> Vec<VpcAudit> {
    vec![
        vpc_audit(
            PROD,
            Some("prod"),
            RuleResult::Pass,
            "tmt-0a000000000000001, auto, alb-client, 256 bytes",
            Coverage { blocked: 1, blind: 1, ..covered(4, 1, 2, 3) },
            cost(6, 1),
        ),
        vpc_audit(
            STAGE,
            Some("staging, with a name that is much longer than a line of a table has room for"),
            RuleResult::Fail,
            "not enabled",
            covered(0, 0, 2, 0),
            cost(0, 0),
        ),
        vpc_audit(
            LAB,
            None,
            RuleResult::NotApplicable,
            "tmt-0a000000000000001, whitelist",
            covered(0, 0, 0, 1),
            cost(0, 0),
        ),
        vpc_audit(
            SHARED,
            Some("shared"),
            RuleResult::CannotTell,
            "its tags cannot be read",
            unclear(1),
            cost(1, 1),
        ),
    ]
}

fn vpc_audit(
    id: &str,
    name: Option<&str>,
    rule: RuleResult,
    policy: &str,
    coverage: Coverage,
    cost: Cost,
) -> VpcAudit {
    let state = match policy {
        "not enabled" => VpcState::NotEnabled,
        text if text.starts_with("misconfigured") => VpcState::Misconfigured,
        _ => VpcState::Enabled,
    };
    VpcAudit {
        state,
        id: VpcId::new(id),
        name: name.map(str::to_owned),
        rule,
        policy: policy.to_owned(),
        profile: policy.contains("alb-client").then(|| "alb-client".to_owned()),
        packet_length: policy.ends_with("256 bytes").then_some(256),
        coverage,
        cost: Some(cost),
    }
}

/// Coverage by its parts.
pub fn covered(ours: usize, others: usize, missing: usize, left: usize) -> Coverage {
    let eligible = ours + others + missing;
    Coverage {
        interfaces: eligible + left,
        eligible,
        ours,
        others,
        blocked: 0,
        blind: 0,
        left_alone: if left == 0 {
            BTreeMap::new()
        } else {
            BTreeMap::from([("blacklisted", left)])
        },
        unknown: 0,
    }
}

fn unclear(unknown: usize) -> Coverage {
    Coverage { interfaces: unknown, unknown, ..Coverage::default() }
}

fn cost(sessions: usize, wasted: usize) -> Cost {
    Cost { sessions, wasted, price_per_hour: PRICE }
}

fn quota(what: &'static str, of: Option<&str>, used: Option<usize>, limit: usize) -> Quota {
    Quota { what, of: of.map(str::to_owned), used, limit }
}

fn place<T>(id: T, name: Option<&str>, vpc: Option<&str>, coverage: Coverage) -> PlaceAudit<T> {
    PlaceAudit { id, name: name.map(str::to_owned), vpc: vpc.map(VpcId::new), coverage }
}

/// An interface that is watched and whose packets arrive.
pub fn interface(eni: &str, vpc: &str, n: usize) -> InterfaceAudit {
    InterfaceAudit {
        eni: eni.into(),
        instance: format!("i-0a0000000000000{n:02}").into(),
        name: Some(format!("web-{n}")),
        vpc: vpc.into(),
        subnet: "subnet-0a000000000000001".into(),
        zone: Some("us-east-1a".to_owned()),
        eligible: true,
        watched: Watched::Ours,
        next: Some(Verb::Keep),
        reason: Some("in-sync"),
        because: "the session is as it should be".to_owned(),
        sessions: vec![format!("tms-0a0000000000000{n:02}").into()],
        arrival: Some(Arrival::Arrives),
    }
}

fn interfaces() -> Vec<InterfaceAudit> {
    let eni = |n: usize| format!("eni-0a0000000000000{n:02}");
    let mut all: Vec<InterfaceAudit> = (1..=4).map(|n| interface(&eni(n), PROD, n)).collect();
    all[1].arrival = Some(Arrival::Blocked(vec!["no-route", "security-group-blocks"]));
    all[2].arrival = Some(Arrival::CannotTell(vec![
        "whether the transit gateway tgw-0a000000000000001 has a route".to_owned(),
    ]));
    all[3].next = Some(Verb::Modify);
    all[3].reason = Some("drifted");
    all[3].because = "the filter is to be tmf-0a000000000000001".to_owned();
    let without = |n: usize, vpc: &str, watched: Watched, reason: &'static str, because: &str| {
        InterfaceAudit {
            eligible: watched == Watched::Missing,
            watched,
            next: Some(if watched == Watched::Missing { Verb::Create } else { Verb::Skip }),
            reason: Some(reason),
            because: because.to_owned(),
            sessions: Vec::new(),
            arrival: None,
            ..interface(&eni(n), vpc, n)
        }
    };
    let mut others = without(
        5,
        PROD,
        Watched::Others,
        "blocked",
        "all three sessions of the interface are foreign",
    );
    others.eligible = true;
    others.sessions = vec!["tms-0a000000000000005".into()];
    others.arrival = Some(Arrival::Arrives);
    all.push(others);
    all.push(without(6, PROD, Watched::Missing, "not-mirrored", "it has no session"));
    all.push(without(7, PROD, Watched::Missing, "not-mirrored", "it has no session"));
    all.push(without(8, PROD, Watched::LeftAlone, "blacklisted", "its instance is blacklisted"));
    all.push(without(
        9,
        PROD,
        Watched::LeftAlone,
        "type-not-supported",
        "AWS does not mirror t2.micro",
    ));
    all.push(without(
        10,
        PROD,
        Watched::LeftAlone,
        "type-not-supported",
        "AWS does not mirror t2.micro",
    ));
    all.push(without(11, STAGE, Watched::Missing, "not-enabled", "its VPC is not enabled"));
    all.push(without(12, STAGE, Watched::Missing, "not-enabled", "its VPC is not enabled"));
    all.push(without(13, LAB, Watched::LeftAlone, "blacklisted", "its instance is blacklisted"));
    let mut dark =
        without(14, SHARED, Watched::CannotTell, "in-sync", "DescribeVpcs is denied for its owner");
    (dark.next, dark.reason, dark.name, dark.zone) = (None, None, None, None);
    all.push(dark);
    for interface in &mut all[5..] {
        interface.subnet = "subnet-0a000000000000002".into();
        interface.zone = interface.zone.as_ref().map(|_| "us-east-1b".to_owned());
    }
    all
}

/// A session of ours that is well.
pub fn session(id: &str, eni: &str, vpc: &str) -> SessionAudit {
    SessionAudit {
        id: id.into(),
        name: Some("web".to_owned()),
        whose: Whose::Ours,
        eni: eni.into(),
        vpc: Some(vpc.into()),
        target: "tmt-0a000000000000001".into(),
        target_owner: Some(ACCOUNT.into()),
        filter: "tmf-0a000000000000001".into(),
        number: 1,
        packet_length: None,
        vni: Some(7_077_123),
        description: Some("made by Session Mirror".to_owned()),
        blind: Vec::new(),
        arrival: Some(Arrival::Arrives),
    }
}

fn sessions() -> Vec<SessionAudit> {
    let one = |n: usize| {
        session(&format!("tms-0a0000000000000{n:02}"), &format!("eni-0a0000000000000{n:02}"), PROD)
    };
    let mut all: Vec<SessionAudit> = (1..=4).map(one).collect();
    all[1].arrival = Some(Arrival::Blocked(vec!["no-route", "security-group-blocks"]));
    all[2].arrival =
        Some(Arrival::CannotTell(vec!["whether the transit gateway has a route".to_owned()]));
    all[3].packet_length = Some(256);
    all[3].blind = vec!["filter-takes-nothing"];
    let foreign = SessionAudit {
        whose: Whose::Foreign,
        name: Some("sensor of the network team".to_owned()),
        target: "tmt-0f000000000000001".into(),
        target_owner: Some("999988887777".into()),
        filter: "tmf-0f000000000000001".into(),
        number: 2,
        description: None,
        ..one(5)
    };
    let unclear = SessionAudit {
        target_owner: None,
        name: None,
        vpc: None,
        blind: vec!["source-gone"],
        arrival: None,
        ..foreign.clone()
    };
    all.push(foreign);
    all.push(SessionAudit { id: "tms-0a000000000000006".into(), ..unclear });
    all
}

fn targets() -> Vec<TargetAudit> {
    let one = |n: usize, kind: &str, resource: &str, health: &'static str| TargetAudit {
        id: format!("tmt-0a00000000000000{n}").into(),
        name: Some(format!("sensor-{n}")),
        owner: ACCOUNT.into(),
        kind: kind.to_owned(),
        resource: resource.to_owned(),
        vpc: Some(PROD.into()),
        sources: Some(n),
        limit: Some(10 * n),
        health,
    };
    let mut foreign = one(4, "gateway-load-balancer-endpoint", "vpce-0f000000000000001", "unseen");
    (foreign.owner, foreign.vpc, foreign.limit, foreign.name) =
        ("999988887777".into(), None, None, None);
    vec![
        one(
            1,
            "network-load-balancer",
            "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/sensor/0123456789abcdef",
            "healthy",
        ),
        one(2, "network-interface", "eni-0a000000000000090", "stopped"),
        one(3, "network-interface", "eni-0a000000000000091", "running"),
        foreign,
    ]
}
