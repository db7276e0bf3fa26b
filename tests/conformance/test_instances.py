"""Instances and interfaces: life, launch forms, hidden managed resources, unknown ids."""

import pytest

from account import filters, refused, tag_specification


def launch(account, **more):
    arguments = {"ImageId": "ami-12c6146b", "MinCount": 1, "MaxCount": 1, "InstanceType": "m5.large"}
    return account.ec2.run_instances(**(arguments | more))["Instances"]


def test_a_launched_instance_runs(account):
    [made] = launch(account, SubnetId=account.subnet("blue-a"))
    waiter = account.ec2.get_waiter("instance_running")
    waiter.wait(InstanceIds=[made["InstanceId"]], WaiterConfig={"Delay": 0, "MaxAttempts": 200})
    of_it = [{"Name": "attachment.instance-id", "Values": [made["InstanceId"]]}]
    [eni] = account.ec2.describe_network_interfaces(Filters=of_it)["NetworkInterfaces"]
    assert eni["Status"] == "in-use" and eni["SubnetId"] == account.subnet("blue-a")
    # A launch's own interface goes with it.
    assert eni["Attachment"]["DeleteOnTermination"] is True
    account.create_session(eni["NetworkInterfaceId"])


def test_interfaces_are_given_at_launch(account):
    first = {"DeviceIndex": 0, "SubnetId": account.subnet("blue-a")}
    second = {"DeviceIndex": 1, "SubnetId": account.subnet("blue-b"), "DeleteOnTermination": False}
    [made] = launch(account, NetworkInterfaces=[first])
    assert made["SubnetId"] == account.subnet("blue-a")
    # Interfaces of one instance are in one zone.
    second["SubnetId"] = account.subnet("blue-a")
    [made] = launch(account, NetworkInterfaces=[first, second])
    assert sorted(e["Attachment"]["DeviceIndex"] for e in made["NetworkInterfaces"]) == [0, 1]


def test_a_subnet_is_given_once(account):
    interfaces = [{"DeviceIndex": 0, "SubnetId": account.subnet("blue-a")}]
    refused(
        "InvalidParameterCombination", launch, account, SubnetId=account.subnet("blue-a"), NetworkInterfaces=interfaces
    )


@pytest.mark.parametrize(
    ("wrong", "codes"),
    [
        ({"SubnetId": "subnet-0123456789abcdef0"}, "InvalidSubnetID.NotFound"),
        ({"MinCount": 2, "MaxCount": 1}, ("InvalidParameterValue", "InvalidParameterCombination")),
        ({"MinCount": 0, "MaxCount": 0}, "InvalidParameterValue"),
        ({"ImageId": "image-1"}, "InvalidAMIID.Malformed"),
        ({"InstanceType": "m5.tiny"}, "InvalidParameterValue"),
        ({"SecurityGroupIds": ["group-1"]}, "InvalidGroupId.Malformed"),
        ({"MetadataOptions": {"HttpPutResponseHopLimit": 65}}, "InvalidParameterValue"),
    ],
)
def test_a_launch_must_make_sense(account, wrong, codes):
    arguments = {"SubnetId": account.subnet("blue-a")} | wrong
    refused(codes, launch, account, **arguments)


def test_what_is_said_of_the_metadata_service_is_shown(account):
    options = {"HttpTokens": "required", "HttpEndpoint": "enabled"}
    [made] = launch(account, SubnetId=account.subnet("blue-a"), MetadataOptions=options)
    [reservation] = account.ec2.describe_instances(InstanceIds=[made["InstanceId"]])["Reservations"]
    [listed] = reservation["Instances"]
    assert options.items() <= listed["MetadataOptions"].items()
    assert listed["LaunchTime"] == made["LaunchTime"]
    # It is told to the second at least, and nothing else in the account is as young.
    others = [
        instance["LaunchTime"]
        for reservation in account.ec2.describe_instances()["Reservations"]
        for instance in reservation["Instances"]
        if instance["InstanceId"] != made["InstanceId"]
    ]
    assert all(listed["LaunchTime"] >= other for other in others)


