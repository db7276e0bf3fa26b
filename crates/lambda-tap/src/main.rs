//! The binary `session_mirror_lambda`. All of it is in the library.

fn main() {}
