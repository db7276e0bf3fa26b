"""What AWS enforces on mirror sessions: numbers, limits, sources, targets, values, and their life."""

import pytest

from account import filters, name_of, not_found, refused

NO_SUCH = {
    "NetworkInterfaceId": ("eni-0123456789abcdef0", "InvalidNetworkInterfaceID.NotFound"),
    "TrafficMirrorTargetId": ("tmt-0123456789abcdef0", not_found("Target")),
    "TrafficMirrorFilterId": ("tmf-0123456789abcdef0", not_found("Filter")),
}
LARGEST_VNI = 2**24 - 1


def request(account, eni="web-1", **more):
    return {
        "NetworkInterfaceId": account.eni(eni),
        "TrafficMirrorTargetId": account.target("sensor"),
        "TrafficMirrorFilterId": account.filter("all"),
        "SessionNumber": 1,
        **more,
    }


def refuse(account, code, **arguments):
    """Asks for a session that must be refused, and sees that none was made."""
    before = len(account.sessions())
    text = refused(code, account.ec2.create_traffic_mirror_session, **arguments)
    assert len(account.sessions()) == before
    return text


@pytest.mark.parametrize("number", [1, 32766])
def test_the_outermost_numbers_are_allowed(account, number):
    assert account.create_session(account.eni("web-1"), number=number)["SessionNumber"] == number


@pytest.mark.parametrize("number", [0, -1, 32767])
def test_other_numbers_are_refused(account, number):
    refuse(account, "InvalidParameterValue", **request(account, SessionNumber=number))
    session = account.create_session(account.eni("web-1"))["TrafficMirrorSessionId"]
    modify = account.ec2.modify_traffic_mirror_session
    refused("InvalidParameterValue", modify, TrafficMirrorSessionId=session, SessionNumber=number)


def test_a_number_is_taken_once_per_interface(account):
    # AWS documents no code for it.
    account.create_session(account.eni("web-1"), number=5)
    refuse(account, "InvalidParameterValue", **request(account, SessionNumber=5))
    account.create_session(account.enis("web-1")[1], number=5)
    other = account.create_session(account.eni("web-1"), number=6)["TrafficMirrorSessionId"]
    modify = account.ec2.modify_traffic_mirror_session
    refused("InvalidParameterValue", modify, TrafficMirrorSessionId=other, SessionNumber=5)
    assert account.sessions(traffic_mirror_session_id=other)[0]["SessionNumber"] == 6
    # Its own number is no other's.
    assert modify(TrafficMirrorSessionId=other, SessionNumber=6)["TrafficMirrorSession"]["SessionNumber"] == 6


def test_an_interface_has_three_sessions(account):
    eni = account.eni("web-1")
    made = [account.create_session(eni, number=number)["TrafficMirrorSessionId"] for number in (1, 2, 3)]
    refuse(account, "TrafficMirrorSessionsPerInterfaceLimitExceeded", **request(account, SessionNumber=4))
    account.ec2.delete_traffic_mirror_session(TrafficMirrorSessionId=made[0])
    account.create_session(eni, number=4)


def test_a_small_interface_target_has_ten_sources(simulate, crowd_file):
    account = simulate(crowd_file)
    crowd = [
        eni["NetworkInterfaceId"]
        for instance in account.instances()
        if (name_of(instance) or "").startswith("crowd-")
        for eni in instance["NetworkInterfaces"]
    ]
    target, all_traffic = account.target("small"), account.filter("all")
    taken = [account.create_session(eni, target, all_traffic) for eni in crowd[:10]]
    code = "TrafficMirrorSourcesPerTargetLimitExceeded"
    eleventh = {
        "NetworkInterfaceId": crowd[10],
        "TrafficMirrorTargetId": target,
        "TrafficMirrorFilterId": all_traffic,
        "SessionNumber": 1,
    }
    refuse(account, code, **eleventh)
    # It counts sources, not sessions.
    account.create_session(crowd[0], target, all_traffic, number=2)
    # A session from elsewhere cannot be moved in either.
    elsewhere = account.create_session(crowd[10], account.target("large"), all_traffic)["TrafficMirrorSessionId"]
    modify = account.ec2.modify_traffic_mirror_session
    refused(code, modify, TrafficMirrorSessionId=elsewhere, TrafficMirrorTargetId=target)
    # The large type takes more.
    for eni in crowd[11:13]:
        account.create_session(eni, account.target("large"), all_traffic)
    for eni in crowd[:10]:
        account.create_session(eni, account.target("large"), all_traffic, number=3)
    # Room again.
    account.ec2.delete_traffic_mirror_session(TrafficMirrorSessionId=taken[5]["TrafficMirrorSessionId"])
    modify(TrafficMirrorSessionId=elsewhere, TrafficMirrorTargetId=target)


