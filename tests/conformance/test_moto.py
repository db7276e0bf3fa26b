"""The operations that moto has, asked of both with the same input: the answers differ only where known_gaps.py says."""

import pytest

import known_gaps
import listings
from account import Account, filters, name_of, tag_specification, tags
from compare import Difference, alike, differences
from processes import REGION, Simulator

BLUE, RED = "10.0.0.0/16", "10.1.0.0/16"
SERVICE = "com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0"
SUBNETS = {"blue-a": ("10.0.1.0/24", "eu-west-1a"), "blue-b": ("10.0.2.0/24", "eu-west-1b")}
# Name, type, subnet and further tags, as in scenarios/compare.yaml.
INSTANCES = [
    ("web-1", "m5.large", "blue-a", {"team": "blue"}),
    ("web-2", "t3.micro", "blue-b", {}),
    ("sensor", "c5.large", "blue-a", {}),
]


def build(moto):
    """Makes in moto what scenarios/compare.yaml describes."""
    vpc = moto.ec2.create_vpc(CidrBlock=BLUE, TagSpecifications=tag_specification("vpc", Name="blue"))["Vpc"]["VpcId"]
    subnets = {}
    for name, (cidr, zone) in SUBNETS.items():
        made = moto.ec2.create_subnet(
            VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone, TagSpecifications=tag_specification("subnet", Name=name)
        )
        subnets[name] = made["Subnet"]["SubnetId"]
    for name, kind, subnet, more in INSTANCES:
        moto.ec2.run_instances(
            ImageId="ami-12c6146b",
            MinCount=1,
            MaxCount=1,
            InstanceType=kind,
            SubnetId=subnets[subnet],
            TagSpecifications=tag_specification("instance", Name=name, **more),
        )


    red = moto.ec2.create_vpc(CidrBlock=RED, TagSpecifications=tag_specification("vpc", Name="red"))["Vpc"]["VpcId"]
    moto.ec2.create_vpc_endpoint(
        VpcEndpointType="GatewayLoadBalancer",
        VpcId=vpc,
        ServiceName=SERVICE,
        SubnetIds=[subnets["blue-a"]],
        TagSpecifications=tag_specification("vpc-endpoint", Name="appliances"),
    )
    peering = moto.ec2.create_vpc_peering_connection(
        VpcId=vpc, PeerVpcId=red, TagSpecifications=tag_specification("vpc-peering-connection", Name="blue-red")
    )["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    moto.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    attachment = moto.ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=moto.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"],
        VpcId=vpc,
        SubnetIds=[subnets["blue-a"]],
    )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    # moto takes no tags where it makes one.
    moto.ec2.create_tags(Resources=[attachment], Tags=tags(Name="blue-core"))


class Twins:
    """moto and the simulator, holding the same account."""

    def __init__(self, moto, sim):
        self.moto, self.sim = moto, sim
        # Id to name, per side, so that both sides' answers can be told in the same words.
        self.names = {moto: {}, sim: {}}
        self.seen = []

    def name(self, kind, name, read):
        for side in (self.moto, self.sim):
            self.names[side][read(side)] = f"{kind}:{name}"

    def ask(self, operation, call):
        """Makes a call on both sides; `call` takes a side. Gives both answers, and notes how they differ."""
        answers = {side: call(side) for side in (self.moto, self.sim)}
        self.compare(operation, answers[self.moto], answers[self.sim])
        return answers

    def compare(self, operation, moto, sim):
        moto, sim = alike(moto, self.names[self.moto]), alike(sim, self.names[self.sim])
        self.seen += differences(operation, moto, sim)


@pytest.fixture(scope="module")
def twins(moto_server):
    """Both accounts after the whole list of calls, with all the differences that were seen."""
    simulator = Simulator("compare.yaml")
    try:
        pair = Twins(Account(moto_server), Account(simulator))
        build(pair.moto)
        same_things_have_the_same_names(pair)
        for chapter in (identity, network, connections, types_and_regions, mirroring, tagging, balancing, launching):
            chapter(pair)
        yield pair
    finally:
        simulator.close()


