//! Words for what packets meet on their way.

use std::net::IpAddr;

use ipnet::IpNet;
use tap_audit::look::Expectations;
use tap_core::ids::{InstanceId, TargetId};
use tap_core::inventory::{Inventory, Subnet};
use tap_core::network::{
    AclEntry, Balancer, EndpointFacts, GatewayAttachment, Member, Network, NetworkAcl, Peering,
    Permission, Protocol, Route, RouteDestination, RouteTable, SecurityGroup, Via,
};
use tap_core::settings::Settings;

use super::{Account, subnet_of};

/// `all`, `tcp 22`, `udp 4000-5000`.
fn protocol(text: &str) -> (Protocol, Option<(u16, u16)>) {
    let (name, ports) = text.split_once(' ').unwrap_or((text, ""));
    let protocol = match name {
        "all" => Protocol::All,
        "tcp" => Protocol::Number(6),
        "udp" => Protocol::Number(17),
        "odd" => Protocol::Unknown,
        other => panic!("no protocol: {other}"),
    };
    let port = |text: &str| text.parse().expect("a port");
    let ports = (!ports.is_empty()).then(|| match ports.split_once('-') {
        Some((first, last)) => (port(first), port(last)),
        None => (port(ports), port(ports)),
    });
    (protocol, ports)
}

/// What a security group lets in, from blocks, groups (`sg-…`) and prefix lists (`pl-…`).
pub fn permission(what: &str, from: &[&str]) -> Permission {
    let (protocol, ports) = protocol(what);
    let is = |kind: &'static str| from.iter().copied().filter(move |f| f.starts_with(kind));
    Permission {
        protocol,
        ports,
        blocks: from.iter().filter_map(|f| f.parse().ok()).collect(),
        groups: is("sg-").map(Into::into).collect(),
        prefix_lists: is("pl-").map(str::to_owned).collect(),
    }
}

/// An entry of a network ACL: `entry(100, "allow", "udp 4789", "10.0.0.0/8")`.
pub fn entry(number: i32, action: &str, what: &str, from: &str) -> AclEntry {
    let (protocol, ports) = protocol(what);
    AclEntry { number, allow: action == "allow", protocol, ports, block: from.parse().ok() }
}

impl Account {
    /// Changes what there are no words for.
    pub fn edit(mut self, change: impl FnOnce(&mut Inventory, &mut Network)) -> Self {
        change(&mut self.inv, &mut self.net);
        self
    }

    /// Changes the settings.
    pub fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Changes what the user holds to be right.
    pub fn expecting(mut self, change: impl FnOnce(&mut Expectations)) -> Self {
        change(&mut self.expect);
        self
    }

    /// One more subnet.
    pub fn subnet(mut self, id: &str, vpc: &str, block: &str, zone: &str) -> Self {
        let block = Some(block.parse().expect("a block"));
        let subnet = Subnet { zone: zone.to_owned(), block, ..Subnet::of(vpc.into()) };
        self.inv.subnets.insert(id.into(), subnet);
        self
    }

    /// Moves an interface to a subnet, and gives it an address there.
    pub fn place(mut self, eni: &str, subnet: &str) -> Self {
        let vpc = self.inv.subnets[&subnet.into()].vpc.clone();
        for found in self.inv.instances.values_mut().flat_map(|i| &mut i.enis) {
            if found.id.as_str() == eni {
                (found.subnet, found.vpc) = (subnet.into(), vpc.clone());
            }
        }
        let facts = self.net.interfaces.get_mut(&eni.into()).expect("the interface is there");
        (facts.subnet, facts.vpc) = (subnet.into(), vpc);
        self.give_address(&eni.into(), &subnet.into());
        self
    }

    /// The address of an interface.
    pub fn address(mut self, eni: &str, address: &str) -> Self {
        let address: IpAddr = address.parse().expect("an address");
        self.set_address(&eni.into(), Some(address));
        self
    }

