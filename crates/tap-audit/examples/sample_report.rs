//! Prints a report made by hand in one of the formats, without any account: `sample_report html`.

use std::error::Error;
use std::io::{Write as _, stdout};

use tap_audit::render::{self, TableOptions};

#[path = "../tests/render/sample.rs"]
#[expect(clippy::unwrap_used, reason = "it is data written by hand")]
mod sample;

fn main() -> Result<(), Box<dyn Error>> {
    let format = std::env::args().nth(1).unwrap_or_default();
    let report = sample::full();
    let text = match format.as_str() {
        "table" => render::table(&report, &TableOptions { width: Some(80), verbose: false }),
        "verbose" => render::table(&report, &TableOptions { width: Some(80), verbose: true }),
        "json" => format!("{:#}\n", serde_json::Value::from(render::json(&report))),
        other => return Err(format!("`{other}`: expected table, verbose or json").into()),
    };
    stdout().write_all(text.as_bytes())?;
    Ok(())
}
