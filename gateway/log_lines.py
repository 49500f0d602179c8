"""The loggers of every room. A line is one JSON object on standard error, in a command too: standard output is the
command's result alone. A node gives its lines a side channel (`gateway/node/log.py`).
"""

import sys
from typing import Any, Final

import structlog

LINE: Final = (
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    structlog.processors.JSONRenderer(ensure_ascii=False),
)
"""How a line is made of an event and its fields."""


class _StandardError:
    """Where a line goes as long as nobody chose another place."""

    def msg(self, line: str) -> None:
        """Write it; standard error is looked up now, for it may have been replaced since."""
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    debug = info = warning = error = critical = msg


def logger(name: str) -> Any:  # noqa: ANN401 - structlog publishes no type for a logger that is bound at its first line
    """A logger of that name, as structlog's."""
    if not structlog.is_configured():
        structlog.configure(processors=list(LINE), logger_factory=lambda *_: _StandardError())
    return structlog.get_logger(name)
