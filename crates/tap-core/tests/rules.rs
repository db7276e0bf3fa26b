//! Rules in files, as people write them: what is read, and what is said of everything that can be wrong.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

mod rules_cases {
    mod mistakes;
    mod properties;
    mod schema;
    mod seed;
    pub mod support;
}
