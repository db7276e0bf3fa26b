//! Findings of sessions, and of what should be and is not.

use tap_audit::finding::FindingCode as Code;
use tap_core::inventory::{Direction, FilterRule, InstanceState, LoneEni, MirrorFilter};
use tap_core::policy::rules::TargetChoice;
use tap_core::tags::TagKeys;
use tap_core::testing::{Rules, Scenario, full_filter, rules, scenario};

use super::findings::{A, Case, described, narrow};
use super::healthy::mirrored;
use crate::support::{Account, account};

const OTHER: &str = "222233334444";

fn ruled(account: Account, written: Rules) -> Account {
    account.with(|settings| {
        settings.rules = Some(written.build());
        settings.rules_given = true;
    })
}

/// A session of somebody else beside ours, with a filter of its own.
fn foreign(rules: Vec<FilterRule>) -> Scenario {
    mirrored().filter_as("tmf-x", described(rules)).foreign("tms-2").through("tmf-x")
}

fn custom(defined: bool) -> Account {
    let scenario = mirrored().filter_as("tmf-c", |filter| {
        let keys = TagKeys::default();
        *filter = full_filter(&keys);
        filter.description = format!("{} (custom:mine)", keys.filter_description);
    });
    let tagged = scenario.through("tmf-c").with(move |inv| {
        let vpc = inv.vpcs.get_mut(&"vpc-a".into()).expect("it is there");
        let key = TagKeys::default().profile;
        let value = if defined { "all" } else { "custom:mine" };
        let all = vpc.tags.iter().chain([(key.as_str(), value)]).collect();
        vpc.tags = all;
    });
    account(tagged)
}

/// A filter of the profile all-tcp, with a rule of its own or without.
fn has_more(more: bool) -> Account {
    let keys = TagKeys::default();
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
            let key = TagKeys::default().profile;
            let vpc = inv.vpcs.get_mut(&"vpc-a".into()).expect("it is there");
            vpc.tags = vpc.tags.iter().chain([(key.as_str(), "all-tcp")]).collect();
        });
    account(scenario)
}

pub fn of_sessions() -> Vec<Case> {
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

pub fn of_what_should_be() -> Vec<Case> {
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
