//! What a tool meets that builds a load balancer to mirror to: names, zones, VPCs, health, repeated creates, states.

mod support;

use std::time::Duration;

use aws_sim::{Consistency, Simulator, Switches};
use support::{Client, Reply, account};

const TWO_VPCS: &str = "\
vpcs:
  - {name: shop, id: vpc-00000001}
  - {name: lab, id: vpc-00000002}
subnets:
  - {name: a, id: subnet-00000001, vpc: shop, zone: us-east-1a}
  - {name: b, id: subnet-00000002, vpc: shop, zone: us-east-1b}
  - {name: v6, id: subnet-00000003, vpc: shop, zone: us-east-1c, ipv6_native: true}
  - {name: l, id: subnet-00000004, vpc: lab, zone: us-east-1c}
instances:
  - {name: sensor-a, id: i-00000001, subnet: a}
  - {name: sensor-b, id: i-00000002, subnet: b}
  - {name: stopped, id: i-00000003, subnet: a, state: stopped}
  - {name: lab-1, id: i-00000004, subnet: l}
target_groups:
  - {name: old, vpc: shop, targets: [{target: sensor-a}, {target: sensor-b}]}
  - {name: elsewhere, vpc: lab}
load_balancers:
  - {name: old, subnets: [a], listeners: [{target_group: old}], tags: {team: blue}}
  - {name: poor, subnets: [a], state: active_impaired}
  - {name: broken, subnets: [a], state: failed}
  - {name: web, type: application, subnets: [a, b]}
";

fn start(switches: Switches) -> Simulator {
    account(TWO_VPCS, switches)
}

fn elb(simulator: &Simulator) -> Client<'_> {
    Client::service(simulator, "elasticloadbalancing")
}

/// Calls with some parameters changed; an empty value takes one away.
fn with(
    client: &Client<'_>,
    action: &str,
    base: &[(&str, &str)],
    change: &[(&str, &str)],
) -> Reply {
    let mut params = base.to_vec();
    for (name, value) in change {
        params.retain(|(known, _)| known != name);
        if !value.is_empty() {
            params.push((name, value));
        }
    }
    client.call(action, &params)
}

const BALANCER: [(&str, &str); 5] = [
    ("Name", "mirror"),
    ("Type", "network"),
    ("Scheme", "internal"),
    ("Subnets.member.1", "subnet-00000001"),
    ("Subnets.member.2", "subnet-00000002"),
];
const GROUP: [(&str, &str); 6] = [
    ("Name", "mirror"),
    ("Protocol", "UDP"),
    ("Port", "4789"),
    ("VpcId", "vpc-00000001"),
    ("HealthCheckProtocol", "TCP"),
    ("HealthCheckPort", "443"),
];

fn balancer(client: &Client<'_>, change: &[(&str, &str)]) -> Reply {
    with(client, "CreateLoadBalancer", &BALANCER, change)
}

fn group(client: &Client<'_>, change: &[(&str, &str)]) -> Reply {
    with(client, "CreateTargetGroup", &GROUP, change)
}

fn listener(client: &Client<'_>, balancer: &str, group: &str) -> Reply {
    let params = [
        ("LoadBalancerArn", balancer),
        ("Protocol", "UDP"),
        ("Port", "4789"),
        ("DefaultActions.member.1.Type", "forward"),
        ("DefaultActions.member.1.TargetGroupArn", group),
    ];
    client.call("CreateListener", &params)
}

fn register(client: &Client<'_>, group: &str, instance: &str) -> Reply {
    let params = [("TargetGroupArn", group), ("Targets.member.1.Id", instance)];
    client.call("RegisterTargets", &params)
}

fn arn(client: &Client<'_>, name: &str) -> String {
    let found = client.ok("DescribeLoadBalancers", &[("Names.member.1", name)]);
    found.text("LoadBalancerArn").to_owned()
}

fn group_arn(client: &Client<'_>, name: &str) -> String {
    let found = client.ok("DescribeTargetGroups", &[("Names.member.1", name)]);
    found.text("TargetGroupArn").to_owned()
}

