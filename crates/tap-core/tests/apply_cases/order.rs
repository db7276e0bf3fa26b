//! The order of the writes: the filter, what raises coverage, what frees a place and what takes it, what lowers coverage.

use tap_core::inventory::LoneEni;
use tap_core::testing::{Scenario, full_filter, scenario};

use crate::support::{lines, run};

/// A small target with nine sources that stay.
fn nearly_full() -> Scenario {
    let s = scenario().appliance("tmt-2", "i-zz").target("tmt-2");
    (0..9).fold(s, |s, n| s.instance(&format!("i-m{n}")).owned(&format!("tms-m{n}")))
}

#[test]
fn what_raises_comes_before_what_lowers() {
    let account = scenario()
        .stopped("i-1")
        .owned("tms-1")
        .instance("i-2")
        .instance("i-3")
        .owned("tms-3")
        .to("tmt-old")
        .instance("i-4")
        .owned("tms-4")
        .owned("tms-4b")
        .lone("eni-5", LoneEni::Gone)
        .owned("tms-5");
    let run = run(account);
    run.apply();
    assert_eq!(
        run.cloud.attempts(),
        lines("create eni-2; modify tms-3; delete tms-1; delete tms-4b; delete tms-5")
    );
}

#[test]
fn the_filter_comes_first() {
    let run = run(scenario().no_filter().instance("i-1"));
    let ended = run.apply();
    let id = run.cloud.now().filters.keys().next().unwrap().to_string();
    let rule = format!("rule {id}");
    assert_eq!(
        run.cloud.attempts(),
        ["filter", &rule, &rule, &rule, &rule, &format!("dns {id}"), "create eni-1"]
    );
    assert_eq!(ended.events, ["started 1", "filter", "eni-1 done"]);
    let session = run.cloud.now().sessions.values().next().unwrap().clone();
    assert_eq!(session.filter.as_str(), id);
    let made = run.cloud.now().filters[&session.filter].clone();
    assert_eq!(made, full_filter(&run.settings.keys));
}

#[test]
fn only_what_a_filter_lacks_is_added() {
    let lacking = scenario().filter_as("tmf-1", |f| drop(f.rules.pop())).instance("i-1");
    let run = run(lacking);
    run.apply();
    assert_eq!(run.cloud.attempts(), ["rule tmf-1", "create eni-1"]);
}

#[test]
fn a_place_is_freed_before_it_is_taken_and_other_removals_come_last() {
    let account = nearly_full()
        .stopped("i-s")
        .owned("tms-s")
        .instance("i-new")
        .vpc("vpc-b")
        .stopped("i-a")
        .owned("tms-a")
        .instance("i-b");
    let run = run(account);
    run.apply();
    assert_eq!(
        run.cloud.attempts(),
        lines("create eni-b; delete tms-s; create eni-new; delete tms-a")
    );
}

#[test]
fn a_chain_is_followed_link_by_link() {
    let s = nearly_full().stopped("i-s").owned("tms-s").vpc("vpc-b").appliance("tmt-3", "i-yy");
    let s = (0..9)
        .fold(s.target("tmt-3"), |s, n| s.instance(&format!("i-n{n}")).owned(&format!("tms-n{n}")));
    let s = s.instance("i-new").vpc("vpc-a").instance("i-x").owned("tms-x").to("tmt-3");
    let run = run(s);
    let ended = run.apply();
    assert_eq!(run.cloud.attempts(), lines("delete tms-s; modify tms-x; create eni-new"));
    assert_eq!(ended.outcomes.len(), 3);
}

#[test]
fn a_place_that_was_not_freed_is_not_taken() {
    let s = nearly_full().stopped("i-s").owned("tms-s").instance("i-new");
    let run = run(s);
    run.cloud.fail("delete tms-s", tap_core::error::ErrorKind::Throttled);
    let ended = run.apply();
    assert_eq!(
        ended.outcomes,
        lines("eni-new create not-done place-not-freed; eni-s delete failed throttled")
    );
    assert_eq!(run.cloud.attempts(), ["delete tms-s"]);
}

#[test]
fn a_session_that_was_gone_freed_its_place() {
    let run = run(nearly_full().stopped("i-s").owned("tms-s").instance("i-new"));
    run.cloud.before_each_write(|write, account| {
        if write == "delete tms-s" {
            account.edit(|inv| drop(inv.sessions.remove(&"tms-s".into())));
        }
    });
    let ended = run.apply();
    assert_eq!(ended.outcomes, lines("eni-new create done; eni-s delete gone"));
}

#[test]
fn many_at_once_end_as_one_after_the_other() {
    let account = || {
        let s = (0..40).fold(nearly_full(), |s, n| s.instance(&format!("i-b{n:02}")));
        (0..5).fold(s, |s, n| s.stopped(&format!("i-s{n}")).owned(&format!("tms-s{n}")))
    };
    let one = run(account());
    let mut eight = run(account());
    eight.concurrency = 8;
    let (one_ended, eight_ended) = (one.apply(), eight.apply());
    assert_eq!(one_ended.outcomes, eight_ended.outcomes);
    assert!(one_ended.outcomes.iter().all(|o| o.ends_with("done")));
    let sources = |run: &crate::support::Run| -> Vec<String> {
        let mut enis: Vec<String> =
            run.cloud.now().sessions.values().map(|s| s.eni.to_string()).collect();
        enis.sort();
        enis
    };
    assert_eq!(sources(&one), sources(&eight));
}

#[test]
fn no_concurrency_at_all_means_one() {
    let mut run = run(scenario().instance("i-1"));
    run.concurrency = 0;
    assert_eq!(run.apply().outcomes, ["eni-1 create done"]);
}

#[test]
fn ruling_16_a_second_run_with_the_same_plan_does_no_harm() {
    let account = scenario()
        .instance("i-1")
        .stopped("i-2")
        .owned("tms-2")
        .instance("i-3")
        .owned("tms-3")
        .to("tmt-old");
    let mut run = run(account);
    run.apply();
    let after_one = run.cloud.now();
    run.run_id = uuid::Uuid::from_u128(2);
    let second = run.apply();
    assert_eq!(
        second.outcomes,
        lines("eni-1 create already-done tms-new-0001; eni-2 delete gone; eni-3 modify done")
    );
    assert_eq!(run.cloud.now(), after_one);
}
