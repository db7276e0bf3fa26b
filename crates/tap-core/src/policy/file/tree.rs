//! The bytes of a file as a tree in which every piece has its line: all that YAML itself has to say about it.
//!
//! The parser's events are used as they come. What deserializers do on the way stops at the first mistake, and hides
//! whether a word stood in quotes; and aliases are shared here, never copied, so that no file grows while it is read.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, Span, Tag};

use super::remark::{Remarks, shown};

/// No file is longer.
pub const MAX_BYTES: u64 = 1024 * 1024;

/// No file has more pieces than this, its aliases written out.
const MAX_PIECES: usize = 200_000;

/// No file is nested deeper than this, its aliases written out; the format needs six levels.
const MAX_DEPTH: usize = 32;

/// No text in a file is longer. The longest that has a meaning is the value of a tag, with 256.
const MAX_CHARACTERS: usize = 1024;

/// One piece of a file.
#[derive(Debug)]
pub(in crate::policy) struct Node {
    /// The line on which it begins, from 1.
    pub(in crate::policy) line: usize,
    /// What it is.
    pub(in crate::policy) kind: Kind,
}

/// What a piece is.
#[derive(Debug)]
pub(in crate::policy) enum Kind {
    /// Something that is wrong as YAML, which has been said.
    Wrong,
    /// A text; empty and plain where nothing stands.
    Text {
        /// The text.
        text: String,
        /// Whether it stands there as it is, neither in quotes nor as a block.
        plain: bool,
    },
    /// A list.
    List(Vec<Rc<Node>>),
    /// Keys and values, each key once.
    Map(Vec<(Key, Rc<Node>)>),
}

/// A key.
#[derive(Debug)]
pub(in crate::policy) struct Key {
    /// Its name.
    pub(in crate::policy) name: String,
    /// The line on which it stands.
    pub(in crate::policy) line: usize,
}

/// The root of a file's tree; none where nothing stands in it, or where it is no YAML, which has been said then.
pub(in crate::policy) fn parse(bytes: &[u8], remarks: &mut Remarks) -> Option<Rc<Node>> {
    let lines = Lines::of(bytes);
    if bytes.len() as u64 > MAX_BYTES {
        let message = format!("the file has more than {MAX_BYTES} bytes");
        remarks.mistake(1, "", message, "");
        return None;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => {
            let line = lines.at(error.valid_up_to());
            remarks.mistake(line, "", "the file is no text", "UTF-8");
            return None;
        }
    };
    // The parser counts from behind the mark of byte order.
    let offset = bytes.len() - text.len();
    let mut options = Options::default();
    options.emit_unresolved_aliases = true;
    options.set_emit_comments(false);
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    let mut builder =
        Builder { lines, offset, remarks, stack: Vec::new(), anchors: BTreeMap::new() };
    builder.build(Parser::new_from_str_with_options(text, options)).unwrap_or_default()
}

/// The lines of a file, as editors count them.
struct Lines {
    /// Where lines end.
    ends: Vec<usize>,
    count: usize,
}

impl Lines {
    fn of(bytes: &[u8]) -> Self {
        let ends: Vec<usize> = bytes
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'\n')
            .map(|(at, _)| at)
            .collect();
        let unfinished = bytes.last().is_some_and(|byte| *byte != b'\n');
        let count = (ends.len() + usize::from(unfinished)).max(1);
        Self { ends, count }
    }

    /// The line of a byte; the last one, where it is behind the end.
    fn at(&self, offset: usize) -> usize {
        (self.ends.partition_point(|end| *end < offset) + 1).min(self.count)
    }
}

/// The rest of the file is not read; why has been said.
struct Stopped;

/// A piece with what it comes to when its aliases are written out.
#[derive(Clone)]
struct Measured {
    node: Rc<Node>,
    pieces: usize,
    depth: usize,
}

/// A list or a map that is not yet at its end.
struct Open {
    line: usize,
    anchor: usize,
    pieces: usize,
    depth: usize,
    inside: Inside,
}

