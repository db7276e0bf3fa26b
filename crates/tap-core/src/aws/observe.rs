//! Reads a scope into an [`Inventory`]: complete to the last page, or not at all (ruling 10).
//!
//! ```text
//!   whole scope     instances, sessions, VPCs with their targets, subnets, filters and managed interfaces side by side
//!   --vpc-id        the same, filtered; and all of the VPC's interfaces, for instances whose first VPC is another
//!   --instance-id   instances, VPCs, targets, sessions and filters side by side; then their interfaces, with those behind
//!                   the targets: six calls in all, and three for each load balancer that is a target in use
//! ```
//!
//! All VPCs, sessions, and the targets that either names are read even by a narrowed run: a sensor of one VPC may stand in
//! another, and must be known as one wherever it stands (ruling 5).
//!
//! Nothing waits for anything that it does not need (docs/decisions/0008-reads-side-by-side.md). What one listing lacks and
//! another names is looked up when both are complete: an interface that a session names and no instance has is looked up by
//! itself, and its instance once more, before anything is concluded from its absence.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use aws_sdk_ec2::types as sdk;
use futures::{StreamExt, TryStreamExt, stream, try_join};
use tokio::task::JoinSet;

use crate::aws::AwsCloud;
use crate::aws::convert;
use crate::aws::read::NameAndValues;
use crate::cloud::Observe;
use crate::error::CloudError;
use crate::ids::{EniId, InstanceId, SessionId, SubnetId, TargetId, VpcId};
use crate::inventory::{
    Inventory, LoneEni, MirrorSession, MirrorTarget, Narrow, NlbFacts, Subnet, TargetKind, Vpc,
};
use crate::policy::owner::{Owner, owner};
use crate::policy::rules::MIRROR_TARGET;
use crate::settings::Settings;

/// How many load balancers are looked at side by side.
pub(super) const LOAD_BALANCERS_AT_ONCE: usize = 4;

impl Observe for AwsCloud {
    async fn inventory(
        &self,
        narrow: &Narrow,
        settings: &Settings,
    ) -> Result<Inventory, CloudError> {
        let keys = &settings.keys;
        let mut inv = Inventory::empty(self.scope.clone());
        inv.narrow = narrow.clone();
        let cloud = self.clone();
        // The longest listings: what a page of them holds is put together on a processor of its own.
        let sessions = aside(async move { cloud.read_sessions_of_all().await });
        let ends = self.read_ends(settings);
        let (Ends { vpcs, targets, nlbs, in_use: named }, sessions) = if narrow.instances.is_empty()
        {
            let (ends, sessions, ()) =
                try_join!(ends, sessions, self.read_instances_of_vpcs(&mut inv))?;
            (ends, sessions)
        } else {
            let (ends, sessions, ()) =
                try_join!(ends, sessions, self.read_named_instances(&mut inv))?;
            (ends, sessions)
        };
        (inv.vpcs, inv.targets, inv.nlbs) = (vpcs, targets, nlbs);
        (inv.sessions, inv.sources_of_others) = (sessions.ours, sessions.sources_of_others);
        let mut in_use = targets_of_sources(&inv, settings);
        let more: BTreeSet<TargetId> = in_use.difference(&named).cloned().collect();
        inv.nlbs.extend(self.read_load_balancers(&inv.targets, &more).await?);
        in_use.extend(named);
        let mut wanted = interfaces_behind(&inv, &in_use);
        // A narrowed run has read all that it is about; what other sessions stand on is not its business.
        if inv.narrow.is_whole() {
            let owned = inv.sessions.values().filter(|s| owner(&s.tags, keys) == Owner::Owned);
            wanted.extend(owned.map(|s| s.eni.clone()));
        }
        if inv.narrow.instances.is_empty() {
            self.read_lone_interfaces(&mut inv, wanted).await?;
            self.read_instances_of_lone_interfaces(&mut inv).await?;
        } else {
            wanted.extend(inv.enis().map(|(_, _, eni)| eni.id.clone()));
            self.read_interfaces_of_a_few(&mut inv, wanted).await?;
            // How many sources an appliance takes matters only where it has many; where it is, to who looks for one nearby.
            if settings.looks_for_zones()
                || in_use.iter().any(|target| has_many_sources(&inv, target))
            {
                self.read_instances_of_lone_interfaces(&mut inv).await?;
            }
        }
        Ok(inv)
    }

    async fn sessions_on(&self, eni: &EniId) -> Result<Vec<MirrorSession>, CloudError> {
        let by_interface = [("network-interface-id", vec![eni.as_str()])];
        let sessions = self.read_sessions(&by_interface).await.map_err(|e| e.about(eni))?;
        let ours = sessions.into_iter().filter(|(owner, _)| *owner == self.scope.account);
        Ok(ours.map(|(_, session)| session).filter(|session| session.eni == *eni).collect())
    }
}

