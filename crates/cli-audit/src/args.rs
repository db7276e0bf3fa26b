//! The command line.

use clap::Parser;
use cli_common::options::CommonArgs;
use cli_common::program::Arguments;

/// Say what is mirrored, what is not and why, whether the traffic arrives, and what it costs
#[derive(Debug, Clone, Parser)]
#[command(version)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

impl Arguments for Args {
    fn common(&self) -> &CommonArgs {
        &self.common
    }
}
