//! What the single rules of security groups and network ACLs let through.

use std::net::IpAddr;

use tap_core::network::{AclEntry, Permission, Protocol};

use super::Why;

/// What a door does with a packet.
pub(super) enum Door {
    Open,
    Closed,
    /// Nobody can tell, for this reason.
    Unknown(Why),
}

/// Whether a permission is, or may be, about UDP to a port.
pub(super) fn takes_udp(permission: &Permission, port: u16) -> bool {
    permission.protocol.has_udp() && has_port(permission.ports, port)
}

/// Whether a permission would be about packets with an address, were its protocol theirs.
pub(super) fn may_let(permission: &Permission, address: IpAddr) -> bool {
    permission.blocks.iter().any(|block| block.contains(&address))
        || !permission.groups.is_empty()
        || !permission.prefix_lists.is_empty()
}

/// Why nobody knows what a permission or an entry takes.
pub(super) fn odd_protocol(whose: impl std::fmt::Display) -> Why {
    format!("{whose} names a protocol that this version does not know").into()
}

/// Ports without bounds, or with AWS's -1, are all ports.
fn has_port(ports: Option<(u16, u16)>, port: u16) -> bool {
    ports.is_none_or(|(first, last)| (first..=last).contains(&port))
}

/// The entries that speak of UDP to a port, in the order in which they are asked.
pub(super) fn relevant(entries: &[AclEntry], port: u16) -> Vec<&AclEntry> {
    let speaks = |entry: &&AclEntry| entry.protocol.has_udp() && has_port(entry.ports, port);
    let mut entries: Vec<&AclEntry> = entries.iter().filter(speaks).collect();
    entries.sort_by_key(|entry| entry.number);
    entries
}

/// The lowest entry that matches decides; where none does, the packet is denied.
pub(super) fn ask_acl(entries: &[&AclEntry], address: IpAddr) -> Door {
    for entry in entries {
        match entry.block {
            Some(block) if !block.contains(&address) => {}
            Some(_) if entry.protocol == Protocol::Unknown => {
                return Door::Unknown(odd_protocol(format!("entry {}", entry.number)));
            }
            Some(_) if entry.allow => return Door::Open,
            Some(_) => return Door::Closed,
            None => return Door::Unknown(format!("entry {} has no block", entry.number).into()),
        }
    }
    Door::Closed
}
