//! Making a mirror target, through the SDK, in the simulated account: what each kind makes, that it is found again, and that nothing
//! is doubled whatever goes wrong in between.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sim::{After, Deed, Scenario, Simulator, Switches};
use serde_json::{Value, json};
use tap_core::build::{
    BuildError, BuildEvent, BuildOptions, Built, NewNlb, Wanted, carry_out, look, plan_build,
};
use tap_core::call::{Access, Call, Program};
use tap_core::error::ErrorKind;
use tap_core::ids::Region;
use tap_core::inventory::Scope;
use tap_core::stop::Stopper;
use tap_core::tags::TagKeys;

use crate::contract::{REGION, cloud};

const ACCOUNT: &str = r#"
regions:
  us-east-1:
    vpcs:
      - {name: shop, id: vpc-0de00000000000001, cidr: 10.1.0.0/16}
      - {name: lab, id: vpc-0de00000000000002, cidr: 10.2.0.0/16}
    subnets:
      - {id: subnet-a, vpc: shop, zone: us-east-1a, cidr: 10.1.0.0/24}
      - {id: subnet-b1, vpc: shop, zone: us-east-1b, cidr: 10.1.1.0/28}
      - {id: subnet-b2, vpc: shop, zone: us-east-1b, cidr: 10.1.2.0/24}
      - {id: subnet-c, vpc: shop, zone: us-east-1c, ipv6_native: true}
      - {id: subnet-lab, vpc: lab, zone: us-east-1a, cidr: 10.2.0.0/24}
    instances:
      - {name: sensor-1, id: i-0de00000000000001, subnet: subnet-a, enis: [{id: eni-0de00000000000001}]}
      - {name: sensor-2, id: i-0de00000000000002, subnet: subnet-b2}
      - {name: web, id: i-0de00000000000003, subnet: subnet-a, enis: [{id: eni-0de00000000000003}]}
      - {name: late, id: i-0de00000000000004, subnet: subnet-a, state: pending}
    vpc_endpoints:
      - {id: vpce-0de00000000000001, vpc: shop, subnets: [subnet-a]}
      - {id: vpce-0de00000000000002, vpc: shop, type: Interface, subnets: [subnet-a]}
    target_groups:
      - {name: old, vpc: shop}
    load_balancers:
      - {name: old, arn: "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/old/1", subnets: [subnet-a], listeners: [{target_group: old}]}
      - {name: web, arn: "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/web/1", type: application, subnets: [subnet-a, subnet-b2]}
    targets:
      - {id: tmt-0de00000000000001, eni: web}
    filters:
      - {id: tmf-0de00000000000001}
"#;

const OLD: &str = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/old/1";
const NAME: &str = "VectraTap0de00000000000001";
const ENI: &str = "eni-0de00000000000001";
const SENSORS: [&str; 2] = ["i-0de00000000000001", "i-0de00000000000002"];

/// The writes of a new load balancer, in their order.
const WRITES: [&str; 6] = [
    "CreateLoadBalancer",
    "ModifyLoadBalancerAttributes",
    "CreateTargetGroup",
    "CreateListener",
    "RegisterTargets",
    "CreateTrafficMirrorTarget",
];

fn start() -> Simulator {
    let scenario = Scenario::from_yaml("build.yaml", ACCOUNT).unwrap();
    Simulator::start(scenario, Switches::default()).unwrap()
}

fn new_nlb() -> NewNlb {
    NewNlb {
        vpc: "vpc-0de00000000000001".into(),
        subnets: BTreeSet::new(),
        health_port: 22,
        instances: SENSORS.map(Into::into).into(),
    }
}

fn every_kind() -> [Wanted; 4] {
    [
        Wanted::Eni(ENI.into()),
        Wanted::Nlb(OLD.to_owned()),
        Wanted::GwlbEndpoint("vpce-0de00000000000001".to_owned()),
        Wanted::NewNlb(new_nlb()),
    ]
}

