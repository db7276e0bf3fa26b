//! `session_mirror_config_vpc --create-target`: each kind of target from an empty account to sessions, and tries that end
//! half-way.

use std::collections::BTreeSet;

use aws_sim::Switches;
use serde_json::{Value, json};

use crate::support::{Account, CONFIG_VPC, Run};

const SHOP: &str = "vpc-0a000000000000001";
const LAB: &str = "vpc-0a000000000000002";
const SENSOR: &str = "i-0a000000000000005";
const SENSOR_ENI: &str = "eni-0a000000000000005";

const NEW_NLB: [&str; 8] = [
    "--vpc-id",
    SHOP,
    "--create-target",
    "new-nlb",
    "--health-check-port",
    "22",
    "--register",
    SENSOR,
];

fn make(account: &Account, code: i32, args: &[&str]) -> Run {
    account.exits(CONFIG_VPC, code, &[args, &["--yes"]].concat())
}

/// The things of a kind in the account.
fn all(account: &Account, kind: &str) -> Vec<Value> {
    let snapshot = account.sim.snapshot();
    let things = snapshot["regions"]["us-east-1"][kind].as_object().cloned().unwrap_or_default();
    things.into_iter().map(|(_, thing)| thing).collect()
}

/// Checks that there is one of each part of a target, as it should be, and that the VPC's tag names it.
#[track_caller]
fn is_complete(account: &Account) {
    let [balancer] = all(account, "load_balancers").try_into().unwrap();
    assert_eq!(
        (&balancer["name"], &balancer["type"], &balancer["scheme"], &balancer["vpc"]),
        (&json!("VectraTap0a000000000000001"), &json!("network"), &json!("internal"), &json!(SHOP))
    );
    assert_eq!(balancer["attributes"]["load_balancing.cross_zone.enabled"], "true");
    assert_eq!(balancer["tags"]["Creator"], "Vectra:Tap");
    let zones: BTreeSet<&String> = balancer["zones"].as_object().unwrap().keys().collect();
    assert_eq!(zones.len(), 3, "one subnet per zone");
    let [group] = all(account, "target_groups").try_into().unwrap();
    assert_eq!((&group["protocol"], &group["port"]), (&json!("UDP"), &json!(4789)));
    assert_eq!(group["health_check"], "TCP:22");
    assert_eq!(group["targets"], json!([format!("{SENSOR}:4789")]));
    let [listener] = all(account, "listeners").try_into().unwrap();
    assert_eq!((&listener["protocol"], &listener["port"]), (&json!("UDP"), &json!(4789)));
    let targets = account.sim.snapshot()["regions"]["us-east-1"]["targets"].clone();
    let targets = targets.as_object().unwrap();
    assert_eq!(targets.len(), 1, "{targets:?}");
    let tag = account.vpc_tags(SHOP)["Vectra:session_mirroring_target"].clone();
    assert_eq!(tag.as_str(), targets.keys().next().map(String::as_str));
}

#[test]
fn a_new_load_balancer_from_an_empty_account_to_sessions() {
    let account = Account::starter();
    let before = account.sim.snapshot();
    let dry = account.exits(CONFIG_VPC, 0, &[&NEW_NLB[..], &["--dry-run"]].concat());
    assert!(dry.stdout.contains("create the listener on UDP 4789"), "{}", dry.stdout);
    // The sensor is registered, so it is no source.
    assert!(dry.stdout.contains("creates 4 sessions"), "{}", dry.stdout);
    assert_eq!(account.sim.snapshot(), before);
    account.only_read();

    make(&account, 0, &NEW_NLB);
    is_complete(&account);
    let after = account.sim.snapshot();
    let again = make(&account, 0, &NEW_NLB);
    assert!(again.stdout.contains("Nothing to change"), "{}", again.stdout);
    assert_eq!(account.sim.snapshot(), after, "a second try made something again");

    let tap = account.json(0, &[]);
    assert_eq!(tap["totals"]["create"], 4);
    account.is_settled();
    let list = account.exits(CONFIG_VPC, 0, &["--list"]).stdout;
    assert!(list.contains("4 eligible, 4 mirrored, 1 left alone (1 receives-mirror)"), "{list}");
}

#[test]
fn a_target_from_an_interface() {
    let account = Account::starter();
    let from = format!("eni={SENSOR_ENI}");
    let args = ["--vpc-id", &format!("{SHOP},{LAB}"), "--create-target", &from];
    let run = make(&account, 0, &args);
    assert!(run.stdout.contains("pcx-0a000000000000001 links the two"), "{}", run.stdout);
    let [target] = all(&account, "targets").try_into().unwrap();
    assert_eq!((&target["type"], &target["of"]), (&json!("network-interface"), &json!(SENSOR_ENI)));
    assert_eq!(target["tags"]["Creator"], "Vectra:Tap");
    let tap = account.json(0, &[]);
    assert_eq!(tap["totals"]["create"], 6);
    account.is_settled();
    make(&account, 0, &args);
    assert_eq!(all(&account, "targets").len(), 1);
}

