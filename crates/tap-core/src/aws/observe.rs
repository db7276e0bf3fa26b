//! Reads a scope into an [`Inventory`]: complete to the last page, or not at all (ruling 10).
//!
//! ```text
//!   whole scope     instances, VPCs, subnets, targets, filters and managed interfaces side by side, then the sessions
//!   --vpc-id        the same, filtered; and all of the VPC's interfaces, for instances whose first VPC is another
//!   --instance-id   the instances, then what they touch
//! ```
//!
//! All VPCs, sessions, and the targets that either names are read even by a narrowed run: a sensor of one VPC may stand in
//! another, and must be known as one wherever it stands (ruling 5).
//!
//! Sessions are listed after everything else: a session that is seen then belongs to an interface that existed before, so
//! it is never judged by an older picture (docs/aws.md 7). An interface that a session names and no instance has is looked up by
//! itself, and its instance once more, before anything is concluded from its absence.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types as sdk;
use futures::{StreamExt, TryStreamExt, stream, try_join};

use crate::aws::AwsCloud;
use crate::aws::convert::{self, Words};
use crate::aws::read::NameAndValues;
use crate::cloud::Observe;
use crate::error::CloudError;
use crate::ids::{EniId, InstanceId, TargetId};
use crate::inventory::{
    Instance, Inventory, LoneEni, MirrorSession, MirrorTarget, Narrow, NlbFacts, TargetKind,
};
use crate::policy::owner::{Owner, owner};
use crate::tags::TagKeys;

/// How many load balancers are looked at side by side.
const LOAD_BALANCERS_AT_ONCE: usize = 4;

impl Observe for AwsCloud {
    async fn inventory(&self, narrow: &Narrow, keys: &TagKeys) -> Result<Inventory, CloudError> {
        let mut inv = Inventory::empty(self.scope.clone());
        inv.narrow = narrow.clone();
        if narrow.instances.is_empty() {
            self.read_vpcs_with_instances(&mut inv).await?;
        } else {
            self.read_instances_with_vpcs(&mut inv).await?;
        }
        let mut in_use: BTreeSet<TargetId> = inv
            .vpcs
            .values()
            .filter_map(|vpc| vpc.tags.get(&keys.target))
            .map(TargetId::from)
            .collect();
        self.read_sessions(&mut inv).await?;
        in_use.extend(inv.sessions.values().map(|s| s.target.clone()));
        in_use.extend(inv.sources_of_others.keys().cloned());
        inv.nlbs = self.read_load_balancers(&inv, &in_use).await?;
        let mut wanted = interfaces_behind(&inv, &in_use);
        // A narrowed run has read all that it is about; what other sessions stand on is not its business.
        if inv.narrow.is_whole() {
            let owned = inv.sessions.values().filter(|s| owner(&s.tags, keys) == Owner::Owned);
            wanted.extend(owned.map(|s| s.eni.clone()));
        }
        self.read_lone_interfaces(&mut inv, wanted).await?;
        Ok(inv)
    }

    async fn sessions_on(&self, eni: &EniId) -> Result<Vec<MirrorSession>, CloudError> {
        let answer = self
            .describe_sessions(&[("network-interface-id", vec![eni.as_str()])])
            .await
            .map_err(|e| e.about(eni))?;
        let mut words = Words::default();
        let sessions: Vec<_> = answer
            .iter()
            .map(|session| convert::session(session, &mut words))
            .collect::<Result<_, _>>()?;
        let ours = sessions.into_iter().filter(|(owner, _)| *owner == self.scope.account);
        Ok(ours.map(|(_, session)| session).filter(|session| session.eni == *eni).collect())
    }
}

