"""The describes as tests walk them: result, id, and for every documented filter how it reads one thing.

The filter names are those of the service model's documentation. Where boto3's answer does not carry what a filter
looks at, the reader is None: such a filter is only tried for being known.
"""

from dataclasses import dataclass, field


@dataclass
class Listing:
    operation: str
    method: str
    result: str
    # What tells two things of one answer apart.
    key: object
    # Filter name -> reader that gives the values of one thing, as text.
    filters: dict = field(default_factory=dict)
    paginator: bool = True
    arguments: dict = field(default_factory=dict)
    max_results: tuple = (5, 1000)
    # Whether a page that is asked to be too large is made as large as they get, rather than refused.
    cuts: bool = False
    ids: str | None = None

    def things(self, answer):
        """The things of an answer, flat."""
        found = answer.get(self.result, [])
        if self.operation != "DescribeInstances":
            return found
        return [
            instance | {"_reservation": reservation} for reservation in found for instance in reservation["Instances"]
        ]

    def call(self, ec2, **more):
        return getattr(ec2, self.method)(**{**self.arguments, **more})

    def all(self, ec2, **more):
        return self.things(self.call(ec2, **more))

    def keys(self, things):
        return sorted(self.key(thing) for thing in things)


def at(*path):
    """A reader of one member; lists on the way are gone through."""

    def read(thing):
        found = [thing]
        for name in path:
            found = [one[name] for one in found if name in one]
            found = [each for one in found for each in (one if isinstance(one, list) else [one])]
        return [text(one) for one in found]

    return read


def text(value):
    if isinstance(value, bool):
        return str(value).lower()
    if hasattr(value, "strftime"):
        return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03}Z"
    return str(value)


def tag(key, tags="Tags"):
    return lambda thing: [pair["Value"] for pair in thing.get(tags, []) if pair["Key"] == key]


def unsaid_means_false(reader):
    """AWS leaves a false member out here."""
    return lambda thing: reader(thing) or ["false"]


