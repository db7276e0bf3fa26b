//! Profiles: one filter for each, or for each VPC, found by its description, verified and repaired; who says which.

use tap_core::inventory::{FilterRule, MirrorFilter};
use tap_core::plan::{PlanError, plan};
use tap_core::policy::custom_filter::CustomFilter;
use tap_core::policy::profile::Profile;
use tap_core::settings::{FilterChoice, Settings};
use tap_core::testing::{Scenario, rules, scenario};

use crate::support::{case, case_with};

const OURS: &str = "Vectra Full Traffic + DNS Filter";

/// A run whose VPCs have this profile where no tag says otherwise.
fn by_default(profile: Profile) -> impl FnOnce(&mut Settings) {
    move |settings| settings.profile = profile
}

/// A run that was given a file with the profile `custom:web`.
fn with_web(settings: &mut Settings) {
    let text = "name: web\nrules:\n- {direction: egress, action: accept, protocol: tcp, destinationPorts: 443, destination: 0.0.0.0/0}\n";
    let web = CustomFilter::read("web.yaml", text.as_bytes()).expect("it is right").filter;
    settings.custom_filters = [(web.name.clone(), web)].into();
}

fn described(description: &str) -> impl FnOnce(&mut MirrorFilter) {
    let description = format!("{OURS} ({description})");
    move |filter| filter.description = description
}

/// A filter of `all-tcp`, as it should be.
fn tcp(filter: &mut MirrorFilter) {
    described("all-tcp")(filter);
    filter.dns = false;
    for rule in &mut filter.rules {
        rule.protocol = Some(6);
    }
}

fn one(profile: &str) -> Scenario {
    scenario().profile(profile).instance("i-1")
}

#[test]
fn ruling_14_each_profile_has_a_filter_and_each_vpc_where_blocks_count() {
    for profile in ["all-tcp", "dns-only"] {
        case(profile, one(profile).vpc("vpc-b").profile(profile).instance("i-2"))
            .changes("eni-1 create tmt-1 new number 1; eni-2 create tmt-1 new number 1")
            .filters(&format!("all: use tmf-1; {profile}: create"))
            .settles();
    }
    for profile in ["alb-client", "alb-target"] {
        let two = one(profile).vpc("vpc-b").profile(profile).block("10.1.0.0/16").instance("i-2");
        case(profile, two)
            .filters(&format!("all: use tmf-1; {profile}, vpc-a: create; {profile}, vpc-b: create"))
            .settles();
    }
    case("two profiles", one("all-tcp").vpc("vpc-b").profile("dns-only").instance("i-2"))
        .filters("all: use tmf-1; all-tcp: create; dns-only: create")
        .settles();
    case("where no session needs one, none is made", scenario().profile("all-tcp"))
        .filters("all: use tmf-1")
        .settles();
    case("nor for a VPC that is not enabled", one("all-tcp").not_enabled())
        .expects("eni-1 skip vpc-not-enabled")
        .filters("all: use tmf-1")
        .settles();
    case("all is the filter that there always was", one("all"))
        .changes("eni-1 create tmt-1 tmf-1 number 1")
        .filters("all: use tmf-1")
        .settles();
}

#[test]
fn ruling_6_another_profile_is_drift_in_place() {
    case("from all to TCP", one("all-tcp").filter("tmf-2").filter_as("tmf-2", tcp).owned("tms-1"))
        .changes("eni-1 modify tms-1 filter tmf-2")
        .filters("all: use tmf-1; all-tcp: use tmf-2")
        .settles();
    case("to a filter that is still to be made", one("alb-client").owned("tms-1"))
        .changes("eni-1 modify tms-1 filter new")
        .filters("all: use tmf-1; alb-client, vpc-a: create")
        .settles();
    let back = scenario().filter("tmf-2").filter_as("tmf-2", tcp);
    case("and back", back.instance("i-1").owned("tms-1").through("tmf-2"))
        .changes("eni-1 modify tms-1 filter tmf-1")
        .filters("all: use tmf-1")
        .settles();
}

