//! Traffic mirror filters: what one lets through, and what ours must hold.

use crate::tags::Tags;

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

/// The address families that our filter accepts, each as the block that holds all of it, with its preferred rule number.
const EVERYTHING: [(&str, i32); 2] = [("0.0.0.0/0", 100), ("::/0", 200)];

/// The name of the only network service there is.
pub const AMAZON_DNS: &str = "amazon-dns";

/// AWS's limit of rules in one filter.
const RULES_PER_FILTER: usize = 10;

/// One rule of a filter, as observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterRule {
    /// The direction.
    pub direction: Direction,
    /// Its number; the lowest that matches decides.
    pub number: i32,
    /// Whether it accepts; else it rejects.
    pub accept: bool,
    /// The source block.
    pub source: String,
    /// The destination block.
    pub destination: String,
    /// Whether it is about some protocol or ports only.
    pub partial: bool,
}

impl FilterRule {
    fn takes_all_of(&self, block: &str) -> bool {
        !self.partial && self.source == block && self.destination == block
    }
}

/// A rule to be added.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleSpec {
    /// The direction.
    pub direction: Direction,
    /// Its number.
    pub number: i32,
    /// The block that it accepts, as source and as destination.
    pub block: &'static str,
}

/// What our filter lacks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MissingParts {
    /// Rules to add.
    pub rules: Vec<RuleSpec>,
    /// Whether mirroring of DNS traffic is to be switched on.
    pub dns: bool,
}

impl MissingParts {
    /// Everything that a new, empty filter lacks.
    pub fn of_a_new_filter() -> Self {
        MirrorFilter::default().missing_parts()
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
    /// What this filter lacks to take all traffic of both families, both ways, and DNS (ruling 14).
    pub fn missing_parts(&self) -> MissingParts {
        let mut rules = Vec::new();
        for direction in Direction::ALL {
            let mut taken: Vec<i32> = self.in_direction(direction).map(|r| r.number).collect();
            for (block, preferred) in EVERYTHING {
                if self.in_direction(direction).any(|r| r.accept && r.takes_all_of(block)) {
                    continue;
                }
                // The preferred number, or the lowest above it that nobody uses: numbers are unique per direction.
                let number = (preferred..).find(|n| !taken.contains(n)).unwrap_or(preferred);
                taken.push(number);
                rules.push(RuleSpec { direction, number, block });
            }
        }
        MissingParts { rules, dns: !self.dns }
    }

    /// Whether AWS's limit leaves room for what is missing.
    pub fn can_be_completed(&self) -> bool {
        self.rules.len() + self.missing_parts().rules.len() <= RULES_PER_FILTER
    }

    /// Whether it takes every IPv4 packet both ways, so that no session after it sees any.
    pub fn takes_everything(&self) -> bool {
        Direction::ALL.iter().all(|direction| {
            let mut rules: Vec<&FilterRule> = self.in_direction(*direction).collect();
            rules.sort_by_key(|r| r.number);
            rules.iter().take_while(|r| r.accept).any(|r| r.takes_all_of("0.0.0.0/0"))
        })
    }

    /// Whether it has no accepting rule and no DNS, so that a session with it mirrors nothing.
    pub fn takes_nothing(&self) -> bool {
        !self.dns && !self.rules.iter().any(|r| r.accept)
    }

    /// Whether some rule rejects, so that part of the traffic stays out.
    pub fn rejects_something(&self) -> bool {
        self.rules.iter().any(|r| !r.accept)
    }

    fn in_direction(&self, direction: Direction) -> impl Iterator<Item = &FilterRule> {
        self.rules.iter().filter(move |r| r.direction == direction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(direction: Direction, number: i32, accept: bool, block: &str) -> FilterRule {
        let (source, destination) = (block.to_owned(), block.to_owned());
        FilterRule { direction, number, accept, source, destination, partial: false }
    }

    fn full() -> MirrorFilter {
        let rules = Direction::ALL
            .into_iter()
            .flat_map(|d| EVERYTHING.map(|(block, number)| rule(d, number, true, block)))
            .collect();
        MirrorFilter { rules, dns: true, ..MirrorFilter::default() }
    }

    #[test]
    fn a_new_filter_lacks_four_rules_and_dns() {
        let missing = MissingParts::of_a_new_filter();
        assert!(missing.dns);
        let numbers: Vec<_> =
            missing.rules.iter().map(|r| (r.direction, r.number, r.block)).collect();
        assert_eq!(
            numbers,
            [
                (Direction::Ingress, 100, "0.0.0.0/0"),
                (Direction::Ingress, 200, "::/0"),
                (Direction::Egress, 100, "0.0.0.0/0"),
                (Direction::Egress, 200, "::/0"),
            ]
        );
    }

    #[test]
    fn a_full_filter_lacks_nothing() {
        assert!(full().missing_parts().is_empty());
        assert!(full().takes_everything());
        assert!(!full().takes_nothing());
    }

    #[test]
    fn only_what_is_missing_is_added_and_a_taken_number_is_avoided() {
        let mut filter = full();
        filter.rules.retain(|r| !(r.direction == Direction::Egress && r.number == 100));
        filter.rules.push(rule(Direction::Egress, 100, true, "10.0.0.0/8"));
        let missing = filter.missing_parts();
        assert_eq!(
            missing.rules,
            [RuleSpec { direction: Direction::Egress, number: 101, block: "0.0.0.0/0" }]
        );
        assert!(!missing.dns);
    }

    #[test]
    fn a_rule_for_some_ports_is_not_a_rule_for_everything() {
        let mut filter = full();
        filter.rules[0].partial = true;
        assert_eq!(filter.missing_parts().rules.len(), 1);
        assert!(!filter.takes_everything());
    }

    #[test]
    fn a_rejecting_rule_in_front_means_not_everything() {
        let mut filter = full();
        filter.rules.push(rule(Direction::Ingress, 5, false, "10.0.0.0/8"));
        assert!(!filter.takes_everything());
        assert!(filter.rejects_something());
        assert!(filter.missing_parts().is_empty());
    }

    #[test]
    fn ten_rules_are_the_limit() {
        let rules = (1..=8).map(|n| rule(Direction::Ingress, n, true, "10.0.0.0/8")).collect();
        let filter = MirrorFilter { rules, ..MirrorFilter::default() };
        assert!(!filter.can_be_completed());
        assert!(full().can_be_completed());
    }
}
