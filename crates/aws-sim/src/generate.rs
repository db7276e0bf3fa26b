//! Makes an account of any size, the same one for the same settings.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::model::{Direction, InstanceState, Tags};
use crate::scenario::spec::{
    AccountSpec, BalancerSpec, EniSpec, FilterSpec, GroupSpec, InstanceSpec, ListenerSpec, Ref,
    RegionSpec, RegisteredSpec, RuleSpec, SessionSpec, SubnetSpec, TargetSpec, VpcSpec,
};

/// What a generated account shall have.
#[derive(Debug, Clone, PartialEq)]
pub struct Generate {
    /// Instances, without the one appliance behind the load balancer.
    pub instances: usize,
    /// VPCs that they are spread over, all enabled for mirroring to the same load balancer.
    pub vpcs: usize,
    /// Interfaces of each instance.
    pub enis_per_instance: usize,
    /// Share of the interfaces of running instances that are mirrored already, 0 to 1.
    pub existing_sessions: f64,
    /// Share of the instances that are stopped, 0 to 1.
    pub stopped: f64,
    /// Share of the instances that are blacklisted, 0 to 1.
    pub blacklisted: f64,
    /// Share of the instances that have a type which cannot be mirrored, 0 to 1.
    pub unsupported: f64,
    /// The region.
    pub region: String,
    /// The account.
    pub account: String,
    /// The seed of all that is random.
    pub seed: u64,
}

impl Default for Generate {
    fn default() -> Self {
        Self {
            instances: 100,
            vpcs: 1,
            enis_per_instance: 1,
            existing_sessions: 0.0,
            stopped: 0.0,
            blacklisted: 0.0,
            unsupported: 0.0,
            region: "us-east-1".to_owned(),
            account: "111122223333".to_owned(),
            seed: 1,
        }
    }
}

/// The target of every VPC.
const TARGET: &str = "tmt-0a000000000000001";
/// The filter of the sessions that are there already.
const FILTER: &str = "tmf-0a000000000000001";
/// Addresses of one subnet are not handed out beyond this.
const PER_SUBNET: usize = 16_000;
const TYPES: [&str; 6] =
    ["m5.large", "c5.xlarge", "r6i.large", "t3.medium", "m7g.xlarge", "c6a.2xlarge"];

