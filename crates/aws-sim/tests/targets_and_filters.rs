//! Mirror targets, filters and their rules; quotas of all of them.

mod support;

use aws_sim::{Scenario, Simulator, Switches};
use support::{Client, FILTER, TARGET, create, eni, mirror};

fn arn(simulator: &Simulator, name: &str) -> String {
    let client = Client::service(simulator, "elasticloadbalancing");
    let balancers = client.ok("DescribeLoadBalancers", &[("Names.member.1", name)]);
    balancers.text("LoadBalancerArn").to_owned()
}

#[test]
fn a_target_has_exactly_one_kind() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    client.call("CreateTrafficMirrorTarget", &[]).refused("MissingParameter");
    let (web, spare) = (eni(&simulator, "web-1"), arn(&simulator, "spare"));
    let both = [("NetworkInterfaceId", web.as_str()), ("NetworkLoadBalancerArn", spare.as_str())];
    client.call("CreateTrafficMirrorTarget", &both).refused("InvalidParameterCombination");
    let made = client.ok("CreateTrafficMirrorTarget", &both[..1]);
    assert_eq!(made.text("type"), "network-interface");
    let made = client.ok("CreateTrafficMirrorTarget", &both[1..]);
    assert_eq!(made.text("type"), "network-load-balancer");
    let endpoint = [("GatewayLoadBalancerEndpointId", "vpce-00000001")];
    let made = client.ok("CreateTrafficMirrorTarget", &endpoint);
    assert_eq!(made.text("type"), "gateway-load-balancer-endpoint");
    assert_eq!(made.text("ownerId"), "111122223333");
}

#[test]
fn what_is_in_use_cannot_become_a_target() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let target =
        |name: &str, value: &str| client.call("CreateTrafficMirrorTarget", &[(name, value)]);
    let web = eni(&simulator, "web-1");
    create(&client, &web, TARGET, "1").ok();
    target("NetworkInterfaceId", &web).refused("InterfaceInUseByTrafficMirrorSession");
    let appliance = eni(&simulator, "appliance");
    target("NetworkInterfaceId", &appliance).refused("InterfaceInUseByTrafficMirrorTarget");
    target("NetworkInterfaceId", "eni-0badbadb").refused("InvalidNetworkInterfaceID.NotFound");
    let nlb = arn(&simulator, "nlb");
    target("NetworkLoadBalancerArn", &nlb).refused("NlbInUseByTrafficMirrorTargetException");
    target("NetworkLoadBalancerArn", &format!("{nlb}0"))
        .refused("InvalidNetworkLoadBalancerArn.NotFound");
    target("NetworkLoadBalancerArn", "nlb").refused("InvalidNetworkLoadBalancerArn.Malformed");
    let web_lb = arn(&simulator, "web");
    target("NetworkLoadBalancerArn", &web_lb).refused("InvalidNetworkLoadBalancerArn.Malformed");
    let endpoint = |id: &str| target("GatewayLoadBalancerEndpointId", id);
    endpoint("vpce-0badbadb").refused("InvalidVpcEndpointId.NotFound");
    endpoint("endpoint").refused("InvalidVpcEndpointId.Malformed");
    endpoint("vpce-00000002").refused("InvalidVpcEndpointType");
    simulator.edit("us-east-1", |world| assert!(world.delete_vpc_endpoint("glb")));
    endpoint("vpce-00000001").refused("InvalidVpcEndpointId.NotFound");
}

#[test]
fn what_is_in_use_cannot_be_deleted() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let session = create(&client, &eni(&simulator, "web-1"), TARGET, "1").ok();
    let (target, filter) =
        ([("TrafficMirrorTargetId", TARGET)], [("TrafficMirrorFilterId", FILTER)]);
    client.call("DeleteTrafficMirrorTarget", &target).refused("TrafficMirrorTargetInUseException");
    client.call("DeleteTrafficMirrorFilter", &filter).refused("TrafficMirrorFilterInUse");
    let id = session.text("trafficMirrorSessionId");
    client.ok("DeleteTrafficMirrorSession", &[("TrafficMirrorSessionId", id)]);
    client.ok("DeleteTrafficMirrorTarget", &target);
    client.ok("DeleteTrafficMirrorFilter", &filter);
    client
        .call("DeleteTrafficMirrorFilter", &filter)
        .refused("InvalidTrafficMirrorFilterId.NotFound");
    // What it stood on is free for another.
    client.ok("CreateTrafficMirrorTarget", &[("NetworkLoadBalancerArn", &arn(&simulator, "nlb"))]);
}

