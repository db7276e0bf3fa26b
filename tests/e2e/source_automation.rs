//! What AWS's sample for source automation promises: its two scenarios, word for word, with its own YAML; and what an event
//! costs. The handler of the Lambda function runs here in the test's process; under the real runtime it is
//! `tests/lambda/run` that starts it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use aws_sim::NewInstance;
use lambda_tap::config::Config;
use lambda_tap::event::Place;
use lambda_tap::handler::Handler;
use lambda_tap::run::Runs;
use lambda_tap::time::Invocation;
use serde_json::{Value, json};
use tap_core::call::{Call, Program};
use tap_core::cloud::Post;
use tap_core::error::CloudError;
use tap_core::policy::rules::RuleSet;
use tap_core::settings::Settings;
use tap_core::stop::Stopper;

use crate::contract::cloud;
use crate::support::Account;

const SCENARIO_1: &str = "\
---
tags:
- tagList:
  - Key: MyKey
    Value: MyValue
  filterId: tmf-1a2b3c4d5e6f7g8h
  targetId: tmt-1a2b3c4d5e6f7g8h
";

pub const SCENARIO_2: &str = "\
subnets:
- subnetId: subnet-1a2b3c4d
  filterId: tmf-1a2b3c4d5e6f7g8h
  targetId: tmt-1a2b3c4d5e6f7g8h

vpcs:
- vpcId: vpc-1a2b3c4d
  filterId: tmf-1a2b3c4d5e6f7g8h
  targetInstanceType: t3.micro
  targetInstanceAmi: ami-1a2b3c4d5e6f7g8h
  targetSecurityGroupIds:
  - sg-1a2b3c4d5e6f7g8h
  - sg-1aaaaaaa2bbbbbbb
  targetSubnetId: subnet-5e6f7g8h
";

/// A VPC that no tag enables, with a load balancer as target and a filter, by the sample's own ids.
pub const ACCOUNT: &str = r#"
account: "111122223333"
regions:
  us-east-1:
    vpcs:
      - {name: shop, id: vpc-1a2b3c4d, cidr: 10.1.0.0/16}
    subnets:
      - {name: front, id: subnet-1a2b3c4d, vpc: shop, zone: us-east-1a, cidr: 10.1.1.0/24}
      - {name: back, id: subnet-00000002, vpc: shop, zone: us-east-1a, cidr: 10.1.2.0/24}
      - {name: sensors, id: subnet-5e6f7g8h, vpc: shop, zone: us-east-1a, cidr: 10.1.3.0/24}
    instances:
      - {name: web, id: i-1, type: m5.large, subnet: front, tags: {MyKey: MyValue}}
      - {name: db, id: i-2, type: m5.large, subnet: back}
      - {name: other, id: i-3, type: m5.large, subnet: back, tags: {MyKey: another}}
      - {name: sensor, id: i-9, type: m5.large, subnet: sensors}
    target_groups:
      - {name: sensors, vpc: shop, protocol: UDP, port: 4789, targets: [{target: sensor}]}
    load_balancers:
      - {name: sensors, subnets: [sensors], listeners: [{protocol: UDP, port: 4789, target_group: sensors}]}
    targets:
      - {name: sensors, id: tmt-1a2b3c4d5e6f7g8h, nlb: sensors}
    filters:
      - id: tmf-1a2b3c4d5e6f7g8h
        description: everything
        rules:
          - {direction: ingress, number: 1, action: accept, source: 0.0.0.0/0, destination: 0.0.0.0/0}
          - {direction: egress, number: 1, action: accept, source: 0.0.0.0/0, destination: 0.0.0.0/0}
"#;

/// There is no queue in these tests.
struct NoQueue;

impl Post for NoQueue {
    async fn post(&self, _: &str, body: &str) -> Result<(), CloudError> {
        panic!("nothing was to be put into the queue: {body}");
    }
}

