//! Changes to what lies between VPCs, and to what stands behind a mirror target: endpoints, peerings, load balancers.

use crate::model::{Block, LoadBalancer, PeeredVpc, Peering, Tags, TargetGroup, Via};
use crate::store::Store;
use crate::world::RegionWorld;

/// The id of a thing named by id or by Name tag.
fn named<T: Clone>(store: &Store<T>, id_or_name: &str, tags: fn(&T) -> &Tags) -> Option<String> {
    if store.has(id_or_name) {
        return Some(id_or_name.to_owned());
    }
    let hit = |thing: &T| tags(thing).get("Name").is_some_and(|name| name == id_or_name);
    store.iter().find(|(_, thing)| hit(thing)).map(|(id, _)| id.to_owned())
}

impl RegionWorld {
    /// The id of a VPC endpoint named by id or by Name tag.
    pub fn vpc_endpoint_id(&self, id_or_name: &str) -> Option<String> {
        named(&self.endpoints, id_or_name, |endpoint| &endpoint.tags)
    }

    /// Deletes a VPC endpoint; a mirror target on it stays behind.
    pub fn delete_vpc_endpoint(&mut self, id_or_name: &str) -> bool {
        let Some(id) = self.vpc_endpoint_id(id_or_name) else { return false };
        self.endpoints.remove(&id).is_some()
    }

    /// Sets the state of a VPC endpoint: `available`, `pendingAcceptance`, `rejected`, ..
    pub fn set_vpc_endpoint_state(&mut self, id_or_name: &str, state: &str) -> bool {
        let Some(id) = self.vpc_endpoint_id(id_or_name) else { return false };
        self.endpoints.edit(&id, |endpoint| endpoint.state = state.to_owned())
    }

    /// Gives a VPC, by id or Name tag, another block of addresses, of either family.
    pub fn associate_cidr(&mut self, vpc: &str, cidr: &str) -> bool {
        let Some(id) = self.vpc_id(vpc) else { return false };
        let association = self.mint.id("vpc-cidr-assoc");
        let (cidr, state) = (cidr.to_owned(), "associated".to_owned());
        let block = Block { cidr, association, state };
        self.vpcs.edit(&id, |vpc| vpc.more_blocks.push(block))
    }

    /// Takes a block of addresses from a VPC, by id or Name tag; AWS lists it as disassociated for a while.
    pub fn disassociate_cidr(&mut self, vpc: &str, cidr: &str) -> bool {
        let Some(id) = self.vpc_id(vpc) else { return false };
        self.vpcs.edit(&id, |vpc| {
            for block in vpc.more_blocks.iter_mut().filter(|block| block.cidr == cidr) {
                block.state = "disassociated".to_owned();
            }
        })
    }

    /// Peers two VPCs of this region, by id or Name tag, and gives the peering's id; it is active at once.
    pub fn create_peering(&mut self, requester: &str, accepter: &str) -> Option<String> {
        let requester = self.peered_vpc(&self.vpc_id(requester)?)?;
        let accepter = self.peered_vpc(&self.vpc_id(accepter)?)?;
        let id = self.mint.id("pcx");
        let status = "active".to_owned();
        let peering = Peering { id: id.clone(), requester, accepter, status, tags: Tags::new() };
        self.peerings.put(&id, peering);
        Some(id)
    }

    pub(crate) fn peered_vpc(&self, id: &str) -> Option<PeeredVpc> {
        self.vpcs.get(id).map(|vpc| PeeredVpc {
            vpc: vpc.id.clone(),
            owner: vpc.owner.clone(),
            region: self.region.clone(),
            cidr: Some(vpc.cidr.clone()),
        })
    }

    /// Sets the status of a peering, by id or Name tag: `active`, `pending-acceptance`, `deleted`, ..
    pub fn set_peering_status(&mut self, id_or_name: &str, status: &str) -> bool {
        let id = named(&self.peerings, id_or_name, |peering| &peering.tags);
        id.is_some_and(|id| self.peerings.edit(&id, |peering| peering.status = status.to_owned()))
    }

    /// Deletes a peering, by id or Name tag.
    pub fn delete_peering(&mut self, id_or_name: &str) -> bool {
        let id = named(&self.peerings, id_or_name, |peering| &peering.tags);
        id.is_some_and(|id| self.peerings.remove(&id).is_some())
    }

