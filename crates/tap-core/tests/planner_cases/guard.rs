//! Ruling 11: what a plan may do at all.

use tap_core::settings::{Policy, Settings};
use tap_core::testing::{Scenario, scenario};

use crate::support::{case, case_with};

/// `stopped` instances whose sessions go, and `running` ones whose sessions stay.
fn deleting(stopped: usize, running: usize) -> Scenario {
    let s = (0..stopped)
        .fold(scenario(), |s, n| s.stopped(&format!("i-s{n:02}")).owned(&format!("tms-s{n:02}")));
    (0..running).fold(s, |s, n| s.instance(&format!("i-r{n:02}")).owned(&format!("tms-r{n:02}")))
}

fn policy(policy: Policy) -> impl FnOnce(&mut Settings) {
    move |settings| settings.policy = policy
}

#[test]
fn ruling_11_more_than_half_and_at_least_ten() {
    case("nine of nine", deleting(9, 0)).counts("delete not-running", 9).settles();
    case("ten of ten", deleting(10, 0)).ends_refused(10, 10);
    case("eleven of twenty-one", deleting(11, 10)).ends_refused(11, 21);
    case("half exactly is not more than half", deleting(10, 10))
        .counts("delete not-running", 10)
        .settles();
    case("eleven of twenty-two", deleting(11, 11)).counts("delete not-running", 11).settles();
    case("ten of nineteen", deleting(10, 9)).ends_refused(10, 19);
    case("nine of ten", deleting(9, 1)).counts("delete not-running", 9).settles();
    case_with("allowed", deleting(10, 0), |s| s.allow_mass_delete = true)
        .counts("delete not-running", 10)
        .settles();
}

#[test]
fn ruling_11_all_kinds_of_deletions_count() {
    let doubles = (0..10).fold(scenario(), |s, n| {
        s.instance(&format!("i-{n}")).owned(&format!("a{n}")).owned(&format!("b{n}"))
    });
    case("ten doubles of twenty", doubles.clone()).counts("delete duplicate", 10).settles();
    case("and one stopped", doubles.stopped("i-s").owned("tms-s")).ends_refused(11, 21);
    let foreign = (0..10).fold(deleting(10, 0), |s, n| {
        s.instance(&format!("i-f{n}")).foreign(&format!("f{n}")).number(2)
    });
    case("foreign ones are no counterweight", foreign).ends_refused(10, 10);
    let creates = (0..30).fold(deleting(10, 0), |s, n| s.instance(&format!("i-n{n:02}")));
    case("nor are new ones", creates).ends_refused(10, 10);
}

#[test]
fn ruling_11_a_refused_plan_still_says_what_it_would_do() {
    let case = case("refused", deleting(10, 0)).counts("delete not-running", 10);
    let refusal = case.plan().refusal.clone().unwrap();
    assert_eq!(
        refusal.to_string(),
        "the plan would delete 10 of 10 owned sessions, which is more than half"
    );
    case.ends_refused(10, 10);
}

#[test]
fn ruling_11_policies() {
    let account = || {
        scenario()
            .instance("i-1")
            .instance("i-2")
            .owned("tms-2")
            .to("tmt-old")
            .stopped("i-3")
            .owned("tms-3")
            .instance("i-4")
            .owned("tms-4")
            .owned("tms-4b")
    };
    case_with("sync", account(), policy(Policy::Sync))
        .expects(
            "eni-1 create not-mirrored; eni-2 modify drifted; eni-3 delete not-running
             eni-4 keep in-sync; eni-4 delete duplicate",
        )
        .settles();
    case_with("upsert-only", account(), policy(Policy::UpsertOnly))
        .expects(
            "eni-1 create not-mirrored; eni-2 modify drifted; eni-3 keep held-by-policy
             eni-4 keep in-sync; eni-4 keep held-by-policy",
        )
        .settles();
    case_with("create-only", account(), policy(Policy::CreateOnly))
        .expects(
            "eni-1 create not-mirrored; eni-2 keep held-by-policy; eni-3 keep held-by-policy
             eni-4 keep in-sync; eni-4 keep held-by-policy",
        )
        .because(
            "has no session yet\n\
             --policy create-only holds back to modify: differs in target\n\
             --policy create-only holds back to delete: the instance is stopped\n\
             as it should be\n\
             --policy create-only holds back to delete: one session is enough, tms-4 stays",
        )
        .settles();
    case_with("what is held is not counted", deleting(10, 0), policy(Policy::UpsertOnly))
        .counts("keep held-by-policy", 10)
        .settles();
}

