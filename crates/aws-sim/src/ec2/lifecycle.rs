//! TerminateInstances, StopInstances, StartInstances.

use crate::dispatch::Ctx;
use crate::error::{Answer, ApiError};
use crate::kinds::Kind;
use crate::model::InstanceState;
use crate::xml::Xml;

/// The instances that a request names, each there; one wrong id fails the whole call.
fn named(ctx: &Ctx<'_>) -> Answer<Vec<String>> {
    let ids = ctx.request.list("InstanceId");
    if ids.is_empty() {
        return Err(ApiError::missing("InstanceId"));
    }
    let missing: Vec<&str> =
        ids.iter().filter(|id| !ctx.world.instances.has(id)).map(String::as_str).collect();
    if missing.is_empty() { Ok(ids) } else { Err(ctx.missing(Kind::Instance, &missing)) }
}

fn state(ctx: &Ctx<'_>, id: &str) -> InstanceState {
    let now = ctx.world.clock.now();
    ctx.world.instances.get(id).map_or(InstanceState::Terminated, |i| i.state_at(now))
}

fn answer(changes: Vec<(String, InstanceState, InstanceState)>) -> Xml {
    let mut xml = Xml::new();
    xml.items("instancesSet", changes, |x, (id, was, is)| {
        x.leaf("instanceId", id);
        for (name, state) in [("currentState", is), ("previousState", was)] {
            x.el(name, |x| {
                x.leaf("code", state.code());
                x.leaf("name", state.name());
            });
        }
    });
    xml
}

/// TerminateInstances: idempotent; a protected instance saves those of its zone.
pub(crate) fn terminate(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let ids = named(ctx)?;
    ctx.request.flag("Force")?;
    let protected: Vec<(String, String)> = ids
        .iter()
        .filter_map(|id| ctx.world.instances.get(id))
        .filter(|instance| instance.protected)
        .map(|instance| (instance.id.clone(), instance.zone.clone()))
        .collect();
    ctx.dry_run()?;
    let settle = ctx.switches.settle();
    let mut changes = Vec::new();
    for id in ids {
        let zone = ctx.world.instances.get(&id).map(|i| i.zone.clone()).unwrap_or_default();
        if protected.iter().any(|(_, saved)| *saved == zone) {
            continue;
        }
        let was = state(ctx, &id);
        if was == InstanceState::Terminated {
            changes.push((id, was, was));
            continue;
        }
        ctx.world.terminate(&id, settle);
        changes.push((id, was, InstanceState::ShuttingDown));
    }
    match protected.first() {
        None => Ok(answer(changes)),
        Some((id, _)) => Err(ApiError::bad(
            "OperationNotPermitted",
            format!(
                "The instance '{id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again."
            ),
        )),
    }
}

/// StopInstances.
pub(crate) fn stop(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let (from, to) = (InstanceState::Running, InstanceState::Stopped);
    change(ctx, from, InstanceState::Stopping, to)
}

/// StartInstances.
pub(crate) fn start(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let (from, to) = (InstanceState::Stopped, InstanceState::Running);
    change(ctx, from, InstanceState::Pending, to)
}

fn change(
    ctx: &mut Ctx<'_>,
    from: InstanceState,
    via: InstanceState,
    to: InstanceState,
) -> Answer<Xml> {
    let ids = named(ctx)?;
    for id in &ids {
        let is = state(ctx, id);
        if ![from, via, to].contains(&is) {
            return Err(ApiError::bad(
                "IncorrectInstanceState",
                format!(
                    "The instance '{id}' is not in a state from which it can be changed: {}",
                    is.name()
                ),
            ));
        }
    }
    ctx.dry_run()?;
    let settle = ctx.switches.settle();
    let mut changes = Vec::new();
    for id in ids {
        let was = state(ctx, &id);
        let moves = was == from;
        if moves {
            ctx.world.becomes(&id, via, to, settle);
        }
        changes.push((id, was, if moves { via } else { was }));
    }
    Ok(answer(changes))
}
