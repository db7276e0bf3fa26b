//! What an audit reads, through the SDK, in the simulated account: everything whatever the pages, and everything else where a
//! call is refused.

use std::collections::{BTreeMap, BTreeSet};

use aws_sim::{NewSession, Scenario, Simulator, Switches};
use tap_core::aws::{Aws, Manners};
use tap_core::call::{Call, Program};
use tap_core::cloud::{LookOver, Observe, Overview};
use tap_core::error::{CloudError, ErrorKind};
use tap_core::ids::{EniId, Region};
use tap_core::inventory::{LoneEni, Narrow};
use tap_core::network::{Protocol, RouteDestination, UDP, Via};
use tap_core::settings::Settings;

use crate::contract::{REGION, cloud};

/// Sources in one VPC, sensors in another: behind two load balancers, on an interface of no instance, behind an endpoint.
const ACCOUNT: &str = r#"
regions:
  us-east-1:
    vpcs:
      - {id: vpc-1, name: shop, cidr: 10.1.0.0/16, tags: {"Vectra:session_mirroring_target": tmt-1}}
      - {id: vpc-2, name: lab, cidr: 10.2.0.0/16}
      - {id: vpc-3, name: sensors, cidr: 10.3.0.0/16}
    subnets:
      - {id: subnet-1, name: shop-a, vpc: shop, zone: us-east-1a, cidr: 10.1.0.0/24}
      - {id: subnet-2, name: lab-a, vpc: lab, zone: us-east-1a, cidr: 10.2.0.0/24}
      - {id: subnet-3, name: sensors-a, vpc: sensors, zone: us-east-1a, cidr: 10.3.0.0/24}
      - {id: subnet-4, name: sensors-b, vpc: sensors, zone: us-east-1b, cidr: 10.3.1.0/24}
    security_groups:
      - {id: sg-1, vpc: sensors, ingress: [{protocol: udp, ports: [4789, 4789], cidrs: [10.1.0.0/16]}]}
      - {id: sg-2, vpc: sensors, ingress: [{groups: [sg-1]}]}
      - {id: sg-3, vpc: shop}
    network_acls:
      - {id: acl-1, vpc: sensors, subnets: [sensors-b], entries: [{number: 90, action: deny, protocol: udp, cidr: 10.1.0.0/16, ports: [4000, 5000]}, {number: 100}]}
    route_tables:
      - {id: rtb-1, vpc: shop, subnets: [shop-a], routes: [{to: 10.3.0.0/16, peering: pcx-1}, {to: 10.2.0.0/16, transit_gateway: tgw-1}, {to: 10.9.0.0/16, vpc_endpoint: vpce-1}]}
    vpc_peerings:
      - {id: pcx-1, requester: shop, accepter: sensors}
      - {id: pcx-2, requester: lab, accepter: sensors, status: rejected}
    transit_gateway_attachments:
      - {gateway: tgw-1, vpc: shop, subnets: [shop-a]}
      - {gateway: tgw-1, vpc: lab, subnets: [lab-a], state: deleted}
    vpc_endpoints:
      - {id: vpce-1, vpc: shop, subnets: [shop-a]}
      - {id: vpce-2, vpc: shop, type: Interface, subnets: [shop-a]}
    instances:
      - {id: i-1, name: web-1, subnet: shop-a, security_groups: [sg-3], enis: [{id: eni-1, private_ips: [10.1.0.11, 10.1.0.12]}, {id: eni-2}]}
      - {id: i-2, name: desk-1, subnet: lab-a, enis: [{id: eni-3}]}
      - {id: i-3, name: sensor-1, subnet: sensors-a, security_groups: [sg-1, sg-2], enis: [{id: eni-4}]}
      - {id: i-4, name: sensor-2, subnet: sensors-b, enis: [{id: eni-5, private_ips: [10.3.1.5, 10.3.1.6]}]}
    network_interfaces:
      - {id: eni-6, name: loose, subnet: shop-a}
      - {id: eni-7, name: container, subnet: sensors-b, security_groups: [sg-1], private_ips: [10.3.1.77]}
      - {id: eni-8, name: box, subnet: sensors-a, security_groups: [sg-2]}
    target_groups:
      - {name: by-instance, vpc: sensors, targets: [{target: sensor-1}]}
      - {name: by-address, vpc: sensors, type: ip, cross_zone: "true", targets: [{target: 10.3.1.77}, {target: 10.3.1.6, health: unhealthy}]}
    load_balancers:
      - {name: one, subnets: [sensors-a, sensors-b], security_groups: [sg-1], cross_zone: true, listeners: [{target_group: by-instance}]}
      - {name: two, subnets: [sensors-b], listeners: [{target_group: by-address}]}
    targets:
      - {id: tmt-1, nlb: one}
      - {id: tmt-2, nlb: two}
      - {id: tmt-3, gwlbe: vpce-1}
      - {id: tmt-4, eni: eni-8}
    filters:
      - {id: tmf-1}
    sessions:
      - {id: tms-1, eni: eni-1, target: tmt-1, filter: tmf-1, tags: {Creator: "Vectra:Tap", Name: web-1}}
      - {id: tms-2, eni: eni-1, target: tmt-2, filter: tmf-1, number: 2}
      - {id: tms-3, eni: eni-2, target: tmt-4, filter: tmf-1}
      - {id: tms-4, eni: eni-6, target: tmt-3, filter: tmf-1}
