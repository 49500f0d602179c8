"""Who runs a node learns from the outside alone how it is, before the first clinician is refused."""

import http.client
import json
import os
import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gateway.demonstration.world import start_node
from tests.support.nodes.management import asked, listener
from tests.support.nodes.node import UNKNOWN, Abroad
from tests.support.nodes.worlds import abroad_in
from trust import pki_layout as layout

_SEEN_WITHIN = 180.0


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Abroad]:
    with abroad_in(tmp_path_factory.mktemp("management"), {}) as abroad:
        yield abroad


@pytest.fixture(scope="module")
def two_workers(serving: Abroad) -> Iterator[Abroad]:
    with another(serving, "NO-two", {"NCPEH_LISTEN__WORKERS": "2"}) as node:
        yield node


@contextmanager
def another(abroad: Abroad, name: str, more: dict[str, str]) -> Iterator[Abroad]:
    world = abroad.world
    world.norway = {"NCPEH_NODE__NODE_ID": name.lower(), **more}
    try:
        start_node(world, "NO", name)
    finally:
        world.norway = {}
    try:
        yield replace(abroad, node=name)
    finally:
        process = world.processes.pop(name)
        process.terminate()
        assert process.wait(180) == 0


def eventually(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + _SEEN_WITHIN
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.1)


@contextmanager
def in_place(path: Path, content: bytes) -> Iterator[None]:
    before = path.read_bytes()
    path.write_bytes(content)
    try:
        yield
    finally:
        path.write_bytes(before)


@pytest.mark.parametrize("node", ["serving", "two_workers"])
def test_a_node_that_serves_is_alive_and_ready_and_asking_asks_nobody(node: str, request: pytest.FixtureRequest):
    abroad: Abroad = request.getfixturevalue(node)
    abroad.reset()
    assert (asked(abroad, "/live").status, asked(abroad, "/live").text) == (200, "alive\n")
    ready = asked(abroad, "/ready")
    assert (ready.status, json.loads(ready.text)["ready"]) == (200, True)
    assert asked(abroad, "/metrics").status == 200
    assert (abroad.calls(), abroad.written()) == ([], (0, 0))


@pytest.mark.parametrize("node", ["serving", "two_workers"])
def test_each_answer_is_counted_by_country_transaction_and_code(node: str, request: pytest.FixtureRequest):
    abroad: Abroad = request.getfixturevalue(node)
    abroad.reset()

    def counted(**labels: str) -> float:
        return asked(abroad, "/metrics").value("ncpeh_answers_total", **labels) or 0

    found = {"country": "PT", "transaction": "ITI-55", "code": ""}
    before = counted(**found)
    for _ in range(4):
        assert abroad.discover().patients
    assert counted(**found) == before + 4, "by whichever worker it was answered"
    (code,) = abroad.discover(UNKNOWN).codes
    assert counted(**{**found, "code": code}) >= 1
    text = asked(abroad, "/metrics").text
    assert (asked(abroad, "/metrics").value("ncpeh_answer_seconds_count", transaction="ITI-55") or 0) >= 5
    for person in (abroad.number("rich").extension, UNKNOWN):
        assert person not in text


def test_several_workers_are_told_of_as_one_node(two_workers: Abroad):
    metrics = asked(two_workers, "/metrics")
    (end,) = {asked(two_workers, "/metrics").value("ncpeh_certificate_end_seconds", certificate="seal")}
    assert end is not None
    assert end > time.clock_gettime(time.CLOCK_REALTIME)
    assert metrics.value("ncpeh_clock_alone") == 0
    assert metrics.value("ncpeh_side_channel_dropped_total", channel="log") == 0


def test_a_worker_that_stands_still_is_seen(two_workers: Abroad):
    pids = json.loads((two_workers.world.folder / "NO" / "NO-two.ready").read_text("utf-8"))["pids"]
    os.kill(pids[1], signal.SIGSTOP)
    try:
        assert asked(two_workers, "/live").status == 503
        ready = asked(two_workers, "/ready")
        assert ready.status == 503
        assert any(sentence.startswith("worker 2: gives no answer") for sentence in ready.sentences)
        assert asked(two_workers, "/metrics").value("ncpeh_clock_alone") == 0, "what the other one counted"
    finally:
        os.kill(pids[1], signal.SIGCONT)
    eventually(lambda: asked(two_workers, "/live").status == 200)
    eventually(lambda: asked(two_workers, "/ready").status == 200)


def test_a_certificate_that_peers_will_refuse_makes_it_not_ready(serving: Abroad):
    world = serving.world
    own, expired = layout.tls_server("NO"), layout.Bad.SEAL_EXPIRED.credential
    content = world.pki(expired.certificate).read_bytes()
    with in_place(world.pki(own.certificate), content):
        eventually(lambda: asked(serving, "/ready").status == 503)
        assert any(str(world.pki(own.certificate)) in sentence for sentence in asked(serving, "/ready").sentences)
        eventually(lambda: asked(serving, "/metrics").value("ncpeh_files_not_reloaded") == 1)
    eventually(lambda: asked(serving, "/ready").status == 200)


