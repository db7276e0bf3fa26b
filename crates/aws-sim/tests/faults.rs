//! The switches: each fault as a client sees it, and the account that is left.

mod support;

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::time::Duration;

use aws_sim::{
    After, Credentials, Deed, Delay, Intruder, Latency, Launch, RandomFaults, RandomKind,
    Simulator, Switches, TagGone, TagSet, Throttle,
};
use support::{Client, TARGET, create, eni, mirror};

fn sessions(simulator: &Simulator) -> usize {
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

/// Waits until the simulator has noted how the last call ended, and gives that.
fn ended(simulator: &Simulator, calls: usize) -> String {
    loop {
        let of_last = simulator.calls().get(calls - 1).and_then(|call| call.error.clone());
        if let Some(error) = of_last {
            return error;
        }
        std::thread::yield_now();
    }
}

/// Whether the connection is open, and nothing was said on it.
fn is_waiting(stream: &mut TcpStream) -> bool {
    stream.set_nonblocking(true).expect("a socket can be told not to wait");
    matches!(stream.read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock)
}

#[test]
fn a_call_that_hangs_is_never_answered_whether_it_was_done_or_not() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let (one, two) = (eni(&simulator, "web-1"), eni(&simulator, "web-2"));
    let create = |eni: &str| {
        let params = [
            ("NetworkInterfaceId", eni),
            ("TrafficMirrorTargetId", TARGET),
            ("TrafficMirrorFilterId", support::FILTER),
            ("SessionNumber", "1"),
        ];
        client.send("CreateTrafficMirrorSession", &params)
    };
    simulator.fault("CreateTrafficMirrorSession", "hang");
    let mut stream = create(&one);
    assert_eq!((ended(&simulator, 1).as_str(), sessions(&simulator)), ("Hang", 0));
    assert!(is_waiting(&mut stream));
    simulator.fault("CreateTrafficMirrorSession", "hang-done");
    let mut stream = create(&one);
    assert_eq!((ended(&simulator, 2).as_str(), sessions(&simulator)), ("HangDone", 1));
    assert!(is_waiting(&mut stream));
    // The next call is answered as ever.
    support::create(&client, &two, TARGET, "1").ok();
}

#[test]
fn after_a_call_nothing_is_answered_or_done_until_the_faults_are_lifted() {
    for (deed, error, made) in [(Deed::Hang, "Hang", 0), (Deed::HangDone, "HangDone", 1)] {
        let simulator = mirror("", Switches::default());
        let client = Client::new(&simulator);
        let web = eni(&simulator, "web-1");
        simulator.set_switches(|switches| {
            switches.after = vec![
                After { call: 2, action: None, deed },
                After { call: 3, action: None, deed: Deed::TerminateInstance("web-2".to_owned()) },
            ];
        });
        client.ok("DescribeVpcs", &[]);
        let create = |number| {
            let params = [
                ("NetworkInterfaceId", web.as_str()),
                ("TrafficMirrorTargetId", TARGET),
                ("TrafficMirrorFilterId", support::FILTER),
                ("SessionNumber", number),
            ];
            client.send("CreateTrafficMirrorSession", &params)
        };
        let mut first = create("1");
        assert!(simulator.wait_for_silence(Duration::from_secs(60)));
        assert_eq!(ended(&simulator, 2), error);
        let mut second = create("2");
        assert_eq!((ended(&simulator, 3).as_str(), sessions(&simulator)), ("Hang", made));
        assert!(is_waiting(&mut first) && is_waiting(&mut second));
        simulator.lift_faults();
        assert!(!simulator.wait_for_silence(Duration::ZERO));
        // What still waited for its call is lifted, too.
        for _ in 0..3 {
            client.ok("DescribeVpcs", &[]);
        }
        assert_eq!(client.ok("DescribeInstances", &[]).all("name").len(), 4);
        assert!(!client.ok("DescribeInstances", &[]).body.contains("terminated"));
        assert!(is_waiting(&mut first), "a hung call was answered after all");
    }
}