"#;

fn start() -> Simulator {
    let scenario = Scenario::from_yaml("audit.yaml", ACCOUNT).unwrap();
    Simulator::start(scenario, Switches::default()).unwrap()
}

async fn try_look(sim: &Simulator, narrow: &Narrow) -> Result<Overview, CloudError> {
    cloud(sim).await.look_over(narrow, &Settings::default()).await
}

async fn look(sim: &Simulator) -> Overview {
    try_look(sim, &Narrow::default()).await.unwrap()
}

/// The calls that read a region; the others are about none.
fn of_region() -> impl Iterator<Item = Call> {
    let elsewhere = [Call::GetCallerIdentity, Call::DescribeRegions, Call::ListAccounts];
    let made = Call::ALL.iter().copied().filter(|call| call.programs().contains(&Program::Audit));
    made.filter(move |call| !elsewhere.contains(call))
}

fn enis(ids: &[&str]) -> BTreeSet<EniId> {
    ids.iter().map(|id| EniId::from(*id)).collect()
}

#[tokio::test]
async fn what_packets_meet() {
    let sim = start();
    let Overview { inventory, network, unread } = look(&sim).await;
    assert_eq!(unread, BTreeMap::new());

    let table = &network.route_tables[&"rtb-1".into()];
    assert_eq!((table.main, table.vpc.as_str()), (false, "vpc-1"));
    assert_eq!(table.subnets, BTreeSet::from(["subnet-1".into()]));
    let via = |block: &str| {
        let block = RouteDestination::Block(block.parse().unwrap());
        let route = table.routes.iter().find(|route| route.destination == block).unwrap();
        assert_eq!(route.active, Some(true), "{route:?}");
        route.via.clone()
    };
    assert_eq!(via("10.1.0.0/16"), Via::Local);
    assert_eq!(via("10.3.0.0/16"), Via::Peering("pcx-1".into()));
    assert_eq!(via("10.2.0.0/16"), Via::Gateway("tgw-1".into()));
    assert_eq!(via("10.9.0.0/16"), Via::Endpoint("vpce-1".into()));
    // Every VPC has a main table.
    for vpc in ["vpc-1", "vpc-2", "vpc-3"] {
        let is_it =
            |table: &&tap_core::network::RouteTable| table.vpc.as_str() == vpc && table.main;
        assert_eq!(network.route_tables.values().filter(is_it).count(), 1, "{vpc}");
    }

    let [mirrors] = &network.security_groups[&"sg-1".into()].ingress[..] else { panic!() };
    assert_eq!((mirrors.protocol, mirrors.ports), (Protocol::Number(UDP), Some((4789, 4789))));
    assert_eq!(mirrors.blocks, ["10.1.0.0/16".parse().unwrap()]);
    let [all] = &network.security_groups[&"sg-2".into()].ingress[..] else { panic!() };
    assert_eq!((all.protocol, all.ports), (Protocol::All, None));
    assert_eq!(all.groups, BTreeSet::from(["sg-1".into()]));
    assert_eq!(network.security_groups[&"sg-3".into()].ingress, []);
    // Where nothing else is written, a group lets everything out, and a network ACL nothing.
    let [out] = &network.security_groups[&"sg-1".into()].egress[..] else { panic!() };
    assert_eq!(out.protocol, Protocol::All);
    assert_eq!(out.blocks, ["0.0.0.0/0".parse().unwrap()]);

    let acl = &network.network_acls[&"acl-1".into()];
    assert_eq!(acl.subnets, BTreeSet::from(["subnet-4".into()]));
    let numbers: Vec<(i32, bool)> = acl.ingress.iter().map(|e| (e.number, e.allow)).collect();
    assert_eq!(numbers, [(90, false), (100, true), (32_767, false)]);
    assert_eq!(acl.ingress[0].ports, Some((4000, 5000)));
    let numbers: Vec<(i32, bool)> = acl.egress.iter().map(|e| (e.number, e.allow)).collect();
    assert_eq!(numbers, [(32_767, false)]);

    let states: Vec<&str> = network.peerings.values().map(|p| &*p.status).collect();
    assert_eq!(states, ["active", "rejected"]);
    let states: Vec<(&str, &str)> =
        network.attachments.iter().map(|a| (a.vpc.as_str(), &*a.state)).collect();
    assert_eq!(states, [("vpc-1", "available"), ("vpc-2", "deleted")]);
    assert_eq!(network.attachments[0].subnets, BTreeSet::from(["subnet-1".into()]));
    // An interface endpoint is none that traffic is mirrored to.
    let [(id, endpoint)] = &network.endpoints.iter().collect::<Vec<_>>()[..] else { panic!() };
    assert_eq!((id.as_str(), endpoint.vpc.as_str()), ("vpce-1", "vpc-1"));
    assert_eq!(endpoint.subnets, BTreeSet::from(["subnet-1".into()]));

    // Sources, sensors, what sessions stand on, what targets deliver to, and who has an address that is sent to.
    let all = enis(&["eni-1", "eni-2", "eni-3", "eni-4", "eni-5", "eni-6", "eni-7", "eni-8"]);
    assert_eq!(network.interfaces.keys().cloned().collect::<BTreeSet<_>>(), all);
    let web = &network.interfaces[&"eni-1".into()];
    assert_eq!(web.primary, Some("10.1.0.11".parse().unwrap()));
    assert_eq!(web.groups, BTreeSet::from(["sg-3".into()]));
    let container = &network.interfaces[&"eni-7".into()];
    assert_eq!(container.groups, BTreeSet::from(["sg-1".into()]));
    let holders: BTreeMap<_, _> = [("10.3.1.77", "eni-7"), ("10.3.1.6", "eni-5")]
        .map(|(address, eni)| (address.parse().unwrap(), enis(&[eni])))
        .into();
    assert_eq!(network.holders, holders);
    let vpc = "vpc-1".into();
    assert_eq!(inventory.lone_enis[&"eni-6".into()], LoneEni::Detached { vpc });
    assert_eq!(network.organization, None);
}

