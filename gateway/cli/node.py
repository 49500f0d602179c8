"""`ncpeh node`: serve. One supervisor-free process, or several on one socket."""

import json
import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway import clock
from gateway.cli.edge import FAULT, WRONG, say, status_of
from gateway.cli.sentences import at_place
from gateway.conditions import Occasion, unmet
from gateway.configuration.settings import Settings, load
from gateway.store.errors import DatabaseUrlUnsupported

if TYPE_CHECKING:
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
        with _listening(settings.listen.host, settings.listen.port) as main, _terminology_socket(settings) as other:
            sockets = _Sockets(main, other)
            if settings.listen.workers == 1:
                _serve_one(settings, sockets, lambda: _say_ready(ready_file, sockets.addresses(), [os.getpid()]))
                return
            _serve_many(settings, sockets, ready_file)


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


def _serve_one(settings: Settings, sockets: _Sockets, ready: Callable[[], None]) -> None:
    from gateway.node.log import log_as_json

    log = log_as_json()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until it serves: what it would read again it has not read yet
    signal.signal(signal.SIGTERM, _end)  # uvicorn's own handler comes and goes, and raises the signal again at its end
    try:
        _serve_logged(settings, sockets, ready)
    finally:
        log.drain(_LAST_LINES_SECONDS)


def _end(_number: int, _frame: object) -> None:
    """Leave by the way out: what was opened is closed, and the last lines are written."""
    raise SystemExit(0)


def _serve_logged(settings: Settings, sockets: _Sockets, ready: Callable[[], None]) -> None:
    # Here, so that neither its help nor the process that only watches over its workers loads what a node needs.
    from gateway.node.app import build_node
    from gateway.node.serve import Beside, Listener, Upkeep, serve

    built = build_node(settings, clock.now, clock.new_id)
    try:
        app, other = built.terminology, sockets.terminology
        beside = Beside(app, other, built.terminology_tls) if app is not None and other is not None else None
        main = Listener(built.asgi, sockets.main, built.tls, settings.limits)
        serve(main, ready, Upkeep(built.reloads, built.tidy), beside)
    finally:
        built.close()


def _serve_many(settings: Settings, sockets: _Sockets, ready_file: Path | None) -> None:
    """N processes on one socket; one that ends, however, ends them all: whoever started us starts us again."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # inherited by the workers, until they serve
    context = multiprocessing.get_context("spawn")
    started = [context.Event() for _ in range(settings.listen.workers)]
    workers = [context.Process(target=_worker, args=(sockets, event)) for event in started]
    for worker in workers:
        worker.start()
    addresses = sockets.addresses()
    sockets.close()  # the workers have them: when they stop listening, nobody does

    def end(_number: int, _frame: object) -> None:
        for worker in workers:
            worker.terminate()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    while not all(event.wait(0.05) for event in started) and all(worker.is_alive() for worker in workers):
        pass
    if all(event.is_set() for event in started):
        _pass_on_renewals(workers)
        _say_ready(ready_file, addresses, [worker.pid or 0 for worker in workers])
    wait([worker.sentinel for worker in workers])
    for worker in workers:
        worker.terminate()
        worker.join()
    raise typer.Exit(max(_status_of_worker(worker.exitcode) for worker in workers))


def _status_of_worker(code: int | None) -> int:
    """2 where the place or the configuration kept it from starting, which it has told; any other end is our fault."""
    return code if code in (0, WRONG) else FAULT


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


def _worker(sockets: _Sockets, started: Event) -> None:
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    sys.exit(status_of(lambda: _served(sockets, started)))


def _served(sockets: _Sockets, started: Event) -> int:
    _serve_one(load(), sockets, started.set)
    return 0


def _say_ready(path: Path | None, addresses: dict[str, object], pids: list[int]) -> None:
    if path is None:
        return
    said = {"version": 1, **addresses, "pids": pids}
    beside = path.with_name(path.name + ".new")
    beside.write_text(json.dumps(said), "utf-8")
    beside.replace(path)
