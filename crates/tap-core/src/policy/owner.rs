//! Whose a session is. This is the only place that decides it, and it decides by the `Creator` tag (ruling 1).

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