#[tokio::test]
async fn load_balancers_in_detail() {
    let sim = start();
    let Overview { inventory, network, .. } = look(&sim).await;
    let one = &network.balancers[&"tmt-1".into()];
    let zones = [("subnet-3", "us-east-1a"), ("subnet-4", "us-east-1b")];
    assert_eq!(one.subnets, zones.map(|(id, zone)| (id.into(), zone.to_owned())).into());
    assert_eq!((one.cross_zone, one.groups.clone()), (Some(true), BTreeSet::from(["sg-1".into()])));
    let [group] = &one.target_groups[..] else { panic!("{one:?}") };
    assert_eq!(group.cross_zone, None);
    let [sensor] = &group.members[..] else { panic!("{group:?}") };
    assert_eq!((&*sensor.id, sensor.port, &*sensor.health), ("i-3", Some(4789), "healthy"));

    let two = &network.balancers[&"tmt-2".into()];
    assert_eq!((two.cross_zone, two.groups.len()), (Some(false), 0));
    let members: Vec<(&str, Option<&str>, &str)> = two.target_groups[0]
        .members
        .iter()
        .map(|member| (&*member.id, member.zone.as_deref(), &*member.health))
        .collect();
    assert_eq!(two.target_groups[0].cross_zone, Some(true));
    let zone = Some("us-east-1b");
    assert_eq!(members, [("10.3.1.6", zone, "unhealthy"), ("10.3.1.77", zone, "healthy")]);
    // A run's view of it comes from the same answers.
    let facts = &inventory.nlbs[&"tmt-2".into()];
    assert_eq!(
        (facts.exists, facts.listens, facts.healthy, facts.addresses.len()),
        (true, true, 1, 2)
    );
}

