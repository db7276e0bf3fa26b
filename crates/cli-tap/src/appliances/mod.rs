//! `appliances`: which instances were launched to receive mirrored traffic, and those that nobody needs removed.
//!
//! ```text
//!  args ──▶ view (reads) ──▶ table | document        list
//!             └──▶ asked? ──▶ read again ──▶ prune ──▶ table | document
//! ```

mod document;
mod run;
mod table;

use clap::{Args, Subcommand};
use cli_common::options::CommonArgs;
use cli_common::planning::InstanceTypesArgs;

pub(crate) use run::run;

/// What can be done with appliances.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Appliances {
    /// Print the appliances that runs have launched, with what is mirrored to them
    List(Where),
    /// Remove the appliances that nothing is mirrored to
    ///
    /// Removes their targets and terminates their instances, after asking. An instance without a target that is younger than
    /// 15 minutes stays: another run may be about to finish it.
    Prune(Prune),
}

/// Which account, and where.
#[derive(Debug, Clone, Args)]
pub(crate) struct Where {
    /// How many sources each type takes.
    #[command(flatten)]
    pub(crate) types: InstanceTypesArgs,

    /// What every Session Mirror binary has.
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// What is removed, and whether that is asked.
#[derive(Debug, Clone, Args)]
pub(crate) struct Prune {
    /// Remove without asking
    #[arg(long)]
    pub(crate) yes: bool,

    /// Print what would be removed, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Which account, and where.
    #[command(flatten)]
    pub(crate) place: Where,
}

impl Appliances {
    /// Which account, and where.
    pub(crate) fn place(&self) -> &Where {
        match self {
            Self::List(place) => place,
            Self::Prune(prune) => &prune.place,
        }
    }

    /// Whether nothing is changed on purpose.
    fn is_dry(&self) -> bool {
        match self {
            Self::List(_) => false,
            Self::Prune(prune) => prune.dry_run,
        }
    }
}
