"""Load balancing and STS: what they refuse, with the codes as they are on the wire."""

import boto3
import pytest
from botocore import UNSIGNED

from account import refused, tags
from processes import CONFIG, REGION
from test_operations import make_listener, make_target_group

ARN = "arn:aws:elasticloadbalancing:eu-west-1:111111111111"
NO_BALANCER = f"{ARN}:loadbalancer/net/none/0123456789abcdef"
NO_GROUP = f"{ARN}:targetgroup/none/0123456789abcdef"
NO_LISTENER = f"{ARN}:listener/net/none/0123456789abcdef/0123456789abcdef"


def balancer(account, **more):
    arguments = {"Name": "fresh", "Type": "network", "Scheme": "internal", "Subnets": [account.subnet("blue-a")]}
    arguments |= more
    return account.elbv2.create_load_balancer(**{k: v for k, v in arguments.items() if v is not None})["LoadBalancers"][
        0
    ]


def group(account, elbv2=None, **more):
    arguments = {"Name": "fresh", "Protocol": "UDP", "Port": 4789, "VpcId": account.vpc("blue"), **more}
    return (elbv2 or account.elbv2).create_target_group(**arguments)["TargetGroups"][0]


def test_unknown_balancers_groups_and_listeners(untouched):
    elb = untouched.elbv2
    forward = [{"Type": "forward", "TargetGroupArn": NO_GROUP}]
    refused("LoadBalancerNotFound", elb.describe_load_balancers, Names=["none"])
    refused("LoadBalancerNotFound", elb.describe_load_balancers, LoadBalancerArns=[NO_BALANCER])
    refused("LoadBalancerNotFound", elb.describe_listeners, LoadBalancerArn=NO_BALANCER)
    refused("ListenerNotFound", elb.describe_listeners, ListenerArns=[NO_LISTENER])
    refused("TargetGroupNotFound", elb.describe_target_health, TargetGroupArn=NO_GROUP)
    refused("TargetGroupNotFound", elb.register_targets, TargetGroupArn=NO_GROUP, Targets=[{"Id": "i-1"}])
    attributes = [{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}]
    change = elb.modify_load_balancer_attributes
    refused("LoadBalancerNotFound", change, LoadBalancerArn=NO_BALANCER, Attributes=attributes)
    create = elb.create_listener
    refused("LoadBalancerNotFound", create, LoadBalancerArn=NO_BALANCER, Protocol="UDP", Port=1, DefaultActions=forward)
    arn = untouched.load_balancer("spare")["LoadBalancerArn"]
    refused("TargetGroupNotFound", create, LoadBalancerArn=arn, Protocol="UDP", Port=1, DefaultActions=forward)


def test_a_balancer_is_by_default_an_application_of_the_internet(account):
    subnets = [account.subnet("blue-a"), account.subnet("blue-b")]
    made = balancer(account, Type=None, Scheme=None, Subnets=subnets)
    assert (made["Type"], made["Scheme"]) == ("application", "internet-facing")
    assert ":loadbalancer/app/" in made["LoadBalancerArn"]


def test_creating_a_balancer_twice(account):
    first = balancer(account)
    assert balancer(account)["LoadBalancerArn"] == first["LoadBalancerArn"]
    refused("DuplicateLoadBalancerName", balancer, account, Subnets=[account.subnet("blue-b")])


def test_creating_a_group_twice(account):
    first = group(account)
    assert group(account)["TargetGroupArn"] == first["TargetGroupArn"]
    refused("DuplicateTargetGroupName", group, account, Port=4790)


def test_creating_a_listener_twice(account):
    arn, target_group, _ = make_listener(account, "fresh")
    other = make_target_group(account, "other")

    def listener(group_arn):
        actions = [{"Type": "forward", "TargetGroupArn": group_arn}]
        return account.elbv2.create_listener(LoadBalancerArn=arn, Protocol="UDP", Port=4789, DefaultActions=actions)

    refused("DuplicateListener", listener, other)
    assert len(account.elbv2.describe_listeners(LoadBalancerArn=arn)["Listeners"]) == 1
    assert target_group != other


@pytest.mark.parametrize("name", ["-a", "a-", "a_b", "internal-a", "a" * 33])
def test_names_have_a_form(account, name):
    refused(("ValidationError", "InvalidConfigurationRequest"), balancer, account, Name=name)


def test_a_balancer_has_one_subnet_per_zone(account):
    wrong = [account.subnet("blue-a"), account.subnet("blue-a2")]
    refused("InvalidConfigurationRequest", balancer, account, Subnets=wrong)


