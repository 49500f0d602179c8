"""`ncpeh node`: serve. One supervisor-free process, or several on one socket."""

import json
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Annotated

import typer

from gateway import clock
from gateway.app import build_node
from gateway.errors import StoreUnavailable
from gateway.foundation import server_tls_files
from gateway.serve import log_as_json, serve
from gateway.settings import Settings, load
from gateway.store.errors import StoreCannotStart


def node(
    ready_file: Annotated[
        Path | None, typer.Option(help="Written by rename once the node answers: address and process ids, JSON.")
    ] = None,
) -> None:
    """Serve other countries until SIGTERM or SIGINT. Exit 2 when the node cannot start, and why."""
    settings = load()
    with socket.create_server((settings.listen.host, settings.listen.port), backlog=512) as listening:
        if settings.listen.workers == 1:
            _serve_one(settings, listening, lambda: _say_ready(ready_file, listening, [os.getpid()]))
            return
        _serve_many(settings, listening, ready_file)


def _serve_one(settings: Settings, listening: socket.socket, ready: Callable[[], None]) -> None:
    log_as_json()
    try:
        built = build_node(settings, clock.now, clock.new_id)
    except (StoreCannotStart, StoreUnavailable) as fault:
        typer.echo(f"ncpeh: {fault}", err=True)
        raise typer.Exit(2) from None
    try:
        serve(built.asgi, listening, lambda: server_tls_files(settings), ready, built.tidy)
    finally:
        built.close()


def _serve_many(settings: Settings, listening: socket.socket, ready_file: Path | None) -> None:
    """N processes on one socket; one that ends, however, ends them all: whoever started us starts us again."""
    context = multiprocessing.get_context("spawn")
    started = [context.Event() for _ in range(settings.listen.workers)]
    workers = [context.Process(target=_worker, args=(listening, event)) for event in started]
    for worker in workers:
        worker.start()

    def end(_number: int, _frame: object) -> None:
        for worker in workers:
            worker.terminate()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    while not all(event.wait(0.05) for event in started) and all(worker.is_alive() for worker in workers):
        pass
    if all(event.is_set() for event in started):
        _say_ready(ready_file, listening, [worker.pid or 0 for worker in workers])
    wait([worker.sentinel for worker in workers])
    for worker in workers:
        worker.terminate()
        worker.join()
    raise typer.Exit(max(abs(worker.exitcode or 0) and 70 for worker in workers))


def _worker(listening: socket.socket, started: Event) -> None:
    _serve_one(load(), listening, started.set)


def _say_ready(path: Path | None, listening: socket.socket, pids: list[int]) -> None:
    if path is None:
        return
    host, port = listening.getsockname()[:2]
    beside = path.with_name(path.name + ".new")
    beside.write_text(json.dumps({"version": 1, "host": host, "port": port, "pids": pids}), "utf-8")
    beside.replace(path)
