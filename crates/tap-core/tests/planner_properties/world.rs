//! Random inventories with settings: seeds that proptest can shrink, and what is built from them.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use tap_core::ids::{EniId, InstanceId, TargetId, VpcId};
use tap_core::inventory::{
    Attachment, Direction, Eni, FilterRule, Instance, InstanceState, Inventory, LoneEni,
    MirrorFilter, MirrorSession, MirrorTarget, NlbFacts, Scope, Subnet, TargetKind, Vpc,
};
use tap_core::policy::custom_filter::CustomFilter;
use tap_core::settings::{FilterChoice, Policy, Settings};
use tap_core::tags::{CREATOR, TagKeys, Tags};
use tap_core::testing::full_filter;

const STATES: [InstanceState; 6] = [
    InstanceState::Running,
    InstanceState::Pending,
    InstanceState::Stopping,
    InstanceState::Stopped,
    InstanceState::ShuttingDown,
    InstanceState::Terminated,
];
const TYPES: [&str; 6] =
    ["m5.large", "t2.micro", "z99.large", "z98.metal", "m5.24xlarge", "c5n.metal"];
const INTERFACES: [&str; 3] = ["interface", "efa", "trunk"];
/// What a VPC's target tag may say; the last two are not there.
const TARGETS: [&str; 7] =
    ["tmt-eni", "tmt-nlb", "tmt-eni2", "tmt-nlb2", "tmt-lone", "tmt-404", ""];
/// What a VPC's tags of profile and packet length may say.
const CAPTURES: [(Option<&str>, Option<&str>); 9] = [
    (None, None),
    (Some("all"), Some("100")),
    (Some("all-tcp"), None),
    (Some("dns-only"), Some("8500")),
    (Some("alb-client"), None),
    (Some("alb-target"), None),
    (Some("custom:web"), None),
    (Some("custom:nobody"), None),
    (Some("banana"), Some("0")),
];
const ENROLLMENTS: [Option<&str>; 4] = [None, Some("auto"), Some("whitelist"), Some("banana")];

/// A small number, most often 0: the plain case.
fn mostly_plain(others: usize) -> impl Strategy<Value = usize> {
    prop_oneof![3 => Just(0), 1 => 0..others]
}

#[derive(Debug, Clone)]
pub struct EniSeed {
    vpc: usize,
    interface: usize,
    /// 0 to 2 as the attachment, 3 in an IPv6-only subnet, 4 managed by a service.
    oddity: usize,
    address: u8,
}

#[derive(Debug, Clone)]
pub struct InstanceSeed {
    state: usize,
    instance_type: usize,
    /// Bit 0: blacklisted, bit 1: whitelisted.
    marks: u8,
    enis: Vec<EniSeed>,
}

#[derive(Debug, Clone)]
pub struct SessionSeed {
    eni: usize,
    owned: bool,
    number: i32,
    /// None: the target of its VPC's tag.
    target: Option<usize>,
    filter: usize,
    packet_length: Option<i32>,
}

/// One random account with settings.
#[derive(Debug, Clone)]
pub struct World {
    /// Per VPC: its target tag, or none, its enrollment, and which packets.
    vpcs: Vec<(Option<usize>, usize, usize)>,
    instances: Vec<InstanceSeed>,
    /// Per lone interface: what became of it, and its VPC.
    lone: Vec<(usize, usize)>,
    sessions: Vec<SessionSeed>,
    /// Kinds of filters: complete, lacking, overfull, of a profile and lacking, of a VPC and with more, somebody else's.
    filters: Vec<usize>,
    /// How many sources of other accounts the two limited targets have.
    others: (usize, usize),
    /// Instances and addresses behind the two load balancers, and whether the second one exists.
    behind: (BTreeSet<usize>, BTreeSet<u8>, bool),
    /// VPCs and instances of the run.
    narrow: (BTreeSet<usize>, BTreeSet<usize>),
    /// Pinned number, pinned length, pinned filter, policy, mass deletion.
    settings: (Option<i32>, Option<i32>, Option<usize>, usize, bool),
}

