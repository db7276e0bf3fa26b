//! Mirror sessions: describe, create, modify, delete.

use crate::dispatch::Ctx;
use crate::ec2::listing::{Listing, maybe, one, tag_set};
use crate::ec2::{session_rules as rules, tokens};
use crate::edits::DeletedSession;
use crate::error::{Answer, ApiError};
use crate::kinds::Kind;
use crate::model::{Session, TargetKind};
use crate::tags;
use crate::world::RegionWorld;
use crate::xml::Xml;

const LISTING: Listing = Listing {
    kind: Kind::Session,
    ids: "TrafficMirrorSessionId",
    id_filter: "traffic-mirror-session-id",
    ids_or_pages: false,
    names: &[
        "description",
        "network-interface-id",
        "owner-id",
        "packet-length",
        "session-number",
        "traffic-mirror-filter-id",
        "traffic-mirror-session-id",
        "traffic-mirror-target-id",
        "virtual-network-id",
    ],
};

/// What AWS fills in for sessions on load balancers.
const NLB_PACKET_LENGTH: u32 = 8500;

/// The packet length that is read back.
pub(crate) fn packet_length(world: &RegionWorld, session: &Session) -> Option<u32> {
    let kind = world.targets.get(&session.target).map(|target| &target.kind);
    let filled = matches!(kind, Some(TargetKind::Nlb(_))).then_some(NLB_PACKET_LENGTH);
    session.packet_length.or(filled)
}

fn values(world: &RegionWorld, session: &Session, name: &str) -> Vec<String> {
    match name {
        "description" => maybe(session.description.as_ref()),
        "network-interface-id" => one(&session.eni),
        "owner-id" => one(&session.owner),
        "packet-length" => maybe(packet_length(world, session)),
        "session-number" => one(session.number),
        "traffic-mirror-filter-id" => one(&session.filter),
        "traffic-mirror-session-id" => one(&session.id),
        "traffic-mirror-target-id" => one(&session.target),
        _ => one(session.vni),
    }
}

fn write(x: &mut Xml, world: &RegionWorld, session: &Session) {
    x.leaf("trafficMirrorSessionId", &session.id);
    x.leaf("trafficMirrorTargetId", &session.target);
    x.leaf("trafficMirrorFilterId", &session.filter);
    x.leaf("networkInterfaceId", &session.eni);
    x.leaf("ownerId", &session.owner);
    x.opt("packetLength", packet_length(world, session));
    x.leaf("sessionNumber", session.number);
    x.leaf("virtualNetworkId", session.vni);
    x.opt("description", session.description.as_ref());
    tag_set(x, &session.tags);
}

/// DescribeTrafficMirrorSessions.
pub(crate) fn describe(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let world = &*ctx.world;
    let (sessions, token) =
        LISTING.page(ctx, &world.sessions, |_| true, |s, name| values(world, s, name))?;
    let mut xml = Xml::new();
    xml.items("trafficMirrorSessionSet", &sessions, |x, session| write(x, world, session));
    xml.opt("nextToken", token);
    Ok(xml)
}

/// CreateTrafficMirrorSession.
pub(crate) fn create(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let request = ctx.request;
    let eni_id = request.need("NetworkInterfaceId")?;
    let target_id = request.need("TrafficMirrorTargetId")?;
    let filter_id = request.need("TrafficMirrorFilterId")?;
    request.need("SessionNumber")?;
    let number = rules::check_number(request.number("SessionNumber")?.unwrap_or_default())?;
    let packet_length =
        request.number("PacketLength")?.map(rules::check_packet_length).transpose()?;
    let vni = request.number("VirtualNetworkId")?.map(rules::check_vni).transpose()?;
    let tags = tags::specified_for(request, Kind::Session, ctx.world.quotas.tags)?;
    if let Some(made) = tokens::made_before(ctx)? {
        ctx.dry_run()?;
        let current = made.ids.first().and_then(|id| ctx.world.sessions.get(id)).cloned();
        return Ok(match current {
            Some(session) => created(ctx, &session),
            None => tokens::again(&made),
        });
    }
    // Something fresh may not be known yet, however much it is there; and what is gone is gone, however late the view.
    let world = &*ctx.world;
    let known = world.enis.seen(eni_id, ctx.view).is_some();
    let eni = world.enis.get(eni_id).filter(|_| known);
    let eni = eni.ok_or_else(|| ctx.missing(Kind::Eni, &[eni_id]))?;
    let known = world.targets.seen(target_id, ctx.view).is_some();
    let target = world.targets.get(target_id).filter(|_| known);
    let target = target.ok_or_else(|| ctx.missing(Kind::Target, &[target_id]))?;
    if world.filters.seen(filter_id, ctx.view).is_none() || !world.filters.has(filter_id) {
        return Err(ctx.missing(Kind::Filter, &[filter_id]));
    }
    rules::check_source(ctx, eni)?;
    rules::check_not_target(ctx, eni_id)?;
    rules::check_room(ctx, eni_id)?;
    rules::check_number_free(ctx, eni_id, number, None)?;
    rules::check_target_room(ctx, target, eni_id, None)?;
    ctx.dry_run()?;
    let session = Session {
        id: ctx.world.mint.id("tms"),
        owner: ctx.world.account.clone(),
        eni: eni_id.to_owned(),
        target: target_id.to_owned(),
        filter: filter_id.to_owned(),
        number,
        packet_length,
        vni: vni.unwrap_or_else(|| ctx.world.next_vni()),
        description: request.str("Description").map(str::to_owned),
        tags,
    };
    ctx.world.put_session(session.clone());
    let xml = created(ctx, &session);
    Ok(tokens::remember(ctx, vec![session.id], xml))
}

