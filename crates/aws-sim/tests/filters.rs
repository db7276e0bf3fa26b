//! Filters of the describes: the documented names and no others, and what they let through.

mod support;

use aws_sim::Switches;
use support::{Client, FILTER, SMALL, TARGET, create, eni, mirror};

#[test]
fn a_name_that_is_not_documented_is_refused() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    for (action, name) in [
        ("DescribeVpcs", "vpcid"),
        ("DescribeSubnets", "zone"),
        ("DescribeInstances", "state"),
        ("DescribeInstances", "Instance-Id"),
        ("DescribeNetworkInterfaces", "instance-id"),
        ("DescribeTags", "tag-key"),
        ("DescribeInstanceTypes", "family"),
        ("DescribeRegions", "name"),
        // The mirror describes know no tags at all.
        ("DescribeTrafficMirrorSessions", "tag:Name"),
        ("DescribeTrafficMirrorSessions", "tag-key"),
        ("DescribeTrafficMirrorTargets", "tag:Name"),
        ("DescribeTrafficMirrorTargets", "gateway-load-balancer-endpoint-id"),
        ("DescribeTrafficMirrorFilters", "owner-id"),
        ("DescribeTrafficMirrorFilterRules", "tag:Name"),
        ("DescribeVpcs", "tag:"),
    ] {
        let filter = [("Filter.1.Name", name), ("Filter.1.Value.1", "x")];
        let refused = client.call(action, &filter);
        assert_eq!(refused.refused("InvalidParameterValue"), 400, "{action} {name}");
        assert_eq!(
            refused.text("Message"),
            format!("The filter '{name}' is invalid").replace('\'', "&apos;")
        );
    }
    client.call("DescribeVpcs", &[("Filter.1.Name", "vpc-id")]).refused("InvalidParameterValue");
    client.call("DescribeVpcs", &[("Filter.1.Value.1", "x")]).refused("InvalidParameterValue");
}

/// Action, the element to count, and for each filter a value with the number of things that have it.
type Case = (&'static str, &'static str, &'static [(&'static str, &'static str, usize)]);

#[test]
fn each_filter_lets_through_what_has_its_value() {
    let managed =
        "- {name: node, subnet: a, managed: {principal: eks.amazonaws.com, hidden: false}}
- {name: off, subnet: b, state: stopped, tags: {team: blue}}";
    let simulator = mirror(managed, Switches::default());
    let client = Client::new(&simulator);
    create(&client, &eni(&simulator, "web-1"), TARGET, "3").ok();
    create(&client, &eni(&simulator, "web-2"), SMALL, "4").ok();
    let session =
        client.ok("DescribeTrafficMirrorSessions", &[]).text("virtualNetworkId").to_owned();
    let vni = [("Filter.1.Name", "virtual-network-id"), ("Filter.1.Value.1", session.as_str())];
    assert_eq!(client.ok("DescribeTrafficMirrorSessions", &vni).all("sessionNumber").len(), 1);
    let cases: &[Case] = &[
        (
            "DescribeVpcs",
            "vpcId",
            &[
                ("vpc-id", "vpc-00000001", 1),
                ("vpc-id", "vpc-00000002", 0),
                ("owner-id", "111122223333", 1),
                ("is-default", "true", 0),
                ("cidr", "10.0.0.0/16", 1),
                ("cidr-block-association.state", "associated", 1),
                ("state", "available", 1),
                ("tag:Name", "m*", 1),
                ("tag:Name", "M*", 0),
                ("tag-key", "Name", 1),
            ],
        ),
        (
            "DescribeSubnets",
            "subnetArn",
            &[
                ("subnet-id", "subnet-00000001", 1),
                ("vpc-id", "vpc-00000001", 3),
                ("availability-zone", "us-east-1b", 1),
                ("availability-zone-id", "use1-az2", 1),
                ("ipv6-native", "true", 1),
                ("tag:Name", "?", 2),
            ],
        ),
        (
            "DescribeInstances",
            "instanceType",
            &[
                ("instance-id", "i-00000001", 1),
                ("instance-state-name", "stopped", 1),
                ("instance-state-code", "16", 5),
                ("instance-type", "t3*", 1),
                ("vpc-id", "vpc-00000001", 6),
                ("subnet-id", "subnet-00000001", 4),
                ("availability-zone", "us-east-1b", 2),
                ("owner-id", "111122223333", 6),
                ("hypervisor", "xen", 6),
                ("hypervisor", "nitro", 0),
                ("operator.managed", "true", 1),
                ("operator.principal", "eks.amazonaws.com", 1),
                ("network-interface.vpc-id", "vpc-00000001", 6),
                ("network-interface.attachment.status", "attached", 6),
                ("network-interface.requester-managed", "true", 0),
                ("tag:team", "blue", 1),
                ("tag-key", "team", 1),
                ("platform", "windows", 0),
            ],
        ),
        (
            "DescribeNetworkInterfaces",
            "interfaceType",
            &[
                ("interface-type", "interface", 6),
                ("status", "in-use", 6),
                ("attachment.instance-id", "i-00000001", 1),
                ("attachment.device-index", "0", 6),
                ("attachment.status", "attached", 6),
                ("requester-managed", "false", 6),
                ("subnet-id", "subnet-00000001", 4),
                ("operator.managed", "true", 1),
                ("tag-key", "x", 0),
            ],
        ),
        (
            "DescribeTrafficMirrorSessions",
            "sessionNumber",
            &[
                ("session-number", "3", 1),
                ("traffic-mirror-target-id", TARGET, 1),
                ("traffic-mirror-filter-id", FILTER, 2),
                ("owner-id", "111122223333", 2),
                ("owner-id", "9", 0),
                // Filled in on the load balancer, unset on the interface.
                ("packet-length", "8500", 1),
                ("description", "*", 0),
            ],
        ),
        (
            "DescribeTrafficMirrorTargets",
            "type",
            &[
                ("traffic-mirror-target-id", SMALL, 1),
                ("owner-id", "111122223333", 2),
                ("network-load-balancer-arn", "*", 1),
                ("network-interface-id", "*", 1),
                ("description", "*", 0),
            ],
        ),
        (
            "DescribeTrafficMirrorFilters",
            "ingressFilterRuleSet",
            &[("description", "everything", 1), ("traffic-mirror-filter-id", "tmf-*", 2)],
        ),
        (
            "DescribeTags",
            "resourceType",
            &[
                ("resource-type", "vpc", 1),
                ("key", "team", 1),
                ("value", "blue", 1),
                ("resource-id", "i-00000001", 1),
                ("tag:Name", "web-*", 2),
            ],
        ),
        (
            "DescribeInstanceTypes",
            "currentGeneration",
            &[("instance-type", "m5.24xlarge", 1), ("instance-type", "a1.metal", 1)],
        ),
    ];
    for (action, element, filters) in cases {
        for (name, value, count) in *filters {
            let filter = [("Filter.1.Name", *name), ("Filter.1.Value.1", *value)];
            let reply = client.ok(action, &filter);
            assert_eq!(reply.all(element).len(), *count, "{action} {name}={value}: {}", reply.body);
        }
    }
}

#[test]
fn values_are_alternatives_and_filters_all_must_hold() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let either = [
        ("Filter.1.Name", "tag:Name"),
        ("Filter.1.Value.1", "web-1"),
        ("Filter.1.Value.2", "web-2"),
    ];
    assert_eq!(client.ok("DescribeInstances", &either).all("instanceType").len(), 2);
    let both =
        [&either[..], &[("Filter.2.Name", "subnet-id"), ("Filter.2.Value.1", "subnet-00000001")]];
    assert_eq!(client.ok("DescribeInstances", &both.concat()).all("instanceType").len(), 1);
}

