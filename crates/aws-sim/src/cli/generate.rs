//! `aws-sim generate`: a scenario of any size as YAML.

use std::process::ExitCode;

use aws_sim::{Generate, Scenario};
use clap::Args;

use super::output;

#[derive(Debug, Args)]
pub(super) struct GenerateArgs {
    /// Number of instances
    #[arg(long, value_name = "N")]
    instances: usize,
    /// Number of VPCs
    #[arg(long, value_name = "N", default_value_t = 1)]
    vpcs: usize,
    /// Interfaces of each instance
    #[arg(long, value_name = "N", default_value_t = 1)]
    enis_per_instance: usize,
    /// Share of interfaces that are mirrored already, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    existing_sessions: f64,
    /// Share of instances that are stopped, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    stopped: f64,
    /// Share of instances that are blacklisted, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    blacklisted: f64,
    /// Share of instances of a type that cannot be mirrored, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    unsupported: f64,
    /// Region
    #[arg(long, default_value = "us-east-1")]
    region: String,
    /// Seed of all that is random
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

pub(super) fn run(args: &GenerateArgs) -> anyhow::Result<ExitCode> {
    let scenario = Scenario::generate(&Generate {
        instances: args.instances,
        vpcs: args.vpcs,
        enis_per_instance: args.enis_per_instance,
        existing_sessions: args.existing_sessions,
        stopped: args.stopped,
        blacklisted: args.blacklisted,
        unsupported: args.unsupported,
        region: args.region.clone(),
        seed: args.seed,
        ..Generate::default()
    });
    output::text(&scenario.to_yaml()?);
    Ok(ExitCode::SUCCESS)
}