@pytest.mark.parametrize("instance", ["old", "new", "metal"])
def test_types_that_are_not_mirrored_are_refused(account, instance):
    refuse(account, "NetworkInterfaceNotSupported", **request(account, instance))


@pytest.mark.parametrize("name", ["balancer-eni", "endpoint-eni", "spare"])
def test_interfaces_of_services_and_loose_ones_are_refused(account, name):
    arguments = request(account, NetworkInterfaceId=account.loose_eni(name))
    refuse(account, "NetworkInterfaceNotSupported", **arguments)


def test_interfaces_of_databases_are_mirrored(account):
    """The one exception among managed interfaces."""
    account.create_session(account.loose_eni("database-eni"))


def test_interfaces_without_ipv4_are_refused(account):
    refuse(account, "NetworkInterfaceNotSupported", **request(account, "six"))


def test_a_target_is_no_source(account):
    refuse(account, "InterfaceInUseByTrafficMirrorTarget", **request(account, "sensor-host"))


def test_a_source_is_no_target(account):
    account.create_session(account.eni("web-1"))
    create = account.ec2.create_traffic_mirror_target
    refused("InterfaceInUseByTrafficMirrorSession", create, NetworkInterfaceId=account.eni("web-1"))


@pytest.mark.parametrize("field", NO_SUCH)
def test_unknown_ids_are_not_found(account, field):
    bogus, code = NO_SUCH[field]
    refuse(account, code, **request(account, **{field: bogus}))
    if field != "NetworkInterfaceId":
        session = account.create_session(account.eni("web-1"))["TrafficMirrorSessionId"]
        modify = account.ec2.modify_traffic_mirror_session
        refused(code, modify, TrafficMirrorSessionId=session, **{field: bogus})


@pytest.mark.parametrize(
    "field", ["NetworkInterfaceId", "TrafficMirrorTargetId", "TrafficMirrorFilterId", "SessionNumber"]
)
def test_required_parameters_are_required(account, field):
    arguments = request(account)
    del arguments[field]
    unchecked = account.endpoint.unchecked("ec2")
    assert field in refused("MissingParameter", unchecked.create_traffic_mirror_session, **arguments)


@pytest.mark.parametrize("method", ["modify_traffic_mirror_session", "delete_traffic_mirror_session"])
def test_an_unknown_session_is_not_found(account, method):
    call = getattr(account.ec2, method)
    refused(not_found("Session"), call, TrafficMirrorSessionId="tms-0123456789abcdef0")
    session = account.create_session(account.eni("web-1"))["TrafficMirrorSessionId"]
    account.ec2.delete_traffic_mirror_session(TrafficMirrorSessionId=session)
    refused(not_found("Session"), call, TrafficMirrorSessionId=session)


def test_packets_to_a_load_balancer_are_cut_at_8500(account):
    filled = account.create_session(account.eni("web-1"), "balanced")
    assert filled["PacketLength"] == 8500
    asked = account.create_session(account.eni("web-1"), "balanced", number=2, PacketLength=1000)
    assert asked["PacketLength"] == 1000
    arguments = request(account, TrafficMirrorTargetId=account.target("balanced"), SessionNumber=3)
    refuse(account, "InvalidParameterValue", **arguments, PacketLength=8501)
    modify = account.ec2.modify_traffic_mirror_session
    session = asked["TrafficMirrorSessionId"]
    refused("InvalidParameterValue", modify, TrafficMirrorSessionId=session, PacketLength=8501)


def test_packets_to_an_interface_are_whole(account):
    # An answer without the field says so.
    assert "PacketLength" not in account.create_session(account.eni("web-1"), "sensor")


@pytest.mark.parametrize("length", [0, -1])
def test_a_packet_has_a_length(account, length):
    refuse(account, "InvalidParameterValue", **request(account, PacketLength=length))


def test_a_network_id_is_filled_in_and_not_shared(account):
    numbers = [
        account.create_session(eni, number=number)["VirtualNetworkId"]
        for eni in account.enis("web-1")
        for number in (1, 2, 3)
    ]
    others = [session["VirtualNetworkId"] for session in account.sessions()]
    assert all(1 <= number <= LARGEST_VNI for number in numbers)
    assert len(set(others)) == len(others) and set(numbers) <= set(others)


def test_a_network_id_has_24_bits(account):
    assert account.create_session(account.eni("web-1"), VirtualNetworkId=LARGEST_VNI)["VirtualNetworkId"] == LARGEST_VNI
    for wrong in (LARGEST_VNI + 2, -1):
        refuse(account, "InvalidParameterValue", **request(account, SessionNumber=2, VirtualNetworkId=wrong))