/// One invocation of the function with these variables and rules.
async fn invoke(
    account: &Account,
    rules: &str,
    variables: &[(&str, &str)],
    payload: Value,
) -> Result<Value, String> {
    let region = [("AWS_REGION", "us-east-1")];
    let given = region.iter().chain(variables);
    let given = given.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let config = Config::read(given).unwrap();
    let read = RuleSet::read("us-east-1.yaml", rules.as_bytes()).unwrap();
    let settings = Settings { rules: Some(read.rules), ..config.settings.clone() };
    let place = Place { account: "111122223333".into(), region: "us-east-1".into() };
    let cloud = cloud(&account.sim).await;
    account.sim.clear_calls();
    let (_stopper, stop) = Stopper::new();
    let handler = Handler {
        place: &place,
        runs: Runs {
            config: &config,
            settings: &settings,
            cloud: &cloud,
            time: &Invocation::until(0, Some(Duration::from_secs(60))),
            stop: &stop,
            launches: Arc::new(AtomicUsize::new(settings.max_appliances)),
            out: &|_| {},
        },
        post: &NoQueue,
    };
    handler.handle(&payload).await.map_err(|failure| failure.to_string())
}

fn running(instance: &str) -> Value {
    state(instance, "running")
}

fn state(instance: &str, state: &str) -> Value {
    json!({
        "version": "0", "id": "e1", "account": "111122223333", "region": "us-east-1",
        "time": "2026-11-21T08:30:00Z",
        "detail-type": "EC2 Instance State-change Notification", "source": "aws.ec2",
        "resources": [format!("arn:aws:ec2:us-east-1:111122223333:instance/{instance}")],
        "detail": {"instance-id": instance, "state": state},
    })
}

fn finding(instance: &str) -> Value {
    json!({
        "version": "0", "id": "e2", "account": "111122223333", "region": "us-east-1",
        "time": "2026-11-21T08:30:00Z",
        "detail-type": "GuardDuty Finding", "source": "aws.guardduty", "resources": [],
        "detail": {
            "schemaVersion": "2.0", "accountId": "111122223333", "region": "us-east-1", "id": "f1",
            "type": "UnauthorizedAccess:EC2/SSHBruteForce", "severity": 5,
            "resource": {"resourceType": "Instance", "instanceDetails": {"instanceId": instance}},
            "service": {"serviceName": "guardduty", "archived": false},
        },
    })
}

fn schedule() -> Value {
    json!({
        "version": "0", "id": "e3", "account": "111122223333", "region": "us-east-1",
        "time": "2026-11-21T08:30:00Z", "detail-type": "Scheduled Event", "source": "aws.events",
        "resources": ["arn:aws:events:us-east-1:111122223333:rule/heal"], "detail": {},
    })
}

/// The names of the instances that are mirrored, each with the target.
fn mirrored(account: &Account) -> Vec<(String, String)> {
    let owned = account.owned_by_eni();
    let mut found: Vec<_> = ["web", "db", "other", "new", "sensor"]
        .into_iter()
        .filter(|name| *name != "new" || account.edit(|world| world.instance_id("new").is_some()))
        .filter_map(|name| {
            owned.get(&account.eni(name)).map(|s| (name.to_owned(), s.target.clone()))
        })
        .collect();
    found.sort();
    found
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, target)| ((*name).to_owned(), (*target).to_owned())).collect()
}

const NLB: &str = "tmt-1a2b3c4d5e6f7g8h";

/// "Set up traffic mirroring on existing instances as well any new instance launches with tag {Key=MyKey, Value=MyValue} in
/// us-east-1. Set up traffic mirroring with my already created NLB based target."
#[tokio::test]
async fn scenario_1_existing_and_new_instances_by_tag() {
    let account = Account::yaml(ACCOUNT);
    let defaults = [("SESSION_MIRROR_ENABLE_FINDINGS", "false")];
    invoke(&account, SCENARIO_1, &defaults, schedule()).await.unwrap();
    assert_eq!(mirrored(&account), pairs(&[("web", NLB)]));
    let session = account.owned_by_eni().remove(&account.eni("web")).unwrap();
    assert_eq!(session.all["filter"], "tmf-1a2b3c4d5e6f7g8h");
    assert_eq!(session.all["tags"]["Vectra:session_mirroring_rule"], "tags MyKey=MyValue");

    let tags = [("Name", "new"), ("MyKey", "MyValue")];
    let tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let new = account.edit(|world| {
        let subnet = world.subnet_id("front").unwrap();
        let launched = NewInstance { tags: tags.into(), ..NewInstance::in_subnet(&subnet) };
        world.launch_instance(launched).unwrap()
    });
    invoke(&account, SCENARIO_1, &defaults, running(&new)).await.unwrap();
    assert_eq!(mirrored(&account), pairs(&[("new", NLB), ("web", NLB)]));

    account.edit(|world| assert!(world.stop_instance("web")));
    invoke(&account, SCENARIO_1, &defaults, state("i-1", "stopped")).await.unwrap();
    assert_eq!(mirrored(&account), pairs(&[("new", NLB)]));
    invoke(&account, SCENARIO_1, &defaults, finding("i-2")).await.unwrap();
    assert_eq!(mirrored(&account), pairs(&[("new", NLB)]));
}

