//! The paged describes, each read to its last page. An error on any page is an error of the whole (ruling 10).
//!
//! The SDK's form of an instance is several times as large as ours, and a scope may have a hundred thousand: what there may be
//! many of is converted page by page.
//!
//! Filters on the server only save pages: what an answer holds is looked at again by whoever asked, because not every
//! endpoint knows every filter.

use std::future::Future;

use aws_sdk_ec2::types::{self as sdk, Filter};

use crate::aws::AwsCloud;
use crate::aws::convert::{self, Words};
use crate::aws::convert_network::{self, InstanceWithInterfaces};
use crate::call::Call;
use crate::error::CloudError;
use crate::ids::{AccountId, InstanceId};
use crate::inventory::{Instance, MirrorSession};

/// The largest page that EC2 gives.
const PAGE: i32 = 1000;

/// The largest page of route tables, each of which may have a thousand routes.
const PAGE_OF_ROUTE_TABLES: i32 = 100;

/// How many values one filter gets. EC2 takes about 200 in a request (docs/aws.md 1.1).
const VALUES_PER_FILTER: usize = 100;

/// How often a listing is begun whose page tokens go stale.
const LISTINGS: u32 = 3;

/// The codes of a page token that AWS no longer takes.
const STALE_TOKEN: [&str; 2] = ["InvalidNextToken", "InvalidPaginationToken"];

/// A server-side filter with its values.
pub(super) type NameAndValues<'a> = (&'a str, Vec<&'a str>);

