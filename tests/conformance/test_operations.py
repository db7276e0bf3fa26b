"""Each operation once, on its good path, through boto3: the answer's fields, and that they say what was asked."""

import pytest

import shapes
from account import filters, tag_specification, tags

NLB_PORT = 4789


def describe_vpcs(account):
    vpcs = account.ec2.describe_vpcs()["Vpcs"]
    shapes.all_have(shapes.VPC, vpcs)
    assert {"10.0.0.0/16", "10.1.0.0/16"} <= {vpc["CidrBlock"] for vpc in vpcs}


def describe_subnets(account):
    subnets = account.ec2.describe_subnets()["Subnets"]
    shapes.all_have(shapes.SUBNET, subnets)
    zones = {s["SubnetId"]: s["AvailabilityZone"] for s in subnets}
    assert zones[account.subnet("blue-a")] == "eu-west-1a" and zones[account.subnet("blue-b")] == "eu-west-1b"
    assert [s["SubnetId"] for s in subnets if s["Ipv6Native"]] == [account.subnet("blue-six")]


def describe_instances(account):
    reservations = account.ec2.describe_instances()["Reservations"]
    shapes.all_have(shapes.RESERVATION, reservations)
    found = {i["InstanceId"]: i for r in reservations for i in r["Instances"]}
    assert found[account.instance("web-1")]["State"] == {"Code": 16, "Name": "running"}
    assert found[account.instance("stopped")]["State"] == {"Code": 80, "Name": "stopped"}
    assert len(found[account.instance("web-1")]["NetworkInterfaces"]) == 2
    # The ENIs inside an instance carry no tags; those are told by DescribeNetworkInterfaces alone.
    assert all("TagSet" not in eni for i in found.values() for eni in i["NetworkInterfaces"])


def describe_network_interfaces(account):
    interfaces = account.ec2.describe_network_interfaces()["NetworkInterfaces"]
    shapes.all_have(shapes.INTERFACE, interfaces)
    by_id = {eni["NetworkInterfaceId"]: eni for eni in interfaces}
    spare, used = by_id[account.loose_eni("spare")], by_id[account.eni("web-1")]
    assert spare["Status"] == "available" and "Attachment" not in spare
    assert used["Status"] == "in-use" and used["Attachment"]["InstanceId"] == account.instance("web-1")
    assert used["Attachment"]["Status"] == "attached" and used["Attachment"]["DeviceIndex"] == 0


def describe_tags(account):
    found = account.ec2.describe_tags()["Tags"]
    shapes.all_have(shapes.TAG, found)
    assert {"Key": "Name", "Value": "blue", "ResourceId": account.vpc("blue"), "ResourceType": "vpc"} in found


def describe_instance_types(account):
    types = account.ec2.describe_instance_types(InstanceTypes=["m5.large", "t2.micro", "m5.metal"])["InstanceTypes"]
    shapes.all_have(shapes.INSTANCE_TYPE, types)
    facts = {t["InstanceType"]: (t.get("Hypervisor"), t["BareMetal"]) for t in types}
    # A metal size has no hypervisor to name.
    assert facts == {"m5.large": ("nitro", False), "t2.micro": ("xen", False), "m5.metal": (None, True)}


def describe_regions(account):
    regions = account.ec2.describe_regions()["Regions"]
    shapes.all_have(shapes.REGION, regions)
    endpoints = {region["RegionName"]: region["Endpoint"] for region in regions}
    assert endpoints["eu-west-1"] == "ec2.eu-west-1.amazonaws.com"


def describe_traffic_mirror_sessions(account):
    sessions = account.ec2.describe_traffic_mirror_sessions()["TrafficMirrorSessions"]
    shapes.all_have(shapes.SESSION, sessions)


def describe_traffic_mirror_targets(account):
    targets = account.ec2.describe_traffic_mirror_targets()["TrafficMirrorTargets"]
    shapes.all_have(shapes.TARGET, targets)
    kinds = {t["TrafficMirrorTargetId"]: t["Type"] for t in targets}
    assert kinds[account.target("sensor")] == "network-interface"
    assert kinds[account.target("balanced")] == "network-load-balancer"
    member = {
        "network-interface": "NetworkInterfaceId",
        "network-load-balancer": "NetworkLoadBalancerArn",
        "gateway-load-balancer-endpoint": "GatewayLoadBalancerEndpointId",
    }
    for target in targets:
        assert [m for m in member.values() if m in target] == [member[target["Type"]]]


