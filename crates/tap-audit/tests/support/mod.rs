//! `account()`: what an audit looks at, in a few words. The network around a scenario is made so that everything arrives: a test
//! names only what it is about.
//!
//! The n-th VPC has the block 10.n.0.0/16, its m-th subnet 10.n.m.0/24 in zone eu-west-1a, a main route table `rtb-of-VPC` with
//! its local route, a network ACL `acl-of-VPC` and a security group `sg-of-VPC` that let everything in and out. Every interface has an
//! address and that group. A load balancer has a node in its VPC's first subnet, sends across zones, and has one healthy
//! appliance `i-sensor-TARGET` with `eni-sensor-TARGET`.

mod refuse;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};
use tap_audit::finding::{Finding, FindingCode};
use tap_audit::look::{Expectations, look};
use tap_audit::model::{Arrival, Audit};
use tap_core::call::Call;
use tap_core::cloud::Overview;
use tap_core::error::{CloudError, ErrorKind};
use tap_core::ids::{EniId, SubnetId, TargetId, VpcId};
use tap_core::inventory::{
    Attachment, Eni, Instance, InstanceState, Inventory, LoneEni, Subnet, TargetKind,
};
use tap_core::network::{
    Balancer, InterfaceFacts, Member, Network, NetworkAcl, Route, RouteDestination, RouteTable,
    SecurityGroup, TargetGroupFacts, Via,
};
use tap_core::settings::Settings;
use tap_core::tags::Tags;
use tap_core::testing::Scenario;

pub use words::{entry, permission};

/// An account being made.
#[derive(Debug, Clone)]
#[must_use]
pub struct Account {
    pub inv: Inventory,
    pub net: Network,
    pub settings: Settings,
    pub expect: Expectations,
    unread: BTreeMap<Call, ErrorKind>,
    addresses: u8,
}

/// The account of a scenario, with a network around it in which everything arrives.
pub fn account(scenario: Scenario) -> Account {
    around(scenario.build(), Settings::default())
}

/// As [`account`], of an inventory.
pub fn around(inv: Inventory, settings: Settings) -> Account {
    let mut account = Account {
        inv,
        net: Network::default(),
        settings,
        expect: Expectations::default(),
        unread: BTreeMap::new(),
        addresses: 9,
    };
    account.net.organization = Some([account.inv.scope.account.clone()].into());
    account.make_vpcs();
    account.make_sensors();
    account.make_interfaces();
    account
}

/// The first subnet of a VPC of a scenario.
pub fn subnet_of(vpc: &VpcId) -> SubnetId {
    format!("subnet-of-{vpc}").into()
}

impl Account {
    fn make_vpcs(&mut self) {
        let inv = &mut self.inv;
        let mut vpcs: BTreeSet<VpcId> = inv.vpcs.keys().cloned().collect();
        vpcs.extend(inv.enis().map(|(_, _, eni)| eni.vpc.clone()));
        for (n, id) in vpcs.iter().enumerate() {
            let block: IpNet = format!("10.{n}.0.0/16").parse().expect("a block");
            if let Some(vpc) = inv.vpcs.get_mut(id) {
                vpc.blocks = vec![block];
            }
            inv.subnets.entry(subnet_of(id)).or_insert_with(|| Subnet::of(id.clone()));
            let own = inv.subnets.values_mut().filter(|subnet| subnet.vpc == *id);
            for (m, subnet) in own.enumerate() {
                let block: Ipv4Net = format!("10.{n}.{m}.0/24").parse().expect("a block");
                subnet.block = (!subnet.ipv6_only).then_some(block);
                subnet.zone = "eu-west-1a".to_owned();
            }
            let table = RouteTable {
                vpc: id.clone(),
                main: true,
                subnets: BTreeSet::new(),
                routes: vec![Route {
                    destination: RouteDestination::Block(block),
                    via: Via::Local,
                    active: Some(true),
                }],
            };
            self.net.route_tables.insert(format!("rtb-of-{id}").into(), table);
            let acl = NetworkAcl {
                vpc: id.clone(),
                subnets: BTreeSet::new(),
                ingress: vec![entry(100, "allow", "all", "0.0.0.0/0")],
                egress: vec![entry(100, "allow", "all", "0.0.0.0/0")],
            };
            self.net.network_acls.insert(format!("acl-of-{id}").into(), acl);
            let group = SecurityGroup {
                vpc: id.clone(),
                ingress: vec![permission("all", &["0.0.0.0/0"])],
                egress: vec![permission("all", &["0.0.0.0/0"])],
            };
            self.net.security_groups.insert(format!("sg-of-{id}").into(), group);
        }
    }

