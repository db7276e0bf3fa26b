//! A bare HTTP client: it sends one form after another on one connection and reads the answers without looking into them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::account::REGION;

/// The interface that the competitor asks for. It is not there: its calls take from the bucket and change nothing.
pub const COMPETITOR: &str = "eni-0c0c0c0c0c0c0c0c0";

const VERSION: &str = "2016-11-15";

/// One connection.
#[derive(Debug)]
pub struct Client {
    host: String,
    connection: BufReader<TcpStream>,
}

impl Client {
    /// Connects to `http://HOST:PORT`.
    pub fn connect(url: &str) -> Self {
        let host = url.trim_start_matches("http://").to_owned();
        let stream = TcpStream::connect(&host).expect("the simulator listens");
        stream.set_nodelay(true).expect("an open socket");
        Self { host, connection: BufReader::new(stream) }
    }

    /// Sends a form and gives the body of the answer.
    pub fn post(&mut self, form: &str) -> Vec<u8> {
        let request = format!(
            "POST / HTTP/1.1\r\nhost: {}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             authorization: AWS4-HMAC-SHA256 Credential=AKIAOTHER/20260101/{REGION}/ec2/aws4_request\r\n\
             content-length: {}\r\n\r\n{form}",
            self.host,
            form.len()
        );
        self.connection.get_mut().write_all(request.as_bytes()).expect("an open connection");
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.connection.read_line(&mut line).expect("a header");
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        self.connection.read_exact(&mut body).expect("a body");
        body
    }

    /// Reads a listing page by page.
    pub fn list(&mut self, action: &str, more: &str) {
        let mut token = String::new();
        loop {
            let next = if token.is_empty() { token } else { format!("&NextToken={token}") };
            let body = self.post(&format!("Action={action}&Version={VERSION}{more}{next}"));
            // At the end of the answer, or nowhere.
            let end = String::from_utf8_lossy(&body[body.len().saturating_sub(4096)..]);
            let found =
                end.split_once("<nextToken>").and_then(|(_, t)| t.split_once("</nextToken>"));
            let Some((next, _)) = found else { return };
            token = next.to_owned();
        }
    }
}

/// Another client of the account that creates sessions: as many at once as told, then as many per second, until it is over.
pub fn compete(url: &str, burst: u32, per_second: f64, over: &AtomicBool) {
    let mut client = Client::connect(url);
    let form = format!(
        "Action=CreateTrafficMirrorSession&Version={VERSION}&NetworkInterfaceId={COMPETITOR}\
         &TrafficMirrorTargetId=tmt-1&TrafficMirrorFilterId=tmf-1&SessionNumber=1"
    );
    for _ in 0..burst {
        client.post(&form);
    }
    let start = Instant::now();
    let mut sent = 0;
    while !over.load(Ordering::Relaxed) {
        sent += 1;
        let due = start + Duration::from_secs_f64(f64::from(sent) / per_second);
        thread::sleep(due.saturating_duration_since(Instant::now()));
        client.post(&form);
    }
}
