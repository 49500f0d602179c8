"""What a node asks of itself: the form of a start condition, and of what one finds.

A condition is a pure check of what was read and the time. One list of them (`gateway/node/own_conditions.py`) is gone
through by `ncpeh node` before it listens, by `ncpeh doctor` without starting, and by a node that serves.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

Read = TypeVar("Read")
"""What a list of conditions is checked against; read before, so that a check reads nothing itself."""


class Consequence(StrEnum):
    """What follows from a condition that is not met."""

    REFUSE = "refuse"
    """A node does not start; one that serves is not ready."""
    WARN = "warn"
    """The node goes on, and says so."""


class Occasion(StrEnum):
    """Who goes through the list."""

    START = "start"
    """`ncpeh node`, before it listens."""
    DOCTOR = "doctor"
    """`ncpeh doctor`: nothing is started, and a node may be serving."""
    SERVING = "serving"
    """A node that serves, about itself."""


@dataclass(frozen=True, slots=True)
class Shortcoming:
    """What keeps one condition from being met, in words for the person who runs the node. No person, no secret."""

    where: str
    """The file, the key of the configuration or the service that it is about."""
    what: str
    """What is wrong with it, as the end of a sentence that begins with ``where``."""
    next_step: str
    """What to do, as a sentence without its full stop."""
    until: datetime | None = None
    """The end that is meant, past or to come (UTC), where there is one."""
    stage: int | None = None
    """Of an end to come: how many days it is at most ahead, a step of the warnings."""


@dataclass(frozen=True, slots=True)
class StartCondition(Generic[Read]):
    """One thing that has to be so, and what follows on each occasion when it is not."""

    name: str
    """Lower case with hyphens; no two conditions of a list share one."""
    check: Callable[[Read, datetime], Iterable[Shortcoming]]
    """Pure: what was read and the time in; nothing comes out when the condition is met."""
    at_start: Consequence = Consequence.REFUSE
    for_doctor: Consequence = Consequence.REFUSE
    while_serving: Consequence = Consequence.REFUSE
    needs: tuple[str, ...] = ()
    """Conditions without which there is nothing to look at: where one of them is not met, nothing found is no pass."""

    def on(self, occasion: Occasion) -> Consequence:
        """What follows on that occasion."""
        return {
            Occasion.START: self.at_start,
            Occasion.DOCTOR: self.for_doctor,
            Occasion.SERVING: self.while_serving,
        }[occasion]


@dataclass(frozen=True, slots=True)
class Unmet:
    """A condition that is not met, and what follows."""

    condition: str
    consequence: Consequence
    shortcoming: Shortcoming

    @property
    def refuses(self) -> bool:
        """Whether a node does not start, or is not ready."""
        return self.consequence is Consequence.REFUSE

    def sentence(self) -> str:
        """One line for a person: where, what, until when, what to do."""
        found = self.shortcoming
        return f"{found.where}: {found.what}. Next: {found.next_step}."


def instant(moment: datetime) -> str:
    """An instant as a person reads it in a sentence: UTC, to the minute."""
    return moment.strftime("%Y-%m-%d %H:%M UTC")


def unmet(
    conditions: Sequence[StartCondition[Read]], read: Read, occasion: Occasion, now: datetime
) -> tuple[Unmet, ...]:
    """What is not met, in the order of the list: what refuses first."""
    found = [
        Unmet(condition.name, condition.on(occasion), shortcoming)
        for condition in conditions
        for shortcoming in condition.check(read, now)
    ]
    return tuple(sorted(found, key=lambda one: not one.refuses))