/// Looks, plans and carries out, as a command does; while it waits, `on_wait` is called.
async fn build_with(
    sim: &Simulator,
    wanted: &Wanted,
    mut on_wait: impl FnMut(),
) -> Result<Built, BuildError> {
    let (cloud, keys) = (cloud(sim).await, TagKeys::default());
    let scope = Scope { account: "111122223333".into(), region: Region::new(REGION) };
    let facts = look(&cloud, &scope, wanted, &keys).await.unwrap();
    let plan = plan_build(&facts, &keys).unwrap();
    let run_id = uuid::Uuid::new_v4();
    let options = BuildOptions { poll: Duration::from_millis(5), ..BuildOptions::new(run_id) };
    let mut on_event = |event: BuildEvent<'_>| {
        if let BuildEvent::Waiting { .. } = event {
            on_wait();
        }
    };
    carry_out(&plan, &cloud, &options, &Stopper::new().1, &mut on_event).await
}

async fn build(sim: &Simulator, wanted: &Wanted) -> Result<Built, BuildError> {
    build_with(sim, wanted, || {}).await
}

async fn refused(sim: &Simulator, wanted: &Wanted) -> Vec<String> {
    let (cloud, keys) = (cloud(sim).await, TagKeys::default());
    let scope = Scope { account: "111122223333".into(), region: Region::new(REGION) };
    let facts = look(&cloud, &scope, wanted, &keys).await.unwrap();
    plan_build(&facts, &keys).unwrap_err().iter().map(ToString::to_string).collect()
}

fn region(sim: &Simulator) -> Value {
    sim.snapshot()["regions"][REGION].clone()
}

/// The one thing of a kind that has the name.
fn named(sim: &Simulator, kind: &str) -> Value {
    let region = region(sim);
    let all = region[kind].as_object().unwrap().values();
    let mut found: Vec<&Value> = all.filter(|thing| thing["name"] == NAME).collect();
    assert_eq!(found.len(), 1, "{kind}: {region:#}");
    found.remove(0).clone()
}

/// Checks that everything is there, once, and as it should be.
fn is_complete(sim: &Simulator, built: &Built) {
    let region = region(sim);
    let balancer = named(sim, "load_balancers");
    let group = named(sim, "target_groups");
    let tags = json!({ "Name": NAME, "Creator": "Vectra:Tap" });
    assert_eq!(
        (&balancer["type"], &balancer["scheme"], &balancer["state"]),
        (&json!("network"), &json!("internal"), &json!("active"))
    );
    assert_eq!(balancer["zones"], json!({ "us-east-1a": "subnet-a", "us-east-1b": "subnet-b2" }));
    assert_eq!(balancer["attributes"]["load_balancing.cross_zone.enabled"], "true");
    assert_eq!(balancer["tags"], tags);
    assert_eq!((&group["protocol"], &group["port"]), (&json!("UDP"), &json!(4789)));
    assert_eq!(group["health_check"], "TCP:22");
    assert_eq!(group["targets"], json!(SENSORS.map(|sensor| format!("{sensor}:4789"))));
    assert_eq!(group["tags"], tags);
    let target = &region["targets"][built.target.as_str()];
    let arn = target["of"].as_str().unwrap();
    assert_eq!(region["load_balancers"][arn]["name"], NAME);
    assert_eq!(target["tags"], tags);
    let listeners: Vec<&Value> = region["listeners"]
        .as_object()
        .unwrap()
        .values()
        .filter(|listener| listener["load_balancer"] == arn)
        .collect();
    assert_eq!(listeners.len(), 1);
    assert_eq!((&listeners[0]["protocol"], &listeners[0]["port"]), (&json!("UDP"), &json!(4789)));
    let of_same = |targets: &Value| {
        targets.as_object().unwrap().values().filter(|target| target["of"] == arn).count()
    };
    assert_eq!(of_same(&region["targets"]), 1);
}

fn writes(sim: &Simulator) -> Vec<String> {
    let is_write = |action: &str| {
        Call::ALL.iter().any(|call| call.action() == action && call.access() == Access::Write)
    };
    sim.calls().into_iter().map(|call| call.action).filter(|action| is_write(action)).collect()
}

