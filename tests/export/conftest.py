"""Fixtures: simulated accounts, our programs and the real aws CLI on them, and what an account then holds."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent
REGION = "us-east-1"
URL = re.compile(r"http://127\.0\.0\.1:\d+")
TOOLS = pathlib.Path(sys.executable).parent


def pytest_configure(config):
    if not os.environ.get("SESSION_MIRROR_BINARIES"):
        raise pytest.UsageError("SESSION_MIRROR_BINARIES names no folder with binaries: start the tests with ./run")


def program(name):
    return pathlib.Path(os.environ["SESSION_MIRROR_BINARIES"]) / name


class Account:
    """An account in a simulator of its own."""

    def __init__(self, scenario):
        built_in = scenario in ("demo", "starter")
        path = scenario if built_in else HERE / "scenarios" / scenario
        command = [program("aws-sim"), "serve", "--scenario", path]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if found := URL.search(line):
                self.url = found[0]
                break
        else:
            raise RuntimeError(f"aws-sim ended with {self.process.wait()} before it named its URL")

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    @property
    def environment(self):
        # A person's profile, endpoints or proxies must not reach these programs, and no call may leave this machine.
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "SYSTEMROOT", "TMPDIR") if name in os.environ}
        return kept | {
            "PATH": f"{TOOLS}:{os.environ['PATH']}",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "example",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
        }

    def runs(self, *command, code=0, text=None):
        done = subprocess.run(
            command, env=self.environment, input=text, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def tap(self, *args, code=0):
        return self.runs(program("session_mirror_tap"), *args, code=code)

    def exported(self, form, *args):
        return self.runs(program("session_mirror_audit"), "export", "--format", form, *args)

    def script(self, text, code=0):
        """Runs a script with the real aws CLI."""
        return self.runs("bash", "-s", text=text, code=code)

    def aws(self, action, *args):
        return json.loads(self.runs("aws", "ec2", action, "--output", "json", *args))

    def holds(self):
        """What the account holds of mirroring, without the ids and numbers that AWS makes up."""
        filters = self.aws("describe-traffic-mirror-filters")["TrafficMirrorFilters"]
        names = {each["TrafficMirrorFilterId"]: each["Description"] for each in filters}
        targets = self.aws("describe-traffic-mirror-targets")["TrafficMirrorTargets"]
        behind = {
            each["TrafficMirrorTargetId"]: each.get("NetworkInterfaceId") or each.get("NetworkLoadBalancerArn")
            for each in targets
        }
        sessions = self.aws("describe-traffic-mirror-sessions")["TrafficMirrorSessions"]
        vpcs = self.aws("describe-vpcs")["Vpcs"]

        def tags(thing):
            return sorted((tag["Key"], tag["Value"]) for tag in thing.get("Tags", []))

        def without(thing, *keys):
            return {key: value for key, value in thing.items() if key not in keys}

        def rules(each):
            both = each["IngressFilterRules"] + each["EgressFilterRules"]
            ids = ("TrafficMirrorFilterRuleId", "TrafficMirrorFilterId", "Tags")
            return sorted((without(rule, *ids) for rule in both), key=json.dumps)

        return {
            "sessions": sorted(
                (
                    without(each, "TrafficMirrorSessionId", "VirtualNetworkId", "Tags")
                    | {
                        # One of another account is not shown.
                        "TrafficMirrorFilterId": names.get(each["TrafficMirrorFilterId"]),
                        "TrafficMirrorTargetId": behind.get(each["TrafficMirrorTargetId"]),
                        "Tags": tags(each),
                    }
                    for each in sessions
                ),
                key=lambda each: (each["NetworkInterfaceId"], each["SessionNumber"]),
            ),
            "filters": sorted(
                (
                    {
                        "Description": each["Description"],
                        "NetworkServices": each["NetworkServices"],
                        "Tags": tags(each),
                        "Rules": rules(each),
                    }
                    for each in filters
                ),
                key=json.dumps,
            ),
            "targets": sorted(behind.values(), key=str),
            # A target that was made has another id in each account.
            "vpcs": {
                each["VpcId"]: [(key, behind.get(value, value)) for key, value in tags(each)] for each in vpcs
            },
        }

    def mirrored(self):
        """The interfaces with a session of ours."""
        ours = {"Key": "Creator", "Value": "Vectra:Tap"}
        sessions = self.aws("describe-traffic-mirror-sessions")["TrafficMirrorSessions"]
        return {each["NetworkInterfaceId"] for each in sessions if ours in each.get("Tags", [])}


@pytest.fixture
def account():
    """Starts accounts: account("demo") -> Account."""
    started = []

    def start(scenario):
        started.append(Account(scenario))
        return started[-1]

    yield start
    for each in started:
        each.close()
