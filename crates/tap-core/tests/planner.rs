//! What the planner decides, as tables of cases by theme. Every row plans, applies and plans again, see
//! `planner_cases/support.rs`. A row's name says which ruling it holds to.

#[path = "planner_cases/appliances.rs"]
mod appliances;
mod common;
#[path = "planner_cases/destinations.rs"]
mod destinations;
#[path = "planner_cases/drift.rs"]
mod drift;
#[path = "planner_cases/eligibility.rs"]
mod eligibility;
#[path = "planner_cases/filter.rs"]
mod filter;
#[path = "planner_cases/findings.rs"]
mod findings;
#[path = "planner_cases/fleet.rs"]
mod fleet;
#[path = "planner_cases/guard.rs"]
mod guard;
#[path = "planner_cases/leftovers.rs"]
mod leftovers;
#[path = "planner_cases/limits.rs"]
mod limits;
#[path = "planner_cases/misconfigured.rs"]
mod misconfigured;
#[path = "planner_cases/narrow.rs"]
mod narrow;
#[path = "planner_cases/ownership_and_numbers.rs"]
mod ownership_and_numbers;
#[path = "planner_cases/profiles.rs"]
mod profiles;
#[path = "planner_cases/rules.rs"]
mod rules;
#[path = "planner_cases/state.rs"]
mod state;
#[path = "planner_cases/support.rs"]
mod support;
#[path = "planner_cases/tags_and_enrollment.rs"]
mod tags_and_enrollment;
#[path = "planner_cases/targets_and_loops.rs"]
mod targets_and_loops;
