//! `--simulate`: the account is a simulated one inside this process, and nothing can reach a real one.

use std::path::Path;

use aws_sim::{Scenario, Simulator};
use cli_common::errors::Fault;
use tap_core::aws::{Aws, Manners};
use tap_core::ids::Region;

/// The region of a scenario that does not name one.
const DEFAULT_REGION: &str = "us-east-1";

/// A simulated account that is being served until this is dropped.
pub(crate) struct Simulated {
    /// How to reach it.
    pub(crate) aws: Aws,
    /// The region to work in, unless the user names another.
    pub(crate) region: Region,
    _simulator: Simulator,
}

/// Starts the account of a scenario file, or the demonstration.
///
/// # Errors
/// A [`Fault`] that names file, line and key.
pub(crate) async fn start(scenario: Option<&Path>, manners: Manners) -> Result<Simulated, Fault> {
    let scenario = match scenario {
        Some(path) => Scenario::from_file(path).map_err(|error| {
            let hint = "correct the scenario, or leave the file out for the demonstration";
            Fault::new("scenario", format!("the scenario cannot be used: {error}"), hint)
        })?,
        None => Scenario::demo(),
    };
    let region = {
        let mut regions = scenario.regions();
        let first = regions.next().unwrap_or(DEFAULT_REGION);
        let has_default = first == DEFAULT_REGION || regions.any(|name| name == DEFAULT_REGION);
        Region::new(if has_default { DEFAULT_REGION } else { first })
    };
    let account = scenario.account().to_owned();
    let switches = scenario.switches().cloned().unwrap_or_default();
    let simulator = Simulator::start(scenario, switches).map_err(|error| {
        let hint = "look at the limits of processes and ports";
        Fault::new("simulator", format!("the simulated account cannot be started: {error}"), hint)
    })?;
    let url = simulator.endpoint_url();
    tracing::warn!(account, "simulated account: nothing of this happens in AWS");
    tracing::debug!(url, "the simulated account is being served");
    Ok(Simulated { aws: Aws::for_simulator(&url, manners).await, region, _simulator: simulator })
}

#[cfg(test)]
mod tests {
    use cli_common::options::RegionArg;
    use cli_common::regions::{RegionError, discover};

    use super::*;

    async fn found(aws: &Aws, names: &[&str]) -> Result<Vec<Region>, String> {
        let named: Vec<RegionArg> =
            names.iter().map(|name| RegionArg::Named(Region::from(*name))).collect();
        discover(aws, &named).await.map_err(|error| match error {
            RegionError::Fault(fault) => fault.kind.to_owned(),
            RegionError::Ask(error) => error.to_string(),
        })
    }

    #[tokio::test]
    async fn regions_are_checked_against_the_account() {
        let simulated = start(None, Manners::default()).await.unwrap();
        let aws = &simulated.aws;
        assert_eq!(simulated.region.as_str(), "us-east-1");
        let two = found(aws, &["us-east-1", "eu-west-1", "us-east-1"]).await.unwrap();
        assert_eq!(two, ["us-east-1".into(), "eu-west-1".into()]);
        assert_eq!(found(aws, &["us-east-1", "us-eats-1"]).await.unwrap_err(), "unknown-region");
        let opt_in = found(aws, &["us-east-1", "ap-east-1"]).await;
        assert_eq!(opt_in.unwrap_err(), "region-not-enabled");
        // Asked alone, they are what AWS is asked in; their home region knows better.
        assert_eq!(found(aws, &["us-eats-1"]).await.unwrap_err(), "unknown-region");
        assert_eq!(found(aws, &["ap-east-1"]).await.unwrap_err(), "region-not-enabled");
        assert_eq!(found(aws, &[]).await.unwrap_err(), "no-region");
        let all = discover(aws, &[RegionArg::All]).await.unwrap();
        assert!(all.contains(&"us-east-1".into()) && !all.contains(&"ap-east-1".into()));
    }

    #[tokio::test]
    async fn a_wrong_scenario_is_named() {
        let fault =
            start(Some(Path::new("no/such/file.yaml")), Manners::default()).await.err().unwrap();
        assert!(fault.message.contains("no/such/file.yaml"), "{fault}");
    }
}
