"""The script of aws CLI calls: run with the real aws CLI, it ends in the same account as a run of the tap."""

import pytest


@pytest.mark.parametrize(
    ("scenario", "of_tap", "of_script"),
    [
        ("account.yaml", 0, 0),
        # Some of its VPCs are tagged wrongly, and AWS refuses some of its types: both do the rest.
        ("demo", 3, 1),
    ],
)
def test_it_ends_in_the_same_account_as_a_run(account, scenario, of_tap, of_script):
    by_tap, by_script = account(scenario), account(scenario)
    before = by_tap.holds()
    by_tap.tap(code=of_tap)
    by_script.script(by_script.exported("cli"), code=of_script)
    assert by_script.holds() == by_tap.holds()
    assert by_script.holds() != before


def test_after_it_a_run_has_nothing_to_do(account):
    scripted = account("account.yaml")
    scripted.script(scripted.exported("cli"))
    scripted.tap("--dry-run", "--detailed-exitcode")
    # And there is nothing to write down any more.
    assert "aws ec2" not in scripted.exported("cli")


def test_run_twice_it_makes_nothing_twice(account):
    scripted = account("account.yaml")
    script = scripted.exported("cli")
    scripted.script(script)
    once = scripted.holds()
    # What it deleted is gone: that it says so is no change.
    scripted.script(script, code=1)
    assert scripted.holds() == once


def test_it_is_only_for_the_account_that_it_was_written_for(account):
    scripted = account("account.yaml")
    before = scripted.holds()
    script = scripted.exported("cli").replace("111122223333", "999988887777")
    scripted.script(script, code=1)
    assert scripted.holds() == before


def test_a_vpc_that_nobody_enabled_gets_a_target_and_stays_mirrored(account):
    scripted = account("account.yaml")
    scripted.tap()
    sensor = scripted.aws("describe-instances", "--instance-ids", "i-7")["Reservations"][0]["Instances"][0]
    source = scripted.aws("describe-instances", "--instance-ids", "i-6")["Reservations"][0]["Instances"][0]
    interface = sensor["NetworkInterfaces"][0]["NetworkInterfaceId"]
    scripted.script(scripted.exported("cli", "--vpc-id", "vpc-3", "--target", interface))
    assert source["NetworkInterfaces"][0]["NetworkInterfaceId"] in scripted.mirrored()
    assert interface not in scripted.mirrored()
    assert interface in scripted.holds()["targets"]
    # The VPC's tag names the new target, so the next run keeps it all.
    scripted.tap("--dry-run", "--detailed-exitcode")