#[test]
fn a_balancer_stands_in_one_vpc_with_addresses_in_every_zone() {
    let simulator = start(Switches::default());
    let client = elb(&simulator);
    for (change, code) in [
        (("Name", ""), "ValidationError"),
        (("Name", "under_score"), "ValidationError"),
        (("Name", "x-"), "ValidationError"),
        (("Subnets.member.2", "subnet-00000001"), "InvalidConfigurationRequest"),
        (("Subnets.member.2", "subnet-00000004"), "InvalidConfigurationRequest"),
        (("Subnets.member.2", "subnet-00000003"), "InvalidSubnet"),
        (("IpAddressType", "dualstack"), "InvalidConfigurationRequest"),
    ] {
        balancer(&client, &[change]).refused(code);
    }
    let none = [("Subnets.member.1", ""), ("Subnets.member.2", "")];
    balancer(&client, &none).refused("ValidationError");
    let application = [("Type", "application"), ("Subnets.member.2", "")];
    balancer(&client, &application).refused("ValidationError");
    let longest = "a-name-of-thirty-two-characters0";
    let made = balancer(&client, &[("Name", longest)]).ok();
    assert_eq!(made.all("ZoneName"), ["us-east-1a", "us-east-1b"]);
    assert_eq!((made.text("Type"), made.text("Scheme")), ("network", "internal"));
    balancer(&client, &[("Name", &format!("{longest}1"))]).refused("ValidationError");
}

#[test]
fn a_repeated_create_is_the_same_thing_or_a_duplicate() {
    let simulator = start(Switches::default());
    let client = elb(&simulator);
    let tagged = [("Tags.member.1.Key", "Creator"), ("Tags.member.1.Value", "us")];
    let made = balancer(&client, &tagged).ok();
    let again = balancer(&client, &tagged).ok();
    assert_eq!(again.text("LoadBalancerArn"), made.text("LoadBalancerArn"));
    balancer(&client, &[]).refused("DuplicateLoadBalancerName");
    balancer(&client, &[("Subnets.member.2", ""), tagged[0], tagged[1]])
        .refused("DuplicateLoadBalancerName");
    let made = group(&client, &tagged).ok();
    assert_eq!(group(&client, &tagged).ok().text("TargetGroupArn"), made.text("TargetGroupArn"));
    for change in [("HealthCheckPort", "22"), ("VpcId", "vpc-00000002"), ("TargetType", "ip")] {
        group(&client, &[change, tagged[0], tagged[1]]).refused("DuplicateTargetGroupName");
    }
    let (balancer, group) = (arn(&client, "mirror"), made.text("TargetGroupArn"));
    let first = listener(&client, &balancer, group).ok();
    assert_eq!(
        listener(&client, &balancer, group).ok().text("ListenerArn"),
        first.text("ListenerArn")
    );
}

#[test]
fn what_a_target_group_cannot_be() {
    let simulator = start(Switches::default());
    let client = elb(&simulator);
    for (change, code) in [
        (("Name", "internal_"), "ValidationError"),
        (("Port", "0"), "ValidationError"),
        (("Port", "65536"), "ValidationError"),
        (("Port", ""), "ValidationError"),
        (("Protocol", ""), "ValidationError"),
        (("VpcId", ""), "ValidationError"),
        (("VpcId", "vpc-0badbadb"), "ValidationError"),
        (("HealthCheckProtocol", "UDP"), "InvalidConfigurationRequest"),
        (("HealthCheckProtocol", "TCP_UDP"), "InvalidConfigurationRequest"),
        (("HealthCheckPort", "0"), "ValidationError"),
        (("HealthCheckPort", "ssh"), "ValidationError"),
        (("HealthCheckEnabled", "false"), "InvalidConfigurationRequest"),
        (("HealthCheckTimeoutSeconds", "121"), "ValidationError"),
    ] {
        group(&client, &[change]).refused(code);
    }
    // Unlike a load balancer it may be called so.
    let made = group(&client, &[("Name", "internal-mirror"), ("HealthCheckPort", "")]).ok();
    assert_eq!(made.text("HealthCheckPort"), "traffic-port");
}

#[test]
fn a_listener_forwards_within_its_vpc() {
    let simulator = start(Switches::default());
    let client = elb(&simulator);
    let (poor, elsewhere) = (arn(&client, "poor"), group_arn(&client, "elsewhere"));
    listener(&client, &poor, &elsewhere).refused("InvalidConfigurationRequest");
    // One load balancer per group.
    listener(&client, &poor, &group_arn(&client, "old")).refused("TargetGroupAssociationLimit");
    let dual = [("Name", "dual"), ("Scheme", "internet-facing"), ("IpAddressType", "dualstack")];
    let dual = balancer(&client, &dual).ok();
    let made = group(&client, &[]).ok();
    let made = made.text("TargetGroupArn");
    listener(&client, dual.text("LoadBalancerArn"), made).refused("InvalidConfigurationRequest");
    listener(&client, &poor, made).ok();
    let users = client.ok("DescribeTargetGroups", &[("TargetGroupArns.member.1", made)]);
    assert_eq!(users.text("LoadBalancerArns"), format!("<member>{poor}</member>"));
    let of_poor = client.ok("DescribeTargetGroups", &[("LoadBalancerArn", &poor)]);
    assert_eq!(of_poor.all("TargetGroupArn"), [made]);
    let both = [("LoadBalancerArn", poor.as_str()), ("Names.member.1", "mirror")];
    client.call("DescribeTargetGroups", &both).refused("ValidationError");
    let unknown = [("Names.member.1", "none")];
    client.call("DescribeTargetGroups", &unknown).refused("TargetGroupNotFound");
}

