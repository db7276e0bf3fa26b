//! How a plan is applied: the order of the writes, what one failure does to the rest, what a refusal by AWS means, and what
//! is said of everything that was not done. The account is in memory and keeps AWS's limits.

#[path = "apply_cases/appliances.rs"]
mod appliances;
#[path = "apply_cases/failures.rs"]
mod failures;
#[path = "apply_cases/families.rs"]
mod families;
#[path = "apply_cases/numbers_and_tokens.rs"]
mod numbers_and_tokens;
#[path = "apply_cases/order.rs"]
mod order;
#[path = "apply_cases/stopping.rs"]
mod stopping;
#[path = "apply_cases/support.rs"]
mod support;
