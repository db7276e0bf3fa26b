//! Prints a report made by hand in one of the formats, without any account: `sample_report html`, `sample_report html large`.

use std::error::Error;
use std::io::{Write as _, stdout};

use tap_audit::render::{self, TableOptions};

#[path = "../tests/render/cases.rs"]
mod cases;
#[path = "../tests/render/findings.rs"]
mod findings;
#[path = "../tests/render/sample.rs"]
#[expect(clippy::unwrap_used, reason = "it is data written by hand")]
mod sample;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (format, what) = (args.next().unwrap_or_default(), args.next());
    let report = match what.as_deref() {
        None | Some("full") => sample::full(),
        Some("large") => cases::large(10_000),
        Some("hostile") => cases::hostile(),
        Some("empty") => cases::empty(),
        Some("failed") => cases::failed(),
        Some(other) => {
            return Err(format!("`{other}`: expected full, large, hostile, empty or failed").into());
        }
    };
    let text = match format.as_str() {
        "table" => render::table(&report, &TableOptions { width: Some(80), verbose: false }),
        "verbose" => render::table(&report, &TableOptions { width: Some(80), verbose: true }),
        "json" => format!("{:#}\n", serde_json::Value::from(render::json(&report))),
        "asff" => format!("{:#}\n", render::asff(&report)),
        "csv" => render::csv(&report)?,
        "html" => render::html(&report)?,
        other => {
            return Err(
                format!("`{other}`: expected table, verbose, json, csv, html or asff").into()
            );
        }
    };
    stdout().write_all(text.as_bytes())?;
    Ok(())
}
