"""The function under the real Lambda runtime, and what becomes of the account."""

import json

import pytest

from account import VENDOR, batch, finding, schedule, state, tag_change, tags
from processes import Failed, function

SETTLED = {"settled": True}
ALL_FINE = {"batchItemFailures": []}


def failed(*ids):
    return {"batchItemFailures": [{"itemIdentifier": id} for id in ids]}


def test_an_instance_that_runs_is_mirrored_and_one_that_stops_is_not(account):
    account.start()
    assert account.invoke(state("i-1", "running")) == SETTLED
    assert list(account.sessions()) == ["web-1"]
    # The same once more, as EventBridge may deliver it.
    assert account.invoke(state("i-1", "running")) == SETTLED
    assert list(account.sessions()) == ["web-1"]
    account.ec2.stop_instances(InstanceIds=["i-1"])
    assert account.invoke(state("i-1", "stopped")) == SETTLED
    assert account.sessions() == {}
    first, second, third = account.reports()
    assert [report["report"]["totals"]["create"] for report in (first, second, third)] == [1, 0, 0]
    assert first["request_id"] != second["request_id"]


def test_a_schedule_heals_everything(account):
    account.start(webs=5)
    assert account.invoke(schedule()) == SETTLED
    assert sorted(account.sessions()) == [f"web-{n}" for n in range(1, 6)]
    metrics = [json.loads(line) for line in account.said() if "_aws" in line]
    assert (metrics[0]["Created"], metrics[0]["Coverage"]) == (5, 100.0)


def test_a_vpc_that_is_tagged_is_mirrored(account):
    account.start()
    account.ec2.create_tags(Resources=["vpc-2"], Tags=[{"Key": f"{VENDOR}_target", "Value": "tmt-1"}])
    assert account.invoke(tag_change("vpc", "vpc-2", "Name")) == SETTLED
    assert account.sessions() == {}
    assert account.invoke(tag_change("vpc", "vpc-2", f"{VENDOR}_target")) == SETTLED
    assert list(account.sessions()) == ["lab-1"]


def test_a_finding_mirrors_what_nobody_enrolled(account):
    account.start(ENABLE_FINDINGS="true", FINDING_TARGET_ID="tmt-1", FINDING_HOURS="24")
    assert account.invoke(finding("f-1", "i-8")) == SETTLED
    found = tags(account.sessions()["lab-1"])
    assert found[f"{VENDOR}_finding"] == "f-1"
    assert f"{VENDOR}_until" in found
    # The next schedule knows why it is there.
    assert account.invoke(schedule()) == SETTLED
    assert sorted(account.sessions()) == ["lab-1", "web-1", "web-2"]


def test_one_message_of_a_batch_fails_alone(account):
    account.start()
    messages = [state("i-1", "running"), '{"detail-type":', {"source": "my.app", "detail-type": "Other"}, state("i-2", "running")]
    assert account.invoke(batch(*messages)) == failed("m-2")
    assert sorted(account.sessions()) == ["web-1", "web-2"]
    # Both instances were one run.
    assert len(account.reports()) == 1
    assert account.invoke(batch(schedule(), schedule())) == ALL_FINE


def test_what_is_not_there_yet_comes_again(account):
    account.start(TIMEOUT="8s")
    assert account.invoke(batch(state("i-7777", "running"), state("i-1", "running"))) == failed("m-1")
    assert list(account.sessions()) == ["web-1"]
    with pytest.raises(Failed, match="not-settled"):
        account.invoke(state("i-7777", "running"))


def test_malformed_events_fail_and_unknown_ones_do_not(account):
    account.start()
    broken = state("i-1", "running")
    del broken["detail"]["instance-id"]
    with pytest.raises(Failed, match="malformed-event"):
        account.invoke(broken)
    assert account.invoke({}) == SETTLED
    assert account.invoke({"key1": "value1"}) == SETTLED
    assert account.sessions() == {}


def test_what_does_not_fit_goes_on_from_the_queue(account):
    url, messages = account.queue()
    account.start(webs=8, latency=900, TIMEOUT="6s", CONCURRENCY="1", QUEUE_URL=url)
    assert account.invoke(schedule()) == SETTLED
    begun = len(account.sessions())
    assert 0 < begun < 8
    rounds = 0
    while left := messages():
        rounds += 1
        assert [json.loads(message["Body"])["detail-type"] for message in left] == ["Continue"]
        assert account.invoke(batch(*(message["Body"] for message in left))) == ALL_FINE
        assert len(account.sessions()) > begun
        begun = len(account.sessions())
    assert rounds > 0 and begun == 8


def test_without_a_queue_what_does_not_fit_is_an_error(account):
    account.start(webs=8, latency=900, TIMEOUT="6s", CONCURRENCY="1")
    with pytest.raises(Failed, match="out-of-time"):
        account.invoke(schedule())
    assert account.sessions()
    assert any("SESSION_MIRROR_QUEUE_URL" in line for line in account.said())


RULES = """
tags:
- tagList:
  - Key: Team
    Value: blue
  targetId: tmt-1
"""


def test_rules_from_an_object(account):
    bucket = account.object("rules/eu-west-1.yaml", RULES)
    account.start(RULES_S3=f"s3://{bucket}/rules/")
    assert account.invoke(state("i-8", "running")) == SETTLED
    assert f"{VENDOR}_rule" in tags(account.sessions()["lab-1"])


def test_a_function_with_wrong_settings_or_rules_does_not_start(account):
    account.start()
    code, said = function(1, {}, {"POLICY": "synch", "FILTERID": "tmf-1"}).ends()
    assert code == 1
    assert "SESSION_MIRROR_POLICY" in said and "SESSION_MIRROR_FILTERID" in said
    code, said = function(1, {}, {"RULES_YAML": "vpcs:\n- vpcID: vpc-1\n"}).ends()
    assert code == 1
    assert "SESSION_MIRROR_RULES_YAML:2" in said