fn tag(pairs: &[(&str, &str)]) -> Tags {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

pub(crate) fn spec(settings: &Generate) -> AccountSpec {
    let mut dice = StdRng::seed_from_u64(settings.seed);
    let mut region = RegionSpec::default();
    let vpcs = settings.vpcs.max(1);
    let enis = settings.enis_per_instance.max(1);
    let per_vpc = settings.instances.div_ceil(vpcs) * enis;
    let subnets = per_vpc.div_ceil(PER_SUBNET).max(1);
    for vpc in 0..vpcs {
        region.vpcs.push(VpcSpec {
            name: Some(format!("vpc-{vpc:03}")),
            cidr: Some(format!("10.{}.0.0/16", vpc % 256)),
            tags: tag(&[("Vectra:session_mirroring_target", TARGET)]),
            ..VpcSpec::default()
        });
        for subnet in 0..subnets {
            region.subnets.push(SubnetSpec {
                name: Some(subnet_name(vpc, subnet)),
                vpc: format!("vpc-{vpc:03}").as_str().into(),
                zone: Some(format!("{}{}", settings.region, ["a", "b", "c"][subnet % 3])),
                // A block of 64 × 256 addresses each; a VPC larger than AWS's /16 runs on into the next block.
                cidr: Some(format!(
                    "10.{}.{}.0/18",
                    (vpc * subnets.div_ceil(4) + subnet / 4) % 256,
                    subnet % 4 * 64
                )),
                ..SubnetSpec::default()
            });
        }
    }
    appliance(&mut region);
    for n in 0..settings.instances {
        let (vpc, place) = (n % vpcs, n / vpcs * enis / PER_SUBNET);
        let stopped = dice.random_bool(settings.stopped.clamp(0.0, 1.0));
        let mut tags = Tags::new();
        if dice.random_bool(settings.blacklisted.clamp(0.0, 1.0)) {
            tags.extend(tag(&[("Vectra:session_mirroring_blacklist", "True")]));
        }
        let unsupported = dice.random_bool(settings.unsupported.clamp(0.0, 1.0));
        let kind = if unsupported { "t2.micro" } else { TYPES[dice.random_range(0..TYPES.len())] };
        let name = format!("host-{n:06}");
        for eni in 0..enis {
            let mirrored = dice.random_bool(settings.existing_sessions.clamp(0.0, 1.0));
            if mirrored && !stopped && !unsupported && tags.is_empty() {
                region.sessions.push(SessionSpec {
                    eni: format!("{name}/{eni}").as_str().into(),
                    target: TARGET.into(),
                    filter: FILTER.into(),
                    number: 1,
                    tags: tag(&[("Creator", "Vectra:Tap"), ("Name", &name)]),
                    ..SessionSpec::default()
                });
            }
        }
        region.instances.push(InstanceSpec {
            name: Some(name),
            kind: kind.to_owned(),
            state: stopped.then_some(InstanceState::Stopped),
            subnet: Some(subnet_name(vpc, place.min(subnets - 1)).as_str().into()),
            enis: (enis > 1).then(|| vec![EniSpec::default(); enis]),
            tags,
            ..InstanceSpec::default()
        });
    }
    // More sessions than an account may have are made only so that reading them can be tried out.
    let quotas =
        (region.sessions.len() > 10_000 || settings.instances * enis > 10_000).then(|| {
            crate::limits::Quotas { sessions: settings.instances * enis + 1, ..Default::default() }
        });
    AccountSpec {
        account: settings.account.clone(),
        quotas,
        switches: None,
        organization: None,
        regions: [(settings.region.clone(), region)].into(),
    }
}

fn subnet_name(vpc: usize, subnet: usize) -> String {
    format!("vpc-{vpc:03}-{subnet}")
}

/// The appliance behind a load balancer, the target, and the filter.
fn appliance(region: &mut RegionSpec) {
    region.instances.push(InstanceSpec {
        name: Some("appliance".to_owned()),
        kind: "m5.4xlarge".to_owned(),
        subnet: Some(subnet_name(0, 0).as_str().into()),
        ..InstanceSpec::default()
    });
    region.target_groups.push(GroupSpec {
        name: "appliances".to_owned(),
        vpc: "vpc-000".into(),
        targets: vec![RegisteredSpec {
            target: "appliance".into(),
            port: None,
            zone: None,
            health: None,
            reason: None,
        }],
        ..GroupSpec::default()
    });
    region.load_balancers.push(BalancerSpec {
        name: "mirror".to_owned(),
        arn: None,
        kind: None,
        scheme: None,
        state: None,
        subnets: vec![Ref::from(subnet_name(0, 0).as_str())],
        security_groups: Vec::new(),
        cross_zone: true,
        interfaces: false,
        listeners: vec![ListenerSpec {
            protocol: "UDP".to_owned(),
            port: 4789,
            target_group: "appliances".into(),
        }],
        tags: Tags::new(),
    });
    region.targets.push(TargetSpec {
        id: Some(TARGET.to_owned()),
        name: Some("mirror".to_owned()),
        nlb: Some("mirror".into()),
        ..TargetSpec::default()
    });
    let rule = |direction, number, anywhere: &str| RuleSpec {
        id: None,
        direction,
        number,
        action: "accept".to_owned(),
        protocol: None,
        source: anywhere.to_owned(),
        destination: anywhere.to_owned(),
        source_ports: None,
        destination_ports: None,
        description: None,
        tags: Tags::new(),
    };
    region.filters.push(FilterSpec {
        id: Some(FILTER.to_owned()),
        description: Some("Vectra Full Traffic + DNS Filter".to_owned()),
        network_services: vec!["amazon-dns".to_owned()],
        rules: [Direction::Ingress, Direction::Egress]
            .into_iter()
            .flat_map(|d| [rule(d, 100, "0.0.0.0/0"), rule(d, 200, "::/0")])
            .collect(),
        ..FilterSpec::default()
    });
}
