"""A run: legs of operations with blows, each in a new world, each judged; what is done is on disk, so that it goes on.

A world holds the processes and the simulator. When a leg has had its blows, the processes are left alone until they
have settled what they know, and the leg is judged by the simulator's ledger and by the answers that came.
"""

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from tests.crash.plan import Means, Order, Plan, drawn
from tests.crash.victims import Course, CrashFailed, Start, Victim, struck

_CLIENTS = 2


class CrashWorld(Protocol):
    """What a leg is played in."""

    starts: Mapping[str, Start]
    """The processes by name."""

    def order(self, order: Order) -> None:
        """Put a fault on a national service."""

    def operate(self, number: int, process: str) -> object | None:
        """One operation, asked of that process: what it answered; None when nothing came."""

    def settle(self) -> None:
        """Return once the processes, which are left alone now and have no fault around them, know all they can."""

    def ledger(self) -> Mapping[str, Any]:
        """What `/simulator/ledger` answers."""

    def judge(self, ledger: Mapping[str, Any], answers: Mapping[int, object | None]) -> list[str]:
        """What is not as it must be, in words; ``answers`` by the number of the operation."""


@dataclass(frozen=True, slots=True)
class Setting:
    """On what."""

    database: str = "sqlite"
    """Or postgresql."""
    nodes: int = 1


@dataclass(frozen=True, slots=True)
class CrashedWork:
    """Operations of one kind: what they may meet, and the world they are made in, below a folder."""

    means: Means
    world: Callable[[Path, Setting], AbstractContextManager[CrashWorld]]


@dataclass(frozen=True, slots=True)
class Leg:
    """One part of a run."""

    number: int
    operations: int
    kills: int


@dataclass(frozen=True, slots=True)
class LegResult:
    """What came of it."""

    leg: int
    operations: int
    answered: int
    blows: list[str]
    faults: list[str] = field(default_factory=list)
    """What the judge holds against it; empty: nothing."""


def legs(operations: int, kills: int, most: int) -> list[Leg]:
    """So many operations and kills, in parts of at most ``most`` operations."""
    parts = max(1, -(-operations // most))
    return [Leg(number, _share(operations, parts, number), _share(kills, parts, number)) for number in range(parts)]


def _share(whole: int, parts: int, number: int) -> int:
    return whole * (number + 1) // parts - whole * number // parts


def play(work: CrashedWork, leg: Leg, setting: Setting, chance: random.Random, folder: Path) -> LegResult:
    """Play one leg in a new world below ``folder``, and judge it."""
    folder.mkdir(parents=True)
    with work.world(folder, setting) as world:
        names = list(world.starts)
        plan = drawn(chance, work.means, names, leg.operations, leg.kills)
        victims = [Victim(name, world.starts[name], plan.blows[name], folder) for name in names]
        answers = _played(world, plan, victims)
    return LegResult(
        leg.number, len(answers.came), sum(one is not None for one in answers.came.values()),
        [f"{victim.name}: {one}" for victim in victims for one in victim.struck], answers.faults,
    )  # fmt: skip


@dataclass
class _Answers:
    came: dict[int, object | None] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def _played(world: CrashWorld, plan: Plan, victims: Sequence[Victim]) -> _Answers:
    answers = _Answers()
    course = Course({victim.name: False for victim in victims})
    with struck(victims, course) as done:

        def ask(client: int) -> None:
            for turn in count(client):
                if (done.is_set() and course.begun >= plan.operations) or (begun := course.begin(turn)) is None:
                    return
                number, process = begun
                answers.came[number] = None
                if number in plan.orders:
                    world.order(plan.orders[number])
                answers.came[number] = world.operate(number, process)

        with ThreadPoolExecutor(_CLIENTS) as clients:
            for asking in [clients.submit(ask, client) for client in range(_CLIENTS)]:
                asking.result()
        if course.over:  # what ended it is raised where the processes are left
            return answers
        for service in sorted({order.service for order in plan.orders.values()}):
            world.order(Order(service, "none"))
        world.settle()
        answers.faults = world.judge(world.ledger(), answers.came)
    return answers


@dataclass(frozen=True, slots=True)
class Run:
    """A run by name, in a folder of its own where what is done is kept."""

    name: str
    seed: int
    operations: int
    kills: int
    setting: Setting
    most: int = 250
    """Operations of a leg."""

    def results(self, work: CrashedWork, folder: Path) -> Iterator[LegResult]:
        """Every leg's result in order: of those that are done as they were written, the others as they end.

        Raises CrashFailed when the folder holds another run.
        """
        folder.mkdir(parents=True, exist_ok=True)
        head, written = folder / "run.json", folder / "legs.jsonl"
        stated = json.dumps(asdict(self), indent=2) + "\n"
        if head.exists() and head.read_text("utf-8") != stated:
            raise CrashFailed(f"{folder} holds another run; {head.name} says which")
        head.write_text(stated, "utf-8")
        done = {one.leg: one for one in _read(written)}
        for leg in legs(self.operations, self.kills, self.most):
            if leg.number in done:
                yield done[leg.number]
                continue
            chance = random.Random(f"{self.seed} {self.name} {leg.number}")
            result = play(work, leg, self.setting, chance, _free(folder, leg.number))
            with written.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(result)) + "\n")
            yield result


def _read(written: Path) -> list[LegResult]:
    """Legs that are done; a last line that was cut off is of one that is not."""
    if not written.exists():
        return []
    whole, _, cut = written.read_text("utf-8").rpartition("\n")
    if cut:
        written.write_text(f"{whole}\n" if whole else "", "utf-8")
    return [LegResult(**json.loads(line)) for line in whole.splitlines()]


def _free(folder: Path, number: int) -> Path:
    """A folder for the leg: one that was broken off leaves its own behind."""
    return next(path for again in count() if not (path := folder / f"leg-{number}-{again}").exists())
