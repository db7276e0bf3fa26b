//! From facts to steps, purely: what is there, what is to be made, and what does not fit.

use std::collections::{BTreeMap, BTreeSet};

use crate::build::look::region_of;
use crate::build::{
    BuildNote, BuildPlan, Facts, NewNlb, NewNlbFacts, Part, Receiver, Refusal, Step, StepState,
    default_subnets, nlb_name,
};
use crate::cloud::{BalancerState, Interface, Listener, LoadBalancer, TargetGroup, VXLAN_PORT};
use crate::ids::{EniId, InstanceId, SessionId, SubnetId, TargetId, VpcId};
use crate::inventory::{Endpoint, InstanceState, Scope, Subnet};
use crate::tags::TagKeys;

/// Decides what is there and what is to be made.
///
/// # Errors
/// All that does not fit, at least one refusal. Nothing was written.
pub fn plan_build(facts: &Facts, keys: &TagKeys) -> Result<BuildPlan, Vec<Refusal>> {
    let mut draft =
        Draft { scope: &facts.scope, steps: Vec::new(), notes: Vec::new(), refusals: Vec::new() };
    let vendor = &keys.vendor;
    let name = match &facts.receiver {
        Receiver::Eni { eni, interface, sessions } => {
            draft.eni(eni, interface.as_ref(), sessions);
            format!("{vendor}Tap {eni}")
        }
        Receiver::GwlbEndpoint { id, endpoint } => {
            draft.endpoint(id, endpoint.as_ref());
            format!("{vendor}Tap {id}")
        }
        Receiver::Nlb { arn, balancer, listeners } => {
            draft.nlb(arn, balancer.as_ref(), listeners);
            balancer.as_ref().map(|found| found.name.clone()).unwrap_or_default()
        }
        Receiver::NewNlb { new, found } => {
            let name = nlb_name(vendor, &new.vpc);
            draft.new_nlb(new, found, &name);
            name
        }
    };
    let description = format!("{vendor} traffic mirror target {name}");
    let found = facts.target.as_ref().map(TargetId::to_string);
    draft.step(Part::Target { kind: facts.receiver.kind(), name, description }, found);
    let Draft { scope, steps, notes, refusals } = draft;
    if refusals.is_empty() {
        Ok(BuildPlan { scope: scope.clone(), steps, notes, creator: keys.creator.clone() })
    } else {
        Err(refusals)
    }
}

struct Draft<'a> {
    scope: &'a Scope,
    steps: Vec<Step>,
    notes: Vec<BuildNote>,
    refusals: Vec<Refusal>,
}

