//! How fast calls may be sent: EC2's request limits as documented, and a pace that finds out what they really are.
//!
//! EC2 gives each action of an account and region a token bucket that everybody in the account shares, and says neither how
//! large it is nor what is left: only a refusal tells that it is empty (docs/aws.md 6.1). [`Pace`] makes the most of that:
//!
//! ```text
//!   burst    what the documented bucket holds is spent at once
//!   ramp     nothing was refused: the account has more; the rate grows by an eighth with each call granted
//!   known    refused: the bucket is empty now. From one refusal to the next exactly what it refills was granted, less what
//!            others took: that is the rate. It creeps up, slowly first and then faster, until the next refusal
//! ```
//!
//! A refusal costs one call and nothing else: the call is sent again in its turn. What is paced too slowly is not lost
//! either, it waits in the bucket. All of it is arithmetic on the times that the caller gives; who waits is not here.

mod bucket;
mod rate;

pub use bucket::{Bucket, Group, Limits};
pub use rate::{Pace, Ticket};
