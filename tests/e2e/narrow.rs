//! `--vpc-id`, `--instance-id`, policies and the guard.

use aws_sim::{After, Deed};

use crate::story::SMALL;
use crate::support::{Account, decisions};

/// A VPC that is mirrored, with twelve instances of which one is a sensor.
fn twelve() -> Account {
    let mut yaml = SMALL.replace(
        "      - {name: web-2, id: i-2, type: m5.large, subnet: shop-a, enis: [{}, {}]}\n",
        "",
    );
    let more: String = (10..20)
        .map(|n| format!("      - {{name: more-{n}, id: i-{n}, type: m5.large, subnet: shop-a}}\n"))
        .collect();
    yaml = yaml.replace("    targets:\n", &format!("{more}    targets:\n"));
    Account::yaml(&yaml)
}

#[test]
fn healing_one_instance_leaves_all_others_alone() {
    let account = Account::yaml(SMALL);
    let document = account.json(0, &["--instance-id", "i-2"]);
    assert_eq!(
        decisions(&document),
        ["web-2 create not-mirrored done", "web-2 create not-mirrored done"]
    );
    assert_eq!(account.owned_by_eni().len(), 2);

    account.tap_exits(0, &[]);
    account.edit(|world| {
        assert!(world.stop_instance("web-1") && world.stop_instance("web-3"));
    });
    account.tap_exits(0, &["--instance-id", "i-1"]);
    let owned = account.owned_by_eni();
    assert!(
        !owned.contains_key(&account.eni("web-1")) && owned.contains_key(&account.eni("web-3"))
    );
}

#[test]
fn a_narrowed_run_still_knows_the_sensor() {
    let account = Account::demo();
    let document = account.json(0, &["--instance-id", "i-0de00000000000018"]);
    assert_eq!(decisions(&document), ["sensor-1 skip receives-mirror -"]);
}

/// Two sensors behind load balancers that no VPC names: to the one a session on another instance mirrors, to the other only
/// another account.
const SENSORS: &str = r#"
account: "111122223333"
regions:
  us-east-1:
    vpcs:
      - {name: shop, id: vpc-1, cidr: 10.1.0.0/16, tags: {"Vectra:session_mirroring_target": tmt-1}}
    subnets:
      - {name: shop-a, id: subnet-1, vpc: shop, zone: us-east-1a, cidr: 10.1.1.0/24}
    instances:
      - {name: web-1, id: i-1, type: m5.large, subnet: shop-a}
      - {name: sensor-b, id: i-8, type: m5.large, subnet: shop-a}
      - {name: sensor-c, id: i-9, type: m5.large, subnet: shop-a}
      - {name: sensor, id: i-7, type: m5.24xlarge, subnet: shop-a}
    target_groups:
      - {name: b, vpc: shop, protocol: UDP, port: 4789, targets: [{target: sensor-b}]}
      - {name: c, vpc: shop, protocol: UDP, port: 4789, targets: [{target: sensor-c}]}
    load_balancers:
      - {name: b, subnets: [shop-a], listeners: [{protocol: UDP, port: 4789, target_group: b}]}
      - {name: c, subnets: [shop-a], listeners: [{protocol: UDP, port: 4789, target_group: c}]}
    targets:
      - {name: sensor, id: tmt-1, eni: sensor}
      - {name: b, id: tmt-2, nlb: b}
      - {name: c, id: tmt-3, nlb: c}
    filters:
      - {id: tmf-2, description: of others}
    sessions:
      - {id: tms-1, eni: web-1, target: tmt-2, filter: tmf-2, number: 5}
      - {id: tms-2, eni: eni-0fe00000000000009, target: tmt-3, filter: tmf-0fe00000000000001, number: 1, owner: "444455556666"}
"#;

#[test]
fn a_sensor_is_known_by_whoever_mirrors_to_it() {
    for (instance, name) in [("i-8", "sensor-b"), ("i-9", "sensor-c")] {
        let account = Account::yaml(SENSORS);
        let document = account.json(0, &["--instance-id", instance]);
        assert_eq!(decisions(&document), [format!("{name} skip receives-mirror -")]);
    }
    let account = Account::yaml(SENSORS);
    let got = decisions(&account.json(0, &[]));
    assert!(got.contains(&"sensor-b skip receives-mirror -".to_owned()), "{got:?}");
    assert!(got.contains(&"sensor-c skip receives-mirror -".to_owned()), "{got:?}");
    assert!(got.contains(&"web-1 create not-mirrored done".to_owned()), "{got:?}");
}

/// Half of the sessions means half of the scope's, however few instances a run is about.
#[test]
fn the_guard_counts_all_sessions_of_the_scope() {
    let account = Account::fleet(40);
    account.tap_exits(0, &[]);
    let ids = account.edit(|world| world.instance_ids());
    let twelve = account
        .owned_by_eni()
        .into_keys()
        .filter_map(|eni| {
            ids.iter().find(|id| account.edit(|w| w.enis_of_instance(id).contains(&eni)))
        })
        .take(12)
        .cloned()
        .collect::<Vec<_>>();
    account.edit(|world| twelve.iter().for_each(|id| assert!(world.stop_instance(id))));
    let document = account.json(0, &["--instance-id", &twelve.join(",")]);
    assert_eq!(document["totals"]["delete"], 12);
}