impl AwsCloud {
    /// Reads the whole scope, or some of its VPCs.
    async fn read_vpcs_with_instances(&self, inv: &mut Inventory) -> Result<(), CloudError> {
        let vpcs: Vec<&str> = inv.narrow.vpcs.iter().map(|id| id.as_str()).collect();
        let within: Vec<NameAndValues<'_>> =
            if vpcs.is_empty() { Vec::new() } else { vec![("vpc-id", vpcs)] };
        let account = self.scope.account.as_str();
        // A scope may have more interfaces than anything else; whole, only those that a service manages are read.
        let interfaces: Vec<NameAndValues<'_>> = if within.is_empty() {
            vec![
                ("attachment.instance-owner-id", vec![account]),
                ("requester-managed", vec!["true"]),
            ]
        } else {
            within.clone()
        };
        let (vpcs, subnets, reservations, targets, filters, interfaces) = try_join!(
            self.describe_vpcs(&[]),
            self.describe_subnets(&within),
            self.describe_reservations(&within),
            self.describe_targets(&[]),
            self.describe_filters(&[]),
            self.describe_interfaces(&interfaces),
        )?;
        inv.vpcs = vpcs.iter().map(convert::vpc).collect::<Result<_, _>>()?;
        inv.subnets = subnets.iter().map(convert::subnet).collect::<Result<_, _>>()?;
        inv.instances = instances(&reservations)?;
        inv.targets = targets.iter().map(convert::target).collect::<Result<_, _>>()?;
        inv.filters = filters.iter().map(convert::filter).collect::<Result<_, _>>()?;
        inv.requester_managed = requester_managed(&interfaces);
        if !inv.narrow.vpcs.is_empty() {
            let lone = interfaces.iter().map(convert::lone_eni).collect::<Result<Vec<_>, _>>()?;
            let known: BTreeSet<EniId> = inv.enis().map(|(_, _, eni)| eni.id.clone()).collect();
            inv.lone_enis = lone.into_iter().filter(|(id, _)| !known.contains(id)).collect();
            self.read_instances_of_lone_interfaces(inv).await?;
        }
        Ok(())
    }

    /// Reads some instances, and the VPCs and subnets of their interfaces.
    async fn read_instances_with_vpcs(&self, inv: &mut Inventory) -> Result<(), CloudError> {
        let ids: Vec<&str> = inv.narrow.instances.iter().map(|id| id.as_str()).collect();
        let reservations = self.describe_reservations(&[("instance-id", ids.clone())]).await?;
        inv.instances = instances(&reservations)?;
        let subnets: BTreeSet<&str> = inv.enis().map(|(_, _, eni)| eni.subnet.as_str()).collect();
        let by_subnet = [("subnet-id", subnets.into_iter().collect::<Vec<_>>())];
        let by_instance = [("attachment.instance-id", ids)];
        let (vpcs, subnets, targets, filters, interfaces) = try_join!(
            self.describe_vpcs(&[]),
            self.describe_subnets_if_any(&by_subnet),
            self.describe_targets(&[]),
            self.describe_filters(&[]),
            self.describe_interfaces(&by_instance),
        )?;
        inv.vpcs = vpcs.iter().map(convert::vpc).collect::<Result<_, _>>()?;
        inv.subnets = subnets.iter().map(convert::subnet).collect::<Result<_, _>>()?;
        inv.targets = targets.iter().map(convert::target).collect::<Result<_, _>>()?;
        inv.filters = filters.iter().map(convert::filter).collect::<Result<_, _>>()?;
        inv.requester_managed = requester_managed(&interfaces);
        Ok(())
    }

    async fn describe_subnets_if_any(
        &self,
        filters: &[NameAndValues<'_>],
    ) -> Result<Vec<sdk::Subnet>, CloudError> {
        if has_values(filters) { self.describe_subnets(filters).await } else { Ok(Vec::new()) }
    }

    /// Reads the sessions: all of them, even where the run is about a few instances. Who is a receiver, how full a target is
    /// and what half of the sessions would be can only be told from all.
    async fn read_sessions(&self, inv: &mut Inventory) -> Result<(), CloudError> {
        let answer = self.describe_sessions(&[]).await?;
        let mut words = Words::default();
        for session in &answer {
            let (owner, session) = convert::session(session, &mut words)?;
            if owner == self.scope.account {
                inv.sessions.insert(session.id.clone(), session);
            } else {
                // Other accounts' sessions on a target that this account shares: not ours to see as sessions (ruling 17),
                // but they fill the target.
                inv.sources_of_others.entry(session.target).or_default().insert(session.eni);
            }
        }
        Ok(())
    }

    /// Reads what stands behind the load balancers that are targets in use, as far as they are this account's.
    pub(super) async fn read_load_balancers(
        &self,
        inv: &Inventory,
        in_use: &BTreeSet<TargetId>,
    ) -> Result<BTreeMap<TargetId, NlbFacts>, CloudError> {
        let mut ours: Vec<(TargetId, String)> = Vec::new();
        for id in in_use {
            if let Some(MirrorTarget { kind: TargetKind::Nlb(arn), owner, .. }) =
                inv.targets.get(id)
                && *owner == self.scope.account
            {
                ours.push((id.clone(), arn.clone()));
            }
        }
        stream::iter(ours)
            .map(|(id, arn)| async move { Ok((id, self.load_balancer(&arn).await?)) })
            .buffer_unordered(LOAD_BALANCERS_AT_ONCE)
            .try_collect()
            .await
    }

    /// Looks up those of the wanted interfaces that no instance has.
    pub(super) async fn read_lone_interfaces(
        &self,
        inv: &mut Inventory,
        mut wanted: BTreeSet<EniId>,
    ) -> Result<(), CloudError> {
        let known: BTreeSet<&EniId> =
            inv.enis().map(|(_, _, eni)| &eni.id).chain(inv.lone_enis.keys()).collect();
        wanted.retain(|eni| !known.contains(eni));
        if wanted.is_empty() {
            return Ok(());
        }
        let ids = wanted.iter().map(EniId::as_str).collect();
        let answer = self.describe_interfaces(&[("network-interface-id", ids)]).await?;
        let mut found: BTreeMap<EniId, LoneEni> =
            answer.iter().map(convert::lone_eni).collect::<Result<_, _>>()?;
        inv.requester_managed.extend(requester_managed(&answer));
        for eni in wanted {
            let lone = found.remove(&eni).unwrap_or(LoneEni::Gone);
            inv.lone_enis.insert(eni, lone);
        }
        self.read_instances_of_lone_interfaces(inv).await
    }

    /// Reads the instances that lone interfaces are attached to. An interface that one of them has is lone no more.
    async fn read_instances_of_lone_interfaces(
        &self,
        inv: &mut Inventory,
    ) -> Result<(), CloudError> {
        let missing: BTreeSet<InstanceId> = inv
            .lone_enis
            .values()
            .filter_map(|lone| match lone {
                LoneEni::Attached { instance, .. } => instance.clone(),
                LoneEni::Detached { .. } | LoneEni::Gone => None,
            })
            .filter(|id| !inv.instances.contains_key(id))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let ids = missing.iter().map(InstanceId::as_str).collect();
        let reservations = self.describe_reservations(&[("instance-id", ids)]).await?;
        inv.instances.extend(instances(&reservations)?);
        let known: BTreeSet<EniId> = inv.enis().map(|(_, _, eni)| eni.id.clone()).collect();
        inv.lone_enis.retain(|id, _| !known.contains(id));
        Ok(())
    }
}

