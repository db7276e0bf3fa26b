//! The fences of the house, held by reading the sources: arrows between modules point down, the AWS SDK is named in one
//! folder, the domain knows no clock, no environment and no unordered collection, and every file says what it owns.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules by row: one sees lower rows only, and equals do not see each other.
const ROWS: [&[&str]; 11] = [
    &["ids", "call", "stop", "moment", "ranges"],
    &["tags", "error", "instance_types", "pace"],
    &["policy", "network"],
    &["settings"],
    &["inventory"],
    &["cloud"],
    &["plan", "aws"],
    &["apply", "survey", "tagging"],
    &["report", "build", "prune"],
    &["cycle"],
    &["testing"],
];

/// Names of the SDK's crates, by their beginnings.
const SDK: [&str; 5] = ["aws_sdk_", "aws_config", "aws_smithy", "aws_types", "aws_credential"];

/// What the domain does without: the same input gives the same bytes.
const BANNED: [&str; 7] =
    ["SystemTime", "Instant::", "::Instant", "std::env", "env::var", "HashMap", "HashSet"];

fn crate_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.expect("a folder can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The sources of this crate: the path below `src`, and the text.
fn sources() -> BTreeMap<String, String> {
    let src = crate_root().join("src");
    let files = rust_files(&src);
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&src).expect("it is below src").display().to_string();
        (name, fs::read_to_string(&path).expect("a source can be read"))
    };
    files.into_iter().map(read).collect()
}

/// The module at the top of a path below `src`: `plan/guard.rs` is of `plan`.
fn module_of(path: &str) -> &str {
    let first = path.split('/').next().unwrap_or(path);
    first.strip_suffix(".rs").unwrap_or(first)
}

fn row_of(module: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&module))
}

/// The code of a source, without its comments.
fn code(text: &str) -> String {
    let without = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
    text.lines().map(without).collect::<Vec<_>>().join("\n")
}

/// The modules that a source names by `crate::…`, in braces too.
fn named_modules(code: &str) -> Vec<String> {
    let mut named = Vec::new();
    for (_, rest) in
        code.match_indices("crate::").map(|(at, found)| (at, &code[at + found.len()..]))
    {
        let word = |text: &str| -> String {
            text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
        };
        match rest.strip_prefix('{') {
            None => named.push(word(rest)),
            Some(group) => {
                let mut depth = 0;
                let mut start = true;
                for (at, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        c if start && !c.is_whitespace() => {
                            named.push(word(&group[at..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    named
}

/// The arrows of one source that do not point down.
fn wrong_arrows(path: &str, text: &str) -> Vec<String> {
    let module = module_of(path);
    if module == "lib" {
        return Vec::new();
    }
    let Some(row) = row_of(module) else {
        return vec![format!("{path}: module `{module}` has no row")];
    };
    let code = code(text);
    let mut wrong = Vec::new();
    for named in named_modules(&code) {
        let points_down = match row_of(&named) {
            Some(other) => other < row || named == module,
            None => false,
        };
        if !points_down {
            wrong.push(format!("{path}: {module} must not see `{named}`"));
        }
    }
    // A way around `crate::`: out of a file through its parents.
    if code.contains("super::super") {
        wrong.push(format!("{path}: names a module through super::super"));
    }
    wrong
}

/// What one source names that it must not.
fn banned_names(path: &str, text: &str) -> Vec<String> {
    if module_of(path) == "aws" {
        return Vec::new();
    }
    let code = code(text);
    let found = SDK.iter().chain(&BANNED).filter(|name| code.contains(**name));
    found.map(|name| format!("{path}: names `{name}`")).collect()
}

fn says_what_it_owns(text: &str) -> bool {
    text.lines()
        .next()
        .and_then(|line| line.strip_prefix("//!"))
        .is_some_and(|l| l.trim().len() > 3)
}

#[test]
fn arrows_point_down() {
    let sources = sources();
    assert!(sources.len() > 30, "the sources were not found");
    let wrong: Vec<String> =
        sources.iter().flat_map(|(path, text)| wrong_arrows(path, text)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_row_is_a_module() {
    let sources = sources();
    for module in ROWS.iter().flat_map(|row| row.iter()) {
        let there = sources.keys().any(|path| module_of(path) == *module);
        assert!(there, "`{module}` has a row and no source");
    }
}

#[test]
fn the_sdk_is_named_in_one_folder_and_the_domain_is_pure() {
    let wrong: Vec<String> =
        sources().iter().flat_map(|(path, text)| banned_names(path, text)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let names_sdk = |(path, text): (&String, &String)| {
        module_of(path) == "aws" && SDK.iter().any(|name| code(text).contains(name))
    };
    assert!(sources().iter().any(names_sdk), "the names of the SDK's crates have changed");
}

#[test]
fn every_file_says_what_it_owns() {
    let workspace = crate_root().join("../..");
    let mut folders = vec![workspace.join("tests")];
    for entry in fs::read_dir(workspace.join("crates")).unwrap() {
        let path = entry.unwrap().path();
        folders.extend(["src", "tests", "benches"].map(|folder| path.join(folder)));
    }
    let files: Vec<PathBuf> = folders.iter().flat_map(|folder| rust_files(folder)).collect();
    assert!(files.len() > 60, "the sources were not found");
    let silent: Vec<String> = files
        .iter()
        .filter(|path| !says_what_it_owns(&fs::read_to_string(path).unwrap()))
        .map(|path| path.display().to_string())
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

/// A fence that cannot fall is none.
#[test]
fn the_fences_fall_when_pushed() {
    let up = wrong_arrows("ids.rs", "use crate::tags::Tags;");
    assert_eq!(up, ["ids.rs: ids must not see `tags`"]);
    assert_eq!(wrong_arrows("aws/act.rs", "use crate::plan::Plan;").len(), 1);
    assert_eq!(wrong_arrows("plan/places.rs", "fn f(_: crate::apply::Applied) {}").len(), 1);
    assert_eq!(wrong_arrows("policy/vpc.rs", "use crate::settings::Settings;").len(), 1);
    let group = "use crate::{ids::{EniId, VpcId}, cycle, tags};";
    assert_eq!(named_modules(group), ["ids", "cycle", "tags"]);
    assert_eq!(wrong_arrows("plan/mod.rs", group), ["plan/mod.rs: plan must not see `cycle`"]);
    assert_eq!(wrong_arrows("plan/mod.rs", "use super::super::apply;").len(), 1);
    assert_eq!(wrong_arrows("novel.rs", "").len(), 1);
    assert_eq!(wrong_arrows("plan/mod.rs", "// crate::apply is above"), Vec::<String>::new());
    assert_eq!(wrong_arrows("plan/mod.rs", "use crate::plan::Place;"), Vec::<String>::new());

    assert_eq!(banned_names("plan/mod.rs", "use aws_sdk_ec2::Client;").len(), 1);
    assert_eq!(banned_names("apply/mod.rs", "let now = std::time::Instant::now();").len(), 2);
    assert_eq!(banned_names("tags.rs", "use std::collections::{BTreeMap, HashMap};").len(), 1);
    assert_eq!(banned_names("settings.rs", "std::env::var(\"X\")").len(), 2);
    assert_eq!(banned_names("aws/mod.rs", "use aws_sdk_ec2::Client;"), Vec::<String>::new());

    assert!(says_what_it_owns("//! What it owns.\n"));
    assert!(!says_what_it_owns("//!\n"));
    assert!(!says_what_it_owns("use std::fs;\n//! Too late.\n"));
}
