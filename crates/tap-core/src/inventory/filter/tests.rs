//! What filters let through, and what they lack.

use std::collections::BTreeMap;

use super::*;

fn spec(profile: &Profile, blocks: &[&str]) -> FilterSpec {
    let vpc = VpcId::from("vpc-1");
    let blocks: Vec<IpNet> = blocks.iter().map(|b| b.parse().unwrap()).collect();
    profile.spec("Ours", Some((&vpc, &blocks)), &BTreeMap::new()).unwrap()
}

fn all() -> FilterSpec {
    spec(&Profile::All, &[])
}

fn rule(direction: Direction, number: i32, accept: bool, block: &str) -> FilterRule {
    FilterRule::within(direction, number, accept, block)
}

/// A filter as AWS shows it once all the parts are there.
fn made(spec: &FilterSpec) -> MirrorFilter {
    let observed = |r: &FilterRuleSpec| FilterRule::as_said(r, r.number);
    let rules = spec.rules.iter().map(observed).collect();
    MirrorFilter { rules, dns: spec.dns, ..MirrorFilter::default() }
}

fn numbers(missing: &MissingParts) -> Vec<(Direction, i32, String)> {
    let of = |r: &FilterRuleSpec| (r.direction, r.number, r.source.to_string());
    missing.rules.iter().map(of).collect()
}

#[test]
fn a_new_filter_lacks_four_rules_and_dns() {
    let missing = MirrorFilter::default().missing(&all()).unwrap();
    assert_eq!(missing, MissingParts::of_a_new_filter(&all()));
    assert!(missing.dns);
    assert_eq!(
        numbers(&missing),
        [
            (Direction::Ingress, 100, "0.0.0.0/0".to_owned()),
            (Direction::Ingress, 200, "::/0".to_owned()),
            (Direction::Egress, 100, "0.0.0.0/0".to_owned()),
            (Direction::Egress, 200, "::/0".to_owned()),
        ]
    );
}

#[test]
fn a_full_filter_lacks_nothing() {
    assert!(made(&all()).missing(&all()).unwrap().is_empty());
    assert!(made(&all()).takes_everything());
    assert!(!made(&all()).takes_nothing());
}

#[test]
fn only_what_is_missing_is_added_and_a_taken_number_is_avoided() {
    let mut filter = made(&all());
    filter.rules.retain(|r| !(r.direction == Direction::Egress && r.number == 100));
    filter.rules.push(rule(Direction::Egress, 100, true, "10.0.0.0/8"));
    let missing = filter.missing(&all()).unwrap();
    assert_eq!(numbers(&missing), [(Direction::Egress, 101, "0.0.0.0/0".to_owned())]);
    assert!(!missing.dns);
}

#[test]
fn a_rule_for_some_ports_is_not_a_rule_for_everything() {
    let mut filter = made(&all());
    filter.rules[0].protocol = Some(6);
    assert_eq!(filter.missing(&all()).unwrap().rules.len(), 1);
    assert!(!filter.takes_everything());
    // Every port there is, is no range.
    let mut filter = made(&spec(&Profile::AllTcp, &[]));
    filter.rules[0].destination_ports = Some(Ports { from: 0, to: 65_535 });
    assert!(filter.missing(&spec(&Profile::AllTcp, &[])).unwrap().is_empty());
    filter.rules[0].destination_ports = Some(Ports { from: 1, to: 65_535 });
    assert_eq!(filter.missing(&spec(&Profile::AllTcp, &[])).unwrap().rules.len(), 1);
}

#[test]
fn blocks_are_compared_and_not_texts() {
    let mut filter = made(&all());
    for rule in filter.rules.iter_mut().filter(|r| r.source == "::/0") {
        rule.source = "0:0:0:0:0:0:0:0/0".to_owned();
    }
    assert!(filter.missing(&all()).unwrap().is_empty());
    assert_eq!(filter.beyond(&all()).count(), 0);
}

#[test]
fn a_rejecting_rule_in_front_means_not_everything() {
    let mut filter = made(&all());
    filter.rules.push(rule(Direction::Ingress, 5, false, "10.0.0.0/8"));
    assert!(!filter.takes_everything());
    assert!(filter.rejects_something());
    assert!(filter.missing(&all()).unwrap().is_empty());
    assert_eq!(filter.beyond(&all()).count(), 1);
}

#[test]
fn what_an_earlier_rule_decides_is_not_asked_of_a_later_one() {
    let everything = |number, accept| {
        Direction::ALL.map(|direction| rule(direction, number, accept, "0.0.0.0/0"))
    };
    let of = |rules: &[[FilterRule; 2]]| MirrorFilter {
        rules: rules.concat(),
        ..MirrorFilter::default()
    };
    let shut = of(&[everything(200, true), everything(100, false)]);
    assert!(shut.takes_nothing() && shut.rejects_something());
    assert!(!MirrorFilter { dns: true, ..shut }.takes_nothing());
    let open = of(&[everything(100, true), everything(200, false)]);
    assert!(open.takes_everything() && !open.takes_nothing());
    assert!(!open.rejects_something());
    // A wider block, and all protocols and ports.
    let mut https = rule(Direction::Egress, 7, true, "10.0.0.0/8");
    (https.protocol, https.destination_ports) = (Some(6), Some(Ports::one(443)));
    let with = |change: fn(&mut FilterRule)| {
        let mut reject = rule(Direction::Egress, 5, false, "10.0.0.0/8");
        change(&mut reject);
        let rules = vec![https.clone(), reject];
        MirrorFilter { rules, ..MirrorFilter::default() }.takes_nothing()
    };
    assert!(with(|_| {}));
    assert!(with(|r| r.protocol = Some(6)));
    assert!(with(|r| r.source = "0.0.0.0/0".to_owned()));
    assert!(with(|r| r.destination_ports = Some(Ports { from: 400, to: 500 })));
    assert!(!with(|r| r.number = 8));
    assert!(!with(|r| r.direction = Direction::Ingress));
    assert!(!with(|r| r.protocol = Some(17)));
    assert!(!with(|r| r.destination = "10.0.0.0/9".to_owned()));
    assert!(!with(|r| r.destination_ports = Some(Ports { from: 444, to: 500 })));
    assert!(!with(|r| r.source_ports = Some(Ports::one(1024))));
    assert!(!with(|r| (r.source, r.destination) = ("::/0".to_owned(), "::/0".to_owned())));
    // What rejects only what was accepted before it keeps nothing out.
    let mut filter = made(&all());
    filter.rules.push(rule(Direction::Ingress, 50, true, "10.0.0.0/8"));
    filter.rules.push(rule(Direction::Ingress, 60, false, "10.1.0.0/16"));
    assert!(filter.takes_everything() && !filter.rejects_something());
}

