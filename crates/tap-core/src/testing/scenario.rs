//! `scenario()`: an inventory in a few words. What is not said is as it should be, so that a test names only what it is
//! about.
//!
//! A method adds a thing or selects it, and what follows is about the thing selected last:
//! `scenario().instance("i-1").of_type("t2.micro").owned("tms-1").number(3)`.

mod appliances;
mod sessions;

use std::net::IpAddr;

use crate::ids::{EniId, InstanceId, SessionId, TargetId, VpcId};
use crate::inventory::{
    Attachment, Direction, Eni, FilterRule, Instance, InstanceState, Inventory, LoneEni,
    MirrorFilter, MirrorTarget, NlbFacts, Scope, Subnet, TargetKind,
};
use crate::policy::mark::TRUE;
use crate::tags::{NAME, TagKeys, Tags};

/// The target of every VPC unless it is said otherwise: a load balancer.
pub const TARGET: &str = "tmt-1";

/// The filter that is there, complete, and that every session has unless it is said otherwise.
pub const FILTER: &str = "tmf-1";

/// The account of every scenario.
const ACCOUNT: &str = "111122223333";

/// An inventory being made.
#[derive(Debug, Clone)]
#[must_use]
pub struct Scenario {
    inv: Inventory,
    keys: TagKeys,
    vpc: VpcId,
    instance: Option<InstanceId>,
    eni: EniId,
    session: SessionId,
    addresses: u8,
}

/// An account with the VPC `vpc-a`, enabled with the load balancer `tmt-1`, the complete filter `tmf-1`, and nothing else.
pub fn scenario() -> Scenario {
    let scope = Scope { account: ACCOUNT.into(), region: "eu-west-1".into() };
    Scenario {
        inv: Inventory::empty(scope),
        keys: TagKeys::default(),
        vpc: "vpc-a".into(),
        instance: None,
        eni: "".into(),
        session: "".into(),
        addresses: 0,
    }
    .nlb(TARGET)
    .filter(FILTER)
    .vpc("vpc-a")
}

/// A filter with all that ours must hold.
pub fn full_filter(keys: &TagKeys) -> MirrorFilter {
    let rule = |direction, number, block| FilterRule::within(direction, number, true, block);
    MirrorFilter {
        description: keys.filter_description.clone(),
        tags: Tags::default(),
        rules: Direction::ALL
            .into_iter()
            .flat_map(|d| [rule(d, 100, "0.0.0.0/0"), rule(d, 200, "::/0")])
            .collect(),
        dns: true,
    }
}

/// VPCs, targets and filters.
impl Scenario {
    /// The inventory.
    pub fn build(self) -> Inventory {
        self.inv
    }

    /// Changes what there are no words for.
    pub fn with(mut self, change: impl FnOnce(&mut Inventory)) -> Self {
        change(&mut self.inv);
        self
    }

    /// A VPC, enabled with [`TARGET`] for all instances. Instances that follow are in it.
    pub fn vpc(mut self, id: &str) -> Self {
        self.vpc = id.into();
        if !self.inv.vpcs.contains_key(&self.vpc) {
            self = self.block("10.0.0.0/16");
            let subnet = self.subnet("");
            self.inv.subnets.insert(subnet, Subnet::of(self.vpc.clone()));
            self = self.target_tag(Some(TARGET));
        }
        self
    }

    /// The VPC's one address block. Every VPC has 10.0.0.0/16 unless it is said otherwise.
    pub fn block(mut self, block: &str) -> Self {
        let block = block.parse().expect("tests write blocks");
        self.inv.vpcs.entry(self.vpc.clone()).or_default().blocks = vec![block];
        self
    }

    /// The VPC's address blocks.
    pub fn blocks(mut self, blocks: &[&str]) -> Self {
        let blocks = blocks.iter().map(|b| b.parse().expect("tests write blocks")).collect();
        self.inv.vpcs.entry(self.vpc.clone()).or_default().blocks = blocks;
        self
    }

    /// The VPC's target, which is there: a load balancer, if nothing else is known by that id.
    pub fn target(self, id: &str) -> Self {
        let known = self.inv.targets.contains_key(&TargetId::from(id));
        let with_tag = self.target_tag(Some(id));
        if known { with_tag } else { with_tag.nlb(id) }
    }

