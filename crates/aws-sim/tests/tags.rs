//! Tags: on create, CreateTags, DeleteTags, DescribeTags, on every kind of resource.

mod support;

use aws_sim::{Simulator, Switches};
use serde_json::Value;
use support::{Client, FILTER, SMALL, TARGET, create, eni, mirror};

fn tags(simulator: &Simulator, kind: &str, id: &str) -> Value {
    simulator.snapshot()["regions"]["us-east-1"][kind][id]["tags"].clone()
}

#[test]
fn every_kind_can_be_tagged_and_untagged() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let web = eni(&simulator, "web-1");
    let session = create(&client, &web, TARGET, "1").ok();
    let rule = client.ok(
        "CreateTrafficMirrorFilterRule",
        &[
            ("TrafficMirrorFilterId", FILTER),
            ("TrafficDirection", "ingress"),
            ("RuleNumber", "1"),
            ("RuleAction", "accept"),
            ("DestinationCidrBlock", "0.0.0.0/0"),
            ("SourceCidrBlock", "0.0.0.0/0"),
        ],
    );
    for (id, kind) in [
        ("vpc-00000001", "vpc"),
        ("subnet-00000001", "subnet"),
        ("i-00000001", "instance"),
        (web.as_str(), "network-interface"),
        (session.text("trafficMirrorSessionId"), "traffic-mirror-session"),
        (TARGET, "traffic-mirror-target"),
        (FILTER, "traffic-mirror-filter"),
        (rule.text("trafficMirrorFilterRuleId"), "traffic-mirror-filter-rule"),
        ("vpce-00000001", "vpc-endpoint"),
    ] {
        let create = [("ResourceId.1", id), ("Tag.1.Key", "team"), ("Tag.1.Value", "red")];
        assert_eq!(client.ok("CreateTags", &create).text("return"), "true");
        let filter = [
            ("Filter.1.Name", "resource-type"),
            ("Filter.1.Value.1", kind),
            ("Filter.2.Name", "tag:team"),
            ("Filter.2.Value.1", "red"),
        ];
        assert_eq!(client.ok("DescribeTags", &filter).all("resourceId"), [id], "{kind}");
        client.ok("DeleteTags", &[("ResourceId.1", id), ("Tag.1.Key", "team")]);
        assert!(client.ok("DescribeTags", &filter).all("resourceId").is_empty(), "{kind}");
    }
}

#[test]
fn create_overwrites_its_keys_and_leaves_the_others() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let params = [
        ("ResourceId.1", "vpc-00000001"),
        ("ResourceId.2", "i-00000001"),
        ("Tag.1.Key", "Name"),
        ("Tag.1.Value", "new"),
        ("Tag.2.Key", "empty"),
        ("Tag.2.Value", ""),
    ];
    client.ok("CreateTags", &params);
    client.ok(
        "CreateTags",
        &[("ResourceId.1", "vpc-00000001"), ("Tag.1.Key", "other"), ("Tag.1.Value", "1")],
    );
    let expected = serde_json::json!({"Name": "new", "empty": "", "other": "1"});
    assert_eq!(tags(&simulator, "vpcs", "vpc-00000001"), expected);
}

#[test]
fn what_aws_refuses() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let tag = |id: &str, key: &str, value: &str| {
        client
            .call("CreateTags", &[("ResourceId.1", id), ("Tag.1.Key", key), ("Tag.1.Value", value)])
    };
    tag("vpc-00000001", "aws:mine", "1").refused("InvalidParameterValue");
    tag("vpc-00000001", &"k".repeat(129), "1").refused("InvalidTagKey.Malformed");
    tag("vpc-00000001", "k", &"v".repeat(257)).refused("InvalidParameterValue");
    tag("vpc-0badbadb", "k", "1").refused("InvalidVpcID.NotFound");
    tag("nonsense", "k", "1").refused("InvalidID");
    client.call("CreateTags", &[("ResourceId.1", "vpc-00000001")]).refused("MissingParameter");
    client.call("CreateTags", &[("Tag.1.Key", "k")]).refused("MissingParameter");
    // One wrong id, and nothing is tagged.
    let mixed = [
        ("ResourceId.1", "vpc-00000001"),
        ("ResourceId.2", "vpc-0badbadb"),
        ("Tag.1.Key", "k"),
        ("Tag.1.Value", "1"),
    ];
    client.call("CreateTags", &mixed).refused("InvalidVpcID.NotFound");
    assert_eq!(tags(&simulator, "vpcs", "vpc-00000001"), serde_json::json!({"Name": "main"}));
}