def test_a_balancer_needs_subnets_that_exist(account):
    refused("SubnetNotFound", balancer, account, Subnets=["subnet-0123456789abcdef0"])
    refused(("ValidationError", "InvalidConfigurationRequest"), balancer, account, Subnets=None)
    mappings = [{"SubnetId": account.subnet("blue-a")}]
    refused(("ValidationError", "InvalidConfigurationRequest"), balancer, account, SubnetMappings=mappings)
    assert balancer(account, Subnets=None, SubnetMappings=mappings)["AvailabilityZones"][0][
        "SubnetId"
    ] == account.subnet("blue-a")


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("InvalidConfigurationRequest", {"Subnets": ["blue-a", "red-a"]}),
        ("InvalidSubnet", {"Subnets": ["blue-a", "blue-six"]}),
        # An internal one must have IPv4.
        ("InvalidConfigurationRequest", {"IpAddressType": "dualstack"}),
        (("ValidationError", "InvalidConfigurationRequest"), {"Type": "application"}),
    ],
)
def test_a_balancer_must_make_sense(account, code, wrong):
    if "Subnets" in wrong:
        wrong = wrong | {"Subnets": [account.subnet(name) for name in wrong["Subnets"]]}
    refused(code, balancer, account, **wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        # UDP cannot be checked for health by UDP.
        {"HealthCheckProtocol": "UDP"},
        {"HealthCheckIntervalSeconds": 4},
        {"HealthCheckIntervalSeconds": 301},
        {"HealthyThresholdCount": 1},
        {"HealthCheckEnabled": False},
        {"HealthCheckPort": "0"},
        {"Port": 0},
        {"UnhealthyThresholdCount": 11},
        {"Name": "-group"},
    ],
)
def test_a_group_must_make_sense(account, wrong):
    unchecked = account.endpoint.unchecked("elbv2")
    refused(("ValidationError", "InvalidConfigurationRequest"), group, account, unchecked, **wrong)


def test_the_defaults_of_a_group(account):
    made = group(account)
    # TCP on the traffic port: a plain VXLAN sink does not answer it.
    assert (made["HealthCheckProtocol"], made["HealthCheckPort"]) == ("TCP", "traffic-port")
    assert (made["HealthCheckIntervalSeconds"], made["TargetType"]) == (30, "instance")
    assert (made["HealthyThresholdCount"], made["UnhealthyThresholdCount"]) == (5, 2)


def test_a_listener_and_its_group_speak_the_same(account):
    arn = balancer(account)["LoadBalancerArn"]
    tcp = group(account, Protocol="TCP")["TargetGroupArn"]
    actions = [{"Type": "forward", "TargetGroupArn": tcp}]
    create = account.elbv2.create_listener
    refused(
        ("IncompatibleProtocols", "InvalidConfigurationRequest"),
        create,
        LoadBalancerArn=arn,
        Protocol="UDP",
        Port=4789,
        DefaultActions=actions,
    )


def test_a_listener_and_its_group_are_in_one_vpc(account):
    arn = balancer(account)["LoadBalancerArn"]
    actions = [{"Type": "forward", "TargetGroupArn": group(account, VpcId=account.vpc("red"))["TargetGroupArn"]}]
    create = account.elbv2.create_listener
    refused("InvalidConfigurationRequest", create, LoadBalancerArn=arn, Protocol="UDP", Port=1, DefaultActions=actions)


@pytest.mark.parametrize("name", ["stopped", "red-1"])
def test_a_target_runs_in_the_vpc_of_its_group(account, name):
    arn = group(account)["TargetGroupArn"]
    targets = [{"Id": account.instance(name)}]
    refused("InvalidTarget", account.elbv2.register_targets, TargetGroupArn=arn, Targets=targets)


def test_health_has_a_reason_where_there_is_no_traffic(account):
    arn = group(account)["TargetGroupArn"]
    account.elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": account.instance("web-2")}])

    def health(name):
        asked = [{"Id": account.instance(name)}]
        [one] = account.elbv2.describe_target_health(TargetGroupArn=arn, Targets=asked)["TargetHealthDescriptions"]
        return one["TargetHealth"]["State"], one["TargetHealth"].get("Reason")

    assert health("web-2") == ("unused", "Target.NotInUse")
    assert health("web-1") == ("unused", "Target.NotRegistered")
    # A load balancer in another zone than the target's.
    account.elbv2.create_listener(
        LoadBalancerArn=balancer(account)["LoadBalancerArn"],
        Protocol="UDP",
        Port=4789,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
    )
    assert health("web-2") == ("unused", "Target.NotInUse")


