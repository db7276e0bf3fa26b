//! `look()`: everything that an audit finds out about one scope.

use std::collections::{BTreeMap, BTreeSet};

use tap_core::call::Call;
use tap_core::cloud::Overview;
use tap_core::ids::{AccountId, EniId};
use tap_core::inventory::{LoneEni, MirrorSession};
use tap_core::plan::PlanError;
use tap_core::policy::owner::{Owner, owner};
use tap_core::settings::Settings;

use crate::arrival::{Checker, tell};
use crate::blind::{self, Blind};
use crate::collect::Collected;
use crate::coverage::{self, Counts, Places};
use crate::finding::FindingCode;
use crate::model::{Arrival, Audit, Cost, SessionAudit, Whose};
use crate::police::{police, target_owner};
pub use crate::scene::PLAN_CALLS;
use crate::scene::{Scene, plans};
use crate::targets::loses_all;
use crate::{quota, state, targets};

/// The tag keys that name an owner, unless the user says otherwise: ours, and the one that most accounts have.
pub const OWNER_TAGS: [&str; 2] = ["Creator", "Owner"];

/// What the user holds to be right, beside what the account says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectations {
    /// Tag keys of which one must say whose a session is.
    pub owner_tags: Vec<String>,
    /// Accounts that may receive.
    pub trusted: BTreeSet<AccountId>,
    /// Findings that do not count.
    pub mutes: Vec<Mute>,
}

impl Default for Expectations {
    fn default() -> Self {
        let owner_tags = OWNER_TAGS.map(str::to_owned).into();
        Self { owner_tags, trusted: BTreeSet::new(), mutes: Vec::new() }
    }
}

/// A finding that does not count, because somebody knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mute {
    /// The code.
    pub code: FindingCode,
    /// Only where it names this id; none for everywhere.
    pub at: Option<String>,
}

/// Finds out everything about a scope. What could not be read is said so, and every answer that needs it is "cannot tell".
///
/// # Errors
/// As [`plan`](tap_core::plan::plan).
pub fn look(
    overview: &Overview,
    settings: &Settings,
    expect: &Expectations,
) -> Result<Audit, PlanError> {
    let plans = plans(overview, settings)?;
    let scene = Scene::of(overview, settings, plans.as_ref());
    let mut found = Collected::default();

    police(&scene, expect, &mut found);
    let blind = blind::look(&scene, &mut found);
    if let Some(plans) = &plans {
        state::compare(&scene, &plans.now, &blind, &mut found);
    }
    targets::look(&scene, &mut found);
    let checker = Checker::of(&scene);
    let sessions: Vec<SessionAudit> =
        scene.sessions().map(|s| session(&scene, &checker, s, &blind, &mut found)).collect();
    let quotas = quota::look(&scene, &mut found);
    ask_what_was_not_read(&scene, &mut found);

    let mut arrivals: BTreeMap<&EniId, Vec<&SessionAudit>> = BTreeMap::new();
    for session in &sessions {
        arrivals.entry(&session.eni).or_default().push(session);
    }
    let interfaces: Vec<_> = scene
        .sources()
        .map(|source| {
            let mut interface = coverage::interface(&scene, source);
            interface.arrival = arrivals.get(&interface.eni).and_then(|all| best(all));
            interface
        })
        .collect();
    let counts = Counts::of(&scene, &interfaces, &sessions);
    let vpcs = coverage::vpcs(&scene, &counts, &sessions, &mut found);
    let coverage = counts.all.clone();
    let Places { subnets, zones, instances } = counts.places(&scene);
    let cost = Cost {
        sessions: sessions.len(),
        wasted: sessions.iter().filter(|session| !session.blind.is_empty()).count(),
        price_per_hour: settings.price_per_hour,
    };
    let cost = scene.read(Call::DescribeTrafficMirrorSessions).then_some(cost);
    for (why, remedy) in scene.remedies() {
        found.suggest(why, remedy);
    }
    let (mut findings, unknowns) = found.finish();
    for finding in &mut findings {
        finding.muted = expect.mutes.iter().any(|mute| {
            let named = |id: &String| finding.at.contains(id) || finding.affected.contains(id);
            mute.code == finding.code && mute.at.as_ref().is_none_or(named)
        });
    }
    Ok(Audit {
        scope: overview.inventory.scope.clone(),
        vpcs,
        subnets,
        zones,
        instances,
        interfaces,
        targets: targets::list(&scene),
        sessions,
        findings,
        unknowns,
        unread: overview.unread.clone(),
        quotas,
        cost,
        coverage,
    })
}

