//! A moment in time, as data. The domain has no clock: who starts a run says what time it is.

use std::fmt;

use jiff::Timestamp;

/// A moment, to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

impl Moment {
    /// So many seconds after the beginning of 1970, UTC.
    pub fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the beginning of 1970, UTC.
    pub fn unix(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339, as in `2026-11-21T08:30:00Z`.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<Timestamp>().ok().map(|moment| Self(moment.as_second()))
    }

    /// The moment so many hours later.
    #[must_use]
    pub fn plus_hours(self, hours: u32) -> Self {
        Self(self.0.saturating_add(i64::from(hours) * 3600))
    }

    /// How many seconds it is after another one; none where it is before.
    pub fn seconds_since(self, other: Self) -> u64 {
        u64::try_from(self.0.saturating_sub(other.0)).unwrap_or(0)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_second(self.0) {
            Ok(moment) => write!(f, "{moment}"),
            Err(_) => write!(f, "@{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let moment = Moment::parse("2026-11-21T08:30:00Z").unwrap();
        assert_eq!(moment.to_string(), "2026-11-21T08:30:00Z");
        assert_eq!(Moment::parse("2026-11-21T09:30:00+01:00"), Some(moment));
        assert_eq!(moment.plus_hours(2).to_string(), "2026-11-21T10:30:00Z");
        assert_eq!(moment.plus_hours(1).seconds_since(moment), 3600);
        assert_eq!(moment.seconds_since(moment.plus_hours(1)), 0);
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in ["", "soon", "2026-11-21", "2026-11-21T08:30:00"] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
        assert_eq!(Moment::from_unix(i64::MAX).to_string(), format!("@{}", i64::MAX));
    }
}
