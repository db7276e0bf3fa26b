//! Reading a text as the file of a region.

use tap_core::policy::rules::{Mistakes, Reading, Remark, RuleSet};

/// What a file says.
pub fn read(bytes: impl AsRef<[u8]>) -> Result<Reading, Mistakes> {
    RuleSet::read("r.yaml", bytes.as_ref())
}

/// What is said of a file: mistakes, then warnings.
pub fn remarks(bytes: impl AsRef<[u8]>) -> Vec<String> {
    let say = |remark: &Remark| remark.to_string();
    let warn = |remark: &Remark| format!("warning: {remark}");
    match read(bytes) {
        Ok(Reading { rules: _, warnings }) => warnings.iter().map(warn).collect(),
        Err(Mistakes { mistakes, warnings }) => {
            mistakes.iter().map(say).chain(warnings.iter().map(warn)).collect()
        }
    }
}
