//! The target that is to be made: from flags where they are given, else asked. Nothing is written here.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use cli_common::errors::Fault;
use cli_common::terminal::printable;
use cli_common::ui::{Question, Ui};
use tap_core::build::{NewNlb, Wanted, default_subnets};
use tap_core::cloud::{LoadBalancer, LookAround};
use tap_core::ids::{EniId, InstanceId, SubnetId, VpcId};
use tap_core::inventory::{Attachment, InstanceState, TargetKind};

use crate::args::{Args, CreateTarget};
use crate::view::View;

/// The question of what a target is made from.
const FROM: &str = "--create-target";

/// What is to be made for these VPCs.
///
/// # Errors
/// A [`Fault`] where the flags do not say enough or the account has nothing to make it from; what AWS or the terminal says.
pub(crate) async fn wanted(
    args: &Args,
    view: &View,
    vpcs: &[VpcId],
    ui: &impl Ui,
) -> Result<Wanted> {
    let from = match &args.create_target {
        Some(from) => from.clone(),
        None => ask_from(view, ui).await?,
    };
    Ok(match from {
        CreateTarget::Eni(eni) => Wanted::Eni(eni),
        CreateTarget::Nlb(arn) => Wanted::Nlb(arn),
        CreateTarget::Gwlbe(id) => Wanted::GwlbEndpoint(id),
        CreateTarget::NewNlb => Wanted::NewNlb(new_nlb(args, view, vpcs, ui)?),
    })
}

async fn ask_from(view: &View, ui: &impl Ui) -> Result<CreateTarget> {
    let items = [
        "A new internal Network Load Balancer",
        "A Network Load Balancer that is there",
        "The network interface of an appliance",
        "A Gateway Load Balancer endpoint",
    ]
    .map(str::to_owned);
    let question = Question { text: "What does the new target deliver to?", flag: FROM };
    match ui.choose(question, &items, 0)? {
        0 => Ok(CreateTarget::NewNlb),
        1 => ask_nlb(view, ui).await,
        2 => ask_eni(view, ui),
        _ => ask_endpoint(view, ui).await,
    }
}

async fn ask_nlb(view: &View, ui: &impl Ui) -> Result<CreateTarget> {
    let unread = "cannot read the load balancers: nothing was changed";
    let balancers = view.cloud.network_load_balancers().await.context(unread)?;
    let item = |balancer: &LoadBalancer| {
        let vpc = balancer.vpc.as_ref().map(|vpc| format!("in {vpc}")).unwrap_or_default();
        format!("{}  {}  {vpc}", printable(&balancer.name), balancer.scheme)
    };
    let items: Vec<String> = balancers.iter().map(item).collect();
    some(&items, "Network Load Balancers")?;
    let question = Question { text: "Which load balancer?", flag: FROM };
    Ok(CreateTarget::Nlb(balancers[ui.choose(question, &items, 0)?].arn.clone()))
}

fn ask_eni(view: &View, ui: &impl Ui) -> Result<CreateTarget> {
    let targets: BTreeSet<&EniId> = view
        .inventory
        .targets
        .values()
        .filter_map(|target| match &target.kind {
            TargetKind::Eni(eni) => Some(eni),
            TargetKind::Nlb(_) | TargetKind::GwlbEndpoint(_) | TargetKind::Unknown(_) => None,
        })
        .collect();
    // AWS refuses an interface that is a source already.
    let sources: BTreeSet<&EniId> = view.inventory.sessions.values().map(|s| &s.eni).collect();
    let (enis, items): (Vec<&EniId>, Vec<String>) = view
        .inventory
        .enis()
        .filter(|(_, instance, eni)| {
            instance.state == InstanceState::Running
                && eni.attachment == Attachment::Attached
                && !targets.contains(&eni.id)
                && !sources.contains(&eni.id)
        })
        .map(|(id, instance, eni)| {
            let name = printable(instance.tags.name().unwrap_or(id.as_str()));
            (&eni.id, format!("{}  {name}  {}", eni.id, eni.vpc))
        })
        .unzip();
    some(&items, "interfaces of running instances that are neither mirrored nor targets")?;
    let question = Question { text: "Which interface?", flag: FROM };
    Ok(CreateTarget::Eni(enis[ui.choose(question, &items, 0)?].clone()))
}

async fn ask_endpoint(view: &View, ui: &impl Ui) -> Result<CreateTarget> {
    let unread = "cannot read the endpoints: nothing was changed";
    let endpoints = view.cloud.endpoints().await.context(unread)?;
    let (ids, items): (Vec<&String>, Vec<String>) = endpoints
        .iter()
        .map(|(id, endpoint)| {
            let name = endpoint.name.as_deref().unwrap_or_default();
            (id, format!("{id}  {}  in {}  {}", printable(name), endpoint.vpc, endpoint.state))
        })
        .unzip();
    some(&items, "Gateway Load Balancer endpoints")?;
    let question = Question { text: "Which endpoint?", flag: FROM };
    Ok(CreateTarget::Gwlbe(ids[ui.choose(question, &items, 0)?].clone()))
}

