//! The switches: each fault as a client sees it, and the account that is left.

mod support;

use std::time::Duration;

use aws_sim::{
    After, Consistency, Credentials, Deed, Delay, Latency, Launch, RandomFaults, RandomKind,
    Switches, Throttle,
};
use support::{Client, TARGET, create, eni, mirror};

fn sessions(simulator: &aws_sim::Simulator) -> usize {
    simulator.edit("us-east-1", |world| world.session_ids().len())
}

#[test]
fn scripted_faults_hit_their_action_as_often_as_told() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    simulator.fault("DescribeVpcs", "RequestLimitExceeded").times(2);
    client.ok("DescribeSubnets", &[]);
    for _ in 0..2 {
        assert_eq!(client.call("DescribeVpcs", &[]).refused("RequestLimitExceeded"), 503);
    }
    client.ok("DescribeVpcs", &[]);
    simulator.fault("DescribeVpcs", "Odd").status(418).message("tea");
    let odd = client.call("DescribeVpcs", &[]);
    assert_eq!((odd.refused("Odd"), odd.text("Message")), (418, "tea"));
}

#[test]
fn a_lost_reply_is_done_and_a_reset_is_not() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let (one, two) = (eni(&simulator, "web-1"), eni(&simulator, "web-2"));
    let params = |eni| {
        [
            ("NetworkInterfaceId", eni),
            ("TrafficMirrorTargetId", TARGET),
            ("TrafficMirrorFilterId", support::FILTER),
            ("SessionNumber", "1"),
        ]
    };
    simulator.fault("CreateTrafficMirrorSession", "reset");
    assert!(client.try_call("CreateTrafficMirrorSession", &params(&one)).is_none());
    assert_eq!(sessions(&simulator), 0);
    simulator.fault("CreateTrafficMirrorSession", "lose-reply");
    assert!(client.try_call("CreateTrafficMirrorSession", &params(&two)).is_none());
    assert_eq!(sessions(&simulator), 1);
    let calls = simulator.calls();
    assert_eq!(calls.iter().map(|call| call.status).collect::<Vec<_>>(), [None, None]);
    assert_eq!(calls[1].error.as_deref(), Some("LoseReply"));
}

#[test]
fn things_happen_after_a_call() {
    let after =
        |call, action: Option<&str>, deed| After { call, action: action.map(str::to_owned), deed };
    let launch = Launch { subnet: "a".to_owned(), ..Launch::default() };
    let switches = Switches {
        after: vec![
            after(2, Some("DescribeVpcs"), Deed::TerminateInstance("web-1".to_owned())),
            after(2, Some("DescribeVpcs"), Deed::LaunchInstance(launch)),
            after(3, Some("DescribeVpcs"), Deed::StopInstance("web-2".to_owned())),
            after(1, Some("DescribeSubnets"), Deed::DeleteTarget(TARGET.to_owned())),
            after(1, Some("DescribeSubnets"), Deed::Deny("DescribeVpcs".to_owned())),
            after(1, Some("DescribeTags"), Deed::LoseReply),
            after(2, Some("DescribeTags"), Deed::Reset),
            after(9, None, Deed::ExpireCredentials),
        ],
        ..Switches::default()
    };
    let simulator = mirror("", switches);
    let client = Client::new(&simulator);
    let count = |state: &str| {
        let snapshot = simulator.snapshot();
        let instances = snapshot["regions"]["us-east-1"]["instances"].as_object().unwrap().clone();
        instances.values().filter(|instance| instance["state"] == state).count()
    };
    client.ok("DescribeVpcs", &[]);
    assert_eq!((count("running"), count("terminated")), (4, 0));
    client.ok("DescribeVpcs", &[]);
    assert_eq!((count("running"), count("terminated")), (4, 1));
    client.ok("DescribeVpcs", &[]);
    assert_eq!((count("running"), count("stopped")), (3, 1));
    client.ok("DescribeSubnets", &[]);
    assert_eq!(client.call("DescribeVpcs", &[]).refused("UnauthorizedOperation"), 403);
    let target = [("TrafficMirrorTargetId.1", TARGET)];
    client
        .call("DescribeTrafficMirrorTargets", &target)
        .refused("InvalidTrafficMirrorTargetId.NotFound");
    assert!(client.try_call("DescribeTags", &[]).is_none());
    assert!(client.try_call("DescribeTags", &[]).is_none());
    client.ok("DescribeTags", &[]);
    client.call("DescribeTags", &[]).refused("RequestExpired");
}