def describe_traffic_mirror_filters(account):
    found = account.ec2.describe_traffic_mirror_filters()["TrafficMirrorFilters"]
    shapes.all_have(shapes.FILTER, found)
    one = next(f for f in found if f["TrafficMirrorFilterId"] == account.filter("all"))
    assert one["NetworkServices"] == ["amazon-dns"]
    assert {r["TrafficDirection"] for r in one["IngressFilterRules"]} == {"ingress"}
    assert {r["TrafficDirection"] for r in one["EgressFilterRules"]} == {"egress"}


def describe_traffic_mirror_filter_rules(account):
    one = account.filter("all")
    rules = account.ec2.describe_traffic_mirror_filter_rules(TrafficMirrorFilterId=one)["TrafficMirrorFilterRules"]
    shapes.all_have(shapes.RULE, rules)
    whole = account.ec2.describe_traffic_mirror_filters(TrafficMirrorFilterIds=[one])["TrafficMirrorFilters"][0]
    inline = whole["IngressFilterRules"] + whole["EgressFilterRules"]
    assert {r["TrafficMirrorFilterRuleId"] for r in rules} == {r["TrafficMirrorFilterRuleId"] for r in inline}


def describe_vpc_endpoints(account):
    endpoints = account.ec2.describe_vpc_endpoints()["VpcEndpoints"]
    shapes.all_have(shapes.ENDPOINT, endpoints)
    by_type = {one["VpcEndpointType"]: one for one in endpoints}
    appliances = by_type["GatewayLoadBalancer"]
    assert (appliances["VpcId"], appliances["SubnetIds"]) == (account.vpc("blue"), [account.subnet("blue-a")])
    # Not with a capital, though the service model's list of states has one.
    assert (appliances["State"], by_type["Gateway"]["State"]) == ("available", "pending")


def describe_vpc_peering_connections(account):
    peerings = account.ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
    shapes.all_have(shapes.PEERING, peerings)
    by_status = {one["Status"]["Code"]: one for one in peerings}
    active, asked = by_status["active"], by_status["pending-acceptance"]
    assert active["RequesterVpcInfo"]["VpcId"] == account.vpc("blue")
    assert active["AccepterVpcInfo"]["CidrBlock"] == "10.1.0.0/16"
    # Before it is active, the other's addresses are nobody's business.
    assert asked["RequesterVpcInfo"]["OwnerId"] == "222222222222" and "CidrBlock" not in asked["AccepterVpcInfo"]


def describe_transit_gateway_vpc_attachments(account):
    attachments = account.ec2.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"]
    shapes.all_have(shapes.ATTACHMENT, attachments)
    found = {one["VpcId"]: (one["TransitGatewayId"], one["State"]) for one in attachments}
    assert found[account.vpc("blue")] == ("tgw-0123456789abcdef0", "available")
    assert found[account.vpc("red")] == ("tgw-0fedcba9876543210", "deleting")


def describe_route_tables(account):
    tables = account.ec2.describe_route_tables()["RouteTables"]
    shapes.all_have(shapes.ROUTE_TABLE, tables)
    # One main table per VPC, also where the scenario names none.
    main = {one["VpcId"]: one for one in tables if any(a["Main"] for a in one["Associations"])}
    assert set(main) == {account.vpc(name) for name in ("blue", "red", "plain")}
    [local] = main[account.vpc("red")]["Routes"]
    assert (local["DestinationCidrBlock"], local["GatewayId"], local["State"]) == ("10.1.0.0/16", "local", "active")
    states = {r.get("DestinationCidrBlock"): r["State"] for r in main[account.vpc("blue")]["Routes"]}
    assert (states["10.1.0.0/16"], states["10.2.0.0/16"]) == ("active", "blackhole")
    [private] = [one for one in tables if one not in main.values()]
    [association] = private["Associations"]
    assert association["SubnetId"] == account.subnet("blue-b")
    [by_instance] = [r for r in private["Routes"] if "InstanceId" in r]
    assert by_instance["InstanceId"] == account.instance("keeper")
    assert by_instance["NetworkInterfaceId"] == account.eni("keeper")


