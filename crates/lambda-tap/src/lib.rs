//! The AWS Lambda function: understands an event, and runs the cycle for what it names.

pub mod config;
