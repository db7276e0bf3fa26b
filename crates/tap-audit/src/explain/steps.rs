//! The steps of one interface, in the order in which packets meet them: its VPC, who chooses it, its sessions, whether they see
//! something, and whether that arrives.

use tap_core::call::Call;
use tap_core::ids::TargetId;
use tap_core::inventory::Inventory;
use tap_core::plan::Verb;

use super::verdict::is_not_enabled;
use super::{Answer, Part, Step, UNDECIDED, names, unread};
use crate::finding::Finding;
use crate::model::{
    Arrival, Audit, Coverage, InterfaceAudit, SessionAudit, VpcAudit, VpcState, Whose,
};
use crate::render::words::plural;
use crate::scene::not_read;

/// The steps of one interface.
pub(super) fn part(audit: &Audit, inv: &Inventory, interface: &InterfaceAudit) -> Part {
    let zone = interface.zone.as_ref().map(|zone| format!(", {zone}")).unwrap_or_default();
    let about = format!("{} in {}, {}{zone}", interface.eni, interface.vpc, interface.subnet);
    let mut steps = Vec::new();
    if let Some(vpc) = audit.vpcs.iter().find(|vpc| vpc.id == interface.vpc) {
        steps.push(enabled(vpc));
    }
    steps.push(chosen(audit, interface));
    let sessions: Vec<&SessionAudit> =
        audit.sessions.iter().filter(|session| session.eni == interface.eni).collect();
    if sessions.is_empty() {
        let text = match audit.unread.get(&Call::DescribeTrafficMirrorSessions) {
            None => "no session mirrors it".to_owned(),
            Some(_) => "whether a session mirrors it was not read".to_owned(),
        };
        let answer = if audit.unread.contains_key(&Call::DescribeTrafficMirrorSessions) {
            Answer::Unknown
        } else {
            Answer::No
        };
        steps.push(Step { answer, text });
    }
    for session in sessions {
        steps.push(has(inv, session));
        steps.push(sees(audit, session));
        if session.blind.is_empty() {
            steps.extend(arrives(audit, session));
        }
    }
    Part { about, steps }
}

pub(super) fn enabled(vpc: &VpcAudit) -> Step {
    let VpcAudit { id, policy, .. } = vpc;
    let (answer, text) = match vpc.state {
        VpcState::NotEnabled => (Answer::No, format!("{id} is not enabled: it has no target tag")),
        VpcState::Misconfigured => (Answer::No, format!("{id} is {policy}")),
        VpcState::Enabled => (Answer::Yes, format!("{id} is enabled: {policy}")),
    };
    Step { answer, text }
}

/// How many interfaces of a VPC are mirrored.
pub(super) fn counted(vpc: &VpcAudit) -> Step {
    let Coverage { interfaces, eligible, ours, others, .. } = &vpc.coverage;
    let missing = vpc.coverage.missing();
    let all = plural(*interfaces, "interface", "interfaces");
    let meant = match vpc.state {
        VpcState::NotEnabled => format!("{eligible} could be mirrored"),
        VpcState::Enabled | VpcState::Misconfigured => {
            format!("{} to be mirrored", plural(*eligible, "is", "are"))
        }
    };
    Step {
        answer: if missing == 0 { Answer::Yes } else { Answer::No },
        text: format!("{all}: {meant}; {ours} by us, {others} by others, {missing} by nobody"),
    }
}

/// Whether it is to be mirrored, in the planner's words, and what the next run does.
fn chosen(audit: &Audit, interface: &InterfaceAudit) -> Step {
    let because = &interface.because;
    let Some(next) = interface.next else {
        let why = unread(audit).unwrap_or_else(|| UNDECIDED.to_owned());
        let text = format!("whether it is to be mirrored cannot be told: {why}");
        return Step { answer: Answer::Unknown, text };
    };
    let (answer, text) = match next {
        Verb::Create => {
            (Answer::No, format!("it is to be mirrored: {because}; the next run creates a session"))
        }
        Verb::Modify => (Answer::No, format!("its session {because}; the next run repairs it")),
        Verb::Delete => (
            Answer::No,
            format!("it is not to be mirrored: {because}; the next run removes its session"),
        ),
        Verb::Keep => (Answer::Yes, format!("its session stays: {because}")),
        Verb::Skip if is_not_enabled(interface) => {
            (Answer::No, "it could be mirrored; nobody enabled its VPC".to_owned())
        }
        Verb::Skip if interface.eligible => {
            (Answer::No, format!("it is to be mirrored and cannot be: {because}"))
        }
        Verb::Skip => (Answer::No, format!("it is not to be mirrored: {because}")),
    };
    Step { answer, text }
}

