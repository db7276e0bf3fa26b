//! Benchmark of the pure middle: inventory in, guarded plan out. Prints a table of time and memory by fleet size.
//!
//! Each size runs in a process of its own, so that its peak memory is its own. Half of the interfaces have a session that is
//! as it should be, half have none: as many decisions to create as to keep.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use tap_core::ids::{EniId, FilterId, InstanceId, SessionId, SubnetId, TargetId, VpcId};
use tap_core::inventory::{
    Attachment, Direction, Eni, FilterRule, Instance, InstanceState, Inventory, MirrorFilter,
    MirrorSession, MirrorTarget, NlbFacts, Scope, Subnet, TargetKind, Vpc,
};
use tap_core::plan::{Verb, guard, plan};
use tap_core::settings::Settings;
use tap_core::tags::Tags;

const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];
const VPCS: usize = 40;
const ROUNDS: usize = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|a| a == "--size") {
        let size = arguments.get(at + 1).and_then(|n| n.parse().ok()).expect("--size N");
        measure(size);
        return;
    }
    println!("inventory -> guarded plan, median of {ROUNDS} rounds");
    println!(
        "{:>10} {:>10} {:>12} {:>12} {:>12}",
        "interfaces", "sessions", "time", "per 1,000", "peak memory"
    );
    for size in SIZES {
        let this = std::env::current_exe().expect("a program knows its own path");
        let done = Command::new(this).args(["--size", &size.to_string()]).status();
        assert!(done.expect("the benchmark can start itself").success());
    }
}

fn measure(size: usize) {
    let inventory = fleet(size);
    let settings = Settings::default();
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let made = plan(black_box(&inventory), &settings).expect("no filter is pinned");
            let made = black_box(guard(made, &settings));
            let time = start.elapsed().as_secs_f64() * 1000.0;
            assert_eq!(made.count(Verb::Create) + made.count(Verb::Keep), size);
            time
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let median = times[ROUNDS / 2];
    println!(
        "{:>10} {:>10} {:>9.1} ms {:>9.3} ms {:>9} MB",
        size,
        inventory.sessions.len(),
        median,
        median * 1000.0 / size as f64,
        peak_memory_mb().map_or("?".to_owned(), |mb| mb.to_string()),
    );
}

/// The largest resident memory of this process so far, as Linux tells it.
fn peak_memory_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

/// Sixteen digits of an id that does not grow with the counter, as AWS's do not.
fn scattered(n: usize) -> u64 {
    (n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// One that takes everything, as ours does.
fn complete_filter() -> MirrorFilter {
    let rules =
        |d| [(100, "0.0.0.0/0"), (200, "::/0")].map(|(n, b)| FilterRule::within(d, n, true, b));
    MirrorFilter {
        description: "Vectra Full Traffic + DNS Filter".to_owned(),
        rules: Direction::ALL.into_iter().flat_map(rules).collect(),
        dns: true,
        ..MirrorFilter::default()
    }
}

fn fleet(size: usize) -> Inventory {
    let scope = Scope { account: "111122223333".into(), region: "us-east-1".into() };
    let mut inv = Inventory::empty(scope);
    let target = TargetId::new("tmt-0123456789abcdef0");
    let arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/sensor/0123456789abcdef";
    let kind = TargetKind::Nlb(arn.to_owned());
    let owner = "111122223333".into();
    inv.targets.insert(target.clone(), MirrorTarget::of(kind, owner));
    let facts = NlbFacts { exists: true, listens: true, ..NlbFacts::default() };
    inv.nlbs.insert(target.clone(), facts);
    inv.filters.insert("tmf-0123456789abcdef0".into(), complete_filter());
    for n in 0..VPCS {
        let tags = [("Name", "prod"), ("Vectra:session_mirroring_target", target.as_str())];
        let vpc = Vpc { tags: tags.into_iter().collect(), blocks: Vec::new() };
        inv.vpcs.insert(VpcId::new(format!("vpc-0{:016x}", scattered(n))), vpc);
        let subnet = SubnetId::new(format!("subnet-0{:016x}", scattered(n)));
        inv.subnets.insert(subnet, Subnet::of(VpcId::new(format!("vpc-0{:016x}", scattered(n)))));
    }
    let vpcs: Vec<VpcId> = inv.vpcs.keys().cloned().collect();
    let subnets: Vec<SubnetId> = inv.subnets.keys().cloned().collect();
    let mut instances = BTreeMap::new();
    // As the adapter does it: what occurs over and over is there once.
    let (interface, m5_large): (Arc<str>, Arc<str>) = ("interface".into(), "m5.large".into());
    let filter = FilterId::new("tmf-0123456789abcdef0");
    for n in 0..size {
        let id = scattered(n);
        let eni = EniId::new(format!("eni-0{id:016x}"));
        if n % 2 == 0 {
            let session = MirrorSession {
                id: SessionId::new(format!("tms-0{id:016x}")),
                eni: eni.clone(),
                target: target.clone(),
                filter: filter.clone(),
                number: 1,
                packet_length: Some(8500),
                vni: Some(n as i32 + 1),
                description: None,
                tags: [("Creator", "Vectra:Tap"), ("Name", "web")].into_iter().collect(),
            };
            inv.sessions.insert(session.id.clone(), session);
        }
        let tags: Tags =
            [("Name", format!("web-{n}")), ("team", "payments".to_owned())].into_iter().collect();
        let eni = Eni {
            id: eni,
            vpc: vpcs[n % VPCS].clone(),
            subnet: subnets[n % VPCS].clone(),
            interface_type: interface.clone(),
            attachment: Attachment::Attached,
            primary: true,
            addresses: Box::default(),
        };
        let instance = Instance {
            instance_type: m5_large.clone(),
            state: InstanceState::Running,
            launched: None,
            tags,
            enis: vec![eni],
        };
        instances.insert(InstanceId::new(format!("i-0{id:016x}")), instance);
    }
    inv.instances = instances;
    inv
}
