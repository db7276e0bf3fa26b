//! Endpoints, peerings and transit gateway attachments of a scenario.

use super::build::{Built, Names, Problem, named, nowhere};
use super::spec::{AttachmentSpec, EndpointSpec, PeeringSpec, Ref};
use crate::model::{Endpoint, GatewayAttachment, PeeredVpc, Peering};
use crate::world::RegionWorld;

pub(super) fn endpoint(
    world: &mut RegionWorld,
    names: &mut Names,
    spec: &EndpointSpec,
) -> Built<()> {
    let id = spec.id.clone().unwrap_or_else(|| world.mint.id("vpce"));
    names.note("vpc endpoint", spec.name.as_ref(), &id)?;
    let vpc = names.find("vpc", &spec.vpc)?.clone();
    let service = spec.service_name.clone().unwrap_or_else(|| {
        format!("com.amazonaws.vpce.{}.vpce-svc-0123456789abcdef0", world.region)
    });
    let endpoint = Endpoint {
        id: id.clone(),
        owner: spec.owner.clone().unwrap_or_else(|| world.account.clone()),
        subnets: subnets(world, names, &vpc, &spec.subnets)?,
        vpc,
        kind: spec.kind.clone(),
        service,
        state: spec.state.clone(),
        tags: named(&spec.tags, spec.name.as_ref()),
    };
    world.endpoints.put(&id, endpoint);
    Ok(())
}

pub(super) fn peering(world: &mut RegionWorld, names: &mut Names, spec: &PeeringSpec) -> Built<()> {
    let side = |vpc: &Ref, owner: &Option<String>, region: &Option<String>| {
        let owner = owner.as_ref().filter(|owner| **owner != world.account);
        let region = region.as_ref().filter(|region| **region != world.region);
        if owner.is_some() || region.is_some() {
            return Ok(PeeredVpc {
                vpc: vpc.text.clone(),
                owner: owner.unwrap_or(&world.account).clone(),
                region: region.unwrap_or(&world.region).clone(),
                cidr: None,
            });
        }
        world.peered_vpc(names.find("vpc", vpc)?).ok_or_else(|| nowhere("vpc", vpc))
    };
    let requester = side(&spec.requester, &spec.requester_owner, &spec.requester_region)?;
    let accepter = side(&spec.accepter, &spec.accepter_owner, &spec.accepter_region)?;
    let id = spec.id.clone().unwrap_or_else(|| world.mint.id("pcx"));
    names.note("peering", spec.name.as_ref(), &id)?;
    let peering = Peering {
        id: id.clone(),
        requester,
        accepter,
        status: spec.status.clone(),
        tags: named(&spec.tags, spec.name.as_ref()),
    };
    world.peerings.put(&id, peering);
    Ok(())
}

pub(super) fn attachment(
    world: &mut RegionWorld,
    names: &mut Names,
    spec: &AttachmentSpec,
) -> Built<()> {
    let id = spec.id.clone().unwrap_or_else(|| world.mint.id("tgw-attach"));
    names.note("transit gateway attachment", spec.name.as_ref(), &id)?;
    let away = spec.owner.as_ref().filter(|owner| **owner != world.account);
    let (vpc, vpc_owner, subnets) = match away {
        Some(owner) => {
            let subnets = spec.subnets.iter().map(|subnet| subnet.text.clone()).collect();
            (spec.vpc.text.clone(), owner.clone(), subnets)
        }
        None => {
            let vpc = names.find("vpc", &spec.vpc)?.clone();
            let owner = world.vpcs.get(&vpc).map_or(&world.account, |vpc| &vpc.owner).clone();
            let subnets = subnets(world, names, &vpc, &spec.subnets)?;
            (vpc, owner, subnets)
        }
    };
    let attachment = GatewayAttachment {
        id: id.clone(),
        gateway: spec.gateway.clone(),
        vpc,
        vpc_owner,
        subnets,
        state: spec.state.clone(),
        tags: named(&spec.tags, spec.name.as_ref()),
    };
    world.attachments.put(&id, attachment);
    Ok(())
}

/// Ids of subnets, each in this VPC.
pub(super) fn subnets(
    world: &RegionWorld,
    names: &Names,
    vpc: &str,
    wanted: &[Ref],
) -> Built<Vec<String>> {
    let mut ids = Vec::new();
    for subnet in wanted {
        let id = names.find("subnet", subnet)?;
        if world.subnets.get(id).is_none_or(|subnet| subnet.vpc != vpc) {
            let reason = format!("subnet `{}` is not in `{vpc}`", subnet.text);
            return Err(Problem { line: subnet.line, reason });
        }
        ids.push(id.clone());
    }
    Ok(ids)
}
