//! What the audit answers beside its findings: the rule, coverage, whose a session is, what it costs, what is muted.

use tap_audit::finding::FindingCode as Code;
use tap_audit::look::Mute;
use tap_audit::model::{Coverage, RuleResult, Whose};
use tap_audit::severity::Severity;
use tap_core::call::Call;

use tap_core::inventory::{Direction, FilterRule, LoneEni};
use tap_core::settings::FilterChoice;
use tap_core::testing::{Scenario, scenario};

use super::healthy::mirrored;
use crate::support::{Account, account};

fn rule(account: &Account, vpc: &str) -> RuleResult {
    let audit = account.look();
    audit.vpcs.iter().find(|v| v.id.as_str() == vpc).expect("the VPC is there").rule
}

#[test]
fn the_rule_of_a_vpc() {
    let of = |scenario: Scenario| rule(&account(scenario), "vpc-a");
    let off = || scenario().not_enabled();
    assert_eq!(of(mirrored()), RuleResult::Pass);
    assert_eq!(of(off().instance("i-1").foreign("tms-1")), RuleResult::Pass);
    assert_eq!(of(off().instance("i-1")), RuleResult::Fail);
    assert_eq!(of(scenario().instance("i-1")), RuleResult::Fail);
    assert_eq!(of(off()), RuleResult::NotApplicable);
    assert_eq!(of(off().stopped("i-1")), RuleResult::NotApplicable);
    assert_eq!(of(off().instance("i-1").of_type("t2.micro")), RuleResult::NotApplicable);
    assert_eq!(of(off().instance("i-1").blacklisted()), RuleResult::NotApplicable);
    // Only the appliance is there.
    assert_eq!(of(scenario()), RuleResult::NotApplicable);
    // A session that sees nothing is no use; with one that does beside it, the VPC is in use.
    let only_stopped = || off().instance("i-1").stopped("i-2").foreign("tms-2");
    assert_eq!(of(only_stopped()), RuleResult::Fail);
    let found = account(only_stopped()).found(Code::VpcNotMirrored);
    assert_eq!(
        found[0].what,
        "vpc-a has 1 interface that can be mirrored, and no session that sees anything"
    );
    assert_eq!(of(only_stopped().instance("i-3").foreign("tms-3")), RuleResult::Pass);
    let unsupported = off().instance("i-1").instance("i-2").of_type("t2.micro").foreign("tms-2");
    assert_eq!(of(unsupported), RuleResult::Fail);
    assert_eq!(of(off().stopped("i-2").foreign("tms-2")), RuleResult::NotApplicable);
    // A database has a session of its own: somebody made it.
    let lone = LoneEni::Attached { vpc: "vpc-a".into(), instance: None };
    assert_eq!(of(off().lone("eni-rds", lone).foreign("tms-1")), RuleResult::Pass);
}

#[test]
fn a_narrowed_audit_says_what_it_did_not_look_at() {
    let two =
        || scenario().instance("i-1").instance("i-2").owned("tms-2").vpc("vpc-b").instance("i-3");
    let by_instance = account(two().only_instance("i-1"));
    assert_eq!(rule(&by_instance, "vpc-a"), RuleResult::CannotTell);
    let audit = by_instance.look();
    assert_eq!((audit.coverage.interfaces, audit.sessions.len()), (1, 0));
    assert_eq!(audit.unknowns[0].why, "the audit is about some instances only");
    let audit = account(two().only_vpc("vpc-b")).look();
    assert_eq!((audit.vpcs.len(), audit.coverage.interfaces, audit.sessions.len()), (1, 1, 0));
    assert_eq!(account(two()).look().coverage.interfaces, 4);
}

#[test]
fn coverage_by_everything() {
    let account = account(
        mirrored()
            .instance("i-2")
            .foreign("tms-2")
            .instance("i-3")
            .instance("i-4")
            .blacklisted()
            .vpc("vpc-b")
            .not_enabled()
            .instance("i-5")
            .instance("i-6")
            .blacklisted(),
    )
    .subnet("subnet-x", "vpc-a", "10.0.10.0/24", "eu-west-1b")
    .place("eni-3", "subnet-x");
    let audit = account.look();
    let expected = Coverage {
        interfaces: 7,
        eligible: 4,
        ours: 1,
        others: 1,
        blocked: 0,
        blind: 0,
        left_alone: [("blacklisted", 2), ("receives-mirror", 1)].into(),
        unknown: 0,
    };
    assert_eq!(audit.coverage, expected);
    assert_eq!((expected.missing(), expected.percent()), (2, Some(50)));
    let zones: Vec<_> = audit
        .zones
        .iter()
        .map(|z| (z.id.as_str(), z.coverage.eligible, z.coverage.missing()))
        .collect();
    assert_eq!(zones, [("eu-west-1a", 3, 1), ("eu-west-1b", 1, 1)]);
    let subnets: Vec<_> =
        audit.subnets.iter().map(|s| (s.id.as_str(), s.coverage.interfaces)).collect();
    assert_eq!(subnets, [("subnet-of-vpc-a", 4), ("subnet-of-vpc-b", 2), ("subnet-x", 1)]);
    let vpcs: Vec<_> = audit.vpcs.iter().map(|v| (v.id.as_str(), v.coverage.percent())).collect();
    assert_eq!(vpcs, [("vpc-a", Some(66)), ("vpc-b", Some(0))]);
}