def describe_security_groups(account):
    groups = account.ec2.describe_security_groups()["SecurityGroups"]
    shapes.all_have(shapes.SECURITY_GROUP, groups)
    # One of its own per VPC, also where the scenario names none.
    own = {one["VpcId"]: one for one in groups if one["GroupName"] == "default"}
    assert set(own) == {account.vpc(name) for name in ("blue", "red", "plain")}
    [rule] = own[account.vpc("red")]["IpPermissions"]
    assert rule["IpProtocol"] == "-1" and "FromPort" not in rule
    assert [pair["GroupId"] for pair in rule["UserIdGroupPairs"]] == [own[account.vpc("red")]["GroupId"]]
    named = {one["GroupName"]: one for one in groups}
    rules = {(r["IpProtocol"], r.get("FromPort")): r for r in named["sensors"]["IpPermissions"]}
    # Rules of the same ports are shown as one.
    vxlan = rules["udp", NLB_PORT]
    assert vxlan["IpRanges"] == [{"CidrIp": "10.0.0.0/16"}] and vxlan["Ipv6Ranges"] == [{"CidrIpv6": "2001:db8::/32"}]
    assert [pair["GroupId"] for pair in vxlan["UserIdGroupPairs"]] == [named["sources"]["GroupId"]]
    [peered] = rules["50", None]["UserIdGroupPairs"]
    assert (peered["VpcId"], peered["PeeringStatus"]) == (account.vpc("red"), "active")
    # Who is in which.
    web = account.describe_instance("web-1")
    assert [group["GroupName"] for group in web["SecurityGroups"]] == ["sources"]
    enis = {eni["Attachment"]["DeviceIndex"]: eni for eni in web["NetworkInterfaces"]}
    assert [group["GroupName"] for group in enis[1]["Groups"]] == ["sensors", "sources"]


def describe_network_acls(account):
    acls = account.ec2.describe_network_acls()["NetworkAcls"]
    shapes.all_have(shapes.ACL, acls)
    default = {one["VpcId"]: one for one in acls if one["IsDefault"]}
    assert set(default) == {account.vpc(name) for name in ("blue", "red", "plain")}
    entries = default[account.vpc("red")]["Entries"]
    numbers = sorted((e["Egress"], e["RuleNumber"], e["RuleAction"]) for e in entries)
    assert numbers == [(way, *last) for way in (False, True) for last in ((100, "allow"), (32767, "deny"))]
    [strict] = [one for one in acls if not one["IsDefault"]]
    assert [one["SubnetId"] for one in strict["Associations"]] == [account.subnet("blue-b")]
    [vxlan] = [e for e in strict["Entries"] if e["Protocol"] == "17"]
    assert vxlan["PortRange"] == {"From": 4789, "To": 4790}
    # Every subnet is in exactly one.
    placed = [one["SubnetId"] for acl in acls for one in acl["Associations"]]
    assert sorted(placed) == sorted(s["SubnetId"] for s in account.ec2.describe_subnets()["Subnets"])


def create_traffic_mirror_session(account):
    asked = {
        "NetworkInterfaceId": account.eni("web-1"),
        "TrafficMirrorTargetId": account.target("sensor"),
        "TrafficMirrorFilterId": account.filter("all"),
        "SessionNumber": 7,
        "PacketLength": 100,
        "VirtualNetworkId": 4242,
        "Description": "seven",
    }
    answer = account.ec2.create_traffic_mirror_session(
        **asked,
        TagSpecifications=tag_specification("traffic-mirror-session", Name="made", Creator="me"),
        ClientToken="token-1",
    )
    session = answer["TrafficMirrorSession"]
    shapes.has(shapes.SESSION, session)
    assert answer["ClientToken"] == "token-1"
    assert {key: session[key] for key in asked} == asked
    assert sorted(session["Tags"], key=lambda t: t["Key"]) == tags(Creator="me", Name="made")
    assert session["OwnerId"] == account.sts.get_caller_identity()["Account"]
    assert session["TrafficMirrorSessionId"].startswith("tms-")
    listed = account.sessions(traffic_mirror_session_id=session["TrafficMirrorSessionId"])
    assert len(listed) == 1 and {key: listed[0][key] for key in asked} == asked


