//! Several sessions on one interface: a packet is mirrored once, by the first that takes it.

use tap_audit::finding::FindingCode as Code;
use tap_core::inventory::{Direction, FilterRule, MirrorFilter, Ports};

use super::healthy::mirrored;
use crate::support::account;

type Change = fn(&mut MirrorFilter);

/// How often a session is shadowed, where the first has `tmf-1` and the second `tmf-2`.
fn shadowed(first: Change, second: Change) -> usize {
    let scenario = mirrored().filter_as("tmf-1", first).filter_as("tmf-2", |filter| {
        *filter = MirrorFilter { description: "x".to_owned(), ..MirrorFilter::default() };
        second(filter);
    });
    account(scenario.foreign("tms-2").through("tmf-2")).found(Code::SessionShadowed).len()
}

fn only(filter: &mut MirrorFilter, rules: Vec<FilterRule>) {
    (filter.rules, filter.dns) = (rules, false);
}

fn tcp(number: i32, direction: Direction) -> FilterRule {
    FilterRule { protocol: Some(6), ..FilterRule::within(direction, number, true, "0.0.0.0/0") }
}

fn to_port(from: i32, to: i32) -> FilterRule {
    FilterRule { destination_ports: Some(Ports { from, to }), ..tcp(1, Direction::Ingress) }
}

fn all_tcp(filter: &mut MirrorFilter) {
    only(filter, vec![tcp(100, Direction::Ingress), tcp(100, Direction::Egress)]);
}

#[test]
fn two_sessions_of_one_filter() {
    // As profiles make it: somebody else's session beside ours, both of TCP alone.
    let same = mirrored().filter_as("tmf-1", all_tcp).foreign("tms-2").through("tmf-1");
    let found = account(same).found(Code::SessionShadowed);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].at, ["tms-2", "eni-1", "tms-1"]);
    // One that takes nothing leaves the other nothing, and that is told already.
    let nothing = mirrored().filter_as("tmf-1", |f| only(f, Vec::new()));
    let nothing = account(nothing.foreign("tms-2").through("tmf-1"));
    assert_eq!(nothing.found(Code::SessionShadowed), []);
    assert_eq!(nothing.found(Code::FilterTakesNothing).len(), 1);
}

#[test]
fn filters_that_take_all_that_another_takes() {
    let rows: [(&str, Change, Change, usize); 13] = [
        ("the same rules", all_tcp, all_tcp, 1),
        (
            "the same with other numbers",
            all_tcp,
            |f| only(f, vec![tcp(7, Direction::Egress), tcp(9, Direction::Ingress)]),
            1,
        ),
        ("one direction of both", all_tcp, |f| only(f, vec![tcp(7, Direction::Egress)]), 1),
        ("both of one direction", |f| only(f, vec![tcp(7, Direction::Egress)]), all_tcp, 0),
        ("a port of TCP", all_tcp, |f| only(f, vec![to_port(443, 443)]), 1),
        (
            "a port of several",
            |f| only(f, vec![to_port(1, 443)]),
            |f| only(f, vec![to_port(443, 443)]),
            1,
        ),
        (
            "ports that overlap",
            |f| only(f, vec![to_port(1, 443)]),
            |f| only(f, vec![to_port(443, 444)]),
            0,
        ),
        (
            "UDP beside TCP",
            all_tcp,
            |f| only(f, vec![FilterRule { protocol: Some(17), ..tcp(1, Direction::Ingress) }]),
            0,
        ),
        (
            "DNS beside TCP",
            all_tcp,
            |f| {
                all_tcp(f);
                f.dns = true;
            },
            0,
        ),
        (
            "DNS alone",
            |f| {
                all_tcp(f);
                f.dns = true;
            },
            |f| {
                only(f, Vec::new());
                f.dns = true;
            },
            1,
        ),
        (
            "what a rejecting rule keeps out",
            |f| {
                all_tcp(f);
                f.rules.push(FilterRule::within(Direction::Ingress, 1, false, "10.0.0.0/8"));
            },
            all_tcp,
            0,
        ),
        (
            "the same rules, one of them rejecting",
            |f| {
                all_tcp(f);
                f.rules.push(FilterRule::within(Direction::Ingress, 1, false, "10.0.0.0/8"));
            },
            |f| {
                all_tcp(f);
                f.rules.push(FilterRule::within(Direction::Ingress, 2, false, "10.0.0.0/8"));
            },
            1,
        ),
        (
            "the same rules in another order",
            |f| {
                all_tcp(f);
                f.rules.push(FilterRule::within(Direction::Ingress, 1, false, "10.0.0.0/8"));
            },
            |f| {
                all_tcp(f);
                f.rules.push(FilterRule::within(Direction::Ingress, 900, false, "10.0.0.0/8"));
            },
            0,
        ),
    ];
    for (name, first, second, expected) in rows {
        assert_eq!(shadowed(first, second), expected, "{name}");
    }
}
