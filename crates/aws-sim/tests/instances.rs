//! Instances and interfaces: what is listed, launched, stopped and terminated.

mod support;

use std::time::Duration;

use aws_sim::Switches;
use support::{Client, TARGET, create, eni, mirror};

#[test]
fn an_instance_is_listed_with_its_interfaces_and_its_owner() {
    let two = "- {name: two, subnet: a, enis: [{tags: {k: v}}, {subnet: b, description: second}]}";
    let simulator = mirror(two, Switches::default());
    let client = Client::new(&simulator);
    let filter = [("Filter.1.Name", "tag:Name"), ("Filter.1.Value.1", "two")];
    let reply = client.ok("DescribeInstances", &filter);
    assert_eq!(reply.all("networkInterfaceId").len(), 2);
    assert_eq!(reply.all("deviceIndex"), ["0", "1"]);
    assert_eq!(reply.all("ownerId")[0], "111122223333");
    assert!(reply.text("instanceState").contains("<code>16</code><name>running</name>"));
    assert!(reply.body.contains("<description>second</description>"));
    // Tags of interfaces are in their own describe only.
    assert!(!reply.body.contains("<key>k</key>"));
    let enis = client.ok("DescribeNetworkInterfaces", &[]);
    assert!(enis.body.contains("<key>k</key>"));
    // Two interfaces, two zones, one subnet of the instance.
    let instance = reply.all("subnetId");
    assert_eq!(instance[0], "subnet-00000001");
}

#[test]
fn managed_instances_are_hidden_until_asked_for() {
    let node = "\
- {name: node, id: i-0000000f, subnet: a, managed: {principal: eks.amazonaws.com}}
- {name: open, subnet: a, managed: {principal: ecs.amazonaws.com, hidden: false}}";
    let simulator = mirror(node, Switches::default());
    let client = Client::new(&simulator);
    for (action, element) in
        [("DescribeInstances", "instanceType"), ("DescribeNetworkInterfaces", "interfaceType")]
    {
        let bare = client.ok(action, &[]);
        let all = client.ok(action, &[("IncludeManagedResources", "true")]);
        assert_eq!(bare.all(element).len() + 1, all.all(element).len(), "{action}");
        assert!(all.body.contains("<principal>eks.amazonaws.com</principal>"));
        assert!(all.body.contains("<hiddenByDefault>true</hiddenByDefault>"));
        assert!(!bare.body.contains("eks.amazonaws.com"));
        assert!(bare.body.contains("ecs.amazonaws.com"));
    }
    let id = [("InstanceId.1", "i-0000000f")];
    client.call("DescribeInstances", &id).refused("InvalidInstanceID.NotFound");
    // Elsewhere there is no such parameter.
    client.call("DescribeVpcs", &[("IncludeManagedResources", "true")]).refused("UnknownParameter");
}

#[test]
fn a_terminated_instance_stays_listed_without_a_network() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let web = eni(&simulator, "web-1");
    create(&client, &web, TARGET, "1").ok();
    let id = [("InstanceId.1", "i-00000001")];
    let reply = client.ok("TerminateInstances", &id);
    assert!(reply.text("currentState").contains("shutting-down"));
    assert!(reply.text("previousState").contains("running"));
    let listed = client.ok("DescribeInstances", &id);
    assert!(listed.text("instanceState").contains("terminated"));
    assert!(listed.all("networkInterfaceId").is_empty() && listed.all("vpcId").is_empty());
    client
        .call("DescribeNetworkInterfaces", &[("NetworkInterfaceId.1", &web)])
        .refused("InvalidNetworkInterfaceID.NotFound");
    assert!(client.ok("DescribeTrafficMirrorSessions", &[]).all("sessionNumber").is_empty());
    // Once more is no error, and one wrong id spoils all.
    client.ok("TerminateInstances", &id);
    let wrong = [("InstanceId.1", "i-0badbadb"), ("InstanceId.2", "i-00000001")];
    client.call("TerminateInstances", &wrong).refused("InvalidInstanceID.NotFound");
}

#[test]
fn protection_saves_an_instance() {
    let safe = "- {name: safe, id: i-0000000f, subnet: a, termination_protection: true}";
    let simulator = mirror(safe, Switches::default());
    let client = Client::new(&simulator);
    let both = [("InstanceId.1", "i-0000000f"), ("InstanceId.2", "i-00000001")];
    client.call("TerminateInstances", &both).refused("OperationNotPermitted");
    let running = [("Filter.1.Name", "instance-state-name"), ("Filter.1.Value.1", "running")];
    assert_eq!(client.ok("DescribeInstances", &running).all("instanceType").len(), 5);
}

