//! Every finding there is: an account that has it, and the nearest one that must not.

use std::collections::BTreeSet;

use tap_audit::finding::FindingCode as Code;
use tap_core::inventory::{
    Direction, FilterRule, InstanceState, LoneEni, MirrorFilter, TargetKind,
};
use tap_core::policy::rules::TargetChoice;
use tap_core::testing::{Rules, Scenario, full_filter, rules, scenario};

use super::healthy::{hub, mirrored};
use crate::support::{Account, account, entry, permission};

/// One row: what is found where, who suffers, and the neighbour.
struct Case {
    code: Code,
    account: Account,
    at: &'static [&'static str],
    affected: &'static [&'static str],
    vpc: Option<&'static str>,
    neighbour: Account,
}

const OTHER: &str = "222233334444";
const A: Option<&str> = Some("vpc-a");

fn ruled(account: Account, written: Rules) -> Account {
    account.with(|settings| {
        settings.rules = Some(written.build());
        settings.rules_given = true;
    })
}

fn described(rules: Vec<FilterRule>) -> impl FnOnce(&mut MirrorFilter) {
    move |filter| (filter.description, filter.rules) = ("somebody's".to_owned(), rules)
}

fn narrow(number: i32, accept: bool) -> FilterRule {
    FilterRule::within(Direction::Ingress, number, accept, "10.9.0.0/16")
}

/// A session of somebody else beside ours, with a filter of its own.
fn foreign(rules: Vec<FilterRule>) -> Scenario {
    mirrored().filter_as("tmf-x", described(rules)).foreign("tms-2").through("tmf-x")
}

fn appliance(others: usize) -> Account {
    let sensor = scenario().appliance("tmt-eni", "i-9").target("tmt-eni");
    account(sensor.sources_of_others("tmt-eni", others))
}

fn endpoint(packet_length: i32) -> Account {
    let kind = TargetKind::GwlbEndpoint("vpce-1".to_owned());
    let scenario = scenario().any_target("tmt-gwlb", kind).target("tmt-gwlb").instance("i-1");
    account(scenario.owned("tms-1").packet_length(Some(packet_length))).endpoint(
        "vpce-1",
        "vpc-a",
        "available",
    )
}

/// The source is in another zone than the appliance.
fn two_zones(cross_zone: bool) -> Account {
    account(mirrored())
        .subnet("subnet-b", "vpc-a", "10.0.10.0/24", "eu-west-1b")
        .place("eni-1", "subnet-b")
        .node("tmt-1", "subnet-b")
        .balancer("tmt-1", |balancer| balancer.cross_zone = Some(cross_zone))
}

fn lone_target(lone: LoneEni) -> Account {
    let kind = TargetKind::Eni("eni-x".into());
    account(scenario().any_target("tmt-eni", kind).target("tmt-eni").lone("eni-x", lone))
}

fn custom(defined: bool) -> Account {
    let scenario = mirrored().filter_as("tmf-c", |filter| {
        let keys = tap_core::tags::TagKeys::default();
        *filter = full_filter(&keys);
        filter.description = format!("{} (custom:mine)", keys.filter_description);
    });
    let tagged = scenario.through("tmf-c").with(move |inv| {
        let vpc = inv.vpcs.get_mut(&"vpc-a".into()).expect("it is there");
        let key = tap_core::tags::TagKeys::default().profile;
        let value = if defined { "all" } else { "custom:mine" };
        let all = vpc.tags.iter().chain([(key.as_str(), value)]).collect();
        vpc.tags = all;
    });
    account(tagged)
}

fn with_acl(action: &str) -> Account {
    account(mirrored())
        .subnet("subnet-b", "vpc-a", "10.0.10.0/24", "eu-west-1a")
        .place("eni-sensor-tmt-1", "subnet-b")
        .acl("acl-b", "vpc-a", &["subnet-b"], &[entry(100, action, "udp 4789", "10.0.0.0/8")])
}

fn with_group(what: &str) -> Account {
    account(mirrored())
        .group("sg-b", "vpc-a", &[permission(what, &["10.0.0.0/8"])])
        .in_groups("eni-sensor-tmt-1", &["sg-b"])
}

fn spokes() -> Account {
    hub().edit(|_, net| {
        for table in net.route_tables.values_mut() {
            table.routes.truncate(1);
        }
        net.peerings.clear();
    })
}

