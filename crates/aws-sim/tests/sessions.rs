//! Mirror sessions: what AWS accepts, what it refuses, what it fills in.

mod support;

use aws_sim::{NewSession, NotFoundCodes, Switches, Tags, TakenNumber};
use support::{Client, FILTER, SMALL, TARGET, create, eni, mirror};

#[test]
fn a_session_reads_back_with_what_aws_filled_in() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let on_nlb = create(&client, &eni(&simulator, "web-1"), TARGET, "1").ok();
    assert_eq!(on_nlb.text("packetLength"), "8500");
    assert_eq!(on_nlb.text("ownerId"), "111122223333");
    let vni: u32 = on_nlb.text("virtualNetworkId").parse().unwrap();
    assert!((1..1 << 24).contains(&vni));
    let on_eni = create(&client, &eni(&simulator, "web-2"), SMALL, "1").ok();
    assert!(on_eni.all("packetLength").is_empty());
    assert_ne!(on_eni.text("virtualNetworkId"), on_nlb.text("virtualNetworkId"));
}

#[test]
fn what_is_required_and_what_is_in_range() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let eni = eni(&simulator, "web-1");
    let all = [
        ("NetworkInterfaceId", eni.as_str()),
        ("TrafficMirrorTargetId", TARGET),
        ("TrafficMirrorFilterId", FILTER),
        ("SessionNumber", "1"),
    ];
    for left_out in 0..all.len() {
        let mut some = all.to_vec();
        some.remove(left_out);
        client.call("CreateTrafficMirrorSession", &some).refused("MissingParameter");
    }
    for (name, bad) in [
        ("SessionNumber", "0"),
        ("SessionNumber", "32767"),
        ("SessionNumber", "-1"),
        ("PacketLength", "0"),
        ("PacketLength", "8501"),
        ("VirtualNetworkId", "16777216"),
        ("VirtualNetworkId", "-1"),
    ] {
        let mut params = all.to_vec();
        params.retain(|(known, _)| *known != name);
        params.push((name, bad));
        client.call("CreateTrafficMirrorSession", &params).refused("InvalidParameterValue");
    }
    let edge = [
        &all[..3],
        &[("SessionNumber", "32766"), ("PacketLength", "8500"), ("VirtualNetworkId", "16777215")],
    ];
    client.ok("CreateTrafficMirrorSession", &edge.concat());
}

#[test]
fn every_id_must_be_there_in_either_spelling() {
    for (codes, eni_code, target_code, filter_code, session_code) in [
        (
            NotFoundCodes::Live,
            "InvalidNetworkInterfaceID.NotFound",
            "InvalidTrafficMirrorTargetId.NotFound",
            "InvalidTrafficMirrorFilterId.NotFound",
            "InvalidTrafficMirrorSessionId.NotFound",
        ),
        (
            NotFoundCodes::Documented,
            "InvalidNetworkInterfaceID.NotFound",
            "InvalidTrafficMirrorTargetNoFound",
            "InvalidTrafficMirrorFilterNotFound",
            "InvalidTrafficMirrorSessionNotFound",
        ),
    ] {
        let simulator = mirror("", Switches { not_found: codes, ..Switches::default() });
        let client = Client::new(&simulator);
        let web = eni(&simulator, "web-1");
        create(&client, "eni-0badbadb", TARGET, "1").refused(eni_code);
        create(&client, &web, "tmt-0badbadb", "1").refused(target_code);
        let filter = [
            ("NetworkInterfaceId", web.as_str()),
            ("TrafficMirrorTargetId", TARGET),
            ("TrafficMirrorFilterId", "tmf-0badbadb"),
            ("SessionNumber", "1"),
        ];
        client.call("CreateTrafficMirrorSession", &filter).refused(filter_code);
        let session = [("TrafficMirrorSessionId", "tms-0badbadb")];
        client.call("ModifyTrafficMirrorSession", &session).refused(session_code);
        client.call("DeleteTrafficMirrorSession", &session).refused(session_code);
        create(&client, "nonsense", TARGET, "1").refused("InvalidNetworkInterfaceID.Malformed");
    }
}

