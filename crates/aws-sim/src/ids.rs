//! Ids: counted ones for new things, and the test whether a text can be an id of a kind at all.

use crate::error::{Answer, ApiError};

/// Counts ids of the form AWS uses today: a prefix and 17 hex digits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mint {
    next: u64,
}

impl Mint {
    /// Makes the next id with this prefix (`eni`, `tms`, ..).
    pub(crate) fn id(&mut self, prefix: &str) -> String {
        format!("{prefix}-{:017x}", 0x0a00_0000_0000_0000_u64 + u64::from(self.number()))
    }

    /// The next number by itself.
    pub(crate) fn number(&mut self) -> u32 {
        self.next += 1;
        u32::try_from(self.next).unwrap_or(u32::MAX)
    }
}

/// Refuses what cannot be an id of this kind; asked only about ids that the account does not hold.
pub(crate) fn check_form(id: &str, prefix: &str, malformed: &str) -> Answer<()> {
    let digits = id.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('-'));
    let well_formed = digits.is_some_and(|d| {
        (d.len() == 8 || d.len() == 17)
            && d.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    });
    if well_formed {
        return Ok(());
    }
    Err(ApiError::bad(malformed, format!("Invalid id: \"{id}\" (expecting \"{prefix}-...\")")))
}

/// A hash that is the same on every run, for orders and tokens.
pub(crate) fn stable_hash(bytes: &[u8]) -> u64 {
    // FNV-1a, then one mixing step: FNV alone keeps counted ids nearly in order.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minted_ids_have_seventeen_digits_and_pass_the_form_check() {
        let mut mint = Mint::default();
        let (first, second) = (mint.id("eni"), mint.id("eni"));
        assert_ne!(first, second);
        assert_eq!(first.len(), "eni-".len() + 17);
        check_form(&first, "eni", "x").unwrap();
    }

    #[test]
    fn other_prefixes_lengths_and_letters_are_malformed() {
        for id in ["i-0a", "eni-0123456z", "vpc-01234567", "eni01234567", "eni-", ""] {
            assert_eq!(check_form(id, "eni", "Bad").unwrap_err().code, "Bad", "{id}");
        }
    }
}