#[test]
fn a_shared_target_is_listed_with_its_owner_and_only_used() {
    let simulator = Simulator::start(Scenario::demo(), Switches::default()).unwrap();
    let client = Client::new(&simulator);
    let filter = [("Filter.1.Name", "owner-id"), ("Filter.1.Value.1", "999988887777")];
    let shared = client.ok("DescribeTrafficMirrorTargets", &filter);
    let id = shared.text("trafficMirrorTargetId");
    client
        .call("DeleteTrafficMirrorTarget", &[("TrafficMirrorTargetId", id)])
        .refused("UnauthorizedOperation");
    let web = eni(&simulator, "web-2");
    let params = [
        ("NetworkInterfaceId", web.as_str()),
        ("TrafficMirrorTargetId", id),
        ("TrafficMirrorFilterId", "tmf-0de00000000000001"),
        ("SessionNumber", "1"),
    ];
    client.ok("CreateTrafficMirrorSession", &params);
}

fn rule(client: &Client<'_>, number: &str, change: &[(&str, &str)]) -> support::Reply {
    let mut params = vec![
        ("TrafficMirrorFilterId", FILTER),
        ("TrafficDirection", "ingress"),
        ("RuleNumber", number),
        ("RuleAction", "accept"),
        ("DestinationCidrBlock", "0.0.0.0/0"),
        ("SourceCidrBlock", "0.0.0.0/0"),
    ];
    for (name, value) in change {
        params.retain(|(known, _)| known != name);
        params.push((name, value));
    }
    client.call("CreateTrafficMirrorFilterRule", &params)
}

#[test]
fn rules_are_checked_and_stand_inside_their_filter() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    for (change, code) in [
        (("TrafficDirection", "both"), "InvalidParameterValue"),
        (("RuleAction", "drop"), "InvalidParameterValue"),
        (("RuleNumber", "0"), "InvalidParameterValue"),
        (("SourceCidrBlock", "10.0.0.0"), "InvalidParameterValue"),
        (("SourceCidrBlock", "10.0.0.0/33"), "InvalidParameterValue"),
        (("SourceCidrBlock", "::/0"), "InvalidParameterCombination"),
        (("DestinationPortRange.FromPort", "1"), "InvalidParameterValue"),
        (("Protocol", "300"), "InvalidParameterValue"),
        (("SourceCidrBlock", ""), "MissingParameter"),
        (("TrafficMirrorFilterId", "tmf-0badbadb"), "InvalidTrafficMirrorFilterId.NotFound"),
    ] {
        rule(&client, "1", &[change]).refused(code);
    }
    let ports = [("DestinationPortRange.FromPort", "80"), ("DestinationPortRange.ToPort", "90")];
    rule(&client, "1", &ports).refused("InvalidParameterCombination");
    rule(&client, "1", &[&ports[..], &[("Protocol", "6")]].concat()).ok();
    rule(&client, "1", &[]).refused("TrafficMirrorFilterRuleAlreadyExists");
    rule(&client, "1", &[("TrafficDirection", "egress")]).ok();
    rule(&client, "2", &[("SourceCidrBlock", "::/0"), ("DestinationCidrBlock", "::/0")]).ok();
    for n in 3..10 {
        rule(&client, &n.to_string(), &[]).ok();
    }
    rule(&client, "10", &[]).refused("TrafficMirrorFilterRuleLimitExceeded");
    let id = [("TrafficMirrorFilterId.1", FILTER)];
    let filter = client.ok("DescribeTrafficMirrorFilters", &id);
    assert_eq!(filter.text("ingressFilterRuleSet").matches("<ruleNumber>").count(), 9);
    assert_eq!(filter.text("egressFilterRuleSet").matches("<ruleNumber>").count(), 1);
    assert_eq!((filter.text("fromPort"), filter.text("toPort")), ("80", "90"));
    assert!(filter.all("ownerId").is_empty());
    let rules = client.ok("DescribeTrafficMirrorFilterRules", &[("TrafficMirrorFilterId", FILTER)]);
    assert_eq!(rules.all("ruleNumber").len(), 10);
    let of_other = [("TrafficMirrorFilterId", "tmf-00000000000000002")];
    assert!(client.ok("DescribeTrafficMirrorFilterRules", &of_other).all("ruleNumber").is_empty());
    let gone = [("TrafficMirrorFilterRuleId", rules.text("trafficMirrorFilterRuleId"))];
    client.ok("DeleteTrafficMirrorFilterRule", &gone);
    client
        .call("DeleteTrafficMirrorFilterRule", &gone)
        .refused("InvalidTrafficMirrorFilterRuleId.NotFound");
}

