//! `BuildCloud`: `MemoryCloud` with a log of every write that making a target tries, a failure before or after any of them, and a
//! hook by which a test breaks in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::call::Call;
use crate::cloud::{
    Browse, Build, Interface, Listener, LoadBalancer, LookUp, MakeTarget, MemoryCloud, NewListener,
    NewLoadBalancer, NewTarget, NewTargetGroup, TargetGroup, Which,
};
use crate::error::{CloudError, ErrorKind};
use crate::ids::{EniId, InstanceId, SessionId, SubnetId, TargetId, VpcId};
use crate::inventory::{Endpoint, Instance, Inventory, MirrorTarget, Subnet, TargetKind, Vpc};

type Hook = Box<dyn FnMut(Call, &MemoryCloud) + Send>;

/// An account in memory in which a target is made.
pub struct BuildCloud {
    /// The account.
    pub memory: MemoryCloud,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    writes: Vec<Call>,
    failure: Option<(usize, Moment, ErrorKind)>,
    reads: BTreeMap<Call, ErrorKind>,
    hidden: u32,
    hook: Option<Hook>,
}

/// When a write fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before anything is done.
    Before,
    /// After it is done: the answer is lost.
    After,
}

impl BuildCloud {
    /// An account that is as `inventory` says, without load balancers.
    pub fn new(inventory: Inventory) -> Self {
        Self { memory: MemoryCloud::new(inventory), state: Mutex::default() }
    }

    /// Makes the write with this number fail, counted from zero.
    pub fn fail_write(&self, number: usize, moment: Moment, kind: ErrorKind) {
        let number = self.state().writes.len() + number;
        self.state().failure = Some((number, moment, kind));
    }

    /// Makes every look at a load balancer fail from here on.
    pub fn fail_reads_of(&self, call: Call, kind: ErrorKind) {
        self.state().reads.insert(call, kind);
    }

    /// Shows no mirror target for some looks more: reads lag behind.
    pub fn hide_targets(&self, looks: u32) {
        self.state().hidden = looks;
    }

    /// Lifts every failure.
    pub fn heal(&self) {
        let mut state = self.state();
        (state.failure, state.reads) = (None, BTreeMap::new());
    }

    /// Runs before each write, with its call and the account behind it.
    pub fn before_each_write(&self, hook: impl FnMut(Call, &MemoryCloud) + Send + 'static) {
        self.state().hook = Some(Box::new(hook));
    }

    /// Every write that was tried, in order.
    pub fn writes(&self) -> Vec<Call> {
        self.state().writes.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn write<T>(
        &self,
        call: Call,
        done: impl Future<Output = Result<T, CloudError>>,
    ) -> Result<T, CloudError> {
        let hook = self.state().hook.take();
        // The hook may use this cloud, so the state is not held while it runs.
        if let Some(mut hook) = hook {
            hook(call, &self.memory);
            self.state().hook = Some(hook);
        }
        let (number, failure) = {
            let mut state = self.state();
            state.writes.push(call);
            (state.writes.len() - 1, state.failure)
        };
        tokio::task::yield_now().await;
        match failure.filter(|(which, _, _)| *which == number) {
            Some((_, Moment::Before, kind)) => Err(failed(call, kind)),
            Some((_, Moment::After, kind)) => done.await.and(Err(failed(call, kind))),
            None => done.await,
        }
    }

    fn read(&self, call: Call) -> Result<(), CloudError> {
        let failure = self.state().reads.get(&call).copied();
        failure.map_or(Ok(()), |kind| Err(failed(call, kind)))
    }
}

fn failed(call: Call, kind: ErrorKind) -> CloudError {
    let message = "as the test wants it".to_owned();
    CloudError { kind, call, resource: None, code: None, message }
}

impl Browse for BuildCloud {
    async fn vpcs(&self) -> Result<BTreeMap<VpcId, Vpc>, CloudError> {
        self.memory.vpcs().await
    }

