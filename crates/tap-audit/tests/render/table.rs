//! The table for people.

use tap_audit::finding::FindingCode;
use tap_audit::model::Audit;
use tap_audit::render::{TableOptions, html, json, table};
use tap_audit::report::RegionReport;
use tap_audit::severity::Severity;
use tap_core::call::Call;
use tap_core::error::CloudError;

use crate::{cases, golden, sample};

const NARROW: TableOptions = TableOptions { width: Some(80), verbose: false };
const VERBOSE: TableOptions = TableOptions { width: Some(80), verbose: true };
const PIPE: TableOptions = TableOptions { width: None, verbose: false };

/// The text without its colours.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut parts = text.split("\u{1b}[");
    out.push_str(parts.next().unwrap());
    for part in parts {
        out.push_str(part.split_once('m').unwrap().1);
    }
    out
}

#[test]
fn all_there_is_to_say() {
    golden::is_golden("table.txt", &table(&sample::full(), &NARROW));
    golden::is_golden("table-verbose.txt", &table(&sample::full(), &VERBOSE));
    golden::is_golden("table-pipe.txt", &plain(&table(&sample::full(), &PIPE)));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for options in [NARROW, VERBOSE] {
        for report in [sample::full(), cases::large(50), cases::empty(), cases::failed()] {
            for line in plain(&table(&report, &options)).lines() {
                // A word that is longer than a line, an ARN for one, cannot be broken.
                let is_one_word = line.trim().split(' ').count() == 1;
                assert!(line.chars().count() <= 80 || is_one_word, "{line}");
            }
        }
    }
}

#[test]
fn every_code_is_there_with_its_consequence_and_its_remedy() {
    let text = plain(&table(&sample::full(), &PIPE));
    for code in FindingCode::ALL {
        assert!(text.contains(code.as_str()), "{code}");
        // Muted ones are counted only.
        if *code != FindingCode::ForeignSession {
            assert!(text.contains(code.consequence()), "{code}");
            assert!(text.contains(code.remedy()), "{code}");
        }
    }
    let verbose = plain(&table(&sample::full(), &VERBOSE));
    assert!(verbose.contains("muted foreign-session"), "{verbose}");
}

#[test]
fn the_gravest_comes_first() {
    let text = plain(&table(&sample::full(), &PIPE));
    let at = |severity: Severity| text.find(&format!("\n  {severity} ")).unwrap();
    assert!(at(Severity::High) < at(Severity::Medium));
    assert!(at(Severity::Medium) < at(Severity::Low));
}

#[test]
fn five_hundred_findings_of_one_code_are_one_group() {
    let report = cases::large(1500);
    let text = plain(&table(&report, &NARROW));
    assert!(text.contains("medium interface-not-mirrored, 500 times"), "{text}");
    assert!(text.contains("    and 490 more\n"), "{text}");
    assert_eq!(text.matches("hint: Run session_mirror_tap;").count(), 1, "{text}");
    assert!(text.lines().count() < 60, "{text}");
    let verbose = plain(&table(&report, &VERBOSE));
    assert_eq!(verbose.matches("    - eni-").count(), 500, "each");
}

#[test]
fn a_tag_cannot_paint_the_terminal_or_break_a_line() {
    for options in [NARROW, VERBOSE, PIPE] {
        let text = plain(&table(&cases::hostile(), &options));
        for c in text.chars() {
            assert!(c == '\n' || !c.is_control(), "{c:?}");
            assert!(!('\u{202a}'..='\u{202e}').contains(&c), "{c:?}");
            assert!(!('\u{2066}'..='\u{2069}').contains(&c), "{c:?}");
        }
    }
}