fn session(
    scene: &Scene<'_>,
    checker: &Checker<'_>,
    session: &MirrorSession,
    blind: &Blind,
    found: &mut Collected,
) -> SessionAudit {
    let MirrorSession { id, eni, target, filter, number, packet_length, vni, description, tags } =
        session;
    let mut verdict = checker.check(eni, target, *packet_length);
    let mut blind = blind.get(id).cloned().unwrap_or_default();
    // A source that is gone or stands still sends nothing: there is nothing to arrive.
    let sends = !blind.iter().any(|code| {
        matches!(
            code,
            FindingCode::SourceGone | FindingCode::SourceDetached | FindingCode::SourceNotRunning
        )
    });
    if sends {
        // Whether the source runs is told with its instance.
        if scene.source(eni).is_none() {
            let why = scene.refused(&[Call::DescribeInstances]);
            verdict.unknowns.extend(why.map(|why| (why, None)));
        }
        tell(&verdict, scene, eni, target, found);
    }
    // Where nobody can receive, it is paid for in vain whatever it mirrors.
    let in_vain =
        verdict.problems.iter().map(|problem| problem.code).filter(|code| loses_all(*code));
    blind.extend(in_vain);
    SessionAudit {
        id: id.clone(),
        name: tags.name().map(str::to_owned),
        whose: match owner(tags, &scene.settings.keys) {
            Owner::Owned => Whose::Ours,
            Owner::Foreign => Whose::Foreign,
        },
        eni: eni.clone(),
        vpc: scene.vpc_of(eni).cloned(),
        target: target.clone(),
        target_owner: target_owner(scene, session).cloned(),
        filter: filter.clone(),
        number: *number,
        packet_length: *packet_length,
        vni: *vni,
        description: description.as_deref().map(str::to_owned),
        blind: blind.into_iter().map(FindingCode::as_str).collect(),
        arrival: sends.then(|| verdict.arrival()),
    }
}

/// What is said of an interface with several sessions: the best of those that see something, ours before others'.
fn best(sessions: &[&SessionAudit]) -> Option<Arrival> {
    let rank = |session: &&&SessionAudit| {
        let arrival = match session.arrival {
            Some(Arrival::Arrives) => 0,
            Some(Arrival::CannotTell(_)) => 1,
            Some(Arrival::Blocked(_)) => 2,
            None => 3,
        };
        (!session.blind.is_empty(), session.whose, arrival)
    };
    sessions.iter().min_by_key(rank).and_then(|session| session.arrival.clone())
}

/// Says which questions stay open because something could not be read, where nobody asked them one by one.
fn ask_what_was_not_read(scene: &Scene<'_>, found: &mut Collected) {
    let scope = format!("region {}", scene.inv.scope.region);
    let mut ask = |question: &str, calls: &[Call]| {
        if let Some(why) = scene.refused(calls) {
            found.ask(question, &scope, why);
        }
    };
    ask("what should be mirrored, and what differs from it", PLAN_CALLS);
    ask(
        "which sessions there are, whose they are and what they cost",
        &[Call::DescribeTrafficMirrorSessions],
    );
    ask("which accounts sessions deliver to", &[Call::DescribeTrafficMirrorTargets]);
    ask("which sessions see nothing", blind::NEEDS);
    ask("which VPCs there are", &[Call::DescribeVpcs]);
    ask("whether targets of other accounts are the organization's", &[Call::ListAccounts]);
    ask_what_was_left_out(scene, found);
}

/// A narrowed audit leaves out the sessions of other VPCs and instances: of some, nobody saw which they are of.
fn ask_what_was_left_out(scene: &Scene<'_>, found: &mut Collected) {
    let (inv, narrow) = (scene.inv, &scene.inv.narrow);
    let by_instance = [Call::DescribeInstances];
    let by_vpc = [Call::DescribeInstances, Call::DescribeNetworkInterfaces];
    let calls = if narrow.instances.is_empty() { &by_vpc[..] } else { &by_instance[..] };
    let Some(why) = scene.refused(calls).filter(|_| !narrow.is_whole()) else { return };
    let unseen = |session: &&MirrorSession| {
        let gone = inv.lone_enis.get(&session.eni) == Some(&LoneEni::Gone);
        let seen_enough = narrow.instances.is_empty() && scene.vpc_of(&session.eni).is_some();
        scene.source(&session.eni).is_none() && !gone && !seen_enough
    };
    for session in inv.sessions.values().filter(unseen) {
        found.ask("whether a session is of what the audit is about", &session.id, why.clone());
    }
}
