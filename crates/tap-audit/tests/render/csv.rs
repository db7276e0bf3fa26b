//! One row per interface.

use std::collections::BTreeMap;

use tap_audit::render::csv;

use crate::{cases, golden, sample};

#[test]
fn all_there_is_to_say() {
    golden::is_golden("interfaces.csv", &csv(&sample::full()).unwrap());
}

/// The rows, by the names of their columns.
fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

#[test]
fn no_spreadsheet_takes_a_name_for_a_formula() {
    let text = csv(&cases::hostile()).unwrap();
    let rows = rows(&text);
    assert_eq!(rows.len(), cases::HOSTILE.len() + 1);
    for row in &rows {
        for cell in row.values() {
            assert!(!cell.trim_start().starts_with(['=', '+', '-', '@', '＝']), "{cell}");
            assert!(!cell.contains(char::is_control), "{cell:?}");
        }
    }
    assert_eq!(rows[4]["name"], "'=cmd|'/C calc'!A0");
    assert_eq!(rows[0]["name"], "<script>alert(1)</script>");
    assert_eq!(text.lines().count(), rows.len() + 1, "a row is a line");
}

#[test]
fn every_way_to_begin_a_formula_is_seen() {
    for name in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "＝1", "＠x"] {
        let mut report = cases::large(1);
        if let tap_audit::report::RegionReport::Audited(audit) = &mut report.regions[0] {
            audit.interfaces[0].name = Some(name.to_owned());
        }
        let row = rows(&csv(&report).unwrap()).remove(0);
        assert!(row["name"].starts_with('\''), "{name:?}: {:?}", row["name"]);
    }
}

#[test]
fn an_interface_names_the_findings_of_its_sessions_too() {
    let rows = rows(&csv(&sample::full()).unwrap());
    let of = |eni: &str| rows.iter().find(|row| row["interface"] == eni).unwrap();
    assert_eq!(
        of("eni-0a000000000000003")["findings"],
        "target-gone target-stopped no-route network-acl-blocks packets-cut"
    );
    // Those of its session; the finding that it is foreign is muted.
    assert_eq!(
        of("eni-0a000000000000005")["findings"],
        "target-outside-organization session-without-owner-tag session-without-description"
    );
    assert_eq!(of("eni-0a000000000000002")["arrival_detail"], "no-route security-group-blocks");
    assert_eq!(of("eni-0b000000000000001")["findings"], "");
}

#[test]
fn without_interfaces_there_are_titles() {
    for report in [cases::empty(), cases::failed()] {
        let text = csv(&report).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert!(text.starts_with("region,account,vpc,"));
    }
}

#[test]
fn ten_thousand_interfaces_are_ten_thousand_rows() {
    assert_eq!(rows(&csv(&cases::large(10_000)).unwrap()).len(), 10_000);
}
