//! The JSON document, and the page that describes it.

use std::collections::BTreeSet;

use serde_json::Value;
use tap_audit::render::json;

use crate::{cases, golden, sample};

#[test]
fn all_there_is_to_say() {
    let value = Value::from(json(&sample::full()));
    golden::is_golden("regions.json", &format!("{value:#}\n"));
}

/// The paths of all fields, `regions[].vpcs[].id`.
fn paths(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let path = format!("{path}.{key}");
                // Its keys are codes of reasons.
                if !path.ends_with(".left_alone") {
                    paths(value, &path, found);
                }
                found.insert(path);
            }
        }
        Value::Array(items) => items.iter().for_each(|v| paths(v, &format!("{path}[]"), found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The fields that a part of the page describes.
fn described(part: &str) -> BTreeSet<String> {
    let rows = part.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    rows.map(|(path, _)| path.to_owned()).collect()
}

#[test]
fn every_field_is_described_and_no_other() {
    let page = include_str!("../../../../docs/json-output.md");
    let (_, own) = page.split_once("\n# session_mirror_audit\n").unwrap();
    let own = described(own.split("\n# ").next().unwrap());
    let frame = described(page.split_once("\n# ").unwrap().0);
    let mut found = BTreeSet::new();
    paths(&Value::from(json(&sample::full())), "regions", &mut found);
    // What the page says of every program's regions it does not say again.
    let fields: BTreeSet<String> = found
        .into_iter()
        .filter(|path| own.contains(path) || !(frame.contains(path) && is_frame(path)))
        .collect();
    let difference: Vec<&String> = fields.symmetric_difference(&own).collect();
    assert!(difference.is_empty(), "found or described, but not both: {difference:#?}");
}

fn is_frame(path: &str) -> bool {
    ["regions[].account", "regions[].region"].contains(&path) || path.starts_with("regions[].error")
}

#[test]
fn a_region_that_could_not_be_read_has_the_keys_of_one_that_was() {
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let failed = json(&cases::failed());
    let read = json(&cases::empty());
    assert_eq!(keys(&failed[0]), keys(&read[0]));
    assert_eq!(failed[0]["error"]["kind"], "denied");
    assert!(failed[0]["vpcs"].is_null() && read[0]["error"].is_null());
}

#[test]
fn names_are_what_they_are() {
    let value = &json(&cases::hostile())[0];
    for (n, name) in cases::HOSTILE.iter().enumerate() {
        assert_eq!(value["interfaces"][n]["name"], *name);
    }
}