#[tokio::test]
async fn the_same_account_is_looked_over_whatever_the_pages() {
    for scenario in [Scenario::demo(), Scenario::from_yaml("audit.yaml", ACCOUNT).unwrap()] {
        let sim = Simulator::start(scenario, Switches::default()).unwrap();
        let whole = look(&sim).await;
        for (cap, short, empty) in [(1, false, false), (2, true, true), (5, true, false)] {
            sim.set_switches(|s| {
                (s.pages.cap, s.pages.short, s.pages.empty) = (Some(cap), short, empty)
            });
            assert!(look(&sim).await == whole, "pages of {cap}, short {short}, empty {empty}");
        }
    }
}

/// But for what an audit asks besides: all subnets, and what foreign sessions stand on.
#[tokio::test]
async fn the_inventory_is_that_of_a_run() {
    let narrow = |vpcs: &[&str], instances: &[&str]| Narrow {
        vpcs: vpcs.iter().map(|id| (*id).into()).collect(),
        instances: instances.iter().map(|id| (*id).into()).collect(),
    };
    let of_demo = [
        narrow(&[], &[]),
        narrow(&["vpc-0de00000000000002"], &[]),
        narrow(&[], &["i-0de00000000000002"]),
    ];
    let of_account = [narrow(&[], &[]), narrow(&["vpc-1"], &[]), narrow(&[], &["i-1", "i-2"])];
    let account = Scenario::from_yaml("audit.yaml", ACCOUNT).unwrap();
    for (scenario, narrows) in [(Scenario::demo(), of_demo), (account, of_account)] {
        let sim = Simulator::start(scenario, Switches::default()).unwrap();
        for narrow in narrows {
            let mut run = cloud(&sim).await.inventory(&narrow, &Settings::default()).await.unwrap();
            let mut audit = try_look(&sim, &narrow).await.unwrap().inventory;
            let whole = narrow.is_whole();
            assert!(!whole || run.subnets == audit.subnets, "{narrow:?}");
            assert!(run.subnets.keys().all(|id| audit.subnets.contains_key(id)), "{narrow:?}");
            run.subnets = audit.subnets.clone();
            // A narrow audit reads the instances that receive, too; their interfaces are lone no more.
            let of_instances: BTreeSet<EniId> =
                audit.enis().map(|(_, _, eni)| eni.id.clone()).collect();
            assert!(!whole || run.instances == audit.instances, "{narrow:?}");
            run.lone_enis.retain(|id, _| !of_instances.contains(id));
            audit.instances.retain(|id, _| run.instances.contains_key(id));
            audit.lone_enis.retain(|id, _| run.lone_enis.contains_key(id));
            assert!(audit == run, "{narrow:?}: {audit:#?}\n{run:#?}");
        }
    }
}

