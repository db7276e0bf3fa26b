"""What AWS enforces on mirror targets, filters and their rules."""

import pytest

import listings
from account import not_found, refused

IN_USE = {"target": "TrafficMirrorTargetInUseException", "filter": "TrafficMirrorFilterInUse"}
NO_SUCH_BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/net/none/0123456789abcdef"


def new_filter(account):
    return account.ec2.create_traffic_mirror_filter()["TrafficMirrorFilter"]["TrafficMirrorFilterId"]


def test_a_target_is_exactly_one_thing(account):
    codes = ("InvalidParameterCombination", "InvalidParameterValue", "MissingParameter")
    create = account.ec2.create_traffic_mirror_target
    refused(codes, create)
    arn = account.load_balancer("spare")["LoadBalancerArn"]
    refused(codes, create, NetworkInterfaceId=account.eni("big"), NetworkLoadBalancerArn=arn)


def test_an_interface_is_one_target(account):
    create = account.ec2.create_traffic_mirror_target
    refused("InterfaceInUseByTrafficMirrorTarget", create, NetworkInterfaceId=account.eni("sensor-host"))


def test_a_load_balancer_is_one_target(account):
    create = account.ec2.create_traffic_mirror_target
    spare = account.load_balancer("spare")["LoadBalancerArn"]
    made = create(NetworkLoadBalancerArn=spare)["TrafficMirrorTarget"]
    assert (made["Type"], made["NetworkLoadBalancerArn"]) == ("network-load-balancer", spare)
    refused("NlbInUseByTrafficMirrorTargetException", create, NetworkLoadBalancerArn=spare)
    account.ec2.delete_traffic_mirror_target(TrafficMirrorTargetId=made["TrafficMirrorTargetId"])
    create(NetworkLoadBalancerArn=spare)


def test_what_a_target_names_must_exist(account):
    create = account.ec2.create_traffic_mirror_target
    refused("InvalidNetworkInterfaceID.NotFound", create, NetworkInterfaceId="eni-0123456789abcdef0")
    codes = ("NetworkLoadBalancerNotFoundException", "InvalidNetworkLoadBalancerArn.NotFound")
    refused(codes, create, NetworkLoadBalancerArn=NO_SUCH_BALANCER)
    refused("InvalidNetworkLoadBalancerArn.Malformed", create, NetworkLoadBalancerArn="sensors")


def test_an_endpoint_is_a_target_where_it_is_a_load_balancers(account):
    create = account.ec2.create_traffic_mirror_target
    made = create(GatewayLoadBalancerEndpointId=account.by_name(listings.ENDPOINTS, "appliances"))
    assert made["TrafficMirrorTarget"]["Type"] == "gateway-load-balancer-endpoint"
    refused("InvalidVpcEndpointId.NotFound", create, GatewayLoadBalancerEndpointId="vpce-0fedcba9876543210")
    store = account.by_name(listings.ENDPOINTS, "store")
    codes = ("InvalidVpcEndpointType", "InvalidParameterValue")
    refused(codes, create, GatewayLoadBalancerEndpointId=store)


def test_an_application_load_balancer_is_no_target(account):
    arn = account.elbv2.create_load_balancer(Name="web", Subnets=[account.subnet("blue-a"), account.subnet("blue-b")])
    arn = arn["LoadBalancers"][0]["LoadBalancerArn"]
    codes = (
        "InvalidNetworkLoadBalancerArn.Malformed",
        "InvalidNetworkLoadBalancerArn.NotFound",
        "NetworkLoadBalancerNotFoundException",
    )
    refused(codes, account.ec2.create_traffic_mirror_target, NetworkLoadBalancerArn=arn)


def test_a_target_in_use_stays(account):
    session = account.create_session(account.eni("web-1"), "sensor")["TrafficMirrorSessionId"]
    delete, target = account.ec2.delete_traffic_mirror_target, account.target("sensor")
    refused(IN_USE["target"], delete, TrafficMirrorTargetId=target)
    account.ec2.delete_traffic_mirror_session(TrafficMirrorSessionId=session)
    delete(TrafficMirrorTargetId=target)
    refused(not_found("Target"), delete, TrafficMirrorTargetId=target)


def test_a_filter_in_use_stays(account):
    one = new_filter(account)
    session = account.create_session(account.eni("web-1"), filter=one)["TrafficMirrorSessionId"]
    delete = account.ec2.delete_traffic_mirror_filter
    refused(IN_USE["filter"], delete, TrafficMirrorFilterId=one)
    account.ec2.delete_traffic_mirror_session(TrafficMirrorSessionId=session)
    delete(TrafficMirrorFilterId=one)
    refused(not_found("Filter"), delete, TrafficMirrorFilterId=one)


def test_a_target_outlives_its_interface(account):
    """The object stays; its sessions just go dark."""
    host, target = account.instance("sensor-host"), account.target("sensor")
    session = account.create_session(account.eni("web-1"), "sensor")["TrafficMirrorSessionId"]
    account.ec2.terminate_instances(InstanceIds=[host])
    assert account.target("sensor") == target
    assert account.sessions(traffic_mirror_session_id=session)[0]["TrafficMirrorTargetId"] == target