#[test]
fn ruling_14_the_filter_of_a_profile_is_verified_and_completed() {
    let made = |change: fn(&mut MirrorFilter)| {
        let with = one("all-tcp").filter("tmf-2").filter_as("tmf-2", tcp);
        with.filter_as("tmf-2", change).owned("tms-1").through("tmf-2")
    };
    let adds = |name: &str, account: Scenario, findings: &str, expected: &[&str]| {
        let case = case(name, account).expects("eni-1 keep in-sync").finds(findings);
        let filters = &case.plan().filters;
        let missing = filters.values().map(|filter| filter.missing()).find(|m| !m.is_empty());
        let rules = missing.unwrap().rules;
        let words: Vec<String> = rules.iter().map(|r| format!("{} {r}", r.number)).collect();
        assert_eq!(words, expected, "{name}");
        case.settles();
    };
    let rule = "accept ingress tcp from 0.0.0.0/0 to 0.0.0.0/0";
    let lacking = made(|f| drop(f.rules.remove(0)));
    adds("a rule is missing", lacking, "", &[&format!("100 {rule}")]);
    let taken = made(|f| f.rules[0].destination = "10.0.0.0/8".to_owned());
    adds("its number is taken", taken, "filter-has-more", &[&format!("101 {rule}")]);
}

#[test]
fn what_a_narrow_filter_has_beyond_its_profile_is_said_and_left() {
    let with = |change: fn(&mut MirrorFilter)| {
        let with = one("all-tcp").filter("tmf-2").filter_as("tmf-2", tcp);
        with.filter_as("tmf-2", change).owned("tms-1").through("tmf-2")
    };
    case("UDP and DNS, too", with(|f| (f.rules[0].protocol, f.dns) = (Some(17), true)))
        .filters("all: use tmf-1; all-tcp: complete tmf-2")
        .finds("filter-has-more")
        .says(
            "filter tmf-2 has what its profile (all-tcp) has not: \
             accept ingress udp from 0.0.0.0/0 to 0.0.0.0/0 (number 100); DNS to Amazon's resolver",
        )
        .settles();
    case(
        "a rejecting rule",
        with(|f| {
            let block = "10.0.0.0/8";
            let direction = f.rules[0].direction;
            f.rules.push(FilterRule::within(direction, 1, false, block));
        }),
    )
    .filters("all: use tmf-1; all-tcp: use tmf-2")
    .finds("filter-has-more")
    .settles();
    let shut = with(|f| {
        let direction = f.rules[0].direction;
        f.rules.push(FilterRule::within(direction, 1, false, "0.0.0.0/0"));
    });
    case("a rejecting rule that shuts its own out", shut)
        .changes("eni-1 modify tms-1 filter new")
        .filters("all: use tmf-1; all-tcp: create")
        .finds("filter-overfull")
        .settles();
    let made = one("alb-client").filter("tmf-2").filter_as("tmf-2", |f| {
        described("alb-client, vpc-a")(f);
        f.dns = false;
    });
    case("what accepts everything before what is to be rejected", {
        // The rules of `all` are there: what rejects would come behind them.
        let early = |f: &mut MirrorFilter| {
            for rule in &mut f.rules {
                rule.number /= 10;
            }
        };
        made.filter_as("tmf-2", early).owned("tms-1").through("tmf-2")
    })
    .changes("eni-1 modify tms-1 filter new")
    .filters("all: use tmf-1; alb-client, vpc-a: create")
    .finds("filter-overfull")
    .settles();
    let seven = |f: &mut MirrorFilter| {
        let rule = f.rules[0].clone();
        f.rules =
            (1..=7).map(|number| FilterRule { number, protocol: None, ..rule.clone() }).collect();
    };
    case("no room for what is missing", with(seven))
        .changes("eni-1 modify tms-1 filter new")
        .filters("all: use tmf-1; all-tcp: create")
        .finds("filter-overfull")
        .settles();
}

