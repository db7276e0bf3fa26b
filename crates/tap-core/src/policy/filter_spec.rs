//! A mirror filter as it should be: its rules, and whether DNS traffic is mirrored beside them.
//!
//! The rules here are those of AWS's filters, each about some packets. The rules that choose instances are
//! [`rules`](crate::policy::rules)'.

use std::fmt;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// AWS's limit of rules in one filter, both directions together (docs/aws.md 2).
pub const RULES_PER_FILTER: usize = 10;

/// The highest number that a rule of a filter gets.
pub const LAST_RULE_NUMBER: i32 = 32_766;

/// The protocol number of TCP.
pub const TCP: i32 = 6;

/// The protocol number of UDP.
pub const UDP: i32 = 17;

/// The direction of the traffic that a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Into the source.
    Ingress,
    /// Out of the source.
    Egress,
}

impl Direction {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Ingress, Self::Egress];

    /// AWS's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }
}

/// A range of ports, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ports {
    /// The first.
    pub from: i32,
    /// The last.
    pub to: i32,
}

impl Ports {
    /// One port.
    pub fn one(port: i32) -> Self {
        Self { from: port, to: port }
    }

    /// Whether it is every port there is, which is the same as no range.
    pub fn is_all(self) -> bool {
        self.from <= 0 && self.to >= 65_535
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        if from == to { write!(f, "port {from}") } else { write!(f, "ports {from}-{to}") }
    }
}

/// A protocol by its word where people know one, else by its number.
pub fn protocol_word(number: i32) -> String {
    let word = PROTOCOLS.iter().find(|(_, n)| *n == number).map(|(word, _)| *word);
    word.map_or_else(|| format!("protocol {number}"), str::to_owned)
}

/// The protocols that have a word, with their numbers at IANA.
pub const PROTOCOLS: [(&str, i32); 9] = [
    ("tcp", TCP),
    ("udp", UDP),
    ("icmp", 1),
    ("icmpv6", 58),
    ("gre", 47),
    ("esp", 50),
    ("ah", 51),
    ("sctp", 132),
    ("igmp", 2),
];

/// All addresses of the family of a block.
pub fn all_like(block: &IpNet) -> IpNet {
    match block {
        IpNet::V4(_) => Ipv4Net::default().into(),
        IpNet::V6(_) => Ipv6Net::default().into(),
    }
}

/// A rule of a filter, as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FilterRuleSpec {
    /// The direction.
    pub direction: Direction,
    /// Its number; the lowest that matches a packet decides.
    pub number: i32,
    /// Whether it accepts; else it rejects.
    pub accept: bool,
    /// The protocol, by its number at IANA; none for all.
    pub protocol: Option<i32>,
    /// The source ports; none for all.
    pub source_ports: Option<Ports>,
    /// The destination ports; none for all.
    pub destination_ports: Option<Ports>,
    /// The block of the source addresses.
    pub source: IpNet,
    /// The block of the destination addresses, of the same family.
    pub destination: IpNet,
}

impl FilterRuleSpec {
    /// A rule about all traffic from one block to another.
    pub fn new(
        direction: Direction,
        number: i32,
        accept: bool,
        source: IpNet,
        destination: IpNet,
    ) -> Self {
        Self {
            direction,
            number,
            accept,
            protocol: None,
            source_ports: None,
            destination_ports: None,
            source,
            destination,
        }
    }

    /// What people read in AWS's console.
    pub fn description(&self) -> String {
        let Self { direction, accept, protocol, source, destination, .. } = self;
        let direction = direction.as_str();
        let whole = protocol.is_none() && *accept && source == destination;
        if whole { format!("all {direction} traffic of {source}") } else { self.to_string() }
    }
}

/// Without its number: `accept egress tcp from 0.0.0.0/0 to 0.0.0.0/0 port 443`.
impl fmt::Display for FilterRuleSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            direction,
            number: _,
            accept,
            protocol,
            source_ports,
            destination_ports,
            source,
            destination,
        } = self;
        let action = if *accept { "accept" } else { "reject" };
        let protocol = protocol.map_or_else(|| "all traffic".to_owned(), protocol_word);
        let ports = |ports: &Option<Ports>| ports.map_or_else(String::new, |p| format!(" {p}"));
        write!(f, "{action} {} {protocol} from {source}", direction.as_str())?;
        write!(f, "{} to {destination}{}", ports(source_ports), ports(destination_ports))
    }
}

/// A filter as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterSpec {
    /// The description by which it is found again.
    pub description: String,
    /// Its rules, in each direction by ascending number.
    pub rules: Vec<FilterRuleSpec>,
    /// Whether DNS traffic to Amazon's resolver is mirrored beside them.
    pub dns: bool,
}

impl FilterSpec {
    /// The rules of one direction.
    pub fn in_direction(&self, direction: Direction) -> impl Iterator<Item = &FilterRuleSpec> {
        self.rules.iter().filter(move |rule| rule.direction == direction)
    }

    /// Which numbers a rule of this filter may have without changing what the filter does.
    ///
    /// Neighbours with the same action may change places. Between an accepting and a rejecting rule the order counts, so each
    /// run of rules with one action has numbers of its own.
    pub fn numbers_for(&self, rule: &FilterRuleSpec) -> std::ops::RangeInclusive<i32> {
        let others = || self.in_direction(rule.direction);
        let turns = |r: &&FilterRuleSpec| r.accept != rule.accept;
        let before = others().filter(turns).map(|r| r.number).filter(|n| *n < rule.number).max();
        let after = others().filter(turns).map(|r| r.number).filter(|n| *n > rule.number).min();
        // The first of its run begins it; the run ends where the next one begins.
        let first = match before {
            None => 1,
            Some(before) => {
                others().map(|r| r.number).filter(|n| *n > before).min().unwrap_or(rule.number)
            }
        };
        first..=after.map_or(LAST_RULE_NUMBER, |after| after - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(number: i32, accept: bool) -> FilterRuleSpec {
        let all: IpNet = "0.0.0.0/0".parse().unwrap();
        FilterRuleSpec::new(Direction::Ingress, number, accept, all, all)
    }

    #[test]
    fn runs_of_one_action_have_numbers_of_their_own() {
        let rules = vec![rule(100, false), rule(200, false), rule(300, true), rule(400, false)];
        let spec = FilterSpec { description: String::new(), rules, dns: false };
        let numbers: Vec<_> = spec.rules.iter().map(|r| spec.numbers_for(r)).collect();
        assert_eq!(numbers, [1..=299, 1..=299, 300..=399, 400..=32_766]);
        let alike = FilterSpec { rules: vec![rule(100, true), rule(200, true)], ..spec };
        assert_eq!(alike.numbers_for(&alike.rules[1]), 1..=32_766);
    }

    #[test]
    fn a_rule_is_a_few_words() {
        let mut https = rule(100, true);
        assert_eq!(https.description(), "all ingress traffic of 0.0.0.0/0");
        (https.protocol, https.destination_ports) = (Some(TCP), Some(Ports::one(443)));
        https.source_ports = Some(Ports { from: 1024, to: 65_535 });
        https.source = "10.0.0.0/8".parse().unwrap();
        assert_eq!(
            https.description(),
            "accept ingress tcp from 10.0.0.0/8 ports 1024-65535 to 0.0.0.0/0 port 443"
        );
        let odd = FilterRuleSpec { protocol: Some(200), accept: false, ..rule(1, true) };
        assert_eq!(odd.to_string(), "reject ingress protocol 200 from 0.0.0.0/0 to 0.0.0.0/0");
    }
}
