//! The audit: what is mirrored in an account and what is not, whether packets arrive, what it costs, and what would put it
//! right. Pure, like the planner: plain data in, plain data and text out.
