"""Fixtures: reports made by hand, and one browser for all tests."""

import json
import os
import pathlib
import subprocess

import pytest


def pytest_configure(config):
    if not os.environ.get("SESSION_MIRROR_BINARIES"):
        raise pytest.UsageError("SESSION_MIRROR_BINARIES names no folder with binaries: start the tests with ./run")


class Reports:
    """What the example `sample_report` of tap-audit prints: `full`, `large`, `hostile`, `empty` or `failed`."""

    def __init__(self):
        self.program = pathlib.Path(os.environ["SESSION_MIRROR_BINARIES"]) / "examples" / "sample_report"
        self.known = {}

    def text(self, kind, of):
        if (kind, of) not in self.known:
            done = subprocess.run([self.program, kind, of], check=True, capture_output=True, timeout=120)
            self.known[kind, of] = done.stdout.decode()
        return self.known[kind, of]

    def html(self, of="full"):
        return self.text("html", of)

    def json(self, of="full"):
        return json.loads(self.text("json", of))

    def asff(self, of="full"):
        return json.loads(self.text("asff", of))


@pytest.fixture(scope="session")
def reports():
    return Reports()


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    import browser

    with browser.started(tmp_path_factory.mktemp("browser")) as started:
        yield started
