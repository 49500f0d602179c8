"""The validation service of `ncpeh validate --serve`: its processes, its face, a listener in the clear.

It is no node: it has no state, opens no national door and enters nothing in any evidence.
"""

import os
import socket
from collections.abc import Callable
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI

from gateway import clock
from gateway.faces.connections import ConnectionLimits
from gateway.faces.no_such_path import refuse_unknown_paths
from gateway.faces.validation.face import Validating, ValidationFace
from gateway.node.serve import serve_plainly
from gateway.workers import WorkerPool
from transformers.validation import Checked
from transformers.validation.validator import DocumentValidator
from trust.errors import XmlRefused

_LIMITS: Final = ConnectionLimits(
    header_bytes=8192,
    headers=50,
    header_seconds=10.0,
    body_seconds=60.0,
    answer_seconds=60.0,
    connections=64,
    connections_of_one_peer=64,
)


def cores() -> int:
    """How many cores this process may use: so many documents are looked at at once."""
    return len(os.sched_getaffinity(0))


def serve_validation(
    listening: socket.socket,
    make: Callable[[], DocumentValidator],
    unreadable: Callable[[XmlRefused], str],
    ready: Callable[[], None],
) -> None:
    """Answer on that socket until SIGTERM or SIGINT. ``make`` is called here, and in each process that checks."""
    how = make()
    with WorkerPool(cores()) as workers:

        def check(document: bytes) -> Checked:
            return workers.start(_checked, make, document).result()

        face = ValidationFace(Validating(check, how, unreadable, cores(), clock.now, version("ncpeh")))
        app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
        app.include_router(face.router())
        refuse_unknown_paths(app)
        serve_plainly(app, listening, _LIMITS, ready)
        face.close()


_MADE: list[DocumentValidator] = []
"""In a process that checks: its validator, made with the first document."""


def _checked(make: Callable[[], DocumentValidator], document: bytes) -> Checked:
    """In such a process."""
    if not _MADE:
        _MADE.append(make())
    return _MADE[0].validate(document)
