//! "Cannot tell" is an answer: every call of an audit refused, one at a time. Nothing is found that was not found with everything
//! read; what hangs on the call is open, with the IAM action that is missing; what does not is as before.

use std::collections::{BTreeMap, BTreeSet};

use tap_audit::finding::{Finding, FindingCode};
use tap_audit::model::{Arrival, Audit, RuleResult, Watched};
use tap_core::call::{Access, Call, Program};
use tap_core::ids::{EniId, VpcId};
use tap_core::inventory::{FilterRule, LoneEni, TargetKind};
use tap_core::testing::scenario;

use crate::support::{Account, account, entry, permission};

/// The calls without which there is no audit at all.
const BEFORE: [Call; 2] = [Call::GetCallerIdentity, Call::DescribeRegions];

fn calls() -> impl Iterator<Item = Call> {
    let of_audit =
        |call: &Call| call.programs().contains(&Program::Audit) && call.access() == Access::Read;
    Call::ALL.iter().copied().filter(of_audit).filter(|call| !BEFORE.contains(call))
}

/// An account with some of everything: load balancer, interface and endpoint as targets; peering and transit gateway; what is as it
/// should be, and what is not.
fn some_of_everything() -> Account {
    let endpoint = TargetKind::GwlbEndpoint("vpce-1".to_owned());
    let scenario = scenario()
        .instance("i-1")
        .owned("tms-1")
        .instance("i-2")
        .owned("tms-2")
        .foreign("tms-2x")
        .through("tmf-x")
        .filter_as("tmf-x", |filter| {
            filter.description = "somebody's".to_owned();
            filter.rules = vec![FilterRule::within(
                tap_core::inventory::Direction::Ingress,
                1,
                true,
                "10.9.0.0/16",
            )];
        })
        .instance("i-3")
        .stopped("i-4")
        .owned("tms-4")
        .instance("i-5")
        .blacklisted()
        .owned("tms-5")
        .eni("eni-5-managed")
        .requester_managed()
        .lone("eni-x", LoneEni::Detached { vpc: "vpc-a".into() })
        .owned("tms-x")
        .lone("eni-gone", LoneEni::Gone)
        .owned("tms-gone")
        .vpc("vpc-b")
        .target("tmt-1")
        .instance("i-b")
        .owned("tms-b")
        .vpc("vpc-c")
        .target("tmt-1")
        .instance("i-c")
        .owned("tms-c")
        .vpc("vpc-d")
        .not_enabled()
        .instance("i-d")
        .vpc("vpc-e")
        .appliance("tmt-eni", "i-9")
        .target("tmt-eni")
        .sources_of_others("tmt-eni", 8)
        .instance("i-e")
        .owned("tms-e")
        .vpc("vpc-f")
        .any_target("tmt-gwlb", endpoint)
        .target("tmt-gwlb")
        .instance("i-f")
        .owned("tms-f")
        .vpc("vpc-g")
        .enrollment("banana")
        .instance("i-g")
        .vpc("vpc-h")
        .any_target("tmt-other", TargetKind::Nlb("arn:other".to_owned()))
        .target("tmt-other")
        .instance("i-h")
        .owned("tms-h")
        .vpc("vpc-i")
        .nlb("tmt-i")
        .target("tmt-i")
        .instance("i-i")
        .ipv6_only();
    account(scenario)
        .owner("tmt-other", "222233334444")
        .organization(&["222233334444"])
        .endpoint("vpce-1", "vpc-f", "available")
        .endpoint("vpce-fw", "vpc-a", "available")
        .peering("pcx-b", "vpc-a", "vpc-b")
        .route("rtb-of-vpc-b", "10.0.0.0/16", "pcx-b")
        .route("rtb-of-vpc-b", "pl-s3", "vpce-s3")
        .attachment("tgw-1", "vpc-a", "available")
        .attachment("tgw-1", "vpc-c", "available")
        .route("rtb-of-vpc-c", "10.0.0.0/16", "tgw-1")
        .route("rtb-of-vpc-a", "0.0.0.0/0", "vpce-fw")
        .subnet("subnet-2", "vpc-a", "10.0.20.0/24", "eu-west-1b")
        .node("tmt-1", "subnet-2")
        .balancer("tmt-1", |balancer| {
            balancer.cross_zone = Some(false);
            balancer.target_groups[0].cross_zone = Some(true);
        })
        .group("sg-9", "vpc-e", &[permission("udp 4789", &["sg-of-vpc-e"])])
        .in_groups("eni-9", &["sg-9"])
        .acl("acl-2", "vpc-a", &["subnet-2"], &[entry(1, "allow", "udp 4789", "10.0.0.0/8")])
        .place("eni-2", "subnet-2")
}

