//! Targets of load balancers: their zones, their health and what is set for their group; and the interfaces of a balancer.

mod support;

use aws_sim::{Scenario, Simulator, Switches};
use support::{Client, Reply, account};

const ACCOUNT: &str = "\
vpcs: [{name: v, id: vpc-00000001, cidr: 10.1.0.0/16}]
subnets:
  - {name: a, id: subnet-00000001, vpc: v, zone: us-east-1a, cidr: 10.1.1.0/24}
  - {name: b, id: subnet-00000002, vpc: v, zone: us-east-1b, cidr: 10.1.2.0/24}
  - {name: c, id: subnet-00000003, vpc: v, zone: us-east-1c, cidr: 10.1.3.0/24}
security_groups: [{name: g, id: sg-00000001, vpc: v}]
instances:
  - {name: one, id: i-00000001, subnet: a}
  - {name: two, id: i-00000002, subnet: b}
  - {name: far, id: i-00000003, subnet: c}
target_groups:
  - name: hosts
    vpc: v
    cross_zone: true
    targets:
      - {target: one}
      - {target: two, health: unhealthy, reason: Target.Timeout}
      - {target: far}
  - name: addresses
    vpc: v
    type: ip
    cross_zone: \"false\"
    targets:
      - {target: 10.1.1.9}
      - {target: 10.1.2.9, health: unhealthy.draining}
      - {target: 192.168.0.9, zone: all}
      - {target: 192.168.0.10, zone: us-east-1c, port: 4790}
  - {name: plain, vpc: v, protocol: TCP, type: ip}
  - {name: web, vpc: v, protocol: HTTP}
load_balancers:
  - name: nlb
    arn: \"arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/nlb/0a00000000000001\"
    subnets: [a, b]
    interfaces: true
    security_groups: [g]
    listeners: [{target_group: hosts}, {port: 4790, target_group: addresses}]
  - {name: bare, subnets: [a], interfaces: true}
  - {name: app, type: application, subnets: [a, b], interfaces: true}
";

fn balanced() -> Simulator {
    account(ACCOUNT, Switches::default())
}

fn elb(simulator: &Simulator) -> Client<'_> {
    Client::service(simulator, "elasticloadbalancing")
}

fn group(client: &Client<'_>, name: &str) -> String {
    client.ok("DescribeTargetGroups", &[("Names.member.1", name)]).text("TargetGroupArn").to_owned()
}

/// Each target of a group: id, port, zone, state and reason, as far as they are told.
fn health(reply: &Reply) -> Vec<String> {
    let targets = reply.all("Target").len();
    assert!(targets > 0, "{}", reply.body);
    let members = reply.body.split("<member>").skip(1);
    members
        .map(|member| {
            let part = Reply { status: 200, body: member.to_owned() };
            let said = ["Id", "Port", "AvailabilityZone", "State", "Reason"];
            said.iter().flat_map(|name| part.all(name)).collect::<Vec<_>>().join(" ")
        })
        .collect()
}

#[test]
fn health_is_told_with_the_zone_of_an_address() {
    let simulator = balanced();
    let client = elb(&simulator);
    let ask = |name: &str| {
        health(&client.ok("DescribeTargetHealth", &[("TargetGroupArn", &group(&client, name))]))
    };
    // An instance's zone is its own; the balancer is not in that of the last.
    assert_eq!(
        ask("hosts"),
        [
            "i-00000001 4789 healthy",
            "i-00000002 4789 unhealthy Target.Timeout",
            "i-00000003 4789 unused Target.NotInUse",
        ]
    );
    assert_eq!(
        ask("addresses"),
        [
            "10.1.1.9 4789 us-east-1a healthy",
            "10.1.2.9 4789 us-east-1b unhealthy.draining Target.FailedHealthChecks",
            "192.168.0.9 4789 all healthy",
            "192.168.0.10 4790 us-east-1c unused Target.NotInUse",
        ]
    );
    simulator.edit("us-east-1", |world| world.set_target_health("addresses", "unavailable"));
    assert_eq!(ask("addresses")[0], "10.1.1.9 4789 us-east-1a unavailable Elb.InternalError");
}

#[test]
fn an_address_outside_of_the_vpc_is_registered_with_a_zone() {
    let simulator = balanced();
    let client = elb(&simulator);
    let arn = group(&client, "plain");
    let register = |id: &str, zone: Option<&str>| {
        let mut params = vec![("TargetGroupArn", arn.as_str()), ("Targets.member.1.Id", id)];
        params.extend(zone.map(|zone| ("Targets.member.1.AvailabilityZone", zone)));
        client.call("RegisterTargets", &params)
    };
    register("10.1.3.77", None).ok();
    register("192.168.7.7", None).refused("ValidationError");
    register("192.168.7.7", Some("us-east-1b")).ok();
    let told = health(&client.ok("DescribeTargetHealth", &[("TargetGroupArn", &arn)]));
    let not_used = "unused Target.NotInUse";
    assert_eq!(
        told,
        [
            format!("10.1.3.77 4789 us-east-1c {not_used}"),
            format!("192.168.7.7 4789 us-east-1b {not_used}"),
        ]
    );
}

