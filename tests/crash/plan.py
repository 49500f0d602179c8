"""What processes and national services meet while operations are made: drawn from a seed, and the same again by it.

A process is killed (SIGKILL) at a failpoint it reaches (`gateway/store/failpoints.py`) or at any moment, or it stands
still (SIGSTOP) for a while and goes on or is killed. A national service misbehaves from one operation on until another.
"""

import random
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field

STRETCH = 10
"""A fault of a national service lasts for about so many operations."""
_MOMENT = 1.0
"""Seconds: a blow at any moment comes within them, so that it finds an operation anywhere on its way."""
_STANDS_STILL = 1.5
"""Seconds at most."""


@dataclass(frozen=True, slots=True)
class Order:
    """A fault as `/simulator/faults` takes it; ``fault`` none: the service is well again."""

    service: str
    fault: str
    operation: str | None = None
    seconds: float = 0
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Blow:
    """What one process meets."""

    point: str = ""
    """The failpoint it is killed at; empty: at any moment."""
    times: int = 1
    """How often it reaches that point before."""
    after: int = 0
    """At any moment: so many operations after the blow before."""
    pause: float = 0
    """And so many seconds after that."""
    still: float = 0
    """It stands still for so many seconds first; 0: it does not."""
    dies: bool = True
    """It is killed; False: it goes on."""

    @property
    def signals(self) -> tuple[signal.Signals, ...]:
        """What is sent to it, in order."""
        first = (signal.SIGSTOP,) if self.still else ()
        return (*first, signal.SIGKILL if self.dies else signal.SIGCONT)


@dataclass(frozen=True, slots=True)
class Means:
    """What may be drawn."""

    points: Sequence[str]
    """Failpoints of the processes."""
    faults: Sequence[Order] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What one leg of a run meets."""

    operations: int
    """So many at least."""
    blows: dict[str, list[Blow]]
    """In order, by the name of the process."""
    orders: dict[int, Order] = field(default_factory=dict)
    """By the number of the operation before which it is given."""


def drawn(chance: random.Random, means: Means, processes: Sequence[str], operations: int, kills: int) -> Plan:
    """So many operations, and so many blows over the processes in turn: two of three at the failpoints in turn."""
    blows: dict[str, list[Blow]] = {name: [] for name in processes}
    apart = max(1, operations // (kills + 1))
    first = (
        chance.randrange(len(means.points)) if means.points else 0
    )  # else each process met the same ones in each leg
    points = [*means.points[first:], *means.points[:first]]
    for number in range(kills):
        name = processes[number % len(processes)]
        blows[name].append(_blow(chance, points, number, apart))
    orders = dict(_orders(chance, means.faults, operations))
    return Plan(operations, blows, orders)


def _blow(chance: random.Random, points: Sequence[str], number: int, apart: int) -> Blow:
    after = chance.randint(max(1, apart // 2), apart + apart // 2)
    if points and number % 3 < 2:
        return Blow(point=points[(number - number // 3) % len(points)], times=after)
    still = chance.choice([0.0, chance.uniform(0.1, _STANDS_STILL)])
    return Blow(after=after, pause=chance.uniform(0, _MOMENT), still=still, dies=not still or chance.random() < 0.5)


def _orders(chance: random.Random, faults: Sequence[Order], operations: int) -> list[tuple[int, Order]]:
    """A fault, its end, another fault, its end; what is ordered last is an end."""
    made: list[tuple[int, Order]] = []
    number = 0
    while faults and (number := number + chance.randint(1, STRETCH)) < operations:
        fault = chance.choice(faults)
        made.append((number, fault))
        number += chance.randint(1, STRETCH)
        made.append((number, Order(fault.service, "none")))
    return made