#[test]
fn only_running_instances_of_the_vpc_are_registered_and_as_often_as_one_likes() {
    let simulator = start(Switches::default());
    let client = elb(&simulator);
    let made = group(&client, &[]).ok();
    let made = made.text("TargetGroupArn");
    for wrong in ["i-00000003", "i-00000004", "i-0badbadb", "10.0.0.1"] {
        register(&client, made, wrong).refused("InvalidTarget");
    }
    let zone = [
        ("TargetGroupArn", made),
        ("Targets.member.1.Id", "i-00000001"),
        ("Targets.member.1.AvailabilityZone", "us-east-1a"),
    ];
    client.call("RegisterTargets", &zone).refused("ValidationError");
    client.call("RegisterTargets", &zone[..1]).refused("ValidationError");
    register(&client, made, "i-00000001").ok();
    register(&client, made, "i-00000001").ok();
    let health = client.ok("DescribeTargetHealth", &[("TargetGroupArn", made)]);
    assert_eq!(health.all("Id"), ["i-00000001"]);
    assert_eq!((health.text("Port"), health.text("HealthCheckPort")), ("4789", "443"));
    assert_eq!((health.text("State"), health.text("Reason")), ("unused", "Target.NotInUse"));
}

#[test]
fn health_says_why_a_target_gets_nothing() {
    let simulator = start(Switches { settle_ms: 60_000, ..Switches::default() });
    let client = elb(&simulator);
    let health = |group: &str, instance: &str| {
        let params = [("TargetGroupArn", group), ("Targets.member.1.Id", instance)];
        let found = client.ok("DescribeTargetHealth", &params);
        let reason = found.all("Reason").first().map(|reason| (*reason).to_owned());
        (found.text("State").to_owned(), reason.unwrap_or_default())
    };
    let is = |state: &str, reason: &str| (state.to_owned(), reason.to_owned());
    let old = group_arn(&client, "old");
    assert_eq!(health(&old, "i-00000001"), is("healthy", ""));
    // The load balancer stands in zone a only.
    assert_eq!(health(&old, "i-00000002"), is("unused", "Target.NotInUse"));
    assert_eq!(health(&old, "i-00000004"), is("unused", "Target.NotRegistered"));

    let balancer = balancer(&client, &[]).ok();
    let made = group(&client, &[]).ok();
    let made = made.text("TargetGroupArn");
    listener(&client, balancer.text("LoadBalancerArn"), made).ok();
    register(&client, made, "i-00000002").ok();
    assert_eq!(health(made, "i-00000002"), is("initial", "Elb.RegistrationInProgress"));
    simulator.advance(Duration::from_secs(61));
    assert_eq!(health(made, "i-00000002"), is("healthy", ""));
    simulator.edit("us-east-1", |world| assert!(world.stop_instance("sensor-b")));
    assert_eq!(health(made, "i-00000002"), is("unused", "Target.InvalidState"));
}

#[test]
fn attributes_are_those_of_the_kind_and_change_together() {
    let simulator = start(Switches::default());
    let client = elb(&simulator);
    let old = arn(&client, "old");
    let modify = |arn: &str, attributes: &[(&str, &str)]| {
        let names: Vec<_> = (1..=attributes.len())
            .map(|n| (format!("Attributes.member.{n}.Key"), format!("Attributes.member.{n}.Value")))
            .collect();
        let mut params = vec![("LoadBalancerArn", arn)];
        for ((key_name, value_name), (key, value)) in names.iter().zip(attributes) {
            params.extend([(key_name.as_str(), *key), (value_name.as_str(), *value)]);
        }
        client.call("ModifyLoadBalancerAttributes", &params)
    };
    let cross = ("load_balancing.cross_zone.enabled", "true");
    for wrong in [
        ("cross_zone.enabled", "true"),
        ("load_balancing.cross_zone.enabled", "on"),
        ("idle_timeout.timeout_seconds", "60"),
    ] {
        modify(&old, &[cross, wrong]).refused("InvalidConfigurationRequest");
    }
    modify(&old, &[]).refused("ValidationError");
    let read = || client.ok("DescribeLoadBalancerAttributes", &[("LoadBalancerArn", &old)]).body;
    assert!(read().contains("cross_zone.enabled</Key><Value>false</Value>"), "{}", read());
    modify(&old, &[cross]).ok();
    assert!(read().contains("cross_zone.enabled</Key><Value>true</Value>"), "{}", read());
    assert!(read().contains("deletion_protection.enabled</Key><Value>false</Value>"));
    let off = ("load_balancing.cross_zone.enabled", "false");
    modify(&arn(&client, "web"), &[off]).refused("InvalidConfigurationRequest");
    modify(&arn(&client, "web"), &[("idle_timeout.timeout_seconds", "61")]).ok();
}