macro_rules! paged {
    ($(#[$doc:meta])* $name:ident: $operation:ident, $call:ident, $list:ident, $convert:path => $item:ty $(, $extra:ident($value:expr))*) => {
        $(#[$doc])*
        pub(super) async fn $name(
            &self,
            filters: &[NameAndValues<'_>],
        ) -> Result<Vec<$item>, CloudError> {
            let mut items = Vec::new();
            for filters in chunks(filters) {
                let chunk = restarted(|| async {
                    let (mut chunk, mut words) = (Vec::new(), Words::default());
                    let mut request = self
                        .ec2
                        .$operation()
                        .set_filters((!filters.is_empty()).then(|| filters.clone()))
                        .max_results(PAGE)
                        $(.$extra($value))*;
                    loop {
                        let page = self.send(Call::$call, || request.clone().send()).await?;
                        let items = page.$list.unwrap_or_default();
                        chunk.extend($convert(items, &mut words)?);
                        let Some(next) = next(page.next_token) else { return Ok(chunk) };
                        request = request.next_token(next);
                    }
                });
                items.extend(chunk.await?);
            }
            Ok(items)
        }
    };
}

impl AwsCloud {
    paged!(
        /// All VPCs that pass the filters.
        describe_vpcs: describe_vpcs, DescribeVpcs, vpcs, as_they_are => sdk::Vpc);
    paged!(
        /// All subnets that pass the filters.
        describe_subnets: describe_subnets, DescribeSubnets, subnets, as_they_are => sdk::Subnet);
    paged!(
        /// All instances that pass the filters, those that AWS hides by default included (ruling 17).
        read_instances: describe_instances, DescribeInstances, reservations, convert::instances => (InstanceId, Instance),
        include_managed_resources(true));
    paged!(
        /// The same, with what packets need to know of their interfaces.
        read_instances_with_interfaces: describe_instances, DescribeInstances, reservations, convert_network::instances => InstanceWithInterfaces,
        include_managed_resources(true));
    paged!(
        /// All interfaces that pass the filters, those that AWS hides by default included.
        describe_interfaces: describe_network_interfaces, DescribeNetworkInterfaces, network_interfaces, as_they_are => sdk::NetworkInterface,
        include_managed_resources(true));
    paged!(
        /// All sessions that pass the filters with their owners, other accounts' on our targets included.
        read_sessions: describe_traffic_mirror_sessions, DescribeTrafficMirrorSessions, traffic_mirror_sessions, convert::sessions => (AccountId, MirrorSession));
    paged!(
        /// All targets, own and shared.
        describe_targets: describe_traffic_mirror_targets, DescribeTrafficMirrorTargets, traffic_mirror_targets, as_they_are => sdk::TrafficMirrorTarget);
    paged!(
        /// All VPC endpoints that pass the filters.
        describe_endpoints: describe_vpc_endpoints, DescribeVpcEndpoints, vpc_endpoints, as_they_are => sdk::VpcEndpoint);
    paged!(
        /// All peerings that pass the filters.
        describe_peerings: describe_vpc_peering_connections, DescribeVpcPeeringConnections, vpc_peering_connections, as_they_are => sdk::VpcPeeringConnection);
    paged!(
        /// All attachments of VPCs to transit gateways that pass the filters.
        describe_gateway_attachments: describe_transit_gateway_vpc_attachments, DescribeTransitGatewayVpcAttachments, transit_gateway_vpc_attachments, as_they_are => sdk::TransitGatewayVpcAttachment);
    paged!(
        /// All route tables that pass the filters.
        describe_route_tables: describe_route_tables, DescribeRouteTables, route_tables, as_they_are => sdk::RouteTable,
        max_results(PAGE_OF_ROUTE_TABLES));
    paged!(
        /// All security groups that pass the filters.
        describe_security_groups: describe_security_groups, DescribeSecurityGroups, security_groups, as_they_are => sdk::SecurityGroup);
    paged!(
        /// All network ACLs that pass the filters.
        describe_network_acls: describe_network_acls, DescribeNetworkAcls, network_acls, as_they_are => sdk::NetworkAcl);
    paged!(
        /// All filters with their rules.
        describe_filters: describe_traffic_mirror_filters, DescribeTrafficMirrorFilters, traffic_mirror_filters, as_they_are => sdk::TrafficMirrorFilter);
}

/// For what there are few of.
fn as_they_are<T>(page: Vec<T>, _: &mut Words) -> Result<Vec<T>, CloudError> {
    Ok(page)
}

/// The token of the next page. It is opaque: the same one twice is no sign of the end, only none is (ruling 10).
pub(super) fn next(token: Option<String>) -> Option<String> {
    token.filter(|token| !token.is_empty())
}

/// Reads a listing, and from its start again where AWS no longer takes the token of a page (docs/aws.md 5.2).
async fn restarted<T, F: Future<Output = Result<T, CloudError>>>(
    read: impl Fn() -> F,
) -> Result<T, CloudError> {
    for _ in 1..LISTINGS {
        match read().await {
            Err(error) if STALE_TOKEN.iter().any(|code| error.code.as_deref() == Some(code)) => {}
            other => return other,
        }
    }
    read().await
}

/// The filters as the SDK wants them, once per chunk of the longest value list. At most one list is ever long.
fn chunks(filters: &[NameAndValues<'_>]) -> Vec<Vec<Filter>> {
    let longest = filters.iter().map(|(_, values)| values.len()).max().unwrap_or_default();
    let rounds = longest.div_ceil(VALUES_PER_FILTER).max(1);
    (0..rounds)
        .map(|round| {
            filters
                .iter()
                .map(|(name, values)| {
                    let long = values.len() == longest;
                    let chunk = values.chunks(VALUES_PER_FILTER).nth(if long { round } else { 0 });
                    Filter::builder()
                        .name(*name)
                        .set_values(chunk.map(|c| c.iter().map(|v| (*v).to_owned()).collect()))
                        .build()
                })
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_list_is_cut_and_a_short_one_repeated() {
        let ids: Vec<String> = (0..250).map(|n| format!("eni-{n}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let rounds = chunks(&[("network-interface-id", ids), ("owner-id", vec!["1"])]);
        let lengths: Vec<_> =
            rounds.iter().map(|f| (f[0].values().len(), f[1].values().len())).collect();
        assert_eq!(lengths, [(100, 1), (100, 1), (50, 1)]);
    }

    #[test]
    fn no_filter_is_one_round() {
        assert_eq!(chunks(&[]), [Vec::<Filter>::new()]);
    }
}