#[test]
fn what_cannot_be_a_source() {
    let others = "\
- {name: old, subnet: a, type: t2.micro}
- {name: metal, subnet: a, type: m6i.metal}
- {name: future, subnet: a, type: zz1.large}
- {name: hpc, subnet: a, enis: [{type: efa}]}
- {name: managed, subnet: a, enis: [{requester_managed: true, requester_id: amazon-elb}]}
- {name: six, subnet: v6}
- {name: coming, subnet: a, enis: [{attachment: attaching}]}
- {name: loose, subnet: a}
- {name: rds, subnet: a, enis: [{requester_managed: true, requester_id: amazon-rds}]}
- {name: good-metal, subnet: a, type: m5.metal}
- {name: stopped, subnet: a, state: stopped}";
    let simulator = mirror(others, Switches::default());
    let client = Client::new(&simulator);
    let loose = eni(&simulator, "loose");
    simulator.edit("us-east-1", |world| assert!(world.detach_eni(&loose)));
    for name in ["old", "metal", "future", "hpc", "managed", "six", "coming"] {
        let refused = create(&client, &eni(&simulator, name), TARGET, "1");
        assert_eq!(refused.refused("NetworkInterfaceNotSupported"), 400, "{name}");
    }
    create(&client, &loose, TARGET, "1").refused("NetworkInterfaceNotSupported");
    for name in ["rds", "good-metal", "stopped"] {
        create(&client, &eni(&simulator, name), TARGET, "1").ok();
    }
}

#[test]
fn three_sessions_on_an_interface_and_each_number_once() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let eni = eni(&simulator, "web-1");
    create(&client, &eni, TARGET, "1").ok();
    let taken = create(&client, &eni, TARGET, "1");
    taken.refused("InvalidParameterValue");
    assert!(taken.text("Message").contains(TARGET));
    create(&client, &eni, TARGET, "2").ok();
    create(&client, &eni, TARGET, "3").ok();
    create(&client, &eni, TARGET, "4").refused("TrafficMirrorSessionsPerInterfaceLimitExceeded");
}

#[test]
fn what_a_taken_number_leads_to_is_a_switch() {
    let taken_number = TakenNumber {
        code: "Whatever.InUse".to_owned(),
        message: "number {number} on {eni}".to_owned(),
        ..TakenNumber::default()
    };
    let simulator = mirror("", Switches { taken_number, ..Switches::default() });
    let client = Client::new(&simulator);
    let eni = eni(&simulator, "web-1");
    create(&client, &eni, TARGET, "7").ok();
    let taken = create(&client, &eni, TARGET, "7");
    taken.refused("Whatever.InUse");
    assert_eq!(taken.text("Message"), format!("number 7 on {eni}"));
    simulator.set_switches(|switches| switches.taken_number.accept = true);
    create(&client, &eni, TARGET, "7").ok();
}

