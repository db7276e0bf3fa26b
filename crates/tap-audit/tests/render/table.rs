//! The table for people.

use tap_audit::finding::FindingCode;
use tap_audit::model::{Audit, Coverage};
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
    assert!(text.ends_with("\n\nNo region was read\n"), "{text}");
}

#[test]
fn of_what_nobody_read_there_is_nothing_to_say() {
    let mut report = cases::failed();
    for _ in 0..2 {
        for options in [NARROW, VERBOSE, PIPE] {
            let text = plain(&table(&report, &options));
            for word in ["No findings", "No interface", "0 sessions", "0.00", "--fail-on"] {
                assert!(!text.contains(word), "{word}: {text}");
            }
        }
        report.regions.push(report.regions[0].clone());
    }
    // One that was read, and costs nothing, costs no less.
    let text = plain(&table(&cases::empty(), &PIPE));
    assert!(text.contains(" 0.00 USD per month") && !text.contains("-0"), "{text}");
}

#[test]
fn many_regions_are_a_line_each_where_nothing_is_and_a_row_each_at_the_end() {
    let mut report = sample::full();
    let names: Vec<String> = (1..=30).map(|n| format!("xx-empty-{n}")).collect();
    let empty = names.iter().map(|name| RegionReport::Audited(sample::empty(name)));
    report.regions.extend(empty);
    let text = plain(&table(&report, &NARROW));
    for name in &names {
        let own: Vec<&str> = text
            .lines()
            .filter(|line| line.contains(&format!("{name} ")) || line.contains(&format!("{name},")))
            .collect();
        assert_eq!(own.len(), 2, "{own:#?}");
        assert!(own.iter().all(|line| line.ends_with("nothing there")), "{own:#?}");
    }
    assert!(text.contains("nothing there\nAccount"), "they stand close together: {text}");
    let (_, last) = text.split_once("\nRegions\n").unwrap();
    let rows: Vec<Vec<&str>> = last.lines().map(|l| l.split_whitespace().collect()).collect();
    let row = |name: &str| rows.iter().find(|row| row.first() == Some(&name)).unwrap().clone();
    assert_eq!(row("eu-west-1"), ["eu-west-1", "0", "0", "0", "100", "%", "2", "21.90"]);
    let high = Severity::High;
    let RegionReport::Audited(first) = &report.regions[0] else { panic!("it was read") };
    assert_eq!(row("us-east-1")[1], first.count(high).to_string());
    assert_eq!(row("eu-north-1").last(), Some(&"read"), "not read");
    // One region alone needs no table, and is told of in full.
    let alone = plain(&table(&cases::empty(), &NARROW));
    assert!(!alone.contains("\nRegions\n") && !alone.contains("nothing there"), "{alone}");
}

#[test]
fn a_region_that_could_not_be_looked_into_is_not_empty() {
    let mut unseen = sample::empty("xx-1");
    unseen.unread = sample::audit().unread;
    let error = unseen.unread.remove(&Call::DescribeSecurityGroups).unwrap();
    let regions = |audit: &Audit| {
        let regions =
            vec![RegionReport::Audited(audit.clone()), RegionReport::Audited(sample::quiet())];
        plain(&table(&sample::report(regions), &PIPE))
    };
    assert!(regions(&unseen).contains("nothing there"));
    unseen.unread.insert(Call::DescribeVpcs, error);
    assert!(!regions(&unseen).contains("nothing there"));
}

#[test]
fn what_is_mirrored_in_vain_is_said_beside_what_is_mirrored() {
    let text = |blocked: usize, blind: usize, covered: Coverage| {
        let mut audit = sample::quiet();
        audit.coverage = Coverage { blocked, blind, ..covered };
        audit.vpcs[0].coverage = audit.coverage.clone();
        plain(&table(&sample::report(vec![RegionReport::Audited(audit)]), &PIPE))
    };
    let five = || sample::covered(4, 1, 0, 0);
    let told = text(3, 1, five());
    assert!(
        told.contains("\n  vpc-0b000000000000001: of 5 mirrored 3 do not arrive, 1 sees nothing\n")
    );
    assert!(told.contains("\n  all: of 5 mirrored 3 do not arrive, 1 sees nothing\n"), "{told}");
    let last =
        "5 of 5 eligible interfaces are mirrored, 100 %; of these 3 do not arrive, 1 sees nothing.";
    assert!(told.contains(last), "{told}");
    assert!(text(1, 0, five()).contains("of these 1 does not arrive."));
    assert!(text(0, 2, five()).contains("of these 2 see nothing."));
    assert!(!text(0, 0, five()).contains("of these"));
    let none = text(0, 0, sample::covered(0, 0, 1, 0));
    assert!(none.contains("0 of 1 eligible interface is mirrored, 0 %."), "{none}");
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
    let text = plain(&table(&none, &PIPE));
    assert!(text.contains("\n  no VPCs\n"), "{text}");
    assert!(text.contains("No interface can be mirrored"), "{text}");
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
    assert!(text.contains(". Which interfaces can be mirrored cannot be told. "), "{text}");
    assert!(page.contains("; not all instances could be read."), "{page}");
    assert!(page.contains(r#"<p class="big">cannot tell</p>"#), "{page}");
    assert!(!page.contains("There are no VPCs."), "{page}");
}
