//! Every output of an audit, as pure text made from a [`Report`](crate::report::Report) and from nothing else.

mod arn;
mod asff;
mod csv;
mod group;
mod html;
mod json;
mod table;
pub(crate) mod words;

pub use asff::asff;
pub use csv::csv;
pub use html::html;
pub use json::json;
pub use table::{TableOptions, table};
