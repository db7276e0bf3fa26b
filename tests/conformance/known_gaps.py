"""Where moto 5.2.5 and the simulator answer differently, and why. Each entry must be seen, and nothing else may be.

An entry is (operation, path, kind, reason); `*` in operation and path stands for any text.
"""

from fnmatch import fnmatchcase

from compare import LENGTH, ONLY_MOTO, ONLY_SIM, VALUE

# What instances have that has nothing to do with mirroring: disks, images, metadata, and the like.
NOT_SIMULATED = "the simulator holds no more of an instance than what mirroring and its clients look at"
EMPTY = "moto writes the empty list or text, the simulator leaves the member out, AWS does either"
TYPE_FACTS = "the simulator knows of a type what its name and AWS's lists tell; moto has a dump of a real account"
HIDING = "moto does not know of resources that services manage, nor of IncludeManagedResources"
NO_PRIMARY = "moto makes the first interface like any other one: kept at termination, with a description of its own"
MADE_UP = "each makes up its own"
NETWORK_ARN = "moto gives every load balancer the ARN of an application load balancer (app instead of net)"
GROUP_ATTRIBUTES = "moto gives every group the attributes of one of an application load balancer"

INSTANCE = "*Instances[]"
INTERFACE = "*NetworkInterfaces[]"

