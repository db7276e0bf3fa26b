//! The simulator in a process of its own: this program started once more, told by lines on its stdin, answering by lines on
//! its stdout. It ends when its stdin does.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use aws_sim::{BucketSize, Delay, Generate, Scenario, Simulator, Switches, Throttle};
use serde::{Deserialize, Serialize};

use crate::tally::Tally;

/// The region of every account here.
pub const REGION: &str = "us-east-1";

/// What an account is like.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Shape {
    /// Instances with one interface each, all of them to be mirrored.
    pub instances: usize,
    /// Whether they are mirrored already.
    pub mirrored: bool,
    /// Latency of every call, in milliseconds.
    pub latency_ms: u64,
    /// What throttles.
    pub limits: Limits,
}

/// What throttles.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub enum Limits {
    /// Nothing.
    #[default]
    None,
    /// EC2's documented buckets.
    Documented,
    /// The same, with a larger bucket for creates: its size and its refill per second.
    Raised(f64, f64),
}

/// A simulator that is running.
#[derive(Debug)]
pub struct Account {
    /// What to set AWS_ENDPOINT_URL to.
    pub url: String,
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Account {
    /// Starts one.
    pub fn start(shape: &Shape) -> Self {
        let shape = serde_json::to_string(shape).expect("a shape is plain data");
        let program = std::env::current_exe().expect("a program knows itself");
        let mut child = Command::new(program)
            .args(["--serve", &shape])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts once more");
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().expect("its stdout is piped"));
        let mut account = Self { url: String::new(), child, stdin, stdout };
        account.url = account.answer();
        account
    }

    /// The calls since the last time this was asked.
    pub fn calls(&mut self) -> Tally {
        let stdin = self.stdin.as_mut().expect("open until it is dropped");
        writeln!(stdin, "calls").expect("the simulator listens");
        serde_json::from_str(&self.answer()).expect("the simulator answers with a tally")
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        let read = self.stdout.read_line(&mut line).expect("the simulator's stdout can be read");
        assert!(read > 0, "the simulator has ended");
        line.trim_end().to_owned()
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        drop(self.stdin.take());
        self.child.wait().expect("the simulator ends with its stdin");
    }
}

/// What the other process does.
pub fn serve(shape: &str) {
    let shape: Shape = serde_json::from_str(shape).expect("a shape as it was sent");
    let simulator =
        Simulator::start(scenario(&shape), switches(&shape)).expect("a free port on loopback");
    println!("{}", simulator.endpoint_url());
    for line in std::io::stdin().lines() {
        assert_eq!(line.expect("lines of text"), "calls");
        let tally = Tally::of(&simulator.calls());
        simulator.clear_calls();
        println!("{}", serde_json::to_string(&tally).expect("a tally is plain data"));
    }
}

fn scenario(shape: &Shape) -> Scenario {
    Scenario::generate(&Generate {
        instances: shape.instances,
        existing_sessions: if shape.mirrored { 1.0 } else { 0.0 },
        stopped: 0.0,
        blacklisted: 0.0,
        unsupported: 0.0,
        region: REGION.to_owned(),
        ..Generate::default()
    })
}

fn switches(shape: &Shape) -> Switches {
    let mut switches = Switches::default();
    switches.latency.default = (shape.latency_ms > 0).then_some(Delay::Fixed(shape.latency_ms));
    switches.throttle = match shape.limits {
        Limits::None => None,
        Limits::Documented => Some(Throttle::default()),
        Limits::Raised(capacity, refill) => {
            let create = ("CreateTrafficMirrorSession".to_owned(), BucketSize { capacity, refill });
            Some(Throttle { buckets: [create].into(), ..Throttle::default() })
        }
    };
    switches
}
