//! What people see before they decide.
