//! Why one thing is, or is not, mirrored: step by step, from its VPC to whoever receives, and what to change.

mod remedies;
mod steps;

use tap_core::ids::{EniId, InstanceId, VpcId};
use tap_core::inventory::{Instance, Inventory};

use self::remedies::{doc, remedies, remedies_of};
use self::steps::{enabled, part, sees};
use crate::finding::Finding;
use crate::model::{Arrival, Audit, InterfaceAudit, RuleResult, SessionAudit, VpcAudit, Watched};

/// What somebody asks about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An instance, with all its interfaces.
    Instance(InstanceId),
    /// One interface.
    Interface(EniId),
    /// A VPC as a whole.
    Vpc(VpcId),
}

impl Subject {
    /// Its id.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Instance(id) => id.as_str(),
            Self::Interface(id) => id.as_str(),
            Self::Vpc(id) => id.as_str(),
        }
    }
}

/// What one step gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It speaks for being watched.
    Yes,
    /// It speaks against.
    No,
    /// Nobody can tell.
    Unknown,
}

impl Answer {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "cannot-tell",
        }
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it gives.
    pub answer: Answer,
    /// A sentence.
    pub text: String,
}

/// The steps of one interface, or of one VPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is about, and where that is.
    pub about: String,
    /// The steps, in the order in which packets meet them.
    pub steps: Vec<Step>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The answer in one sentence.
    pub verdict: String,
    /// The steps.
    pub parts: Vec<Part>,
    /// What to change; empty where all is as it should be.
    pub remedies: Vec<String>,
}

/// Explains a subject; nothing where it is not in this scope.
pub fn explain(audit: &Audit, inv: &Inventory, subject: &Subject) -> Option<Explanation> {
    match subject {
        Subject::Instance(id) => of_instance(audit, inv, id),
        Subject::Interface(id) => of_interface(audit, inv, id),
        Subject::Vpc(id) => of_vpc(audit, id),
    }
}

fn of_instance(audit: &Audit, inv: &Inventory, id: &InstanceId) -> Option<Explanation> {
    let instance = inv.instances.get(id)?;
    let interfaces: Vec<&InterfaceAudit> =
        audit.interfaces.iter().filter(|interface| interface.instance == *id).collect();
    let watched = interfaces.iter().filter(|i| is_watched(i)).count();
    let what = describe(id, instance);
    let verdict = match (watched, interfaces.len()) {
        (_, 0) => format!("{what} has no interface, so there is nothing to mirror"),
        (_, 1) => format!("{what} is {}", in_a_word(audit, interfaces[0])),
        (n, all) if n == all => format!("{what} is mirrored: all {all} interfaces"),
        (n, all) => format!("{what} is mirrored on {n} of {all} interfaces"),
    };
    Some(Explanation {
        verdict,
        parts: interfaces.iter().map(|interface| part(audit, inv, interface)).collect(),
        remedies: remedies(audit, &interfaces),
    })
}

fn of_interface(audit: &Audit, inv: &Inventory, id: &EniId) -> Option<Explanation> {
    if let Some(interface) = audit.interfaces.iter().find(|interface| interface.eni == *id) {
        let instance = inv.instances.get(&interface.instance);
        let of = instance.map(|instance| describe(&interface.instance, instance));
        let of = of.unwrap_or_else(|| interface.instance.to_string());
        return Some(Explanation {
            verdict: format!("{id} of {of} is {}", in_a_word(audit, interface)),
            parts: vec![part(audit, inv, interface)],
            remedies: remedies(audit, &[interface]),
        });
    }
    // An interface of no instance, with sessions on it.
    let sessions: Vec<&SessionAudit> = audit.sessions.iter().filter(|s| s.eni == *id).collect();
    if sessions.is_empty() {
        return None;
    }
    let steps = sessions.iter().map(|session| sees(audit, session)).collect();
    Some(Explanation {
        verdict: format!(
            "{id} belongs to no instance that was seen, and has {} sessions",
            sessions.len()
        ),
        parts: vec![Part { about: id.to_string(), steps }],
        remedies: remedies_of(audit, |finding| names(finding, id.as_str())),
    })
}

