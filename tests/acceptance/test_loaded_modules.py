"""What a serving node has loaded after it answered: what migrates, typesets, explains or plays is not there."""

import re
from pathlib import Path

import pytest

from gateway.demonstration.world import launch_command
from tests.support.nodes.node import Abroad
from tests.support.nodes.other_node import other_node

NEEDED = {"cryptography", "fastapi", "jinja2", "lxml", "sqlalchemy", "uvicorn"}
OTHERS = {"alembic", "elementpath", "mako", "saxonche", "xmlschema"}
OURS = ("gateway.simulators", "gateway.demonstration", "gateway.cli.transform", "gateway.store.migrate")
_LOADED = re.compile(r"^import time: +\d+ \| +\d+ \| *(\S+)$", re.MULTILINE)


def test_a_node_that_has_answered_has_loaded_only_what_serving_needs(abroad: Abroad, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(abroad.world, "launch", launch_command)
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    with other_node(abroad, "imports") as node:
        monkeypatch.delenv("PYTHONPROFILEIMPORTTIME")
        assert node.discover().patients
        assert node.retrieve(node.listed().unique_id).documents
        mapped = Path(f"/proc/{node.world.processes[node.node].pid}/maps").read_text("utf-8")
    assert "lxml/etree" in mapped, "native modules are seen there"
    assert "/typst/" not in mapped, "originals are set in a worker process, whose modules stand in the same log"
    log = Path(node.world.folder / f"{node.node}.log").read_text("utf-8")
    modules = set(_LOADED.findall(log))
    packages = {name.partition(".")[0] for name in modules}
    assert packages >= NEEDED, "the list is that of this node"
    assert packages & OTHERS == set()
    assert {name for name in modules if name.startswith(OURS)} == set()