def modify_traffic_mirror_session(account):
    session = account.create_session(account.eni("web-1"), number=1, Description="old")
    asked = {
        "TrafficMirrorTargetId": account.target("balanced"),
        "TrafficMirrorFilterId": account.filter("empty"),
        "SessionNumber": 9,
        "PacketLength": 64,
        "VirtualNetworkId": 77,
        "Description": "new",
    }
    changed = account.ec2.modify_traffic_mirror_session(
        TrafficMirrorSessionId=session["TrafficMirrorSessionId"], **asked
    )["TrafficMirrorSession"]
    shapes.has(shapes.SESSION, changed)
    assert {key: changed[key] for key in asked} == asked
    assert changed["NetworkInterfaceId"] == session["NetworkInterfaceId"]


def delete_traffic_mirror_session(account):
    session = account.create_session(account.eni("web-1"))["TrafficMirrorSessionId"]
    answer = account.ec2.delete_traffic_mirror_session(TrafficMirrorSessionId=session)
    assert answer["TrafficMirrorSessionId"] == session
    assert account.sessions(traffic_mirror_session_id=session) == []


def create_traffic_mirror_target(account):
    answer = account.ec2.create_traffic_mirror_target(
        NetworkInterfaceId=account.eni("big"),
        Description="d",
        TagSpecifications=tag_specification("traffic-mirror-target", Name="big-target"),
        ClientToken="token-2",
    )
    target = answer["TrafficMirrorTarget"]
    shapes.has(shapes.TARGET, target)
    assert answer["ClientToken"] == "token-2"
    assert target["NetworkInterfaceId"] == account.eni("big") and target["Type"] == "network-interface"
    assert target["TrafficMirrorTargetId"].startswith("tmt-") and target["Description"] == "d"
    assert target["Tags"] == tags(Name="big-target")


def delete_traffic_mirror_target(account):
    made = account.ec2.create_traffic_mirror_target(NetworkInterfaceId=account.eni("big"))["TrafficMirrorTarget"]
    made = made["TrafficMirrorTargetId"]
    assert account.ec2.delete_traffic_mirror_target(TrafficMirrorTargetId=made)["TrafficMirrorTargetId"] == made
    left = account.ec2.describe_traffic_mirror_targets()["TrafficMirrorTargets"]
    assert made not in {target["TrafficMirrorTargetId"] for target in left}


def create_traffic_mirror_filter(account):
    answer = account.ec2.create_traffic_mirror_filter(
        Description="d",
        TagSpecifications=tag_specification("traffic-mirror-filter", Name="f"),
        ClientToken="token-3",
    )
    made = answer["TrafficMirrorFilter"]
    shapes.has(shapes.FILTER, made | {"IngressFilterRules": [], "EgressFilterRules": [], "NetworkServices": []})
    assert answer["ClientToken"] == "token-3"
    assert made["TrafficMirrorFilterId"].startswith("tmf-")
    assert made["Description"] == "d" and made["Tags"] == tags(Name="f")
    assert [made.get(k, []) for k in ("IngressFilterRules", "EgressFilterRules", "NetworkServices")] == [[], [], []]


def delete_traffic_mirror_filter(account):
    made = account.ec2.create_traffic_mirror_filter()["TrafficMirrorFilter"]["TrafficMirrorFilterId"]
    rule = account.create_filter_rule(made, 1)["TrafficMirrorFilterRuleId"]
    assert account.ec2.delete_traffic_mirror_filter(TrafficMirrorFilterId=made)["TrafficMirrorFilterId"] == made
    left = account.ec2.describe_traffic_mirror_filters()["TrafficMirrorFilters"]
    assert made not in {f["TrafficMirrorFilterId"] for f in left}
    # Rules live inside their filter.
    rules = account.ec2.describe_traffic_mirror_filter_rules(Filters=filters(traffic_mirror_filter_rule_id=rule))
    assert rules["TrafficMirrorFilterRules"] == []


