//! What does not fit is refused by name, all of it, before anything is written.

use tap_core::build::{NewNlb, Wanted};
use tap_core::inventory::InstanceState;
use tap_core::testing::BuildCloud;

use crate::support::{
    ARN, GROUP, OLD, balancer, cloud, endpoint, group, listener, new_nlb, plan, put, put_listener,
};

async fn refused(cloud: &BuildCloud, wanted: Wanted) -> Vec<String> {
    let refusals = plan(cloud, &wanted).await.unwrap_err();
    assert!(refusals.iter().all(|refusal| !refusal.remedy().is_empty()));
    assert_eq!(cloud.writes(), []);
    refusals.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn an_interface_that_is_not_there_or_is_mirrored() {
    let cloud = cloud();
    let gone = refused(&cloud, Wanted::Eni("eni-x".into())).await;
    assert_eq!(gone, ["the network interface eni-x does not exist in eu-west-1"]);
    let mirrored = BuildCloud::new(
        tap_core::testing::scenario().instance("i-1").owned("tms-1").foreign("tms-2").build(),
    );
    let mirrored = refused(&mirrored, Wanted::Eni("eni-1".into())).await;
    assert_eq!(mirrored, ["the network interface eni-1 is itself mirrored, by tms-1, tms-2"]);
}

#[tokio::test]
async fn load_balancers_that_cannot_be_targets() {
    let cloud = cloud();
    let mut application = balancer(OLD, "old");
    application.kind = "application".to_owned();
    put(&cloud, application);
    for (arn, said) in [
        ("old", "`old` is not the ARN of a load balancer".to_owned()),
        (
            "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/a/1",
            "`arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/a/1` is not the ARN of a load balancer".to_owned(),
        ),
        (
            "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/net/a/1",
            "the load balancer arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/net/a/1 is not in eu-west-1".to_owned(),
        ),
        (
            "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/net/a/1",
            "the load balancer arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/net/a/1 does not exist in eu-west-1".to_owned(),
        ),
        (OLD, format!("the load balancer {OLD} is of type `application`, not a Network Load Balancer")),
    ] {
        assert_eq!(refused(&cloud, Wanted::Nlb(arn.to_owned())).await, [said]);
    }
    let mut failed = balancer(OLD, "old");
    failed.state = "failed".to_owned();
    put(&cloud, failed);
    let failed = refused(&cloud, Wanted::Nlb(OLD.to_owned())).await;
    assert_eq!(failed, [format!("the load balancer {OLD} is in state `failed`")]);
}

#[tokio::test]
async fn endpoints_that_cannot_be_targets() {
    let cloud = cloud();
    cloud.memory.edit_balancers(|all| {
        all.endpoints.insert("vpce-1".to_owned(), endpoint("Interface", "available"));
        all.endpoints.insert("vpce-2".to_owned(), endpoint("GatewayLoadBalancer", "deleting"));
    });
    for (id, said) in [
        ("vpce-0", "the VPC endpoint vpce-0 does not exist in eu-west-1"),
        ("vpce-1", "the VPC endpoint vpce-1 is of type `Interface`, not `GatewayLoadBalancer`"),
        ("vpce-2", "the VPC endpoint vpce-2 is in state `deleting`"),
    ] {
        assert_eq!(refused(&cloud, Wanted::GwlbEndpoint(id.to_owned())).await, [said]);
    }
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_new_one_is_said_at_once() {
    let cloud = cloud();
    cloud.memory.edit(|inv| {
        inv.instances.get_mut(&"i-2".into()).unwrap().state = InstanceState::Stopped;
    });
    let new = NewNlb {
        vpc: "vpc-a".into(),
        subnets: ["subnet-2", "subnet-3", "subnet-6", "subnet-9", "subnet-x"]
            .map(Into::into)
            .into(),
        health_port: 0,
        instances: ["i-1", "i-2", "i-9", "i-x"].map(Into::into).into(),
    };
    assert_eq!(
        refused(&cloud, Wanted::NewNlb(new)).await,
        [
            "the port of the health check is 0",
            "the subnet subnet-6 has IPv6 addresses only",
            "the subnet subnet-9 is in vpc-b, not in vpc-a",
            "the subnet subnet-x does not exist",
            "several subnets of the zone eu-west-1b: subnet-2, subnet-3",
            "the instance i-2 is stopped",
            "the instance i-9 has no interface in vpc-a",
            "the instance i-x does not exist",
        ]
    );
}

#[tokio::test]
async fn a_vpc_without_subnets() {
    let new = NewNlb { vpc: "vpc-x".into(), instances: [].into(), ..new_nlb() };
    let said = "vpc-x has no subnet that could hold a load balancer, or does not exist";
    assert_eq!(refused(&cloud(), Wanted::NewNlb(new)).await, [said]);
}

#[tokio::test]
async fn a_name_that_is_taken() {
    for (field, value, said) in [
        ("kind", "application", "is of type `application`, not `network`"),
        ("scheme", "internet-facing", "is `internet-facing`, not `internal`"),
        ("vpc", "vpc-b", "is in vpc-b, not in vpc-a"),
    ] {
        let cloud = cloud();
        let mut taken = balancer(ARN, "VectraTapa");
        match field {
            "kind" => taken.kind = value.to_owned(),
            "scheme" => taken.scheme = value.to_owned(),
            _ => taken.vpc = Some(value.into()),
        }
        put(&cloud, taken);
        let said = format!("the name VectraTapa is taken by the load balancer {ARN}, which {said}");
        assert_eq!(refused(&cloud, Wanted::NewNlb(new_nlb())).await, [said]);
    }
}

#[tokio::test]
async fn a_name_of_a_target_group_that_is_taken() {
    for (field, said) in [
        ("protocol", "is for TCP 4789, not for UDP 4789"),
        ("port", "is for UDP 80, not for UDP 4789"),
        ("type", "takes targets of type `ip`, not `instance`"),
        ("vpc", "is in vpc-b, not in vpc-a"),
        ("balancer", "is in use by the load balancer arn:of:other"),
    ] {
        let cloud = cloud();
        let mut taken = group(GROUP, "VectraTapa");
        match field {
            "protocol" => taken.protocol = "TCP".to_owned(),
            "port" => taken.port = Some(80),
            "type" => taken.target_type = "ip".to_owned(),
            "vpc" => taken.vpc = Some("vpc-b".into()),
            _ => drop(taken.balancers.insert("arn:of:other".to_owned())),
        }
        cloud.memory.edit_balancers(|all| drop(all.groups.insert(GROUP.to_owned(), taken)));
        let said =
            format!("the name VectraTapa is taken by the target group {GROUP}, which {said}");
        assert_eq!(refused(&cloud, Wanted::NewNlb(new_nlb())).await, [said]);
    }
}

#[tokio::test]
async fn a_listener_that_does_not_fit() {
    let cases = [
        (
            listener("TCP", &[GROUP]),
            "instance",
            format!("port 4789 of the load balancer {ARN} has a TCP listener, which hears no UDP"),
        ),
        (
            listener("UDP", &[]),
            "instance",
            "the listener arn:of:listener forwards to no target group".to_owned(),
        ),
        (
            listener("UDP", &[GROUP]),
            "ip",
            format!("the target group {GROUP} takes targets of type `ip`, not instances"),
        ),
    ];
    for (listener, target_type, said) in cases {
        let cloud = cloud();
        put(&cloud, balancer(ARN, "VectraTapa"));
        let mut behind = group(GROUP, "any");
        behind.target_type = target_type.to_owned();
        put_listener(&cloud, ARN, listener, behind);
        assert_eq!(refused(&cloud, Wanted::NewNlb(new_nlb())).await, [said]);
    }
}
