//! Security groups: their rules as AWS shows them, and who is in which.

mod support;

use std::time::Duration;

use aws_sim::{Consistency, Scenario, Simulator, Switches};
use support::{Client, Reply, account};

const GROUPS: &str = "DescribeSecurityGroups";
const ACCOUNT: &str = "\
vpcs:
  - {name: shop, id: vpc-00000001, cidr: 10.1.0.0/16}
  - {name: lab, id: vpc-00000002, cidr: 10.2.0.0/16, default: true}
  - {name: theirs, id: vpc-00000003, cidr: 10.3.0.0/16, owner: \"999988887777\"}
subnets:
  - {name: a, id: subnet-00000001, vpc: shop, zone: us-east-1a, cidr: 10.1.1.0/24}
  - {name: l, id: subnet-00000002, vpc: lab, cidr: 10.2.1.0/24}
  - {name: shared, vpc: theirs, owner: \"999988887777\"}
security_groups:
  - name: sensors
    id: sg-00000001
    vpc: shop
    description: takes mirrored packets
    tags: {team: blue}
    ingress:
      - {protocol: \"17\", ports: [4789, 4789], cidrs: [10.1.0.0/16, \"2001:db8::/32\"]}
      - {protocol: udp, ports: [4789, 4789], groups: [sources]}
      - {protocol: tcp, cidrs: [10.0.0.0/8]}
      - {protocol: icmp, ports: [8, -1], prefix_lists: [pl-00000001]}
      - {protocol: \"47\", ports: [1, 2], groups: [shop/default]}
      - {peered_groups: [{id: sg-0fe00001, vpc: lab, peering: near}]}
      - {protocol: icmpv6, peered_groups: [{id: sg-0fe00002, vpc: vpc-0fe00001, account: \"999988887777\", peering: pcx-0fe00001}]}
    egress: []
  - {name: sources, id: sg-00000002, vpc: shop}
  - {name: plain, id: sg-00000003, vpc: lab, ingress: [{cidrs: [0.0.0.0/0]}]}
  - {name: default, vpc: lab, ingress: [], tags: {Name: closed}}
  - {name: guests, id: sg-00000004, vpc: theirs}
  - {id: sg-00000005, vpc: shop, owner: \"888877776666\"}
instances:
  - {name: web-1, id: i-00000001, subnet: a, security_groups: [sources], enis: [{id: eni-00000001}, {id: eni-00000002, security_groups: [sensors, sg-00000002]}]}
  - {name: db, id: i-00000002, subnet: a}
  - {name: guest, id: i-00000003, subnet: shared, security_groups: [guests]}
network_interfaces:
  - {name: loose, id: eni-00000003, subnet: l, security_groups: [lab/default, plain]}
vpc_peerings:
  - {name: near, id: pcx-00000001, requester: shop, accepter: lab}
load_balancers:
  - {name: nlb, subnets: [a], security_groups: [sensors]}
  - {name: open, subnets: [a]}
";

fn guarded(switches: Switches) -> Simulator {
    account(ACCOUNT, switches)
}

/// The group that a VPC has by itself.
fn own(client: &Client<'_>, vpc: &str) -> String {
    let filters = [
        ("Filter.1.Name", "vpc-id"),
        ("Filter.1.Value.1", vpc),
        ("Filter.2.Name", "group-name"),
        ("Filter.2.Value.1", "default"),
    ];
    client.ok(GROUPS, &filters).text("groupId").to_owned()
}

/// The names of the groups that an answer lists, in order.
fn names(reply: &Reply) -> Vec<&str> {
    let mut names = reply.all("groupName");
    names.sort_unstable();
    names
}

/// One direction's rules of a group, a line each: what stands in it, without the elements around.
fn rules(client: &Client<'_>, group: &str, direction: &str) -> Vec<String> {
    let reply = client.ok(GROUPS, &[("GroupId.1", group)]);
    let rules = reply.text(direction).split("<ipProtocol>").skip(1);
    rules
        .map(|rule| {
            let mut words = Vec::new();
            for piece in rule.split('<') {
                let word = piece.split_once('>').map_or(piece, |(_, text)| text);
                if !word.is_empty() {
                    words.push(word);
                }
            }
            words.join(" ")
        })
        .collect()
}

#[test]
fn a_vpc_has_a_group_that_takes_from_itself_and_lets_everything_out() {
    let simulator = guarded(Switches::default());
    let client = Client::new(&simulator);
    let id = own(&client, "vpc-00000001");
    let group = client.ok(GROUPS, &[("GroupId.1", &id)]);
    assert_eq!(group.text("groupDescription"), "default VPC security group");
    assert_eq!((group.text("vpcId"), group.text("ownerId")), ("vpc-00000001", "111122223333"));
    let arn = format!("arn:aws:ec2:us-east-1:111122223333:security-group/{id}");
    assert_eq!(group.text("securityGroupArn"), arn);
    assert_eq!(rules(&client, &id, "ipPermissions"), [format!("-1 111122223333 {id}")]);
    assert_eq!(rules(&client, &id, "ipPermissionsEgress"), ["-1 0.0.0.0/0"]);
    // The one that the scenario changed keeps what it did not speak of.
    let lab = own(&client, "vpc-00000002");
    assert!(rules(&client, &lab, "ipPermissions").is_empty());
    assert_eq!(rules(&client, &lab, "ipPermissionsEgress"), ["-1 0.0.0.0/0"]);
    // That of a shared VPC is its owner's; ours in it is ours, and the owner of a VPC sees those of others in it.
    let all = client.ok(GROUPS, &[]);
    let wanted = ["default", "default", "guests", "plain", "sensors", "sg-00000005", "sources"];
    assert_eq!(names(&all), wanted);
}

#[test]
fn rules_are_shown_by_protocol_and_ports() {
    let simulator = guarded(Switches::default());
    let client = Client::new(&simulator);
    let default = own(&client, "vpc-00000001");
    assert_eq!(
        rules(&client, "sg-00000001", "ipPermissions"),
        [
            // Both rules of UDP 4789 together, whatever the scenario called the protocol.
            "udp 4789 4789 111122223333 sg-00000002 10.1.0.0/16 2001:db8::/32".to_owned(),
            "tcp 0 65535 10.0.0.0/8".to_owned(),
            "icmp 8 -1 pl-00000001".to_owned(),
            // A protocol without ports is let through whole.
            format!("47 111122223333 {default}"),
            "-1 111122223333 sg-0fe00001 vpc-00000002 pcx-00000001 active".to_owned(),
            "icmpv6 -1 -1 999988887777 sg-0fe00002 vpc-0fe00001 pcx-0fe00001 deleted".to_owned(),
        ]
    );
    assert!(rules(&client, "sg-00000001", "ipPermissionsEgress").is_empty());
    assert!(rules(&client, "sg-00000002", "ipPermissions").is_empty());
    assert_eq!(rules(&client, "sg-00000002", "ipPermissionsEgress"), ["-1 0.0.0.0/0"]);
    assert_eq!(rules(&client, "sg-00000003", "ipPermissions"), ["-1 0.0.0.0/0"]);
    simulator.edit("us-east-1", |world| world.set_peering_status("near", "deleting"));
    assert!(rules(&client, "sg-00000001", "ipPermissions")[4].ends_with("pcx-00000001 deleting"));
}

#[test]
fn groups_are_found_by_id_name_and_documented_filters() {
    let simulator = guarded(Switches::default());
    let client = Client::new(&simulator);
    let select = |name: &str, value: &str| {
        client.call(GROUPS, &[("Filter.1.Name", name), ("Filter.1.Value.1", value)])
    };
    for (name, value, wanted) in [
        ("description", "takes*", vec!["sensors"]),
        (
            "egress.ip-permission.cidr",
            "0.0.0.0/0",
            vec!["default", "default", "guests", "plain", "sg-00000005", "sources"],
        ),
        ("egress.ip-permission.protocol", "tcp", vec![]),
        ("egress.ip-permission.group-id", "*", vec![]),
        ("group-id", "sg-00000002", vec!["sources"]),
        ("group-name", "s*", vec!["sensors", "sg-00000005", "sources"]),
        ("ip-permission.cidr", "10.0.0.0/8", vec!["sensors"]),
        ("ip-permission.from-port", "4789", vec!["sensors"]),
        ("ip-permission.to-port", "65535", vec!["sensors"]),
        ("ip-permission.group-id", "sg-00000002", vec!["sensors"]),
        ("ip-permission.group-name", "sources", vec!["sensors"]),
        ("ip-permission.ipv6-cidr", "2001:db8::/32", vec!["sensors"]),
        ("ip-permission.prefix-list-id", "pl-00000001", vec!["sensors"]),
        ("ip-permission.protocol", "udp", vec!["sensors"]),
        ("ip-permission.protocol", "17", vec![]),
        ("ip-permission.user-id", "999988887777", vec!["sensors"]),
        ("owner-id", "888877776666", vec!["sg-00000005"]),
        ("tag:team", "blue", vec!["sensors"]),
        ("tag-key", "Name", vec!["default"]),
        ("vpc-id", "vpc-00000002", vec!["default", "plain"]),
    ] {
        assert_eq!(names(&select(name, value).ok()), wanted, "{name}={value}");
    }
    for name in ["ip-permission.port", "name", "security-group-id"] {
        select(name, "x").refused("InvalidParameterValue");
    }
    let missing = [("GroupId.1", "sg-00000001"), ("GroupId.2", "sg-0badbadb")];
    client.call(GROUPS, &missing).refused("InvalidGroup.NotFound");
    client.call(GROUPS, &[("GroupId.1", "sensors")]).refused("InvalidGroupId.Malformed");
    // By name only in the default VPC.
    assert_eq!(names(&client.ok(GROUPS, &[("GroupName.1", "plain")])), ["plain"]);
    let both = [("GroupName.1", "plain"), ("GroupId.1", "sg-00000001")];
    assert_eq!(names(&client.ok(GROUPS, &both)), ["plain", "sensors"]);
    client.call(GROUPS, &[("GroupName.1", "sensors")]).refused("InvalidGroup.NotFound");
    client.call(GROUPS, &[("GroupIds.1", "sg-00000001")]).refused("UnknownParameter");
    client.call(GROUPS, &[("MaxResults", "1001")]).refused("InvalidParameterValue");
    assert_eq!(client.call(GROUPS, &[("DryRun", "true")]).refused("DryRunOperation"), 412);
}

#[test]
fn interfaces_instances_and_balancers_tell_their_groups() {
    let simulator = guarded(Switches::default());
    let client = Client::new(&simulator);
    let eni = |id: &str| {
        let one = client.ok("DescribeNetworkInterfaces", &[("NetworkInterfaceId.1", id)]);
        one.text("groupSet").to_owned()
    };
    let item = |id: &str, name: &str| {
        format!("<item><groupId>{id}</groupId><groupName>{name}</groupName></item>")
    };
    let (sources, sensors) = (item("sg-00000002", "sources"), item("sg-00000001", "sensors"));
    assert_eq!(eni("eni-00000001"), sources);
    assert_eq!(eni("eni-00000002"), format!("{sensors}{sources}"));
    let closed = item(&own(&client, "vpc-00000002"), "default");
    assert_eq!(eni("eni-00000003"), format!("{closed}{}", item("sg-00000003", "plain")));

    let instance = |id: &str| {
        let one = client.ok("DescribeInstances", &[("InstanceId.1", id)]);
        let sets: Vec<String> = one.all("groupSet").into_iter().map(str::to_owned).collect();
        sets
    };
    // The reservation has none in a VPC, the instance those of its first interface.
    let both = format!("{sensors}{sources}");
    assert_eq!(instance("i-00000001"), ["", &sources, &sources, &both]);
    let default = item(&own(&client, "vpc-00000001"), "default");
    assert_eq!(instance("i-00000002"), ["", &default, &default]);
    let of = |name: &str, value: &str| {
        let filter = [("Filter.1.Name", name), ("Filter.1.Value.1", value)];
        client.ok("DescribeInstances", &filter).all("instanceId").join(" ")
    };
    assert_eq!(of("instance.group-name", "sources"), "i-00000001");
    assert_eq!(of("instance.group-id", "sg-00000001"), "");
    assert_eq!(of("network-interface.group-id", "sg-00000001"), "i-00000001");
    assert_eq!(of("network-interface.group-name", "default"), "i-00000002");

    let elb = Client::service(&simulator, "elasticloadbalancing");
    let balancer = |name: &str| {
        let reply = elb.ok("DescribeLoadBalancers", &[("Names.member.1", name)]);
        reply.all("SecurityGroups").join("")
    };
    assert_eq!(balancer("nlb"), "<member>sg-00000001</member>");
    assert_eq!(balancer("open"), "");
    let new = [
        ("Name", "new"),
        ("Type", "network"),
        ("Scheme", "internal"),
        ("Subnets.member.1", "subnet-00000001"),
        ("SecurityGroups.member.1", "sg-0badbadb"),
    ];
    elb.call("CreateLoadBalancer", &new).refused("InvalidSecurityGroup");
}

#[test]
fn a_launch_tells_the_groups_that_it_was_given() {
    let simulator = guarded(Switches::default());
    let client = Client::new(&simulator);
    let launch = [
        ("ImageId", "ami-00000001"),
        ("InstanceType", "m5.large"),
        ("MinCount", "1"),
        ("MaxCount", "1"),
        ("SubnetId", "subnet-00000001"),
    ];
    let given = [&launch[..], &[("SecurityGroupId.1", "sg-00000001")]].concat();
    let made = client.ok("RunInstances", &given);
    assert_eq!(made.all("groupName"), ["sensors", "sensors"]);
    // One of the VPC's own, of another VPC, and of none.
    assert_eq!(client.ok("RunInstances", &launch).all("groupName"), ["default", "default"]);
    for (group, code) in [
        ("sg-00000003", "InvalidParameter"),
        ("sg-0badbadb", "InvalidGroup.NotFound"),
        ("sensors", "InvalidGroupId.Malformed"),
    ] {
        client
            .call("RunInstances", &[&launch[..], &[("SecurityGroupId.1", group)]].concat())
            .refused(code);
    }
    let inside = [&launch[..], &[("PrivateIpAddress", "10.1.1.99")]].concat();
    assert_eq!(client.ok("RunInstances", &inside).text("privateIpAddress"), "10.1.1.99");
    let outside = [&launch[..], &[("PrivateIpAddress", "10.1.2.99")]].concat();
    client.call("RunInstances", &outside).refused("InvalidParameterValue");
}

#[test]
fn addresses_are_of_the_subnet_and_the_first_is_the_primary_one() {
    let text = "\
vpcs: [{name: v, cidr: 172.20.0.0/16}, {name: w, cidr: 172.21.4.0/26}]
subnets: [{name: a, vpc: v}, {name: b, vpc: v}, {name: c, vpc: w}]
network_interfaces:
  - {name: given, subnet: a, private_ips: [172.20.0.200, 172.20.0.4]}
  - {name: counted, subnet: a}
instances: [{subnet: b}, {subnet: c}]
";
    let simulator = account(text, Switches::default());
    let client = Client::new(&simulator);
    let filter = [("Filter.1.Name", "tag:Name"), ("Filter.1.Value.1", "given")];
    let given = client.ok("DescribeNetworkInterfaces", &filter);
    assert_eq!(given.text("privateIpAddress"), "172.20.0.200");
    assert_eq!(
        given.text("privateIpAddressesSet"),
        "<item><privateIpAddress>172.20.0.200</privateIpAddress><primary>true</primary></item>\
         <item><privateIpAddress>172.20.0.4</privateIpAddress><primary>false</primary></item>"
    );
    let mut all = client.ok("DescribeNetworkInterfaces", &[]).all("privateIpAddress").join(" ");
    // Each stands twice, the given ones once more. None is given out twice, or out of the blocks of VPC and subnet.
    for (address, times) in [("172.20.0.5", 2), ("172.20.1.4", 2), ("172.21.4.4", 2)] {
        assert_eq!(all.matches(address).count(), times, "{address} in {all}");
        all = all.replace(address, "");
    }
    let wrong = "regions: {us-east-1: {vpcs: [{name: v}], subnets: [{name: s, vpc: v, cidr: 10.0.1.0/24}], network_interfaces: [{subnet: s, private_ips: [10.0.2.1]}]}}";
    let said = Scenario::from_yaml("s.yaml", wrong).unwrap_err().to_string();
    assert!(said.contains("the address 10.0.2.1 is not one of subnet"), "{said}");
}

#[test]
fn switches_and_tags_reach_groups() {
    let consistency = Consistency { window_ms: 10_000, always: true };
    let simulator = guarded(Switches { consistency, ..Switches::default() });
    let client = Client::new(&simulator);
    simulator.advance(Duration::from_secs(60));
    let tag = [("ResourceId.1", "sg-00000002"), ("Tag.1.Key", "who"), ("Tag.1.Value", "me")];
    client.ok("CreateTags", &tag);
    let filter = [("Filter.1.Name", "tag:who"), ("Filter.1.Value.1", "me")];
    assert!(names(&client.ok(GROUPS, &filter)).is_empty());
    simulator.advance(Duration::from_secs(11));
    assert_eq!(names(&client.ok(GROUPS, &filter)), ["sources"]);
    let listed = [("Filter.1.Name", "key"), ("Filter.1.Value.1", "who")];
    assert_eq!(client.ok("DescribeTags", &listed).text("resourceType"), "security-group");
    simulator.fault(GROUPS, "RequestLimitExceeded");
    assert_eq!(client.call(GROUPS, &[]).refused("RequestLimitExceeded"), 503);
    simulator.set_switches(|switches| switches.deny.push(GROUPS.to_owned()));
    client.call(GROUPS, &[]).refused("UnauthorizedOperation");
}

#[test]
fn a_scenario_that_cannot_be_is_refused() {
    let head = "regions:\n  us-east-1:\n    vpcs: [{name: v}, {name: w}]\n    subnets: [{name: s, vpc: v}]\n";
    for (text, said) in [
        (
            "    security_groups:\n      - {name: g, vpc: v}\n      - {name: g, vpc: w}\n",
            "two security groups are called `g`",
        ),
        (
            "    security_groups: [{name: default, vpc: v, id: sg-1}]\n",
            "a default group has neither",
        ),
        (
            "    security_groups: [{name: g, vpc: v, ingress: [{cidrs: [10.0.0.0]}]}]\n",
            "`10.0.0.0` is no block",
        ),
        (
            "    security_groups: [{name: g, vpc: v, ingress: [{protocol: udp}]}]\n",
            "a rule of a security group has",
        ),
        (
            "    security_groups: [{name: g, vpc: v, ingress: [{protocol: gre, cidrs: [0.0.0.0/0]}]}]\n",
            "`gre` is no protocol",
        ),
        (
            "    security_groups: [{name: g, vpc: v, ingress: [{protocol: tcp, ports: [5, 4], cidrs: [0.0.0.0/0]}]}]\n",
            "`[5, 4]` are no ports",
        ),
        (
            "    security_groups: [{name: g, vpc: v, ingress: [{groups: [h]}]}]\n",
            "there is no security group `h`",
        ),
        (
            "    security_groups: [{name: g, vpc: v, ingress: [{peered_groups: [{id: sg-1, vpc: x, peering: pcx-1}]}]}]\n",
            "there is no vpc `x`",
        ),
        (
            "    security_groups: [{name: g, vpc: w}]\n    instances: [{subnet: s, security_groups: [g]}]\n",
            "security group `g` is not in",
        ),
        (
            "    load_balancers: [{name: n, subnets: [s], security_groups: [w/default]}]\n",
            "security group `w/default` is not in",
        ),
    ] {
        let got = Scenario::from_yaml("s.yaml", &format!("{head}{text}")).unwrap_err().to_string();
        assert!(got.contains(said), "{got}");
    }
}
