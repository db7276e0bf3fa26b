"""The fields that a client of mirror sessions relies on, by thing, with the type boto3 gives them.

A field that AWS leaves out on some things is optional here; all others must be there on each.
"""

from datetime import datetime

TAGS = [{"Key": str, "Value": str}]


class Optional:
    """A field that may be absent, and has this type when it is there."""

    def __init__(self, kind):
        self.kind = kind


SESSION = {
    "TrafficMirrorSessionId": str,
    "TrafficMirrorTargetId": str,
    "TrafficMirrorFilterId": str,
    "NetworkInterfaceId": str,
    "OwnerId": str,
    "PacketLength": Optional(int),
    "SessionNumber": int,
    "VirtualNetworkId": int,
    "Description": Optional(str),
    "Tags": TAGS,
}
TARGET = {
    "TrafficMirrorTargetId": str,
    "NetworkInterfaceId": Optional(str),
    "NetworkLoadBalancerArn": Optional(str),
    "GatewayLoadBalancerEndpointId": Optional(str),
    "Type": str,
    "Description": Optional(str),
    "OwnerId": str,
    "Tags": TAGS,
}
RULE = {
    "TrafficMirrorFilterRuleId": str,
    "TrafficMirrorFilterId": str,
    "TrafficDirection": str,
    "RuleNumber": int,
    "RuleAction": str,
    "Protocol": Optional(int),
    "DestinationPortRange": Optional({"FromPort": int, "ToPort": int}),
    "SourcePortRange": Optional({"FromPort": int, "ToPort": int}),
    "DestinationCidrBlock": str,
    "SourceCidrBlock": str,
    "Description": Optional(str),
    "Tags": Optional(TAGS),
}
FILTER = {
    "TrafficMirrorFilterId": str,
    "IngressFilterRules": [RULE],
    "EgressFilterRules": [RULE],
    "NetworkServices": [str],
    "Description": Optional(str),
    "Tags": TAGS,
}
GROUPS = [{"GroupId": str, "GroupName": str}]
OPERATOR = {"Managed": bool, "Principal": Optional(str), "HiddenByDefault": Optional(bool)}
INTERFACE = {
    "NetworkInterfaceId": str,
    "InterfaceType": str,
    "Status": str,
    "OwnerId": str,
    "RequesterId": Optional(str),
    "RequesterManaged": bool,
    "SubnetId": str,
    "VpcId": str,
    "AvailabilityZone": str,
    "AvailabilityZoneId": str,
    "Ipv6Native": Optional(bool),
    "PrivateIpAddress": Optional(str),
    "Groups": GROUPS,
    "Description": str,
    "Operator": Optional(OPERATOR),
    "Attachment": Optional(
        {
            "AttachmentId": str,
            "InstanceId": Optional(str),
            "InstanceOwnerId": str,
            "DeviceIndex": int,
            "NetworkCardIndex": Optional(int),
            "Status": str,
            "DeleteOnTermination": bool,
        }
    ),
    "TagSet": TAGS,
}
INSTANCE = {
    "InstanceId": str,
    "InstanceType": str,
    "State": {"Code": int, "Name": str},
    "NetworkInterfaces": [
        {
            "NetworkInterfaceId": str,
            "InterfaceType": str,
            "OwnerId": str,
            "SubnetId": str,
            "VpcId": str,
            "Status": str,
            "Groups": GROUPS,
            "Attachment": {"AttachmentId": str, "DeviceIndex": int, "Status": str, "DeleteOnTermination": bool},
        }
    ],
    "SecurityGroups": GROUPS,
    "Tags": Optional(TAGS),
    "VpcId": Optional(str),
    "SubnetId": Optional(str),
    "Operator": Optional(OPERATOR),
    "LaunchTime": datetime,
}
RESERVATION = {"ReservationId": str, "OwnerId": str, "Instances": [INSTANCE]}
INSTANCE_TYPE = {
    "InstanceType": str,
    "Hypervisor": Optional(str),
    "BareMetal": bool,
    "CurrentGeneration": bool,
    "BurstablePerformanceSupported": bool,
    "NetworkInfo": {"MaximumNetworkInterfaces": int, "EnaSupport": str},
    "SupportedInRegion": Optional(bool),
}
SUBNET = {
    "SubnetId": str,
    "VpcId": str,
    "AvailabilityZone": str,
    "AvailabilityZoneId": str,
    "SubnetArn": str,
    "Ipv6Native": bool,
    "OwnerId": str,
    "CidrBlock": Optional(str),
    "Tags": TAGS,
}
VPC = {
    "VpcId": str,
    "OwnerId": str,
    "State": str,
    "CidrBlock": str,
    "CidrBlockAssociationSet": [
        {"AssociationId": str, "CidrBlock": str, "CidrBlockState": {"State": str}},
    ],
    "IsDefault": bool,
    "Tags": TAGS,
}
ENDPOINT = {
    "VpcEndpointId": str,
    "VpcEndpointType": str,
    "VpcId": str,
    "ServiceName": str,
    "State": str,
    "SubnetIds": [str],
    "OwnerId": str,
    "CreationTimestamp": datetime,
    "Tags": TAGS,
}
PEERED_VPC = {"VpcId": str, "OwnerId": str, "Region": str, "CidrBlock": Optional(str)}
PEERING = {
    "VpcPeeringConnectionId": str,
    "RequesterVpcInfo": PEERED_VPC,
    "AccepterVpcInfo": PEERED_VPC,
    "Status": {"Code": str, "Message": Optional(str)},
    "Tags": TAGS,
}
ATTACHMENT = {
    "TransitGatewayAttachmentId": str,
    "TransitGatewayId": str,
    "VpcId": str,
    "VpcOwnerId": str,
    "State": str,
    "SubnetIds": [str],
    "CreationTime": datetime,
    "Tags": TAGS,
}
PERMISSION = {
    "IpProtocol": str,
    "FromPort": Optional(int),
    "ToPort": Optional(int),
    "UserIdGroupPairs": [
        {
            "UserId": str,
            "GroupId": str,
            "VpcId": Optional(str),
            "VpcPeeringConnectionId": Optional(str),
            "PeeringStatus": Optional(str),
        }
    ],
    "IpRanges": [{"CidrIp": str}],
    "Ipv6Ranges": [{"CidrIpv6": str}],
    "PrefixListIds": [{"PrefixListId": str}],
}
SECURITY_GROUP = {
    "GroupId": str,
    "GroupName": str,
    "Description": str,
    "OwnerId": str,
    "VpcId": str,
    "SecurityGroupArn": str,
    "IpPermissions": [PERMISSION],
    "IpPermissionsEgress": [PERMISSION],
    "Tags": TAGS,
}
ACL = {
    "NetworkAclId": str,
    "VpcId": str,
    "OwnerId": str,
    "IsDefault": bool,
    "Entries": [
        {
            "RuleNumber": int,
            "Protocol": str,
            "RuleAction": str,
            "Egress": bool,
            "CidrBlock": Optional(str),
            "Ipv6CidrBlock": Optional(str),
            "PortRange": Optional({"From": int, "To": int}),
            "IcmpTypeCode": Optional({"Type": int, "Code": int}),
        }
    ],
    "Associations": [{"NetworkAclAssociationId": str, "NetworkAclId": str, "SubnetId": str}],
    "Tags": TAGS,
}
ROUTE = {
    "DestinationCidrBlock": Optional(str),
    "DestinationIpv6CidrBlock": Optional(str),
    "DestinationPrefixListId": Optional(str),
    "State": str,
    "Origin": str,
}
ROUTE_TABLE = {
    "RouteTableId": str,
    "VpcId": str,
    "OwnerId": str,
    "Routes": [ROUTE],
    "Associations": [
        {
            "RouteTableAssociationId": str,
            "RouteTableId": str,
            "Main": bool,
            "SubnetId": Optional(str),
            "AssociationState": {"State": str},
        }
    ],
    "PropagatingVgws": [{"GatewayId": str}],
    "Tags": TAGS,
}
REGION = {"RegionName": str, "Endpoint": str, "OptInStatus": str}
TAG = {"Key": str, "Value": str, "ResourceId": str, "ResourceType": str}
STATE_CHANGE = {
    "InstanceId": str,
    "CurrentState": {"Code": int, "Name": str},
    "PreviousState": {"Code": int, "Name": str},
}
LOAD_BALANCER = {
    "LoadBalancerArn": str,
    "LoadBalancerName": str,
    "DNSName": str,
    "Scheme": str,
    "VpcId": str,
    "State": {"Code": str},
    "Type": str,
    "AvailabilityZones": [{"ZoneName": str, "SubnetId": str}],
    "IpAddressType": str,
    "CreatedTime": datetime,
}
TARGET_GROUP = {
    "TargetGroupArn": str,
    "TargetGroupName": str,
    "Protocol": str,
    "Port": int,
    "VpcId": str,
    "TargetType": str,
    "HealthCheckProtocol": str,
    "HealthCheckPort": str,
    "HealthCheckIntervalSeconds": int,
    "HealthCheckTimeoutSeconds": int,
    "HealthyThresholdCount": int,
    "UnhealthyThresholdCount": int,
}
LISTENER = {
    "ListenerArn": str,
    "LoadBalancerArn": str,
    "Port": int,
    "Protocol": str,
    "DefaultActions": [{"Type": str, "TargetGroupArn": str}],
}
HEALTH = {
    "Target": {"Id": str, "Port": int, "AvailabilityZone": Optional(str)},
    "HealthCheckPort": str,
    "TargetHealth": {"State": str, "Reason": Optional(str), "Description": Optional(str)},
}
ORGANIZATION = {
    "Id": str,
    "Arn": str,
    "FeatureSet": str,
    "MasterAccountArn": str,
    "MasterAccountId": str,
    "MasterAccountEmail": str,
}
MEMBER = {
    "Id": str,
    "Arn": str,
    "Email": str,
    "Name": str,
    "State": str,
    "Status": Optional(str),
    "JoinedMethod": str,
    "JoinedTimestamp": datetime,
}
IDENTITY = {"Account": str, "Arn": str, "UserId": str}
ASSUMED = {
    "Credentials": {"AccessKeyId": str, "SecretAccessKey": str, "SessionToken": str, "Expiration": datetime},
    "AssumedRoleUser": {"Arn": str, "AssumedRoleId": str},
}


def has(shape, thing, path="answer"):
    """Asserts that `thing` has every field of `shape`; more fields are welcome (the wire check knows them)."""
    if isinstance(shape, Optional):
        has(shape.kind, thing, path)
    elif isinstance(shape, dict):
        assert isinstance(thing, dict), f"{path} is {thing!r}"
        for key, kind in shape.items():
            if key in thing:
                has(kind, thing[key], f"{path}.{key}")
            else:
                assert isinstance(kind, Optional), f"{path} has no {key}: {sorted(thing)}"
    elif isinstance(shape, list):
        assert isinstance(thing, list), f"{path} is {thing!r}"
        for index, element in enumerate(thing):
            has(shape[0], element, f"{path}[{index}]")
    else:
        assert type(thing) is shape, f"{path} is {thing!r}, no {shape.__name__}"
        assert thing != "" or shape is not str or path.endswith((".Value", ".Description")), f"{path} is empty"


def all_have(shape, things):
    """`has` for a list that must not be empty."""
    assert things, "an empty list proves nothing"
    has([shape], things)
