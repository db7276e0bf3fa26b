//! Any bytes as a file that defines a profile: no panic, and every mistake has a line that the file has.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tap_core::policy::custom_filter::{CustomFilter, CustomReading};
use tap_core::policy::rules::Mistakes;

fuzz_target!(|bytes: &[u8]| {
    let ends = bytes.iter().filter(|byte| **byte == b'\n').count();
    let lines = (ends + usize::from(bytes.last().is_some_and(|byte| *byte != b'\n'))).max(1);
    let remarks = match CustomFilter::read("fuzz.yaml", bytes) {
        Ok(CustomReading { filter, warnings }) => {
            assert!(filter.dns || filter.rules.iter().any(|rule| rule.accept));
            assert!(filter.rules.len() <= 10);
            warnings
        }
        Err(Mistakes { mistakes, warnings }) => {
            assert!(!mistakes.is_empty());
            mistakes.into_iter().chain(warnings).collect()
        }
    };
    for remark in remarks {
        assert!((1..=lines).contains(&remark.line), "{remark}");
        assert!(!remark.to_string().contains(char::is_control), "{remark:?}");
    }
});