#[test]
fn a_target_from_a_load_balancer_that_is_there() {
    let account = Account::starter();
    make(&account, 0, &NEW_NLB);
    let arn = account.edit(|world| world.load_balancer_arn("VectraTap0a000000000000001").unwrap());
    let target = account.vpc_tags(SHOP)["Vectra:session_mirroring_target"].clone();
    let from = format!("nlb={arn}");
    // It is a target already: that one is taken.
    make(&account, 0, &["--vpc-id", LAB, "--create-target", &from]);
    assert_eq!(account.vpc_tags(LAB)["Vectra:session_mirroring_target"], target);
    assert_eq!(all(&account, "targets").len(), 1);
}

#[test]
fn a_target_from_an_endpoint() {
    let account = Account::yaml(
        r#"
account: "111122223333"
regions:
  us-east-1:
    vpcs: [{name: shop, id: vpc-1, cidr: 10.1.0.0/16}]
    subnets: [{name: shop-a, id: subnet-1, vpc: shop, zone: us-east-1a, cidr: 10.1.1.0/24}]
    instances: [{name: web-1, id: i-1, type: m5.large, subnet: shop-a}]
    vpc_endpoints:
      - {name: sensors, id: vpce-1, vpc: shop, subnets: [shop-a]}
      - {name: s3, id: vpce-2, vpc: shop, type: Interface, service_name: com.amazonaws.us-east-1.s3}
"#,
    );
    let before = account.sim.snapshot();
    let run = make(&account, 1, &["--vpc-id", "vpc-1", "--create-target", "gwlbe=vpce-2"]);
    run.says(&["vpce-2", "nothing was changed"]);
    let run = make(&account, 1, &["--vpc-id", "vpc-1", "--create-target", "gwlbe=vpce-3"]);
    run.says(&["vpce-3"]);
    assert_eq!(account.sim.snapshot(), before);
    make(&account, 0, &["--vpc-id", "vpc-1", "--create-target", "gwlbe=vpce-1"]);
    let list = account.exits(CONFIG_VPC, 0, &["--list"]).stdout;
    assert!(list.contains("gateway-load-balancer-endpoint vpce-1 (sensors) in vpc-1"), "{list}");
    account.tap_exits(0, &[]);
    account.is_settled();
}

