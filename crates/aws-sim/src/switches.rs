//! The switches: every fault and every unknown of AWS that a test or a person can set. Default is an account that works.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use crate::scenario::ScenarioError;

/// What goes wrong, and how AWS behaves where its documents leave it open.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Seed of everything random here; the same seed and the same calls give the same faults.
    pub seed: u64,
    /// How long calls take.
    pub latency: Latency,
    /// Token buckets; none means no throttling.
    pub throttle: Option<Throttle>,
    /// Calls that fail at random.
    pub random: Option<RandomFaults>,
    /// How late reads see writes.
    pub consistency: Consistency,
    /// What happens after a certain call.
    pub after: Vec<After>,
    /// Actions that are denied, by name; `*` denies all.
    pub deny: Vec<String>,
    /// Faults for the next calls of an action.
    pub faults: Vec<ScriptedFault>,
    /// Nothing is answered any more, and nothing done: every connection stays open until the client goes away.
    pub silent: bool,
    /// Access keys that are refused.
    pub credentials: Credentials,
    /// How listings are cut into pages.
    pub pages: Pages,
    /// Which spelling of the not-found codes the mirror objects use.
    pub not_found: NotFoundCodes,
    /// What a session number that is taken leads to.
    pub taken_number: TakenNumber,
    /// How long a launched instance stays pending, a terminated one shutting-down, a new load balancer
    /// provisioning: milliseconds.
    pub settle_ms: u64,
}

impl Switches {
    /// Reads switches from YAML; `name` is the file's name, for messages.
    pub fn from_yaml(name: &str, text: &str) -> Result<Self, ScenarioError> {
        crate::scenario::parse(name, text)
    }

    /// Reads switches from a file.
    pub fn from_file(path: &Path) -> Result<Self, ScenarioError> {
        let (name, text) = crate::scenario::read(path)?;
        Self::from_yaml(&name, &text)
    }

    pub(crate) fn settle(&self) -> Duration {
        Duration::from_millis(self.settle_ms)
    }
}

/// How long calls take.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Latency {
    /// For every action without an entry of its own.
    pub default: Option<Delay>,
    /// Per action.
    pub actions: BTreeMap<String, Delay>,
    /// Per region, for actions without an entry of their own.
    pub regions: BTreeMap<String, Delay>,
}

/// A delay in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Delay {
    /// Always the same.
    Fixed(u64),
    /// Anything in between, from the seed.
    Range {
        /// At least this.
        from: u64,
        /// At most this.
        to: u64,
    },
}

/// Token buckets as EC2's and ELB's, per region and action.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Throttle {
    /// Every capacity and refill times this.
    pub scale: f64,
    /// Buckets of certain actions instead of AWS's.
    pub buckets: BTreeMap<String, BucketSize>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { scale: 1.0, buckets: BTreeMap::new() }
    }
}

/// The size of a token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BucketSize {
    /// Tokens when full.
    pub capacity: f64,
    /// Tokens that come back each second.
    pub refill: f64,
}

/// Faults at a rate.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RandomFaults {
    /// Share of calls that fail, 0 to 1.
    pub rate: f64,
    /// What they fail with, one of these each time.
    pub kinds: Vec<RandomKind>,
    /// Only these actions; empty means all.
    pub actions: Vec<String>,
}

impl Default for RandomFaults {
    fn default() -> Self {
        Self {
            rate: 0.0,
            kinds: vec![RandomKind::InternalError, RandomKind::Unavailable, RandomKind::Reset],
            actions: Vec::new(),
        }
    }
}

/// A way to fail at random.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RandomKind {
    /// HTTP 500, `InternalError`.
    InternalError,
    /// HTTP 503, `Unavailable`.
    Unavailable,
    /// The connection closes; nothing was done.
    Reset,
    /// The connection closes; the call was done.
    LoseReply,
    /// Nothing was done, and no answer ever comes: the connection stays open until the client goes away.
    Hang,
    /// The same, but the call was done.
    HangDone,
    /// The call was done; of the answer a beginning comes, as though it were all of it.
    CutShort,
}

/// How late reads see writes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Consistency {
    /// A read sees the account as it was at most this long ago, milliseconds.
    pub window_ms: u64,
    /// Every read is late by the whole window, rather than by a random part of it.
    pub always: bool,
}

/// One thing that happens after a call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    /// After the how-manieth call, from 1, counted from when this was set.
    pub call: usize,
    /// Counting only calls of this action.
    #[serde(default)]
    pub action: Option<String>,
    /// What happens.
    #[serde(rename = "do")]
    pub deed: Deed,
}

