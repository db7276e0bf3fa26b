//! `session_mirror_tap appliances`: what it lists, what it removes and what it leaves alone.

use aws_sim::NewSession;
use serde_json::{Value, json};
use tap_core::cloud::{MakeAppliances, MakeTarget};

use crate::appliances_contract::{new, target};
use crate::contract::cloud;
use crate::pty::{Pty, WINDOW};
use crate::support::{Account, REGION};

/// One of each kind, all of them old: used, idle, idle without a target, left without an instance, used by another account, and
/// an appliance of somebody else.
const KINDS: &str = r#"
account: "111122223333"
regions:
  us-east-1:
    vpcs: [{name: shop, id: vpc-1, cidr: 10.1.0.0/16}]
    subnets: [{id: subnet-1, vpc: shop, zone: us-east-1a, cidr: 10.1.1.0/24}]
    instances:
      - {name: web, id: i-1, subnet: subnet-1, enis: [{id: eni-1}]}
      - name: used
        id: i-2
        type: t3.micro
        subnet: subnet-1
        enis: [{id: eni-2}]
        tags: &ours {Creator: "Vectra:Tap", "Vectra:session_mirroring_appliance": vpc-1, "Vectra:session_mirroring_subnet": subnet-1}
      - {name: idle, id: i-3, type: m5.24xlarge, subnet: subnet-1, enis: [{id: eni-3}], tags: *ours}
      - {name: bare, id: i-4, type: t3.micro, subnet: subnet-1, tags: *ours}
      - {name: shared, id: i-5, type: t3.micro, subnet: subnet-1, enis: [{id: eni-5}], tags: *ours}
      - {name: sensor, id: i-6, type: t3.micro, subnet: subnet-1, enis: [{id: eni-6}]}
    network_interfaces: [{id: eni-9, subnet: subnet-1}]
    targets:
      - {id: tmt-2, eni: eni-2, tags: *ours}
      - {id: tmt-3, eni: eni-3, tags: *ours}
      - {id: tmt-5, eni: eni-5, tags: *ours}
      - {id: tmt-6, eni: eni-6}
      - {id: tmt-9, eni: eni-9, tags: *ours}
    filters: [{id: tmf-1}]
    sessions:
      - {id: tms-1, eni: eni-1, target: tmt-2, filter: tmf-1, number: 1}
      - {id: tms-9, eni: eni-0fe00000000000001, target: tmt-5, filter: tmf-1, number: 1, owner: "999988887777"}
  eu-west-1: {}
"#;

impl Account {
    /// What there is of instances that were not terminated, and of targets.
    fn machines(&self) -> (Vec<String>, Vec<String>) {
        let snapshot = self.sim.snapshot();
        let region = &snapshot["regions"][REGION];
        let there = |(id, instance): (&String, &Value)| {
            (instance["state"] != "terminated").then(|| id.clone())
        };
        let instances = region["instances"].as_object().unwrap().iter().filter_map(there);
        let targets = region["targets"].as_object().unwrap().keys().cloned();
        (instances.collect(), targets.collect())
    }
}

fn kinds() -> Account {
    let account = Account::yaml(KINDS);
    assert!(account.edit(|world| world.delete_eni("eni-9")));
    account
}

/// What of it a run may remove.
fn is_pruned(account: &Account) {
    let (instances, targets) = account.machines();
    assert_eq!(instances, ["i-1", "i-2", "i-5", "i-6"]);
    assert_eq!(targets, ["tmt-2", "tmt-5", "tmt-6"]);
    assert_eq!(account.sessions().len(), 2);
}

/// `i-2 tmt-2 1 used`, a line for each appliance of the first region.
fn lines(document: &Value) -> Vec<String> {
    let appliances = document["regions"][0]["appliances"].as_array().unwrap();
    let line = |appliance: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let target = text(&appliance["targets"][0]);
        let standing = text(&appliance["standing"]);
        format!(
            "{} {target} {} {standing}",
            text(&appliance["instance"]["id"]),
            appliance["sources"]
        )
    };
    appliances.iter().map(line).collect()
}

fn json_of(account: &Account, code: i32, args: &[&str]) -> Value {
    account.tap_exits(code, &[&["appliances"], args, &["--output", "json"]].concat()).document()
}

