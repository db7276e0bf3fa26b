//! Carries a plan out, step by step. What another run made meanwhile is adopted; nothing is removed when a step fails: the same
//! command goes on from there.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use uuid::Uuid;

use crate::build::look::target_to;
use crate::build::plan::{check_balancer, check_group, mirror_listener};
use crate::build::refusal::list;
use crate::build::{BuildPlan, Part, Refusal, Step, StepState};
use crate::cloud::{
    BalancerState, Build, LookUp, NewListener, NewLoadBalancer, NewTarget, NewTargetGroup,
};
use crate::error::{CloudError, ErrorKind};
use crate::ids::TargetId;
use crate::inventory::TargetKind;
use crate::stop::{StopReason, StopSignal};
use crate::tags::{CREATOR, NAME};

/// How often it is looked for what AWS says is there and does not show yet (docs/aws.md 7).
const LOOKS: u32 = 6;

/// How a plan is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildOptions {
    /// The id of this run: the client token is made from it, so that no two runs share one.
    pub run_id: Uuid,
    /// How long to wait between two looks at something that AWS is setting up.
    pub poll: Duration,
    /// How long to wait for the load balancer at most.
    pub limit: Duration,
}

impl BuildOptions {
    /// Looks every ten seconds, for ten minutes at most. AWS takes two to five (docs/aws.md 11).
    pub fn new(run_id: Uuid) -> Self {
        Self { run_id, poll: Duration::from_secs(10), limit: Duration::from_secs(600) }
    }
}

/// Something that happened on the way, for whoever shows progress.
#[derive(Debug)]
pub enum BuildEvent<'a> {
    /// A step begins.
    Started(&'a Step),
    /// The load balancer is not active yet.
    Waiting {
        /// Its ARN.
        balancer: &'a str,
        /// How often it was looked at.
        looks: u32,
    },
    /// A step is done.
    Done(&'a Made),
}

/// Something that was made, or adopted from another run at the same time. Its `Display` is what it is, and its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// What it is.
    pub part: Part,
    /// Its id or ARN; of an attribute or a registration, that of what has it.
    pub id: String,
    /// Whether another run had just made it.
    pub adopted: bool,
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { part, id, adopted: _ } = self;
        write!(f, "{} {id}", part.noun())
    }
}

/// A target that is there, and all that had to be made for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The target.
    pub target: TargetId,
    /// What was made, in order.
    pub made: Vec<Made>,
}

/// Where it ended, and what stays.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct BuildError {
    /// The step that was not done.
    pub step: Step,
    /// What was made before, and stays.
    pub made: Vec<Made>,
    /// Why it was not done.
    #[source]
    pub cause: Cause,
}

impl BuildError {
    /// What a person can do about it.
    pub fn remedy(&self) -> String {
        let again = "run the same command again: it goes on from there";
        match &self.cause {
            Cause::Cloud(error) | Cause::Unclear(error) => {
                format!("{}; then {again}", error.remedy())
            }
            Cause::Refused(refusal) => format!("{}; then {again}", refusal.remedy()),
            Cause::BalancerFailed { .. } => format!("delete that load balancer, then {again}"),
            Cause::NotActive { .. } | Cause::Stopped(_) | Cause::GivenUp(_) => again.to_owned(),
        }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, made, cause: _ } = self;
        write!(f, "the mirror target was not made, it ended at the {}", step.part.noun())?;
        if made.is_empty() {
            return write!(f, "; nothing was made before that");
        }
        write!(f, "; made before that, and kept: ")?;
        list(f, made)
    }
}

