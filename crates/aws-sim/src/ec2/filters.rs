//! Mirror filters: describe with their rules inside, create, delete, network services.

use std::sync::Arc;

use crate::dispatch::Ctx;
use crate::ec2::filter_rules;
use crate::ec2::listing::{Listing, maybe, one, tag_set};
use crate::ec2::tokens;
use crate::error::{Answer, ApiError};
use crate::kinds::Kind;
use crate::model::{Direction, MirrorFilter, Rule};
use crate::store::View;
use crate::tags;
use crate::world::RegionWorld;
use crate::xml::Xml;

const LISTING: Listing = Listing {
    kind: Kind::Filter,
    ids: "TrafficMirrorFilterId",
    id_filter: "traffic-mirror-filter-id",
    ids_or_pages: false,
    names: &["description", "traffic-mirror-filter-id"],
};

/// The only network service that can be mirrored.
const SERVICE: &str = "amazon-dns";

fn write(x: &mut Xml, world: &RegionWorld, view: View, filter: &MirrorFilter) {
    let ids = world.index.rules_by_filter.get(&filter.id).into_iter().flatten();
    let mut rules: Vec<Arc<Rule>> = ids.filter_map(|id| world.rules.seen(id, view)).collect();
    rules.sort_by_key(|rule| rule.number);
    let of = |direction| rules.iter().filter(move |rule| rule.direction == direction);
    x.leaf("trafficMirrorFilterId", &filter.id);
    x.items("ingressFilterRuleSet", of(Direction::Ingress), |x, rule| filter_rules::write(x, rule));
    x.items("egressFilterRuleSet", of(Direction::Egress), |x, rule| filter_rules::write(x, rule));
    x.items("networkServiceSet", &filter.services, |x, service| x.text(service));
    x.opt("description", filter.description.as_ref());
    tag_set(x, &filter.tags);
}

/// DescribeTrafficMirrorFilters.
pub(crate) fn describe(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let world = &*ctx.world;
    let values = |filter: &MirrorFilter, name: &str| match name {
        "description" => maybe(filter.description.as_ref()),
        _ => one(&filter.id),
    };
    let (filters, token) = LISTING.page(ctx, &world.filters, |_| true, values)?;
    let mut xml = Xml::new();
    xml.items("trafficMirrorFilterSet", &filters, |x, filter| write(x, world, ctx.view, filter));
    xml.opt("nextToken", token);
    Ok(xml)
}

/// CreateTrafficMirrorFilter.
pub(crate) fn create(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let request = ctx.request;
    let tags = tags::specified_for(request, Kind::Filter, ctx.world.quotas.tags)?;
    if let Some(made) = tokens::made_before(ctx)? {
        ctx.dry_run()?;
        return Ok(tokens::again(&made));
    }
    let limit = ctx.world.quotas.filters;
    if ctx.world.filters.len() >= limit {
        return Err(ApiError::bad(
            "TrafficMirrorFilterLimitExceeded",
            format!("Traffic mirror filter limit reached ({limit})"),
        ));
    }
    ctx.dry_run()?;
    let filter = MirrorFilter {
        id: ctx.world.mint.id("tmf"),
        description: request.str("Description").map(str::to_owned),
        services: Default::default(),
        tags,
    };
    ctx.world.filters.put(&filter.id, filter.clone());
    let mut xml = Xml::new();
    xml.el("trafficMirrorFilter", |x| write(x, ctx.world, None, &filter));
    xml.opt("clientToken", request.str("ClientToken"));
    Ok(tokens::remember(ctx, vec![filter.id], xml))
}

/// The filter that a request names.
pub(crate) fn named<'a>(ctx: &'a Ctx<'_>) -> Answer<&'a MirrorFilter> {
    let id = ctx.request.need("TrafficMirrorFilterId")?;
    let seen = ctx.world.filters.seen(id, ctx.view).is_some();
    let filter = ctx.world.filters.get(id).filter(|_| seen);
    filter.ok_or_else(|| ctx.missing(Kind::Filter, &[id]))
}

/// DeleteTrafficMirrorFilter; its rules go with it.
pub(crate) fn delete(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let id = named(ctx)?.id.clone();
    if ctx.world.index.sessions_by_filter.contains_key(&id) {
        return Err(ApiError::bad(
            "TrafficMirrorFilterInUse",
            format!("{id} is in use by a traffic mirror session"),
        ));
    }
    ctx.dry_run()?;
    ctx.world.remove_filter(&id);
    let mut xml = Xml::new();
    xml.leaf("trafficMirrorFilterId", id);
    Ok(xml)
}

/// ModifyTrafficMirrorFilterNetworkServices.
pub(crate) fn modify_services(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let id = named(ctx)?.id.clone();
    let add = ctx.request.list("AddNetworkService");
    let remove = ctx.request.list("RemoveNetworkService");
    if let Some(other) = add.iter().chain(&remove).find(|service| *service != SERVICE) {
        return Err(ApiError::value(format!("Value ({other}) for networkService is invalid")));
    }
    ctx.dry_run()?;
    ctx.world.filters.edit(&id, |filter| {
        filter.services.retain(|service| !remove.contains(service));
        filter.services.extend(add);
    });
    let mut xml = Xml::new();
    if let Some(filter) = ctx.world.filters.get(&id) {
        xml.el("trafficMirrorFilter", |x| write(x, ctx.world, None, filter));
    }
    Ok(xml)
}