#[test]
fn a_group_has_attributes_with_the_defaults_of_its_protocol() {
    let simulator = balanced();
    let client = elb(&simulator);
    let of = |name: &str, key: &str| {
        let arn = group(&client, name);
        let reply = client.ok("DescribeTargetGroupAttributes", &[("TargetGroupArn", &arn)]);
        let member = reply.all("member").into_iter().find(|m| m.contains(&format!("<Key>{key}<")));
        member.map(|m| m.split("<Value>").nth(1).unwrap().replace("</Value>", ""))
    };
    let cross = "load_balancing.cross_zone.enabled";
    let same = "use_load_balancer_configuration";
    for (name, key, value) in [
        ("hosts", cross, Some("true")),
        ("addresses", cross, Some("false")),
        ("plain", cross, Some(same)),
        ("web", cross, Some(same)),
        ("hosts", "deregistration_delay.connection_termination.enabled", Some("true")),
        ("plain", "deregistration_delay.connection_termination.enabled", Some("false")),
        ("addresses", "preserve_client_ip.enabled", Some("true")),
        ("plain", "preserve_client_ip.enabled", Some("false")),
        ("web", "preserve_client_ip.enabled", None),
        ("web", "stickiness.type", Some("lb_cookie")),
        ("hosts", "stickiness.type", Some("source_ip")),
        (
            "hosts",
            "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
            Some("1"),
        ),
    ] {
        assert_eq!(of(name, key).as_deref(), value, "{name} {key}");
    }
    let made = client.ok(
        "CreateTargetGroup",
        &[("Name", "new"), ("Protocol", "UDP"), ("Port", "4789"), ("VpcId", "vpc-00000001")],
    );
    assert!(made.text("TargetGroupArn").contains("/new/"));
    assert_eq!(of("new", cross).as_deref(), Some(same));
    let action = "DescribeTargetGroupAttributes";
    let none =
        "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/none/0a00000000000000";
    client.call(action, &[("TargetGroupArn", none)]).refused("TargetGroupNotFound");
    client.call(action, &[]).refused("ValidationError");
    client.call(action, &[("Names.member.1", "hosts")]).refused("ValidationError");
    simulator.fault(action, "Throttling");
    client.call(action, &[("TargetGroupArn", none)]).refused("Throttling");
    simulator.set_switches(|switches| switches.deny.push(action.to_owned()));
    assert_eq!(client.call(action, &[("TargetGroupArn", none)]).refused("AccessDenied"), 403);
}

#[test]
fn a_balancer_may_show_its_interfaces() {
    let simulator = balanced();
    let client = Client::new(&simulator);
    let of = |description: &str| {
        let filter = [("Filter.1.Name", "description"), ("Filter.1.Value.1", description)];
        client.ok("DescribeNetworkInterfaces", &filter)
    };
    let nlb = of("ELB net/nlb/0a00000000000001");
    let mut subnets = nlb.all("subnetId");
    subnets.sort_unstable();
    assert_eq!(subnets, ["subnet-00000001", "subnet-00000002"]);
    assert_eq!(nlb.all("interfaceType"), ["network_load_balancer"; 2]);
    assert_eq!(nlb.all("requesterManaged"), ["true", "true"]);
    assert_eq!(nlb.all("requesterId"), ["amazon-elb", "amazon-elb"]);
    assert_eq!(nlb.all("groupId"), ["sg-00000001", "sg-00000001"]);
    let bare = of("ELB net/bare/*");
    assert_eq!(bare.all("subnetId"), ["subnet-00000001"]);
    assert!(bare.all("groupId").is_empty());
    assert_eq!(of("ELB app/app/*").all("interfaceType"), ["interface"; 2]);
}

#[test]
fn a_scenario_that_cannot_be_is_refused() {
    let head = "regions:\n  us-east-1:\n    vpcs: [{name: v}]\n    subnets: [{name: s, vpc: v}]\n    instances: [{name: i, subnet: s}]\n    target_groups:\n";
    for (text, said) in [
        (
            "      - {name: t, vpc: v, targets: [{target: i, zone: us-east-1a}]}\n",
            "s.yaml:7: us-east-1: the zone of instance `i` is its own",
        ),
        (
            "      - {name: t, vpc: v, targets: [{target: i, health: well}]}\n",
            "s.yaml:7: us-east-1: `well` is no health",
        ),
        (
            "      - {name: t, vpc: v, cross_zone: perhaps}\n",
            "s.yaml:7: us-east-1: `cross_zone` of `t` is none of",
        ),
    ] {
        let got = Scenario::from_yaml("s.yaml", &format!("{head}{text}")).unwrap_err().to_string();
        assert!(got.starts_with(said), "{got}");
    }
}
