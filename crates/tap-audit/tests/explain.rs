//! Why one thing is, or is not, mirrored: what is said of it, and what is not, because it is about something else.

#[allow(dead_code, reason = "the tests of look use more of it")]
mod support;

use support::{Account, account};
use tap_audit::explain::{Explanation, Subject, explain};
use tap_audit::finding::FindingCode;
use tap_audit::look::{Mute, PLAN_CALLS};
use tap_core::call::Call;
use tap_core::inventory::{Direction, FilterRule, LoneEni};
use tap_core::testing::{Scenario, scenario};

/// What is said of `i-…`, `eni-…` or `vpc-…`; nothing where it is not seen.
fn seen(account: &Account, id: &str) -> Option<Explanation> {
    let subject = match id.split('-').next() {
        Some("i") => Subject::Instance(id.into()),
        Some("eni") => Subject::Interface(id.into()),
        _ => Subject::Vpc(id.into()),
    };
    explain(&account.look(), &account.overview().inventory, &subject)
}

#[track_caller]
fn explained(account: &Account, id: &str) -> Explanation {
    seen(account, id).expect("it is there")
}

/// All steps, each with its answer before it.
fn steps(explanation: &Explanation) -> Vec<String> {
    let steps = explanation.parts.iter().flat_map(|part| &part.steps);
    steps.map(|step| format!("{} {}", step.answer.as_str(), step.text)).collect()
}

/// Two instances in VPCs of their own, that mirror to a target of a third, of which each may be kept from it.
fn two_ways() -> Account {
    let two = scenario()
        .vpc("vpc-b")
        .target("tmt-1")
        .instance("i-2")
        .owned("tms-2")
        .vpc("vpc-c")
        .target("tmt-1")
        .instance("i-3")
        .owned("tms-3");
    account(two).peering("pcx-b", "vpc-b", "vpc-a").peering("pcx-c", "vpc-c", "vpc-a")
}

#[test]
fn what_keeps_the_packets_of_others_is_not_said_of_this_one() {
    // No route there from either; the finding of the other names the same target.
    let account = two_ways();
    let audit = account.look();
    let no_route = audit.findings.iter().filter(|finding| finding.code.as_str() == "no-route");
    let no_route: Vec<_> = no_route.collect();
    assert_eq!(no_route.len(), 2, "{:#?}", audit.findings);
    for (eni, own, other) in [("eni-2", "vpc-b", "vpc-c"), ("eni-3", "vpc-c", "vpc-b")] {
        let steps = steps(&explained(&account, eni));
        let told: Vec<&String> = steps.iter().filter(|step| step.starts_with("no ")).collect();
        assert_eq!(told.len(), 1, "{steps:#?}");
        assert!(told[0].contains(&format!("subnet-of-{own}")), "{told:?}");
        assert!(!told[0].contains(other), "{told:?}");
    }
}

#[test]
fn what_keeps_packets_from_one_target_is_not_said_of_the_other() {
    // Two sessions go to targets of VPCs that nothing links.
    let own_rule = |block| FilterRule::within(Direction::Egress, 1, true, block);
    let two = scenario()
        .instance("i-1")
        .owned("tms-1")
        .vpc("vpc-b")
        .nlb("tmt-b")
        .vpc("vpc-c")
        .nlb("tmt-c")
        .with(|inv| {
            for (target, id) in [("tmt-b", "tms-b"), ("tmt-c", "tms-c")] {
                let mut session = inv.sessions[&"tms-1".into()].clone();
                (session.id, session.target) = (id.into(), target.into());
                session.number = 1 + inv.sessions.len() as i32;
                session.filter = format!("tmf-{target}").into();
                inv.sessions.insert(id.into(), session);
            }
        })
        // Each takes something of its own, so that none comes in vain.
        .filter_as("tmf-1", |filter| filter.rules.truncate(1))
        .filter_as("tmf-tmt-b", |filter| filter.rules.push(own_rule("10.0.0.0/8")))
        .filter_as("tmf-tmt-c", |filter| filter.rules.push(own_rule("172.16.0.0/12")));
    let steps = steps(&explained(&account(two), "eni-1"));
    let told = |of: &str| {
        let at = steps.iter().position(|step| step.contains(&format!("{of} sees packets")));
        let at = at.unwrap_or_else(|| panic!("{of}: {steps:#?}"));
        let rest = &steps[at + 1..];
        rest.iter().take_while(|step| step.starts_with("no ")).cloned().collect::<Vec<_>>()
    };
    let (of_b, of_c) = (told("tms-b"), told("tms-c"));
    assert!(of_b.len() == 1 && of_b[0].contains("tmt-b"), "{of_b:#?}");
    assert!(of_c.len() == 1 && of_c[0].contains("tmt-c"), "{of_c:#?}");
}

/// The codes of what to change, in order.
fn codes(explanation: &Explanation) -> Vec<&str> {
    explanation.remedies.iter().filter_map(|remedy| Some(remedy.split_once(": ")?.0)).collect()
}

