//! Lists of things: sessions of others always, all interfaces, sessions and targets where everything is listed.

use screen::layout::{align, fill, name, widest};
use screen::words::printable;

use super::{SHORTEST_NAME, TableOptions, heading, line, more};
use crate::model::{Arrival, Audit, InterfaceAudit, SessionAudit, TargetAudit, Whose};
use crate::render::words::plural;

/// Adds the sessions that are foreign, with who receives their traffic.
pub(super) fn foreign(out: &mut String, audit: &Audit, options: &TableOptions) {
    let foreign: Vec<&SessionAudit> =
        audit.sessions.iter().filter(|session| session.whose == Whose::Foreign).collect();
    if foreign.is_empty() {
        return;
    }
    heading(
        out,
        options,
        &format!("{}, never changed", plural(foreign.len(), "foreign session", "foreign sessions")),
    );
    let listed = options.listed(foreign.len());
    for session in &foreign[..listed] {
        one_session(out, session, audit, options);
    }
    more(out, 2, foreign.len() - listed);
}

/// Adds all sessions that are owned.
pub(super) fn sessions(out: &mut String, audit: &Audit, options: &TableOptions) {
    let mut owned = audit.sessions.iter().filter(|s| s.whose == Whose::Ours).peekable();
    if owned.peek().is_none() {
        return;
    }
    heading(out, options, "Owned sessions");
    for session in owned {
        one_session(out, session, audit, options);
    }
}

fn one_session(out: &mut String, session: &SessionAudit, audit: &Audit, options: &TableOptions) {
    let SessionAudit {
        id,
        name,
        whose: _,
        eni,
        vpc: _,
        target,
        target_owner,
        filter,
        number,
        packet_length,
        vni: _,
        description,
        blind,
        arrival,
    } = session;
    let mut text = format!("{id}: {eni} to {target}");
    match target_owner {
        Some(owner) if *owner == audit.scope.account => {}
        Some(owner) => text.push_str(&format!(" of account {owner}")),
        None => text.push_str(", whose owner cannot be told"),
    }
    text.push_str(&format!(", number {number}, filter {filter}"));
    if let Some(bytes) = packet_length {
        text.push_str(&format!(", {bytes} bytes of each packet"));
    }
    if let Some(name) = name {
        text.push_str(&format!(", name `{}`", printable(name)));
    }
    if let Some(description) = description {
        text.push_str(&format!(", `{}`", printable(description)));
    }
    if !blind.is_empty() {
        text.push_str(&format!("; sees nothing: {}", blind.join(", ")));
    }
    match arrival {
        Some(Arrival::Arrives) | None => {}
        Some(Arrival::Blocked(codes)) => {
            text.push_str(&format!("; blocked: {}", codes.join(", ")));
        }
        Some(Arrival::CannotTell(_)) => text.push_str("; whether it arrives cannot be told"),
    }
    fill(out, options.width, 2, 6, &text);
}

/// Adds all interfaces, with who watches them and why.
pub(super) fn interfaces(out: &mut String, audit: &Audit, options: &TableOptions) {
    if audit.interfaces.is_empty() {
        return;
    }
    heading(out, options, "Interfaces");
    let words: Vec<String> = audit.interfaces.iter().map(watched).collect();
    let others = 2
        + widest(audit.interfaces.iter().map(|interface| interface.eni.as_str()))
        + 2
        + widest(audit.interfaces.iter().map(|interface| interface.instance.as_str()))
        + 2
        + widest(words.iter().map(String::as_str))
        + 2;
    // The instance's id says who it is; its name stands where there is room.
    let has_names = options.width.is_none_or(|width| others + SHORTEST_NAME <= width);
    let rows: Vec<[String; 4]> = audit
        .interfaces
        .iter()
        .zip(words)
        .map(|(interface, words)| {
            let name = match &interface.name {
                Some(text) if has_names => name(Some(text), others, options.width),
                Some(_) | None => String::new(),
            };
            [interface.eni.to_string(), interface.instance.to_string(), words, name]
        })
        .collect();
    for (row, interface) in align(&rows).into_iter().zip(&audit.interfaces) {
        line(out, &format!("  {row}"));
        match &interface.arrival {
            Some(Arrival::Blocked(codes)) => {
                fill(out, options.width, 6, 8, &format!("blocked: {}", codes.join(", ")));
            }
            Some(Arrival::CannotTell(what)) => {
                let what = printable(&what.join(", "));
                fill(out, options.width, 6, 8, &format!("arrives? Cannot tell: {what}"));
            }
            Some(Arrival::Arrives) | None => {}
        }
    }
}

/// Who watches an interface, and the reason.
fn watched(interface: &InterfaceAudit) -> String {
    let watched = interface.watched.as_str();
    match interface.reason {
        Some(reason) => format!("{watched}: {reason}"),
        None => watched.to_owned(),
    }
}

/// Adds all targets.
pub(super) fn targets(out: &mut String, audit: &Audit, options: &TableOptions) {
    if audit.targets.is_empty() {
        return;
    }
    heading(out, options, "Targets");
    for target in &audit.targets {
        let TargetAudit { id, name, owner, kind, resource, vpc, sources, limit, health } = target;
        let mut text = format!("{id}: {kind} {}", printable(resource));
        if let Some(vpc) = vpc {
            text.push_str(&format!(" in {vpc}"));
        }
        if *owner != audit.scope.account {
            text.push_str(&format!(", of account {owner}"));
        }
        match sources {
            None => text.push_str(", how many sources cannot be told"),
            Some(sources) => {
                text.push_str(&format!(", {}", plural(*sources, "source", "sources")));
                if let Some(limit) = limit {
                    text.push_str(&format!(" of {limit}"));
                }
            }
        }
        text.push_str(&format!(", {health}"));
        if let Some(name) = name {
            text.push_str(&format!(", name `{}`", printable(name)));
        }
        fill(out, options.width, 2, 6, &text);
    }
}
