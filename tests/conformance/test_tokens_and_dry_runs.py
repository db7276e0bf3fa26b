"""Client tokens make a create happen once; a dry run makes it not happen at all."""

import pytest

import listings
from account import DRY_RUN, refused, tag_specification


def session(account):
    return {
        "NetworkInterfaceId": account.eni("web-1"),
        "TrafficMirrorTargetId": account.target("sensor"),
        "TrafficMirrorFilterId": account.filter("all"),
        "SessionNumber": 1,
    }


def rule(account):
    return {
        "TrafficMirrorFilterId": account.filter("empty"),
        "TrafficDirection": "ingress",
        "RuleNumber": 1,
        "RuleAction": "accept",
        "SourceCidrBlock": "0.0.0.0/0",
        "DestinationCidrBlock": "0.0.0.0/0",
    }


def instance(account):
    return {
        "ImageId": "ami-1",
        "MinCount": 1,
        "MaxCount": 1,
        "InstanceType": "m5.large",
        "SubnetId": account.subnet("blue-a"),
    }


# Operation, its arguments, one that differs, the id in its answer, and what lists the result.
CREATES = {
    "create_traffic_mirror_session": (
        session,
        {"SessionNumber": 2},
        lambda a: a["TrafficMirrorSession"]["TrafficMirrorSessionId"],
        listings.SESSIONS,
    ),
    "create_traffic_mirror_target": (
        lambda account: {"NetworkInterfaceId": account.eni("big")},
        {"Description": "other"},
        lambda a: a["TrafficMirrorTarget"]["TrafficMirrorTargetId"],
        listings.TARGETS,
    ),
    "create_traffic_mirror_filter": (
        lambda account: {"Description": "one"},
        {"Description": "other"},
        lambda a: a["TrafficMirrorFilter"]["TrafficMirrorFilterId"],
        listings.FILTERS,
    ),
    "create_traffic_mirror_filter_rule": (
        rule,
        {"RuleNumber": 2},
        lambda a: a["TrafficMirrorFilterRule"]["TrafficMirrorFilterRuleId"],
        listings.RULES,
    ),
    "run_instances": (
        instance,
        {"InstanceType": "m5.xlarge"},
        lambda a: a["Instances"][0]["InstanceId"],
        listings.INSTANCES,
    ),
}
# Every operation that can be asked dryly, with arguments that would work.
DRY = {
    **{name: arguments for name, (arguments, *_) in CREATES.items()},
    **{listing.method: lambda account: {} for listing in listings.ALL},
    "modify_traffic_mirror_session": lambda account: {
        "TrafficMirrorSessionId": account.session("held"),
        "SessionNumber": 9,
    },
    "delete_traffic_mirror_session": lambda account: {"TrafficMirrorSessionId": account.session("held")},
    "delete_traffic_mirror_target": lambda account: {"TrafficMirrorTargetId": account.target("idle")},
    "delete_traffic_mirror_filter": lambda account: {"TrafficMirrorFilterId": account.filter("empty")},
    "delete_traffic_mirror_filter_rule": lambda account: {"TrafficMirrorFilterRuleId": account.rule("all")},
    "modify_traffic_mirror_filter_network_services": lambda account: {
        "TrafficMirrorFilterId": account.filter("empty"),
        "AddNetworkServices": ["amazon-dns"],
    },
    "create_tags": lambda account: {"Resources": [account.vpc("blue")], "Tags": [{"Key": "k", "Value": "v"}]},
    "delete_tags": lambda account: {"Resources": [account.vpc("blue")], "Tags": [{"Key": "Name"}]},
    "start_instances": lambda account: {"InstanceIds": [account.instance("stopped")]},
    "stop_instances": lambda account: {"InstanceIds": [account.instance("web-1")]},
    "terminate_instances": lambda account: {"InstanceIds": [account.instance("web-1")]},
}


@pytest.mark.parametrize("method", CREATES)
def test_the_same_token_makes_one_thing(account, method):
    arguments, _, identify, listing = CREATES[method]
    call, arguments = getattr(account.ec2, method), arguments(account)
    first = call(**arguments, ClientToken="once")
    count = len(listing.all(account.ec2))
    again = call(**arguments, ClientToken="once")
    assert identify(first) == identify(again)
    assert len(listing.all(account.ec2)) == count


@pytest.mark.parametrize("method", CREATES)
def test_the_same_token_for_something_else_is_refused(account, method):
    arguments, other, _, listing = CREATES[method]
    call, arguments = getattr(account.ec2, method), arguments(account)
    call(**arguments, ClientToken="once")
    count = len(listing.all(account.ec2))
    refused("IdempotentParameterMismatch", call, **(arguments | other), ClientToken="once")
    assert len(listing.all(account.ec2)) == count


def test_tags_count_as_parameters(account):
    call, arguments = account.ec2.create_traffic_mirror_session, session(account)
    tagged = {"TagSpecifications": tag_specification("traffic-mirror-session", Name="x")}
    call(**arguments, ClientToken="once")
    refused("IdempotentParameterMismatch", call, **arguments, **tagged, ClientToken="once")


def test_another_token_makes_another_thing(account):
    create = account.ec2.create_traffic_mirror_filter
    made = {
        create(ClientToken=token)["TrafficMirrorFilter"]["TrafficMirrorFilterId"]
        for token in ("one", "One", "two", "x" * 64)
    }
    assert len(made) == 4


@pytest.mark.parametrize("token", ["x" * 65, "töken"])
def test_a_token_is_64_ascii_characters(account, token):
    codes = ("InvalidClientToken", "InvalidParameterValue")
    refused(codes, account.ec2.create_traffic_mirror_filter, ClientToken=token)


def test_a_token_of_a_refused_call_is_free(account):
    call, arguments = account.ec2.create_traffic_mirror_session, session(account)
    unsupported = arguments | {"NetworkInterfaceId": account.eni("old")}
    refused("NetworkInterfaceNotSupported", call, **unsupported, ClientToken="once")
    call(**arguments, ClientToken="once")


def picture(account):
    """All that an account shows."""
    return [sorted(map(str, listing.all(account.ec2))) for listing in listings.ALL if listing is not listings.TYPES]


@pytest.mark.parametrize("method", DRY)
def test_a_dry_run_changes_nothing(account, method):
    arguments = DRY[method](account)
    before = picture(account)
    code, status = DRY_RUN
    refused(code, getattr(account.ec2, method), **arguments, DryRun=True, status=status)
    assert picture(account) == before