    /// The VPC's target tag, whatever it says.
    pub fn target_tag(self, value: Option<&str>) -> Self {
        let key = self.keys.target.clone();
        self.vpc_tag(&key, value)
    }

    /// The VPC has no target tag.
    pub fn not_enabled(self) -> Self {
        self.target_tag(None)
    }

    /// The VPC's enrollment tag, whatever it says.
    pub fn enrollment(self, value: &str) -> Self {
        let key = self.keys.enrollment.clone();
        self.vpc_tag(&key, Some(value))
    }

    /// The VPC's filter profile tag, whatever it says.
    pub fn profile(self, value: &str) -> Self {
        let key = self.keys.profile.clone();
        self.vpc_tag(&key, Some(value))
    }

    /// The VPC's packet length tag, whatever it says.
    pub fn packet_length_tag(self, value: &str) -> Self {
        let key = self.keys.packet_length.clone();
        self.vpc_tag(&key, Some(value))
    }

    /// The VPC's name.
    pub fn named_vpc(self, name: &str) -> Self {
        self.vpc_tag(NAME, Some(name))
    }

    fn vpc_tag(mut self, key: &str, value: Option<&str>) -> Self {
        let vpc = self.inv.vpcs.entry(self.vpc.clone()).or_default();
        vpc.tags = tagged(&vpc.tags, key, value);
        self
    }

    /// A load balancer as target, in the VPC selected last; it listens, and nothing is registered behind it.
    pub fn nlb(mut self, id: &str) -> Self {
        let arn =
            format!("arn:aws:elasticloadbalancing:eu-west-1:{ACCOUNT}:loadbalancer/net/{id}/0");
        let facts = NlbFacts {
            exists: true,
            vpc: Some(self.vpc.clone()),
            listens: true,
            ..NlbFacts::default()
        };
        self.inv.nlbs.insert(id.into(), facts);
        self.any_target(id, TargetKind::Nlb(arn))
    }

    /// Changes what stands behind a load balancer.
    pub fn behind(mut self, target: &str, change: impl FnOnce(&mut NlbFacts)) -> Self {
        change(self.inv.nlbs.entry(target.into()).or_default());
        self
    }

    /// An instance `i-N` whose interface `eni-N` is a target.
    pub fn appliance(self, target: &str, instance: &str) -> Self {
        let with_instance = self.instance(instance);
        let eni = with_instance.eni.clone();
        with_instance.any_target(target, TargetKind::Eni(eni))
    }

    /// A target of any kind.
    pub fn any_target(mut self, id: &str, kind: TargetKind) -> Self {
        let owner = ACCOUNT.into();
        self.inv.targets.insert(id.into(), MirrorTarget::of(kind, owner));
        self
    }

    /// Other accounts mirror `count` interfaces to a target.
    pub fn sources_of_others(mut self, target: &str, count: usize) -> Self {
        let enis = (0..count).map(|n| EniId::new(format!("eni-other-{n:03}")));
        self.inv.sources_of_others.insert(target.into(), enis.collect());
        self
    }

    /// A filter of ours, complete.
    pub fn filter(mut self, id: &str) -> Self {
        self.inv.filters.insert(id.into(), full_filter(&self.keys));
        self
    }

    /// Changes a filter; one that is not there is made, without description and rules.
    pub fn filter_as(mut self, id: &str, change: impl FnOnce(&mut MirrorFilter)) -> Self {
        change(self.inv.filters.entry(id.into()).or_default());
        self
    }

    /// There is no filter at all.
    pub fn no_filter(mut self) -> Self {
        self.inv.filters.clear();
        self
    }

    /// The run is about this VPC.
    pub fn only_vpc(mut self, id: &str) -> Self {
        self.inv.narrow.vpcs.insert(id.into());
        self
    }

    /// The run is about this instance.
    pub fn only_instance(mut self, id: &str) -> Self {
        self.inv.narrow.instances.insert(id.into());
        self
    }

    fn subnet(&self, kind: &str) -> crate::ids::SubnetId {
        format!("subnet-of-{}{kind}", self.vpc).into()
    }
}

/// Instances and interfaces.
impl Scenario {
    /// A running m5.large `i-N` with one interface `eni-N`, in the VPC selected last.
    pub fn instance(mut self, id: &str) -> Self {
        let number = id.strip_prefix("i-").unwrap_or(id).to_owned();
        let instance = Instance {
            instance_type: "m5.large".into(),
            state: InstanceState::Running,
            launched: None,
            tags: Tags::default(),
            enis: Vec::new(),
        };
        self.inv.instances.insert(id.into(), instance);
        self.instance = Some(id.into());
        self.eni(&format!("eni-{number}"))
    }