/// The same file by hand and from cron.
#[test]
fn scenario_1_with_the_command() {
    let account = Account::yaml(ACCOUNT);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("us-east-1.yaml"), SCENARIO_1).unwrap();
    let rules = folder.path().to_str().unwrap();
    let plan = account.tap_exits(0, &["--dry-run", "--rules", rules]);
    for words in ["by rule tags[0]", "us-east-1.yaml line 3", NLB] {
        assert!(plan.stdout.contains(words), "{words} is missing in:\n{}", plan.stdout);
    }
    account.tap_exits(0, &["--rules", rules]);
    assert_eq!(mirrored(&account), pairs(&[("web", NLB)]));
    account.tap_exits(0, &["--rules", rules]);
    account.is_settled();
    // Who forgets the file removes nothing.
    let without = account.json(0, &[]);
    assert_eq!(mirrored(&account), pairs(&[("web", NLB)]));
    assert_eq!(without["regions"][0]["findings"][0]["code"], "rules-not-given");
}

/// "Set up traffic mirroring on any instance reported by a GuardDuty finding which belongs to either vpc-1a2b3c4d or
/// subnet-1a2b3c4d. Create traffic mirror targets on the fly for the instances matching vpc-1a2b3c4d and use my already
/// created NLB based target for the instances matching subnet-1a2b3c4d. If an instance matches both, the configuration for
/// subnet takes a priority."
#[tokio::test]
async fn scenario_2_findings_by_subnet_and_vpc_with_a_target_on_the_fly() {
    let account = Account::yaml(ACCOUNT);
    let variables = [
        ("SESSION_MIRROR_ENABLE_EXISTING", "false"),
        ("SESSION_MIRROR_ENABLE_LAUNCH", "false"),
        ("SESSION_MIRROR_ENABLE_FINDINGS", "true"),
    ];
    // Nobody is mirrored but whom a finding names.
    invoke(&account, SCENARIO_2, &variables, schedule()).await.unwrap();
    invoke(&account, SCENARIO_2, &variables, running("i-1")).await.unwrap();
    assert_eq!(mirrored(&account), pairs(&[]));

    invoke(&account, SCENARIO_2, &variables, finding("i-1")).await.unwrap();
    assert_eq!(mirrored(&account), pairs(&[("web", NLB)]));
    assert_eq!(account.sim.counts().get("RunInstances"), None);

    invoke(&account, SCENARIO_2, &variables, finding("i-2")).await.unwrap();
    let made = mirrored(&account);
    assert_eq!(made.len(), 2, "{made:?}");
    assert_eq!((made[0].0.as_str(), made[1].0.as_str()), ("db", "web"));
    assert_ne!(made[0].1, NLB);
    let snapshot = account.sim.snapshot();
    let region = &snapshot["regions"]["us-east-1"];
    let target = &region["targets"][&made[0].1];
    assert_eq!(target["tags"]["Vectra:session_mirroring_appliance"], "vpc-1a2b3c4d");
    assert_eq!(target["tags"]["Vectra:session_mirroring_subnet"], "subnet-5e6f7g8h");
    let instances = region["instances"].as_object().unwrap();
    let appliances: Vec<&Value> = instances
        .values()
        .filter(|i| i["tags"]["Vectra:session_mirroring_appliance"] == "vpc-1a2b3c4d")
        .collect();
    assert_eq!(appliances.len(), 1);

    // The next goes to the same one; again, and late, nothing changes.
    invoke(&account, SCENARIO_2, &variables, finding("i-3")).await.unwrap();
    invoke(&account, SCENARIO_2, &variables, finding("i-2")).await.unwrap();
    let all = mirrored(&account);
    assert_eq!(all.len(), 3, "{all:?}");
    assert_eq!(all[0].1, all[1].1);
    let session = account.owned_by_eni().remove(&account.eni("db")).unwrap();
    assert_eq!(session.all["tags"]["Vectra:session_mirroring_finding"], "f1");
    // The schedule keeps what findings asked for.
    invoke(&account, SCENARIO_2, &variables, schedule()).await.unwrap();
    assert_eq!(mirrored(&account), all);
}

