//! RunInstances, as far as a mirror appliance or a test's source needs it. Accepted and left without effect: images,
//! disks, keys, user data, metadata options, placement.

use crate::dispatch::Ctx;
use crate::ec2::instances::reservation;
use crate::ec2::session_rules::in_range;
use crate::ec2::tokens;
use crate::edits::NewEni;
use crate::error::{Answer, ApiError};
use crate::kinds::Kind;
use crate::model::{Instance, InstanceState, Subnet, Tags};
use crate::tags;
use crate::xml::Xml;

const TAGGABLE: [&str; 6] = [
    "instance",
    "volume",
    "network-interface",
    "spot-instances-request",
    "elastic-gpu",
    "capacity-reservation",
];

/// An interface of each instance to be.
struct Wanted {
    existing: Option<String>,
    index: u32,
    subnet: Option<Subnet>,
    groups: Vec<String>,
    description: String,
    kind: String,
    ip: Option<String>,
    delete: bool,
}

/// RunInstances.
pub(crate) fn run(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let request = ctx.request;
    let count = count(ctx)?;
    if request.str("ImageId").is_none()
        && !request.params.keys().any(|k| k.starts_with("LaunchTemplate."))
    {
        return Err(ApiError::missing("ImageId"));
    }
    let kind = request.str("InstanceType").unwrap_or("m1.small");
    if !kind.contains('.') {
        return Err(ApiError::value(format!("Invalid value '{kind}' for InstanceType.")));
    }
    let tags = tags::specified(request, &TAGGABLE, ctx.world.quotas.tags)?;
    let tags_for = |wanted: &str| {
        let found = tags.iter().find(|(kind, _)| kind == wanted);
        found.map(|(_, tags)| tags.clone()).unwrap_or_default()
    };
    if let Some(made) = tokens::made_before(ctx)? {
        let gone = |id: &String| {
            let now = ctx.world.clock.now();
            let state = ctx.world.instances.get(id).map(|i| i.state_at(now));
            state.is_none_or(|state| state == InstanceState::Terminated)
        };
        if made.ids.iter().any(gone) {
            return Err(ApiError::bad(
                "IdempotentInstanceTerminated",
                "The instance that the client token launched is terminated.",
            ));
        }
        ctx.dry_run()?;
        return Ok(tokens::again(&made));
    }
    let wanted = interfaces(ctx)?;
    ctx.dry_run()?;
    let protected = request.flag("DisableApiTermination")?;
    let reservation_id = ctx.world.mint.id("r");
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(launch(ctx, &wanted, kind, &reservation_id, protected, &tags_for));
    }
    let mut xml = Xml::new();
    {
        let world = &*ctx.world;
        // The answer always says pending; with no time to settle, the next describe says running.
        let mut answered: Vec<Instance> =
            ids.iter().filter_map(|id| world.instances.get(id)).cloned().collect();
        for instance in &mut answered {
            (instance.state, instance.becomes) = (InstanceState::Pending, None);
        }
        let answered: Vec<&Instance> = answered.iter().collect();
        reservation(&mut xml, world, None, &reservation_id, &answered);
    }
    Ok(tokens::remember(ctx, ids, xml))
}

fn count(ctx: &Ctx<'_>) -> Answer<u32> {
    let read = |name: &str| {
        ctx.request.need(name)?;
        in_range(name, ctx.request.number(name)?.unwrap_or_default(), 1, 10_000)
    };
    let (min, max) = (read("MinCount")?, read("MaxCount")?);
    if min > max {
        return Err(ApiError::combination("MinCount must not be greater than MaxCount"));
    }
    Ok(max)
}

