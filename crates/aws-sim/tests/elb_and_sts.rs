//! Load balancers, listeners, target groups, roles.

mod support;

use aws_sim::{Simulator, Switches};
use support::{Client, Reply, mirror};

fn elb(simulator: &Simulator) -> Client<'_> {
    Client::service(simulator, "elasticloadbalancing")
}

fn create(client: &Client<'_>, change: &[(&str, &str)]) -> Reply {
    let mut params = vec![
        ("Name", "fresh"),
        ("Type", "network"),
        ("Scheme", "internal"),
        ("Subnets.member.1", "subnet-00000001"),
    ];
    for (name, value) in change {
        params.retain(|(known, _)| known != name);
        params.push((name, value));
    }
    client.call("CreateLoadBalancer", &params)
}

#[test]
fn a_load_balancer_is_made_once_and_becomes_active() {
    let simulator = mirror("", Switches { settle_ms: 60_000, ..Switches::default() });
    let client = elb(&simulator);
    let made = create(&client, &[]).ok();
    let arn = made.text("LoadBalancerArn");
    assert!(arn.starts_with(
        "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/fresh/"
    ));
    assert!(made.text("State").contains("provisioning"));
    assert_eq!(create(&client, &[]).ok().text("LoadBalancerArn"), arn);
    create(&client, &[("Scheme", "internet-facing")]).refused("DuplicateLoadBalancerName");
    let by_arn = [("LoadBalancerArns.member.1", arn)];
    assert!(client.ok("DescribeLoadBalancers", &by_arn).text("State").contains("provisioning"));
    simulator.advance(std::time::Duration::from_secs(61));
    assert!(client.ok("DescribeLoadBalancers", &by_arn).text("State").contains("active"));
}

