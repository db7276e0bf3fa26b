"""That the tables here leave no operation out, and that what the simulator does not know it refuses."""

import json
import socket
from xml.etree import ElementTree

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

import listings
import test_operations
import test_tokens_and_dry_runs
from account import DRY_RUN, refused
from processes import REGION, SESSION

SERVICES = ["ec2", "elbv2", "organizations", "sts"]
# Making a client to ask it for its model is slow.
MODELS = {service: SESSION.client(service).meta.service_model for service in SERVICES}

# What a service says to an action that it does not have.
UNKNOWN = ("InvalidAction", "UnknownOperationException")


def raw(account, http, service, **parameters):
    """Sends a signed call without any of botocore's own checks: status and error code, if there is one."""
    model = MODELS[service]
    if model.metadata["protocol"] == "json":
        return raw_json(account, http, model, **parameters)
    request = AWSRequest(
        method="POST",
        url=account.endpoint.url + "/",
        data={"Version": model.api_version, **parameters},
        headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
    )
    SigV4Auth(SESSION.get_credentials(), model.signing_name, REGION).add_auth(request)
    answer = http.send(request.prepare())
    codes = [one.text for one in ElementTree.fromstring(answer.content).iter() if one.tag.rpartition("}")[2] == "Code"]
    return answer.status_code, codes[0] if answer.status_code >= 400 else None


def raw_json(account, http, model, Action, **members):
    """The same in JSON 1.1."""
    request = AWSRequest(
        method="POST",
        url=account.endpoint.url + "/",
        data=json.dumps(members),
        headers={
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"{model.metadata['targetPrefix']}.{Action}",
        },
    )
    SigV4Auth(SESSION.get_credentials(), model.signing_name, REGION).add_auth(request)
    answer = http.send(request.prepare())
    return answer.status_code, json.loads(answer.content)["__type"] if answer.status_code >= 400 else None


@pytest.fixture(scope="module")
def http():
    # Headers and body are sent apart, and together with delayed acknowledgements that is 40 ms per call.
    session = URLLib3Session(socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)])
    yield session
    session.close()


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_that_the_simulator_knows_is_tested(account, http, service):
    names = MODELS[service].operation_names
    # A call without parameters: what the simulator knows, it does or finds fault with.
    known = {name for name in names if raw(account, http, service, Action=name)[1] not in UNKNOWN}
    tested = {*test_operations.READS.get(service, {}), *test_operations.WRITES.get(service, {})}
    assert known == tested


def test_every_operation_of_ec2_is_tried_dryly():
    model = MODELS["ec2"]
    tested = {*test_operations.READS["ec2"], *test_operations.WRITES["ec2"]}
    dry = {name for name in tested if "DryRun" in model.operation_model(name).input_shape.members}
    assert {"".join(map(str.capitalize, method.split("_"))) for method in test_tokens_and_dry_runs.DRY} == dry


@pytest.mark.parametrize("service", SERVICES)
def test_an_unknown_action_is_refused(untouched, http, service):
    status, code = raw(untouched, http, service, Action="DescribeNothing")
    assert status == 400 and code in UNKNOWN


@pytest.mark.parametrize(("service", "action"), [("ec2", "DescribeVpcs"), ("elbv2", "DescribeLoadBalancers"), ("organizations", "ListAccounts")])
def test_an_unknown_parameter_is_refused(untouched, http, service, action):
    assert raw(untouched, http, service, Action=action)[0] == 200
    status, code = raw(untouched, http, service, Action=action, Bogus="1")
    assert status == 400 and code in ("UnknownParameter", "ValidationError", "SerializationException")


@pytest.mark.parametrize("listing", [pytest.param(one, id=one.operation) for one in listings.ALL])
def test_every_parameter_of_a_describe_is_known(untouched, listing):
    """The wire names come from botocore's own serializer: a dry run with all of them at once, two values each."""
    members = MODELS["ec2"].operation_model(listing.operation).input_shape.members
    left_out = {"DryRun", "MaxResults", "NextToken"}
    known = listing.keys(listing.all(untouched.ec2))[:2]
    arguments = {}
    for name, shape in members.items():
        if name == listing.ids:
            arguments[name] = known
        elif name == "Filters":
            first = next(iter(listing.filters))
            arguments[name] = [{"Name": first, "Values": ["a", "b"]}, {"Name": first, "Values": ["c"]}]
        elif name == "GroupNames":
            # Names are those of groups of the default VPC.
            arguments[name] = ["default", "of-plain"]
        elif name == "TrafficMirrorFilterId":
            arguments[name] = untouched.filter("all")
        elif name not in left_out:
            assert shape.type_name == "boolean", f"{name} is new"
            arguments[name] = True
    code, status = DRY_RUN
    refused(code, listing.call, untouched.ec2, **arguments, DryRun=True, status=status)
