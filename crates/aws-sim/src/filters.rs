//! `Filter.N` of the describes: names are checked against the documented ones, values match with `*` and `?`.

use crate::error::{Answer, ApiError};
use crate::model::Tags;
use crate::request::Request;

/// AWS refuses requests with more values than this.
const MAX_VALUES: usize = 200;

/// The filters of one request: all must accept, each by any of its values.
#[derive(Debug)]
pub(crate) struct Filters(Vec<(String, Vec<String>)>);

impl Filters {
    /// Reads the filters; `names` are those that the operation documents, `tag:` standing for all `tag:KEY`.
    pub(crate) fn read(request: &Request, names: &[&str]) -> Answer<Self> {
        let mut filters = Vec::new();
        let mut count = 0;
        for entry in request.structs("Filter") {
            let name = entry.str("Name").unwrap_or("null").to_owned();
            let of_tag = name.starts_with("tag:") && name.len() > 4 && names.contains(&"tag:");
            if !of_tag && (name == "tag:" || !names.contains(&name.as_str())) {
                return Err(ApiError::value(format!("The filter '{name}' is invalid")));
            }
            let values = entry.list("Value");
            if values.is_empty() {
                return Err(ApiError::value(format!(
                    "The filter '{name}' is invalid: it has no value"
                )));
            }
            count += values.len();
            filters.push((name, values));
        }
        if count > MAX_VALUES {
            return Err(ApiError::bad(
                "FilterLimitExceeded",
                format!(
                    "The maximum number of filter values specified on a single call is {MAX_VALUES}"
                ),
            ));
        }
        Ok(Self(filters))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a thing passes; `values` gives what it has under a filter's name.
    pub(crate) fn accept(&self, values: impl Fn(&str) -> Vec<String>) -> bool {
        self.0.iter().all(|(name, wanted)| {
            let has = values(name);
            wanted.iter().any(|pattern| has.iter().any(|value| matches(pattern, value)))
        })
    }

    /// The values of a filter that name ids outright, so that no listing is needed to find them.
    pub(crate) fn exact(&self, name: &str) -> Option<&[String]> {
        let (_, values) = self.0.iter().find(|(known, _)| known == name)?;
        let plain = values.iter().all(|value| !value.contains(['*', '?', '\\']));
        plain.then_some(values.as_slice())
    }
}

/// What tags say under `tag:KEY`, `tag-key` and `tag-value`.
pub(crate) fn tag_values(tags: &Tags, name: &str) -> Vec<String> {
    match name {
        "tag-key" => tags.keys().cloned().collect(),
        "tag-value" => tags.values().cloned().collect(),
        _ => name.strip_prefix("tag:").and_then(|key| tags.get(key)).cloned().into_iter().collect(),
    }
}

/// Matches a value against a pattern of `*` (any run), `?` (any one) and `\` (takes the next as it is).
fn matches(pattern: &str, value: &str) -> bool {
    if !pattern.contains(['*', '?', '\\']) {
        return pattern == value;
    }
    let tokens = tokens(pattern);
    let value: Vec<char> = value.chars().collect();
    // `star` is the last `*` passed and where the value stood then: on a mismatch the star takes one more.
    let (mut at, mut token, mut star) = (0, 0, None);
    while at < value.len() {
        match tokens.get(token) {
            Some(Token::Any) => {
                star = Some((token, at));
                token += 1;
            }
            Some(Token::One) => (at, token) = (at + 1, token + 1),
            Some(Token::Char(c)) if *c == value[at] => (at, token) = (at + 1, token + 1),
            _ => match star {
                Some((star_token, star_at)) => {
                    star = Some((star_token, star_at + 1));
                    (at, token) = (star_at + 1, star_token + 1);
                }
                None => return false,
            },
        }
    }
    tokens[token..].iter().all(|token| matches!(token, Token::Any))
}

enum Token {
    Any,
    One,
    Char(char),
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut chars = pattern.chars();
    let mut tokens = Vec::new();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '*' => Token::Any,
            '?' => Token::One,
            '\\' => Token::Char(chars.next().unwrap_or('\\')),
            other => Token::Char(other),
        });
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn wildcards() {
        for (pattern, value, yes) in [
            ("web", "web", true),
            ("web", "Web", false),
            ("web*", "web-1", true),
            ("*-1", "web-1", true),
            ("w?b-*", "web-1", true),
            ("w?b", "wb", false),
            ("*", "", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            (r"a\*", "a*", true),
            (r"a\*", "ab", false),
        ] {
            assert_eq!(matches(pattern, value), yes, "{pattern} {value}");
        }
    }
}