/// The same with everything on the way in disorder.
fn all_in_disorder() -> Account {
    some_of_everything()
        .edit(|_, net| {
            for id in ["rtb-of-vpc-b", "rtb-of-vpc-c"] {
                net.route_tables.get_mut(&id.into()).expect("it is there").routes.truncate(1);
            }
            net.peerings.clear();
            net.endpoints.get_mut(&"vpce-1".into()).expect("it is there").state = "pending".into();
        })
        .balancer("tmt-1", |balancer| balancer.target_groups[0].cross_zone = None)
        .group("sg-9", "vpc-e", &[permission("tcp 22", &["0.0.0.0/0"])])
        .acl(
            "acl-2",
            "vpc-a",
            &["subnet-2", "subnet-of-vpc-a"],
            &[entry(1, "deny", "all", "0.0.0.0/0")],
        )
        .edit(|_, net| net.organization = Some(["111122223333".into()].into()))
}

type Places = BTreeSet<(FindingCode, Vec<String>)>;

fn places(audit: &Audit) -> Places {
    audit.findings.iter().map(|Finding { code, at, .. }| (*code, at.clone())).collect()
}

fn watched(audit: &Audit) -> BTreeMap<EniId, Watched> {
    audit.interfaces.iter().map(|i| (i.eni.clone(), i.watched)).collect()
}

fn rules(audit: &Audit) -> BTreeMap<VpcId, RuleResult> {
    audit.vpcs.iter().map(|vpc| (vpc.id.clone(), vpc.rule)).collect()
}

fn arrivals(audit: &Audit) -> BTreeMap<String, &'static str> {
    let word = |arrival: Option<&Arrival>| arrival.map_or("nothing is sent", Arrival::as_str);
    audit.sessions.iter().map(|s| (s.id.to_string(), word(s.arrival.as_ref()))).collect()
}

/// What is said of the organization is itself an answer to a refusal: that it is another account is known.
fn is_about_the_organization(code: FindingCode, call: Call) -> bool {
    call == Call::ListAccounts && code == FindingCode::TargetInOtherAccount
}

#[test]
fn the_accounts_are_not_dull() {
    let codes = |account: &Account| -> BTreeSet<&str> {
        account.look().findings.iter().map(|finding| finding.code.as_str()).collect()
    };
    let both: BTreeSet<&str> =
        codes(&some_of_everything()).union(&codes(&all_in_disorder())).copied().collect();
    let expected = [
        "foreign-session",
        "interface-not-mirrored",
        "network-acl-blocks",
        "no-link",
        "no-route",
        "packets-cut",
        "quota-near",
        "security-group-blocks",
        "session-left-over",
        "session-shadowed",
        "source-detached",
        "source-gone",
        "source-not-running",
        "target-not-active",
        "target-outside-organization",
        "vpc-misconfigured",
        "vpc-not-mirrored",
        "zone-without-receiver",
    ];
    let missing: Vec<&str> = expected.into_iter().filter(|code| !both.contains(code)).collect();
    assert_eq!(missing, Vec::<&str>::new(), "all: {both:?}");
    let arrivals: BTreeSet<&str> = arrivals(&some_of_everything().look()).into_values().collect();
    assert_eq!(arrivals.len(), 3, "{arrivals:?}");
}