#[test]
fn an_empty_account_says_so() {
    let text = plain(&table(&cases::empty(), &NARROW));
    for expected in ["No findings", "no VPCs", "no interfaces", "No interface can be mirrored"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(text.ends_with("--fail-on medium is not reached\n"), "{text}");
}

#[test]
fn a_region_that_could_not_be_read_says_what_to_do() {
    let text = plain(&table(&cases::failed(), &PIPE));
    assert!(text.contains("region eu-north-1"), "{text}");
    assert!(text.contains("error: GetCallerIdentity: AccessDenied: an SCP denies the region"));
    assert!(text.contains("  hint: leave the region out"), "{text}");
    assert!(text.contains("1 region not read"), "{text}");
}

#[test]
fn the_last_line_is_about_the_threshold() {
    let last = |fail_on: Option<Severity>| {
        let mut report = cases::large(3);
        report.fail_on = fail_on;
        plain(&table(&report, &PIPE)).lines().last().unwrap().to_owned()
    };
    assert!(last(Some(Severity::High)).ends_with("--fail-on high is not reached"));
    assert!(last(Some(Severity::Medium)).ends_with("--fail-on medium is reached"));
    assert!(last(Some(Severity::Low)).ends_with("--fail-on low is reached"));
    assert!(!last(None).contains("--fail-on"));
}

/// Sessions could not be read, and so nobody knows what they cost.
fn unknown_sessions() -> Audit {
    let mut audit = sample::quiet();
    audit.sessions.clear();
    audit.targets = sample::audit().targets;
    audit.cost = None;
    audit.vpcs.iter_mut().for_each(|vpc| vpc.cost = None);
    audit.targets.iter_mut().for_each(|target| target.sources = None);
    audit
}

#[test]
fn what_sessions_cost_that_were_not_read_is_not_nothing() {
    let unknown = || RegionReport::Audited(unknown_sessions());
    let verbose = TableOptions { width: None, verbose: true };
    let text = plain(&table(&sample::report(vec![unknown()]), &verbose));
    assert!(text.contains("Cost\n  cannot tell: the sessions could not be read\n"), "{text}");
    assert!(text.contains("how many sources cannot be told"), "{text}");
    assert!(text.contains("What sessions cost cannot be told."), "{text}");
    assert!(!text.contains("0.00"), "{text}");
    let both = sample::report(vec![RegionReport::Audited(sample::quiet()), unknown()]);
    let text = plain(&table(&both, &verbose));
    assert!(text.contains("At least 2 sessions, 21.90 USD per month"), "{text}");
    let page = html(&both).unwrap();
    assert!(page.contains("at least 2 sessions") && page.contains("21.90+"), "{page}");
    let page = html(&sample::report(vec![unknown()])).unwrap();
    assert!(page.contains("How many sessions there are cannot be told"), "{page}");
    assert!(!page.contains("0.00"), "{page}");
    let region = &json(&sample::report(vec![unknown()]))[0];
    assert!(region["cost"].is_null() && region["vpcs"][0]["cost"].is_null(), "{region:#}");
    assert!(region["targets"][0]["sources"].is_null(), "{region:#}");
}

#[test]
fn vpcs_that_were_not_read_are_not_none() {
    let mut audit = sample::empty("eu-west-1");
    let none = sample::report(vec![RegionReport::Audited(audit.clone())]);
    assert!(plain(&table(&none, &PIPE)).contains("\n  no VPCs\n"));
    assert!(html(&none).unwrap().contains("There are no VPCs."));
    for call in [Call::DescribeVpcs, Call::DescribeInstances] {
        let error = sample::audit().unread.into_values().next().unwrap();
        audit.unread.insert(call, CloudError { call, ..error });
    }
    let unread = sample::report(vec![RegionReport::Audited(audit)]);
    let text = plain(&table(&unread, &PIPE));
    assert!(text.contains("\n  cannot tell: the VPCs could not be read\n"), "{text}");
    assert!(text.contains("\n  cannot tell: the instances could not be read\n"), "{text}");
    let page = html(&unread).unwrap();
    assert!(page.contains("Which VPCs there are in eu-west-1 cannot be told"), "{page}");
    assert!(!page.contains("There are no VPCs."), "{page}");
}
