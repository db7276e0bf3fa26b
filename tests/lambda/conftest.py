"""Fixtures: a simulated account per test with a function on it, and one moto for all."""

import json
import os

import pytest


def pytest_configure(config):
    if not os.environ.get("SESSION_MIRROR_BINARIES"):
        raise pytest.UsageError("SESSION_MIRROR_BINARIES names no folder with binaries: start the tests with ./run")


@pytest.fixture(scope="session")
def moto():
    import processes

    server = processes.moto()
    yield server
    server.close()


@pytest.fixture
def account(tmp_path, moto):
    from account import Account

    made = Account(tmp_path, moto)
    yield made
    made.close()
    # What the function says is for programs: each line is an object.
    for line in made.said():
        assert isinstance(json.loads(line), dict), line
