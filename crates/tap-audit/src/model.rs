//! What an audit finds out about one scope, as plain data: every output is made from this and from nothing else.

use std::collections::BTreeMap;

use tap_core::call::Call;
use tap_core::error::CloudError;
use tap_core::ids::{AccountId, EniId, FilterId, InstanceId, SessionId, SubnetId, TargetId, VpcId};
use tap_core::inventory::Scope;
use tap_core::plan::Verb;

use crate::finding::Finding;
use crate::severity::Severity;

/// What was found out about one scope.
#[derive(Debug, Clone, PartialEq)]
pub struct Audit {
    /// The scope.
    pub scope: Scope,
    /// The VPCs, by id.
    pub vpcs: Vec<VpcAudit>,
    /// Coverage by subnet.
    pub subnets: Vec<PlaceAudit<SubnetId>>,
    /// Coverage by zone, by the name that it has in this account.
    pub zones: Vec<PlaceAudit<String>>,
    /// Coverage by instance.
    pub instances: Vec<PlaceAudit<InstanceId>>,
    /// Every interface of every instance.
    pub interfaces: Vec<InterfaceAudit>,
    /// Every session of the account.
    pub sessions: Vec<SessionAudit>,
    /// Every target that is used, and every one of this account.
    pub targets: Vec<TargetAudit>,
    /// What is wrong, the gravest first.
    pub findings: Vec<Finding>,
    /// What could not be told.
    pub unknowns: Vec<Unknown>,
    /// What could not be read, and what AWS said.
    pub unread: BTreeMap<Call, CloudError>,
    /// How close the account is to AWS's quotas.
    pub quotas: Vec<Quota>,
    /// What all sessions cost; none where sessions could not be read.
    pub cost: Option<Cost>,
    /// Coverage of the whole scope.
    pub coverage: Coverage,
}

impl Audit {
    /// The gravest finding that is not muted.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().filter(|f| !f.muted).map(Finding::severity).max()
    }

    /// How many findings of this severity count.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|f| !f.muted && f.severity() == severity).count()
    }
}

/// The answer of the rule "VPC Traffic Mirroring in use" for one VPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleResult {
    /// Some session in it is not known to see nothing.
    Pass,
    /// It has interfaces that can be mirrored, and no session that sees anything.
    Fail,
    /// It has no interface that can be mirrored.
    NotApplicable,
    /// What could not be read keeps from telling.
    CannotTell,
}

impl RuleResult {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotApplicable => "not-applicable",
            Self::CannotTell => "cannot-tell",
        }
    }
}

/// One VPC.
#[derive(Debug, Clone, PartialEq)]
pub struct VpcAudit {
    /// Its id.
    pub id: VpcId,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Whether mirroring is in use in it.
    pub rule: RuleResult,
    /// Whether its tags enable it.
    pub state: VpcState,
    /// What its tags say, in words: `tmt-1, auto`, `tmt-1, auto, alb-client, 256 bytes`, `not enabled`.
    pub policy: String,
    /// The profile of its filter, where a tag says it.
    pub profile: Option<String>,
    /// How many bytes of each packet are mirrored, where a tag says it.
    pub packet_length: Option<i32>,
    /// How much of it is mirrored.
    pub coverage: Coverage,
    /// What the sessions in it cost; none where sessions could not be read.
    pub cost: Option<Cost>,
}

/// Whether a VPC's tags enable it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum VpcState {
    /// It has no target tag.
    NotEnabled,
    /// It is to be mirrored.
    Enabled,
    /// Its tags make no sense.
    Misconfigured,
}

impl VpcState {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotEnabled => "not-enabled",
            Self::Enabled => "enabled",
            Self::Misconfigured => "misconfigured",
        }
    }
}

/// The risk of a VPC without mirroring, as the rule grades it.
pub const RULE_RISK: Severity = Severity::Medium;

/// A part of a scope with its coverage.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaceAudit<T> {
    /// What it is.
    pub id: T,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// The VPC it is in; none for zones, and for instances with interfaces in several.
    pub vpc: Option<VpcId>,
    /// How much of it is mirrored.
    pub coverage: Coverage,
}

/// How many interfaces are mirrored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// All interfaces.
    pub interfaces: usize,
    /// Those that can be mirrored and that no tag or rule leaves out. In a VPC that is not enabled: those that would be,
    /// were it enabled.
    pub eligible: usize,
    /// Eligible ones with a session of ours.
    pub ours: usize,
    /// Eligible ones with sessions of others only.
    pub others: usize,
    /// Those of `ours` and `others` whose packets do not arrive, not even those of their best session.
    pub blocked: usize,
    /// Those of `ours` and `others` of whose sessions each one sees nothing. One may be blocked, too: where nobody receives,
    /// a session sees nothing for that reason.
    pub blind: usize,
    /// Those that are not eligible, by the code of the reason.
    pub left_alone: BTreeMap<&'static str, usize>,
    /// Those of which nobody can tell.
    pub unknown: usize,
}

impl Coverage {
    /// Eligible interfaces that nobody mirrors.
    pub fn missing(&self) -> usize {
        self.eligible.saturating_sub(self.ours + self.others)
    }

    /// Per cent of the eligible that are mirrored, blocked and blind ones among them, rounded down; none where nothing is
    /// eligible, or nobody can tell.
    pub fn percent(&self) -> Option<usize> {
        let known = self.eligible > 0 && self.unknown == 0;
        known.then(|| (self.ours + self.others) * 100 / self.eligible)
    }
}

