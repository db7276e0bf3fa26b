//! Blocks of addresses.

use std::net::{IpAddr, Ipv4Addr};

/// A block of addresses, IPv4 or IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cidr {
    base: IpAddr,
    length: u8,
}

impl Cidr {
    /// Reads `10.0.0.0/16` or `2001:db8::/32`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (base, length) = text.split_once('/')?;
        let (base, length): (IpAddr, u8) = (base.parse().ok()?, length.parse().ok()?);
        let most = if base.is_ipv4() { 32 } else { 128 };
        (length <= most).then_some(Self { base, length })
    }

    pub(crate) fn is_ipv4(self) -> bool {
        self.base.is_ipv4()
    }

    /// The n-th block of 256 addresses in it, from the start again after the last; all of it where it is no larger.
    pub(crate) fn part(self, n: usize) -> Option<String> {
        let IpAddr::V4(base) = self.base else { return None };
        if self.length >= 24 {
            return Some(format!("{base}/{}", self.length));
        }
        let parts = 1_u64 << (24 - self.length);
        let place = u32::try_from(u64::try_from(n).ok()? % parts).ok()?;
        Some(format!("{}/24", Ipv4Addr::from(u32::from(base) + place * 256)))
    }

    /// Whether an address lies in it.
    pub(crate) fn holds(self, address: IpAddr) -> bool {
        let (width, base, address) = match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                (32, u128::from(u32::from(base)), u128::from(u32::from(address)))
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => (128, u128::from(base), u128::from(address)),
            _ => return false,
        };
        let free = width - u32::from(self.length);
        // A block of all addresses leaves no bit to compare, and 128 places are too far to shift.
        let start = |bits: u128| bits.checked_shr(free).unwrap_or(0);
        start(base) == start(address)
    }
}

#[cfg(test)]
mod tests {
    use super::Cidr;

    #[test]
    fn a_block_holds_what_begins_like_it() {
        for (block, address, yes) in [
            ("10.1.0.0/16", "10.1.255.255", true),
            ("10.1.0.0/16", "10.2.0.0", false),
            ("10.1.2.3/32", "10.1.2.3", true),
            ("0.0.0.0/0", "192.0.2.1", true),
            ("0.0.0.0/0", "::1", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "2001:db8::1", true),
        ] {
            let held = Cidr::read(block).unwrap().holds(address.parse().unwrap());
            assert_eq!(held, yes, "{block} {address}");
        }
        let part = |block, n| Cidr::read(block).unwrap().part(n);
        assert_eq!(part("10.1.0.0/16", 3).as_deref(), Some("10.1.3.0/24"));
        assert_eq!(part("10.1.0.0/16", 257).as_deref(), Some("10.1.1.0/24"));
        assert_eq!(part("10.1.2.0/25", 7).as_deref(), Some("10.1.2.0/25"));
        assert_eq!(part("::/0", 0), None);
        for text in ["10.1.0.0", "10.1.0.0/33", "10.1.0/16", "::/129", "pl-1/8", ""] {
            assert_eq!(Cidr::read(text), None, "{text}");
        }
    }
}
