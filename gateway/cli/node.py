"""`ncpeh node`: serve. One supervisor-free process, or several on one socket."""

import json
import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway import clock
from gateway.cli.edge import FAULT, WRONG, say, status_of
from gateway.cli.sentences import at_place
from gateway.conditions import Occasion, Unmet, unmet
from gateway.configuration.settings import Settings, load
from gateway.store.errors import DatabaseUrlUnsupported

if TYPE_CHECKING:
    from gateway.side_channel import SideChannel
    from gateway.store.node_lock import NodeLock


def node(
    ready_file: Annotated[
        Path | None, typer.Option(help="Written by rename once the node answers: address and process ids, JSON.")
    ] = None,
) -> None:
    """Serve other countries until SIGTERM or SIGINT. Exit 2 when the node cannot start, and why."""
    settings = load()
    with _own_lock(settings) as lock:
        _require_own_conditions(settings, lock)
        _listen_and_serve(settings, lock, ready_file)


def _listen_and_serve(settings: Settings, lock: "NodeLock | None", ready_file: Path | None) -> None:
    with (
        _listening(settings.listen.host, settings.listen.port) as main,
        _terminology_socket(settings) as other,
        _management_socket(settings) as management,
    ):
        sockets = _Sockets(main, other)
        addresses = {**sockets.addresses(), **_management_address(management)}
        process = _Process(settings, sockets, addresses)

        def ready(pids: list[int]) -> None:
            _say_ready(ready_file, addresses, pids)

        if settings.listen.workers == 1:
            _serve_one(process, lambda: ready([os.getpid()]), _Overseer(management, lock=lock))
        else:
            _serve_many(process, _Overseer(management, lock=lock), ready)


@contextmanager
def _own_lock(settings: Settings) -> Iterator["NodeLock | None"]:
    """The lock of this node's id, for as long as this process lives; None for a database that has none."""
    from gateway.store.node_lock import NodeLock  # what a node is made of: not for the help

    try:
        lock = NodeLock(settings.store_url(), settings.node.node_id)
    except DatabaseUrlUnsupported:
        yield None  # the list of conditions tells of it
        return
    try:
        yield lock
    finally:
        lock.release()


def _require_own_conditions(settings: Settings, lock: "NodeLock | None") -> None:
    """Go through the list of what a node asks of itself; what warns is a line of the log, what refuses one of ours."""
    from gateway.log_lines import logger  # what a node is made of: not for the help
    from gateway.node.own.conditions import OWN_CONDITIONS
    from gateway.node.own.read import read_own_state
    from gateway.node.own.read_place import Asked

    found = unmet(OWN_CONDITIONS, read_own_state(settings, Asked(lock)), Occasion.START, clock.now())
    for one in found:
        if one.refuses:
            say(one.sentence())
        else:
            logger("ncpeh.state").warning("condition-unmet", condition=one.condition, found=one.sentence())
    if any(one.refuses for one in found):
        raise typer.Exit(WRONG)


_LAST_LINES_SECONDS = 2.0
"""How long a node that stops waits for its last lines to be written."""


@dataclass(frozen=True, slots=True)
class _Sockets:
    """Where the node listens; ``terminology`` is None when that service has no listener."""

    main: socket.socket
    terminology: socket.socket | None

    def addresses(self) -> dict[str, object]:
        """Where they listen, as the ready file says it."""
        host, port = self.main.getsockname()[:2]
        told: dict[str, object] = {"host": host, "port": port}
        if self.terminology is not None:
            at = self.terminology.getsockname()
            told["terminology"] = {"host": at[0], "port": at[1]}
        return told

    def close(self) -> None:
        """In this process."""
        self.main.close()
        if self.terminology is not None:
            self.terminology.close()


def _listening(host: str, port: int) -> socket.socket:
    try:
        listening = socket.create_server((host, port), backlog=512)
    except OSError as fault:
        raise at_place(fault, f"{host}:{port}") from fault
    # Accepted connections inherit it; asyncio sets it only on sockets that name their protocol, which these do not. An
    # answer is written in parts: without it each waits for the client's delayed acknowledgement, 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _terminology_socket(settings: Settings) -> AbstractContextManager[socket.socket | None]:
    table = settings.terminology_api
    return _listening(table.host, table.port) if table.enabled else nullcontext()


def _management_socket(settings: Settings) -> AbstractContextManager[socket.socket | None]:
    table = settings.management
    return _listening(table.host, table.port) if table.enabled else nullcontext()


def _management_address(listening: socket.socket | None) -> dict[str, object]:
    if listening is None:
        return {}
    at = listening.getsockname()
    return {"management": {"host": at[0], "port": at[1]}}


@dataclass(frozen=True, slots=True)
class _Process:
    """What one process that serves is given."""

    settings: Settings
    sockets: _Sockets
    addresses: Mapping[str, object]
    number: int = 1
    """Of several, from 1."""


@dataclass(frozen=True, slots=True)
class _Overseer:
    """Who asks a process how it is: whoever runs the node, on a socket, or its parent on their behalf."""

    management: socket.socket | None = None
    parent: Connection | None = None
    lock: "NodeLock | None" = None
    """Of the node's id, in the process that holds it."""


def _serve_one(process: _Process, ready: Callable[[], None], overseer: _Overseer) -> None:
    from gateway.node.log import log_as_json

    log = log_as_json(node=process.settings.node.node_id, level=process.settings.log.level)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until it serves: what it would read again it has not read yet
    signal.signal(signal.SIGTERM, _end)  # uvicorn's own handler comes and goes, and raises the signal again at its end
    try:
        _serve_logged(process, log, ready, overseer)
    finally:
        log.drain(_LAST_LINES_SECONDS)


