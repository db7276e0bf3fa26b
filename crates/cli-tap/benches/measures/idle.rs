//! Runs that change nothing: how close they come to the calls that have to wait for one another, and what they hold in memory.

use std::time::{Duration, Instant};

use crate::account::{Account, Shape};
use crate::table::{Table, megabytes, ratio, seconds};
use crate::tap::{self, Cost};
use crate::wire::Client;

const LATENCY_MS: u64 = 20;
const SIZES: [(usize, usize); 2] = [(10_000, 9), (100_000, 3)];

/// Measures and prints.
pub fn measure() {
    let mut table = Table::new([
        "instances",
        "calls",
        "pages",
        "pages × 20 ms",
        "bare client",
        "wall",
        "÷ pages",
        "÷ bare",
        "chain",
        "÷ chain",
        "CPU",
        "memory",
    ]);
    let mut notes = vec![
        "pages: those of the longest listing, which have to wait for one another. bare client: a client on one connection \
         that reads just these and looks into nothing, so the simulator's own time is in it. chain: the most calls of \
         which each began when the one before had ended."
            .to_owned(),
    ];
    for (instances, runs) in SIZES {
        let shape = Shape { instances, mirrored: true, latency_ms: LATENCY_MS, ..Shape::default() };
        let mut account = Account::start(&shape);
        let bare = (0..runs).map(|_| bare(&account)).min().expect("it was tried");
        account.calls();
        let mut tally = None;
        let mut costs: Vec<Cost> = (0..runs)
            .map(|_| {
                let cost = tap::run(&account, &[]);
                tally = Some(account.calls());
                cost
            })
            .collect();
        costs.sort_by_key(|cost| cost.wall);
        let tally = tally.expect("there was a run");
        let wrote = tally
            .actions
            .keys()
            .any(|action| !action.starts_with("Describe") && action != "GetCallerIdentity");
        assert!(!wrote, "a run that changes nothing: {}", tally.per_action());
        let Cost { wall, cpu, .. } = costs[runs / 2];
        let peak = costs.iter().map(|cost| cost.peak).fold(0.0, f64::max);
        let latency = |calls: usize| Duration::from_millis(LATENCY_MS * calls as u64);
        table.row([
            instances.to_string(),
            tally.all().sent.to_string(),
            tally.pages.to_string(),
            seconds(latency(tally.pages)),
            seconds(bare),
            seconds(wall),
            ratio(wall, latency(tally.pages)),
            ratio(wall, bare),
            tally.chain.to_string(),
            ratio(wall, latency(tally.chain)),
            seconds(cpu),
            megabytes(peak),
        ]);
        notes.push(format!("{instances}, median of {runs} runs: {}", tally.per_action()));
    }
    table.print("A run that changes nothing, latency 20 ms", &notes);
}

/// The pages of instances, by a client that does nothing else.
fn bare(account: &Account) -> Duration {
    let start = Instant::now();
    Client::connect(&account.url).list("DescribeInstances", "&IncludeManagedResources=true");
    start.elapsed()
}
