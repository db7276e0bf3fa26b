//! RunInstances, as far as a mirror appliance or a test's source needs it. Accepted and left without effect: disks, keys, user
//! data, placement.

use crate::dispatch::Ctx;
use crate::ec2::instances::reservation;
use crate::ec2::session_rules::in_range;
use crate::ec2::tokens;
use crate::edits::NewEni;
use crate::error::{Answer, ApiError};
use crate::kinds::Kind;
use crate::limits;
use crate::model::{Instance, InstanceState, Metadata, Subnet, Tags};
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

/// Each instance to be.
struct Asked<'a> {
    wanted: Vec<Wanted>,
    kind: &'a str,
    protected: bool,
    metadata: Option<Metadata>,
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
    check_image(ctx)?;
    check_kind(ctx, kind)?;
    let metadata = metadata(ctx)?;
    let wanted = interfaces(ctx)?;
    for interface in &wanted {
        check_groups(ctx, interface)?;
        check_address(interface)?;
    }
    ctx.dry_run()?;
    let protected = request.flag("DisableApiTermination")?;
    let asked = Asked { wanted, kind, protected, metadata };
    let reservation_id = ctx.world.mint.id("r");
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(launch(ctx, &asked, &reservation_id, &tags_for));
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

/// An image that is not there, where the scenario says which are.
fn check_image(ctx: &Ctx<'_>) -> Answer<()> {
    let Some(image) = ctx.request.str("ImageId") else { return Ok(()) };
    if !image.starts_with("ami-") {
        return Err(ApiError::bad("InvalidAMIID.Malformed", format!("Invalid id: \"{image}\"")));
    }
    if ctx.world.images.is_empty() || ctx.world.images.contains(image) {
        return Ok(());
    }
    let text = format!("The image id '[{image}]' does not exist");
    Err(ApiError::bad("InvalidAMIID.NotFound", text))
}

/// A type that AWS does not list, and that no instance of the account has.
fn check_kind(ctx: &Ctx<'_>, kind: &str) -> Answer<()> {
    let runs = || ctx.world.instances.iter().any(|(_, instance)| instance.kind == kind);
    if limits::is_known(kind) || runs() {
        return Ok(());
    }
    Err(ApiError::value(format!("Invalid value '{kind}' for InstanceType.")))
}

/// Groups that are not there, or are another VPC's, where the scenario says which there are.
fn check_groups(ctx: &Ctx<'_>, interface: &Wanted) -> Answer<()> {
    for id in &interface.groups {
        if !id.starts_with("sg-") {
            let text = format!("Invalid id: \"{id}\" (expecting \"sg-...\")");
            return Err(ApiError::bad("InvalidGroupId.Malformed", text));
        }
        let Some(group) = ctx.world.security_groups.get(id) else {
            if ctx.world.any_group {
                continue;
            }
            let text = format!("The security group '{id}' does not exist");
            return Err(ApiError::bad("InvalidGroup.NotFound", text));
        };
        if let Some(subnet) = interface.subnet.as_ref().filter(|subnet| subnet.vpc != group.vpc) {
            let subnet = &subnet.id;
            let text =
                format!("Security group {id} and subnet {subnet} belong to different networks.");
            return Err(ApiError::bad("InvalidParameter", text));
        }
    }
    Ok(())
}

/// An address that is not one of the subnet's.
fn check_address(interface: &Wanted) -> Answer<()> {
    let (Some(ip), Some(subnet)) = (&interface.ip, &interface.subnet) else { return Ok(()) };
    if subnet.holds(ip) {
        return Ok(());
    }
    Err(ApiError::value(format!("Address {ip} does not fall within the subnet's address range")))
}

/// What is said of the metadata service.
fn metadata(ctx: &Ctx<'_>) -> Answer<Option<Metadata>> {
    let request = ctx.request;
    let one_of = |name: &str, words: [&str; 2]| {
        let name = format!("MetadataOptions.{name}");
        let Some(word) = request.str(&name) else { return Ok(None) };
        if !words.contains(&word) {
            return Err(ApiError::value(format!("Invalid value '{word}' for {name}.")));
        }
        Ok(Some(word.to_owned()))
    };
    let tokens = one_of("HttpTokens", ["optional", "required"])?;
    let endpoint = one_of("HttpEndpoint", ["enabled", "disabled"])?;
    let hops = "MetadataOptions.HttpPutResponseHopLimit";
    let hops = match request.number(hops)? {
        None => None,
        Some(given) => Some(in_range(hops, given, 1, 64)?),
    };
    if tokens.is_none() && endpoint.is_none() && hops.is_none() {
        return Ok(None);
    }
    Ok(Some(Metadata {
        tokens: tokens.unwrap_or_else(|| "optional".to_owned()),
        endpoint: endpoint.unwrap_or_else(|| "enabled".to_owned()),
        hops: hops.unwrap_or(1),
    }))
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
    asked: &Asked<'_>,
    reservation: &str,
    tags_for: &impl Fn(&str) -> Tags,
) -> String {
    let Asked { wanted, kind, protected, metadata } = asked;
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
        kind: (*kind).to_owned(),
        image: ctx.request.str("ImageId").unwrap_or("ami-0123456789abcdef0").to_owned(),
        state: InstanceState::Running,
        becomes: None,
        vpc: first.as_ref().map(|eni| eni.vpc.clone()).unwrap_or_default(),
        subnet: first.as_ref().map(|eni| eni.subnet.clone()).unwrap_or_default(),
        zone: first.as_ref().map(|eni| eni.zone.clone()).unwrap_or_default(),
        private_ip: first.and_then(|eni| eni.private_ips.first().cloned()),
        enis,
        client_token: ctx.request.str("ClientToken").map(str::to_owned),
        protected: *protected,
        launched: ctx.world.clock.timestamp(),
        metadata: metadata.clone(),
        operator: None,
        tags: tags_for("instance"),
    };
    ctx.world.instances.put(&id, instance);
    let settle = ctx.switches.settle();
    ctx.world.becomes(&id, InstanceState::Pending, InstanceState::Running, settle);
    id
}
