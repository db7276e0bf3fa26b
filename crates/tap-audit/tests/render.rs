//! What the outputs of an audit look like: golden files of one report with all there is to say, and what hostile names, empty
//! accounts, failures and size do to them. `UPDATE_GOLDEN=1` writes the files anew.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

#[path = "render/asff.rs"]
mod asff_findings;
#[path = "render/cases.rs"]
mod cases;
#[path = "render/csv.rs"]
mod csv_rows;
#[path = "render/findings.rs"]
mod findings;
#[path = "render/golden.rs"]
mod golden;
#[path = "render/html.rs"]
mod html_page;
#[path = "render/json.rs"]
mod json;
#[path = "render/sample.rs"]
mod sample;
#[path = "render/table.rs"]
mod table;