/// Why a step was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// AWS refused it.
    #[error("{0}")]
    Cloud(#[source] CloudError),
    /// No answer came: whether it was done is not known.
    #[error("no answer came, it may have been made all the same: {0}")]
    Unclear(#[source] CloudError),
    /// Another run made something meanwhile that does not fit.
    #[error("{0}")]
    Refused(Refusal),
    /// AWS could not set the load balancer up.
    #[error("the load balancer {arn} is in state `failed`")]
    BalancerFailed {
        /// Its ARN.
        arn: String,
    },
    /// The load balancer was not active in time.
    #[error("the load balancer {arn} was not active after {} s", limit.as_secs())]
    NotActive {
        /// Its ARN.
        arn: String,
        /// How long it was waited for.
        limit: Duration,
    },
    /// The run was to stop; the step was not begun.
    #[error("stopped before it was done: {}", .0.code())]
    Stopped(StopReason),
    /// The run was to stop, and the step had no answer in time. Whether it was done is not known.
    #[error("stopped with no answer yet: {}; whether it was done is not known", .0.code())]
    GivenUp(StopReason),
}

impl Cause {
    /// What a failed write means.
    fn of(error: CloudError) -> Self {
        if error.kind.is_unclear() { Self::Unclear(error) } else { Self::Cloud(error) }
    }
}

/// Carries a plan out. With nothing to make it writes nothing.
///
/// # Errors
/// [`BuildError`] at the first step that cannot be done.
pub async fn carry_out<C: LookUp + Build>(
    plan: &BuildPlan,
    cloud: &C,
    options: &BuildOptions,
    stop: &StopSignal,
    on_event: &mut dyn FnMut(BuildEvent<'_>),
) -> Result<Built, BuildError> {
    let balancer = plan.steps.iter().find_map(|step| match &step.part {
        Part::Target { kind: Some(TargetKind::Nlb(arn)), .. } => Some(arn.clone()),
        _ => None,
    });
    let mut work = Work { plan, cloud, options, balancer, group: None, on_event };
    let mut target = None;
    let mut made: Vec<Made> = Vec::new();
    for step in &plan.steps {
        let id = match &step.state {
            StepState::Found { id } => id.clone(),
            StepState::ToMake => match within_grace(&mut work, step, stop).await {
                Ok((id, adopted)) => {
                    let new = Made { part: step.part.clone(), id: id.clone(), adopted };
                    (work.on_event)(BuildEvent::Done(&new));
                    // That something was waited for is nothing that stays.
                    if step.part != Part::Active {
                        made.push(new);
                    }
                    id
                }
                Err(cause) => return Err(BuildError { step: step.clone(), made, cause }),
            },
        };
        match &step.part {
            Part::Balancer { .. } => work.balancer = Some(id),
            Part::Group { .. } => work.group = Some(id),
            Part::Target { .. } => target = Some(TargetId::new(id)),
            Part::CrossZone | Part::Listener { .. } | Part::Instances { .. } | Part::Active => {}
        }
    }
    let target = target.expect("the last step of a plan is its target");
    Ok(Built { target, made })
}

/// Does one step. Once the run is to stop no step begins, waiting ends, and a change under way has its grace left.
async fn within_grace<C: LookUp + Build>(
    work: &mut Work<'_, C>,
    step: &Step,
    stop: &StopSignal,
) -> Result<(String, bool), Cause> {
    if let Some(reason) = stop.given() {
        return Err(Cause::Stopped(reason));
    }
    (work.on_event)(BuildEvent::Started(step));
    if step.part == Part::Active {
        return match select(pin!(work.until_active()), pin!(stop.wait())).await {
            Either::Left((arn, _)) => arn.map(|arn| (arn, false)),
            Either::Right((reason, _)) => Err(Cause::Stopped(reason)),
        };
    }
    match select(pin!(work.make(&step.part)), pin!(stop.end_of_grace())).await {
        Either::Left((made, _)) => made,
        Either::Right((reason, _)) => Err(Cause::GivenUp(reason)),
    }
}

struct Work<'a, C> {
    plan: &'a BuildPlan,
    cloud: &'a C,
    options: &'a BuildOptions,
    /// The ARN of the load balancer, once it is there.
    balancer: Option<String>,
    /// The ARN of the target group, once it is there.
    group: Option<String>,
    on_event: &'a mut dyn FnMut(BuildEvent<'_>),
}

/// The id of what was made, and whether another run had made it.
type Outcome = Result<(String, bool), Cause>;

