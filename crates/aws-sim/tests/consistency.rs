//! Reads that are late: what a client sees of the past, and when it catches up.

mod support;

use std::time::Duration;

use aws_sim::{Consistency, Switches};
use support::{Client, TARGET, create, eni, mirror};

fn late() -> Switches {
    let consistency = Consistency { window_ms: 10_000, always: true };
    Switches { consistency, ..Switches::default() }
}

#[test]
fn a_window_longer_than_its_life_shows_the_account_as_it_started() {
    let simulator = mirror("", late());
    let client = Client::new(&simulator);
    assert_eq!(client.ok("DescribeInstances", &[]).all("instanceType").len(), 4);
    let web = eni(&simulator, "web-1");
    create(&client, &web, TARGET, "1").ok();
    let listed = || client.ok("DescribeTrafficMirrorSessions", &[]).all("sessionNumber").len();
    assert_eq!(listed(), 0);
    simulator.advance(Duration::from_secs(11));
    assert_eq!(listed(), 1);
}

#[test]
fn reads_see_the_past_until_the_window_is_over() {
    let simulator = mirror("", late());
    simulator.advance(Duration::from_secs(20));
    let client = Client::new(&simulator);
    let web = eni(&simulator, "web-1");
    let made = create(&client, &web, TARGET, "1").ok();
    let id = [("TrafficMirrorSessionId", made.text("trafficMirrorSessionId"))];
    let by_id = [("TrafficMirrorSessionId.1", id[0].1)];
    let listed = || client.ok("DescribeTrafficMirrorSessions", &[]).all("sessionNumber").len();
    assert_eq!(listed(), 0);
    client
        .call("DescribeTrafficMirrorSessions", &by_id)
        .refused("InvalidTrafficMirrorSessionId.NotFound");
    client
        .call("DeleteTrafficMirrorSession", &id)
        .refused("InvalidTrafficMirrorSessionId.NotFound");
    // The rules are asked about what is, not about what is seen.
    create(&client, &web, TARGET, "1").refused("InvalidParameterValue");
    simulator.advance(Duration::from_secs(11));
    assert_eq!(listed(), 1);
    client.ok("DeleteTrafficMirrorSession", &id);
    assert_eq!(listed(), 1);
    client
        .call("DeleteTrafficMirrorSession", &id)
        .refused("InvalidTrafficMirrorSessionId.NotFound");
    simulator.advance(Duration::from_secs(11));
    assert_eq!(listed(), 0);
}

#[test]
fn a_fresh_filter_is_not_known_to_a_session_at_once() {
    let simulator = mirror("", late());
    simulator.advance(Duration::from_secs(20));
    let client = Client::new(&simulator);
    let filter = client.ok("CreateTrafficMirrorFilter", &[]);
    let web = eni(&simulator, "web-1");
    let params = [
        ("NetworkInterfaceId", web.as_str()),
        ("TrafficMirrorTargetId", TARGET),
        ("TrafficMirrorFilterId", filter.text("trafficMirrorFilterId")),
        ("SessionNumber", "1"),
    ];
    client
        .call("CreateTrafficMirrorSession", &params)
        .refused("InvalidTrafficMirrorFilterId.NotFound");
    simulator.advance(Duration::from_secs(11));
    client.ok("CreateTrafficMirrorSession", &params);
}

#[test]
fn tags_and_instances_are_seen_late_too() {
    let simulator = mirror("", late());
    simulator.advance(Duration::from_secs(20));
    let client = Client::new(&simulator);
    client.ok(
        "CreateTags",
        &[("ResourceId.1", "vpc-00000001"), ("Tag.1.Key", "k"), ("Tag.1.Value", "v")],
    );
    client.ok("TerminateInstances", &[("InstanceId.1", "i-00000001")]);
    let seen = || {
        let vpcs = client.ok("DescribeVpcs", &[]).body.contains("<key>k</key>");
        let tags = client.ok("DescribeTags", &[]).body.contains("<key>k</key>");
        let instance = client.ok("DescribeInstances", &[("InstanceId.1", "i-00000001")]);
        (vpcs, tags, instance.text("name").to_owned())
    };
    assert_eq!(seen(), (false, false, "running".to_owned()));
    simulator.advance(Duration::from_secs(11));
    assert_eq!(seen(), (true, true, "terminated".to_owned()));
}

#[test]
fn switching_consistency_off_ends_the_past_at_once() {
    let simulator = mirror("", late());
    simulator.advance(Duration::from_secs(20));
    let client = Client::new(&simulator);
    create(&client, &eni(&simulator, "web-1"), TARGET, "1").ok();
    simulator.set_switches(|switches| switches.consistency = Consistency::default());
    assert_eq!(client.ok("DescribeTrafficMirrorSessions", &[]).all("sessionNumber").len(), 1);
}