def test_instances_and_volumes_are_tagged_at_launch(account):
    [made] = launch(
        account, SubnetId=account.subnet("blue-a"), TagSpecifications=tag_specification("instance", Name="n", team="t")
    )
    found = account.ec2.describe_tags(Filters=filters(resource_id=made["InstanceId"]))["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in found} == {"Name": "n", "team": "t"}


def test_termination_is_idempotent(account):
    instance = account.instance("web-2")
    account.ec2.terminate_instances(InstanceIds=[instance])
    [again] = account.ec2.terminate_instances(InstanceIds=[instance])["TerminatingInstances"]
    assert again["CurrentState"]["Name"] in ("shutting-down", "terminated")


def test_one_wrong_id_terminates_nothing(account):
    call = account.ec2.terminate_instances
    refused("InvalidInstanceID.NotFound", call, InstanceIds=[account.instance("web-1"), "i-0123456789abcdef0"])
    assert account.describe_instance("web-1")["State"]["Name"] == "running"


def test_a_stopped_instance_can_be_terminated(account):
    [change] = account.ec2.terminate_instances(InstanceIds=[account.instance("stopped")])["TerminatingInstances"]
    assert change["PreviousState"] == {"Code": 80, "Name": "stopped"}


@pytest.mark.parametrize(
    ("method", "parameter", "prefix", "code"),
    [
        ("describe_instances", "InstanceIds", "i", "InvalidInstanceID"),
        ("describe_network_interfaces", "NetworkInterfaceIds", "eni", "InvalidNetworkInterfaceID"),
        ("describe_vpcs", "VpcIds", "vpc", "InvalidVpcID"),
        ("describe_subnets", "SubnetIds", "subnet", "InvalidSubnetID"),
    ],
)
def test_unknown_ids(untouched, method, parameter, prefix, code):
    call = getattr(untouched.ec2, method)
    refused(f"{code}.NotFound", call, **{parameter: [f"{prefix}-0123456789abcdef0"]})
    refused(f"{code}.Malformed", call, **{parameter: ["nonsense"]})


def test_unknown_types_and_regions(untouched):
    codes = ("InvalidInstanceType", "InvalidParameterValue")
    refused(codes, untouched.ec2.describe_instance_types, InstanceTypes=["m5.huge"])
    refused("InvalidParameterValue", untouched.ec2.describe_regions, RegionNames=["eu-nowhere-1"])


def test_regions_that_need_an_opt_in_are_listed_on_demand(untouched):
    enabled = {r["RegionName"] for r in untouched.ec2.describe_regions()["Regions"]}
    every = untouched.ec2.describe_regions(AllRegions=True)["Regions"]
    status = {r["RegionName"]: r["OptInStatus"] for r in every}
    assert enabled < set(status)
    assert {status[name] for name in enabled} <= {"opt-in-not-required", "opted-in"}
    assert {status[name] for name in set(status) - enabled} == {"not-opted-in"}
    assert [r["RegionName"] for r in untouched.ec2.describe_regions(RegionNames=["eu-west-1"])["Regions"]] == [
        "eu-west-1"
    ]


def test_managed_resources_are_hidden_unless_asked_for(untouched):
    def instances(**more):
        reservations = untouched.ec2.describe_instances(**more)["Reservations"]
        return {i["InstanceId"]: i for r in reservations for i in r["Instances"]}

    def interfaces(**more):
        return {
            e["NetworkInterfaceId"]: e for e in untouched.ec2.describe_network_interfaces(**more)["NetworkInterfaces"]
        }

    hidden = untouched.instance("managed")
    eni = untouched.eni("managed")
    assert hidden not in instances() and eni not in interfaces()
    shown = instances(IncludeManagedResources=True)[hidden]
    assert shown["Operator"]["Managed"] is True and shown["Operator"]["HiddenByDefault"] is True
    assert shown["Operator"]["Principal"] == "eks.amazonaws.com"
    assert interfaces(IncludeManagedResources=True)[eni]["Operator"]["Managed"] is True
    # A filter does not bring it back.
    assert instances(Filters=filters(instance_id=hidden)) == {}


def test_an_ipv6_only_subnet_has_no_ipv4(untouched):
    [subnet] = untouched.ec2.describe_subnets(SubnetIds=[untouched.subnet("blue-six")])["Subnets"]
    assert subnet["Ipv6Native"] is True and "CidrBlock" not in subnet


def test_another_region_is_another_account(account):
    elsewhere = account.endpoint.client("ec2", "us-east-2")
    assert elsewhere.describe_traffic_mirror_sessions()["TrafficMirrorSessions"] == []
    assert elsewhere.describe_instances()["Reservations"] == []
    refused("InvalidVpcID.NotFound", elsewhere.describe_vpcs, VpcIds=[account.vpc("blue")])
