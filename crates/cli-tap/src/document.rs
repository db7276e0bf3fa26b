//! The JSON document of a run: tap-core's, filled in with what only the shell knows. The same keys in every case.

use std::error::Error;

use cli_common::errors;
use cli_common::exit::Exit;
use serde_json::{Value, json};
use tap_core::cycle::CycleError;
use tap_core::report::{Document, SCHEMA_VERSION, Totals, scope_document, totals_document};
use tap_core::settings::Settings;

use crate::result::{RegionResult, totals};

/// The document of a run, as text. `error` is what kept it from its work as a whole.
pub(crate) fn render(
    run_id: &str,
    dry_run: bool,
    regions: &[RegionResult],
    settings: &Settings,
    exit: Exit,
    error: Option<&(dyn Error + 'static)>,
) -> String {
    let document = Document {
        schema_version: SCHEMA_VERSION,
        run_id: run_id.to_owned(),
        dry_run,
        regions: regions.iter().map(|region| region_document(region, settings)).collect(),
        totals: totals_document(&totals(regions), settings),
        exit: json!({ "code": exit.code(), "name": exit.name() }),
        error: error.map(errors::document),
    };
    let mut text = serde_json::to_string_pretty(&document)
        .expect("a document of strings, numbers and lists can be written");
    text.push('\n');
    text
}

fn region_document(result: &RegionResult, settings: &Settings) -> Value {
    match &result.outcome {
        Ok(report) => scope_document(report, settings),
        Err(error) => unread(result, error, settings),
    }
}

/// The entry of a region that could not be read: the keys of one that could.
fn unread(result: &RegionResult, error: &CycleError, settings: &Settings) -> Value {
    json!({
        "account": result.account,
        "region": result.region,
        "error": errors::document(error),
        "filter": null,
        "filters": [],
        "appliances": [],
        "vpcs": [],
        "decisions": [],
        "findings": [],
        "refusal": null,
        "stopped": null,
        "totals": totals_document(&Totals::default(), settings),
    })
}

#[cfg(test)]
mod tests {
    use cli_common::errors::Fault;
    use tap_core::testing::{TestCloud, scenario};

    use super::*;
    use crate::result::tests::{run_on, unreadable};

    fn keys(value: &Value) -> Vec<&String> {
        value.as_object().unwrap().keys().collect()
    }

    #[tokio::test]
    async fn a_region_that_failed_has_the_keys_of_one_that_worked() {
        let settings = Settings::default();
        let cloud = TestCloud::new(scenario().instance("i-1").build());
        let regions = [run_on(&cloud, &settings, false).await, unreadable("us-east-1")];
        let text = render("run-1", false, &regions, &settings, Exit::Partial, None);
        let document: Value = serde_json::from_str(&text).unwrap();
        let [worked, failed] = document["regions"].as_array().unwrap().as_slice() else {
            panic!("two regions");
        };
        assert_eq!(keys(worked), keys(failed));
        assert_eq!(keys(&worked["totals"]), keys(&failed["totals"]));
        assert_eq!(worked["error"], Value::Null);
        assert_eq!(failed["error"]["iam_action"], "ec2:DescribeVpcs");
        assert_eq!(document["exit"], json!({ "code": 3, "name": "partial" }));
        assert_eq!(document["error"], Value::Null);
    }

    #[test]
    fn a_run_that_did_not_start_is_a_document_too() {
        let fault = Fault::new("no-region", "no region is set", "pass --region");
        let text = render("run-1", true, &[], &Settings::default(), Exit::Failed, Some(&fault));
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["error"]["kind"], "no-region");
        assert_eq!(document["regions"], json!([]));
        assert_eq!(document["totals"]["mirrored"], 0);
        assert_eq!(document["schema_version"], SCHEMA_VERSION);
    }
}
