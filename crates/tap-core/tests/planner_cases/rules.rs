//! Rules from a file: who matches, in which order, what they say of the session, and what is left to the VPC's tags.

use tap_core::inventory::{InstanceState, MirrorFilter};
use tap_core::policy::rules::RuleSet;
use tap_core::settings::{Policy, Settings};
use tap_core::testing::{Rules, Scenario, full_filter, rules, scenario};

use crate::support::{Case, case, case_with};

fn ruled(name: &str, scenario: Scenario, rules: Rules) -> Case {
    case_with(name, scenario, |settings| settings.rules = Some(rules.build()))
}

/// An account in which no tag enables anything.
fn untagged() -> Scenario {
    scenario().not_enabled()
}

#[test]
fn tags_come_before_subnets_and_subnets_before_vpcs() {
    let rules = || {
        rules()
            .vpc("vpc-a")
            .to("tmt-vpc")
            .subnet("subnet-of-vpc-a")
            .to("tmt-subnet")
            .tags(&[("role", "web")])
            .to("tmt-tag")
    };
    let targets = || untagged().nlb("tmt-vpc").nlb("tmt-subnet").nlb("tmt-tag");
    ruled("tag", targets().instance("i-1").instance_tag("role", "web"), rules())
        .changes("eni-1 create tmt-tag tmf-1 number 1 rule=tags role=web")
        .settles();
    ruled("subnet", targets().instance("i-1"), rules())
        .changes("eni-1 create tmt-subnet tmf-1 number 1 rule=subnet-of-vpc-a")
        .settles();
    ruled("vpc", targets().vpc("vpc-b").not_enabled().instance("i-1"), rules().vpc("vpc-b"))
        .changes("eni-1 create tmt-1 tmf-1 number 1 rule=vpc-b")
        .settles();
}

#[test]
fn the_first_of_a_list_counts() {
    let two = rules().tags(&[("a", "1")]).to("tmt-2").tags(&[("b", "1")]).to("tmt-3");
    let both = untagged()
        .nlb("tmt-2")
        .nlb("tmt-3")
        .instance("i-1")
        .instance_tag("a", "1")
        .instance_tag("b", "1");
    ruled("first", both, two).changes("eni-1 create tmt-2 tmf-1 number 1 rule=tags a=1").settles();
}

#[test]
fn one_tag_of_a_list_is_enough_unless_all_are_asked_for() {
    let pairs = [("a", "1"), ("b", "2")];
    let one = || untagged().instance("i-1").instance_tag("b", "2");
    ruled("any", one(), rules().tags(&pairs)).expects("eni-1 create not-mirrored").settles();
    ruled("all", one(), rules().tags(&pairs).all_tags())
        .expects("eni-1 skip vpc-not-enabled")
        .settles();
    ruled("all there", one().instance_tag("a", "1"), rules().tags(&pairs).all_tags())
        .expects("eni-1 create not-mirrored")
        .settles();
    ruled("other value", untagged().instance("i-1").instance_tag("a", "x"), rules().tags(&pairs))
        .expects("eni-1 skip vpc-not-enabled")
        .settles();
}

#[test]
fn rules_come_before_the_tags_of_the_vpc() {
    ruled("target", scenario().nlb("tmt-2").instance("i-1"), rules().vpc("vpc-a").to("tmt-2"))
        .changes("eni-1 create tmt-2 tmf-1 number 1 rule=vpc-a")
        .settles();
    ruled(
        "moves",
        scenario().nlb("tmt-2").instance("i-1").owned("tms-1"),
        rules().vpc("vpc-a").to("tmt-2"),
    )
    .changes("eni-1 modify tms-1 target tmt-2 rule=vpc-a")
    .settles();
    let whitelist = || scenario().enrollment("whitelist").instance("i-1");
    ruled("not whitelisted", whitelist(), rules().vpc("vpc-a"))
        .expects("eni-1 create not-mirrored")
        .settles();
    ruled("makes no sense", scenario().enrollment("what").instance("i-1"), rules().vpc("vpc-a"))
        .expects("eni-1 create not-mirrored")
        .finds("vpc-misconfigured")
        .settles();
    ruled("whom no rule is about", scenario().instance("i-1"), rules().vpc("vpc-b"))
        .changes("eni-1 create tmt-1 tmf-1 number 1")
        .settles();
}

#[test]
fn a_blacklisted_instance_is_mirrored_by_no_rule() {
    ruled("auto", scenario().instance("i-1").blacklisted().owned("tms-1"), rules().vpc("vpc-a"))
        .expects("eni-1 delete blacklisted")
        .settles();
    ruled("not enabled", untagged().instance("i-1").blacklisted(), rules().vpc("vpc-a"))
        .expects("eni-1 skip blacklisted")
        .settles();
    // In such a VPC the blacklist does not count for the tags.
    let whitelist =
        || scenario().nlb("tmt-2").enrollment("whitelist").instance("i-1").blacklisted();
    ruled("whitelist", whitelist().whitelisted(), rules().vpc("vpc-a").to("tmt-2"))
        .changes("eni-1 create tmt-1 tmf-1 number 1")
        .settles();
    ruled("not whitelisted", whitelist(), rules().vpc("vpc-a"))
        .expects("eni-1 skip blacklisted")
        .settles();
}