#[tokio::test]
async fn each_kind_is_made_and_then_found() {
    for wanted in every_kind() {
        let sim = start();
        let built = build(&sim, &wanted).await.unwrap();
        let target = region(&sim)["targets"][built.target.as_str()].clone();
        assert_eq!(target["tags"]["Creator"], "Vectra:Tap");
        assert!(
            target["description"].as_str().unwrap().starts_with("Vectra traffic mirror target")
        );
        if let Wanted::NewNlb(_) = wanted {
            is_complete(&sim, &built);
        }
        let before = sim.snapshot();
        sim.clear_calls();
        let again = build(&sim, &wanted).await.unwrap();
        assert_eq!((again.target, again.made.len()), (built.target, 0));
        assert_eq!(writes(&sim), Vec::<String>::new());
        assert_eq!(sim.snapshot(), before);
    }
}

#[tokio::test]
async fn names_and_kinds_of_the_targets() {
    let sim = start();
    for (wanted, name, kind, of) in [
        (0, format!("VectraTap {ENI}"), "network-interface", ENI),
        (1, "old".to_owned(), "network-load-balancer", OLD),
        (
            2,
            "VectraTap vpce-0de00000000000001".to_owned(),
            "gateway-load-balancer-endpoint",
            "vpce-0de00000000000001",
        ),
    ] {
        let built = build(&sim, &every_kind()[wanted]).await.unwrap();
        let target = region(&sim)["targets"][built.target.as_str()].clone();
        assert_eq!((&target["type"], &target["of"]), (&json!(kind), &json!(of)));
        assert_eq!(target["tags"]["Name"], name);
    }
}

#[tokio::test]
async fn it_waits_until_the_load_balancer_is_active() {
    let sim = start();
    sim.set_switches(|s| s.settle_ms = 240_000);
    let mut looks = 0;
    let on_wait = || {
        looks += 1;
        sim.advance(Duration::from_secs(60));
    };
    let built = build_with(&sim, &Wanted::NewNlb(new_nlb()), on_wait).await.unwrap();
    assert!((3..=4).contains(&looks), "{looks}");
    is_complete(&sim, &built);
}

#[tokio::test]
async fn lost_replies_make_nothing_twice() {
    let sim = start();
    for action in WRITES {
        sim.fault(action, "lose-reply").times(1);
    }
    let built = build(&sim, &Wanted::NewNlb(new_nlb())).await.unwrap();
    is_complete(&sim, &built);
    for wanted in every_kind() {
        let sim = start();
        sim.fault("CreateTrafficMirrorTarget", "lose-reply").times(1);
        let before = region(&sim)["targets"].as_object().unwrap().len();
        let built = build(&sim, &wanted).await.unwrap();
        assert_eq!(region(&sim)["targets"].as_object().unwrap().len(), before + 1);
        // The same token was sent again, so it is this run's own.
        assert!(built.made.iter().all(|made| !made.adopted));
        let tokens: BTreeSet<String> = sim
            .calls()
            .into_iter()
            .filter(|call| call.action == "CreateTrafficMirrorTarget")
            .map(|call| call.params["ClientToken"].clone())
            .collect();
        assert_eq!(tokens.len(), 1);
    }
}

#[tokio::test]
async fn throttling_and_server_errors_are_retried() {
    let sim = start();
    for action in WRITES {
        let code =
            if action.ends_with("MirrorTarget") { "RequestLimitExceeded" } else { "Throttling" };
        sim.fault(action, code).times(1);
        sim.fault(action, "InternalFailure").times(1);
    }
    let built = build(&sim, &Wanted::NewNlb(new_nlb())).await.unwrap();
    is_complete(&sim, &built);
}

/// What a step made is not known everywhere at once.
#[tokio::test]
async fn what_was_just_made_and_is_not_known_yet() {
    let sim = start();
    for (action, code) in [
        ("ModifyLoadBalancerAttributes", "LoadBalancerNotFound"),
        ("CreateListener", "LoadBalancerNotFound"),
        ("CreateListener", "TargetGroupNotFound"),
        ("RegisterTargets", "TargetGroupNotFound"),
        ("CreateTrafficMirrorTarget", "InvalidNetworkLoadBalancerArn.NotFound"),
        ("CreateTrafficMirrorTarget", "NetworkLoadBalancerNotFoundException"),
    ] {
        sim.fault(action, code).times(1);
    }
    let built = build(&sim, &Wanted::NewNlb(new_nlb())).await.unwrap();
    is_complete(&sim, &built);
}

