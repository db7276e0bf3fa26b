//! The instances on a list: where the list counts, and what a person is warned of.

use tap_core::instance_types::InstanceTypes;
use tap_core::inventory::InstanceState;
use tap_core::policy::mark::Mark;
use tap_core::survey::{Impact, MarkSurvey, MarkWarning, marks};
use tap_core::tags::TagKeys;
use tap_core::testing::{Scenario, scenario};

fn surveys(list: Mark, account: Scenario) -> Vec<MarkSurvey> {
    let inv = account.build();
    let (keys, types) = (TagKeys::default(), InstanceTypes::default());
    marks(list, &inv.instances, &inv.vpcs, &keys, &types)
}

fn only(list: Mark, account: Scenario) -> MarkSurvey {
    let [survey] = &surveys(list, account)[..] else { panic!("one instance") };
    survey.clone()
}

fn codes(survey: &MarkSurvey) -> Vec<&'static str> {
    survey.warnings.iter().map(MarkWarning::code).collect()
}

#[test]
fn where_a_list_counts() {
    let whitelist = || scenario().enrollment("whitelist");
    let rows = [
        (scenario(), Mark::Blacklist, "counts"),
        (scenario(), Mark::Whitelist, "other-list"),
        (whitelist(), Mark::Blacklist, "other-list"),
        (whitelist(), Mark::Whitelist, "counts"),
        (scenario().not_enabled(), Mark::Blacklist, "not-enabled"),
        (scenario().not_enabled(), Mark::Whitelist, "not-enabled"),
        (scenario().enrollment("whitelst"), Mark::Whitelist, "wrong-tags"),
        (scenario().target_tag(Some("")), Mark::Blacklist, "wrong-tags"),
    ];
    for (account, list, expected) in rows {
        let tagged = match list {
            Mark::Blacklist => account.instance("i-1").blacklisted(),
            Mark::Whitelist => account.instance("i-1").whitelisted(),
        };
        let survey = only(list, tagged);
        let [impact] = survey.vpcs.values().collect::<Vec<_>>()[..] else { panic!("one VPC") };
        assert_eq!(impact.code(), expected, "{list}");
        let warned = if expected == "counts" { vec![] } else { vec!["no-effect"] };
        assert_eq!(codes(&survey), warned, "{list} {expected}");
    }
}

#[test]
fn it_has_no_effect_only_where_it_has_none_in_all_of_its_vpcs() {
    let two = |account: Scenario| account.vpc("vpc-b").enrollment("whitelist").eni("eni-2");
    let counts = only(Mark::Blacklist, two(scenario().instance("i-1").blacklisted()));
    assert_eq!(codes(&counts), [""; 0]);
    assert_eq!(counts.vpcs[&"vpc-b".into()].code(), "other-list");
    let none = only(Mark::Blacklist, two(scenario().not_enabled().instance("i-1").blacklisted()));
    assert_eq!(
        none.warnings[0].to_string(),
        "the blacklist has no effect on it: vpc-a is not enabled; \
         vpc-b has the enrollment whitelist: only the whitelisted"
    );
}

#[test]
fn a_vpc_of_another_account_is_not_visible() {
    let account = scenario().instance("i-1").blacklisted().with(|inv| inv.vpcs.clear());
    let survey = only(Mark::Blacklist, account);
    assert_eq!(survey.vpcs[&"vpc-a".into()], Impact::NotVisible);
    assert!(survey.warnings[0].to_string().contains("another account"));
    let bare = scenario().instance("i-1").blacklisted().with(|inv| {
        inv.instances.values_mut().for_each(|instance| instance.enis.clear());
    });
    assert!(only(Mark::Blacklist, bare).warnings[0].to_string().contains("no interface"));
}

#[test]
fn types_that_cannot_be_mirrored_and_types_that_nobody_knows() {
    let of_type =
        |word| only(Mark::Blacklist, scenario().instance("i-1").of_type(word).blacklisted());
    assert_eq!(codes(&of_type("m5.large")), [""; 0]);
    assert_eq!(codes(&of_type("t2.micro")), ["type-not-supported"]);
    assert_eq!(codes(&of_type("z99.large")), ["type-newer"]);
    // Of an instance that is on no list nothing of this is said.
    assert_eq!(
        codes(&only(Mark::Blacklist, scenario().instance("i-1").of_type("t2.micro"))),
        [""; 0]
    );
}

#[test]
fn both_lists_near_misses_and_the_terminated() {
    let both = only(Mark::Whitelist, scenario().instance("i-1").blacklisted().whitelisted());
    assert!(both.is_on && both.is_on_other);
    assert_eq!(codes(&both), ["on-both-lists", "no-effect"]);
    let keys = TagKeys::default();
    let near = scenario().instance("i-1").instance_tag(&keys.blacklist, "true");
    let near = only(Mark::Blacklist, near);
    assert!(!near.is_on && near.is_listed(Mark::Blacklist, &keys));
    assert!(!near.is_listed(Mark::Whitelist, &keys));
    assert_eq!(codes(&near), ["mark-ignored"]);
    let no = scenario().instance("i-1").instance_tag(&keys.blacklist, "False");
    assert!(!only(Mark::Blacklist, no).is_listed(Mark::Blacklist, &keys));
    for state in [InstanceState::ShuttingDown, InstanceState::Terminated] {
        let gone = scenario().instance("i-1").blacklisted().state(state);
        assert_eq!(codes(&only(Mark::Whitelist, gone)), ["terminated"]);
    }
}

#[test]
fn by_name_and_those_without_one_last() {
    let account =
        scenario().instance("i-1").instance("i-2").named("web").instance("i-3").named("db");
    let ids: Vec<String> =
        surveys(Mark::Blacklist, account).iter().map(|s| s.id.to_string()).collect();
    assert_eq!(ids, ["i-3", "i-2", "i-1"]);
}