/// A full target: nine mirrored, one stopped that is to go, one new that is to take its place.
fn full_target() -> Scenario {
    let s = scenario().appliance("tmt-2", "i-zz").target("tmt-2");
    let s = (0..9).fold(s, |s, n| s.instance(&format!("i-m{n}")).owned(&format!("tms-m{n}")));
    s.stopped("i-s").owned("tms-s").instance("i-new")
}

#[test]
fn ruling_11_what_waits_for_a_held_deletion_has_no_place() {
    case_with("sync", full_target(), policy(Policy::Sync))
        .counts("eni-new create not-mirrored", 1)
        .settles();
    for held in [Policy::UpsertOnly, Policy::CreateOnly] {
        let case = case_with("held", full_target(), policy(held))
            .counts("eni-s keep held-by-policy", 1)
            .counts("eni-new skip target-full", 1);
        assert!(case.plan().decisions.iter().any(|d| d.is_blocked()));
        case.settles();
    }
}

#[test]
fn ruling_11_along_the_chain() {
    // The stopped one is held; x cannot move into its place; so n cannot take x's place.
    let s = full_target().with(|inv| {
        inv.instances.remove(&"i-new".into());
    });
    let s = s.vpc("vpc-b").appliance("tmt-3", "i-yy").target("tmt-3");
    let s = (0..9).fold(s, |s, n| s.instance(&format!("i-n{n}")).owned(&format!("tms-n{n}")));
    let s =
        s.vpc("vpc-a").instance("i-x").owned("tms-x").to("tmt-3").vpc("vpc-b").instance("i-new");
    case_with("sync", s.clone(), policy(Policy::Sync))
        .counts("eni-x modify drifted", 1)
        .counts("eni-new create not-mirrored", 1)
        .settles();
    case_with("upsert-only", s.clone(), policy(Policy::UpsertOnly))
        .counts("eni-x keep target-full", 1)
        .counts("eni-new skip target-full", 1)
        .settles();
    let drifted = s.instance("i-x2").owned("tms-x2").to("tmt-2").through("tmf-old");
    case_with("the rest of a repair goes on", drifted, policy(Policy::UpsertOnly))
        .counts("eni-x keep target-full", 1)
        .counts("eni-x2 modify drifted", 1)
        .notes("eni-x2 target-full")
        .settles();
}

#[test]
fn ruling_11_a_target_over_its_limit_and_a_held_deletion() {
    let over = || {
        let s = scenario().appliance("tmt-2", "i-zz").target("tmt-2");
        let s = (0..9).fold(s, |s, n| s.instance(&format!("i-m{n}")).owned(&format!("tms-m{n}")));
        let s = s.stopped("i-s").owned("tms-s");
        // One moves away, which only makes up for the one that is too many.
        s.vpc("vpc-b").instance("i-x").owned("tms-x").to("tmt-2").vpc("vpc-a").instance("i-new")
    };
    case_with("sync", over(), policy(Policy::Sync))
        .counts("eni-new create not-mirrored", 1)
        .settles();
    case_with("upsert-only", over(), policy(Policy::UpsertOnly))
        .counts("eni-x modify drifted", 1)
        .counts("eni-new skip target-full", 1)
        .settles();
}

#[test]
fn ruling_11_no_filter_is_made_for_what_is_held() {
    let one = || scenario().no_filter().instance("i-1").owned("tms-1");
    case_with("a held repair", one(), policy(Policy::CreateOnly))
        .expects("eni-1 keep held-by-policy")
        .filter("none")
        .settles();
    case_with("a repair that is not held", one(), policy(Policy::UpsertOnly))
        .filter("create")
        .settles();
    let waiting = full_target().no_filter().with(|inv| {
        inv.sessions.values_mut().for_each(|s| s.filter = "tmf-old".into());
    });
    case_with("a create that lost its place", waiting, policy(Policy::CreateOnly))
        .counts("eni-new skip target-full", 1)
        .filter("none")
        .settles();
}
