"""Tags: on every kind of resource, and exactly what each form of DeleteTags removes."""

import pytest

import listings
from account import filters, refused, tag_specification, tags

KINDS = {
    "vpc": lambda a: a.vpc("blue"),
    "subnet": lambda a: a.subnet("blue-a"),
    "instance": lambda a: a.instance("web-1"),
    "network-interface": lambda a: a.eni("web-1"),
    "traffic-mirror-session": lambda a: a.create_session(a.eni("web-1"))["TrafficMirrorSessionId"],
    "traffic-mirror-target": lambda a: a.target("sensor"),
    "traffic-mirror-filter": lambda a: a.filter("all"),
    "vpc-endpoint": lambda a: a.by_name(listings.ENDPOINTS, "appliances"),
    "vpc-peering-connection": lambda a: a.by_name(listings.PEERINGS, "blue-red"),
    "transit-gateway-attachment": lambda a: a.by_name(listings.ATTACHMENTS, "blue-core"),
    "route-table": lambda a: a.by_name(listings.ROUTE_TABLES, "blue-main"),
    "security-group": lambda a: a.by_name(listings.SECURITY_GROUPS, "sensors"),
    "network-acl": lambda a: a.by_name(listings.ACLS, "blue-strict"),
    "traffic-mirror-filter-rule": lambda a: a.create_filter_rule(a.filter("empty"), 1)["TrafficMirrorFilterRuleId"],
}
# Where each kind shows its own tags.
SHOWN = {
    "vpc": lambda a, i: a.ec2.describe_vpcs(VpcIds=[i])["Vpcs"][0]["Tags"],
    "subnet": lambda a, i: a.ec2.describe_subnets(SubnetIds=[i])["Subnets"][0]["Tags"],
    "instance": lambda a, i: a.ec2.describe_instances(InstanceIds=[i])["Reservations"][0]["Instances"][0]["Tags"],
    "network-interface": lambda a, i: a.ec2.describe_network_interfaces(NetworkInterfaceIds=[i])["NetworkInterfaces"][
        0
    ]["TagSet"],
    "traffic-mirror-session": lambda a, i: a.sessions(traffic_mirror_session_id=i)[0]["Tags"],
    "traffic-mirror-target": lambda a, i: a.ec2.describe_traffic_mirror_targets(TrafficMirrorTargetIds=[i])[
        "TrafficMirrorTargets"
    ][0]["Tags"],
    "traffic-mirror-filter": lambda a, i: a.ec2.describe_traffic_mirror_filters(TrafficMirrorFilterIds=[i])[
        "TrafficMirrorFilters"
    ][0]["Tags"],
    "vpc-endpoint": lambda a, i: a.ec2.describe_vpc_endpoints(VpcEndpointIds=[i])["VpcEndpoints"][0]["Tags"],
    "vpc-peering-connection": lambda a, i: a.ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[i])[
        "VpcPeeringConnections"
    ][0]["Tags"],
    "transit-gateway-attachment": lambda a, i: a.ec2.describe_transit_gateway_vpc_attachments(
        TransitGatewayAttachmentIds=[i]
    )["TransitGatewayVpcAttachments"][0]["Tags"],
    "route-table": lambda a, i: a.ec2.describe_route_tables(RouteTableIds=[i])["RouteTables"][0]["Tags"],
    "security-group": lambda a, i: a.ec2.describe_security_groups(GroupIds=[i])["SecurityGroups"][0]["Tags"],
    "network-acl": lambda a, i: a.ec2.describe_network_acls(NetworkAclIds=[i])["NetworkAcls"][0]["Tags"],
    "traffic-mirror-filter-rule": lambda a, i: a.ec2.describe_traffic_mirror_filter_rules(
        TrafficMirrorFilterRuleIds=[i]
    )["TrafficMirrorFilterRules"][0]["Tags"],
}