    /// A healthy appliance behind each load balancer of this account that listens and has nobody yet.
    fn make_sensors(&mut self) {
        let inv = &mut self.inv;
        let account = inv.scope.account.clone();
        let of_kind = |id: &TargetId, inv: &Inventory| {
            let target = inv.targets.get(id);
            target.is_some_and(|t| t.owner == account && matches!(t.kind, TargetKind::Nlb(_)))
        };
        let ids: Vec<TargetId> = inv.nlbs.keys().filter(|id| of_kind(id, inv)).cloned().collect();
        for id in ids {
            let Some(facts) = inv.nlbs.get_mut(&id).filter(|facts| facts.exists) else { continue };
            let Some(vpc) = facts.vpc.clone() else { continue };
            let group = TargetGroupFacts { arn: format!("arn:tg/{id}"), ..Default::default() };
            let balancer = Balancer {
                subnets: [(subnet_of(&vpc), "eu-west-1a".to_owned())].into(),
                cross_zone: Some(true),
                target_groups: if facts.listens { vec![group] } else { Vec::new() },
                ..Balancer::default()
            };
            self.net.balancers.insert(id.clone(), balancer);
            if !facts.listens || !facts.instances.is_empty() || !facts.addresses.is_empty() {
                continue;
            }
            let eni = Eni {
                id: format!("eni-sensor-{id}").into(),
                vpc: vpc.clone(),
                subnet: subnet_of(&vpc),
                interface_type: "interface".into(),
                attachment: Attachment::Attached,
                primary: true,
                addresses: Box::default(),
            };
            let instance = Instance {
                instance_type: "m5.large".into(),
                state: InstanceState::Running,
                launched: None,
                tags: Tags::default(),
                enis: vec![eni],
            };
            let sensor = format!("i-sensor-{id}");
            inv.instances.insert(sensor.as_str().into(), instance);
            let member = Member {
                id: sensor.clone(),
                port: Some(4789),
                zone: None,
                health: "healthy".to_owned(),
            };
            (facts.healthy, facts.instances) = (1, [sensor.into()].into());
            let balancer = self.net.balancers.get_mut(&id).expect("it was just made");
            balancer.target_groups[0].members.push(member);
        }
    }

    fn make_interfaces(&mut self) {
        let enis: Vec<(EniId, VpcId, SubnetId)> = self
            .inv
            .enis()
            .map(|(_, _, e)| (e.id.clone(), e.vpc.clone(), e.subnet.clone()))
            .collect();
        let lone = self.inv.lone_enis.iter().filter_map(|(id, lone)| match lone {
            LoneEni::Attached { vpc, .. } | LoneEni::Detached { vpc } => {
                Some((id.clone(), vpc.clone(), subnet_of(vpc)))
            }
            LoneEni::Gone => None,
        });
        let all: Vec<_> = enis.into_iter().chain(lone).collect();
        for (id, vpc, subnet) in all {
            let groups = [format!("sg-of-{vpc}").into()].into();
            let facts = InterfaceFacts { vpc, subnet: subnet.clone(), primary: None, groups };
            self.net.interfaces.insert(id.clone(), facts);
            self.give_address(&id, &subnet);
        }
    }

    /// The next address of a subnet.
    fn give_address(&mut self, eni: &EniId, subnet: &SubnetId) {
        self.addresses = self.addresses.checked_add(1).unwrap_or(10);
        let block = self.inv.subnets.get(subnet).and_then(|subnet| subnet.block);
        let address = block.map(|block| {
            let mut octets = block.network().octets();
            octets[3] = self.addresses;
            IpAddr::from(octets)
        });
        self.set_address(eni, address);
    }

