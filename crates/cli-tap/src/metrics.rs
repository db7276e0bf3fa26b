//! The metrics of a run as Prometheus's text. All are gauges: each run's numbers are a picture of that run. Writing them to
//! a file is `metrics_file`'s.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use cli_common::errors;
use cli_common::exit::Exit;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode_registry;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use tap_core::apply::{ApplianceOutcome, Applied, FilterOutcome, Outcome};
use tap_core::aws::CallCount;
use tap_core::call::Call;
use tap_core::report::{ScopeReport, Totals};

use crate::result::RegionResult;

/// The metric that outlives a run that fails: the next one takes it over from the file.
pub(crate) const LAST_SUCCESS: &str = "session_mirror_last_success_timestamp_seconds";

/// What a run has to say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Snapshot<'a> {
    /// What became of each region.
    pub(crate) regions: &'a [RegionResult],
    /// The code of what kept the run from its work as a whole, before there was any region.
    pub(crate) failure: Option<&'static str>,
    /// USD per session and hour.
    pub(crate) price_per_hour: f64,
    /// How the run ended.
    pub(crate) exit: Exit,
    /// How long it took.
    pub(crate) duration: Duration,
    /// The time at its end, in seconds since 1970.
    pub(crate) now: f64,
    /// The same of the last run that ended with [`Exit::Done`]; 0 while there was none.
    pub(crate) last_success: f64,
}

/// The text: in the order of the table below, regions in the order of the run, labels by name.
pub(crate) fn render(snapshot: &Snapshot<'_>) -> String {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(families(snapshot)));
    let mut text = String::new();
    encode_registry(&mut text, &registry).expect("a string takes any text");
    text
}

fn families(snapshot: &Snapshot<'_>) -> Families {
    let Snapshot { regions, failure, price_per_hour, exit, duration, now, last_success } =
        *snapshot;
    let mut all = Families::default();
    let run = &[];
    all.add("exit_code", "Exit code of the last run", run, f64::from(exit.code()));
    all.add("last_run_timestamp_seconds", "End of the last run", run, now);
    all.add(
        "last_success_timestamp_seconds",
        "End of the last run with exit code 0; 0 while there was none",
        run,
        last_success,
    );
    all.add("run_duration_seconds", "Duration of the last run", run, duration.as_secs_f64());
    for region in regions {
        let scope: Labels =
            vec![("account", region.account.to_string()), ("region", region.region.to_string())];
        let read = f64::from(u8::from(region.outcome.is_ok()));
        all.add("region_read", "1 where the region could be read, else 0", &scope, read);
        match &region.outcome {
            Ok(report) => of_report(&mut all, &scope, report, price_per_hour),
            Err(error) => all.failures(&scope, &[(errors::kind(error), 1)].into()),
        }
        of_calls(&mut all, &scope, &region.calls);
    }
    if let Some(reason) = failure {
        // Every series of a metric has the same labels.
        let nowhere = vec![("account", String::new()), ("region", String::new())];
        all.failures(&nowhere, &[(reason, 1)].into());
    }
    all
}

fn of_report(all: &mut Families, scope: &Labels, report: &ScopeReport, price: f64) {
    let ScopeReport { plan, applied } = report;
    let totals = Totals::of(report);
    let number = |n: usize| n as f64;
    if totals.eligible > 0 {
        all.add(
            "coverage_ratio",
            "Mirrored of eligible interfaces; not there while none is eligible",
            scope,
            number(totals.mirrored) / number(totals.eligible),
        );
    }
    all.add(
        "eligible_interfaces",
        "Interfaces that should be mirrored and can be",
        scope,
        number(totals.eligible),
    );
    all.add(
        "mirrored_interfaces",
        "Eligible interfaces with an owned session after the run",
        scope,
        number(totals.mirrored),
    );
    let decisions = plan.decisions.iter().filter(|decision| !decision.leftover);
    let decisions = decisions.map(|d| (d.action.verb().as_str(), d.reason.code()));
    for ((action, reason), n) in counted(decisions) {
        all.add(
            "interfaces",
            "Interfaces by what was decided, and why",
            &with(scope, [("action", action), ("reason", reason)]),
            number(n),
        );
    }
    for (owner, n) in [("owned", totals.sessions), ("foreign", totals.foreign_sessions)] {
        let help = "Traffic mirror sessions after the run, by owner";
        all.add("sessions", help, &with(scope, [("owner", owner)]), number(n));
    }
    all.add(
        "cost_usd_per_hour",
        "What the owned sessions cost",
        scope,
        totals.cost_per_hour(price),
    );
    all.add(
        "plan_refused",
        "1 where a guard refused the plan, so that nothing was changed, else 0",
        scope,
        number(usize::from(plan.refusal.is_some())),
    );
    let findings = plan
        .findings
        .iter()
        .map(|finding| (finding.code(), if finding.is_error() { "error" } else { "warning" }));
    for ((code, severity), n) in counted(findings) {
        all.add(
            "findings",
            "What a person should know about the region, by code",
            &with(scope, [("code", code), ("severity", severity)]),
            number(n),
        );
    }
    let Some(Applied { filters, appliances, outcomes, stopped: _ }) = applied else { return };
    let changes = outcomes
        .iter()
        .map(|(i, outcome)| (plan.decisions[*i].action.verb().as_str(), outcome.code()));
    for ((action, outcome), n) in counted(changes) {
        all.add(
            "changes",
            "Changes of the last run, by what became of them",
            &with(scope, [("action", action), ("outcome", outcome)]),
            number(n),
        );
    }
    let made = appliances
        .iter()
        .filter_map(|(number, outcome)| Some((plan.appliances.get(number)?, outcome)))
        .map(|(appliance, outcome)| (appliance.step.as_str(), outcome.code()));
    for ((action, outcome), n) in counted(made) {
        all.add(
            "appliances",
            "Appliances that the last run launched, finished or removed, by what became of them",
            &with(scope, [("action", action), ("outcome", outcome)]),
            number(n),
        );
    }
    let of_filters = filters.values().filter_map(|outcome| match outcome {
        FilterOutcome::Done { .. } => None,
        FilterOutcome::Stopped(reason) => Some(reason.code()),
        FilterOutcome::Failed(error) => Some(error.kind.code()),
    });
    let of_changes = outcomes.values().filter_map(|outcome| match outcome {
        Outcome::NotDone(why) => Some(why.code()),
        Outcome::Failed(error) => Some(error.kind.code()),
        Outcome::Done { .. }
        | Outcome::AlreadyDone { .. }
        | Outcome::Gone
        | Outcome::TypeRefused { .. } => None,
    });
    let of_appliances = appliances.values().filter_map(|outcome| match outcome {
        ApplianceOutcome::NotDone { why, .. } => Some(why.code()),
        ApplianceOutcome::Failed { error, .. } => Some(error.kind.code()),
        ApplianceOutcome::Ready { .. }
        | ApplianceOutcome::Removed
        | ApplianceOutcome::LeftAlone => None,
    });
    let all_of_them = of_filters.chain(of_appliances).chain(of_changes);
    all.failures(scope, &counted(all_of_them));
}

