"""The pipeline's lines for the operator: one that cannot be written is dropped and counted, and fails no request."""

from collections.abc import Callable, Mapping

from gateway.log_lines import logger


class OperatorLog:
    """Lines of one logger. ``dropped`` counts those that could not be written (full disk, closed pipe, …)."""

    def __init__(self, name: str, count: Callable[[Mapping[str, object]], None]) -> None:
        """``count`` is given the fields of each answer's line."""
        self._log = logger(name)
        self._count = count
        self.dropped = 0

    def answered(self, level: str, fields: Mapping[str, object]) -> None:
        """Write an answer's line, and count it. Never raises."""
        self.line(level, "answered", **fields)
        try:
            self._count(fields)
        except Exception:  # noqa: BLE001 - nothing is decided here: what cannot be counted is answered all the same
            self.dropped += 1

    def line(self, level: str, event: str, **fields: object) -> None:
        """Write a line of ``info``, ``warning`` or ``error``. Never raises."""
        try:
            getattr(self._log, level)(event, **fields)
        except Exception:  # noqa: BLE001 - nothing is decided here: a line that cannot be written is lost, the answer is not
            self.dropped += 1

    def fault(self, fault: BaseException, **fields: object) -> None:
        """Write that something of ours broke: its class, file and line; never its text, which may say what must not be
        logged.
        """
        self.line("error", "fault", fault=type(fault).__name__, where=_where(fault), **fields)


def _where(fault: BaseException) -> str:
    step = fault.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    return f"{step.tb_frame.f_code.co_filename.rpartition('/')[2]}:{step.tb_lineno}" if step else "?"
