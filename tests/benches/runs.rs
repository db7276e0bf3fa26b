//! Benchmark of whole runs, the real binary as a process against the simulated account: how long from the start of the
//! process to its first request, and what a run that changes nothing costs in calls and time. Prints two tables.

#![expect(clippy::print_stdout, reason = "a benchmark prints its tables")]

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use aws_sim::{Generate, Scenario, Simulator, Switches};

const TAP: &str = env!("CARGO_BIN_EXE_session_mirror_tap_dup");
const STARTS: usize = 20;
const SIZES: [usize; 3] = [10, 1_000, 10_000];

fn main() {
    println!("process start to first request, {STARTS} starts");
    let mut times: Vec<Duration> = (0..STARTS).map(|_| to_first_request()).collect();
    times.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    println!("{:>10} {:>10} {:>10}", "min", "median", "max");
    println!(
        "{:>7.1} ms {:>7.1} ms {:>7.1} ms",
        ms(times[0]),
        ms(times[STARTS / 2]),
        ms(times[STARTS - 1])
    );

    println!("\na run that changes nothing");
    println!(
        "{:>10} {:>10} {:>8} {:>8} {:>10}",
        "instances", "sessions", "calls", "allowed", "time"
    );
    for size in SIZES {
        idle_run(size);
    }
}

fn tap(url: &str, args: &[&str]) -> Command {
    let mut command = Command::new(TAP);
    command
        .args(args)
        .env_clear()
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// From the start of the process until it connects to its endpoint.
fn to_first_request() -> Duration {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
    let start = Instant::now();
    let mut child = tap(&url, &[]).spawn().expect("the binary starts");
    let connection = listener.accept();
    let time = start.elapsed();
    assert!(connection.is_ok());
    child.kill().and_then(|()| child.wait()).expect("a child can be ended");
    time
}

fn idle_run(instances: usize) {
    let scenario = Scenario::generate(&Generate {
        instances,
        existing_sessions: 0.0,
        stopped: 0.0,
        blacklisted: 0.0,
        unsupported: 0.0,
        region: "us-east-1".to_owned(),
        ..Generate::default()
    });
    let sim = Simulator::start(scenario, Switches::default()).expect("a free port");
    let run = |args: &[&str]| {
        let start = Instant::now();
        let status = tap(&sim.endpoint_url(), args).status().expect("the binary starts");
        assert!(status.success(), "{status}");
        start.elapsed()
    };
    run(&["--concurrency", "32"]);
    sim.clear_calls();
    let time = run(&[]);
    let snapshot = sim.snapshot();
    let count =
        |kind: &str| snapshot["regions"]["us-east-1"][kind].as_object().map_or(0, |all| all.len());
    let (all, sessions) = (count("instances"), count("sessions"));
    let calls: usize = sim.counts().values().sum();
    let allowed = all.div_ceil(1000) + sessions.div_ceil(1000) + 8 + 3 * count("load_balancers");
    println!(
        "{instances:>10} {sessions:>10} {calls:>8} {allowed:>8} {:>7.0} ms",
        time.as_secs_f64() * 1000.0
    );
}
