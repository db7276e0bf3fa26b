//! What an audit finds out, case by case.

mod support;

mod look_cases {
    pub mod healthy;
}