def same_things_have_the_same_names(pair):
    pair.name("vpc", "blue", lambda side: side.vpc("blue"))
    for name in SUBNETS:
        pair.name("subnet", name, lambda side: side.subnet(name))
    pair.name("vpc", "red", lambda side: side.vpc("red"))
    for name, *_ in INSTANCES:
        pair.name("instance", name, lambda side: side.instance(name))
        pair.name("eni", name, lambda side: side.eni(name))


def identity(pair):
    pair.ask("GetCallerIdentity", lambda side: side.sts.get_caller_identity())
    pair.ask(
        "AssumeRole",
        lambda side: side.sts.assume_role(RoleArn="arn:aws:iam::222222222222:role/r", RoleSessionName="session"),
    )


def network(pair):
    def of_blue(side):
        # moto also has its default VPC.
        return filters(vpc_id=side.vpc("blue"))

    pair.ask("DescribeVpcs", lambda side: side.ec2.describe_vpcs(VpcIds=[side.vpc("blue")]))
    pair.ask("DescribeSubnets", lambda side: side.ec2.describe_subnets(Filters=of_blue(side)))
    pair.ask("DescribeInstances", lambda side: side.ec2.describe_instances(Filters=of_blue(side)))
    pair.ask("DescribeNetworkInterfaces", lambda side: side.ec2.describe_network_interfaces(Filters=of_blue(side)))
    for name, values in {
        "tag:Name": ["web-*"],
        "tag-key": ["team"],
        "instance-state-name": ["running"],
        "instance-type": ["m5.large", "t3.micro"],
    }.items():
        asked = [{"Name": name, "Values": values}]
        pair.ask(f"DescribeInstances by {name}", lambda side: instance_names(side, asked + of_blue(side)))


def connections(pair):
    for listing in (listings.ENDPOINTS, listings.PEERINGS, listings.ATTACHMENTS):
        pair.ask(listing.operation, lambda side: listing.call(side.ec2, Filters=of_blue(listing, side)))
    for listing in (listings.ROUTE_TABLES, listings.SECURITY_GROUPS, listings.ACLS):
        pair.ask(listing.operation, lambda side: listing.call(side.ec2, Filters=of_blue(listing, side)))


def of_blue(listing, side):
    name = "requester-vpc-info.vpc-id" if listing is listings.PEERINGS else "vpc-id"
    return [{"Name": name, "Values": [side.vpc("blue")]}]


def instance_names(side, asked):
    reservations = side.ec2.describe_instances(Filters=asked)["Reservations"]
    return [name_of(instance) for reservation in reservations for instance in reservation["Instances"]]


def types_and_regions(pair):
    pair.ask(
        "DescribeInstanceTypes",
        lambda side: side.ec2.describe_instance_types(InstanceTypes=["c5.large", "m5.metal", "t2.micro"]),
    )
    pair.ask("DescribeRegions", lambda side: side.ec2.describe_regions(RegionNames=[REGION, "us-east-1"]))


