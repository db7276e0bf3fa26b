"""The real program on a simulated account: what it writes is what its readers take."""

import csv
import json
import os
import pathlib
import subprocess

import pytest
from test_asff import finding_shape, hub, send, wrong  # noqa: F401 (a fixture)
from test_html import VISIBLE, interfaces


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """What one run on the account of the demonstration prints and writes."""
    folder = tmp_path_factory.mktemp("written")
    binaries = pathlib.Path(os.environ["SESSION_MIRROR_BINARIES"])
    files = {kind: folder / f"report.{kind}" for kind in ("html", "csv", "asff")}
    command = [binaries / "aws-sim", "exec", "--scenario", "demo", "--", binaries / "session_mirror_audit"]
    command += [f"--{kind}={path}" for kind, path in files.items()]
    command += ["--output", "json"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SESSION_MIRROR_"))}
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env=environment)
    # Behind the document, the simulator says what was done to it.
    document, _ = json.JSONDecoder().raw_decode(done.stdout)
    assert "nothing changed in the account" in done.stdout + done.stderr
    return {kind: path.read_text() for kind, path in files.items()} | {"json": document}


def test_the_page_opens_and_has_every_interface(browser, written):
    path = browser.open(written["html"])
    assert browser.requests() == [path.as_uri()]
    assert browser.said() == []
    rows = browser.run(VISIBLE)
    expected = interfaces(written["json"]["regions"])
    assert len(rows) == len(expected) > 40
    for interface in expected:
        assert any(interface["id"] in row for row in rows), interface


def test_the_spreadsheet_has_the_same_interfaces(written):
    rows = list(csv.DictReader(written["csv"].splitlines()))
    assert [row["interface"] for row in rows] == [each["id"] for each in interfaces(written["json"]["regions"])]


def test_security_hub_takes_the_findings(hub, written):  # noqa: F811
    findings = json.loads(written["asff"])
    assert list(wrong(finding_shape(hub), findings[0])) == []
    for start in range(0, len(findings), 100):
        send(hub, findings[start : start + 100])
    codes = {finding["code"] for finding in written["json"]["regions"][0]["findings"]}
    generators = " ".join(finding["GeneratorId"] for finding in findings)
    assert all(code in generators for code in codes)
