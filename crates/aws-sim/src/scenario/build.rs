//! From a region's description to its world. Names are resolved here; what leads nowhere is an error with its line.

use std::collections::HashMap;

use super::spec::{EniSpec, InstanceSpec, ManagedSpec, Ref, RegionSpec, SubnetSpec, VpcSpec};
use super::{acls, balancers, guards, mirror, network, routes};
use crate::cidr::Cidr;
use crate::clock::timestamp;
use crate::ec2::instances::LAUNCHED;
use crate::edits::NewEni;
use crate::model::{Attachment, Instance, InstanceState, Operator, Subnet, Tags, Vpc};
use crate::world::RegionWorld;
use crate::zones;

/// Something in the description that leads nowhere.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) line: u64,
    pub(super) reason: String,
}

pub(super) type Built<T> = Result<T, Problem>;

/// Names of things so far, per kind.
#[derive(Debug, Default)]
pub(super) struct Names {
    ids: HashMap<(&'static str, String), String>,
}

impl Names {
    pub(super) fn note(
        &mut self,
        kind: &'static str,
        name: Option<&String>,
        id: &str,
    ) -> Built<()> {
        for text in name.into_iter().map(String::as_str).chain([id]) {
            let old = self.ids.insert((kind, text.to_owned()), id.to_owned());
            if old.is_some() && name.map(String::as_str) != Some(id) {
                return Err(Problem {
                    line: 0,
                    reason: format!("two {kind}s are called `{text}`"),
                });
            }
        }
        Ok(())
    }

    pub(super) fn get(&self, kind: &'static str, name: &str) -> Option<&String> {
        self.ids.get(&(kind, name.to_owned()))
    }

