//! Route tables: those of the scenario and those that VPCs have by themselves, and where their routes lead.

mod support;

use std::time::Duration;

use aws_sim::{Consistency, Scenario, Simulator, Switches};
use support::{Client, Reply, account};

const TABLES: &str = "DescribeRouteTables";
const NETWORK: &str = "\
vpcs:
  - {name: shop, id: vpc-00000001, cidr: 10.1.0.0/16}
  - {name: lab, id: vpc-00000002, cidr: 10.2.0.0/16}
  - {id: vpc-00000003, cidr: 10.3.0.0/16, owner: \"999988887777\"}
subnets:
  - {name: a, id: subnet-00000001, vpc: shop, cidr: 10.1.1.0/24}
  - {name: b, id: subnet-00000002, vpc: shop, cidr: 10.1.2.0/24}
  - {name: l, id: subnet-00000003, vpc: lab, cidr: 10.2.1.0/24}
instances:
  - {name: nat, id: i-00000001, subnet: a, enis: [{id: eni-00000001}]}
network_interfaces:
  - {name: loose, id: eni-00000002, subnet: a}
vpc_endpoints:
  - {name: glb, id: vpce-00000001, vpc: shop, subnets: [a]}
vpc_peerings:
  - {name: near, id: pcx-00000001, requester: shop, accepter: lab}
  - {name: asked, id: pcx-00000002, requester: lab, accepter: shop, status: pending-acceptance}
transit_gateway_attachments:
  - {name: core, gateway: tgw-00000001, vpc: shop, subnets: [a]}
  - {gateway: tgw-00000002, vpc: lab}
route_tables:
  - name: shop-main
    id: rtb-00000001
    vpc: shop
    main: true
    tags: {team: blue}
    routes:
      - {to: 0.0.0.0/0, gateway: igw-00000001}
      - {to: \"::/0\", egress_only_gateway: eigw-00000001}
      - {to: 10.2.0.0/16, peering: near}
      - {to: 10.4.0.0/16, transit_gateway: tgw-00000001}
  - name: private
    id: rtb-00000002
    vpc: shop
    subnets: [b]
    routes:
      - {to: 0.0.0.0/0, nat_gateway: nat-00000001}
      - {to: pl-00000001, vpc_endpoint: glb}
      - {to: 192.0.2.0/25, instance: nat}
      - {to: 192.0.2.128/25, network_interface: loose}
      - {to: 198.51.100.0/25, network_interface: nat/0, origin: CreateRouteTable}
      - {to: 10.5.0.0/16, peering: asked}
      - {to: 10.6.0.0/16, transit_gateway: tgw-00000002}
      - {to: 10.7.0.0/16, peering: pcx-0badbadb}
      - {to: 10.8.0.0/16, gateway: vgw-00000001, state: blackhole, origin: EnableVgwRoutePropagation}
";

fn network(switches: Switches) -> Simulator {
    account(NETWORK, switches)
}

/// The tables that pass a filter, by id and in order; one that nobody named is `main of VPC`.
fn select(client: &Client<'_>, name: &str, value: &str) -> Vec<String> {
    let reply = client.call(TABLES, &[("Filter.1.Name", name), ("Filter.1.Value.1", value)]).ok();
    tables(&reply)
}

fn tables(reply: &Reply) -> Vec<String> {
    let mut found = Vec::new();
    // Associations name their table too: the id of a table itself is followed by its VPC.
    for piece in reply.body.split("<routeTableId>").skip(1) {
        let (id, rest) = piece.split_once("</routeTableId>").expect("it ends");
        if let Some(vpc) = rest.strip_prefix("<vpcId>") {
            let vpc = vpc.split('<').next().unwrap_or_default();
            let given = id.len() == "rtb-00000001".len();
            found.push(if given { id.to_owned() } else { format!("main of {vpc}") });
        }
    }
    found.sort();
    found
}

/// Each route of a table: its destination, and all that is said of it besides.
fn routes(client: &Client<'_>, table: &str) -> Vec<String> {
    let reply = client.ok(TABLES, &[("RouteTableId.1", table)]);
    let set = reply.text("routeSet");
    let items = set.split("<item>").skip(1);
    items
        .map(|item| {
            let leaves = item.replace("</item>", "");
            let mut said: Vec<&str> =
                leaves.split("</").filter_map(|leaf| leaf.rsplit('<').next()).collect();
            said.retain(|leaf| leaf.contains('>') && !leaf.ends_with('>'));
            said.iter().map(|leaf| leaf.replace('>', "=")).collect::<Vec<_>>().join(" ")
        })
        .collect()
}

#[test]
fn a_vpc_has_a_main_table_by_itself_unless_one_is_given() {
    let simulator = network(Switches::default());
    let client = Client::new(&simulator);
    assert_eq!(
        tables(&client.ok(TABLES, &[])),
        ["main of vpc-00000002", "main of vpc-00000003", "rtb-00000001", "rtb-00000002"]
    );
    let of_lab = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", "vpc-00000002")];
    let lab = client.ok(TABLES, &of_lab);
    assert_eq!((lab.text("main"), lab.text("ownerId")), ("true", "111122223333"));
    // Subnets that are in it only because they are in no other are not told.
    assert!(lab.all("subnetId").is_empty(), "{}", lab.body);
    let id = lab.text("routeTableId").to_owned();
    assert_eq!(
        routes(&client, &id),
        ["destinationCidrBlock=10.2.0.0/16 gatewayId=local origin=CreateRouteTable state=active"]
    );
    let away = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", "vpc-00000003")];
    assert_eq!(client.ok(TABLES, &away).text("ownerId"), "999988887777");
}

#[test]
fn a_route_names_what_it_leads_to_and_is_a_blackhole_where_that_is_gone() {
    let simulator = network(Switches::default());
    let client = Client::new(&simulator);
    assert_eq!(
        routes(&client, "rtb-00000001"),
        [
            "destinationCidrBlock=10.1.0.0/16 gatewayId=local origin=CreateRouteTable state=active",
            "destinationCidrBlock=0.0.0.0/0 gatewayId=igw-00000001 origin=CreateRoute state=active",
            "destinationIpv6CidrBlock=::/0 egressOnlyInternetGatewayId=eigw-00000001 origin=CreateRoute state=active",
            "destinationCidrBlock=10.2.0.0/16 vpcPeeringConnectionId=pcx-00000001 origin=CreateRoute state=active",
            "destinationCidrBlock=10.4.0.0/16 transitGatewayId=tgw-00000001 origin=CreateRoute state=active",
        ]
    );
    let private = [
        "destinationCidrBlock=10.1.0.0/16 gatewayId=local origin=CreateRouteTable state=active",
        "destinationCidrBlock=0.0.0.0/0 natGatewayId=nat-00000001 origin=CreateRoute state=active",
        "destinationPrefixListId=pl-00000001 gatewayId=vpce-00000001 origin=CreateRoute state=active",
        "destinationCidrBlock=192.0.2.0/25 instanceId=i-00000001 instanceOwnerId=111122223333 networkInterfaceId=eni-00000001 origin=CreateRoute state=active",
        "destinationCidrBlock=192.0.2.128/25 networkInterfaceId=eni-00000002 origin=CreateRoute state=active",
        "destinationCidrBlock=198.51.100.0/25 instanceId=i-00000001 instanceOwnerId=111122223333 networkInterfaceId=eni-00000001 origin=CreateRouteTable state=active",
        // Not accepted yet, the gateway of another VPC, and one that never was.
        "destinationCidrBlock=10.5.0.0/16 vpcPeeringConnectionId=pcx-00000002 origin=CreateRoute state=blackhole",
        "destinationCidrBlock=10.6.0.0/16 transitGatewayId=tgw-00000002 origin=CreateRoute state=blackhole",
        "destinationCidrBlock=10.7.0.0/16 vpcPeeringConnectionId=pcx-0badbadb origin=CreateRoute state=blackhole",
        "destinationCidrBlock=10.8.0.0/16 gatewayId=vgw-00000001 origin=EnableVgwRoutePropagation state=blackhole",
    ];
    assert_eq!(routes(&client, "rtb-00000002"), private);

    simulator.edit("us-east-1", |world| {
        assert!(world.delete_peering("near"));
        assert!(world.set_transit_gateway_attachment_state("core", "deleting"));
        assert!(world.delete_vpc_endpoint("glb"));
        assert!(world.delete_eni("eni-00000002"));
        assert!(world.terminate_instance("nat"));
        assert!(world.set_peering_status("asked", "active"));
    });
    let states = |table: &str| -> Vec<bool> {
        routes(&client, table).iter().map(|route| route.ends_with("state=active")).collect()
    };
    assert_eq!(states("rtb-00000001"), [true, true, true, false, false]);
    let expected = [true, true, false, false, false, false, true, false, false, false];
    assert_eq!(states("rtb-00000002"), expected);
}

#[test]
fn associations_are_the_main_one_and_those_of_subnets() {
    let simulator = network(Switches::default());
    let client = Client::new(&simulator);
    let main = client.ok(TABLES, &[("RouteTableId.1", "rtb-00000001")]);
    assert_eq!(main.all("main"), ["true"]);
    assert!(main.all("subnetId").is_empty());
    let private = client.ok(TABLES, &[("RouteTableId.1", "rtb-00000002")]);
    assert_eq!(private.all("main"), ["false"]);
    assert_eq!(private.all("subnetId"), ["subnet-00000002"]);
    assert!(private.text("associationState").contains("<state>associated</state>"));
    let id = private.text("routeTableAssociationId");
    assert!(id.starts_with("rtbassoc-") && id.len() == 26, "{id}");
    assert_ne!(id, main.text("routeTableAssociationId"));
}

#[test]
fn tables_are_found_by_id_and_by_documented_filters() {
    let simulator = network(Switches::default());
    let client = Client::new(&simulator);
    let (one, two) = ("rtb-00000001", "rtb-00000002");
    for (name, value, wanted) in [
        ("association.main", "true", vec!["main of vpc-00000002", "main of vpc-00000003", one]),
        ("association.subnet-id", "subnet-00000002", vec![two]),
        ("association.route-table-id", two, vec![two]),
        ("association.gateway-id", "*", vec![]),
        ("owner-id", "999988887777", vec!["main of vpc-00000003"]),
        ("route-table-id", one, vec![one]),
        ("route.destination-cidr-block", "0.0.0.0/0", vec![one, two]),
        ("route.destination-ipv6-cidr-block", "::/0", vec![one]),
        ("route.destination-prefix-list-id", "pl-*", vec![two]),
        ("route.egress-only-internet-gateway-id", "eigw-00000001", vec![one]),
        ("route.gateway-id", "vpce-00000001", vec![two]),
        ("route.instance-id", "i-00000001", vec![two]),
        ("route.nat-gateway-id", "nat-00000001", vec![two]),
        ("route.transit-gateway-id", "tgw-00000001", vec![one]),
        ("route.vpc-peering-connection-id", "pcx-00000001", vec![one]),
        ("route.origin", "EnableVgwRoutePropagation", vec![two]),
        ("route.state", "blackhole", vec![two]),
        ("tag:team", "blue", vec![one]),
        ("tag-key", "Name", vec![one, two]),
        ("vpc-id", "vpc-00000001", vec![one, two]),
    ] {
        assert_eq!(select(&client, name, value), wanted, "{name}={value}");
    }
    let associated = client.ok(TABLES, &[("RouteTableId.1", two)]);
    let id = associated.text("routeTableAssociationId");
    assert_eq!(select(&client, "association.route-table-association-id", id), [two]);
    for name in ["route.network-interface-id", "association.state", "tag", "subnet-id"] {
        let params = [("Filter.1.Name", name), ("Filter.1.Value.1", "x")];
        client.call(TABLES, &params).refused("InvalidParameterValue");
    }
    let missing = [("RouteTableId.1", one), ("RouteTableId.2", "rtb-0badbadb")];
    client.call(TABLES, &missing).refused("InvalidRouteTableID.NotFound");
    client.call(TABLES, &[("RouteTableId.1", "none")]).refused("InvalidRouteTableId.Malformed");
    client.call(TABLES, &[("RouteTableIds.1", one)]).refused("UnknownParameter");
    client.call(TABLES, &[("MaxResults", "101")]).refused("InvalidParameterValue");
    client.call(TABLES, &[("MaxResults", "4")]).refused("InvalidParameterValue");
    assert_eq!(tables(&client.ok(TABLES, &[("MaxResults", "100")])).len(), 4);
    assert_eq!(client.call(TABLES, &[("DryRun", "true")]).refused("DryRunOperation"), 412);
}

#[test]
fn switches_and_tags_reach_tables() {
    let consistency = Consistency { window_ms: 10_000, always: true };
    let simulator = network(Switches { consistency, ..Switches::default() });
    let client = Client::new(&simulator);
    simulator.advance(Duration::from_secs(60));
    simulator.edit("us-east-1", |world| {
        assert!(world.delete_route("shop-main", "0.0.0.0/0"));
        assert!(!world.delete_route("shop-main", "0.0.0.0/0"));
        assert!(!world.delete_route("shop-main", "10.1.0.0/16"), "the local one stays");
        assert!(world.delete_peering("near"));
    });
    assert_eq!(routes(&client, "rtb-00000001").len(), 5);
    assert!(select(&client, "route.state", "blackhole").iter().all(|id| id == "rtb-00000002"));
    simulator.advance(Duration::from_secs(11));
    assert_eq!(routes(&client, "rtb-00000001").len(), 4);
    assert_eq!(select(&client, "route.state", "blackhole"), ["rtb-00000001", "rtb-00000002"]);

    simulator.set_switches(|switches| switches.consistency = Consistency::default());
    let tag = [("ResourceId.1", "rtb-00000002"), ("Tag.1.Key", "who"), ("Tag.1.Value", "me")];
    client.ok("CreateTags", &tag);
    let listed = [("Filter.1.Name", "key"), ("Filter.1.Value.1", "who")];
    assert_eq!(client.ok("DescribeTags", &listed).text("resourceType"), "route-table");
    assert_eq!(select(&client, "tag:who", "me"), ["rtb-00000002"]);

    simulator.fault(TABLES, "Unavailable");
    client.call(TABLES, &[]).refused("Unavailable");
    simulator.set_switches(|switches| switches.deny.push(TABLES.to_owned()));
    assert_eq!(client.call(TABLES, &[]).refused("UnauthorizedOperation"), 403);
}

#[test]
fn a_scenario_that_cannot_be_is_refused() {
    let refused = |tables: &str| {
        let text = format!(
            "regions:\n  us-east-1:\n    vpcs: [{{name: v}}, {{name: w}}]\n    subnets: [{{name: s, vpc: v}}]\n    route_tables:\n{tables}"
        );
        Scenario::from_yaml("s.yaml", &text).unwrap_err().to_string()
    };
    for (tables, said) in [
        (
            "      - {vpc: v, main: true}\n      - {vpc: v, main: true}\n",
            "s.yaml:7: us-east-1: vpc `v` has two main",
        ),
        (
            "      - {vpc: v, subnets: [s]}\n      - {vpc: v, subnets: [s]}\n",
            "s.yaml:7: us-east-1: subnet `s` has two",
        ),
        ("      - {vpc: w, subnets: [s]}\n", "s.yaml:6: us-east-1: subnet `s` is not in"),
        (
            "      - {vpc: v, routes: [{to: 10.0.0.0, gateway: igw-1}]}\n",
            "s.yaml:6: us-east-1: `10.0.0.0` is neither",
        ),
        (
            "      - {vpc: v, routes: [{to: 10.0.0.0/8}]}\n",
            "s.yaml:6: us-east-1: the route to `10.0.0.0/8` must lead to exactly one",
        ),
        (
            "      - {vpc: v, routes: [{to: 10.0.0.0/8, gateway: igw-1, nat_gateway: nat-1}]}\n",
            "s.yaml:6: us-east-1: the route to `10.0.0.0/8` must lead to exactly one",
        ),
        (
            "      - {vpc: v, routes: [{to: 10.0.0.0/8, gateway: nat-1}]}\n",
            "s.yaml:6: us-east-1: `nat-1` does not begin with igw- or vgw-",
        ),
        (
            "      - {vpc: v, routes: [{to: 10.0.0.0/8, peering: none}]}\n",
            "s.yaml:6: us-east-1: there is no peering `none`",
        ),
        (
            "      - {vpc: v, routes: [{to: 10.0.0.0/8, gateway: igw-1, state: filtered}]}\n",
            "s.yaml:6: us-east-1: the route to `10.0.0.0/8` must be",
        ),
        (
            "      - {vpc: v, routes: [{to: 10.0.0.0/8, gateway: igw-1, origin: Me}]}\n",
            "s.yaml:6: us-east-1: the origin of",
        ),
    ] {
        let got = refused(tables);
        assert!(got.starts_with(said), "{got}");
    }
}
