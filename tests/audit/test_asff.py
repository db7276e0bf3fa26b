"""Findings for Security Hub, against AWS's own model of the service: what its client sends, and the values that it knows."""

import datetime
import json
import re

import botocore.session
import pytest
from botocore.exceptions import ParamValidationError
from botocore.stub import Stubber

# What AWS's manual says of one call of BatchImportFindings.
PER_CALL = 100
LARGEST = 240 * 1024


@pytest.fixture(scope="module")
def hub():
    session = botocore.session.Session(include_builtin_handlers=True)
    return session.create_client(
        "securityhub",
        region_name="us-east-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="example",
    )


def send(hub, findings):
    """Has the client check and write one call; nothing leaves the machine."""
    with Stubber(hub) as stub:
        answer = {"FailedCount": 0, "SuccessCount": len(findings), "FailedFindings": []}
        stub.add_response("batch_import_findings", answer)
        hub.batch_import_findings(Findings=findings)
        stub.assert_no_pending_responses()


def wrong(shape, value, path=""):
    """Where a value is none of those that the model knows, or not of the form that it asks for."""
    if shape.type_name == "structure":
        for name, inner in value.items():
            yield from wrong(shape.members[name], inner, f"{path}.{name}")
    elif shape.type_name == "list":
        for n, inner in enumerate(value):
            yield from wrong(shape.member, inner, f"{path}[{n}]")
    elif shape.type_name == "map":
        for key, inner in value.items():
            yield from wrong(shape.value, inner, f"{path}.{key}")
    elif shape.type_name == "string":
        if shape.enum and value not in shape.enum:
            yield f"{path}: {value} is none of {shape.enum}"
        if "pattern" in shape.metadata and not re.search(shape.metadata["pattern"], value):
            yield f"{path}: {value!r} is not of the form {shape.metadata['pattern']}"


def finding_shape(hub):
    operation = hub.meta.service_model.operation_model("BatchImportFindings")
    return operation.input_shape.members["Findings"].member


@pytest.mark.parametrize("of", ["full", "hostile", "large"])
def test_aws_takes_every_finding(hub, reports, of):
    findings = reports.asff(of)
    assert findings
    shape = finding_shape(hub)
    for n in range(0, len(findings), PER_CALL):
        send(hub, findings[n : n + PER_CALL])
    for finding in findings:
        assert not list(wrong(shape, finding))
        assert len(json.dumps(finding).encode()) < LARGEST
        for moment in (finding["CreatedAt"], finding["UpdatedAt"]):
            assert datetime.datetime.fromisoformat(moment).tzinfo is not None
    assert len({finding["Id"] for finding in findings}) == len(findings)


def test_the_checks_see_a_mistake(hub, reports):
    shape = finding_shape(hub)
    finding = reports.asff()[0]
    with pytest.raises(ParamValidationError):
        send(hub, [{**finding, "Titel": "x"}])
    with pytest.raises(ParamValidationError):
        send(hub, [{key: value for key, value in finding.items() if key != "Resources"}])
    assert list(wrong(shape, {**finding, "Severity": {"Label": "GRAVE"}}))
    assert list(wrong(shape, {**finding, "RecordState": "OPEN"}))
    assert list(wrong(shape, {**finding, "Title": " "}))
