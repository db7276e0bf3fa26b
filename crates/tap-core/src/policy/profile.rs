//! Profiles: what of the traffic is mirrored, by a word that people put on a VPC, and the filter that the word stands for.
//!
//! ```text
//!   all         everything and DNS                         all-tcp     TCP and nothing else
//!   dns-only    questions and answers of DNS               alb-client  what passes the border of the VPC
//!   custom:X    what the file says that defines X          alb-target  what stays inside the VPC
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::ids::VpcId;
use crate::policy::custom_filter::CustomFilter;
use crate::policy::filter_spec::{
    Direction, FilterRuleSpec, FilterSpec, Ports, RULES_PER_FILTER, TCP, UDP, all_like,
};

/// How the value begins that names a profile of the user's own.
const CUSTOM: &str = "custom:";

/// No name of a custom profile is longer.
pub const LONGEST_NAME: usize = 64;

/// The port of DNS.
const DNS: i32 = 53;

/// What of the traffic is mirrored.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// Everything, and DNS.
    #[default]
    All,
    /// TCP, and nothing else.
    AllTcp,
    /// DNS: what the source asks, of Amazon's resolver or any other, and the answers.
    DnsOnly,
    /// What a reverse proxy exchanges with clients outside the VPC.
    AlbClient,
    /// What a reverse proxy exchanges with targets inside the VPC.
    AlbTarget,
    /// What a file says, by the name that it defines.
    Custom(Arc<str>),
}

/// A text that names no profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no profile: expected {allowed}", allowed = Profile::ALLOWED)]
pub struct UnknownProfile(pub String);

/// Why a profile comes to no filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoFilterSpec {
    /// No file of this run defines the name.
    NotDefined(Arc<str>),
    /// More rules than AWS allows in one filter.
    TooManyRules(usize),
    /// It needs the address blocks of the VPC, and they are not known.
    NoBlocks,
}

impl Profile {
    /// Those that need no file.
    pub const BUILT_IN: [Self; 5] =
        [Self::All, Self::AllTcp, Self::DnsOnly, Self::AlbClient, Self::AlbTarget];

    /// What may be said.
    pub const ALLOWED: &'static str =
        "all, all-tcp, dns-only, alb-client, alb-target or custom:NAME";

    /// What it mirrors, in a few words.
    pub fn about(&self) -> &'static str {
        match self {
            Self::All => "everything, and DNS",
            Self::AllTcp => "TCP only",
            Self::DnsOnly => "DNS questions and answers only",
            Self::AlbClient => "what a reverse proxy exchanges with clients outside the VPC",
            Self::AlbTarget => "what a reverse proxy exchanges with targets inside the VPC",
            Self::Custom(_) => "what its file says",
        }
    }

    /// Whether its filter is made from the address blocks of the VPC, so that every VPC has its own.
    pub fn is_of_a_vpc(&self) -> bool {
        match self {
            Self::AlbClient | Self::AlbTarget => true,
            Self::All | Self::AllTcp | Self::DnsOnly | Self::Custom(_) => false,
        }
    }

    /// The filter that it stands for in a VPC with these blocks; `description` is what ours is called.
    ///
    /// # Errors
    /// [`NoFilterSpec`] says why there is none.
    pub fn spec(
        &self,
        description: &str,
        vpc: Option<(&VpcId, &[IpNet])>,
        custom: &BTreeMap<Arc<str>, CustomFilter>,
    ) -> Result<FilterSpec, NoFilterSpec> {
        let of_vpc = vpc.filter(|_| self.is_of_a_vpc());
        let description = self.description(description, of_vpc.map(|(id, _)| id));
        let blocks = of_vpc.map(|(_, blocks)| blocks).unwrap_or_default();
        if self.is_of_a_vpc() && blocks.is_empty() {
            return Err(NoFilterSpec::NoBlocks);
        }
        let (mut rules, dns) = match self {
            Self::All => (both_ways(None), true),
            Self::AllTcp => (both_ways(Some(TCP)), false),
            Self::DnsOnly => (dns_rules(), true),
            Self::AlbClient => (across_the_border(blocks), false),
            Self::AlbTarget => (within(blocks), false),
            Self::Custom(name) => match custom.get(name) {
                Some(custom) => (custom.rules.clone(), custom.dns),
                None => return Err(NoFilterSpec::NotDefined(Arc::clone(name))),
            },
        };
        if rules.len() > RULES_PER_FILTER {
            return Err(NoFilterSpec::TooManyRules(rules.len()));
        }
        rules.sort();
        Ok(FilterSpec { description, rules, dns })
    }

    /// The description by which its filter is found: that of `all` is the one that ours always had.
    pub fn description(&self, ours: &str, vpc: Option<&VpcId>) -> String {
        match (self, vpc) {
            (Self::All, _) => ours.to_owned(),
            (profile, None) => format!("{ours} ({profile})"),
            (profile, Some(vpc)) => format!("{ours} ({profile}, {vpc})"),
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.pad("all"),
            Self::AllTcp => f.pad("all-tcp"),
            Self::DnsOnly => f.pad("dns-only"),
            Self::AlbClient => f.pad("alb-client"),
            Self::AlbTarget => f.pad("alb-target"),
            Self::Custom(name) => f.pad(&format!("{CUSTOM}{name}")),
        }
    }
}

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, UnknownProfile> {
        if let Some(name) = text.strip_prefix(CUSTOM).filter(|name| is_name(name)) {
            return Ok(Self::Custom(name.into()));
        }
        let known = Self::BUILT_IN.into_iter().find(|profile| profile.to_string() == text);
        known.ok_or_else(|| UnknownProfile(text.to_owned()))
    }
}

