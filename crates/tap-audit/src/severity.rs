//! How grave a finding is.

use std::fmt;

/// How grave a finding is. They are ordered: `Low < Medium < High`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Money is lost, or something is untidy.
    Low,
    /// Somebody goes unwatched, or may do so soon.
    Medium,
    /// Traffic that people believe to be watched is lost, or goes where it should not.
    High,
}

impl Severity {
    /// All three, the gravest first.
    pub const ALL: [Self; 3] = [Self::High, Self::Medium, Self::Low];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
