"""Fixtures: a fresh simulated account per test, one shared by tests that only read, and a moto server."""

import os

import pytest

import crowd as crowds
from account import Account
from processes import Moto, Simulator


def pytest_configure(config):
    if not os.environ.get("SESSION_MIRROR_BINARIES"):
        raise pytest.UsageError("SESSION_MIRROR_BINARIES names no folder with binaries: start the tests with ./run")


@pytest.fixture
def simulate():
    """Starts simulators: simulate("small.yaml", "--option") -> Account."""
    running = []

    def start(scenario, *options):
        simulator = Simulator(scenario, *options)
        running.append(simulator)
        return Account(simulator)

    yield start
    for simulator in running:
        simulator.close()


@pytest.fixture
def account(simulate):
    """An account of the test's own, to be changed at will."""
    return simulate("account.yaml")


@pytest.fixture(scope="session")
def untouched():
    """The same account, shared by the tests that only read."""
    simulator = Simulator("account.yaml")
    yield Account(simulator)
    simulator.close()


@pytest.fixture(scope="session")
def crowd_file(tmp_path_factory):
    """The scenario of crowd.py as a file."""
    return crowds.write(tmp_path_factory.mktemp("crowd"))


@pytest.fixture(scope="session")
def crowd(crowd_file):
    """An account with many of everything, shared by the tests that only read."""
    simulator = Simulator(crowd_file)
    yield Account(simulator)
    simulator.close()


@pytest.fixture(scope="session")
def moto_server():
    moto = Moto()
    yield moto
    moto.close()
