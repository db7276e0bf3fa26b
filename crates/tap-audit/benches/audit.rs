//! Benchmark of an audit: what was read in, everything that is found out, and what is printed, out. Prints a table of time and
//! memory by fleet size.
//!
//! Each size runs in a process of its own, so that its peak memory is its own. Half of the interfaces have a session, half of
//! the VPCs are peered with the hub of the sensors: twenty of them, behind one load balancer in three zones. In the other half of
//! the VPCs nothing arrives, which is more to say.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::hint::black_box;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use ipnet::{IpNet, Ipv4Net};
use tap_audit::look::{Expectations, look};
use tap_audit::model::Audit;
use tap_audit::render::html;
use tap_audit::report::{RegionReport, Report};
use tap_core::cloud::Overview;
use tap_core::ids::{EniId, InstanceId, SessionId, SubnetId, TargetId, VpcId};
use tap_core::inventory::{
    Attachment, Eni, Instance, InstanceState, Inventory, MirrorSession, MirrorTarget, NlbFacts,
    Scope, Subnet, TargetKind, Vpc,
};
use tap_core::moment::Moment;
use tap_core::network::{
    AclEntry, Balancer, InterfaceFacts, Member, Network, NetworkAcl, Peering, Permission, Protocol,
    Route, RouteDestination, RouteTable, SecurityGroup, TargetGroupFacts, UDP, Via,
};
use tap_core::settings::Settings;
use tap_core::tags::Tags;

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
const VPCS: usize = 40;
const SENSORS: usize = 20;
const ROUNDS: usize = 5;
const HUB: &str = "vpc-0hub";
const TARGET: &str = "tmt-0123456789abcdef0";
const ZONES: [&str; 3] = ["us-east-1a", "us-east-1b", "us-east-1c"];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|a| a == "--size") {
        let size = arguments.get(at + 1).and_then(|n| n.parse().ok()).expect("--size N");
        measure(size);
        return;
    }
    println!("overview -> audit, and audit -> HTML, median of {ROUNDS} rounds");
    println!(
        "{:>10} {:>10} {:>10} {:>12} {:>12} {:>12} {:>12}",
        "interfaces", "sessions", "findings", "audit", "per 1,000", "HTML", "peak memory"
    );
    for size in SIZES {
        let this = std::env::current_exe().expect("a program knows its own path");
        let done = Command::new(this).args(["--size", &size.to_string()]).status();
        assert!(done.expect("the benchmark can start itself").success());
    }
}

fn measure(size: usize) {
    let overview = fleet(size);
    let (settings, expect) = (Settings::default(), Expectations::default());
    let mut findings = 0;
    let mut pages: Vec<f64> = Vec::new();
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let audit =
                look(black_box(&overview), &settings, &expect).expect("no filter is pinned");
            let audit = black_box(audit);
            let time = start.elapsed().as_secs_f64() * 1000.0;
            assert_eq!(audit.coverage.eligible, size);
            assert_eq!(audit.coverage.ours, size / 2);
            findings = audit.findings.len();
            pages.push(page(audit));
            time
        })
        .collect();
    times.sort_by(f64::total_cmp);
    pages.sort_by(f64::total_cmp);
    let median = times[ROUNDS / 2];
    println!(
        "{:>10} {:>10} {:>10} {:>9.1} ms {:>9.3} ms {:>9.1} ms {:>9} MB",
        size,
        overview.inventory.sessions.len(),
        findings,
        median,
        median * 1000.0 / size as f64,
        pages[ROUNDS / 2],
        peak_memory_mb().map_or("?".to_owned(), |mb| mb.to_string()),
    );
}

