//! Filters by profile as a user meets them: two VPCs that want less, in two ways; crashes, blocks that come and go, files with
//! mistakes.

use std::collections::BTreeMap;
use std::fs;

use aws_sim::{After, Deed};
use serde_json::{Value, json};

use crate::faults_kill::killed_where_silent;
use crate::support::{Account, CONFIG_VPC, REGION, decisions};

/// Two enabled VPCs and one that is not.
const TWO: &str = r#"
account: "111122223333"
regions:
  us-east-1:
    vpcs:
      - {name: shop, id: vpc-00000001, cidr: 10.1.0.0/16, tags: {"Vectra:session_mirroring_target": tmt-1, "Vectra:session_mirroring_filter_profile": alb-client}}
      - {name: office, id: vpc-00000002, cidr: 10.2.0.0/16, tags: {"Vectra:session_mirroring_target": tmt-1, "Vectra:session_mirroring_filter_profile": all-tcp, "Vectra:session_mirroring_packet_length": "128"}}
      - {name: plain, id: vpc-00000003, cidr: 10.3.0.0/16, tags: {"Vectra:session_mirroring_target": tmt-1}}
    subnets:
      - {name: shop-a, vpc: shop, zone: us-east-1a, cidr: 10.1.1.0/24}
      - {name: office-a, vpc: office, zone: us-east-1a, cidr: 10.2.1.0/24}
      - {name: plain-a, vpc: plain, zone: us-east-1a, cidr: 10.3.1.0/24}
    instances:
      - {name: proxy, id: i-00000001, type: m5.large, subnet: shop-a}
      - {name: desk, id: i-00000002, type: m5.large, subnet: office-a}
      - {name: other, id: i-00000003, type: m5.large, subnet: plain-a}
    target_groups:
      - {name: sensors, vpc: plain}
    load_balancers:
      - {name: nlb, subnets: [plain-a], listeners: [{target_group: sensors}]}
    targets:
      - {id: tmt-1, nlb: nlb}
"#;

const PROFILE: &str = "Vectra:session_mirroring_filter_profile";
const OURS: &str = "Vectra Full Traffic + DNS Filter";

/// The filters by what stands behind our description: their DNS, and their rules as `ingress 100 accept 6 A -> B`.
fn filters(account: &Account) -> BTreeMap<String, Vec<String>> {
    let world = account.sim.snapshot()["regions"][REGION].clone();
    let filters = world["filters"].as_object().cloned().unwrap_or_default();
    let rules = world["filter_rules"].as_object().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    filters
        .into_iter()
        .map(|(id, filter)| {
            let name = text(&filter["description"]).replace(OURS, "").trim().to_owned();
            let mut parts: Vec<String> = rules
                .values()
                .filter(|rule| rule["filter"] == json!(id))
                .map(|rule| {
                    let words =
                        ["direction", "number", "action", "protocol", "source", "destination"];
                    let words = words.map(|w| rule[w].to_string().replace('"', ""));
                    words.join(" ").replace(" null", "")
                })
                .collect();
            parts.sort();
            let services = filter["network_services"].as_array().cloned().unwrap_or_default();
            parts.extend(services.iter().map(text));
            (name, parts)
        })
        .collect()
}

fn filter_of(account: &Account, instance: &str) -> String {
    let session = &account.owned_by_eni()[&account.eni(instance)];
    let world = account.sim.snapshot()["regions"][REGION].clone();
    let description = world["filters"][&session.filter]["description"].as_str().unwrap().to_owned();
    description.replace(OURS, "").trim().to_owned()
}

fn tag(account: &Account, vpc: &str, profile: &str) {
    assert!(account.edit(|world| world.set_tag(vpc, PROFILE, profile)));
}