#[test]
fn what_keeps_it_from_being_watched_comes_first_and_a_run_is_not_the_remedy() {
    // Tags that make no sense: of one with a session, and of one without.
    let typo =
        account(scenario().enrollment("nope").instance("i-1").owned("tms-1").instance("i-2"));
    for id in ["i-1", "eni-1", "i-2", "eni-2"] {
        assert_eq!(codes(&explained(&typo, id)), ["vpc-misconfigured"], "{id}");
    }
    let of_vpc = explained(&typo, "vpc-a");
    assert_eq!(codes(&of_vpc), ["vpc-misconfigured"]);
    assert!(of_vpc.remedies[0].contains("Correct the tags"), "{of_vpc:?}");

    let full =
        account(scenario().instance("i-1").foreign("tms-1").foreign("tms-2").foreign("tms-3"));
    for id in ["i-1", "vpc-a"] {
        let codes = explained(&full, id);
        let codes = self::codes(&codes);
        assert_eq!(codes[0], "session-limit", "{id}");
        assert!(!codes.contains(&"interface-not-mirrored"), "{id}: {codes:?}");
    }
}

#[test]
fn what_is_muted_is_no_advice() {
    let account = account(scenario().instance("i-1").foreign("tms-1"));
    let of = |account: &Account| ["i-1", "vpc-a"].map(|id| explained(account, id));
    for explanation in of(&account) {
        assert!(codes(&explanation).contains(&"foreign-session"), "{explanation:?}");
    }
    let mute = Mute { code: FindingCode::ForeignSession, at: None };
    for explanation in of(&account.expecting(|expect| expect.mutes.push(mute))) {
        assert!(!codes(&explanation).contains(&"foreign-session"), "{explanation:?}");
        let steps = steps(&explanation);
        assert!(!steps.iter().any(|step| step.ends_with("and is not ours")), "{steps:#?}");
    }
}

#[test]
fn a_run_is_the_remedy_where_nothing_else_is_missing() {
    let missing = account(scenario().instance("i-1").owned("tms-1").instance("i-2"));
    assert_eq!(codes(&explained(&missing, "i-2")), ["interface-not-mirrored"]);
    assert_eq!(codes(&explained(&missing, "vpc-a")), ["interface-not-mirrored"]);
    assert_eq!(codes(&explained(&missing, "i-1")), Vec::<&str>::new());
    let new = account(scenario().instance("i-1").of_type("m99.large"));
    assert_eq!(codes(&explained(&new, "i-1")), ["interface-not-mirrored", "new-family"]);
    let left = account(scenario().instance("i-1").blacklisted().stopped("i-2"));
    assert_eq!(codes(&explained(&left, "i-1")), ["blacklisted"]);
    assert_eq!(codes(&explained(&left, "i-2")), Vec::<&str>::new(), "it is mirrored once it runs");
}

#[test]
fn what_nobody_enabled_could_be_mirrored_and_is_not_to_be() {
    let off = || scenario().not_enabled();
    let three = account(off().instance("i-1").instance("i-2").eni("eni-2b"));
    let verdict = |id: &str| explained(&three, id).verdict;
    let one = "i-1 (m5.large, running) is not mirrored: it could be, and nobody enabled its VPC";
    assert_eq!(verdict("i-1"), one);
    assert_eq!(verdict("eni-1"), format!("eni-1 of {one}"));
    assert_eq!(
        verdict("i-2"),
        "i-2 (m5.large, running) is not mirrored on any of its 2 interfaces: they could be, and nobody enabled their VPC"
    );
    assert_eq!(
        verdict("vpc-a"),
        "vpc-a is not mirrored: 3 interfaces could be, and nobody enabled it"
    );
    for id in ["i-1", "eni-2", "vpc-a"] {
        let explanation = explained(&three, id);
        let text = format!("{explanation:?}");
        assert!(!text.contains("to be mirrored"), "{text}");
    }
    let of_one = steps(&explained(&three, "eni-1"));
    assert_eq!(of_one[1], "no it could be mirrored; nobody enabled its VPC");
    let of_vpc = steps(&explained(&three, "vpc-a"));
    assert!(
        of_vpc[1].contains("3 could be mirrored; 0 by us, 0 by others, 3 by nobody"),
        "{of_vpc:?}"
    );
    // Somebody else mirrors part of it.
    let part = account(off().instance("i-1").foreign("tms-1").instance("i-2"));
    assert_eq!(
        explained(&part, "vpc-a").verdict,
        "vpc-a is mirrored in part: 1 of 2 interfaces that could be"
    );
}

#[test]
fn one_is_one() {
    let one = account(scenario().instance("i-1").owned("tms-1").instance("i-2").blacklisted());
    let of_vpc = explained(&one, "vpc-a");
    assert_eq!(of_vpc.verdict, "vpc-a is mirrored: the one interface that is to be");
    let steps = steps(&of_vpc);
    assert_eq!(
        steps[1],
        "yes 3 interfaces: 1 is to be mirrored; 1 by us, 0 by others, 0 by nobody"
    );
    assert!(steps[2].starts_with("yes 1 is left alone, blacklisted: "), "{steps:#?}");
    let lone = LoneEni::Attached { vpc: "vpc-a".into(), instance: None };
    let lone = account(scenario().lone("eni-db", lone).foreign("tms-1"));
    let verdict = explained(&lone, "eni-db").verdict;
    assert_eq!(verdict, "eni-db belongs to no instance that was seen, and has 1 session");
    let verdict = explained(&lone, "vpc-a").verdict;
    let none = "and no interface of an instance that is to be mirrored";
    assert_eq!(verdict, format!("vpc-a has 1 session, {none}"));
}