fn of_sessions() -> Vec<Case> {
    let no_owner = |tags: &[(&str, &str)]| {
        let tags = tags.iter().copied().collect();
        account(mirrored().foreign("tms-2").with(|inv| {
            inv.sessions.get_mut(&"tms-2".into()).expect("it is there").tags = tags;
        }))
    };
    let without_description = |text: Option<&str>| {
        let text = text.map(Into::into);
        account(mirrored().with(|inv| {
            inv.sessions.get_mut(&"tms-1".into()).expect("it is there").description = text;
        }))
    };
    let lone = |lone| account(mirrored().lone("eni-x", lone).owned("tms-2"));
    let here = || LoneEni::Attached { vpc: "vpc-a".into(), instance: None };
    let accepts = |number| FilterRule::within(Direction::Ingress, number, true, "10.9.0.0/16");
    vec![
        Case {
            code: Code::TargetOutsideOrganization,
            account: account(mirrored()).owner("tmt-1", OTHER),
            at: &["tmt-1"],
            affected: &["tms-1"],
            vpc: None,
            neighbour: account(mirrored()).owner("tmt-1", OTHER).organization(&[OTHER]),
        },
        Case {
            code: Code::TargetInOtherAccount,
            account: account(mirrored())
                .owner("tmt-1", OTHER)
                .edit(|_, net| net.organization = None),
            at: &["tmt-1"],
            affected: &["tms-1"],
            vpc: None,
            neighbour: account(mirrored())
                .owner("tmt-1", OTHER)
                .edit(|_, net| net.organization = None)
                .expecting(|expect| expect.trusted.extend([OTHER.into()])),
        },
        Case {
            code: Code::ForeignSession,
            account: account(mirrored().foreign("tms-2")),
            at: &["tms-2", "eni-1", "tmt-1"],
            affected: &[],
            vpc: A,
            neighbour: account(mirrored().instance("i-2").owned("tms-2")),
        },
        Case {
            code: Code::SessionWithoutOwnerTag,
            account: no_owner(&[("Name", "web"), ("Owner", "")]),
            at: &["tms-2", "eni-1"],
            affected: &[],
            vpc: A,
            neighbour: no_owner(&[("Owner", "team-x")]),
        },
        Case {
            code: Code::SessionWithoutDescription,
            account: without_description(None),
            at: &["tms-1", "eni-1"],
            affected: &[],
            vpc: A,
            neighbour: without_description(Some("for the audit")),
        },
        Case {
            code: Code::FilterWithoutDescription,
            account: account(
                foreign(vec![accepts(1)]).filter_as("tmf-x", |filter| filter.description.clear()),
            ),
            at: &["tmf-x"],
            affected: &[],
            vpc: None,
            // One that no session has is nobody's concern.
            neighbour: account(
                foreign(vec![accepts(1)]).filter_as("tmf-y", |filter| filter.dns = true),
            ),
        },
        Case {
            code: Code::SourceNotRunning,
            account: account(mirrored().stopped("i-2").owned("tms-2")),
            at: &["tms-2", "eni-2", "i-2"],
            affected: &[],
            vpc: A,
            neighbour: account(
                mirrored().instance("i-2").state(InstanceState::Pending).owned("tms-2"),
            ),
        },
        Case {
            code: Code::SourceDetached,
            account: lone(LoneEni::Detached { vpc: "vpc-a".into() }),
            at: &["tms-2", "eni-x"],
            affected: &[],
            vpc: A,
            neighbour: lone(here()),
        },
        Case {
            code: Code::SourceGone,
            account: lone(LoneEni::Gone),
            at: &["tms-2", "eni-x"],
            affected: &[],
            vpc: None,
            neighbour: lone(here()),
        },
        Case {
            code: Code::SourceUnsupported,
            account: account(mirrored().instance("i-2").of_type("t2.micro").owned("tms-2")),
            at: &["tms-2", "eni-2", "i-2"],
            affected: &[],
            vpc: A,
            // Newer than the list: AWS may well mirror it.
            neighbour: account(mirrored().instance("i-2").of_type("z99.large").owned("tms-2")),
        },
        Case {
            code: Code::FilterTakesNothing,
            account: account(foreign(vec![narrow(1, false)])),
            at: &["tmf-x"],
            affected: &["tms-2"],
            vpc: None,
            neighbour: account(foreign(vec![narrow(1, true)])),
        },
        Case {
            code: Code::SessionShadowed,
            account: account(foreign(vec![narrow(1, true)])),
            at: &["tms-2", "eni-1", "tms-1"],
            affected: &[],
            vpc: A,
            neighbour: account(foreign(vec![narrow(1, true)]).number(0)),
        },
    ]
}

