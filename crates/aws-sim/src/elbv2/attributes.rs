//! Attributes of load balancers: describe, modify.

use std::collections::BTreeMap;

use super::balancers::{by_arn, check_seen};
use super::paging::invalid;
use crate::dispatch::Ctx;
use crate::error::{Answer, ApiError};
use crate::model::LoadBalancer;
use crate::xml::Xml;

const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";
/// Attributes that one call may name.
const MAX_ATTRIBUTES: usize = 20;
/// Of every load balancer.
const COMMON: [&str; 2] = ["deletion_protection.enabled", CROSS_ZONE];
/// Of application and network ones.
const SHARED: [&str; 5] = [
    "access_logs.s3.enabled",
    "access_logs.s3.bucket",
    "access_logs.s3.prefix",
    "ipv6.deny_all_igw_traffic",
    "zonal_shift.config.enabled",
];
/// Of network ones only.
const NETWORK: [&str; 2] =
    ["dns_record.client_routing_policy", "secondary_ips.auto_assigned.per_subnet"];
/// Of application ones only: these, and all that begin so.
const APPLICATION: [&str; 6] = [
    "idle_timeout.timeout_seconds",
    "client_keep_alive.seconds",
    "connection_logs.s3.",
    "health_check_logs.s3.",
    "routing.http",
    "waf.fail_open.enabled",
];

/// What a new load balancer has; the many others that say nothing here are left out.
pub(crate) fn initial(cross_zone: bool) -> BTreeMap<String, String> {
    BTreeMap::from([
        (CROSS_ZONE.to_owned(), cross_zone.to_string()),
        ("deletion_protection.enabled".to_owned(), "false".to_owned()),
    ])
}

fn known(kind: &str, key: &str) -> bool {
    COMMON.contains(&key)
        || (kind != "gateway" && SHARED.contains(&key))
        || (kind == "network" && NETWORK.contains(&key))
        || (kind == "application" && APPLICATION.iter().any(|start| key.starts_with(start)))
}

fn write(balancer: &LoadBalancer) -> Xml {
    let mut xml = Xml::new();
    xml.members("Attributes", &balancer.attributes, |x, (key, value)| {
        x.leaf("Key", key);
        x.leaf("Value", value);
    });
    xml
}

/// DescribeLoadBalancerAttributes.
pub(super) fn describe(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let arn = ctx.request.need("LoadBalancerArn")?;
    check_seen(ctx, arn)?;
    let balancer = ctx.world.balancers.seen(arn, ctx.view);
    Ok(balancer.map_or_else(Xml::new, |balancer| write(&balancer)))
}

/// ModifyLoadBalancerAttributes: all of them, or none where one is refused.
pub(super) fn modify(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let arn = ctx.request.need("LoadBalancerArn")?;
    let balancer = by_arn(ctx, arn)?;
    let mut new = Vec::new();
    for entry in ctx.request.structs("Attributes.member") {
        let (key, value) = (entry.need("Key")?, entry.str("Value").unwrap_or_default());
        let switch = key.ends_with(".enabled");
        let fixed = balancer.kind == "application" && key == CROSS_ZONE && value != "true";
        if !known(&balancer.kind, key) || fixed || (switch && !["true", "false"].contains(&value)) {
            return Err(ApiError::bad(
                "InvalidConfigurationRequest",
                format!("Load balancer attribute '{key}' with value '{value}' is not valid"),
            ));
        }
        new.push((key.to_owned(), value.to_owned()));
    }
    if new.is_empty() || new.len() > MAX_ATTRIBUTES {
        return Err(invalid(format!("Attributes must have 1 to {MAX_ATTRIBUTES} members")));
    }
    ctx.world.balancers.edit(arn, |balancer| balancer.attributes.extend(new));
    Ok(write(by_arn(ctx, arn)?))
}