#[test]
fn ten_rules_are_the_limit() {
    let rules = |n| (1..=n).map(|n| rule(Direction::Ingress, n, true, "10.0.0.0/8")).collect();
    let filter = |n| MirrorFilter { rules: rules(n), ..MirrorFilter::default() };
    assert!(filter(7).missing(&all()).is_none());
    assert!(filter(6).missing(&all()).is_some());
}

#[test]
fn what_rejects_stays_in_front_of_what_accepts() {
    let wanted = spec(&Profile::AlbClient, &["10.0.0.0/16"]);
    let reject = |r: &FilterRule| !r.accept && r.direction == Direction::Ingress;
    // Behind the accepting rule, a rejecting one does nothing: it is not the one that is missing.
    let mut filter = made(&wanted);
    for rule in filter.rules.iter_mut().filter(|r| reject(r)) {
        rule.number = 5_000;
    }
    let missing = filter.missing(&wanted).unwrap();
    assert_eq!(numbers(&missing), [(Direction::Ingress, 100, "10.0.0.0/16".to_owned())]);
    assert_eq!(filter.beyond(&wanted).count(), 1);
    // Anywhere before it, it does.
    for rule in filter.rules.iter_mut().filter(|r| reject(r)) {
        rule.number = 999;
    }
    assert!(filter.missing(&wanted).unwrap().is_empty());
    assert_eq!(filter.beyond(&wanted).count(), 0);
}

#[test]
fn what_decides_everything_of_a_rule_before_it_shuts_it_out() {
    let by = |filter: &MirrorFilter, spec: &FilterSpec| {
        let missing = filter.missing(spec).expect("there is room");
        filter.shut_out_by(spec, &missing).map(|rule| rule.number)
    };
    let with = |spec: &FilterSpec, rule: FilterRule| {
        let mut filter = made(spec);
        filter.rules.push(rule);
        by(&filter, spec)
    };
    let (ingress, egress) = (Direction::Ingress, Direction::Egress);
    assert_eq!(by(&made(&all()), &all()), None);
    assert_eq!(with(&all(), rule(ingress, 50, false, "0.0.0.0/0")), Some(50));
    assert_eq!(with(&all(), rule(egress, 150, false, "::/0")), Some(150));
    // Behind it, about a part of it, or the same way, it does no harm to the rule.
    assert_eq!(with(&all(), rule(ingress, 150, false, "0.0.0.0/0")), None);
    assert_eq!(with(&all(), rule(ingress, 50, false, "10.0.0.0/8")), None);
    assert_eq!(with(&all(), rule(ingress, 50, true, "0.0.0.0/0")), None);
    // In its place, so that what is missing comes behind.
    let mut filter = made(&all());
    filter.rules[0].accept = false;
    assert_eq!(by(&filter, &all()), Some(100));
    // What rejects does nothing behind what accepts everything.
    let client = spec(&Profile::AlbClient, &["10.0.0.0/16"]);
    assert_eq!(by(&made(&client), &client), None);
    assert_eq!(with(&client, rule(ingress, 50, true, "0.0.0.0/0")), Some(50));
    assert_eq!(with(&client, rule(ingress, 50, true, "10.0.1.0/24")), None);
    // The first that decides counts: what is rejected after it was accepted is accepted.
    let mut filter = made(&all());
    filter.rules.push(rule(ingress, 10, true, "0.0.0.0/0"));
    filter.rules.push(rule(ingress, 50, false, "0.0.0.0/0"));
    assert_eq!(by(&filter, &all()), None);
}

#[test]
fn where_no_number_is_left_in_between_there_is_no_room() {
    let block: IpNet = "10.0.0.0/8".parse().unwrap();
    let at = |number, accept| FilterRuleSpec::new(Direction::Egress, number, accept, block, block);
    let rules = vec![at(1, false), at(2, true)];
    let wanted = FilterSpec { description: String::new(), rules, dns: false };
    let mut filter = made(&wanted);
    filter.rules[0].source = "10.0.0.0/9".to_owned();
    assert!(filter.missing(&wanted).is_none());
}

#[test]
fn a_rule_is_a_few_words() {
    let rule = FilterRule {
        protocol: Some(17),
        source_ports: Some(Ports::one(53)),
        ..rule(Direction::Ingress, 110, true, "::/0")
    };
    assert_eq!(rule.to_string(), "accept ingress udp from ::/0 port 53 to ::/0 (number 110)");
}