fn of_what_should_be() -> Vec<Case> {
    let ours = |change: fn(&mut MirrorFilter)| account(mirrored().filter_as("tmf-1", change));
    let gone = |is_gone: bool| {
        account(scenario().appliance("tmt-9", "i-9").made_for("vpc-a").instance("i-1").with(
            move |inv| {
                if is_gone {
                    inv.instances.remove(&"i-9".into());
                    inv.lone_enis.insert("eni-9".into(), LoneEni::Gone);
                }
            },
        ))
    };
    vec![
        Case {
            code: Code::VpcNotMirrored,
            account: account(scenario().not_enabled().instance("i-1")),
            at: &["vpc-a"],
            affected: &[],
            vpc: A,
            neighbour: account(scenario().not_enabled().instance("i-1").blacklisted()),
        },
        Case {
            code: Code::InterfaceNotMirrored,
            account: account(mirrored().instance("i-2")),
            at: &["vpc-a", "not-mirrored"],
            affected: &["eni-2"],
            vpc: A,
            neighbour: account(mirrored().instance("i-2").blacklisted()),
        },
        Case {
            code: Code::SessionDrifted,
            account: account(scenario().nlb("tmt-2").instance("i-1").owned("tms-1").to("tmt-2")),
            at: &["tms-1", "eni-1"],
            affected: &[],
            vpc: A,
            // What AWS filled in itself is no drift.
            neighbour: account(mirrored().packet_length(Some(8500)).vni(9)),
        },
        Case {
            code: Code::SessionLeftOver,
            account: account(mirrored().instance("i-2").blacklisted().owned("tms-2")),
            at: &["tms-2", "eni-2"],
            affected: &[],
            vpc: A,
            // Somebody else's is none of ours that is left.
            neighbour: account(mirrored().instance("i-2").blacklisted().foreign("tms-2")),
        },
        Case {
            code: Code::VpcMisconfigured,
            account: account(mirrored().enrollment("banana")),
            at: &["vpc-a"],
            affected: &[],
            vpc: A,
            neighbour: account(mirrored().enrollment("auto")),
        },
        Case {
            code: Code::RuleMisconfigured,
            account: ruled(account(mirrored()), rules().vpc("vpc-a").to("tmt-404")),
            at: &["vpcs[0], eu-west-1.yaml line 1"],
            affected: &[],
            vpc: None,
            neighbour: ruled(account(mirrored()), rules().vpc("vpc-a").to("tmt-1")),
        },
        Case {
            code: Code::RuleTargetUnusable,
            account: ruled(
                account(mirrored()),
                rules().vpc("vpc-a").to_any(TargetChoice::Balanced, &["tmt-1", "tmt-404"]),
            ),
            at: &["vpcs[0], eu-west-1.yaml line 1", "tmt-404"],
            affected: &[],
            vpc: None,
            neighbour: ruled(
                account(mirrored().nlb("tmt-2")),
                rules().vpc("vpc-a").to_any(TargetChoice::Balanced, &["tmt-1", "tmt-2"]),
            ),
        },
        Case {
            code: Code::RulesNotGiven,
            account: account(scenario().not_enabled().instance("i-1").owned("tms-1").by_rule("x")),
            at: &["eu-west-1"],
            affected: &[],
            vpc: None,
            neighbour: account(scenario().not_enabled().instance("i-1").owned("tms-1")),
        },
        Case {
            code: Code::NoRulesFile,
            account: account(mirrored()).with(|settings| settings.rules_given = true),
            at: &["eu-west-1"],
            affected: &[],
            vpc: None,
            neighbour: account(mirrored()),
        },
        Case {
            code: Code::FilterRejects,
            account: ours(|filter| filter.rules.push(narrow(5, false))),
            at: &["tmf-1"],
            affected: &[],
            vpc: None,
            neighbour: ours(|filter| filter.rules.push(narrow(5, true))),
        },
        Case {
            code: Code::FilterIncomplete,
            account: ours(|filter| drop(filter.rules.pop())),
            at: &["tmf-1"],
            affected: &[],
            vpc: None,
            neighbour: ours(|_| {}),
        },
        Case {
            code: Code::FilterHasMore,
            account: has_more(true),
            at: &["tmf-d"],
            affected: &[],
            vpc: None,
            neighbour: has_more(false),
        },
        Case {
            code: Code::FilterUnverified,
            account: custom(false),
            at: &["tmf-c"],
            affected: &[],
            vpc: None,
            neighbour: custom(true),
        },
        Case {
            code: Code::SeveralFilters,
            account: account(mirrored().filter("tmf-2")),
            at: &["tmf-1", "tmf-2"],
            affected: &[],
            vpc: None,
            neighbour: account(mirrored().filter_as("tmf-2", described(Vec::new()))),
        },
        Case {
            code: Code::FilterOverfull,
            account: ours(|filter| {
                filter.rules = (1..=7).map(|number| narrow(number, true)).collect();
            }),
            at: &["tmf-1"],
            affected: &[],
            vpc: None,
            neighbour: ours(|filter| {
                filter.rules = (1..=6).map(|number| narrow(number, true)).collect();
            }),
        },
        Case {
            code: Code::AppliancesGone,
            account: ruled(gone(true), rules().vpc("vpc-a").to_appliances("t3.micro")),
            at: &["subnet-of-vpc-a", "vpc-a", "tmt-9"],
            affected: &[],
            vpc: None,
            neighbour: ruled(gone(false), rules().vpc("vpc-a").to_appliances("t3.micro")),
        },
    ]
}

