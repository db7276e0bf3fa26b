//! Whose a session is, and what it was made for. This is the only place that decides the first, and it decides by the
//! `Creator` tag (ruling 1).

use crate::moment::Moment;
use crate::tags::{CREATOR, TagKeys, Tags};

/// Whose a session is. Sessions of other accounts never get this far (ruling 17).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Ours to change and to remove.
    Owned,
    /// Somebody else's: never changed.
    Foreign,
}

/// Tells an owned session from a foreign one by its tags.
pub fn owner(tags: &Tags, keys: &TagKeys) -> Owner {
    if tags.get(CREATOR) == Some(keys.creator.as_str()) { Owner::Owned } else { Owner::Foreign }
}

/// For whom a session was made, beside the tags of its VPC.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks<'a> {
    /// The rule, by its key.
    pub rule: Option<&'a str>,
    /// The GuardDuty finding.
    pub finding: Option<&'a str>,
    /// When what was made for the finding ends. A value that is no moment is no end.
    pub until: Option<Moment>,
}

impl<'a> Marks<'a> {
    /// Reads the marks of a session.
    pub fn of(tags: &'a Tags, keys: &TagKeys) -> Self {
        Self {
            rule: tags.get(&keys.rule),
            finding: tags.get(&keys.finding),
            until: tags.get(&keys.until).and_then(Moment::parse),
        }
    }

    /// What stands where the end should stand, and is no moment: the session has no end.
    pub fn no_moment(tags: &'a Tags, keys: &TagKeys) -> Option<&'a str> {
        tags.get(&keys.until).filter(|until| Moment::parse(until).is_none())
    }

    /// Whether the session is there for a finding, at this moment. Who does not know the time takes none for over.
    pub fn finding_lasts(&self, now: Option<Moment>) -> bool {
        self.finding.is_some() && !self.finding_is_over(now)
    }

    /// Whether the session was there for a finding whose time is over.
    pub fn finding_is_over(&self, now: Option<Moment>) -> bool {
        let over = self.until.zip(now).is_some_and(|(until, now)| until <= now);
        self.finding.is_some() && over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_tag_makes_a_session_ours() {
        let keys = TagKeys::default();
        let of = |pairs: &[(&str, &str)]| owner(&pairs.iter().copied().collect(), &keys);
        assert_eq!(of(&[("Creator", "Vectra:Tap")]), Owner::Owned);
        for foreign in [("Creator", "vectra:tap"), ("creator", "Vectra:Tap"), ("Creator", "x:Tap")]
        {
            assert_eq!(of(&[foreign]), Owner::Foreign, "{foreign:?}");
        }
        assert_eq!(of(&[]), Owner::Foreign);
    }
}
