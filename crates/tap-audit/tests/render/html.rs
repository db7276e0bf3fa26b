//! The page: that all is in it, that names stay names, and that it stays a page. What a browser makes of it is tested in
//! `tests/audit`.

use tap_audit::finding::FindingCode;
use tap_audit::render::html;

use crate::{cases, golden, sample};

#[test]
fn all_there_is_to_say() {
    golden::is_golden("report.html", &html(&sample::full()).unwrap());
}

#[test]
fn every_code_is_there_with_its_consequence_and_its_remedy() {
    // The engine writes quotes by number.
    let page = html(&sample::full()).unwrap().replace("&#39;", "'").replace("&#34;", "\"");
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
