//! What is wrong with a file, or odd about it: where it stands, what it is and what is allowed there.

use std::fmt;
use std::sync::Arc;

/// No more of a value than this many characters is repeated.
const SHOWN: usize = 60;

/// One thing to say about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The file, as the user named it.
    pub file: Arc<str>,
    /// The line that it is about, from 1; the file has it.
    pub line: usize,
    /// The key that it is about, `vpcs[0].targetId`; empty where it is about the whole file.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What is allowed there, where that can be said.
    pub allowed: Option<String>,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, key, message, allowed } = self;
        write!(f, "{file}:{line}: ")?;
        if !key.is_empty() {
            write!(f, "{key}: ")?;
        }
        f.write_str(message)?;
        match allowed {
            Some(allowed) if message.ends_with('?') => write!(f, " allowed: {allowed}"),
            Some(allowed) => write!(f, "; allowed: {allowed}"),
            None => Ok(()),
        }
    }
}

/// Why a file cannot be used: all that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes {
    /// What has to be corrected, in the order of the lines; at least one.
    pub mistakes: Vec<Remark>,
    /// What is odd as well.
    pub warnings: Vec<Remark>,
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mistakes, warnings: _ } = self;
        let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Mistakes {}

/// What has been found so far in a file.
#[derive(Debug)]
pub(in crate::policy) struct Remarks {
    file: Arc<str>,
    mistakes: Vec<Remark>,
    warnings: Vec<Remark>,
}

impl Remarks {
    pub(in crate::policy) fn of(file: Arc<str>) -> Self {
        Self { file, mistakes: Vec::new(), warnings: Vec::new() }
    }

    /// Whether nothing has to be corrected so far.
    pub(in crate::policy) fn is_fine(&self) -> bool {
        self.mistakes.is_empty()
    }

    /// Something that has to be corrected.
    pub(in crate::policy) fn mistake(
        &mut self,
        line: usize,
        key: impl Into<String>,
        message: impl Into<String>,
        allowed: impl Into<String>,
    ) {
        let allowed = Some(allowed.into()).filter(|allowed| !allowed.is_empty());
        let remark = self.remark(line, key.into(), message.into(), allowed);
        self.mistakes.push(remark);
    }

    /// Something that does no harm and is not what anybody means.
    pub(in crate::policy) fn warning(
        &mut self,
        line: usize,
        key: impl Into<String>,
        message: impl Into<String>,
    ) {
        let remark = self.remark(line, key.into(), message.into(), None);
        self.warnings.push(remark);
    }

    fn remark(&self, line: usize, key: String, message: String, allowed: Option<String>) -> Remark {
        Remark { file: Arc::clone(&self.file), line, key, message, allowed }
    }

    /// The warnings, or all that keeps the file from being used.
    pub(in crate::policy) fn end(mut self) -> Result<Vec<Remark>, Mistakes> {
        self.mistakes.sort_by_key(|remark| remark.line);
        self.warnings.sort_by_key(|remark| remark.line);
        if self.mistakes.is_empty() {
            Ok(self.warnings)
        } else {
            Err(Mistakes { mistakes: self.mistakes, warnings: self.warnings })
        }
    }
}

/// Text from a file, fit to be repeated: short, on one line, and nothing that a terminal would act on.
pub(in crate::policy) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).map(visible).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

fn visible(c: char) -> char {
    // Marks of direction are no control characters, and turn a line around all the same.
    let turns =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if c.is_control() || turns || c == '\u{2028}' || c == '\u{2029}' {
        char::REPLACEMENT_CHARACTER
    } else {
        c
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_is_a_line_that_an_editor_can_follow() {
        let mut remark = Remark {
            file: "us-east-1.yaml".into(),
            line: 12,
            key: "vpcs[0].targetID".to_owned(),
            message: "unknown key; did you mean targetId?".to_owned(),
            allowed: Some("vpcId, targetId".to_owned()),
        };
        assert_eq!(
            remark.to_string(),
            "us-east-1.yaml:12: vpcs[0].targetID: unknown key; did you mean targetId? allowed: vpcId, targetId"
        );
        remark.key = String::new();
        remark.message = "the file is empty".to_owned();
        assert_eq!(
            remark.to_string(),
            "us-east-1.yaml:12: the file is empty; allowed: vpcId, targetId"
        );
    }

    #[test]
    fn what_is_repeated_is_short_and_harmless() {
        assert_eq!(shown("tmt-1"), "tmt-1");
        assert_eq!(shown("a\u{1b}[31m\nb\u{202e}"), "a\u{fffd}[31m\u{fffd}b\u{fffd}");
        assert_eq!(shown(&"x".repeat(61)), format!("{}…", "x".repeat(60)));
        assert_eq!(shown(&"x".repeat(60)), "x".repeat(60));
    }
}
