//! Why one thing is, or is not, mirrored: step by step, from its VPC to whoever receives, and what to change.

use tap_core::call::Call;
use tap_core::ids::{EniId, InstanceId, VpcId};
use tap_core::inventory::{Instance, Inventory};
use tap_core::plan::{Reason, Verb};

use crate::finding::{Finding, FindingCode};
use crate::model::{
    Arrival, Audit, InterfaceAudit, RuleResult, SessionAudit, VpcAudit, VpcState, Watched, Whose,
};

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

/// The steps of one interface.
fn part(audit: &Audit, inv: &Inventory, interface: &InterfaceAudit) -> Part {
    let zone = interface.zone.as_ref().map(|zone| format!(", {zone}")).unwrap_or_default();
    let about = format!("{} in {}, {}{zone}", interface.eni, interface.vpc, interface.subnet);
    let mut steps = Vec::new();
    if let Some(vpc) = audit.vpcs.iter().find(|vpc| vpc.id == interface.vpc) {
        steps.push(enabled(vpc));
    }
    steps.push(chosen(interface));
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

fn enabled(vpc: &VpcAudit) -> Step {
    let VpcAudit { id, policy, .. } = vpc;
    let (answer, text) = match vpc.state {
        VpcState::NotEnabled => (Answer::No, format!("{id} is not enabled: it has no target tag")),
        VpcState::Misconfigured => (Answer::No, format!("{id} is {policy}")),
        VpcState::Enabled => (Answer::Yes, format!("{id} is enabled: {policy}")),
    };
    Step { answer, text }
}

/// Whether it is to be mirrored, in the planner's words, and what the next run does.
fn chosen(interface: &InterfaceAudit) -> Step {
    let because = &interface.because;
    let Some(next) = interface.next else {
        return Step { answer: Answer::Unknown, text: because.clone() };
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

fn sees(audit: &Audit, session: &SessionAudit) -> Step {
    let id = &session.id;
    let ids = [id.as_str(), session.target.as_str(), session.filter.as_str()];
    let mut whats: Vec<&str> = ids.iter().flat_map(|id| about(audit, &session.blind, id)).collect();
    whats.dedup();
    if session.blind.is_empty() {
        let refused = crate::blind::NEEDS.iter().find(|call| audit.unread.contains_key(call));
        return match refused {
            None => Step { answer: Answer::Yes, text: format!("{id} sees packets") },
            Some(call) => Step {
                answer: Answer::Unknown,
                text: format!("whether {id} sees packets cannot be told: {call} was refused"),
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
                codes.contains(&finding.code.as_str())
                    && (names(finding, session.eni.as_str()) || names(finding, target.as_str()))
            };
            let step = |finding: &Finding| Step { answer: Answer::No, text: finding.what.clone() };
            audit.findings.iter().filter(suffers).map(step).collect()
        }
    }
}

/// What the findings of some codes say of a thing.
fn about<'a>(audit: &'a Audit, codes: &[&'static str], id: &str) -> Vec<&'a str> {
    let of = audit.findings.iter().filter(|f| codes.contains(&f.code.as_str()) && names(f, id));
    of.map(|finding| finding.what.as_str()).collect()
}

fn names(finding: &Finding, id: &str) -> bool {
    finding.at.iter().chain(&finding.affected).any(|named| named == id)
}

/// What to do for some interfaces: about what is found of them, and about why they are left alone.
fn remedies(audit: &Audit, interfaces: &[&InterfaceAudit]) -> Vec<String> {
    let mut all = remedies_of(audit, |finding| {
        interfaces.iter().any(|interface| {
            names(finding, interface.eni.as_str())
                || interface.sessions.iter().any(|session| names(finding, session.as_str()))
        })
    });
    for interface in interfaces {
        let Some((_, remedy)) = interface.reason.and_then(doc) else { continue };
        let is_left = matches!(interface.watched, Watched::LeftAlone | Watched::Missing);
        let code = interface.reason.unwrap_or_default();
        let remedy = format!("{code}: {remedy}");
        if is_left && !remedy.contains(": Nothing") && !all.contains(&remedy) {
            all.push(remedy);
        }
    }
    all
}

fn remedies_of(audit: &Audit, concerns: impl Fn(&Finding) -> bool) -> Vec<String> {
    let mut codes: Vec<FindingCode> = Vec::new();
    for finding in audit.findings.iter().filter(|finding| concerns(finding)) {
        if !codes.contains(&finding.code) {
            codes.push(finding.code);
        }
    }
    codes.into_iter().map(|code| format!("{code}: {}", code.remedy())).collect()
}

/// What a planner's reason means, and what to do.
fn doc(code: &str) -> Option<(&'static str, &'static str)> {
    let doc = Reason::ALL.iter().find(|doc| doc.code == code)?;
    Some((doc.meaning, doc.remedy))
}