#[test]
fn what_a_load_balancer_cannot_be() {
    let simulator = mirror("", Switches::default());
    let client = elb(&simulator);
    for (change, code) in [
        (("Name", "-x"), "ValidationError"),
        (("Name", "internal-x"), "ValidationError"),
        (("Name", "a-name-that-is-longer-than-thirty-two"), "ValidationError"),
        (("Type", "classic"), "ValidationError"),
        (("Scheme", "secret"), "InvalidScheme"),
        (("Subnets.member.1", "subnet-0badbadb"), "SubnetNotFound"),
    ] {
        create(&client, &[change]).refused(code);
    }
    // Subnets a and v6 are in the same zone.
    let v6 = simulator.edit("us-east-1", |world| world.subnet_id("v6")).unwrap();
    create(&client, &[("Subnets.member.2", &v6)]).refused("InvalidConfigurationRequest");
    let arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/x/0";
    let missing = [("LoadBalancerArns.member.1", arn)];
    client.call("DescribeLoadBalancers", &missing).refused("LoadBalancerNotFound");
    let many: Vec<String> = (1..=21).map(|n| format!("LoadBalancerArns.member.{n}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), arn)).collect();
    client.call("DescribeLoadBalancers", &many).refused("ValidationError");
}

#[test]
fn a_whole_mirror_load_balancer_is_built() {
    let simulator = mirror("", Switches::default());
    let client = elb(&simulator);
    let balancer = create(&client, &[]).ok().text("LoadBalancerArn").to_owned();
    let group = [
        ("Name", "sinks"),
        ("Protocol", "UDP"),
        ("Port", "4789"),
        ("VpcId", "vpc-00000001"),
        ("HealthCheckProtocol", "TCP"),
        ("HealthCheckPort", "22"),
    ];
    let made = client.ok("CreateTargetGroup", &group);
    let arn = made.text("TargetGroupArn").to_owned();
    assert_eq!(client.ok("CreateTargetGroup", &group).text("TargetGroupArn"), arn);
    let mut other = group;
    other[2].1 = "4790";
    client.call("CreateTargetGroup", &other).refused("DuplicateTargetGroupName");
    other[0].1 = "udp-checked";
    other[4].1 = "UDP";
    client.call("CreateTargetGroup", &other).refused("InvalidConfigurationRequest");

    let targets = [("TargetGroupArn", arn.as_str()), ("Targets.member.1.Id", "i-00000001")];
    client.ok("RegisterTargets", &targets);
    let wrong = [("TargetGroupArn", arn.as_str()), ("Targets.member.1.Id", "i-0badbadb")];
    client.call("RegisterTargets", &wrong).refused("InvalidTarget");
    let health = || client.ok("DescribeTargetHealth", &[("TargetGroupArn", &arn)]);
    // Nobody listens yet.
    assert_eq!(health().text("State"), "unused");

    let listener = [
        ("LoadBalancerArn", balancer.as_str()),
        ("Protocol", "UDP"),
        ("Port", "4789"),
        ("DefaultActions.member.1.Type", "forward"),
        ("DefaultActions.member.1.TargetGroupArn", arn.as_str()),
    ];
    let mut bad = listener;
    bad[1].1 = "TCP";
    client.call("CreateListener", &bad).refused("IncompatibleProtocols");
    bad[1].1 = "HTTP";
    client.call("CreateListener", &bad).refused("UnsupportedProtocol");
    let made = client.ok("CreateListener", &listener);
    let listed = client.ok("DescribeListeners", &[("LoadBalancerArn", &balancer)]);
    assert_eq!(listed.text("ListenerArn"), made.text("ListenerArn"));
    assert_eq!((listed.text("Protocol"), listed.text("Port")), ("UDP", "4789"));
    assert_eq!(listed.text("TargetGroupArn"), arn);
    assert_eq!(health().text("State"), "healthy");
    simulator.edit("us-east-1", |world| world.stop_instance("web-1"));
    assert_eq!(health().text("State"), "unused");
    simulator.edit("us-east-1", |world| world.set_target_health("sinks", "unhealthy"));
    assert_eq!(health().text("State"), "unhealthy");

    let of_balancer = [("LoadBalancerArn", balancer.as_str())];
    assert_eq!(client.ok("DescribeTargetGroups", &of_balancer).text("TargetGroupName"), "sinks");
    let attribute = [
        of_balancer[0],
        ("Attributes.member.1.Key", "load_balancing.cross_zone.enabled"),
        ("Attributes.member.1.Value", "true"),
    ];
    client.ok("ModifyLoadBalancerAttributes", &attribute);
    let read = client.ok("DescribeLoadBalancerAttributes", &of_balancer);
    assert!(read.body.contains("cross_zone.enabled</Key><Value>true</Value>"), "{}", read.body);
    // And it serves as a target.
    let target = [("NetworkLoadBalancerArn", balancer.as_str())];
    Client::new(&simulator).ok("CreateTrafficMirrorTarget", &target);
}

#[test]
fn a_role_gives_credentials_of_its_account() {
    let simulator = mirror("", Switches::default());
    let client = Client::service(&simulator, "sts");
    let role =
        [("RoleArn", "arn:aws:iam::999988887777:role/ops/mirror"), ("RoleSessionName", "tap")];
    let assumed = client.ok("AssumeRole", &role);
    assert_eq!(assumed.text("Arn"), "arn:aws:sts::999988887777:assumed-role/mirror/tap");
    assert!(assumed.text("AccessKeyId").starts_with("ASIA"));
    assert!(!assumed.text("SessionToken").is_empty() && !assumed.text("Expiration").is_empty());
    // Whoever signs with them is the role, whatever the region.
    let as_role = Client {
        key: assumed.text("AccessKeyId"),
        region: "eu-west-1",
        ..Client::service(&simulator, "sts")
    };
    let caller = as_role.ok("GetCallerIdentity", &[]);
    assert_eq!(caller.text("Account"), "999988887777");
    assert_eq!(caller.text("Arn"), assumed.text("Arn"));
    assert_eq!(caller.text("UserId"), assumed.text("AssumedRoleId"));
    let before = client.ok("GetCallerIdentity", &[]);
    assert!(before.text("Arn").ends_with(":user/simulated"), "{}", before.body);
    client.call("AssumeRole", &role[..1]).refused("ValidationError");
    client.call("AssumeRole", &[role[0], ("RoleSessionName", "x")]).refused("ValidationError");
    let short = [role[0], role[1], ("DurationSeconds", "60")];
    client.call("AssumeRole", &short).refused("ValidationError");
    client.call("AssumeRole", &[("RoleArn", "mirror"), role[1]]).refused("ValidationError");
}