#[test]
fn stop_and_start_keep_interfaces_and_settle_in_time() {
    let switches = Switches { settle_ms: 60_000, ..Switches::default() };
    let simulator = mirror("", switches);
    let client = Client::new(&simulator);
    let id = [("InstanceId.1", "i-00000001")];
    let state = || {
        let reply = client.ok("DescribeInstances", &id);
        assert_eq!(reply.all("networkInterfaceId").len(), 1);
        reply.text("name").to_owned()
    };
    client.ok("StopInstances", &id);
    assert_eq!(state(), "stopping");
    client.call("StartInstances", &id).refused("IncorrectInstanceState");
    simulator.advance(Duration::from_secs(60));
    assert_eq!(state(), "stopped");
    client.ok("StartInstances", &id);
    assert_eq!(state(), "pending");
    simulator.advance(Duration::from_secs(60));
    assert_eq!(state(), "running");
}

#[test]
fn instances_are_launched_with_interfaces_and_tags() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let base =
        [("ImageId", "ami-1"), ("InstanceType", "m5.large"), ("MinCount", "2"), ("MaxCount", "2")];
    let with = |more: &[(&str, &str)]| client.call("RunInstances", &[&base, more].concat());
    let full = [
        ("NetworkInterface.1.DeviceIndex", "0"),
        ("NetworkInterface.1.SubnetId", "subnet-00000001"),
        ("NetworkInterface.1.SecurityGroupId.1", "sg-1"),
        ("TagSpecification.1.ResourceType", "instance"),
        ("TagSpecification.1.Tag.1.Key", "Name"),
        ("TagSpecification.1.Tag.1.Value", "new"),
        ("MetadataOptions.HttpTokens", "required"),
        ("ClientToken", "c"),
    ];
    let made = with(&full).ok();
    assert_eq!(made.all("instanceId").len(), 2);
    assert!(made.text("instanceState").contains("pending"));
    assert_eq!(made.all("groupId"), ["sg-1"; 4]);
    let again = with(&full).ok();
    assert_eq!(again.all("instanceId"), made.all("instanceId"));
    let filter = [("Filter.1.Name", "client-token"), ("Filter.1.Value.1", "c")];
    let listed = client.ok("DescribeInstances", &filter);
    assert_eq!(listed.all("instanceId").len(), 2);
    // One reservation holds both.
    assert_eq!(listed.all("reservationId").len(), 1);
    client.ok("TerminateInstances", &[("InstanceId.1", made.text("instanceId"))]);
    with(&full).refused("IdempotentInstanceTerminated");
    with(&[("SubnetId", "subnet-00000001"), full[0], full[1]])
        .refused("InvalidParameterCombination");
    with(&[("SubnetId", "subnet-0badbadb")]).refused("InvalidSubnetID.NotFound");
    with(&[]).refused("VPCIdNotSpecified");
    client.call("RunInstances", &[base[0], base[2]]).refused("MissingParameter");
    client.call("RunInstances", &base[1..]).refused("MissingParameter");
    let no_vpc = [base[0], ("MinCount", "3"), ("MaxCount", "2"), ("SubnetId", "subnet-00000001")];
    client.call("RunInstances", &no_vpc).refused("InvalidParameterCombination");
}

const LAUNCH: [(&str, &str); 4] =
    [("ImageId", "ami-1"), ("MinCount", "1"), ("MaxCount", "1"), ("SubnetId", "subnet-00000001")];

#[test]
fn what_is_launched_has_the_time_of_its_launch_and_what_was_said_of_its_metadata() {
    let old = "- {name: old, subnet: a, launched: 2026-11-20T08:00:00Z}";
    let simulator = mirror(old, Switches::default());
    let client = Client::new(&simulator);
    let by_name = [("Filter.1.Name", "tag:Name"), ("Filter.1.Value.1", "old")];
    let listed = client.ok("DescribeInstances", &by_name);
    assert_eq!(listed.text("launchTime"), "2026-11-20T08:00:00.000Z");
    assert!(listed.all("httpTokens").is_empty());
    let launch = |more: &[(&str, &str)]| client.call("RunInstances", &[&LAUNCH, more].concat());
    let made = launch(&[("MetadataOptions.HttpTokens", "required")]).ok();
    // Nobody launches anything before this test was written.
    assert!(made.text("launchTime") > "2026-11-20T08:00:00.000Z", "{}", made.text("launchTime"));
    let id = made.text("instanceId").to_owned();
    let listed = client.ok("DescribeInstances", &[("InstanceId.1", &id)]);
    assert_eq!((listed.text("httpTokens"), listed.text("httpEndpoint")), ("required", "enabled"));
    assert_eq!(listed.text("launchTime"), made.text("launchTime"));
    let snapshot = simulator.snapshot();
    let instances = &snapshot["regions"]["us-east-1"]["instances"];
    assert_eq!(instances[&id]["metadata_tokens"], "required");
    for (name, value) in [
        ("MetadataOptions.HttpTokens", "always"),
        ("MetadataOptions.HttpEndpoint", "on"),
        ("MetadataOptions.HttpPutResponseHopLimit", "65"),
    ] {
        launch(&[(name, value)]).refused("InvalidParameterValue");
    }
}

