//! Sessions that are paid for and see nothing: their source does not run, or AWS does not mirror it, or their filter takes
//! nothing, or another session takes it all first. (What happens after a packet was mirrored is [`arrival`](crate::arrival)'s;
//! where nobody can receive at all, a session sees nothing for that reason, too.)

use std::collections::BTreeMap;

use tap_core::call::Call;
use tap_core::ids::SessionId;
use tap_core::inventory::{Attachment, InstanceState, LoneEni, MirrorFilter, MirrorSession};
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

/// Whether a session before it takes everything.
fn in_line(scene: &Scene<'_>, session: &MirrorSession) -> Option<Problem> {
    let before = scene.sessions_on(&session.eni).iter().take_while(|s| s.number < session.number);
    let own = scene.inv.filters.get(&session.filter)?;
    let leaves_nothing = |s: &&&MirrorSession| {
        scene.inv.filters.get(&s.filter).is_some_and(|first| leaves_nothing(first, own))
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

/// Whether a filter leaves nothing of what another accepts: IPv4, IPv6, and DNS, which is not subject to rules.
fn leaves_nothing(first: &MirrorFilter, second: &MirrorFilter) -> bool {
    let has_ipv6 = second.rules.iter().any(|rule| rule.accept && rule.source.contains(':'));
    first.takes_everything()
        && (first.dns || !second.dns)
        && (!has_ipv6 || takes_all_ipv6(first.clone()))
}

/// Whether a filter takes every IPv6 packet both ways: what is asked of IPv4, asked of its other rules.
fn takes_all_ipv6(mut filter: MirrorFilter) -> bool {
    filter.rules.retain(|rule| rule.source.contains(':'));
    for block in filter.rules.iter_mut().flat_map(|r| [&mut r.source, &mut r.destination]) {
        if *block == "::/0" {
            *block = "0.0.0.0/0".to_owned();
        }
    }
    filter.takes_everything()
}

/// What keeps from telling whether sessions see anything.
pub(crate) const NEEDS: &[Call] = &[
    Call::DescribeInstances,
    Call::DescribeNetworkInterfaces,
    Call::DescribeTrafficMirrorFilters,
    Call::DescribeSubnets,
];
