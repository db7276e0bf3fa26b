//! One row per interface, for spreadsheets and for joining with other lists.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and some of them reach out of the sheet. Names
//! are other people's words, so such a cell gets an apostrophe before it, which spreadsheets take for "this is text"; so do
//! their full-width forms, which some take for the same. Quoting alone does not help: it is gone when the cell is read. Line
//! breaks and what turns letters around are taken out, as in the table.

use screen::words::printable;

use super::group::{by_id, of_interface};
use crate::model::{Arrival, Audit, InterfaceAudit};
use crate::report::Report;

/// The first row.
const TITLES: [&str; 18] = [
    "region",
    "account",
    "vpc",
    "vpc_name",
    "subnet",
    "zone",
    "instance",
    "name",
    "interface",
    "eligible",
    "watched",
    "next",
    "reason",
    "because",
    "sessions",
    "arrival",
    "arrival_detail",
    "findings",
];

/// Every interface of every region that was looked at, below a row of titles. Several values in a cell stand with a space
/// between them where they are ids or codes.
///
/// # Errors
/// What the writer says; it writes to memory.
pub fn csv(report: &Report) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(TITLES)?;
    for audit in report.audits() {
        let codes = by_id(audit);
        for interface in &audit.interfaces {
            let findings = of_interface(interface, &codes).join(" ");
            writer.write_record(row(audit, interface, findings).map(|cell| harmless(&cell)))?;
        }
    }
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn row(audit: &Audit, interface: &InterfaceAudit, findings: String) -> [String; 18] {
    let InterfaceAudit {
        eni,
        instance,
        name,
        vpc,
        subnet,
        zone,
        eligible,
        watched,
        next,
        reason,
        because,
        sessions,
        arrival,
    } = interface;
    let vpc_name = audit.vpcs.iter().find(|known| known.id == *vpc).and_then(|v| v.name.clone());
    let sessions: Vec<&str> = sessions.iter().map(|id| id.as_str()).collect();
    let detail = match arrival {
        Some(Arrival::Blocked(codes)) => codes.join(" "),
        Some(Arrival::CannotTell(what)) => what.join("; "),
        Some(Arrival::Arrives) | None => String::new(),
    };
    [
        audit.scope.region.to_string(),
        audit.scope.account.to_string(),
        vpc.to_string(),
        vpc_name.unwrap_or_default(),
        subnet.to_string(),
        zone.clone().unwrap_or_default(),
        instance.to_string(),
        name.clone().unwrap_or_default(),
        eni.to_string(),
        if *eligible { "yes" } else { "no" }.to_owned(),
        watched.as_str().to_owned(),
        next.map(|verb| verb.as_str().to_owned()).unwrap_or_default(),
        reason.unwrap_or_default().to_owned(),
        because.clone(),
        sessions.join(" "),
        arrival.as_ref().map(|arrival| arrival.as_str().to_owned()).unwrap_or_default(),
        detail,
        findings,
    ]
}

/// A cell that no spreadsheet takes for a formula.
fn harmless(cell: &str) -> String {
    let text = printable(cell);
    let is_formula = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    // White space before it does not keep every spreadsheet from taking it so.
    if text.trim_start().starts_with(is_formula) { format!("'{text}") } else { text }
}
