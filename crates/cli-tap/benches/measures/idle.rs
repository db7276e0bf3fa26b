//! Runs that change nothing: how close they come to the calls that have to wait for one another, and what they hold in memory.

use std::time::{Duration, Instant};

use crate::account::{Account, Shape};
use crate::table::{Table, megabytes, ratio, seconds};
use crate::tap::{self, Cost};
use crate::wire::Client;

/// Instances, latency in milliseconds, how many runs.
const CASES: [(usize, u64, usize); 3] = [(10_000, 20, 9), (10_000, 200, 5), (100_000, 20, 3)];

/// Calls that come before every listing: whose account it is, and beside that which regions there are.
const BEFORE: usize = 1;

/// Measures and prints.
pub fn measure() {
    let mut table = Table::new([
        "instances",
        "latency",
        "calls",
        "longest chain",
        "× latency",
        "bare client",
        "wall, fastest",
        "median",
        "÷ chain",
        "÷ bare",
        "CPU",
        "memory",
    ]);
    let mut notes = vec![
        "Longest chain: whose account it is, then the pages of the longest listing; each has to wait \
         for the one before. The ratios are those of the fastest runs."
            .to_owned(),
        "Bare client: one that makes this chain of calls on one connection and looks into nothing but \
         the token, so the simulator's time for its pages is in it. Its fastest run."
            .to_owned(),
    ];
    for (instances, latency_ms, runs) in CASES {
        let shape = Shape { instances, mirrored: true, latency_ms, ..Shape::default() };
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
        let reads = |action: &String| action.starts_with("Describe") || action.starts_with("Get");
        assert!(tally.actions.keys().all(reads), "nothing is to be done: {}", tally.per_action());
        let (fastest, median) = (costs[0].wall, costs[runs / 2].wall);
        let cpu = costs.iter().map(|cost| cost.cpu).min().expect("there was a run");
        let peak = costs.iter().map(|cost| cost.peak).fold(0.0, f64::max);
        let chain = BEFORE + tally.pages;
        let ideal = Duration::from_millis(latency_ms * chain as u64);
        table.row([
            instances.to_string(),
            format!("{latency_ms} ms"),
            tally.all().sent.to_string(),
            chain.to_string(),
            seconds(ideal),
            seconds(bare),
            seconds(fastest),
            seconds(median),
            ratio(fastest, ideal),
            ratio(fastest, bare),
            seconds(cpu),
            megabytes(peak),
        ]);
        notes.push(format!("{instances} at {latency_ms} ms, {runs} runs: {}", tally.per_action()));
    }
    table.print("A run that changes nothing", &notes);
}

/// The same chain of calls, by a client that does nothing else.
fn bare(account: &Account) -> Duration {
    let start = Instant::now();
    let mut client = Client::connect(&account.url);
    client.list("DescribeRegions", "");
    client.list("DescribeInstances", "&IncludeManagedResources=true&MaxResults=1000");
    start.elapsed()
}
