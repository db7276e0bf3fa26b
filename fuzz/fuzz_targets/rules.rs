//! Any bytes as a file of rules: no panic, and every mistake has a line that the file has.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tap_core::policy::rules::{Mistakes, Reading, RuleSet};

fuzz_target!(|bytes: &[u8]| {
    let ends = bytes.iter().filter(|byte| **byte == b'\n').count();
    let lines = (ends + usize::from(bytes.last().is_some_and(|byte| *byte != b'\n'))).max(1);
    let remarks = match RuleSet::read("fuzz.yaml", bytes) {
        Ok(Reading { rules, warnings }) => {
            assert!(!rules.rules.is_empty());
            assert!(rules.rules.iter().all(|rule| (1..=lines).contains(&rule.place.line)));
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
