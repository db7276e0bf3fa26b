//! What connects VPCs: endpoints, peerings, transit gateway attachments. Told as AWS tells them, and changed behind the
//! API's back.

mod support;

use std::time::Duration;

use aws_sim::{BucketSize, Consistency, Pages, Simulator, Switches, Throttle};
use support::{Client, Reply, account};

const NETWORK: &str = "\
vpcs:
  - {name: shop, id: vpc-00000001, cidr: 10.1.0.0/16}
  - {name: lab, id: vpc-00000002, cidr: 10.2.0.0/16}
subnets:
  - {name: a, id: subnet-00000001, vpc: shop}
  - {name: l, id: subnet-00000002, vpc: lab}
vpc_endpoints:
  - {name: glb, id: vpce-00000001, vpc: shop, subnets: [a], service_name: com.example.sensors, tags: {team: blue}}
  - {id: vpce-00000002, vpc: shop, type: Interface}
  - {id: vpce-00000003, vpc: lab, state: pendingAcceptance, owner: \"999988887777\"}
vpc_peerings:
  - {name: near, id: pcx-00000001, requester: shop, accepter: lab, tags: {team: blue}}
  - {id: pcx-00000002, requester: vpc-0fe00001, requester_owner: \"999988887777\", accepter: shop, status: pending-acceptance}
  - {id: pcx-00000003, requester: lab, accepter: vpc-0fe00002, accepter_region: eu-west-1}
transit_gateway_attachments:
  - {name: core, id: tgw-attach-00000001, gateway: tgw-00000001, vpc: shop, subnets: [a], tags: {team: blue}}
  - {id: tgw-attach-00000002, gateway: tgw-00000001, vpc: lab, state: deleting}
  - {id: tgw-attach-00000003, gateway: tgw-00000002, vpc: vpc-0fe00001, owner: \"999988887777\"}
";

const ENDPOINTS: &str = "DescribeVpcEndpoints";
const PEERINGS: &str = "DescribeVpcPeeringConnections";
const ATTACHMENTS: &str = "DescribeTransitGatewayVpcAttachments";
/// Action, element that names a thing, request's list of ids, filter by id, an id that is not there, its code.
const READS: [(&str, &str, &str, &str, &str, &str); 3] = [
    (
        ENDPOINTS,
        "vpcEndpointId",
        "VpcEndpointId",
        "vpc-endpoint-id",
        "vpce-0badbadb",
        "InvalidVpcEndpointId",
    ),
    (
        PEERINGS,
        "vpcPeeringConnectionId",
        "VpcPeeringConnectionId",
        "vpc-peering-connection-id",
        "pcx-0badbadb",
        "InvalidVpcPeeringConnectionID",
    ),
    (
        ATTACHMENTS,
        "transitGatewayAttachmentId",
        "TransitGatewayAttachmentIds",
        "transit-gateway-attachment-id",
        "tgw-attach-0badbadb",
        "InvalidTransitGatewayAttachmentID",
    ),
];

fn network(switches: Switches) -> Simulator {
    account(NETWORK, switches)
}

/// The last digits of the ids of an answer, in order.
fn found(reply: &Reply, id: &str) -> String {
    let mut last: Vec<char> = reply.all(id).iter().filter_map(|id| id.chars().last()).collect();
    last.sort_unstable();
    last.into_iter().collect()
}

#[test]
fn things_are_listed_by_id_and_an_unknown_id_fails_the_call() {
    let simulator = network(Switches::default());
    let client = Client::new(&simulator);
    for (action, element, ids, filter, missing, code) in READS {
        let all = client.ok(action, &[]);
        assert_eq!(found(&all, element), "123", "{action}");
        let one = all.text(element);
        let (first, second) = (format!("{ids}.1"), format!("{ids}.2"));
        assert_eq!(client.ok(action, &[(&first, one)]).all(element), [one], "{action}");
        let params = [(first.as_str(), one), (second.as_str(), missing)];
        client.call(action, &params).refused(&format!("{code}.NotFound"));
        let malformed = client.call(action, &[(&first, "none")]);
        assert!(malformed.text("Code").ends_with(".Malformed"), "{}", malformed.body);
        // In a filter it is no error.
        let absent = [("Filter.1.Name", filter), ("Filter.1.Value.1", missing)];
        assert!(client.ok(action, &absent).all(element).is_empty());
    }
}

#[test]
fn documented_filters_select_and_all_others_are_refused() {
    let simulator = network(Switches::default());
    let client = Client::new(&simulator);
    let select = |action: &str, name: &str, value: &str| {
        client.call(action, &[("Filter.1.Name", name), ("Filter.1.Value.1", value)])
    };
    for (action, name, value, wanted) in [
        (ENDPOINTS, "vpc-endpoint-id", "vpce-00000002", "2"),
        (ENDPOINTS, "vpc-endpoint-type", "GatewayLoadBalancer", "13"),
        (ENDPOINTS, "vpc-endpoint-state", "available", "12"),
        (ENDPOINTS, "vpc-id", "vpc-00000002", "3"),
        (ENDPOINTS, "service-name", "com.example.*", "1"),
        (ENDPOINTS, "service-region", "us-east-1", "123"),
        (ENDPOINTS, "ip-address-type", "ipv6", ""),
        (ENDPOINTS, "tag:Name", "glb", "1"),
        (ENDPOINTS, "tag-key", "team", "1"),
        (PEERINGS, "accepter-vpc-info.vpc-id", "vpc-00000001", "2"),
        (PEERINGS, "requester-vpc-info.vpc-id", "vpc-00000001", "1"),
        (PEERINGS, "requester-vpc-info.owner-id", "999988887777", "2"),
        (PEERINGS, "accepter-vpc-info.owner-id", "111122223333", "123"),
        // Addresses are told of active peerings only.
        (PEERINGS, "accepter-vpc-info.cidr-block", "10.1.0.0/16", ""),
        (PEERINGS, "requester-vpc-info.cidr-block", "10.1.0.0/16", "1"),
        (PEERINGS, "status-code", "active", "13"),
        (PEERINGS, "status-message", "Pending*", "2"),
        (PEERINGS, "expiration-time", "*", ""),
        (PEERINGS, "tag:team", "blue", "1"),
        (PEERINGS, "tag-key", "Name", "1"),
        (ATTACHMENTS, "state", "available", "13"),
        (ATTACHMENTS, "transit-gateway-id", "tgw-00000001", "12"),
        (ATTACHMENTS, "vpc-id", "vpc-0fe00001", "3"),
    ] {
        let element = READS.iter().find(|read| read.0 == action).unwrap().1;
        assert_eq!(found(&select(action, name, value).ok(), element), wanted, "{name}={value}");
    }
    for (action, name) in [
        (ENDPOINTS, "owner-id"),
        (ENDPOINTS, "state"),
        (PEERINGS, "vpc-id"),
        // The service model documents no filter by tag here.
        (ATTACHMENTS, "tag:team"),
        (ATTACHMENTS, "tag-key"),
    ] {
        select(action, name, "x").refused("InvalidParameterValue");
    }
}

#[test]
fn an_endpoint_says_where_it_is_and_whose() {
    let simulator = network(Switches::default());
    let client = Client::new(&simulator);
    let one = client.ok(ENDPOINTS, &[("VpcEndpointId.1", "vpce-00000001")]);
    for (element, text) in [
        ("vpcEndpointType", "GatewayLoadBalancer"),
        ("vpcId", "vpc-00000001"),
        ("serviceName", "com.example.sensors"),
        ("state", "available"),
        ("subnetIdSet", "<item>subnet-00000001</item>"),
        ("ownerId", "111122223333"),
    ] {
        assert_eq!(one.text(element), text);
    }
    let other = client.ok(ENDPOINTS, &[("VpcEndpointId.1", "vpce-00000003")]);
    assert_eq!(other.text("ownerId"), "999988887777");
    assert!(other.text("serviceName").starts_with("com.amazonaws.vpce.us-east-1.vpce-svc-"));
}

#[test]
fn a_peering_tells_both_sides() {
    let simulator = network(Switches::default());
    let client = Client::new(&simulator);
    let one = |id| client.ok(PEERINGS, &[("VpcPeeringConnectionId.1", id)]);
    let near = one("pcx-00000001");
    assert_eq!(near.all("region"), ["us-east-1", "us-east-1"]);
    assert!(near.text("requesterVpcInfo").contains("<vpcId>vpc-00000001</vpcId>"));
    assert!(near.text("accepterVpcInfo").contains("<cidrBlock>10.2.0.0/16</cidrBlock>"));
    assert_eq!((near.text("code"), near.text("message")), ("active", "Active"));
    let asked = one("pcx-00000002");
    assert!(asked.text("requesterVpcInfo").contains("<ownerId>999988887777</ownerId>"));
    assert!(asked.all("cidrBlock").is_empty(), "{}", asked.body);
    assert_eq!(asked.text("code"), "pending-acceptance");
    let far = one("pcx-00000003");
    assert!(far.text("accepterVpcInfo").contains("<region>eu-west-1</region>"));
    assert!(far.text("accepterVpcInfo").contains("<vpcId>vpc-0fe00002</vpcId>"));
}

#[test]
fn an_attachment_names_its_gateway_and_the_vpcs_owner() {
    let simulator = network(Switches::default());
    let client = Client::new(&simulator);
    let one = |id| client.ok(ATTACHMENTS, &[("TransitGatewayAttachmentIds.1", id)]);
    let core = one("tgw-attach-00000001");
    assert_eq!(core.text("transitGatewayId"), "tgw-00000001");
    assert_eq!((core.text("vpcId"), core.text("vpcOwnerId")), ("vpc-00000001", "111122223333"));
    assert_eq!(core.text("subnetIds"), "<item>subnet-00000001</item>");
    assert!(core.text("tagSet").contains("<key>team</key><value>blue</value>"));
    assert_eq!(one("tgw-attach-00000003").text("vpcOwnerId"), "999988887777");
}

#[test]
fn they_take_tags_of_their_own_type() {
    let simulator = network(Switches::default());
    let client = Client::new(&simulator);
    for (id, kind) in [
        ("vpce-00000002", "vpc-endpoint"),
        ("pcx-00000002", "vpc-peering-connection"),
        ("tgw-attach-00000002", "transit-gateway-attachment"),
    ] {
        let tag = [("ResourceId.1", id), ("Tag.1.Key", "who"), ("Tag.1.Value", "me")];
        client.ok("CreateTags", &tag);
        let filter = [("Filter.1.Name", "resource-id"), ("Filter.1.Value.1", id)];
        let listed = client.ok("DescribeTags", &filter);
        assert_eq!((listed.text("key"), listed.text("resourceType")), ("who", kind));
        client.ok("DeleteTags", &tag);
        assert!(client.ok("DescribeTags", &filter).all("key").is_empty());
    }
    let gone = [("ResourceId.1", "vpce-0badbadb"), ("Tag.1.Key", "k"), ("Tag.1.Value", "v")];
    client.call("CreateTags", &gone).refused("InvalidVpcEndpointId.NotFound");
}

#[test]
fn counted_ids_have_prefixes_of_their_own() {
    let text = "\
vpcs: [{name: v}, {name: w}]
vpc_endpoints: [{vpc: v}]
vpc_peerings: [{requester: v, accepter: w}]
transit_gateway_attachments: [{gateway: tgw-00000001, vpc: v}]
";
    let simulator = account(text, Switches::default());
    let client = Client::new(&simulator);
    for ((action, element, ..), prefix) in READS.iter().zip(["vpce-", "pcx-", "tgw-attach-"]) {
        let id = client.ok(action, &[]).text(element).to_owned();
        assert_eq!(id.strip_prefix(prefix).map(str::len), Some(17), "{id}");
    }
}

#[test]
fn too_large_a_page_of_endpoints_is_cut_and_of_the_others_refused() {
    let simulator = network(Switches::default());
    let client = Client::new(&simulator);
    let large = [("MaxResults", "1001")];
    assert_eq!(found(&client.ok(ENDPOINTS, &large), "vpcEndpointId"), "123");
    client.call(PEERINGS, &large).refused("InvalidParameterValue");
    client.call(ATTACHMENTS, &large).refused("InvalidParameterValue");
}

#[test]
fn the_switches_reach_them() {
    let pages = Pages { cap: Some(2), short: true, empty: true };
    let simulator = network(Switches { pages, ..Switches::default() });
    let client = Client::new(&simulator);
    for (action, element, ..) in READS {
        let (mut ids, mut pages, mut token) = (Vec::new(), 0, None::<String>);
        loop {
            let params: Vec<_> = token.iter().map(|t| ("NextToken", t.as_str())).collect();
            let page = client.ok(action, &params);
            ids.extend(page.all(element).into_iter().map(str::to_owned));
            pages += 1;
            token = page.all("nextToken").first().map(|t| (*t).to_owned());
            if token.is_none() {
                break;
            }
        }
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 3, "{action}");
        // Two at most on a page, and an empty one before each.
        assert!(pages >= 4, "{action}: {pages}");
    }

    simulator.fault(PEERINGS, "Unavailable");
    client.call(PEERINGS, &[]).refused("Unavailable");
    simulator.set_switches(|switches| switches.deny.push(ENDPOINTS.to_owned()));
    client.call(ENDPOINTS, &[]).refused("UnauthorizedOperation");
    let one = BucketSize { capacity: 1.0, refill: 0.0 };
    let buckets = [(ATTACHMENTS.to_owned(), one)].into();
    simulator.set_switches(|switches| {
        let throttle = Some(Throttle { buckets, ..Throttle::default() });
        *switches = Switches { throttle, ..Switches::default() };
    });
    client.ok(ATTACHMENTS, &[]);
    client.call(ATTACHMENTS, &[]).refused("RequestLimitExceeded");
    client.ok(PEERINGS, &[]);
}

#[test]
fn a_late_read_sees_what_was() {
    let consistency = Consistency { window_ms: 10_000, always: true };
    let simulator = network(Switches { consistency, ..Switches::default() });
    let client = Client::new(&simulator);
    simulator.advance(Duration::from_secs(60));
    simulator.edit("us-east-1", |world| {
        assert!(world.delete_vpc_endpoint("glb"));
        assert!(world.set_peering_status("near", "deleted"));
        assert!(world.delete_transit_gateway_attachment("core"));
    });
    let state = || {
        READS.map(|(action, element, ..)| {
            let listed = client.ok(action, &[]);
            let status = listed.body.contains("<code>deleted</code>");
            (found(&listed, element), status)
        })
    };
    let all = "123".to_owned();
    assert_eq!(state(), [(all.clone(), false), (all.clone(), false), (all.clone(), false)]);
    // It was there when this call looked, but it is gone: AWS says so.
    let endpoint = [("GatewayLoadBalancerEndpointId", "vpce-00000001")];
    client.call("CreateTrafficMirrorTarget", &endpoint).refused("InvalidVpcEndpointId.NotFound");
    simulator.advance(Duration::from_secs(11));
    assert_eq!(state(), [("23".to_owned(), false), (all, true), ("23".to_owned(), false)]);
}

#[test]
fn other_people_change_them() {
    let simulator = network(Switches::default());
    let before = simulator.snapshot();
    let made = simulator.edit("us-east-1", |world| {
        assert_eq!(world.vpc_endpoint_id("glb").as_deref(), Some("vpce-00000001"));
        assert!(world.set_vpc_endpoint_state("glb", "rejected"));
        assert!(world.delete_vpc_endpoint("vpce-00000002"));
        assert!(!world.delete_vpc_endpoint("vpce-00000002"));
        assert!(world.delete_peering("near"));
        assert!(!world.set_peering_status("near", "active"));
        assert!(world.set_transit_gateway_attachment_state("core", "failed"));
        assert_eq!(world.create_peering("shop", "nowhere"), None);
        world.create_peering("lab", "shop")
    });
    let mut lines = aws_sim::diff(&before, &simulator.snapshot());
    lines.sort();
    let made = made.expect("both VPCs are there");
    assert_eq!(
        lines,
        [
            format!(
                "us-east-1 + vpc peering {made} accepter=vpc-00000001 requester=vpc-00000002 status=active"
            ),
            "us-east-1 - vpc endpoint vpce-00000002 owner=111122223333 service=com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0 state=available type=Interface vpc=vpc-00000001".to_owned(),
            "us-east-1 - vpc peering pcx-00000001 accepter=vpc-00000002 requester=vpc-00000001 status=active tags={\"Name\":\"near\",\"team\":\"blue\"}".to_owned(),
            "us-east-1 ~ transit gateway attachment tgw-attach-00000001 state: available -> failed".to_owned(),
            "us-east-1 ~ vpc endpoint vpce-00000001 state: available -> rejected".to_owned(),
        ]
    );
}

#[test]
fn a_shared_subnet_is_its_owners_and_what_is_in_it_its_makers() {
    let text = "\
vpcs: [{name: ours}, {name: theirs, id: vpc-00000002, owner: \"999988887777\"}]
subnets:
  - {name: lent, id: subnet-00000001, vpc: ours}
  - {name: shared, id: subnet-00000002, vpc: theirs, owner: \"999988887777\"}
instances: [{subnet: shared}]
network_interfaces: [{id: eni-00000001, subnet: lent, owner: \"999988887777\"}]
";
    let simulator = account(text, Switches::default());
    let client = Client::new(&simulator);
    let shared = client.ok("DescribeSubnets", &[("SubnetId.1", "subnet-00000002")]);
    assert_eq!(shared.text("ownerId"), "999988887777");
    let arn = "arn:aws:ec2:us-east-1:999988887777:subnet/subnet-00000002";
    assert_eq!(shared.text("subnetArn"), arn);
    let of = |name, value| {
        let filter = [("Filter.1.Name", name), ("Filter.1.Value.1", value)];
        client.ok("DescribeSubnets", &filter).all("subnetId").join(" ")
    };
    assert_eq!(of("owner-id", "111122223333"), "subnet-00000001");
    assert_eq!(of("subnet-arn", arn), "subnet-00000002");
    let instance = client.ok("DescribeInstances", &[]);
    assert_eq!(instance.all("ownerId"), ["111122223333", "111122223333"]);
    assert_eq!(instance.text("vpcId"), "vpc-00000002");
    let lent = client.ok("DescribeNetworkInterfaces", &[("NetworkInterfaceId.1", "eni-00000001")]);
    assert_eq!(lent.text("ownerId"), "999988887777");
}

#[test]
fn a_peering_may_be_in_any_status() {
    let simulator = network(Switches::default());
    let client = Client::new(&simulator);
    for status in [
        "initiating-request",
        "pending-acceptance",
        "active",
        "deleted",
        "rejected",
        "failed",
        "expired",
        "provisioning",
        "deleting",
    ] {
        simulator.edit("us-east-1", |world| world.set_peering_status("near", status));
        let one = client.ok(PEERINGS, &[("VpcPeeringConnectionId.1", "pcx-00000001")]);
        assert_eq!(one.text("code"), status);
        assert_eq!(one.all("cidrBlock").is_empty(), status != "active");
    }
}