#[test]
fn ten_sources_on_a_small_appliance_and_a_hundred_on_a_large_one() {
    let mut instances = String::from("- {name: big, subnet: a, type: m5.24xlarge}\n");
    for n in 0..102 {
        instances.push_str(&format!("- {{name: s{n}, subnet: a}}\n"));
    }
    let simulator = mirror(&instances, Switches::default());
    let client = Client::new(&simulator);
    let big =
        client.ok("CreateTrafficMirrorTarget", &[("NetworkInterfaceId", &eni(&simulator, "big"))]);
    let big = big.text("trafficMirrorTargetId").to_owned();
    let source = |n: usize| eni(&simulator, &format!("s{n}"));
    // A session of another account counts like any other.
    simulator.edit("us-east-1", |world| {
        world.create_session(NewSession {
            eni: "eni-0f00000f".to_owned(),
            target: SMALL.to_owned(),
            filter: "tmf-0f00000f".to_owned(),
            number: 1,
            owner: Some("999988887777".to_owned()),
            tags: Tags::new(),
        });
    });
    for n in 0..9 {
        create(&client, &source(n), SMALL, "1").ok();
    }
    let full = create(&client, &source(9), SMALL, "1");
    full.refused("TrafficMirrorSourcesPerTargetLimitExceeded");
    assert_eq!(full.text("Message"), "Sources per interface-target limit reached (11)");
    // Sources are interfaces: a second session of one is no second source.
    create(&client, &source(0), SMALL, "2").ok();
    for n in 0..100 {
        create(&client, &source(n), &big, "9").ok();
    }
    create(&client, &source(100), &big, "9").refused("TrafficMirrorSourcesPerTargetLimitExceeded");
    // Moving there is refused too, and works once there is room.
    let moved = create(&client, &source(101), TARGET, "1").ok();
    let id = moved.text("trafficMirrorSessionId").to_owned();
    let to_small = [("TrafficMirrorSessionId", id.as_str()), ("TrafficMirrorTargetId", SMALL)];
    client
        .call("ModifyTrafficMirrorSession", &to_small)
        .refused("TrafficMirrorSourcesPerTargetLimitExceeded");
    simulator.edit("us-east-1", |world| world.terminate_instance("s1"));
    client.ok("ModifyTrafficMirrorSession", &to_small);
}

#[test]
fn a_target_is_no_source() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let appliance = eni(&simulator, "appliance");
    create(&client, &appliance, TARGET, "1").refused("InterfaceInUseByTrafficMirrorTarget");
    create(&client, &appliance, SMALL, "1").refused("InterfaceInUseByTrafficMirrorTarget");
}

#[test]
fn a_modification_changes_what_it_names_and_nothing_else() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let made = create(&client, &eni(&simulator, "web-1"), TARGET, "1").ok();
    create(&client, &eni(&simulator, "web-1"), TARGET, "2").ok();
    let (id, vni) = (made.text("trafficMirrorSessionId"), made.text("virtualNetworkId"));
    let modify = |params: &[(&str, &str)]| {
        let params = [&[("TrafficMirrorSessionId", id)], params].concat();
        client.call("ModifyTrafficMirrorSession", &params)
    };
    modify(&[("SessionNumber", "2")]).refused("InvalidParameterValue");
    modify(&[("SessionNumber", "1")]).ok();
    let changed =
        modify(&[("SessionNumber", "5"), ("PacketLength", "100"), ("Description", "d")]).ok();
    assert_eq!((changed.text("sessionNumber"), changed.text("packetLength")), ("5", "100"));
    assert_eq!(changed.text("virtualNetworkId"), vni);
    let moved = modify(&[
        ("TrafficMirrorTargetId", SMALL),
        ("TrafficMirrorFilterId", "tmf-00000000000000002"),
    ])
    .ok();
    assert_eq!(moved.text("trafficMirrorTargetId"), SMALL);
    assert_eq!(moved.text("packetLength"), "100");
    let removed = modify(&[
        ("RemoveField.1", "packet-length"),
        ("RemoveField.2", "description"),
        ("RemoveField.3", "virtual-network-id"),
    ])
    .ok();
    assert!(removed.all("packetLength").is_empty() && removed.all("description").is_empty());
    assert_ne!(removed.text("virtualNetworkId"), vni);
    modify(&[("RemoveField.1", "session-number")]).refused("InvalidParameterValue");
    let both = [("RemoveField.1", "description"), ("Description", "x")];
    modify(&both).refused("InvalidParameterCombination");
    modify(&[("NetworkInterfaceId", "eni-1")]).refused("UnknownParameter");
    modify(&[("TrafficMirrorTargetId", "tmt-0badbadb")])
        .refused("InvalidTrafficMirrorTargetId.NotFound");
}