#[tokio::test]
async fn a_narrow_audit_knows_where_its_packets_go() {
    let sim = start();
    let whole = look(&sim).await;
    let narrow = Narrow { instances: BTreeSet::from(["i-1".into()]), ..Narrow::default() };
    let of_vpc = Narrow { vpcs: BTreeSet::from(["vpc-1".into()]), ..Narrow::default() };
    for narrow in [narrow, of_vpc] {
        let part = try_look(&sim, &narrow).await.unwrap();
        let left: BTreeSet<_> = part.inventory.instances.keys().map(|id| id.as_str()).collect();
        // The sensor behind the load balancer, and the one whose second address is registered.
        assert_eq!(left, BTreeSet::from(["i-1", "i-3", "i-4"]), "{narrow:?}");
        for (id, facts) in &part.network.interfaces {
            assert_eq!(whole.network.interfaces.get(id), Some(facts), "{narrow:?}");
        }
        for eni in ["eni-1", "eni-2", "eni-4", "eni-5", "eni-7", "eni-8"] {
            assert!(part.network.interfaces.contains_key(&eni.into()), "{narrow:?}: {eni}");
        }
        let mut network = part.network;
        network.interfaces = whole.network.interfaces.clone();
        assert_eq!(network, whole.network, "{narrow:?}");
    }
}

/// What is left of an overview without what one call tells.
fn without(call: Call, full: &Overview) -> Overview {
    let mut left = full.clone();
    let Overview { inventory, network, .. } = &mut left;
    // Known only because a load balancer sends to its address.
    let forget_members = |network: &mut tap_core::network::Network| {
        network.holders.clear();
        network.interfaces.remove(&"eni-7".into());
    };
    match call {
        Call::DescribeVpcs => inventory.vpcs.clear(),
        Call::DescribeSubnets => inventory.subnets.clear(),
        Call::DescribeTrafficMirrorFilters => inventory.filters.clear(),
        Call::DescribeInstances => {
            inventory.instances.clear();
            // What sessions stand on is looked up by itself, and says whose it is.
            let of_web = || LoneEni::Attached { vpc: "vpc-1".into(), instance: Some("i-1".into()) };
            inventory.lone_enis.extend(["eni-1", "eni-2"].map(|eni| (eni.into(), of_web())));
            let named = enis(&["eni-1", "eni-2", "eni-5", "eni-6", "eni-7", "eni-8"]);
            network.interfaces.retain(|id, _| named.contains(id));
        }
        Call::DescribeNetworkInterfaces => {
            inventory.lone_enis.clear();
            inventory.requester_managed.clear();
            let lone = enis(&["eni-6", "eni-7", "eni-8"]);
            network.interfaces.retain(|id, _| !lone.contains(id));
            network.holders.remove(&"10.3.1.77".parse().unwrap());
        }
        Call::DescribeTrafficMirrorTargets => {
            inventory.targets.clear();
            inventory.nlbs.clear();
            inventory.lone_enis.remove(&"eni-8".into());
            network.balancers.clear();
            network.interfaces.remove(&"eni-8".into());
            forget_members(network);
        }
        Call::DescribeTrafficMirrorSessions => {
            inventory.sessions.clear();
            // A tag names the first load balancer; nobody names the second, nor what the others deliver to.
            inventory.nlbs.remove(&"tmt-2".into());
            inventory.lone_enis.clear();
            network.balancers.remove(&"tmt-2".into());
            network.interfaces.remove(&"eni-6".into());
            network.interfaces.remove(&"eni-8".into());
            forget_members(network);
        }
        Call::DescribeRouteTables => network.route_tables.clear(),
        Call::DescribeSecurityGroups => network.security_groups.clear(),
        Call::DescribeNetworkAcls => network.network_acls.clear(),
        Call::DescribeVpcPeeringConnections => network.peerings.clear(),
        Call::DescribeTransitGatewayVpcAttachments => network.attachments.clear(),
        Call::DescribeVpcEndpoints => {
            network.endpoints.clear();
            for route in network.route_tables.values_mut().flat_map(|table| &mut table.routes) {
                if let Via::Endpoint(id) = &route.via {
                    route.via = Via::Other(id.to_string());
                }
            }
        }
        Call::DescribeLoadBalancers => {
            inventory.nlbs.clear();
            network.balancers.clear();
            forget_members(network);
        }
        Call::DescribeListeners => {
            inventory.nlbs.clear();
            network.balancers.values_mut().for_each(|balancer| balancer.target_groups.clear());
            forget_members(network);
        }
        Call::DescribeTargetHealth => {
            inventory.nlbs.clear();
            let groups = network.balancers.values_mut().flat_map(|one| &mut one.target_groups);
            groups.for_each(|group| group.members.clear());
            forget_members(network);
        }
        Call::DescribeLoadBalancerAttributes => {
            network.balancers.values_mut().for_each(|balancer| balancer.cross_zone = None);
        }
        Call::DescribeTargetGroupAttributes => {
            let groups = network.balancers.values_mut().flat_map(|one| &mut one.target_groups);
            groups.for_each(|group| group.cross_zone = None);
        }
        other => panic!("nobody says what {other} tells"),
    }
    left
}

