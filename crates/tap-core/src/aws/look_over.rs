//! Reads a scope for an audit: what a run reads, and what packets meet on their way. A call that is refused, by IAM or because
//! the endpoint has no such call, is noted, and the rest goes on; any other failure fails the whole.
//!
//! ```text
//!   side by side        instances, sessions, VPCs with their targets and what stands behind them, subnets, filters, interfaces;
//!                       route tables, security groups, network ACLs, peerings, attachments, endpoints
//!   then                what stands behind the targets that only sessions name
//!   then, side by side  interfaces that sessions and targets name and no instance has; those with the addresses that load
//!                       balancers send to
//!   then                the instances of these, and those that load balancers send to
//! ```
//!
//! What packets meet is read of the whole scope, however narrow the audit is: a target may stand in any VPC.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use aws_sdk_ec2::types as sdk;
use futures::try_join;

use crate::aws::AwsCloud;
use crate::aws::convert;
use crate::aws::convert_network::{self, InstanceWithInterfaces};
use crate::aws::look_around::GATEWAY_LOAD_BALANCER;
use crate::aws::look_behind::Behind;
use crate::aws::observe::{
    aside, instances_of_lone_interfaces, interfaces_behind, managed_interfaces, requester_managed,
    targets_named, targets_of_sources,
};
use crate::aws::read::NameAndValues;
use crate::aws::send::locked;
use crate::call::Call;
use crate::cloud::{LookOver, Overview};
use crate::error::CloudError;
use crate::ids::{EndpointId, EniId, InstanceId, TargetId, VpcId};
use crate::inventory::{Inventory, LoneEni, MirrorTarget, Narrow, Vpc};
use crate::network::{EndpointFacts, Network};
use crate::settings::Settings;

impl LookOver for AwsCloud {
    async fn look_over(
        &self,
        narrow: &Narrow,
        settings: &Settings,
    ) -> Result<Overview, CloudError> {
        let look = Look { cloud: self, unread: Mutex::default() };
        let mut inventory = Inventory::empty(self.scope.clone());
        inventory.narrow = narrow.clone();
        let cloud = self.clone();
        let sessions = aside(async move { cloud.read_sessions_of_all().await });
        let (ends, sessions, inside, network) = try_join!(
            look.ends(settings),
            look.all(sessions),
            look.inside(narrow),
            look.network(),
        )?;
        (inventory.vpcs, inventory.targets) = (ends.vpcs, ends.targets);
        inventory.sessions = sessions.ours;
        inventory.sources_of_others = sessions.sources_of_others;
        let mut seen = Overview { inventory, network, unread: BTreeMap::new() };
        inside.add_to(&mut seen)?;
        let mut in_use = targets_of_sources(&seen.inventory, settings);
        let more: BTreeSet<TargetId> = in_use.difference(&ends.in_use).cloned().collect();
        for (id, behind) in look.behind(&seen.inventory.targets, &more).await? {
            behind.add_to(&mut seen, id);
        }
        for (id, behind) in ends.behind {
            behind.add_to(&mut seen, id);
        }
        in_use.extend(ends.in_use);
        let holders = look.interfaces(&mut seen, &in_use).await?;
        look.instances(&mut seen, holders).await?;
        find_holders(&mut seen);
        seen.unread = look.unread.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(seen)
    }
}

/// One look at a scope.
pub(super) struct Look<'a> {
    pub(super) cloud: &'a AwsCloud,
    /// The calls that were refused.
    unread: Mutex<BTreeMap<Call, CloudError>>,
}

/// Where traffic may go.
struct Ends {
    vpcs: BTreeMap<VpcId, Vpc>,
    targets: BTreeMap<TargetId, MirrorTarget>,
    /// Those of [`targets_named`].
    in_use: BTreeSet<TargetId>,
    behind: Vec<(TargetId, Behind)>,
}

/// What is in the VPCs that the audit is about, or of the instances.
struct Inside {
    instances: Vec<InstanceWithInterfaces>,
    subnets: Vec<sdk::Subnet>,
    filters: Vec<sdk::TrafficMirrorFilter>,
    interfaces: Vec<sdk::NetworkInterface>,
}

