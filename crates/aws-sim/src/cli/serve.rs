//! `aws-sim serve`: one account until a signal comes.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use aws_sim::Simulator;
use clap::Args;

use super::{AccountArgs, environment, output, region};

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    account: AccountArgs,
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
}

pub(super) fn run(args: &ServeArgs) -> anyhow::Result<ExitCode> {
    let (scenario, switches) = args.account.load()?;
    let region = region(&scenario);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Listened for before the line is printed: whoever reads it may send the signal at once.
    let (mut interrupt, mut terminate) = runtime.block_on(async {
        use tokio::signal::unix::{SignalKind, signal};
        Ok::<_, std::io::Error>((
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        ))
    })?;
    let simulator = Simulator::start_on(address, scenario, switches)?;
    let url = simulator.endpoint_url();
    let exports: Vec<String> = environment(&url, &region)
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    output::line(&format!("{url}  # export {}", exports.join(" ")));
    runtime.block_on(async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    });
    Ok(ExitCode::SUCCESS)
}
