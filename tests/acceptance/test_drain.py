"""A node that is told to stop loses no request: it answers what it was asked, and says which answer is the last."""

import http.client
import select
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from urllib.parse import urlsplit

import pytest

from gateway.demonstration.world import World, start_node
from tests.support.machine.generated import of_the_day
from tests.support.nodes.kept_open import KeptOpen
from tests.support.nodes.management import asked
from tests.support.nodes.node import Abroad, Came, read
from tests.support.nodes.worlds import abroad_in
from trust import pki_layout
from trust.pki_layout import Credential

_STOPS_WITHIN = 60
FIRST, SECOND = "NO-first", "NO-second"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with abroad_in(tmp_path_factory.mktemp("drain"), {}) as abroad:
        yield abroad.world


def start(world: World, name: str, more: Mapping[str, str]) -> None:
    """A node of the same database, with an id of its own."""
    world.norway = {"NCPEH_NODE__NODE_ID": name.lower(), **more}
    try:
        start_node(world, "NO", name)
    finally:
        world.norway = {}


def stop(world: World, name: str) -> int:
    process = world.processes.pop(name)
    process.send_signal(signal.SIGTERM)
    return process.wait(_STOPS_WITHIN)


@contextmanager
def another(world: World, name: str, more: Mapping[str, str]) -> Iterator[None]:
    start(world, name, more)
    try:
        yield
    finally:
        if name in world.processes:
            stop(world, name)


@pytest.mark.parametrize("workers", of_the_day("workers", [1, 2], 1))
def test_it_answers_what_it_was_asked_says_so_and_ends_with_0(world: World, workers: int):
    """Nobody's register answers at once: the question is on its way when the node is told to stop."""
    name = f"NO-{workers}"
    with another(world, name, {"NCPEH_LISTEN__WORKERS": str(workers)}):
        kept = KeptOpen(world, name)
        kept.reset()
        assert kept.discover().patients
        kept.fault("persontjenesten", "slow", 4)
        came: list[Came] = []
        asking = threading.Thread(target=lambda: came.append(kept.discover()))
        asking.start()
        kept_until(lambda: "persontjenesten/get-by-nin" in kept.calls())
        process = world.processes[name]
        process.send_signal(signal.SIGTERM)
        kept_until(lambda: refuses(world, name))
        ready = asked(kept, "/ready")
        assert (ready.status, ready.sentences[0]) == (503, "the node: is stopping. Next: ask another node.")
        assert asked(kept, "/live").status == 200
        asking.join()
        assert came[0].patients
        assert kept.port() == 0, "the answer said that it is the last one"
        assert process.wait(_STOPS_WITHIN) == 0
        world.processes.pop(name)
        kept.close()


def kept_until(true) -> None:
    pause = threading.Event()
    while not true():
        pause.wait(0.02)


def test_a_connection_that_is_idle_when_it_stops_is_answered_once_more(world: World):
    with another(world, "NO-idle", {}):
        kept = KeptOpen(world, "NO-idle")
        kept.reset()
        assert kept.discover().patients
        port = kept.port()
        process = world.processes["NO-idle"]
        process.send_signal(signal.SIGTERM)
        kept_until(lambda: refuses(world, "NO-idle"))
        assert port == kept.port()
        assert kept.discover().patients
        assert kept.port() == 0
        assert process.wait(_STOPS_WITHIN) == 0
        world.processes.pop("NO-idle")
        kept.close()


def refuses(world: World, name: str) -> bool:
    """Whether it takes no connection any more."""
    at = urlsplit(world.url(name, "xcpd"))
    connection = http.client.HTTPConnection(str(at.hostname), at.port, timeout=180)
    try:
        connection.connect()
    except ConnectionRefusedError:
        return True
    finally:
        connection.close()
    return False


@dataclass
class Roaming(Abroad):
    """A peer of two nodes: reconnects when its connection is closed or refused, and repeats no request."""

    lost: int = 0
    connection: http.client.HTTPSConnection | None = field(default=None, repr=False)

    def post(self, service: str, content: bytes, client: Credential | None, **headers: str) -> Came:
        """Over the connection there is, or to the first node that takes one."""
        if self.connection is None or ended(self.connection):
            self.connection = self.connected(service, client or pki_layout.tls_client("PT"))
        sent = {"content-type": "application/soap+xml; charset=UTF-8", **headers}
        try:
            self.connection.request("POST", urlsplit(self.world.url("NO", service)).path, content, sent)
            answer = self.connection.getresponse()
            return read(answer.status, answer.getheader("content-type", ""), answer.read())
        except (OSError, http.client.HTTPException):
            self.lost += 1
            self.connection.close()
            return Came(0)

    def close(self) -> None:
        """End the connection."""
        if self.connection is not None:
            self.connection.close()

    def connected(self, service: str, client: Credential) -> http.client.HTTPSConnection:
        context = self.context(client)
        for name in cycle((FIRST, SECOND)):
            at = urlsplit(self.world.url(name, service))
            made = http.client.HTTPSConnection(str(at.hostname), at.port, timeout=180, context=context)
            try:
                made.connect()
            except OSError:
                made.close()
            else:
                return made
        raise AssertionError


def ended(connection: http.client.HTTPSConnection) -> bool:
    """Whether the node has closed it, or said with its last answer that it would."""
    return connection.sock is None or bool(select.select([connection.sock], [], [], 0)[0])


def rolled(world: World, rounds: int, at_least: int, threads: int = 3) -> tuple[int, int]:
    """Both nodes restarted one after the other while peers ask; how many questions were answered, and how many lost."""
    answered, lost, done = [0] * threads, [0] * threads, threading.Event()

    def ask(number: int) -> None:
        peer = Roaming(world)
        while not peer.lost and (not done.is_set() or sum(answered) < at_least):
            answered[number] += bool(peer.discover().patients)
        lost[number] = peer.lost
        peer.close()

    asking = [threading.Thread(target=ask, args=(number,)) for number in range(threads)]
    for thread in asking:
        thread.start()
    try:
        for _ in range(rounds):
            for name in (FIRST, SECOND):
                assert stop(world, name) == 0
                start(world, name, {})
    finally:
        done.set()
        for thread in asking:
            thread.join()
    return sum(answered), sum(lost)


@pytest.mark.parametrize(
    ("rounds", "at_least"),
    [(1, 24), pytest.param(2, 400, marks=[pytest.mark.prove, pytest.mark.timed])],
    ids=["short", "long"],
)
def test_a_rolling_restart_of_two_nodes_under_load_loses_no_request(world: World, rounds: int, at_least: int):
    Abroad(world).reset()
    with another(world, FIRST, {}), another(world, SECOND, {}):
        answered, lost = rolled(world, rounds, at_least)
    assert lost == 0
    assert answered >= at_least
    assert Abroad(world).intact()


def test_a_peer_that_repeats_nothing_counts_a_request_whose_connection_is_cut(world: World):
    """The twin: what a node that is killed does not answer is lost, and this peer says so."""
    with another(world, FIRST, {}), another(world, SECOND, {}):
        peer = Roaming(world)
        peer.reset()
        assert peer.discover().patients
        peer.fault("persontjenesten", "slow", 5)
        asking = threading.Thread(target=peer.discover)
        asking.start()
        kept_until(lambda: peer.calls()[-1:] == ["persontjenesten/get-by-nin"] and len(peer.calls()) > 3)
        for name in (FIRST, SECOND):
            world.processes[name].kill()
            world.processes.pop(name).wait()
        asking.join()
        peer.close()
    assert peer.lost == 1
