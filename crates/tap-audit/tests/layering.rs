//! The fence around this crate: what is found out and written is a function of what was read. No SDK, no clock, no files, no
//! environment, no unordered collection; and every file says what it owns.

use std::fs;
use std::path::{Path, PathBuf};

/// What would let the world in, or make the same input give other bytes.
const BANNED: [&str; 16] = [
    "aws_sdk_",
    "aws_config",
    "aws_smithy",
    "aws_types",
    "std::fs",
    "std::env",
    "env::var",
    "std::net::Tcp",
    "std::process",
    "SystemTime",
    "Instant::",
    "HashMap",
    "HashSet",
    "println!",
    "tracing::",
    "rand::",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder can be listed") {
        let path = entry.expect("a folder can be listed").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// What is wrong with a source.
fn faults(name: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if !text.starts_with("//! ") {
        faults.push(format!("{name} does not say what it owns"));
    }
    let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    let code = code.collect::<Vec<_>>().join("\n");
    faults.extend(
        BANNED.iter().filter(|word| code.contains(*word)).map(|word| format!("{name}: {word}")),
    );
    faults
}

#[test]
fn nothing_comes_in_but_what_was_read() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    assert!(files.len() > 15, "{files:?}");
    let text = |path: &PathBuf| fs::read_to_string(path).expect("a source can be read");
    let faults: Vec<String> =
        files.iter().flat_map(|path| faults(&path.display().to_string(), &text(path))).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_fence_sees_what_climbs_over_it() {
    assert_eq!(faults("a.rs", "//! Owns nothing.\nuse std::fs;\n"), ["a.rs: std::fs"]);
    assert_eq!(faults("a.rs", "//! Owns nothing.\n// std::fs is not used\n"), Vec::<String>::new());
    assert_eq!(faults("a.rs", "fn f() {}\n"), ["a.rs does not say what it owns"]);
}
