//! EC2, one file per resource: the list of its actions is here.

pub(crate) mod acls;
pub(crate) mod attachments;
pub(crate) mod endpoints;
pub(crate) mod enis;
pub(crate) mod filter_rules;
pub(crate) mod filters;
pub(crate) mod instances;
pub(crate) mod lifecycle;
pub(crate) mod listing;
pub(crate) mod peerings;
pub(crate) mod regions;
pub(crate) mod route_tables;
pub(crate) mod run;
pub(crate) mod security_groups;
pub(crate) mod session_rules;
pub(crate) mod sessions;
pub(crate) mod subnets;
pub(crate) mod tags;
pub(crate) mod targets;
pub(crate) mod tokens;
pub(crate) mod types;
pub(crate) mod vpcs;

use crate::dispatch::{Action, Handler};
use crate::wire::Service;

macro_rules! actions {
    ($($name:literal => $handler:path, [$($param:literal),* $(,)?];)*) => {
        /// Every EC2 action that is simulated.
        pub(crate) const ACTIONS: &[Action] = &[$(Action {
            service: Service::Ec2,
            name: $name,
            params: &[$($param),*],
            handler: Handler::Xml($handler),
        }),*];
    };
}

actions! {
    "DescribeVpcs" => vpcs::describe,
        ["VpcId.#", "Filter.#.Name", "Filter.#.Value.#", "MaxResults", "NextToken", "DryRun"];
    "DescribeSubnets" => subnets::describe,
        ["SubnetId.#", "Filter.#.Name", "Filter.#.Value.#", "MaxResults", "NextToken", "DryRun"];
    "DescribeInstances" => instances::describe,
        ["InstanceId.#", "IncludeManagedResources", "Filter.#.Name", "Filter.#.Value.#", "MaxResults",
         "NextToken", "DryRun"];
    "DescribeNetworkInterfaces" => enis::describe,
        ["NetworkInterfaceId.#", "IncludeManagedResources", "Filter.#.Name", "Filter.#.Value.#", "MaxResults",
         "NextToken", "DryRun"];
    "DescribeVpcEndpoints" => endpoints::describe,
        ["VpcEndpointId.#", "Filter.#.Name", "Filter.#.Value.#", "MaxResults", "NextToken", "DryRun"];
    "DescribeVpcPeeringConnections" => peerings::describe,
        ["VpcPeeringConnectionId.#", "Filter.#.Name", "Filter.#.Value.#", "MaxResults", "NextToken", "DryRun"];
    // The one list whose name on the wire is that of the member.
    "DescribeTransitGatewayVpcAttachments" => attachments::describe,
        ["TransitGatewayAttachmentIds.#", "Filter.#.Name", "Filter.#.Value.#", "MaxResults", "NextToken",
         "DryRun"];
    "DescribeRouteTables" => route_tables::describe,
        ["RouteTableId.#", "Filter.#.Name", "Filter.#.Value.#", "MaxResults", "NextToken", "DryRun"];
    "DescribeSecurityGroups" => security_groups::describe,
        ["GroupId.#", "GroupName.#", "Filter.#.Name", "Filter.#.Value.#", "MaxResults", "NextToken", "DryRun"];
    "DescribeNetworkAcls" => acls::describe,
        ["NetworkAclId.#", "Filter.#.Name", "Filter.#.Value.#", "MaxResults", "NextToken", "DryRun"];
    "DescribeTags" => tags::describe,
        ["Filter.#.Name", "Filter.#.Value.#", "MaxResults", "NextToken", "DryRun"];
    "CreateTags" => tags::create,
        ["ResourceId.#", "Tag.#.Key", "Tag.#.Value", "DryRun"];
    "DeleteTags" => tags::delete,
        ["ResourceId.#", "Tag.#.Key", "Tag.#.Value", "DryRun"];
    "DescribeInstanceTypes" => types::describe,
        ["InstanceType.#", "Filter.#.Name", "Filter.#.Value.#", "MaxResults", "NextToken",
         "IncludeUnsupportedInRegion", "DryRun"];
    "DescribeRegions" => regions::describe,
        ["RegionName.#", "AllRegions", "Filter.#.Name", "Filter.#.Value.#", "DryRun"];
    "DescribeTrafficMirrorSessions" => sessions::describe,
        ["TrafficMirrorSessionId.#", "Filter.#.Name", "Filter.#.Value.#", "MaxResults", "NextToken", "DryRun"];
    "CreateTrafficMirrorSession" => sessions::create,
        ["NetworkInterfaceId", "TrafficMirrorTargetId", "TrafficMirrorFilterId", "PacketLength", "SessionNumber",
         "VirtualNetworkId", "Description", "TagSpecification.#.ResourceType", "TagSpecification.#.Tag.#.Key",
         "TagSpecification.#.Tag.#.Value", "ClientToken", "DryRun"];
    "ModifyTrafficMirrorSession" => sessions::modify,
        ["TrafficMirrorSessionId", "TrafficMirrorTargetId", "TrafficMirrorFilterId", "PacketLength",
         "SessionNumber", "VirtualNetworkId", "Description", "RemoveField.#", "DryRun"];
    "DeleteTrafficMirrorSession" => sessions::delete,
        ["TrafficMirrorSessionId", "DryRun"];
    "DescribeTrafficMirrorTargets" => targets::describe,
        ["TrafficMirrorTargetId.#", "Filter.#.Name", "Filter.#.Value.#", "MaxResults", "NextToken", "DryRun"];
    "CreateTrafficMirrorTarget" => targets::create,
        ["NetworkInterfaceId", "NetworkLoadBalancerArn", "GatewayLoadBalancerEndpointId", "Description",
         "TagSpecification.#.ResourceType", "TagSpecification.#.Tag.#.Key", "TagSpecification.#.Tag.#.Value",
         "ClientToken", "DryRun"];
    "DeleteTrafficMirrorTarget" => targets::delete,
        ["TrafficMirrorTargetId", "DryRun"];
    "DescribeTrafficMirrorFilters" => filters::describe,
        ["TrafficMirrorFilterId.#", "Filter.#.Name", "Filter.#.Value.#", "MaxResults", "NextToken", "DryRun"];
    "CreateTrafficMirrorFilter" => filters::create,
        ["Description", "TagSpecification.#.ResourceType", "TagSpecification.#.Tag.#.Key",
         "TagSpecification.#.Tag.#.Value", "ClientToken", "DryRun"];
    "DeleteTrafficMirrorFilter" => filters::delete,
        ["TrafficMirrorFilterId", "DryRun"];
    "ModifyTrafficMirrorFilterNetworkServices" => filters::modify_services,
        ["TrafficMirrorFilterId", "AddNetworkService.#", "RemoveNetworkService.#", "DryRun"];
    "DescribeTrafficMirrorFilterRules" => filter_rules::describe,
        ["TrafficMirrorFilterRuleId.#", "TrafficMirrorFilterId", "Filter.#.Name", "Filter.#.Value.#",
         "MaxResults", "NextToken", "DryRun"];
    "CreateTrafficMirrorFilterRule" => filter_rules::create,
        ["TrafficMirrorFilterId", "TrafficDirection", "RuleNumber", "RuleAction", "DestinationPortRange.FromPort",
         "DestinationPortRange.ToPort", "SourcePortRange.FromPort", "SourcePortRange.ToPort", "Protocol",
         "DestinationCidrBlock", "SourceCidrBlock", "Description", "TagSpecification.#.ResourceType",
         "TagSpecification.#.Tag.#.Key", "TagSpecification.#.Tag.#.Value", "ClientToken", "DryRun"];
    "DeleteTrafficMirrorFilterRule" => filter_rules::delete,
        ["TrafficMirrorFilterRuleId", "DryRun"];
    "RunInstances" => run::run,
        ["MinCount", "MaxCount", "ImageId", "InstanceType", "SubnetId", "SecurityGroup.#", "SecurityGroupId.#",
         "NetworkInterface.*", "PrivateIpAddress", "TagSpecification.#.ResourceType",
         "TagSpecification.#.Tag.#.Key", "TagSpecification.#.Tag.#.Value", "ClientToken", "DryRun",
         "AdditionalInfo", "BlockDeviceMapping.*", "CapacityReservationSpecification.*", "CpuOptions.*",
         "CreditSpecification.*", "DisableApiStop", "DisableApiTermination", "EbsOptimized",
         "ElasticGpuSpecification.*", "ElasticInferenceAccelerator.*", "EnablePrimaryIpv6", "EnclaveOptions.*",
         "HibernationOptions.*", "IamInstanceProfile.*", "InstanceInitiatedShutdownBehavior",
         "InstanceMarketOptions.*", "Ipv6Address.*", "Ipv6AddressCount", "KernelId", "KeyName",
         "LaunchTemplate.*", "LicenseSpecification.*", "MaintenanceOptions.*", "MetadataOptions.*",
         "Monitoring.*", "NetworkPerformanceOptions.*", "Operator.*", "Placement.*",
         "PrivateDnsNameOptions.*", "RamdiskId", "SecondaryInterface.*", "UserData"];
    "TerminateInstances" => lifecycle::terminate,
        ["InstanceId.#", "Force", "SkipOsShutdown", "DryRun"];
    "StopInstances" => lifecycle::stop,
        ["InstanceId.#", "Force", "Hibernate", "SkipOsShutdown", "DryRun"];
    "StartInstances" => lifecycle::start,
        ["InstanceId.#", "AdditionalInfo", "DryRun"];
}