/// Random accounts, small enough to be read when one fails and tight enough for every limit to be met.
pub fn worlds() -> impl Strategy<Value = World> {
    let eni = (0_usize..4, mostly_plain(3), mostly_plain(5), 0_u8..12)
        .prop_map(|(vpc, interface, oddity, address)| EniSeed { vpc, interface, oddity, address });
    let instance =
        (mostly_plain(6), prop_oneof![2 => Just(0), 1 => 0_usize..6], 0_u8..4, vec(eni, 0..4))
            .prop_map(|(state, instance_type, marks, enis)| InstanceSeed {
                state,
                instance_type,
                marks,
                enis,
            });
    let session = (
        prop_oneof![1 => 0_usize..5, 2 => any::<usize>()],
        prop::bool::weighted(0.6),
        1_i32..5,
        prop::option::weighted(0.4, 0_usize..6),
        mostly_plain(4),
        prop_oneof![Just(None), Just(Some(100)), Just(Some(8500))],
    )
        .prop_map(|(eni, owned, number, target, filter, packet_length)| SessionSeed {
            eni,
            owned,
            number,
            target,
            filter,
            packet_length,
        });
    let vpc = (
        prop::option::weighted(0.9, prop_oneof![4 => 0_usize..4, 1 => 0_usize..7]),
        mostly_plain(4),
        mostly_plain(9),
    );
    let narrow = prop_oneof![
        2 => Just((BTreeSet::new(), BTreeSet::new())),
        1 => (prop::collection::btree_set(0_usize..4, 0..3), prop::collection::btree_set(0_usize..10, 0..4)),
    ];
    let pins = (
        prop_oneof![2 => Just(None), 1 => (1_i32..5).prop_map(Some)],
        prop_oneof![2 => Just(None), 1 => Just(Some(100))],
        prop_oneof![3 => Just(None), 1 => (0_usize..4).prop_map(Some)],
        mostly_plain(3),
        any::<bool>(),
    );
    let behind = (
        prop::collection::btree_set(0_usize..14, 0..2),
        prop::collection::btree_set(0_u8..12, 0..2),
        prop::bool::weighted(0.9),
    );
    (
        vec(vpc, 1..5),
        vec(instance, 0..12),
        vec((0_usize..4, 0_usize..4), 0..4),
        vec(session, 0..28),
        vec(mostly_plain(6), 0..5),
        (8_usize..12, 0_usize..13),
        behind,
        narrow,
        pins,
    )
        .prop_map(
            |(vpcs, instances, lone, sessions, filters, others, behind, narrow, settings)| World {
                vpcs,
                instances,
                lone,
                sessions,
                filters,
                others,
                behind,
                narrow,
                settings,
            },
        )
}

fn vpc_id(n: usize) -> VpcId {
    format!("vpc-{n}").into()
}

fn instance_id(n: usize) -> InstanceId {
    format!("i-{n:02}").into()
}

fn address(n: u8) -> std::net::IpAddr {
    [10, 0, 0, n].into()
}

fn filter_of_kind(kind: usize, keys: &TagKeys) -> MirrorFilter {
    let mut filter = full_filter(keys);
    match kind {
        0 => {}
        1 => filter.rules.truncate(1),
        2 => {
            let narrow =
                |number| FilterRule::within(Direction::Ingress, number, true, "10.0.0.0/8");
            filter.rules = (1..9).map(narrow).collect();
        }
        3 => {
            filter.rules.truncate(1);
            filter.description.push_str(" (all-tcp)");
        }
        4 => filter.description.push_str(" (alb-client, vpc-0)"),
        _ => filter.description = "somebody else's".to_owned(),
    }
    filter
}

impl World {
    /// The account and the settings.
    pub fn build(&self) -> (Inventory, Settings) {
        let settings = self.settings();
        let scope = Scope { account: "111122223333".into(), region: "eu-west-1".into() };
        let mut inv = Inventory::empty(scope);
        self.add_vpcs(&mut inv, &settings.keys);
        self.add_instances(&mut inv, &settings.keys);
        self.add_targets(&mut inv);
        for (n, &kind) in self.filters.iter().enumerate() {
            inv.filters.insert(format!("tmf-{n}").into(), filter_of_kind(kind, &settings.keys));
        }
        self.add_sessions(&mut inv, &settings.keys);
        let (vpcs, instances) = &self.narrow;
        inv.narrow.vpcs = vpcs.iter().map(|&n| vpc_id(n)).collect();
        inv.narrow.instances = instances.iter().map(|&n| instance_id(n)).collect();
        (inv, settings)
    }

    fn settings(&self) -> Settings {
        let (session_number, packet_length, filter, policy, allow_mass_delete) = self.settings;
        let filter = match filter.filter(|&n| n < self.filters.len()) {
            Some(n) => FilterChoice::Pinned(format!("tmf-{n}").into()),
            None => FilterChoice::Managed,
        };
        let policy = Policy::ALL[policy];
        let web = b"{name: web, rules: [{direction: egress, action: accept, destination: '::/0'}]}";
        let web = CustomFilter::read("web.yaml", web).expect("it is right").filter;
        Settings {
            session_number,
            packet_length,
            filter,
            custom_filters: [(web.name.clone(), web)].into(),
            policy,
            allow_mass_delete,
            ..Settings::default()
        }
    }

