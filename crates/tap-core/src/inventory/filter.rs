//! Traffic mirror filters as observed: what one lets through, and what it lacks to be as it should be.

use std::fmt;

use ipnet::IpNet;

use crate::ids::{FilterId, FilterRuleId, VpcId};
pub use crate::policy::filter_spec::{Direction, FilterRuleSpec, FilterSpec, Ports};
use crate::policy::filter_spec::{RULES_PER_FILTER, protocol_word};
use crate::policy::profile::Profile;
use crate::tags::Tags;

/// The name of the only network service there is.
pub const AMAZON_DNS: &str = "amazon-dns";

/// Which filter is meant, before anybody knows its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FilterKey {
    /// That of a profile, for all VPCs.
    OfProfile(Profile),
    /// That of a profile for one VPC, because it is made from the VPC's blocks.
    OfVpc(Profile, VpcId),
    /// The one that the user named for the run.
    Named(FilterId),
}

impl FilterKey {
    /// The filter of a profile in a VPC.
    pub fn of(profile: &Profile, vpc: &VpcId) -> Self {
        if profile.is_of_a_vpc() {
            Self::OfVpc(profile.clone(), vpc.clone())
        } else {
            Self::OfProfile(profile.clone())
        }
    }

    /// The profile, where it is that of one.
    pub fn profile(&self) -> Option<&Profile> {
        match self {
            Self::OfProfile(profile) | Self::OfVpc(profile, _) => Some(profile),
            Self::Named(_) => None,
        }
    }

    /// The name that a filter made for it gets.
    pub fn name(&self, vendor: &str) -> String {
        match self {
            Self::OfProfile(Profile::All) => format!("{vendor} Filter"),
            _ => format!("{vendor} Filter ({self})"),
        }
    }

    /// The VPC, where it is for one.
    pub fn vpc(&self) -> Option<&VpcId> {
        match self {
            Self::OfVpc(_, vpc) => Some(vpc),
            Self::OfProfile(_) | Self::Named(_) => None,
        }
    }
}

/// `all`; `alb-client, vpc-1`; `tmf-1`.
impl fmt::Display for FilterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OfProfile(profile) => write!(f, "{profile}"),
            Self::OfVpc(profile, vpc) => write!(f, "{profile}, {vpc}"),
            Self::Named(filter) => write!(f, "{filter}"),
        }
    }
}

/// One rule of a filter, as observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterRule {
    /// Its id, where AWS told it.
    pub id: Option<FilterRuleId>,
    /// The direction.
    pub direction: Direction,
    /// Its number; the lowest that matches decides.
    pub number: i32,
    /// Whether it accepts; else it rejects.
    pub accept: bool,
    /// The protocol, by its number; none for all.
    pub protocol: Option<i32>,
    /// The source ports; none for all.
    pub source_ports: Option<Ports>,
    /// The destination ports; none for all.
    pub destination_ports: Option<Ports>,
    /// The source block.
    pub source: String,
    /// The destination block.
    pub destination: String,
}

impl FilterRule {
    /// A rule about all traffic within one block, as nobody observed it yet.
    pub fn within(direction: Direction, number: i32, accept: bool, block: &str) -> Self {
        Self {
            id: None,
            direction,
            number,
            accept,
            protocol: None,
            source_ports: None,
            destination_ports: None,
            source: block.to_owned(),
            destination: block.to_owned(),
        }
    }

    /// A rule that is to be, as it will be observed.
    fn as_said(spec: &FilterRuleSpec, number: i32) -> Self {
        Self {
            id: None,
            direction: spec.direction,
            number,
            accept: spec.accept,
            protocol: spec.protocol,
            source_ports: spec.source_ports,
            destination_ports: spec.destination_ports,
            source: spec.source.to_string(),
            destination: spec.destination.to_string(),
        }
    }

    /// Whether it is one of the rules of a filter as it should be, at a place where it does what it should.
    fn is_of(&self, spec: &FilterSpec) -> bool {
        let fits = |wanted: &FilterRuleSpec| {
            self.does(wanted) && spec.numbers_for(wanted).contains(&self.number)
        };
        spec.rules.iter().any(fits)
    }

