//! Every finding there is: an account that has it, and the nearest one that must not.

use std::collections::BTreeSet;

use tap_audit::finding::FindingCode as Code;
use tap_core::inventory::{Direction, FilterRule, MirrorFilter};

use super::cases_of_the_way::{of_targets, of_the_way};
use super::cases_of_what_is::{of_sessions, of_what_should_be};
use crate::support::Account;

/// One row: what is found where, who suffers, and the neighbour.
pub struct Case {
    pub code: Code,
    pub account: Account,
    pub at: &'static [&'static str],
    pub affected: &'static [&'static str],
    pub vpc: Option<&'static str>,
    pub neighbour: Account,
}

/// The VPC of most cases.
pub const A: Option<&str> = Some("vpc-a");

/// A filter of somebody else.
pub fn described(rules: Vec<FilterRule>) -> impl FnOnce(&mut MirrorFilter) {
    move |filter| (filter.description, filter.rules) = ("somebody's".to_owned(), rules)
}

/// A rule about a part of the traffic.
pub fn narrow(number: i32, accept: bool) -> FilterRule {
    FilterRule::within(Direction::Ingress, number, accept, "10.9.0.0/16")
}

fn cases() -> Vec<Case> {
    [of_sessions(), of_what_should_be(), of_targets(), of_the_way()].into_iter().flatten().collect()
}

#[test]
fn every_finding_with_its_neighbour() {
    for Case { code, account, at, affected, vpc, neighbour } in cases() {
        let found = account.found(code);
        let with_at: Vec<_> = found.iter().filter(|finding| finding.at == at).collect();
        let [finding] = with_at.as_slice() else {
            panic!(
                "{code} at {at:?}: {found:#?}, all {:?}",
                crate::support::codes(&account.look())
            );
        };
        assert_eq!(finding.affected, affected, "{code}");
        assert_eq!(finding.vpc.as_ref().map(|vpc| vpc.as_str()), vpc, "{code}");
        assert!(!finding.muted, "{code}");
        assert!(!finding.what.ends_with('.'), "{code}: {}", finding.what);
        for id in at.iter().copied().filter(|id| !["arn:tg/tmt-1", "not-mirrored"].contains(id)) {
            let named = finding.what.contains(id) || id == "eu-west-1";
            // The load balancer is named by its target.
            assert!(named || id.starts_with("arn:"), "{code} does not name {id}: {}", finding.what);
        }
        assert_eq!(neighbour.found(code), [], "{code} of the neighbour");
    }
}

#[test]
fn no_code_is_without_a_case() {
    let told: BTreeSet<Code> = cases().into_iter().map(|case| case.code).collect();
    let without: Vec<&Code> = Code::ALL.iter().filter(|code| !told.contains(code)).collect();
    assert_eq!(without, Vec::<&Code>::new());
}

#[test]
fn the_same_trouble_is_found_at_the_same_place_again() {
    for Case { code, account, .. } in cases() {
        assert_eq!(account.look(), account.look(), "{code}");
    }
}

#[test]
fn sentences_are_for_people() {
    let mut lines = String::new();
    for Case { code, account, at, .. } in cases() {
        for finding in account.found(code).into_iter().filter(|finding| finding.at == at) {
            lines += &format!("{:6} {code}: {}\n", finding.severity(), finding.what);
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/sentences.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &lines).expect("the golden file can be written");
    }
    let golden = std::fs::read_to_string(path).expect("the golden file is there");
    assert_eq!(lines, golden, "look at the sentences, then UPDATE_GOLDEN=1");
}