#[test]
fn a_narrowed_run_counts_all_sources_of_a_target() {
    let account = Account::demo();
    account.tap_exits(3, &[]);
    let document = account.json(3, &["--instance-id", "i-0de0000000000002a"]);
    assert_eq!(decisions(&document), ["lab-12 skip target-full -"]);
}

#[test]
fn one_vpc_alone() {
    let account = Account::demo();
    let before = account.sessions();
    let document = account.json(0, &["--vpc-id", "vpc-0de00000000000002"]);
    let got = decisions(&document);
    assert!(got.contains(&"desk-1 create not-mirrored done".to_owned()), "{got:?}");
    assert!(got.contains(&"gateway-1 create not-mirrored done".to_owned()), "{got:?}");
    assert!(got.contains(&"desk-4 delete not-whitelisted done".to_owned()), "{got:?}");
    assert!(!got.iter().any(|line| line.starts_with("web") || line.starts_with("db")), "{got:?}");
    let after = account.sessions();
    let elsewhere =
        |id: &&String| !before[*id].all["tags"]["Name"].as_str().unwrap_or("").starts_with("desk");
    for id in before.keys().filter(elsewhere) {
        assert_eq!(before[id], after[id]);
    }
}

#[test]
fn a_plan_that_deletes_most_is_refused_until_it_is_allowed() {
    let account = twelve();
    account.tap_exits(0, &[]);
    assert_eq!(account.owned_by_eni().len(), 12);
    account.edit(|world| assert!(world.delete_tag("vpc-1", "Vectra:session_mirroring_target")));
    let before = account.sim.snapshot();
    let run = account.tap_exits(4, &[]);
    for words in ["12 of 12", "--allow-mass-delete"] {
        assert!(run.stdout.contains(words), "{words}\n{}", run.stdout);
    }
    account.tap_exits(4, &["--dry-run"]);
    assert_eq!(account.sim.snapshot(), before);
    account.tap_exits(0, &["--allow-mass-delete"]);
    assert!(account.owned_by_eni().is_empty());
}

/// What is held back anyway is no reason to refuse the rest.
#[test]
fn a_policy_that_deletes_nothing_is_not_refused() {
    for policy in ["upsert-only", "create-only"] {
        let account = twelve();
        account.tap_exits(0, &[]);
        account.edit(|world| {
            assert!(world.delete_tag("vpc-1", "Vectra:session_mirroring_target"));
        });
        let before = account.sim.snapshot();
        account.tap_exits(4, &["--policy", "sync"]);
        let document = account.json(0, &["--policy", policy]);
        assert_eq!(document["totals"]["delete"], 0);
        let held =
            decisions(&document).into_iter().filter(|line| line.ends_with("keep held-by-policy -"));
        assert_eq!(held.count(), 12);
        assert_eq!(account.sim.snapshot(), before);
    }
}

/// The first pages of a listing are there, the last one is not: whatever is missing must not look as though it were gone.
#[test]
fn half_a_picture_changes_nothing() {
    for action in ["DescribeInstances", "DescribeTrafficMirrorSessions"] {
        let account = Account::fleet(30);
        account.tap_exits(0, &[]);
        account.edit(|world| {
            let first = world.instance_ids().into_iter().next().unwrap();
            world.stop_instance(&first);
        });
        let before = account.sessions();
        account.sim.clear_calls();
        account.sim.set_switches(|s| {
            s.pages.cap = Some(10);
            let deed = Deed::Deny(action.to_owned());
            s.after = vec![After { call: 2, action: Some(action.to_owned()), deed }];
        });
        let document = account.json(1, &[]);
        let call = &document["regions"][0]["error"]["call"];
        assert_eq!(call, action);
        assert_eq!(account.sim.counts()[action], 3, "it failed on a later page");
        assert_eq!(account.sessions(), before);
        account.watch().converges();
    }
}

#[test]
fn policies_hold_back_what_they_forbid() {
    let account = Account::demo();
    let before = account.sessions();
    let document = account.json(3, &["--policy", "create-only"]);
    assert_eq!(
        (&document["totals"]["modify"], &document["totals"]["delete"]),
        (&0.into(), &0.into())
    );
    let after = account.sessions();
    assert!(before.iter().all(|(id, session)| after[id] == *session));
    assert!(after.len() > before.len());

    let document = account.json(3, &["--policy", "upsert-only"]);
    assert_eq!(document["totals"]["delete"], 0);
    assert!(document["totals"]["modify"].as_u64() > Some(0));
    let held =
        decisions(&document).into_iter().filter(|line| line.ends_with("keep held-by-policy -"));
    assert!(held.count() >= 5);
}

#[test]
fn a_filter_of_ones_own_is_used_as_it_is() {
    let account = Account::demo();
    account.tap_exits(
        3,
        &["--filter-id", "tmf-0de00000000000002", "--vpc-id", "vpc-0de00000000000001"],
    );
    let web_2 = &account.owned_by_eni()[&account.eni("web-2")];
    assert_eq!(web_2.filter, "tmf-0de00000000000002");
}