    pub(super) fn find(&self, kind: &'static str, name: &Ref) -> Built<&String> {
        self.get(kind, &name.text).ok_or_else(|| Problem {
            line: name.line,
            reason: format!("there is no {kind} `{}`", name.text),
        })
    }
}

/// Fills a region with what is described.
pub(super) fn region(world: &mut RegionWorld, spec: &RegionSpec) -> Built<()> {
    let mut names = Names::default();
    for (n, vpc) in spec.vpcs.iter().enumerate() {
        self::vpc(world, &mut names, vpc, n)?;
    }
    for (n, subnet) in spec.subnets.iter().enumerate() {
        self::subnet(world, &mut names, subnet, n)?;
    }
    world.images.extend(spec.images.iter().cloned());
    let groups = guards::groups(world, &mut names, &spec.security_groups)?;
    for instance in &spec.instances {
        self::instance(world, &mut names, instance)?;
    }
    for eni in &spec.network_interfaces {
        let id = self::eni(world, &mut names, eni, None, &[])?;
        if let Some(status) = &eni.attachment {
            let attachment = Attachment {
                id: world.mint.id("eni-attach"),
                instance: None,
                owner: eni.requester_id.clone().unwrap_or_else(|| world.account.clone()),
                device_index: 0,
                status: status.clone(),
                delete_on_termination: eni.delete_on_termination.unwrap_or(false),
            };
            world.enis.edit(&id, |eni| eni.attachment = Some(attachment));
        }
    }
    for endpoint in &spec.vpc_endpoints {
        network::endpoint(world, &mut names, endpoint)?;
    }
    for peering in &spec.vpc_peerings {
        network::peering(world, &mut names, peering)?;
    }
    for attachment in &spec.transit_gateway_attachments {
        network::attachment(world, &mut names, attachment)?;
    }
    guards::rules(world, &names, &spec.security_groups, &groups)?;
    for table in &spec.route_tables {
        routes::table(world, &mut names, table)?;
    }
    routes::mains(world);
    acls::acls(world, &mut names, &spec.network_acls)?;
    for group in &spec.target_groups {
        balancers::group(world, &mut names, group)?;
    }
    for balancer in &spec.load_balancers {
        balancers::balancer(world, &mut names, balancer)?;
    }
    for target in &spec.targets {
        mirror::target(world, &mut names, target)?;
    }
    for filter in &spec.filters {
        mirror::filter(world, &mut names, filter)?;
    }
    for session in &spec.sessions {
        mirror::session(world, &names, session)?;
    }
    Ok(())
}

/// The tags with `Name` from `name`, unless the tags have their own.
pub(super) fn named(tags: &Tags, name: Option<&String>) -> Tags {
    let mut tags = tags.clone();
    if let Some(name) = name {
        tags.entry("Name".to_owned()).or_insert_with(|| name.clone());
    }
    tags
}

fn operator(spec: Option<&ManagedSpec>) -> Option<Operator> {
    spec.map(|m| Operator { principal: m.principal.clone(), hidden: m.hidden })
}

fn vpc(world: &mut RegionWorld, names: &mut Names, spec: &VpcSpec, n: usize) -> Built<()> {
    let id = spec.id.clone().unwrap_or_else(|| world.mint.id("vpc"));
    names.note("vpc", spec.name.as_ref(), &id)?;
    let vpc = Vpc {
        id: id.clone(),
        owner: spec.owner.clone().unwrap_or_else(|| world.account.clone()),
        cidr: spec.cidr.clone().unwrap_or_else(|| format!("10.{}.0.0/16", n % 256)),
        cidr_association: world.mint.id("vpc-cidr-assoc"),
        more_blocks: Vec::new(),
        dhcp_options: "dopt-0123456789abcdef0".to_owned(),
        is_default: spec.default,
        tags: named(&spec.tags, spec.name.as_ref()),
    };
    world.vpcs.put(&id, vpc);
    for cidr in &spec.more_cidrs {
        world.associate_cidr(&id, cidr);
    }
    Ok(())
}

fn subnet(world: &mut RegionWorld, names: &mut Names, spec: &SubnetSpec, n: usize) -> Built<()> {
    let id = spec.id.clone().unwrap_or_else(|| world.mint.id("subnet"));
    names.note("subnet", spec.name.as_ref(), &id)?;
    let owner = spec.owner.clone().unwrap_or_else(|| world.account.clone());
    let zone = spec.zone.clone().unwrap_or_else(|| format!("{}a", world.region));
    let vpc = names.find("vpc", &spec.vpc)?.clone();
    let of_vpc = world.vpcs.get(&vpc).and_then(|vpc| Cidr::read(&vpc.cidr));
    let counted =
        || of_vpc.and_then(|block| block.part(n)).unwrap_or_else(|| "10.0.0.0/24".to_owned());
    let subnet = Subnet {
        id: id.clone(),
        vpc,
        arn: format!("arn:aws:ec2:{}:{owner}:subnet/{id}", world.region),
        owner,
        zone_id: spec.zone_id.clone().unwrap_or_else(|| zones::zone_id(&zone)),
        zone,
        cidr: (!spec.ipv6_native).then(|| spec.cidr.clone().unwrap_or_else(counted)),
        ipv6_native: spec.ipv6_native,
        tags: named(&spec.tags, spec.name.as_ref()),
    };
    world.subnets.put(&id, subnet);
    Ok(())
}

fn instance(world: &mut RegionWorld, names: &mut Names, spec: &InstanceSpec) -> Built<()> {
    let id = spec.id.clone().unwrap_or_else(|| world.mint.id("i"));
    names.note("instance", spec.name.as_ref(), &id)?;
    let state = spec.state.unwrap_or(InstanceState::Running);
    let one = vec![EniSpec::default()];
    let specs = match &spec.enis {
        Some(enis) => enis,
        None if state == InstanceState::Terminated => &Vec::new(),
        None => &one,
    };
    let mut enis = Vec::new();
    for (index, eni) in specs.iter().enumerate() {
        let eni_id = self::eni(world, names, eni, spec.subnet.as_ref(), &spec.security_groups)?;
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        world.attach(&eni_id, &id, index, eni.delete_on_termination.unwrap_or(true));
        if let Some(status) = &eni.attachment {
            world.enis.edit(&eni_id, |eni| {
                if let Some(attachment) = &mut eni.attachment {
                    attachment.status.clone_from(status);
                }
            });
        }
        let managed = operator(eni.managed.as_ref().or(spec.managed.as_ref()));
        world.enis.edit(&eni_id, |eni| eni.operator = managed);
        enis.push(eni_id);
    }
    let first = enis.first().and_then(|eni| world.enis.get(eni)).cloned();
    let place = match (&spec.subnet, &first) {
        (Some(name), _) => world.subnets.get(names.find("subnet", name)?).cloned(),
        (None, Some(eni)) => world.subnets.get(&eni.subnet).cloned(),
        (None, None) => None,
    };
    let Some(place) = place else {
        let name = spec.name.as_ref().unwrap_or(&id);
        return Err(Problem { line: 0, reason: format!("instance `{name}` has no subnet") });
    };
    let instance = Instance {
        id: id.clone(),
        owner: world.account.clone(),
        reservation: world.mint.id("r"),
        kind: spec.kind.clone(),
        image: "ami-0123456789abcdef0".to_owned(),
        state,
        becomes: None,
        vpc: place.vpc,
        subnet: place.id,
        zone: place.zone,
        private_ip: first.and_then(|eni| eni.private_ips.first().cloned()),
        enis,
        client_token: None,
        protected: spec.termination_protection,
        launched: launched(spec)?,
        metadata: None,
        operator: operator(spec.managed.as_ref()),
        tags: named(&spec.tags, spec.name.as_ref()),
    };
    world.instances.put(&id, instance);
    Ok(())
}

/// When an instance was launched, in AWS's form.
fn launched(spec: &InstanceSpec) -> Built<String> {
    let Some(text) = &spec.launched else { return Ok(LAUNCHED.to_owned()) };
    match text.parse() {
        Ok(moment) => Ok(timestamp(moment)),
        Err(_) => Err(Problem { line: 0, reason: format!("`{text}` is no moment in RFC 3339") }),
    }
}

fn eni(
    world: &mut RegionWorld,
    names: &mut Names,
    spec: &EniSpec,
    default_subnet: Option<&Ref>,
    default_groups: &[Ref],
) -> Built<String> {
    let Some(subnet) = spec.subnet.as_ref().or(default_subnet) else {
        let name = spec.name.as_ref().or(spec.id.as_ref()).map_or("?", String::as_str);
        return Err(Problem {
            line: 0,
            reason: format!("network interface `{name}` has no subnet"),
        });
    };
    let subnet_id = names.find("subnet", subnet)?;
    let Some(subnet) = world.subnets.get(subnet_id).cloned() else {
        return Err(Problem {
            line: subnet.line,
            reason: format!("there is no subnet `{subnet_id}`"),
        });
    };
    let groups =
        if spec.security_groups.is_empty() { default_groups } else { &spec.security_groups };
    let groups = guards::groups_in(world, names, &subnet.vpc, groups)?;
    let holds = |ip: &String| subnet.holds(ip);
    if let Some(ip) = spec.private_ips.iter().find(|ip| !holds(ip)) {
        let reason = format!("the address {ip} is not one of subnet `{}`", subnet.id);
        return Err(Problem { line: 0, reason });
    }
    let id = world.create_eni(NewEni {
        id: spec.id.clone(),
        kind: spec.kind.clone().unwrap_or_else(|| "interface".to_owned()),
        description: spec.description.clone().unwrap_or_default(),
        groups,
        ips: spec.private_ips.clone(),
        tags: named(&spec.tags, spec.name.as_ref()),
        operator: operator(spec.managed.as_ref()),
        ..NewEni::in_subnet(&subnet)
    });
    names.note("network interface", spec.name.as_ref(), &id)?;
    world.enis.edit(&id, |eni| {
        eni.requester_id.clone_from(&spec.requester_id);
        eni.requester_managed = spec.requester_managed;
        if let Some(owner) = &spec.owner {
            eni.owner.clone_from(owner);
        }
    });
    Ok(id)
}

pub(super) fn nowhere(kind: &str, name: &Ref) -> Problem {
    Problem { line: name.line, reason: format!("there is no {kind} `{}`", name.text) }
}

/// An interface by its own name or id, or as one of an instance: `web-1`, `web-1/1`.
pub(super) fn find_eni(world: &RegionWorld, names: &Names, text: &str) -> Option<String> {
    if let Some(id) = names.get("network interface", text) {
        return Some(id.clone());
    }
    let (name, index) = match text.rsplit_once('/') {
        Some((name, index)) => (name, index.parse().ok()?),
        None => (text, 0),
    };
    let instance = world.instances.get(names.get("instance", name)?)?;
    instance.enis.get::<usize>(index).cloned()
}
