//! The answer in one sentence.

use tap_core::call::Call;

use super::{UNDECIDED, unread};
use crate::model::{Arrival, Audit, InterfaceAudit, RuleResult, VpcAudit, VpcState, Watched};
use crate::render::words::plural;

/// Of one interface, whatever it is called.
pub(super) fn verdict(audit: &Audit, what: &str, interface: &InterfaceAudit) -> String {
    let because = &interface.because;
    let mut sessions = audit.sessions.iter().filter(|session| session.eni == interface.eni);
    let is_blind = is_watched(interface) && sessions.all(|session| !session.blind.is_empty());
    match interface.watched {
        Watched::Ours | Watched::Others if is_blind => {
            format!("{what} is not watched: it has a session, which sees nothing")
        }
        Watched::Ours => match &interface.arrival {
            Some(Arrival::Blocked(_)) => {
                format!("{what} is mirrored, but its packets do not arrive, or not all of them")
            }
            Some(Arrival::CannotTell(_)) => {
                format!("{what} is mirrored, and whether its packets arrive cannot be told")
            }
            Some(Arrival::Arrives) | None => format!("{what} is mirrored"),
        },
        Watched::Others => format!("{what} is mirrored by somebody else, not by us"),
        Watched::Missing if is_not_enabled(interface) => {
            format!("{what} is not mirrored: it could be, and nobody enabled its VPC")
        }
        Watched::Missing => format!("{what} is not mirrored: {because}"),
        Watched::LeftAlone => format!("{what} is not mirrored, and is not to be: {because}"),
        Watched::CannotTell => unclear(audit, what),
    }
}

/// Where what should be cannot be told: what is may be known all the same.
fn unclear(audit: &Audit, what: &str) -> String {
    let why = unread(audit).unwrap_or_else(|| UNDECIDED.to_owned());
    if audit.unread.contains_key(&Call::DescribeTrafficMirrorSessions) {
        format!("whether {what} is mirrored cannot be told: {why}")
    } else {
        format!("{what} is not mirrored, and whether it is to be cannot be told: {why}")
    }
}

/// Of an instance with several interfaces.
pub(super) fn verdict_of_several(
    audit: &Audit,
    what: &str,
    interfaces: &[&InterfaceAudit],
) -> String {
    let all = interfaces.len();
    let is_unclear = |interface: &&&InterfaceAudit| interface.watched == Watched::CannotTell;
    match interfaces.iter().filter(|interface| is_watched(interface)).count() {
        0 if interfaces.iter().filter(is_unclear).count() == all => unclear(audit, what),
        0 if interfaces.iter().all(|interface| is_not_enabled(interface)) => format!(
            "{what} is not mirrored on any of its {all} interfaces: they could be, and nobody enabled their VPC"
        ),
        0 => format!("{what} is not mirrored on any of its {all} interfaces"),
        n if n == all => format!("{what} is mirrored: all {all} interfaces"),
        n => format!("{what} is mirrored on {n} of {all} interfaces"),
    }
}

/// Of a VPC.
pub(super) fn verdict_of_vpc(audit: &Audit, vpc: &VpcAudit) -> String {
    let VpcAudit { id, name, rule, state, coverage, cost, .. } = vpc;
    let name = name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    let (watched, eligible) = (coverage.ours + coverage.others, coverage.eligible);
    // A VPC passes by sessions that were read.
    let paid = cost.as_ref().map_or(0, |cost| cost.sessions);
    let meant = match state {
        VpcState::NotEnabled => "could be",
        VpcState::Enabled | VpcState::Misconfigured => match eligible {
            1 => "is to be",
            _ => "are to be",
        },
    };
    match (rule, unread(audit)) {
        (RuleResult::CannotTell, why) => {
            let why = why.unwrap_or_else(|| UNDECIDED.to_owned());
            format!("whether {id}{name} is mirrored cannot be told: {why}")
        }
        (RuleResult::Pass, Some(why)) => {
            let sessions = plural(paid, "session", "sessions");
            format!(
                "{id}{name} has {sessions}, and what should be mirrored in it cannot be told: {why}"
            )
        }
        (RuleResult::Pass, None) if eligible == 0 => {
            let sessions = plural(paid, "session", "sessions");
            format!(
                "{id}{name} has {sessions}, and no interface of an instance that {}",
                match state {
                    VpcState::NotEnabled => "could be mirrored",
                    VpcState::Enabled | VpcState::Misconfigured => "is to be mirrored",
                }
            )
        }
        (RuleResult::Pass, None) if watched == eligible => match eligible {
            1 => format!("{id}{name} is mirrored: the one interface that {meant}"),
            _ => format!("{id}{name} is mirrored: all {eligible} interfaces that {meant}"),
        },
        (RuleResult::Pass, None) => format!(
            "{id}{name} is mirrored in part: {watched} of {} that {meant}",
            plural(eligible, "interface", "interfaces")
        ),
        (RuleResult::Fail, Some(why)) => format!(
            "{id}{name} is not mirrored at all, and what should be mirrored in it cannot be told: {why}"
        ),
        (RuleResult::Fail, None) if *state == VpcState::NotEnabled => format!(
            "{id}{name} is not mirrored: {} could be, and nobody enabled it",
            plural(eligible, "interface", "interfaces")
        ),
        (RuleResult::Fail, None) => format!("{id}{name} is not mirrored at all"),
        (RuleResult::NotApplicable, _) => {
            format!("{id}{name} has no interface that could be mirrored")
        }
    }
}

fn is_watched(interface: &InterfaceAudit) -> bool {
    matches!(interface.watched, Watched::Ours | Watched::Others)
}

/// Whether nothing but its VPC's tags keeps it from being mirrored.
pub(super) fn is_not_enabled(interface: &InterfaceAudit) -> bool {
    interface.eligible && interface.reason == Some("vpc-not-enabled")
}
