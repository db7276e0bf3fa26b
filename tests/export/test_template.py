"""The CloudFormation template, through CloudFormation's own linter; and that it creates what a run would create."""

import json
import subprocess

import pytest

from conftest import TOOLS


def lint(tmp_path, template):
    path = tmp_path / "template.json"
    path.write_text(template)
    command = [TOOLS / "cfn-lint", "--format", "parseable", "--regions", "us-east-1", "--template", path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("scenario", ["account.yaml", "demo"])
def test_it_creates_what_a_run_would_create(account, tmp_path, scenario):
    audited = account(scenario)
    template = audited.exported("cloudformation")
    lint(tmp_path, template)
    sessions = [
        each["Properties"]
        for each in json.loads(template)["Resources"].values()
        if each["Type"] == "AWS::EC2::TrafficMirrorSession"
    ]
    before = audited.mirrored()
    # A script does all that is written down; what AWS refuses is in the template as well.
    audited.tap(code=0 if scenario == "account.yaml" else 3)
    created = audited.mirrored() - before
    interfaces = {each["NetworkInterfaceId"] for each in sessions}
    assert created and created <= interfaces
    if scenario == "account.yaml":
        assert interfaces == created
    assert all(1 <= each["SessionNumber"] <= 32766 for each in sessions)


def test_a_healed_account_is_a_template_too(account, tmp_path):
    healed = account("account.yaml")
    healed.tap()
    template = healed.exported("cloudformation")
    lint(tmp_path, template)
    assert len(json.loads(template)["Resources"]) == 1


def test_a_vpc_that_nobody_enabled_and_a_target_that_is_made(account, tmp_path):
    audited = account("account.yaml")
    instance = audited.aws("describe-instances", "--instance-ids", "i-7")["Reservations"][0]["Instances"][0]
    interface = instance["NetworkInterfaces"][0]["NetworkInterfaceId"]
    template = audited.exported("cloudformation", "--vpc-id", "vpc-3", "--target", interface)
    lint(tmp_path, template)
    kinds = [each["Type"] for each in json.loads(template)["Resources"].values()]
    assert "AWS::EC2::TrafficMirrorTarget" in kinds


def test_a_vpc_that_nobody_enabled(account, tmp_path):
    template = account("account.yaml").exported("cloudformation", "--vpc-id", "vpc-3", "--target", "tmt-1")
    lint(tmp_path, template)
    metadata = json.loads(template)["Metadata"]["SessionMirror"]
    assert any("vpc-3 is not tagged" in each for each in metadata["NotInHere"])


def test_the_linter_would_find_a_mistake(account, tmp_path):
    wrong = account("account.yaml").exported("cloudformation").replace("SessionNumber", "SessionNumbers")
    with pytest.raises(AssertionError, match="SessionNumbers"):
        lint(tmp_path, wrong)
