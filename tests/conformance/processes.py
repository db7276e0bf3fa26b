"""Starts aws-sim and moto's server as processes, and hands out boto3 clients that talk to them."""

import os
import re
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path

import boto3
from botocore.config import Config

import wire

# A person's profile, endpoints or proxies must not reach these clients, and no call may leave this machine.
for name in list(os.environ):
    if name.startswith("AWS_") or name.lower() in ("http_proxy", "https_proxy", "all_proxy"):
        del os.environ[name]
os.environ |= {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}

SCENARIOS = Path(__file__).parent / "scenarios"
REGION = "eu-west-1"
URL = re.compile(r"http://127\.0\.0\.1:\d+")
# One try only: a test that provokes an error wants to see it.
CONFIG = Config(
    retries={"total_max_attempts": 1, "mode": "standard"},
    connect_timeout=5,
    read_timeout=30,
    ignore_configured_endpoint_urls=True,
)
# Loading the service models is the dear part of a client: one session per thread of tests keeps them.
SESSION = boto3.Session(
    aws_access_key_id="AKIACONFORMANCE00000",
    aws_secret_access_key="not-a-secret",
    region_name=REGION,
)


class Endpoint:
    """A process that answers AWS calls on loopback, on a port of its own choice."""

    def __init__(self, command, says_url_on, **popen):
        self._clients = {}
        self.lines = deque(maxlen=200)
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if says_url_on == "stdout" else subprocess.DEVNULL,
            stderr=subprocess.PIPE if says_url_on == "stderr" else None,
            text=True,
            **popen,
        )
        self._stream = getattr(self.process, says_url_on)
        for line in self._stream:
            self.lines.append(line)
            if found := URL.search(line):
                self.url = found[0]
                break
        else:
            status = self.process.wait()
            raise RuntimeError(f"{command} ended with {status} before it named its URL: {''.join(self.lines)}")
        # A pipe that nobody reads would stop the process once it is full.
        self._drain = threading.Thread(target=self.lines.extend, args=(self._stream,), daemon=True)
        self._drain.start()

    def client(self, service, region=REGION):
        key = service, region
        if key not in self._clients:
            client = SESSION.client(service, region_name=region, endpoint_url=self.url, config=CONFIG)
            self.prepare(client)
            self._clients[key] = client
        return self._clients[key]

    def unchecked(self, service):
        """A client that sends what botocore itself would refuse to send."""
        config = CONFIG.merge(Config(parameter_validation=False))
        client = SESSION.client(service, endpoint_url=self.url, config=config)
        self.prepare(client)
        self._clients[service, "unchecked"] = client
        return client

    def prepare(self, client):
        """A hook for event handlers on each new client."""

    @property
    def ec2(self):
        return self.client("ec2")

    @property
    def elbv2(self):
        return self.client("elbv2")

    @property
    def sts(self):
        return self.client("sts")

    @property
    def organizations(self):
        return self.client("organizations")

    def close(self):
        for client in self._clients.values():
            client.close()
        self.process.terminate()
        self.process.wait(timeout=20)
        self._drain.join(timeout=20)
        self._stream.close()


class Simulator(Endpoint):
    """aws-sim. Every answer that it ever gives to one of these clients is checked against botocore's model."""

    def __init__(self, scenario, *options):
        # Tests may name a scenario of this folder, or a file that they wrote themselves.
        command = [os.path.join(os.environ["SESSION_MIRROR_BINARIES"], "aws-sim"), "serve", "--scenario", str(SCENARIOS / scenario), "--port", "0"]
        super().__init__([*command, *options], "stdout")

    def prepare(self, client):
        check_answers(client)


def check_answers(client):
    """Lets the wire check see every answer to this client."""
    model = client.meta.service_model

    def handler(event_name, response_dict, **_):
        if response_dict is not None:
            operation = model.operation_model(event_name.rsplit(".", 1)[1])
            wire.check(operation, response_dict["status_code"], response_dict["headers"], response_dict["body"])

    client.meta.events.register("response-received.*", handler)


class Moto(Endpoint):
    """moto's server."""

    def __init__(self):
        # moto starts with a default VPC in every region; what tests compare is in a VPC that they make.
        super().__init__([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], "stderr")