#[test]
fn whose_a_session_is_and_where_it_goes() {
    let audit = account(mirrored().foreign("tms-2")).look();
    let whose: Vec<_> = audit.sessions.iter().map(|s| (s.id.as_str(), s.whose)).collect();
    assert_eq!(whose, [("tms-1", Whose::Ours), ("tms-2", Whose::Foreign)]);
    assert!(audit.sessions.iter().all(|s| s.target_owner == Some("111122223333".into())));
    // Nobody knows whose a target is that is not there.
    let gone = account(mirrored().instance("i-2").foreign("tms-2").to("tmt-9")).look();
    assert_eq!(gone.sessions[1].target_owner, None);
    let told: Vec<_> = gone.findings.iter().map(|f| (f.code, f.what.as_str())).collect();
    assert!(told.contains(&(
        Code::ForeignSession,
        "tms-2 mirrors eni-2 to tmt-9 of an account that cannot be told, and is not ours"
    )));
    let at = ["tmt-9".to_owned()];
    assert!(gone.findings.iter().any(|f| f.code == Code::TargetGone && f.at == at));
}

#[test]
fn what_sessions_cost() {
    let audit = account(mirrored().stopped("i-2").owned("tms-2")).look();
    let cost = audit.cost.expect("sessions were read");
    assert_eq!((cost.sessions, cost.wasted), (2, 1));
    assert!((cost.per_month() - 21.9).abs() < 1e-9);
    assert!((cost.wasted_per_month() - 10.95).abs() < 1e-9);
    let of_vpc = audit.vpcs[0].cost.expect("sessions were read");
    assert_eq!((of_vpc.sessions, of_vpc.wasted), (2, 1));
    // What was not read costs nobody knows what, and is not nothing.
    let unread = account(mirrored()).unread(Call::DescribeTrafficMirrorSessions).look();
    assert_eq!((unread.cost, unread.vpcs[0].cost, unread.targets[0].sources), (None, None, None));
}

#[test]
fn mutes_are_for_one_code_and_one_thing() {
    let muted = |code, at: Option<&str>| {
        let at = at.map(str::to_owned);
        let account = account(mirrored().foreign("tms-2").instance("i-2").foreign("tms-3"));
        let audit = account.expecting(|expect| expect.mutes.push(Mute { code, at })).look();
        let of_code = audit.findings.iter().filter(|f| f.code == Code::ForeignSession);
        (of_code.filter(|f| f.muted).count(), audit.count(Severity::Medium))
    };
    // The second foreign session sees nothing, for ours comes first; the third is of an interface without ours.
    assert_eq!(muted(Code::ForeignSession, None), (2, 2));
    assert_eq!(muted(Code::ForeignSession, Some("tms-2")), (1, 3));
    assert_eq!(muted(Code::ForeignSession, Some("eni-2")), (1, 3));
    assert_eq!(muted(Code::ForeignSession, Some("tms-9")), (0, 4));
    assert_eq!(muted(Code::SourceGone, None), (0, 4));
}

#[test]
fn a_session_with_a_lower_number_shadows_only_what_it_takes() {
    use tap_core::inventory::{Direction, FilterRule, MirrorFilter};
    let block = |b: &str| FilterRule::within(Direction::Ingress, 1, true, b);
    let shadowed = |first: fn(&mut MirrorFilter), second: Vec<FilterRule>, dns: bool| {
        let scenario = mirrored().filter_as("tmf-1", first).filter_as("tmf-2", move |filter| {
            (filter.description, filter.rules, filter.dns) = ("x".to_owned(), second, dns);
        });
        let account = account(scenario.foreign("tms-2").through("tmf-2"));
        account.found(Code::SessionShadowed).len()
    };
    assert_eq!(shadowed(|_| {}, vec![block("10.0.0.0/8")], true), 1);
    assert_eq!(shadowed(|_| {}, vec![block("2001:db8::/32")], false), 1);
    // The first leaves something: DNS, which is not subject to rules, or IPv6.
    let no_dns: fn(&mut MirrorFilter) = |filter| filter.dns = false;
    assert_eq!(shadowed(no_dns, vec![block("10.0.0.0/8")], false), 1);
    assert_eq!(shadowed(no_dns, vec![block("10.0.0.0/8")], true), 0);
    let no_ipv6: fn(&mut MirrorFilter) = |f| f.rules.retain(|rule| !rule.source.contains(':'));
    assert_eq!(shadowed(no_ipv6, vec![block("10.0.0.0/8")], true), 1);
    assert_eq!(shadowed(no_ipv6, vec![block("2001:db8::/32")], true), 0);
    let tcp: fn(&mut MirrorFilter) = |f| f.rules.iter_mut().for_each(|r| r.protocol = Some(6));
    assert_eq!(shadowed(tcp, vec![block("10.0.0.0/8")], true), 0);
}

