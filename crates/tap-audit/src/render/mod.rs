//! Every output of an audit, as pure text made from a [`Report`](crate::report::Report) and from nothing else.

mod group;
mod json;
mod table;
mod words;

pub use json::json;
pub use table::{TableOptions, table};