/// How long the largest output takes, in milliseconds.
fn page(audit: Audit) -> f64 {
    let report = Report {
        account: audit.scope.account.clone(),
        at: Moment::from_unix(1_795_000_000),
        version: "0.0.0",
        fail_on: None,
        regions: vec![RegionReport::Audited(audit)],
    };
    let start = Instant::now();
    let page = black_box(html(black_box(&report))).expect("a page is text");
    let time = start.elapsed().as_secs_f64() * 1000.0;
    assert!(page.len() > 1000);
    time
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

fn vpc_id(n: usize) -> VpcId {
    if n == VPCS { HUB.into() } else { format!("vpc-0{:016x}", scattered(n)).into() }
}

fn subnet_id(vpc: usize, zone: usize) -> SubnetId {
    format!("subnet-{vpc:02}-{zone}").into()
}

fn net(text: &str) -> IpNet {
    text.parse().expect("a block")
}

fn fleet(size: usize) -> Overview {
    let scope = Scope { account: "111122223333".into(), region: "us-east-1".into() };
    let mut inv = Inventory::empty(scope);
    let mut network =
        Network { organization: Some(["111122223333".into()].into()), ..Network::default() };
    inv.filters.insert(
        "tmf-0123456789abcdef0".into(),
        tap_core::testing::full_filter(&Settings::default().keys),
    );
    for n in 0..=VPCS {
        add_vpc(&mut inv, &mut network, n);
    }
    add_sensors(&mut inv, &mut network);
    for n in 0..size {
        add_instance(&mut inv, &mut network, n);
    }
    Overview { inventory: inv, network, unread: Default::default() }
}

/// The n-th VPC has 10.n.0.0/16, a third of it in each zone. The last one is the hub; every other one is peered with it.
fn add_vpc(inv: &mut Inventory, network: &mut Network, n: usize) {
    let id = vpc_id(n);
    let tags = [("Name", "prod"), ("Vectra:session_mirroring_target", TARGET)];
    let tags: Tags = if n == VPCS { Tags::default() } else { tags.into_iter().collect() };
    let block = net(&format!("10.{n}.0.0/16"));
    inv.vpcs.insert(id.clone(), Vpc { tags, blocks: vec![block] });
    let subnets: Vec<SubnetId> = (0..ZONES.len()).map(|zone| subnet_id(n, zone)).collect();
    for (zone, subnet) in subnets.iter().enumerate() {
        let block: Ipv4Net = format!("10.{n}.{}.0/18", zone * 64).parse().expect("a block");
        let zone = ZONES[zone].to_owned();
        let subnet_of = Subnet { zone, block: Some(block), ..Subnet::of(id.clone()) };
        inv.subnets.insert(subnet.clone(), subnet_of);
    }
    let route = |to: IpNet, via| Route {
        destination: RouteDestination::Block(to),
        via,
        active: Some(true),
    };
    let mut routes =
        vec![route(block, Via::Local), route(net("0.0.0.0/0"), Via::Other("nat-1".into()))];
    if n != VPCS && n.is_multiple_of(2) {
        let peering = format!("pcx-{n}");
        routes
            .push(route(net(&format!("10.{VPCS}.0.0/16")), Via::Peering(peering.as_str().into())));
        let between =
            Peering { requester: id.clone(), accepter: HUB.into(), status: "active".to_owned() };
        network.peerings.insert(peering.into(), between);
    }
    let table = RouteTable { vpc: id.clone(), main: true, subnets: Default::default(), routes };
    network.route_tables.insert(format!("rtb-{n}").into(), table);
    let entry = |number, allow, what| AclEntry {
        number,
        allow,
        protocol: what,
        ports: None,
        block: Some(net("0.0.0.0/0")),
    };
    let ingress = vec![
        entry(90, false, Protocol::Number(6)),
        entry(100, true, Protocol::All),
        entry(32767, false, Protocol::All),
    ];
    let (subnets, egress) = (subnets.into_iter().collect(), ingress.clone());
    let acl = NetworkAcl { vpc: id.clone(), subnets, ingress, egress };
    network.network_acls.insert(format!("acl-{n}").into(), acl);
    let permission = Permission {
        protocol: Protocol::Number(UDP),
        ports: Some((4789, 4789)),
        blocks: vec![net("172.16.0.0/12"), net("10.0.0.0/8")],
        groups: Default::default(),
        prefix_lists: Vec::new(),
    };
    let egress = vec![permission.clone()];
    let group = SecurityGroup { vpc: id, ingress: vec![permission], egress };
    network.security_groups.insert(format!("sg-{n}").into(), group);
}

/// Twenty sensors in the hub, behind one load balancer.
fn add_sensors(inv: &mut Inventory, network: &mut Network) {
    let arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/sensor/0123456789abcdef";
    let owner = inv.scope.account.clone();
    inv.targets.insert(TARGET.into(), MirrorTarget::of(TargetKind::Nlb(arn.to_owned()), owner));
    let mut members = Vec::new();
    for n in 0..SENSORS {
        let id = format!("i-sensor-{n:02}");
        add_interface(inv, network, &id, VPCS, n, "sensor");
        members.push(Member { id, port: Some(4789), zone: None, health: "healthy".to_owned() });
    }
    let facts = NlbFacts {
        exists: true,
        vpc: Some(HUB.into()),
        listens: true,
        healthy: SENSORS,
        instances: members.iter().map(|member| InstanceId::new(member.id.as_str())).collect(),
        ..NlbFacts::default()
    };
    inv.nlbs.insert(TARGET.into(), facts);
    let group = TargetGroupFacts { arn: "arn:tg".to_owned(), cross_zone: None, members };
    let nodes = ZONES.iter().enumerate();
    let balancer = Balancer {
        subnets: nodes.map(|(n, zone)| (subnet_id(VPCS, n), (*zone).to_owned())).collect(),
        groups: Default::default(),
        cross_zone: Some(false),
        target_groups: vec![group],
    };
    network.balancers.insert(TARGET.into(), balancer);
}

fn add_instance(inv: &mut Inventory, network: &mut Network, n: usize) {
    let id = scattered(n);
    let eni = add_interface(inv, network, &format!("i-0{id:016x}"), n % VPCS, n, "web");
    if n % 4 < 2 {
        let session = MirrorSession {
            id: SessionId::new(format!("tms-0{id:016x}")),
            eni,
            target: TargetId::from(TARGET),
            filter: "tmf-0123456789abcdef0".into(),
            number: 1,
            packet_length: Some(8500),
            vni: Some(n as i32 + 1),
            description: Some("what it is for".into()),
            tags: [("Creator", "Vectra:Tap"), ("Name", "web")].into_iter().collect(),
        };
        inv.sessions.insert(session.id.clone(), session);
    }
}

fn add_interface(
    inv: &mut Inventory,
    network: &mut Network,
    instance: &str,
    vpc: usize,
    n: usize,
    name: &str,
) -> EniId {
    let zone = n % ZONES.len();
    let eni = EniId::new(format!("eni-{}", instance.trim_start_matches("i-")));
    let address =
        std::net::IpAddr::from([10, vpc as u8, (zone * 64 + n / 250 % 64) as u8, (n % 250) as u8]);
    let facts = InterfaceFacts {
        vpc: vpc_id(vpc),
        subnet: subnet_id(vpc, zone),
        primary: Some(address),
        groups: [format!("sg-{vpc}").into()].into(),
    };
    let of_instance = Eni {
        id: eni.clone(),
        vpc: facts.vpc.clone(),
        subnet: facts.subnet.clone(),
        interface_type: Arc::from("interface"),
        attachment: Attachment::Attached,
        primary: true,
        addresses: [address].into(),
    };
    network.interfaces.insert(eni.clone(), facts);
    let name = format!("{name}-{n}");
    let facts = Instance {
        instance_type: Arc::from("m5.large"),
        state: InstanceState::Running,
        launched: None,
        tags: [("Name", name.as_str()), ("team", "payments")].into_iter().collect(),
        enis: vec![of_instance],
    };
    inv.instances.insert(instance.into(), facts);
    eni
}
