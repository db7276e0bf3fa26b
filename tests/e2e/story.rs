//! What a user does from day to day.

use serde_json::Value;

use crate::support::{Account, decisions};

/// One VPC with three instances and an appliance, nothing mirrored, no filter there.
pub const SMALL: &str = r#"
account: "111122223333"
regions:
  us-east-1:
    vpcs:
      - {name: shop, id: vpc-1, cidr: 10.1.0.0/16, tags: {"Vectra:session_mirroring_target": tmt-1}}
    subnets:
      - {name: shop-a, id: subnet-1, vpc: shop, zone: us-east-1a, cidr: 10.1.1.0/24}
    instances:
      - {name: web-1, id: i-1, type: m5.large, subnet: shop-a}
      - {name: web-2, id: i-2, type: m5.large, subnet: shop-a, enis: [{}, {}]}
      - {name: web-3, id: i-3, type: m5.large, subnet: shop-a}
      - {name: sensor, id: i-9, type: m5.24xlarge, subnet: shop-a}
    targets:
      - {name: sensor, id: tmt-1, eni: sensor}
"#;

#[test]
fn the_first_run_makes_it_so_and_the_second_changes_nothing() {
    let account = Account::yaml(SMALL);
    let before = account.sim.snapshot();
    account.tap_exits(0, &["--dry-run"]);
    account.tap_exits(2, &["--dry-run", "--detailed-exitcode"]);
    assert_eq!(account.sim.snapshot(), before, "a dry run changed something");

    account.tap_exits(0, &[]);
    let owned = account.owned_by_eni();
    assert_eq!(owned.len(), 4);
    for session in owned.values() {
        assert_eq!((session.target.as_str(), session.number), ("tmt-1", 1));
        assert_eq!(
            session.all["description"].as_str().map(|d| d.starts_with("Vectra EC2 i-")),
            Some(true)
        );
    }
    let web_1 = &owned[&account.eni("web-1")];
    assert_eq!(web_1.all["tags"]["Name"], "web-1");

    let after = account.sim.snapshot();
    account.sim.clear_calls();
    account.tap_exits(0, &[]);
    account.is_settled();
    assert_eq!(account.sim.snapshot(), after);
    let writes = account
        .sim
        .counts()
        .into_keys()
        .filter(|a| !a.starts_with("Describe") && !a.starts_with("Get"));
    assert_eq!(writes.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn the_filter_takes_everything_and_is_completed_when_something_of_it_is_missing() {
    let account = Account::yaml(SMALL);
    account.tap_exits(0, &[]);
    let filter = |account: &Account| {
        let snapshot = account.sim.snapshot();
        let region = &snapshot["regions"]["us-east-1"];
        let (id, filter) = region["filters"].as_object().unwrap().iter().next().unwrap();
        assert_eq!(region["filters"].as_object().unwrap().len(), 1);
        let mut rules: Vec<String> = region["filter_rules"]
            .as_object()
            .unwrap()
            .values()
            .map(|r| {
                format!("{} {} {} {}", r["direction"], r["number"], r["action"], r["source"])
                    .replace('"', "")
            })
            .collect();
        rules.sort();
        (id.clone(), filter["network_services"].clone(), rules)
    };
    let (id, services, rules) = filter(&account);
    assert_eq!(services, serde_json::json!(["amazon-dns"]));
    assert_eq!(
        rules,
        [
            "egress 100 accept 0.0.0.0/0",
            "egress 200 accept ::/0",
            "ingress 100 accept 0.0.0.0/0",
            "ingress 200 accept ::/0"
        ]
    );
    let snapshot = account.sim.snapshot();
    let some_rule = snapshot["regions"]["us-east-1"]["filter_rules"]
        .as_object()
        .unwrap()
        .keys()
        .next()
        .unwrap()
        .clone();
    account.edit(|world| assert!(world.delete_filter_rule(&some_rule)));
    account.tap_exits(0, &[]);
    assert_eq!(filter(&account), (id, services, rules));
    account.is_settled();
}

#[test]
fn what_changes_in_the_account_is_healed() {
    let account = Account::yaml(SMALL);
    account.tap_exits(0, &[]);

    // An instance is stopped, one is terminated, one is launched, one is blacklisted, a session is pointed elsewhere.
    let (web_1, web_3) = (account.eni("web-1"), account.eni("web-3"));
    account.edit(|world| {
        assert!(world.stop_instance("web-1"));
        assert!(world.terminate_instance("web-2"));
        world.launch_instance(aws_sim::NewInstance::in_subnet("subnet-1")).unwrap();
    });
    account.tap_exits(0, &[]);
    let owned = account.owned_by_eni();
    assert_eq!(owned.len(), 2);
    assert!(!owned.contains_key(&web_1) && owned.contains_key(&web_3));
    account.is_settled();

    account.edit(|world| {
        assert!(world.start_instance("web-1"));
        assert!(world.set_tag("i-3", "Vectra:session_mirroring_blacklist", "True"));
    });
    // Starting takes its time; whatever a run in between sees, the end is the same.
    account
        .edit(|world| assert!(world.set_instance_state("web-1", aws_sim::InstanceState::Running)));
    account.tap_exits(0, &[]);
    let owned = account.owned_by_eni();
    assert!(owned.contains_key(&web_1) && !owned.contains_key(&web_3));
    account.is_settled();
}

#[test]
fn a_vpc_that_is_no_longer_enabled_loses_its_sessions() {
    let account = Account::yaml(SMALL);
    account.tap_exits(0, &[]);
    account.edit(|world| assert!(world.delete_tag("vpc-1", "Vectra:session_mirroring_target")));
    account.tap_exits(0, &[]);
    assert!(account.owned_by_eni().is_empty());
}

#[test]
fn drift_is_repaired_in_place() {
    let account = Account::demo();
    let before = account.sessions();
    account.tap_exits(3, &[]);
    let after = account.sessions();
    for id in ["tms-0de00000000000008", "tms-0de00000000000009"] {
        let (was, is) = (&before[id], &after[id]);
        assert_ne!((&was.target, &was.filter), (&is.target, &is.filter), "{id}");
        assert_eq!(
            (is.target.as_str(), is.filter.as_str()),
            ("tmt-0de00000000000001", "tmf-0de00000000000001")
        );
        assert_eq!(was.all["vni"], is.all["vni"], "the session was made anew");
    }
}

#[test]
fn pinned_values_are_set_and_repaired_and_values_that_aws_fills_in_are_no_drift() {
    let account = Account::yaml(SMALL);
    account.tap_exits(0, &[]);
    account.is_settled();
    let pins = ["--packet-length", "200", "--session-number", "7", "--virtual-network-id", "77"];
    let document = account.json(0, &pins);
    assert_eq!(document["totals"]["modify"], 4, "{document:#}");
    for session in account.owned_by_eni().values() {
        assert_eq!(session.number, 7);
        assert_eq!(
            (&session.all["packet_length"], &session.all["vni"]),
            (&Value::from(200), &Value::from(77))
        );
    }
    let again = account.json(0, &[&pins[..], &["--dry-run", "--detailed-exitcode"]].concat());
    assert_eq!(again["totals"]["keep"], 4);
    // Without the pins, what they set is nobody's drift.
    account.is_settled();
}

#[test]
fn the_demonstration_account_ends_as_its_tags_say_and_what_is_not_ours_is_untouched() {
    let account = Account::demo();
    let foreign = account.foreign();
    let document = account.json(3, &[]);
    let got = decisions(&document);
    for expected in [
        "web-1 keep in-sync -",
        "web-2 create not-mirrored done",
        "db-1 skip blacklisted -",
        "db-2 delete blacklisted done",
        "batch-1 delete not-running done",
        "starting-1 skip in-transition -",
        "old-1 skip unsupported-type -",
        "arm-1 keep in-sync -",
        "future-1 create new-family type-refused",
        "future-2 create new-family type-refused",
        "probe-1 create not-mirrored done",
        "probe-2 skip session-limit -",
        "drift-1 modify drifted done",
        "double-1 delete duplicate done",
        "hpc-1 skip interface-type -",
        "v6-1 skip ipv6-only-subnet -",
        "sensor-1 skip receives-mirror -",
        "desk-3 skip not-whitelisted -",
        "lab-12 skip target-full -",
        "old-web-1 delete vpc-not-enabled done",
        "typo-1 keep vpc-misconfigured -",
        "orphan-2 skip vpc-misconfigured -",
        "- delete eni-detached done",
    ] {
        assert!(got.iter().any(|line| line == expected), "{expected}\n{}", got.join("\n"));
    }
    assert_eq!(account.foreign(), foreign);
    let sessions = account.sessions();
    assert_eq!(sessions["tms-0de00000000000011"].target, "tmt-0de00000000000001");
    assert_eq!(sessions["tms-0de00000000000012"].target, "tmt-0de00000000000099");
    assert_eq!(account.owned_by_eni()[&account.eni("probe-1")].number, 2);

    let again = account.json(3, &[]);
    assert_eq!(again["totals"]["done"], 0, "{again:#}");
}

#[test]
fn one_try_of_a_family_that_aws_refuses_is_enough() {
    let account = Account::demo();
    account.tap_exits(3, &[]);
    let refused = account
        .sim
        .calls()
        .into_iter()
        .filter(|call| call.error.as_deref() == Some("NetworkInterfaceNotSupported"));
    assert_eq!(refused.count(), 1);
}

/// Another account shares its target with this one. What stands behind it is that account's to see.
#[test]
fn a_target_that_another_account_shares_is_a_target() {
    let account = Account::demo();
    let (vpc, target) = ("vpc-0de00000000000007", "tmt-0de00000000000004");
    account.edit(|world| assert!(world.set_tag(vpc, "Vectra:session_mirroring_target", target)));
    let document = account.json(0, &["--vpc-id", vpc]);
    assert_eq!(decisions(&document), ["private-1 create not-mirrored done"]);
    let whole = account.json(3, &[]);
    assert!(decisions(&whole).contains(&"private-1 keep in-sync -".to_owned()));
    assert_eq!(account.owned_by_eni()[&account.eni("private-1")].target, target);
}
