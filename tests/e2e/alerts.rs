//! docs/alerts.yml against the metrics that there are, and the page that says what each alert means.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::metrics::described;

const PAGE: &str = include_str!("../../docs/operations.md");

fn rules() -> Vec<Value> {
    let parsed: Value = serde_saphyr::from_str(include_str!("../../docs/alerts.yml")).unwrap();
    let groups = parsed["groups"].as_array().unwrap();
    groups.iter().flat_map(|group| group["rules"].as_array().unwrap()).cloned().collect()
}

/// An alert on a metric that does not exist never fires.
#[test]
fn the_alert_rules_name_metrics_that_exist() {
    let described = described();
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
    let mut used = 0;
    for rule in rules() {
        let expr = rule["expr"].as_str().unwrap();
        let names = expr.match_indices("session_mirror_").map(|(at, _)| {
            let name: String = expr[at..].chars().take_while(|c| is_name(*c)).collect();
            assert!(described.contains_key(&name), "docs/alerts.yml: {name}");
        });
        let names = names.count();
        assert!(names > 0, "{expr}");
        used += names;
    }
    assert!(used >= 7, "{used}");
}

/// Who is woken by an alert finds it on the page, and the part of the page that it leads to.
#[test]
fn every_alert_is_described_and_no_other() {
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let rules: BTreeMap<String, String> =
        rules().iter().map(|r| (word(&r["alert"]), word(&r["labels"]["severity"]))).collect();
    let rows: Vec<&str> =
        PAGE.lines().filter(|line| line.starts_with("| `SessionMirror")).collect();
    let told = rows.iter().map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        (cells[1].trim_matches('`').to_owned(), cells[2].to_owned())
    });
    assert_eq!(told.collect::<BTreeMap<String, String>>(), rules);
    assert_eq!(rows.len(), rules.len(), "one row each");
    let headings: BTreeSet<String> = PAGE
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-"))
        .collect();
    for row in rows {
        let links: Vec<&str> =
            row.split("](#").skip(1).map(|rest| rest.split(')').next().unwrap()).collect();
        assert!(!links.is_empty(), "{row}");
        for link in links {
            assert!(headings.contains(link), "{link} of {row}");
        }
    }
}
