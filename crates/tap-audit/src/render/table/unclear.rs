//! What cannot be told, and what has to be allowed so that it can.

use screen::layout::fill;
use screen::style::WARNING;
use screen::words::printable;

use super::{TableOptions, heading};
use crate::model::Audit;
use crate::render::group::{questions, remedy};

/// Adds the questions without an answer, then what could not be read.
pub(super) fn unclear(out: &mut String, audit: &Audit, options: &TableOptions) {
    if audit.unknowns.is_empty() && audit.unread.is_empty() {
        return;
    }
    heading(out, options, "Cannot tell");
    for (question, why, ids) in questions(&audit.unknowns) {
        let mut text = format!("- {}: {}", printable(question), printable(why));
        if !ids.is_empty() {
            let listed = options.listed(ids.len());
            text.push_str(&format!(" ({}", printable(&ids[..listed].join(", "))));
            if ids.len() > listed {
                text.push_str(&format!(" and {} more", ids.len() - listed));
            }
            text.push(')');
        }
        fill(out, options.width, 2, 4, &text);
        if let Some(remedy) = remedy(audit, why) {
            fill(out, options.width, 4, 6, &format!("hint: {}", printable(remedy)));
        }
    }
    for error in audit.unread.values() {
        let text = format!("{WARNING}not read:{WARNING:#} {}", printable(&error.to_string()));
        fill(out, options.width, 2, 4, &text);
        fill(out, options.width, 4, 6, &format!("hint: {}", error.remedy()));
    }
}