/// Where traffic may go: the VPCs with what their tags name, and all targets.
struct Ends {
    vpcs: BTreeMap<VpcId, Vpc>,
    targets: BTreeMap<TargetId, MirrorTarget>,
    /// Those of [`targets_named`].
    in_use: BTreeSet<TargetId>,
    /// What stands behind those of them that are load balancers.
    nlbs: BTreeMap<TargetId, NlbFacts>,
}

/// All sessions that the account sees.
#[derive(Default)]
pub(super) struct Sessions {
    pub(super) ours: BTreeMap<SessionId, MirrorSession>,
    pub(super) sources_of_others: BTreeMap<TargetId, BTreeSet<EniId>>,
}

impl AwsCloud {
    async fn read_ends(&self, settings: &Settings) -> Result<Ends, CloudError> {
        let (vpcs, targets) = try_join!(self.describe_vpcs(&[]), self.describe_targets(&[]))?;
        let vpcs: BTreeMap<VpcId, Vpc> = vpcs.iter().map(convert::vpc).collect::<Result<_, _>>()?;
        let targets: BTreeMap<TargetId, MirrorTarget> =
            targets.iter().map(convert::target).collect::<Result<_, _>>()?;
        let in_use = targets_named(&vpcs, &targets, settings);
        let nlbs = self.read_load_balancers(&targets, &in_use).await?;
        Ok(Ends { vpcs, targets, in_use, nlbs })
    }