def _end(_number: int, _frame: object) -> None:
    """Leave by the way out: what was opened is closed, and the last lines are written."""
    raise SystemExit(0)


def _serve_logged(process: _Process, log: "SideChannel", ready: Callable[[], None], overseer: _Overseer) -> None:
    # Here, so that its help loads nothing of a node, and who watches over workers no more than the start conditions.
    from gateway.node.app import ProcessMeans, build_node
    from gateway.node.management import answer_parent, managing
    from gateway.node.serve import Beside, Listener, serve

    settings, sockets = process.settings, process.sockets
    built = build_node(settings, clock.now, clock.new_id, means=ProcessMeans(log, overseer.lock))
    try:
        if overseer.parent is not None:
            answer_parent(overseer.parent, built.managed)
        app, other = built.terminology, sockets.terminology
        beside = Beside(app, other, built.terminology_tls) if app is not None and other is not None else None
        main = Listener(built.asgi, sockets.main, built.tls, settings.limits)
        with managing(overseer.management, built.managed), _told_of(process, built.facts):
            serve(main, ready, built.upkeep, beside)
    finally:
        built.close()


@contextmanager
def _told_of(process: _Process, facts: Callable[[], Mapping[str, object]]) -> Iterator[None]:
    """A line at the start and one at the stop, of the first process for all of them."""
    if process.number > 1:
        yield
        return
    from gateway.log_lines import logger

    log, workers = logger("ncpeh.node"), process.settings.listen.workers
    log.info("started", **process.addresses, workers=workers, **facts())
    try:
        yield
    finally:
        log.info("stopped")


def _serve_many(process: _Process, overseer: _Overseer, ready: Callable[[list[int]], None]) -> None:
    """N processes on one socket; one that ends, however, ends them all: whoever started us starts us again."""
    from gateway.node.management import Workers, managing

    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # inherited by the workers, until they serve
    numbers = range(1, process.settings.listen.workers + 1)
    workers = [_started(number, process.sockets, process.addresses) for number in numbers]
    process.sockets.close()  # the workers have them: when they stop listening, nobody does
    processes = [worker.process for worker in workers]
    told = _pass_on_the_end(processes)
    own = partial(_id_is_held, process.settings, overseer.lock)
    with managing(overseer.management, Workers([worker.link for worker in workers], own, lambda: bool(told))):
        while not all(worker.serves.wait(0.05) for worker in workers) and all(one.is_alive() for one in processes):
            pass
        if all(worker.serves.is_set() for worker in workers):
            _pass_on_renewals(processes)
            ready([one.pid or 0 for one in processes])
        wait([one.sentinel for one in processes])
        if not told:  # again, it could meet one that is about to end by itself, and end it otherwise
            _end_all(processes)
        for one in processes:
            one.join()
    ended = [0 if told and one.exitcode == -signal.SIGTERM else one.exitcode for one in processes]  # before it served
    raise typer.Exit(max(_status_of_worker(code) for code in ended))


def _id_is_held(settings: Settings, lock: "NodeLock | None") -> tuple[Unmet, ...]:
    """Of what a node asks of itself, what only the process that holds the lock of its id can tell."""
    from gateway.node.own.conditions import OWN_CONDITIONS
    from gateway.node.own.read import read_own_state
    from gateway.node.own.read_place import Asked

    of_lock = [condition for condition in OWN_CONDITIONS if condition.name == "node-once"]
    return unmet(of_lock, read_own_state(settings, Asked(lock)), Occasion.SERVING, clock.now())


@dataclass(frozen=True, slots=True)
class _Worker:
    """A process that was started, as its parent has it."""

    process: SpawnProcess
    serves: Event
    """Set once it serves."""
    link: Connection
    """Over which it answers what its parent is asked."""


def _started(number: int, sockets: _Sockets, addresses: Mapping[str, object]) -> _Worker:
    context = multiprocessing.get_context("spawn")
    serves = context.Event()
    ours, its = context.Pipe()
    process = context.Process(target=_worker, args=(sockets, dict(addresses), number, serves, its))
    process.start()
    its.close()
    return _Worker(process, serves, ours)


def _status_of_worker(code: int | None) -> int:
    """2 where the place or the configuration kept it from starting, which it has told; any other end is our fault."""
    return code if code in (0, WRONG) else FAULT


def _pass_on_the_end(workers: list[SpawnProcess]) -> list[int]:
    """The first SIGTERM or SIGINT ends all workers, which drain. Which came is in the list."""
    came: list[int] = []

    def end(number: int, _frame: object) -> None:
        if not came:
            _end_all(workers)
        came.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    return came


def _end_all(workers: list[SpawnProcess]) -> None:
    for worker in workers:
        worker.terminate()


def _pass_on_renewals(workers: list[SpawnProcess]) -> None:
    """Each SIGHUP goes to all workers."""

    def renew(_number: int, _frame: object) -> None:
        for worker in workers:
            if worker.pid is not None and worker.is_alive():
                os.kill(worker.pid, signal.SIGHUP)

    signal.signal(signal.SIGHUP, renew)


def _end_with_parent() -> None:
    """A worker whose parent was killed ends too: the lock of the node's id went with the parent."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "a worker has a parent"
    wait([parent.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)


def _worker(sockets: _Sockets, addresses: Mapping[str, object], number: int, serves: Event, parent: Connection) -> None:
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()

    def served() -> int:
        _serve_one(_Process(load(), sockets, addresses, number), serves.set, _Overseer(parent=parent))
        return 0

    sys.exit(status_of(served))


def _say_ready(path: Path | None, addresses: Mapping[str, object], pids: list[int]) -> None:
    if path is None:
        return
    said = {"version": 1, **addresses, "pids": pids}
    beside = path.with_name(path.name + ".new")
    beside.write_text(json.dumps(said), "utf-8")
    beside.replace(path)