#[test]
fn two_hundred_values_are_the_limit() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let call = |count: usize| {
        let names: Vec<String> = (1..=count).map(|n| format!("Filter.1.Value.{n}")).collect();
        let mut params = vec![("Filter.1.Name", "instance-id")];
        params.extend(names.iter().map(|name| (name.as_str(), "i-00000001")));
        client.call("DescribeInstances", &params)
    };
    call(200).ok();
    call(201).refused("FilterLimitExceeded");
}

#[test]
fn an_unknown_id_fails_as_an_id_and_yields_nothing_as_a_filter() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    for (action, param, filter, id, code) in [
        ("DescribeVpcs", "VpcId.1", "vpc-id", "vpc-0badbadb", "InvalidVpcID.NotFound"),
        (
            "DescribeSubnets",
            "SubnetId.1",
            "subnet-id",
            "subnet-0badbadb",
            "InvalidSubnetID.NotFound",
        ),
        (
            "DescribeInstances",
            "InstanceId.1",
            "instance-id",
            "i-0badbadb",
            "InvalidInstanceID.NotFound",
        ),
        (
            "DescribeNetworkInterfaces",
            "NetworkInterfaceId.1",
            "network-interface-id",
            "eni-0badbadb",
            "InvalidNetworkInterfaceID.NotFound",
        ),
        (
            "DescribeTrafficMirrorSessions",
            "TrafficMirrorSessionId.1",
            "traffic-mirror-session-id",
            "tms-0badbadb",
            "InvalidTrafficMirrorSessionId.NotFound",
        ),
        (
            "DescribeTrafficMirrorTargets",
            "TrafficMirrorTargetId.1",
            "traffic-mirror-target-id",
            "tmt-0badbadb",
            "InvalidTrafficMirrorTargetId.NotFound",
        ),
        (
            "DescribeTrafficMirrorFilters",
            "TrafficMirrorFilterId.1",
            "traffic-mirror-filter-id",
            "tmf-0badbadb",
            "InvalidTrafficMirrorFilterId.NotFound",
        ),
        (
            "DescribeTrafficMirrorFilterRules",
            "TrafficMirrorFilterRuleId.1",
            "traffic-mirror-filter-rule-id",
            "tmfr-0badbadb",
            "InvalidTrafficMirrorFilterRuleId.NotFound",
        ),
    ] {
        assert_eq!(client.call(action, &[(param, id)]).refused(code), 400);
        let filter = [("Filter.1.Name", filter), ("Filter.1.Value.1", id)];
        assert!(client.ok(action, &filter).all("item").is_empty(), "{action}");
    }
}
