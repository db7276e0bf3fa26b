//! Runs that create: how close they come to what the limits allow.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::account::{Account, Limits, Shape};
use crate::table::{Table, percent, ratio, seconds};
use crate::tally::Tally;
use crate::tap::{self, Cost};
use crate::wire;

/// EC2's bucket of a changing action, and half of it.
const BURST: u32 = 50;
const PER_SECOND: f64 = 5.0;

/// Limits that AWS raised.
const RAISED: (f64, f64) = (1_000.0, 100.0);

/// What `--concurrency` is unless told.
const CONCURRENCY: u32 = 8;

/// One row: an account, how it is run against, and how long that takes at best.
struct Case {
    name: &'static str,
    creates: u32,
    limits: Limits,
    latency_ms: u64,
    args: &'static [&'static str],
    competitor: bool,
    ideal: Duration,
}

/// How long a bucket needs to let so many through.
fn by_bucket(creates: u32, burst: f64, per_second: f64) -> Duration {
    Duration::from_secs_f64((f64::from(creates) - burst) / per_second)
}

/// EC2's documented buckets, alone and with somebody who uses half. These runs wait most of the time, and so side by side.
pub fn documented() {
    // Longer than the default where the ideal time already is.
    let args = &["--timeout", "1h"];
    let case = |name, creates, competitor| {
        let share = if competitor { 0.5 } else { 1.0 };
        Case {
            name,
            creates,
            limits: Limits::Documented,
            latency_ms: 0,
            args,
            competitor,
            ideal: by_bucket(creates, f64::from(BURST) * share, PER_SECOND * share),
        }
    };
    let cases = [
        case("alone", 500, false),
        case("alone", 2_000, false),
        case("half is used", 500, true),
        case("half is used", 2_000, true),
    ];
    let rows = thread::scope(|scope| {
        let runs = cases.each_ref().map(|case| scope.spawn(|| measure(case)));
        runs.map(|run| run.join().expect("the run was a good one"))
    });
    print("EC2's documented limits: 50 changes at once, then 5 per second", &cases, &rows);
}

/// Limits that are higher than documented, and none at all, with and without being told.
pub fn limits() {
    let raised = Case {
        name: "1,000, then 100 per second; not told",
        creates: 2_000,
        limits: Limits::Raised(RAISED.0, RAISED.1),
        latency_ms: 0,
        args: &[],
        competitor: false,
        ideal: by_bucket(2_000, RAISED.0, RAISED.1),
    };
    let none = Case {
        name: "none, latency 50 ms; not told",
        creates: 1_000,
        limits: Limits::None,
        latency_ms: 50,
        args: &[],
        competitor: false,
        ideal: Duration::from_millis(50) * 1_000 / CONCURRENCY,
    };
    let cases = [
        Case {
            name: "1,000, then 100 per second; --max-rate 100",
            args: &["--max-rate", "100"],
            ..raised
        },
        Case {
            name: "none, latency 50 ms; --max-rate 1000",
            args: &["--max-rate", "1000"],
            ..none
        },
    ];
    let [raised_told, none_told] = cases;
    let cases = [raised, raised_told, none, none_told];
    let rows = cases.each_ref().map(measure);
    print("Other limits", &cases, &rows);
}

fn measure(case: &Case) -> (Cost, Tally) {
    let mut account = Account::start(&Shape {
        instances: case.creates as usize,
        mirrored: false,
        latency_ms: case.latency_ms,
        limits: case.limits,
    });
    let over = AtomicBool::new(false);
    let cost = thread::scope(|scope| {
        if case.competitor {
            let url = account.url.clone();
            scope.spawn(|| {
                let url = url;
                wire::compete(&url, BURST / 2, PER_SECOND / 2.0, &over);
            });
        }
        let cost = tap::run(&account, case.args);
        over.store(true, Ordering::Relaxed);
        cost
    });
    let tally = account.calls();
    assert_eq!(tally.created(), case.creates as usize, "{}", tally.per_action());
    (cost, tally)
}

fn print(title: &str, cases: &[Case; 4], rows: &[(Cost, Tally); 4]) {
    let mut table = Table::new([
        "limits",
        "creates",
        "ideal",
        "wall",
        "÷ ideal",
        "calls",
        "throttled",
        "others refused",
    ]);
    let mut notes = Vec::new();
    for (case, (cost, tally)) in cases.iter().zip(rows) {
        let all = tally.all();
        table.row([
            case.name.to_owned(),
            case.creates.to_string(),
            seconds(case.ideal),
            seconds(cost.wall),
            ratio(cost.wall, case.ideal),
            all.sent.to_string(),
            percent(all.throttled_share()),
            if case.competitor { percent(tally.others.throttled_share()) } else { "-".to_owned() },
        ]);
        notes.push(format!("{}, {}: {}", case.name, case.creates, tally.per_action()));
    }
    table.print(title, &notes);
}
