//! Everything that can be wrong with a file, each with the exact words: `golden/rules-mistakes.txt` has the files and what
//! is said of them. `UPDATE_GOLDEN=1` writes what is said anew.

use std::fmt::Write as _;
use std::path::Path;

use super::support::{read, remarks};

#[test]
fn every_mistake_has_its_words() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/rules-mistakes.txt");
    let mut found = std::fs::read_to_string(&path).unwrap();
    let mut expected = String::new();
    let mut cases = 0;
    for case in found.split("### ").skip(1) {
        let (title, rest) = case.split_once('\n').unwrap();
        let (text, _) = rest.split_once("--->\n").unwrap();
        let said = remarks(text);
        assert!(!said.is_empty(), "nothing is wrong with: {title}");
        writeln!(expected, "### {title}\n{text}--->\n{}\n", said.join("\n")).unwrap();
        cases += 1;
    }
    assert!(cases > 40, "{cases}");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &expected).unwrap();
        found.clone_from(&expected);
    }
    assert_eq!(found, expected, "UPDATE_GOLDEN=1 cargo test -p tap-core --test rules");
}

/// What does not show in a text file.
#[test]
fn bytes_that_nobody_sees() {
    let fine = "vpcs:\n- vpcId: vpc-1\n  ignore: true\n";
    for text in [
        format!("\u{feff}{fine}"),
        fine.replace('\n', "\r\n"),
        format!("\u{feff}---\r\n{fine}...\n"),
    ] {
        assert_eq!(remarks(&text), [""; 0], "{text:?}");
        assert_eq!(read(&text).unwrap().rules.rules.len(), 1);
    }
    let wrong = "vpcs:\n- vpcId: vpc-1\n  ignore: false\n";
    let words = "vpcs[0].ignore: false says nothing; allowed: true, or leave it out";
    for text in [wrong.to_owned(), format!("\u{feff}{wrong}"), wrong.replace('\n', "\r\n")] {
        assert!(
            remarks(&text).contains(&format!("r.yaml:3: {words}")),
            "{text:?} {:?}",
            remarks(&text)
        );
    }
    assert_eq!(
        remarks("vpcs:\n\t- vpcId: vpc-1\n"),
        ["r.yaml:2: a tab stands in the indentation; allowed: spaces"]
    );
    assert_eq!(
        remarks(b"vpcs:\n- vpcId: \xff\n"),
        ["r.yaml:2: the file is no text; allowed: UTF-8"]
    );
    let utf16: Vec<u8> = "vpcs: []".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(read(utf16).is_err());
    let turned = remarks("vpcs:\n- vpcId: \"a\\e[31m\\u202e\"\n  ignore: true\n");
    assert_eq!(turned.len(), 1);
    assert!(turned[0].contains("`a\u{fffd}[31m\u{fffd}` is not a VPC id"), "{turned:?}");
}

/// A file that would be large with its aliases written out, and one that is deep, are refused and cost nothing.
#[test]
fn no_file_grows_while_it_is_read() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..12 {
        let all = vec![format!("*a{}", i - 1); 9].join(", ");
        bomb.push_str(&format!("a{i}: &a{i} [{all}]\n"));
    }
    let said = remarks(&bomb);
    assert!(
        said.iter().any(|line| line.contains("more here than any file of rules has")),
        "{said:?}"
    );
    let mut chain = "a0: &a0 [x]\n".to_owned();
    for i in 1..20_000 {
        chain.push_str(&format!("a{i}: &a{i} [*a{}]\n", i - 1));
    }
    assert!(remarks(&chain).iter().any(|line| line.contains("more here than")));
    for deep in ["[".repeat(100_000), "{a: ".repeat(50_000), "- ".repeat(100_000)] {
        assert_eq!(remarks(&deep).len(), 1);
    }
    let long = format!("vpcs:\n- vpcId: vpc-{}\n  ignore: true\n", "1".repeat(2000));
    assert_eq!(remarks(&long), ["r.yaml:2: vpcs[0].vpcId: the text has more than 1024 characters"]);
    assert_eq!(
        remarks("#".repeat(1024 * 1024 + 1)),
        ["r.yaml:1: the file has more than 1048576 bytes"]
    );
}
