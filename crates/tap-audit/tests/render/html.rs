//! The page: that all is in it, that names stay names, and that it stays a page. What a browser makes of it is tested in
//! `tests/audit`.

use tap_audit::finding::FindingCode;
use tap_audit::model::Coverage;
use tap_audit::render::html;
use tap_audit::report::RegionReport;

use crate::{cases, golden, sample};

#[test]
fn all_there_is_to_say() {
    golden::is_golden("report.html", &html(&sample::full()).unwrap());
}

#[test]
fn every_code_is_there_with_its_consequence_and_its_remedy() {
    // The engine writes quotes by number.
    let page = html(&sample::full()).unwrap().replace("&#39;", "'").replace("&#34;", "\"");
    let page = page.replace("<code>", "`").replace("</code>", "`");
    for code in FindingCode::ALL {
        for text in [code.as_str(), code.title(), code.consequence(), code.remedy()] {
            assert!(page.contains(text), "{code}: {text}");
        }
    }
}

#[test]
fn it_loads_nothing() {
    let page = html(&sample::full()).unwrap();
    for word in ["http://", "https://", "//cdn", "src=", "@import", "<link", "<iframe", "<img"] {
        assert!(!page.contains(word), "{word}");
    }
    for (at, _) in page.match_indices("url(") {
        assert!(page[at..].starts_with("url(#p-"), "{}", &page[at..at + 40]);
    }
    assert!(page.contains("default-src 'none'"), "the policy is there");
}

#[test]
fn names_stay_names() {
    let plain = html(&sample::full()).unwrap();
    let page = html(&cases::hostile()).unwrap();
    // No name opens or closes anything that the page without them does not have.
    for tag in ["<script", "</script", "<style", "</style", "<img", "<!--", "<a "] {
        assert_eq!(page.matches(tag).count(), plain.matches(tag).count(), "{tag}");
    }
    assert!(page.contains("<bdi>&#60;script&#62;alert(1)&#60;/script&#62;</bdi>"), "it is escaped");
    assert!(page.contains("&#34;&#62;&#60;img"), "so are quotes");
    assert!(page.contains(&"n".repeat(256)), "a long name is there in full");
    assert!(page.contains("שלום-名前"), "so are letters of other languages");
    assert!(!page.contains('\u{202e}') && !page.contains('\u{2066}'), "what turns letters is not");
}

#[test]
fn backticks_are_code_and_no_way_in() {
    let mut report = cases::hostile();
    let RegionReport::Audited(audit) = &mut report.regions[0] else { panic!("it was read") };
    audit.findings[0].what = "its tag is `<img src=x>`, which ` is `a` nothing".to_owned();
    audit.findings[1].what = "one ` alone <b>".to_owned();
    let page = html(&report).unwrap();
    let code =
        "<bdi>its tag is <code>&#60;img src=x&#62;</code>, which <code> is </code>a` nothing</bdi>";
    assert!(page.contains(code), "{page}");
    assert!(page.contains("<bdi>one ` alone &#60;b&#62;</bdi>"));
    assert!(page.contains("take the code of <code>session_mirror_audit export</code>"));
    assert_eq!(
        page.matches("<code>").count() + page.matches("<code class").count(),
        page.matches("</code>").count()
    );
}

#[test]
fn instances_are_there_the_worst_first_and_no_more_than_anybody_reads() {
    let mut report = cases::large(1000);
    let RegionReport::Audited(audit) = &mut report.regions[0] else { panic!("it was read") };
    for n in 0..1000 {
        let mut place = sample::audit().instances.remove(0);
        place.id = format!("i-{n:017x}").into();
        place.coverage = sample::covered(1, 0, usize::from(n == 999), 0);
        audit.instances.push(place);
    }
    let page = html(&report).unwrap();
    let (_, by_instance) =
        page.split_once("<summary>By instance: 1000 instances</summary>").unwrap();
    let (list, _) = by_instance.split_once("</details>").unwrap();
    assert_eq!(list.matches("<li>").count(), 200);
    assert!(list.contains("and 800 more"), "{list}");
    let first = list.split("</li>").next().unwrap();
    assert!(first.contains(&format!("i-{:017x}", 999)), "{first}");
    assert!(!html(&cases::empty()).unwrap().contains("By instance"));
}

