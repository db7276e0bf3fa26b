//! The measures: the real binary as a process against a simulated account in a process of its own, printed as tables. What they
//! promise, and how to read them: docs/performance.md.
//!
//! | file | owns |
//! | --- | --- |
//! | `account` | the simulator as a process of its own, and the way to ask it what came in |
//! | `tally` | calls per action and pages, out of the simulator's record |
//! | `tap` | one run of the binary: time, processor time, memory |
//! | `wire` | a bare HTTP client: what the network and the simulator cost by themselves; the competitor |
//! | `table` | how tables are printed |
//! | `pacing`, `idle`, `growth`, `start` | the sections |

#![expect(clippy::print_stdout, reason = "a benchmark prints its tables")]

mod account;
mod growth;
mod idle;
mod pacing;
mod start;
mod table;
mod tally;
mod tap;
mod wire;

use clap::{Parser, ValueEnum};

/// Measure whole runs against the simulated account.
#[derive(Debug, Parser)]
struct Args {
    /// Only these sections; all if none is named
    #[arg(value_enum)]
    sections: Vec<Section>,
    /// Passed by cargo
    #[arg(long, hide = true)]
    bench: bool,
    /// Serve this account instead: what the program starts for itself
    #[arg(long, hide = true, value_name = "SHAPE")]
    serve: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Section {
    /// From the start of the process to its first request
    Start,
    /// Runs that change nothing
    Idle,
    /// Cost as the fleet grows
    Growth,
    /// Limits that the tool knows or finds out, or none; a minute
    Limits,
    /// EC2's documented limits, alone and beside somebody else; a quarter of an hour, most of it waiting
    Pacing,
}

fn main() {
    let args = Args::parse();
    if let Some(shape) = &args.serve {
        return account::serve(shape);
    }
    let wanted = |section| args.sections.is_empty() || args.sections.contains(&section);
    for section in Section::value_variants().iter().copied().filter(|section| wanted(*section)) {
        match section {
            Section::Start => start::measure(),
            Section::Idle => idle::measure(),
            Section::Growth => growth::measure(),
            Section::Limits => pacing::limits(),
            Section::Pacing => pacing::documented(),
        }
    }
}