fn some(items: &[String], what: &str) -> Result<(), Fault> {
    if items.is_empty() {
        let hint = "make the target from something else; --create-target new-nlb needs nothing";
        return Err(Fault::new(
            "nothing-to-choose",
            format!("there are no {what} here: nothing was changed"),
            hint,
        ));
    }
    Ok(())
}

/// The load balancer to be made.
fn new_nlb(args: &Args, view: &View, vpcs: &[VpcId], ui: &impl Ui) -> Result<NewNlb> {
    let vpc = home(args, view, vpcs, ui)?;
    let is_asked = args.create_target.is_none();
    let subnets = if args.subnet_id.is_empty() && is_asked {
        ask_subnets(view, &vpc, ui)?
    } else {
        args.subnet_id.iter().cloned().collect()
    };
    let health_port = match args.health_check_port {
        Some(port) => port,
        None => ask_port(ui)?,
    };
    let instances = if args.register.is_empty() && is_asked {
        ask_instances(view, &vpc, ui)?
    } else {
        args.register.iter().cloned().collect()
    };
    Ok(NewNlb { vpc, subnets, health_port, instances })
}

/// The VPC that the load balancer is to be in: that of its subnets, else that of its sensors, else the only one picked.
fn home(args: &Args, view: &View, vpcs: &[VpcId], ui: &impl Ui) -> Result<VpcId> {
    let inv = &view.inventory;
    if let Some(id) = args.subnet_id.first() {
        let subnet = inv.subnets.get(id).ok_or_else(|| missing("subnet", id.as_str(), view))?;
        return Ok(subnet.vpc.clone());
    }
    if let Some(id) = args.register.first() {
        let there = inv.instances.get(id);
        let instance = there.ok_or_else(|| missing("instance", id.as_str(), view))?;
        if let Some(eni) = instance.enis.first() {
            return Ok(eni.vpc.clone());
        }
    }
    if let [only] = vpcs {
        return Ok(only.clone());
    }
    let items: Vec<String> = vpcs.iter().map(ToString::to_string).collect();
    let question =
        Question { text: "In which of them is the load balancer to be?", flag: "--subnet-id" };
    Ok(vpcs[ui.choose(question, &items, 0)?].clone())
}

fn missing(what: &str, id: &str, view: &View) -> Fault {
    let region = &view.scope.region;
    let text = format!("the {what} {id} does not exist in {region}: nothing was changed");
    Fault::new("no-such-id", text, "check the id, --region and --profile")
}

/// The subnets: one in each zone unless a person wants others. None where the default is taken.
fn ask_subnets(view: &View, vpc: &VpcId, ui: &impl Ui) -> Result<BTreeSet<SubnetId>> {
    let known = &view.inventory.subnets;
    let usual = default_subnets(&view.scope.region, vpc, known);
    let of_vpc: Vec<&SubnetId> =
        known.iter().filter(|(_, s)| s.vpc == *vpc && !s.ipv6_only).map(|(id, _)| id).collect();
    if of_vpc.len() == usual.len() {
        return Ok(BTreeSet::new());
    }
    let item = |id: &SubnetId| match known.get(id) {
        Some(subnet) => format!(
            "{id}  {}  {}",
            subnet.zone,
            printable(subnet.name.as_deref().unwrap_or_default())
        ),
        None => id.to_string(),
    };
    let list: Vec<String> = usual.iter().map(ToString::to_string).collect();
    let items = [format!("One in each zone: {}", list.join(", ")), "Others: pick them".to_owned()];
    let question = Question { text: "In which subnets?", flag: "--subnet-id" };
    if ui.choose(question, &items, 0)? == 0 {
        return Ok(BTreeSet::new());
    }
    let items: Vec<String> = of_vpc.iter().map(|id| item(id)).collect();
    let question = Question { text: "Which subnets, one per zone?", flag: "--subnet-id" };
    Ok(ui.choose_many(question, &items)?.into_iter().map(|i| of_vpc[i].clone()).collect())
}

fn ask_port(ui: &impl Ui) -> Result<u16> {
    let question = Question {
        text: "On which TCP port do the sensors answer a health check?",
        flag: "--health-check-port",
    };
    let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0);
    let check = |text: &str| match port(text) {
        Some(_) => Ok(()),
        None => Err("a port is a number from 1 to 65535, such as 22".to_owned()),
    };
    let text = ui.text(question, &check)?;
    port(&text).context("the text was checked")
}

/// The sensors to register; none is fine, they can be registered later.
fn ask_instances(view: &View, vpc: &VpcId, ui: &impl Ui) -> Result<BTreeSet<InstanceId>> {
    let (ids, items): (Vec<&InstanceId>, Vec<String>) = view
        .inventory
        .instances
        .iter()
        .filter(|(_, i)| {
            i.state == InstanceState::Running && i.enis.iter().any(|eni| eni.vpc == *vpc)
        })
        .map(|(id, instance)| {
            (id, format!("{id}  {}", printable(instance.tags.name().unwrap_or_default())))
        })
        .unzip();
    let register = Question { text: "Register sensors behind it now?", flag: "--register" };
    if ids.is_empty() || !ui.confirm(register)? {
        return Ok(BTreeSet::new());
    }
    let question = Question { text: "Which instances are sensors?", flag: "--register" };
    Ok(ui.choose_many(question, &items)?.into_iter().map(|i| ids[i].clone()).collect())
}