#[test]
fn random_hangs_come_in_both_forms() {
    let random = RandomFaults {
        rate: 1.0,
        kinds: vec![RandomKind::Hang, RandomKind::HangDone],
        actions: vec!["CreateTrafficMirrorFilter".to_owned()],
    };
    let simulator = mirror("", Switches { random: Some(random), ..Switches::default() });
    let client = Client::new(&simulator);
    let streams: Vec<_> = (0..16).map(|_| client.send("CreateTrafficMirrorFilter", &[])).collect();
    let forms: Vec<String> = (1..=16).map(|call| ended(&simulator, call)).collect();
    drop(streams);
    let done = forms.iter().filter(|form| *form == "HangDone").count();
    assert!(done > 0 && done < 16, "{forms:?}");
    let snapshot = simulator.snapshot();
    let filters = snapshot["regions"]["us-east-1"]["filters"].as_object().unwrap().len();
    assert_eq!(filters, 2 + done);
}

#[test]
fn other_people_make_sessions_and_tags_and_time_jumps() {
    let after = |call, deed| After { call, action: Some("DescribeVpcs".to_owned()), deed };
    let intruder = Intruder {
        instance: "web-1".to_owned(),
        target: TARGET.to_owned(),
        filter: support::FILTER.to_owned(),
        number: 1,
        tags: [("Team".to_owned(), "dns".to_owned())].into(),
        ..Intruder::default()
    };
    let tag = |on: &str| TagSet { on: on.to_owned(), key: "k".to_owned(), value: "v".to_owned() };
    let gone = TagGone { on: "web-1".to_owned(), key: "k".to_owned() };
    let switches = Switches {
        after: vec![
            after(1, Deed::CreateSession(intruder)),
            after(1, Deed::SetTag(tag("web-1"))),
            after(1, Deed::SetTag(tag("main"))),
            after(2, Deed::DeleteTag(gone)),
            after(3, Deed::Advance(60_000)),
        ],
        settle_ms: 30_000,
        ..Switches::default()
    };
    let simulator = mirror("", switches);
    let client = Client::new(&simulator);
    client.ok("StopInstances", &[("InstanceId.1", "i-00000001")]);
    client.ok("DescribeVpcs", &[]);
    let listed = client.ok("DescribeTrafficMirrorSessions", &[]);
    assert_eq!(listed.text("networkInterfaceId"), eni(&simulator, "web-1"));
    assert_eq!((listed.text("sessionNumber"), listed.text("value")), ("1", "dns"));
    let tagged = || {
        let body = client.ok("DescribeTags", &[]).body;
        ["i-00000001", "vpc-00000001"].map(|id| {
            body.split("<item>").any(|tag| tag.contains(id) && tag.contains("<key>k</key>"))
        })
    };
    assert_eq!(tagged(), [true, true]);
    client.ok("DescribeVpcs", &[]);
    assert_eq!(tagged(), [false, true]);
    let instance = [("InstanceId.1", "i-00000001")];
    assert_eq!(client.ok("DescribeInstances", &instance).text("name"), "stopping");
    client.ok("DescribeVpcs", &[]);
    assert_eq!(client.ok("DescribeInstances", &instance).text("name"), "stopped");
}

#[test]
fn what_clients_delete_is_remembered_with_what_stayed_on_the_interface() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let web = eni(&simulator, "web-1");
    let made: Vec<String> = ["1", "2"]
        .map(|number| create(&client, &web, TARGET, number).ok())
        .map(|reply| reply.text("trafficMirrorSessionId").to_owned())
        .into();
    client.ok("DeleteTrafficMirrorSession", &[("TrafficMirrorSessionId", &made[1])]);
    // Neither what goes with its interface nor what somebody removes behind the API's back is a client's deed.
    simulator.edit("us-east-1", |world| {
        assert!(world.delete_session(&made[0]));
        let deleted = world.deleted_sessions();
        assert_eq!(deleted.len(), 1);
        assert_eq!((&deleted[0].id, &deleted[0].eni), (&made[1], &web));
        assert_eq!(deleted[0].others.len(), 1);
    });
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
