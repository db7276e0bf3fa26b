//! One value of a file at a time: the text, number or word that stands there, or a mistake that says what would be right.

use std::ops::RangeInclusive;
use std::rc::Rc;

use super::remark::{Remarks, shown};
use super::tree::{Kind, Node};
use crate::ids::{FilterId, MalformedId, TargetId};

/// Nearer than this many letters, a word is taken for a wrongly typed one.
const NEAR: usize = 3;

/// How ids of other kinds begin, with what they are ids of.
const OTHER_KINDS: [(&str, &str); 10] = [
    ("ami-", "an image"),
    ("eni-", "an interface"),
    ("i-", "an instance"),
    ("sg-", "a security group"),
    ("subnet-", "a subnet"),
    ("tmf-", "a filter"),
    ("tms-", "a session"),
    ("tmt-", "a target"),
    ("vpc-", "a VPC"),
    ("vpce-", "an endpoint"),
];

/// Values with a word each.
pub(in crate::policy) type Words<'a, T> = &'a [(&'static str, T)];

/// A value, with where it stands.
#[derive(Debug, Clone)]
pub(in crate::policy) struct Field<'a> {
    /// Its path, `vpcs[0].targetId`.
    pub(in crate::policy) path: String,
    /// The line of its key, or of itself in a list.
    pub(in crate::policy) line: usize,
    /// What stands there.
    pub(in crate::policy) node: &'a Node,
}

/// The path of a key below another.
pub(in crate::policy) fn below(path: &str, key: &str) -> String {
    let key = shown(key);
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// The word that somebody most likely meant.
pub(in crate::policy) fn nearest<'w>(
    typed: &str,
    words: impl IntoIterator<Item = &'w str>,
) -> Option<&'w str> {
    // What is much longer than any word needs no measuring.
    let typed: String = typed.chars().take(40).collect::<String>().to_lowercase();
    let near =
        words.into_iter().map(|word| (strsim::osa_distance(&typed, &word.to_lowercase()), word));
    let near = near.filter(|(distance, word)| *distance < NEAR.min(word.len()));
    near.min_by_key(|(distance, _)| *distance).map(|(_, word)| word)
}

impl Remarks {
    fn wrong(&mut self, field: &Field<'_>, message: impl Into<String>, allowed: &str) {
        self.mistake(field.line, field.path.clone(), message, allowed);
    }

