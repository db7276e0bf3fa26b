//! Why one thing is, or is not, mirrored: step by step, from its VPC to whoever receives, and what to change.

mod remedies;
mod steps;
mod verdict;

use tap_core::ids::{EniId, InstanceId, VpcId};
use tap_core::inventory::{Instance, Inventory};

use self::remedies::{doc, remedies, remedies_of};
use self::steps::{counted, enabled, part, sees};
use self::verdict::{verdict, verdict_of_several, verdict_of_vpc};
use crate::finding::Finding;
use crate::look::PLAN_CALLS;
use crate::model::{Audit, InterfaceAudit, SessionAudit};
use crate::render::words::plural;
use crate::scene::not_read;

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
    let what = describe(id, instance);
    let verdict = match interfaces.as_slice() {
        [] => format!("{what} has no interface, so there is nothing to mirror"),
        [one] => verdict(audit, &what, one),
        all => verdict_of_several(audit, &what, all),
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
            verdict: verdict(audit, &format!("{id} of {of}"), interface),
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
    let count = plural(sessions.len(), "session", "sessions");
    Some(Explanation {
        verdict: format!("{id} belongs to no instance that was seen, and has {count}"),
        parts: vec![Part { about: id.to_string(), steps }],
        remedies: remedies_of(audit, |finding| names(finding, id.as_str())),
    })
}

fn of_vpc(audit: &Audit, id: &VpcId) -> Option<Explanation> {
    let vpc = audit.vpcs.iter().find(|vpc| vpc.id == *id)?;
    let mut steps = vec![enabled(vpc)];
    steps.push(match unread(audit) {
        Some(why) => {
            let text = format!("which interfaces are to be mirrored cannot be told: {why}");
            Step { answer: Answer::Unknown, text }
        }
        None => counted(vpc),
    });
    for (code, count) in &vpc.coverage.left_alone {
        let meaning = doc(code).map(|(meaning, _)| format!(": {meaning}")).unwrap_or_default();
        let text = format!("{} left alone, {code}{meaning}", plural(*count, "is", "are"));
        steps.push(Step { answer: Answer::Yes, text });
    }
    let within =
        |finding: &Finding| finding.vpc.as_ref() == Some(id) || names(finding, id.as_str());
    for finding in audit.findings.iter().filter(|finding| !finding.muted && within(finding)) {
        steps.push(Step { answer: Answer::No, text: finding.what.clone() });
    }
    Some(Explanation {
        verdict: verdict_of_vpc(audit, vpc),
        parts: vec![Part { about: id.to_string(), steps }],
        remedies: remedies_of(audit, within),
    })
}

/// An instance in a few words.
fn describe(id: &InstanceId, instance: &Instance) -> String {
    let name = instance.tags.name().map(|name| format!("{name}, ")).unwrap_or_default();
    format!("{id} ({name}{}, {})", instance.instance_type, instance.state.as_str())
}

fn names(finding: &Finding, id: &str) -> bool {
    finding.at.iter().chain(&finding.affected).any(|named| named == id)
}

/// What was not read that deciding needs, as a reason why nobody can tell.
fn unread(audit: &Audit) -> Option<String> {
    PLAN_CALLS.iter().find_map(|call| audit.unread.get(call)).map(not_read)
}

/// Why nobody can tell where everything was read.
const UNDECIDED: &str = "it was not decided";