def test_modify_changes_only_what_it_names(account):
    made = account.create_session(account.eni("web-1"), PacketLength=100, VirtualNetworkId=5, Description="d")
    changed = account.ec2.modify_traffic_mirror_session(
        TrafficMirrorSessionId=made["TrafficMirrorSessionId"], SessionNumber=2
    )["TrafficMirrorSession"]
    assert changed == made | {"SessionNumber": 2}
    assert account.sessions(traffic_mirror_session_id=made["TrafficMirrorSessionId"]) == [changed]


@pytest.mark.parametrize(("target", "length"), [("balanced", 8500), ("sensor", None)])
def test_removed_fields_have_their_defaults(account, target, length):
    made = account.create_session(account.eni("web-1"), target, PacketLength=100, VirtualNetworkId=5, Description="d")
    changed = account.ec2.modify_traffic_mirror_session(
        TrafficMirrorSessionId=made["TrafficMirrorSessionId"],
        RemoveFields=["packet-length", "description", "virtual-network-id"],
    )["TrafficMirrorSession"]
    assert changed.get("PacketLength") == length
    assert "Description" not in changed
    # A number that nobody chose: another one than 5, or 5 by a chance of one in 16 million.
    assert 1 <= changed["VirtualNetworkId"] <= LARGEST_VNI and changed["VirtualNetworkId"] != 5


def test_only_three_fields_can_be_removed(account):
    made = account.create_session(account.eni("web-1"))["TrafficMirrorSessionId"]
    modify = account.ec2.modify_traffic_mirror_session
    refused("InvalidParameterValue", modify, TrafficMirrorSessionId=made, RemoveFields=["session-number"])


def test_a_session_moved_to_a_load_balancer_is_cut(account):
    made = account.create_session(account.eni("web-1"), "sensor")
    moved = account.ec2.modify_traffic_mirror_session(
        TrafficMirrorSessionId=made["TrafficMirrorSessionId"], TrafficMirrorTargetId=account.target("balanced")
    )["TrafficMirrorSession"]
    assert moved["PacketLength"] == 8500


def test_sessions_go_with_their_interface(account):
    """The interfaces of a terminated instance are deleted, or kept, one by one; sessions share their fate."""
    first, kept = account.enis("keeper")
    gone = account.create_session(first)["TrafficMirrorSessionId"]
    stays = account.create_session(kept)["TrafficMirrorSessionId"]
    account.ec2.terminate_instances(InstanceIds=[account.instance("keeper")])
    assert account.sessions(traffic_mirror_session_id=gone) == []
    assert [s["NetworkInterfaceId"] for s in account.sessions(traffic_mirror_session_id=stays)] == [kept]
    left = account.ec2.describe_network_interfaces(Filters=filters(network_interface_id=[first, kept]))
    assert [(e["NetworkInterfaceId"], e["Status"]) for e in left["NetworkInterfaces"]] == [(kept, "available")]
    refused(not_found("Session"), account.ec2.delete_traffic_mirror_session, TrafficMirrorSessionId=gone)
    refused(
        "InvalidNetworkInterfaceID.NotFound",
        account.ec2.describe_network_interfaces,
        NetworkInterfaceIds=[first],
    )


def test_a_session_survives_a_stop(simulate, tmp_path):
    switches = tmp_path / "stop.yaml"
    switches.write_text("after:\n  - {action: CreateTrafficMirrorSession, call: 1, do: {stop-instance: web-1}}\n")
    account = simulate("account.yaml", "--switches", str(switches))
    session = account.create_session(account.eni("web-1"))
    assert account.describe_instance("web-1")["State"]["Name"] in ("stopping", "stopped")
    assert account.sessions(traffic_mirror_session_id=session["TrafficMirrorSessionId"]) == [session]


def test_other_accounts_sessions_are_seen_but_not_changed(account):
    """Sessions that others made on a target of ours are in our listing."""
    us = account.sts.get_caller_identity()["Account"]
    [foreign] = [session for session in account.sessions() if session["OwnerId"] != us]
    session = foreign["TrafficMirrorSessionId"]
    codes = (*not_found("Session"), "UnauthorizedOperation", "OperationNotPermitted")
    for method in ("modify_traffic_mirror_session", "delete_traffic_mirror_session"):
        with pytest.raises(account.ec2.exceptions.ClientError) as caught:
            getattr(account.ec2, method)(TrafficMirrorSessionId=session)
        assert caught.value.response["Error"]["Code"] in codes
    assert account.sessions(traffic_mirror_session_id=session) == [foreign]


def test_the_accounts_quota_of_sessions(simulate):
    account = simulate("quotas.yaml")
    first, second = account.enis("web-1")
    account.create_session(first, number=1)
    account.create_session(second, number=1)
    refuse(account, "TrafficMirrorSessionLimitExceeded", **request(account, SessionNumber=2))
