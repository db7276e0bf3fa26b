//! Collects findings and open questions: what is wrong at one place is one finding, however many suffer from it.

use std::collections::{BTreeMap, BTreeSet};

use tap_core::ids::VpcId;

use crate::finding::{Finding, FindingCode};
use crate::model::Unknown;

/// Where something is wrong.
type Place = (FindingCode, Vec<String>);

/// Findings and open questions, gathered by place.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    found: BTreeMap<Place, Found>,
    asked: BTreeMap<(String, String), BTreeSet<String>>,
    /// What would answer questions, by why they cannot be answered.
    remedies: BTreeMap<String, String>,
}

#[derive(Debug)]
struct Found {
    vpc: Option<VpcId>,
    what: String,
    affected: BTreeSet<String>,
}

/// One thing that is wrong, at one place, for one sufferer.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) code: FindingCode,
    /// Where, the most important first.
    pub(crate) at: Vec<String>,
    /// The VPC that it is in.
    pub(crate) vpc: Option<VpcId>,
    /// One sentence. It must not name who suffers: the first sentence stands for all.
    pub(crate) what: String,
}

impl Problem {
    pub(crate) fn new(
        code: FindingCode,
        at: impl IntoIterator<Item = impl ToString>,
        what: impl Into<String>,
    ) -> Self {
        let at = at.into_iter().map(|id| id.to_string()).collect();
        Self { code, at, vpc: None, what: what.into() }
    }

    pub(crate) fn within(mut self, vpc: Option<&VpcId>) -> Self {
        self.vpc = vpc.cloned();
        self
    }
}

impl Collected {
    /// A problem that nobody else suffers from than what it names.
    pub(crate) fn add(&mut self, problem: Problem) {
        self.entry(problem);
    }

    /// A problem, and one who suffers from it.
    pub(crate) fn add_for(&mut self, problem: Problem, affected: impl ToString) {
        self.entry(problem).affected.insert(affected.to_string());
    }

    fn entry(&mut self, Problem { code, at, vpc, what }: Problem) -> &mut Found {
        let new = || Found { vpc, what, affected: BTreeSet::new() };
        self.found.entry((code, at)).or_insert_with(new)
    }

    /// A question that cannot be answered about something.
    pub(crate) fn ask(
        &mut self,
        question: impl Into<String>,
        at: impl ToString,
        why: impl Into<String>,
    ) {
        self.asked.entry((question.into(), why.into())).or_default().insert(at.to_string());
    }

    /// What would answer the questions that cannot be answered for such a reason.
    pub(crate) fn suggest(&mut self, why: impl Into<String>, remedy: impl Into<String>) {
        self.remedies.insert(why.into(), remedy.into());
    }

    /// All of it: findings with the gravest first, and questions.
    pub(crate) fn finish(self) -> (Vec<Finding>, Vec<Unknown>) {
        let finding = |((code, at), Found { vpc, what, affected })| Finding {
            code,
            at,
            vpc,
            what,
            affected: affected.into_iter().collect(),
            muted: false,
        };
        let mut findings: Vec<Finding> = self.found.into_iter().map(finding).collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity()));
        let unknown = |((question, why), at)| {
            let remedy = self.remedies.get(&why).cloned();
            Unknown { question, at: Vec::from_iter(at), why, remedy }
        };
        (findings, self.asked.into_iter().map(unknown).collect())
    }
}