/// Documents that have every field between them.
pub fn every_kind_of_document() -> Vec<Value> {
    let account = kinds();
    let listed = json_of(&account, 0, &["list"]);
    account.sim.set_switches(|switches| switches.deny = vec!["TerminateInstances".to_owned()]);
    let pruned = json_of(&account, 3, &["prune", "--yes"]);
    account.sim.set_switches(|switches| switches.deny = vec!["*".to_owned()]);
    vec![listed, pruned, json_of(&account, 1, &["list"])]
}

const IDLE: [&str; 3] = ["i-3 tmt-3 0 idle", "i-4 - 0 idle", "- tmt-9 0 idle"];

#[test]
fn a_list_has_every_appliance_of_ours_and_what_uses_it() {
    let account = kinds();
    let document = json_of(&account, 0, &["list"]);
    let all = ["i-2 tmt-2 1 used", IDLE[0], IDLE[1], "i-5 tmt-5 1 used", IDLE[2]];
    assert_eq!(lines(&document), all);
    let region = &document["regions"][0];
    assert_eq!((&region["account"], &region["region"]), (&json!("111122223333"), &json!(REGION)));
    let idle = &region["appliances"][1];
    assert_eq!(idle["rule"], "vpc-1");
    assert_eq!(idle["subnet"], "subnet-1");
    assert_eq!(idle["instance"]["type"], "m5.24xlarge");
    assert_eq!(idle["sources_limit"], 100);
    assert!(idle["instance"]["age_seconds"].as_u64().unwrap() > 3600);
    let table = account.tap_exits(0, &["appliances", "list"]).stdout;
    for words in
        ["5 appliances", "1 of 10", "0 of 100", "nothing is mirrored to it: prune removes it"]
    {
        assert!(table.contains(words), "{words}: {table}");
    }
    // A list only reads.
    assert!(
        account.sim.counts().keys().all(|a| a.starts_with("Describe") || a == "GetCallerIdentity")
    );
    let both = json_of(&account, 0, &["list", "--region", "us-east-1,eu-west-1"]);
    assert_eq!(both["regions"][1]["appliances"], json!([]));
    // Another vendor's are another's.
    let other = json_of(&account, 0, &["list", "--vendor", "Acme"]);
    assert_eq!(lines(&other), Vec::<String>::new());
}

#[test]
fn prune_removes_what_nothing_is_mirrored_to_and_nothing_else() {
    let account = kinds();
    let dry = json_of(&account, 0, &["prune", "--dry-run"]);
    assert_eq!(lines(&dry), IDLE);
    assert_eq!(
        (&dry["dry_run"], &dry["regions"][0]["appliances"][0]["outcome"]),
        (&json!(true), &Value::Null)
    );
    let run = account.tap_exits(0, &["appliances", "prune", "--dry-run"]);
    assert!(run.stdout.ends_with("Dry run: nothing was changed.\n"), "{}", run.stdout);
    assert_eq!(account.machines().0.len(), 6);

    let done = json_of(&account, 0, &["prune", "--yes"]);
    let outcomes = done["regions"][0]["appliances"].as_array().unwrap();
    assert!(outcomes.iter().all(|appliance| appliance["outcome"] == "done"), "{outcomes:?}");
    assert_eq!(outcomes.len(), 3);
    is_pruned(&account);
    let again = account.tap_exits(0, &["appliances", "prune", "--yes"]);
    assert_eq!(again.stdout, "Nothing to remove.\n");
    is_pruned(&account);
}

#[test]
fn who_cannot_be_asked_must_say_so() {
    let account = kinds();
    let run = account.tap_exits(64, &["appliances", "prune"]);
    run.says(&["--yes", "nothing was changed"]);
    assert_eq!(account.machines().0.len(), 6);
    account.tap_exits(64, &["appliances"]);
    account.tap_exits(64, &["--dry-run", "appliances", "list"]);
}

#[test]
fn a_person_is_asked_with_what_would_go() {
    let account = kinds();
    let start = || Pty::start(&account.command(&["appliances", "prune"]), WINDOW);
    let pty = start();
    pty.wait_for("Remove these? [y/N]").types("n");
    let end = pty.ends_with(1);
    assert!(end.screen.contains("nothing was changed"), "{}", end.screen);
    assert_eq!(account.machines().0.len(), 6);
    let pty = start();
    pty.wait_for("i-3").wait_for("Remove these? [y/N]").types("y");
    pty.ends_with(0);
    is_pruned(&account);
}

