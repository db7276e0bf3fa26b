//! Cost as the fleet grows: the first run, which creates everything, and one that changes nothing. No latency, no limits: what is
//! seen is what the tool, and the simulator beside it, cost by themselves.

use crate::account::{Account, Shape};
use crate::table::{Table, megabytes, seconds};
use crate::tap::{self, Cost};

const SIZES: [usize; 4] = [100, 1_000, 10_000, 50_000];

/// Measures and prints.
pub fn measure() {
    let mut table =
        Table::new(["instances", "run", "calls", "wall", "CPU", "CPU per instance", "memory"]);
    let mut notes = Vec::new();
    for instances in SIZES {
        let mut account = Account::start(&Shape { instances, ..Shape::default() });
        for run in ["first", "nothing to do"] {
            let Cost { wall, cpu, peak } = tap::run(&account, &["--concurrency", "32"]);
            let tally = account.calls();
            assert_eq!(tally.created(), if run == "first" { instances } else { 0 });
            let each = cpu.as_secs_f64() / instances as f64 * 1e6;
            table.row([
                instances.to_string(),
                run.to_owned(),
                tally.all().sent.to_string(),
                seconds(wall),
                seconds(cpu),
                format!("{each:.0} µs"),
                megabytes(peak),
            ]);
            notes.push(format!("{instances}, {run}: {}", tally.per_action()));
        }
    }
    table.print("Cost as the fleet grows", &notes);
}