    /// The one block of a VPC, and of its first subnet the first part of it.
    pub fn block(mut self, vpc: &str, block: &str) -> Self {
        let net: IpNet = block.parse().expect("a block");
        self.inv.vpcs.get_mut(&vpc.into()).expect("the VPC is there").blocks = vec![net];
        let table = self.net.route_tables.get_mut(&format!("rtb-of-{vpc}").into());
        table.expect("the table is there").routes[0].destination = RouteDestination::Block(net);
        let IpNet::V4(net) = net else { panic!("an IPv4 block") };
        let first = net.subnets(24).ok().and_then(|mut all| all.next());
        let subnet = self.inv.subnets.get_mut(&subnet_of(&vpc.into()));
        subnet.expect("the subnet is there").block = first;
        self
    }

    /// A route table of its own for some subnets, with its local route.
    pub fn table(mut self, id: &str, vpc: &str, subnets: &[&str]) -> Self {
        let main = &self.net.route_tables[&format!("rtb-of-{vpc}").into()];
        let routes = main.routes.iter().take(1).cloned().collect();
        let subnets = subnets.iter().map(|id| (*id).into()).collect();
        let table = RouteTable { vpc: vpc.into(), main: false, subnets, routes };
        self.net.route_tables.insert(id.into(), table);
        self
    }

    /// A route: to a block or a prefix list, by `pcx-…`, `tgw-…`, `vpce-…` or anything else.
    pub fn route(self, table: &str, to: &str, via: &str) -> Self {
        self.any_route(table, to, via, true)
    }

    /// A route that AWS calls a black hole.
    pub fn black_hole(self, table: &str, to: &str, via: &str) -> Self {
        self.any_route(table, to, via, false)
    }

    fn any_route(mut self, table: &str, to: &str, via: &str, active: bool) -> Self {
        let destination = match to.parse() {
            Ok(block) => RouteDestination::Block(block),
            Err(_) => RouteDestination::PrefixList(to.to_owned()),
        };
        let is_endpoint = self.net.endpoints.contains_key(&via.into());
        let via = match via.split('-').next() {
            Some("pcx") => Via::Peering(via.into()),
            Some("tgw") => Via::Gateway(via.into()),
            Some("vpce") if is_endpoint => Via::Endpoint(via.into()),
            _ => Via::Other(via.to_owned()),
        };
        let table = self.net.route_tables.get_mut(&table.into()).expect("the table is there");
        table.routes.push(Route { destination, via, active: Some(active) });
        self
    }

    /// A peering, active.
    pub fn peering(self, id: &str, a: &str, b: &str) -> Self {
        self.peering_that_is(id, a, b, "active")
    }

    /// A peering in a state.
    pub fn peering_that_is(mut self, id: &str, a: &str, b: &str, status: &str) -> Self {
        let peering =
            Peering { requester: a.into(), accepter: b.into(), status: status.to_owned() };
        self.net.peerings.insert(id.into(), peering);
        self
    }

    /// The attachment of a VPC to a transit gateway.
    pub fn attachment(mut self, gateway: &str, vpc: &str, state: &str) -> Self {
        let attachment = GatewayAttachment {
            gateway: gateway.into(),
            vpc: vpc.into(),
            subnets: [subnet_of(&vpc.into())].into(),
            state: state.to_owned(),
        };
        self.net.attachments.push(attachment);
        self
    }

    /// A Gateway Load Balancer endpoint in a VPC's first subnet.
    pub fn endpoint(mut self, id: &str, vpc: &str, state: &str) -> Self {
        let subnets = [subnet_of(&vpc.into())].into();
        let facts = EndpointFacts { vpc: vpc.into(), subnets, state: state.to_owned() };
        self.net.endpoints.insert(id.into(), facts);
        self
    }

    /// A security group with what it lets in. It lets everything out.
    pub fn group(mut self, id: &str, vpc: &str, ingress: &[Permission]) -> Self {
        let egress = vec![permission("all", &["0.0.0.0/0"])];
        let group = SecurityGroup { vpc: vpc.into(), ingress: ingress.to_vec(), egress };
        self.net.security_groups.insert(id.into(), group);
        self
    }

    /// What a security group lets out.
    pub fn group_out(mut self, id: &str, egress: &[Permission]) -> Self {
        let group = self.net.security_groups.get_mut(&id.into()).expect("the group is there");
        group.egress = egress.to_vec();
        self
    }

