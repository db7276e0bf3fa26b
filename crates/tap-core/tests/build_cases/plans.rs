//! What is found and what is to be made.

use tap_core::build::{NewNlb, Wanted};
use tap_core::inventory::{MirrorTarget, TargetKind};
use tap_core::testing::BuildCloud;

use crate::support::{
    ARN, GROUP, OLD, balancer, build, cloud, endpoint, group, lines, listener, new_nlb, plan, put,
    put_listener,
};

fn put_target(cloud: &BuildCloud, id: &str, kind: TargetKind, owner: &str) {
    let target = MirrorTarget::of(kind, owner.into());
    cloud.memory.edit(|inv| drop(inv.targets.insert(id.into(), target)));
}

#[tokio::test]
async fn from_an_interface() {
    let cloud = cloud();
    let wanted = Wanted::Eni("eni-1".into());
    assert_eq!(lines(&cloud, &wanted).await, ["create the mirror target VectraTap eni-1"]);
    put_target(&cloud, "tmt-7", TargetKind::Eni("eni-1".into()), "111122223333");
    assert_eq!(lines(&cloud, &wanted).await, ["use the mirror target that is there: tmt-7"]);
    let plan = plan(&cloud, &wanted).await.unwrap();
    assert!(!plan.is_change());
    assert_eq!(plan.target(), Some("tmt-7".into()));
}

#[tokio::test]
async fn from_an_interface_that_is_attached_to_nothing() {
    let found = lines(&cloud(), &Wanted::Eni("eni-loose".into())).await;
    let note = "note: eni-loose is attached to nothing: what is mirrored there is lost";
    assert_eq!(found, ["create the mirror target VectraTap eni-loose", note]);
}

#[tokio::test]
async fn from_an_endpoint() {
    let cloud = cloud();
    let wanted = Wanted::GwlbEndpoint("vpce-1".to_owned());
    let put = |state| {
        let endpoint = endpoint("GatewayLoadBalancer", state);
        cloud.memory.edit_balancers(|all| drop(all.endpoints.insert("vpce-1".into(), endpoint)));
    };
    put("available");
    assert_eq!(lines(&cloud, &wanted).await, ["create the mirror target VectraTap vpce-1"]);
    put("pendingacceptance");
    assert_eq!(
        lines(&cloud, &wanted).await[1..],
        ["note: vpce-1 is in state `pendingacceptance`: nothing arrives until it is available"]
    );
    // An endpoint may have several targets: this account's come first, then the lowest id.
    let kind = || TargetKind::GwlbEndpoint("vpce-1".to_owned());
    put_target(&cloud, "tmt-1", kind(), "999999999999");
    put_target(&cloud, "tmt-3", kind(), "111122223333");
    put_target(&cloud, "tmt-2", kind(), "111122223333");
    assert_eq!(lines(&cloud, &wanted).await[0], "use the mirror target that is there: tmt-2");
}

#[tokio::test]
async fn from_a_load_balancer_that_is_there() {
    let cloud = cloud();
    put(&cloud, balancer(OLD, "old"));
    let wanted = Wanted::Nlb(OLD.to_owned());
    let active = format!("use the active load balancer that is there: {OLD}");
    let deaf = format!("note: {OLD} has no listener on UDP 4789: nothing arrives until it has one");
    let make = "create the mirror target old".to_owned();
    assert_eq!(lines(&cloud, &wanted).await, [active.clone(), make.clone(), deaf]);
    put_listener(&cloud, OLD, listener("TCP_UDP", &[GROUP]), group(GROUP, "any"));
    assert_eq!(lines(&cloud, &wanted).await, [active, make]);
}

#[tokio::test]
async fn a_new_load_balancer_from_nothing() {
    assert_eq!(
        lines(&cloud(), &Wanted::NewNlb(new_nlb())).await,
        [
            "create the internal Network Load Balancer VectraTapa in vpc-a: subnet-1 (eu-west-1a), subnet-2 (eu-west-1b)",
            "switch cross-zone load balancing on",
            "create the target group VectraTapa, health check on TCP 22",
            "create the listener on UDP 4789",
            "register i-1, i-2",
            "wait until the load balancer is active",
            "create the mirror target VectraTapa",
        ]
    );
}

