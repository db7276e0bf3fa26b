//! The rules that AWS enforces on mirror sessions: what can be a source, and how many of what.

use crate::dispatch::Ctx;
use crate::error::{Answer, ApiError};
use crate::limits;
use crate::model::{Eni, MirrorTarget, TargetKind};

/// Services whose interfaces can be mirrored although they are managed by them.
const MIRRORED_REQUESTERS: [&str; 2] = ["amazon-rds", "amazon-elasticache"];

/// Refuses a session number that AWS does not have.
pub(crate) fn check_number(number: i64) -> Answer<u32> {
    in_range("sessionNumber", number, 1, 32_766)
}

/// Refuses a packet length that AWS does not have.
pub(crate) fn check_packet_length(length: i64) -> Answer<u32> {
    in_range("packetLength", length, 1, 8_500)
}

/// A VNI has 24 bits.
pub(crate) fn check_vni(vni: i64) -> Answer<u32> {
    in_range("virtualNetworkId", vni, 0, 0x00ff_ffff)
}

/// Refuses a number outside a range.
pub(crate) fn in_range(name: &str, number: i64, from: u32, to: u32) -> Answer<u32> {
    u32::try_from(number).ok().filter(|n| (from..=to).contains(n)).ok_or_else(|| {
        ApiError::value(format!(
            "Value ({number}) for parameter {name} is invalid. Must be between {from} and {to}"
        ))
    })
}

/// Refuses what cannot be a source: other interface types, managed, detached, IPv6-only, unsupported instances.
pub(crate) fn check_source(ctx: &Ctx<'_>, eni: &Eni) -> Answer<()> {
    let refuse =
        |why: &str| Err(ApiError::bad("NetworkInterfaceNotSupported", format!("{} {why}", eni.id)));
    if eni.kind != "interface" {
        return refuse(&format!("has interface type {}, which is not supported.", eni.kind));
    }
    let requester = eni.requester_id.as_deref().unwrap_or_default();
    if eni.requester_managed && !MIRRORED_REQUESTERS.contains(&requester) {
        return refuse("is managed by an AWS service and is not supported.");
    }
    if eni.ipv6_native {
        return refuse("is in an IPv6-only subnet, which is not supported.");
    }
    let Some(attachment) = eni.attachment.as_ref().filter(|a| a.status == "attached") else {
        return refuse("must be attached to a supported instance.");
    };
    // Those of RDS and ElastiCache hang on instances that nobody sees.
    if let Some(id) = &attachment.instance {
        let kind = ctx.world.instances.get(id).map(|instance| instance.kind.as_str());
        if !kind.is_some_and(limits::can_be_source) {
            return refuse("must be attached to a supported instance.");
        }
    } else if !eni.requester_managed {
        return refuse("must be attached to a supported instance.");
    }
    Ok(())
}

/// Refuses an interface that is a target.
pub(crate) fn check_not_target(ctx: &Ctx<'_>, eni: &str) -> Answer<()> {
    match ctx.world.index.target_by_eni.get(eni) {
        None => Ok(()),
        Some(target) => Err(ApiError::bad(
            "InterfaceInUseByTrafficMirrorTarget",
            format!("{eni} is in use by target {target}"),
        )),
    }
}

/// Refuses one session too many on an interface, or in the account.
pub(crate) fn check_room(ctx: &Ctx<'_>, eni: &str) -> Answer<()> {
    let quotas = &ctx.world.quotas;
    if ctx.world.sessions_of(eni).count() >= quotas.sessions_per_eni {
        return Err(ApiError::bad(
            "TrafficMirrorSessionsPerInterfaceLimitExceeded",
            format!("Sessions per interface limit reached ({}) for {eni}", quotas.sessions_per_eni),
        ));
    }
    if ctx.world.index.own_sessions >= quotas.sessions {
        return Err(ApiError::bad(
            "TrafficMirrorSessionLimitExceeded",
            format!("Traffic mirror session limit reached ({})", quotas.sessions),
        ));
    }
    Ok(())
}

/// Refuses a number that another session of the interface has, unless the switch lets it pass.
pub(crate) fn check_number_free(
    ctx: &Ctx<'_>,
    eni: &str,
    number: u32,
    except: Option<&str>,
) -> Answer<()> {
    let taken = &ctx.switches.taken_number;
    let holder = ctx
        .world
        .sessions_of(eni)
        .find(|session| session.number == number && Some(session.id.as_str()) != except);
    match holder {
        Some(holder) if !taken.accept => Err(ApiError::bad(
            taken.code.clone(),
            taken
                .message
                .replace("{number}", &number.to_string())
                .replace("{target}", &holder.target)
                .replace("{eni}", eni),
        )),
        _ => Ok(()),
    }
}

/// Refuses one source too many on an interface target. Sources are interfaces, not sessions, whoever owns them.
pub(crate) fn check_target_room(
    ctx: &Ctx<'_>,
    target: &MirrorTarget,
    eni: &str,
    leaves: Option<&str>,
) -> Answer<()> {
    if let TargetKind::Eni(own) = &target.kind
        && own == eni
    {
        return check_not_target(ctx, eni);
    }
    let Some(limit) = ctx.world.sources_limit(target) else { return Ok(()) };
    let sources = ctx.world.index.sources_by_target.get(&target.id);
    let is_source = sources.is_some_and(|sources| sources.contains_key(eni));
    let count = sources.map_or(0, std::collections::HashMap::len);
    if leaves == Some(target.id.as_str()) || is_source || count < limit {
        return Ok(());
    }
    Err(ApiError::bad(
        "TrafficMirrorSourcesPerTargetLimitExceeded",
        format!("Sources per interface-target limit reached ({})", count + 1),
    ))
}