def test_a_list_that_cannot_be_read_is_named_and_the_node_goes_on(serving: Abroad):
    bad = serving.world.pki(layout.LISTS_FOLDER) / "bad.crl"
    bad.write_bytes(b"no list")
    try:
        eventually(lambda: any(str(bad) in sentence for sentence in asked(serving, "/ready").sentences))
        assert asked(serving, "/ready").status == 200
        assert serving.discover().patients
    finally:
        bad.unlink()


def test_a_database_that_cannot_be_written_makes_it_not_ready(serving: Abroad):
    database = serving.world.settings("NO").store_url().removeprefix("sqlite:///")
    with closing(sqlite3.connect(database, isolation_level=None)) as held:
        held.execute("BEGIN EXCLUSIVE")
        try:
            eventually(lambda: asked(serving, "/ready").status == 503)
            assert asked(serving, "/live").status == 200
            assert asked(serving, "/metrics").status == 200
        finally:
            held.execute("ROLLBACK")
    eventually(lambda: asked(serving, "/ready").status == 200)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("ALTER TABLE settled_time RENAME TO hidden")
        try:
            eventually(lambda: "database-usable" in asked(serving, "/ready").lacking)
        finally:
            connection.execute("ALTER TABLE hidden RENAME TO settled_time")
    eventually(lambda: asked(serving, "/ready").status == 200)


def test_a_national_service_that_is_slow_is_seen_in_the_seconds(serving: Abroad):
    serving.reset()

    def quicker_than_a_second() -> tuple[float, float]:
        metrics, of = asked(serving, "/metrics"), {"transaction": "ITI-55"}
        name = "ncpeh_answer_seconds_bucket"
        return metrics.value(name, le="1.0", **of) or 0, metrics.value(name, le="+Inf", **of) or 0

    assert serving.discover().patients
    quick, every = quicker_than_a_second()
    serving.fault("persontjenesten", "slow", 1.5)
    assert serving.discover().patients
    assert quicker_than_a_second() == (quick, every + 1)


def test_a_log_on_a_full_disk_is_a_warning_and_counted(serving: Abroad):
    (serving.world.folder / "NO-full.log").symlink_to("/dev/full")
    with another(serving, "NO-full", {}) as node:
        assert node.discover().patients
        eventually(lambda: (asked(node, "/metrics").value("ncpeh_side_channel_failed_total", channel="log") or 0) > 0)
        ready = asked(node, "/ready")
        assert ready.status == 200
        assert any(sentence.startswith("the node's log: cannot be written (OSError)") for sentence in ready.sentences)


def test_whoever_takes_all_of_the_listener_holds_no_other_country_and_not_for_long(serving: Abroad):
    at = listener(serving)
    with ExitStack() as held:
        for _ in range(16):
            silent = held.enter_context(socket.create_connection((at["host"], at["port"]), timeout=180))
            silent.sendall(b"GET /metrics HTTP/1.1\r\n")
        serving.reset()
        assert serving.discover().patients
        eventually(lambda: asked_or_none(serving) is not None)


def asked_or_none(serving: Abroad) -> int | None:
    try:
        status = asked(serving, "/live").status
    except (ConnectionError, http.client.HTTPException):
        return None
    return status if status == 200 else None


def test_nothing_of_it_is_on_the_port_that_other_countries_ask(serving: Abroad):
    at = urlsplit(serving.world.url("NO", "xcpd"))
    context = serving.context(layout.tls_client("PT"))
    connection = http.client.HTTPSConnection(str(at.hostname), at.port, timeout=180, context=context)
    for path in ("/live", "/ready", "/metrics"):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 404
    connection.close()


def test_a_start_and_a_stop_are_a_line_each(serving: Abroad):
    with another(serving, "NO-lines", {"NCPEH_LISTEN__WORKERS": "2"}) as node:
        assert node.discover().patients
    lines = [json.loads(line) for line in (serving.world.folder / "NO-lines.log").read_text("utf-8").splitlines()]
    (start,) = [line for line in lines if line["event"] == "started"]
    (stop,) = [line for line in lines if line["event"] == "stopped"]
    assert (start["node"], start["port"], start["workers"]) == ("no-lines", serving.world.ports["NO-lines"], 2)
    assert (start["asked_by"], set(start["certificates_end"])) == (["PT"], {"tls-server", "tls-client", "seal"})
    assert start["releases"]["8"]
    assert stop["node"] == "no-lines"


def test_an_answers_line_says_how_long_whose_which_code_and_what_and_no_person(serving: Abroad):
    serving.reset()
    entry = serving.listed()
    assert serving.retrieve(entry.unique_id).documents
    serving.discover(UNKNOWN)
    text = (serving.world.folder / "NO.log").read_text("utf-8")
    answered = [line for line in map(json.loads, text.splitlines()) if line["event"] == "answered"]
    retrieved = [line for line in answered if line["transaction"] == "ITI-39"][-1]
    assert (retrieved["node"], retrieved["country"], retrieved["level"]) == ("demo-no", "PT", "info")
    assert retrieved["classes"] == ["60591-5"]
    assert retrieved["duration_ms"] >= 0
    assert retrieved["message_id"].startswith("urn:uuid:")
    refused = answered[-1]
    assert (refused["level"], bool(refused["code"])) == ("warning", True)
    for person in (serving.number("rich").extension, UNKNOWN):
        assert person not in text
