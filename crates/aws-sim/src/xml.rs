//! Writes XML answers; knows nothing of what is in them.

use std::fmt::{self, Display, Write};

use quick_xml::escape::escape;

/// A piece of XML that grows.
#[derive(Debug, Default)]
pub(crate) struct Xml(String);

impl Xml {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }

    /// `<name>..</name>` around what the closure writes.
    pub(crate) fn el(&mut self, name: &str, inner: impl FnOnce(&mut Self)) {
        self.open(name);
        inner(self);
        self.close(name);
    }

    /// `<name>text</name>`.
    pub(crate) fn leaf(&mut self, name: &str, text: impl Display) {
        self.open(name);
        write!(Escaped(&mut self.0), "{text}").expect("a string takes everything");
        self.close(name);
    }

    /// A leaf that is left out when there is nothing to say.
    pub(crate) fn opt(&mut self, name: &str, text: Option<impl Display>) {
        if let Some(text) = text {
            self.leaf(name, text);
        }
    }

    /// `<name><item>..</item>..</name>`, EC2's lists.
    pub(crate) fn items<I>(
        &mut self,
        name: &str,
        things: impl IntoIterator<Item = I>,
        each: impl FnMut(&mut Self, I),
    ) {
        self.list(name, "item", things, each);
    }

    /// `<name><member>..</member>..</name>`, the lists of the query services.
    pub(crate) fn members<I>(
        &mut self,
        name: &str,
        things: impl IntoIterator<Item = I>,
        each: impl FnMut(&mut Self, I),
    ) {
        self.list(name, "member", things, each);
    }

    fn list<I>(
        &mut self,
        name: &str,
        entry: &str,
        things: impl IntoIterator<Item = I>,
        mut each: impl FnMut(&mut Self, I),
    ) {
        self.open(name);
        for thing in things {
            self.open(entry);
            each(self, thing);
            self.close(entry);
        }
        self.close(name);
    }

    /// Text without an element, escaped.
    pub(crate) fn text(&mut self, text: &str) {
        self.0.push_str(&escape(text));
    }

    /// XML that is already written.
    pub(crate) fn raw(&mut self, xml: &str) {
        self.0.push_str(xml);
    }

    fn open(&mut self, name: &str) {
        self.0.push('<');
        self.0.push_str(name);
        self.0.push('>');
    }

    fn close(&mut self, name: &str) {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }
}

/// Escapes what is written to a string. A page has fifty thousand leaves: none is put together elsewhere first.
struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.push_str(&escape(text));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_lists_nest() {
        let mut xml = Xml::new();
        xml.items("tagSet", ["a<b", "c&d"], |x, key| x.leaf("key", key));
        assert_eq!(
            xml.into_string(),
            "<tagSet><item><key>a&lt;b</key></item><item><key>c&amp;d</key></item></tagSet>"
        );
    }
}
