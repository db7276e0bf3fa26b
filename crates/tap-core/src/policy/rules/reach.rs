//! Which rules are never reached, because those before them in their list are about all that they are about.

use std::collections::{BTreeMap, BTreeSet};

use super::Matcher;
use crate::ids::{SubnetId, VpcId};

type Tag = (String, String);

/// What the rules so far are about, with the line of the first one.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Tags of which each is enough.
    one: BTreeMap<Tag, usize>,
    /// Tags of which all are asked for.
    all: BTreeMap<BTreeSet<Tag>, usize>,
    subnets: BTreeMap<SubnetId, usize>,
    vpcs: BTreeMap<VpcId, usize>,
}

impl Reach {
    /// Takes in a rule, and gives the line of an earlier one that keeps it from ever being reached.
    pub(super) fn add(&mut self, matcher: &Matcher, line: usize) -> Option<usize> {
        match matcher {
            Matcher::Subnet(id) => first(&mut self.subnets, id, line),
            Matcher::Vpc(id) => first(&mut self.vpcs, id, line),
            Matcher::Tags { tags, all: false } => {
                let covers = |tag: &Tag| self.one.get(tag).copied();
                let before = tags.iter().map(covers).collect::<Option<Vec<usize>>>();
                for tag in tags {
                    self.one.entry(tag.clone()).or_insert(line);
                }
                before.and_then(|lines| lines.into_iter().max())
            }
            Matcher::Tags { tags, all: true } => {
                let before = tags.iter().find_map(|tag| self.one.get(tag).copied());
                if let [tag] = tags.as_slice() {
                    self.one.entry(tag.clone()).or_insert(line);
                }
                let same = first(&mut self.all, &tags.iter().cloned().collect(), line);
                before.or(same)
            }
        }
    }
}

fn first<K: Ord + Clone>(lines: &mut BTreeMap<K, usize>, key: &K, line: usize) -> Option<usize> {
    let before = lines.get(key).copied();
    if before.is_none() {
        lines.insert(key.clone(), line);
    }
    before
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(tags: &str, all: bool) -> Matcher {
        let pair = |tag: &str| (tag.to_owned(), "1".to_owned());
        Matcher::Tags { tags: tags.split_whitespace().map(pair).collect(), all }
    }

    #[test]
    fn a_rule_behind_those_that_cover_it_is_never_reached() {
        for (first, second, third, expected) in [
            (tags("a", false), tags("b", false), tags("a b", false), Some(2)),
            (tags("a b", false), tags("c", false), tags("b", false), Some(1)),
            (tags("a", false), tags("b", false), tags("a c", false), None),
            (tags("a", false), tags("b", false), tags("a c", true), Some(1)),
            (tags("a", true), tags("b", false), tags("b a", false), Some(2)),
            (tags("a b", true), tags("c", false), tags("b a", true), Some(1)),
            (tags("a b", true), tags("c", false), tags("a", true), None),
            (tags("a b", true), tags("c", false), tags("a b", false), None),
            (Matcher::Vpc("vpc-1".into()), tags("c", false), Matcher::Vpc("vpc-1".into()), Some(1)),
            (Matcher::Vpc("vpc-1".into()), tags("c", false), Matcher::Vpc("vpc-2".into()), None),
            (
                Matcher::Subnet("subnet-1".into()),
                tags("c", false),
                Matcher::Subnet("subnet-1".into()),
                Some(1),
            ),
        ] {
            let mut reach = Reach::default();
            assert_eq!((reach.add(&first, 1), reach.add(&second, 2)), (None, None));
            assert_eq!(reach.add(&third, 3), expected, "{first} | {second} | {third}");
        }
    }
}
