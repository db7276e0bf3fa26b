//! Whatever the bytes are, reading ends with rules or with mistakes whose lines are in the file.

use proptest::prelude::*;
use tap_core::policy::rules::{Delivery, Mistakes, Reading, Section};

use super::support::read;

/// Every kind of rule, and every key.
const WHOLE: &str = "\
tags:
- tagList:
  - Key: team
    Value: web
  - {Key: 'tier', Value: \"1\"}
  tagMatch: all
  filterId: tmf-1a2b3c4d5e6f7g8h
  targetIds: &both [tmt-1, tmt-2]
  targetChoice: same-zone
  packetLength: 128
- tagList: [{Key: quiet, Value: ''}]
  ignore: true
subnets:
- subnetId: subnet-1
  targetIds: *both
  virtualNetworkId: 7
  sessionNumber: 3
  interfaces: primary
vpcs:
- vpcId: vpc-1
  targetInstanceType: t3.micro
  targetInstanceAmi: ami-1
  targetSecurityGroupIds:
  - sg-1
  targetSubnetId: subnet-2
  allowInstanceTags: true
- vpcId: vpc-2
  targetId: traf-mir-tar-1
";

/// What files are made of, and what breaks them.
const PIECES: [&str; 40] = [
    "\n",
    "\n  ",
    "\n- ",
    ": ",
    ":",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "\"",
    "'",
    "#",
    "&a ",
    "*a",
    "!x ",
    "|",
    ">",
    "? ",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "\t",
    "\r",
    "\r\n",
    "\u{feff}",
    "\u{2028}",
    "\0",
    "<<",
    "~",
    "tags",
    "vpcs",
    "tagList",
    "targetId",
    "tmt-1",
    "ignore: true",
    "-1",
    "99999999999",
    "\u{85}",
];

/// Checks what holds for every file.
fn holds(bytes: &[u8]) {
    let lines = bytes.split(|byte| *byte == b'\n').count();
    // What stands behind the last line's end is no line.
    let lines = if bytes.ends_with(b"\n") { lines - 1 } else { lines };
    let remarks = match read(bytes) {
        Ok(Reading { rules, warnings }) => {
            assert!(!rules.rules.is_empty());
            for rule in &rules.rules {
                assert!((1..=lines).contains(&rule.place.line), "{rule:?}");
                if let Delivery::Mirror(mirroring) = &rule.delivery {
                    assert!(mirroring.number.is_none_or(|number| number > 0));
                }
            }
            let order: Vec<(Section, usize)> =
                rules.rules.iter().map(|rule| (rule.place.section, rule.place.index)).collect();
            assert!(order.is_sorted(), "{order:?}");
            warnings
        }
        Err(Mistakes { mistakes, warnings }) => {
            assert!(!mistakes.is_empty());
            assert!(mistakes.is_sorted_by_key(|remark| remark.line));
            mistakes.into_iter().chain(warnings).collect()
        }
    };
    for remark in remarks {
        assert!((1..=lines.max(1)).contains(&remark.line), "{remark:?} of {lines} lines");
        let said = remark.to_string();
        assert!(!said.contains(char::is_control), "{said:?}");
        assert!(said.len() < 1200, "{said}");
    }
}

#[test]
fn the_whole_file_is_fine() {
    let reading = read(WHOLE).unwrap();
    assert_eq!((reading.rules.rules.len(), reading.warnings), (5, vec![]));
    holds(WHOLE.as_bytes());
}

/// What the fuzzer begins with is fine, or it would never get far.
#[test]
fn the_seeds_of_the_fuzzer_are_fine() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/rules");
    let mut seeds = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert_eq!(read(bytes).unwrap().warnings, []);
        seeds += 1;
    }
    assert_eq!(seeds, 2);
}

/// The order of the lists in the file is nothing; that of the rules in a list is theirs.
#[test]
fn tags_come_before_subnets_before_vpcs() {
    let (tags, rest) = WHOLE.split_at(WHOLE.find("subnets:").unwrap());
    let (subnets, vpcs) = rest.split_at(rest.find("vpcs:").unwrap());
    let subnets = subnets.replace("*both", "[tmt-1]");
    let turned = format!("{vpcs}{subnets}{tags}");
    let sections: Vec<(Section, usize)> = read(&turned)
        .unwrap()
        .rules
        .rules
        .iter()
        .map(|rule| (rule.place.section, rule.place.index))
        .collect();
    let expected = [
        (Section::Tags, 0),
        (Section::Tags, 1),
        (Section::Subnets, 0),
        (Section::Vpcs, 0),
        (Section::Vpcs, 1),
    ];
    assert_eq!(sections, expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        holds(&bytes);
    }

    #[test]
    fn any_pieces(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60)) {
        holds(pieces.concat().as_bytes());
    }

    #[test]
    fn a_fine_file_with_something_put_in_or_taken_out(
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), prop::sample::select(&PIECES[..]), 0..12_usize),
            1..6,
        )
    ) {
        let mut bytes = WHOLE.as_bytes().to_vec();
        for (at, piece, taken) in changes {
            let at = at.index(bytes.len() + 1);
            let end = (at + taken).min(bytes.len());
            bytes.splice(at..end, piece.bytes());
        }
        holds(&bytes);
    }

    #[test]
    fn a_fine_file_that_is_cut_off(at in 0..WHOLE.len()) {
        holds(&WHOLE.as_bytes()[..at]);
    }

    #[test]
    fn lines_in_any_order(order in Just(WHOLE.lines().collect::<Vec<_>>()).prop_shuffle(), kept in 0..30_usize) {
        holds(order[..kept.min(order.len())].join("\n").as_bytes());
    }
}
