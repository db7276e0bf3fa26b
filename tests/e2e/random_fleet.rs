//! Draws an account for the randomized test: VPCs with tags right, wrong and missing, instances of many states, types and
//! marks, owned sessions that have drifted or are left over, other people's at various numbers.

use std::fmt::Write as _;

use rand::RngExt;
use rand::rngs::StdRng;

/// What is drawn of an account, and what the rest of a round must know of it.
pub struct Fleet {
    /// The scenario.
    pub yaml: String,
    /// The VPCs with instances.
    pub vpcs: Vec<String>,
    /// Their subnets.
    pub subnets: Vec<String>,
}

/// The targets: one behind a load balancer, one on an appliance. Both stand in a VPC that is not mirrored.
pub const TARGETS: [&str; 2] = ["tmt-1", "tmt-2"];

/// A filter that is there from the start and is not ours.
pub const OLD_FILTER: &str = "tmf-1";

/// Values of the enrollment tag: the last is a typing error.
pub const ENROLLMENTS: [&str; 3] = ["auto", "whitelist", "whitelisted"];

const TARGET: &str = "Vectra:session_mirroring_target";
const ENROLLMENT: &str = "Vectra:session_mirroring_enrollment";

/// Heads with a probability.
pub fn chance(dice: &mut StdRng, percent: u32) -> bool {
    dice.random_range(0..100) < percent
}

/// One of them.
pub fn pick<'a, T: ?Sized>(dice: &mut StdRng, from: &[&'a T]) -> &'a T {
    from[dice.random_range(0..from.len())]
}

/// The tags of a VPC, as they stand in a scenario.
fn vpc_tags(dice: &mut StdRng) -> String {
    let target = match dice.random_range(0..100) {
        0..75 => pick(dice, &TARGETS),
        75..80 => "tmt-404",
        80..84 => "",
        _ => return String::new(),
    };
    let enrollment = match dice.random_range(0..100) {
        0..45 => return format!("'{TARGET}': '{target}'"),
        45..60 => ENROLLMENTS[0],
        60..92 => ENROLLMENTS[1],
        _ => ENROLLMENTS[2],
    };
    format!("'{TARGET}': '{target}', '{ENROLLMENT}': {enrollment}")
}

fn instance_tags(dice: &mut StdRng) -> String {
    let mut tags = Vec::new();
    if chance(dice, 20) {
        // Only the exact word counts; the other is a near miss.
        let value = if chance(dice, 75) { "True" } else { "true" };
        tags.push(format!("'Vectra:session_mirroring_blacklist': '{value}'"));
    }
    if chance(dice, 40) {
        tags.push("'Vectra:session_mirroring_whitelist': 'True'".to_owned());
    }
    tags.join(", ")
}

/// Sessions on one interface, three at most, each with a number of its own; and perhaps one of ours too many.
fn sessions(dice: &mut StdRng, eni: &str, has_filter: bool, doubles: bool, into: &mut String) {
    let mut numbers = vec![1, 2, 3, 7];
    let foreign = match dice.random_range(0..100) {
        0..80 => 0,
        80..93 => 1,
        93..97 => 2,
        _ => 3,
    };
    for _ in 0..foreign {
        let number = numbers.remove(dice.random_range(0..numbers.len()));
        let target = pick(dice, &TARGETS);
        writeln!(
            into,
            "      - {{eni: {eni}, target: {target}, filter: {OLD_FILTER}, number: {number}, tags: {{Team: dns}}}}"
        )
        .unwrap();
    }
    let owned = match dice.random_range(0..100) {
        0..60 => 0,
        60..95 => 1,
        _ if doubles => 2,
        _ => 1,
    };
    for _ in 0..owned.min(3 - foreign) {
        let number = numbers.remove(0);
        let target = pick(dice, &TARGETS);
        let filter = if has_filter && chance(dice, 80) { "tmf-3" } else { OLD_FILTER };
        writeln!(
            into,
            "      - {{eni: {eni}, target: {target}, filter: {filter}, number: {number}, tags: {{Creator: 'Vectra:Tap', Name: {eni}}}}}"
        )
        .unwrap();
    }
}