def create_traffic_mirror_filter_rule(account):
    asked = {
        "TrafficDirection": "egress",
        "RuleNumber": 300,
        "RuleAction": "reject",
        "Protocol": 6,
        "DestinationPortRange": {"FromPort": 443, "ToPort": 444},
        "SourcePortRange": {"FromPort": 1024, "ToPort": 65535},
        "DestinationCidrBlock": "10.0.0.0/8",
        "SourceCidrBlock": "0.0.0.0/0",
        "Description": "tls",
    }
    answer = account.ec2.create_traffic_mirror_filter_rule(
        TrafficMirrorFilterId=account.filter("empty"), **asked, ClientToken="token-4"
    )
    rule = answer["TrafficMirrorFilterRule"]
    shapes.has(shapes.RULE, rule)
    assert answer["ClientToken"] == "token-4"
    assert rule["TrafficMirrorFilterRuleId"].startswith("tmfr-")
    assert {key: rule[key] for key in asked} == asked
    listed = account.ec2.describe_traffic_mirror_filter_rules(TrafficMirrorFilterId=account.filter("empty"))
    assert [{key: r[key] for key in asked} for r in listed["TrafficMirrorFilterRules"]] == [asked]


def delete_traffic_mirror_filter_rule(account):
    rule = account.create_filter_rule(account.filter("empty"), 1)["TrafficMirrorFilterRuleId"]
    answer = account.ec2.delete_traffic_mirror_filter_rule(TrafficMirrorFilterRuleId=rule)
    assert answer["TrafficMirrorFilterRuleId"] == rule
    left = account.ec2.describe_traffic_mirror_filter_rules(TrafficMirrorFilterId=account.filter("empty"))
    assert left["TrafficMirrorFilterRules"] == []


def modify_traffic_mirror_filter_network_services(account):
    empty = account.filter("empty")

    def services(**change):
        answer = account.ec2.modify_traffic_mirror_filter_network_services(TrafficMirrorFilterId=empty, **change)
        assert answer["TrafficMirrorFilter"]["TrafficMirrorFilterId"] == empty
        return answer["TrafficMirrorFilter"].get("NetworkServices", [])

    assert services(AddNetworkServices=["amazon-dns"]) == ["amazon-dns"]
    assert services(RemoveNetworkServices=["amazon-dns"]) == []


def create_tags(account):
    vpc, instance = account.vpc("blue"), account.instance("web-1")
    answer = account.ec2.create_tags(Resources=[vpc, instance], Tags=tags(colour="green"))
    assert set(answer) == {"ResponseMetadata"}
    found = account.ec2.describe_tags(Filters=filters(key="colour"))["Tags"]
    assert {(t["ResourceId"], t["Value"]) for t in found} == {(vpc, "green"), (instance, "green")}


def delete_tags(account):
    vpc = account.vpc("blue")
    account.ec2.create_tags(Resources=[vpc], Tags=tags(colour="green"))
    assert set(account.ec2.delete_tags(Resources=[vpc], Tags=[{"Key": "colour"}])) == {"ResponseMetadata"}
    assert account.ec2.describe_tags(Filters=filters(key="colour"))["Tags"] == []


def run_instances(account):
    subnet = account.subnet("blue-b")
    answer = account.ec2.run_instances(
        ImageId="ami-12c6146b",
        MinCount=1,
        MaxCount=2,
        InstanceType="m5.large",
        SubnetId=subnet,
        TagSpecifications=tag_specification("instance", Name="fresh"),
    )
    shapes.has(shapes.RESERVATION, answer)
    assert len(answer["Instances"]) == 2
    for made in answer["Instances"]:
        assert made["State"]["Name"] == "pending" and made["InstanceType"] == "m5.large"
        assert made["SubnetId"] == subnet and made["Tags"] == tags(Name="fresh")
        [eni] = made["NetworkInterfaces"]
        assert eni["Attachment"]["DeviceIndex"] == 0 and eni["SubnetId"] == subnet
    ids = [made["InstanceId"] for made in answer["Instances"]]
    listed = account.ec2.describe_instances(InstanceIds=ids)["Reservations"]
    assert sorted(i["InstanceId"] for r in listed for i in r["Instances"]) == sorted(ids)
    assert {r["ReservationId"] for r in listed} == {answer["ReservationId"]}


def terminate_instances(account):
    instance = account.instance("web-2")
    [change] = account.ec2.terminate_instances(InstanceIds=[instance])["TerminatingInstances"]
    shapes.has(shapes.STATE_CHANGE, change)
    assert change["InstanceId"] == instance and change["PreviousState"] == {"Code": 16, "Name": "running"}
    assert change["CurrentState"]["Name"] in ("shutting-down", "terminated")
    # It stays visible for about an hour.
    assert account.describe_instance("web-2")["State"]["Name"] in ("shutting-down", "terminated")


