//! What an audit finds out, case by case.

mod support;

mod look_cases {
    mod answers;
    mod cases_of_the_way;
    mod cases_of_what_is;
    mod doors;
    mod findings;
    mod healed;
    pub mod healthy;
    mod in_line;
    mod open;
    mod out;
    mod refused;
    mod way;
    /// The random accounts of the planner's own tests.
    #[path = "../../../tap-core/tests/planner_properties/world.rs"]
    #[allow(dead_code, reason = "the planner's tests use more of it")]
    mod world;
}