#[test]
fn a_refusal_never_makes_a_finding() {
    for (name, account) in [("plain", some_of_everything()), ("disorder", all_in_disorder())] {
        let before = places(&account.look());
        for call in calls() {
            let audit = account.clone().unread(call).look();
            let new: Vec<_> = places(&audit)
                .difference(&before)
                .filter(|(code, _)| !is_about_the_organization(*code, call))
                .cloned()
                .collect();
            assert_eq!(new, [], "{name}: {call}");
        }
    }
}

#[test]
fn two_refusals_make_none_either() {
    let account = all_in_disorder();
    let before = places(&account.look());
    for first in calls() {
        for second in calls().filter(|second| *second > first) {
            let audit = account.clone().unread(first).unread(second).look();
            let is_new = |(code, _): &&(FindingCode, Vec<String>)| {
                ![first, second].iter().any(|call| is_about_the_organization(*code, *call))
            };
            let new = places(&audit);
            let new: Vec<_> = new.difference(&before).filter(is_new).collect();
            assert_eq!(new, Vec::<&(FindingCode, Vec<String>)>::new(), "{first} {second}");
        }
    }
}

#[test]
fn what_cannot_be_told_is_open_with_the_action_that_is_missing() {
    for account in [some_of_everything(), all_in_disorder()] {
        let whole = account.look();
        for call in calls() {
            let audit = account.clone().unread(call).look();
            assert!(audit.unread.contains_key(&call));
            let action = call.iam_action().expect("all of these need one");
            let whys: Vec<&str> = audit
                .unknowns
                .iter()
                .filter(|unknown| unknown.why.contains(action))
                .map(|unknown| unknown.question.as_str())
                .collect();
            let lost: Vec<_> = places(&whole).difference(&places(&audit)).cloned().collect();
            // A call that nothing hangs on in this account is named in what was not read, and asks nothing.
            let asks_nothing = whys.is_empty();
            assert!(!asks_nothing || lost.is_empty(), "{call}: {lost:?} went without a question");
            assert!(!asks_nothing || call == Call::DescribeLoadBalancerAttributes, "{call}");
        }
    }
}

/// What an answer may become where a call is refused: what it was, or "cannot tell"; never another answer.
#[test]
fn answers_stay_or_become_open() {
    for account in [some_of_everything(), all_in_disorder()] {
        let whole = account.look();
        for call in calls() {
            let audit = account.clone().unread(call).look();
            let before = arrivals(&whole);
            for (session, arrival) in arrivals(&audit) {
                let stays = arrival == before[&session] || arrival == "cannot-tell";
                assert!(stays, "{call}: {session} {} became {arrival}", before[&session]);
            }
            let before = watched(&whole);
            for (eni, watched) in watched(&audit) {
                let stays = watched == before[&eni] || watched == Watched::CannotTell;
                assert!(stays, "{call}: {eni} {:?} became {watched:?}", before[&eni]);
            }
            let before = rules(&whole);
            for (vpc, rule) in rules(&audit) {
                let stays = rule == before[&vpc] || rule == RuleResult::CannotTell;
                assert!(stays, "{call}: {vpc} {:?} became {rule:?}", before[&vpc]);
            }
        }
    }
}