    /// Sets the state of a VPC's attachment to a transit gateway, by id or Name tag: `available`, `deleted`, ..
    pub fn set_transit_gateway_attachment_state(&mut self, id_or_name: &str, state: &str) -> bool {
        let id = named(&self.attachments, id_or_name, |attachment| &attachment.tags);
        id.is_some_and(|id| self.attachments.edit(&id, |one| one.state = state.to_owned()))
    }

    /// Deletes a VPC's attachment to a transit gateway, by id or Name tag.
    pub fn delete_transit_gateway_attachment(&mut self, id_or_name: &str) -> bool {
        let id = named(&self.attachments, id_or_name, |attachment| &attachment.tags);
        id.is_some_and(|id| self.attachments.remove(&id).is_some())
    }

    /// The id of a route table named by id or by Name tag.
    pub fn route_table_id(&self, id_or_name: &str) -> Option<String> {
        named(&self.route_tables, id_or_name, |table| &table.tags)
    }

    /// Takes the route to this destination out of a route table, by id or Name tag.
    pub fn delete_route(&mut self, table: &str, destination: &str) -> bool {
        let Some(id) = self.route_table_id(table) else { return false };
        let mut found = false;
        self.route_tables.edit(&id, |table| {
            let before = table.routes.len();
            table.routes.retain(|route| route.via == Via::Local || route.to.text() != destination);
            found = table.routes.len() < before;
        });
        found
    }

    /// The ARN of a load balancer named by ARN or by name.
    pub fn load_balancer_arn(&self, arn_or_name: &str) -> Option<String> {
        let is = |b: &LoadBalancer| b.arn == arn_or_name || b.name == arn_or_name;
        self.balancers.iter().find(|(_, b)| is(b)).map(|(arn, _)| arn.to_owned())
    }

    /// The ARN of a target group named by ARN or by name.
    pub fn target_group_arn(&self, arn_or_name: &str) -> Option<String> {
        let is = |group: &TargetGroup| group.arn == arn_or_name || group.name == arn_or_name;
        self.groups.iter().find(|(_, group)| is(group)).map(|(arn, _)| arn.to_owned())
    }

    /// Deletes a load balancer with its listeners; its target groups and a mirror target on it stay behind.
    pub fn delete_load_balancer(&mut self, arn_or_name: &str) -> bool {
        let Some(arn) = self.load_balancer_arn(arn_or_name) else { return false };
        self.remove_listeners(&arn, |_| true);
        self.balancers.remove(&arn).is_some()
    }

    /// Sets the state of a load balancer for good: `provisioning`, `active`, `active_impaired`, `failed`.
    pub fn set_load_balancer_state(&mut self, arn_or_name: &str, state: &str) -> bool {
        let Some(arn) = self.load_balancer_arn(arn_or_name) else { return false };
        self.balancers.edit(&arn, |balancer| balancer.state = Some(state.to_owned()))
    }

    /// Deletes the listener of a load balancer on a port.
    pub fn delete_listener(&mut self, balancer: &str, port: u16) -> bool {
        let Some(arn) = self.load_balancer_arn(balancer) else { return false };
        self.remove_listeners(&arn, |listener| listener.port == port)
    }

    /// Takes an instance or an address out of a target group, whatever its port.
    pub fn deregister_target(&mut self, group: &str, target: &str) -> bool {
        let Some(arn) = self.target_group_arn(group) else { return false };
        let target = self.instance_id(target).unwrap_or_else(|| target.to_owned());
        let mut found = false;
        self.groups.edit(&arn, |group| {
            let before = group.targets.len();
            group.targets.retain(|registered| registered.id != target);
            found = group.targets.len() < before;
        });
        found
    }

    /// Sets the state that the targets of a group are in: `healthy`, `unhealthy`, ..
    pub fn set_target_health(&mut self, group: &str, health: &str) -> bool {
        let Some(arn) = self.target_group_arn(group) else { return false };
        self.groups.edit(&arn, |group| {
            for target in &mut group.targets {
                target.health = Some(health.to_owned());
            }
        })
    }
}
