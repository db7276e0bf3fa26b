//! What is not there where a call is refused: nothing that only it would have told.

use std::collections::BTreeSet;

use tap_core::call::Call;
use tap_core::ids::EniId;
use tap_core::inventory::{Inventory, LoneEni, TargetKind};
use tap_core::network::{Network, Via};

pub fn refuse(call: Call, inv: &mut Inventory, net: &mut Network) {
    match call {
        Call::DescribeVpcs => inv.vpcs.clear(),
        Call::DescribeSubnets => inv.subnets.clear(),
        Call::DescribeInstances => without_instances(inv, net),
        Call::DescribeNetworkInterfaces => {
            inv.lone_enis.clear();
            inv.requester_managed.clear();
            let known: BTreeSet<&EniId> = inv.enis().map(|(_, _, eni)| &eni.id).collect();
            net.interfaces.retain(|eni, _| known.contains(eni));
            net.holders.values_mut().for_each(|all| all.retain(|eni| known.contains(eni)));
            net.holders.retain(|_, all| !all.is_empty());
        }
        Call::DescribeTrafficMirrorTargets => {
            inv.targets.clear();
            inv.nlbs.clear();
            net.balancers.clear();
        }
        Call::DescribeTrafficMirrorFilters => inv.filters.clear(),
        Call::DescribeTrafficMirrorSessions => {
            inv.sessions.clear();
            inv.sources_of_others.clear();
        }
        Call::DescribeLoadBalancers => {
            inv.nlbs.clear();
            net.balancers.clear();
        }
        Call::DescribeListeners => {
            inv.nlbs.clear();
            net.balancers.values_mut().for_each(|balancer| balancer.target_groups.clear());
        }
        Call::DescribeTargetHealth => {
            inv.nlbs.clear();
            let groups = net.balancers.values_mut().flat_map(|b| &mut b.target_groups);
            groups.for_each(|group| group.members.clear());
        }
        Call::DescribeLoadBalancerAttributes => {
            net.balancers.values_mut().for_each(|balancer| balancer.cross_zone = None);
        }
        Call::DescribeTargetGroupAttributes => {
            let groups = net.balancers.values_mut().flat_map(|b| &mut b.target_groups);
            groups.for_each(|group| group.cross_zone = None);
        }
        Call::DescribeVpcEndpoints => {
            net.endpoints.clear();
            // The ids of gateways do not say which of them are endpoints.
            for route in net.route_tables.values_mut().flat_map(|table| &mut table.routes) {
                if let Via::Endpoint(id) = &route.via {
                    route.via = Via::Other(id.to_string());
                }
            }
        }
        Call::DescribeVpcPeeringConnections => net.peerings.clear(),
        Call::DescribeTransitGatewayVpcAttachments => net.attachments.clear(),
        Call::DescribeRouteTables => net.route_tables.clear(),
        Call::DescribeSecurityGroups => net.security_groups.clear(),
        Call::DescribeNetworkAcls => net.network_acls.clear(),
        Call::ListAccounts => net.organization = None,
        other => panic!("an audit does not begin without {other}"),
    }
}

/// Interfaces that sessions or targets name are looked up by themselves then.
fn without_instances(inv: &mut Inventory, net: &mut Network) {
    let mut named: BTreeSet<EniId> = inv.sessions.values().map(|s| s.eni.clone()).collect();
    named.extend(inv.targets.values().filter_map(|target| match &target.kind {
        TargetKind::Eni(eni) => Some(eni.clone()),
        TargetKind::Nlb(_) | TargetKind::GwlbEndpoint(_) | TargetKind::Unknown(_) => None,
    }));
    // So are those with the addresses that load balancers send to.
    let holders: BTreeSet<EniId> = net.holders.values().flatten().cloned().collect();
    net.interfaces.retain(|eni, _| named.contains(eni) || holders.contains(eni));
    let lone = inv.enis().filter(|(_, _, eni)| named.contains(&eni.id)).map(|(id, _, eni)| {
        let (vpc, instance) = (eni.vpc.clone(), Some(id.clone()));
        (eni.id.clone(), LoneEni::Attached { vpc, instance })
    });
    let lone: Vec<_> = lone.collect();
    inv.lone_enis.extend(lone);
    inv.instances.clear();
}