#[test]
fn blocks_of_a_vpc_make_its_rules() {
    let alb = |profile: &str, blocks: &[&str]| one(profile).blocks(blocks);
    let rules_of = |account: Scenario| -> Vec<String> {
        let case = case("rules", account);
        let created = case.plan().filters.values().find(|f| f.id().is_none()).unwrap();
        let spec = created.spec.clone().unwrap();
        case.settles();
        spec.rules.iter().map(|r| format!("{} {r}", r.number)).collect()
    };
    assert_eq!(
        rules_of(alb("alb-client", &["10.0.0.0/16", "2600:1f18::/56"])),
        [
            "100 reject ingress all traffic from 10.0.0.0/16 to 0.0.0.0/0",
            "110 reject ingress all traffic from 2600:1f18::/56 to ::/0",
            "1000 accept ingress all traffic from 0.0.0.0/0 to 0.0.0.0/0",
            "2000 accept ingress all traffic from ::/0 to ::/0",
            "100 reject egress all traffic from 0.0.0.0/0 to 10.0.0.0/16",
            "110 reject egress all traffic from ::/0 to 2600:1f18::/56",
            "1000 accept egress all traffic from 0.0.0.0/0 to 0.0.0.0/0",
            "2000 accept egress all traffic from ::/0 to ::/0",
        ]
    );
    assert_eq!(
        rules_of(alb("alb-target", &["10.0.0.0/16", "100.64.0.0/16"])),
        [
            "100 accept ingress all traffic from 10.0.0.0/16 to 0.0.0.0/0",
            "110 accept ingress all traffic from 100.64.0.0/16 to 0.0.0.0/0",
            "100 accept egress all traffic from 0.0.0.0/0 to 10.0.0.0/16",
            "110 accept egress all traffic from 0.0.0.0/0 to 100.64.0.0/16",
        ]
    );
}

#[test]
fn ruling_9_more_rules_than_aws_allows() {
    let blocks = ["10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/16"];
    case("four blocks fit", one("alb-client").blocks(&blocks[..4]))
        .filters("all: use tmf-1; alb-client, vpc-a: create")
        .settles();
    case("five do not", one("alb-client").blocks(&blocks).owned("tms-1").instance("i-2"))
        .expects("eni-1 keep vpc-misconfigured; eni-2 skip vpc-misconfigured")
        .finds("vpc-misconfigured")
        .says(
            "vpc-a is left as it is: its filter profile alb-client needs 12 rules for its address \
             blocks, and AWS allows 10",
        )
        .filters("all: use tmf-1")
        .settles();
    case("five are ten rules of alb-target", one("alb-target").blocks(&blocks))
        .filters("all: use tmf-1; alb-target, vpc-a: create")
        .settles();
    case("no blocks at all", one("alb-target").blocks(&[]).owned("tms-1"))
        .expects("eni-1 keep vpc-misconfigured")
        .finds("vpc-misconfigured")
        .settles();
    case_with(
        "by the run's default, too",
        scenario().instance("i-1").blocks(&blocks),
        by_default(Profile::AlbClient),
    )
    .expects("eni-1 skip vpc-misconfigured")
    .finds("vpc-misconfigured")
    .filters("")
    .settles();
}

#[test]
fn ruling_9_tags_that_make_no_sense() {
    for (name, account) in [
        ("an unknown profile", one("everything")),
        ("a custom one that nobody defines", one("custom:web")),
        ("a packet length out of range", scenario().packet_length_tag("9000").instance("i-1")),
        ("no number", scenario().packet_length_tag("all").instance("i-1")),
    ] {
        case(name, account.owned("tms-1").instance("i-2"))
            .expects("eni-1 keep vpc-misconfigured; eni-2 skip vpc-misconfigured")
            .finds("vpc-misconfigured")
            .filters("all: use tmf-1")
            .settles();
    }
}

