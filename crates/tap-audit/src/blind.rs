//! Sessions that are paid for and see nothing: their source does not run, or AWS does not mirror it, or their filter takes
//! nothing, or another session takes it all first. (What happens after a packet was mirrored is [`arrival`](crate::arrival)'s;
//! where nobody can receive at all, a session sees nothing for that reason, too.)

use std::collections::BTreeMap;

use ipnet::IpNet;
use tap_core::call::Call;
use tap_core::ids::SessionId;
use tap_core::inventory::{
    Attachment, Direction, FilterRule, InstanceState, LoneEni, MirrorFilter, MirrorSession, Ports,
};
use tap_core::plan::Reason;

use crate::collect::{Collected, Problem};
use crate::finding::FindingCode;
use crate::scene::Scene;

/// Why each session sees nothing; those that are not in it see something, as far as anybody can tell.
pub(crate) type Blind = BTreeMap<SessionId, Vec<FindingCode>>;

/// Looks at every session.
pub(crate) fn look(scene: &Scene<'_>, found: &mut Collected) -> Blind {
    let mut blind = Blind::new();
    for session in scene.sessions() {
        let (id, eni) = (&session.id, &session.eni);
        let problems =
            [at_source(scene, session), at_filter(scene, session), in_line(scene, session)];
        for problem in problems.into_iter().flatten() {
            blind.entry(id.clone()).or_default().push(problem.code);
            let problem = problem.within(scene.vpc_of(eni));
            if problem.code == FindingCode::FilterTakesNothing {
                found.add_for(Problem { vpc: None, ..problem }, id);
            } else {
                found.add(problem);
            }
        }
    }
    blind
}

/// What is wrong with the source.
fn at_source(scene: &Scene<'_>, session: &MirrorSession) -> Option<Problem> {
    let (id, eni) = (&session.id, &session.eni);
    let at = |rest: Option<&dyn ToString>| {
        let own = [id.to_string(), eni.to_string()];
        own.into_iter().chain(rest.map(ToString::to_string)).collect::<Vec<_>>()
    };
    let Some(source) = scene.source(eni) else {
        return match scene.inv.lone_enis.get(eni) {
            Some(LoneEni::Gone) => {
                let what = format!("{eni}, which {id} mirrors, does not exist any more");
                Some(Problem::new(FindingCode::SourceGone, at(None), what))
            }
            Some(LoneEni::Detached { .. }) => {
                let what = format!("{eni}, which {id} mirrors, is attached to nothing");
                Some(Problem::new(FindingCode::SourceDetached, at(None), what))
            }
            Some(LoneEni::Attached { .. }) | None => None,
        };
    };
    let (instance_id, instance, facts) = source;
    let state = instance.state;
    match state {
        InstanceState::Running => {}
        InstanceState::Stopped | InstanceState::Terminated => {
            let what =
                format!("{instance_id}, whose {eni} is mirrored by {id}, is {}", state.as_str());
            return Some(Problem::new(FindingCode::SourceNotRunning, at(Some(instance_id)), what));
        }
        // On its way: nobody can tell in a minute.
        InstanceState::Pending
        | InstanceState::Stopping
        | InstanceState::ShuttingDown
        | InstanceState::Unknown => return None,
    }
    if facts.attachment == Attachment::Detached {
        let what = format!("{eni}, which {id} mirrors, is attached to nothing");
        return Some(Problem::new(FindingCode::SourceDetached, at(None), what));
    }
    // Which interfaces a service manages, and which subnets are IPv6 only, is only told where it was read: then it is no fault.
    let reason: Reason = scene.unmirrorable(source)?;
    let what = format!("{id} is on {eni} of {instance_id}, where nothing is mirrored: {reason}");
    Some(Problem::new(FindingCode::SourceUnsupported, at(Some(instance_id)), what))
}

