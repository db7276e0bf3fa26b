//! Makes the appliances of a plan before any session needs them, and removes those that nothing needs.
//!
//! ```text
//!   launch ──▶ make a target of its primary interface ──▶ sources
//!                        │ fails
//!                        └──▶ terminate what this run launched, unless somebody made its target meanwhile
//! ```
//!
//! A run that is killed in between leaves an instance without a target. It says by its tags what it is for, and the next run
//! finishes or removes it.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::atomic::Ordering;

use futures::future::{Either, select};
use uuid::Uuid;

use crate::apply::session::Shared;
use crate::apply::{ApplianceOutcome, ApplyEvent, ApplyOptions, Change, NotDone};
use crate::cloud::{Launched, NewAppliance, NewTarget};
use crate::error::{CloudError, ErrorKind};
use crate::ids::{InstanceId, TargetId};
use crate::inventory::{ApplianceRef, TargetKind};
use crate::plan::{AppliancePlan, ApplianceStep, Plan};
use crate::policy::rules::ApplianceSpec;
use crate::settings::Settings;
use crate::stop::StopSignal;
use crate::tags::{CREATOR, NAME};

/// A token may have been spent on an instance that is terminated by now. So many are tried that another run would try too;
/// then one of this run's own.
const SHARED_TOKENS: u32 = 5;

/// EC2 may not know a new interface everywhere yet (docs/aws.md 7). The pauses between tries, seconds.
pub(super) const PAUSES: [u32; 5] = [1, 2, 4, 8, 15];

/// When an instance is looked at before it is terminated again: whether another run has made it its own. Seconds from look to
/// look.
const LOOKS: [u32; 2] = [0, 3];

/// Waits, unless the run is to stop meanwhile.
pub(super) async fn pause(seconds: u32, options: &ApplyOptions, stop: &StopSignal) -> bool {
    let pause = pin!(tokio::time::sleep(options.second * seconds));
    matches!(select(pin!(stop.wait()), pause).await, Either::Right(_))
}

/// Makes and removes what the plan says, one after the other: there are few.
pub(super) async fn make<C: Change>(
    plan: &Plan,
    settings: &Settings,
    cloud: &C,
    options: &ApplyOptions,
    shared: &mut Shared<'_, C>,
    on_event: &mut dyn FnMut(ApplyEvent<'_>),
) -> BTreeMap<ApplianceRef, ApplianceOutcome> {
    let mut outcomes = BTreeMap::new();
    for (appliance, planned) in &plan.appliances {
        let has_filter = plan
            .decisions
            .iter()
            .filter(|d| d.needs_appliance() == Some(*appliance))
            .any(|d| shared.has_filter_for(d));
        let is_removal = matches!(planned.step, ApplianceStep::Remove { .. });
        let outcome = if let Some(reason) = shared.stop.given() {
            ApplianceOutcome::NotDone { why: NotDone::Stopped(reason), left: None }
        } else if !has_filter && !is_removal {
            ApplianceOutcome::NotDone { why: NotDone::NoFilter, left: None }
        } else if matches!(planned.step, ApplianceStep::Launch { .. }) && !may_launch(options) {
            ApplianceOutcome::NotDone { why: NotDone::ApplianceLimit, left: None }
        } else {
            let maker = Maker { planned, settings, cloud, options, stop: shared.stop };
            match select(pin!(maker.carry_out()), pin!(shared.stop.end_of_grace())).await {
                Either::Left((outcome, _)) => outcome,
                Either::Right((reason, _)) => {
                    ApplianceOutcome::NotDone { why: NotDone::GivenUp(reason), left: None }
                }
            }
        };
        if let ApplianceOutcome::Ready { target, .. } = &outcome {
            shared.has_target(*appliance, target.clone());
        }
        on_event(ApplyEvent::Appliance { plan: planned, outcome: &outcome });
        outcomes.insert(*appliance, outcome);
    }
    outcomes
}

/// Takes one launch from what the run may launch in all its regions.
fn may_launch(options: &ApplyOptions) -> bool {
    let take = |left: usize| left.checked_sub(1);
    options.launches.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
}

struct Maker<'a, C> {
    planned: &'a AppliancePlan,
    settings: &'a Settings,
    cloud: &'a C,
    options: &'a ApplyOptions,
    stop: &'a StopSignal,
}