    async fn instances(
        &self,
        which: Which<'_>,
    ) -> Result<BTreeMap<InstanceId, Instance>, CloudError> {
        self.memory.instances(which).await
    }
}

impl LookUp for BuildCloud {
    async fn interface(&self, eni: &EniId) -> Result<Option<Interface>, CloudError> {
        self.memory.interface(eni).await
    }

    async fn sessions_from(&self, eni: &EniId) -> Result<Vec<SessionId>, CloudError> {
        self.memory.sessions_from(eni).await
    }

    async fn endpoint(&self, id: &str) -> Result<Option<Endpoint>, CloudError> {
        self.memory.endpoint(id).await
    }

    async fn subnets_of(&self, vpc: &VpcId) -> Result<BTreeMap<SubnetId, Subnet>, CloudError> {
        self.memory.subnets_of(vpc).await
    }

    async fn subnets(
        &self,
        ids: &BTreeSet<SubnetId>,
    ) -> Result<BTreeMap<SubnetId, Subnet>, CloudError> {
        self.memory.subnets(ids).await
    }

    async fn balancer(&self, arn: &str) -> Result<Option<LoadBalancer>, CloudError> {
        self.read(Call::DescribeLoadBalancers)?;
        self.memory.balancer(arn).await
    }

    async fn balancer_named(&self, name: &str) -> Result<Option<LoadBalancer>, CloudError> {
        self.read(Call::DescribeLoadBalancers)?;
        self.memory.balancer_named(name).await
    }

    async fn is_cross_zone(&self, balancer: &str) -> Result<bool, CloudError> {
        self.memory.is_cross_zone(balancer).await
    }

    async fn listeners(&self, balancer: &str) -> Result<Vec<Listener>, CloudError> {
        self.memory.listeners(balancer).await
    }

    async fn group(&self, arn: &str) -> Result<Option<TargetGroup>, CloudError> {
        self.memory.group(arn).await
    }

    async fn group_named(&self, name: &str) -> Result<Option<TargetGroup>, CloudError> {
        self.memory.group_named(name).await
    }

    async fn registered(&self, group: &str) -> Result<BTreeSet<String>, CloudError> {
        self.memory.registered(group).await
    }

    async fn targets_to(
        &self,
        kind: &TargetKind,
    ) -> Result<BTreeMap<TargetId, MirrorTarget>, CloudError> {
        let hidden = self.state().hidden;
        if hidden > 0 {
            self.state().hidden = hidden - 1;
            return Ok(BTreeMap::new());
        }
        self.memory.targets_to(kind).await
    }
}

impl Build for BuildCloud {
    async fn create_balancer(&self, new: &NewLoadBalancer) -> Result<String, CloudError> {
        self.write(Call::CreateLoadBalancer, self.memory.create_balancer(new)).await
    }

    async fn enable_cross_zone(&self, balancer: &str) -> Result<(), CloudError> {
        let call = Call::ModifyLoadBalancerAttributes;
        self.write(call, self.memory.enable_cross_zone(balancer)).await
    }

    async fn create_group(&self, new: &NewTargetGroup) -> Result<String, CloudError> {
        self.write(Call::CreateTargetGroup, self.memory.create_group(new)).await
    }

    async fn create_listener(&self, new: &NewListener) -> Result<String, CloudError> {
        self.write(Call::CreateListener, self.memory.create_listener(new)).await
    }

    async fn register(
        &self,
        group: &str,
        instances: &BTreeSet<InstanceId>,
    ) -> Result<(), CloudError> {
        self.write(Call::RegisterTargets, self.memory.register(group, instances)).await
    }
}

impl MakeTarget for BuildCloud {
    async fn create_target(&self, new: &NewTarget) -> Result<TargetId, CloudError> {
        self.write(Call::CreateTrafficMirrorTarget, self.memory.create_target(new)).await
    }
}