fn of_calls(all: &mut Families, scope: &Labels, calls: &BTreeMap<Call, CallCount>) {
    for (call, count) in calls {
        let labels = with(scope, [("call", call.action())]);
        let CallCount { sent, throttled, failed } = *count;
        for (name, help, n) in [
            ("api_calls", "Requests sent to AWS in the last run, each try counted", sent),
            ("api_calls_throttled", "Those of them that were refused for their rate", throttled),
            ("api_calls_failed", "Those of them that failed otherwise", failed),
        ] {
            all.add(name, help, &labels, n as f64);
        }
    }
}

fn counted<T: Ord>(items: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for item in items {
        *counts.entry(item).or_default() += 1;
    }
    counts
}

type Labels = Vec<(&'static str, String)>;

fn with<const N: usize>(scope: &Labels, more: [(&'static str, &str); N]) -> Labels {
    let more = more.into_iter().map(|(name, value)| (name, value.to_owned()));
    scope.iter().cloned().chain(more).collect()
}

/// All metrics, in the order in which they were first added: the crate's own families have none.
#[derive(Debug, Default)]
struct Families(Vec<Family>);

#[derive(Debug)]
struct Family {
    name: String,
    help: &'static str,
    samples: Vec<(Labels, f64)>,
}

impl Families {
    fn add(
        &mut self,
        name: &str,
        help: &'static str,
        labels: &[(&'static str, String)],
        value: f64,
    ) {
        let name = format!("session_mirror_{name}");
        let sample = (labels.to_vec(), value);
        match self.0.iter_mut().find(|family| family.name == name) {
            Some(family) => family.samples.push(sample),
            None => self.0.push(Family { name, help, samples: vec![sample] }),
        }
    }

    fn failures(&mut self, scope: &Labels, counts: &BTreeMap<&str, usize>) {
        for (reason, n) in counts {
            self.add(
                "failures",
                "What failed or was not done in the last run, by reason",
                &with(scope, [("reason", reason)]),
                *n as f64,
            );
        }
    }
}

impl Collector for Families {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for Family { name, help, samples } in &self.0 {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            if let [(labels, value)] = samples.as_slice()
                && labels.is_empty()
            {
                ConstGauge::new(*value).encode(family)?;
                continue;
            }
            for (labels, value) in samples {
                ConstGauge::new(*value).encode(family.encode_family(labels)?)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::tests::unreadable;

    fn failures(regions: &[RegionResult], failure: Option<&'static str>) -> Vec<String> {
        let text = render(&Snapshot {
            regions,
            failure,
            price_per_hour: 0.015,
            exit: Exit::Failed,
            duration: Duration::from_secs(1),
            now: 2.0,
            last_success: 0.0,
        });
        let is_failure = |line: &&str| line.starts_with("session_mirror_failures{");
        text.lines().filter(is_failure).map(str::to_owned).collect()
    }

    #[test]
    fn a_run_that_fails_as_a_whole_says_why_in_no_region() {
        let line = r#"session_mirror_failures{account="",region="",reason="no-such-id"} 1.0"#;
        assert_eq!(failures(&[], Some("no-such-id")), [line]);
        assert_eq!(failures(&[], None), [""; 0]);
    }

    #[test]
    fn a_region_that_was_not_read_says_why_once() {
        let [line] = failures(&[unreadable("eu-west-1")], None).try_into().unwrap();
        assert!(line.contains(r#"region="eu-west-1",reason="denied"} 1"#), "{line}");
    }
}
