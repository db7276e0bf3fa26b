"""What goes wrong on demand looks to boto3 as when AWS goes wrong: code, status, and what botocore makes of it."""

import json

import boto3
import pytest
from botocore.exceptions import ConnectionClosedError

from account import not_found, refused
from processes import CONFIG, REGION


@pytest.fixture
def switched(simulate, tmp_path):
    """Starts the usual account with these switches."""

    def start(**switches):
        file = tmp_path / "switches.yaml"
        file.write_text(json.dumps(switches))
        return simulate("account.yaml", "--switches", str(file))

    return start


@pytest.mark.parametrize("spelling", ["live", "documented"])
def test_both_spellings_of_not_found(switched, spelling):
    account = switched(not_found=spelling)
    place = 0 if spelling == "documented" else 1
    call = account.ec2.delete_traffic_mirror_session
    refused(not_found("Session")[place], call, TrafficMirrorSessionId="tms-0123456789abcdef0")
    call = account.ec2.delete_traffic_mirror_target
    refused(not_found("Target")[place], call, TrafficMirrorTargetId="tmt-0123456789abcdef0")
    call = account.ec2.delete_traffic_mirror_filter
    refused(not_found("Filter")[place], call, TrafficMirrorFilterId="tmf-0123456789abcdef0")
    call = account.ec2.delete_traffic_mirror_filter_rule
    refused(not_found("FilterRule")[place], call, TrafficMirrorFilterRuleId="tmfr-0123456789abcdef0")
    # Other things have one spelling only.
    refused("InvalidVpcID.NotFound", account.ec2.describe_vpcs, VpcIds=["vpc-0123456789abcdef0"])


def test_a_taken_number_may_be_accepted_or_have_another_code(switched):
    account = switched(taken_number={"accept": True})
    made = [account.create_session(account.eni("web-1"), number=5)["SessionNumber"] for _ in range(2)]
    assert made == [5, 5]
    account = switched(taken_number={"code": "TrafficMirrorSessionNumberTaken", "message": "{number} of {eni}"})
    eni = account.eni("web-1")
    account.create_session(eni, number=5)
    assert refused("TrafficMirrorSessionNumberTaken", account.create_session, eni, number=5) == f"5 of {eni}"


@pytest.mark.parametrize(
    ("service", "action", "method", "code"),
    [
        ("ec2", "DescribeVpcs", "describe_vpcs", "UnauthorizedOperation"),
        ("elbv2", "DescribeLoadBalancers", "describe_load_balancers", "AccessDenied"),
        ("sts", "AssumeRole", "assume_role", "AccessDenied"),
    ],
)
def test_a_denied_action(switched, service, action, method, code):
    account = switched(deny=[action])
    arguments = {}
    if service == "sts":
        arguments = {"RoleArn": "arn:aws:iam::222222222222:role/mirror", "RoleSessionName": "conformance"}
    refused(code, getattr(account.endpoint.client(service), method), **arguments, status=403)
    # The next one is another matter, and nobody can be denied to ask who they are.
    assert account.ec2.describe_subnets()["Subnets"]
    assert account.sts.get_caller_identity()["Account"]


def test_a_caller_may_ask_who_it_is_whatever_is_denied(switched):
    assert switched(deny=["*"]).sts.get_caller_identity()["Account"]


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("expired", {"ec2": "RequestExpired", "elbv2": "ExpiredToken", "sts": "ExpiredToken"}),
        ("invalid", {"ec2": "AuthFailure", "elbv2": "InvalidClientTokenId", "sts": "InvalidClientTokenId"}),
    ],
)
def test_credentials_that_are_refused(switched, kind, codes):
    account = switched(credentials={kind: ["*"]})
    calls = {
        "ec2": account.ec2.describe_vpcs,
        "elbv2": account.elbv2.describe_load_balancers,
        "sts": account.sts.get_caller_identity,
    }
    for service, call in calls.items():
        with pytest.raises(account.ec2.exceptions.ClientError) as caught:
            call()
        answer = caught.value.response
        assert answer["Error"]["Code"] == codes[service]
        assert 400 <= answer["ResponseMetadata"]["HTTPStatusCode"] < 404


def test_empty_buckets(switched):
    account = switched(throttle={"buckets": {"DescribeVpcs": {"capacity": 2, "refill": 0}}})
    for _ in range(2):
        account.ec2.describe_vpcs()
    text = refused("RequestLimitExceeded", account.ec2.describe_vpcs, status=503)
    assert text == "Request limit exceeded."
    # Each action has a bucket of its own.
    account.ec2.describe_subnets()


def test_load_balancing_throttles_with_400(switched):
    account = switched(throttle={"buckets": {"DescribeListeners": {"capacity": 1, "refill": 0}}})
    arn = account.load_balancer("sensors")["LoadBalancerArn"]
    account.elbv2.describe_listeners(LoadBalancerArn=arn)
    codes = ("ThrottlingException", "Throttling")
    assert refused(codes, account.elbv2.describe_listeners, LoadBalancerArn=arn) == "Rate exceeded"


@pytest.mark.parametrize("code", ["RequestLimitExceeded", "InternalError", "Unavailable"])
def test_botocore_retries_what_aws_wants_retried(switched, code):
    account = switched(faults=[{"action": "DescribeVpcs", "code": code, "times": 1}])
    patient = CONFIG.merge(type(CONFIG)(retries={"total_max_attempts": 2, "mode": "standard"}))
    client = boto3.client(
        "ec2",
        region_name=REGION,
        endpoint_url=account.endpoint.url,
        config=patient,
        aws_access_key_id="AKIACONFORMANCE00000",
        aws_secret_access_key="not-a-secret",
    )
    answer = client.describe_vpcs()
    client.close()
    assert answer["Vpcs"] and answer["ResponseMetadata"]["RetryAttempts"] == 1


def test_a_lost_reply_and_the_same_token(switched):
    """The call was done although nobody heard of it: the token finds what it made."""
    account = switched(faults=[{"action": "CreateTrafficMirrorSession", "code": "lose-reply", "times": 1}])
    eni, before = account.eni("web-1"), len(account.sessions())
    with pytest.raises(ConnectionClosedError):
        account.create_session(eni, ClientToken="once")
    assert len(account.sessions()) == before + 1
    again = account.create_session(eni, ClientToken="once")
    assert [one["TrafficMirrorSessionId"] for one in account.sessions(network_interface_id=eni)] == [
        again["TrafficMirrorSessionId"]
    ]


def test_short_and_empty_pages_add_up_too(switched):
    account = switched(pages={"short": True, "empty": True})
    pages = list(account.ec2.get_paginator("describe_instances").paginate(IncludeManagedResources=True))
    sizes = [sum(len(reservation["Instances"]) for reservation in page["Reservations"]) for page in pages]
    assert 0 in sizes and sum(sizes) == 12


def test_a_late_read(switched):
    """A create is not in the next listing; what the create answered is not taken back."""
    account = switched(consistency={"window_ms": 600_000, "always": True})
    eni = account.eni("web-1")
    account.create_session(eni)
    assert account.sessions(network_interface_id=eni) == []
    refused("TrafficMirrorSessionsPerInterfaceLimitExceeded", fill, account, eni)


def fill(account, eni):
    for number in (2, 3, 4):
        account.create_session(eni, number=number)