    /// The security groups of an interface.
    pub fn in_groups(mut self, eni: &str, groups: &[&str]) -> Self {
        let facts = self.net.interfaces.get_mut(&eni.into()).expect("the interface is there");
        facts.groups = groups.iter().map(|id| (*id).into()).collect();
        self
    }

    /// A network ACL of some subnets, with what it says of packets coming in. It lets everything out.
    pub fn acl(mut self, id: &str, vpc: &str, subnets: &[&str], ingress: &[AclEntry]) -> Self {
        let subnets = subnets.iter().map(|id| (*id).into()).collect();
        let egress = vec![entry(100, "allow", "all", "0.0.0.0/0")];
        let acl = NetworkAcl { vpc: vpc.into(), subnets, ingress: ingress.to_vec(), egress };
        self.net.network_acls.insert(id.into(), acl);
        self
    }

    /// What a network ACL says of packets going out.
    pub fn acl_out(mut self, id: &str, egress: &[AclEntry]) -> Self {
        let acl = self.net.network_acls.get_mut(&id.into()).expect("the network ACL is there");
        acl.egress = egress.to_vec();
        self
    }

    /// Changes a load balancer.
    pub fn balancer(mut self, target: &str, change: impl FnOnce(&mut Balancer)) -> Self {
        change(self.net.balancers.get_mut(&target.into()).expect("the load balancer is there"));
        self
    }

    /// The load balancer has a node in this subnet too.
    pub fn node(self, target: &str, subnet: &str) -> Self {
        let zone = self.inv.subnets[&subnet.into()].zone.clone();
        self.balancer(target, |balancer| drop(balancer.subnets.insert(subnet.into(), zone)))
    }

    /// Nobody is registered behind a load balancer, and its appliance is not there.
    pub fn no_members(mut self, target: &str) -> Self {
        let facts = self.inv.nlbs.get_mut(&target.into()).expect("the load balancer is there");
        (facts.healthy, facts.instances, facts.addresses) = Default::default();
        self.inv.instances.remove(&format!("i-sensor-{target}").into());
        self.net.interfaces.remove(&format!("eni-sensor-{target}").into());
        self.balancer(target, |balancer| balancer.target_groups[0].members.clear())
    }

    /// The health of all that is registered.
    pub fn health(mut self, target: &str, health: &str) -> Self {
        self = self.balancer(target, |balancer| {
            for member in balancer.target_groups.iter_mut().flat_map(|g| &mut g.members) {
                member.health = health.to_owned();
            }
        });
        self.count_healthy(target)
    }

    /// Somebody more is registered: an instance or an address.
    pub fn member(mut self, target: &str, id: &str, health: &str) -> Self {
        let facts = self.inv.nlbs.get_mut(&target.into()).expect("the load balancer is there");
        match id.parse::<IpAddr>() {
            Ok(address) => drop(facts.addresses.insert(address)),
            Err(_) => drop(facts.instances.insert(InstanceId::from(id))),
        }
        let member =
            Member { id: id.to_owned(), port: Some(4789), zone: None, health: health.to_owned() };
        self.balancer(target, |balancer| balancer.target_groups[0].members.push(member))
            .count_healthy(target)
    }

    fn count_healthy(mut self, target: &str) -> Self {
        let target = TargetId::from(target);
        let groups = &self.net.balancers[&target].target_groups;
        let healthy = groups.iter().flat_map(|g| &g.members).filter(|m| m.health == "healthy");
        let healthy = healthy.count();
        self.inv.nlbs.get_mut(&target).expect("the load balancer is there").healthy = healthy;
        self
    }

    /// The accounts of the organization.
    pub fn organization(mut self, accounts: &[&str]) -> Self {
        let own = self.inv.scope.account.clone();
        let others = accounts.iter().map(|id| (*id).into());
        self.net.organization = Some(others.chain([own]).collect());
        self
    }

    /// The account that a target belongs to. What stands behind it is not seen then.
    pub fn owner(mut self, target: &str, account: &str) -> Self {
        let target = TargetId::from(target);
        self.inv.targets.get_mut(&target).expect("the target is there").owner = account.into();
        self.inv.nlbs.remove(&target);
        self.net.balancers.remove(&target);
        self.inv.instances.remove(&format!("i-sensor-{target}").into());
        self.net.interfaces.remove(&format!("eni-sensor-{target}").into());
        self
    }
}
