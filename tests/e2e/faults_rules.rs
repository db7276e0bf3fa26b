//! Faults in a run with rules: its calls beside those of every run are throttled, denied, answered to nobody, and cut off by
//! `kill -9`. However it goes, the account ends with one appliance, every session on it, and nothing of ours left over.

use std::time::Duration;

use aws_sim::{After, Consistency, Deed};
use serde_json::Value;
use tap_core::call::{Access, Call, Program};
use tempfile::TempDir;

use crate::faults_kill::killed_where_silent;
use crate::support::Account;

/// What only runs with rules write. `DeleteTrafficMirrorTarget` is `appliances prune`'s.
pub const OF_RULES: [Call; 6] = [
    Call::RunInstances,
    Call::CreateTrafficMirrorTarget,
    Call::TerminateInstances,
    Call::CreateTags,
    Call::DeleteTags,
    Call::DeleteTrafficMirrorTarget,
];

/// The calls that a run without rules makes.
pub fn without_rules() -> impl Iterator<Item = Call> {
    let of_tap = |call: &Call| call.programs().contains(&Program::Tap);
    Call::ALL.iter().copied().filter(of_tap).filter(|call| !OF_RULES.contains(call))
}

pub const RULES: &str = "\
tags:
- tagList: [{Key: role, Value: kept}]
  targetId: tmt-1
  filterId: tmf-1
vpcs:
- vpcId: vpc-1
  filterId: tmf-1
  targetInstanceType: t3.micro
  targetInstanceAmi: ami-1
  targetSecurityGroupIds: [sg-1]
";

/// An account in which a run with [`RULES`] makes every call of its own: one appliance to launch, one of a rule that is gone to
/// terminate, a session to mark, and one that its VPC's tags take over to unmark. Somebody's instance looks a little like ours.
pub const RULED: &str = r#"
account: "111122223333"
regions:
  us-east-1:
    vpcs:
      - {name: shop, id: vpc-1, cidr: 10.1.0.0/16}
      - {name: lab, id: vpc-2, cidr: 10.2.0.0/16, tags: {"Vectra:session_mirroring_target": tmt-1}}
    subnets:
      - {name: shop-a, id: subnet-1, vpc: shop, zone: us-east-1a, cidr: 10.1.1.0/24}
      - {name: lab-a, id: subnet-2, vpc: lab, zone: us-east-1a, cidr: 10.2.1.0/24}
    instances:
      - {name: web-1, id: i-1, type: m5.large, subnet: shop-a}
      - {name: web-2, id: i-2, type: m5.large, subnet: shop-a}
      - {name: kept, id: i-3, type: m5.large, subnet: shop-a, tags: {role: kept}}
      - {name: desk, id: i-4, type: m5.large, subnet: lab-a}
      - {name: spare, id: i-5, type: m5.24xlarge, subnet: lab-a}
      - name: left
        id: i-6
        type: t3.micro
        subnet: shop-a
        launched: "2024-01-01T00:00:00Z"
        tags: {Creator: "Vectra:Tap", "Vectra:session_mirroring_appliance": vpc-gone, "Vectra:session_mirroring_subnet": subnet-1}
      - name: theirs
        id: i-7
        type: t3.micro
        subnet: lab-a
        launched: "2024-01-01T00:00:00Z"
        tags: {Creator: somebody, "Vectra:session_mirroring_appliance": vpc-gone, "Vectra:session_mirroring_subnet": subnet-2}
    targets:
      - {id: tmt-1, eni: spare}
    filters:
      - id: tmf-1
        description: theirs
        rules:
          - {direction: ingress, number: 1, action: accept, source: 0.0.0.0/0, destination: 0.0.0.0/0}
    sessions:
      - {id: tms-3, eni: kept, target: tmt-1, filter: tmf-1, tags: {Creator: "Vectra:Tap", Name: kept}}
      - {id: tms-4, eni: desk, target: tmt-1, filter: tmf-1, tags: {Creator: "Vectra:Tap", Name: desk, "Vectra:session_mirroring_rule": vpc-2}}
"#;

struct Ruled {
    account: Account,
    folder: TempDir,
}

