//! Files that people write, read so that every mistake is said at once, with its line and what is allowed there.
//!
//! ```text
//!   bytes ──tree──▶ pieces with lines ──keys, values──▶ what the reader of the format makes of them
//!                                  └──remark──▶ or every mistake
//! ```

pub(in crate::policy) mod keys;
pub(in crate::policy) mod remark;
pub(in crate::policy) mod tree;
pub(in crate::policy) mod values;