/// Whether its filter lets anything through.
fn at_filter(scene: &Scene<'_>, session: &MirrorSession) -> Option<Problem> {
    let filter = scene.inv.filters.get(&session.filter)?;
    let what = || {
        format!(
            "filter {} accepts nothing, not even DNS: its sessions mirror nothing",
            session.filter
        )
    };
    filter
        .takes_nothing()
        .then(|| Problem::new(FindingCode::FilterTakesNothing, [&session.filter], what()))
}

/// Whether a session before it takes all that it would.
fn in_line(scene: &Scene<'_>, session: &MirrorSession) -> Option<Problem> {
    let before = scene.sessions_on(&session.eni).iter().take_while(|s| s.number < session.number);
    // One that takes nothing is told so, whatever comes before it.
    let own = scene.inv.filters.get(&session.filter).filter(|own| !own.takes_nothing())?;
    let leaves_nothing = |s: &&&MirrorSession| {
        s.filter == session.filter
            || scene.inv.filters.get(&s.filter).is_some_and(|first| leaves_nothing(first, own))
    };
    let first = before.into_iter().find(leaves_nothing)?;
    let (id, eni, by) = (&session.id, &session.eni, &first.id);
    let what = format!(
        "{by} (number {}) comes before {id} (number {}) on {eni}, and its filter takes all that {id} would see",
        first.number, session.number
    );
    let at = [id.to_string(), eni.to_string(), by.to_string()];
    Some(Problem::new(FindingCode::SessionShadowed, at, what))
}

/// Whether a filter leaves nothing of what another accepts: by its rules, and of DNS, which is not subject to rules. Where they
/// overlap in another way than rule by rule, nothing is claimed.
fn leaves_nothing(first: &MirrorFilter, second: &MirrorFilter) -> bool {
    let takes = |direction: Direction| {
        let (first, second) = (in_order(first, direction), in_order(second, direction));
        let same = first.len() == second.len()
            && first
                .iter()
                .zip(&second)
                .all(|(a, b)| a.accept == b.accept && covers(a, b) && covers(b, a));
        // What stands behind a rejecting rule may be kept out by it.
        let certain = || first.iter().take_while(|rule| rule.accept);
        let mut accepted = second.iter().filter(|rule| rule.accept);
        same || accepted.all(|rule| certain().any(|first| covers(first, rule)))
    };
    (first.dns || !second.dns) && Direction::ALL.into_iter().all(takes)
}

/// The rules of a direction in the order in which they are asked.
fn in_order(filter: &MirrorFilter, direction: Direction) -> Vec<&FilterRule> {
    let mut rules: Vec<&FilterRule> =
        filter.rules.iter().filter(|rule| rule.direction == direction).collect();
    rules.sort_by_key(|rule| rule.number);
    rules
}

/// Whether all packets that a rule is about are packets that another is about, too.
fn covers(wide: &FilterRule, narrow: &FilterRule) -> bool {
    let protocol = wide.protocol.is_none() || wide.protocol == narrow.protocol;
    let ports = |wide: Option<Ports>, narrow: Option<Ports>| match (wide, narrow) {
        (None, _) => true,
        (Some(wide), _) if wide.is_all() => true,
        (Some(wide), Some(narrow)) => wide.from <= narrow.from && narrow.to <= wide.to,
        (Some(_), None) => false,
    };
    let block = |wide: &str, narrow: &str| match (wide.parse::<IpNet>(), narrow.parse::<IpNet>()) {
        (Ok(wide), Ok(narrow)) => wide.contains(&narrow),
        _ => wide == narrow,
    };
    protocol
        && ports(wide.source_ports, narrow.source_ports)
        && ports(wide.destination_ports, narrow.destination_ports)
        && block(&wide.source, &narrow.source)
        && block(&wide.destination, &narrow.destination)
}

/// What keeps from telling whether sessions see anything.
pub(crate) const NEEDS: &[Call] = &[
    Call::DescribeInstances,
    Call::DescribeNetworkInterfaces,
    Call::DescribeTrafficMirrorFilters,
    Call::DescribeSubnets,
];