#[test]
fn what_is_mirrored_all_the_same_is_left_alone_for_what_aws_would_say() {
    let audit = account(mirrored().instance("i-2").of_type("m8g.large").owned("tms-2")).look();
    let left_alone = &audit.coverage.left_alone;
    assert_eq!(left_alone.get("unsupported-type"), Some(&1), "{left_alone:?}");
    assert_eq!(left_alone.get("in-sync"), None, "{left_alone:?}");
}

#[test]
fn a_session_to_nobody_is_paid_for_in_vain() {
    let cost = |account: Account| {
        let audit = account.look();
        let cost = audit.cost.expect("sessions were read");
        (cost.sessions, cost.wasted, audit.sessions[0].blind.clone())
    };
    assert_eq!(cost(account(mirrored())), (1, 0, Vec::new()));
    let gone = mirrored().behind("tmt-1", |nlb| nlb.exists = false);
    assert_eq!(cost(account(gone)), (1, 1, vec!["target-gone"]));
    let deaf = mirrored().behind("tmt-1", |nlb| nlb.listens = false);
    assert_eq!(cost(account(deaf)), (1, 1, vec!["target-deaf"]));
}

#[test]
fn a_narrowed_audit_says_which_sessions_may_be_missing() {
    let lone = || LoneEni::Attached { vpc: "vpc-a".into(), instance: None };
    let one = account(mirrored().lone("eni-rds", lone()).foreign("tms-2").only_vpc("vpc-a"));
    let question = "whether a session is of what the audit is about";
    let asked = |account: &Account| -> Vec<String> {
        let unknowns = account.look().unknowns.into_iter();
        unknowns.filter(|unknown| unknown.question == question).flat_map(|u| u.at).collect()
    };
    assert_eq!(one.look().sessions.len(), 2);
    assert_eq!(asked(&one), Vec::<String>::new());
    let unread = one.unread(Call::DescribeNetworkInterfaces);
    assert_eq!(unread.look().sessions.len(), 1);
    assert_eq!(asked(&unread), ["tms-2"]);
    let instance = account(mirrored().only_instance("i-1"));
    assert_eq!(asked(&instance), Vec::<String>::new());
    assert_eq!(asked(&instance.unread(Call::DescribeInstances)), ["tms-1"]);
}

#[test]
fn the_rule_needs_no_filters() {
    let of = |scenario: Scenario| {
        let account = account(scenario).unread(Call::DescribeTrafficMirrorFilters);
        // Not even the one that the user names.
        let named = account.with(|s| s.filter = FilterChoice::Pinned("tmf-1".into()));
        let asked: Vec<String> = named.look().unknowns.into_iter().map(|u| u.question).collect();
        assert!(!asked.contains(&"whether mirroring is in use in a VPC".to_owned()), "{asked:?}");
        (rule(&named, "vpc-a"), named.found(Code::VpcNotMirrored).len())
    };
    let off = || scenario().not_enabled();
    assert_eq!(of(mirrored()), (RuleResult::Pass, 0));
    assert_eq!(of(off().instance("i-1")), (RuleResult::Fail, 1));
    assert_eq!(of(off().instance("i-1").blacklisted()), (RuleResult::NotApplicable, 0));
    assert_eq!(of(off().instance("i-1").of_type("t2.micro")), (RuleResult::NotApplicable, 0));
    // Only the appliance is there.
    assert_eq!(of(scenario()), (RuleResult::NotApplicable, 0));
}

