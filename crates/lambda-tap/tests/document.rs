//! `docs/lambda.md` against the code: the table of settings is that of the code, and each metric is named.

use lambda_tap::config::VARIABLES;

const DOCUMENT: &str = include_str!("../../../docs/lambda.md");

#[test]
fn the_table_of_settings_is_that_of_the_code() {
    let rows: Vec<&str> =
        DOCUMENT.lines().filter(|line| line.starts_with("| `SESSION_MIRROR_")).collect();
    let expected: Vec<String> = VARIABLES.iter().map(|variable| variable.row()).collect();
    assert_eq!(rows, expected);
}

#[test]
fn every_metric_is_in_the_document() {
    let source = include_str!("../src/report.rs");
    let metrics: Vec<&str> = source
        .lines()
        .filter_map(|line| line.trim().strip_suffix(';').or(Some(line.trim())))
        .filter(|line| line.contains("\"Count\")") || line.contains("\"Percent\")"))
        .filter_map(|line| line.split('"').nth(1))
        .collect();
    assert!(metrics.len() >= 11, "{metrics:?}");
    let table = DOCUMENT.split("| metric | of |").nth(1).unwrap_or_default();
    for metric in metrics {
        assert!(table.contains(metric), "{metric}");
    }
}
