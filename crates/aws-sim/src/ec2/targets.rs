//! Mirror targets: describe, create, delete.

use crate::dispatch::Ctx;
use crate::ec2::endpoints::GATEWAY_LOAD_BALANCER;
use crate::ec2::listing::{Listing, maybe, one, tag_set};
use crate::ec2::tokens;
use crate::error::{Answer, ApiError};
use crate::kinds::Kind;
use crate::model::{MirrorTarget, TargetKind};
use crate::tags;
use crate::xml::Xml;

const LISTING: Listing = Listing {
    kind: Kind::Target,
    ids: "TrafficMirrorTargetId",
    id_filter: "traffic-mirror-target-id",
    ids_or_pages: false,
    names: &[
        "description",
        "network-interface-id",
        "network-load-balancer-arn",
        "owner-id",
        "traffic-mirror-target-id",
    ],
};

fn values(target: &MirrorTarget, name: &str) -> Vec<String> {
    match (name, &target.kind) {
        ("description", _) => maybe(target.description.as_ref()),
        ("owner-id", _) => one(&target.owner),
        ("traffic-mirror-target-id", _) => one(&target.id),
        ("network-interface-id", TargetKind::Eni(id)) => one(id),
        ("network-load-balancer-arn", TargetKind::Nlb(arn)) => one(arn),
        _ => Vec::new(),
    }
}

fn write(x: &mut Xml, target: &MirrorTarget) {
    x.leaf("trafficMirrorTargetId", &target.id);
    match &target.kind {
        TargetKind::Eni(id) => x.leaf("networkInterfaceId", id),
        TargetKind::Nlb(arn) => x.leaf("networkLoadBalancerArn", arn),
        TargetKind::Gwlbe(id) => x.leaf("gatewayLoadBalancerEndpointId", id),
    }
    x.leaf("type", target.kind.name());
    x.opt("description", target.description.as_ref());
    x.leaf("ownerId", &target.owner);
    tag_set(x, &target.tags);
}

/// DescribeTrafficMirrorTargets.
pub(crate) fn describe(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let (targets, token) = LISTING.page(ctx, &ctx.world.targets, |_| true, values)?;
    let mut xml = Xml::new();
    xml.items("trafficMirrorTargetSet", &targets, |x, target| write(x, target));
    xml.opt("nextToken", token);
    Ok(xml)
}

/// CreateTrafficMirrorTarget.
pub(crate) fn create(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let request = ctx.request;
    let kind = what(ctx)?;
    let tags = tags::specified_for(request, Kind::Target, ctx.world.quotas.tags)?;
    if let Some(made) = tokens::made_before(ctx)? {
        ctx.dry_run()?;
        return Ok(tokens::again(&made));
    }
    match &kind {
        TargetKind::Eni(id) => check_eni(ctx, id)?,
        TargetKind::Nlb(arn) => check_nlb(ctx, arn)?,
        TargetKind::Gwlbe(id) => check_endpoint(ctx, id)?,
    }
    let limit = ctx.world.quotas.targets;
    if ctx.world.targets.len() >= limit {
        return Err(ApiError::bad(
            "TrafficMirrorTargetLimitExceeded",
            format!("Traffic mirror target limit reached ({limit})"),
        ));
    }
    ctx.dry_run()?;
    let target = MirrorTarget {
        id: ctx.world.mint.id("tmt"),
        owner: ctx.world.account.clone(),
        kind,
        description: request.str("Description").map(str::to_owned),
        sources_limit: None,
        tags,
    };
    ctx.world.put_target(target.clone());
    let mut xml = Xml::new();
    xml.el("trafficMirrorTarget", |x| write(x, &target));
    xml.opt("clientToken", request.str("ClientToken"));
    Ok(tokens::remember(ctx, vec![target.id], xml))
}

/// Exactly one of the three kinds; the service model marks none as required.
fn what(ctx: &Ctx<'_>) -> Answer<TargetKind> {
    let request = ctx.request;
    let given = [
        request.str("NetworkInterfaceId").map(|id| TargetKind::Eni(id.to_owned())),
        request.str("NetworkLoadBalancerArn").map(|arn| TargetKind::Nlb(arn.to_owned())),
        request.str("GatewayLoadBalancerEndpointId").map(|id| TargetKind::Gwlbe(id.to_owned())),
    ];
    let mut given = given.into_iter().flatten();
    let Some(kind) = given.next() else {
        return Err(ApiError::bad(
            "MissingParameter",
            "The request must contain exactly one of NetworkInterfaceId, NetworkLoadBalancerArn, GatewayLoadBalancerEndpointId",
        ));
    };
    if given.next().is_some() {
        return Err(ApiError::combination(
            "Only one of NetworkInterfaceId, NetworkLoadBalancerArn and GatewayLoadBalancerEndpointId can be given",
        ));
    }
    Ok(kind)
}