    fn add_vpcs(&self, inv: &mut Inventory, keys: &TagKeys) {
        for (n, &(target, enrollment, capture)) in self.vpcs.iter().enumerate() {
            let target = target.map(|t| (keys.target.as_str(), TARGETS[t]));
            let enrollment = ENROLLMENTS[enrollment].map(|e| (keys.enrollment.as_str(), e));
            let (profile, length) = CAPTURES[capture];
            let profile = profile.map(|p| (keys.profile.as_str(), p));
            let length = length.map(|l| (keys.packet_length.as_str(), l));
            let blocks = vec!["10.0.0.0/16".parse().expect("a block")];
            let tags = target.into_iter().chain(enrollment).chain(profile).chain(length).collect();
            inv.vpcs.insert(vpc_id(n), Vpc { tags, blocks });
            inv.subnets.insert(format!("subnet-{n}").into(), Subnet::of(vpc_id(n)));
        }
        let ipv6_only = Subnet { ipv6_only: true, ..Subnet::of(vpc_id(0)) };
        inv.subnets.insert("subnet-ipv6".into(), ipv6_only);
    }

    fn add_instances(&self, inv: &mut Inventory, keys: &TagKeys) {
        for (n, seed) in self.instances.iter().enumerate() {
            let marks = [(1, &keys.blacklist), (2, &keys.whitelist)];
            let tags: Tags = marks
                .into_iter()
                .filter(|(bit, _)| seed.marks & bit != 0)
                .map(|(_, key)| (key.as_str(), "True"))
                .collect();
            let mut enis = Vec::new();
            for (k, eni) in seed.enis.iter().enumerate() {
                let id: EniId = format!("eni-{n:02}-{k}").into();
                if eni.oddity == 4 {
                    inv.requester_managed.insert(id.clone());
                }
                let subnet = if eni.oddity == 3 {
                    "subnet-ipv6".to_owned()
                } else {
                    format!("subnet-{}", eni.vpc)
                };
                enis.push(Eni {
                    id,
                    vpc: vpc_id(eni.vpc),
                    subnet: subnet.into(),
                    interface_type: INTERFACES[eni.interface].into(),
                    attachment: match eni.oddity {
                        1 => Attachment::Changing,
                        2 => Attachment::Detached,
                        _ => Attachment::Attached,
                    },
                    primary: k == 0,
                    addresses: [address(eni.address)].into(),
                });
            }
            let instance_type = TYPES[seed.instance_type].into();
            let state = STATES[seed.state];
            let instance = Instance { instance_type, state, launched: None, tags, enis };
            inv.instances.insert(instance_id(n), instance);
        }
        for (n, &(kind, vpc)) in self.lone.iter().enumerate() {
            let vpc = vpc_id(vpc);
            let lone = match kind {
                0 => LoneEni::Detached { vpc },
                1 => LoneEni::Attached { vpc, instance: None },
                2 => LoneEni::Attached { vpc, instance: Some(instance_id(13)) },
                _ => LoneEni::Gone,
            };
            inv.lone_enis.insert(format!("eni-lone-{n}").into(), lone);
        }
    }

    /// Two appliances, which are the last two instances; two load balancers; a lone interface.
    fn add_targets(&self, inv: &mut Inventory) {
        let owner = inv.scope.account.clone();
        let hosts: Vec<EniId> =
            inv.instances.values().rev().filter_map(|i| Some(i.enis.first()?.id.clone())).collect();
        let kinds = [
            ("tmt-eni", hosts.first().map(|eni| TargetKind::Eni(eni.clone()))),
            ("tmt-eni2", hosts.get(1).map(|eni| TargetKind::Eni(eni.clone()))),
            ("tmt-nlb", Some(TargetKind::Nlb("arn:1".to_owned()))),
            ("tmt-nlb2", Some(TargetKind::Nlb("arn:2".to_owned()))),
            ("tmt-lone", (!self.lone.is_empty()).then(|| TargetKind::Eni("eni-lone-0".into()))),
        ];
        for (id, kind) in kinds {
            if let Some(kind) = kind {
                inv.targets.insert(id.into(), MirrorTarget::of(kind, owner.clone()));
            }
        }
        let (instances, addresses, exists) = &self.behind;
        let facts = NlbFacts {
            exists: true,
            vpc: Some(vpc_id(0)),
            listens: true,
            instances: instances.iter().map(|&n| instance_id(n)).collect(),
            addresses: addresses.iter().map(|&n| address(n)).collect(),
            ..NlbFacts::default()
        };
        inv.nlbs.insert("tmt-nlb".into(), facts);
        let second = NlbFacts { exists: *exists, listens: true, ..NlbFacts::default() };
        inv.nlbs.insert("tmt-nlb2".into(), second);
        for (id, count) in [("tmt-eni", self.others.0), ("tmt-eni2", self.others.1)] {
            let enis = (0..count).map(|n| EniId::new(format!("eni-other-{n}"))).collect();
            inv.sources_of_others.insert(id.into(), enis);
        }
    }

