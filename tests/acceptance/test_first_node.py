"""The page "First node in ten minutes": its commands, as they stand, bring up a node that answers, from nothing."""

import os
import re
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway.configuration.settings import load
from gateway.node.norway import national_table
from tests.support.machine.postgres import server

PAGE = Path(__file__).resolve().parents[2] / "gateway/node/README.md"
STOPPED = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n"
"""What the page starts ends with the test, also when a step fails."""


def blocks() -> list[str]:
    """Every block of the page, in its order."""
    text = PAGE.read_text("utf-8").partition("## First node in ten minutes")[2]
    found = re.findall(r"^```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(found) > 8
    return found


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return str(taken.getsockname()[1])


def test_what_the_page_configures_is_a_node_that_portugal_may_ask(tmp_path: Path):
    (tmp_path / "NO/config").mkdir(parents=True)
    writes = "".join(block for block in blocks() if block.startswith(("cat > NO/config/", "cat > NO/env")))
    bash = ["bash", "-eu", "-c", writes + ". NO/env\nenv -0"]
    done = subprocess.run(bash, cwd=tmp_path, env={"PATH": os.environ["PATH"]}, capture_output=True, check=True)
    environment = dict(one.split("=", 1) for one in done.stdout.decode().split("\0") if one)
    settings = load(environment)
    assert (settings.node.country, settings.node.country_a_enabled, settings.listen.port) == ("NO", True, 8443)
    assert {code: sorted(row.asks) for code, row in settings.countries.items()} == {"NO": [], "PT": ["ps"]}
    assert national_table(settings).helseid.issuer.endswith(":9443/helseid")


@pytest.mark.prove
def test_the_page_brings_up_a_node_that_answers_one_lookup(tmp_path: Path):
    brought_up("sqlite", tmp_path)


@pytest.mark.timed
@pytest.mark.prove
def test_the_page_brings_up_a_node_on_postgresql(tmp_path: Path):
    brought_up("postgresql", tmp_path)


def brought_up(kind: str, tmp_path: Path) -> None:
    script = "".join(blocks())
    for port in ("8443", "8445", "9443"):
        assert port in script
        script = script.replace(port, free_port())
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NCPEH_")}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    with ExitStack() as stack:
        if kind == "postgresql":
            environment["DATABASE"] = stack.enter_context(server().database())
        done = subprocess.run(
            ["bash", "-eu", "-c", STOPPED + script],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=400,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    rows = [line.split()[2:6] for line in done.stdout.splitlines() if " ITI-" in line]
    assert rows == [[one, "inbound", "PT", "success"] for one in ("ITI-55", "ITI-38", "ITI-39")]
    assert "summary.xml: VALID, Patient Summary" in done.stdout
    assert "NO: 1 found, 1 listed (1 with the original), 1 retrieved." in done.stderr
    assert "intact: " in done.stdout
    assert f'store.url = "{kind}' in done.stdout
    assert b"<html" in (tmp_path / "summary.html").read_bytes()
    assert (tmp_path / "NO/ncpeh.db").exists() == (kind == "sqlite")