#[tokio::test]
async fn a_new_load_balancer_in_subnets_that_are_named_and_with_nobody_behind_it() {
    let new = NewNlb { subnets: ["subnet-3".into()].into(), instances: [].into(), ..new_nlb() };
    let found = lines(&cloud(), &Wanted::NewNlb(new)).await;
    assert_eq!(
        found[0],
        "create the internal Network Load Balancer VectraTapa in vpc-a: subnet-3 (eu-west-1b)"
    );
    assert!(!found.iter().any(|line| line.starts_with("register")), "{found:#?}");
    assert!(found.last().unwrap().starts_with("note: no instance is registered"), "{found:#?}");
}

/// Vectra's tool made the load balancer and its target, and left the rest to people.
#[tokio::test]
async fn a_load_balancer_that_vectras_tool_made_is_completed() {
    let cloud = cloud();
    put(&cloud, balancer(ARN, "VectraTapa"));
    put_target(&cloud, "tmt-7", TargetKind::Nlb(ARN.to_owned()), "111122223333");
    let new = NewNlb { subnets: ["subnet-2".into()].into(), ..new_nlb() };
    assert_eq!(
        lines(&cloud, &Wanted::NewNlb(new)).await,
        [
            "use the load balancer that is there: arn:of:VectraTapa",
            "switch cross-zone load balancing on",
            "create the target group VectraTapa, health check on TCP 22",
            "create the listener on UDP 4789",
            "register i-1, i-2",
            "use the active load balancer that is there: arn:of:VectraTapa",
            "use the mirror target that is there: tmt-7",
            "note: arn:of:VectraTapa stays in its subnets: subnet-1",
        ]
    );
}

#[tokio::test]
async fn what_the_listener_forwards_to_is_used_whatever_its_name() {
    let cloud = cloud();
    put(&cloud, balancer(ARN, "VectraTapa"));
    let mut own = group("arn:of:own", "own");
    own.health_port = "traffic-port".to_owned();
    put_listener(&cloud, ARN, listener("UDP", &["arn:of:own", "arn:of:more"]), own);
    cloud.memory.edit_balancers(|all| {
        all.registered.insert("arn:of:own".to_owned(), ["i-1".to_owned()].into());
    });
    let found = lines(&cloud, &Wanted::NewNlb(new_nlb())).await;
    assert_eq!(
        found[2..5],
        [
            "use the target group that is there: arn:of:own",
            "use the listener on UDP 4789 that is there: arn:of:listener",
            "register i-2",
        ]
    );
    assert_eq!(
        found[7..],
        [
            "note: the listener forwards to several target groups; instances go into arn:of:own",
            "note: arn:of:own keeps its health check on port traffic-port; 22 was asked for",
        ]
    );
    build(&cloud, &Wanted::NewNlb(new_nlb())).await.unwrap();
    let all = cloud.memory.balancers();
    assert_eq!(all.registered["arn:of:own"], ["i-1".to_owned(), "i-2".to_owned()].into());
    assert_eq!(all.groups.len(), 1);
    assert_eq!(all.groups["arn:of:own"].health_port, "traffic-port");
}

#[tokio::test]
async fn what_is_complete_is_not_written_again() {
    let cloud = cloud();
    let wanted = Wanted::NewNlb(new_nlb());
    let first = build(&cloud, &wanted).await.unwrap();
    let plan = plan(&cloud, &wanted).await.unwrap();
    assert!(!plan.is_change(), "{plan:#?}");
    let writes = cloud.writes().len();
    let second = build(&cloud, &wanted).await.unwrap();
    assert_eq!((second.target, second.made), (first.target, Vec::new()));
    assert_eq!(cloud.writes().len(), writes);
}

#[tokio::test]
async fn everything_that_is_made_says_who_made_it() {
    let cloud = cloud();
    let built = build(&cloud, &Wanted::Eni("eni-1".into())).await.unwrap();
    let made = cloud.memory.balancers().created.remove(&built.target).unwrap();
    let tags = [("Creator", "Vectra:Tap"), ("Name", "VectraTap eni-1")];
    assert_eq!(made.tags, tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
    assert_eq!(made.description, "Vectra traffic mirror target VectraTap eni-1");
    assert_eq!(built.made[0].to_string(), format!("mirror target {}", built.target));
}
