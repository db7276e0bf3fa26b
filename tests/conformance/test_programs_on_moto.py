"""The Session Mirror programs do their whole job against an unmodified moto server: an endpoint that is not ours.

moto has no filter rules, so the filter is made beforehand and named with --filter-id. moto enforces nothing and its ids
have other forms: what is checked here is that the tool works, not that it is stopped.
"""

import json
import os
import subprocess

import pytest
from prometheus_client.parser import text_string_to_metric_families

from processes import REGION, Moto

TARGET_TAG = "Vectra:session_mirroring_target"
ENROLLMENT_TAG = "Vectra:session_mirroring_enrollment"
BLACKLIST_TAG = "Vectra:session_mirroring_blacklist"
WHITELIST_TAG = "Vectra:session_mirroring_whitelist"


class Cloud:
    """An account in moto with a VPC, an appliance that is a target, and a filter; and the tool."""

    def __init__(self, moto):
        self.moto, self.ec2 = moto, moto.ec2
        self.vpc = self.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        self.subnet = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
        sensor_eni = self.enis(self.launch("sensor", "m5.24xlarge"))[0]
        self.target = self.create_target(NetworkInterfaceId=sensor_eni)
        made = self.ec2.create_traffic_mirror_filter(Description="made for the test")
        self.filter = made["TrafficMirrorFilter"]["TrafficMirrorFilterId"]
        self.tag(self.vpc, TARGET_TAG, self.target)

    def launch(self, name, kind="m5.large"):
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}]
        run = self.ec2.run_instances(
            ImageId="ami-12c6146b",
            MinCount=1,
            MaxCount=1,
            InstanceType=kind,
            SubnetId=self.subnet,
            TagSpecifications=tags,
        )
        return run["Instances"][0]["InstanceId"]

    def enis(self, instance):
        found = self.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
        return [eni["NetworkInterfaceId"] for eni in found["NetworkInterfaces"]]

    def create_target(self, **where):
        return self.ec2.create_traffic_mirror_target(**where)["TrafficMirrorTarget"]["TrafficMirrorTargetId"]

    def tag(self, resource, key, value):
        self.ec2.create_tags(Resources=[resource], Tags=[{"Key": key, "Value": value}])

    def untag(self, resource, key):
        self.ec2.delete_tags(Resources=[resource], Tags=[{"Key": key}])

    def sessions(self):
        found = self.ec2.describe_traffic_mirror_sessions()["TrafficMirrorSessions"]
        by_eni = {session["NetworkInterfaceId"]: session for session in found}
        assert len(by_eni) == len(found), "an interface has two sessions"
        return by_eni

    def tap(self, *arguments, exits=0):
        return self.run("session_mirror_tap", "--filter-id", self.filter, *arguments, exits=exits)

    def run(self, program, *arguments, exits=0):
        """Runs one of the programs without a terminal, and gives its JSON document."""
        environment = {
            "AWS_ENDPOINT_URL": self.moto.url,
            "AWS_ACCESS_KEY_ID": "AKIACONFORMANCE00000",
            "AWS_SECRET_ACCESS_KEY": "not-a-secret",
            "AWS_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        binary = os.path.join(os.environ["SESSION_MIRROR_BINARIES"], program)
        run = subprocess.run(
            [binary, *arguments, "--output", "json"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert run.returncode == exits, f"{run.returncode}\n{run.stdout}\n{run.stderr}"
        return json.loads(run.stdout)

    def settles(self):
        """A further run changes nothing."""
        before = self.sessions()
        assert self.tap("--dry-run", "--detailed-exitcode")["totals"]["failed"] == 0
        totals = self.tap()["totals"]
        assert (totals["create"], totals["modify"], totals["delete"]) == (0, 0, 0)
        assert self.sessions() == before


@pytest.fixture
def cloud():
    moto = Moto()
    yield Cloud(moto)
    moto.close()


def test_creates_repairs_and_removes(cloud):
    web_1, web_2, web_3 = (cloud.launch(f"web-{n}") for n in (1, 2, 3))
    assert cloud.tap("--dry-run", "--detailed-exitcode", exits=2)["totals"]["create"] == 3
    assert not cloud.sessions()

    cloud.tap()
    sessions = cloud.sessions()
    assert sessions.keys() == {eni for web in (web_1, web_2, web_3) for eni in cloud.enis(web)}
    for session in sessions.values():
        assert session["TrafficMirrorTargetId"] == cloud.target
        assert session["TrafficMirrorFilterId"] == cloud.filter
        assert session["SessionNumber"] == 1
        assert {"Key": "Creator", "Value": "Vectra:Tap"} in session["Tags"]
    assert {"Key": "Name", "Value": "web-1"} in sessions[cloud.enis(web_1)[0]]["Tags"]
    cloud.settles()

    # Drift, a stop, a termination, a launch and a mark at once.
    other = cloud.create_target(NetworkInterfaceId=cloud.enis(cloud.launch("second sensor", "m5.24xlarge"))[0])
    drifted = sessions[cloud.enis(web_1)[0]]["TrafficMirrorSessionId"]
    cloud.ec2.modify_traffic_mirror_session(TrafficMirrorSessionId=drifted, TrafficMirrorTargetId=other)
    cloud.ec2.stop_instances(InstanceIds=[web_2])
    cloud.ec2.terminate_instances(InstanceIds=[web_3])
    web_4, web_5 = cloud.launch("web-4"), cloud.launch("web-5")
    cloud.tag(web_5, BLACKLIST_TAG, "True")
    cloud.tap()
    sessions = cloud.sessions()
    assert sessions.keys() == {cloud.enis(web_1)[0], cloud.enis(web_4)[0]}
    assert sessions[cloud.enis(web_1)[0]]["TrafficMirrorSessionId"] == drifted, "it was made anew"
    assert sessions[cloud.enis(web_1)[0]]["TrafficMirrorTargetId"] == cloud.target
    cloud.settles()

    cloud.untag(cloud.vpc, TARGET_TAG)
    cloud.tap()
    assert not cloud.sessions()


def test_whitelist_and_what_is_not_ours(cloud):
    chosen, other = cloud.launch("chosen"), cloud.launch("other")
    cloud.tag(cloud.vpc, ENROLLMENT_TAG, "whitelist")
    cloud.tag(chosen, WHITELIST_TAG, "True")
    foreign = cloud.ec2.create_traffic_mirror_session(
        NetworkInterfaceId=cloud.enis(other)[0],
        TrafficMirrorTargetId=cloud.target,
        TrafficMirrorFilterId=cloud.filter,
        SessionNumber=1,
    )["TrafficMirrorSession"]["TrafficMirrorSessionId"]
    cloud.tap()
    sessions = cloud.sessions()
    assert sessions[cloud.enis(other)[0]]["TrafficMirrorSessionId"] == foreign
    assert len(sessions) == 2
    cloud.settles()


def test_one_vpc_and_one_instance(cloud):
    here, there = cloud.launch("here"), cloud.launch("there")
    cloud.tap("--instance-id", here)
    assert cloud.sessions().keys() == set(cloud.enis(here))
    cloud.tap("--vpc-id", cloud.vpc)
    assert cloud.sessions().keys() == set(cloud.enis(here) + cloud.enis(there))
    cloud.settles()


def test_a_load_balancer_as_target(cloud):
    sensor = cloud.launch("sensor behind a load balancer")
    web = cloud.launch("web")
    balancer = cloud.moto.elbv2.create_load_balancer(
        Name="sensors", Type="network", Scheme="internal", Subnets=[cloud.subnet]
    )["LoadBalancers"][0]["LoadBalancerArn"]
    group = cloud.moto.elbv2.create_target_group(
        Name="sensors", Protocol="UDP", Port=4789, VpcId=cloud.vpc, HealthCheckProtocol="TCP", HealthCheckPort="22"
    )["TargetGroups"][0]["TargetGroupArn"]
    cloud.moto.elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": sensor}])
    cloud.moto.elbv2.create_listener(
        LoadBalancerArn=balancer,
        Protocol="UDP",
        Port=4789,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    cloud.tag(cloud.vpc, TARGET_TAG, cloud.create_target(NetworkLoadBalancerArn=balancer))
    document = cloud.tap()
    assert cloud.sessions().keys() == set(cloud.enis(web))
    reasons = {one["name"]: one["reason"] for one in document["regions"][0]["decisions"]}
    assert reasons["sensor behind a load balancer"] == "receives-mirror"
    cloud.settles()


def test_a_wrong_tag_leaves_everything_as_it_is(cloud):
    cloud.launch("web")
    cloud.tap()
    before = cloud.sessions()
    cloud.tag(cloud.vpc, TARGET_TAG, "tmt-0123456789abcdef0")
    cloud.launch("late")
    cloud.tap(exits=3)
    assert cloud.sessions() == before


def tags_of(cloud, resource):
    found = cloud.ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [resource]}])["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found}


def test_lists_are_kept(cloud):
    web_1, web_2 = cloud.launch("web-1"), cloud.launch("web-2")
    cloud.run("session_mirror_blacklist", "add", web_1, web_2, "--yes")
    listed = cloud.run("session_mirror_blacklist", "list")["regions"][0]["instances"]
    assert {instance["id"] for instance in listed} == {web_1, web_2}
    cloud.run("session_mirror_whitelist", "add", web_1, "--yes", exits=1)
    cloud.run("session_mirror_whitelist", "add", "--move", web_1, "--yes")
    assert tags_of(cloud, web_1) == {"Name": "web-1", WHITELIST_TAG: "True"}
    cloud.run("session_mirror_blacklist", "remove", web_2, "--yes")
    assert tags_of(cloud, web_2) == {"Name": "web-2"}


def test_vpcs_are_configured(cloud):
    config = "session_mirror_config_vpc"
    listed = cloud.run(config, "--list")["regions"][0]
    vpcs = {vpc["id"]: vpc for vpc in listed["vpcs"]}
    assert (vpcs[cloud.vpc]["status"], vpcs[cloud.vpc]["target"]) == ("enabled", cloud.target)
    assert cloud.target in {target["id"] for target in listed["targets"]}

    second = cloud.ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    flags = ["--vpc-id", second, "--target-id", cloud.target, "--enrollment", "whitelist"]
    cloud.run(config, *flags, "--dry-run")
    assert not tags_of(cloud, second)
    cloud.run(config, *flags, "--yes")
    assert tags_of(cloud, second) == {TARGET_TAG: cloud.target, ENROLLMENT_TAG: "whitelist"}
    cloud.run(config, "--vpc-id", second, "--disable", "--yes")
    assert not tags_of(cloud, second)


def test_a_target_is_made_from_a_new_load_balancer(cloud):
    """Twice: what is there is found."""
    sensor = cloud.launch("second sensor", "m5.4xlarge")
    flags = ["--vpc-id", cloud.vpc, "--create-target", "new-nlb", "--health-check-port", "22", "--register", sensor]
    made = cloud.run("session_mirror_config_vpc", *flags, "--yes")["regions"][0]["target"]
    assert tags_of(cloud, cloud.vpc)[TARGET_TAG] == made["id"]
    again = cloud.run("session_mirror_config_vpc", *flags, "--yes")["regions"][0]["target"]
    assert (again["id"], again["made"]) == (made["id"], [])
    cloud.launch("web-1")
    assert cloud.tap()["totals"]["create"] == 1, "neither sensor is a source"
    cloud.settles()


def test_the_metrics_are_what_prometheus_reads(cloud, tmp_path):
    """Prometheus's own parser reads the file of a run that works, and of one that does not."""
    path = tmp_path / "session_mirror.prom"

    def read():
        families = list(text_string_to_metric_families(path.read_text()))
        assert all(family.type == "gauge" and family.documentation for family in families)
        return [sample for family in families for sample in family.samples]

    def value(samples, name, **labels):
        found = [s.value for s in samples if s.name == name and labels.items() <= s.labels.items()]
        assert len(found) == 1, (name, labels, found)
        return found[0]

    for name in ("web-1", 'web "2"\\'):
        cloud.launch(name)
    document = cloud.tap("--metrics-file", str(path))
    samples = read()
    assert value(samples, "session_mirror_exit_code") == 0
    here = {"account": document["regions"][0]["account"], "region": REGION}
    assert value(samples, "session_mirror_coverage_ratio", **here) == 1
    assert value(samples, "session_mirror_sessions", **here, owner="owned") == 2
    assert value(samples, "session_mirror_changes", **here, action="create", outcome="done") == 2
    assert value(samples, "session_mirror_api_calls", **here, call="CreateTrafficMirrorSession") == 2
    success = value(samples, "session_mirror_last_success_timestamp_seconds")
    assert success == value(samples, "session_mirror_last_run_timestamp_seconds")

    cloud.tap("--metrics-file", str(path), "--vpc-id", "vpc-0123456789abcdef0", exits=1)
    samples = read()
    assert value(samples, "session_mirror_exit_code") == 1
    assert value(samples, "session_mirror_failures", reason="no-such-id") == 1
    assert value(samples, "session_mirror_last_success_timestamp_seconds") == success
