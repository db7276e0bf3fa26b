//! Attributes: of load balancers, describe and modify; of target groups, describe.

use std::collections::BTreeMap;

use super::balancers::{by_arn, check_seen};
use super::groups;
use super::paging::invalid;
use crate::dispatch::Ctx;
use crate::error::{Answer, ApiError};
use crate::xml::Xml;

pub(crate) const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";
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

/// Whether a target group crosses zones, or does as its load balancer does.
pub(crate) const GROUP_CROSS_ZONE: [&str; 3] = ["true", "false", "use_load_balancer_configuration"];

/// What a new target group has, with the defaults of the service model [D]. Those without a default are left out.
pub(crate) fn of_group(protocol: &str, target_type: &str) -> BTreeMap<String, String> {
    let mut all =
        vec![("deregistration_delay.timeout_seconds", "300"), ("stickiness.enabled", "false")];
    if protocol == "GENEVE" {
        all.extend([
            ("stickiness.type", "source_ip_dest_ip_proto"),
            ("target_failover.on_deregistration", "no_rebalance"),
            ("target_failover.on_unhealthy", "no_rebalance"),
        ]);
        return owned(&all);
    }
    all.extend([
        (CROSS_ZONE, "use_load_balancer_configuration"),
        ("target_group_health.dns_failover.minimum_healthy_targets.count", "1"),
        ("target_group_health.dns_failover.minimum_healthy_targets.percentage", "off"),
        ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "1"),
        ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "off"),
    ]);
    if protocol.starts_with("HTTP") {
        all.extend([
            ("load_balancing.algorithm.type", "round_robin"),
            ("load_balancing.algorithm.anomaly_mitigation", "off"),
            ("slow_start.duration_seconds", "0"),
            ("stickiness.app_cookie.duration_seconds", "86400"),
            ("stickiness.lb_cookie.duration_seconds", "86400"),
            ("stickiness.type", "lb_cookie"),
        ]);
        return owned(&all);
    }
    let (of_udp, by_address) = (protocol.ends_with("UDP"), target_type == "ip");
    let yes = |yes: bool| if yes { "true" } else { "false" };
    all.extend([
        ("deregistration_delay.connection_termination.enabled", yes(of_udp)),
        ("preserve_client_ip.enabled", yes(of_udp || !by_address)),
        ("proxy_protocol_v2.enabled", "false"),
        ("stickiness.type", "source_ip"),
        ("target_health_state.unhealthy.connection_termination.enabled", yes(!of_udp)),
        ("target_health_state.unhealthy.draining_interval_seconds", "0"),
    ]);
    owned(&all)
}

fn owned(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// DescribeTargetGroupAttributes.
pub(super) fn describe_group(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let group = groups::seen(ctx, ctx.request.need("TargetGroupArn")?)?;
    Ok(write(&group.attributes))
}

fn known(kind: &str, key: &str) -> bool {
    COMMON.contains(&key)
        || (kind != "gateway" && SHARED.contains(&key))
        || (kind == "network" && NETWORK.contains(&key))
        || (kind == "application" && APPLICATION.iter().any(|start| key.starts_with(start)))
}

fn write(attributes: &BTreeMap<String, String>) -> Xml {
    let mut xml = Xml::new();
    xml.members("Attributes", attributes, |x, (key, value)| {
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
    Ok(balancer.map_or_else(Xml::new, |balancer| write(&balancer.attributes)))
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
    Ok(write(&by_arn(ctx, arn)?.attributes))
}