fn has(inv: &Inventory, session: &SessionAudit) -> Step {
    let SessionAudit { id, target, filter, number, packet_length, .. } = session;
    let whose = match session.whose {
        Whose::Ours => "ours",
        Whose::Foreign => "somebody else's",
    };
    let length =
        packet_length.map(|bytes| format!(", {bytes} bytes of each packet")).unwrap_or_default();
    let owner = match &session.target_owner {
        Some(owner) if *owner != inv.scope.account => format!(" of account {owner}"),
        Some(_) | None => String::new(),
    };
    let text = format!(
        "{id}, {whose}, mirrors it to {target}{owner} with {filter}, number {number}{length}"
    );
    Step { answer: Answer::Yes, text }
}

pub(super) fn sees(audit: &Audit, session: &SessionAudit) -> Step {
    let id = &session.id;
    let ids = [id.as_str(), session.target.as_str(), session.filter.as_str()];
    let mut whats: Vec<&str> = ids.iter().flat_map(|id| about(audit, &session.blind, id)).collect();
    whats.dedup();
    if session.blind.is_empty() {
        let error = crate::blind::NEEDS.iter().find_map(|call| audit.unread.get(call));
        return match error.map(not_read) {
            None => Step { answer: Answer::Yes, text: format!("{id} sees packets") },
            Some(why) => Step {
                answer: Answer::Unknown,
                text: format!("whether {id} sees packets cannot be told: {why}"),
            },
        };
    }
    Step { answer: Answer::No, text: format!("{id} sees nothing: {}", whats.join("; ")) }
}

fn arrives(audit: &Audit, session: &SessionAudit) -> Vec<Step> {
    let (id, target) = (&session.id, &session.target);
    match &session.arrival {
        // Why it sees nothing is said already.
        None => Vec::new(),
        Some(Arrival::Arrives) => {
            let text = format!(
                "what {id} mirrors arrives at {target}: route, network ACLs, security groups and receivers are as they must be"
            );
            vec![Step { answer: Answer::Yes, text }]
        }
        Some(Arrival::CannotTell(why)) => {
            let text = format!(
                "whether what {id} mirrors arrives at {target} cannot be told: {}",
                why.join("; ")
            );
            vec![Step { answer: Answer::Unknown, text }]
        }
        Some(Arrival::Blocked(codes)) => {
            let suffers = |finding: &&Finding| {
                codes.contains(&finding.code.as_str()) && concerns(audit, finding, session)
            };
            let step = |finding: &Finding| Step { answer: Answer::No, text: finding.what.clone() };
            audit.findings.iter().filter(suffers).map(step).collect()
        }
    }
}

/// Whether a finding about the way of packets is about those of this session: others mirror to the same target, and the interface
/// may have a session to another one.
fn concerns(audit: &Audit, finding: &Finding, session: &SessionAudit) -> bool {
    let named = |target: &TargetId| finding.at.iter().any(|id| id == target.as_str());
    let of_eni = audit.sessions.iter().filter(|other| other.eni == session.eni);
    let is_of_another =
        !named(&session.target) && of_eni.into_iter().any(|other| named(&other.target));
    finding.affected.iter().any(|id| id == session.eni.as_str()) && !is_of_another
}

/// What the findings of some codes say of a thing.
fn about<'a>(audit: &'a Audit, codes: &[&'static str], id: &str) -> Vec<&'a str> {
    let of = audit.findings.iter().filter(|f| codes.contains(&f.code.as_str()) && names(f, id));
    of.map(|finding| finding.what.as_str()).collect()
}