def mirroring(pair):
    def target(name, side):
        return side.ec2.create_traffic_mirror_target(
            NetworkInterfaceId=side.eni("sensor"),
            Description="the sensor",
            TagSpecifications=tag_specification("traffic-mirror-target", Name=name),
            ClientToken="target-token",
        )

    def session(side, **more):
        return side.ec2.create_traffic_mirror_session(
            NetworkInterfaceId=side.eni("web-1"),
            TrafficMirrorTargetId=side.target("sensor"),
            TrafficMirrorFilterId=side.filter("all"),
            **more,
        )

    pair.ask("CreateTrafficMirrorTarget", lambda side: target("sensor", side))
    pair.name("target", "sensor", lambda side: side.target("sensor"))
    pair.ask(
        "CreateTrafficMirrorFilter",
        lambda side: side.ec2.create_traffic_mirror_filter(
            Description="everything",
            TagSpecifications=tag_specification("traffic-mirror-filter", Name="all"),
            ClientToken="filter-token",
        ),
    )
    pair.name("filter", "all", lambda side: side.filter("all"))
    pair.ask(
        "CreateTrafficMirrorSession",
        lambda side: session(
            side,
            SessionNumber=1,
            PacketLength=128,
            VirtualNetworkId=99,
            Description="one",
            TagSpecifications=tag_specification("traffic-mirror-session", Name="one", Creator="me"),
            ClientToken="session-token",
        ),
    )
    pair.name("session", "one", lambda side: side.session("one"))
    pair.ask("CreateTrafficMirrorSession, short", lambda side: session(side, SessionNumber=2))
    for method in ("sessions", "targets", "filters"):
        call = f"describe_traffic_mirror_{method}"
        pair.ask(f"DescribeTrafficMirror{method.capitalize()}", lambda side: getattr(side.ec2, call)())
    pair.ask("DescribeTrafficMirrorSessions by id", lambda side: by_id(side, side.session("one")))
    for name, value in {
        "network-interface-id": lambda side: side.eni("web-1"),
        "traffic-mirror-target-id": lambda side: side.target("sensor"),
        "description": lambda side: "one",
    }.items():
        pair.ask(
            f"DescribeTrafficMirrorSessions by {name}",
            lambda side: [
                one["SessionNumber"]
                for one in side.ec2.describe_traffic_mirror_sessions(Filters=[{"Name": name, "Values": [value(side)]}])[
                    "TrafficMirrorSessions"
                ]
            ],
        )
    pair.ask(
        "ModifyTrafficMirrorSession",
        lambda side: side.ec2.modify_traffic_mirror_session(
            TrafficMirrorSessionId=side.session("one"), SessionNumber=7, PacketLength=256, Description="seven"
        ),
    )
    pair.ask(
        "DeleteTrafficMirrorSession",
        lambda side: side.ec2.delete_traffic_mirror_session(TrafficMirrorSessionId=side.session("one")),
    )
    pair.ask("DescribeTrafficMirrorSessions after delete", lambda side: len(side.sessions()))


def by_id(side, session):
    return side.ec2.describe_traffic_mirror_sessions(TrafficMirrorSessionIds=[session])


def tagging(pair):
    pair.ask(
        "CreateTags",
        lambda side: side.ec2.create_tags(Resources=[side.vpc("blue"), side.instance("web-2")], Tags=tags(k="v", e="")),
    )
    pair.ask("DescribeTags", lambda side: side.ec2.describe_tags(Filters=filters(resource_id=side.instance("web-2"))))
    pair.ask("DescribeTags by key", lambda side: side.ec2.describe_tags(Filters=filters(key=["k", "e"])))
    pair.ask(
        "DeleteTags",
        lambda side: side.ec2.delete_tags(
            Resources=[side.vpc("blue")], Tags=[{"Key": "k"}, {"Key": "e", "Value": "other"}]
        ),
    )
    pair.ask("DescribeTags after delete", lambda side: side.ec2.describe_tags(Filters=filters(key=["k", "e"])))


def balancing(pair):
    def group(side):
        return side.elbv2.create_target_group(
            Name="sensors",
            Protocol="UDP",
            Port=4789,
            VpcId=side.vpc("blue"),
            TargetType="instance",
            HealthCheckProtocol="TCP",
            HealthCheckPort="22",
        )

    def group_arn(side):
        # The call is idempotent in AWS, but not in moto.
        return next(arn for arn, name in pair.names[side].items() if name == "group:sensors")

    def listener(side):
        return side.elbv2.create_listener(
            LoadBalancerArn=side.load_balancer("sensors")["LoadBalancerArn"],
            Protocol="UDP",
            Port=4789,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group_arn(side)}],
        )

    pair.ask(
        "CreateLoadBalancer",
        lambda side: side.elbv2.create_load_balancer(
            Name="sensors", Type="network", Scheme="internal", Subnets=[side.subnet("blue-a"), side.subnet("blue-b")]
        ),
    )
    made = pair.ask("CreateTargetGroup", group)
    pair.name("group", "sensors", lambda side: made[side]["TargetGroups"][0]["TargetGroupArn"])
    pair.ask("CreateListener", listener)
    pair.ask(
        "RegisterTargets",
        lambda side: side.elbv2.register_targets(
            TargetGroupArn=group_arn(side), Targets=[{"Id": side.instance("sensor")}]
        ),
    )
    pair.ask("DescribeTargetHealth", lambda side: side.elbv2.describe_target_health(TargetGroupArn=group_arn(side)))
    pair.ask("DescribeLoadBalancers", lambda side: side.elbv2.describe_load_balancers(Names=["sensors"]))
    pair.ask(
        "DescribeListeners",
        lambda side: side.elbv2.describe_listeners(LoadBalancerArn=side.load_balancer("sensors")["LoadBalancerArn"]),
    )
    pair.ask(
        "DescribeTargetGroupAttributes",
        lambda side: by_key(side.elbv2.describe_target_group_attributes(TargetGroupArn=group_arn(side))),
    )
    pair.ask("ModifyLoadBalancerAttributes", cross_zone)
    pair.ask(
        "CreateTrafficMirrorTarget, load balancer",
        lambda side: side.ec2.create_traffic_mirror_target(
            NetworkLoadBalancerArn=side.load_balancer("sensors")["LoadBalancerArn"]
        ),
    )