SESSIONS = Listing(
    "DescribeTrafficMirrorSessions",
    "describe_traffic_mirror_sessions",
    "TrafficMirrorSessions",
    lambda s: s["TrafficMirrorSessionId"],
    {
        "description": at("Description"),
        "network-interface-id": at("NetworkInterfaceId"),
        "owner-id": at("OwnerId"),
        "packet-length": at("PacketLength"),
        "session-number": at("SessionNumber"),
        "traffic-mirror-filter-id": at("TrafficMirrorFilterId"),
        "traffic-mirror-session-id": at("TrafficMirrorSessionId"),
        "traffic-mirror-target-id": at("TrafficMirrorTargetId"),
        "virtual-network-id": at("VirtualNetworkId"),
    },
    ids="TrafficMirrorSessionIds",
)
TARGETS = Listing(
    "DescribeTrafficMirrorTargets",
    "describe_traffic_mirror_targets",
    "TrafficMirrorTargets",
    lambda t: t["TrafficMirrorTargetId"],
    {
        "description": at("Description"),
        "network-interface-id": at("NetworkInterfaceId"),
        "network-load-balancer-arn": at("NetworkLoadBalancerArn"),
        "owner-id": at("OwnerId"),
        "traffic-mirror-target-id": at("TrafficMirrorTargetId"),
    },
    ids="TrafficMirrorTargetIds",
)
FILTERS = Listing(
    "DescribeTrafficMirrorFilters",
    "describe_traffic_mirror_filters",
    "TrafficMirrorFilters",
    lambda f: f["TrafficMirrorFilterId"],
    {"description": at("Description"), "traffic-mirror-filter-id": at("TrafficMirrorFilterId")},
    ids="TrafficMirrorFilterIds",
)
RULES = Listing(
    "DescribeTrafficMirrorFilterRules",
    "describe_traffic_mirror_filter_rules",
    "TrafficMirrorFilterRules",
    lambda r: r["TrafficMirrorFilterRuleId"],
    {
        "traffic-mirror-filter-rule-id": at("TrafficMirrorFilterRuleId"),
        "traffic-mirror-filter-id": at("TrafficMirrorFilterId"),
        "rule-number": at("RuleNumber"),
        "rule-action": at("RuleAction"),
        "traffic-direction": at("TrafficDirection"),
        "protocol": at("Protocol"),
        "source-cidr-block": at("SourceCidrBlock"),
        "destination-cidr-block": at("DestinationCidrBlock"),
        "description": at("Description"),
    },
    # Neither botocore nor the other SDKs have a paginator for it, though it takes and gives a token.
    paginator=False,
    ids="TrafficMirrorFilterRuleIds",
)
VPCS = Listing(
    "DescribeVpcs",
    "describe_vpcs",
    "Vpcs",
    lambda v: v["VpcId"],
    {
        "vpc-id": at("VpcId"),
        "owner-id": at("OwnerId"),
        "state": at("State"),
        "is-default": at("IsDefault"),
        "cidr": at("CidrBlock"),
        "dhcp-options-id": at("DhcpOptionsId"),
        "cidr-block-association.cidr-block": at("CidrBlockAssociationSet", "CidrBlock"),
        "cidr-block-association.association-id": at("CidrBlockAssociationSet", "AssociationId"),
        "cidr-block-association.state": at("CidrBlockAssociationSet", "CidrBlockState", "State"),
        "ipv6-cidr-block-association.ipv6-cidr-block": at("Ipv6CidrBlockAssociationSet", "Ipv6CidrBlock"),
        "ipv6-cidr-block-association.ipv6-pool": at("Ipv6CidrBlockAssociationSet", "Ipv6Pool"),
        "ipv6-cidr-block-association.association-id": at("Ipv6CidrBlockAssociationSet", "AssociationId"),
        "ipv6-cidr-block-association.state": at("Ipv6CidrBlockAssociationSet", "Ipv6CidrBlockState", "State"),
        "tag:Name": tag("Name"),
        "tag-key": at("Tags", "Key"),
    },
    ids="VpcIds",
)
SUBNETS = Listing(
    "DescribeSubnets",
    "describe_subnets",
    "Subnets",
    lambda s: s["SubnetId"],
    {
        "subnet-id": at("SubnetId"),
        "subnet-arn": at("SubnetArn"),
        "vpc-id": at("VpcId"),
        "availability-zone": at("AvailabilityZone"),
        "availability-zone-id": at("AvailabilityZoneId"),
        "ipv6-native": at("Ipv6Native"),
        "state": at("State"),
        "owner-id": at("OwnerId"),
        "cidr-block": at("CidrBlock"),
        "default-for-az": at("DefaultForAz"),
        "map-public-ip-on-launch": at("MapPublicIpOnLaunch"),
        "available-ip-address-count": at("AvailableIpAddressCount"),
        "outpost-arn": at("OutpostArn"),
        "tag:Name": tag("Name"),
        "tag-key": at("Tags", "Key"),
    },
    ids="SubnetIds",
)
INSTANCES = Listing(
    "DescribeInstances",
    "describe_instances",
    "Reservations",
    lambda i: i["InstanceId"],
    {
        "instance-id": at("InstanceId"),
        "instance-state-name": at("State", "Name"),
        "instance-state-code": at("State", "Code"),
        "instance-type": at("InstanceType"),
        "vpc-id": at("VpcId"),
        "subnet-id": at("SubnetId"),
        "availability-zone": at("Placement", "AvailabilityZone"),
        "owner-id": at("_reservation", "OwnerId"),
        # ovm or xen, and xen for Nitro too.
        "hypervisor": at("Hypervisor"),
        "operator.managed": unsaid_means_false(at("Operator", "Managed")),
        "operator.principal": at("Operator", "Principal"),
        "network-interface.network-interface-id": at("NetworkInterfaces", "NetworkInterfaceId"),
        "network-interface.group-id": at("NetworkInterfaces", "Groups", "GroupId"),
        "network-interface.group-name": at("NetworkInterfaces", "Groups", "GroupName"),
        "instance.group-id": at("SecurityGroups", "GroupId"),
        "instance.group-name": at("SecurityGroups", "GroupName"),
        "network-interface.vpc-id": at("NetworkInterfaces", "VpcId"),
        "network-interface.requester-managed": None,
        "network-interface.attachment.status": at("NetworkInterfaces", "Attachment", "Status"),
        "network-interface.tag-key": None,
        "tag:Name": tag("Name"),
        "tag-key": at("Tags", "Key"),
        "reservation-id": at("_reservation", "ReservationId"),
        "client-token": at("ClientToken"),
        "launch-time": at("LaunchTime"),
    },
    # Managed instances are hidden otherwise, and the operator filters would have nothing to find.
    arguments={"IncludeManagedResources": True},
    ids="InstanceIds",
)
INTERFACES = Listing(
    "DescribeNetworkInterfaces",
    "describe_network_interfaces",
    "NetworkInterfaces",
    lambda e: e["NetworkInterfaceId"],
    {
        "network-interface-id": at("NetworkInterfaceId"),
        "interface-type": at("InterfaceType"),
        "requester-managed": at("RequesterManaged"),
        "requester-id": at("RequesterId"),
        "status": at("Status"),
        "owner-id": at("OwnerId"),
        "vpc-id": at("VpcId"),
        "subnet-id": at("SubnetId"),
        "group-id": at("Groups", "GroupId"),
        "availability-zone": at("AvailabilityZone"),
        "attachment.instance-id": at("Attachment", "InstanceId"),
        "attachment.instance-owner-id": at("Attachment", "InstanceOwnerId"),
        "attachment.status": at("Attachment", "Status"),
        "attachment.device-index": at("Attachment", "DeviceIndex"),
        "attachment.delete-on-termination": at("Attachment", "DeleteOnTermination"),
        "mac-address": at("MacAddress"),
        "private-ip-address": at("PrivateIpAddress"),
        "description": at("Description"),
        "operator.managed": unsaid_means_false(at("Operator", "Managed")),
        "operator.principal": at("Operator", "Principal"),
        "tag:Name": tag("Name", "TagSet"),
        "tag-key": at("TagSet", "Key"),
    },
    arguments={"IncludeManagedResources": True},
    ids="NetworkInterfaceIds",
)
ENDPOINTS = Listing(
    "DescribeVpcEndpoints",
    "describe_vpc_endpoints",
    "VpcEndpoints",
    lambda e: e["VpcEndpointId"],
    {
        "vpc-endpoint-id": at("VpcEndpointId"),
        "vpc-endpoint-type": at("VpcEndpointType"),
        "vpc-endpoint-state": at("State"),
        "vpc-id": at("VpcId"),
        "service-name": at("ServiceName"),
        "service-region": at("ServiceRegion"),
        "ip-address-type": at("IpAddressType"),
        "tag:Name": tag("Name"),
        "tag-key": at("Tags", "Key"),
    },
    cuts=True,
    ids="VpcEndpointIds",
)
PEERINGS = Listing(
    "DescribeVpcPeeringConnections",
    "describe_vpc_peering_connections",
    "VpcPeeringConnections",
    lambda p: p["VpcPeeringConnectionId"],
    {
        "vpc-peering-connection-id": at("VpcPeeringConnectionId"),
        "accepter-vpc-info.cidr-block": at("AccepterVpcInfo", "CidrBlock"),
        "accepter-vpc-info.owner-id": at("AccepterVpcInfo", "OwnerId"),
        "accepter-vpc-info.vpc-id": at("AccepterVpcInfo", "VpcId"),
        "requester-vpc-info.cidr-block": at("RequesterVpcInfo", "CidrBlock"),
        "requester-vpc-info.owner-id": at("RequesterVpcInfo", "OwnerId"),
        "requester-vpc-info.vpc-id": at("RequesterVpcInfo", "VpcId"),
        "status-code": at("Status", "Code"),
        "status-message": at("Status", "Message"),
        "expiration-time": at("ExpirationTime"),
        "tag:Name": tag("Name"),
        "tag-key": at("Tags", "Key"),
    },
    ids="VpcPeeringConnectionIds",
)
ATTACHMENTS = Listing(
    "DescribeTransitGatewayVpcAttachments",
    "describe_transit_gateway_vpc_attachments",
    "TransitGatewayVpcAttachments",
    lambda a: a["TransitGatewayAttachmentId"],
    # Their documentation lists no tag filter either.
    {
        "transit-gateway-attachment-id": at("TransitGatewayAttachmentId"),
        "transit-gateway-id": at("TransitGatewayId"),
        "vpc-id": at("VpcId"),
        "state": at("State"),
    },
    ids="TransitGatewayAttachmentIds",
)
SECURITY_GROUPS = Listing(
    "DescribeSecurityGroups",
    "describe_security_groups",
    "SecurityGroups",
    lambda g: g["GroupId"],
    {
        "group-id": at("GroupId"),
        "group-name": at("GroupName"),
        "description": at("Description"),
        "owner-id": at("OwnerId"),
        "vpc-id": at("VpcId"),
        **{
            f"{direction}ip-permission.{name}": at(member, *path)
            for direction, member in (("", "IpPermissions"), ("egress.", "IpPermissionsEgress"))
            for name, path in {
                "cidr": ("IpRanges", "CidrIp"),
                "from-port": ("FromPort",),
                "group-id": ("UserIdGroupPairs", "GroupId"),
                "ipv6-cidr": ("Ipv6Ranges", "CidrIpv6"),
                "prefix-list-id": ("PrefixListIds", "PrefixListId"),
                "protocol": ("IpProtocol",),
                "to-port": ("ToPort",),
                "user-id": ("UserIdGroupPairs", "UserId"),
            }.items()
        },
        # Only in the default VPC does AWS name the groups of a rule.
        "ip-permission.group-name": None,
        "egress.ip-permission.group-name": None,
        "tag:Name": tag("Name"),
        "tag-key": at("Tags", "Key"),
    },
    ids="GroupIds",
)
# What the filter of entries calls protocols; the answer has numbers.
PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp"}
ACLS = Listing(
    "DescribeNetworkAcls",
    "describe_network_acls",
    "NetworkAcls",
    lambda a: a["NetworkAclId"],
    {
        "network-acl-id": at("NetworkAclId"),
        "association.association-id": at("Associations", "NetworkAclAssociationId"),
        "association.network-acl-id": at("Associations", "NetworkAclId"),
        "association.subnet-id": at("Associations", "SubnetId"),
        "default": at("IsDefault"),
        "entry.cidr": at("Entries", "CidrBlock"),
        "entry.egress": at("Entries", "Egress"),
        "entry.icmp.code": at("Entries", "IcmpTypeCode", "Code"),
        "entry.icmp.type": at("Entries", "IcmpTypeCode", "Type"),
        "entry.ipv6-cidr": at("Entries", "Ipv6CidrBlock"),
        "entry.port-range.from": at("Entries", "PortRange", "From"),
        "entry.port-range.to": at("Entries", "PortRange", "To"),
        "entry.protocol": lambda a: [PROTOCOLS.get(e["Protocol"], e["Protocol"]) for e in a["Entries"]],
        "entry.rule-action": at("Entries", "RuleAction"),
        "entry.rule-number": at("Entries", "RuleNumber"),
        "owner-id": at("OwnerId"),
        "vpc-id": at("VpcId"),
        "tag:Name": tag("Name"),
        "tag-key": at("Tags", "Key"),
    },
    ids="NetworkAclIds",
)
ROUTE_TABLES = Listing(
    "DescribeRouteTables",
    "describe_route_tables",
    "RouteTables",
    lambda t: t["RouteTableId"],
    {
        "route-table-id": at("RouteTableId"),
        "association.gateway-id": at("Associations", "GatewayId"),
        "association.main": at("Associations", "Main"),
        "association.route-table-association-id": at("Associations", "RouteTableAssociationId"),
        "association.route-table-id": at("Associations", "RouteTableId"),
        "association.subnet-id": at("Associations", "SubnetId"),
        "owner-id": at("OwnerId"),
        "route.destination-cidr-block": at("Routes", "DestinationCidrBlock"),
        "route.destination-ipv6-cidr-block": at("Routes", "DestinationIpv6CidrBlock"),
        "route.destination-prefix-list-id": at("Routes", "DestinationPrefixListId"),
        "route.egress-only-internet-gateway-id": at("Routes", "EgressOnlyInternetGatewayId"),
        "route.gateway-id": at("Routes", "GatewayId"),
        "route.instance-id": at("Routes", "InstanceId"),
        "route.nat-gateway-id": at("Routes", "NatGatewayId"),
        "route.transit-gateway-id": at("Routes", "TransitGatewayId"),
        "route.origin": at("Routes", "Origin"),
        "route.state": at("Routes", "State"),
        "route.vpc-peering-connection-id": at("Routes", "VpcPeeringConnectionId"),
        "tag:Name": tag("Name"),
        "tag-key": at("Tags", "Key"),
        "vpc-id": at("VpcId"),
    },
    max_results=(5, 100),
    ids="RouteTableIds",
)
TAGS = Listing(
    "DescribeTags",
    "describe_tags",
    "Tags",
    lambda t: (t["ResourceId"], t["Key"]),
    {
        "key": at("Key"),
        "value": at("Value"),
        "resource-id": at("ResourceId"),
        "resource-type": at("ResourceType"),
        "tag:Name": lambda t: [t["Value"]] if t["Key"] == "Name" else [],
    },
)
TYPES = Listing(
    "DescribeInstanceTypes",
    "describe_instance_types",
    "InstanceTypes",
    lambda t: t["InstanceType"],
    {
        "instance-type": at("InstanceType"),
        "bare-metal": at("BareMetal"),
        "hypervisor": at("Hypervisor"),
        "current-generation": at("CurrentGeneration"),
        "burstable-performance-supported": at("BurstablePerformanceSupported"),
        "network-info.ena-support": at("NetworkInfo", "EnaSupport"),
        "network-info.maximum-network-interfaces": at("NetworkInfo", "MaximumNetworkInterfaces"),
        "supported-virtualization-type": at("SupportedVirtualizationTypes"),
    },
    max_results=(5, 100),
    ids="InstanceTypes",
)
REGIONS = Listing(
    "DescribeRegions",
    "describe_regions",
    "Regions",
    lambda r: r["RegionName"],
    {
        "region-name": at("RegionName"),
        "endpoint": at("Endpoint"),
        "opt-in-status": at("OptInStatus"),
    },
    paginator=False,
    max_results=None,
    ids="RegionNames",
)

PAGED = [SESSIONS, TARGETS, FILTERS, RULES, VPCS, SUBNETS, INSTANCES, INTERFACES]
PAGED += [ENDPOINTS, PEERINGS, ATTACHMENTS, ROUTE_TABLES]
PAGED += [SECURITY_GROUPS, ACLS, TAGS, TYPES]
ALL = [*PAGED, REGIONS]
# Their documentation lists no tag filter.
UNTAGGED = [SESSIONS, TARGETS, FILTERS, RULES, ATTACHMENTS]