#[test]
fn states_come_from_the_scenario_from_time_and_from_outside() {
    let simulator = start(Switches { settle_ms: 300_000, ..Switches::default() });
    let client = elb(&simulator);
    let state = |name: &str| {
        let found = client.ok("DescribeLoadBalancers", &[("Names.member.1", name)]);
        found.text("Code").to_owned()
    };
    assert_eq!((state("poor"), state("broken")), ("active_impaired".into(), "failed".into()));
    assert_eq!(state("old"), "active");
    let made = balancer(&client, &[]).ok();
    assert_eq!((made.text("Code"), state("mirror").as_str()), ("provisioning", "provisioning"));
    simulator.advance(Duration::from_secs(299));
    assert_eq!(state("mirror"), "provisioning");
    simulator.advance(Duration::from_secs(2));
    assert_eq!(state("mirror"), "active");
    simulator.edit("us-east-1", |world| {
        assert!(world.set_load_balancer_state("mirror", "failed"));
        assert!(!world.set_load_balancer_state("none", "failed"));
    });
    assert_eq!(state("mirror"), "failed");
}

#[test]
fn what_stands_behind_a_target_can_go() {
    let simulator = start(Switches::default());
    let client = elb(&simulator);
    let (old, sensors) = (arn(&client, "old"), group_arn(&client, "old"));
    let ec2 = Client::new(&simulator);
    ec2.ok("CreateTrafficMirrorTarget", &[("NetworkLoadBalancerArn", &old)]);
    let targets = || client.ok("DescribeTargetHealth", &[("TargetGroupArn", &sensors)]);
    simulator.edit("us-east-1", |world| {
        assert!(world.deregister_target("old", "sensor-a"));
        assert!(!world.deregister_target("old", "sensor-a"));
        assert!(world.delete_listener("old", 4789));
        assert!(!world.delete_listener("old", 4789));
    });
    assert_eq!(targets().all("Id"), ["i-00000002"]);
    assert_eq!(targets().text("Reason"), "Target.NotInUse");
    let listeners = [("LoadBalancerArn", old.as_str())];
    assert!(client.ok("DescribeListeners", &listeners).all("ListenerArn").is_empty());
    simulator.edit("us-east-1", |world| {
        assert!(world.delete_load_balancer(&old));
        assert_eq!(world.load_balancer_arn("old"), None);
    });
    client.call("DescribeListeners", &listeners).refused("LoadBalancerNotFound");
    client
        .call("DescribeLoadBalancers", &[("LoadBalancerArns.member.1", &old)])
        .refused("LoadBalancerNotFound");
    let left = ec2.ok("DescribeTrafficMirrorTargets", &[]);
    assert_eq!(left.all("networkLoadBalancerArn"), [old]);
}

#[test]
fn late_reads_do_not_see_a_new_load_balancer() {
    let consistency = Consistency { window_ms: 10_000, always: true };
    let simulator = start(Switches { consistency, ..Switches::default() });
    let client = elb(&simulator);
    simulator.advance(Duration::from_secs(60));
    let made = balancer(&client, &[]).ok();
    let arn = made.text("LoadBalancerArn");
    let made = group(&client, &[]).ok();
    let group = made.text("TargetGroupArn");
    // Writes find what was made, reads do not yet.
    listener(&client, arn, group).ok();
    let by_arn = [("LoadBalancerArns.member.1", arn)];
    let by_name = [("Names.member.1", "mirror")];
    client.call("DescribeLoadBalancers", &by_arn).refused("LoadBalancerNotFound");
    client.call("DescribeLoadBalancers", &by_name).refused("LoadBalancerNotFound");
    client.call("DescribeTargetGroups", &by_name).refused("TargetGroupNotFound");
    let health = [("TargetGroupArn", group)];
    client.call("DescribeTargetHealth", &health).refused("TargetGroupNotFound");
    let target = [("NetworkLoadBalancerArn", arn)];
    let ec2 = Client::new(&simulator);
    ec2.call("CreateTrafficMirrorTarget", &target)
        .refused("InvalidNetworkLoadBalancerArn.NotFound");
    simulator.advance(Duration::from_secs(11));
    client.ok("DescribeLoadBalancers", &by_arn);
    client.ok("DescribeTargetGroups", &by_name);
    ec2.ok("CreateTrafficMirrorTarget", &target);
}