enum Inside {
    List(Vec<Rc<Node>>),
    Map {
        entries: Vec<(Key, Rc<Node>)>,
        /// The lines of the keys so far.
        keys: BTreeMap<String, usize>,
        next: Next,
    },
}

/// What comes next in a map.
enum Next {
    Key,
    /// The value of a key; of none, where the key cannot be used.
    Value(Option<Key>),
}

struct Builder<'a> {
    lines: Lines,
    offset: usize,
    remarks: &'a mut Remarks,
    stack: Vec<Open>,
    /// What has an anchor, by the parser's number of it.
    anchors: BTreeMap<usize, Measured>,
}

impl Builder<'_> {
    fn build<'t>(
        &mut self,
        events: impl Iterator<Item = Result<(Event<'t>, Span), ScanError>>,
    ) -> Result<Option<Rc<Node>>, Stopped> {
        let (mut root, mut documents) = (None, 0);
        for event in events {
            let (event, span) = event.map_err(|error| self.no_yaml(&error))?;
            let line = self.line(&span);
            let whole = match event {
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents > 1 {
                        let message = "a second document begins here";
                        self.remarks.mistake(line, "", message, "one document in a file");
                        break;
                    }
                    None
                }
                Event::Scalar(text, style, anchor, tag) => {
                    let kind = self.text(text, style, tag.as_deref(), line);
                    let whole =
                        Measured { node: Rc::new(Node { line, kind }), pieces: 1, depth: 1 };
                    self.name(anchor, &whole);
                    Some(whole)
                }
                Event::SequenceStart(_, anchor, tag) => {
                    self.open(line, anchor, tag.as_deref(), Inside::List(Vec::new()));
                    None
                }
                Event::MappingStart(_, anchor, tag) => {
                    let (entries, keys) = (Vec::new(), BTreeMap::new());
                    let inside = Inside::Map { entries, keys, next: Next::Key };
                    self.open(line, anchor, tag.as_deref(), inside);
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => self.close(),
                Event::Alias(anchor) => Some(self.alias(anchor, line)),
                Event::UnresolvedAlias(name) => {
                    let message = format!("nothing above is named by &{}", shown(&name));
                    Some(self.wrong(line, &message, "an alias of something above"))
                }
                _ => None,
            };
            if let Some(whole) = whole
                && let Some(whole) = self.add(whole)?
            {
                root = Some(whole.node);
            }
        }
        Ok(root)
    }

    fn line(&self, span: &Span) -> usize {
        self.lines.at(span.start.byte_offset().unwrap_or_default() + self.offset)
    }

    fn no_yaml(&mut self, error: &ScanError) -> Stopped {
        let at = error.marker().byte_offset().unwrap_or_default();
        let line = self.lines.at(at + self.offset);
        let (message, allowed) = match error.kind() {
            ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation => {
                ("a tab stands in the indentation".to_owned(), "spaces")
            }
            kind => (format!("this is no YAML: {kind}"), ""),
        };
        self.remarks.mistake(line, "", shown_message(&message), allowed);
        Stopped
    }

    /// Where we are, as `vpcs[0].targetId`.
    fn path(&self) -> String {
        let mut path = String::new();
        for open in &self.stack {
            match &open.inside {
                Inside::List(items) => path.push_str(&format!("[{}]", items.len())),
                Inside::Map { next: Next::Value(Some(key)), .. } => {
                    path = super::values::below(&path, &key.name);
                }
                Inside::Map { .. } => {}
            }
        }
        path
    }

    fn wrong(&mut self, line: usize, message: &str, allowed: &str) -> Measured {
        let path = self.path();
        self.remarks.mistake(line, path, message, allowed);
        Measured { node: Rc::new(Node { line, kind: Kind::Wrong }), pieces: 1, depth: 1 }
    }

    fn text(
        &mut self,
        text: Cow<'_, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        line: usize,
    ) -> Kind {
        let is_text = tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
        if let Some(tag) = tag.filter(|_| !is_text) {
            self.odd_tag(tag, line);
            return Kind::Wrong;
        }
        if text.chars().nth(MAX_CHARACTERS).is_some() {
            let message = format!("the text has more than {MAX_CHARACTERS} characters");
            self.remarks.mistake(line, self.path(), message, "");
            return Kind::Wrong;
        }
        let plain = style == ScalarStyle::Plain && !is_text;
        Kind::Text { text: text.into_owned(), plain }
    }

    fn odd_tag(&mut self, tag: &Tag, line: usize) {
        let message = format!("the YAML tag {} has no meaning here", shown(&tag.original()));
        self.remarks.mistake(line, self.path(), message, "values without tags");
    }

    fn open(&mut self, line: usize, anchor: usize, tag: Option<&Tag>, inside: Inside) {
        let own = match inside {
            Inside::List(_) => "seq",
            Inside::Map { .. } => "map",
        };
        if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema_tag(own)) {
            self.odd_tag(tag, line);
        }
        self.stack.push(Open { line, anchor, pieces: 1, depth: 0, inside });
    }

    fn close(&mut self) -> Option<Measured> {
        let Open { line, anchor, pieces, depth, inside } = self.stack.pop()?;
        let kind = match inside {
            Inside::List(items) => Kind::List(items),
            Inside::Map { entries, .. } => Kind::Map(entries),
        };
        let whole = Measured { node: Rc::new(Node { line, kind }), pieces, depth: depth + 1 };
        self.name(anchor, &whole);
        Some(whole)
    }

    /// Keeps what has an anchor for its aliases. What has none has the number 0.
    fn name(&mut self, anchor: usize, whole: &Measured) {
        if anchor != 0 {
            self.anchors.insert(anchor, whole.clone());
        }
    }

    fn alias(&mut self, anchor: usize, line: usize) -> Measured {
        match self.anchors.get(&anchor) {
            Some(whole) => whole.clone(),
            None => self.wrong(line, "an alias stands in what it names", ""),
        }
    }

    /// Puts a piece where it belongs; the root is given back.
    fn add(&mut self, whole: Measured) -> Result<Option<Measured>, Stopped> {
        let path = self.path();
        let Some(open) = self.stack.last_mut() else { return Ok(Some(whole)) };
        open.pieces += whole.pieces;
        open.depth = open.depth.max(whole.depth);
        if open.pieces > MAX_PIECES || open.depth > MAX_DEPTH {
            let line = open.line;
            let message = "there is more here than any file of rules has, with aliases written out";
            self.remarks.mistake(line, path, message, "");
            return Err(Stopped);
        }
        match &mut open.inside {
            Inside::List(items) => items.push(whole.node),
            Inside::Map { entries, keys, next } => match std::mem::replace(next, Next::Key) {
                Next::Key => {
                    *next = Next::Value(key(&whole.node, keys, &path, self.remarks));
                }
                Next::Value(None) => {}
                Next::Value(Some(key)) => entries.push((key, whole.node)),
            },
        }
        Ok(None)
    }
}

/// A piece as a key, unless it cannot be one.
fn key(
    node: &Node,
    keys: &mut BTreeMap<String, usize>,
    path: &str,
    remarks: &mut Remarks,
) -> Option<Key> {
    let line = node.line;
    let (name, plain) = match &node.kind {
        Kind::Text { text, plain } => (text, *plain),
        Kind::Wrong => return None,
        Kind::List(_) | Kind::Map(_) => {
            remarks.mistake(line, path, "a list or a map stands where a key is expected", "a word");
            return None;
        }
    };
    let full = super::values::below(path, name);
    if name == "<<" && plain {
        let message = "maps are not merged here";
        remarks.mistake(line, full, message, "an alias as the value of a key");
        return None;
    }
    if let Some(first) = keys.get(name) {
        let message = format!("the key stands here a second time, and first in line {first}");
        remarks.mistake(line, full, message, "each key once");
        return None;
    }
    keys.insert(name.clone(), line);
    Some(Key { name: name.clone(), line })
}

/// A message of the parser, which may repeat a character of the file.
fn shown_message(message: &str) -> String {
    message.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