#[test]
fn each_vpc_gets_the_filter_of_its_profile_and_the_length_of_its_tag() {
    let account = Account::yaml(TWO);
    let run = account.tap_exits(0, &[]);
    assert!(
        run.stdout.contains("profile\u{a0}alb-client") || run.stdout.contains("profile alb-client"),
        "{}",
        run.stdout
    );
    let filters = filters(&account);
    assert_eq!(filters.keys().collect::<Vec<_>>(), ["", "(alb-client, vpc-00000001)", "(all-tcp)"]);
    assert_eq!(filters[""].len(), 5);
    assert_eq!(
        filters["(alb-client, vpc-00000001)"],
        [
            "egress 100 reject 0.0.0.0/0 10.1.0.0/16",
            "egress 1000 accept 0.0.0.0/0 0.0.0.0/0",
            "ingress 100 reject 10.1.0.0/16 0.0.0.0/0",
            "ingress 1000 accept 0.0.0.0/0 0.0.0.0/0",
        ]
    );
    assert_eq!(
        filters["(all-tcp)"],
        [
            "egress 100 accept 6 0.0.0.0/0 0.0.0.0/0",
            "egress 200 accept 6 ::/0 ::/0",
            "ingress 100 accept 6 0.0.0.0/0 0.0.0.0/0",
            "ingress 200 accept 6 ::/0 ::/0",
        ]
    );
    assert_eq!(filter_of(&account, "proxy"), "(alb-client, vpc-00000001)");
    assert_eq!(filter_of(&account, "desk"), "(all-tcp)");
    assert_eq!(filter_of(&account, "other"), "");
    let length =
        |name: &str| account.owned_by_eni()[&account.eni(name)].all["packet_length"].clone();
    assert_eq!((length("desk"), length("other")), (json!(128), json!(8500)));
    account.is_settled();
    let document = account.json(0, &["--dry-run"]);
    let vpcs: Vec<(&Value, &Value)> = document["regions"][0]["vpcs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|vpc| (&vpc["profile"], &vpc["packet_length"]))
        .collect();
    let none = Value::Null;
    assert_eq!(
        vpcs,
        [(&json!("alb-client"), &none), (&json!("all-tcp"), &json!(128)), (&json!("all"), &none)]
    );
}

#[test]
fn another_profile_moves_the_sessions_in_place() {
    let account = Account::yaml(TWO);
    account.tap_exits(0, &[]);
    let before = account.sessions();
    tag(&account, "vpc-00000002", "dns-only");
    let document = account.json(0, &[]);
    assert!(decisions(&document).contains(&"desk modify drifted done".to_owned()));
    assert_eq!(account.sessions().keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    assert_eq!(filter_of(&account, "desk"), "(dns-only)");
    assert_eq!(filters(&account)["(dns-only)"].len(), 9);
    account.is_settled();
    // And with no tag at all it is as the flag of the run says.
    assert!(account.edit(|world| world.delete_tag("vpc-00000002", PROFILE)));
    account.tap_exits(0, &["--filter-profile", "alb-target"]);
    assert_eq!(filter_of(&account, "desk"), "(alb-target, vpc-00000002)");
    assert_eq!(filter_of(&account, "proxy"), "(alb-client, vpc-00000001)");
}

#[test]
fn a_block_that_is_added_gets_its_rules_and_one_that_went_is_named() {
    let account = Account::yaml(TWO);
    account.tap_exits(0, &[]);
    account.edit(|world| {
        assert!(world.associate_cidr("shop", "100.64.0.0/16"));
        assert!(world.associate_cidr("shop", "2600:1f18:1234::/56"));
    });
    account.tap_exits(0, &[]);
    let rules = &filters(&account)["(alb-client, vpc-00000001)"];
    assert_eq!(rules.len(), 10, "{rules:#?}");
    for rule in [
        "ingress 110 reject 100.64.0.0/16 0.0.0.0/0",
        "ingress 120 reject 2600:1f18:1234::/56 ::/0",
        "ingress 2000 accept ::/0 ::/0",
    ] {
        assert!(rules.contains(&rule.to_owned()), "{rule}: {rules:#?}");
    }
    account.is_settled();
    account.edit(|world| assert!(world.disassociate_cidr("shop", "100.64.0.0/16")));
    let run = account.tap_exits(0, &[]);
    assert!(run.stdout.contains("100.64.0.0/16"), "{}", run.stdout);
    assert_eq!(&filters(&account)["(alb-client, vpc-00000001)"], rules);
    // More blocks than rules: nothing is changed, and the VPC is named.
    for cidr in ["100.65.0.0/16", "100.66.0.0/16"] {
        account.edit(|world| assert!(world.associate_cidr("shop", cidr)));
    }
    let before = account.sim.snapshot();
    let run = account.tap_exits(3, &[]);
    assert!(run.stdout.contains("AWS allows 10"), "{}", run.stdout);
    assert_eq!(account.sim.snapshot(), before);
}

/// Killed at every call: the next run completes what is there, and no filter is made twice.
#[test]
fn a_crash_between_a_filter_and_its_rules_is_repaired() {
    let mut calls = 0;
    loop {
        calls += 1;
        let account = Account::yaml(TWO);
        let after = After { call: calls, action: None, deed: Deed::HangDone };
        account.sim.set_switches(|s| s.after = vec![after]);
        let killed = killed_where_silent(&account, &[]);
        account.sim.lift_faults();
        account.tap_exits(0, &[]);
        account.is_settled();
        let filters = account.sim.snapshot()["regions"][REGION]["filters"].clone();
        assert_eq!(filters.as_object().unwrap().len(), 3, "call {calls}");
        if !killed {
            break;
        }
    }
    assert!(calls > 25, "{calls}");
}

#[test]
fn a_filter_that_cannot_be_made_stops_its_own_sessions_and_no_others() {
    let account = Account::yaml(TWO);
    // The last profile's filter is not the first to be made.
    account.sim.set_switches(|s| s.deny = vec!["CreateTrafficMirrorFilterRule".to_owned()]);
    let run = account.tap_exits(3, &[]);
    assert!(run.stdout.contains("the filter (alb-client, vpc-00000001) failed"), "{}", run.stdout);
    assert_eq!(account.owned_by_eni().len(), 0);
    account.sim.lift_faults();
    account.tap_exits(0, &[]);
    account.is_settled();
    assert_eq!(filters(&account).len(), 3);
}

#[test]
fn a_profile_of_the_users_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("web.yaml");
    let path = file.to_str().unwrap();
    // The file of the docs.
    let docs = include_str!("../../docs/filters.md");
    let text = docs.split("<!-- the file of a test -->").nth(1).unwrap();
    let text = text.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    fs::write(&file, text).unwrap();
    let account = Account::yaml(TWO);
    tag(&account, "vpc-00000001", "custom:web");
    // Without the file nobody knows what it means: that VPC is left alone, the others are not.
    let run = account.tap_exits(3, &[]);
    assert!(run.stdout.contains("custom:web, which no file"), "{}", run.stdout);
    assert_eq!(account.owned_by_eni().len(), 2);
    account.tap_exits(0, &["--custom-filter", path]);
    assert_eq!(
        filters(&account)["(custom:web)"],
        [
            "egress 100 accept 6 0.0.0.0/0 0.0.0.0/0",
            "ingress 100 reject 10.0.0.0/8 0.0.0.0/0",
            "ingress 200 accept 6 0.0.0.0/0 0.0.0.0/0",
            "amazon-dns",
        ]
    );
    // What is there is used without the file, too, and somebody is told.
    let run = account.tap_exits(0, &[]);
    assert!(run.stdout.contains("is used as it is"), "{}", run.stdout);
    assert_eq!(filter_of(&account, "proxy"), "(custom:web)");
}

#[test]
fn a_file_with_mistakes_changes_nothing_and_all_of_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("web.yaml");
    let path = file.to_str().unwrap();
    let wrong = "name: web\nrules:\n- {direction: in, action: accept, source: 10.0.0.0/8}\n- {direction: egress, action: accept, sourcePorts: 1, source: ::/0}\n";
    fs::write(&file, wrong).unwrap();
    let account = Account::yaml(TWO);
    let before = account.sim.snapshot();
    let args = ["--custom-filter", path];
    account.tap_exits(1, &args).says(&[
        "web.yaml:3: rules[0].direction: `in` is unknown",
        "web.yaml:4: rules[1].sourcePorts: ports are of TCP and UDP only",
        "2 mistakes",
        "nothing was changed",
    ]);
    let document = account.json(1, &args);
    assert_eq!(document["error"]["kind"], "custom-filter");
    account
        .tap_exits(1, &["--filter-profile", "custom:web"])
        .says(&["custom:web", "--custom-filter"]);
    account.tap_exits(64, &["--filter-profile", "tcp"]).says(&["--filter-profile", "all-tcp"]);
    let missing = folder.path().join("no.yaml");
    account.tap_exits(1, &["--custom-filter", missing.to_str().unwrap()]).says(&["no.yaml"]);
    assert_eq!(account.sim.snapshot(), before);
}

