//! Instances: DescribeInstances, and the form of an instance in answers.

use std::sync::Arc;

use crate::dispatch::Ctx;
use crate::ec2::enis;
use crate::ec2::listing::{Listing, maybe, one, tag_set};
use crate::ec2::security_groups::{group_names, group_set};
use crate::error::Answer;
use crate::filters::tag_values;
use crate::kinds::Kind;
use crate::model::{Eni, Instance};
use crate::store::View;
use crate::world::RegionWorld;
use crate::xml::Xml;

/// When everything was launched that a scenario says nothing else of.
pub(crate) const LAUNCHED: &str = "2026-01-01T00:00:00.000Z";

const LISTING: Listing = Listing {
    kind: Kind::Instance,
    ids: "InstanceId",
    id_filter: "instance-id",
    ids_or_pages: true,
    names: &include!("instance_filters.in"),
};

fn values(world: &RegionWorld, view: View, instance: &Instance, name: &str) -> Vec<String> {
    let state = instance.state_at(world.clock.now());
    match name {
        "instance-id" => one(&instance.id),
        "instance-state-name" => one(state.name()),
        "instance-state-code" => one(state.code()),
        "instance-type" => one(&instance.kind),
        "image-id" => one(&instance.image),
        "vpc-id" if !instance.enis.is_empty() => one(&instance.vpc),
        "subnet-id" if !instance.enis.is_empty() => one(&instance.subnet),
        "vpc-id" | "subnet-id" => Vec::new(),
        "availability-zone" => one(&instance.zone),
        "owner-id" => one(&instance.owner),
        "reservation-id" => one(&instance.reservation),
        "client-token" => maybe(instance.client_token.as_ref()),
        "launch-time" => one(&instance.launched),
        // EC2 says xen for Nitro instances too.
        "hypervisor" => one("xen"),
        "virtualization-type" => one("hvm"),
        "architecture" => one("x86_64"),
        "private-ip-address" => maybe(instance.private_ip.as_ref()),
        "private-dns-name" => maybe(dns_name(world, instance)),
        "operator.managed" => one(instance.operator.is_some()),
        "operator.principal" => maybe(instance.operator.as_ref().map(|o| &o.principal)),
        "instance.group-id" => groups_of(world, view, instance),
        "instance.group-name" => group_names(world, &groups_of(world, view, instance)),
        "tenancy" => one("default"),
        "monitoring-state" => one("disabled"),
        "root-device-type" => one("ebs"),
        "ena-support" => one(true),
        name => match name.strip_prefix("network-interface.") {
            Some(of_eni) => enis_of(world, view, instance)
                .flat_map(|eni| eni_values(world, &eni, of_eni))
                .collect(),
            None => tag_values(&instance.tags, name),
        },
    }
}

/// The groups of an instance: those of its first interface.
fn groups_of(world: &RegionWorld, view: View, instance: &Instance) -> Vec<String> {
    let first = enis_of(world, view, instance).next();
    first.map(|eni| eni.groups.clone()).unwrap_or_default()
}

fn eni_values(world: &RegionWorld, eni: &Eni, name: &str) -> Vec<String> {
    match name {
        "group-name" => group_names(world, &eni.groups),
        "tag-key" | "tag-value" => tag_values(&eni.tags, name),
        "private-ip-address" | "addresses.private-ip-address" => eni.private_ips.clone(),
        name => enis::values(&world.region, eni, name),
    }
}

fn dns_name(world: &RegionWorld, instance: &Instance) -> Option<String> {
    instance.private_ip.as_deref().map(|ip| enis::dns_name(&world.region, ip))
}

fn enis_of<'a>(
    world: &'a RegionWorld,
    view: View,
    instance: &'a Instance,
) -> impl Iterator<Item = Arc<Eni>> + 'a {
    instance.enis.iter().filter_map(move |id| world.enis.seen(id, view))
}

/// DescribeInstances.
pub(crate) fn describe(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let all = ctx.request.flag("IncludeManagedResources")?;
    let (world, view) = (&*ctx.world, ctx.view);
    let visible = |i: &Instance| all || !i.operator.as_ref().is_some_and(|o| o.hidden);
    let (instances, token) =
        LISTING.page(ctx, &world.instances, visible, |i, name| values(world, view, i, name))?;
    // A page holds instances; those of one reservation are brought together within it.
    let mut reservations: Vec<(&str, Vec<&Instance>)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for instance in &instances {
        let place = *places.entry(instance.reservation.as_str()).or_insert_with(|| {
            reservations.push((&instance.reservation, Vec::new()));
            reservations.len() - 1
        });
        reservations[place].1.push(instance);
    }
    let mut xml = Xml::new();
    xml.items("reservationSet", reservations, |x, (id, instances)| {
        reservation(x, world, view, id, &instances);
    });
    xml.opt("nextToken", token);
    Ok(xml)
}

/// A reservation with its instances.
pub(crate) fn reservation(
    x: &mut Xml,
    world: &RegionWorld,
    view: View,
    id: &str,
    instances: &[&Instance],
) {
    x.leaf("reservationId", id);
    x.leaf("ownerId", instances.first().map_or(world.account.as_str(), |i| i.owner.as_str()));
    x.items("groupSet", [(); 0], |_, ()| {});
    x.items("instancesSet", instances, |x, instance| one_instance(x, world, view, instance));
}

fn one_instance(x: &mut Xml, world: &RegionWorld, view: View, instance: &Instance) {
    let state = instance.state_at(world.clock.now());
    x.leaf("instanceId", &instance.id);
    x.leaf("imageId", &instance.image);
    x.el("instanceState", |x| {
        x.leaf("code", state.code());
        x.leaf("name", state.name());
    });
    x.leaf("instanceType", &instance.kind);
    x.leaf("amiLaunchIndex", 0);
    x.leaf("launchTime", &instance.launched);
    x.el("placement", |x| {
        x.leaf("availabilityZone", &instance.zone);
        x.leaf("tenancy", "default");
    });
    x.el("monitoring", |x| x.leaf("state", "disabled"));
    // A terminated instance has lost its network.
    if !instance.enis.is_empty() {
        x.leaf("subnetId", &instance.subnet);
        x.leaf("vpcId", &instance.vpc);
        x.opt("privateIpAddress", instance.private_ip.as_ref());
        x.opt("privateDnsName", dns_name(world, instance));
    }
    x.leaf("architecture", "x86_64");
    x.leaf("rootDeviceType", "ebs");
    x.leaf("virtualizationType", "hvm");
    x.leaf("hypervisor", "xen");
    x.opt("clientToken", instance.client_token.as_ref());
    group_set(x, world, &groups_of(world, view, instance));
    x.items("networkInterfaceSet", enis_of(world, view, instance), |x, eni| {
        enis::in_instance(x, world, &eni);
    });
    if let Some(metadata) = &instance.metadata {
        x.el("metadataOptions", |x| {
            x.leaf("state", "applied");
            x.leaf("httpTokens", &metadata.tokens);
            x.leaf("httpPutResponseHopLimit", metadata.hops);
            x.leaf("httpEndpoint", &metadata.endpoint);
        });
    }
    enis::operator(x, instance.operator.as_ref());
    tag_set(x, &instance.tags);
}
