//! Profiles of the user's own, as people write them: what is read, what is said of everything that can be wrong, and that no
//! bytes lead anywhere else.

use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;
use tap_core::policy::custom_filter::{CustomFilter, KEYS, RULE_KEYS};
use tap_core::policy::filter_spec::RULES_PER_FILTER;

/// Every key, in one way or another.
const WHOLE: &str = "\
name: web-and.names_1
dns: true
rules:
- direction: ingress
  action: reject
  number: 10
  protocol: icmp
  source: 10.0.0.0/8
- {direction: ingress, action: accept, protocol: TCP, destinationPorts: 443, source: 0.0.0.0/0}
- {direction: ingress, action: accept, protocol: udp, sourcePorts: 1024-65535, destinationPorts: '53', destination: '::/0'}
- {direction: egress, action: accept, protocol: 132, source: 10.0.0.0/16, destination: 192.168.0.0/16}
- {direction: egress, action: accept, protocol: all, destination: ::/0}
";

fn read(bytes: impl AsRef<[u8]>) -> Result<CustomFilter, Vec<String>> {
    match CustomFilter::read("web.yaml", bytes.as_ref()) {
        Ok(reading) => Ok(reading.filter),
        Err(mistakes) => Err(mistakes.mistakes.iter().map(ToString::to_string).collect()),
    }
}

#[test]
fn a_file_defines_what_it_says() {
    let web = read(WHOLE).unwrap();
    assert_eq!((&*web.name, &*web.file, web.dns), ("web-and.names_1", "web.yaml", true));
    let rules: Vec<String> = web.rules.iter().map(|r| format!("{} {r}", r.number)).collect();
    assert_eq!(
        rules,
        [
            "10 reject ingress icmp from 10.0.0.0/8 to 0.0.0.0/0",
            "110 accept ingress tcp from 0.0.0.0/0 to 0.0.0.0/0 port 443",
            "210 accept ingress udp from ::/0 ports 1024-65535 to ::/0 port 53",
            "100 accept egress sctp from 10.0.0.0/16 to 192.168.0.0/16",
            "200 accept egress all traffic from ::/0 to ::/0",
        ]
    );
    let dns_alone = read("{name: dns, dns: true}").unwrap();
    assert!(dns_alone.dns && dns_alone.rules.is_empty());
    let protocols =
        read("name: x\nrules:\n- {direction: egress, action: accept, protocol: 0, source: ::/0}\n");
    assert_eq!(protocols.unwrap().rules[0].protocol, Some(0));
}

/// `golden/custom-filter-mistakes.txt` has the files and what is said of them. `UPDATE_GOLDEN=1` writes what is said anew.
#[test]
fn every_mistake_has_its_words() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/custom-filter-mistakes.txt");
    let mut found = std::fs::read_to_string(&path).unwrap();
    let mut expected = String::new();
    let mut cases = 0;
    for case in found.split("### ").skip(1) {
        let (title, rest) = case.split_once('\n').unwrap();
        let (text, _) = rest.split_once("--->\n").unwrap();
        let Err(said) = read(text) else { panic!("nothing is wrong with: {title}") };
        writeln!(expected, "### {title}\n{text}--->\n{}\n", said.join("\n")).unwrap();
        cases += 1;
    }
    assert!(cases > 15, "{cases}");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &expected).unwrap();
        found.clone_from(&expected);
    }
    assert_eq!(found, expected, "UPDATE_GOLDEN=1 cargo test -p tap-core --test custom_filters");
}

/// What files are made of, and what breaks them.
fn piece() -> impl Strategy<Value = String> {
    let words: Vec<&str> = KEYS
        .into_iter()
        .chain(RULE_KEYS)
        .chain(["\n", "\n- ", ": ", "[", "]", "{", "}", ", ", "\"", "#", "&a ", "*a", "!x ", "\t"])
        .chain(["\u{feff}", "\0", "443", "1-", "-", "99999999999", "tcp", "::/0", "10.0.0.1/8"])
        .collect();
    prop_oneof![
        3 => prop::sample::select(words).prop_map(str::to_owned),
        1 => "\\PC{0,4}",
    ]
}

proptest! {
    /// Whatever the bytes are, there is a filter that AWS would take, or mistakes whose lines are in the file.
    #[test]
    fn any_edit_of_a_file_ends_well(edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..20, piece()), 1..6)) {
        let mut bytes = WHOLE.as_bytes().to_vec();
        for (at, length, piece) in edits {
            let at = at.index(bytes.len() + 1);
            let end = (at + length).min(bytes.len());
            bytes.splice(at..end, piece.into_bytes());
        }
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
        match CustomFilter::read("web.yaml", &bytes) {
            Ok(reading) => {
                let rules = reading.filter.rules;
                prop_assert!(rules.len() <= RULES_PER_FILTER);
                prop_assert!(reading.filter.dns || rules.iter().any(|rule| rule.accept));
                for (i, rule) in rules.iter().enumerate() {
                    let is_ported = matches!(rule.protocol, Some(6 | 17));
                    let ports = rule.source_ports.is_some() || rule.destination_ports.is_some();
                    prop_assert!(is_ported || !ports, "{rule}");
                    let is_v4 = |net: &ipnet::IpNet| matches!(net, ipnet::IpNet::V4(_));
                    prop_assert_eq!(is_v4(&rule.source), is_v4(&rule.destination));
                    let same = |other: &&tap_core::policy::filter_spec::FilterRuleSpec| {
                        (other.direction, other.number) == (rule.direction, rule.number)
                    };
                    prop_assert!(!rules[..i].iter().any(|other| same(&other)), "{rule}");
                }
            }
            Err(wrong) => {
                prop_assert!(!wrong.mistakes.is_empty());
                for remark in wrong.mistakes.iter().chain(&wrong.warnings) {
                    prop_assert!((1..=lines).contains(&remark.line), "{remark}");
                    prop_assert!(!remark.to_string().contains(char::is_control), "{remark:?}");
                }
            }
        }
    }
}