def test_groups_are_asked_for_in_one_way(untouched):
    arn = untouched.load_balancer("sensors")["LoadBalancerArn"]
    describe = untouched.elbv2.describe_target_groups
    [one] = describe(LoadBalancerArn=arn)["TargetGroups"]
    assert one["LoadBalancerArns"] == [arn] and describe(Names=["sensors"])["TargetGroups"] == [one]
    refused("ValidationError", describe, LoadBalancerArn=arn, Names=["sensors"])


def test_targets_of_instance_and_address(account):
    _, instances, _ = make_listener(account, "fresh")
    addresses = make_target_group(account, "addresses", "ip")
    register = account.elbv2.register_targets
    refused("InvalidTarget", register, TargetGroupArn=instances, Targets=[{"Id": "i-0123456789abcdef0"}])
    refused(
        ("InvalidTarget", "ValidationError"), register, TargetGroupArn=addresses, Targets=[{"Id": "not an address"}]
    )
    register(TargetGroupArn=addresses, Targets=[{"Id": "10.0.1.77", "Port": 4790}])
    [health] = account.elbv2.describe_target_health(TargetGroupArn=addresses)["TargetHealthDescriptions"]
    assert health["Target"]["Id"] == "10.0.1.77" and health["Target"]["Port"] == 4790
    # A group behind no listener gets no traffic.
    assert health["TargetHealth"]["State"] == "unused"
    host = {"Id": account.instance("sensor-host")}
    register(TargetGroupArn=instances, Targets=[host])
    register(TargetGroupArn=instances, Targets=[host])
    found = account.elbv2.describe_target_health(TargetGroupArn=instances, Targets=[host])["TargetHealthDescriptions"]
    assert len(found) == 1


def test_cross_zone_is_off_until_it_is_set(account):
    arn = balancer(account)["LoadBalancerArn"]
    change = account.elbv2.modify_load_balancer_attributes

    def cross_zone(**attribute):
        answer = change(LoadBalancerArn=arn, Attributes=[attribute] if attribute else [])
        return {a["Key"]: a["Value"] for a in answer["Attributes"]}["load_balancing.cross_zone.enabled"]

    # The answer tells every attribute, whichever was changed.
    assert cross_zone(Key="deletion_protection.enabled", Value="false") == "false"
    assert cross_zone(Key="load_balancing.cross_zone.enabled", Value="true") == "true"
    refused(("InvalidConfigurationRequest", "ValidationError"), change, LoadBalancerArn=arn, Attributes=tags(bogus="1"))


def test_listeners_are_asked_for_by_balancer_or_by_arn(untouched):
    refused("ValidationError", untouched.elbv2.describe_listeners)


@pytest.mark.parametrize(
    "wrong",
    [
        {"RoleArn": "not-an-arn-at-all-but-long-enough"},
        {"RoleSessionName": "has a space"},
        {"DurationSeconds": 899},
        {"DurationSeconds": 43201},
    ],
)
def test_a_role_is_asked_for_properly(untouched, wrong):
    arguments = {"RoleArn": "arn:aws:iam::222222222222:role/mirror", "RoleSessionName": "conformance"}
    unchecked = untouched.endpoint.unchecked("sts")
    refused("ValidationError", unchecked.assume_role, **(arguments | wrong))


def test_who_has_assumed_a_role_is_that_role(untouched):
    answer = untouched.sts.assume_role(RoleArn="arn:aws:iam::222222222222:role/mirror", RoleSessionName="conformance")
    keys = answer["Credentials"]
    role = boto3.client(
        "sts",
        region_name=REGION,
        endpoint_url=untouched.endpoint.url,
        config=CONFIG,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    identity = role.get_caller_identity()
    role.close()
    assert identity["Account"] == "222222222222"
    assert identity["Arn"] == answer["AssumedRoleUser"]["Arn"]
    assert identity["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]


@pytest.mark.parametrize(
    ("service", "method", "codes"),
    [
        ("ec2", "describe_vpcs", ("AuthFailure", "MissingAuthenticationToken", "MissingParameter")),
        ("elbv2", "describe_load_balancers", ("MissingAuthenticationToken", "AccessDenied")),
        ("sts", "get_caller_identity", ("MissingAuthenticationToken", "AccessDenied")),
    ],
)
def test_an_unsigned_call_is_refused(untouched, service, method, codes):
    client = boto3.client(
        service,
        region_name=REGION,
        endpoint_url=untouched.endpoint.url,
        config=CONFIG.merge(type(CONFIG)(signature_version=UNSIGNED)),
    )
    with pytest.raises(client.exceptions.ClientError) as caught:
        getattr(client, method)()
    client.close()
    answer = caught.value.response
    assert answer["Error"]["Code"] in codes and 400 <= answer["ResponseMetadata"]["HTTPStatusCode"] < 500
