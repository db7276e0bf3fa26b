//! A client that is not AWS's: one request per connection, written by hand, so that nothing hides what is on the wire.

#![expect(dead_code, reason = "each test file uses a part of it")]

use std::io::{Read, Write};
use std::net::TcpStream;

use aws_sim::{Scenario, Simulator, Switches};

/// What came back.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub body: String,
}

impl Reply {
    /// The text of the first element of that name.
    pub fn text(&self, name: &str) -> &str {
        self.all(name).first().copied().unwrap_or_else(|| panic!("no <{name}> in {}", self.body))
    }

    /// The texts of all elements of that name.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let parts = self.body.split(open.as_str()).skip(1);
        parts.filter_map(|part| part.split(close.as_str()).next()).collect()
    }

    pub fn ok(self) -> Self {
        assert_eq!(self.status, 200, "{}", self.body);
        self
    }

    /// Checks that this is an error of that code, and gives its status.
    pub fn refused(&self, code: &str) -> u16 {
        assert_ne!(self.status, 200, "not refused: {}", self.body);
        assert_eq!(self.text("Code"), code, "{}", self.body);
        self.status
    }
}

/// How a call is signed.
pub struct Client<'a> {
    pub simulator: &'a Simulator,
    pub region: &'a str,
    pub service: &'a str,
    pub key: &'a str,
}

impl<'a> Client<'a> {
    pub fn new(simulator: &'a Simulator) -> Self {
        Self { simulator, region: "us-east-1", service: "ec2", key: "AKIASIMULATED" }
    }

    pub fn service(simulator: &'a Simulator, service: &'a str) -> Self {
        Self { service, ..Self::new(simulator) }
    }

    /// Calls an action; none if the connection closed without a word.
    pub fn try_call(&self, action: &str, params: &[(&str, &str)]) -> Option<Reply> {
        answer(self.send(action, params))
    }

    /// Sends a call, and gives the connection on which the answer will come.
    pub fn send(&self, action: &str, params: &[(&str, &str)]) -> TcpStream {
        let version = match self.service {
            "ec2" => "2016-11-15",
            "sts" => "2011-06-15",
            _ => "2015-12-01",
        };
        let mut body = format!("Action={action}&Version={version}");
        for (name, value) in params {
            body.push_str(&format!("&{name}={}", encode(value)));
        }
        let authorization = format!(
            "Authorization: AWS4-HMAC-SHA256 Credential={}/20260101/{}/{}/aws4_request, SignedHeaders=host, Signature=00\r\n",
            self.key, self.region, self.service
        );
        post(self.simulator, &authorization, &body)
    }

    pub fn call(&self, action: &str, params: &[(&str, &str)]) -> Reply {
        self.try_call(action, params).unwrap_or_else(|| panic!("{action}: closed without a reply"))
    }

    pub fn ok(&self, action: &str, params: &[(&str, &str)]) -> Reply {
        self.call(action, params).ok()
    }
}

/// Posts a form with any headers, and waits for the answer.
pub fn raw(simulator: &Simulator, headers: &str, body: &str) -> Option<Reply> {
    answer(post(simulator, headers, body))
}

fn post(simulator: &Simulator, headers: &str, body: &str) -> TcpStream {
    let host = simulator.endpoint_url().replace("http://", "");
    let mut stream = TcpStream::connect(&host).expect("the simulator listens");
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).expect("it reads");
    stream
}

fn answer(mut stream: TcpStream) -> Option<Reply> {
    let mut bytes = Vec::new();
    // A reset is an error here, an orderly close an empty answer: both are no reply.
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8(bytes).expect("answers are text");
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Reply { status, body: body.to_owned() })
}

fn encode(value: &str) -> String {
    value.bytes().map(|b| format!("%{b:02X}")).collect()
}

/// Starts a scenario given as the inside of its region us-east-1, by default without faults.
pub fn account(region: &str, switches: Switches) -> Simulator {
    let indented: String = region.lines().map(|line| format!("    {line}\n")).collect();
    let text = format!("account: \"111122223333\"\nregions:\n  us-east-1:\n{indented}");
    let scenario = Scenario::from_yaml("test.yaml", &text).expect("the scenario is sound");
    Simulator::start(scenario, switches).expect("a port is free")
}

pub fn eni(simulator: &Simulator, instance: &str) -> String {
    simulator.edit("us-east-1", |world| world.enis_of_instance(instance)[0].clone())
}

pub const TARGET: &str = "tmt-00000000000000001";
pub const SMALL: &str = "tmt-00000000000000002";
pub const FILTER: &str = "tmf-00000000000000001";

/// A VPC with a load balancer, an appliance, targets on both, a filter, and these instances besides.
pub fn mirror(instances: &str, switches: Switches) -> Simulator {
    let indented: String = instances.lines().map(|line| format!("  {line}\n")).collect();
    account(&format!("{MIRROR_HEAD}{indented}{MIRROR_TAIL}"), switches)
}

const MIRROR_HEAD: &str = "\
vpcs:
  - {name: main, id: vpc-00000001}
subnets:
  - {name: a, id: subnet-00000001, vpc: main, zone: us-east-1a}
  - {name: b, vpc: main, zone: us-east-1b}
  - {name: v6, vpc: main, ipv6_native: true}
instances:
  - {name: appliance, subnet: a, type: t3.small}
  - {name: sensor, subnet: a}
  - {name: web-1, id: i-00000001, subnet: a}
  - {name: web-2, subnet: b}
";

const MIRROR_TAIL: &str = "\
vpc_endpoints:
  - {name: glb, id: vpce-00000001, vpc: main, subnets: [a]}
  - {name: plain, id: vpce-00000002, vpc: main, type: Interface}
target_groups:
  - {name: sensors, vpc: main, targets: [{target: sensor}]}
load_balancers:
  - {name: nlb, subnets: [a, b], listeners: [{target_group: sensors}]}
  - {name: spare, subnets: [a]}
  - {name: web, type: application, subnets: [a]}
targets:
  - {id: tmt-00000000000000001, nlb: nlb}
  - {id: tmt-00000000000000002, eni: appliance}
filters:
  - {id: tmf-00000000000000001, description: everything}
  - {id: tmf-00000000000000002}
";

/// Creates a session on an interface.
pub fn create(client: &Client<'_>, eni: &str, target: &str, number: &str) -> Reply {
    client.call(
        "CreateTrafficMirrorSession",
        &[
            ("NetworkInterfaceId", eni),
            ("TrafficMirrorTargetId", target),
            ("TrafficMirrorFilterId", FILTER),
            ("SessionNumber", number),
        ],
    )
}
