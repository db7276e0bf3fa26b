//! What several of these tests share.

mod carry_out;
mod lines;

pub use carry_out::carry_out;
pub use lines::{change_line, foreign, line};