/// Sensors often have a VPC of their own: the load balancer goes where they are.
#[test]
fn a_new_load_balancer_lives_with_its_sensors() {
    let account = Account::starter();
    let args = ["--vpc-id", SHOP, "--create-target", "new-nlb", "--health-check-port", "22"];
    let run = make(&account, 0, &[&args[..], &["--register", "i-0a000000000000006"]].concat());
    assert!(run.stdout.contains("pcx-0a000000000000001 links the two"), "{}", run.stdout);
    let [balancer] = all(&account, "load_balancers").try_into().unwrap();
    assert_eq!(balancer["vpc"], LAB);
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_made() {
    let account = Account::starter();
    let before = account.sim.snapshot();
    let new = |more: &[&'static str]| {
        [&["--vpc-id", SHOP, "--create-target", "new-nlb", "--health-check-port", "22"], more]
            .concat()
    };
    for (args, words) in [
        (new(&["--register", "i-nowhere"]), vec!["i-nowhere"]),
        (
            new(&["--register", "i-0a000000000000005,i-0a000000000000006"]),
            vec!["i-0a000000000000006"],
        ),
        (new(&["--subnet-id", "subnet-nowhere"]), vec!["subnet-nowhere"]),
        (
            new(&["--subnet-id", "subnet-0a000000000000001,subnet-0a000000000000004"]),
            vec!["subnet-0a000000000000004"],
        ),
        (vec!["--vpc-id", SHOP, "--create-target", "eni=eni-nowhere"], vec!["eni-nowhere"]),
        (
            vec![
                "--vpc-id",
                SHOP,
                "--create-target",
                "nlb=arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/x/1",
            ],
            vec!["loadbalancer/net/x/1"],
        ),
    ] {
        let run = make(&account, 1, &args);
        run.says(&words);
        run.says(&["nothing was changed"]);
        assert_eq!(account.sim.snapshot(), before, "{args:?}");
    }
    account.only_read();
}

/// Every call that makes something fails once; each time the same command goes on from there and doubles nothing.
#[test]
fn a_try_that_ended_anywhere_is_completed_by_the_next() {
    for action in [
        "CreateLoadBalancer",
        "ModifyLoadBalancerAttributes",
        "CreateTargetGroup",
        "CreateListener",
        "RegisterTargets",
        "CreateTrafficMirrorTarget",
        "CreateTags",
    ] {
        let account = Account::starter();
        account.sim.set_switches(|s| s.deny = vec![action.to_owned()]);
        let code = if action == "CreateLoadBalancer" { 1 } else { 3 };
        // Tags at creation need the permission too.
        let code = if action == "CreateTags" { 3 } else { code };
        let run = make(&account, code, &NEW_NLB);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(said.contains(action) || action == "CreateTags", "{action}: {said}");
        account.sim.set_switches(|s| *s = Switches::default());
        make(&account, 0, &NEW_NLB);
        is_complete(&account);
    }
}

#[test]
fn lost_replies_double_nothing() {
    for action in [
        "CreateLoadBalancer",
        "CreateTargetGroup",
        "CreateListener",
        "RegisterTargets",
        "CreateTrafficMirrorTarget",
    ] {
        let account = Account::starter();
        account.sim.fault(action, "lose-reply").times(1);
        make(&account, 0, &NEW_NLB);
        is_complete(&account);
    }
}

/// A create whose every reply is lost was done all the same: it is looked for.
fn is_found_without_an_answer(action: &str) {
    let account = Account::starter();
    account.sim.fault(action, "lose-reply").times(50);
    make(&account, 0, &NEW_NLB);
    is_complete(&account);
}

// The tool tries for a while before it looks: one test each, side by side.
#[test]
fn a_load_balancer_that_was_made_without_an_answer_is_found() {
    is_found_without_an_answer("CreateLoadBalancer");
}

#[test]
fn a_target_that_was_made_without_an_answer_is_found() {
    is_found_without_an_answer("CreateTrafficMirrorTarget");
}

#[test]
fn what_had_no_answer_and_is_not_to_be_seen_is_not_said_to_be_undone() {
    let account = Account::starter();
    account.sim.fault("CreateLoadBalancer", "reset").times(50);
    let run = make(&account, 3, &NEW_NLB);
    run.says(&["no answer came, it may have been made all the same"]);
}

#[test]
fn the_document_says_what_aws_said_of_a_target_that_was_not_made() {
    let account = Account::starter();
    account.sim.set_switches(|s| s.deny = vec!["CreateLoadBalancer".to_owned()]);
    let run = make(&account, 1, &[&NEW_NLB[..], &["--output", "json"]].concat());
    let error = run.document()["regions"][0]["target"]["error"].clone();
    assert_eq!((&error["kind"], &error["call"]), (&json!("denied"), &json!("CreateLoadBalancer")));
    assert!(error["remedy"].as_str().unwrap().contains("goes on from there"), "{error:#}");
}

#[test]
fn what_is_wrong_with_what_a_target_is_made_from_is_said() {
    let account = Account::starter();
    make(&account, 0, &NEW_NLB[..6]);
    let arn = account.edit(|world| world.load_balancer_arn("VectraTap0a000000000000001").unwrap());
    let dry = |from: &str| {
        let args = ["--vpc-id", LAB, "--create-target", from, "--dry-run"];
        account.exits(CONFIG_VPC, 0, &args).stdout
    };
    let nlb = dry(&format!("nlb={arn}"));
    assert!(nlb.contains("nothing is registered behind its UDP listener"), "{nlb}");
    account.edit(|world| assert!(world.stop_instance("sensor")));
    let eni = dry(&format!("eni={SENSOR_ENI}"));
    assert!(eni.contains(&format!("{SENSOR}, which has {SENSOR_ENI}, is stopped")), "{eni}");
}

/// AWS refuses a source as a target, so the session has to go first.
#[test]
fn an_interface_that_is_mirrored_is_refused_as_a_target() {
    let account = Account::starter();
    make(&account, 0, &NEW_NLB);
    account.tap_exits(0, &[]);
    let before = account.sim.snapshot();
    let run = make(&account, 1, &["--vpc-id", LAB, "--create-target", "eni=eni-0a000000000000001"]);
    run.says(&["eni-0a000000000000001", "nothing was changed"]);
    assert_eq!(account.sim.snapshot(), before);
}

#[test]
fn a_subnet_that_is_not_there_is_said_to_be_so_with_several_vpcs_too() {
    let account = Account::starter();
    let args = ["--vpc-id", &format!("{SHOP},{LAB}"), "--create-target", "new-nlb"];
    let args = [&args[..], &["--health-check-port", "22", "--subnet-id", "subnet-9"]].concat();
    make(&account, 1, &args).says(&["subnet-9 does not exist", "nothing was changed"]);
}

#[test]
fn a_load_balancer_that_takes_too_long_is_waited_for_by_the_next_try() {
    let account = Account::starter();
    account.sim.set_switches(|s| s.settle_ms = 3_600_000);
    let run = make(&account, 3, &[&NEW_NLB[..], &["--wait", "1s"]].concat());
    run.says(&["was not active after 1 s", "run the same command again"]);
    assert_eq!(account.vpc_tags(SHOP)["Vectra:session_mirroring_target"], Value::Null);
    assert_eq!(all(&account, "targets").len(), 0);
    account.sim.advance(std::time::Duration::from_secs(7200));
    make(&account, 0, &NEW_NLB);
    is_complete(&account);
}

#[test]
fn two_tries_at_once_make_one_of_each() {
    let account = Account::starter();
    let start = || {
        let mut command = account.program(CONFIG_VPC, &[&NEW_NLB[..], &["--yes"]].concat());
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        command.spawn().unwrap()
    };
    let both = [start(), start()].map(|child| Run::of(child.wait_with_output().unwrap()));
    for run in &both {
        assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
    }
    is_complete(&account);
}
