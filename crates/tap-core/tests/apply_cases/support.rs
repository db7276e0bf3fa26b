//! One run over one account, told as lines.

use std::time::Duration;

use tap_core::apply::{Applied, ApplyEvent, ApplyOptions, FilterOutcome, NotDone, Outcome, apply};
use tap_core::plan::{Plan, guard, plan};
use tap_core::settings::Settings;
use tap_core::stop::{StopSignal, Stopper};
use tap_core::testing::{Scenario, TestCloud};
use uuid::Uuid;

/// A run that can be set up before it is made.
pub struct Run {
    pub cloud: TestCloud,
    pub plan: Plan,
    pub settings: Settings,
    pub concurrency: usize,
    pub run_id: Uuid,
    pub launches: usize,
    pub stop: StopSignal,
    pub stopper: Option<Stopper>,
}

/// What a run did and what it told on the way.
pub struct Ended {
    pub applied: Applied,
    pub outcomes: Vec<String>,
    pub events: Vec<String>,
}

impl Ended {
    /// What became of the one filter that was to be changed, if one was.
    pub fn filter(&self) -> Option<&FilterOutcome> {
        assert!(self.applied.filters.len() < 2, "{:?}", self.applied.filters);
        self.applied.filters.values().next()
    }
}

/// Plans a scenario; nothing is applied yet.
pub fn run(scenario: Scenario) -> Run {
    run_with(scenario, |_| {})
}

/// Plans a scenario under settings of its own.
pub fn run_with(scenario: Scenario, change: impl FnOnce(&mut Settings)) -> Run {
    let mut settings = Settings::default();
    change(&mut settings);
    let inventory = scenario.build();
    let plan = plan(&inventory, &settings).expect("the filter is there");
    let plan = guard(plan, &settings);
    let (stopper, stop) = Stopper::new();
    Run {
        cloud: TestCloud::new(inventory),
        plan,
        settings,
        concurrency: 1,
        run_id: Uuid::from_u128(1),
        launches: 5,
        stop,
        stopper: Some(stopper),
    }
}

impl Run {
    /// Applies the plan.
    pub fn apply(&self) -> Ended {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime without I/O can be built");
        let options = ApplyOptions {
            second: Duration::ZERO,
            ..ApplyOptions::new(self.concurrency, self.run_id, self.launches)
        };
        let mut events = Vec::new();
        let mut on_event = |event: ApplyEvent<'_>| {
            events.push(match event {
                ApplyEvent::Started { changes } => format!("started {changes}"),
                ApplyEvent::Filter { .. } => "filter".to_owned(),
                ApplyEvent::Appliance { plan, outcome } => {
                    format!("{} {}", plan.step.as_str(), outcome.code())
                }
                ApplyEvent::Changed { decision, outcome } => {
                    format!("{} {}", decision.eni, outcome.code())
                }
            });
        };
        let applied = runtime.block_on(apply(
            &self.plan,
            &self.settings,
            &self.cloud,
            &options,
            &self.stop,
            &mut on_event,
        ));
        let outcomes = applied.outcomes.iter();
        let outcomes = outcomes.map(|(&i, outcome)| self.line(i, outcome)).collect();
        Ended { applied, outcomes, events }
    }

    fn line(&self, i: usize, outcome: &Outcome) -> String {
        let decision = &self.plan.decisions[i];
        let why = match outcome {
            Outcome::NotDone(why) => format!(" {}", NotDone::code(why)),
            Outcome::Failed(error) => format!(" {}", error.kind),
            Outcome::AlreadyDone { session } => format!(" {session}"),
            Outcome::TypeRefused { family } => format!(" {family}"),
            Outcome::Done { .. } | Outcome::Gone => String::new(),
        };
        format!("{} {} {}{why}", decision.eni, decision.action.verb(), outcome.code())
    }
}

/// Lines that a test writes, apart by `;`.
pub fn lines(text: &str) -> Vec<&str> {
    text.split(';').map(str::trim).filter(|line| !line.is_empty()).collect()
}
