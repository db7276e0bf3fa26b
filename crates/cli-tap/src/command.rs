//! What the program does: a run, or one of its subcommands.

use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;
use cli_common::exit::Exit;
use cli_common::program::Context;

use crate::appliances::Appliances;
use crate::args::Args;
use crate::{appliances, rules_check, run};

/// The subcommands. One that reaches AWS flattens what it needs of the options, `CommonArgs` for one: those of a run stand
/// before no subcommand.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    /// Look at rules without touching AWS
    #[command(subcommand, arg_required_else_help = true, disable_help_subcommand = true)]
    Rules(Rules),
    /// Look at the appliances that runs have launched, and remove those that nobody needs
    #[command(subcommand, arg_required_else_help = true, disable_help_subcommand = true)]
    Appliances(Appliances),
}

/// What can be done with rules.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Rules {
    /// Say everything that is wrong with files of rules
    ///
    /// Reads the files and nothing else. Ends with 0 where they are fine, and with 1 where one is not.
    Check {
        /// File, or directory with REGION.yaml in it
        #[arg(value_name = "PATH", required = true)]
        paths: Vec<PathBuf>,
    },
}

/// Does what the command line says.
///
/// # Errors
/// What kept a subcommand from its work. A run prints its errors itself.
pub(crate) async fn start(args: Args, context: Context) -> Result<Exit> {
    match &args.command {
        None => run::run(args, context).await,
        Some(Command::Rules(Rules::Check { paths })) => {
            rules_check::run(paths, &args.common, context.run_id)
        }
        Some(Command::Appliances(what)) => appliances::run(what, context).await,
    }
}
