//! Which rulings of the design have tests here by name. What is missing from the list is not the middle's business: 17 is
//! the observer's. This counts names only; what a test under a name is worth, its reader judges.

use std::collections::BTreeSet;
use std::path::Path;

const BY_NAME: [u32; 18] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19];

fn collect(folder: &Path, found: &mut BTreeSet<u32>) {
    for entry in std::fs::read_dir(folder).expect("the folder of the tests is there") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source can be read");
            let names = text.lines().filter_map(|line| line.split_once("fn ruling_"));
            let number = |rest: &str| rest.split('_').next().and_then(|n| n.parse::<u32>().ok());
            found.extend(names.filter_map(|(_, rest)| number(rest)));
        }
    }
}

#[test]
fn every_ruling_of_the_middle_has_a_test_by_its_name() {
    let mut found = BTreeSet::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"), &mut found);
    assert_eq!(found.into_iter().collect::<Vec<_>>(), BY_NAME);
}