impl Ruled {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("us-east-1.yaml"), RULES).unwrap();
        Self { account: Account::yaml(RULED), folder }
    }

    fn args<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        [&["--rules", self.folder.path().to_str().unwrap()], more].concat()
    }

    fn region(&self) -> Value {
        self.account.sim.snapshot()["regions"]["us-east-1"].clone()
    }

    /// The instances of the account that were launched for us and are there.
    fn launched(&self) -> Vec<String> {
        let region = self.region();
        let instances = region["instances"].as_object().unwrap();
        let ours = instances.iter().filter(|(_, instance)| {
            let tags = &instance["tags"];
            tags["Creator"] == "Vectra:Tap"
                && tags["Vectra:session_mirroring_appliance"].is_string()
                && instance["state"] != "terminated"
                && instance["state"] != "shutting-down"
        });
        ours.map(|(id, _)| id.clone()).collect()
    }

    /// Lifts what was wrong; the next runs make it so, and nothing is left over.
    #[track_caller]
    fn converges(&self, what: &str) {
        self.account.sim.lift_faults();
        for _ in 0..2 {
            let run = self.account.tap(&self.args(&[]));
            assert_eq!(run.code, 0, "{what}: {}\n{}", run.stdout, run.stderr);
        }
        let rest = self.account.tap(&self.args(&["--dry-run", "--detailed-exitcode"]));
        assert_eq!(rest.code, 0, "{what}: {}", rest.stdout);
        assert_eq!(self.launched().len(), 1, "{what}: {:?}", self.launched());
        let owned = self.account.owned_by_eni();
        let target = |name: &str| owned[&self.account.eni(name)].target.clone();
        assert_eq!(owned.len(), 5, "{what}: {owned:?}");
        assert_eq!(target("web-1"), target("web-2"), "{what}");
        assert_eq!(
            (target("kept").as_str(), target("desk").as_str()),
            ("tmt-1", "tmt-1"),
            "{what}"
        );
        let region = self.region();
        let made = &region["targets"][&target("web-1")];
        assert_eq!(made["tags"]["Vectra:session_mirroring_appliance"], "vpc-1", "{what}");
        let marks =
            |id: &str| region["sessions"][id]["tags"]["Vectra:session_mirroring_rule"].clone();
        assert_eq!(marks("tms-3"), "tags role=kept", "{what}");
        assert_eq!(marks("tms-4"), Value::Null, "{what}");
        assert_eq!(region["instances"]["i-7"]["state"], "running", "{what}: theirs");
    }
}

/// The calls of [`OF_RULES`] that a run makes.
fn of_a_run() -> impl Iterator<Item = Call> {
    OF_RULES.into_iter().filter(|call| *call != Call::DeleteTrafficMirrorTarget)
}

#[test]
fn every_call_is_made_and_all_is_well() {
    let ruled = Ruled::new();
    let run = ruled.account.tap(&ruled.args(&[]));
    assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
    for call in of_a_run() {
        assert!(ruled.account.sim.counts().contains_key(call.action()), "{call} was not made");
    }
    assert!(OF_RULES.iter().all(|call| call.access() == Access::Write));
    ruled.converges("no fault");
}

#[test]
fn throttled_too_old_or_without_an_answer_each_is_tried_again() {
    for call in of_a_run() {
        for code in ["RequestLimitExceeded", "RequestExpired", "InternalError"] {
            let ruled = Ruled::new();
            ruled.account.sim.fault(call.action(), code).times(1);
            let run = ruled.account.tap(&ruled.args(&[]));
            assert_eq!(run.code, 0, "{call} {code}: {}\n{}", run.stdout, run.stderr);
            ruled.converges(&format!("{call} {code}"));
        }
        let ruled = Ruled::new();
        let lost = After { call: 1, action: Some(call.action().to_owned()), deed: Deed::LoseReply };
        ruled.account.sim.set_switches(|s| s.after = vec![lost]);
        let run = ruled.account.tap(&ruled.args(&[]));
        assert_eq!(run.code, 0, "{call}: {}\n{}", run.stdout, run.stderr);
        ruled.converges(&format!("the answer to {call} was lost"));
    }
}