#[test]
fn coverage_says_what_of_it_is_blocked_and_what_is_blind() {
    let of = |account: Account| {
        let audit = account.look();
        let Coverage { ours, others, blocked, blind, .. } = audit.coverage;
        assert_eq!(
            (audit.vpcs[0].coverage.blocked, audit.vpcs[0].coverage.blind),
            (blocked, blind)
        );
        (ours, others, blocked, blind)
    };
    assert_eq!(of(account(mirrored())), (1, 0, 0, 0));
    // Its packets are dropped at the appliance's door; nobody else's are.
    let shut = |scenario| {
        account(scenario).group("sg-x", "vpc-a", &[]).in_groups("eni-sensor-tmt-1", &["sg-x"])
    };
    assert_eq!(of(shut(mirrored())), (1, 0, 1, 0));
    assert_eq!(of(shut(mirrored().instance("i-2").foreign("tms-2"))), (1, 1, 2, 0));
    // A filter that takes nothing: what would be sent would arrive.
    let nothing = |filter: &mut tap_core::inventory::MirrorFilter| {
        (filter.description, filter.rules, filter.dns) = ("x".to_owned(), Vec::new(), false);
    };
    let foreign = || mirrored().filter_as("tmf-x", nothing).instance("i-2").foreign("tms-2");
    assert_eq!(of(account(foreign().through("tmf-x"))), (1, 1, 0, 1));
    // One session of two is enough.
    let second = mirrored().filter_as("tmf-x", nothing).foreign("tms-2").through("tmf-x");
    assert_eq!(of(account(second)), (1, 0, 0, 0));
    // Where nobody receives, they are both.
    let gone = mirrored().behind("tmt-1", |nlb| nlb.exists = false);
    assert_eq!(of(account(gone)), (1, 0, 1, 1));
    // Who is not eligible is counted neither here nor there, and so is who has no session.
    let left = mirrored().instance("i-2").blacklisted().owned("tms-2").instance("i-3");
    assert_eq!(of(shut(left)), (1, 0, 1, 0));
}

#[test]
fn a_filter_that_rejects_everything_first_mirrors_nothing() {
    let of = |number| {
        account(mirrored().filter_as("tmf-1", move |filter| {
            filter.dns = false;
            for direction in Direction::ALL {
                for block in ["0.0.0.0/0", "::/0"] {
                    let number = number + i32::from(block == "::/0");
                    filter.rules.push(FilterRule::within(direction, number, false, block));
                }
            }
        }))
    };
    let shut = of(5);
    assert_eq!(shut.found(Code::FilterTakesNothing)[0].affected, ["tms-1"]);
    // It has all that it should have, and is not complete: another is made.
    assert_eq!(shut.found(Code::FilterOverfull)[0].at, ["tmf-1"]);
    assert_eq!(shut.found(Code::SessionDrifted)[0].at, ["tms-1", "eni-1"]);
    let audit = shut.look();
    assert_eq!(audit.sessions[0].blind, ["filter-takes-nothing"]);
    // Behind what accepts everything, it rejects nothing.
    let behind = of(500).look();
    assert_eq!(behind.sessions[0].blind, Vec::<&str>::new());
    assert_eq!(crate::support::codes(&behind), ["filter-incomplete"]);
}

#[test]
fn what_is_not_sent_does_not_arrive() {
    let stopped = account(scenario().stopped("i-1").owned("tms-1"));
    assert_eq!(stopped.arrival(), "nothing is sent");
    assert_eq!(stopped.look().interfaces[0].arrival, None);
    for lone in [LoneEni::Gone, LoneEni::Detached { vpc: "vpc-a".into() }] {
        let lone = account(scenario().lone("eni-x", lone).owned("tms-1"));
        assert_eq!(lone.arrival(), "nothing is sent");
    }
    let running = account(mirrored());
    assert_eq!(running.arrival(), "arrives");
    // Whether it runs is not told then.
    let unseen = scenario().appliance("tmt-eni", "i-9").target("tmt-eni");
    let unseen = account(unseen.stopped("i-1").owned("tms-1")).unread(Call::DescribeInstances);
    assert_eq!(unseen.arrival(), "? ec2:DescribeInstances is not allowed");
}

#[test]
fn who_is_mirrored_by_others_is_not_told_to_go_unwatched() {
    let two = || scenario().instance("i-1").instance("i-2").foreign("tms-2");
    let found = account(two()).found(Code::InterfaceNotMirrored);
    let told: Vec<_> = found.iter().map(|f| (f.what.as_str(), f.affected.join(" "))).collect();
    let reason = "they have no session of ours yet";
    let alone = format!("interfaces of vpc-a that are to be mirrored are not: {reason}");
    let others =
        format!("interfaces of vpc-a that we are to mirror are mirrored by others only: {reason}");
    assert_eq!(told, [(alone.as_str(), "eni-1".to_owned()), (&others, "eni-2".to_owned())]);
    // A session that sees nothing watches nobody.
    let blind = two().through("tmf-x").filter_as("tmf-x", |filter| {
        (filter.description, filter.rules) = ("somebody's".to_owned(), Vec::new());
    });
    let found = account(blind).found(Code::InterfaceNotMirrored);
    assert_eq!(found[0].affected, ["eni-1", "eni-2"]);
    assert_eq!(found.len(), 1);
}