/// Two findings in one batch, each in need of an appliance of its own, and one may be launched: the other comes again.
#[tokio::test]
async fn what_one_invocation_may_not_launch_the_queue_brings_again() {
    let rules = SCENARIO_2.replace("  targetSubnetId: subnet-5e6f7g8h\n", "");
    let rules =
        rules.replace("subnets:\n- subnetId: subnet-1a2b3c4d", "subnets:\n- subnetId: subnet-none");
    let account = Account::yaml(ACCOUNT);
    let variables = [
        ("SESSION_MIRROR_ENABLE_EXISTING", "false"),
        ("SESSION_MIRROR_ENABLE_LAUNCH", "false"),
        ("SESSION_MIRROR_ENABLE_FINDINGS", "true"),
        ("SESSION_MIRROR_MAX_APPLIANCES", "1"),
    ];
    let message = |id: &str, event: Value| {
        json!({"messageId": id, "body": event.to_string(), "eventSource": "aws:sqs",
               "eventSourceARN": "arn:aws:sqs:us-east-1:111122223333:q"})
    };
    let batch = json!({"Records": [message("m1", finding("i-1")), message("m2", finding("i-2"))]});
    let answer = invoke(&account, &rules, &variables, batch).await.unwrap();
    assert_eq!(answer["batchItemFailures"].as_array().unwrap().len(), 1, "{answer}");
    assert_eq!(account.sim.counts()["RunInstances"], 1);
    let again = answer["batchItemFailures"][0]["itemIdentifier"].as_str().unwrap();
    let instance = if again == "m1" { "i-1" } else { "i-2" };
    let batch = json!({"Records": [message(again, finding(instance))]});
    let answer = invoke(&account, &rules, &variables, batch).await.unwrap();
    assert_eq!(answer["batchItemFailures"], json!([]));
    assert_eq!(mirrored(&account).len(), 2);
}

/// The function makes the calls of its table, which its IAM policy is made from, and no other. Those of S3, SQS and STS are
/// made by the function as Lambda starts it (`tests/lambda/run`).
#[tokio::test]
async fn the_function_makes_every_call_of_its_table_and_no_other() {
    let mut made: BTreeSet<String> = BTreeSet::new();
    let nothing = "vpcs:\n- {vpcId: vpc-none, ignore: true}\n";
    for (account, rules) in [
        (Account::demo(), nothing),
        (Account::yaml(crate::story::SMALL), nothing),
        (Account::yaml(crate::faults_rules::RULED), crate::faults_rules::RULES),
    ] {
        // Some of the accounts have what cannot be mirrored.
        drop(invoke(&account, rules, &[], schedule()).await);
        made.extend(account.sim.counts().into_keys());
    }
    let elsewhere = [Call::GetCallerIdentity, Call::GetObject, Call::SendMessage];
    let table = Call::ALL.iter().filter(|call| call.programs().contains(&Program::Lambda));
    let table = table.filter(|call| !elsewhere.contains(call)).map(|call| call.action().to_owned());
    assert_eq!(made, table.collect());
}

/// Nothing that an event about one instance needs takes more than six reads of EC2; three more for each load balancer that is
/// a target in use, behind which the instance might stand (ruling 5).
#[tokio::test]
async fn an_event_for_one_instance_costs_six_reads() {
    let reads = |account: &Account| {
        let counts = account.sim.counts();
        let reads = counts.iter().filter(|(action, _)| action.starts_with("Describe"));
        reads.map(|(_, n)| n).sum::<usize>()
    };
    let account = Account::yaml(crate::story::SMALL);
    let rules = "vpcs:\n- vpcId: vpc-1\n  targetId: tmt-1\n";
    invoke(&account, rules, &[], running("i-2")).await.unwrap();
    assert!(reads(&account) <= 6, "{:?}", account.sim.counts());
    assert_eq!(account.owned_by_eni().len(), 2);
    invoke(&account, rules, &[], running("i-2")).await.unwrap();
    assert!(reads(&account) <= 6, "{:?}", account.sim.counts());

    let behind_a_balancer = Account::yaml(ACCOUNT);
    invoke(&behind_a_balancer, SCENARIO_1, &[], running("i-1")).await.unwrap();
    assert!(reads(&behind_a_balancer) <= 6 + 3, "{:?}", behind_a_balancer.sim.counts());
    assert_eq!(mirrored(&behind_a_balancer), pairs(&[("web", NLB)]));
}