#[test]
fn a_custom_profile_is_what_its_file_says_or_what_an_earlier_run_made_of_it() {
    case_with("with its file", one("custom:web"), with_web)
        .changes("eni-1 create tmt-1 new number 1")
        .filters("all: use tmf-1; custom:web: create")
        .settles();
    let there = || one("custom:web").filter("tmf-2").filter_as("tmf-2", described("custom:web"));
    case("without", there())
        .changes("eni-1 create tmt-1 tmf-2 number 1")
        .filters("all: use tmf-1; custom:web: use tmf-2")
        .finds("filter-unverified")
        .settles();
    case_with("the file came to say something else", there(), with_web)
        .filters("all: use tmf-1; custom:web: complete tmf-2")
        .finds("filter-has-more")
        .settles();
    let several = there().filter("tmf-3").filter_as("tmf-3", described("custom:web"));
    case(
        "several, unverified",
        several.filter_as("tmf-2", |f| (f.dns, f.rules) = (false, Vec::new())),
    )
    .filters("all: use tmf-1; custom:web: use tmf-2")
    .finds("several-filters; filter-unverified; filter-takes-nothing")
    .settles();
    let settings = Settings { profile: "custom:web".parse().unwrap(), ..Settings::default() };
    assert_eq!(
        plan(&scenario().build(), &settings).unwrap_err(),
        PlanError::ProfileNotDefined("custom:web".parse().unwrap())
    );
}

/// A rule of the file, then the flags, then the VPC's tag, then `--filter-profile`, then `all`.
#[test]
fn who_says_which_packets() {
    let tagged = || {
        let with = one("all-tcp").packet_length_tag("128").filter("tmf-2").filter_as("tmf-2", tcp);
        with.filter_as("tmf-u", |f| f.dns = true)
    };
    case("the tags", tagged())
        .changes("eni-1 create tmt-1 tmf-2 number 1 packet-length 128")
        .settles();
    case_with("the tags before the run's profile", tagged(), by_default(Profile::DnsOnly))
        .changes("eni-1 create tmt-1 tmf-2 number 1 packet-length 128")
        .filters("all-tcp: use tmf-2")
        .settles();
    case_with(
        "the run's profile without a tag",
        scenario().instance("i-1"),
        by_default(Profile::DnsOnly),
    )
    .changes("eni-1 create tmt-1 new number 1")
    .filters("dns-only: create")
    .settles();
    let flags = |s: &mut Settings| {
        (s.filter, s.packet_length) = (FilterChoice::Pinned("tmf-u".into()), Some(256));
    };
    case_with("flags before the tags", tagged(), flags)
        .changes("eni-1 create tmt-1 tmf-u number 1 packet-length 256")
        .filters("tmf-u: use tmf-u")
        .settles();
    let rule = |s: &mut Settings| s.rules = Some(rules().vpc("vpc-a").build());
    case_with("a rule without a word about it: the tags", tagged(), rule)
        .changes("eni-1 create tmt-1 tmf-2 number 1 packet-length 128 rule=vpc-a")
        .settles();
    case_with("and of a VPC that no tag enables, too", tagged().not_enabled(), rule)
        .changes("eni-1 create tmt-1 tmf-2 number 1 packet-length 128 rule=vpc-a")
        .filters("all: use tmf-1; all-tcp: use tmf-2")
        .settles();
    case_with("where they make no sense", one("banana").not_enabled(), rule)
        .expects("eni-1 skip vpc-misconfigured")
        .finds("vpc-misconfigured")
        .settles();
}

#[test]
fn ruling_6_a_length_of_a_tag_is_drift_and_a_missing_tag_is_none() {
    let at = |length| one("all").owned("tms-1").packet_length(length);
    case("the tag says another", at(Some(8500)).packet_length_tag("128"))
        .changes("eni-1 modify tms-1 packet-length 128")
        .settles();
    case("as the tag says", at(Some(128)).packet_length_tag("128"))
        .expects("eni-1 keep in-sync")
        .settles();
    // Nobody can tell who chose it: AWS, a flag of an earlier run, or a tag that was there.
    case("no tag any more", at(Some(128))).expects("eni-1 keep in-sync").settles();
}