#[test]
fn a_deed_set_later_counts_from_then() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    client.ok("DescribeVpcs", &[]);
    simulator.set_switches(|switches| {
        switches.after.push(After { call: 1, action: None, deed: Deed::Deny("*".to_owned()) });
    });
    client.ok("DescribeVpcs", &[]);
    client.call("DescribeVpcs", &[]).refused("UnauthorizedOperation");
    // Who one is may always be asked.
    Client::service(&simulator, "sts").ok("GetCallerIdentity", &[]);
    let elb =
        Client::service(&simulator, "elasticloadbalancing").call("DescribeLoadBalancers", &[]);
    assert_eq!(elb.refused("AccessDenied"), 403);
    assert!(elb.text("Message").contains("elasticloadbalancing:DescribeLoadBalancers"));
}

#[test]
fn keys_can_be_expired_or_invalid() {
    let credentials =
        Credentials { expired: vec!["OLD".to_owned()], invalid: vec!["WRONG".to_owned()] };
    let simulator = mirror("", Switches { credentials, ..Switches::default() });
    let with = |key, service| Client { key, service, ..Client::new(&simulator) };
    with("OLD", "ec2").call("DescribeVpcs", &[]).refused("RequestExpired");
    with("OLD", "sts").call("GetCallerIdentity", &[]).refused("ExpiredToken");
    assert_eq!(with("WRONG", "ec2").call("DescribeVpcs", &[]).refused("AuthFailure"), 401);
    with("WRONG", "sts").call("GetCallerIdentity", &[]).refused("InvalidClientTokenId");
    with("GOOD", "ec2").ok("DescribeVpcs", &[]);
}

#[test]
fn buckets_run_dry_and_fill_again() {
    let simulator =
        mirror("", Switches { throttle: Some(Throttle::default()), ..Switches::default() });
    let client = Client::new(&simulator);
    let elb = Client::service(&simulator, "elasticloadbalancing");
    let delete = [("TrafficMirrorSessionId", "tms-0badbadb")];
    let mut refused = 0;
    // Real time passes and fills a little: far more calls than the bucket holds.
    for _ in 0..70 {
        let reply = client.call("DeleteTrafficMirrorSession", &delete);
        refused += usize::from(reply.status == 503);
    }
    assert!(refused > 0);
    simulator.advance(Duration::from_secs(20));
    client
        .call("DeleteTrafficMirrorSession", &delete)
        .refused("InvalidTrafficMirrorSessionId.NotFound");
    let codes: Vec<String> = (0..70)
        .map(|_| elb.call("DescribeLoadBalancers", &[]))
        .filter(|reply| reply.status != 200)
        .map(|reply| format!("{} {}", reply.status, reply.text("Code")))
        .collect();
    assert!(codes.iter().all(|code| code == "400 Throttling") && !codes.is_empty(), "{codes:?}");
}

#[test]
fn random_faults_come_at_their_rate_and_the_same_for_a_seed() {
    let run = |seed| {
        let random = RandomFaults { rate: 0.5, ..RandomFaults::default() };
        let simulator = mirror("", Switches { seed, random: Some(random), ..Switches::default() });
        let client = Client::new(&simulator);
        let mut results = Vec::new();
        for _ in 0..60 {
            results.push(client.try_call("DescribeVpcs", &[]).map(|reply| reply.status));
        }
        results
    };
    let first = run(7);
    assert_eq!(first, run(7));
    assert_ne!(first, run(8));
    for expected in [None, Some(200), Some(500), Some(503)] {
        assert!(first.contains(&expected), "{expected:?} never came");
    }
}

#[test]
fn random_faults_can_be_kept_to_some_actions() {
    let random = RandomFaults {
        rate: 1.0,
        kinds: vec![RandomKind::InternalError],
        actions: vec!["DescribeVpcs".to_owned()],
    };
    let simulator = mirror("", Switches { random: Some(random), ..Switches::default() });
    let client = Client::new(&simulator);
    client.ok("DescribeSubnets", &[]);
    assert_eq!(client.call("DescribeVpcs", &[]).refused("InternalError"), 500);
}

#[test]
fn latency_is_in_the_record() {
    let actions = [("DescribeVpcs".to_owned(), Delay::Range { from: 20, to: 30 })].into();
    let latency = Latency { default: Some(Delay::Fixed(5)), actions, ..Latency::default() };
    let simulator = mirror("", Switches { latency, ..Switches::default() });
    let client = Client::new(&simulator);
    client.ok("DescribeVpcs", &[]);
    client.ok("DescribeSubnets", &[]);
    let calls = simulator.calls();
    assert!(calls[0].took >= Duration::from_millis(20), "{:?}", calls[0].took);
    assert!(calls[1].took >= Duration::from_millis(5), "{:?}", calls[1].took);
}

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