#[tokio::test]
async fn each_call_denied_leaves_the_rest_and_is_named() {
    let sim = start();
    let full = look(&sim).await;
    for call in of_region() {
        sim.set_switches(|s| s.deny = vec![call.action().to_owned()]);
        let mut found = look(&sim).await;
        let unread = std::mem::take(&mut found.unread);
        assert_eq!(unread.keys().copied().collect::<Vec<_>>(), [call]);
        assert_eq!((unread[&call].kind, unread[&call].call), (ErrorKind::Denied, call));
        assert!(unread[&call].remedy().contains(call.iam_action().unwrap()));
        let expected = without(call, &full);
        let (inventory, network) = (&found.inventory, &found.network);
        assert!(*inventory == expected.inventory, "{call}: {inventory:#?}");
        assert!(*network == expected.network, "{call}: {network:#?}");
        assert!(found != full, "{call} tells nothing");
    }
}

#[tokio::test]
async fn nothing_may_be_read() {
    let sim = start();
    let all: Vec<String> = of_region().map(|call| call.action().to_owned()).collect();
    sim.set_switches(|s| s.deny = all);
    let Overview { inventory, network, unread } = look(&sim).await;
    let nothing = tap_core::inventory::Inventory::empty(inventory.scope.clone());
    assert_eq!(inventory, nothing);
    assert_eq!(network, tap_core::network::Network::default());
    // What is not asked without those is not missed.
    assert!(
        unread.contains_key(&Call::DescribeInstances)
            && !unread.contains_key(&Call::DescribeListeners)
    );
}

/// An emulator, or a region without the service.
#[tokio::test]
async fn a_call_that_the_endpoint_does_not_have_is_named_too() {
    for (call, code, status) in [
        (Call::DescribeNetworkAcls, "InvalidAction", 400),
        (Call::DescribeTransitGatewayVpcAttachments, "InternalFailure", 501),
    ] {
        let sim = start();
        let full = look(&sim).await;
        sim.fault(call.action(), code).status(status);
        let found = look(&sim).await;
        assert_eq!(found.unread[&call].kind, ErrorKind::NotOffered);
        let expected = without(call, &full);
        assert_eq!((found.inventory, found.network), (expected.inventory, expected.network));
    }
}

#[tokio::test]
async fn any_other_failure_of_any_call_fails_the_whole() {
    for call in of_region() {
        // A simulator each: what the look before had asked, and did not wait for, would meet the fault of this one.
        let sim = start();
        sim.fault(call.action(), "AuthFailure");
        let found = try_look(&sim, &Narrow::default()).await;
        let error = found.err().unwrap_or_else(|| panic!("{call} failed, and nobody said so"));
        assert_eq!((error.kind, error.call), (ErrorKind::Credentials, call));
    }
}