impl Draft<'_> {
    fn refuse(&mut self, refusal: Refusal) {
        self.refusals.push(refusal);
    }

    fn note(&mut self, note: BuildNote) {
        self.notes.push(note);
    }

    fn step(&mut self, part: Part, found: Option<String>) {
        let state = found.map_or(StepState::ToMake, |id| StepState::Found { id });
        self.steps.push(Step { part, state });
    }

    fn eni(&mut self, eni: &EniId, interface: Option<&Interface>, sessions: &[SessionId]) {
        let eni = eni.clone();
        match interface {
            None => {
                let region = self.scope.region.clone();
                self.refuse(Refusal::NoSuchInterface { eni, region });
            }
            Some(found) if found.owner != self.scope.account => {
                self.refuse(Refusal::InterfaceOfOthers { eni, owner: found.owner.clone() });
            }
            Some(_) if !sessions.is_empty() => {
                self.refuse(Refusal::InterfaceIsMirrored { eni, sessions: sessions.to_vec() });
            }
            Some(found) if !found.attached => self.note(BuildNote::Detached(eni)),
            Some(_) => {}
        }
    }

    fn endpoint(&mut self, id: &str, endpoint: Option<&Endpoint>) {
        let id = id.to_owned();
        let Some(Endpoint { kind, state, .. }) = endpoint.cloned() else {
            let region = self.scope.region.clone();
            return self.refuse(Refusal::NoSuchEndpoint { id, region });
        };
        if kind != "GatewayLoadBalancer" {
            return self.refuse(Refusal::NotGwlbEndpoint { id, kind });
        }
        match &*state {
            "available" => {}
            "pending" | "pendingacceptance" => self.note(BuildNote::EndpointPending { id, state }),
            _ => self.refuse(Refusal::EndpointUnusable { id, state }),
        }
    }

    /// A load balancer that the user names.
    fn nlb(&mut self, arn: &str, balancer: Option<&LoadBalancer>, listeners: &[Listener]) {
        let (given, region) = (arn.to_owned(), self.scope.region.clone());
        match (region_of(arn), balancer) {
            (None, _) => return self.refuse(Refusal::NotAnArn { given }),
            (Some(other), _) if other != region.as_str() => {
                return self.refuse(Refusal::OtherRegion { arn: given, region });
            }
            (Some(_), None) => {
                return self.refuse(Refusal::NoSuchLoadBalancer { arn: given, region });
            }
            (Some(_), Some(found)) if found.kind != "network" => {
                return self.refuse(Refusal::NotNetwork { arn: given, kind: found.kind.clone() });
            }
            (Some(_), Some(found)) => self.until_active(Some(found)),
        }
        if !listeners.iter().any(Listener::hears_mirrors) {
            self.note(BuildNote::NoListener { arn: given });
        }
    }

    fn until_active(&mut self, balancer: Option<&LoadBalancer>) {
        match balancer.map(|found| (found.progress(), found.arn.clone())) {
            Some((BalancerState::Failed, arn)) => self.refuse(Refusal::LoadBalancerFailed { arn }),
            Some((BalancerState::Active, arn)) => self.step(Part::Active, Some(arn)),
            Some((BalancerState::Provisioning, _)) | None => self.step(Part::Active, None),
        }
    }

    /// A load balancer that is made for the target, or was by an earlier try.
    fn new_nlb(&mut self, new: &NewNlb, found: &NewNlbFacts, name: &str) {
        if new.health_port == 0 {
            self.refuse(Refusal::NoPort);
        }
        self.check_subnets(new, &found.subnets);
        self.check_instances(new, found);
        let balancer = found.balancer.as_ref();
        if let Some(balancer) = balancer {
            self.refusals.extend(check_balancer(balancer, name, &new.vpc));
        }
        let (vpc, name) = (new.vpc.clone(), name.to_owned());
        let subnets = self.subnets_for(new, found);
        let arn = balancer.map(|found| found.arn.clone());
        self.step(Part::Balancer { name: name.clone(), vpc: vpc.clone(), subnets }, arn.clone());
        self.step(Part::CrossZone, arn.filter(|_| found.cross_zone));
        self.receivers(new, found, &name);
        self.until_active(balancer);
    }

    fn check_subnets(&mut self, new: &NewNlb, known: &BTreeMap<SubnetId, Subnet>) {
        let mut by_zone: BTreeMap<&str, BTreeSet<SubnetId>> = BTreeMap::new();
        for id in &new.subnets {
            let subnet = id.clone();
            match known.get(id) {
                None => self.refuse(Refusal::NoSuchSubnet { subnet }),
                Some(found) if found.vpc != new.vpc => {
                    let (is_in, vpc) = (found.vpc.clone(), new.vpc.clone());
                    self.refuse(Refusal::SubnetElsewhere { subnet, is_in, vpc });
                }
                Some(found) if found.ipv6_only => self.refuse(Refusal::SubnetIpv6Only { subnet }),
                Some(found) => drop(by_zone.entry(&found.zone).or_default().insert(subnet)),
            }
        }
        for (zone, subnets) in by_zone {
            if subnets.len() > 1 {
                self.refuse(Refusal::SameZone { subnets, zone: zone.to_owned() });
            }
        }
    }

    fn check_instances(&mut self, new: &NewNlb, found: &NewNlbFacts) {
        for id in &new.instances {
            let instance = id.clone();
            match found.instances.get(id) {
                None => self.refuse(Refusal::NoSuchInstance { instance }),
                // AWS registers nothing else, not even an instance that is starting (docs/aws.md 11).
                Some(i) if i.state != InstanceState::Running => {
                    self.refuse(Refusal::InstanceNotRunning { instance, state: i.state });
                }
                Some(i) if i.enis.iter().all(|eni| eni.vpc != new.vpc) => {
                    self.refuse(Refusal::InstanceElsewhere { instance, vpc: new.vpc.clone() });
                }
                Some(_) => {}
            }
        }
    }

    /// The subnets that the load balancer has or gets.
    fn subnets_for(&mut self, new: &NewNlb, found: &NewNlbFacts) -> BTreeMap<SubnetId, String> {
        if let Some(balancer) = &found.balancer {
            let has: BTreeSet<SubnetId> = balancer.subnets.keys().cloned().collect();
            if !new.subnets.is_empty() && has != new.subnets {
                self.note(BuildNote::OtherSubnets { arn: balancer.arn.clone(), has });
            }
            return balancer.subnets.clone();
        }
        let chosen = if new.subnets.is_empty() {
            default_subnets(&self.scope.region, &new.vpc, &found.subnets)
        } else {
            new.subnets.clone()
        };
        if chosen.is_empty() {
            self.refuse(Refusal::NoSubnets { vpc: new.vpc.clone() });
        }
        let zone = |id: SubnetId| found.subnets.get(&id).map(|s| (id, s.zone.clone()));
        chosen.into_iter().filter_map(zone).collect()
    }

    /// The listener, its target group, and who is registered there.
    fn receivers(&mut self, new: &NewNlb, found: &NewNlbFacts, name: &str) {
        let balancer = found.balancer.as_ref().map(|b| b.arn.as_str()).unwrap_or_default();
        let listener = match mirror_listener(balancer, &found.listeners) {
            Err(refusal) => return self.refuse(refusal),
            Ok(listener) => listener,
        };
        match (&found.group, listener) {
            (None, Some((listener, _))) => {
                let listener = listener.arn.clone();
                self.refuse(Refusal::ForwardsNowhere { listener });
            }
            (None, None) => {}
            (Some(group), None) => {
                self.refusals.extend(check_group(group, name, &new.vpc, balancer));
            }
            (Some(group), Some(_)) => {
                if !new.instances.is_empty() && group.target_type != "instance" {
                    let (group, target_type) = (group.arn.clone(), group.target_type.clone());
                    self.refuse(Refusal::GroupTakesNoInstances { group, target_type });
                }
            }
        }
        if let Some((listener, first)) = listener
            && listener.groups.len() > 1
        {
            self.note(BuildNote::SeveralGroups { first: first.to_owned() });
        }
        if let Some(group) = &found.group
            && group.health_port != new.health_port.to_string()
        {
            let (arn, has) = (group.arn.clone(), group.health_port.clone());
            self.note(BuildNote::OtherHealthPort { arn, has, wanted: new.health_port });
        }
        let (name, vpc, health_port) = (name.to_owned(), new.vpc.clone(), new.health_port);
        let group = found.group.as_ref().map(|group| group.arn.clone());
        self.step(Part::Group { name: name.clone(), vpc, health_port }, group.clone());
        self.step(Part::Listener { name }, listener.map(|(listener, _)| listener.arn.clone()));
        let is_there = |id: &&InstanceId| found.registered.contains(id.as_str());
        let missing: BTreeSet<InstanceId> =
            new.instances.iter().filter(|id| !is_there(id)).cloned().collect();
        if !missing.is_empty() {
            self.step(Part::Instances { instances: missing }, None);
        } else if !new.instances.is_empty() {
            self.step(Part::Instances { instances: new.instances.clone() }, group);
        } else if found.registered.is_empty() {
            self.note(BuildNote::NobodyBehind);
        }
    }
}

