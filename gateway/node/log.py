"""The operator's log on standard error: one JSON object a line, never evidence and never about a person.

Lines go over a side channel, so that a full disk or a pipe that nobody reads holds no request. They are written to the
descriptor itself: a thread that is held in a buffered stream would keep the process from ending.
"""

import logging
import os
import sys
from collections.abc import Mapping, MutableMapping
from functools import partial
from typing import Any, Final

import structlog

from gateway.log_lines import LINE, logger
from gateway.side_channel import SideChannel

_CAPACITY = 4096
"""Lines that may wait: about a megabyte."""


_LEVELS: Final[Mapping[str, int]] = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def log_as_json(descriptor: int | None = None, node: str | None = None, level: str = "info") -> SideChannel:
    """From now on every line of this process, the libraries' too, goes over the channel that is returned.

    ``node``: the node's id, which each line has, for several may write to one place. ``descriptor``: where lines are
    written, standard error when it is None. ``level``: info, warning or error; what is less grave is not written, and
    counted all the same where it is counted.
    """
    channel = SideChannel("log", _CAPACITY)
    lines = LineWriter(channel, sys.stderr.fileno() if descriptor is None else descriptor)
    structlog.configure(
        processors=[partial(_with_node, node), *LINE],
        logger_factory=lambda *_: lines,
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
    )
    logging.basicConfig(handlers=[_LibraryLines(logging.WARNING)], level=logging.WARNING, force=True)
    return channel


def _with_node(node: str | None, _logger: object, _level: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return line if node is None else {"node": node, **line}


class LineWriter:
    """Where structlog leaves a finished line."""

    def __init__(self, channel: SideChannel, descriptor: int) -> None:
        self._channel = channel
        self._descriptor = descriptor

    def msg(self, line: str) -> None:
        """Write it when its turn comes."""
        self._channel.give(partial(_write, self._descriptor, f"{line}\n".encode("utf-8", "backslashreplace")))

    debug = info = warning = error = critical = msg


class _LibraryLines(logging.Handler):
    """Warnings and errors of libraries: who says it, how grave, the message without what is filled in, the fault's
    class. What is filled in, and a fault's text, may be a peer's words.
    """

    def emit(self, record: logging.LogRecord) -> None:
        fault = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        level = "error" if record.levelno >= logging.ERROR else "warning"
        message = record.msg.partition("\n")[0][:200] if isinstance(record.msg, str) else type(record.msg).__name__
        line = {"library": record.name, "message": message, "fault": fault}
        getattr(logger("ncpeh.library"), level)("library", **line)


def _write(descriptor: int, line: bytes) -> None:
    """Raises OSError."""
    while line:
        line = line[os.write(descriptor, line) :]