    /// Whether it is about some protocol or ports only.
    pub fn is_partial(&self) -> bool {
        let some = |ports: &Option<Ports>| ports.is_some_and(|ports| !ports.is_all());
        self.protocol.is_some() || some(&self.source_ports) || some(&self.destination_ports)
    }

    fn takes_all_of(&self, block: &str) -> bool {
        !self.is_partial() && self.source == block && self.destination == block
    }

    /// Whether it is about every packet that another rule of its direction is about: the same or wider in everything.
    fn covers(&self, other: &Self) -> bool {
        let protocol = self.protocol.is_none() || self.protocol == other.protocol;
        protocol
            && has_ports(self.source_ports, other.source_ports)
            && has_ports(self.destination_ports, other.destination_ports)
            && has_block(&self.source, &other.source)
            && has_block(&self.destination, &other.destination)
    }

    /// Whether it does what a rule is to do, whatever the numbers.
    pub fn does(&self, spec: &FilterRuleSpec) -> bool {
        let ports = |ports: Option<Ports>| ports.filter(|ports| !ports.is_all());
        self.direction == spec.direction
            && self.accept == spec.accept
            && self.protocol == spec.protocol
            && ports(self.source_ports) == ports(spec.source_ports)
            && ports(self.destination_ports) == ports(spec.destination_ports)
            && is_block(&self.source, &spec.source)
            && is_block(&self.destination, &spec.destination)
    }
}

/// Whether ports are among those of a rule, where none are all of them.
fn has_ports(wide: Option<Ports>, ports: Option<Ports>) -> bool {
    match (wide.filter(|wide| !wide.is_all()), ports) {
        (None, _) => true,
        (Some(wide), Some(ports)) => wide.from <= ports.from && ports.to <= wide.to,
        (Some(_), None) => false,
    }
}

/// Whether a block that AWS wrote lies within another, or is the same text.
fn has_block(wide: &str, block: &str) -> bool {
    let within = || Some(wide.parse::<IpNet>().ok()?.contains(&block.parse::<IpNet>().ok()?));
    wide == block || within().unwrap_or(false)
}

/// Whether a block that AWS wrote is this one: there are several ways to write one of IPv6.
fn is_block(text: &str, block: &IpNet) -> bool {
    text.parse::<IpNet>().is_ok_and(|net| net.trunc() == *block)
}

/// `accept ingress tcp from 10.0.0.0/16 to 0.0.0.0/0 port 443 (number 100)`.
impl fmt::Display for FilterRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id: _, direction, number, accept, source, destination, .. } = self;
        let action = if *accept { "accept" } else { "reject" };
        let protocol = self.protocol.map_or_else(|| "all traffic".to_owned(), protocol_word);
        let ports = |ports: Option<Ports>| ports.map_or_else(String::new, |p| format!(" {p}"));
        write!(f, "{action} {} {protocol} from {source}", direction.as_str())?;
        write!(f, "{} to {destination}", ports(self.source_ports))?;
        write!(f, "{} (number {number})", ports(self.destination_ports))
    }
}

/// What a filter of ours lacks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MissingParts {
    /// Rules to add.
    pub rules: Vec<FilterRuleSpec>,
    /// Whether mirroring of DNS traffic is to be switched on.
    pub dns: bool,
}

impl MissingParts {
    /// Everything that a new, empty filter lacks.
    pub fn of_a_new_filter(spec: &FilterSpec) -> Self {
        Self { rules: spec.rules.clone(), dns: spec.dns }
    }

    /// Whether nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && !self.dns
    }
}

/// A filter, as observed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MirrorFilter {
    /// Its description: ours is found by it.
    pub description: String,
    /// Its tags.
    pub tags: Tags,
    /// Its rules, both directions.
    pub rules: Vec<FilterRule>,
    /// Whether DNS traffic is mirrored.
    pub dns: bool,
}