impl<C: LookUp + Build> Work<'_, C> {
    async fn make(&mut self, part: &Part) -> Outcome {
        match part {
            Part::Balancer { name, vpc, subnets } => {
                let new = NewLoadBalancer {
                    name: name.clone(),
                    subnets: subnets.keys().cloned().collect(),
                    creator: self.plan.creator.clone(),
                };
                let error = match self.cloud.create_balancer(&new).await {
                    Ok(arn) => return Ok((arn, false)),
                    Err(error) => error,
                };
                let found = self.seen(error, || self.cloud.balancer_named(name)).await?;
                let misfit = check_balancer(&found, name, vpc);
                misfit.map_or(Ok((found.arn, true)), |refusal| Err(Cause::Refused(refusal)))
            }
            Part::CrossZone => {
                let balancer = self.balancer();
                self.cloud.enable_cross_zone(&balancer).await.map_err(Cause::of)?;
                Ok((balancer, false))
            }
            Part::Group { name, vpc, health_port } => {
                let new = NewTargetGroup {
                    name: name.clone(),
                    vpc: vpc.clone(),
                    health_port: *health_port,
                    creator: self.plan.creator.clone(),
                };
                let error = match self.cloud.create_group(&new).await {
                    Ok(arn) => return Ok((arn, false)),
                    Err(error) => error,
                };
                let found = self.seen(error, || self.cloud.group_named(name)).await?;
                let misfit = check_group(&found, name, vpc, &self.balancer());
                misfit.map_or(Ok((found.arn, true)), |refusal| Err(Cause::Refused(refusal)))
            }
            Part::Listener { name } => self.make_listener(name).await,
            Part::Instances { instances } => {
                let group = self.group();
                self.cloud.register(&group, instances).await.map_err(Cause::of)?;
                Ok((group, false))
            }
            Part::Active => self.until_active().await.map(|arn| (arn, false)),
            Part::Target { kind, name, description } => {
                let kind = kind.clone().unwrap_or_else(|| TargetKind::Nlb(self.balancer()));
                self.make_target(kind, name, description).await
            }
        }
    }

    async fn make_listener(&mut self, name: &str) -> Outcome {
        let balancer = self.balancer();
        let new = NewListener {
            balancer: balancer.clone(),
            group: self.group(),
            name: name.to_owned(),
            creator: self.plan.creator.clone(),
        };
        let error = match self.cloud.create_listener(&new).await {
            Ok(arn) => return Ok((arn, false)),
            Err(error) => error,
        };
        let look = || async {
            let listeners = self.cloud.listeners(&balancer).await?;
            let found = mirror_listener(&balancer, &listeners);
            let owned =
                found.map(|f| f.map(|(listener, to)| (listener.arn.clone(), to.to_owned())));
            Ok(owned.transpose())
        };
        let (listener, group) = self.seen(error, look).await?.map_err(Cause::Refused)?;
        // Where it forwards to, the instances go.
        self.group = Some(group);
        Ok((listener, true))
    }

    async fn make_target(&mut self, kind: TargetKind, name: &str, description: &str) -> Outcome {
        let token = Uuid::new_v5(&self.options.run_id, format!("target {kind:?}").as_bytes());
        let new = NewTarget {
            kind,
            tags: [(CREATOR, self.plan.creator.as_str()), (NAME, name)]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
            description: description.to_owned(),
            token: token.to_string(),
        };
        let error = match self.cloud.create_target(&new).await {
            Ok(target) => return Ok((target.to_string(), false)),
            Err(error) => error,
        };
        let look = || target_to(self.cloud, &self.plan.scope, &new.kind);
        let found = self.seen(error, look).await?;
        Ok((found.to_string(), true))
    }

    /// Looks for what AWS says that is there, and for what may have been made although no answer came. Any other error stays
    /// one, and so does this where it is not to be seen.
    async fn seen<T, F: Future<Output = Result<Option<T>, CloudError>>>(
        &self,
        error: CloudError,
        look: impl Fn() -> F,
    ) -> Result<T, Cause> {
        if error.kind.is_unclear() {
            return match look().await {
                Ok(Some(found)) => Ok(found),
                Ok(None) | Err(_) => Err(Cause::of(error)),
            };
        }
        if !matches!(error.kind, ErrorKind::Exists | ErrorKind::InterfaceIsTarget) {
            return Err(Cause::Cloud(error));
        }
        for looks in 1..=LOOKS {
            if let Some(found) = look().await.map_err(Cause::Cloud)? {
                return Ok(found);
            }
            if looks < LOOKS {
                tokio::time::sleep(self.options.poll).await;
            }
        }
        Err(Cause::Cloud(error))
    }

    async fn until_active(&mut self) -> Result<String, Cause> {
        let (arn, limit) = (self.balancer(), self.options.limit);
        let waiting = async {
            let mut looks = 0;
            loop {
                let state = match self.cloud.balancer(&arn).await {
                    Ok(found) => found.map(|balancer| balancer.progress()),
                    // It may be over at the next look.
                    Err(error) if error.kind.may_pass() => None,
                    Err(error) => return Err(Cause::Cloud(error)),
                };
                match state {
                    Some(BalancerState::Active) => return Ok(()),
                    Some(BalancerState::Failed) => {
                        return Err(Cause::BalancerFailed { arn: arn.clone() });
                    }
                    // One that was just made may not be known everywhere yet.
                    Some(BalancerState::Provisioning) | None => {}
                }
                looks += 1;
                (self.on_event)(BuildEvent::Waiting { balancer: &arn, looks });
                tokio::time::sleep(self.options.poll).await;
            }
        };
        match tokio::time::timeout(limit, waiting).await {
            Ok(ended) => ended.map(|()| arn),
            Err(_) => Err(Cause::NotActive { arn, limit }),
        }
    }

    fn balancer(&self) -> String {
        self.balancer.clone().expect("the load balancer comes before what needs it")
    }

    fn group(&self) -> String {
        self.group.clone().expect("the target group comes before what needs it")
    }
}