#[tokio::test]
async fn gone_is_what_aws_says_is_gone() {
    let sim = start();
    let of_nobody = NewSession {
        eni: "eni-9".to_owned(),
        target: "tmt-1".to_owned(),
        filter: "tmf-1".to_owned(),
        number: 1,
        owner: None,
        tags: BTreeMap::new(),
    };
    sim.edit(REGION, |world| {
        world.create_session(of_nobody);
        assert!(world.delete_load_balancer("two"));
    });
    let gone = look(&sim).await;
    assert_eq!(gone.inventory.lone_enis[&"eni-9".into()], LoneEni::Gone);
    assert!(!gone.inventory.nlbs[&"tmt-2".into()].exists);
    assert!(!gone.network.balancers.contains_key(&"tmt-2".into()));
    assert_eq!(gone.unread, BTreeMap::new());
    let refused = ["DescribeLoadBalancers", "DescribeNetworkInterfaces"].map(str::to_owned);
    sim.set_switches(|s| s.deny = refused.into());
    let refused = look(&sim).await;
    assert_eq!((refused.inventory.lone_enis.len(), refused.inventory.nlbs.len()), (0, 0));
}

#[tokio::test]
async fn each_page_of_route_tables_is_as_large_as_aws_gives_them() {
    let sim = start();
    look(&sim).await;
    let sizes: BTreeMap<String, String> = sim
        .calls()
        .into_iter()
        .filter_map(|call| Some((call.action, call.params.get("MaxResults")?.clone())))
        .collect();
    assert_eq!(sizes["DescribeRouteTables"], "100");
    assert_eq!(sizes["DescribeSecurityGroups"], "1000");
}

#[tokio::test]
async fn an_audit_makes_every_call_of_the_table_that_is_its_own_and_no_other() {
    let sim = start();
    let aws = Aws::for_simulator(&sim.endpoint_url(), Manners::default()).await;
    let region = Region::new(REGION);
    aws.account(&region).await.unwrap();
    aws.regions(&region).await.unwrap();
    aws.organization_accounts(&region, &"111122223333".into()).await.unwrap();
    look(&sim).await;
    let made: BTreeSet<String> = sim.counts().into_keys().collect();
    let table = Call::ALL.iter().filter(|call| call.programs().contains(&Program::Audit));
    assert_eq!(made, table.map(|call| call.action().to_owned()).collect());
}

/// The accounts of the organization that a scenario describes.
async fn organization(scenario: &str, pages: usize) -> Result<Vec<String>, CloudError> {
    let scenario = format!("account: \"111122223333\"\n{scenario}");
    let scenario = Scenario::from_yaml("organization.yaml", &scenario).unwrap();
    let sim = Simulator::start(scenario, Switches::default()).unwrap();
    sim.set_switches(|s| s.pages.cap = Some(pages));
    let aws = Aws::for_simulator(&sim.endpoint_url(), Manners::default()).await;
    let accounts = aws.organization_accounts(&Region::new(REGION), &"111122223333".into()).await?;
    Ok(accounts.iter().map(ToString::to_string).collect())
}

#[tokio::test]
async fn the_accounts_of_an_organization() {
    let three = "organization:\n  accounts:\n    - {id: \"222233334444\", name: a}\n    - {id: \"333344445555\", name: b}\n";
    for pages in [1, 20] {
        let accounts = organization(three, pages).await.unwrap();
        assert_eq!(accounts, ["111122223333", "222233334444", "333344445555"], "{pages}");
    }
    // No organization is an answer: nobody else belongs to us.
    assert_eq!(organization("", 20).await.unwrap(), ["111122223333"]);
    let member = "organization: {management: \"999988887777\"}\n";
    let denied = organization(member, 20).await.unwrap_err();
    assert_eq!((denied.kind, denied.call), (ErrorKind::Denied, Call::ListAccounts));
}
