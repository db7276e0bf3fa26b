//! Creates and completes the filters of a plan. One that fails keeps only its own sessions from being made.

use std::collections::BTreeMap;
use std::pin::pin;

use futures::future::{Either, select};
use futures::{StreamExt, stream};
use uuid::Uuid;

use crate::apply::{ApplyEvent, ApplyOptions, FilterOutcome};
use crate::cloud::{Act, NewFilter};
use crate::error::{CloudError, ErrorKind};
use crate::ids::FilterId;
use crate::inventory::{FilterKey, MissingParts};
use crate::plan::{FilterPlan, FilterStep, Plan};
use crate::settings::Settings;
use crate::stop::StopSignal;

/// Creates or completes what the plan says, a few at a time.
pub(super) async fn prepare<C: Act>(
    plan: &Plan,
    settings: &Settings,
    cloud: &C,
    options: &ApplyOptions,
    stop: &StopSignal,
    on_event: &mut dyn FnMut(ApplyEvent<'_>),
) -> BTreeMap<FilterKey, FilterOutcome> {
    let maker = Maker { settings, cloud, options, stop };
    let maker = &maker;
    let changes = plan.filters.iter().filter(|(_, filter)| filter.is_change());
    let mut running = stream::iter(changes)
        .map(|(key, filter)| async move { (key, maker.within_grace(key, filter).await) })
        .buffer_unordered(options.concurrency.max(1));
    let mut outcomes = BTreeMap::new();
    while let Some((key, outcome)) = running.next().await {
        on_event(ApplyEvent::Filter { key, outcome: &outcome });
        outcomes.insert(key.clone(), outcome);
    }
    outcomes
}

struct Maker<'a, C> {
    settings: &'a Settings,
    cloud: &'a C,
    options: &'a ApplyOptions,
    stop: &'a StopSignal,
}

impl<C: Act> Maker<'_, C> {
    async fn within_grace(&self, key: &FilterKey, plan: &FilterPlan) -> FilterOutcome {
        if let Some(reason) = self.stop.given() {
            return FilterOutcome::Stopped(reason);
        }
        match select(pin!(self.make(key, plan)), pin!(self.stop.end_of_grace())).await {
            Either::Left((Ok(filter), _)) => FilterOutcome::Done { filter },
            Either::Left((Err(error), _)) => match self.stop.given() {
                Some(reason) if error.kind == ErrorKind::Stopped => FilterOutcome::Stopped(reason),
                Some(_) | None => FilterOutcome::Failed(error),
            },
            Either::Right((reason, _)) => FilterOutcome::Stopped(reason),
        }
    }

    /// A crash in between leaves a filter that the next run completes (ruling 14).
    async fn make(&self, key: &FilterKey, plan: &FilterPlan) -> Result<FilterId, CloudError> {
        let filter = match (&plan.step, &plan.spec) {
            (FilterStep::Use(filter) | FilterStep::Complete { filter, .. }, _) => filter.clone(),
            (FilterStep::Create, spec) => {
                let new = NewFilter {
                    description: spec.as_ref().map(|s| s.description.clone()).unwrap_or_default(),
                    name: key.name(&self.settings.keys.vendor),
                    token: self.token(&format!("filter {key}")),
                };
                self.cloud.create_filter(&new).await?
            }
        };
        self.complete(&filter, &plan.missing()).await?;
        Ok(filter)
    }

    async fn complete(&self, filter: &FilterId, missing: &MissingParts) -> Result<(), CloudError> {
        for rule in &missing.rules {
            let what = format!("{filter} {} {}", rule.direction.as_str(), rule.number);
            self.cloud.add_rule(filter, rule, &self.token(&what)).await?;
        }
        if missing.dns {
            self.cloud.mirror_dns(filter).await?;
        }
        Ok(())
    }

    /// A client token, the same for the same create in the same run (ruling 15).
    fn token(&self, what: &str) -> String {
        Uuid::new_v5(&self.options.run_id, what.as_bytes()).to_string()
    }
}
