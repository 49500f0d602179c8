"""The demo, kept running, as a stranger finds it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from tests.strangers.client import Client


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """`ncpeh demo --keep`, ended by SIGTERM, which stops everything it started."""
    folder = tmp_path_factory.mktemp("strangers") / "demo"
    command = [str(Path(sys.executable).parent / "ncpeh"), "demo", "--keep", "--dir", str(folder)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NCPEH_")}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**environment, "PYTHONUNBUFFERED": "1"})
    assert process.stdout is not None
    try:
        told = []
        for line in process.stdout:
            told.append(line)
            if line.startswith("Running until"):
                break
        assert (folder / "demo.json").is_file(), "".join(told)
        drain = threading.Thread(target=process.stdout.read, daemon=True)
        drain.start()
        yield folder
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(60)
        process.stdout.close()
    assert code == 0


@pytest.fixture(scope="session")
def client(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """Portugal."""
    return Client.of(demo_folder, tmp_path_factory.mktemp("messages"))


@pytest.fixture
def given(client: Client) -> tuple[bytes, bytes]:
    """HCP and TRC about the richest sample person; new for each test, since a question without a message id is answered
    once under one assertion.
    """
    hcp = client.hcp()
    return hcp, client.trc(hcp, client.person("rich"))


@pytest.fixture(scope="session")
def entry(client: Client) -> etree._Element:
    """Her patient summary as it is listed, by assertions of its own."""
    hcp = client.hcp()
    given = (hcp, client.trc(hcp, client.person("rich")))
    (listed,) = client.ask("query", given, client.query(client.person("rich"))).structured
    return listed