    fn set_address(&mut self, eni: &EniId, address: Option<IpAddr>) {
        if let Some(facts) = self.net.interfaces.get_mut(eni) {
            facts.primary = address;
        }
        for found in self.inv.instances.values_mut().flat_map(|i| &mut i.enis) {
            if found.id == *eni {
                found.addresses = address.into_iter().collect();
            }
        }
    }

    /// Nothing that this call tells is read, because it is not allowed.
    pub fn unread(self, call: Call) -> Self {
        self.unread_for(call, ErrorKind::Denied)
    }

    /// Nothing that this call tells is read, for another reason.
    pub fn unread_for(mut self, call: Call, kind: ErrorKind) -> Self {
        self.unread.insert(call, kind);
        self
    }

    /// What the audit gets to see.
    pub fn overview(&self) -> Overview {
        let (mut inventory, mut network) = (self.inv.clone(), self.net.clone());
        // What no ACL was named for has its VPC's.
        let named: BTreeSet<SubnetId> =
            network.network_acls.values().flat_map(|acl| acl.subnets.clone()).collect();
        for (id, subnet) in inventory.subnets.iter().filter(|(id, _)| !named.contains(*id)) {
            let acl = network.network_acls.get_mut(&format!("acl-of-{}", subnet.vpc).into());
            if let Some(acl) = acl {
                acl.subnets.insert(id.clone());
            }
        }
        add_holders(&inventory, &mut network);
        let mut unread = BTreeMap::new();
        for (call, kind) in &self.unread {
            refuse::refuse(*call, &mut inventory, &mut network);
            let error = CloudError {
                kind: *kind,
                call: *call,
                resource: None,
                code: Some("UnauthorizedOperation".to_owned()),
                message: "not authorized".to_owned(),
            };
            unread.insert(*call, error);
        }
        Overview { inventory, network, unread }
    }

    /// Looks at it.
    pub fn look(&self) -> Audit {
        look(&self.overview(), &self.settings, &self.expect).expect("no filter is pinned")
    }

    /// The findings with a code.
    pub fn found(&self, code: FindingCode) -> Vec<Finding> {
        self.look().findings.into_iter().filter(|finding| finding.code == code).collect()
    }

    /// Whether the packets of the session `tms-1` arrive: `arrives`, the codes of what blocks them, or `?` and what cannot be
    /// told.
    pub fn arrival(&self) -> String {
        let audit = self.look();
        let session = audit.sessions.iter().find(|s| s.id.as_str() == "tms-1");
        match &session.expect("the test has a session tms-1").arrival {
            Some(Arrival::Arrives) => "arrives".to_owned(),
            Some(Arrival::Blocked(codes)) => codes.join(" "),
            Some(Arrival::CannotTell(why)) => format!("? {}", why.join("; ")),
            None => "nothing is sent".to_owned(),
        }
    }
}

/// Who has the addresses that load balancers send to.
fn add_holders(inv: &Inventory, net: &mut Network) {
    let groups = net.balancers.values().flat_map(|balancer| &balancer.target_groups);
    let members = groups.flat_map(|group| &group.members);
    let registered: BTreeSet<IpAddr> = members.filter_map(|m| m.id.parse().ok()).collect();
    let primary = net.interfaces.iter().filter_map(|(id, facts)| Some((facts.primary?, id)));
    let all = inv.enis().flat_map(|(_, _, eni)| eni.addresses.iter().map(|a| (*a, &eni.id)));
    let found: Vec<(IpAddr, EniId)> = primary
        .chain(all)
        .filter(|(address, _)| registered.contains(address))
        .map(|(address, eni)| (address, eni.clone()))
        .collect();
    for (address, eni) in found {
        net.holders.entry(address).or_default().insert(eni);
    }
}

/// All codes that were found, each as often as it was.
pub fn codes(audit: &Audit) -> Vec<&'static str> {
    audit.findings.iter().map(|finding| finding.code.as_str()).collect()
}