def stop_instances(account):
    instance = account.instance("web-1")
    [change] = account.ec2.stop_instances(InstanceIds=[instance])["StoppingInstances"]
    shapes.has(shapes.STATE_CHANGE, change)
    assert change["InstanceId"] == instance and change["PreviousState"] == {"Code": 16, "Name": "running"}
    assert change["CurrentState"]["Name"] in ("stopping", "stopped")
    assert account.describe_instance("web-1")["State"]["Name"] in ("stopping", "stopped")
    # Its interfaces stay where they are.
    assert len(account.enis("web-1")) == 2


def start_instances(account):
    instance = account.instance("stopped")
    [change] = account.ec2.start_instances(InstanceIds=[instance])["StartingInstances"]
    shapes.has(shapes.STATE_CHANGE, change)
    assert change["InstanceId"] == instance and change["PreviousState"] == {"Code": 80, "Name": "stopped"}
    assert change["CurrentState"]["Name"] in ("pending", "running")
    assert account.describe_instance("stopped")["State"]["Name"] in ("pending", "running")


def describe_load_balancers(account):
    balancers = account.elbv2.describe_load_balancers()["LoadBalancers"]
    shapes.all_have(shapes.LOAD_BALANCER, balancers)
    one = account.load_balancer("sensors")
    assert one["Type"] == "network" and one["State"]["Code"] == "active"
    assert ":loadbalancer/net/sensors/" in one["LoadBalancerArn"]
    by_arn = account.elbv2.describe_load_balancers(LoadBalancerArns=[one["LoadBalancerArn"]])["LoadBalancers"]
    assert by_arn == [one]


def create_load_balancer(account):
    answer = account.elbv2.create_load_balancer(
        Name="fresh",
        Type="network",
        Scheme="internal",
        IpAddressType="ipv4",
        Subnets=[account.subnet("blue-a"), account.subnet("blue-b")],
        Tags=tags(Name="fresh"),
    )
    [made] = answer["LoadBalancers"]
    shapes.has(shapes.LOAD_BALANCER, made)
    assert made["State"]["Code"] in ("provisioning", "active") and made["Scheme"] == "internal"
    assert {z["ZoneName"] for z in made["AvailabilityZones"]} == {"eu-west-1a", "eu-west-1b"}
    account.elbv2.get_waiter("load_balancer_available").wait(
        Names=["fresh"], WaiterConfig={"Delay": 0, "MaxAttempts": 40}
    )


def create_target_group(account):
    return make_target_group(account, "fresh")


def make_target_group(account, name, target_type="instance"):
    [made] = account.elbv2.create_target_group(
        Name=name,
        Protocol="UDP",
        Port=NLB_PORT,
        VpcId=account.vpc("blue"),
        TargetType=target_type,
        HealthCheckProtocol="TCP",
        HealthCheckPort="22",
        HealthCheckIntervalSeconds=10,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=2,
        Tags=tags(Name=name),
    )["TargetGroups"]
    shapes.has(shapes.TARGET_GROUP, made)
    assert (made["Protocol"], made["Port"], made["HealthCheckPort"]) == ("UDP", NLB_PORT, "22")
    assert made["TargetType"] == target_type and made["HealthCheckIntervalSeconds"] == 10
    assert f":targetgroup/{name}/" in made["TargetGroupArn"]
    return made["TargetGroupArn"]


def make_listener(account, name):
    """A load balancer, a group and a listener that joins them."""
    balancer = account.elbv2.create_load_balancer(
        Name=name, Type="network", Scheme="internal", Subnets=[account.subnet("blue-a")]
    )["LoadBalancers"][0]["LoadBalancerArn"]
    group = make_target_group(account, name)
    [made] = account.elbv2.create_listener(
        LoadBalancerArn=balancer,
        Protocol="UDP",
        Port=NLB_PORT,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )["Listeners"]
    return balancer, group, made


def create_listener(account):
    balancer, group, made = make_listener(account, "fresh")
    shapes.has(shapes.LISTENER, made)
    assert (made["LoadBalancerArn"], made["Protocol"], made["Port"]) == (balancer, "UDP", NLB_PORT)
    assert made["DefaultActions"][0]["TargetGroupArn"] == group
    assert ":listener/net/fresh/" in made["ListenerArn"]