GAPS = [
    # STS.
    ("GetCallerIdentity", "Arn", VALUE, "moto names its user in STS's own namespace; a user's ARN is one of IAM"),
    ("GetCallerIdentity", "UserId", VALUE, MADE_UP),
    ("AssumeRole", "PackedPolicySize", ONLY_MOTO, "no policy was packed"),
    # The network.
    ("DescribeVpcs", "*Ipv6CidrBlockAssociationSet", ONLY_MOTO, EMPTY),
    ("DescribeVpcs", "*DhcpOptionsId", VALUE, MADE_UP),
    ("DescribeSubnets", "*Ipv6CidrBlockAssociationSet", ONLY_MOTO, EMPTY),
    ("DescribeSubnets", "*AssignIpv6AddressOnCreation", ONLY_MOTO, "settings for launches are not simulated"),
    ("DescribeSubnets", "*PrivateDnsNameOptionsOnLaunch", ONLY_MOTO, "settings for launches are not simulated"),
    ("DescribeSubnets", "*AvailableIpAddressCount", VALUE, "the simulator does not count the addresses of a subnet"),
    ("*", INTERFACE + ".Ipv6Addresses", ONLY_MOTO, EMPTY),
    ("*", INTERFACE + ".Association", ONLY_MOTO, "moto writes an empty one where there is no public address"),
    ("*", INTERFACE + ".Attachment.DeleteOnTermination", VALUE, NO_PRIMARY),
    ("*", INTERFACE + ".Description", VALUE, NO_PRIMARY),
    ("*", INTERFACE + ".PrivateDnsName", ONLY_SIM, "moto leaves the name out of interfaces"),
    ("*", INTERFACE + ".Operator", ONLY_SIM, HIDING),
    ("DescribeNetworkInterfaces", "*RequesterId", ONLY_MOTO, "moto names a requester where no service asked"),
    ("DescribeNetworkInterfaces", "*AvailabilityZoneId", ONLY_SIM, "newer than moto's interfaces"),
    ("DescribeNetworkInterfaces", "*Ipv6Native", ONLY_SIM, "newer than moto's interfaces"),
    ("DescribeVpcEndpoints", "*.DnsEntries", ONLY_MOTO, EMPTY),
    ("DescribeVpcEndpoints", "*.Groups", ONLY_MOTO, EMPTY),
    ("DescribeVpcEndpoints", "*.NetworkInterfaceIds", ONLY_MOTO, EMPTY),
    ("DescribeVpcEndpoints", "*.RouteTableIds", ONLY_MOTO, EMPTY),
    ("DescribeVpcEndpoints", "*.PolicyDocument", ONLY_MOTO, "policies are not simulated"),
    ("DescribeVpcEndpoints", "*.PrivateDnsEnabled", ONLY_MOTO, "moto says it of endpoints that have no names"),
    ("DescribeVpcEndpoints", "*.IpAddressType", ONLY_SIM, "newer than moto's endpoints"),
    ("DescribeVpcEndpoints", "*.ServiceRegion", ONLY_SIM, "newer than moto's endpoints"),
    ("DescribeVpcEndpoints", "*.RequesterManaged", ONLY_SIM, "moto leaves it out"),
    ("DescribeVpcPeeringConnections", "*.CidrBlockSet", ONLY_SIM, "moto tells the first block only"),
    ("DescribeVpcPeeringConnections", "*.PeeringOptions", ONLY_MOTO, "names across peerings are not simulated"),
    ("DescribeSecurityGroups", "*.IpPermissions", LENGTH, "in moto the group of a VPC takes nothing from itself"),
    ("DescribeRouteTables", "*.PropagatingVgws", ONLY_SIM, EMPTY),
    # Instances.
    ("*", INSTANCE + ".Operator", ONLY_SIM, HIDING),
    ("*", INSTANCE + ".BlockDeviceMappings", ONLY_MOTO, NOT_SIMULATED),
    ("*", INSTANCE + ".EbsOptimized", ONLY_MOTO, NOT_SIMULATED),
    ("*", INSTANCE + ".HibernationOptions", ONLY_MOTO, NOT_SIMULATED),
    ("*", INSTANCE + ".MetadataOptions", ONLY_MOTO, NOT_SIMULATED),
    ("*", INSTANCE + ".Placement.GroupName", ONLY_MOTO, NOT_SIMULATED),
    ("*", INSTANCE + ".ProductCodes", ONLY_MOTO, EMPTY),
    ("*", INSTANCE + ".RootDeviceName", ONLY_MOTO, NOT_SIMULATED),
    ("*", INSTANCE + ".SourceDestCheck", ONLY_MOTO, "the simulator says it of the interfaces only"),
    ("*", INSTANCE + ".SriovNetSupport", ONLY_MOTO, NOT_SIMULATED),
    ("*", INSTANCE + ".StateReason", ONLY_MOTO, "moto writes an empty one where nothing happened"),
    ("*", INSTANCE + ".StateTransitionReason", ONLY_MOTO, EMPTY),
    ("*", INSTANCE + ".Platform", ONLY_MOTO, "moto's image is one of Windows"),
    ("*", INSTANCE + ".SecurityGroups", LENGTH, "moto writes an empty list although the interface has a group"),
    ("DescribeInstances", INSTANCE + ".ClientToken", ONLY_MOTO, "moto's were launched by a call, ours by a file"),
    ("DescribeInstances", INSTANCE + ".ImageId", VALUE, "moto's were launched by a call, ours by a file"),
    # Instance types.
    ("DescribeInstanceTypes", "*.CurrentGeneration", VALUE, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.AutoRecoverySupported", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.DedicatedHostsSupported", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.EbsInfo", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.HibernationSupported", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.InstanceStorageSupported", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.MemoryInfo", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.NetworkInfo.ConnectionTrackingConfiguration", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.NetworkInfo.DefaultNetworkCardIndex", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.NetworkInfo.EfaSupported", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.NetworkInfo.EnaSrdSupported", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.NetworkInfo.EncryptionInTransitSupported", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.NetworkInfo.FlexibleEnaQueuesSupport", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.NetworkInfo.Ipv?AddressesPerInterface", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.NetworkInfo.Ipv6Supported", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.NetworkInfo.NetworkCards", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.NetworkInfo.NetworkPerformance", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.NetworkInfo.SecondaryNetworkSupported", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.NitroEnclavesSupport", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.NitroTpm*", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.PhcSupport", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.PlacementGroupInfo", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.ProcessorInfo", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.RebootMigrationSupport", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.SupportedBootModes", ONLY_MOTO, TYPE_FACTS),
    ("DescribeInstanceTypes", "*.VCpuInfo", ONLY_MOTO, TYPE_FACTS),
    # Mirroring. moto refuses nothing and fills nothing in; the table is short because only good calls are compared.
    ("*", "*TrafficMirrorSession*.VirtualNetworkId", ONLY_SIM, "moto gives no network id to a session without one"),
    ("DescribeTrafficMirrorFilters", "*.*gressFilterRules", ONLY_SIM, "moto has no filter rules"),
    ("DescribeTrafficMirrorFilters", "*.NetworkServices", ONLY_SIM, "moto has no network services"),
    # Load balancing.
    ("*", "*LoadBalancerArn", VALUE, NETWORK_ARN),
    ("*", "*ListenerArn", VALUE, NETWORK_ARN),
    ("*LoadBalancer*", "*.CanonicalHostedZoneId", VALUE, MADE_UP),
    ("*LoadBalancer*", "*.DNSName", VALUE, MADE_UP),
    ("*LoadBalancer*", "*.SecurityGroups", ONLY_MOTO, EMPTY),
    ("*LoadBalancer*", "*.LoadBalancerAddresses", ONLY_SIM, "moto leaves the list out of zones"),
    ("ModifyLoadBalancerAttributes", "access_logs.s3.*", ONLY_MOTO, "logs are not simulated"),
    ("DescribeTargetGroupAttributes", "*", ONLY_MOTO, GROUP_ATTRIBUTES),
    ("DescribeTargetGroupAttributes", "*", ONLY_SIM, GROUP_ATTRIBUTES),
    ("CreateTargetGroup", "*.LoadBalancerArns", ONLY_SIM, EMPTY),
    ("*Listener*", "*.AlpnPolicy", ONLY_MOTO, "moto writes what only TLS listeners have"),
    ("*Listener*", "*.SslPolicy", ONLY_MOTO, "moto writes what only TLS listeners have"),
    ("*Listener*", "*.DefaultActions[].ForwardConfig", ONLY_SIM, "moto leaves the long form of an action out"),
    ("*Listener*", "*.DefaultActions[].Order", ONLY_SIM, "moto leaves the order out where there is one action"),
]


def explain(difference):
    """The entries that expect a difference."""
    return [gap for gap in GAPS if _covers(gap, difference)]


def _covers(gap, difference):
    operation, path, kind, _ = gap
    # Brackets are part of a path, not of a pattern.
    path = path.replace("[", "[[]")
    return (
        fnmatchcase(difference.operation, operation) and fnmatchcase(difference.path, path) and difference.kind == kind
    )