#[test]
fn what_is_mirrored_in_vain_is_said_beside_the_picture() {
    let mut audit = sample::quiet();
    audit.coverage = Coverage { blocked: 3, blind: 1, ..sample::covered(4, 1, 0, 0) };
    audit.vpcs[0].coverage = audit.coverage.clone();
    let page = html(&sample::report(vec![RegionReport::Audited(audit)])).unwrap();
    let words = "of the mirrored 3 do not arrive, 1 sees nothing";
    assert!(page.contains(&format!("<small>{words}</small></span><span class=\"picture\">")));
    assert!(page.contains(&format!("aria-label=\"5 interfaces: 4 by us, 1 by others; {words}\"")));
    assert!(page.contains("<small>of these 3 do not arrive, 1 sees nothing</small></td>"));
    assert!(page.contains("3 mirrored interfaces of which packets do not arrive"));
}

#[test]
fn one_is_one() {
    let mut audit = sample::quiet();
    audit.interfaces.truncate(1);
    let cost = audit.cost.as_mut().unwrap();
    (cost.sessions, cost.wasted) = (1, 1);
    let page = html(&sample::report(vec![RegionReport::Audited(audit)])).unwrap();
    assert!(page.contains("1 session, of which 1 sees nothing"));
    assert!(page.contains(">1 interface</p>"));
    let page = html(&sample::full()).unwrap();
    assert!(page.contains("9 sessions, of which 2 see nothing"));
    assert!(page.contains(">16 interfaces</p>"));
}

#[test]
fn an_empty_account_says_so() {
    let page = html(&cases::empty()).unwrap();
    for text in [
        "No findings.",
        "Nothing was found to be wrong.",
        "There are no VPCs.",
        "There are no interfaces.",
        "There are no sessions.",
        "There are no targets.",
        "Every question has an answer.",
        "in region us-east-1",
    ] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn a_region_that_could_not_be_read_says_what_to_do() {
    let page = html(&cases::failed()).unwrap();
    assert!(page.contains("Region eu-north-1 could not be looked at."));
    assert!(page.contains("GetCallerIdentity: AccessDenied: an SCP denies the region"));
    assert!(page.contains("What to do: leave the region out"));
    assert!(page.contains("<p class=\"verdict\">No region was read.</p>"));
    for word in ["No findings", "Nothing was found", "There are no", "0.00", "Every question"] {
        assert!(!page.contains(word), "{word}");
    }
    assert_eq!(page.matches("href=\"#").count(), 0, "nor a way to what is not there");
}

#[test]
fn ten_thousand_interfaces_are_all_there_and_findings_are_cut() {
    let page = html(&cases::large(10_000)).unwrap();
    assert_eq!(page.matches("<tr data-w=").count(), 10_000);
    assert!(page.len() < 6_000_000, "{} bytes", page.len());
    assert!(page.contains("3334 times"), "the group says how many");
    assert!(page.contains("and 3234 more"), "and how many are not listed");
    assert!(page.contains("Show the interfaces (3334)"));
}

#[test]
fn a_question_says_what_would_answer_it_unless_that_is_said_below() {
    let page = html(&sample::full()).unwrap();
    assert!(page.contains("What to do: look at the route tables of tgw-0a000000000000001</span>"));
    assert!(!page.contains("What to do: allow ec2:DescribeSecurityGroups</span>"), "it is below");
    let RegionReport::Audited(mut audit) = sample::full().regions.remove(0) else {
        panic!("it was read")
    };
    audit.unread.clear();
    let page = html(&sample::report(vec![RegionReport::Audited(audit)])).unwrap();
    assert!(page.contains("What to do: allow ec2:DescribeSecurityGroups</span>"));
}
