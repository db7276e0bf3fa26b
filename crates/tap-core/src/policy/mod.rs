//! What people said: with tags about a VPC or an instance, with rules in a file; and whose a session is.

pub mod mark;
pub mod owner;
pub mod rules;
pub mod vpc;
