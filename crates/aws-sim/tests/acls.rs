//! Network ACLs: those of the scenario and those that VPCs have by themselves, and which subnet is in which.

mod support;

use std::time::Duration;

use aws_sim::{Consistency, Pages, Scenario, Simulator, Switches};
use support::{Client, account};

const ACLS: &str = "DescribeNetworkAcls";
const ACCOUNT: &str = "\
vpcs:
  - {name: shop, id: vpc-00000001, cidr: 10.1.0.0/16}
  - {name: lab, id: vpc-00000002, cidr: 10.2.0.0/16}
  - {name: shut, id: vpc-00000003, cidr: 10.3.0.0/16, owner: \"999988887777\"}
subnets:
  - {name: a, id: subnet-00000001, vpc: shop}
  - {name: b, id: subnet-00000002, vpc: shop}
  - {name: c, id: subnet-00000003, vpc: shop}
  - {name: l, id: subnet-00000004, vpc: lab}
  - {name: s, id: subnet-00000005, vpc: shut}
network_acls:
  - name: strict
    id: acl-00000001
    vpc: shop
    subnets: [b]
    tags: {team: blue}
    entries:
      - {number: 200, protocol: udp, ports: [4789, 4789], cidr: 10.0.0.0/8}
      - {number: 100, action: deny, protocol: \"6\", ports: [22, 22], cidr: \"::/0\"}
      - {number: 300, protocol: icmp, ports: [8, -1]}
      - {number: 100, egress: true, protocol: \"50\"}
      - {number: 200, egress: true, protocol: tcp}
  - {name: nothing, id: acl-00000002, vpc: shop, subnets: [c]}
  - {name: closed, id: acl-00000003, vpc: shut, default: true, entries: []}
";

fn walled(switches: Switches) -> Simulator {
    account(ACCOUNT, switches)
}

/// The entries of an ACL, a line each.
fn entries(client: &Client<'_>, acl: &str) -> Vec<String> {
    let reply = client.ok(ACLS, &[("NetworkAclId.1", acl)]);
    let entries = reply.text("entrySet").split("<item>").skip(1);
    entries
        .map(|entry| {
            let mut words = Vec::new();
            for piece in entry.split('<') {
                let word = piece.split_once('>').map_or(piece, |(_, text)| text);
                if !word.is_empty() {
                    words.push(word);
                }
            }
            words.join(" ")
        })
        .collect()
}

fn ids(client: &Client<'_>, name: &str, value: &str) -> Vec<String> {
    let reply = client.call(ACLS, &[("Filter.1.Name", name), ("Filter.1.Value.1", value)]).ok();
    let mut ids = Vec::new();
    // Associations name their ACL too: an id of an ACL itself is followed by its VPC.
    for piece in reply.body.split("<networkAclId>").skip(1) {
        let (id, rest) = piece.split_once("</networkAclId>").expect("it ends");
        if rest.starts_with("<vpcId>") {
            ids.push(id.to_owned());
        }
    }
    ids.sort();
    ids
}

#[test]
fn a_vpc_has_an_acl_that_lets_everything_pass_with_its_subnets_in_it() {
    let simulator = walled(Switches::default());
    let client = Client::new(&simulator);
    let born = ids(&client, "vpc-id", "vpc-00000002");
    let [born] = &born[..] else { panic!("{born:?}") };
    let one = client.ok(ACLS, &[("NetworkAclId.1", born)]);
    assert_eq!((one.text("default"), one.text("ownerId")), ("true", "111122223333"));
    assert_eq!(one.all("subnetId"), ["subnet-00000004"]);
    assert!(one.text("networkAclAssociationId").starts_with("aclassoc-"));
    assert_eq!(
        entries(&client, born),
        [
            "100 -1 allow true 0.0.0.0/0",
            "32767 -1 deny true 0.0.0.0/0",
            "100 -1 allow false 0.0.0.0/0",
            "32767 -1 deny false 0.0.0.0/0",
        ]
    );
    // What is in no other of the VPC's is in that one.
    let filter = [
        ("Filter.1.Name", "vpc-id"),
        ("Filter.1.Value.1", "vpc-00000001"),
        ("Filter.2.Name", "default"),
        ("Filter.2.Value.1", "true"),
    ];
    assert_eq!(client.ok(ACLS, &filter).all("subnetId"), ["subnet-00000001"]);
}

#[test]
fn a_scenario_gives_entries_and_subnets() {
    let simulator = walled(Switches::default());
    let client = Client::new(&simulator);
    assert_eq!(
        entries(&client, "acl-00000001"),
        [
            "100 50 allow true 0.0.0.0/0",
            "200 6 allow true 0.0.0.0/0 0 65535",
            "32767 -1 deny true 0.0.0.0/0",
            "100 6 deny false ::/0 22 22",
            "200 17 allow false 10.0.0.0/8 4789 4789",
            // Code and type.
            "300 1 allow false 0.0.0.0/0 -1 8",
            "32767 -1 deny false 0.0.0.0/0",
        ]
    );
    let strict = client.ok(ACLS, &[("NetworkAclId.1", "acl-00000001")]);
    assert_eq!(strict.all("subnetId"), ["subnet-00000002"]);
    assert_eq!(strict.text("default"), "false");
    assert_eq!(strict.text("ipv6CidrBlock"), "::/0");
    assert!(strict.body.contains("<icmpTypeCode><code>-1</code><type>8</type></icmpTypeCode>"));
    let shut = ["32767 -1 deny true 0.0.0.0/0", "32767 -1 deny false 0.0.0.0/0"];
    assert_eq!(entries(&client, "acl-00000002"), shut);
    assert_eq!(entries(&client, "acl-00000003"), shut);
    let closed = client.ok(ACLS, &[("NetworkAclId.1", "acl-00000003")]);
    assert_eq!((closed.text("default"), closed.text("ownerId")), ("true", "999988887777"));
    assert_eq!(closed.all("subnetId"), ["subnet-00000005"]);
}

#[test]
fn acls_are_found_by_id_and_by_documented_filters() {
    let simulator = walled(Switches::default());
    let client = Client::new(&simulator);
    let all = ids(&client, "network-acl-id", "acl-*");
    assert_eq!(all.len(), 5);
    let (one, two, three) = ("acl-00000001", "acl-00000002", "acl-00000003");
    for (name, value, wanted) in [
        ("association.network-acl-id", one, vec![one]),
        ("association.subnet-id", "subnet-00000003", vec![two]),
        ("entry.cidr", "10.0.0.0/8", vec![one]),
        ("entry.ipv6-cidr", "::/0", vec![one]),
        ("entry.icmp.type", "8", vec![one]),
        ("entry.icmp.code", "-1", vec![one]),
        ("entry.port-range.from", "4789", vec![one]),
        ("entry.port-range.to", "65535", vec![one]),
        ("entry.protocol", "udp", vec![one]),
        ("entry.protocol", "17", vec![]),
        ("entry.protocol", "50", vec![one]),
        ("entry.rule-number", "300", vec![one]),
        ("owner-id", "999988887777", vec![three]),
        ("tag:team", "blue", vec![one]),
        ("tag-key", "Name", vec![one, two, three]),
    ] {
        assert_eq!(ids(&client, name, value), wanted, "{name}={value}");
    }
    for (name, value, count) in [
        ("default", "true", 3),
        ("default", "false", 2),
        ("entry.egress", "true", 5),
        ("entry.rule-action", "allow", 3),
        ("association.association-id", "aclassoc-*", 5),
    ] {
        assert_eq!(ids(&client, name, value).len(), count, "{name}={value}");
    }
    for name in ["entry.port", "is-default", "subnet-id"] {
        let params = [("Filter.1.Name", name), ("Filter.1.Value.1", "x")];
        client.call(ACLS, &params).refused("InvalidParameterValue");
    }
    let missing = [("NetworkAclId.1", one), ("NetworkAclId.2", "acl-0badbadb")];
    client.call(ACLS, &missing).refused("InvalidNetworkAclID.NotFound");
    client.call(ACLS, &[("NetworkAclId.1", "none")]).refused("InvalidNetworkAclId.Malformed");
    client.call(ACLS, &[("AclId.1", one)]).refused("UnknownParameter");
    client.call(ACLS, &[("MaxResults", "1001")]).refused("InvalidParameterValue");
    assert_eq!(client.call(ACLS, &[("DryRun", "true")]).refused("DryRunOperation"), 412);
}

#[test]
fn switches_and_tags_reach_acls() {
    let consistency = Consistency { window_ms: 10_000, always: true };
    let pages = Pages { cap: Some(2), ..Pages::default() };
    let simulator = walled(Switches { consistency, pages, ..Switches::default() });
    let client = Client::new(&simulator);
    simulator.advance(Duration::from_secs(60));
    let tag = [("ResourceId.1", "acl-00000002"), ("Tag.1.Key", "who"), ("Tag.1.Value", "me")];
    client.ok("CreateTags", &tag);
    assert!(ids(&client, "tag:who", "me").is_empty());
    simulator.advance(Duration::from_secs(11));
    assert_eq!(ids(&client, "tag:who", "me"), ["acl-00000002"]);
    let listed = [("Filter.1.Name", "key"), ("Filter.1.Value.1", "who")];
    assert_eq!(client.ok("DescribeTags", &listed).text("resourceType"), "network-acl");
    assert_eq!(client.ok(ACLS, &[]).all("nextToken").len(), 1);
    simulator.fault(ACLS, "InternalError");
    assert_eq!(client.call(ACLS, &[]).refused("InternalError"), 500);
    simulator.set_switches(|switches| switches.deny.push(ACLS.to_owned()));
    client.call(ACLS, &[]).refused("UnauthorizedOperation");
}

#[test]
fn a_scenario_that_cannot_be_is_refused() {
    let head = "regions:\n  us-east-1:\n    vpcs: [{name: v}, {name: w}]\n    subnets: [{name: s, vpc: v}]\n    network_acls:\n";
    for (text, said) in [
        (
            "      - {vpc: v, default: true}\n      - {vpc: v, default: true}\n",
            "s.yaml:7: us-east-1: vpc `v` has two default",
        ),
        (
            "      - {vpc: v, subnets: [s]}\n      - {vpc: v, subnets: [s]}\n",
            "s.yaml:7: us-east-1: subnet `s` has two",
        ),
        ("      - {vpc: v, subnets: [s, s]}\n", "s.yaml:6: us-east-1: subnet `s` has two"),
        ("      - {vpc: w, subnets: [s]}\n", "s.yaml:6: us-east-1: subnet `s` is not in"),
        (
            "      - {vpc: v, entries: [{number: 32767}]}\n",
            "entry 32767 of a network acl: its number",
        ),
        (
            "      - {vpc: v, entries: [{number: 1, action: reject}]}\n",
            "entry 1 of a network acl: its action",
        ),
        (
            "      - {vpc: v, entries: [{number: 1, cidr: everywhere}]}\n",
            "entry 1 of a network acl: its `cidr`",
        ),
        (
            "      - {vpc: v, entries: [{number: 1, protocol: gre}]}\n",
            "entry 1 of a network acl: its protocol is",
        ),
        (
            "      - {vpc: v, entries: [{number: 1, ports: [1, 2]}]}\n",
            "entry 1 of a network acl: its protocol has",
        ),
        (
            "      - {vpc: v, entries: [{number: 1, protocol: tcp, ports: [2, 1]}]}\n",
            "entry 1 of a network acl: its `ports`",
        ),
        (
            "      - {vpc: v, entries: [{number: 1}, {number: 1}]}\n",
            "two entries of a network acl have the number 1",
        ),
    ] {
        let got = Scenario::from_yaml("s.yaml", &format!("{head}{text}")).unwrap_err().to_string();
        assert!(got.contains(said), "{got}");
    }
}
