//! Comparison with files in `tests/golden`.

use std::path::Path;

/// Compares an output with its golden file, or writes it.
#[track_caller]
pub fn is_golden(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let line = expected.lines().zip(found.lines()).position(|(a, b)| a != b);
    assert!(
        found == expected,
        "{name} differs, first in line {line:?}: UPDATE_GOLDEN=1 cargo test -p tap-audit"
    );
}