/// A filter of the profile all-tcp, with a rule of its own or without.
fn has_more(more: bool) -> Account {
    let keys = tap_core::tags::TagKeys::default();
    let scenario = mirrored()
        .filter_as("tmf-d", move |filter| {
            *filter = full_filter(&keys);
            filter.description = format!("{} (all-tcp)", keys.filter_description);
            filter.dns = false;
            for rule in &mut filter.rules {
                rule.protocol = Some(6);
            }
            filter.rules.extend(more.then(|| narrow(5, true)));
        })
        .through("tmf-d")
        .with(|inv| {
            let key = tap_core::tags::TagKeys::default().profile;
            let vpc = inv.vpcs.get_mut(&"vpc-a".into()).expect("it is there");
            vpc.tags = vpc.tags.iter().chain([(key.as_str(), "all-tcp")]).collect();
        });
    account(scenario)
}

fn of_targets() -> Vec<Case> {
    let arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/tmt-1/0";
    let at: &'static [&'static str] = Vec::leak(vec!["tmt-1", arn]);
    let state = |state: &str| {
        let state = state.to_owned();
        account(mirrored().behind("tmt-1", |nlb| nlb.state = Some(state)))
    };
    let stopped = |state| {
        let sensor = scenario().appliance("tmt-eni", "i-9").state(state).target("tmt-eni");
        account(sensor.instance("i-1").owned("tms-1"))
    };
    vec![
        Case {
            code: Code::TargetGone,
            account: account(mirrored().behind("tmt-1", |nlb| nlb.exists = false)),
            at,
            affected: &["eni-1"],
            vpc: A,
            neighbour: account(mirrored()),
        },
        Case {
            code: Code::TargetDetached,
            account: lone_target(LoneEni::Detached { vpc: "vpc-a".into() }),
            at: &["tmt-eni", "eni-x"],
            affected: &[],
            vpc: A,
            neighbour: lone_target(LoneEni::Attached { vpc: "vpc-a".into(), instance: None }),
        },
        Case {
            code: Code::TargetStopped,
            account: stopped(InstanceState::Stopped),
            at: &["tmt-eni", "eni-9"],
            affected: &["eni-1"],
            vpc: A,
            neighbour: stopped(InstanceState::Pending),
        },
        Case {
            code: Code::TargetNotActive,
            account: state("provisioning"),
            at,
            affected: &["eni-1"],
            vpc: A,
            neighbour: state("active_impaired"),
        },
        Case {
            code: Code::TargetDeaf,
            account: account(mirrored().behind("tmt-1", |nlb| nlb.listens = false)),
            at,
            affected: &["eni-1"],
            vpc: A,
            neighbour: account(mirrored()),
        },
        Case {
            code: Code::TargetWithoutReceiver,
            account: account(mirrored()).no_members("tmt-1"),
            at,
            affected: &["eni-1"],
            vpc: A,
            neighbour: account(mirrored()).health("tmt-1", "unhealthy"),
        },
        Case {
            code: Code::NoHealthyReceiver,
            account: account(mirrored()).health("tmt-1", "unhealthy"),
            at,
            affected: &["eni-1"],
            vpc: A,
            neighbour: account(mirrored().instance("i-5")).member("tmt-1", "i-5", "unhealthy"),
        },
        Case {
            code: Code::ZoneWithoutReceiver,
            account: two_zones(false),
            at: &["tmt-1", "eu-west-1b", "arn:tg/tmt-1"],
            affected: &["eni-1"],
            vpc: A,
            neighbour: two_zones(true),
        },
    ]
}