fn created(ctx: &Ctx<'_>, session: &Session) -> Xml {
    let mut xml = Xml::new();
    xml.el("trafficMirrorSession", |x| write(x, ctx.world, session));
    xml.opt("clientToken", ctx.request.str("ClientToken"));
    xml
}

/// The session that a request names, if this account may change it.
fn own(ctx: &Ctx<'_>) -> Answer<Session> {
    let id = ctx.request.need("TrafficMirrorSessionId")?;
    let seen = ctx.world.sessions.seen(id, ctx.view).is_some();
    let session = ctx.world.sessions.get(id).filter(|_| seen);
    let session = session.ok_or_else(|| ctx.missing(Kind::Session, &[id]))?;
    if session.owner != ctx.world.account {
        return Err(ApiError::new(
            403,
            "UnauthorizedOperation",
            "You are not authorized to perform this operation.",
        ));
    }
    Ok(session.clone())
}

/// ModifyTrafficMirrorSession.
pub(crate) fn modify(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let request = ctx.request;
    let mut session = own(ctx)?;
    let was = session.clone();
    for field in request.list("RemoveField") {
        let (given, name) = match field.as_str() {
            "packet-length" => (request.str("PacketLength"), "PacketLength"),
            "description" => (request.str("Description"), "Description"),
            "virtual-network-id" => (request.str("VirtualNetworkId"), "VirtualNetworkId"),
            other => {
                return Err(ApiError::value(format!(
                    "Value ({other}) for parameter RemoveField is invalid"
                )));
            }
        };
        if given.is_some() {
            return Err(ApiError::combination(format!("{name} cannot be both set and removed")));
        }
        match name {
            "PacketLength" => session.packet_length = None,
            "Description" => session.description = None,
            _ => session.vni = ctx.world.next_vni(),
        }
    }
    if let Some(number) = request.number("SessionNumber")? {
        session.number = rules::check_number(number)?;
    }
    if let Some(length) = request.number("PacketLength")? {
        session.packet_length = Some(rules::check_packet_length(length)?);
    }
    if let Some(vni) = request.number("VirtualNetworkId")? {
        session.vni = rules::check_vni(vni)?;
    }
    if let Some(description) = request.str("Description") {
        session.description = Some(description.to_owned());
    }
    if let Some(id) = request.str("TrafficMirrorTargetId") {
        let seen = ctx.world.targets.seen(id, ctx.view).is_some();
        let target = ctx.world.targets.get(id).filter(|_| seen);
        let target = target.ok_or_else(|| ctx.missing(Kind::Target, &[id]))?;
        rules::check_target_room(ctx, target, &session.eni, Some(&was.target))?;
        session.target = id.to_owned();
    }
    if let Some(id) = request.str("TrafficMirrorFilterId") {
        if ctx.world.filters.seen(id, ctx.view).is_none() || !ctx.world.filters.has(id) {
            return Err(ctx.missing(Kind::Filter, &[id]));
        }
        session.filter = id.to_owned();
    }
    if session.number != was.number {
        rules::check_number_free(ctx, &session.eni, session.number, Some(&session.id))?;
    }
    ctx.dry_run()?;
    ctx.world.put_session(session.clone());
    let mut xml = Xml::new();
    xml.el("trafficMirrorSession", |x| write(x, ctx.world, &session));
    Ok(xml)
}

/// DeleteTrafficMirrorSession.
pub(crate) fn delete(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let session = own(ctx)?;
    ctx.dry_run()?;
    ctx.world.remove_session(&session.id);
    let others = ctx.world.sessions_of(&session.eni).map(|other| other.tags.clone()).collect();
    let Session { id, eni, tags, .. } = session.clone();
    ctx.world.deleted.push(DeletedSession { id, eni, tags, others });
    let mut xml = Xml::new();
    xml.leaf("trafficMirrorSessionId", &session.id);
    Ok(xml)
}