def tags_of(account, resource):
    found = account.ec2.describe_tags(Filters=filters(resource_id=resource))["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_takes_tags(account, kind):
    resource = KINDS[kind](account)
    account.ec2.create_tags(Resources=[resource], Tags=tags(colour="green"))
    shown = {tag["Key"]: tag["Value"] for tag in SHOWN[kind](account, resource)}
    assert shown["colour"] == "green" and shown == tags_of(account, resource)
    [listed] = account.ec2.describe_tags(Filters=filters(key="colour"))["Tags"]
    assert listed == {"Key": "colour", "Value": "green", "ResourceId": resource, "ResourceType": kind}
    account.ec2.delete_tags(Resources=[resource], Tags=[{"Key": "colour"}])
    assert "colour" not in tags_of(account, resource)


def test_a_tag_is_overwritten_and_the_others_stay(account):
    vpc = account.vpc("blue")
    before = tags_of(account, vpc)
    account.ec2.create_tags(Resources=[vpc], Tags=tags(one="1", two="2"))
    account.ec2.create_tags(Resources=[vpc], Tags=tags(one="eins", three=""))
    assert tags_of(account, vpc) == before | {"one": "eins", "two": "2", "three": ""}


@pytest.mark.parametrize(
    ("entry", "left"),
    [
        # Without a value it goes, whatever its value.
        ({"Key": "full"}, {"empty": ""}),
        ({"Key": "empty"}, {"full": "v"}),
        # With one, only where it is that.
        ({"Key": "full", "Value": "v"}, {"empty": ""}),
        ({"Key": "full", "Value": "other"}, {"full": "v", "empty": ""}),
        ({"Key": "full", "Value": ""}, {"full": "v", "empty": ""}),
        ({"Key": "empty", "Value": ""}, {"full": "v"}),
        ({"Key": "absent"}, {"full": "v", "empty": ""}),
    ],
)
def test_delete_by_key_and_value(account, entry, left):
    vpc = account.vpc("blue")
    before = tags_of(account, vpc)
    account.ec2.create_tags(Resources=[vpc], Tags=tags(full="v", empty=""))
    account.ec2.delete_tags(Resources=[vpc], Tags=[entry])
    assert tags_of(account, vpc) == before | left


def test_delete_without_tags_wipes_all_of_the_users(account):
    vpc, other = account.vpc("blue"), account.vpc("red")
    account.ec2.create_tags(Resources=[vpc], Tags=tags(one="1", two="2"))
    account.ec2.delete_tags(Resources=[vpc])
    # The scenario gave it one of AWS's own, too.
    assert tags_of(account, vpc) == {"aws:cloudformation:stack-name": "network"}
    assert tags_of(account, other)["Name"] == "red"


def test_keys_of_aws_are_out_of_reach(account):
    vpc = account.vpc("blue")
    with pytest.raises(account.ec2.exceptions.ClientError) as caught:
        account.ec2.create_tags(Resources=[vpc], Tags=tags(**{"aws:mine": "1"}))
    assert caught.value.response["Error"]["Code"] in ("InvalidParameterValue", "InvalidTagKey.Malformed")
    with pytest.raises(account.ec2.exceptions.ClientError):
        account.ec2.delete_tags(Resources=[vpc], Tags=[{"Key": "aws:cloudformation:stack-name"}])
    assert tags_of(account, vpc)["aws:cloudformation:stack-name"] == "network"


def test_tags_mind_case(account):
    vpc = account.vpc("blue")
    account.ec2.create_tags(Resources=[vpc], Tags=tags(colour="a", Colour="b"))
    account.ec2.delete_tags(Resources=[vpc], Tags=[{"Key": "colour"}])
    left = tags_of(account, vpc)
    assert left["Colour"] == "b" and "colour" not in left


def test_tag_texts_come_back_as_they_were(account):
    vpc = account.vpc("blue")
    odd = {"a b&<c>'\"": "1 < 2 & \"3\" > '0'", "Überwachung": "été 東京", "plus+percent%": "a=b;c%20d+e"}
    account.ec2.create_tags(Resources=[vpc], Tags=tags(**odd))
    assert odd.items() <= tags_of(account, vpc).items()


def test_a_resource_has_fifty_tags(account):
    vpc = account.vpc("red")
    before = len(tags_of(account, vpc))
    account.ec2.create_tags(Resources=[vpc], Tags=tags(**{f"k{n}": "v" for n in range(50 - before)}))
    refused("TagLimitExceeded", account.ec2.create_tags, Resources=[vpc], Tags=tags(more="v"))
    # Overwriting adds none.
    account.ec2.create_tags(Resources=[vpc], Tags=tags(k0="w"))
    assert len(tags_of(account, vpc)) == 50


@pytest.mark.parametrize(
    "tag",
    [{"Key": "k" * 129, "Value": ""}, {"Key": "k", "Value": "v" * 257}, {"Key": "", "Value": "v"}],
    ids=["long key", "long value", "no key"],
)
def test_tags_have_lengths(account, tag):
    codes = ("InvalidParameterValue", "InvalidTagKey.Malformed", "MissingParameter")
    refused(codes, account.ec2.create_tags, Resources=[account.vpc("blue")], Tags=[tag])


def test_the_longest_tag(account):
    vpc = account.vpc("blue")
    account.ec2.create_tags(Resources=[vpc], Tags=tags(**{"k" * 127: "v" * 256}))
    assert tags_of(account, vpc)["k" * 127] == "v" * 256


@pytest.mark.parametrize("method", ["create_tags", "delete_tags"])
def test_one_unknown_resource_fails_the_whole_call(account, method):
    vpc = account.vpc("blue")
    before = tags_of(account, vpc)
    call = getattr(account.ec2, method)
    refused("InvalidInstanceID.NotFound", call, Resources=[vpc, "i-0123456789abcdef0"], Tags=tags(Name="x"))
    assert tags_of(account, vpc) == before


def test_tags_on_create_are_of_the_created_type(account):
    create = account.ec2.create_traffic_mirror_target
    codes = ("InvalidParameterValue", "InvalidParameterCombination")
    wrong = tag_specification("traffic-mirror-session", Name="x")
    refused(codes, create, NetworkInterfaceId=account.eni("big"), TagSpecifications=wrong)


def test_tags_of_a_gone_resource_are_gone(account):
    session = account.create_session(
        account.eni("web-1"), TagSpecifications=tag_specification("traffic-mirror-session", colour="green")
    )["TrafficMirrorSessionId"]
    assert tags_of(account, session) == {"colour": "green"}
    account.ec2.delete_traffic_mirror_session(TrafficMirrorSessionId=session)
    assert tags_of(account, session) == {}