#[test]
fn fifty_tags_are_the_limit_and_those_of_aws_do_not_count() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    simulator.edit("us-east-1", |world| world.set_tag("vpc-00000001", "aws:stack", "x"));
    for n in 0..49 {
        let key = format!("k{n}");
        client.ok(
            "CreateTags",
            &[("ResourceId.1", "vpc-00000001"), ("Tag.1.Key", &key), ("Tag.1.Value", "1")],
        );
    }
    let more = [("ResourceId.1", "vpc-00000001"), ("Tag.1.Key", "more"), ("Tag.1.Value", "1")];
    client.call("CreateTags", &more).refused("TagLimitExceeded");
    let known = [("ResourceId.1", "vpc-00000001"), ("Tag.1.Key", "k0"), ("Tag.1.Value", "2")];
    client.ok("CreateTags", &known);
}

#[test]
fn delete_minds_values_and_wipes_all_when_given_none() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let vpc = "vpc-00000001";
    simulator.edit("us-east-1", |world| {
        for (key, value) in [("a", "1"), ("b", "2"), ("c", ""), ("d", "4"), ("aws:e", "5")] {
            world.set_tag(vpc, key, value);
        }
    });
    let delete = |params: &[(&str, &str)]| {
        client.ok("DeleteTags", &[&[("ResourceId.1", vpc)], params].concat());
        let left = tags(&simulator, "vpcs", vpc);
        left.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    // A key alone goes whatever its value; an empty value is a value; another value is no match.
    assert_eq!(delete(&[("Tag.1.Key", "a")]), ["Name", "aws:e", "b", "c", "d"]);
    assert_eq!(
        delete(&[("Tag.1.Key", "b"), ("Tag.1.Value", "")]),
        ["Name", "aws:e", "b", "c", "d"]
    );
    assert_eq!(delete(&[("Tag.1.Key", "c"), ("Tag.1.Value", "")]), ["Name", "aws:e", "b", "d"]);
    assert_eq!(delete(&[("Tag.1.Key", "b"), ("Tag.1.Value", "3")]), ["Name", "aws:e", "b", "d"]);
    assert_eq!(delete(&[("Tag.1.Key", "b"), ("Tag.1.Value", "2")]), ["Name", "aws:e", "d"]);
    // The trap: no tags named means all of the user's.
    assert_eq!(delete(&[]), ["aws:e"]);
}

#[test]
fn tags_on_create_must_be_for_what_is_created() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let web = eni(&simulator, "web-1");
    let with = |kind: &str, key: &str| {
        client.call(
            "CreateTrafficMirrorSession",
            &[
                ("NetworkInterfaceId", &web),
                ("TrafficMirrorTargetId", SMALL),
                ("TrafficMirrorFilterId", FILTER),
                ("SessionNumber", "1"),
                ("TagSpecification.1.ResourceType", kind),
                ("TagSpecification.1.Tag.1.Key", key),
                ("TagSpecification.1.Tag.1.Value", "x"),
            ],
        )
    };
    with("traffic-mirror-target", "Name").refused("InvalidParameterValue");
    with("traffic-mirror-session", "aws:x").refused("InvalidParameterValue");
    let made = with("traffic-mirror-session", "Name").ok();
    assert_eq!(made.text("tagSet"), "<item><key>Name</key><value>x</value></item>");
}
