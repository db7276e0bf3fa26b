//! Pages: MaxResults, and tokens that belong to one request only.

use crate::error::{Answer, ApiError};
use crate::ids::stable_hash;
use crate::request::Request;
use crate::store::Key;
use crate::switches::Pages;

/// The largest page when a request does not say.
const DEFAULT_PAGE: usize = 1000;

/// How a service words its paging.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wording {
    pub(crate) size: &'static str,
    pub(crate) token: &'static str,
    pub(crate) smallest: usize,
    pub(crate) largest: usize,
    /// A page that is asked to be larger is cut to the largest; otherwise it is refused.
    pub(crate) cuts: bool,
    pub(crate) bad_token: &'static str,
}

/// EC2's.
pub(crate) const EC2: Wording = Wording {
    size: "MaxResults",
    token: "NextToken",
    smallest: 5,
    largest: 1000,
    cuts: false,
    bad_token: "InvalidNextToken",
};

/// EC2's where the documentation says that more than the largest is answered with the largest.
pub(crate) const EC2_CUTTING: Wording = Wording { cuts: true, ..EC2 };

/// ELBv2's.
pub(crate) const ELB: Wording = Wording {
    size: "PageSize",
    token: "Marker",
    smallest: 1,
    largest: 400,
    cuts: false,
    bad_token: "ValidationError",
};

/// Those of Organizations.
pub(crate) const ORGANIZATIONS: Wording = Wording {
    size: "MaxResults",
    token: "NextToken",
    smallest: 1,
    largest: 20,
    cuts: false,
    bad_token: "InvalidInputException",
};

/// One page of a listing, as far as its request tells.
#[derive(Debug)]
pub(crate) struct Pager {
    size: usize,
    fingerprint: u64,
    after: Option<String>,
    was_empty: bool,
    empty: bool,
}

impl Pager {
    pub(crate) fn open(request: &Request, wording: Wording, pages: &Pages) -> Answer<Self> {
        let asked: Option<i64> = request.number(wording.size)?;
        if let Some(asked) = asked {
            let bound = match usize::try_from(asked) {
                Ok(n) if n > wording.largest && !wording.cuts => {
                    Some(("less", wording.largest, "MAX_VALUE_EXCEEDED"))
                }
                Ok(n) if n >= wording.smallest => None,
                _ => Some(("greater", wording.smallest, "MIN_VALUE_EXCEEDED")),
            };
            if let Some((side, bound, reason)) = bound {
                let text = format!(
                    "Value ( {asked} ) for parameter {} is invalid. Expecting a value {side} than or equal to {bound}.",
                    wording.size
                );
                return Err(request.invalid(text).because(reason));
            }
        }
        let fingerprint = request.fingerprint(&[wording.size, wording.token, "DryRun"]);
        let mut pager = Self {
            size: asked
                .and_then(|n| usize::try_from(n).ok())
                .unwrap_or(DEFAULT_PAGE)
                .min(wording.largest),
            fingerprint,
            after: None,
            was_empty: false,
            empty: pages.empty,
        };
        if let Some(token) = request.str(wording.token).filter(|token| !token.is_empty()) {
            let Some((empty, after)) = decode(token, fingerprint) else {
                return Err(ApiError::bad(
                    wording.bad_token,
                    format!("The token '{token}' is invalid"),
                )
                .because("INVALID_PAGINATION_TOKEN"));
            };
            pager.was_empty = empty;
            pager.after = Some(after).filter(|after| !after.is_empty());
        }
        if let Some(cap) = pages.cap {
            pager.size = pager.size.min(cap.max(1));
        }
        if pages.short {
            let place = format!("{fingerprint}{:?}", pager.after);
            let span = pager.size as u64;
            pager.size = usize::try_from(1 + stable_hash(place.as_bytes()) % span).unwrap_or(1);
        }
        Ok(pager)
    }

    /// The position of the last thing of the page before.
    pub(crate) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// The same as a store's key, where positions are ids.
    pub(crate) fn after_key(&self) -> Option<Key> {
        self.after().map(Key::new)
    }

    /// Cuts the page from what follows `after`, each thing with its position.
    pub(crate) fn cut<T>(
        self,
        things: impl Iterator<Item = (String, T)>,
    ) -> (Vec<T>, Option<String>) {
        if self.empty && !self.was_empty {
            let token = encode(self.fingerprint, true, self.after.as_deref().unwrap_or_default());
            return (Vec::new(), Some(token));
        }
        let mut things = things.peekable();
        let (mut page, mut last) = (Vec::new(), String::new());
        while page.len() < self.size {
            let Some((position, thing)) = things.next() else { break };
            last = position;
            page.push(thing);
        }
        let token = things.peek().map(|_| encode(self.fingerprint, false, &last));
        (page, token)
    }
}

fn encode(fingerprint: u64, empty: bool, after: &str) -> String {
    let mut bytes = fingerprint.to_be_bytes().to_vec();
    bytes.push(u8::from(empty));
    bytes.extend(after.bytes());
    // Not a secret, but a client that reads meaning into a token should find none.
    bytes.iter().enumerate().map(|(n, b)| format!("{:02x}", b ^ mask(n))).collect()
}

fn decode(token: &str, fingerprint: u64) -> Option<(bool, String)> {
    let digits = token.as_bytes();
    let bytes: Option<Vec<u8>> = digits
        .chunks(2)
        .enumerate()
        .map(|(n, pair)| {
            let pair = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(pair, 16).ok().map(|byte| byte ^ mask(n))
        })
        .collect();
    let bytes = bytes?;
    let (print, rest) = bytes.split_at_checked(8)?;
    let (empty, after) = rest.split_first()?;
    let same = print == fingerprint.to_be_bytes();
    same.then(|| Some((*empty == 1, String::from_utf8(after.to_vec()).ok()?)))?
}

fn mask(position: usize) -> u8 {
    stable_hash(&position.to_be_bytes()).to_be_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_go_round_and_belong_to_their_request() {
        let token = encode(7, false, "eni-1");
        assert_eq!(decode(&token, 7), Some((false, "eni-1".to_owned())));
        assert_eq!(decode(&token, 8), None);
        assert_eq!(decode("nonsense", 7), None);
        assert_eq!(decode("", 7), None);
    }
}