impl Look<'_> {
    /// What was answered; nothing, and a note, where the call is refused. Of several refusals of one call the note is always the
    /// same, whichever came first.
    pub(super) fn allowed<T>(
        &self,
        answer: Result<T, CloudError>,
    ) -> Result<Option<T>, CloudError> {
        match answer {
            Err(error) if error.kind.is_refusal() => {
                let mut unread = locked(&self.unread);
                let noted = unread.entry(error.call).or_insert_with(|| error.clone());
                if error.resource < noted.resource {
                    *noted = error;
                }
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    /// All of a listing, or nothing of it.
    async fn all<T: Default>(
        &self,
        listing: impl Future<Output = Result<T, CloudError>>,
    ) -> Result<T, CloudError> {
        Ok(self.allowed(listing.await)?.unwrap_or_default())
    }

    async fn ends(&self, settings: &Settings) -> Result<Ends, CloudError> {
        let (vpcs, targets) = try_join!(
            self.all(self.cloud.describe_vpcs(&[])),
            self.all(self.cloud.describe_targets(&[])),
        )?;
        let vpcs: BTreeMap<VpcId, Vpc> = vpcs.iter().map(convert::vpc).collect::<Result<_, _>>()?;
        let targets: BTreeMap<TargetId, MirrorTarget> =
            targets.iter().map(convert::target).collect::<Result<_, _>>()?;
        let in_use = targets_named(&vpcs, &targets, settings);
        let behind = self.behind(&targets, &in_use).await?;
        Ok(Ends { vpcs, targets, in_use, behind })
    }

    async fn inside(&self, narrow: &Narrow) -> Result<Inside, CloudError> {
        let vpcs: Vec<&str> = narrow.vpcs.iter().map(|id| id.as_str()).collect();
        let ids: Vec<&str> = narrow.instances.iter().map(|id| id.as_str()).collect();
        let within: Vec<NameAndValues<'_>> = match (ids.is_empty(), vpcs.is_empty()) {
            (false, _) => vec![("instance-id", ids)],
            (true, false) => vec![("vpc-id", vpcs)],
            (true, true) => Vec::new(),
        };
        let interfaces = async {
            if !narrow.instances.is_empty() {
                // They are looked up with those behind the targets.
                return Ok(Vec::new());
            }
            let account = self.cloud.scope.account.as_str();
            let of_whole = || managed_interfaces(account);
            let filters = if within.is_empty() { of_whole() } else { within.clone() };
            self.all(self.cloud.describe_interfaces(&filters)).await
        };
        let (instances, subnets, filters, interfaces) = try_join!(
            self.all(self.cloud.read_instances_with_interfaces(&within)),
            self.all(self.cloud.describe_subnets(&[])),
            self.all(self.cloud.describe_filters(&[])),
            interfaces,
        )?;
        Ok(Inside { instances, subnets, filters, interfaces })
    }

    /// Reads what packets meet on their way, but for interfaces and load balancers.
    async fn network(&self) -> Result<Network, CloudError> {
        let of_kind = [("vpc-endpoint-type", vec![GATEWAY_LOAD_BALANCER])];
        let (tables, groups, acls, peerings, attachments, endpoints) = try_join!(
            self.all(self.cloud.describe_route_tables(&[])),
            self.all(self.cloud.describe_security_groups(&[])),
            self.all(self.cloud.describe_network_acls(&[])),
            self.all(self.cloud.describe_peerings(&[])),
            self.all(self.cloud.describe_gateway_attachments(&[])),
            self.all(self.cloud.describe_endpoints(&of_kind)),
        )?;
        let of_kind = |endpoint: &&sdk::VpcEndpoint| {
            endpoint.vpc_endpoint_type().is_some_and(|kind| kind.as_str() == GATEWAY_LOAD_BALANCER)
        };
        let endpoints = endpoints.iter().filter(of_kind).map(convert_network::endpoint);
        let endpoints: BTreeMap<EndpointId, EndpointFacts> = endpoints.collect::<Result<_, _>>()?;
        let is_endpoint = |id: &str| endpoints.contains_key(&EndpointId::from(id));
        let tables = tables.iter().map(|table| convert_network::route_table(table, is_endpoint));
        let attachments = attachments.iter().map(convert_network::attachment);
        let mut attachments: Vec<_> = attachments.collect::<Result<_, _>>()?;
        // Pages come in any order; the same account gives the same bytes.
        attachments
            .sort_by(|a, b| (&a.gateway, &a.vpc, &a.state).cmp(&(&b.gateway, &b.vpc, &b.state)));
        Ok(Network {
            route_tables: tables.collect::<Result<_, _>>()?,
            security_groups: groups
                .iter()
                .map(convert_network::security_group)
                .collect::<Result<_, _>>()?,
            network_acls: acls
                .iter()
                .map(convert_network::network_acl)
                .collect::<Result<_, _>>()?,
            peerings: peerings.iter().map(convert_network::peering).collect::<Result<_, _>>()?,
            attachments,
            endpoints,
            ..Network::default()
        })
    }

    /// Looks up the interfaces that sessions and targets name and no instance has, and those with the addresses that load
    /// balancers send to. Returns the instances of the latter.
    async fn interfaces(
        &self,
        seen: &mut Overview,
        in_use: &BTreeSet<TargetId>,
    ) -> Result<BTreeSet<InstanceId>, CloudError> {
        let Overview { inventory: inv, network, .. } = seen;
        let mut wanted = interfaces_behind(inv, in_use);
        // A narrow audit has read all that it is about; what other sessions stand on is not its business.
        if inv.narrow.is_whole() {
            wanted.extend(inv.sessions.values().map(|session| session.eni.clone()));
        }
        let of_instances = inv.enis().map(|(_, _, eni)| eni.id.clone());
        let known: BTreeSet<EniId> = of_instances.chain(inv.lone_enis.keys().cloned()).collect();
        wanted.retain(|eni| !known.contains(eni));
        let mut asked = wanted.clone();
        if !inv.narrow.instances.is_empty() {
            // Only an interface itself says whether a service manages it.
            asked.extend(known);
        }
        let held: BTreeSet<IpAddr> =
            inv.enis().flat_map(|(_, _, eni)| &eni.addresses).copied().collect();
        // Load balancers send mirrored traffic to IPv4 addresses only.
        let mut addresses = registered_addresses(network);
        addresses.retain(|address| address.is_ipv4() && !held.contains(address));
        let (named, holders) = try_join!(
            self.interfaces_with("network-interface-id", &asked),
            self.interfaces_with("addresses.private-ip-address", &addresses),
        )?;
        if let Some(answer) = named {
            inv.requester_managed.extend(requester_managed(&answer));
            let found = answer.iter().map(convert_network::interface);
            let facts: BTreeMap<_, _> = found.collect::<Result<_, _>>()?;
            network.interfaces.extend(facts.into_iter().filter(|(id, _)| asked.contains(id)));
            let mut found: BTreeMap<EniId, LoneEni> =
                answer.iter().map(convert::lone_eni).collect::<Result<_, _>>()?;
            for eni in wanted {
                let lone = found.remove(&eni).unwrap_or(LoneEni::Gone);
                inv.lone_enis.insert(eni, lone);
            }
        }
        let mut instances = BTreeSet::new();
        for holder in holders.unwrap_or_default() {
            let (id, facts) = convert_network::interface(&holder)?;
            let all = holder.private_ip_addresses().iter().filter_map(|a| a.private_ip_address());
            let all = holder.private_ip_address().into_iter().chain(all);
            let of_it = all.filter_map(|address| address.parse().ok());
            for address in of_it.filter(|address| addresses.contains(address)) {
                network.holders.entry(address).or_default().insert(id.clone());
                network.interfaces.insert(id.clone(), facts.clone());
                let attached = holder.attachment().filter(|a| convert::is_attached(a));
                instances.extend(attached.and_then(|a| a.instance_id()).map(InstanceId::from));
            }
        }
        Ok(instances)
    }

    /// The interfaces that a filter of one value lets through; none, where it has no values.
    async fn interfaces_with<T: ToString>(
        &self,
        filter: &str,
        values: &BTreeSet<T>,
    ) -> Result<Option<Vec<sdk::NetworkInterface>>, CloudError> {
        if values.is_empty() {
            return Ok(None);
        }
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        let values = values.iter().map(String::as_str).collect();
        self.allowed(self.cloud.describe_interfaces(&[(filter, values)]).await)
    }

    /// Reads instances that were not listed: those that lone interfaces are attached to, those that load balancers send to.
    async fn instances(
        &self,
        seen: &mut Overview,
        mut wanted: BTreeSet<InstanceId>,
    ) -> Result<(), CloudError> {
        let inv = &seen.inventory;
        wanted.extend(instances_of_lone_interfaces(inv));
        wanted.extend(inv.nlbs.values().flat_map(|nlb| nlb.instances.iter().cloned()));
        wanted.retain(|id| !inv.instances.contains_key(id));
        if wanted.is_empty() || locked(&self.unread).contains_key(&Call::DescribeInstances) {
            return Ok(());
        }
        let ids = wanted.iter().map(InstanceId::as_str).collect();
        let by_id = [("instance-id", ids)];
        let found = self.all(self.cloud.read_instances_with_interfaces(&by_id)).await?;
        add_instances(seen, found.into_iter().filter(|(id, ..)| wanted.contains(id)));
        let inv = &mut seen.inventory;
        let known: BTreeSet<EniId> = inv.enis().map(|(_, _, eni)| eni.id.clone()).collect();
        inv.lone_enis.retain(|id, _| !known.contains(id));
        Ok(())
    }
}

impl Inside {
    fn add_to(self, seen: &mut Overview) -> Result<(), CloudError> {
        let Self { instances, subnets, filters, interfaces } = self;
        add_instances(seen, instances);
        let Overview { inventory: inv, network, .. } = seen;
        inv.subnets = subnets.iter().map(convert::subnet).collect::<Result<_, _>>()?;
        inv.filters = filters.iter().map(convert::filter).collect::<Result<_, _>>()?;
        inv.requester_managed = requester_managed(&interfaces);
        if inv.narrow.vpcs.is_empty() {
            return Ok(());
        }
        // All interfaces of the VPCs were read, those of instances whose first VPC is another among them.
        let known: BTreeSet<EniId> = inv.enis().map(|(_, _, eni)| eni.id.clone()).collect();
        for eni in &interfaces {
            let (id, lone) = convert::lone_eni(eni)?;
            if !known.contains(&id) {
                let (_, facts) = convert_network::interface(eni)?;
                network.interfaces.insert(id.clone(), facts);
                inv.lone_enis.insert(id, lone);
            }
        }
        Ok(())
    }
}

fn add_instances(seen: &mut Overview, found: impl IntoIterator<Item = InstanceWithInterfaces>) {
    for (id, instance, interfaces) in found {
        seen.network.interfaces.extend(interfaces);
        seen.inventory.instances.insert(id, instance);
    }
}

/// The addresses that load balancers send to.
fn registered_addresses(network: &Network) -> BTreeSet<IpAddr> {
    let groups = network.balancers.values().flat_map(|balancer| &balancer.target_groups);
    let members = groups.flat_map(|group| &group.members);
    members.filter_map(|member| member.id.parse().ok()).collect()
}

/// Adds the interfaces of instances to those that have the addresses which load balancers send to.
fn find_holders(seen: &mut Overview) {
    let registered = registered_addresses(&seen.network);
    for (_, _, eni) in seen.inventory.enis() {
        for address in eni.addresses.iter().filter(|address| registered.contains(address)) {
            seen.network.holders.entry(*address).or_default().insert(eni.id.clone());
        }
    }
}
