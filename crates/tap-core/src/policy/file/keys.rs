//! The keys of a map: those that are known, and what is said of others.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::remark::Remarks;
use super::tree::{Key, Kind, Node};
use super::values::{Field, below, is_null, nearest};

/// The keys of a map that are known.
#[derive(Default)]
pub(in crate::policy) struct Known<'a> {
    pub(in crate::policy) fields: BTreeMap<&'a str, Field<'a>>,
    /// Those that somebody meant, and wrote otherwise.
    pub(in crate::policy) meant: Vec<&'static str>,
}

impl Remarks {
    /// The known keys of a map. Of an unknown one it is said which were meant, or what `elsewhere` knows of it.
    pub(in crate::policy) fn known<'a>(
        &mut self,
        entries: &'a [(Key, Rc<Node>)],
        path: &str,
        known: &[&'static str],
        elsewhere: impl Fn(&str) -> Option<String>,
    ) -> Known<'a> {
        let mut found = Known::default();
        for (Key { name, line }, node) in entries {
            let full = below(path, name);
            if known.contains(&name.as_str()) {
                found.fields.insert(name.as_str(), Field { path: full, line: *line, node });
                continue;
            }
            let message = match (elsewhere(name), nearest(name, known.iter().copied())) {
                (Some(message), _) => message,
                (None, Some(near)) => {
                    found.meant.push(near);
                    format!("unknown key; did you mean {near}?")
                }
                (None, None) => "unknown key".to_owned(),
            };
            self.mistake(*line, full, message, known.join(", "));
        }
        found
    }

    /// Says that something is no map of keys.
    pub(in crate::policy) fn no_map(&mut self, item: &Field<'_>, known: &[&'static str]) {
        let message = match &item.node.kind {
            Kind::Wrong | Kind::Map(_) => return,
            Kind::Text { text, plain: true } if is_null(text) => "is empty",
            Kind::Text { .. } | Kind::List(_) => "keys with values are expected",
        };
        self.mistake(item.line, item.path.clone(), message, known.join(", "));
    }
}