    /// As [`Scenario::instance`], stopped.
    pub fn stopped(self, id: &str) -> Self {
        self.instance(id).state(InstanceState::Stopped)
    }

    /// The instance's state.
    pub fn state(self, state: InstanceState) -> Self {
        self.edit_instance(|i| i.state = state)
    }

    /// The instance's type.
    pub fn of_type(self, instance_type: &str) -> Self {
        self.edit_instance(|i| i.instance_type = instance_type.into())
    }

    /// The instance's name.
    pub fn named(self, name: &str) -> Self {
        self.instance_tag(NAME, name)
    }

    /// The instance is blacklisted.
    pub fn blacklisted(self) -> Self {
        let key = self.keys.blacklist.clone();
        self.instance_tag(&key, TRUE)
    }

    /// The instance is whitelisted.
    pub fn whitelisted(self) -> Self {
        let key = self.keys.whitelist.clone();
        self.instance_tag(&key, TRUE)
    }

    /// A tag of the instance.
    pub fn instance_tag(self, key: &str, value: &str) -> Self {
        self.edit_instance(|i| i.tags = tagged(&i.tags, key, Some(value)))
    }

    /// An interface of the instance, attached, in the VPC selected last. One that the instance has already is selected.
    pub fn eni(mut self, id: &str) -> Self {
        self.eni = id.into();
        self.addresses = self.addresses.wrapping_add(1);
        let eni = Eni {
            id: id.into(),
            vpc: self.vpc.clone(),
            subnet: self.subnet(""),
            interface_type: "interface".into(),
            attachment: Attachment::Attached,
            primary: true,
            addresses: [IpAddr::from([10, 0, 0, self.addresses])].into(),
        };
        self.edit_instance(|i| {
            if i.enis.iter().all(|e| e.id != eni.id) {
                i.enis.push(Eni { primary: i.enis.is_empty(), ..eni });
            }
        })
    }

    /// The interface's type.
    pub fn interface_type(self, word: &str) -> Self {
        self.edit_eni(|e| e.interface_type = word.into())
    }

    /// How far the interface is attached.
    pub fn attachment(self, attachment: Attachment) -> Self {
        self.edit_eni(|e| e.attachment = attachment)
    }

    /// The interface's one address.
    pub fn address(self, address: &str) -> Self {
        let address: IpAddr = address.parse().expect("tests write addresses");
        self.edit_eni(|e| e.addresses = [address].into())
    }

    /// The interface is in a subnet with IPv6 addresses only.
    pub fn ipv6_only(mut self) -> Self {
        let subnet = self.subnet("-ipv6");
        let of_vpc = Subnet::of(self.vpc.clone());
        self.inv.subnets.insert(subnet.clone(), Subnet { ipv6_only: true, ..of_vpc });
        self.edit_eni(|e| e.subnet = subnet)
    }

    /// An AWS service manages the interface.
    pub fn requester_managed(mut self) -> Self {
        self.inv.requester_managed.insert(self.eni.clone());
        self
    }

    /// An interface of no instance that was read. Sessions that follow are on it.
    pub fn lone(mut self, id: &str, lone: LoneEni) -> Self {
        self.eni = id.into();
        self.instance = None;
        self.inv.lone_enis.insert(id.into(), lone);
        self
    }

    fn edit_instance(mut self, change: impl FnOnce(&mut Instance)) -> Self {
        let id = self.instance.as_ref().expect("an instance was named");
        let instance = self.inv.instances.get_mut(id);
        change(instance.expect("a selected instance is there"));
        self
    }

    fn edit_eni(self, change: impl FnOnce(&mut Eni)) -> Self {
        let id = self.eni.clone();
        self.edit_instance(|i| {
            let eni = i.enis.iter_mut().find(|e| e.id == id);
            change(eni.expect("a selected interface is there"));
        })
    }
}

pub(super) fn tagged(tags: &Tags, key: &str, value: Option<&str>) -> Tags {
    tags.iter().filter(|(k, _)| *k != key).chain(value.map(|value| (key, value))).collect()
}
