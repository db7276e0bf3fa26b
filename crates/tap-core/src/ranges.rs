//! The numbers that a session can have, for whoever reads them from a person: the command line and the rules in a file.

use std::ops::RangeInclusive;

/// The lowest and the highest session number (docs/aws.md 2).
pub const SESSION_NUMBERS: RangeInclusive<i32> = 1..=32766;

/// The packet lengths that the API takes. The guide's minimum (35 or 55) differs by address family; AWS decides.
pub const PACKET_LENGTHS: RangeInclusive<i32> = 1..=8500;

/// The VXLAN network identifiers: 24 bits, and docs/aws.md 14 leaves 0 in doubt.
pub const VNIS: RangeInclusive<i32> = 1..=16_777_215;