#[test]
fn an_image_a_type_and_groups_must_be_there() {
    let any = mirror("", Switches::default());
    let client = Client::new(&any);
    let launch = |client: &Client, more: &[(&str, &str)]| {
        let base = LAUNCH.iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name));
        let all: Vec<_> = base.chain(more).copied().collect();
        client.call("RunInstances", &all)
    };
    // Where a scenario names none, any that is well formed is there.
    launch(&client, &[("SecurityGroupId.1", "sg-9")]).ok();
    launch(&client, &[("ImageId", "image-1")]).refused("InvalidAMIID.Malformed");
    launch(&client, &[("SecurityGroupId.1", "group-1")]).refused("InvalidGroupId.Malformed");
    launch(&client, &[("InstanceType", "m5.tiny")]).refused("InvalidParameterValue");
    let yaml = "
regions:
  us-east-1:
    vpcs: [{name: shop, id: vpc-1}, {name: lab}]
    subnets: [{id: subnet-00000001, vpc: shop}]
    images: [ami-1]
    security_groups: [{id: sg-1, vpc: shop}, {id: sg-2, vpc: lab}]
";
    let scenario = aws_sim::Scenario::from_yaml("some.yaml", yaml).unwrap();
    let some = aws_sim::Simulator::start(scenario, Switches::default()).unwrap();
    let client = Client::new(&some);
    let own = launch(&client, &[]).ok().text("groupId").to_owned();
    for group in ["sg-1", &own] {
        launch(&client, &[("SecurityGroupId.1", group)]).ok();
    }
    launch(&client, &[("ImageId", "ami-2")]).refused("InvalidAMIID.NotFound");
    launch(&client, &[("SecurityGroupId.1", "sg-3")]).refused("InvalidGroup.NotFound");
    launch(&client, &[("SecurityGroupId.1", "sg-2")]).refused("InvalidParameter");
}

#[test]
fn an_interface_without_a_group_is_in_that_of_its_vpc() {
    let simulator = mirror("- {name: one, subnet: a}", Switches::default());
    let client = Client::new(&simulator);
    let of_one =
        [("Filter.1.Name", "network-interface-id"), ("Filter.1.Value.1", &*eni(&simulator, "one"))];
    let one = client.ok("DescribeNetworkInterfaces", &of_one);
    assert_eq!(one.text("groupName"), "default");
    let in_group = [("Filter.1.Name", "group-id"), ("Filter.1.Value.1", one.text("groupId"))];
    let all = client.ok("DescribeNetworkInterfaces", &in_group);
    assert!(all.all("networkInterfaceId").contains(&one.text("networkInterfaceId")));
    // us-east-1 has the domain that all had once.
    assert!(one.text("privateDnsName").ends_with(".ec2.internal"));
}

#[test]
fn an_instance_type_is_known_by_its_name() {
    let simulator = mirror("- {name: odd, subnet: a, type: zz1.large}", Switches::default());
    let client = Client::new(&simulator);
    let types = [
        ("InstanceType.1", "m5.large"),
        ("InstanceType.2", "c4.large"),
        ("InstanceType.3", "c5.metal"),
    ];
    let reply = client.ok("DescribeInstanceTypes", &types);
    let mut hypervisors = reply.all("hypervisor");
    hypervisors.sort_unstable();
    // Metal has none.
    assert_eq!(hypervisors, ["nitro", "xen"]);
    // A type that runs is known, however new.
    client.ok("DescribeInstanceTypes", &[("InstanceType.1", "zz1.large")]);
    client
        .call("DescribeInstanceTypes", &[("InstanceType.1", "d2.large")])
        .refused("InvalidInstanceType");
    client
        .call("DescribeInstanceTypes", &[("InstanceType.1", "zz2.large")])
        .refused("InvalidInstanceType");
}
