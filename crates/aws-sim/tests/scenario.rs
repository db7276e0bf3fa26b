//! Scenario and switches files: what they may say, and how a mistake in one is reported.

mod support;

use aws_sim::{Delay, NotFoundCodes, Scenario, Simulator, Switches};

fn error(text: &str) -> String {
    Scenario::from_yaml("accounts.yaml", text).expect_err("the mistake is found").to_string()
}

#[test]
fn a_mistake_is_named_with_file_line_and_key() {
    let text = "account: \"1\"\nregions:\n  us-east-1:\n    instanes: []\n";
    let said = error(text);
    assert!(said.starts_with("accounts.yaml:4: unknown key `instanes`"), "{said}");
    let text = "regions:\n  us-east-1:\n    vpcs:\n      - name: a\n      - nmae: b\n";
    let said = error(text);
    assert!(said.starts_with("accounts.yaml:5: unknown key `nmae`"), "{said}");
    let said = error("regions:\n  us-east-1:\n    subnets:\n      - name: b\n");
    assert!(said.starts_with("accounts.yaml:4: missing key `vpc`"), "{said}");
    assert!(error("regions: [1]\n").starts_with("accounts.yaml:1: "));
    assert!(error("a: {\n").starts_with("accounts.yaml:"));
}

#[test]
fn a_name_that_leads_nowhere_is_named_with_its_line() {
    let head = "regions:\n  us-east-1:\n    vpcs: [{name: v}]\n    subnets: [{name: s, vpc: v}]\n";
    let tail = |text: &str| error(&format!("{head}{text}"));
    assert_eq!(
        error("regions:\n  us-east-1:\n    subnets:\n      - {name: s, vpc: nowhere}\n"),
        "accounts.yaml:4: us-east-1: there is no vpc `nowhere`"
    );
    let said = tail("    instances:\n      - name: i\n        subnet: nowhere\n");
    assert_eq!(said, "accounts.yaml:7: us-east-1: there is no subnet `nowhere`");
    let said = tail("    targets:\n      - {eni: nothing}\n");
    assert_eq!(
        said,
        "accounts.yaml:6: us-east-1: there is no network interface or instance `nothing`"
    );
    let said = tail("    targets:\n      - {gwlbe: vpce-00000001}\n");
    assert_eq!(said, "accounts.yaml:6: us-east-1: there is no vpc endpoint `vpce-00000001`");
    let said = tail("    targets:\n      - {name: t}\n");
    assert!(said.contains("exactly one of `eni`, `nlb`, `gwlbe`"), "{said}");
    let said = tail("    vpc_peerings:\n      - {requester: v, accepter: vpc-00000002}\n");
    assert_eq!(said, "accounts.yaml:6: us-east-1: there is no vpc `vpc-00000002`");
    let said = tail("    instances: [{name: i, subnet: s}, {name: i, subnet: s}]\n");
    assert!(said.contains("two instances are called `i`"), "{said}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let said = Scenario::from_file("no/such.yaml".as_ref()).unwrap_err().to_string();
    assert!(said.starts_with("no/such.yaml: "), "{said}");
}

#[test]
fn things_are_found_by_name_id_and_device_index() {
    let text = "
regions:
  eu-west-1:
    vpcs: [{name: v, id: vpc-00000001, owner: \"999988887777\"}]
    subnets: [{name: s, vpc: vpc-00000001, zone_id: euw1-az9, cidr: 10.9.0.0/16}]
    instances:
      - {name: two, id: i-00000001, subnet: s, enis: [{}, {id: eni-00000002, private_ips: [10.9.9.9]}]}
    network_interfaces: [{name: loose, subnet: s, requester_managed: true, requester_id: amazon-elb}]
    vpc_endpoints: [{name: e, id: vpce-00000001, vpc: v}]
    targets: [{name: t, gwlbe: e}]
    filters: [{name: f}]
    sessions:
      - {eni: two/1, target: t, filter: f, number: 4, vni: 77}
      - {eni: i-00000001, target: t, filter: f}
      - {eni: loose, target: t, filter: f}
";
    let scenario = Scenario::from_yaml("s.yaml", text).unwrap();
    assert_eq!(scenario.regions().collect::<Vec<_>>(), ["eu-west-1"]);
    let simulator = Simulator::start(scenario, Switches::default()).unwrap();
    let snapshot = simulator.snapshot();
    let region = &snapshot["regions"]["eu-west-1"];
    let sessions: Vec<_> = region["sessions"].as_object().unwrap().values().cloned().collect();
    assert_eq!((&sessions[0]["eni"], &sessions[0]["vni"]), (&"eni-00000002".into(), &77.into()));
    assert_eq!(sessions[1]["number"], 1);
    assert_eq!(region["vpcs"]["vpc-00000001"]["owner"], "999988887777");
    assert_eq!(region["vpcs"]["vpc-00000001"]["tags"]["Name"], "v");
    let client = support::Client { region: "eu-west-1", ..support::Client::new(&simulator) };
    let subnet = client.ok("DescribeSubnets", &[]);
    assert_eq!(
        (subnet.text("availabilityZone"), subnet.text("availabilityZoneId")),
        ("eu-west-1a", "euw1-az9")
    );
    assert!(client.ok("DescribeInstances", &[]).body.contains("10.9.9.9"));
}

#[test]
fn switches_come_in_a_file_or_a_section() {
    let text = "
seed: 3
latency: {default: 5, actions: {DescribeVpcs: {from: 1, to: 2}}}
throttle: {scale: 0.5, buckets: {CreateTags: {capacity: 1, refill: 1}}}
random: {rate: 0.1, kinds: [internal-error, lose-reply]}
consistency: {window_ms: 100}
after:
  - {call: 3, action: DescribeInstances, do: {terminate-instance: web-1}}
  - {call: 4, do: lose-reply}
  - {call: 5, do: {launch-instance: {subnet: a, type: m5.large}}}
deny: [CreateTags]
faults: [{action: DescribeVpcs, code: RequestLimitExceeded, times: 2}]
credentials: {expired: [OLD]}
pages: {cap: 3, short: true, empty: true}
not_found: documented
taken_number: {code: Taken}
settle_ms: 10
";
    let switches = Switches::from_yaml("sw.yaml", text).unwrap();
    assert_eq!(switches.latency.default, Some(Delay::Fixed(5)));
    assert_eq!(switches.latency.actions["DescribeVpcs"], Delay::Range { from: 1, to: 2 });
    assert_eq!((switches.after.len(), switches.faults[0].times), (3, 2));
    assert_eq!(switches.not_found, NotFoundCodes::Documented);
    let indented: String = text.lines().map(|line| format!("  {line}\n")).collect();
    let scenario = Scenario::from_yaml("s.yaml", &format!("switches:\n{indented}")).unwrap();
    assert_eq!(scenario.switches().unwrap().taken_number.code, "Taken");
    let said = Switches::from_yaml("sw.yaml", "seed: 1\nlatncy: 3\n").unwrap_err().to_string();
    assert!(said.starts_with("sw.yaml:2: unknown key `latncy`"), "{said}");
}