/// Whether a load balancer that has the name is the one that would be made.
pub(super) fn check_balancer(found: &LoadBalancer, name: &str, vpc: &VpcId) -> Option<Refusal> {
    let because = if found.kind != "network" {
        format!("is of type `{}`, not `network`", found.kind)
    } else if found.scheme != "internal" {
        format!("is `{}`, not `internal`", found.scheme)
    } else if found.vpc.as_ref() != Some(vpc) {
        let other = found.vpc.as_ref().map_or("no VPC", VpcId::as_str);
        format!("is in {other}, not in {vpc}")
    } else {
        return None;
    };
    Some(Refusal::NameTaken { arn: found.arn.clone(), name: name.to_owned(), because })
}

/// Whether a target group that has the name is the one that would be made. `balancer` is the load balancer's ARN, empty where it
/// is not there yet.
pub(super) fn check_group(
    found: &TargetGroup,
    name: &str,
    vpc: &VpcId,
    balancer: &str,
) -> Option<Refusal> {
    let because = if found.protocol != "UDP" || found.port != Some(VXLAN_PORT) {
        let port = found.port.map(|port| port.to_string()).unwrap_or_default();
        format!("is for {} {port}, not for UDP {VXLAN_PORT}", found.protocol)
    } else if found.target_type != "instance" {
        format!("takes targets of type `{}`, not `instance`", found.target_type)
    } else if found.vpc.as_ref() != Some(vpc) {
        let other = found.vpc.as_ref().map_or("no VPC", VpcId::as_str);
        format!("is in {other}, not in {vpc}")
    } else if let Some(other) = found.balancers.iter().find(|arn| *arn != balancer) {
        format!("is in use by the load balancer {other}")
    } else {
        return None;
    };
    Some(Refusal::GroupNameTaken { arn: found.arn.clone(), name: name.to_owned(), because })
}

/// The listener that hears mirrored traffic, with the ARN of the target group that it forwards to.
pub(super) fn mirror_listener<'a>(
    balancer: &str,
    listeners: &'a [Listener],
) -> Result<Option<(&'a Listener, &'a str)>, Refusal> {
    let Some(listener) = listeners.iter().find(|listener| listener.hears_mirrors()) else {
        return match listeners.iter().find(|listener| listener.has_vxlan_port()) {
            None => Ok(None),
            Some(other) => {
                let protocol = other.protocol.clone();
                Err(Refusal::PortTaken { balancer: balancer.to_owned(), protocol })
            }
        };
    };
    match listener.groups.first() {
        Some(group) => Ok(Some((listener, group))),
        None => Err(Refusal::ForwardsNowhere { listener: listener.arn.clone() }),
    }
}