/// The sessions whose arrival hangs on a call, in the account with some of everything.
#[test]
fn only_what_hangs_on_a_call_becomes_open() {
    let account = some_of_everything();
    let before = arrivals(&account.look());
    // tms-f goes to an endpoint, tms-h to another account, tms-c through a transit gateway; eni-gone is nowhere.
    // tms-4 is of a stopped instance, tms-x of nobody: nothing is sent.
    let arrive = ["tms-1", "tms-2", "tms-2x", "tms-5", "tms-b", "tms-e"];
    let arriving: BTreeSet<&str> =
        before.iter().filter(|(_, a)| **a == "arrives").map(|(id, _)| id.as_str()).collect();
    assert_eq!(arriving, arrive.into());
    let nlb = ["tms-1", "tms-2", "tms-2x", "tms-5", "tms-b"];
    let rows: &[(Call, &[&str])] = &[
        (Call::DescribeVpcs, &[]),
        (Call::DescribeSubnets, &nlb),
        // Whether a source runs is not told then.
        (Call::DescribeInstances, &arrive),
        // Interfaces of instances are told with their instances.
        (Call::DescribeNetworkInterfaces, &[]),
        (Call::DescribeTrafficMirrorTargets, &arrive),
        (Call::DescribeTrafficMirrorFilters, &[]),
        (Call::DescribeLoadBalancers, &nlb),
        (Call::DescribeListeners, &nlb),
        (Call::DescribeTargetHealth, &nlb),
        // The target group says itself that it sends across zones.
        (Call::DescribeLoadBalancerAttributes, &[]),
        // tms-2 is in the zone that has nobody of its own.
        (Call::DescribeTargetGroupAttributes, &["tms-2", "tms-2x"]),
        // Whether a prefix list is that of a service is not told then.
        (Call::DescribeVpcEndpoints, &["tms-b"]),
        (Call::DescribeVpcPeeringConnections, &["tms-b"]),
        (Call::DescribeTransitGatewayVpcAttachments, &[]),
        (Call::DescribeRouteTables, &arrive),
        (Call::DescribeSecurityGroups, &arrive),
        // The others stay in the subnet of node and appliance.
        (Call::DescribeNetworkAcls, &["tms-2", "tms-2x", "tms-b"]),
        (Call::ListAccounts, &[]),
    ];
    for (call, expected) in rows {
        let now = arrivals(&account.clone().unread(*call).look());
        let open: Vec<&str> = now
            .iter()
            .filter(|(id, arrival)| arriving.contains(id.as_str()) && **arrival != "arrives")
            .map(|(id, _)| id.as_str())
            .collect();
        assert_eq!(open, *expected, "{call}");
    }
    let told: BTreeSet<Call> = rows.iter().map(|(call, _)| *call).collect();
    let sessions = [Call::DescribeTrafficMirrorSessions].into();
    assert_eq!(calls().collect::<BTreeSet<_>>(), told.union(&sessions).copied().collect());
}

#[test]
fn without_what_a_plan_stands_on_nobody_can_tell_what_should_be() {
    let account = some_of_everything();
    let whole = rules(&account.look());
    for call in tap_audit::look::PLAN_CALLS {
        let audit = account.clone().unread(*call).look();
        let action = call.iam_action().expect("all of these need one");
        for interface in &audit.interfaces {
            assert!(interface.because.contains(action), "{call}: {}", interface.because);
            assert_eq!((interface.next, interface.reason), (None, None));
            let expected = match interface.watched {
                Watched::Ours | Watched::Others => !interface.sessions.is_empty(),
                Watched::CannotTell => interface.sessions.is_empty(),
                Watched::Missing | Watched::LeftAlone => false,
            };
            assert!(expected, "{call}: {interface:?}");
        }
        assert_eq!(audit.coverage.unknown, audit.interfaces.len(), "{call}");
        assert_eq!(audit.coverage.percent(), None);
        // A session of which all is seen is in use, whatever else was not read; and whatever its filter would be, an interface
        // without a session is not mirrored.
        for vpc in audit.vpcs.iter().filter(|vpc| vpc.rule != RuleResult::CannotTell) {
            let mut own =
                audit.sessions.iter().filter(|s| s.vpc.as_ref() == Some(&vpc.id)).peekable();
            if own.peek().is_none() && *call == Call::DescribeTrafficMirrorFilters {
                assert_eq!(vpc.rule, whole[&vpc.id], "{call}: {}", vpc.id);
                continue;
            }
            assert_eq!(vpc.rule, RuleResult::Pass, "{call}: {}", vpc.id);
            assert!(own.any(|session| session.blind.is_empty()), "{call}: {}", vpc.id);
        }
    }
}