fn of_the_way() -> Vec<Case> {
    let peered = || spokes().peering("pcx-b", "vpc-b", "vpc-hub");
    vec![
        Case {
            code: Code::NoLink,
            account: spokes(),
            at: &["vpc-b", "vpc-hub", "tmt-hub"],
            affected: &["eni-1"],
            vpc: Some("vpc-b"),
            neighbour: hub(),
        },
        Case {
            code: Code::NoRoute,
            account: peered(),
            at: &["rtb-of-vpc-b", "subnet-of-vpc-b", "tmt-hub"],
            affected: &["eni-1"],
            vpc: Some("vpc-b"),
            neighbour: hub(),
        },
        Case {
            code: Code::BlackHole,
            account: peered().black_hole("rtb-of-vpc-b", "10.2.0.0/16", "pcx-b"),
            at: &["rtb-of-vpc-b", "pcx-b", "tmt-hub"],
            affected: &["eni-1"],
            vpc: Some("vpc-b"),
            // Of two routes the more specific one counts.
            neighbour: hub().black_hole("rtb-of-vpc-b", "10.0.0.0/8", "pcx-old"),
        },
        Case {
            code: Code::SecurityGroupBlocks,
            account: with_group("tcp 4789"),
            at: &["sg-b", "tmt-1"],
            affected: &["eni-1"],
            vpc: A,
            neighbour: with_group("udp 4789"),
        },
        Case {
            code: Code::NetworkAclBlocks,
            account: with_acl("deny"),
            at: &["acl-b", "subnet-b", "tmt-1"],
            affected: &["eni-1"],
            vpc: A,
            neighbour: with_acl("allow"),
        },
        Case {
            code: Code::PacketsCut,
            account: endpoint(8447),
            at: &["tmt-gwlb", "vpce-1"],
            affected: &["eni-1"],
            vpc: A,
            neighbour: endpoint(8446),
        },
        Case {
            code: Code::QuotaReached,
            account: appliance(10),
            at: &["tmt-eni"],
            affected: &[],
            vpc: None,
            neighbour: appliance(9),
        },
        Case {
            code: Code::QuotaNear,
            account: appliance(8),
            at: &["tmt-eni"],
            affected: &[],
            vpc: None,
            neighbour: appliance(7),
        },
    ]
}

fn cases() -> Vec<Case> {
    [of_sessions(), of_what_should_be(), of_targets(), of_the_way()].into_iter().flatten().collect()
}

#[test]
fn every_finding_with_its_neighbour() {
    for Case { code, account, at, affected, vpc, neighbour } in cases() {
        let found = account.found(code);
        let with_at: Vec<_> = found.iter().filter(|finding| finding.at == at).collect();
        let [finding] = with_at.as_slice() else {
            panic!(
                "{code} at {at:?}: {found:#?}, all {:?}",
                crate::support::codes(&account.look())
            );
        };
        assert_eq!(finding.affected, affected, "{code}");
        assert_eq!(finding.vpc.as_ref().map(|vpc| vpc.as_str()), vpc, "{code}");
        assert!(!finding.muted, "{code}");
        assert!(!finding.what.ends_with('.'), "{code}: {}", finding.what);
        for id in at.iter().copied().filter(|id| !["arn:tg/tmt-1", "not-mirrored"].contains(id)) {
            let named = finding.what.contains(id) || id == "eu-west-1";
            // The load balancer is named by its target.
            assert!(named || id.starts_with("arn:"), "{code} does not name {id}: {}", finding.what);
        }
        assert_eq!(neighbour.found(code), [], "{code} of the neighbour");
    }
}

#[test]
fn no_code_is_without_a_case() {
    let told: BTreeSet<Code> = cases().into_iter().map(|case| case.code).collect();
    let without: Vec<&Code> = Code::ALL.iter().filter(|code| !told.contains(code)).collect();
    assert_eq!(without, Vec::<&Code>::new());
}

#[test]
fn the_same_trouble_is_found_at_the_same_place_again() {
    for Case { code, account, .. } in cases() {
        assert_eq!(account.look(), account.look(), "{code}");
    }
}

#[test]
fn sentences_are_for_people() {
    let mut lines = String::new();
    for Case { code, account, at, .. } in cases() {
        for finding in account.found(code).into_iter().filter(|finding| finding.at == at) {
            lines += &format!("{:6} {code}: {}\n", finding.severity(), finding.what);
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/sentences.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &lines).expect("the golden file can be written");
    }
    let golden = std::fs::read_to_string(path).expect("the golden file is there");
    assert_eq!(lines, golden, "look at the sentences, then UPDATE_GOLDEN=1");
}