#[test]
fn what_a_rule_pins_is_kept() {
    let pinned = || rules().vpc("vpc-a").filter("tmf-2").pins(7, 100, 9);
    let account = || untagged().filter_as("tmf-2", |f| *f = complete("theirs")).instance("i-1");
    ruled("create", account(), pinned())
        .changes("eni-1 create tmt-1 tmf-2 number 7 packet-length 100 vni 9 rule=vpc-a")
        .filter("use tmf-1")
        .settles();
    ruled("repair", account().owned("tms-1").by_rule("vpc-a"), pinned())
        .changes("eni-1 modify tms-1 filter tmf-2 number 7 packet-length 100 vni 9")
        .settles();
    let no_filter_of_ours = account().with(|inv| {
        inv.filters.remove(&"tmf-1".into());
    });
    ruled("none is made that nobody needs", no_filter_of_ours, pinned()).filter("none").settles();
}

fn complete(description: &str) -> MirrorFilter {
    MirrorFilter { description: description.to_owned(), ..full_filter(&Settings::default().keys) }
}

#[test]
fn interfaces_primary_leaves_the_others_out() {
    let two = || untagged().instance("i-1").eni("eni-2").secondary();
    ruled("all", two(), rules().vpc("vpc-a"))
        .expects("eni-1 create not-mirrored; eni-2 create not-mirrored")
        .settles();
    ruled("primary", two().owned("tms-2").by_rule("vpc-a"), rules().vpc("vpc-a").primary())
        .expects("eni-1 create not-mirrored; eni-2 delete secondary-interface")
        .settles();
}

#[test]
fn a_rule_may_say_ignore() {
    ruled("new", scenario().instance("i-1"), rules().vpc("vpc-a").ignore())
        .expects("eni-1 skip ignored-by-rule")
        .settles();
    ruled("mirrored", scenario().instance("i-1").owned("tms-1"), rules().vpc("vpc-a").ignore())
        .expects("eni-1 delete ignored-by-rule")
        .settles();
    let but_one = rules().tags(&[("role", "db")]).ignore().vpc("vpc-a");
    let two = untagged().instance("i-1").instance_tag("role", "db").instance("i-2");
    ruled("all but some", two, but_one)
        .expects("eni-1 skip ignored-by-rule; eni-2 create not-mirrored")
        .settles();
}

#[test]
fn an_instance_names_its_own_target_where_the_rule_lets_it() {
    let account = || {
        untagged()
            .nlb("tmt-2")
            .filter_as("tmf-2", |f| *f = complete("theirs"))
            .instance("i-1")
            .instance_tag("Mirror-Target", "tmt-2")
            .instance_tag("Mirror-Filter", "tmf-2")
    };
    ruled("not let", account(), rules().vpc("vpc-a"))
        .changes("eni-1 create tmt-1 tmf-1 number 1 rule=vpc-a")
        .settles();
    ruled("let", account(), rules().vpc("vpc-a").instance_tags())
        .changes("eni-1 create tmt-2 tmf-2 number 1 rule=vpc-a")
        .settles();
    let wrong = || account().instance_tag("Mirror-Target", "tmt-x").owned("tms-1");
    let case = ruled("wrong", wrong(), rules().vpc("vpc-a").instance_tags())
        .expects("eni-1 keep rule-misconfigured");
    assert!(case.plan().decisions[0].is_blocked());
    case.settles();
}

#[test]
fn a_rule_that_makes_no_sense_leaves_its_instances_as_they_are() {
    let two = || untagged().instance("i-1").owned("tms-1").instance("i-2");
    ruled("no target", two(), rules().vpc("vpc-a").to("tmt-x"))
        .expects("eni-1 keep rule-misconfigured; eni-2 skip rule-misconfigured")
        .eligible("eni-1; eni-2")
        .finds("rule-misconfigured")
        .says(
            "rule vpcs[0], eu-west-1.yaml line 1: what it is about is left as it is: its target tmt-x \
             does not exist here and is not shared with this account",
        )
        .settles();
    ruled("no filter", two(), rules().vpc("vpc-a").filter("tmf-x"))
        .expects("eni-1 keep rule-misconfigured; eni-2 skip rule-misconfigured")
        .finds("rule-misconfigured")
        .settles();
    let dead = untagged().nlb("tmt-2").behind("tmt-2", |f| f.exists = false).instance("i-1");
    ruled("dead", dead, rules().vpc("vpc-a").to("tmt-2"))
        .expects("eni-1 skip rule-misconfigured")
        .finds("rule-misconfigured")
        .settles();
    let deaf = untagged().nlb("tmt-2").behind("tmt-2", |f| f.listens = false).instance("i-1");
    ruled("deaf", deaf, rules().vpc("vpc-a").to("tmt-2"))
        .expects("eni-1 create not-mirrored")
        .finds("target-deaf")
        .settles();
}