/// What happens while the question stands, or between a read and a removal, counts.
#[test]
fn what_is_used_by_now_stays() {
    let account = kinds();
    let pty = Pty::start(&account.command(&["appliances", "prune"]), WINDOW);
    pty.wait_for("Remove these? [y/N]");
    let to_idle = |target: &str| NewSession {
        eni: "eni-1".to_owned(),
        target: target.to_owned(),
        filter: "tmf-1".to_owned(),
        number: 2,
        owner: None,
        tags: [].into(),
    };
    account.edit(|world| world.create_session(to_idle("tmt-3")));
    pty.types("y");
    pty.ends_with(0);
    let (instances, targets) = account.machines();
    assert_eq!(instances, ["i-1", "i-2", "i-3", "i-5", "i-6"]);
    assert_eq!(targets, ["tmt-2", "tmt-3", "tmt-5", "tmt-6"]);

    // AWS refuses to remove the target of a session that no read showed.
    let account = kinds();
    account.sim.fault("DeleteTrafficMirrorTarget", "TrafficMirrorTargetInUseException").times(3);
    let document = json_of(&account, 0, &["prune", "--yes"]);
    let outcomes = &document["regions"][0]["appliances"];
    assert_eq!(
        (&outcomes[0]["outcome"], &outcomes[1]["outcome"], &outcomes[2]["outcome"]),
        (&json!("in-use"), &json!("done"), &json!("done"))
    );
    let (instances, targets) = account.machines();
    assert!(instances.contains(&"i-3".to_owned()) && targets.contains(&"tmt-3".to_owned()));
}

#[test]
fn what_fails_is_told_and_the_rest_goes_on() {
    let account = kinds();
    account.sim.set_switches(|switches| switches.deny = vec!["TerminateInstances".to_owned()]);
    let run = account.tap_exits(3, &["appliances", "prune", "--yes"]);
    run.says(&["TerminateInstances i-3", "ec2:TerminateInstances"]);
    assert!(
        run.stdout.contains("i-3: its target is gone, the instance is still there"),
        "{}",
        run.stdout
    );
    assert_eq!(account.machines().1, ["tmt-2", "tmt-5", "tmt-6"]);
    account.sim.set_switches(|switches| switches.deny.clear());
    account.tap_exits(0, &["appliances", "prune", "--yes"]);
    is_pruned(&account);

    // Half a picture removes nothing.
    let account = kinds();
    account
        .sim
        .set_switches(|switches| switches.deny = vec!["DescribeTrafficMirrorSessions".to_owned()]);
    let document = json_of(&account, 1, &["prune", "--yes"]);
    assert_eq!(document["error"]["kind"], "denied");
    assert!(document["error"]["message"].as_str().unwrap().contains("nothing was changed"));
    json_of(&account, 1, &["list"]);
    assert_eq!(account.machines().0.len(), 6);
}

/// What a run that was killed leaves behind is an instance without a target; so is one that a run is just about to finish.
#[tokio::test(flavor = "multi_thread")]
async fn a_young_instance_without_a_target_is_left_alone() {
    let account = kinds();
    let made = cloud(&account.sim).await.launch(&new("t")).await.unwrap();
    let id = made.instance.as_str();
    let prune = || json_of(&account, 0, &["prune", "--yes"]);
    assert_eq!(lines(&prune()).len(), 3);
    let standing = |document: &Value| {
        let all = document["regions"][0]["appliances"].as_array().unwrap();
        let found = all.iter().find(|appliance| appliance["instance"]["id"] == id).unwrap();
        found["standing"].clone()
    };
    assert_eq!(standing(&json_of(&account, 0, &["list"])), "new");
    assert!(account.machines().0.contains(&id.to_owned()));
    // Once it has a target it is as any other.
    cloud(&account.sim).await.create_target(&target(made.eni.as_str(), "u")).await.unwrap();
    assert_eq!(lines(&prune()).len(), 1);
    is_pruned(&account);
}
