//! One run of the binary: how long it took, how much of a processor, and the most memory that it held.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::account::{Account, REGION};

const TAP: &str = env!("CARGO_BIN_EXE_session_mirror_tap");

/// How often the memory of a run is looked at. The system keeps the peak itself: only what came in the last moment is missed.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// The unit of processor time in /proc: a hundredth of a second on every Linux that Rust runs on.
const TICK: Duration = Duration::from_millis(10);

/// What one run cost.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// From the start of the process to its end.
    pub wall: Duration,
    /// Processor time, of user and system.
    pub cpu: Duration,
    /// The most memory that it held, in MB.
    pub peak: f64,
}

/// The command, knowing nothing of the machine that it runs on.
pub fn command(url: &str, args: &[&str]) -> Command {
    let mut command = Command::new(TAP);
    command
        .args(args)
        .env_clear()
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_REGION", REGION)
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Runs it to its end, which must be a good one.
pub fn run(account: &Account, args: &[&str]) -> Cost {
    let mut stderr: File = tempfile::tempfile().expect("a temporary file");
    let said = stderr.try_clone().expect("one more handle of an open file");
    let start = Instant::now();
    let mut child =
        command(&account.url, args).stderr(said).spawn().expect("the binary has been built");
    let over = AtomicBool::new(false);
    let (wall, peak) = thread::scope(|scope| {
        let looking = scope.spawn(|| watch(child.id(), &over));
        wait(&child);
        let wall = start.elapsed();
        over.store(true, Ordering::Relaxed);
        (wall, looking.join().expect("looking does not fail"))
    });
    // The process has ended and is not yet taken away: its account is complete.
    let cpu = processor_time(child.id());
    let status = child.wait().expect("a child can be waited for");
    if !status.success() {
        let mut text = String::new();
        let read = stderr.seek(SeekFrom::Start(0)).and_then(|_| stderr.read_to_string(&mut text));
        read.expect("what it said can be read");
        panic!("{args:?}: {status}\n{text}");
    }
    Cost { wall, cpu, peak }
}

/// Waits for the end, and leaves the process where /proc shows it.
fn wait(child: &Child) {
    let pid = Pid::from_child(child);
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    waitid(WaitId::Pid(pid), options).expect("a child can be waited for");
}

/// The most memory so far, again and again until the run is over.
fn watch(pid: u32, over: &AtomicBool) -> f64 {
    let mut peak = 0;
    while !over.load(Ordering::Relaxed) {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        peak = peak.max(kilobytes.unwrap_or(0));
        thread::sleep(LOOK_EVERY);
    }
    f64::from(peak) / 1024.0
}

/// Fields 14 and 15 of /proc/PID/stat, counted behind the name, which may hold anything.
fn processor_time(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("the child is still there");
    let (_, fields) = stat.rsplit_once(')').expect("the name is in brackets");
    let ticks: u32 =
        fields.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u32>().ok()).sum();
    TICK * ticks
}