    /// The text that stands there, if it is one and says something.
    pub(in crate::policy) fn text<'a>(
        &mut self,
        field: &Field<'a>,
        allowed: &str,
    ) -> Option<&'a str> {
        let (text, plain) = self.scalar(field, allowed)?;
        if text.is_empty() || (plain && is_null(text)) {
            self.wrong(field, "is empty", allowed);
            return None;
        }
        Some(text)
    }

    /// The key of a tag.
    pub(in crate::policy) fn tag_key<'a>(
        &mut self,
        field: &Field<'a>,
        allowed: &str,
    ) -> Option<&'a str> {
        let text = self.tag_text(field, allowed)?;
        if text.is_empty() {
            self.wrong(field, "is empty", allowed);
            return None;
        }
        Some(text)
    }

    /// The text of a tag. It may be empty where that is said, in quotes; what is no text to YAML must be in quotes, too.
    pub(in crate::policy) fn tag_text<'a>(
        &mut self,
        field: &Field<'a>,
        allowed: &str,
    ) -> Option<&'a str> {
        let (text, plain) = self.scalar(field, allowed)?;
        if plain && is_null(text) {
            self.wrong(field, "is empty", &format!("{allowed}; \"\" for an empty one"));
            return None;
        }
        if plain && (is_bool(text) || is_number(text)) {
            let what = if is_bool(text) { "a boolean" } else { "a number" };
            let message = format!("{} is {what}, and tags are text", shown(text));
            self.wrong(field, message, &format!("\"{}\", in quotes", shown(text)));
            return None;
        }
        Some(text)
    }

    /// The text that stands there, with whether it is plain.
    fn scalar<'a>(&mut self, field: &Field<'a>, allowed: &str) -> Option<(&'a str, bool)> {
        let what = match &field.node.kind {
            Kind::Wrong => return None,
            Kind::Text { text, plain } => {
                if is_placeholder(text) {
                    let message = format!("{} is a placeholder", shown(text));
                    self.wrong(field, message, allowed);
                    return None;
                }
                return Some((text, *plain));
            }
            Kind::List(_) => "a list stands where one value is expected",
            Kind::Map(_) => "a map stands where one value is expected",
        };
        self.wrong(field, what, allowed);
        None
    }

    /// The values of a list, each with where it stands.
    pub(in crate::policy) fn list<'a>(
        &mut self,
        field: &Field<'a>,
        allowed: &str,
    ) -> Option<Vec<Field<'a>>> {
        let message = match &field.node.kind {
            Kind::Wrong => return None,
            Kind::List(items) if !items.is_empty() => {
                let items = items.iter().enumerate();
                return Some(items.map(|(i, node)| item(&field.path, i, node)).collect());
            }
            Kind::List(_) => "the list is empty",
            Kind::Text { text, plain } if text.is_empty() || (*plain && is_null(text)) => {
                "is empty"
            }
            Kind::Text { .. } => "one value stands where a list is expected",
            Kind::Map(_) => "a map stands where a list is expected",
        };
        self.wrong(field, message, &format!("a list of {allowed}"));
        None
    }

    /// A number within a range.
    pub(in crate::policy) fn number(
        &mut self,
        field: &Field<'_>,
        range: &RangeInclusive<i32>,
    ) -> Option<i32> {
        let allowed = format!("a whole number from {} to {}", range.start(), range.end());
        let text = self.text(field, &allowed)?;
        let plain = matches!(field.node.kind, Kind::Text { plain: true, .. });
        match text.parse::<i32>() {
            Ok(number) if plain && range.contains(&number) => return Some(number),
            Ok(number) if !plain && range.contains(&number) => {
                self.wrong(
                    field,
                    format!("\"{number}\" is text"),
                    &format!("{number}, without quotes"),
                );
            }
            Ok(_) | Err(_) => {
                let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
                let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit());
                let why = if is_whole { "out of range" } else { "no whole number" };
                self.wrong(field, format!("`{}` is {why}", shown(text)), &allowed);
            }
        }
        None
    }

    /// `true` or `false`.
    pub(in crate::policy) fn flag(&mut self, field: &Field<'_>, allowed: &str) -> Option<bool> {
        let text = self.text(field, allowed)?;
        match (&field.node.kind, text) {
            (Kind::Text { plain: true, .. }, "true" | "True" | "TRUE") => Some(true),
            (Kind::Text { plain: true, .. }, "false" | "False" | "FALSE") => Some(false),
            (Kind::Text { plain: false, .. }, "true" | "false") => {
                let message = format!("\"{text}\" is text");
                self.wrong(field, message, &format!("{text}, without quotes"));
                None
            }
            _ => {
                let message = format!("`{}` is neither true nor false", shown(text));
                self.wrong(field, message, allowed);
                None
            }
        }
    }

    /// One of a few words.
    pub(in crate::policy) fn word<T: Copy>(
        &mut self,
        field: &Field<'_>,
        words: Words<'_, T>,
    ) -> Option<T> {
        let allowed = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        let text = self.text(field, &allowed)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let message = match nearest(text, words.iter().map(|(word, _)| *word)) {
            Some(near) => format!("`{}` is unknown; did you mean {near}?", shown(text)),
            None => format!("`{}` is unknown", shown(text)),
        };
        self.wrong(field, message, &allowed);
        None
    }

    /// An id that says of itself what it is an id of.
    pub(in crate::policy) fn id<T>(
        &mut self,
        field: &Field<'_>,
        allowed: &str,
        typed: impl Fn(&str) -> Result<T, MalformedId>,
    ) -> Option<T> {
        let text = self.text(field, allowed)?;
        match typed(text) {
            Ok(id) => Some(id),
            Err(error) => {
                let message = format!("`{}` is not {} id", shown(text), error.kind());
                self.wrong(field, message, error.expected());
                None
            }
        }
    }

    /// The id of a target. Other endpoints have other forms of it, so only what is plainly another thing is refused.
    pub(in crate::policy) fn target(
        &mut self,
        field: &Field<'_>,
        allowed: &str,
    ) -> Option<TargetId> {
        let id = self.id(field, allowed, TargetId::typed)?;
        self.is_kind(field, "tmt-", "a target", allowed, id.as_str()).then_some(id)
    }

    /// The id of a filter, in the same way.
    pub(in crate::policy) fn filter(
        &mut self,
        field: &Field<'_>,
        allowed: &str,
    ) -> Option<FilterId> {
        let id = self.id(field, allowed, FilterId::typed)?;
        self.is_kind(field, "tmf-", "a filter", allowed, id.as_str()).then_some(id)
    }

    fn is_kind(
        &mut self,
        field: &Field<'_>,
        own: &str,
        kind: &str,
        allowed: &str,
        id: &str,
    ) -> bool {
        let other = OTHER_KINDS.iter().find(|(start, _)| *start != own && id.starts_with(start));
        let shown = shown(id);
        let message = match other {
            Some((_, other)) => format!("`{shown}` is the id of {other}, and not of {kind}"),
            None if id.trim_matches('-').contains('-') => return true,
            None => format!("`{shown}` is not {kind} id"),
        };
        self.wrong(field, message, allowed);
        false
    }
}

fn item<'a>(list: &str, index: usize, node: &'a Rc<Node>) -> Field<'a> {
    Field { path: format!("{list}[{index}]"), line: node.line, node }
}

/// What stands in the files that the sample application comes with, and in examples of others.
fn is_placeholder(text: &str) -> bool {
    text.len() > 2 && text.starts_with('<') && text.ends_with('>')
}

/// What YAML takes for nothing.
pub(in crate::policy) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// What YAML takes for a boolean.
fn is_bool(text: &str) -> bool {
    matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE")
}

/// What YAML takes for a number.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let of_digits =
        |digits: &str, radix| !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    if let Some(digits) = text.strip_prefix("0x") {
        return of_digits(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return of_digits(digits, 8);
    }
    let special = matches!(unsigned, ".inf" | ".Inf" | ".INF");
    if special || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let begins =
        unsigned.strip_prefix('.').unwrap_or(unsigned).starts_with(|c: char| c.is_ascii_digit());
    begins && unsigned.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_core_schema() {
        for number in [
            "0", "5", "-19", "+3", "010", "0x3A", "0o7", "1.", ".5", "-2E+05", "12e03", ".inf",
            "-.INF", ".nan",
        ] {
            assert!(is_number(number), "{number}");
        }
        for text in [
            "",
            "-",
            "1_000",
            "1.2.3",
            "0x",
            "inf",
            "nan",
            "infinity",
            "e3",
            "2026-11-21",
            "0o8",
            "5 ",
        ] {
            assert!(!is_number(text), "{text}");
        }
    }

    #[test]
    fn the_nearest_word() {
        let words = ["targetId", "targetIds", "filterId", "vpcId"];
        assert_eq!(nearest("targetID", words), Some("targetId"));
        assert_eq!(nearest("fliterId", words), Some("filterId"));
        assert_eq!(nearest("vpc", words), Some("vpcId"));
        assert_eq!(nearest("note", words), None);
        assert_eq!(nearest(&"x".repeat(10_000), words), None);
    }
}