impl Fleet {
    /// Draws an account; `doubles` allows two owned sessions on one interface.
    pub fn draw(dice: &mut StdRng, doubles: bool) -> Self {
        let (mut vpcs, mut subnets, mut sessions_of) =
            (String::new(), String::new(), String::new());
        let (mut instances, mut loose) = (String::new(), String::new());
        let mut fleet = Self { yaml: String::new(), vpcs: Vec::new(), subnets: Vec::new() };
        let filter = match dice.random_range(0..100) {
            0..15 => "",
            15..35 => {
                "      - {id: tmf-3, description: Vectra Full Traffic + DNS Filter, rules: [{direction: ingress, number: 100, source: 0.0.0.0/0, destination: 0.0.0.0/0}]}\n"
            }
            _ => {
                "      - {id: tmf-3, description: Vectra Full Traffic + DNS Filter, network_services: [amazon-dns], rules: [{direction: ingress, number: 100, source: 0.0.0.0/0, destination: 0.0.0.0/0}, {direction: ingress, number: 200, source: '::/0', destination: '::/0'}, {direction: egress, number: 100, source: 0.0.0.0/0, destination: 0.0.0.0/0}, {direction: egress, number: 200, source: '::/0', destination: '::/0'}]}\n"
            }
        };
        for v in 1..=dice.random_range(1..=3) {
            let tags = vpc_tags(dice);
            writeln!(
                vpcs,
                "      - {{name: v{v}, id: vpc-{v}, cidr: 10.{v}.0.0/16, tags: {{{tags}}}}}"
            )
            .unwrap();
            writeln!(subnets, "      - {{name: s{v}, id: subnet-{v}, vpc: v{v}, zone: us-east-1a, cidr: 10.{v}.1.0/24}}").unwrap();
            fleet.vpcs.push(format!("vpc-{v}"));
            fleet.subnets.push(format!("subnet-{v}"));
            for i in 1..=dice.random_range(1..=5) {
                let name = format!("v{v}-{i}");
                let kind = pick(
                    dice,
                    &["m5.large", "m5.large", "c5.xlarge", "t3.small", "r6i.large", "t2.micro"],
                );
                let state = match dice.random_range(0..100) {
                    0..76 => "running",
                    76..88 => "stopped",
                    88..94 => "pending",
                    _ => "stopping",
                };
                let tags = instance_tags(dice);
                let enis: Vec<&str> = (0..if chance(dice, 80) { 1 } else { 2 })
                    .map(|n| if n > 0 && chance(dice, 25) { "{type: efa}" } else { "{}" })
                    .collect();
                writeln!(
                    instances,
                    "      - {{name: {name}, id: i-{v}{i}, type: {kind}, state: {state}, subnet: s{v}, tags: {{{tags}}}, enis: [{}]}}",
                    enis.join(", ")
                )
                .unwrap();
                for n in 0..enis.len() {
                    let eni = if n == 0 { name.clone() } else { format!("{name}/{n}") };
                    sessions(dice, &eni, !filter.is_empty(), doubles, &mut sessions_of);
                }
            }
            if chance(dice, 20) {
                writeln!(loose, "      - {{name: loose-{v}, id: eni-{v}, subnet: s{v}}}").unwrap();
                sessions(
                    dice,
                    &format!("loose-{v}"),
                    !filter.is_empty(),
                    doubles,
                    &mut sessions_of,
                );
            }
        }
        let section = |name: &str, lines: &str| {
            if lines.is_empty() { String::new() } else { format!("    {name}:\n{lines}") }
        };
        fleet.yaml = format!(
            "account: \"111122223333\"\nregions:\n  us-east-1:\n    vpcs:\n      - {{name: hub, id: vpc-9, cidr: 10.9.0.0/16}}\n{vpcs}    subnets:\n      - {{name: hub-a, id: subnet-9, vpc: hub, zone: us-east-1a, cidr: 10.9.1.0/24}}\n{subnets}    instances:\n      - {{name: sensor, id: i-8, type: m5.large, subnet: hub-a}}\n      - {{name: spare, id: i-9, type: m5.24xlarge, subnet: hub-a}}\n{instances}{}    target_groups:\n      - {{name: sensors, vpc: hub, targets: [{{target: sensor}}]}}\n    load_balancers:\n      - {{name: nlb, subnets: [hub-a], listeners: [{{target_group: sensors}}]}}\n    targets:\n      - {{id: tmt-1, nlb: nlb}}\n      - {{id: tmt-2, eni: spare}}\n    filters:\n      - {{id: {OLD_FILTER}, description: old}}\n{filter}{}",
            section("network_interfaces", &loose),
            section("sessions", &sessions_of),
        );
        fleet
    }
}
