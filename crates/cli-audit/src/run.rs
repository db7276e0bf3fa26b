//! One run.

use anyhow::Result;
use cli_common::exit::Exit;
use cli_common::program::Context;

use crate::args::Args;

/// Reads, finds out and prints.
pub(crate) async fn run(_args: Args, _context: Context) -> Result<Exit> {
    Ok(Exit::Done)
}