def test_a_shared_target_is_used_but_not_deleted(account):
    shared = account.target("shared")
    [target] = account.ec2.describe_traffic_mirror_targets(TrafficMirrorTargetIds=[shared])["TrafficMirrorTargets"]
    assert target["OwnerId"] != account.sts.get_caller_identity()["Account"]
    session = account.create_session(account.eni("web-1"), "shared")
    assert session["OwnerId"] == account.sts.get_caller_identity()["Account"]
    account.ec2.delete_traffic_mirror_session(TrafficMirrorSessionId=session["TrafficMirrorSessionId"])
    with pytest.raises(account.ec2.exceptions.ClientError) as caught:
        account.ec2.delete_traffic_mirror_target(TrafficMirrorTargetId=shared)
    codes = (*not_found("Target"), "UnauthorizedOperation", "OperationNotPermitted")
    assert caught.value.response["Error"]["Code"] in codes


@pytest.mark.parametrize("kind", ["Session", "Target", "Filter", "FilterRule"])
def test_an_unknown_id_fails_the_whole_listing(account, kind):
    known = {
        "Session": lambda: account.create_session(account.eni("web-1"))["TrafficMirrorSessionId"],
        "Target": lambda: account.target("sensor"),
        "Filter": lambda: account.filter("all"),
        "FilterRule": lambda: account.create_filter_rule(account.filter("empty"), 1)["TrafficMirrorFilterRuleId"],
    }[kind]()
    snake = {"FilterRule": "filter_rule"}.get(kind, kind.lower())
    call = getattr(account.ec2, f"describe_traffic_mirror_{snake}s")
    ids = f"TrafficMirror{kind}Ids"
    unknown = known.split("-")[0] + "-0123456789abcdef0"
    assert len(call(**{ids: [known]})[f"TrafficMirror{kind}s"]) == 1
    refused(not_found(kind), call, **{ids: [known, unknown]})


def test_rules_of_an_unknown_filter(account):
    call = account.ec2.describe_traffic_mirror_filter_rules
    refused(not_found("Filter"), call, TrafficMirrorFilterId="tmf-0123456789abcdef0")
    change = account.ec2.modify_traffic_mirror_filter_network_services
    refused(
        not_found("Filter"), change, TrafficMirrorFilterId="tmf-0123456789abcdef0", AddNetworkServices=["amazon-dns"]
    )


def test_a_filter_has_ten_rules(account):
    one = new_filter(account)
    for number in range(1, 6):
        account.create_filter_rule(one, number, "ingress")
        account.create_filter_rule(one, number, "egress")
    refused("TrafficMirrorFilterRuleLimitExceeded", account.create_filter_rule, one, 6)
    rules = account.ec2.describe_traffic_mirror_filter_rules(TrafficMirrorFilterId=one)["TrafficMirrorFilterRules"]
    assert len(rules) == 10


def test_a_rule_number_is_taken_once_per_direction(account):
    one = new_filter(account)
    account.create_filter_rule(one, 100, "ingress")
    account.create_filter_rule(one, 100, "egress")
    code = "TrafficMirrorFilterRuleAlreadyExists"
    refused(code, account.create_filter_rule, one, 100, "ingress", RuleAction="reject")


@pytest.mark.parametrize(
    "wrong",
    [
        {"direction": "sideways"},
        {"RuleAction": "maybe"},
        {"SourceCidrBlock": "everywhere"},
        {"DestinationCidrBlock": "10.0.0.0/33"},
        {"SourceCidrBlock": "::/0", "DestinationCidrBlock": "0.0.0.0/0"},
        {"Protocol": 256},
        {"DestinationPortRange": {"FromPort": 1, "ToPort": 2}},
        {"Protocol": 1, "SourcePortRange": {"FromPort": 1, "ToPort": 2}},
        {"Protocol": 6, "DestinationPortRange": {"FromPort": 2, "ToPort": 1}},
        {"Protocol": 6, "DestinationPortRange": {"FromPort": 1, "ToPort": 65536}},
    ],
)
def test_a_rule_must_make_sense(account, wrong):
    one = new_filter(account)
    codes = ("InvalidParameterValue", "InvalidParameterCombination", "InvalidParameter", "MissingParameter")
    refused(codes, account.create_filter_rule, one, 1, **wrong)


@pytest.mark.parametrize(("source", "destination"), [("0.0.0.0/0", "10.0.0.0/8"), ("::/0", "2001:db8::/32")])
def test_a_rule_is_of_one_family(account, source, destination):
    one = new_filter(account)
    made = account.create_filter_rule(one, 1, SourceCidrBlock=source, DestinationCidrBlock=destination)
    assert (made["SourceCidrBlock"], made["DestinationCidrBlock"]) == (source, destination)


def test_amazon_dns_is_the_only_network_service(account):
    change = account.ec2.modify_traffic_mirror_filter_network_services
    refused("InvalidParameterValue", change, TrafficMirrorFilterId=account.filter("empty"), AddNetworkServices=["ntp"])


def test_the_quotas_of_targets_and_filters(simulate):
    account = simulate("quotas.yaml")
    refused(
        "TrafficMirrorTargetLimitExceeded",
        account.ec2.create_traffic_mirror_target,
        NetworkInterfaceId=account.eni("web-1"),
    )
    refused("TrafficMirrorFilterLimitExceeded", account.ec2.create_traffic_mirror_filter)
