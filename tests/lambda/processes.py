"""Starts what a test needs: the simulated account, moto, the emulator of Lambda, and the function itself."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path

import boto3
from botocore.config import Config

# A person's profile, endpoints or proxies must not reach these processes, and no call may leave this machine.
BINARIES = Path(os.environ["SESSION_MIRROR_BINARIES"])
for name in list(os.environ):
    if name.startswith(("AWS_", "SESSION_MIRROR_")):
        del os.environ[name]
    elif name.lower() in ("http_proxy", "https_proxy", "all_proxy"):
        del os.environ[name]
KEYS = {"AWS_ACCESS_KEY_ID": "AKIALAMBDA0000000000", "AWS_SECRET_ACCESS_KEY": "not-a-secret"}
os.environ |= {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}

REGION = "eu-west-1"
URL = re.compile(r"http://127\.0\.0\.1:\d+")
# cargo lambda wants to see a package, though it builds none here.
CRATE = Path(__file__).parents[2] / "crates" / "lambda-tap"
CARGO_LAMBDA = Path(sys.executable).with_name("cargo-lambda")
CONFIG = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30)


class Process:
    """A process whose lines are kept."""

    def __init__(self, command, cwd=None, **env):
        self.lines = deque(maxlen=2000)
        self.process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=cwd,
            env=os.environ | env,
        )
        self._said = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._said:
                self.lines.append(line)
                self._said.notify_all()
        with self._said:
            self._said.notify_all()

    def wait_for(self, pattern, timeout=60):
        """Waits until a line says something, and gives what it says."""
        deadline = time.monotonic() + timeout
        with self._said:
            while True:
                for line in self.lines:
                    if found := re.search(pattern, line):
                        return found
                left = deadline - time.monotonic()
                if left <= 0 or (self.process.poll() is not None and not self._reader.is_alive()):
                    raise AssertionError(f"{self.process.args} never said {pattern}: {''.join(self.lines)}")
                self._said.wait(min(left, 0.5))

    def ends(self, timeout=60):
        """Waits for its end, and gives its exit code and what it said."""
        code = self.process.wait(timeout=timeout)
        self._reader.join(timeout=20)
        self.process.stdout.close()
        return code, "".join(self.lines)

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=20)
        self._reader.join(timeout=20)
        self.process.stdout.close()


class Endpoint(Process):
    """Something that answers AWS calls on loopback."""

    def __init__(self, command, **env):
        super().__init__(command, **env)
        self.url = self.wait_for(URL)[0]

    def client(self, service):
        session = boto3.Session(
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )
        return session.client(service, endpoint_url=self.url, config=CONFIG)


def simulator(scenario):
    return Endpoint([BINARIES / "aws-sim", "serve", "--scenario", scenario, "--port", "0"])


def moto():
    return Endpoint([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"])


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Emulator(Process):
    """cargo lambda in Lambda's place. It starts nothing itself: what runs is what all other tests run."""

    def __init__(self, folder):
        self.port = free_port()
        self.folder = folder
        self._events = 0
        where = ["--invoke-address", "127.0.0.1", "--invoke-port", self.port]
        super().__init__([CARGO_LAMBDA, "lambda", "watch", "--only-lambda-apis", *where], CRATE, NO_COLOR="1")
        self.wait_for("starting Runtime server")

    def invoke(self, event):
        """Gives the function's answer, or the kind and text of its error."""
        self._events += 1
        path = self.folder / f"event-{self._events}.json"
        path.write_text(event if isinstance(event, str) else json.dumps(event))
        where = ["--invoke-address", "127.0.0.1", "--invoke-port", str(self.port)]
        done = subprocess.run(
            [CARGO_LAMBDA, "lambda", "invoke", *where, "--data-file", path],
            capture_output=True,
            text=True,
            timeout=30,
            env=os.environ | {"NO_COLOR": "1"},
        )
        if done.returncode:
            raise Failed(done.stderr)
        return json.loads(done.stdout)


class Failed(Exception):
    """The invocation failed."""


def function(emulator_port, endpoints, settings):
    """The function, as Lambda would start it."""
    env = {
        "AWS_LAMBDA_RUNTIME_API": f"http://127.0.0.1:{emulator_port}/.rt",
        "AWS_LAMBDA_FUNCTION_NAME": "_",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_REGION": REGION,
        **KEYS,
        **endpoints,
        **{f"SESSION_MIRROR_{name}": value for name, value in settings.items()},
    }
    return Process([BINARIES / "session_mirror_lambda"], **env)