#[test]
fn states_count_as_with_tags() {
    let rules = || rules().vpc("vpc-a");
    let with = |state| untagged().instance("i-1").state(state).owned("tms-1").by_rule("vpc-a");
    ruled("stopped", with(InstanceState::Stopped), rules())
        .expects("eni-1 delete not-running")
        .settles();
    ruled("pending", with(InstanceState::Pending), rules())
        .expects("eni-1 keep in-transition")
        .settles();
    let stopping = with(InstanceState::Stopping);
    case_with("leaving", stopping, |settings| {
        settings.rules = Some(rules().build());
        settings.leaving.insert("i-1".into());
    })
    .expects("eni-1 delete not-running")
    .settles();
    let running = with(InstanceState::Running);
    case_with("back again", running, |settings| {
        settings.rules = Some(rules().build());
        settings.leaving.insert("i-1".into());
    })
    .expects("eni-1 keep in-sync")
    .settles();
}

#[test]
fn a_run_without_rules_keeps_its_hands_off_what_rules_made() {
    let made = || untagged().instance("i-1").owned("tms-1").by_rule("vpc-a");
    case("not enabled", made())
        .expects("eni-1 keep rules-not-given")
        .eligible("eni-1")
        .finds("rules-not-given")
        .settles();
    let elsewhere = scenario().nlb("tmt-2").instance("i-1").owned("tms-1").to("tmt-2");
    case("enabled", elsewhere.by_rule("vpc-a"))
        .expects("eni-1 keep rules-not-given")
        .finds("rules-not-given")
        .settles();
    case("stopped", untagged().stopped("i-1").owned("tms-1").by_rule("vpc-a"))
        .expects("eni-1 delete not-running")
        .settles();
    case("blacklisted", scenario().instance("i-1").blacklisted().owned("tms-1").by_rule("x"))
        .expects("eni-1 delete blacklisted")
        .settles();
    ruled("with other rules it goes", made(), rules().vpc("vpc-b"))
        .expects("eni-1 delete vpc-not-enabled")
        .settles();
    let tagged = scenario().instance("i-1").owned("tms-1").by_rule("vpc-a");
    ruled("tags take it over", tagged, rules().vpc("vpc-b"))
        .changes("eni-1 modify tms-1 -rule")
        .settles();
}

#[test]
fn the_reason_names_rule_and_line() {
    let case = ruled("named", untagged().instance("i-1"), rules().subnet("subnet-x").vpc("vpc-a"));
    assert_eq!(
        case.plan().decisions[0].because(),
        "has no session yet (rule vpcs[0], eu-west-1.yaml line 2)"
    );
    case.settles();
}

#[test]
fn repair_only_creates_nothing() {
    let two = || untagged().instance("i-1").instance("i-2").owned("tms-2").to("tmt-9");
    case_with("repair only", two().nlb("tmt-9"), |settings| {
        settings.rules = Some(rules().vpc("vpc-a").build());
        settings.policy = Policy::RepairOnly;
    })
    .expects("eni-1 skip held-by-policy; eni-2 modify drifted")
    .settles();
}

#[test]
fn the_key_of_a_rule_fits_into_a_tag_and_knows_no_order() {
    let long: Vec<(String, String)> =
        (0..30).map(|n| (format!("application-{n:02}"), "payments".to_owned())).collect();
    let pairs: Vec<(&str, &str)> = long.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let key = |pairs: &[(&str, &str)]| rules().tags(pairs).build().rules[0].key();
    assert!(key(&pairs).chars().count() <= 256, "{}", key(&pairs));
    let reversed: Vec<(&str, &str)> = pairs.iter().rev().copied().collect();
    assert_eq!(key(&pairs), key(&reversed));
    assert_ne!(key(&pairs), key(&pairs[1..]));
    assert_eq!(key(&[("b", "2"), ("a", "1"), ("b", "2")]), "tags a=1 or b=2");
}

#[test]
fn a_region_without_its_file_and_a_target_that_is_stopped_are_said() {
    case_with("no file", scenario().instance("i-1"), |settings| settings.rules_given = true)
        .finds("no-rules-file")
        .settles();
    let stopped = || scenario().appliance("tmt-9", "i-9").state(InstanceState::Stopped);
    case("by tags", stopped().target("tmt-9").instance("i-1")).finds("target-stopped").settles();
    case("of a session", stopped().instance("i-1").owned("tms-1").to("tmt-9"))
        .finds("target-stopped")
        .settles();
    case("of nobody", stopped().instance("i-1")).settles();
}

#[test]
fn rules_about_nothing_change_nothing() {
    case_with("empty", scenario().instance("i-1"), |settings| {
        settings.rules = Some(RuleSet { rules: Vec::new() });
    })
    .changes("eni-1 create tmt-1 tmf-1 number 1")
    .settles();
}