impl<C: Change> Maker<'_, C> {
    async fn carry_out(&self) -> ApplianceOutcome {
        match &self.planned.step {
            ApplianceStep::Launch { spec, picture } => match self.launch(spec, picture).await {
                Err(error) => self.failed(error, None),
                Ok(launched) => match self.target(&launched).await {
                    Ok(target) => ApplianceOutcome::Ready { instance: launched.instance, target },
                    Err(error) => self.clean_up(launched, error).await,
                },
            },
            ApplianceStep::Finish { instance, eni } => {
                let launched = Launched { instance: instance.clone(), eni: eni.clone() };
                match self.target(&launched).await {
                    Ok(target) => ApplianceOutcome::Ready { instance: launched.instance, target },
                    // Not launched by this run, so not this run's to take away at the first trouble.
                    Err(error) => self.failed(error, Some(launched.instance)),
                }
            }
            ApplianceStep::Remove { instance, eni } => match self.cloud.target_of(eni).await {
                Ok(Some(_)) => ApplianceOutcome::LeftAlone,
                Ok(None) => match self.cloud.terminate(instance).await {
                    Ok(()) => ApplianceOutcome::Removed,
                    Err(error) => self.failed(error, Some(instance.clone())),
                },
                Err(error) => self.failed(error, Some(instance.clone())),
            },
        }
    }

    async fn launch(&self, spec: &ApplianceSpec, picture: &str) -> Result<Launched, CloudError> {
        let mut new = NewAppliance {
            instance_type: spec.instance_type.clone(),
            image: spec.image.clone(),
            security_groups: spec.security_groups.clone(),
            subnet: self.planned.subnet.clone(),
            tags: self.tags(),
            token: String::new(),
        };
        let mut tried = 0;
        loop {
            // Not of this run's id: two runs that see the same account ask with the same token, and EC2 makes one instance.
            let what = format!("appliance {} {picture} {tried}", self.settings.keys.vendor);
            let of_whom =
                if tried < SHARED_TOKENS { Uuid::NAMESPACE_OID } else { self.options.run_id };
            new.token = Uuid::new_v5(&of_whom, what.as_bytes()).to_string();
            match self.cloud.launch(&new).await {
                Err(error) if error.kind == ErrorKind::TokenSpent && tried < SHARED_TOKENS => {
                    tried += 1;
                }
                launched => return launched,
            }
        }
    }

    /// Makes the appliance's target, or takes the one that is there.
    async fn target(&self, launched: &Launched) -> Result<TargetId, CloudError> {
        let Launched { instance, eni } = launched;
        let vendor = &self.settings.keys.vendor;
        let what = format!("target of appliance {instance}");
        let new = NewTarget {
            kind: TargetKind::Eni(eni.clone()),
            tags: self.tags(),
            description: format!("{vendor} appliance {instance}"),
            token: Uuid::new_v5(&self.options.run_id, what.as_bytes()).to_string(),
        };
        let mut pauses = PAUSES.iter();
        // Once EC2 has said that there is one, nothing that goes wrong later makes it unsaid.
        let mut is_there = None;
        loop {
            let error = match self.cloud.create_target(&new).await {
                Ok(target) => return Ok(target),
                Err(error) => error,
            };
            match error.kind {
                // There is one, as EC2 says here; its listing may not show it yet.
                ErrorKind::InterfaceIsTarget | ErrorKind::Exists | ErrorKind::TokenSpent => {
                    if let Ok(Some(target)) = self.cloud.target_of(eni).await {
                        return Ok(target);
                    }
                    is_there = Some(error.clone());
                }
                ErrorKind::InterfaceGone | ErrorKind::NotFound | ErrorKind::Changing => {}
                ErrorKind::Throttled
                | ErrorKind::Denied
                | ErrorKind::Credentials
                | ErrorKind::SessionGone
                | ErrorKind::NotSupported
                | ErrorKind::SourcesPerTarget
                | ErrorKind::SessionsPerInterface
                | ErrorKind::AccountSessionLimit
                | ErrorKind::NumberTaken
                | ErrorKind::InterfaceIsSource
                | ErrorKind::InUse
                | ErrorKind::Capacity
                | ErrorKind::Quota
                | ErrorKind::Unsuitable
                | ErrorKind::TagLimit
                | ErrorKind::TagPolicy
                | ErrorKind::Invalid
                | ErrorKind::NotOffered
                | ErrorKind::Unreachable
                | ErrorKind::Unavailable
                | ErrorKind::BadAnswer
                | ErrorKind::Stopped
                | ErrorKind::Other => return Err(is_there.unwrap_or(error)),
            }
            let Some(seconds) = pauses.next() else {
                return Err(is_there.unwrap_or(error));
            };
            if !pause(*seconds, self.options, self.stop).await {
                return Err(CloudError { kind: ErrorKind::Stopped, ..error });
            }
        }
    }

    /// Terminates what this run launched in vain. Where the run has to end, the next one finishes it.
    async fn clean_up(&self, launched: Launched, error: CloudError) -> ApplianceOutcome {
        let Launched { instance, eni } = launched;
        // What EC2 says is a target is one, whether or not its listing shows it: somebody else's run made it.
        let is_a_target = matches!(
            error.kind,
            ErrorKind::InterfaceIsTarget | ErrorKind::Exists | ErrorKind::TokenSpent
        );
        // Nor is it known where nobody answered whether it is one.
        if is_a_target || error.kind.is_unclear() || error.kind == ErrorKind::Stopped {
            return self.failed(error, Some(instance));
        }
        // Another run may have got the same instance for the same token, and be just about to make its target.
        for seconds in LOOKS {
            if !pause(seconds, self.options, self.stop).await {
                return self.failed(error, Some(instance));
            }
            match self.cloud.target_of(&eni).await {
                Ok(Some(target)) => return ApplianceOutcome::Ready { instance, target },
                Ok(None) => {}
                Err(_) => return self.failed(error, Some(instance)),
            }
        }
        match self.cloud.terminate(&instance).await {
            Ok(()) => self.failed(error, None),
            Err(_) => self.failed(error, Some(instance)),
        }
    }

    fn tags(&self) -> BTreeMap<String, String> {
        let keys = &self.settings.keys;
        let AppliancePlan { key, subnet, .. } = self.planned;
        BTreeMap::from([
            (CREATOR.to_owned(), keys.creator.clone()),
            (NAME.to_owned(), format!("{} mirror appliance", keys.vendor)),
            (keys.appliance.clone(), key.clone()),
            (keys.subnet.clone(), subnet.to_string()),
        ])
    }

    fn failed(&self, error: CloudError, left: Option<InstanceId>) -> ApplianceOutcome {
        match self.stop.given() {
            Some(reason) if error.kind == ErrorKind::Stopped => {
                ApplianceOutcome::NotDone { why: NotDone::Stopped(reason), left }
            }
            Some(_) | None => ApplianceOutcome::Failed { error, left },
        }
    }
}