/// Whether a custom profile can have this name: it stands in tags, flags and descriptions.
pub fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=LONGEST_NAME).contains(&text.len()) && text.chars().all(fits)
}

/// All addresses of each family, with the number that its rule gets.
fn everywhere() -> [(IpNet, i32); 2] {
    [(Ipv4Net::default().into(), 100), (Ipv6Net::default().into(), 200)]
}

/// Accepts one protocol, or all, in both directions and families.
fn both_ways(protocol: Option<i32>) -> Vec<FilterRuleSpec> {
    let rule = |direction, (all, number)| {
        let rule = FilterRuleSpec::new(direction, number, true, all, all);
        FilterRuleSpec { protocol, ..rule }
    };
    let rules = |direction| everywhere().map(|block| rule(direction, block));
    Direction::ALL.into_iter().flat_map(rules).collect()
}

/// Questions to port 53 of anybody, and the answers from there. The other way round, for a source that is a resolver itself,
/// there is no room: ten rules are the limit, and these are eight.
fn dns_rules() -> Vec<FilterRuleSpec> {
    let mut rules = Vec::new();
    for (all, first) in everywhere() {
        for (protocol, number) in [(UDP, first), (TCP, first + 10)] {
            let port = Some(Ports::one(DNS));
            let rule = |direction| {
                let rule = FilterRuleSpec::new(direction, number, true, all, all);
                FilterRuleSpec { protocol: Some(protocol), ..rule }
            };
            rules.push(FilterRuleSpec { destination_ports: port, ..rule(Direction::Egress) });
            rules.push(FilterRuleSpec { source_ports: port, ..rule(Direction::Ingress) });
        }
    }
    rules
}

/// A rule about the traffic between a source and a block, whichever way it goes.
fn with_peer(direction: Direction, number: i32, accept: bool, block: IpNet) -> FilterRuleSpec {
    let all = all_like(&block);
    match direction {
        Direction::Ingress => FilterRuleSpec::new(direction, number, accept, block, all),
        Direction::Egress => FilterRuleSpec::new(direction, number, accept, all, block),
    }
}

/// The numbers of rules about blocks, in the order of the blocks.
fn numbered(blocks: &[IpNet]) -> Vec<(IpNet, i32)> {
    let mut blocks: Vec<IpNet> = blocks.iter().map(IpNet::trunc).collect();
    blocks.sort();
    blocks.dedup();
    blocks.into_iter().zip((100..).step_by(10)).collect()
}

/// Rejects what goes to or comes from the VPC's own blocks, and accepts the rest. IPv6 only where the VPC has it.
fn across_the_border(blocks: &[IpNet]) -> Vec<FilterRuleSpec> {
    let has_v6 = blocks.iter().any(|block| matches!(block, IpNet::V6(_)));
    let mut rules = Vec::new();
    for direction in Direction::ALL {
        let own = numbered(blocks);
        rules.extend(own.into_iter().map(|(block, n)| with_peer(direction, n, false, block)));
        for (all, number) in everywhere() {
            if matches!(all, IpNet::V4(_)) || has_v6 {
                let number = number * 10;
                rules.push(FilterRuleSpec::new(direction, number, true, all, all));
            }
        }
    }
    rules
}

/// Accepts what goes to or comes from the VPC's own blocks.
fn within(blocks: &[IpNet]) -> Vec<FilterRuleSpec> {
    let rules = |direction| {
        let own = numbered(blocks);
        own.into_iter().map(move |(block, n)| with_peer(direction, n, true, block))
    };
    Direction::ALL.into_iter().flat_map(rules).collect()
}
