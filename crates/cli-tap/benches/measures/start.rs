//! From the start of the process until it connects to its endpoint.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::table::Table;
use crate::tap;

const STARTS: usize = 20;

/// Measures and prints.
pub fn measure() {
    let mut times: Vec<Duration> = (0..STARTS).map(|_| to_first_request()).collect();
    times.sort();
    let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
    let mut table = Table::new(["starts", "fastest", "median", "slowest"]);
    let [first, median, last] = [0, STARTS / 2, STARTS - 1].map(|n| ms(times[n]));
    table.row([STARTS.to_string(), first, median, last]);
    table.print("Process start to first request", &[]);
}

fn to_first_request() -> Duration {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
    let start = Instant::now();
    let mut child = tap::command(&url, &[]).spawn().expect("the binary has been built");
    let connection = listener.accept();
    let time = start.elapsed();
    assert!(connection.is_ok());
    child.kill().and_then(|()| child.wait()).expect("a child can be ended");
    time
}
