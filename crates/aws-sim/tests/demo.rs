//! The embedded scenario and the generator: whole, small enough to read, the same every time.

use aws_sim::{Generate, Scenario, Simulator, Switches};

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
