//! An account to build in, and a whole try in one line.

use std::collections::BTreeSet;
use std::time::Duration;

use tap_core::build::{
    BuildError, BuildOptions, BuildPlan, Built, NewNlb, Refusal, Wanted, carry_out, look,
    plan_build,
};
use tap_core::cloud::{Listener, LoadBalancer, TargetGroup};
use tap_core::inventory::{Endpoint, Inventory, LoneEni, Scope, Subnet};
use tap_core::stop::{StopSignal, Stopper};
use tap_core::tags::TagKeys;
use tap_core::testing::{BuildCloud, scenario};
use uuid::Uuid;

/// The ARN that a load balancer of the VPC `vpc-a` gets in memory.
pub const ARN: &str = "arn:of:VectraTapa";

/// The ARN of its target group.
pub const GROUP: &str = "arn:of:group:VectraTapa";

/// A load balancer that is there, in the region of the scenarios.
pub const OLD: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/old/1";

/// The VPC `vpc-a` with two zones and the sensors `i-1` and `i-2`; `eni-loose` is attached to nothing; `vpc-b` with one subnet.
pub fn account() -> Inventory {
    let subnet = |vpc: &str, zone: &str, block: &str| Subnet {
        zone: zone.to_owned(),
        block: block.parse().ok(),
        ..Subnet::of(vpc.into())
    };
    let of_vpc = scenario().instance("i-1").instance("i-2").vpc("vpc-b").instance("i-9");
    of_vpc
        .with(|inv| {
            inv.subnets.clear();
            inv.subnets.insert("subnet-1".into(), subnet("vpc-a", "eu-west-1a", "10.0.1.0/24"));
            inv.subnets.insert("subnet-2".into(), subnet("vpc-a", "eu-west-1b", "10.0.2.0/24"));
            inv.subnets.insert("subnet-3".into(), subnet("vpc-a", "eu-west-1b", "10.0.3.0/28"));
            let ipv6_only = Subnet { ipv6_only: true, ..subnet("vpc-a", "eu-west-1c", "") };
            inv.subnets.insert("subnet-6".into(), ipv6_only);
            inv.subnets.insert("subnet-9".into(), subnet("vpc-b", "eu-west-1a", "10.9.0.0/24"));
            inv.lone_enis.insert("eni-loose".into(), LoneEni::Detached { vpc: "vpc-a".into() });
        })
        .build()
}

pub fn cloud() -> BuildCloud {
    BuildCloud::new(account())
}

/// A new load balancer for `vpc-a` with both sensors, checked on TCP 22.
pub fn new_nlb() -> NewNlb {
    NewNlb {
        vpc: "vpc-a".into(),
        subnets: [].into(),
        health_port: 22,
        instances: ["i-1".into(), "i-2".into()].into(),
    }
}

pub fn scope() -> Scope {
    account().scope
}

pub async fn plan(cloud: &BuildCloud, wanted: &Wanted) -> Result<BuildPlan, Vec<Refusal>> {
    let keys = TagKeys::default();
    let facts = look(cloud, &scope(), wanted, &keys).await.unwrap();
    plan_build(&facts, &keys)
}

/// The plan as lines: its steps, then its notes.
pub async fn lines(cloud: &BuildCloud, wanted: &Wanted) -> Vec<String> {
    let plan = plan(cloud, wanted).await.unwrap();
    let notes = plan.notes.iter().map(|note| format!("note: {note}"));
    plan.steps.iter().map(ToString::to_string).chain(notes).collect()
}

/// Looks again at once; the limit is far away.
pub fn options() -> BuildOptions {
    BuildOptions { poll: Duration::from_millis(1), ..BuildOptions::new(Uuid::new_v4()) }
}

/// Gives the load balancer no time.
pub async fn build_in_a_hurry(cloud: &BuildCloud, wanted: &Wanted) -> Result<Built, BuildError> {
    let plan = plan(cloud, wanted).await.unwrap();
    let options = BuildOptions { limit: Duration::from_millis(20), ..options() };
    carry_out(&plan, cloud, &options, &Stopper::new().1, &mut |_| {}).await
}

/// Looks, plans and carries out, as a command does.
pub async fn build(cloud: &BuildCloud, wanted: &Wanted) -> Result<Built, BuildError> {
    build_until(cloud, wanted, &Stopper::new().1).await
}

pub async fn build_until(
    cloud: &BuildCloud,
    wanted: &Wanted,
    stop: &StopSignal,
) -> Result<Built, BuildError> {
    let plan = plan(cloud, wanted).await.unwrap();
    carry_out(&plan, cloud, &options(), stop, &mut |_| {}).await
}

/// A load balancer as one of `vpc-a` is, once it is made.
pub fn balancer(arn: &str, name: &str) -> LoadBalancer {
    LoadBalancer {
        arn: arn.to_owned(),
        name: name.to_owned(),
        kind: "network".to_owned(),
        scheme: "internal".to_owned(),
        vpc: Some("vpc-a".into()),
        state: "active".to_owned(),
        subnets: [("subnet-1".into(), "eu-west-1a".to_owned())].into(),
        groups: BTreeSet::new(),
    }
}

/// A target group as one of `vpc-a` is, once it is made.
pub fn group(arn: &str, name: &str) -> TargetGroup {
    TargetGroup {
        arn: arn.to_owned(),
        name: name.to_owned(),
        protocol: "UDP".to_owned(),
        port: Some(4789),
        vpc: Some("vpc-a".into()),
        target_type: "instance".to_owned(),
        health_port: "22".to_owned(),
        balancers: [].into(),
    }
}

pub fn listener(protocol: &str, groups: &[&str]) -> Listener {
    Listener {
        arn: "arn:of:listener".to_owned(),
        protocol: protocol.to_owned(),
        port: Some(4789),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    }
}

pub fn endpoint(kind: &str, state: &str) -> Endpoint {
    let (kind, state) = (kind.to_owned(), state.to_owned());
    Endpoint { name: None, vpc: "vpc-a".into(), kind, state }
}

/// Puts a load balancer there.
pub fn put(cloud: &BuildCloud, balancer: LoadBalancer) {
    cloud.memory.edit_balancers(|all| {
        all.balancers.insert(balancer.arn.clone(), balancer);
    });
}

/// Puts a listener at a load balancer, and its first target group.
pub fn put_listener(cloud: &BuildCloud, balancer: &str, listener: Listener, group: TargetGroup) {
    cloud.memory.edit_balancers(|all| {
        all.listeners.insert(listener.arn.clone(), (balancer.to_owned(), listener));
        all.groups.insert(group.arn.clone(), group);
    });
}
