"""Says in the log what a node that serves finds wrong with itself: once when it begins, and once when it is over."""

from collections.abc import Iterable

from gateway.conditions import Unmet
from gateway.log_lines import logger

_LOG = logger("ncpeh.state")
_Known = tuple[str, str, int | None]
"""Condition, place, and of an end to come its stage: it is told again at each."""


class OwnWatch:
    """What was told already, of one process."""

    def __init__(self, known: Iterable[Unmet] = ()) -> None:
        """``known``: what was told at the start."""
        self._told = {_key(one): one for one in known}

    def tell(self, found: Iterable[Unmet]) -> None:
        """Write a line for what is new since the last look, and for what is as it should be again."""
        now = {_key(one): one for one in found}
        for key, one in now.items():
            if key not in self._told:
                write = _LOG.error if one.refuses else _LOG.warning
                write("condition-unmet", condition=one.condition, found=one.sentence())
        places = {(condition, where) for condition, where, _ in now}
        for (condition, where, _), one in self._told.items():
            if (condition, where) not in places:
                _LOG.info("condition-met", condition=one.condition, where=one.shortcoming.where)
        self._told = now


def _key(one: Unmet) -> _Known:
    return one.condition, one.shortcoming.where, one.shortcoming.stage
