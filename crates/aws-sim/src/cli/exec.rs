//! `aws-sim exec`: runs a command against a fresh account and tells what it did there.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Context;
use aws_sim::{Simulator, diff};
use clap::Args;

use super::{AccountArgs, environment, output, region};

#[derive(Debug, Args)]
pub(super) struct ExecArgs {
    #[command(flatten)]
    account: AccountArgs,
    /// Command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub(super) fn run(args: &ExecArgs) -> anyhow::Result<ExitCode> {
    let (scenario, switches) = args.account.load()?;
    let region = region(&scenario);
    let simulator = Simulator::start(scenario, switches)?;
    let before = simulator.snapshot();
    let [program, arguments @ ..] = args.command.as_slice() else {
        anyhow::bail!("no command given");
    };
    let status = std::process::Command::new(program)
        .args(arguments)
        // A profile of the caller's would win over the dummy credentials, and reach a real account.
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_SESSION_TOKEN")
        .env_remove("AWS_ENDPOINT_URL_EC2")
        .env_remove("AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2")
        .env_remove("AWS_ENDPOINT_URL_STS")
        .env_remove("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        .envs(environment(&simulator.endpoint_url(), &region))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .status()
        .with_context(|| format!("cannot run {}", program.display()))?;
    output::report(&diff(&before, &simulator.snapshot()), &simulator.counts());
    Ok(match status.code() {
        Some(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
        // Ended by a signal, for which shells say 128 and more.
        None => ExitCode::from(128),
    })
}