    fn add_sessions(&self, inv: &mut Inventory, keys: &TagKeys) {
        let enis: Vec<EniId> = inv
            .enis()
            .map(|(_, _, eni)| eni.id.clone())
            .chain(inv.lone_enis.keys().cloned())
            .collect();
        for (n, seed) in self.sessions.iter().enumerate() {
            let Some(eni) = enis.get(seed.eni % enis.len().max(1)) else { continue };
            let on_eni: Vec<i32> =
                inv.sessions.values().filter(|s| s.eni == *eni).map(|s| s.number).collect();
            if on_eni.len() >= 3 || on_eni.contains(&seed.number) {
                continue;
            }
            let creator = if seed.owned { keys.creator.as_str() } else { "somebody" };
            // Ids that sort otherwise than numbers and interfaces do.
            let id = format!("tms-{:02}", (n * 7) % 31);
            let session = MirrorSession {
                id: id.as_str().into(),
                eni: eni.clone(),
                target: self.target_of(inv, keys, eni, seed.target),
                filter: format!("tmf-{}", seed.filter).into(),
                number: seed.number,
                packet_length: seed.packet_length,
                vni: Some(7),
                description: None,
                tags: [(CREATOR, creator)].into_iter().collect(),
            };
            inv.sessions.insert(id.into(), session);
        }
    }

    fn target_of(
        &self,
        inv: &Inventory,
        keys: &TagKeys,
        eni: &EniId,
        target: Option<usize>,
    ) -> TargetId {
        let vpc = inv.enis().find(|(_, _, e)| e.id == *eni).map(|(_, _, e)| &e.vpc);
        let tags = vpc.and_then(|vpc| inv.vpcs.get(vpc)).map(|vpc| &vpc.tags);
        let by_tag = tags.and_then(|tags| tags.get(&keys.target));
        target.map(|t| TARGETS[t]).or(by_tag).unwrap_or(TARGETS[0]).into()
    }

    /// Whether rulings 3, 4, 7 and 8 let an interface be mirrored, said shortly and without the planner's code.
    pub fn can_be_mirrored(inv: &Inventory, instance: &Instance, eni: &Eni) -> bool {
        let keys = TagKeys::default();
        let tags = inv.vpcs.get(&eni.vpc).map(|v| v.tags.clone()).unwrap_or_default();
        let chosen = match tags.get(&keys.enrollment) {
            None | Some("auto") => instance.tags.get(&keys.blacklist).is_none(),
            Some("whitelist") => instance.tags.get(&keys.whitelist).is_some(),
            Some(_) => false,
        };
        chosen
            && tags.get(&keys.target).is_some_and(|t| inv.targets.contains_key(&t.into()))
            && instance.state == InstanceState::Running
            && ["m5.large", "m5.24xlarge", "z99.large", "z98.metal"]
                .contains(&&*instance.instance_type)
            && &*eni.interface_type == "interface"
            && eni.attachment == Attachment::Attached
            && !inv.requester_managed.contains(&eni.id)
            && eni.subnet.as_str() != "subnet-ipv6"
    }
}

/// The same account as AWS might list it another time: interfaces and rules in another order.
pub fn shuffled(inv: &Inventory, turns: usize) -> Inventory {
    fn turn<T>(items: &mut [T], turns: usize) {
        if !items.is_empty() {
            items.reverse();
            items.rotate_left(turns % items.len());
        }
    }
    let mut inv = inv.clone();
    for instance in inv.instances.values_mut() {
        turn(&mut instance.enis, turns);
    }
    for filter in inv.filters.values_mut() {
        turn(&mut filter.rules, turns);
    }
    inv
}