#[test]
fn what_was_refused_is_told_in_a_sentence_of_its_own() {
    let (own, other, vpc) = ("i-1 (m5.large, running)", "i-2 (m5.large, running)", "vpc-a");
    for call in PLAN_CALLS {
        let account = account(scenario().instance("i-1").owned("tms-1").instance("i-2"));
        let account = account.unread(*call);
        let why = match call.iam_action() {
            Some(action) => format!("{action} is not allowed"),
            None => panic!("{call} needs no permission"),
        };
        let verdict = |id: &str| seen(&account, id).map(|explanation| explanation.verdict);
        let open = |what: &str| Some(format!("whether {what} is mirrored cannot be told: {why}"));
        let half = |what: &str| {
            let text = "is not mirrored, and whether it is to be cannot be told";
            Some(format!("{what} {text}: {why}"))
        };
        match call {
            // Whoever is not seen is not there to be explained; the session is.
            Call::DescribeInstances => {
                assert_eq!(verdict("i-1"), None);
                let text = "eni-1 belongs to no instance that was seen, and has 1 session";
                assert_eq!(verdict("eni-1"), Some(text.to_owned()));
                assert_eq!(verdict("eni-2"), None);
            }
            Call::DescribeTrafficMirrorSessions => {
                assert_eq!(verdict("i-1"), open(own));
                assert_eq!(verdict("eni-1"), open(&format!("eni-1 of {own}")));
                assert_eq!(verdict("i-2"), open(other));
            }
            _ => {
                let found = verdict("i-1").expect("the instance is seen");
                assert!(found.starts_with(&format!("{own} is mirrored")), "{call}: {found}");
                assert_eq!(verdict("i-2"), half(other), "{call}");
                assert_eq!(verdict("eni-2"), half(&format!("eni-2 of {other}")), "{call}");
            }
        }
        let of_vpc = match call {
            Call::DescribeVpcs => None,
            Call::DescribeTrafficMirrorFilters => Some(format!(
                "vpc-a has 1 session, and what should be mirrored in it cannot be told: {why}"
            )),
            // Whether there is a session that sees anything is not told then.
            _ => open(vpc),
        };
        assert_eq!(verdict("vpc-a"), of_vpc, "{call}");
        let told = ["i-1", "i-2", "vpc-a"].map(|id| seen(&account, id));
        let told: Vec<String> = told.iter().flatten().flat_map(steps).collect();
        assert!(told.iter().all(|step| !step.contains("cannot tell: ")), "{call}: {told:#?}");
        assert!(
            told.is_empty() || told.iter().any(|step| step.contains(&why)),
            "{call}: {told:#?}"
        );
    }
}

#[test]
fn a_vpc_without_sessions_is_not_mirrored_whatever_else_was_refused() {
    for scenario in [scenario(), scenario().not_enabled()] {
        let account = account(scenario.instance("i-1")).unread(Call::DescribeTrafficMirrorFilters);
        assert_eq!(
            explained(&account, "vpc-a").verdict,
            "vpc-a is not mirrored at all, and what should be mirrored in it cannot be told: ec2:DescribeTrafficMirrorFilters is not allowed"
        );
    }
}

#[test]
fn what_the_tags_say_of_the_packets_is_said_of_the_vpc() {
    let of = |scenario: Scenario| {
        let audit = account(scenario).look();
        let vpc = audit.vpcs.into_iter().next().expect("there is a VPC");
        (vpc.policy, vpc.profile, vpc.packet_length)
    };
    let words = |text: &str| Some(text.to_owned());
    let plain = scenario().instance("i-1");
    assert_eq!(of(plain.clone()), ("tmt-1, auto".to_owned(), None, None));
    let both = plain.clone().profile("alb-client").packet_length_tag("256");
    let said = "tmt-1, auto, alb-client, 256 bytes".to_owned();
    assert_eq!(of(both.clone()), (said, words("alb-client"), Some(256)));
    let short = plain.clone().packet_length_tag("256");
    assert_eq!(of(short), ("tmt-1, auto, 256 bytes".to_owned(), None, Some(256)));
    // What makes no sense is no value.
    let (policy, profile, length) = of(plain.profile("nope").packet_length_tag("256"));
    assert!(policy.starts_with("misconfigured"), "{policy}");
    assert_eq!((profile, length), (None, Some(256)));
    let step = steps(&explained(&account(both), "eni-1")).remove(0);
    assert_eq!(step, "yes vpc-a is enabled: tmt-1, auto, alb-client, 256 bytes");
}
