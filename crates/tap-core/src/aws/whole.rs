//! An answer is whole, or it is none (ruling 10). The SDK's reader takes the end of the text for the end of every tag that is
//! still open: a page that was cut on its way, by a proxy that ends it by closing the connection, would be the last page of a
//! listing, with half of it gone.

use aws_sdk_ec2::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_ec2::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_ec2::error::BoxError;

/// What is said of an answer that is not.
pub(super) const CUT_SHORT: &str = "the answer was cut short";

/// Refuses answers that do not end as they begin.
#[derive(Debug)]
pub(super) struct WholeAnswers;

impl Intercept for WholeAnswers {
    fn name(&self) -> &'static str {
        "WholeAnswers"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let body = response.body().bytes().unwrap_or_default();
        // An error is no page, some answers have no body, and what could not be read at all is an error already.
        let is_read = response.status().is_success() && context.output_or_error().is_ok();
        if !is_read || body.is_empty() || is_whole(body) {
            return Ok(());
        }
        Err(CUT_SHORT.into())
    }
}

/// Whether the root element is closed.
fn is_whole(xml: &[u8]) -> bool {
    let xml = xml.trim_ascii();
    // The prolog and comments begin with `<?` and `<!`.
    let root = xml
        .split(|byte| *byte == b'<')
        .skip(1)
        .find(|tag| !tag.starts_with(b"?") && !tag.starts_with(b"!"));
    let Some(root) = root else { return false };
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
    let name = &root[..root.iter().position(is_end).unwrap_or(root.len())];
    let closed = xml.strip_suffix(b">").and_then(|rest| rest.trim_ascii_end().strip_suffix(name));
    let is_alone = || root.trim_ascii_end().ends_with(b"/>") && xml.ends_with(root);
    closed.is_some_and(|rest| rest.ends_with(b"</")) || is_alone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_closed_or_the_answer_was_cut() {
        let whole = "<?xml version=\"1.0\"?>\n<!-- x -->\n<Answer xmlns=\"a\"><set><item>1</item></set></Answer >\n";
        assert!(is_whole(whole.as_bytes()));
        assert!(is_whole(b"<Answer/>") && is_whole(b"<Answer />\n"));
        let whole = whole.trim_end();
        for length in 0..whole.len() {
            assert!(!is_whole(&whole.as_bytes()[..length]), "{}", &whole[..length]);
        }
        for cut in ["<AnswerSet><Answer></Answer>", "<Answer><x/>", "no xml at all"] {
            assert!(!is_whole(cut.as_bytes()), "{cut}");
        }
    }
}
