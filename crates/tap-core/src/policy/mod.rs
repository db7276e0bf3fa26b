//! What people said with tags: about a VPC, about an instance, and whose a session is.

pub mod mark;
pub mod owner;
pub mod vpc;