fn check_eni(ctx: &Ctx<'_>, id: &str) -> Answer<()> {
    if ctx.world.enis.seen(id, ctx.view).is_none() || !ctx.world.enis.has(id) {
        return Err(ctx.missing(Kind::Eni, &[id]));
    }
    crate::ec2::session_rules::check_not_target(ctx, id)?;
    if let Some(session) = ctx.world.sessions_of(id).next() {
        return Err(ApiError::bad(
            "InterfaceInUseByTrafficMirrorSession",
            format!("{id} is in use by session {}", session.id),
        ));
    }
    Ok(())
}

fn check_nlb(ctx: &Ctx<'_>, arn: &str) -> Answer<()> {
    let seen = ctx.world.balancers.seen(arn, ctx.view).is_some();
    let Some(balancer) = ctx.world.balancers.get(arn).filter(|_| seen) else {
        let well_formed = arn.starts_with("arn:aws")
            && arn.contains(":elasticloadbalancing:")
            && arn.contains(":loadbalancer/");
        return Err(if well_formed {
            let text = format!("The network load balancer '{arn}' does not exist");
            ApiError::bad("InvalidNetworkLoadBalancerArn.NotFound", text)
        } else {
            let text = format!("Invalid network load balancer ARN: '{arn}'");
            ApiError::bad("InvalidNetworkLoadBalancerArn.Malformed", text)
        });
    };
    if balancer.kind != "network" {
        return Err(ApiError::bad(
            "InvalidNetworkLoadBalancerArn.Malformed",
            format!("'{arn}' is not a network load balancer"),
        ));
    }
    match ctx.world.index.target_by_nlb.get(arn) {
        None => Ok(()),
        Some(target) => Err(ApiError::bad(
            "NlbInUseByTrafficMirrorTargetException",
            format!("{arn} is in use by target {target}"),
        )),
    }
}

/// One of another type than a Gateway Load Balancer's cannot receive mirrored traffic.
fn check_endpoint(ctx: &Ctx<'_>, id: &str) -> Answer<()> {
    let seen = ctx.world.endpoints.seen(id, ctx.view).is_some();
    let endpoint = ctx.world.endpoints.get(id).filter(|_| seen);
    let endpoint = endpoint.ok_or_else(|| ctx.missing(Kind::Endpoint, &[id]))?;
    if endpoint.kind != GATEWAY_LOAD_BALANCER {
        return Err(ApiError::bad(
            "InvalidVpcEndpointType",
            format!("{id} is of type {}, not {GATEWAY_LOAD_BALANCER}", endpoint.kind),
        ));
    }
    Ok(())
}

/// DeleteTrafficMirrorTarget.
pub(crate) fn delete(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let id = ctx.request.need("TrafficMirrorTargetId")?;
    let seen = ctx.world.targets.seen(id, ctx.view).is_some();
    let target = ctx.world.targets.get(id).filter(|_| seen);
    let target = target.ok_or_else(|| ctx.missing(Kind::Target, &[id]))?;
    if target.owner != ctx.world.account {
        return Err(ApiError::new(
            403,
            "UnauthorizedOperation",
            "You are not authorized to perform this operation.",
        ));
    }
    // Sessions of other accounts do not protect a shared target: they become inactive.
    let account = &ctx.world.account;
    let sources = ctx.world.index.sources_by_target.get(id).into_iter().flatten();
    let own = sources.flat_map(|(eni, _)| ctx.world.sessions_of(eni));
    let mut own = own.filter(|session| session.target == id && session.owner == *account);
    if let Some(session) = own.next() {
        return Err(ApiError::bad(
            "TrafficMirrorTargetInUseException",
            format!("{id} is in use by session {}", session.id),
        ));
    }
    drop(own);
    ctx.dry_run()?;
    ctx.world.remove_target(id);
    let mut xml = Xml::new();
    xml.leaf("trafficMirrorTargetId", id);
    Ok(xml)
}
