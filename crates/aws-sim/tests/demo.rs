//! The embedded scenarios and the generator: whole, small enough to read, the same every time.

mod support;

use aws_sim::{Generate, Scenario, Simulator, Switches};
use support::Client;

fn count(snapshot: &serde_json::Value, kind: &str) -> usize {
    snapshot["regions"]["us-east-1"][kind].as_object().map_or(0, serde_json::Map::len)
}

#[test]
fn the_demo_is_small_and_whole() {
    let simulator = Simulator::start(Scenario::demo(), Switches::default()).unwrap();
    let snapshot = simulator.snapshot();
    assert!((30..60).contains(&count(&snapshot, "network_interfaces")));
    assert_eq!(count(&snapshot, "vpcs"), 7);
    assert_eq!(count(&snapshot, "targets"), 4);
    assert!(count(&snapshot, "sessions") > 20);
    // More sources than the small appliance takes.
    simulator.edit("us-east-1", |world| {
        assert_eq!(world.enis_of_instance("gateway-1").len(), 2);
        assert_eq!(world.sessions_on(&world.enis_of_instance("probe-2")[0]).len(), 3);
    });
}

#[test]
fn the_starter_has_nothing_to_do_with_mirroring_yet() {
    let simulator = Simulator::start(Scenario::starter(), Switches::default()).unwrap();
    let snapshot = simulator.snapshot();
    for (kind, number) in [
        ("vpcs", 2),
        ("subnets", 4),
        ("instances", 7),
        ("network_interfaces", 7),
        ("vpc_peerings", 1),
        ("targets", 0),
        ("filters", 0),
        ("sessions", 0),
        ("load_balancers", 0),
        ("target_groups", 0),
    ] {
        assert_eq!(count(&snapshot, kind), number, "{kind}");
    }
    // Names are all the tags that there are.
    let client = Client::new(&simulator);
    assert!(client.ok("DescribeTags", &[]).all("key").iter().all(|key| *key == "Name"));
    let states = client.ok("DescribeInstances", &[]);
    assert_eq!(states.all("name").iter().filter(|state| **state == "running").count(), 7);
}

#[test]
fn every_instance_of_the_starter_can_be_mirrored_to_its_sensor() {
    let simulator = Simulator::start(Scenario::starter(), Switches::default()).unwrap();
    let client = Client::new(&simulator);
    let sensor = support::eni(&simulator, "sensor");
    let target = client.ok("CreateTrafficMirrorTarget", &[("NetworkInterfaceId", &sensor)]);
    let filter = client.ok("CreateTrafficMirrorFilter", &[]);
    for name in ["web-1", "web-2", "web-3", "db", "lab-1", "lab-2"] {
        let source = support::eni(&simulator, name);
        let session = [
            ("NetworkInterfaceId", source.as_str()),
            ("TrafficMirrorTargetId", target.text("trafficMirrorTargetId")),
            ("TrafficMirrorFilterId", filter.text("trafficMirrorFilterId")),
            ("SessionNumber", "1"),
        ];
        client.ok("CreateTrafficMirrorSession", &session);
    }
}

#[test]
fn two_starts_of_one_scenario_are_equal() {
    let start = || Simulator::start(Scenario::demo(), Switches::default()).unwrap().snapshot();
    assert_eq!(start(), start());
}

#[test]
fn a_generated_account_goes_through_yaml_unchanged() {
    let settings = Generate {
        instances: 300,
        vpcs: 3,
        enis_per_instance: 2,
        existing_sessions: 0.5,
        stopped: 0.1,
        blacklisted: 0.1,
        unsupported: 0.1,
        ..Generate::default()
    };
    let scenario = Scenario::generate(&settings);
    let again = Scenario::from_yaml("g.yaml", &scenario.to_yaml().unwrap()).unwrap();
    let snapshot = |scenario| Simulator::start(scenario, Switches::default()).unwrap().snapshot();
    let (made, read) = (snapshot(scenario), snapshot(again));
    assert_eq!(made, read);
    assert_eq!(count(&made, "instances"), 301);
    let sessions = count(&made, "sessions");
    assert!((100..350).contains(&sessions), "{sessions}");
}

#[test]
fn a_vpc_larger_than_a_subnet_gets_more_of_them() {
    let settings = Generate { instances: 17_000, ..Generate::default() };
    let simulator = Simulator::start(Scenario::generate(&settings), Switches::default()).unwrap();
    let snapshot = simulator.snapshot();
    assert_eq!(count(&snapshot, "network_interfaces"), 17_001);
    assert_eq!(count(&snapshot, "subnets"), 2);
}