/// Who watches an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Watched {
    /// A session of ours mirrors it.
    Ours,
    /// Only sessions of others mirror it.
    Others,
    /// It should be mirrored, or could be, and is not.
    Missing,
    /// It is left alone, for a reason.
    LeftAlone,
    /// What could not be read keeps from telling.
    CannotTell,
}

impl Watched {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Ours, Self::Others, Self::Missing, Self::LeftAlone, Self::CannotTell];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Others => "others",
            Self::Missing => "missing",
            Self::LeftAlone => "left-alone",
            Self::CannotTell => "cannot-tell",
        }
    }
}

/// Whether mirrored packets arrive, as far as the API tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// Nothing speaks against it, and everything was looked at.
    Arrives,
    /// They do not, or not all: the codes of the findings that say why.
    Blocked(Vec<&'static str>),
    /// Something could not be read or followed: what.
    CannotTell(Vec<String>),
}

impl Arrival {
    /// The stable name.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Arrives => "arrives",
            Self::Blocked(_) => "blocked",
            Self::CannotTell(_) => "cannot-tell",
        }
    }
}

/// One interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceAudit {
    /// Its id.
    pub eni: EniId,
    /// Its instance.
    pub instance: InstanceId,
    /// The instance's name, where it has one.
    pub name: Option<String>,
    /// Its VPC.
    pub vpc: VpcId,
    /// Its subnet.
    pub subnet: SubnetId,
    /// Its zone, where the subnet could be read.
    pub zone: Option<String>,
    /// Whether it can be mirrored and is not left out.
    pub eligible: bool,
    /// Who watches it.
    pub watched: Watched,
    /// What the next run would do; none where the plan could not be made.
    pub next: Option<Verb>,
    /// The code of the reason, as everywhere; none where the plan could not be made.
    pub reason: Option<&'static str>,
    /// The reason as a sentence, or what could not be read.
    pub because: String,
    /// Its sessions, by number: ours and those of others.
    pub sessions: Vec<SessionId>,
    /// Whether its packets arrive; none where no session mirrors it, or nothing is sent.
    pub arrival: Option<Arrival>,
}

/// Whose a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// Ours: it has our Creator tag.
    Ours,
    /// Somebody else's.
    Foreign,
}

impl Whose {
    /// The stable name, DESIGN's words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ours => "owned",
            Self::Foreign => "foreign",
        }
    }
}

/// One session of this account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionAudit {
    /// Its id.
    pub id: SessionId,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Whose it is.
    pub whose: Whose,
    /// Its source.
    pub eni: EniId,
    /// The source's VPC, where it is known.
    pub vpc: Option<VpcId>,
    /// Its target.
    pub target: TargetId,
    /// The account that the target belongs to, where the target could be read.
    pub target_owner: Option<AccountId>,
    /// Its filter.
    pub filter: FilterId,
    /// Its number.
    pub number: i32,
    /// Bytes kept of each packet; none for all.
    pub packet_length: Option<i32>,
    /// The VXLAN network identifier.
    pub vni: Option<i32>,
    /// Its description.
    pub description: Option<String>,
    /// Why it sees nothing, as the codes of findings; none where nothing is known to be in its way.
    pub blind: Vec<&'static str>,
    /// Whether its packets arrive; none where nothing is sent: its source does not run, is attached to nothing or is gone.
    pub arrival: Option<Arrival>,
}

/// One target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetAudit {
    /// Its id.
    pub id: TargetId,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// The account that it belongs to.
    pub owner: AccountId,
    /// AWS's word for its kind.
    pub kind: String,
    /// The interface, load balancer or endpoint that it delivers to.
    pub resource: String,
    /// The VPC that it lives in, where that can be seen.
    pub vpc: Option<VpcId>,
    /// How many interfaces mirror to it, other accounts' too where they can be seen; none where sessions could not be read.
    pub sources: Option<usize>,
    /// How many may, where there is a limit that is known.
    pub limit: Option<usize>,
    /// The code of its health, as in `session_mirror_config_vpc`.
    pub health: &'static str,
}

/// A question that cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unknown {
    /// The question, in words.
    pub question: String,
    /// What it is about: ids.
    pub at: Vec<String>,
    /// Why it cannot be answered.
    pub why: String,
    /// What would answer it; none where nothing in this account would.
    pub remedy: Option<String>,
}

/// A quota of AWS and how much of it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// What is counted.
    pub what: &'static str,
    /// Of which thing, where it is not the scope's.
    pub of: Option<String>,
    /// How many there are; none where that could not be read.
    pub used: Option<usize>,
    /// How many there may be.
    pub limit: usize,
}

impl Quota {
    /// How much of it is used, in thousandths; none where that could not be read.
    pub fn per_mille(&self) -> Option<usize> {
        self.used.map(|used| used.saturating_mul(1000) / self.limit.max(1))
    }
}

/// What sessions cost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cost {
    /// How many sessions are paid for.
    pub sessions: usize,
    /// How many of them see nothing.
    pub wasted: usize,
    /// USD per session and hour.
    pub price_per_hour: f64,
}

/// Hours that AWS's examples count for a month.
pub const HOURS_PER_MONTH: f64 = 730.0;

impl Cost {
    /// USD per month.
    #[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 sessions")]
    pub fn per_month(&self) -> f64 {
        self.sessions as f64 * self.price_per_hour * HOURS_PER_MONTH
    }

    /// USD per month for sessions that see nothing.
    #[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 sessions")]
    pub fn wasted_per_month(&self) -> f64 {
        self.wasted as f64 * self.price_per_hour * HOURS_PER_MONTH
    }
}
