//! Times as people type them: `90s`, `15m`, `1h30m`.

use std::time::Duration;

/// Reads a duration of hours, minutes and seconds.
///
/// # Errors
/// What is expected, for a text that is no such time.
pub fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || "expected a time such as 90s, 15m or 1h30m".to_owned();
    let mut seconds: u64 = 0;
    let mut digits = String::new();
    for c in text.chars() {
        let unit = match c {
            '0'..='9' => {
                digits.push(c);
                continue;
            }
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => return Err(wrong()),
        };
        let number: u64 = digits.parse().map_err(|_| wrong())?;
        digits.clear();
        let more = number.checked_mul(unit).ok_or_else(wrong)?;
        seconds = seconds.checked_add(more).ok_or_else(wrong)?;
    }
    // A number without a unit may mean anything.
    if !digits.is_empty() || seconds == 0 || seconds > LONGEST {
        return Err(wrong());
    }
    Ok(Duration::from_secs(seconds))
}

/// A week. More is a typing error, and clocks can overflow.
const LONGEST: u64 = 7 * 24 * 3600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_with_units() {
        for (text, seconds) in [("90s", 90), ("15m", 900), ("1h30m", 5400), ("2m5s", 125)] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_time() {
        for text in ["", "15", "0s", "m", "1.5h", "-5s", "15 m", "99999999999999999999s", "9999h"] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }
}