#[tokio::test]
async fn credentials_that_expire_after_any_write_and_then_the_same_again() {
    let wanted = Wanted::NewNlb(new_nlb());
    for (number, action) in WRITES.into_iter().enumerate().take(WRITES.len() - 1) {
        let sim = start();
        sim.set_switches(|s| {
            let action = Some(action.to_owned());
            s.after = vec![After { call: 1, action, deed: Deed::ExpireCredentials }];
        });
        let error = build(&sim, &wanted).await.unwrap_err();
        assert_eq!(error.made.len(), number + 1, "{error:?}");
        for made in &error.made {
            assert!(error.to_string().contains(&made.id), "{error}");
        }
        sim.set_switches(|s| *s = Switches::default());
        let built = build(&sim, &wanted).await.unwrap();
        assert_eq!(built.made.len(), WRITES.len() - number - 1, "{:?}", built.made);
        is_complete(&sim, &built);
    }
}

#[tokio::test]
async fn two_tries_at_once_make_one_of_everything() {
    for wanted in every_kind() {
        // AWS takes a second target of the same endpoint; nobody can tell before.
        if matches!(wanted, Wanted::GwlbEndpoint(_)) {
            continue;
        }
        let sim = start();
        let (one, two) = tokio::join!(build(&sim, &wanted), build(&sim, &wanted));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!(one.target, two.target);
        if let Wanted::NewNlb(_) = wanted {
            is_complete(&sim, &one);
        }
    }
}

