//! `session_mirror_tap` once more, for the tests of this package.
fn main() {}