/// What can happen after a call. Instances and VPCs are named by id or Name tag.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// An instance is terminated.
    TerminateInstance(String),
    /// An instance is stopped.
    StopInstance(String),
    /// An instance is started.
    StartInstance(String),
    /// An instance is launched.
    LaunchInstance(Launch),
    /// A mirror target is deleted, whoever uses it.
    DeleteTarget(String),
    /// A mirror session is deleted by somebody else.
    DeleteSession(String),
    /// A mirror session is made by somebody else.
    CreateSession(Intruder),
    /// A tag is set by somebody else.
    SetTag(TagSet),
    /// A tag is removed by somebody else.
    DeleteTag(TagGone),
    /// Time jumps ahead by that many milliseconds: buckets fill, late reads catch up, instances settle.
    Advance(u64),
    /// That very call is done, but its reply is lost.
    LoseReply,
    /// That very call is cut off before anything is done.
    Reset,
    /// That very call is not done; neither it nor any later one is answered, as with the switch `silent`.
    Hang,
    /// That very call is done; neither it nor any later one is answered, as with the switch `silent`.
    HangDone,
    /// From then on this action is denied.
    Deny(String),
    /// From then on all credentials are expired.
    ExpireCredentials,
}

/// An instance to launch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Launch {
    /// The subnet, by id or Name tag.
    pub subnet: String,
    /// The instance type; `m5.large` if absent.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    /// Tags of the instance.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// A session that somebody else makes; AWS's rules are not asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intruder {
    /// The instance.
    pub instance: String,
    /// Which of its interfaces, from 0.
    #[serde(default)]
    pub interface: usize,
    /// The target.
    pub target: String,
    /// The filter.
    pub filter: String,
    /// The session number.
    pub number: u32,
    /// Tags of the session.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// A tag to set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagSet {
    /// The resource: its id, or the Name tag of an instance or a VPC.
    pub on: String,
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

/// A tag to remove.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagGone {
    /// The resource: its id, or the Name tag of an instance or a VPC.
    pub on: String,
    /// The key.
    pub key: String,
}

/// A fault for the next calls of an action.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptedFault {
    /// The action; `*` is any.
    pub action: String,
    /// The error code; `reset` and `lose-reply` close the connection before or after the call is done, `hang` and
    /// `hang-done` leave it open without an answer; `cut-short` sends the beginning of one.
    pub code: String,
    /// The HTTP status; worked out from the code if absent.
    #[serde(default)]
    pub status: Option<u16>,
    /// The text.
    #[serde(default)]
    pub message: Option<String>,
    /// How many calls it hits.
    #[serde(default = "once")]
    pub times: usize,
}

fn once() -> usize {
    1
}

impl ScriptedFault {
    /// One fault of this code for the next call of this action.
    pub fn new(action: &str, code: &str) -> Self {
        Self { action: action.into(), code: code.into(), status: None, message: None, times: 1 }
    }
}

/// Access keys that are refused; `*` is every key.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Credentials {
    /// `RequestExpired` (EC2), `ExpiredToken` (STS, ELB).
    pub expired: Vec<String>,
    /// `AuthFailure` (EC2), `InvalidClientTokenId` (STS, ELB).
    pub invalid: Vec<String>,
}

/// How listings are cut into pages; all of it allowed by AWS's documents.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pages {
    /// The server's own largest page.
    pub cap: Option<usize>,
    /// Pages are shorter than asked for, by a different number each.
    pub short: bool,
    /// Every other page is empty, with a token.
    pub empty: bool,
}

/// Which spelling the not-found codes of mirror objects have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotFoundCodes {
    /// As seen in live accounts: `InvalidTrafficMirrorSessionId.NotFound`.
    #[default]
    Live,
    /// As in AWS's list of codes: `InvalidTrafficMirrorSessionNotFound`.
    Documented,
}

/// What a session number that is taken on an interface leads to: AWS documents neither code nor text, nor that it is refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TakenNumber {
    /// Two sessions of one interface may have the same number.
    pub accept: bool,
    /// The code.
    pub code: String,
    /// The text; `{number}`, `{target}` and `{eni}` are filled in.
    pub message: String,
}

impl Default for TakenNumber {
    fn default() -> Self {
        Self {
            accept: false,
            code: "InvalidParameterValue".to_owned(),
            message: "The session number {number} of {eni} is in use by target {target}".to_owned(),
        }
    }
}
