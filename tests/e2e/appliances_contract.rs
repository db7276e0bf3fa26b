//! Appliances through the SDK, in the simulated account: what a launch asks for, that nothing is launched or made twice, and
//! what AWS refuses.

use std::collections::BTreeMap;

use aws_sim::{Scenario, Simulator, Switches};
use tap_core::call::Call;
use tap_core::cloud::{LookUp, MakeAppliances, MakeTarget, NewAppliance, NewTarget, Observe};
use tap_core::error::ErrorKind;
use tap_core::inventory::{Narrow, TargetKind};
use tap_core::settings::Settings;
use tap_core::tags::TagKeys;

use crate::contract::{REGION, cloud};

const ACCOUNT: &str = r#"
regions:
  us-east-1:
    vpcs:
      - {name: shop, id: vpc-1, cidr: 10.1.0.0/16}
      - {name: lab, id: vpc-2, cidr: 10.2.0.0/16}
    subnets:
      - {id: subnet-1, vpc: shop, zone: us-east-1b, zone_id: use1-az4, cidr: 10.1.0.0/24}
    images: [ami-1]
    security_groups: [{id: sg-1, vpc: shop}, {id: sg-2, vpc: shop}, {id: sg-9, vpc: lab}]
    instances:
      - {name: web, id: i-1, subnet: subnet-1, launched: "2026-11-20T08:00:00Z", enis: [{id: eni-1}, {id: eni-2}]}
      - {name: safe, id: i-2, subnet: subnet-1, termination_protection: true}
    filters:
      - {id: tmf-1}
"#;

fn start() -> Simulator {
    let scenario = Scenario::from_yaml("appliances.yaml", ACCOUNT).unwrap();
    Simulator::start(scenario, Switches::default()).unwrap()
}

