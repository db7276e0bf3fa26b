"""An account as tests speak of it: things by their Name tag, short calls, and the refusals AWS documents."""

import pytest
from botocore.exceptions import ClientError

# What AWS answers when DryRun is set and the call would have been allowed. The number is an observation.
DRY_RUN = ("DryRunOperation", 412)


def name_of(thing):
    tags = thing.get("Tags", thing.get("TagSet", []))
    return next((tag["Value"] for tag in tags if tag["Key"] == "Name"), None)


def tags(**pairs):
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def tag_specification(kind, **pairs):
    return [{"ResourceType": kind, "Tags": tags(**pairs)}]


def filters(**names):
    """filters(vpc_id="vpc-1", tag__Name=["a", "b"]) in boto3's form."""
    return [
        {
            "Name": name.replace("__", ":").replace("_", "-"),
            "Values": values if isinstance(values, list) else [values],
        }
        for name, values in names.items()
    ]


def refused(code, call, *positional, status=400, **arguments):
    """Makes a call that must be refused with `code` (or one of several), and gives the error's text."""
    codes = (code,) if isinstance(code, str) else tuple(code)
    with pytest.raises(ClientError) as caught:
        call(*positional, **arguments)
    answer = caught.value.response
    got = answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]
    assert got[0] in codes and got[1] == status, f"{got}, not {codes} {status}: {answer['Error']['Message']}"
    return answer["Error"]["Message"]


def not_found(kind):
    """Both spellings of a mirror object's not-found code: the documented one and the one seen in the field."""
    # AWS's own list misspells the target's.
    documented = "InvalidTrafficMirrorTargetNoFound" if kind == "Target" else f"InvalidTrafficMirror{kind}NotFound"
    return documented, f"InvalidTrafficMirror{kind}Id.NotFound"


class Account:
    """One endpoint seen as an account. Ids are looked up, never assumed."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.ec2, self.elbv2, self.sts = endpoint.ec2, endpoint.elbv2, endpoint.sts
        self.organizations = endpoint.organizations

    def _one(self, things, name):
        found = [thing for thing in things if name_of(thing) == name]
        assert len(found) == 1, f"{len(found)} things are named {name}"
        return found[0]

    def vpc(self, name):
        return self._one(self.ec2.describe_vpcs()["Vpcs"], name)["VpcId"]

    def subnet(self, name):
        return self._one(self.ec2.describe_subnets()["Subnets"], name)["SubnetId"]

    def instances(self):
        pages = self.ec2.get_paginator("describe_instances").paginate(IncludeManagedResources=True)
        return [i for page in pages for r in page["Reservations"] for i in r["Instances"]]

    def describe_instance(self, name):
        return self._one(self.instances(), name)

    def instance(self, name):
        return self.describe_instance(name)["InstanceId"]

    def enis(self, name):
        """The ENIs of an instance, by device index."""
        attached = sorted(
            self.describe_instance(name)["NetworkInterfaces"], key=lambda eni: eni["Attachment"]["DeviceIndex"]
        )
        return [eni["NetworkInterfaceId"] for eni in attached]

    def eni(self, name):
        """The first ENI of an instance."""
        return self.enis(name)[0]

    def loose_eni(self, name):
        """An ENI by its own Name tag."""
        answer = self.ec2.describe_network_interfaces(IncludeManagedResources=True)
        return self._one(answer["NetworkInterfaces"], name)["NetworkInterfaceId"]

    def target(self, name):
        return self._one(self.ec2.describe_traffic_mirror_targets()["TrafficMirrorTargets"], name)[
            "TrafficMirrorTargetId"
        ]

    def filter(self, name):
        return self._one(self.ec2.describe_traffic_mirror_filters()["TrafficMirrorFilters"], name)[
            "TrafficMirrorFilterId"
        ]

    def rule(self, filter):
        """Any rule of a filter."""
        rules = self.ec2.describe_traffic_mirror_filter_rules(TrafficMirrorFilterId=self.filter(filter))
        return rules["TrafficMirrorFilterRules"][0]["TrafficMirrorFilterRuleId"]

    def by_name(self, listing, name):
        """What a listing tells two things apart by, of the one with this Name tag."""
        return listing.key(self._one(listing.all(self.ec2), name))

    def session(self, name):
        return self._one(self.sessions(), name)["TrafficMirrorSessionId"]

    def sessions(self, **names):
        pages = self.ec2.get_paginator("describe_traffic_mirror_sessions").paginate(Filters=filters(**names))
        return [session for page in pages for session in page["TrafficMirrorSessions"]]

    def load_balancer(self, name):
        return self.elbv2.describe_load_balancers(Names=[name])["LoadBalancers"][0]

    def create_session(self, eni, target="sensor", filter="all", number=1, **more):
        """Creates a session; target and filter by name, or by id where one is given."""
        return self.ec2.create_traffic_mirror_session(
            NetworkInterfaceId=eni,
            TrafficMirrorTargetId=target if target.startswith("tmt-") else self.target(target),
            TrafficMirrorFilterId=filter if filter.startswith("tmf-") else self.filter(filter),
            SessionNumber=number,
            **more,
        )["TrafficMirrorSession"]

    def create_filter_rule(self, filter, number, direction="ingress", **more):
        return self.ec2.create_traffic_mirror_filter_rule(
            TrafficMirrorFilterId=filter,
            TrafficDirection=direction,
            RuleNumber=number,
            **{
                "RuleAction": "accept",
                "SourceCidrBlock": "0.0.0.0/0",
                "DestinationCidrBlock": "0.0.0.0/0",
                **more,
            },
        )["TrafficMirrorFilterRule"]