fn interfaces(ctx: &Ctx<'_>) -> Answer<Vec<Wanted>> {
    let request = ctx.request;
    let given = request.structs("NetworkInterface");
    let top_groups = request.list("SecurityGroupId");
    if given.is_empty() {
        return Ok(vec![Wanted {
            existing: None,
            index: 0,
            subnet: Some(subnet(ctx, request.str("SubnetId"))?),
            groups: top_groups,
            description: String::new(),
            kind: "interface".to_owned(),
            ip: request.str("PrivateIpAddress").map(str::to_owned),
            delete: true,
        }]);
    }
    if request.str("SubnetId").is_some() || !top_groups.is_empty() {
        return Err(ApiError::combination(
            "Network interfaces and an instance-level subnet ID or security groups may not be specified on the same request",
        ));
    }
    let mut wanted: Vec<Wanted> = Vec::new();
    for entry in given {
        let existing = entry.str("NetworkInterfaceId").map(str::to_owned);
        if let Some(id) = &existing {
            let eni = ctx.world.enis.get(id).ok_or_else(|| ctx.missing(Kind::Eni, &[id]))?;
            if eni.attachment.is_some() {
                return Err(ApiError::bad(
                    "InvalidNetworkInterface.InUse",
                    format!("Interface: [{id}] in use."),
                ));
            }
        }
        let index = entry.number("DeviceIndex")?.ok_or_else(|| ApiError::missing("DeviceIndex"))?;
        if wanted.iter().any(|other| other.index == index) {
            return Err(ApiError::value("Each network interface requires a unique device index."));
        }
        wanted.push(Wanted {
            subnet: match &existing {
                Some(_) => None,
                None => Some(subnet(ctx, entry.str("SubnetId"))?),
            },
            existing,
            index,
            groups: entry.list("SecurityGroupId"),
            description: entry.str("Description").unwrap_or_default().to_owned(),
            kind: entry.str("InterfaceType").unwrap_or("interface").to_owned(),
            ip: entry.str("PrivateIpAddress").map(str::to_owned),
            delete: entry.str("DeleteOnTermination") != Some("false"),
        });
    }
    wanted.sort_by_key(|wanted| wanted.index);
    Ok(wanted)
}

fn subnet(ctx: &Ctx<'_>, id: Option<&str>) -> Answer<Subnet> {
    let Some(id) = id else {
        // There is no default VPC here.
        return Err(ApiError::bad("VPCIdNotSpecified", "No default VPC for this user"));
    };
    let found = ctx.world.subnets.get(id).cloned();
    found.ok_or_else(|| ctx.missing(Kind::Subnet, &[id]))
}

fn launch(
    ctx: &mut Ctx<'_>,
    wanted: &[Wanted],
    kind: &str,
    reservation: &str,
    protected: bool,
    tags_for: &impl Fn(&str) -> Tags,
) -> String {
    let id = ctx.world.mint.id("i");
    let mut enis = Vec::new();
    for interface in wanted {
        let eni = match (&interface.existing, &interface.subnet) {
            (Some(existing), _) => existing.clone(),
            (None, Some(subnet)) => ctx.world.create_eni(NewEni {
                kind: interface.kind.clone(),
                description: interface.description.clone(),
                groups: interface.groups.clone(),
                ips: interface.ip.clone().into_iter().collect(),
                tags: tags_for("network-interface"),
                ..NewEni::in_subnet(subnet)
            }),
            (None, None) => continue,
        };
        ctx.world.attach(
            &eni,
            &id,
            interface.index,
            interface.delete && interface.existing.is_none(),
        );
        enis.push(eni);
    }
    let first = enis.first().and_then(|eni| ctx.world.enis.get(eni)).cloned();
    let instance = Instance {
        id: id.clone(),
        owner: ctx.world.account.clone(),
        reservation: reservation.to_owned(),
        kind: kind.to_owned(),
        image: ctx.request.str("ImageId").unwrap_or("ami-0123456789abcdef0").to_owned(),
        state: InstanceState::Running,
        becomes: None,
        vpc: first.as_ref().map(|eni| eni.vpc.clone()).unwrap_or_default(),
        subnet: first.as_ref().map(|eni| eni.subnet.clone()).unwrap_or_default(),
        zone: first.as_ref().map(|eni| eni.zone.clone()).unwrap_or_default(),
        private_ip: first.and_then(|eni| eni.private_ips.first().cloned()),
        enis,
        client_token: ctx.request.str("ClientToken").map(str::to_owned),
        protected,
        operator: None,
        tags: tags_for("instance"),
    };
    ctx.world.instances.put(&id, instance);
    let settle = ctx.switches.settle();
    ctx.world.becomes(&id, InstanceState::Pending, InstanceState::Running, settle);
    id
}