#[test]
fn what_is_denied_is_named_and_done_once_it_is_allowed() {
    for call in of_a_run() {
        let ruled = Ruled::new();
        ruled.account.sim.set_switches(|s| s.deny = vec![call.action().to_owned()]);
        let run = ruled.account.tap(&ruled.args(&[]));
        assert_eq!(run.code, 3, "{call}: {}\n{}", run.stdout, run.stderr);
        let action = call.iam_action().unwrap();
        assert!(run.stdout.contains(action), "{action}: {}", run.stdout);
        ruled.converges(&format!("{call} was denied"));
    }
}

/// Neither the launch nor its clean-up is allowed to end: what is left is finished later.
#[test]
fn an_appliance_that_could_not_even_be_cleaned_up_is_finished_later() {
    let ruled = Ruled::new();
    ruled.account.sim.set_switches(|s| {
        s.deny = ["CreateTrafficMirrorTarget", "TerminateInstances"].map(str::to_owned).to_vec();
    });
    assert_eq!(ruled.account.tap(&ruled.args(&[])).code, 3);
    let left = ruled.launched();
    assert_eq!(left.len(), 2, "{left:?}");
    ruled.converges("left");
    let now = ruled.launched();
    assert!(left.contains(&now[0]) && now[0] != "i-6", "{left:?} {now:?}");
}

#[test]
fn killed_before_and_after_every_call_it_launches_one() {
    for deed in [Deed::Hang, Deed::HangDone] {
        let mut calls = 0;
        loop {
            calls += 1;
            let ruled = Ruled::new();
            let silent = After { call: calls, action: None, deed: deed.clone() };
            ruled.account.sim.set_switches(|s| s.after = vec![silent]);
            let killed = killed_where_silent(&ruled.account, &ruled.args(&[]));
            ruled.converges(&format!("killed at call {calls}, {deed:?}"));
            if !killed {
                break;
            }
        }
        assert!(calls > 14, "{calls}");
    }
}

#[test]
fn two_runs_at_once_launch_one() {
    let ruled = Ruled::new();
    std::thread::scope(|scope| {
        let runs: Vec<_> =
            (0..3).map(|_| scope.spawn(|| ruled.account.tap(&ruled.args(&[])))).collect();
        for run in runs {
            let run = run.join().unwrap();
            assert!(matches!(run.code, 0 | 3), "{}\n{}", run.stdout, run.stderr);
        }
    });
    ruled.converges("three at once");
}

/// Reads lag behind writes, and two runs see different accounts: what one made the other never takes away.
#[test]
fn reads_that_lag_cost_no_appliance_that_somebody_uses() {
    for seed in 1..=4 {
        let ruled = Ruled::new();
        ruled.account.sim.advance(Duration::from_secs(120));
        ruled.account.sim.set_switches(|s| {
            s.seed = seed;
            s.consistency = Consistency { window_ms: 1_500, always: false };
        });
        std::thread::scope(|scope| {
            let runs: Vec<_> =
                (0..2).map(|_| scope.spawn(|| ruled.account.tap(&ruled.args(&[])))).collect();
            for run in runs {
                let run = run.join().unwrap();
                assert!(matches!(run.code, 0 | 3), "{}\n{}", run.stdout, run.stderr);
            }
        });
        let region = ruled.region();
        let owned = ruled.account.owned_by_eni();
        for session in owned.values() {
            let target = &region["targets"][&session.target];
            let eni = target["of"].as_str().unwrap();
            assert!(region["network_interfaces"][eni].is_object(), "seed {seed}: {target}");
        }
        for name in ["web-1", "web-2"] {
            assert!(owned.contains_key(&ruled.account.eni(name)), "seed {seed}: {name}");
        }
    }
}

#[test]
fn a_dry_run_launches_nothing_and_says_what_it_would() {
    let ruled = Ruled::new();
    let before = ruled.account.sim.snapshot();
    let run = ruled.account.tap(&ruled.args(&["--dry-run"]));
    assert_eq!(run.code, 0);
    for words in ["launch t3.micro in subnet-1", "for 2 sources", "terminate i-6"] {
        assert!(run.stdout.contains(words), "{words}: {}", run.stdout);
    }
    assert_eq!(ruled.account.sim.snapshot(), before);
    let run = ruled.account.tap(&ruled.args(&["--max-appliances", "0"]));
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert_eq!(ruled.launched(), Vec::<String>::new());
}