def describe_listeners(account):
    arn = account.load_balancer("sensors")["LoadBalancerArn"]
    listeners = account.elbv2.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    shapes.all_have(shapes.LISTENER, listeners)
    assert [(one["Protocol"], one["Port"]) for one in listeners] == [("UDP", NLB_PORT)]
    by_arn = account.elbv2.describe_listeners(ListenerArns=[listeners[0]["ListenerArn"]])["Listeners"]
    assert by_arn == listeners


def register_targets(account):
    _, group, _ = make_listener(account, "fresh")
    instance = account.instance("sensor-host")
    answer = account.elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": instance}])
    assert set(answer) == {"ResponseMetadata"}
    [health] = account.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert health["Target"]["Id"] == instance and health["Target"]["Port"] == NLB_PORT
    assert health["TargetHealth"]["State"] in ("initial", "healthy")


def describe_target_health(account):
    arn = account.load_balancer("sensors")["LoadBalancerArn"]
    [listener] = account.elbv2.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    found = account.elbv2.describe_target_health(TargetGroupArn=listener["DefaultActions"][0]["TargetGroupArn"])[
        "TargetHealthDescriptions"
    ]
    shapes.all_have(shapes.HEALTH, found)
    assert account.instance("sensor-host") in {one["Target"]["Id"] for one in found}


def describe_target_groups(account):
    arn = account.load_balancer("sensors")["LoadBalancerArn"]
    groups = account.elbv2.describe_target_groups(LoadBalancerArn=arn)["TargetGroups"]
    shapes.all_have(shapes.TARGET_GROUP, groups)
    assert [(one["TargetGroupName"], one["LoadBalancerArns"]) for one in groups] == [("sensors", [arn])]
    group = groups[0]["TargetGroupArn"]
    assert account.elbv2.describe_target_groups(Names=["sensors"])["TargetGroups"] == groups
    assert account.elbv2.describe_target_groups(TargetGroupArns=[group])["TargetGroups"] == groups


def describe_target_group_attributes(account):
    [group] = account.elbv2.describe_target_groups(Names=["sensors"])["TargetGroups"]
    found = account.elbv2.describe_target_group_attributes(TargetGroupArn=group["TargetGroupArn"])["Attributes"]
    shapes.all_have({"Key": str, "Value": str}, found)
    attributes = {one["Key"]: one["Value"] for one in found}
    assert attributes["load_balancing.cross_zone.enabled"] == "use_load_balancer_configuration"
    assert attributes["deregistration_delay.connection_termination.enabled"] == "true"


def describe_load_balancer_attributes(account):
    arn = account.load_balancer("sensors")["LoadBalancerArn"]
    attributes = account.elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    shapes.all_have({"Key": str, "Value": str}, attributes)
    assert {"Key": "load_balancing.cross_zone.enabled", "Value": "false"} in attributes


def modify_load_balancer_attributes(account):
    arn = account.load_balancer("sensors")["LoadBalancerArn"]
    cross_zone = {"Key": "load_balancing.cross_zone.enabled", "Value": "true"}
    answer = account.elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[cross_zone])
    assert cross_zone in answer["Attributes"]


def get_caller_identity(account):
    identity = account.sts.get_caller_identity()
    shapes.has(shapes.IDENTITY, identity)
    assert len(identity["Account"]) == 12 and identity["Account"].isdigit()
    assert f":{identity['Account']}:" in identity["Arn"]


def assume_role(account):
    answer = account.sts.assume_role(RoleArn="arn:aws:iam::222222222222:role/mirror", RoleSessionName="conformance")
    shapes.has(shapes.ASSUMED, answer)
    assert answer["AssumedRoleUser"]["Arn"] == "arn:aws:sts::222222222222:assumed-role/mirror/conformance"


def describe_organization(account):
    organization = account.organizations.describe_organization()["Organization"]
    shapes.has(shapes.ORGANIZATION, organization)
    assert organization["MasterAccountId"] == account.sts.get_caller_identity()["Account"]