/// Somebody made it with other settings between the look and the write.
#[tokio::test]
async fn duplicates_are_adopted() {
    let sim = start();
    let (cloud, keys) = (cloud(&sim).await, TagKeys::default());
    let scope = Scope { account: "111122223333".into(), region: Region::new(REGION) };
    let wanted = Wanted::NewNlb(new_nlb());
    let facts = look(&cloud, &scope, &wanted, &keys).await.unwrap();
    let plan = plan_build(&facts, &keys).unwrap();
    let other = NewNlb { subnets: ["subnet-a".into()].into(), health_port: 80, ..new_nlb() };
    let first = build(&sim, &Wanted::NewNlb(other)).await.unwrap();
    let options = BuildOptions::new(uuid::Uuid::new_v4());
    let stop = Stopper::new().1;
    let built = carry_out(&plan, &cloud, &options, &stop, &mut |_| {}).await.unwrap();
    assert_eq!(built.target, first.target);
    let adopted = built.made.iter().filter(|made| made.adopted).map(|made| made.part.code());
    assert_eq!(adopted.collect::<Vec<_>>(), ["load-balancer", "target-group", "target"]);
    assert_eq!(named(&sim, "target_groups")["health_check"], "TCP:80");
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_anything_is_written() {
    let sim = start();
    let in_lab = NewNlb { vpc: "vpc-0de00000000000002".into(), ..new_nlb() };
    let subnets = ["subnet-a", "subnet-b1", "subnet-b2", "subnet-c", "subnet-lab", "subnet-x"];
    let wrong = NewNlb {
        subnets: subnets.map(Into::into).into(),
        instances: ["i-0de00000000000004".into(), "i-x".into()].into(),
        ..new_nlb()
    };
    let web = OLD.replace("net/old", "app/web");
    let elsewhere = OLD.replace("us-east-1", "eu-west-1");
    let gone = OLD.replace("old", "gone");
    for (wanted, said) in [
        (
            Wanted::Eni("eni-0123456789abcdef0".into()),
            vec!["the network interface eni-0123456789abcdef0 does not exist in us-east-1".to_owned()],
        ),
        (
            Wanted::Nlb(web.clone()),
            vec![format!(
                "the load balancer {web} is of type `application`, not a Network Load Balancer"
            )],
        ),
        (
            Wanted::Nlb(elsewhere.clone()),
            vec![format!("the load balancer {elsewhere} is not in us-east-1")],
        ),
        (
            Wanted::Nlb(gone.clone()),
            vec![format!("the load balancer {gone} does not exist in us-east-1")],
        ),
        (
            Wanted::GwlbEndpoint("vpce-0123456789abcdef0".to_owned()),
            vec!["the VPC endpoint vpce-0123456789abcdef0 does not exist in us-east-1".to_owned()],
        ),
        (
            Wanted::GwlbEndpoint("vpce-0de00000000000002".to_owned()),
            vec!["the VPC endpoint vpce-0de00000000000002 is of type `Interface`, not `GatewayLoadBalancer`".to_owned()],
        ),
        (
            Wanted::NewNlb(in_lab),
            SENSORS
                .map(|id| format!("the instance {id} has no interface in vpc-0de00000000000002"))
                .into(),
        ),
        (
            Wanted::NewNlb(wrong),
            vec![
                "the subnet subnet-c has IPv6 addresses only".to_owned(),
                "the subnet subnet-lab is in vpc-0de00000000000002, not in vpc-0de00000000000001".to_owned(),
                "the subnet subnet-x does not exist".to_owned(),
                "several subnets of the zone us-east-1b: subnet-b1, subnet-b2".to_owned(),
                "the instance i-0de00000000000004 is pending".to_owned(),
                "the instance i-x does not exist".to_owned(),
            ],
        ),
    ] {
        assert_eq!(refused(&sim, &wanted).await, said);
    }
    assert_eq!(writes(&sim), Vec::<String>::new());
}

#[tokio::test]
async fn an_interface_that_is_mirrored_or_a_target_already() {
    let sim = start();
    let session = sim.edit(REGION, |world| {
        world.create_session(aws_sim::NewSession {
            eni: ENI.to_owned(),
            target: "tmt-0de00000000000001".to_owned(),
            filter: "tmf-0de00000000000001".to_owned(),
            number: 1,
            owner: None,
            tags: Default::default(),
        })
    });
    let said = refused(&sim, &Wanted::Eni(ENI.into())).await;
    assert_eq!(said, [format!("the network interface {ENI} is itself mirrored, by {session}")]);
    let built = build(&sim, &Wanted::Eni("eni-0de00000000000003".into())).await.unwrap();
    assert_eq!(built.target, "tmt-0de00000000000001".into());
    assert_eq!(writes(&sim), Vec::<String>::new());
}

/// An interface that became a source after the look.
#[tokio::test]
async fn aws_own_words_for_an_interface_in_use() {
    for (code, kind) in [
        ("InterfaceInUseByTrafficMirrorSession", ErrorKind::InterfaceIsSource),
        ("TrafficMirrorTargetLimitExceeded", ErrorKind::Quota),
    ] {
        let sim = start();
        sim.fault("CreateTrafficMirrorTarget", code).times(1);
        let error = build(&sim, &Wanted::Eni(ENI.into())).await.unwrap_err();
        let tap_core::build::Cause::Cloud(cause) = &error.cause else { panic!("{error:?}") };
        assert_eq!(cause.kind, kind);
        assert_eq!(cause.resource.as_deref(), Some(ENI));
    }
}

#[tokio::test]
async fn a_denied_write_names_the_action_to_allow() {
    for action in WRITES {
        let sim = start();
        sim.set_switches(|s| s.deny = vec![action.to_owned()]);
        let error = build(&sim, &Wanted::NewNlb(new_nlb())).await.unwrap_err();
        assert!(error.remedy().contains(&format!(":{action} in the IAM policy")), "{error:?}");
        // The tap makes targets, too: there the folder is named.
        let policy =
            if action == WRITES[5] { "deploy/iam/ has" } else { "deploy/iam/tools.json has" };
        assert!(error.remedy().contains(policy), "{error:?}");
    }
}

/// The calls of the table that are made for this and for nothing else.
#[tokio::test]
async fn the_calls_that_make_targets() {
    let mut made: BTreeSet<String> = BTreeSet::new();
    for wanted in every_kind() {
        let sim = start();
        build(&sim, &wanted).await.unwrap();
        // An earlier try that is looked at once more: attributes and groups are read then.
        build(&sim, &wanted).await.unwrap();
        made.extend(sim.counts().into_keys());
    }
    for action in &made {
        let call = Call::ALL.iter().find(|call| call.action() == action);
        assert!(call.is_some_and(|call| call.programs().contains(&Program::Tools)), "{action}");
    }
    let reads = [
        Call::DescribeVpcEndpoints,
        Call::DescribeLoadBalancerAttributes,
        Call::DescribeTargetGroups,
    ];
    for action in reads.map(Call::action).into_iter().chain(WRITES) {
        assert!(made.contains(action), "{action}");
    }
}
