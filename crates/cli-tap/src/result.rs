//! What became of a run, over all its regions, and the exit code that follows from it.

use std::collections::BTreeMap;

use cli_common::exit::Exit;
use tap_core::apply::FilterOutcome;
use tap_core::aws::CallCount;
use tap_core::call::Call;
use tap_core::cycle::CycleError;
use tap_core::ids::{AccountId, Region};
use tap_core::report::{ScopeReport, Totals};

/// What became of one region.
#[derive(Debug)]
pub(crate) struct RegionResult {
    /// The region.
    pub(crate) region: Region,
    /// The account.
    pub(crate) account: AccountId,
    /// What was decided and done, or why not even that.
    pub(crate) outcome: Result<ScopeReport, CycleError>,
    /// The calls that were made for it.
    pub(crate) calls: BTreeMap<Call, CallCount>,
}

impl RegionResult {
    /// The report, where there is one.
    pub(crate) fn report(&self) -> Option<&ScopeReport> {
        self.outcome.as_ref().ok()
    }
}

/// The sum over all regions that could be read.
pub(crate) fn totals(regions: &[RegionResult]) -> Totals {
    regions
        .iter()
        .filter_map(RegionResult::report)
        .fold(Totals::default(), |sum, report| sum.plus(&Totals::of(report)))
}

/// The exit code. One region that fails does not hide what the others did.
pub(crate) fn exit(regions: &[RegionResult], dry_run: bool, detailed: bool) -> Exit {
    let reports: Vec<&ScopeReport> = regions.iter().filter_map(RegionResult::report).collect();
    if reports.is_empty() {
        return Exit::Failed;
    }
    let unread = reports.len() < regions.len();
    let refused = reports.iter().any(|report| report.plan.refusal.is_some());
    if refused && !reports.iter().any(|report| has_changed(report)) {
        Exit::Refused
    } else if unread || refused {
        Exit::Partial
    } else if dry_run {
        let pending = detailed && reports.iter().any(|report| report.plan.has_changes());
        if pending { Exit::ChangesPending } else { Exit::Done }
    } else if reports.iter().any(|report| report.is_partial()) {
        Exit::Partial
    } else {
        Exit::Done
    }
}

/// Whether anything in the account is other than before.
fn has_changed(report: &ScopeReport) -> bool {
    report.applied.as_ref().is_some_and(|applied| {
        let is_done = |filter: &FilterOutcome| matches!(filter, FilterOutcome::Done { .. });
        applied.filters.values().any(is_done)
            || applied.outcomes.values().any(|outcome| outcome.is_reached())
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use tap_core::apply::{ApplyOptions, apply};
    use tap_core::cycle::decide;
    use tap_core::error::{CloudError, ErrorKind};
    use tap_core::settings::Settings;
    use tap_core::stop::Stopper;
    use tap_core::testing::{Scenario, TestCloud, scenario};
    use uuid::Uuid;

    use super::*;

    /// Runs on an account in memory.
    pub(crate) async fn run_on(
        cloud: &TestCloud,
        settings: &Settings,
        dry_run: bool,
    ) -> RegionResult {
        let now = cloud.now();
        let (_stopper, stop) = Stopper::new();
        let (_, plan) = decide(cloud, &now.narrow, settings, &stop).await.unwrap();
        let options = ApplyOptions::new(1, Uuid::nil(), 0);
        let applied = if dry_run || plan.refusal.is_some() {
            None
        } else {
            Some(apply(&plan, settings, cloud, &options, &stop, &mut |_| {}).await)
        };
        RegionResult {
            region: now.scope.region.clone(),
            account: now.scope.account.clone(),
            outcome: Ok(ScopeReport { plan, applied }),
            calls: BTreeMap::new(),
        }
    }

    /// A region that could not be read.
    pub(crate) fn unreadable(region: &str) -> RegionResult {
        RegionResult {
            region: region.into(),
            account: "111122223333".into(),
            outcome: Err(CycleError::Read(CloudError {
                kind: ErrorKind::Denied,
                call: Call::DescribeVpcs,
                resource: None,
                code: Some("UnauthorizedOperation".to_owned()),
                message: "You are not authorized to perform this operation.".to_owned(),
            })),
            calls: BTreeMap::new(),
        }
    }

    async fn done(scenario: Scenario, dry_run: bool) -> RegionResult {
        run_on(&TestCloud::new(scenario.build()), &Settings::default(), dry_run).await
    }

    /// A plan that deletes ten of ten sessions.
    fn mass_delete() -> Scenario {
        (0..10).fold(scenario(), |s, i| {
            s.instance(&format!("i-{i}")).blacklisted().owned(&format!("tms-{i}"))
        })
    }

    #[tokio::test]
    async fn one_region() {
        let new = || scenario().instance("i-1");
        let misconfigured = || scenario().enrollment("whitelst").instance("i-1");
        let applied = |region| exit(&[region], false, false);
        assert_eq!(applied(done(new(), false).await), Exit::Done);
        assert_eq!(applied(done(misconfigured(), false).await), Exit::Partial);
        assert_eq!(applied(done(mass_delete(), false).await), Exit::Refused);
        assert_eq!(applied(unreadable("eu-west-1")), Exit::Failed);
        let failing = TestCloud::new(new().build());
        failing.fail("create eni-1", ErrorKind::Denied);
        let failed = run_on(&failing, &Settings::default(), false).await;
        assert_eq!(applied(failed), Exit::Partial);
    }

    #[tokio::test]
    async fn a_dry_run() {
        let dry = |region, detailed| exit(&[region], true, detailed);
        let new = done(scenario().instance("i-1"), true).await;
        assert_eq!(exit(std::slice::from_ref(&new), true, false), Exit::Done);
        assert_eq!(dry(new, true), Exit::ChangesPending);
        let in_sync = scenario().instance("i-1").owned("tms-1");
        assert_eq!(dry(done(in_sync, true).await, true), Exit::Done);
        let misconfigured = scenario().enrollment("whitelst").instance("i-1");
        assert_eq!(dry(done(misconfigured, true).await, true), Exit::Done);
        assert_eq!(dry(done(mass_delete(), true).await, true), Exit::Refused);
        assert_eq!(dry(unreadable("eu-west-1"), true), Exit::Failed);
    }

    #[tokio::test]
    async fn several_regions() {
        let new = || done(scenario().instance("i-1"), false);
        let in_sync = || done(scenario().instance("i-1").owned("tms-1"), false);
        let refused = || done(mass_delete(), false);
        let all = |regions: Vec<RegionResult>| exit(&regions, false, false);
        assert_eq!(all(vec![new().await, unreadable("us-east-1")]), Exit::Partial);
        assert_eq!(all(vec![unreadable("us-west-1"), unreadable("us-east-1")]), Exit::Failed);
        assert_eq!(all(vec![refused().await, new().await]), Exit::Partial);
        assert_eq!(all(vec![refused().await, in_sync().await]), Exit::Refused);
        let regions = [new().await, unreadable("us-east-1"), in_sync().await];
        assert_eq!(totals(&regions).mirrored, 2);
    }
}
