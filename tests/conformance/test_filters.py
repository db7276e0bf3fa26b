"""Filters: each documented name is known and means what boto3's answer shows; every other name is refused."""

import pytest

import listings
from account import filters, refused

CASES = [
    pytest.param(listing, name, reader, id=f"{listing.operation}-{name}")
    for listing in listings.ALL
    for name, reader in listing.filters.items()
]
LISTINGS = [pytest.param(listing, id=listing.operation) for listing in listings.ALL]
# More values than these would only repeat themselves.
SAMPLES = 4
# No thing has it, whatever the filter looks at.
ABSENT = "no-such-value"


def select(account, listing, *wanted):
    """The keys of what a describe gives for filters (name, values)."""
    asked = [{"Name": name, "Values": values} for name, values in wanted]
    return listing.keys(everything(account, listing, Filters=asked))


def everything(account, listing, **more):
    """All pages, for one describe whose unpaged answer AWS cuts off."""
    if not listing.paginator:
        return listing.all(account.ec2, **more)
    pages = account.ec2.get_paginator(listing.method).paginate(**listing.arguments, **more)
    return [thing for page in pages for thing in listing.things(page)]


def samples(values):
    """A few values, spread over all."""
    # What an empty value would match is nowhere written.
    values = sorted(values - {""})
    return values[:: max(1, len(values) // SAMPLES)][:SAMPLES]


@pytest.mark.parametrize(("listing", "name", "reader"), CASES)
def test_a_documented_filter_selects_by_its_field(untouched, listing, name, reader):
    things = everything(untouched, listing)
    if reader is None:
        select(untouched, listing, (name, [ABSENT]))
        return
    for value in samples({value for thing in things for value in reader(thing)}):
        wanted = listing.keys(thing for thing in things if value in reader(thing))
        assert select(untouched, listing, (name, [value])) == wanted, value
    assert select(untouched, listing, (name, [ABSENT])) == []


# What the scenario cannot hold: AWS gives no answer with a value for them in this account.
NEVER_FILLED = {
    ("DescribeVpcs", "ipv6-cidr-block-association.ipv6-cidr-block"),
    ("DescribeVpcs", "ipv6-cidr-block-association.ipv6-pool"),
    ("DescribeVpcs", "ipv6-cidr-block-association.association-id"),
    ("DescribeVpcs", "ipv6-cidr-block-association.state"),
    ("DescribeSubnets", "outpost-arn"),
    ("DescribeInstances", "network-interface.requester-managed"),
    ("DescribeInstances", "network-interface.tag-key"),
    ("DescribeInstances", "client-token"),
    ("DescribeVpcPeeringConnections", "expiration-time"),
    ("DescribeRouteTables", "association.gateway-id"),
    ("DescribeSecurityGroups", "ip-permission.group-name"),
    ("DescribeSecurityGroups", "egress.ip-permission.group-name"),
}


def test_the_account_has_a_value_for_every_filter(untouched):
    """Otherwise the test above would compare nothing with nothing."""
    empty = set()
    for listing in listings.ALL:
        things = everything(untouched, listing)
        for name, reader in listing.filters.items():
            if reader is None or not any(reader(thing) for thing in things):
                empty.add((listing.operation, name))
    assert empty == NEVER_FILLED


@pytest.mark.parametrize("listing", LISTINGS)
def test_an_unknown_filter_is_refused(untouched, listing):
    for name in ["bogus", "Vpc-Id", "tags", ""]:
        if name:
            refused("InvalidParameterValue", listing.call, untouched.ec2, Filters=[{"Name": name, "Values": ["x"]}])


@pytest.mark.parametrize("listing", [pytest.param(one, id=one.operation) for one in listings.UNTAGGED])
@pytest.mark.parametrize("name", ["tag:Name", "tag-key"])
def test_some_describes_have_no_tag_filter(untouched, listing, name):
    refused("InvalidParameterValue", listing.call, untouched.ec2, Filters=[{"Name": name, "Values": ["x"]}])


def test_values_of_one_filter_are_alternatives(untouched):
    both = select(untouched, listings.INSTANCES, ("tag:Name", ["web-1", "stopped", ABSENT]))
    assert both == sorted([untouched.instance("web-1"), untouched.instance("stopped")])


def test_filters_must_all_hold(untouched):
    names = ("tag:Name", ["web-1", "stopped"])
    running = ("instance-state-name", ["running", "pending"])
    assert select(untouched, listings.INSTANCES, names, running) == [untouched.instance("web-1")]
    assert select(untouched, listings.INSTANCES, running, ("instance-state-name", ["stopped"])) == []


def test_two_tag_filters_look_at_two_tags(untouched):
    instance = untouched.instance("web-1")
    assert select(untouched, listings.INSTANCES, ("tag:Name", ["web-*"]), ("tag:team", ["blue"])) == [instance]
    assert select(untouched, listings.INSTANCES, ("tag:Name", ["web-1"]), ("tag:team", ["red"])) == []


def test_tag_key_does_not_look_at_values(untouched):
    found = select(untouched, listings.INSTANCES, ("tag-key", ["team"]))
    assert untouched.instance("web-1") in found and untouched.instance("stopped") not in found


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("web-*", ["web-1", "web-2"]),
        ("web-?", ["web-1", "web-2"]),
        ("*b-1", ["web-1"]),
        ("w*1", ["web-1"]),
        ("web-??", []),
        ("web-", []),
        ("*.*", []),
        ("WEB-1", []),
    ],
)
def test_tag_values_take_wildcards_and_mind_case(untouched, pattern, names):
    wanted = sorted(untouched.instance(name) for name in names)
    assert select(untouched, listings.INSTANCES, ("tag:Name", [pattern])) == wanted


def test_tag_keys_mind_case(untouched):
    assert select(untouched, listings.INSTANCES, ("tag:name", ["web-1"])) == []


def test_instance_types_take_a_wildcard(untouched):
    found = select(untouched, listings.TYPES, ("instance-type", ["c5*"]))
    assert "c5.large" in found and "c5n.18xlarge" in found and all(kind.startswith("c5") for kind in found)


def test_tags_by_two_filters(untouched):
    answer = untouched.ec2.describe_tags(Filters=filters(resource_type="traffic-mirror-target", key="Name"))
    named = {tag["Value"] for tag in answer["Tags"]}
    assert {"sensor", "balanced"} <= named
    assert {tag["ResourceType"] for tag in answer["Tags"]} == {"traffic-mirror-target"}


def test_an_unknown_id_in_a_filter_is_no_error(untouched):
    assert untouched.sessions(network_interface_id="eni-0123456789abcdef0") == []
    assert select(untouched, listings.INSTANCES, ("instance-id", ["i-0123456789abcdef0"])) == []


def test_more_than_200_values_are_too_many(untouched):
    values = [f"i-{number:017x}" for number in range(201)]
    call = untouched.ec2.describe_instances
    refused("FilterLimitExceeded", call, Filters=[{"Name": "instance-id", "Values": values}])
    assert call(Filters=[{"Name": "instance-id", "Values": values[:200]}])["Reservations"] == []
