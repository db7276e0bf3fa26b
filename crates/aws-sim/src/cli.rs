//! The command line: which command, and the scenario and switches that all of them share.

mod exec;
mod generate;
mod output;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use aws_sim::{Delay, RandomFaults, Scenario, Switches, Throttle};
use clap::{Args, Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "aws-sim", version, about = "Simulate an AWS account for VPC Traffic Mirroring")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve an account until interrupted
    Serve(serve::ServeArgs),
    /// Run a command against a fresh account, then print what changed in it
    Exec(exec::ExecArgs),
    /// Write a scenario of any size as YAML
    Generate(generate::GenerateArgs),
}

/// Which account, and what shall go wrong in it.
#[derive(Debug, Args)]
struct AccountArgs {
    /// Scenario file, or `demo` or `starter` for an embedded one
    #[arg(long, value_name = "FILE", default_value = "demo")]
    scenario: PathBuf,
    /// Switches file; replaces the scenario's own `switches` section
    #[arg(long, value_name = "FILE")]
    switches: Option<PathBuf>,
    /// Seed of everything random
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Latency of every call: milliseconds, or a range as 20-80
    #[arg(long, value_name = "MS", value_parser = delay)]
    latency: Option<Delay>,
    /// Throttle as EC2 does
    #[arg(long)]
    throttle: bool,
    /// Throttle with every bucket times this
    #[arg(long, value_name = "FACTOR")]
    throttle_scale: Option<f64>,
    /// Share of calls that fail with 500, 503 or a reset, 0 to 1
    #[arg(long, value_name = "RATE")]
    fail_rate: Option<f64>,
    /// Reads see the account as it was up to this many milliseconds ago
    #[arg(long, value_name = "MS")]
    consistency_ms: Option<u64>,
    /// Deny an action (repeatable)
    #[arg(long, value_name = "ACTION")]
    deny: Vec<String>,
    /// Refuse all credentials as expired
    #[arg(long)]
    expired_credentials: bool,
    /// Largest page that the server gives
    #[arg(long, value_name = "N")]
    page_cap: Option<usize>,
}

fn delay(text: &str) -> Result<Delay, String> {
    let number =
        |text: &str| text.parse::<u64>().map_err(|_| "not a number of milliseconds".to_owned());
    match text.split_once('-') {
        None => Ok(Delay::Fixed(number(text)?)),
        Some((from, to)) => {
            let (from, to) = (number(from)?, number(to)?);
            if from > to {
                Err("the range is upside down".to_owned())
            } else {
                Ok(Delay::Range { from, to })
            }
        }
    }
}

impl AccountArgs {
    fn load(&self) -> anyhow::Result<(Scenario, Switches)> {
        let scenario = match self.scenario.to_str().and_then(Scenario::embedded) {
            Some(embedded) => embedded,
            None => Scenario::from_file(&self.scenario)?,
        };
        let mut switches = match &self.switches {
            Some(path) => Switches::from_file(path)?,
            None => scenario.switches().cloned().unwrap_or_default(),
        };
        switches.seed = self.seed.unwrap_or(switches.seed);
        switches.latency.default = self.latency.or(switches.latency.default);
        if self.throttle || self.throttle_scale.is_some() {
            let throttle = switches.throttle.get_or_insert_with(Throttle::default);
            throttle.scale = self.throttle_scale.unwrap_or(throttle.scale);
        }
        if let Some(rate) = self.fail_rate {
            anyhow::ensure!((0.0..=1.0).contains(&rate), "--fail-rate must be between 0 and 1");
            switches.random.get_or_insert_with(RandomFaults::default).rate = rate;
        }
        switches.consistency.window_ms =
            self.consistency_ms.unwrap_or(switches.consistency.window_ms);
        switches.deny.extend(self.deny.iter().cloned());
        if self.expired_credentials {
            switches.credentials.expired.push("*".to_owned());
        }
        switches.pages.cap = self.page_cap.or(switches.pages.cap);
        Ok((scenario, switches))
    }
}

/// What a client needs in its environment.
fn environment(endpoint: &str, region: &str) -> [(&'static str, String); 5] {
    [
        ("AWS_ENDPOINT_URL", endpoint.to_owned()),
        ("AWS_ACCESS_KEY_ID", "AKIASIMULATED".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "simulated".to_owned()),
        ("AWS_REGION", region.to_owned()),
        ("AWS_DEFAULT_REGION", region.to_owned()),
    ]
}

/// The first region of a scenario.
fn region(scenario: &Scenario) -> String {
    scenario.regions().next().unwrap_or("us-east-1").to_owned()
}

/// Runs the program and gives its exit code.
pub(crate) fn run() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(args) => serve::run(&args).context("cannot serve"),
        Command::Exec(args) => exec::run(&args),
        Command::Generate(args) => generate::run(&args),
    };
    done.unwrap_or_else(|error| {
        output::error(&error);
        ExitCode::FAILURE
    })
}
