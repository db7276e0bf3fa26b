//! One cycle over one scope: a dry run writes nothing, and nothing is written where the account could not be read.

use tap_core::apply::{Applied, ApplyOptions, Outcome};
use tap_core::cycle::{CycleError, decide, run_cycle};
use tap_core::error::ErrorKind;
use tap_core::inventory::Narrow;
use tap_core::plan::{Plan, PlanError, Verb};
use tap_core::settings::{FilterChoice, Settings};
use tap_core::stop::{StopReason, Stopper};
use tap_core::testing::{TestCloud, scenario};
use uuid::Uuid;

fn account() -> TestCloud {
    TestCloud::new(scenario().instance("i-1").stopped("i-2").owned("tms-2").build())
}

async fn cycle(cloud: &TestCloud, settings: &Settings) -> Result<(Plan, Applied), CycleError> {
    let options = ApplyOptions::new(4, Uuid::from_u128(1), 5);
    let (_stopper, stop) = Stopper::new();
    run_cycle(cloud, &Narrow::default(), settings, &options, &stop, &mut |_| {}).await
}

#[tokio::test]
async fn ruling_10_nothing_is_written_where_a_read_failed() {
    let cloud = account();
    cloud.fail("read", ErrorKind::Throttled);
    let error = cycle(&cloud, &Settings::default()).await.unwrap_err();
    assert!(matches!(&error, CycleError::Read(e) if e.kind == ErrorKind::Throttled), "{error:?}");
    assert_eq!(error.to_string(), "cannot read the account: nothing was changed");
    assert_eq!(cloud.attempts(), Vec::<String>::new());
}

#[tokio::test]
async fn a_filter_that_is_not_there_stops_the_cycle() {
    let cloud = account();
    let filter = FilterChoice::Pinned("tmf-404".into());
    let error = cycle(&cloud, &Settings { filter, ..Settings::default() }).await.unwrap_err();
    assert_eq!(error, CycleError::Plan(PlanError::NoSuchFilter("tmf-404".into())));
    assert_eq!(cloud.attempts(), Vec::<String>::new());
}

#[tokio::test]
async fn a_run_that_is_to_stop_reads_no_longer() {
    let cloud = account();
    for reason in [StopReason::Interrupted, StopReason::TimedOut] {
        let (stopper, stop) = Stopper::new();
        stopper.stop(reason);
        let decided = decide(&cloud, &Narrow::default(), &Settings::default(), &stop).await;
        let error = decided.unwrap_err();
        assert_eq!(error, CycleError::Stopped(reason));
        assert!(error.to_string().ends_with("before the account was read: nothing was changed"));
    }
    assert_eq!(cloud.attempts(), Vec::<String>::new());
}

#[tokio::test]
async fn deciding_writes_nothing() {
    let cloud = account();
    let before = cloud.now();
    let (_stopper, stop) = Stopper::new();
    let (inventory, plan) =
        decide(&cloud, &Narrow::default(), &Settings::default(), &stop).await.unwrap();
    assert_eq!(inventory, before);
    assert_eq!((plan.count(Verb::Create), plan.count(Verb::Delete)), (1, 1));
    assert_eq!(cloud.attempts(), Vec::<String>::new());
    assert_eq!(cloud.now(), before);
}

#[tokio::test]
async fn ruling_16_the_second_cycle_has_nothing_to_do() {
    let cloud = account();
    let (_, applied) = cycle(&cloud, &Settings::default()).await.unwrap();
    assert!(applied.outcomes.values().all(|o| matches!(o, Outcome::Done { .. })));
    let writes = cloud.attempts().len();
    let (plan, applied) = cycle(&cloud, &Settings::default()).await.unwrap();
    assert!(!plan.has_changes() && applied.outcomes.is_empty());
    assert_eq!(cloud.attempts().len(), writes);
}

#[tokio::test]
async fn the_guard_stands_in_every_cycle() {
    let ten =
        (0..10).fold(scenario(), |s, n| s.stopped(&format!("i-{n}")).owned(&format!("tms-{n}")));
    let cloud = TestCloud::new(ten.build());
    let (plan, applied) = cycle(&cloud, &Settings::default()).await.unwrap();
    assert!(plan.refusal.is_some() && applied.outcomes.is_empty());
    assert_eq!(cloud.attempts(), Vec::<String>::new());
}

#[tokio::test]
async fn a_narrowed_cycle_leaves_the_rest_alone() {
    let cloud = account();
    let narrow = Narrow { instances: [("i-1").into()].into(), ..Narrow::default() };
    let (_stopper, stop) = Stopper::new();
    let (_, plan) = decide(&cloud, &narrow, &Settings::default(), &stop).await.unwrap();
    assert_eq!((plan.count(Verb::Create), plan.count(Verb::Delete)), (1, 0));
}