def cross_zone(side):
    """Sets an attribute, and gives all of them."""
    answer = side.elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=side.load_balancer("sensors")["LoadBalancerArn"],
        Attributes=[{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}],
    )
    return by_key(answer)


def by_key(answer):
    """Attributes by name: two lists would be compared place by place."""
    return {attribute["Key"]: attribute["Value"] for attribute in answer["Attributes"]}


def launching(pair):
    pair.ask(
        "RunInstances",
        lambda side: side.ec2.run_instances(
            ImageId="ami-12c6146b",
            MinCount=1,
            MaxCount=1,
            InstanceType="m5.large",
            SubnetId=side.subnet("blue-a"),
            TagSpecifications=tag_specification("instance", Name="fresh"),
            ClientToken="launch-token",
        ),
    )
    pair.name("instance", "fresh", lambda side: side.instance("fresh"))
    pair.ask("TerminateInstances", lambda side: side.ec2.terminate_instances(InstanceIds=[side.instance("fresh")]))


def test_every_difference_is_known(twins):
    unexpected = [str(one) for one in twins.seen if not known_gaps.explain(one)]
    assert not unexpected, "\n".join(["differences that known_gaps.py does not name:", *unexpected])


def test_every_known_gap_is_there(twins):
    """A gap that has closed is taken off the list."""
    seen = {gap for one in twins.seen for gap in known_gaps.explain(one)}
    assert not [gap for gap in known_gaps.GAPS if gap not in seen]


def test_the_comparison_sees_each_kind_of_difference():
    moto = {"Kept": 1, "Gone": "x", "Type": "1", "Value": "a", "List": [{"A": 1}], "Longer": [1, 2]}
    sim = {"Kept": 1, "New": "x", "Type": 1, "Value": "b", "List": [{"A": 2}], "Longer": [1]}
    found = list(differences("Op", alike(moto, {}), alike(sim, {})))
    assert found == [
        Difference("Op", "Gone", "only moto", moto="x"),
        Difference("Op", "List[].A", "value", 1, 2),
        Difference("Op", "Longer", "length", 2, 1),
        Difference("Op", "New", "only sim", sim="x"),
        Difference("Op", "Type", "type", "1", 1),
        Difference("Op", "Value", "value", "a", "b"),
    ]


def test_ids_are_told_by_name_and_made_up_ones_by_kind():
    answer = {"A": "eni-0123456789abcdef0", "B": "arn:x/eni-0123456789abcdef0", "C": "traf-mir-fil-0123456789abcdef0"}
    assert alike(answer, {"eni-0123456789abcdef0": "eni:web"}) == {
        "A": "<eni:web>",
        "B": "arn:x/<eni:web>",
        "C": "<filter>",
    }


def facts(kind):
    return {
        "Hypervisor": kind.get("Hypervisor"),
        "BareMetal": kind["BareMetal"],
        "BurstablePerformanceSupported": kind["BurstablePerformanceSupported"],
        "EnaSupport": kind["NetworkInfo"]["EnaSupport"],
    }


def test_facts_of_instance_types_are_those_of_a_real_account(twins):
    """moto's table of types was taken from one."""

    def table(side):
        pages = side.ec2.get_paginator("describe_instance_types").paginate()
        return {kind["InstanceType"]: facts(kind) for page in pages for kind in page["InstanceTypes"]}

    real, ours = table(twins.moto), table(twins.sim)
    common = real.keys() & ours.keys()
    assert len(common) > 300
    wrong = {kind: (ours[kind], real[kind]) for kind in sorted(common) if ours[kind] != real[kind]}
    assert not wrong