#[test]
fn only_amazon_dns_is_a_network_service() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let call = |name: &str, value: &str| {
        let params = [("TrafficMirrorFilterId", FILTER), (name, value)];
        client.call("ModifyTrafficMirrorFilterNetworkServices", &params)
    };
    let added = call("AddNetworkService.1", "amazon-dns").ok();
    assert_eq!(added.text("networkServiceSet"), "<item>amazon-dns</item>");
    call("AddNetworkService.1", "amazon-ntp").refused("InvalidParameterValue");
    assert_eq!(call("RemoveNetworkService.1", "amazon-dns").ok().text("networkServiceSet"), "");
}

#[test]
fn creates_with_a_token_make_one_thing() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let twice = |action: &str, params: &[(&str, &str)], id: &str| {
        let params = [params, &[("ClientToken", "t")]].concat();
        let (first, second) = (client.ok(action, &params), client.ok(action, &params));
        assert_eq!(first.text(id), second.text(id), "{action}");
        let other = [&params[..], &[("Description", "other")]].concat();
        client.call(action, &other).refused("IdempotentParameterMismatch");
    };
    twice("CreateTrafficMirrorFilter", &[], "trafficMirrorFilterId");
    let spare = arn(&simulator, "spare");
    let nlb = [("NetworkLoadBalancerArn", spare.as_str())];
    twice("CreateTrafficMirrorTarget", &nlb, "trafficMirrorTargetId");
    let rule = [
        ("TrafficMirrorFilterId", FILTER),
        ("TrafficDirection", "ingress"),
        ("RuleNumber", "1"),
        ("RuleAction", "accept"),
        ("DestinationCidrBlock", "0.0.0.0/0"),
        ("SourceCidrBlock", "0.0.0.0/0"),
    ];
    twice("CreateTrafficMirrorFilterRule", &rule, "trafficMirrorFilterRuleId");
}

#[test]
fn quotas_can_be_lowered_in_the_scenario() {
    let text = "
quotas: {sessions: 1, targets: 1, filters: 1}
regions:
  us-east-1:
    vpcs: [{name: v}]
    subnets: [{name: s, vpc: v}]
    instances: [{name: one, subnet: s}, {name: two, subnet: s}]
    vpc_endpoints: [{id: vpce-00000001, vpc: v}]
    targets: [{id: tmt-00000000000000001, gwlbe: vpce-00000001}]
    filters: [{id: tmf-00000000000000001}]
";
    let simulator =
        Simulator::start(Scenario::from_yaml("q.yaml", text).unwrap(), Switches::default())
            .unwrap();
    let client = Client::new(&simulator);
    create(&client, &eni(&simulator, "one"), TARGET, "1").ok();
    let two = eni(&simulator, "two");
    create(&client, &two, TARGET, "1").refused("TrafficMirrorSessionLimitExceeded");
    client.call("CreateTrafficMirrorFilter", &[]).refused("TrafficMirrorFilterLimitExceeded");
    let target = [("NetworkInterfaceId", two.as_str())];
    client.call("CreateTrafficMirrorTarget", &target).refused("TrafficMirrorTargetLimitExceeded");
}