impl MirrorFilter {
    /// What this filter lacks to do what it should (ruling 14); none where AWS's limit, or the numbers that others took,
    /// leave no room for it.
    pub fn missing(&self, spec: &FilterSpec) -> Option<MissingParts> {
        let mut rules: Vec<FilterRuleSpec> = Vec::new();
        for wanted in &spec.rules {
            if self.has(spec, wanted) {
                continue;
            }
            let added = rules.iter().filter(|r| r.direction == wanted.direction).map(|r| r.number);
            let there = self.in_direction(wanted.direction).map(|r| r.number);
            let taken: Vec<i32> = there.chain(added).collect();
            // The preferred number, or the nearest that nobody uses: numbers are unique per direction.
            let numbers = spec.numbers_for(wanted);
            let above = wanted.number..=*numbers.end();
            let below = (*numbers.start()..wanted.number).rev();
            let number = above.chain(below).find(|n| !taken.contains(n))?;
            rules.push(FilterRuleSpec { number, ..wanted.clone() });
        }
        let fits = self.rules.len() + rules.len() <= RULES_PER_FILTER;
        fits.then_some(MissingParts { rules, dns: spec.dns && !self.dns })
    }

    fn has(&self, spec: &FilterSpec, wanted: &FilterRuleSpec) -> bool {
        let numbers = spec.numbers_for(wanted);
        self.rules.iter().any(|rule| rule.does(wanted) && numbers.contains(&rule.number))
    }

    /// The rules that this filter has and should not: they let in more, or keep something out.
    pub fn beyond<'s>(&'s self, spec: &'s FilterSpec) -> impl Iterator<Item = &'s FilterRule> {
        self.rules.iter().filter(|rule| !rule.is_of(spec))
    }

    /// The rule that this filter has and should not, and that decides all that one of the rules which it should have is about,
    /// the other way and before it. Once `missing` is added, it still would not do what it should.
    pub fn shut_out_by(&self, spec: &FilterSpec, missing: &MissingParts) -> Option<&FilterRule> {
        spec.rules.iter().find_map(|wanted| {
            let numbers = spec.numbers_for(wanted);
            let there = self.rules.iter().filter(|rule| rule.does(wanted)).map(|rule| rule.number);
            let added = missing.rules.iter().filter(|added| {
                FilterRuleSpec { number: wanted.number, ..(*added).clone() } == *wanted
            });
            let places = there.chain(added.map(|added| added.number));
            let place = places.filter(|n| numbers.contains(n)).min()?;
            let wanted = FilterRule::as_said(wanted, place);
            let before = self.in_direction(wanted.direction).filter(|r| r.number < wanted.number);
            let first = before.filter(|rule| rule.covers(&wanted)).min_by_key(|rule| rule.number);
            first.filter(|rule| rule.accept != wanted.accept && !rule.is_of(spec))
        })
    }

    /// Whether it takes every IPv4 packet both ways, so that no session after it sees any.
    pub fn takes_everything(&self) -> bool {
        Direction::ALL.iter().all(|direction| {
            let rules = self.deciding(*direction);
            rules.iter().take_while(|r| r.accept).any(|r| r.takes_all_of("0.0.0.0/0"))
        })
    }

    /// Whether no rule of it accepts anything, and there is no DNS, so that a session with it mirrors nothing.
    pub fn takes_nothing(&self) -> bool {
        !self.dns && !Direction::ALL.iter().any(|d| self.deciding(*d).iter().any(|r| r.accept))
    }

    /// Whether some rule rejects, so that part of the traffic stays out.
    pub fn rejects_something(&self) -> bool {
        Direction::ALL.iter().any(|d| self.deciding(*d).iter().any(|r| !r.accept))
    }

    /// The rules of one direction that decide about some packet, in the order in which they are asked: one that an earlier one
    /// covers is never asked.
    fn deciding(&self, direction: Direction) -> Vec<&FilterRule> {
        let mut rules: Vec<&FilterRule> = self.in_direction(direction).collect();
        rules.sort_by_key(|r| r.number);
        let mut deciding: Vec<&FilterRule> = Vec::new();
        for rule in rules {
            if !deciding.iter().any(|earlier| earlier.covers(rule)) {
                deciding.push(rule);
            }
        }
        deciding
    }

    fn in_direction(&self, direction: Direction) -> impl Iterator<Item = &FilterRule> {
        self.rules.iter().filter(move |r| r.direction == direction)
    }
}

#[cfg(test)]
mod tests;