fn tags() -> BTreeMap<String, String> {
    let keys = TagKeys::default();
    let pairs = [("Creator", "Vectra:Tap"), ("Name", "appliance"), (&*keys.appliance, "vpc-1")];
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

/// An instance to be launched for a rule.
pub fn new(token: &str) -> NewAppliance {
    NewAppliance {
        instance_type: "t3.micro".to_owned(),
        image: "ami-1".into(),
        security_groups: vec!["sg-1".into(), "sg-2".into()],
        subnet: "subnet-1".into(),
        tags: tags(),
        token: token.to_owned(),
    }
}

/// Its target.
pub fn target(eni: &str, token: &str) -> NewTarget {
    NewTarget {
        kind: TargetKind::Eni(eni.into()),
        tags: tags(),
        description: "an appliance".to_owned(),
        token: token.to_owned(),
    }
}

#[tokio::test]
async fn an_appliance_is_launched_once_with_all_that_was_asked_for() {
    let sim = start();
    let cloud = cloud(&sim).await;
    let made = cloud.launch(&new("t")).await.unwrap();
    assert_eq!(cloud.launch(&new("t")).await.unwrap(), made);
    let region = &sim.snapshot()["regions"][REGION];
    assert_eq!(region["instances"].as_object().unwrap().len(), 3);
    let instance = &region["instances"][made.instance.as_str()];
    assert_eq!((&instance["type"], &instance["subnet"]), (&"t3.micro".into(), &"subnet-1".into()));
    // IMDSv2 alone.
    assert_eq!(instance["metadata_tokens"], "required");
    let all = serde_json::to_value(tags()).unwrap();
    assert_eq!(instance["tags"], all);
    assert_eq!(region["network_interfaces"][made.eni.as_str()]["tags"], all);
    let sent = sim.calls().into_iter().find(|call| call.action == "RunInstances").unwrap();
    let param = |name: &str| sent.params.get(name).map(String::as_str);
    assert_eq!((param("MinCount"), param("MaxCount")), (Some("1"), Some("1")));
    assert_eq!(
        (param("SecurityGroupId.1"), param("SecurityGroupId.2")),
        (Some("sg-1"), Some("sg-2"))
    );
    assert_eq!(param("MetadataOptions.HttpEndpoint"), Some("enabled"));
    let tagged =
        (1..=3).filter_map(|n| sent.params.get(&format!("TagSpecification.{n}.ResourceType")));
    let mut tagged: Vec<&str> = tagged.map(String::as_str).collect();
    tagged.sort_unstable();
    assert_eq!(tagged, ["instance", "network-interface", "volume"]);
}

#[tokio::test]
async fn a_target_is_made_found_and_removed_and_gone_is_done() {
    let sim = start();
    let cloud = cloud(&sim).await;
    let made = cloud.launch(&new("t")).await.unwrap();
    assert_eq!(cloud.target_of(&made.eni).await.unwrap(), None);
    let id = cloud.create_target(&target(made.eni.as_str(), "u")).await.unwrap();
    assert_eq!(cloud.create_target(&target(made.eni.as_str(), "u")).await.unwrap(), id);
    let twice = cloud.create_target(&target(made.eni.as_str(), "v")).await.unwrap_err();
    assert_eq!(twice.kind, ErrorKind::InterfaceIsTarget);
    assert_eq!(cloud.target_of(&made.eni).await.unwrap(), Some(id.clone()));
    let found = cloud.targets_to(&TargetKind::Eni(made.eni.clone())).await.unwrap();
    assert_eq!(found[&id].tags.get("Vectra:session_mirroring_appliance"), Some("vpc-1"));

    let session = aws_sim::NewSession {
        eni: "eni-1".to_owned(),
        target: id.to_string(),
        filter: "tmf-1".to_owned(),
        number: 1,
        owner: None,
        tags: BTreeMap::new(),
    };
    sim.edit(REGION, |world| world.create_session(session));
    let in_use = cloud.delete_target(&id).await.unwrap_err();
    assert_eq!((in_use.kind, in_use.resource.as_deref()), (ErrorKind::InUse, Some(id.as_str())));
    sim.edit(REGION, |world| {
        let session = world.session_ids().remove(0);
        world.delete_session(&session)
    });
    for _ in 0..2 {
        cloud.delete_target(&id).await.unwrap();
        cloud.terminate(&made.instance).await.unwrap();
    }
    // EC2 forgets an instance an hour after its end.
    cloud.terminate(&"i-0123456789abcdef0".into()).await.unwrap();
    let spent = cloud.launch(&new("t")).await.unwrap_err();
    assert_eq!(spent.kind, ErrorKind::TokenSpent, "{spent}");
    let other = NewAppliance { instance_type: "t3.small".to_owned(), ..new("w") };
    cloud.launch(&new("w")).await.unwrap();
    assert_eq!(cloud.launch(&other).await.unwrap_err().kind, ErrorKind::TokenSpent);
}

/// EC2 may not know an interface yet whose instance it launched a moment ago (docs/aws.md 7). Whoever launched it knows that it
/// is worth another try; here it is said at once, by its kind.
#[tokio::test]
async fn a_new_interface_that_nobody_knows_yet_is_told_by_its_kind() {
    let sim = start();
    let cloud = cloud(&sim).await;
    let made = cloud.launch(&new("t")).await.unwrap();
    sim.fault("CreateTrafficMirrorTarget", "InvalidNetworkInterfaceID.NotFound");
    let error = cloud.create_target(&target(made.eni.as_str(), "u")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::InterfaceGone);
    cloud.create_target(&target(made.eni.as_str(), "u")).await.unwrap();
    assert_eq!(cloud.calls()[&Call::CreateTrafficMirrorTarget].sent, 2);
}

#[tokio::test]
async fn what_aws_refuses_says_what_to_correct() {
    let sim = start();
    let cloud = cloud(&sim).await;
    let rows = [
        (NewAppliance { image: "ami-2".into(), ..new("1") }, ErrorKind::NotFound),
        (NewAppliance { image: "image".into(), ..new("2") }, ErrorKind::Unsuitable),
        (NewAppliance { security_groups: vec!["sg-3".into()], ..new("3") }, ErrorKind::NotFound),
        (NewAppliance { security_groups: vec!["sg-9".into()], ..new("4") }, ErrorKind::Invalid),
        (
            NewAppliance { subnet: "subnet-0badbadbadbadbad0".into(), ..new("5") },
            ErrorKind::NotFound,
        ),
        (NewAppliance { instance_type: "t3.tiny".to_owned(), ..new("6") }, ErrorKind::Invalid),
    ];
    for (wrong, kind) in rows {
        let error = cloud.launch(&wrong).await.unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.remedy().starts_with("correct the rule"), "{error}: {}", error.remedy());
    }
    let faults = [
        ("InsufficientInstanceCapacity", ErrorKind::Capacity, "another zone"),
        ("VcpuLimitExceeded", ErrorKind::Quota, "quota"),
        ("OptInRequired", ErrorKind::Denied, "Marketplace"),
        ("UnauthorizedOperation", ErrorKind::Denied, "ec2:RunInstances"),
    ];
    for (n, (code, kind, word)) in faults.into_iter().enumerate() {
        sim.fault("RunInstances", code);
        let error = cloud.launch(&new(&format!("f{n}"))).await.unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.remedy().contains(word), "{error}: {}", error.remedy());
    }
    // None of them was sent twice.
    assert_eq!(cloud.calls()[&Call::RunInstances].sent, 10);
    let protected = cloud.terminate(&"i-2".into()).await.unwrap_err();
    assert!(protected.remedy().contains("termination protection"), "{}", protected.remedy());
}

#[tokio::test]
async fn what_is_read_tells_zones_first_interfaces_and_launches() {
    let sim = start();
    let read = cloud(&sim).await.inventory(&Narrow::default(), &Settings::default()).await.unwrap();
    let subnet = &read.subnets[&"subnet-1".into()];
    assert_eq!(subnet.zone, "us-east-1b");
    let instance = &read.instances[&"i-1".into()];
    assert_eq!(instance.launched.unwrap().to_string(), "2026-11-20T08:00:00Z");
    let first: Vec<(&str, bool)> =
        instance.enis.iter().map(|eni| (eni.id.as_str(), eni.primary)).collect();
    assert_eq!(first, [("eni-1", true), ("eni-2", false)]);
}