fn of_vpc(audit: &Audit, id: &VpcId) -> Option<Explanation> {
    let vpc = audit.vpcs.iter().find(|vpc| vpc.id == *id)?;
    let VpcAudit { name, rule, coverage, .. } = vpc;
    let name = name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    let (eligible, ours, others) = (coverage.eligible, coverage.ours, coverage.others);
    let verdict = match rule {
        RuleResult::Pass if ours + others == eligible => {
            format!("{id}{name} is mirrored: all {eligible} interfaces that are to be")
        }
        RuleResult::Pass => format!(
            "{id}{name} is mirrored in part: {} of {eligible} interfaces that are to be",
            ours + others
        ),
        RuleResult::Fail => format!("{id}{name} is not mirrored at all"),
        RuleResult::NotApplicable => {
            format!("{id}{name} has no interface that could be mirrored")
        }
        RuleResult::CannotTell => {
            format!("whether {id}{name} is mirrored cannot be told: something could not be read")
        }
    };
    let mut steps = vec![enabled(vpc)];
    if coverage.unknown > 0 {
        let text = format!("of {} interfaces nobody can tell what should be", coverage.unknown);
        steps.push(Step { answer: Answer::Unknown, text });
    }
    steps.push(Step {
        answer: if coverage.missing() == 0 { Answer::Yes } else { Answer::No },
        text: format!(
            "{} interfaces: {eligible} are to be mirrored, {ours} are by us, {others} by others, {} by nobody",
            coverage.interfaces,
            coverage.missing()
        ),
    });
    for (code, count) in &coverage.left_alone {
        let meaning = doc(code).map(|(meaning, _)| format!(": {meaning}")).unwrap_or_default();
        let text = format!("{count} are left alone, {code}{meaning}");
        steps.push(Step { answer: Answer::Yes, text });
    }
    let within =
        |finding: &Finding| finding.vpc.as_ref() == Some(id) || names(finding, id.as_str());
    for finding in audit.findings.iter().filter(|finding| within(finding)) {
        steps.push(Step { answer: Answer::No, text: finding.what.clone() });
    }
    Some(Explanation {
        verdict,
        parts: vec![Part { about: id.to_string(), steps }],
        remedies: remedies_of(audit, within),
    })
}

/// An instance in a few words.
fn describe(id: &InstanceId, instance: &Instance) -> String {
    let name = instance.tags.name().map(|name| format!("{name}, ")).unwrap_or_default();
    format!("{id} ({name}{}, {})", instance.instance_type, instance.state.as_str())
}

fn is_watched(interface: &InterfaceAudit) -> bool {
    matches!(interface.watched, Watched::Ours | Watched::Others)
}

fn in_a_word(audit: &Audit, interface: &InterfaceAudit) -> String {
    let because = &interface.because;
    let mut sessions = audit.sessions.iter().filter(|session| session.eni == interface.eni);
    let is_blind = is_watched(interface) && sessions.all(|session| !session.blind.is_empty());
    match interface.watched {
        Watched::Ours | Watched::Others if is_blind => {
            "not watched: it has a session, which sees nothing".to_owned()
        }
        Watched::Ours => match &interface.arrival {
            Some(Arrival::Blocked(_)) => "mirrored, but its packets do not arrive".to_owned(),
            Some(Arrival::CannotTell(_)) => {
                "mirrored, and whether its packets arrive cannot be told".to_owned()
            }
            Some(Arrival::Arrives) | None => "mirrored".to_owned(),
        },
        Watched::Others => "mirrored by somebody else, not by us".to_owned(),
        Watched::Missing => format!("not mirrored: {because}"),
        Watched::LeftAlone => format!("not mirrored, and is not to be: {because}"),
        Watched::CannotTell => because.clone(),
    }
}

fn names(finding: &Finding, id: &str) -> bool {
    finding.at.iter().chain(&finding.affected).any(|named| named == id)
}
