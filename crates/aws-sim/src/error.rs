//! The errors that the simulated services answer with. How they look on the wire is the business of `wire`.

use std::fmt;

/// An error as AWS would answer it: code, text and HTTP status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// AWS's error code, as it stands on the wire.
    pub code: String,
    /// The text beside it.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
    /// What a JSON service says besides, in the member `Reason`.
    pub reason: Option<&'static str>,
}

impl ApiError {
    /// Makes an error with a status of its own.
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), status, reason: None }
    }

    /// Adds the reason.
    pub fn because(self, reason: &'static str) -> Self {
        Self { reason: Some(reason), ..self }
    }

    /// Makes a client error, HTTP 400.
    pub fn bad(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    /// `InvalidParameterValue`.
    pub fn value(message: impl Into<String>) -> Self {
        Self::bad("InvalidParameterValue", message)
    }

    /// `InvalidParameterCombination`.
    pub fn combination(message: impl Into<String>) -> Self {
        Self::bad("InvalidParameterCombination", message)
    }

    /// `MissingParameter`.
    pub fn missing(name: &str) -> Self {
        Self::bad("MissingParameter", format!("The request must contain the parameter {name}"))
    }

    /// The answer to a dry run that would have worked.
    pub fn dry_run() -> Self {
        Self::new(412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, message, status, .. } = self;
        write!(f, "{code} ({status}): {message}")
    }
}

impl std::error::Error for ApiError {}

/// What a handler answers.
pub type Answer<T> = Result<T, ApiError>;
