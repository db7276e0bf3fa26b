//! Sentences in which backticks stand around what is code, as HTML.

use askama::filters::{Html, escape};

/// The text, escaped, with what stands between two backticks as code. Other people's words may be in it: they cannot make more of
/// it than code.
pub(super) fn html(text: impl AsRef<str>) -> String {
    let Ok(escaped) = escape(text.as_ref(), Html);
    let escaped = escaped.to_string();
    let parts: Vec<&str> = escaped.split('`').collect();
    let pairs = (parts.len() - 1) / 2;
    let mut html = String::new();
    for (n, part) in parts.iter().enumerate() {
        // One without another stays what it is.
        html.push_str(match n {
            0 => "",
            n if n > 2 * pairs => "`",
            n if n % 2 == 1 => "<code>",
            _ => "</code>",
        });
        html.push_str(part);
    }
    html
}