/// The interfaces behind some targets. What stands behind another account's target is not shown to this one: its absence
/// says nothing.
pub(super) fn interfaces_behind(inv: &Inventory, targets: &BTreeSet<TargetId>) -> BTreeSet<EniId> {
    let is_ours = |target: &&MirrorTarget| target.owner == inv.scope.account;
    let targets = targets.iter().filter_map(|id| inv.targets.get(id)).filter(is_ours);
    targets
        .filter_map(|target| match &target.kind {
            TargetKind::Eni(eni) => Some(eni.clone()),
            TargetKind::Nlb(_) | TargetKind::GwlbEndpoint(_) | TargetKind::Unknown(_) => None,
        })
        .collect()
}

pub(super) fn instances(
    reservations: &[sdk::Reservation],
) -> Result<BTreeMap<InstanceId, Instance>, CloudError> {
    let mut words = Words::default();
    reservations
        .iter()
        .flat_map(|r| r.instances())
        .map(|instance| convert::instance(instance, &mut words))
        .collect()
}

fn requester_managed(interfaces: &[sdk::NetworkInterface]) -> BTreeSet<EniId> {
    let managed = interfaces.iter().filter(|eni| eni.requester_managed() == Some(true));
    managed.filter_map(|eni| eni.network_interface_id()).map(EniId::from).collect()
}

fn has_values(filters: &[NameAndValues<'_>]) -> bool {
    filters.iter().all(|(_, values)| !values.is_empty())
}