    /// Reads the instances, subnets, filters and managed interfaces of the whole scope, or of some of its VPCs.
    async fn read_instances_of_vpcs(&self, inv: &mut Inventory) -> Result<(), CloudError> {
        let vpcs: Vec<&str> = inv.narrow.vpcs.iter().map(|id| id.as_str()).collect();
        let within: Vec<NameAndValues<'_>> =
            if vpcs.is_empty() { Vec::new() } else { vec![("vpc-id", vpcs)] };
        let account = self.scope.account.as_str();
        let interfaces =
            if within.is_empty() { managed_interfaces(account) } else { within.clone() };
        let (instances, subnets, filters, interfaces) = try_join!(
            self.read_instances(&within),
            self.read_subnets(&within),
            self.describe_filters(&[]),
            self.describe_interfaces(&interfaces),
        )?;
        inv.instances = instances.into_iter().collect();
        inv.subnets = subnets;
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

    /// Reads some instances, and the filters. Their interfaces are looked up with those behind the targets, in one call.
    async fn read_named_instances(&self, inv: &mut Inventory) -> Result<(), CloudError> {
        let ids: Vec<&str> = inv.narrow.instances.iter().map(|id| id.as_str()).collect();
        let by_id = [("instance-id", ids)];
        let (instances, filters) =
            try_join!(self.read_instances(&by_id), self.describe_filters(&[]))?;
        inv.instances = instances.into_iter().collect();
        inv.filters = filters.iter().map(convert::filter).collect::<Result<_, _>>()?;
        Ok(())
    }

    pub(super) async fn read_subnets(
        &self,
        filters: &[NameAndValues<'_>],
    ) -> Result<BTreeMap<SubnetId, Subnet>, CloudError> {
        self.describe_subnets(filters).await?.iter().map(convert::subnet).collect()
    }

    /// Reads the sessions: all of them, even where the run is about a few instances. Who is a receiver, how full a target is
    /// and what half of the sessions would be can only be told from all.
    pub(super) async fn read_sessions_of_all(&self) -> Result<Sessions, CloudError> {
        let mut sessions = Sessions::default();
        for (owner, session) in self.read_sessions(&[]).await? {
            if owner == self.scope.account {
                sessions.ours.insert(session.id.clone(), session);
            } else {
                // Other accounts' sessions on a target that this account shares: not ours to see as sessions (ruling 17),
                // but they fill the target.
                sessions.sources_of_others.entry(session.target).or_default().insert(session.eni);
            }
        }
        Ok(sessions)
    }

    /// Reads what stands behind those of some targets that are load balancers of this account.
    pub(super) async fn read_load_balancers(
        &self,
        targets: &BTreeMap<TargetId, MirrorTarget>,
        in_use: &BTreeSet<TargetId>,
    ) -> Result<BTreeMap<TargetId, NlbFacts>, CloudError> {
        stream::iter(self.own_load_balancers(targets, in_use))
            .map(|(id, arn)| async move { Ok((id, self.load_balancer(&arn).await?)) })
            .buffer_unordered(LOAD_BALANCERS_AT_ONCE)
            .try_collect()
            .await
    }

    /// Those of some targets that are load balancers of this account, with their ARNs.
    pub(super) fn own_load_balancers(
        &self,
        targets: &BTreeMap<TargetId, MirrorTarget>,
        in_use: &BTreeSet<TargetId>,
    ) -> Vec<(TargetId, String)> {
        let of = |id: &TargetId| match targets.get(id)? {
            MirrorTarget { kind: TargetKind::Nlb(arn), owner, .. }
                if *owner == self.scope.account =>
            {
                Some((id.clone(), arn.clone()))
            }
            _ => None,
        };
        in_use.iter().filter_map(of).collect()
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
        Ok(())
    }

    /// Looks up the interfaces of a few instances and others with them. What is to be known of their subnets, an interface
    /// tells too.
    async fn read_interfaces_of_a_few(
        &self,
        inv: &mut Inventory,
        mut wanted: BTreeSet<EniId>,
    ) -> Result<(), CloudError> {
        if wanted.is_empty() {
            return Ok(());
        }
        let ids = wanted.iter().map(EniId::as_str).collect();
        let answer = self.describe_interfaces(&[("network-interface-id", ids)]).await?;
        inv.requester_managed = requester_managed(&answer);
        inv.subnets = answer.iter().filter_map(convert::subnet_of_interface).collect();
        let mut found: BTreeMap<EniId, LoneEni> =
            answer.iter().map(convert::lone_eni).collect::<Result<_, _>>()?;
        for (_, _, eni) in inv.enis() {
            wanted.remove(&eni.id);
        }
        let lone = wanted.into_iter().map(|eni| {
            let lone = found.remove(&eni).unwrap_or(LoneEni::Gone);
            (eni, lone)
        });
        inv.lone_enis = lone.collect();
        Ok(())
    }

    /// Reads the instances that lone interfaces are attached to. An interface that one of them has is lone no more.
    pub(super) async fn read_instances_of_lone_interfaces(
        &self,
        inv: &mut Inventory,
    ) -> Result<(), CloudError> {
        let missing = instances_of_lone_interfaces(inv);
        if missing.is_empty() {
            return Ok(());
        }
        let ids = missing.iter().map(InstanceId::as_str).collect();
        inv.instances.extend(self.read_instances(&[("instance-id", ids)]).await?);
        let known: BTreeSet<EniId> = inv.enis().map(|(_, _, eni)| eni.id.clone()).collect();
        inv.lone_enis.retain(|id, _| !known.contains(id));
        Ok(())
    }
}

/// The targets that tags of VPCs or the settings name, and those of appliances.
pub(super) fn targets_named(
    vpcs: &BTreeMap<VpcId, Vpc>,
    targets: &BTreeMap<TargetId, MirrorTarget>,
    settings: &Settings,
) -> BTreeSet<TargetId> {
    let keys = &settings.keys;
    let named = vpcs.values().filter_map(|vpc| vpc.tags.get(&keys.target));
    let mut in_use: BTreeSet<TargetId> = named.map(TargetId::from).collect();
    in_use.extend(settings.named_targets().cloned());
    // An appliance may be there without a source yet.
    let of_appliances = targets.iter().filter(|(_, t)| t.tags.get(&keys.appliance).is_some());
    in_use.extend(of_appliances.map(|(id, _)| id.clone()));
    in_use
}

/// The targets that sessions have or instances name.
pub(super) fn targets_of_sources(inv: &Inventory, settings: &Settings) -> BTreeSet<TargetId> {
    let mut in_use: BTreeSet<TargetId> = inv.sessions.values().map(|s| s.target.clone()).collect();
    in_use.extend(inv.sources_of_others.keys().cloned());
    // An instance may name its own target, where its rule allows that.
    let of_instances = inv.instances.values().filter_map(|i| i.tags.get(MIRROR_TARGET));
    in_use.extend(of_instances.filter(|_| settings.rules.is_some()).map(TargetId::from));
    in_use
}

/// Which interfaces are read of a whole scope: it may have more of them than of anything else, so only those that a service
/// manages.
pub(super) fn managed_interfaces(account: &str) -> Vec<NameAndValues<'_>> {
    vec![("attachment.instance-owner-id", vec![account]), ("requester-managed", vec!["true"])]
}

/// The instances that lone interfaces are attached to and that were not read.
pub(super) fn instances_of_lone_interfaces(inv: &Inventory) -> BTreeSet<InstanceId> {
    let attached = inv.lone_enis.values().filter_map(|lone| match lone {
        LoneEni::Attached { instance, .. } => instance.clone(),
        LoneEni::Detached { .. } | LoneEni::Gone => None,
    });
    attached.filter(|id| !inv.instances.contains_key(id)).collect()
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

/// Whether a target is an interface that may be full: none takes fewer than ten sources (docs/aws.md 3).
fn has_many_sources(inv: &Inventory, target: &TargetId) -> bool {
    let Some(MirrorTarget { kind: TargetKind::Eni(_), .. }) = inv.targets.get(target) else {
        return false;
    };
    let own = inv.sessions.values().filter(|session| session.target == *target);
    let of_others = inv.sources_of_others.get(target).map_or(0, BTreeSet::len);
    own.count() + of_others + inv.enis().count() > 10
}

pub(super) fn requester_managed(interfaces: &[sdk::NetworkInterface]) -> BTreeSet<EniId> {
    let managed = interfaces.iter().filter(|eni| eni.requester_managed() == Some(true));
    managed.filter_map(|eni| eni.network_interface_id()).map(EniId::from).collect()
}

/// Runs on any thread of the runtime what is much work between its waits. It ends when nobody waits for it any more.
pub(super) async fn aside<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let mut tasks = JoinSet::new();
    tasks.spawn(work);
    match tasks.join_next().await.expect("one was started") {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