def list_accounts(account):
    answer = account.organizations.list_accounts()
    shapes.all_have(shapes.MEMBER, answer["Accounts"])
    assert "NextToken" not in answer
    states = {one["Id"]: (one["State"], one.get("Status")) for one in answer["Accounts"]}
    assert states["111111111111"] == ("ACTIVE", "ACTIVE")
    # The older of the two members has no word for it.
    assert states["333333333333"] == ("CLOSED", None)


# Which of them leave the account as it was: those share one simulator.
READS = {
    "ec2": {
        "DescribeInstanceTypes": describe_instance_types,
        "DescribeInstances": describe_instances,
        "DescribeNetworkInterfaces": describe_network_interfaces,
        "DescribeNetworkAcls": describe_network_acls,
        "DescribeRegions": describe_regions,
        "DescribeRouteTables": describe_route_tables,
        "DescribeSecurityGroups": describe_security_groups,
        "DescribeSubnets": describe_subnets,
        "DescribeTags": describe_tags,
        "DescribeTrafficMirrorFilterRules": describe_traffic_mirror_filter_rules,
        "DescribeTrafficMirrorFilters": describe_traffic_mirror_filters,
        "DescribeTrafficMirrorSessions": describe_traffic_mirror_sessions,
        "DescribeTrafficMirrorTargets": describe_traffic_mirror_targets,
        "DescribeTransitGatewayVpcAttachments": describe_transit_gateway_vpc_attachments,
        "DescribeVpcEndpoints": describe_vpc_endpoints,
        "DescribeVpcPeeringConnections": describe_vpc_peering_connections,
        "DescribeVpcs": describe_vpcs,
    },
    "elbv2": {
        "DescribeListeners": describe_listeners,
        "DescribeLoadBalancerAttributes": describe_load_balancer_attributes,
        "DescribeLoadBalancers": describe_load_balancers,
        "DescribeTargetGroupAttributes": describe_target_group_attributes,
        "DescribeTargetGroups": describe_target_groups,
        "DescribeTargetHealth": describe_target_health,
    },
    "organizations": {"DescribeOrganization": describe_organization, "ListAccounts": list_accounts},
    "sts": {"AssumeRole": assume_role, "GetCallerIdentity": get_caller_identity},
}
WRITES = {
    "ec2": {
        "CreateTags": create_tags,
        "CreateTrafficMirrorFilter": create_traffic_mirror_filter,
        "CreateTrafficMirrorFilterRule": create_traffic_mirror_filter_rule,
        "CreateTrafficMirrorSession": create_traffic_mirror_session,
        "CreateTrafficMirrorTarget": create_traffic_mirror_target,
        "DeleteTags": delete_tags,
        "DeleteTrafficMirrorFilter": delete_traffic_mirror_filter,
        "DeleteTrafficMirrorFilterRule": delete_traffic_mirror_filter_rule,
        "DeleteTrafficMirrorSession": delete_traffic_mirror_session,
        "DeleteTrafficMirrorTarget": delete_traffic_mirror_target,
        "ModifyTrafficMirrorFilterNetworkServices": modify_traffic_mirror_filter_network_services,
        "ModifyTrafficMirrorSession": modify_traffic_mirror_session,
        "RunInstances": run_instances,
        "StartInstances": start_instances,
        "StopInstances": stop_instances,
        "TerminateInstances": terminate_instances,
    },
    "elbv2": {
        "CreateListener": create_listener,
        "CreateLoadBalancer": create_load_balancer,
        "CreateTargetGroup": create_target_group,
        "ModifyLoadBalancerAttributes": modify_load_balancer_attributes,
        "RegisterTargets": register_targets,
    },
}


def table(operations):
    return [
        pytest.param(service, operation, test, id=f"{service}-{operation}")
        for service, tests in operations.items()
        for operation, test in tests.items()
    ]


def run(account, service, operation, test):
    called = set()
    client = account.endpoint.client(service)

    def note(event_name, **_):
        called.add(event_name.rsplit(".", 1)[1])

    client.meta.events.register("response-received.*", note)
    try:
        test(account)
    finally:
        client.meta.events.unregister("response-received.*", note)
    # The row is about this operation and no other.
    assert operation in called


@pytest.mark.parametrize(("service", "operation", "test"), table(READS))
def test_read(untouched, service, operation, test):
    run(untouched, service, operation, test)


@pytest.mark.parametrize(("service", "operation", "test"), table(WRITES))
def test_write(account, service, operation, test):
    run(account, service, operation, test)
