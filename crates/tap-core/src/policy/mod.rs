//! What people said: with tags about a VPC or an instance, with rules in a file; and whose a session is.

pub mod custom_filter;
pub(in crate::policy) mod file;
pub mod filter_spec;
pub mod mark;
pub mod owner;
pub mod profile;
pub mod rules;
pub mod vpc;