#[test]
fn a_session_is_deleted_once() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let made = create(&client, &eni(&simulator, "web-1"), TARGET, "1").ok();
    let id = [("TrafficMirrorSessionId", made.text("trafficMirrorSessionId"))];
    assert_eq!(
        client.ok("DeleteTrafficMirrorSession", &id).text("trafficMirrorSessionId"),
        id[0].1
    );
    client
        .call("DeleteTrafficMirrorSession", &id)
        .refused("InvalidTrafficMirrorSessionId.NotFound");
    // Number and room are free again.
    create(&client, &eni(&simulator, "web-1"), TARGET, "1").ok();
}

#[test]
fn sessions_of_other_accounts_are_seen_but_not_touched() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let id = simulator.edit("us-east-1", |world| {
        world.create_session(NewSession {
            eni: "eni-0f00000f".to_owned(),
            target: TARGET.to_owned(),
            filter: "tmf-0f00000f".to_owned(),
            number: 1,
            owner: Some("999988887777".to_owned()),
            tags: Tags::new(),
        })
    });
    let seen = client.ok("DescribeTrafficMirrorSessions", &[]);
    assert_eq!(
        (seen.text("trafficMirrorSessionId"), seen.text("ownerId")),
        (id.as_str(), "999988887777")
    );
    let named = [("TrafficMirrorSessionId", id.as_str())];
    client.call("DeleteTrafficMirrorSession", &named).refused("UnauthorizedOperation");
    client.call("ModifyTrafficMirrorSession", &named).refused("UnauthorizedOperation");
    let own = [("Filter.1.Name", "owner-id"), ("Filter.1.Value.1", "111122223333")];
    assert!(client.ok("DescribeTrafficMirrorSessions", &own).all("ownerId").is_empty());
}

#[test]
fn a_client_token_makes_one_session() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let eni = eni(&simulator, "web-1");
    let with = |number: &str, token: &str| {
        client.call(
            "CreateTrafficMirrorSession",
            &[
                ("NetworkInterfaceId", &eni),
                ("TrafficMirrorTargetId", TARGET),
                ("TrafficMirrorFilterId", FILTER),
                ("SessionNumber", number),
                ("ClientToken", token),
            ],
        )
    };
    let first = with("1", "t").ok();
    assert_eq!(first.text("clientToken"), "t");
    let again = with("1", "t").ok();
    assert_eq!(first.text("trafficMirrorSessionId"), again.text("trafficMirrorSessionId"));
    with("2", "t").refused("IdempotentParameterMismatch");
    // Tokens tell capitals apart.
    with("2", "T").ok();
    with("3", &"x".repeat(65)).refused("InvalidClientToken");
    let sessions = simulator.edit("us-east-1", |world| world.session_ids());
    assert_eq!(sessions.len(), 2);
    // A token outlives its session: the answer is a success that made nothing.
    let id = first.text("trafficMirrorSessionId");
    client.ok("DeleteTrafficMirrorSession", &[("TrafficMirrorSessionId", id)]);
    assert_eq!(with("1", "t").ok().text("trafficMirrorSessionId"), id);
    assert_eq!(simulator.edit("us-east-1", |world| world.session_ids()).len(), 1);
}

#[test]
fn sessions_go_with_their_interface_and_stay_with_a_stop() {
    let kept = "- {name: kept, subnet: a, enis: [{delete_on_termination: false}]}";
    let simulator = mirror(kept, Switches::default());
    let client = Client::new(&simulator);
    let enis: Vec<String> = ["web-1", "web-2", "kept"].iter().map(|n| eni(&simulator, n)).collect();
    for eni in &enis {
        create(&client, eni, TARGET, "1").ok();
    }
    simulator.edit("us-east-1", |world| {
        world.stop_instance("web-1");
        world.terminate_instance("web-2");
        world.terminate_instance("kept");
    });
    let left = client.ok("DescribeTrafficMirrorSessions", &[]);
    let mut left = left.all("networkInterfaceId");
    left.sort_unstable();
    let mut expected = [enis[0].as_str(), enis[2].as_str()];
    expected.sort_unstable();
    assert_eq!(left, expected);
}