#[test]
fn a_tag_that_makes_no_sense_leaves_its_vpc_as_it_is() {
    let account = Account::yaml(TWO);
    account.tap_exits(0, &[]);
    tag(&account, "vpc-00000002", "everything");
    let before = account.sessions();
    let run = account.tap_exits(3, &[]);
    assert!(run.stdout.contains("filter profile tag is `everything`"), "{}", run.stdout);
    assert_eq!(account.sessions(), before);
}

#[test]
fn config_vpc_writes_and_removes_the_tags() {
    let account = Account::yaml(TWO);
    let tags = |vpc: &str| {
        let world = account.sim.snapshot()["regions"][REGION].clone();
        world["vpcs"][vpc]["tags"].as_object().cloned().unwrap()
    };
    let config = |code: i32, args: &[&str]| account.exits(CONFIG_VPC, code, args);
    let flags = ["--filter-profile", "dns-only", "--packet-length", "256", "--yes"];
    let run = config(0, &[&["--vpc-id", "vpc-00000003"][..], &flags].concat());
    assert!(run.stdout.contains("dns-only"), "{}", run.stdout);
    let plain = tags("vpc-00000003");
    assert_eq!(plain[PROFILE], "dns-only");
    assert_eq!(plain["Vectra:session_mirroring_packet_length"], "256");
    let list = config(0, &["--list"]).stdout.replace('\u{a0}', " ");
    assert!(list.contains("profile dns-only"), "{list}");
    config(0, &["--vpc-id", "vpc-00000003", "--disable", "--yes"]);
    let left: Vec<String> = tags("vpc-00000003").keys().cloned().collect();
    assert_eq!(left, ["Name"]);
    // A profile alone enables nothing.
    config(64, &["--vpc-id", "vpc-00000003", "--filter-profile", "all"]);
}
